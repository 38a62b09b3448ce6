//! What inference looks for neighbours in: short texts whose controls are known, with their words and vectors.
//! Shared with the build script, which makes the built-in one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
pub struct Stock {
    pub entries: Vec<Entry>,
    /// A row an entry.
    pub vectors: Vectors,
    /// Stem → entries that hold it and how often.
    postings: BTreeMap<String, Vec<(u32, u8)>>,
    lengths: Vec<u16>,
    /// Judgement → its controls, as framework and id.
    pub judgements: BTreeMap<String, Vec<(String, String)>>,
    pub checks: Checks,
}

/// Other scanners' checks that no rule stands for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// What any of them asks for; a check names it by its place, as thousands of ids share few objectives.
    objectives: Vec<String>,
    /// A check's id → the objectives it asks for; none where it asks for what bears on no control.
    ids: BTreeMap<String, Vec<u16>>,
}

impl Checks {
    /// The objectives an id asks for, none where it bears on no control; nothing when nobody knows it.
    pub fn asked(&self, id: &str) -> Option<Vec<&str>> {
        let places = self.ids.get(id)?;
        Some(places.iter().filter_map(|at| Some(self.objectives.get(usize::from(*at))?.as_str())).collect())
    }

    /// Takes in one more check; `nothing` stands for no objective.
    ///
    /// # Errors
    /// That the id is known already, or asks for nothing and for something, or twice for the same.
    #[allow(dead_code)] // The build script takes them in.
    pub fn add(&mut self, id: &str, asked: &[&str]) -> Result<(), String> {
        if asked.contains(&"nothing") && asked.len() > 1 {
            return Err("asks for nothing and for something: leave one of them".to_owned());
        }
        let mut places = Vec::with_capacity(asked.len());
        for objective in asked.iter().filter(|objective| **objective != "nothing") {
            let known = self.objectives.iter().position(|known| known == objective);
            let at = known.unwrap_or(self.objectives.len());
            if at == self.objectives.len() {
                self.objectives.push((*objective).to_owned());
            }
            let at = u16::try_from(at).map_err(|_| "asks for one objective too many to count".to_owned())?;
            if places.contains(&at) {
                return Err(format!("stands twice under `{objective}`: leave it there once"));
            }
            places.push(at);
        }
        match self.ids.insert(id.to_owned(), places) {
            Some(_) => Err("stands in another file too: leave it in one".to_owned()),
            None => Ok(()),
        }
    }

    /// Every id.
    #[cfg(test)]
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }
}

/// How much a word repeated in a text adds, and how much a long text is held against it.
const K1: f32 = 1.2;
const B: f32 = 0.5;

impl Stock {
    pub fn new(model: ModelId) -> Self {
        Self {
            entries: Vec::new(),
            vectors: Vectors::new(model),
            postings: BTreeMap::new(),
            lengths: Vec::new(),
            judgements: BTreeMap::new(),
            checks: Checks::default(),
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
            let list = self.postings.entry(stem).or_default();
            match list.last_mut().filter(|(last, _)| *last == place) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => list.push((place, 1)),
            }
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Whether an entry's text has a word of this stem.
    pub fn holds(&self, entry: u32, stem: &str) -> bool {
        self.postings
            .get(stem)
            .is_some_and(|list| list.binary_search_by_key(&entry, |(place, _)| *place).is_ok())
    }

    /// BM25 of every entry, and what a text of exactly the query's words would get: scores divided by it are
    /// the share of the query that was found.
    pub fn matches(&self, stems: &[String]) -> (Vec<f32>, f32) {
        let mut scores = vec![0.0; self.entries.len()];
        let mean = self.lengths.iter().map(|length| f32::from(*length)).sum::<f32>()
            / (self.lengths.len().max(1) as f32);
        let (mut whole, mut seen) = (0.0, Vec::new());
        for stem in stems {
            if seen.contains(&stem) {
                continue;
            }
            seen.push(stem);
            let list = self.postings.get(stem).map(Vec::as_slice).unwrap_or_default();
            let (all, with) = (self.entries.len() as f32, list.len() as f32);
            let rarity = ((all - with + 0.5) / (with + 0.5)).ln_1p();
            whole += rarity;
            for (place, count) in list {
                let at = *place as usize;
                let (Some(score), Some(length)) = (scores.get_mut(at), self.lengths.get(at)) else {
                    continue;
                };
                let count = f32::from(*count);
                let long = K1 * (1.0 - B + B * f32::from(*length) / mean);
                *score += rarity * count * (K1 + 1.0) / (count + long);
            }
        }
        (scores, whole.max(1e-6))
    }
}
