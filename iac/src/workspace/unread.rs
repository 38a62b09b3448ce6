//! Files that were recognised and that nobody looked at: each is a gap, and told by name.

use std::collections::HashSet;
use std::sync::Arc;

use super::Workspace;
use crate::format::{Format, Reader, file_name};
use crate::problem::{Gravity, Problem};

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
            UnreadReason::Shadowed { by } => format!("`{by}` lies beside it, and OpenTofu reads that one"),
        }
    }

    /// What to do instead.
    pub fn instead(&self) -> &'static str {
        match &self.reason {
            UnreadReason::NoReader(Format { reader: Reader::None { instead }, .. }) => instead,
            UnreadReason::NoReader(_) => "",
            // Which tool runs cannot be known.
            UnreadReason::Shadowed { .. } => {
                "to judge what Terraform reads here, exclude the `.tofu` files in `compline.yaml`"
            }
        }
    }
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
        let unread = unread.map(|(path, format)| (path.clone(), UnreadReason::NoReader(format)));
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
        (UnreadReason::NoReader(one), UnreadReason::NoReader(other)) => std::ptr::eq(*one, *other),
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
