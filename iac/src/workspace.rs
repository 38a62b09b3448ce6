//! The living set of documents: what the command line reads once and the editor keeps.

use std::sync::Arc;

use crate::inventory::Inventory;
use crate::problem::Problem;
use crate::source::{Source, SourceId, Sources, Span};
use crate::syntax::Comment;

/// What the user said about the run, beside the files.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// `--var name=value`, in order; the last wins.
    pub variables: Vec<(String, String)>,
    /// `--var-file`, workspace-relative, in order.
    pub variable_files: Vec<String>,
    /// `TF_VAR_*`, when opted in.
    pub environment: Vec<(String, String)>,
    /// `terraform.workspace`; "default" when `None`.
    pub terraform_workspace: Option<String>,
}

/// Parsed documents and evaluated inventories, kept current by [`Workspace::set`] and [`Workspace::remove`].
#[derive(Debug, Default, Clone)]
pub struct Workspace {
    options: Options,
}

/// One consistent reading of a workspace. Cheap to clone; never changes.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub inventories: Vec<Arc<Inventory>>,
    pub problems: Arc<[Problem]>,
    documents: Arc<[Option<Arc<DocumentInfo>>]>,
}

/// What a snapshot tells about one file.
#[derive(Debug)]
pub struct DocumentInfo {
    pub source: Arc<Source>,
    pub comments: Vec<Comment>,
}

impl Workspace {
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// Takes in the files at these paths (workspace-relative; the caller has walked the directories).
    /// Files that are no infrastructure as code are passed over.
    pub fn read(&mut self, _sources: &dyn Sources, _paths: &[String]) {
        let _ = &self.options;
    }

    /// Puts a text in place of a file's (an unsaved buffer); the next snapshot evaluates what it touches.
    pub fn set(&mut self, _path: &str, _text: Arc<str>) {}

    /// Forgets a file.
    pub fn remove(&mut self, _path: &str) {}

    /// Evaluates what changed since the last snapshot and hands out the whole; unchanged inventories are the
    /// same `Arc` as before.
    pub fn snapshot(&mut self, _sources: &dyn Sources) -> Snapshot {
        Snapshot::default()
    }
}

impl Snapshot {
    pub fn document(&self, id: SourceId) -> Option<&DocumentInfo> {
        self.documents.get(id.0 as usize)?.as_deref()
    }

    pub fn source(&self, span: Span) -> Option<&Source> {
        self.document(span.source).map(|document| &*document.source)
    }

    pub fn documents(&self) -> impl Iterator<Item = &DocumentInfo> {
        self.documents.iter().flatten().map(|document| &**document)
    }

    pub fn find(&self, path: &str) -> Option<&DocumentInfo> {
        self.documents().find(|document| &*document.source.path == path)
    }
}
