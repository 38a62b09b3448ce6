//! Symbolic edits: rules say what should be there, this module finds the bytes.
//!
//! INVARIANT: an edit changes no byte outside of itself.

pub mod data;
pub mod hcl;
mod pieces;

use std::sync::Arc;

use self::pieces::Pieces;
use crate::format::{self, Editor};
use crate::inventory::Dialect;
use crate::source::{Source, SourceId, Span};
use crate::syntax::{self, Document, Tree};
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
    /// Append elements to the list at a path below an existing block, object or mapping; what is missing on the way is
    /// created. Nested blocks are such a list as well.
    Add { into: Span, path: Vec<Arc<str>>, values: Vec<Literal> },
    /// Take an attribute, block or mapping entry away, given its value's span.
    Remove { at: Span },
    /// Take one element out of a list, given its span.
    RemoveElement { at: Span },
    /// Write a resource after the one whose span is given.
    AddResource { after: Span, kind: Arc<str>, name: Arc<str>, body: Vec<(Arc<str>, Literal)> },
    /// Declare a variable (a parameter) that is given from outside, unless one of this name is declared in the text
    /// of the resource whose span is given.
    AddVariable { near: Span, name: Arc<str>, title: Arc<str> },
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
    /// A variable of the module, a parameter of the template.
    Variable(Arc<str>),
    /// A value behind a text, in one text: `--name=` and its value.
    Behind(Arc<str>, Box<Literal>),
    /// What somebody has to choose; it is written as its example, to be tried or to be written over.
    Choice(Choice),
}

/// A value that no rule can know: a key, an address, a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// A name in snake case: `kms_key_arn`.
    pub name: Arc<str>,
    /// What it is, as a phrase: "ARN of the KMS key".
    pub title: Arc<str>,
    /// A value of the right form.
    pub example: Arc<str>,
}

impl Change {
    /// The change with each literal of it, at any depth, put through `with`; parts come before the whole.
    #[must_use]
    pub fn map(self, with: &dyn Fn(Literal) -> Literal) -> Self {
        let all = |values: Vec<Literal>| values.into_iter().map(|value| value.map(with)).collect();
        match self {
            Change::Replace { at, value } => Change::Replace { at, value: value.map(with) },
            Change::Insert { into, path, value } => Change::Insert { into, path, value: value.map(with) },
            Change::Append { to, values } => Change::Append { to, values: all(values) },
            Change::Add { into, path, values } => Change::Add { into, path, values: all(values) },
            Change::AddResource { after, kind, name, body } => {
                let body = body.into_iter().map(|(key, value)| (key, value.map(with))).collect();
                Change::AddResource { after, kind, name, body }
            }
            other @ (Change::Remove { .. } | Change::RemoveElement { .. } | Change::AddVariable { .. }) => {
                other
            }
        }
    }

    /// Adds what it leaves to be chosen to those of other changes, each name once.
    pub fn choices(&self, out: &mut Vec<Choice>) {
        let mut one = |value: &Literal| value.choices(out);
        match self {
            Change::Replace { value, .. } | Change::Insert { value, .. } => one(value),
            Change::Append { values, .. } | Change::Add { values, .. } => values.iter().for_each(one),
            Change::AddResource { body, .. } => body.iter().for_each(|(_, value)| one(value)),
            Change::Remove { .. } | Change::RemoveElement { .. } | Change::AddVariable { .. } => {}
        }
    }

    /// Where in which text it is made.
    pub fn at(&self) -> Span {
        match self {
            Change::Replace { at, .. } | Change::Remove { at } | Change::RemoveElement { at } => *at,
            Change::Insert { into, .. } | Change::Add { into, .. } => *into,
            Change::Append { to, .. } => *to,
            Change::AddResource { after, .. } => *after,
            Change::AddVariable { near, .. } => *near,
        }
    }

    fn moved(mut self, to: Span) -> Self {
        match &mut self {
            Change::Replace { at, .. } | Change::Remove { at } | Change::RemoveElement { at } => *at = to,
            Change::Insert { into, .. } | Change::Add { into, .. } => *into = to,
            Change::Append { to: at, .. } => *at = to,
            Change::AddResource { after, .. } => *after = to,
            Change::AddVariable { near, .. } => *near = to,
        }
        self
    }
}

impl Literal {
    /// What a scalar is in a text; none for what is no scalar, and for a variable, which is known by its name only.
    fn plain(&self) -> Option<String> {
        match self {
            Literal::Bool(bool) => Some(bool.to_string()),
            Literal::Int(int) => Some(int.to_string()),
            Literal::Text(text) => Some(text.to_string()),
            Literal::Choice(choice) => Some(choice.example.to_string()),
            Literal::Behind(prefix, value) => Some(format!("{prefix}{}", value.plain()?)),
            Literal::List(_) | Literal::Map(_) | Literal::Refer { .. } | Literal::Variable(_) => None,
        }
    }

