//! What inference looks for neighbours in: short texts whose controls are known, with their words and vectors.
//! Shared with the build script, which makes the built-in one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::checks::ExternalChecks;
use super::embed::{Embedder, ModelId};
use super::vectors::Vectors;
use super::words::Terms;

/// Where a text comes from. Their votes are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    /// A rule's title: leads to its objectives.
    Rule,
    /// A name a check of an objective goes by.
    Exemplar,
    /// A text whose controls were judged by hand.
    Judged,
    /// A text whose control a user confirmed.
    Confirmed,
    /// A control's own title and summary: no neighbour, a small score of its own.
    Control,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub source: Source,
    /// The rule, the objective, the judgements joined by `+`, the confirmed control or the control.
    pub of: String,
    /// The service a judged text is about, the framework of a control; else empty.
    pub about: String,
    pub text: String,
}

/// The texts and what finds them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Corpus {
    pub entries: Vec<Entry>,
    /// A row for each entry.
    pub vectors: Vectors,
    /// Stem → entries that hold it and how often.
    postings: BTreeMap<String, Vec<(u32, u8)>>,
    /// Of each entry: how many terms it has.
    lengths: Vec<u16>,
    /// Judgement → its controls, as framework and id.
    pub judgements: BTreeMap<String, Vec<(String, String)>>,
    pub checks: ExternalChecks,
}

/// BM25: how much a word repeated in a text adds, and how much a long text is held against it.
const K1: f32 = 1.2;
const B: f32 = 0.5;

/// The words a rule is found by.
pub fn rule_text(id: &str, title: &str) -> String {
    format!("{title} {}", id.replace('-', " "))
}

impl Corpus {
    pub fn new(model: ModelId) -> Self {
        Self {
            entries: Vec::new(),
            vectors: Vectors::new(model),
            postings: BTreeMap::new(),
            lengths: Vec::new(),
            judgements: BTreeMap::new(),
            checks: ExternalChecks::default(),
        }
    }

    /// Takes in one more text.
    ///
    /// # Errors
    /// That the embedder is of another model.
    pub fn add(&mut self, entry: Entry, embedder: &dyn Embedder, terms: &Terms) -> Result<(), String> {
        self.vectors.model().same_as(embedder.identity())?;
        self.vectors.push(&embedder.embed(&entry.text));
        let place = self.entries.len() as u32;
        let stems = terms.of(&entry.text);
        self.lengths.push(stems.len().min(usize::from(u16::MAX)) as u16);
        for (_, stem) in stems {
            let postings = self.postings.entry(stem).or_default();
            match postings.last_mut().filter(|(last, _)| *last == place) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => postings.push((place, 1)),
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Whether an entry's text has a word of this stem.
    pub fn has_stem(&self, entry: u32, stem: &str) -> bool {
        self.postings
            .get(stem)
            .is_some_and(|postings| postings.binary_search_by_key(&entry, |(place, _)| *place).is_ok())
    }

    /// BM25 of every entry, and what a text of exactly the query's words would get: scores divided by it are
    /// the share of the query that was found.
    pub fn matches(&self, stems: &[String]) -> (Vec<f32>, f32) {
        let mut scores = vec![0.0; self.entries.len()];
        let mean_length = self.lengths.iter().map(|length| f32::from(*length)).sum::<f32>()
            / (self.lengths.len().max(1) as f32);
        let (mut best_possible, mut seen) = (0.0, Vec::new());
        for stem in stems {
            if seen.contains(&stem) {
                continue;
            }
            seen.push(stem);
            let postings = self.postings.get(stem).map(Vec::as_slice).unwrap_or_default();
            let (all, with) = (self.entries.len() as f32, postings.len() as f32);
            let rarity = ((all - with + 0.5) / (with + 0.5)).ln_1p();
            best_possible += rarity;
            for (place, count) in postings {
                let place = *place as usize;
                let (Some(score), Some(length)) = (scores.get_mut(place), self.lengths.get(place)) else {
                    continue;
                };
                let count = f32::from(*count);
                let length_penalty = K1 * (1.0 - B + B * f32::from(*length) / mean_length);
                *score += rarity * count * (K1 + 1.0) / (count + length_penalty);
            }
        }
        (scores, best_possible.max(1e-6))
    }
}
