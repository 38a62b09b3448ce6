//! Documents ranked by their meaning beside their words.

use std::collections::HashMap;
use std::sync::Arc;

use super::calibration::Calibration;
use super::embed::Embedder;
use super::vectors::Vectors;

/// A document's place, its score and the words of the query it holds.
pub(super) type Ranked = (usize, f32, Vec<String>);

/// Documents that are looked at because of their meaning alone.
const CANDIDATES: usize = 64;
/// Below this cosine a document without a word of the query is not found.
const LEAST_COSINE: f32 = 0.35;

/// What compares documents with a query.
pub(super) struct Semantic {
    pub(super) embedder: Arc<dyn Embedder>,
    /// A row a document.
    pub(super) vectors: Vectors,
    pub(super) calibration: Calibration,
}

impl Semantic {
    /// What was found by words (best first) and what is near the query, by the sum of the share of the best score
    /// by words and the cosine. `admitted` says which documents may come in by their cosine alone.
    pub(super) fn fuse(
        &self,
        found: Vec<Ranked>,
        query: &str,
        admitted: &dyn Fn(usize) -> bool,
    ) -> Vec<Ranked> {
        let best = found.first().map_or(1.0, |(_, score, _)| score.max(1e-6));
        let mut cosines = self.vectors.cosines(&self.embedder.embed(query));
        self.calibration.apply(&mut cosines);
        let cosine = |place: usize| cosines.get(place).copied().unwrap_or(0.0);
        let mut all: HashMap<usize, (f32, Vec<String>)> = found
            .into_iter()
            .map(|(place, score, matched)| (place, (score / best + cosine(place).max(0.0), matched)))
            .collect();
        let mut near: Vec<usize> =
            (0..cosines.len()).filter(|place| cosine(*place) >= LEAST_COSINE && admitted(*place)).collect();
        near.sort_by(|a, b| cosine(*b).total_cmp(&cosine(*a)).then(a.cmp(b)));
        for place in near.into_iter().take(CANDIDATES) {
            all.entry(place).or_insert_with(|| (cosine(place), Vec::new()));
        }
        let mut out: Vec<Ranked> =
            all.into_iter().map(|(place, (score, matched))| (place, score, matched)).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        out
    }
}
