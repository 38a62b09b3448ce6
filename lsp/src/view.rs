//! What a feature sees: one judged reading and the file it is asked about. Never changes.

use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::workspace::DocumentInfo;
use compline_iac::{Source, Sources, Span, Workspace};
use compline_rules::Verdict;

use crate::content::{Content, Settings};
use crate::judged::Judged;
use crate::place;
use crate::position::{self, Encoding, Position, Range};

/// A judged root, from one file's point of view.
pub struct View {
    pub judged: Arc<Judged>,
    pub content: Arc<Content>,
    pub workspace: Arc<Workspace>,
    pub sources: Arc<dyn Sources>,
    pub settings: Settings,
    pub encoding: Encoding,
    /// The file's path below the root; empty when the whole root is meant.
    pub path: String,
    pub root_uri: String,
    /// Open buffers by path.
    pub open: Arc<HashMap<String, Open>>,
    /// Today as `YYYY-MM-DD`.
    pub today: String,
}

/// What a view knows of an open buffer.
#[derive(Debug, Clone)]
pub struct Open {
    pub uri: String,
    pub version: i32,
    pub edited_line: Option<u32>,
}

impl View {
    /// The file that is asked about, when it was read as infrastructure as code.
    pub fn document(&self) -> Option<&DocumentInfo> {
        self.judged.snapshot.find(&self.path)
    }

    /// The verdicts that point into the file, or whose resource stands in it.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.document().into_iter().flat_map(|document| self.judged.in_source(document.source.id))
    }

    pub fn source(&self, span: Span) -> Option<&Source> {
        self.judged.snapshot.source(span)
    }

    pub fn range(&self, span: Span) -> Option<Range> {
        Some(position::range(self.source(span)?, span, self.encoding))
    }

    /// The byte of a position in the file that is asked about.
    pub fn offset(&self, position: Position) -> Option<u32> {
        Some(position::offset(&self.document()?.source, position, self.encoding))
    }

    /// The URI of a file, in the editor's spelling where it has it open.
    pub fn uri(&self, path: &str) -> String {
        self.open.get(path).map_or_else(|| place::join(&self.root_uri, path), |open| open.uri.clone())
    }

    /// The same reading, from another file's point of view.
    pub fn beside(&self, path: &str) -> View {
        View {
            judged: Arc::clone(&self.judged),
            content: Arc::clone(&self.content),
            workspace: Arc::clone(&self.workspace),
            sources: Arc::clone(&self.sources),
            open: Arc::clone(&self.open),
            path: path.to_owned(),
            root_uri: self.root_uri.clone(),
            today: self.today.clone(),
            ..*self
        }
    }
}
