//! Symbolic edits: rules say what should be there, this module finds the bytes.
//!
//! INVARIANT: an edit changes no byte outside of itself.

use std::sync::Arc;

use crate::inventory::Dialect;
use crate::source::Span;
use crate::workspace::Snapshot;

/// A change in the words of the resource, not of the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Write this value where that one was written.
    Replace { at: Span, value: Literal },
    /// Write a value at a path that is not there yet, below an existing block, object or mapping (its whole
    /// span); missing levels are created.
    Insert { into: Span, path: Vec<Arc<str>>, value: Literal },
    /// Append elements to a list (its span).
    Append { to: Span, values: Vec<Literal> },
    /// Take an attribute, block or mapping entry away, given its value's span.
    Remove { at: Span },
    /// Take one element out of a list, given its span.
    RemoveElement { at: Span },
    /// Write a resource after the one whose span is given.
    AddResource { after: Span, kind: Arc<str>, name: Arc<str>, body: Vec<(Arc<str>, Literal)> },
}

/// A value to be written.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    List(Vec<Literal>),
    Map(Vec<(Arc<str>, Literal)>),
    /// Another resource's attribute, written as the dialect refers: `aws_s3_bucket.b.id`, `!Ref B`.
    Refer { address: Arc<str>, attribute: Arc<str> },
}

/// A change of text: the span's bytes become `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    pub span: Span,
    pub text: String,
}

/// Turns a change into text edits against the snapshot's texts.
///
/// # Errors
/// Why it cannot be written: the span's text is not what the change needs, or the dialect cannot say it.
pub fn edits(_snapshot: &Snapshot, _dialect: Dialect, _change: &Change) -> Result<Vec<TextEdit>, String> {
    Err("not written yet".to_owned())
}

/// Applies edits of one source to its text.
///
/// # Errors
/// Overlapping edits, or one that does not lie on character borders.
pub fn apply(text: &str, edits: &[TextEdit]) -> Result<String, String> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in sorted {
        let range = edit.span.range();
        let before = text.get(at..range.start).ok_or("two edits overlap, or one leaves the text")?;
        out.push_str(before);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(text.get(at..).ok_or("an edit leaves the text")?);
    Ok(out)
}
