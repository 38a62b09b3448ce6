//! What a model made of texts, found by the text: a changed order of pages changes nothing, and a changed text is
//! embedded anew by whoever has the model. The full model's are compiled in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_rules::RuleSet;

use super::embed::{Embedder, ModelId, sha256};
use super::full::{full_model, spoken};
use super::likeness::Likeness;
use super::mapper::{rule_text, stock_texts};
use super::text::meant;
use super::vectors::Vectors;

static VECTORS: &[u8] = include_bytes!("../model/full/vectors.bin");
static TEXTS: &str = include_str!("../model/full/texts.txt");

/// The first bytes of a file of these, with the version of its form.
const MAGIC: &[u8; 8] = b"cmplknw1";
/// At this likeness on average two models' vectors of the same texts are those of one model: other precisions of its
/// weights change no more.
const SAME: f32 = 0.97;

/// Vectors and what they are found by.
pub struct Known {
    vectors: Vectors,
    /// Key of a text → its row.
    rows: HashMap<Arc<str>, usize>,
}

impl std::fmt::Debug for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Known").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Known {
    /// What is compiled in: the full model's.
    ///
    /// # Errors
    /// As [`Known::of`], which a test rules out.
    pub fn shipped() -> Result<Self, String> {
        Self::of(VECTORS, TEXTS)
    }

    /// A file of vectors, and the key of each row's text, one a line.
    ///
    /// # Errors
    /// That the one is no file of vectors, or the two do not belong together.
    pub fn of(vectors: &[u8], keys: &str) -> Result<Self, String> {
        let vectors = Vectors::from_bytes(vectors)?;
        let rows: HashMap<Arc<str>, usize> =
            keys.lines().enumerate().map(|(row, key)| (Arc::from(key), row)).collect();
        if rows.len() != vectors.rows() {
            return Err(format!(
                "there are {} vectors of the model for {} texts: make both anew",
                vectors.rows(),
                rows.len()
            ));
        }
        Ok(Self { vectors, rows })
    }

    /// Nothing yet of a model.
    pub fn none(model: ModelId) -> Self {
        Self { vectors: Vectors::new(model), rows: HashMap::new() }
    }

    pub fn model(&self) -> &ModelId {
        self.vectors.model()
    }

    /// How many texts.
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Those of some texts that have no vector here, each once.
    pub fn missing<'t>(&self, texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
        let mut seen = HashSet::new();
        texts
            .filter(|text| {
                let key = key(text);
                !self.rows.contains_key(&*key) && seen.insert(key)
            })
            .collect()
    }

    /// Takes in a text's vector; one it has stays.
    pub fn add(&mut self, text: &str, vector: &[f32]) {
        let key: Arc<str> = Arc::from(key(text));
        if !self.rows.contains_key(&key) {
            let row = self.vectors.push(vector);
            self.rows.insert(key, row);
        }
    }

    /// Takes in what another has beside; nothing of another model.
    pub fn absorb(&mut self, other: &Self) {
        for (key, row) in &other.rows {
            if !self.rows.contains_key(key) && self.vectors.push_row(&other.vectors, *row) {
                self.rows.insert(Arc::clone(key), self.vectors.rows() - 1);
            }
        }
    }

    /// How this model's likenesses are read. Bars were fitted with the full model: they hold for it, and for one that
    /// makes the same of the texts that come with the program, as that model with weights of another precision does.
    ///
    /// # Errors
    /// As [`Known::shipped`].
    pub fn likeness(&self) -> Result<Likeness, String> {
        if *self.model() == full_model()? {
            return Ok(Likeness::FITTED);
        }
        let shipped = Self::shipped()?;
        let mut rows: Vec<(&Arc<str>, usize, usize)> =
            self.rows.iter().filter_map(|(key, row)| Some((key, *row, *shipped.rows.get(key)?))).collect();
        rows.sort_unstable();
        let (mut mine, mut theirs) =
            (Vectors::new(self.model().clone()), Vectors::new(shipped.model().clone()));
        for (_, row, other) in rows {
            mine.push_row(&self.vectors, row);
            theirs.push_row(&shipped.vectors, other);
        }
        // A handful of texts says nothing of a model.
        let same = mine.rows() * 4 >= shipped.rows() && agree(&mine, &theirs);
        Ok(if same { Likeness::FITTED } else { Likeness::brought(&mine, &theirs) })
    }

    /// As they stand on disk: the magic, the keys in the order of the rows after their length, the vectors.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut keys: Vec<(usize, &str)> = self.rows.iter().map(|(key, row)| (*row, &**key)).collect();
        keys.sort_unstable();
        let keys: String = keys.into_iter().flat_map(|(_, key)| [key, "\n"]).collect();
        let mut out = MAGIC.to_vec();
        out.extend((keys.len() as u32).to_le_bytes());
        out.extend(keys.as_bytes());
        out.extend(self.vectors.to_bytes());
        out
    }

    /// # Errors
    /// That the bytes are not what [`Known::to_bytes`] gives.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let read = || {
            let rest = bytes.strip_prefix(MAGIC)?;
            let (length, rest) = rest.split_first_chunk::<4>()?;
            let (keys, vectors) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            Some((std::str::from_utf8(keys).ok()?, vectors))
        };
        let (keys, vectors) = read().ok_or("these are no vectors of known texts")?;
        Self::of(vectors, keys)
    }

    /// Keys of texts that have a vector.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(|key| &**key)
    }

    /// A row for each text: as it is here, else made now.
    ///
    /// # Errors
    /// That the model is another one than these were made with.
    pub fn vectors_of<'t>(
        &self,
        texts: impl Iterator<Item = &'t str>,
        embedder: &dyn Embedder,
    ) -> Result<Vectors, String> {
        self.model().same_as(embedder.identity())?;
        let mut out = Vectors::new(self.model().clone());
        for text in texts {
            let known = self.rows.get(&*key(text));
            if !known.is_some_and(|row| out.push_row(&self.vectors, *row)) {
                out.push(&embedder.embed(text));
            }
        }
        Ok(out)
    }
}

