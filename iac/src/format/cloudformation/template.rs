//! A template as its functions see it: parameters, mappings, conditions, and who is there to refer to.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::condition::Truth;
use super::{gap, parameter, text};
use crate::inventory::Gap;
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::node::Node;
use crate::value::{Reference, Value, WhyKind};

pub(super) struct Template<'a> {
    pub source: &'a Source,
    pub root: &'a Node,
    pub parameters: HashMap<Arc<str>, Value>,
    /// Logical id → type; also of resources whose condition is false.
    pub resources: HashMap<Arc<str>, Arc<str>>,
    /// Conditions already decided, and those being decided.
    pub truths: RefCell<HashMap<Arc<str>, Truth>>,
    /// How many conditions are being decided.
    pub depth: Cell<usize>,
    pub room: text::Room,
    /// Names of the transforms, in order.
    pub transforms: Vec<(Arc<str>, Span)>,
    problems: RefCell<Vec<Problem>>,
    reported: RefCell<HashSet<Span>>,
}

impl<'a> Template<'a> {
    pub fn new(source: &'a Source, root: &'a Node, options: &Options) -> Self {
        let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
        let mut template = Self {
            source,
            root,
            parameters: HashMap::new(),
            resources: resources
                .iter()
                .map(|entry| {
                    (entry.key.name(), entry.value.get_text("Type").cloned().unwrap_or_else(|| Arc::from("")))
                })
                .collect(),
            truths: RefCell::default(),
            depth: Cell::new(0),
            room: text::Room::of(source),
            transforms: transforms(root),
            problems: RefCell::default(),
            reported: RefCell::default(),
        };
        if let Some(parameters) = root.get("Parameters") {
            for entry in parameters.entries() {
                let value = parameter::value(entry, options);
                template.parameters.insert(entry.key.name(), value);
            }
        }
        template
    }

    pub fn problem(&self, gravity: Gravity, span: Span, message: String, help: Option<String>) {
        if self.reported.borrow_mut().insert(span) {
            let path = Arc::clone(&self.source.path);
            self.problems.borrow_mut().push(Problem { gravity, path, span: Some(span), message, help });
        }
    }

    pub fn into_problems(self) -> Vec<Problem> {
        let mut problems = self.problems.into_inner();
        problems.extend(self.room.problem(self.source, self.root.first_key()));
        problems.sort_by_key(|problem| problem.span.map(|span| span.start));
        problems
    }

    /// What a transform adds to the template is not here.
    pub fn transform_gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (name, span) in &self.transforms {
            let why = match &**name {
                "AWS::LanguageExtensions" | "AWS::CodeDeployBlueGreen" => continue,
                name if name.starts_with("AWS::SecretsManager") => continue,
                name if name.starts_with("AWS::Serverless") => {
                    if !self.resources.values().any(|kind| kind.starts_with("AWS::Serverless::")) {
                        continue;
                    }
                    format!("`{name}` writes further resources at deployment")
                }
                name => format!("the transform `{name}` may rewrite the template at deployment"),
            };
            gaps.push(gap(name, WhyKind::Function, why, Some(*span)));
        }
        gaps
    }

    /// Whether names that are not in the template may come from a transform.
    pub fn is_rewritten(&self) -> bool {
        self.transforms.iter().any(|(name, _)| &**name != "AWS::LanguageExtensions")
            || self.root.broken
            || self
                .root
                .entries()
                .iter()
                .any(|entry| entry.value.broken || &*entry.key.name() == "Fn::Transform")
            || self.resources.keys().any(|id| id.starts_with("Fn::"))
    }

    /// The values a mapping may give, for each key that is known.
    pub fn find_in_map(&self, name: &str, top: Option<&str>, second: Option<&str>) -> Vec<&'a Node> {
        let Some(mapping) = self.root.get("Mappings").and_then(|mappings| mappings.get(name)) else {
            return Vec::new();
        };
        let is = |wanted: Option<&str>, key: &Node| wanted.is_none_or(|wanted| &*key.name() == wanted);
        let tops = mapping.entries().iter().filter(|entry| is(top, &entry.key));
        tops.flat_map(|entry| entry.value.entries())
            .filter(|entry| is(second, &entry.key))
            .map(|entry| &entry.value)
            .collect()
    }

    /// A name that the template does not declare; with an attribute it is another resource's, whatever it is.
    pub fn why_name(&self, name: &str, attribute: &str, node: &Node) -> Value {
        if self.is_rewritten() {
            let why = format!("`{name}` may be written by a transform");
            return Value::unknown(WhyKind::Function, why, node.origin());
        }
        let message = format!("`{name}` is no parameter and no resource of this template");
        self.problem(Gravity::Note, node.span, message.clone(), None);
        let mut value = Value::unknown(WhyKind::Undeclared, message, node.origin());
        value.refers = Some(Arc::new(Reference { address: name.into(), attribute: attribute.into() }));
        value
    }
}

fn transforms(root: &Node) -> Vec<(Arc<str>, Span)> {
    let Some(node) = root.get("Transform") else { return Vec::new() };
    let nodes = if node.is_sequence() { node.items() } else { std::slice::from_ref(node) };
    let name = |node: &Node| node.text().or_else(|| node.get_text("Name")).cloned();
    let named = nodes.iter().filter_map(|node| Some((name(node)?, node.span)));
    named.filter(|(name, _)| !name.is_empty()).collect()
}

/// The text of a key argument, when it is known.
pub(super) fn known_text(value: Option<&Value>) -> Option<String> {
    text::scalar(&value?.data)
}
