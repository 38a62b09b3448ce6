//! Bytes → trees with spans and comments. Parsing never fails.

pub mod hcl;
pub mod json;
pub mod node;
pub mod yaml;

use std::sync::Arc;

use self::node::Node;
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
    /// `.tf`, `.tfvars`, and their JSON forms.
    Hcl(hcl::Body),
    /// YAML or JSON: a template, manifests.
    Data(Vec<Node>),
    /// A text that others read as it is: a template's, a policy's.
    Other,
}

/// Reads a text by what its path ends in; `None` for what is no infrastructure as code, by its name or, for
/// YAML and JSON, by the words in it.
pub fn parse(source: Arc<Source>) -> Option<Document> {
    let (tree, comments, problems) = match sort_of(&source.path)? {
        Sort::Hcl => {
            let hcl::Parsed { body, comments, problems } = hcl::parse(&source);
            (Tree::Hcl(body), comments, problems)
        }
        Sort::HclJson { variables } => {
            let (node, comments, problems) = json::parse(&source);
            (Tree::Hcl(hcl::from_json(&source, node.as_ref(), variables)), comments, problems)
        }
        Sort::Data if !may_be_data(&source) => return None,
        Sort::Data if json::is_json(&source) => {
            let (node, comments, problems) = json::parse(&source);
            (Tree::Data(node.into_iter().collect()), comments, problems)
        }
        Sort::Data => {
            let (nodes, comments, problems) = yaml::parse(&source);
            (Tree::Data(nodes), comments, problems)
        }
    };
    Some(Document { source, comments, problems, tree })
}

enum Sort {
    Hcl,
    HclJson { variables: bool },
    Data,
}

fn sort_of(path: &str) -> Option<Sort> {
    let ends = |ending: &str| path.ends_with(ending);
    if ends(".tf") || ends(".tfvars") {
        Some(Sort::Hcl)
    } else if ends(".tf.json") {
        Some(Sort::HclJson { variables: false })
    } else if ends(".tfvars.json") {
        Some(Sort::HclJson { variables: true })
    } else if ends(".yaml") || ends(".yml") || ends(".json") || ends(".template") {
        Some(Sort::Data)
    } else {
        None
    }
}

/// Whether the text has the words of a template or a manifest: most YAML and JSON is neither.
fn may_be_data(source: &Source) -> bool {
    let has = |word: &str| source.text.contains(word);
    has("AWSTemplateFormatVersion")
        || (has("Resources") && has("Type"))
        || (has("apiVersion") && (has("kind") || has("resources")))
        || has("deploymentTemplate.json")
        || source.path.rsplit('/').next().is_some_and(|name| name.starts_with("kustomization."))
}

/// Whether a file of this name may be read.
pub fn is_known(path: &str) -> bool {
    sort_of(path).is_some()
}

/// Whether a file of this name is part of a Terraform module.
pub fn is_terraform(path: &str) -> bool {
    path.ends_with(".tf") || path.ends_with(".tf.json")
}

impl Document {
    /// A text kept as it is.
    pub fn other(source: Arc<Source>) -> Self {
        Self { source, comments: Vec::new(), problems: Vec::new(), tree: Tree::Other }
    }
}
