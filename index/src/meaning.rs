//! Documents ranked by their meaning beside their words.

use std::collections::HashMap;
use std::sync::Arc;

use super::embed::Embedder;
use super::likeness::Likeness;
use super::vectors::Vectors;

/// A document's place, its score and the words of the query it holds.
pub(super) type Found = (usize, f32, Vec<String>);

/// Documents that are looked at because of their meaning alone.
const CANDIDATES: usize = 64;
/// Below this likeness (cosine) a document without a word of the query is not found.
const NEAR: f32 = 0.35;

/// What compares documents with a query.
pub(super) struct Meaning {
    pub(super) embedder: Arc<dyn Embedder>,
    /// A row a document.
    pub(super) vectors: Vectors,
    pub(super) likeness: Likeness,
}

impl Meaning {
    /// What was found by words (best first) and what is near the query, by the sum of the share of the best score
    /// by words and the likeness. `admitted` says which documents may come in by likeness alone.
    pub(super) fn fuse(
        &self,
        found: Vec<Found>,
        query: &str,
        admitted: &dyn Fn(usize) -> bool,
    ) -> Vec<Found> {
        let best = found.first().map_or(1.0, |(_, score, _)| score.max(1e-6));
        let mut cosines = self.vectors.cosines(&self.embedder.embed(query));
        self.likeness.read(&mut cosines);
        let likeness = |place: usize| cosines.get(place).copied().unwrap_or(0.0);
        let mut all: HashMap<usize, (f32, Vec<String>)> = found
            .into_iter()
            .map(|(place, score, matched)| (place, (score / best + likeness(place).max(0.0), matched)))
            .collect();
        let mut near: Vec<usize> =
            (0..cosines.len()).filter(|place| likeness(*place) >= NEAR && admitted(*place)).collect();
        near.sort_by(|a, b| likeness(*b).total_cmp(&likeness(*a)).then(a.cmp(b)));
        for place in near.into_iter().take(CANDIDATES) {
            all.entry(place).or_insert_with(|| (likeness(place), Vec::new()));
        }
        let mut out: Vec<Found> =
            all.into_iter().map(|(place, (score, matched))| (place, score, matched)).collect();
        out.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        out
    }
}
