//! What the repository says of the code that was read: the commit, its branch and author, and whether the files are
//! as it has them. Git is never run and no configuration of the repository is obeyed, for the repository may be
//! somebody else's: references, objects and packs are read as data, without links, within bounds. What cannot be
//! read so is not determined, and never an error.

mod compare;
mod folder;
mod identity;
mod objects;
mod references;

use std::collections::BTreeSet;
use std::path::Path;

use gix_object::CommitRefIter;

pub use self::identity::user;
use self::objects::Objects;

/// What is known of the commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checkout {
    /// The code lies in no repository.
    Outside,
    /// It does, and nothing more can be said. The text says why.
    NotDetermined(String),
    At(Commit),
}

/// A commit that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Lower-case hexadecimal.
    pub id: String,
    /// None where no branch is checked out.
    pub branch: Option<String>,
    /// The name of its author; none where the commit cannot be read.
    pub author: Option<String>,
    /// Whether every file that was read is as the commit has it; none where that cannot be told.
    pub clean: Option<bool>,
    /// Why something of it is not determined.
    pub why: Option<String>,
}

/// A file that was read, by its path below the root, with its bytes.
pub type ReadFile<'a> = (&'a str, &'a [u8]);

/// The commit in force at a root. `scope` are the paths that were asked for, below the root.
pub fn checkout(root: &Path, scope: &[String], read: &[ReadFile<'_>]) -> Checkout {
    let folder = match folder::find(root) {
        Ok(Some(folder)) => folder,
        Ok(None) => return Checkout::Outside,
        Err(why) => return Checkout::NotDetermined(why),
    };
    let head = match references::head(&folder) {
        Ok(head) => head,
        Err(why) => return Checkout::NotDetermined(why),
    };
    let objects = Objects::open(&folder.common, head.id.kind());
    let mut commit =
        Commit { id: head.id.to_string(), branch: head.branch, author: None, clean: None, why: None };
    let why = match objects.find(&head.id, gix_object::Kind::Commit) {
        None => Some("the commit cannot be read: it is missing, damaged or too large".to_owned()),
        Some(bytes) => {
            let mut parsed = CommitRefIter::from_bytes(&bytes, head.id.kind());
            let tree = parsed.tree_id().ok();
            let author = CommitRefIter::from_bytes(&bytes, head.id.kind()).author().ok();
            commit.author = author.map(|author| author.name.to_string());
            match tree.ok_or_else(|| "the commit names no tree".to_owned()).and_then(|tree| {
                compare::compare(&folder, &objects, tree, &compare::Read { root, scope, files: read })
            }) {
                Ok(clean) => {
                    commit.clean = Some(clean);
                    None
                }
                Err(why) => Some(why),
            }
        }
    };
    commit.why = why;
    Checkout::At(commit)
}

/// The files that the commit in force has at and below a root, by their paths below it; none where that cannot be told.
pub fn tracked(root: &Path) -> Option<BTreeSet<String>> {
    let folder = folder::find(root).ok()??;
    let head = references::head(&folder).ok()?;
    let objects = Objects::open(&folder.common, head.id.kind());
    let bytes = objects.find(&head.id, gix_object::Kind::Commit)?;
    let tree = CommitRefIter::from_bytes(&bytes, head.id.kind()).tree_id().ok()?;
    compare::files(&folder, &objects, tree, root).ok()
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)] // Repositories are made by git itself.
mod tests;
