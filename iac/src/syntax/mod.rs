//! Bytes → trees with spans and comments. Parsing never fails.

pub mod hcl;
pub mod json;
pub mod node;
pub mod yaml;

use std::sync::{Arc, OnceLock};

use self::node::Node;
use crate::problem::Problem;
use crate::secret::Found;
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
    /// What of it must not be shown, made when it is first asked for.
    pub(crate) secrets: OnceLock<Found>,
}

/// What a text holds.
#[derive(Debug)]
pub enum Tree {
    /// HashiCorp's configuration language, or its JSON form.
    Hcl(hcl::Body),
    /// YAML or JSON: a template, manifests.
    Data(Vec<Node>),
    /// A text that others read as it is: a template's, a policy's.
    Other,
}

/// How the text of a file is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// HashiCorp's configuration language.
    Hcl,
    /// Its JSON form. In a file of variables a string is what it says, elsewhere it is a template.
    HclJson { variables: bool },
    /// YAML or JSON: the text tells which.
    Data,
}

/// Parses a text.
pub fn parse(source: Arc<Source>, kind: FileKind) -> Document {
    let (tree, comments, problems) = match kind {
        FileKind::Hcl => {
            let hcl::Parsed { body, comments, problems } = hcl::parse(&source);
            (Tree::Hcl(body), comments, problems)
        }
        FileKind::HclJson { variables } => {
            let (node, comments, problems) = json::parse(&source);
            (Tree::Hcl(hcl::from_json(&source, node.as_ref(), variables)), comments, problems)
        }
        FileKind::Data if json::is_json(&source) => {
            let (node, comments, problems) = json::parse(&source);
            (Tree::Data(node.into_iter().collect()), comments, problems)
        }
        FileKind::Data => {
            let (nodes, comments, problems) = yaml::parse(&source);
            (Tree::Data(nodes), comments, problems)
        }
    };
    Document { source, comments, problems, tree, secrets: OnceLock::new() }
}

impl Document {
    /// A text kept as it is.
    pub fn other(source: Arc<Source>) -> Self {
        Self {
            source,
            comments: Vec::new(),
            problems: Vec::new(),
            tree: Tree::Other,
            secrets: OnceLock::new(),
        }
    }
}
