//! Accepted failures: inline comments, waiver files, other scanners' suppressions.

use std::sync::Arc;

use compline_iac::Span;

/// Somebody's decision to accept a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The rule's id as written, or another scanner's id that an alias names.
    pub rule: Arc<str>,
    pub reason: Option<Arc<str>>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<Arc<str>>,
    pub by: Option<Arc<str>>,
    /// Where it stands: a comment's span, or none for the waiver file.
    pub span: Option<Span>,
    /// Where it stands, in words: `main.tf:12`, `compline.waivers.yaml:4`.
    pub place: Arc<str>,
    pub scope: Scope,
}

/// What a waiver reaches.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// Verdicts whose resource lies at this span.
    Resource(Span),
    /// Verdicts whose locus lies on this line (from 0) of the source.
    Line { source: compline_iac::SourceId, line: usize },
    /// All verdicts in this source.
    File(compline_iac::SourceId),
    /// Addresses (with `*`), within files (with `*`).
    Pattern { address: Option<Arc<str>>, file: Option<Arc<str>> },
}
