//! Whether files are as a commit has them, by the hash of their bytes.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

use compline_iac::format;
use gix_hash::ObjectId;
use gix_object::{Kind, TreeRefIter};

use super::ReadFile;
use super::folder::Folder;
use super::objects::{Objects, blob};
use crate::disk::{Sort, link_target, open_parts, real_path, sort};
use crate::walk::relative;

/// Files of one commit that are looked at.
const MOST_FILES: usize = 1_000_000;
const DEEPEST: usize = 64;
/// A file of attributes is a page or two.
const LONGEST_ATTRIBUTES: u64 = 1 << 20;

/// What was read.
pub(super) struct Read<'a> {
    pub root: &'a Path,
    pub scope: &'a [String],
    pub files: &'a [ReadFile<'a>],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    File(ObjectId),
    Link(ObjectId),
    /// A repository of its own.
    Submodule,
}

/// Whether every file that was read is as the tree has it, and every file of the tree that would be read is there.
///
/// # Errors
/// Why it cannot be told.
pub(super) fn compare(
    folder: &Folder,
    objects: &Objects,
    tree: ObjectId,
    read: &Read<'_>,
) -> Result<bool, String> {
    let prefix = relative(&folder.worktree, read.root).ok_or("the root's name is not UTF-8")?;
    let mut entries = BTreeMap::new();
    list(objects, tree, &prefix, &mut entries)?;
    let comparison =
        Comparison { worktree: &folder.worktree, folder, entries, attributes: Default::default() };
    let lead = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let mut why = None;
    for (path, bytes) in read.files {
        match comparison.file(&format!("{lead}{path}"), bytes) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(reason) => why = why.or(Some(reason)),
        }
    }
    let known: HashSet<&str> = read.files.iter().map(|(path, _)| *path).collect();
    let in_scope = |path: &str| {
        let below = |scope: &String| {
            scope.is_empty()
                || path.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        read.scope.iter().any(below)
    };
    // A file that was taken away changes what is judged as much as one that was written.
    for path in comparison.entries.keys().filter_map(|path| path.strip_prefix(&lead)) {
        let asked = !known.contains(path) && format::is_walked(path) && in_scope(path);
        if asked && sort(&read.root.join(path)) == Sort::Nothing {
            if sort(&folder.own.join("info/sparse-checkout")) == Sort::Nothing {
                return Ok(false);
            }
            why = why.or_else(|| Some("not all of the commit's files are checked out".to_owned()));
        }
    }
    why.map_or(Ok(true), Err)
}

/// The paths of a tree's files at and below a root, below that.
///
/// # Errors
/// Why they cannot be told.
pub(super) fn files(
    folder: &Folder,
    objects: &Objects,
    tree: ObjectId,
    root: &Path,
) -> Result<BTreeSet<String>, String> {
    let prefix = relative(&folder.worktree, root).ok_or("the root's name is not UTF-8")?;
    let mut entries = BTreeMap::new();
    list(objects, tree, &prefix, &mut entries)?;
    let lead = if prefix.is_empty() { prefix } else { format!("{prefix}/") };
    Ok(entries.into_keys().filter_map(|path| Some(path.strip_prefix(&lead)?.to_owned())).collect())
}

/// Every file of a tree at and below a path, by path.
fn list(
    objects: &Objects,
    tree: ObjectId,
    prefix: &str,
    out: &mut BTreeMap<String, Entry>,
) -> Result<(), String> {
    let mut queue = vec![(tree, String::new(), 0)];
    while let Some((id, lead, depth)) = queue.pop() {
        let missing =
            || "a tree of the commit cannot be read: it is missing, damaged or too large".to_owned();
        let bytes = objects.find(&id, Kind::Tree).ok_or_else(missing)?;
        for entry in TreeRefIter::from_bytes(&bytes, id.kind()) {
            let entry = entry.map_err(|_| missing())?;
            // What is not UTF-8 is not read either.
            let Ok(name) = std::str::from_utf8(entry.filename) else { continue };
            let path = format!("{lead}{name}");
            let within = path.starts_with(prefix) || prefix.starts_with(&path);
            if entry.mode.is_tree() {
                if depth >= DEEPEST {
                    return Err("a tree of the commit is too deep".to_owned());
                }
                // A directory that only begins alike is a few trees too many, and does no harm.
                if within {
                    queue.push((entry.oid.to_owned(), format!("{path}/"), depth + 1));
                }
                continue;
            }
            if out.len() >= MOST_FILES {
                return Err("the commit has too many files".to_owned());
            }
            let id = entry.oid.to_owned();
            out.insert(
                path,
                match () {
                    () if entry.mode.is_link() => Entry::Link(id),
                    () if entry.mode.is_commit() => Entry::Submodule,
                    () => Entry::File(id),
                },
            );
        }
    }
    Ok(())
}

