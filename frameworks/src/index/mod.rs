//! The control index: what answers where no page does.

mod draft;
pub mod text;
#[cfg(test)]
mod text_tests;

use std::sync::Arc;

pub use text::TextIndex;

/// Ranks controls, objectives and rules for a text.
pub trait ControlIndex {
    /// The best hits, best first, at most `limit`; empty when nothing matches.
    fn search(&self, query: &str, limit: usize) -> Vec<Hit>;
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    pub kind: HitKind,
    /// Framework id for controls, empty otherwise.
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub title: Arc<str>,
    /// Higher is better; comparable within one answer only.
    pub score: f32,
    /// The words of the query it matched.
    pub matched: Vec<String>,
}

/// The sorts of documents in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HitKind {
    Control,
    Objective,
    Rule,
}

/// All sorts of documents.
pub const ALL_KINDS: [HitKind; 3] = [HitKind::Control, HitKind::Objective, HitKind::Rule];
