//! The control index: which controls a text bears on where no rule says so, and what other scanners' results bear on.
//!
//! INVARIANTS: pure. Vectors of two models are never compared. What is only suggested is no evidence.

pub mod classifier;
mod draft;
pub mod embed;
pub mod foreign;
#[cfg(feature = "fastembed")]
pub mod full;
pub mod fusion;
#[cfg(feature = "fastembed")]
pub mod known;
#[cfg(all(test, feature = "fastembed"))]
mod known_tests;
pub mod likeness;
pub mod mapper;
#[cfg(test)]
mod mapper_tests;
mod meaning;
mod neighbours;
pub mod own;
pub mod passages;
pub mod query;
mod rules;
mod segment;
#[cfg(feature = "fastembed")]
pub mod settings;
pub mod stock;
#[cfg(test)]
mod testing;
pub mod text;
#[cfg(test)]
mod text_tests;
pub mod vectors;
pub mod words;

use std::sync::Arc;

use compline_frameworks::{Control, Framework, Objective};

pub use draft::HitKind;
pub use mapper::{Mapped, Mapper, Neighbour, Tier};
pub use query::resource_query;
pub use stock::Source;
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

/// All sorts of documents.
pub const ALL_KINDS: [HitKind; 3] = [HitKind::Control, HitKind::Objective, HitKind::Rule];
