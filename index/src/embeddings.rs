//! What a model made of texts, found by the text: a changed order of pages changes nothing, and a text that is not
//! among them is embedded by whoever has the model. The reference model's are compiled in.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::calibration::Calibration;
use super::embed::{Embedder, ModelId, sha256};
use super::onnx::{model_input, reference_model};
use super::vectors::Vectors;

static VECTORS: &[u8] = include_bytes!("../model/full/vectors.bin");
static TEXTS: &str = include_str!("../model/full/texts.txt");

/// The first bytes of a file of these, with the version of its form.
const MAGIC: &[u8; 8] = b"cmplknw1";
/// At this cosine on average two models' vectors of the same texts are those of one model: other precisions of its
/// weights change no more.
const SAME: f32 = 0.97;

/// Vectors and what they are found by.
pub struct Embeddings {
    vectors: Vectors,
    /// Key of a text → its row.
    rows: HashMap<Arc<str>, usize>,
}

impl std::fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Embeddings").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Embeddings {
    /// What is compiled in: the reference model's, of the texts as they were when it was last asked.
    ///
    /// # Errors
    /// As [`Embeddings::of`], which a test rules out.
    pub fn builtin() -> Result<Self, String> {
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
                "there are {} vectors of the model for {} texts: build both again",
                vectors.rows(),
                rows.len()
            ));
        }
        Ok(Self { vectors, rows })
    }

    /// Of a model that was asked nothing yet.
    pub fn empty(model: ModelId) -> Self {
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
                let key = text_key(text);
                !self.rows.contains_key(&*key) && seen.insert(key)
            })
            .collect()
    }

    /// How many of its vectors are of none of these texts.
    pub fn unused<'t>(&self, texts: impl Iterator<Item = &'t str>) -> usize {
        let keys: HashSet<String> = texts.map(text_key).collect();
        self.rows.keys().filter(|key| !keys.contains(&***key)).count()
    }

    /// Takes in a text's vector; one it has stays.
    pub fn insert(&mut self, text: &str, vector: &[f32]) {
        let key: Arc<str> = Arc::from(text_key(text));
        if !self.rows.contains_key(&key) {
            let row = self.vectors.push(vector);
            self.rows.insert(key, row);
        }
    }

    /// Takes in what another has beside; nothing of another model.
    pub fn merge(&mut self, other: &Self) {
        for (key, row) in &other.rows {
            if !self.rows.contains_key(key) && self.vectors.push_row(&other.vectors, *row) {
                self.rows.insert(Arc::clone(key), self.vectors.rows() - 1);
            }
        }
    }

    /// How this model's cosines are read. Thresholds were fitted with the reference model: they hold for it, and for one
    /// that makes the same of the texts that come with the program, as that model with weights of another precision does.
    ///
    /// # Errors
    /// As [`Embeddings::builtin`].
    pub fn calibration(&self) -> Result<Calibration, String> {
        if *self.model() == reference_model()? {
            return Ok(Calibration::FITTED);
        }
        let reference = Self::builtin()?;
        let mut shared: Vec<(&Arc<str>, usize, usize)> =
            self.rows.iter().filter_map(|(key, row)| Some((key, *row, *reference.rows.get(key)?))).collect();
        shared.sort_unstable();
        let mut vectors = Vectors::new(self.model().clone());
        let mut reference_vectors = Vectors::new(reference.model().clone());
        for (_, row, reference_row) in shared {
            vectors.push_row(&self.vectors, row);
            reference_vectors.push_row(&reference.vectors, reference_row);
        }
        // A handful of texts says nothing of a model.
        let is_same = vectors.rows() * 4 >= reference.rows() && agree(&vectors, &reference_vectors);
        Ok(if is_same { Calibration::FITTED } else { Calibration::matching(&vectors, &reference_vectors) })
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
    /// That the bytes are not what [`Embeddings::to_bytes`] gives.
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
            let row = self.rows.get(&*text_key(text));
            if !row.is_some_and(|row| out.push_row(&self.vectors, *row)) {
                out.push(&embedder.embed(text));
            }
        }
        Ok(out)
    }
}

/// Whether two models make the same of the same texts.
fn agree(a: &Vectors, b: &Vectors) -> bool {
    let cosines = (0..a.rows()).filter_map(|row| Some(b.cosine(row, &a.vector(row)?)));
    a.model().dimensions == b.model().dimensions && cosines.sum::<f32>() / a.rows().max(1) as f32 >= SAME
}

/// What a text's vector is found by: the beginning of the SHA-256 of what the model is given.
pub fn text_key(text: &str) -> String {
    sha256(model_input(text).as_bytes()).chars().take(16).collect()
}
