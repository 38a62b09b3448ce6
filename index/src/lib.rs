//! The control index: which controls a text bears on where no rule says so, and what other scanners' results bear on.
//!
//! INVARIANTS: pure. Vectors of two models are never compared. What is only suggested is no evidence.
//!
//! Who knows whom, each only what stands to its right:
//!
//! ```text
//! external → mapper → neighbours, classifier, corpus, embeddings → vectors, embed → words
//! text_index → semantic, packed_index → document
//! passage_index → vectors, packed_index
//! embedding_texts → corpus, document
//! ```

pub mod builtin;
pub mod calibration;
pub mod checks;
pub mod classifier;
pub mod corpus;
mod document;
pub mod embed;
#[cfg(feature = "fastembed")]
pub mod embedding_texts;
#[cfg(feature = "fastembed")]
pub mod embeddings;
#[cfg(all(test, feature = "fastembed"))]
mod embeddings_tests;
pub mod external;
pub mod fusion;
pub mod mapper;
#[cfg(test)]
mod mapper_tests;
mod neighbours;
#[cfg(feature = "fastembed")]
pub mod onnx;
mod packed_index;
pub mod passage_index;
pub mod passages;
pub mod query;
mod rule_documents;
mod semantic;
#[cfg(feature = "fastembed")]
pub mod settings;
#[cfg(test)]
mod testing;
pub mod text_index;
#[cfg(test)]
mod text_index_tests;
pub mod vectors;
pub mod words;

use std::sync::Arc;

use compline_frameworks::{Control, Framework, Objective};

pub use corpus::Source;
pub use document::HitKind;
pub use mapper::{ControlMatch, Mapper, Neighbour, Tier};
pub use query::resource_query;
pub use text_index::TextIndex;

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

/// All kinds of documents.
pub const ALL_KINDS: [HitKind; 3] = [HitKind::Control, HitKind::Objective, HitKind::Rule];