struct Comparison<'a> {
    worktree: &'a Path,
    folder: &'a Folder,
    /// By path below the worktree.
    entries: BTreeMap<String, Entry>,
    /// Directory → whether its attributes can change bytes.
    attributes: std::cell::RefCell<HashMap<String, bool>>,
}

impl Comparison<'_> {
    /// Whether a file is as the commit has it.
    fn file(&self, path: &str, bytes: &[u8]) -> Result<bool, String> {
        let full = self.worktree.join(path);
        let real = real_path(&full).ok().and_then(|real| relative(self.worktree, &real));
        if let Some(real) = real.filter(|real| real != path) {
            return Ok(self.link(path, &full)? && self.plain(&real, bytes)?);
        }
        self.plain(path, bytes)
    }

    /// Whether a link leads where the commit says.
    fn link(&self, path: &str, full: &Path) -> Result<bool, String> {
        match self.entries.get(path) {
            Some(Entry::Link(id)) => {
                let target = link_target(full).ok();
                let target = target.as_ref().and_then(|target| target.to_str()).unwrap_or_default();
                Ok(blob(target.as_bytes(), id.kind()).is_some_and(|hash| hash == *id))
            }
            _ => Err(format!("`{path}` is reached through a link")),
        }
    }

    fn plain(&self, path: &str, bytes: &[u8]) -> Result<bool, String> {
        let Some(entry) = self.entries.get(path) else {
            let mut above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
            return match above.any(|above| self.entries.get(above) == Some(&Entry::Submodule)) {
                true => Err(format!("`{path}` lies in a submodule")),
                false => Ok(false),
            };
        };
        let Entry::File(id) = entry else { return Ok(false) };
        let is = |bytes: &[u8]| blob(bytes, id.kind()).is_some_and(|hash| hash == *id);
        if is(bytes) || is(&with_line_feeds(bytes)) {
            return Ok(true);
        }
        match self.may_change(path) {
            true => Err(format!("`{path}` differs, and attributes may say that its bytes are changed")),
            false => Ok(false),
        }
    }

    /// Whether attributes could change a file's bytes on their way into the repository.
    fn may_change(&self, path: &str) -> bool {
        let own = self.of_folder("\0", || page(&self.folder.common, &["info", "attributes"]));
        let ends = path.match_indices('/').map(|(at, _)| at);
        let above = std::iter::once(0).chain(ends).filter_map(|at| path.get(..at));
        own || above.fold(false, |found, directory| {
            let read = || {
                let parts = directory.split('/').filter(|part| !part.is_empty());
                page(self.worktree, &parts.chain([".gitattributes"]).collect::<Vec<_>>())
            };
            self.of_folder(directory, read) || found
        })
    }

    fn of_folder(&self, directory: &str, read: impl Fn() -> Option<String>) -> bool {
        let mut known = self.attributes.borrow_mut();
        *known.entry(directory.to_owned()).or_insert_with(|| {
            let changes = ["filter", "ident", "working-tree-encoding"];
            read().is_some_and(|text| changes.iter().any(|word| text.contains(word)))
        })
    }
}

fn page(folder: &Path, parts: &[&str]) -> Option<String> {
    let bytes = open_parts(folder, parts).ok()?.whole(LONGEST_ATTRIBUTES).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn with_line_feeds(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for (at, byte) in bytes.iter().enumerate() {
        if *byte != b'\r' || bytes.get(at + 1) != Some(&b'\n') {
            out.push(*byte);
        }
    }
    out
}