    fn choices(&self, out: &mut Vec<Choice>) {
        match self {
            Literal::Choice(choice) if out.iter().all(|one| one.name != choice.name) => {
                out.push(choice.clone())
            }
            Literal::List(items) => items.iter().for_each(|item| item.choices(out)),
            Literal::Map(entries) => entries.iter().for_each(|(_, value)| value.choices(out)),
            Literal::Behind(_, value) => value.choices(out),
            _ => {}
        }
    }

    /// The value with each value in it put through `with`; parts come before the whole.
    #[must_use]
    pub fn map(self, with: &dyn Fn(Literal) -> Literal) -> Self {
        with(match self {
            Literal::List(items) => Literal::List(items.into_iter().map(|item| item.map(with)).collect()),
            Literal::Map(entries) => {
                Literal::Map(entries.into_iter().map(|(key, value)| (key, value.map(with))).collect())
            }
            Literal::Behind(prefix, value) => Literal::Behind(prefix, Box::new(value.map(with))),
            other => other,
        })
    }
}

/// A change of text: the span's bytes become `text`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextEdit {
    pub span: Span,
    pub text: String,
}

/// Turns changes into text edits against the snapshot's texts. They are made one after the other, each on what the one
/// before left, so that two settings of one missing block share it.
///
/// # Errors
/// Why one cannot be written: the span's text is not what the change needs, another change took it away, or the dialect
/// cannot say it.
pub fn edits(snapshot: &Snapshot, dialect: Dialect, changes: &[Change]) -> Result<Vec<TextEdit>, String> {
    let mut texts: Vec<(SourceId, Pieces)> = Vec::new();
    for change in changes {
        if let Change::AddVariable { near, name, .. } = change
            && is_declared(snapshot, *near, name)
        {
            continue;
        }
        let at = change.at();
        let document = snapshot.document(at.source).ok_or("this place lies in no file that was read")?;
        let place = match texts.iter().position(|(source, _)| *source == at.source) {
            Some(place) => place,
            None => {
                refuse(document)?;
                texts.push((at.source, Pieces::of(&document.source.text)));
                texts.len() - 1
            }
        };
        let Some((_, pieces)) = texts.get_mut(place) else { continue };
        let now = pieces.moved(at).ok_or("two changes of the fix are about the same place")?;
        let made = if pieces.is_unchanged() {
            one(&document.source, document, dialect, change)?
        } else {
            let source = Source::new(at.source, Arc::clone(&document.source.path), pieces.text());
            one(&source, document, dialect, &change.clone().moved(now))?
        };
        pieces.apply(&made)?;
    }
    Ok(texts.into_iter().flat_map(|(source, pieces)| pieces.edits(source)).collect())
}

/// Whether another file of the same module declares a variable.
fn is_declared(snapshot: &Snapshot, near: Span, name: &str) -> bool {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let Some(here) = snapshot.document(near.source).map(|document| folder(&document.source.path)) else {
        return false;
    };
    let declares = |block: &syntax::hcl::Block| {
        &*block.kind == "variable" && block.label(0).is_some_and(|label| **label == *name)
    };
    snapshot
        .documents()
        .filter(|document| folder(&document.source.path) == here)
        .any(|document| matches!(&document.tree, Tree::Hcl(body) if body.blocks().any(declares)))
}

/// Some texts are not for editing.
fn refuse(document: &Document) -> Result<(), String> {
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
        _ => Ok(()),
    }
}

/// The edits of one change of a text, which may be a later form of the document's.
fn one(
    source: &Source,
    document: &Document,
    dialect: Dialect,
    change: &Change,
) -> Result<Vec<TextEdit>, String> {
    let is_unchanged = Arc::ptr_eq(&source.text, &document.source.text);
    match (&document.tree, source.path.ends_with(".json")) {
        (Tree::Hcl(body), false) if is_unchanged => hcl::edits(source, body, change),
        (Tree::Hcl(_), false) => hcl::edits(source, &syntax::hcl::parse(source).body, change),
        _ if dialect == Dialect::Terraform
            && matches!(change, Change::AddResource { .. } | Change::AddVariable { .. }) =>
        {
            Err("nothing is added to Terraform's JSON form".to_owned())
        }
        _ if is_unchanged => data::edits(source, change),
        _ => data::edits_after(source, change),
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
