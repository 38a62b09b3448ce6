//! Bytes → trees with spans and comments. Parsing never fails.

mod damage;
pub mod hcl;
pub mod json;
pub mod node;
pub mod yaml;

use std::sync::{Arc, OnceLock};

use self::node::Node;
use crate::problem::{Gravity, Problem};
use crate::secret::Found;
use crate::source::{Damage, Source, Span};

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
    /// A part of it is text that another tool fills in, and no YAML before that.
    pub is_template: bool,
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
    parse_damaged(source, kind, None)
}

/// The same for a text that is not what its file holds.
pub fn parse_damaged(source: Arc<Source>, kind: FileKind, damage: Option<&Damage>) -> Document {
    let parts = damage::find(&source, kind, damage);
    if !parts.is_empty() {
        return damage::around(source, kind, parts);
    }
    let document = parse_whole(Arc::clone(&source), kind);
    if document.problems.iter().any(|problem| problem.gravity == Gravity::Loss) {
        let parts = damage::conflicts(&source);
        if !parts.is_empty() {
            return damage::around(source, kind, parts);
        }
    }
    document
}

/// Values of YAML or JSON that are read of one file: a tree of more would take gigabytes.
const MOST_VALUES: usize = 4_000_000;

/// Whether a text of data may hold more values than are read: what separates them is counted, and a line of YAML counts
/// as one.
pub(crate) fn holds_too_much(source: &Source) -> bool {
    let bytes = source.text.as_bytes();
    if bytes.len() < MOST_VALUES {
        return false;
    }
    let is_json = json::is_json(source);
    let separates = |byte: &&u8| matches!(byte, b',' | b'[' | b'{') || **byte == b'\n' && !is_json;
    bytes.iter().filter(separates).count() > MOST_VALUES
}

/// What stands for a file that is too much.
fn too_much(source: Arc<Source>) -> Document {
    let problem = Problem {
        gravity: Gravity::Loss,
        path: Arc::clone(&source.path),
        span: Some(Span::new(source.id, 0, 0)),
        message: format!("more than {MOST_VALUES} values in one file, which is not read"),
        help: Some("split it, or leave it out with `exclude`".to_owned()),
    };
    let tree = Tree::Data(vec![Node::lost(Span::new(source.id, 0, 0))]);
    Document { tree, problems: vec![problem], ..Document::other(source) }
}

fn parse_whole(source: Arc<Source>, kind: FileKind) -> Document {
    if !matches!(kind, FileKind::Hcl) && holds_too_much(&source) {
        return too_much(source);
    }
    let mut is_template = false;
    let (tree, comments, problems) = match kind {
        FileKind::Hcl => {
            let hcl::Parsed { body, comments, problems } = hcl::parse(&source);
            (Tree::Hcl(body), comments, problems)
        }
        FileKind::HclJson { variables } => {
            // A kind that is written twice is two blocks, and so is a label.
            let repeated = json::Repeated::EachCounts { levels: if variables { 0 } else { 1 } };
            let (node, mut comments, problems) = json::parse_as(&source, repeated);
            // Terraform's JSON has comments under the key `//`.
            node.iter().for_each(|node| keyed_comments(node, &mut comments, 0));
            (Tree::Hcl(hcl::from_json(&source, node.as_ref(), variables)), comments, problems)
        }
        FileKind::Data if json::is_json(&source) => {
            let (node, comments, problems) = json::parse(&source);
            (Tree::Data(node.into_iter().collect()), comments, problems)
        }
        FileKind::Data => {
            let read = yaml::read(&source);
            is_template = read.is_template;
            (Tree::Data(read.nodes), read.comments, read.problems)
        }
    };
    Document { source, comments, problems, tree, is_template, secrets: OnceLock::new() }
}

/// The texts under keys `//`, at any depth of what they hold.
fn keyed_comments(node: &Node, out: &mut Vec<Comment>, depth: usize) {
    let mut texts = |node: &Node| {
        let mut waiting = vec![node];
        while let Some(node) = waiting.pop() {
            if let Some(text) = node.text() {
                out.push(Comment { span: node.span, text: text.trim().to_owned(), alone: true });
            }
            waiting.extend(node.items().iter().rev());
            waiting.extend(node.entries().iter().rev().map(|entry| &entry.value));
        }
    };
    let is_comment = |entry: &&node::Entry| &*entry.key.name() == "//";
    node.entries().iter().filter(is_comment).for_each(|entry| texts(&entry.value));
    if depth < yaml::MAX_DEPTH {
        node.items().iter().for_each(|item| keyed_comments(item, out, depth + 1));
        let others = node.entries().iter().filter(|entry| !is_comment(entry));
        others.for_each(|entry| keyed_comments(&entry.value, out, depth + 1));
    }
}

impl Document {
    /// A text kept as it is.
    pub fn other(source: Arc<Source>) -> Self {
        Self {
            source,
            comments: Vec::new(),
            problems: Vec::new(),
            tree: Tree::Other,
            is_template: false,
            secrets: OnceLock::new(),
        }
    }
}
