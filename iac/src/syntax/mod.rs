//! Bytes → trees with spans and comments. Parsing never fails.

pub mod json;
pub mod node;
pub mod yaml;

use crate::source::Span;

/// A comment as written, marker included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    /// Without its marker and surrounding blanks.
    pub text: String,
    /// Nothing but blanks stands before it on its line.
    pub alone: bool,
}
