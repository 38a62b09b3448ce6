//! What a feature sees: one judged reading and the file it is asked about. Never changes.

use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::workspace::DocumentInfo;
use compline_iac::{Source, Span};
use compline_project::{Judged, Project, ResolvedConfig};
use compline_rules::{RuleSet, Verdict};

use crate::place::RootUri;
use crate::position::{self, Encoding, Position, Range};
use crate::settings::Settings;

/// A judged root, from one file's point of view.
pub struct View {
    pub project: Arc<Project>,
    /// Of this project.
    pub judged: Arc<Judged>,
    pub settings: Settings,
    pub encoding: Encoding,
    /// The file's path below the project's root; empty when all of it is meant.
    pub path: String,
    pub root: Arc<RootUri>,
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
        self.project.snapshot.find(&self.path)
    }

    /// The verdicts that point into the file, or whose resource stands in it.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.document().into_iter().flat_map(|document| self.judged.in_source(document.source.id))
    }

    pub fn config(&self) -> &ResolvedConfig {
        &self.project.config
    }

    pub fn rules(&self) -> &RuleSet {
        &self.project.config.rules
    }

    pub fn source(&self, span: Span) -> Option<&Source> {
        self.project.snapshot.source(span)
    }

    /// A text with its secrets hidden: what an editor is told ends in logs and on shared screens.
    pub fn hide(&self, text: &str) -> String {
        self.project.snapshot.redaction().text(text).into_owned()
    }

    /// What a rule says of a resource, with its secrets hidden.
    pub fn told(&self, verdict: &Verdict, text: &str) -> String {
        self.project.snapshot.redaction().sentence(text, &verdict.address).into_owned()
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
        self.open.get(path).map_or_else(|| self.root.join(path), |open| open.uri.clone())
    }

    /// The same reading, from another file's point of view.
    pub fn beside(&self, path: &str) -> View {
        View {
            project: Arc::clone(&self.project),
            judged: Arc::clone(&self.judged),
            open: Arc::clone(&self.open),
            path: path.to_owned(),
            root: Arc::clone(&self.root),
            today: self.today.clone(),
            ..*self
        }
    }
}
