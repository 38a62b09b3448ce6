//! Bytes → trees with spans and comments. Parsing never fails.

pub mod hcl;

use std::sync::Arc;

use crate::problem::Problem;
use crate::source::{Source, Span};

/// A comment as written, marker included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    pub span: Span,
    /// Without its marker and surrounding blanks.
    pub text: String,
    /// Nothing but blanks stands before it on its line.
    pub alone: bool,
}

/// One text, read.
#[derive(Debug)]
pub struct Document {
    pub source: Arc<Source>,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
    pub tree: Tree,
}

/// What a text holds.
#[derive(Debug)]
pub enum Tree {
    /// `.tf`, `.tfvars`.
    Hcl(hcl::Body),
    /// A file kept for others to read: a template, a policy.
    Other,
}

/// Reads a text by what its path ends in; `None` for what is no infrastructure as code by its name.
pub fn parse(source: Arc<Source>) -> Option<Document> {
    let path = source.path.clone();
    if path.ends_with(".tf") || path.ends_with(".tfvars") {
        let hcl::Parsed { body, comments, problems } = hcl::parse(&source);
        return Some(Document { source, comments, problems, tree: Tree::Hcl(body) });
    }
    None
}

impl Document {
    /// A text kept as it is.
    pub fn other(source: Arc<Source>) -> Self {
        Self { source, comments: Vec::new(), problems: Vec::new(), tree: Tree::Other }
    }
}

/// Whether a file of this name is read.
pub fn is_known(path: &str) -> bool {
    is_terraform(path) || path.ends_with(".tfvars")
}

/// Whether a file of this name is part of a Terraform module.
pub fn is_terraform(path: &str) -> bool {
    path.ends_with(".tf")
}
