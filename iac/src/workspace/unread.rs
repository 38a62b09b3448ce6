//! Files that were recognised and that nobody looked at: each is a gap, and told by name.

use std::collections::HashSet;
use std::sync::Arc;

use super::Workspace;
use crate::format::{FORMATS, Format, Reader, file_name};
use crate::problem::{Gravity, Problem};
use crate::syntax::{Document, Tree};
use crate::value::{Why, WhyKind};

/// A file that was recognised, and that nobody looked at.
#[derive(Debug, Clone)]
pub struct Unread {
    pub path: Arc<str>,
    pub reason: UnreadReason,
}

/// Why nobody looked at a file.
#[derive(Debug, Clone)]
pub enum UnreadReason {
    /// Its format has no reader.
    NoReader(&'static Format),
    /// `main.TF`: the format's tool looks for `main.tf`.
    OtherCase(&'static Format),
    /// `main.tf`, because `main.tofu` (this name) lies beside it, and OpenTofu reads only one of them.
    Shadowed { by: Arc<str> },
}

impl Unread {
    /// Whether something is missing that is a part of the infrastructure.
    pub fn is_gap(&self) -> bool {
        matches!(self.reason, UnreadReason::NoReader(_))
    }

    /// Why nothing of the file is judged.
    pub fn why(&self) -> String {
        match &self.reason {
            UnreadReason::NoReader(format) => format!("no reader for {}", format.name),
            UnreadReason::OtherCase(format) => {
                format!("its name has letters of another case, and {} does not look for it so", format.name)
            }
            UnreadReason::Shadowed { by } => format!("`{by}` lies beside it, and OpenTofu reads that one"),
        }
    }

    /// What to do instead.
    pub fn instead(&self) -> &'static str {
        match &self.reason {
            UnreadReason::NoReader(Format { reader: Reader::None { instead }, .. }) => instead,
            UnreadReason::NoReader(_) => "",
            UnreadReason::OtherCase(_) => "write its ending in small letters if it is a part of the code",
            // Which tool runs cannot be known.
            UnreadReason::Shadowed { .. } => {
                "to judge what Terraform reads here, exclude the `.tofu` files in `compline.yaml`"
            }
        }
    }
}

/// Why a root may hold more than was read of a file: a part of it could not be parsed.
pub(super) fn lost_part(document: &Document) -> Option<(Arc<str>, Arc<Why>)> {
    let is_lost = document.problems.iter().any(|problem| problem.gravity == Gravity::Loss);
    let why = || Why::new(WhyKind::Error, format!("a part of `{}` could not be read", document.source.path));
    is_lost.then(|| (Arc::from(""), why()))
}

/// Documents of a file that are a root beside the one that its reader took, and are not read: a second one, or one that
/// is of two formats.
pub(super) fn others(reader: &Format, document: &Document) -> Vec<Problem> {
    let Tree::Data(nodes) = &document.tree else { return Vec::new() };
    let name = file_name(&document.source.path);
    let mut is_read = false;
    let mut problems = Vec::new();
    for node in nodes {
        let is = |format: &Format| format.is_in(name, std::slice::from_ref(node));
        // The first that is of the format is what its reader took.
        let is_taken = !is_read && is(reader);
        is_read |= is_taken;
        let mut roots = FORMATS.iter().filter(|format| matches!(format.reader, Reader::EachFile(_)));
        let other = roots.find(|format| is(format) && !(is_taken && std::ptr::eq(**format, reader)));
        problems.extend(other.map(|format| Problem {
            gravity: Gravity::Loss,
            path: Arc::clone(&document.source.path),
            span: node.first_key().or(Some(node.span)),
            message: match is_taken {
                true => format!("this is {} as well, and read as {} only", format.name, reader.name),
                false => format!("a second root in one file ({}) is not read", format.name),
            },
            help: Some("give each a file of its own".to_owned()),
        }));
    }
    problems
}

impl Workspace {
    /// The files nobody looked at. What a reader has claimed, or told of in its own words, is not among them.
    pub(super) fn unread_files(&self) -> Vec<Unread> {
        if self.unread.is_empty() && self.shadowed.is_empty() {
            return Vec::new();
        }
        let gaps = self.shared_roots.values().flat_map(|root| &root.inventory.gaps);
        let reported: HashSet<&str> = gaps.map(|gap| &*gap.what).collect();
        let is_claimed = |path: &str| {
            reported.contains(path) || self.file_roots.contains_key(path) || self.plans.contains_key(path)
        };
        let unread = self.unread.iter().filter(|(path, _)| !is_claimed(path));
        let unread = unread.map(|(path, format)| match format.has_reader() {
            true => (path.clone(), UnreadReason::OtherCase(format)),
            false => (path.clone(), UnreadReason::NoReader(format)),
        });
        let shadowed = self.shadowed.iter().map(|(path, tofu)| {
            (path.as_str().into(), UnreadReason::Shadowed { by: file_name(tofu).into() })
        });
        let mut files: Vec<Unread> =
            unread.chain(shadowed).map(|(path, reason)| Unread { path, reason }).collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    }
}

/// Files of a format that are named in its note.
const MOST_NAMED: usize = 3;

/// One note per format: a project has hundreds of files of one, or none.
pub(super) fn notes(unread: &[Unread]) -> Vec<Problem> {
    let mut groups: Vec<(&Unread, Vec<&str>)> = Vec::new();
    let same = |one: &Unread, other: &Unread| match (&one.reason, &other.reason) {
        (UnreadReason::NoReader(one), UnreadReason::NoReader(other))
        | (UnreadReason::OtherCase(one), UnreadReason::OtherCase(other)) => std::ptr::eq(*one, *other),
        _ => false,
    };
    for one in unread {
        match groups.iter_mut().find(|(first, _)| same(first, one)) {
            Some((_, paths)) => paths.push(&one.path),
            None => groups.push((one, vec![&one.path])),
        }
    }
    let note = |(first, paths): (&Unread, Vec<&str>)| {
        let concerned = match paths.len() {
            1 => "this file".to_owned(),
            number => format!("{number} files"),
        };
        let mut message = format!("nothing in {concerned} is judged: {}", first.why());
        if paths.len() > 1 {
            let named: Vec<String> = paths.iter().take(MOST_NAMED).map(|path| format!("`{path}`")).collect();
            message.push_str(&format!(" ({}", named.join(", ")));
            match paths.len().saturating_sub(MOST_NAMED) {
                0 => message.push(')'),
                more => message.push_str(&format!(" and {more} more)")),
            }
        }
        Problem {
            gravity: Gravity::Note,
            path: first.path.clone(),
            span: None,
            message,
            help: Some(first.instead().to_owned()),
        }
    };
    groups.into_iter().map(note).collect()
}
