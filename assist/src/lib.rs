//! Words → policy, admitted only with its proof.
//!
//! So far this room holds its types only: nothing here drafts anything yet, and no subcommand pretends that it
//! does. It is the only room that may know a language model, local or remote, and none is linked.

use std::sync::Arc;

use compline_index::Hit;
use compline_rules::Page;

/// A drafted rule page with what speaks for it.
#[derive(Debug, Clone)]
pub struct Draft {
    pub page: Page,
    /// What the request was matched with.
    pub sources: Vec<Hit>,
    pub proof: Proof,
}

/// Why a draft may be admitted: its examples, run.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// Examples that failed as claimed, and passed as claimed.
    pub failing: Vec<Arc<str>>,
    pub passing: Vec<Arc<str>>,
}

impl Proof {
    /// A page is admitted only with an example that fails and one that passes, both as claimed.
    pub fn admits(&self) -> bool {
        !self.failing.is_empty() && !self.passing.is_empty()
    }
}