/// Whether two models' vectors of the same texts are those of one model.
fn agree(a: &Vectors, b: &Vectors) -> bool {
    let cosines = (0..a.rows()).filter_map(|row| Some(b.cosine(row, &a.vector(row)?)));
    a.model().dimensions == b.model().dimensions && cosines.sum::<f32>() / a.rows().max(1) as f32 >= SAME
}

/// What a text's vector is found by: the beginning of the SHA-256 of what the model is asked.
pub fn key(text: &str) -> String {
    sha256(spoken(text).as_bytes()).chars().take(16).collect()
}

/// What `compline map` compares a query with: what votes, every control's own text and the rules in force.
///
/// # Errors
/// That the index cannot be read, which a test rules out.
pub fn voting(rules: &RuleSet) -> Result<Vec<String>, String> {
    let mut texts = stock_texts()?;
    texts.extend(rules.infos().map(|rule| rule_text(&rule.id, &rule.title)));
    Ok(texts)
}

/// What `compline search` compares a query with: controls, objectives and rules in force.
pub fn searched(library: &Library, rules: &RuleSet) -> Vec<String> {
    meant(library, rules).into_values().collect()
}

/// Every text that comes with the program and has a meaning to compare. Each once, in the order of their keys.
///
/// # Errors
/// As [`voting`].
pub fn texts() -> Result<Vec<String>, String> {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let all = voting(&rules)?.into_iter().chain(searched(&library, &rules));
    let mut out: Vec<(String, String)> = all.map(|text| (key(&text), text)).collect();
    out.sort();
    out.dedup_by(|a, b| a.0 == b.0);
    Ok(out.into_iter().map(|(_, text)| text).collect())
}
