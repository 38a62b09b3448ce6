//! Symbolic edits: rules say what should be there, this module finds the bytes.
//!
//! INVARIANT: an edit changes no byte outside of itself.

pub mod data;
pub mod hcl;

use std::sync::Arc;

use crate::format::{self, Editor};
use crate::inventory::Dialect;
use crate::source::Span;
use crate::syntax::Tree;
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
    Refer {
        address: Arc<str>,
        attribute: Arc<str>,
    },
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
pub fn edits(snapshot: &Snapshot, dialect: Dialect, change: &Change) -> Result<Vec<TextEdit>, String> {
    let at = match change {
        Change::Replace { at, .. } | Change::Remove { at } | Change::RemoveElement { at } => *at,
        Change::Insert { into, .. } => *into,
        Change::Append { to, .. } => *to,
        Change::AddResource { after, .. } => *after,
    };
    let document = snapshot.document(at.source).ok_or("this place lies in no file that was read")?;
    let path = &document.source.path;
    if path.split('/').any(|part| part == ".terraform") {
        return Err(format!("`{path}` belongs to a downloaded module"));
    }
    if let Some(format) = format::of(document).filter(|format| format.editor == Editor::None) {
        return Err(format!(
            "`{path}` is a {}, which a tool writes: change the code it comes from",
            format.name
        ));
    }
    match (&document.tree, path.ends_with(".json")) {
        (Tree::Other, false) => Err(format!("`{path}` is a text that code reads, and is not edited")),
        (Tree::Hcl(body), false) => hcl::edits(&document.source, body, change),
        _ if dialect == Dialect::Terraform && matches!(change, Change::AddResource { .. }) => {
            Err("resources are not added to Terraform's JSON form".to_owned())
        }
        _ => data::edits(&document.source, change),
    }
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
