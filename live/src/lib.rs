//! What runs and what happened, compared with what the code declares.
//!
//! So far this room holds its types only: nothing here reads a log, a state file or a snapshot yet, and no
//! subcommand pretends that it does. Its comparisons will all be *(declared, observed) → verdicts*, with their
//! rule pages in `rules/live/`, so that severity, objectives, documentation and waivers need no second mechanism.

use std::sync::Arc;

use compline_iac::{Inventory, Origin};
use compline_rules::Verdict;

/// Something that was seen to happen: a call, a flow, an event.
#[derive(Debug, Clone)]
pub struct Observation {
    /// RFC 3339, UTC.
    pub time: Arc<str>,
    /// Who did it, as the log names them.
    pub actor: Arc<str>,
    /// What was done: an API action, a connection.
    pub action: Arc<str>,
    /// The address of the resource concerned, where it could be joined to one.
    pub address: Option<Arc<str>>,
    /// The line of the log it was read from.
    pub origin: Origin,
}

/// A comparison of what is declared with what was observed.
pub trait Comparison {
    /// The verdicts of this comparison's rules.
    fn compare(&self, declared: &Inventory, actual: &Inventory, observed: &[Observation]) -> Vec<Verdict>;
}
