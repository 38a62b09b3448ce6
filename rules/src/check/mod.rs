//! The check language of a page: its tree, and the compiler from YAML.
//!
//! The language is closed: [`OPERATORS`] lists every operator there is, and a test counts them. What does not
//! fit is `native`. The compiler runs in the build script for the built-in pages and at run time for a
//! user's own; this module therefore knows nothing of `iac`.

mod compile;
mod expected;

use std::sync::Arc;

pub use self::compile::compile;
pub(crate) use self::compile::{scalar, scalars};
pub use self::expected::Expected;
use serde::{Deserialize, Serialize};

/// All operators of the language.
pub const OPERATORS: [&str; 15] = [
    "is", "in", "not_in", "matches", "at_least", "at_most", "contains", "covers", "present", "any", "all",
    "none", "count", "any_of", "not",
];

/// A compiled check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Check {
    /// Judged by the code registered under this name, for these kinds.
    Native { name: String, kinds: Vec<String>, at: Vec<String> },
    /// Each entry judges resources of its kinds, or the owners of its view.
    Kinds(Vec<Entry>),
}

/// The requirement for some kinds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Resource kinds, or the single name of a view.
    pub kinds: Vec<String>,
    pub view: bool,
    pub body: Body,
    /// What the body asks for; of a view's entry only, others are spoken of by their tests.
    pub expected: Expected,
}

/// Clauses that must all hold where the conditions hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Body {
    /// The `when` conditions: where one is false, there is no verdict.
    pub when: Vec<Body>,
    pub clauses: Vec<Clause>,
}

/// One requirement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Clause {
    Test { path: Path, test: Test },
    AnyOf(Vec<Body>),
    Not(Body),
}

/// Operators on what a path leads to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    pub operators: Vec<Operator>,
    pub absent: Absent,
    /// What they ask for together.
    pub expected: Expected,
}

/// What the test says of a value that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Absent {
    Pass,
    Fail,
    /// Ask the table of provider defaults.
    Default,
    /// It cannot be told: the page knows it of weaker values of a parameter only.
    Unknown,
    /// The operators themselves decide, or nothing can be absent.
    Itself,
}

/// An operator with its argument.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Operator {
    Is(Scalar),
    In(Vec<Scalar>),
    NotIn(Vec<Scalar>),
    Matches(String),
    AtLeast(Scalar),
    AtMost(Scalar),
    Contains(Vec<Scalar>),
    Covers(Scalar),
    Present(bool),
    Any(Element),
    All(Element),
    None(Element),
    Count { at_least: Option<u32>, at_most: Option<u32> },
}

/// What is asked of each element of a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Element {
    Body(Body),
    Test(Test),
}

/// A literal of a page; the page's spelling decides how a value is compared with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Scalar {
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
}

/// Where to look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    pub root: Root,
    pub steps: Vec<Step>,
    /// As a page writes it: `ref.versioning.status`.
    pub text: Arc<str>,
}

/// Where a path starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Root {
    /// The resource's body (or the element's).
    Body,
    /// What stands around the body: `$.DeletionPolicy`.
    Outer,
    /// Related resources: `ref.versioning`.
    Relation(Arc<str>),
}

/// One step: a name, then optionally a key of the map or of the name/value list found there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    pub name: String,
    pub key: Option<String>,
}

impl std::fmt::Display for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Scalar::Bool(value) => write!(f, "{value}"),
            Scalar::Int(value) => write!(f, "{value}"),
            Scalar::Float(value) => write!(f, "{value}"),
            Scalar::Text(value) => write!(f, "{value}"),
        }
    }
}

impl Path {
    pub fn new(root: Root, steps: Vec<Step>) -> Self {
        let mut parts: Vec<String> = match &root {
            Root::Body => Vec::new(),
            Root::Outer => vec!["$".to_owned()],
            Root::Relation(name) => vec![format!("ref.{name}")],
        };
        parts.extend(steps.iter().map(|step| match &step.key {
            Some(key) => format!("{}[{key}]", step.name),
            None => step.name.clone(),
        }));
        Self { root, steps, text: parts.join(".").into() }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl Check {
    /// Whether it looks at nothing but the resource itself.
    pub fn is_local(&self) -> bool {
        match self {
            Check::Native { .. } => true,
            Check::Kinds(entries) => entries.iter().all(|entry| !entry.view && !entry.body.asks_relations()),
        }
    }
}

impl Body {
    /// The relations its clauses ask for.
    pub fn relations(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for clause in &self.clauses {
            match clause {
                Clause::Test { path: Path { root: Root::Relation(name), .. }, .. } => names.push(&**name),
                Clause::AnyOf(bodies) => names.extend(bodies.iter().flat_map(Body::relations)),
                Clause::Not(body) => names.extend(body.relations()),
                Clause::Test { .. } => {}
            }
        }
        names
    }

    /// Relations stand at the root of a path only; conditions and what is asked of elements may ask for them too.
    fn asks_relations(&self) -> bool {
        self.when.iter().any(Body::asks_relations) || self.clauses.iter().any(Clause::asks_relations)
    }
}

impl Clause {
    fn asks_relations(&self) -> bool {
        match self {
            Clause::Test { path, test } => matches!(path.root, Root::Relation(_)) || test.asks_relations(),
            Clause::AnyOf(bodies) => bodies.iter().any(Body::asks_relations),
            Clause::Not(body) => body.asks_relations(),
        }
    }
}

impl Test {
    fn asks_relations(&self) -> bool {
        self.operators.iter().any(|operator| match operator {
            Operator::Any(element) | Operator::All(element) | Operator::None(element) => match element {
                Element::Body(body) => body.asks_relations(),
                Element::Test(test) => test.asks_relations(),
            },
            _ => false,
        })
    }
}
