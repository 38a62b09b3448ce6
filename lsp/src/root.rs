//! One folder the editor works in: its files, its last judged reading, and what has changed since.

use std::collections::{BTreeMap, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use compline_iac::format;
use compline_iac::{Sources, Workspace};

use crate::Host;
use crate::content::Content;
use crate::document::Document;
use crate::judged::Judged;
use crate::overlay::Overlay;
use crate::place;
use crate::view::View;

/// Something to be answered from a reading.
pub type Job = Box<dyn FnOnce(&View) + Send>;

/// A folder. Readings are made elsewhere, on a thread that may block; this only keeps the books.
pub struct Root {
    /// Never used twice in a session.
    pub id: u64,
    /// As the editor spells it.
    pub uri: String,
    /// Decoded, in one spelling; empty for buffers that lie nowhere.
    pub path: String,
    /// Opened for a single file: its folder is listed, not walked.
    pub lone: bool,
    pub base: Option<Arc<dyn Sources>>,
    pub workspace: Option<Arc<Workspace>>,
    pub judged: Option<Arc<Judged>>,
    /// What judges here; none until the folder was opened.
    pub content: Option<Arc<Content>>,
    /// The configuration has changed: the next reading opens the folder anew.
    pub reopen: bool,
    /// Text by path, `None` for gone or to be read again; not yet in the workspace.
    pub changes: BTreeMap<String, Change>,
    /// Counts changes; a reading says how many it has seen.
    pub wanted: u64,
    pub seen: u64,
    pub reading: bool,
    /// What changed did not come from a buffer: an editor that pulls does not know of it.
    pub unasked: bool,
    pub waiting: Vec<Waiting>,
    /// Open buffers, by path below the root.
    pub documents: HashMap<String, Document>,
}

/// A question that waits for a reading that has seen what the asker had sent before it.
pub struct Waiting {
    pub wanted: u64,
    pub path: String,
    pub job: Job,
}

/// What happened to a file.
#[derive(Debug, Clone)]
pub enum Change {
    /// The editor's text.
    Text(Arc<str>),
    /// Look at the disk again.
    Look,
}

/// What a reading starts from: everything it needs, so that it can happen on another thread.
pub struct Reading {
    host: Arc<dyn Host>,
    path: String,
    lone: bool,
    base: Option<Arc<dyn Sources>>,
    workspace: Option<Arc<Workspace>>,
    before: Option<Arc<Judged>>,
    changes: BTreeMap<String, Change>,
    buffers: BTreeMap<String, Arc<str>>,
    content: Option<Arc<Content>>,
    today: String,
    seen: u64,
}

/// What a reading gives.
pub struct Read {
    pub content: Arc<Content>,
    pub base: Arc<dyn Sources>,
    pub workspace: Arc<Workspace>,
    pub judged: Arc<Judged>,
    pub seen: u64,
    /// What is wrong with the configuration, when the folder was opened just now.
    pub complaint: Option<String>,
}

impl Root {
    pub fn new(id: u64, uri: &str, path: String, lone: bool) -> Self {
        Self {
            id,
            uri: uri.to_owned(),
            path,
            lone,
            base: None,
            workspace: None,
            judged: None,
            content: None,
            reopen: false,
            changes: BTreeMap::new(),
            wanted: 1,
            seen: 0,
            reading: false,
            unasked: true,
            waiting: Vec::new(),
            documents: HashMap::new(),
        }
    }

    pub fn change(&mut self, path: &str, change: Change) {
        self.changes.insert(path.to_owned(), change);
        self.wanted += 1;
    }

    /// Has the folder opened anew where its configuration was made from this file.
    pub fn look_at_configuration(&mut self, path: &str) {
        let from = self.content.as_ref().is_some_and(|content| content.is_made_from(path));
        if from {
            self.reopen = true;
            self.wanted += 1;
            self.unasked = true;
        }
    }

    /// The texts of the open buffers.
    pub fn buffers(&self) -> BTreeMap<String, Arc<str>> {
        self.documents.iter().map(|(path, document)| (path.clone(), document.text())).collect()
    }

    /// Whether a reading should begin.
    pub fn is_stale(&self) -> bool {
        !self.reading && self.seen < self.wanted
    }

    /// Begins a reading: hands out all that is to be read, and remembers that it has.
    pub fn begin(&mut self, host: &Arc<dyn Host>) -> Reading {
        self.reading = true;
        if std::mem::take(&mut self.reopen) {
            (self.base, self.workspace, self.content) = (None, None, None);
        }
        Reading {
            host: Arc::clone(host),
            path: self.path.clone(),
            lone: self.lone,
            base: self.base.clone(),
            workspace: self.workspace.take(),
            before: self.judged.clone(),
            changes: std::mem::take(&mut self.changes),
            buffers: self.buffers(),
            content: self.content.clone(),
            today: host.today(),
            seen: self.wanted,
        }
    }
}

/// Reads and judges; blocks. `None` when it came to grief: the next change begins from the files again.
pub fn read(reading: Reading) -> Option<Read> {
    catch_unwind(AssertUnwindSafe(|| {
        let folder = Path::new(&reading.path);
        let mut fresh = false;
        let mut complaint = None;
        let (content, base, mut workspace) = match (reading.content, reading.base, reading.workspace) {
            (Some(content), Some(base), Some(workspace)) => (content, base, workspace),
            // A buffer that lies nowhere has no folder to open.
            (_, Some(base), Some(workspace)) => (Content::builtin(), base, workspace),
            _ => {
                let opened = reading.host.open(folder);
                fresh = true;
                complaint = opened.complaint;
                let (host, path) = (Arc::clone(&reading.host), reading.path.clone());
                let content = Content::of(opened.standing, move || host.imports(Path::new(&path)));
                (content, opened.sources, Arc::new(Workspace::new(opened.options)))
            }
        };
        let overlay = Overlay { base: Arc::clone(&base), buffers: reading.buffers };
        let writable = Arc::make_mut(&mut workspace);
        if fresh {
            let paths = if reading.lone { beside(&overlay) } else { reading.host.walk(folder) };
            writable.read(&overlay, &paths);
            for (path, text) in &overlay.buffers {
                writable.set(path, Arc::clone(text));
            }
        }
        for (path, change) in reading.changes {
            match change {
                Change::Text(text) => writable.set(&path, text),
                Change::Look if overlay.is_file(&path) => writable.read(&overlay, &[path]),
                Change::Look => writable.remove(&path),
            }
        }
        let snapshot = writable.snapshot(&overlay);
        // What other rules said, or of other sources, is no earlier judgement of this.
        let before = reading.before.as_deref().filter(|_| !fresh);
        let judged = Judged::of(snapshot, before, &content, &overlay, &reading.today);
        Read { content, base, workspace, judged: Arc::new(judged), seen: reading.seen, complaint }
    }))
    .ok()
}

/// The files of a module that lie beside one that was opened on its own.
fn beside(sources: &dyn Sources) -> Vec<String> {
    let names = sources.list("").into_iter().filter(|name| format::belongs_to_module(name));
    names.filter(|name| sources.is_file(name)).collect()
}

/// The root a path lies in, the deepest first; with the path below it.
pub fn owner<'a>(roots: &[Root], path: &'a str) -> Option<(usize, &'a str)> {
    let inside = roots.iter().enumerate().filter(|(_, root)| !root.path.is_empty());
    let below = inside.filter_map(|(index, root)| Some((index, place::below(&root.path, path)?)));
    // A file directly in a lone root's folder is its own; deeper ones were not read.
    below
        .filter(|(index, rest)| roots.get(*index).is_some_and(|root| !root.lone || !rest.contains('/')))
        .min_by_key(|(_, rest)| rest.len())
}
