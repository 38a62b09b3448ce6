//! One folder the editor works in: its buffers, its last judged reading, and what has changed since. What is read, and
//! how it is judged, is the project's.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use compline_project::{Change, Judged, Project, ResolvedConfig, RootSelection};

use crate::document::Document;
use crate::place::{self, RootUri};
use crate::view::View;

/// Something to be answered from a reading.
pub type Job = Box<dyn FnOnce(&View) + Send>;

/// A folder. Readings are made elsewhere, on a thread that may block; this only keeps the books.
pub struct Root {
    /// Never used twice in a session.
    pub id: u64,
    /// The folder as the editor spells it, and where it lies in the project.
    pub uri: Arc<RootUri>,
    /// The folder, decoded, in one spelling; empty for buffers that lie nowhere.
    pub path: String,
    /// Opened for a single file: only that and what is opened beside it was asked for.
    pub lone: bool,
    /// None for buffers that lie nowhere.
    selection: Option<RootSelection>,
    /// Given away while a reading is made.
    pub project: Option<Arc<Project>>,
    pub judged: Option<Arc<Judged>>,
    /// What judges here; none until the folder was opened.
    pub config: Option<Arc<ResolvedConfig>>,
    /// The configuration has changed: the next reading opens the folder anew.
    pub reopen: bool,
    /// By path below the project's root; not yet read.
    pub changes: BTreeMap<String, Change>,
    /// Counts changes; a reading says how many it has seen.
    pub wanted: u64,
    pub seen: u64,
    pub reading: bool,
    /// What changed did not come from a buffer: an editor that pulls does not know of it.
    pub unasked: bool,
    pub waiting: Vec<Waiting>,
    /// Open buffers, by path below the project's root.
    pub documents: BTreeMap<String, Document>,
    /// The fault of a waiver file that is not open, as the user was told it last.
    pub told_fault: Option<String>,
}

/// A question that waits for a reading that has seen what the asker had sent before it.
pub struct Waiting {
    pub wanted: u64,
    pub path: String,
    pub job: Job,
}

/// What a reading starts from: everything it needs, so that it can happen on another thread.
pub struct Reading {
    selection: Option<RootSelection>,
    project: Option<Arc<Project>>,
    before: Option<Arc<Judged>>,
    changes: BTreeMap<String, Change>,
    buffers: BTreeMap<String, Arc<str>>,
    today: String,
    seen: u64,
}

/// What a reading gives.
pub struct Read {
    pub project: Arc<Project>,
    pub judged: Arc<Judged>,
    pub seen: u64,
    /// The folder was opened just now.
    pub is_fresh: bool,
}

impl Root {
    /// A folder; with a file, for that file alone.
    pub fn of_folder(id: u64, uri: &str, path: String, file: Option<&str>) -> Self {
        let selection = RootSelection::of_folder(Path::new(&path), file);
        let uri = RootUri::of(uri, &path, &selection, file);
        Self::new(id, uri, path, file.is_some(), Some(selection))
    }

    /// A buffer that lies nowhere.
    pub fn of_nothing(id: u64, uri: &str) -> Self {
        Self::new(id, RootUri::of_nothing(uri), String::new(), true, None)
    }

    fn new(id: u64, uri: RootUri, path: String, lone: bool, selection: Option<RootSelection>) -> Self {
        Self {
            id,
            uri: Arc::new(uri),
            path,
            lone,
            selection,
            project: None,
            judged: None,
            config: None,
            reopen: false,
            changes: BTreeMap::new(),
            wanted: 1,
            seen: 0,
            reading: false,
            unasked: true,
            waiting: Vec::new(),
            documents: BTreeMap::new(),
            told_fault: None,
        }
    }

    pub fn change(&mut self, path: &str, change: Change) {
        self.changes.insert(path.to_owned(), change);
        self.wanted += 1;
    }

    /// Looks at a file that may lie outside of the folder: has the project opened anew where its configuration was
    /// made from it, and judged anew where it holds waivers.
    pub fn look_at_configuration(&mut self, absolute: &str) {
        let Some(path) = self.path_of(absolute) else { return };
        let is_made_from = self.config.as_ref().is_some_and(|config| config.is_made_from(&path));
        if is_made_from || path == compline_project::config::WAIVERS {
            self.reopen |= is_made_from;
            self.wanted += 1;
            self.unasked = true;
        }
    }

    /// The path below the project's root of a file anywhere below that.
    fn path_of(&self, absolute: &str) -> Option<String> {
        let selection = self.selection.as_ref()?;
        match place::below(&self.path, absolute) {
            Some(below) => Some(self.uri.project_path(below)),
            None => place::below(&place::plain(&selection.root), absolute).map(str::to_owned),
        }
    }

    /// The texts of the open buffers.
    fn buffers(&self) -> BTreeMap<String, Arc<str>> {
        self.documents.iter().map(|(path, document)| (path.clone(), document.text())).collect()
    }

    /// Whether a reading should begin.
    pub fn is_stale(&self) -> bool {
        !self.reading && self.seen < self.wanted
    }

    /// Begins a reading on a day: hands out all that is to be read, and remembers that it has.
    pub fn begin(&mut self, today: String) -> Reading {
        self.reading = true;
        if std::mem::take(&mut self.reopen) {
            self.project = None;
        }
        Reading {
            selection: self.selection.clone(),
            project: self.project.take(),
            before: self.judged.clone(),
            changes: std::mem::take(&mut self.changes),
            buffers: self.buffers(),
            today,
            seen: self.wanted,
        }
    }
}

/// Reads and judges; blocks. `None` when it came to grief: the next change begins from the files again.
pub fn read(reading: Reading) -> Option<Read> {
    catch_unwind(AssertUnwindSafe(|| {
        let Reading { selection, project, before, changes, buffers, today, seen } = reading;
        let is_fresh = project.is_none();
        let project = match (project, selection) {
            (Some(project), _) => {
                let mut project = Arc::unwrap_or_clone(project);
                project.change(changes);
                project
            }
            // Buffers are what was changed; everything else is read from disk now.
            (None, Some(selection)) => Project::open_tolerant(selection, buffers),
            (None, None) => Project::of_texts(buffers),
        };
        // What other rules said, or of other sources, is no earlier judgement of this.
        let judged = project.judge(&today, before.as_deref().filter(|_| !is_fresh));
        Read { project: Arc::new(project), judged: Arc::new(judged), seen, is_fresh }
    }))
    .ok()
}

/// The root a path lies in, the deepest first; with its path below the project's root.
pub fn owner(roots: &[Root], path: &str) -> Option<(usize, String)> {
    let inside = roots.iter().enumerate().filter(|(_, root)| !root.path.is_empty());
    let below = inside.filter_map(|(index, root)| Some((index, root, place::below(&root.path, path)?)));
    // A file directly in a lone root's folder is its own; deeper ones were not read.
    below
        .filter(|(_, root, rest)| !root.lone || !rest.contains('/'))
        .min_by_key(|(.., rest)| rest.len())
        .map(|(index, root, rest)| (index, root.uri.project_path(rest)))
}
