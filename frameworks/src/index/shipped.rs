//! What the full model made of the texts that come with the program: found by the text, so that a changed order of
//! pages changes nothing, and a changed text is embedded anew by whoever has the model.

use std::collections::HashMap;
use std::sync::Arc;

use compline_rules::RuleSet;

use super::embed::{Embedder, ModelId, sha256};
use super::full::spoken;
use super::mapper::Mapper;
use super::text::meant;
use super::vectors::Vectors;
use crate::feedback::Mappings;
use crate::library::Library;

static VECTORS: &[u8] = include_bytes!("../../model/full/vectors.bin");
static TEXTS: &str = include_str!("../../model/full/texts.txt");

/// Vectors and what they are found by.
pub struct Shipped {
    vectors: Vectors,
    /// Key of a text → its row.
    rows: HashMap<Arc<str>, usize>,
}

impl std::fmt::Debug for Shipped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shipped").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl Shipped {
    /// What is compiled in.
    ///
    /// # Errors
    /// As [`Shipped::of`], which a test rules out.
    pub fn read() -> Result<Self, String> {
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
                "there are {} vectors of the full model for {} texts: make both anew, see `frameworks/model/full`",
                vectors.rows(),
                rows.len()
            ));
        }
        Ok(Self { vectors, rows })
    }

    pub fn model(&self) -> &ModelId {
        self.vectors.model()
    }

    /// Keys of texts that have a vector.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(|key| &**key)
    }

    /// A row for each text: as it was shipped, else made now.
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

/// What a text's vector is found by: the beginning of the SHA-256 of what the model is asked.
pub fn key(text: &str) -> String {
    sha256(spoken(text).as_bytes()).chars().take(16).collect()
}

/// Every text that comes with the program and has a meaning to compare: what votes, controls, objectives, rules.
/// Each once, in the order of their keys.
///
/// # Errors
/// That the index cannot be opened, which a test rules out.
pub fn texts() -> Result<Vec<String>, String> {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let mapper = Mapper::open(&library, &rules, Mappings::default())?;
    let all = mapper.texts().map(str::to_owned).chain(meant(&library, &rules).into_values());
    let mut out: Vec<(String, String)> = all.map(|text| (key(&text), text)).collect();
    out.sort();
    out.dedup_by(|a, b| a.0 == b.0);
    Ok(out.into_iter().map(|(_, text)| text).collect())
}
