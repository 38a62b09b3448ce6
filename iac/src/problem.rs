//! What could not be read, and why: never a reason to stop.

use std::sync::Arc;

use crate::source::Span;

/// How much a problem takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gravity {
    /// Something was left out on purpose, or a value could not be had; the reading is whole.
    Note,
    /// A part of a file or of the run was not read: the run is incomplete (exit status 3).
    Loss,
}

/// One thing that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Problem {
    pub gravity: Gravity,
    /// Workspace-relative path of the file concerned.
    pub path: Arc<str>,
    /// Where in it, when a place can be named.
    pub span: Option<Span>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do about it, when we know.
    pub help: Option<String>,
}
