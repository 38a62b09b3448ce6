//! Azure Resource Manager templates, JSON, → resources with evaluated expressions.

mod case;
mod expression;
mod function;
mod parse;
#[cfg(test)]
mod tests;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Content, Editor, FilePattern, Format, Language, Reader};
use crate::format::cloudformation::text;
use crate::hashing::with_room;
use crate::inventory::{Dialect, Existence, Gap, Inventory, Mode, Resource};
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::node::{Entry, Node};
use crate::value::{Data, Map, Origin, Value, Why, WhyKind};

/// Parameters and variables that may lie within one another.
const MAX_CHAIN: usize = 48;

/// Values and bytes of text a parameter or variable may come to.
const MAX_WEIGHT: usize = 200_000;

pub static FORMAT: Format = Format {
    name: "Azure Resource Manager",
    files: &[
        FilePattern::data("*.json"),
        FilePattern::data("*.yaml"),
        FilePattern::data("*.yml"),
        FilePattern::data("*.template"),
    ],
    content: Some(Content {
        words: &[&["deploymentTemplate.json"], &["contentVersion", "resources"]],
        is_it: |nodes| nodes.iter().any(is_template),
        mark: "a `$schema` that names `deploymentTemplate.json`, and `resources`",
    }),
    languages: &[
        Language { id: "json", untitled: "untitled.json" },
        Language { id: "jsonc", untitled: "untitled.json" },
    ],
    dialect: Some(Dialect::Arm),
    reader: Reader::EachFile(read),
    editor: Editor::Data,
};

/// Reads a file as a template; `None` when it is none.
pub fn read(source: &Arc<Source>, nodes: &[Node], options: &Options) -> Option<(Inventory, Vec<Problem>)> {
    let root = nodes.iter().find(|node| is_template(node))?;
    let template = Template {
        root,
        options,
        evaluated: RefCell::default(),
        depth: Cell::new(0),
        room: text::Room::of(source),
        path: Arc::clone(&source.path),
        problems: RefCell::default(),
    };
    let mut reading = ResourceReader {
        template: &template,
        resources: Vec::new(),
        gaps: Vec::new(),
        taken: HashSet::new(),
    };
    for entry in case::repeated(root) {
        let message =
            format!("the key `{}` is there in another case as well, and is not read", entry.key.name());
        template.problem(entry.key.span, message, "keep one of the two");
    }
    if let Some((message, help)) = lacks(root).filter(|_| !root.broken) {
        template.problem(root.first_key().unwrap_or(root.span), message.to_owned(), help);
        reading.gap("resources", WhyKind::Error, message, Some(root.span));
    }
    if let Some(node) = case::get(root, "resources") {
        reading.children(node, None);
        if node.text().is_some() && !node.broken && !node.is_null() {
            let why = "the resources are written as a text, which is worked out at deployment";
            reading.gap("resources", WhyKind::Function, why, Some(node.span));
        }
        if node.broken {
            reading.gap(
                "resources",
                WhyKind::Error,
                "a part of `resources` could not be read",
                Some(node.span),
            );
        }
    }
    let ResourceReader { resources, gaps, .. } = reading;
    let mut inventory = Inventory::new(Arc::clone(&source.path), resources);
    inventory.gaps = gaps;
    let mut problems = template.problems.into_inner();
    problems.extend(template.room.problem(source, root.first_key()));
    Some((inventory, problems))
}

/// Whether a document is a template: its schema says so, or it holds resources as only templates do.
pub fn is_template(node: &Node) -> bool {
    let schema = case::get(node, "$schema").and_then(Node::text).map(|schema| schema.to_ascii_lowercase());
    schema.is_some_and(|schema| schema.contains("deploymenttemplate.json")) || is_without_schema(node)
}

/// The parameters that a template declares.
pub fn parameters(node: &Node) -> &[Entry] {
    case::get(node, "parameters").map(Node::entries).unwrap_or_default()
}

/// Whether it is one but for its schema.
fn is_without_schema(node: &Node) -> bool {
    let is_resource = |node: &Node| {
        let kind = case::get(node, "type").and_then(Node::text);
        kind.is_some_and(|kind| kind.contains('/')) && case::get(node, "apiVersion").is_some()
    };
    case::get(node, "contentVersion").is_some()
        && case::get(node, "resources").is_some_and(|resources| {
            resources.items().iter().any(is_resource)
                || resources.entries().iter().any(|entry| is_resource(&entry.value))
        })
}

/// What a document lacks to be a template: it is read as far as it goes.
fn lacks(root: &Node) -> Option<(&'static str, &'static str)> {
    let schema = case::get(root, "$schema").and_then(Node::text);
    if !schema.is_some_and(|schema| schema.to_ascii_lowercase().contains("deploymenttemplate.json")) {
        return Some(("no `$schema` says that this is a template", "name its `deploymentTemplate.json`"));
    }
    let resources = case::get(root, "resources").filter(|resources| !resources.is_null());
    resources
        .is_none()
        .then_some(("the template has no `resources`", "write them as a list, or by their names"))
}

/// Whether it is a parameter, its name, and its value.
type Evaluated = HashMap<(bool, Arc<str>), Option<Value>>;

/// A template as its expressions see it.
struct Template<'a> {
    root: &'a Node,
    options: &'a Options,
    /// Parameters and variables already evaluated, by section and name; `None` while one is.
    evaluated: RefCell<Evaluated>,
    /// How many of them are being evaluated.
    depth: Cell<usize>,
    room: text::Room,
    path: Arc<str>,
    problems: RefCell<Vec<Problem>>,
}

struct ResourceReader<'a, 't> {
    template: &'a Template<'t>,
    resources: Vec<Resource>,
    gaps: Vec<Gap>,
    taken: HashSet<Arc<str>>,
}

/// What a nested resource takes from the one around it.
struct Parent<'a> {
    kind: &'a str,
    name: &'a str,
    existence: &'a Existence,
}

impl ResourceReader<'_, '_> {
    fn gap(&mut self, what: &str, kind: WhyKind, why: impl Into<Arc<str>>, span: Option<Span>) {
        self.gaps.push(Gap { what: Arc::from(what), why: Why::new(kind, why), span, refers: Vec::new() });
    }

    /// The resources of a list, or of an object with symbolic names.
    fn children(&mut self, node: &Node, parent: Option<&Parent>) {
        for item in node.items() {
            self.resource(item, parent);
        }
        for entry in node.entries() {
            self.resource(&entry.value, parent);
        }
    }

    fn resource(&mut self, node: &Node, parent: Option<&Parent>) {
        let Some(kind) =
            case::entry(node, "type").filter(|entry| entry.value.text().is_some_and(|kind| !kind.is_empty()))
        else {
            if !node.broken {
                let span = Span { end: node.span.end.min(node.span.start + 1), ..node.span };
                let message = "a resource without a `type` is left out".to_owned();
                self.template.problem(
                    span,
                    message,
                    "write a type such as `Microsoft.Storage/storageAccounts`",
                );
            }
            self.gap("resources", WhyKind::Error, "a resource could not be read", Some(node.span));
            return;
        };
        let header = Span { start: kind.key.span.start, ..kind.value.span };
        let written = case::shown(kind.value.name());
        let name = self.template.name(node);
        if !written.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte)) {
            let message = format!("`{written}` is no type of a resource, so `{name}` is not judged");
            let help = "write a type such as `Microsoft.Storage/storageAccounts`";
            self.template.problem(kind.value.span, message, help);
            self.gap("resources", WhyKind::Error, "the type of a resource could not be read", Some(header));
        }
        let is_full =
            written.matches('/').count() > 1 || parent.is_none_or(|parent| written.starts_with(parent.kind));
        let (kind, name) = match parent.filter(|_| !is_full) {
            Some(parent) => {
                (Arc::from(format!("{}/{written}", parent.kind)), format!("{}/{name}", parent.name))
            }
            None => (written, name),
        };
        let kind = case::shown(kind);
        let existence = match self.existence(node, parent) {
            Some(existence) => existence,
            None => return,
        };
        if kind.eq_ignore_ascii_case("Microsoft.Resources/deployments") {
            let why = format!("the nested deployment `{name}` is a template of its own");
            self.gap(&name, WhyKind::Module, why, Some(header));
        }
        let mut address: Arc<str> = Arc::from(format!("{kind}/{name}"));
        let mut count = 2;
        while !self.taken.insert(Arc::clone(&address)) {
            address = Arc::from(format!("{kind}/{name}#{count}"));
            count += 1;
        }
        let is_existing = case::get(node, "existing")
            .is_some_and(|word| function::truth(&self.template.value(word, None)) == Some(true));
        let body = self.template.object(node, Some(header));
        if let Some(nested) = case::get(node, "resources") {
            self.children(nested, Some(&Parent { kind: &kind, name: &name, existence: &existence }));
        }
        self.resources.push(Resource {
            address,
            kind,
            name: Arc::from(name),
            dialect: Dialect::Arm,
            // Bicep's `existing`: the resource is looked up, and its template says nothing of its settings.
            mode: if is_existing { Mode::Data } else { Mode::Managed },
            body,
            outer: None,
            header,
            span: node.span,
            existence,
            scope: Arc::from(""),
            calls: Vec::new(),
        });
    }

    /// Whether a resource is there; `None` when its condition is false.
    fn existence(&self, node: &Node, parent: Option<&Parent>) -> Option<Existence> {
        let condition = case::get(node, "condition").map(|condition| self.template.value(condition, None));
        match condition.as_ref().map(|value| (&value.data, function::truth(value))) {
            Some((_, Some(false))) => return None,
            Some((_, None)) => {
                let why = condition.as_ref().map(text::why);
                return why.map(Existence::Possible);
            }
            _ => {}
        }
        let count = case::get(node, "copy")
            .map(|copy| case::get(copy, "count").map(|count| self.template.value(count, None)));
        match count {
            Some(Some(value)) if matches!(value.data, Data::Number(number) if number.as_f64() >= 1.0) => {}
            Some(Some(Value { data: Data::Number(_), .. })) => return None,
            Some(Some(value)) => return Some(Existence::Possible(text::why(&value))),
            _ => {}
        }
        Some(parent.map_or(Existence::Certain, |parent| parent.existence.clone()))
    }
}

impl Template<'_> {
    fn problem(&self, span: Span, message: String, help: &str) {
        let (path, help) = (Arc::clone(&self.path), Some(help.to_owned()));
        let problem = Problem { gravity: Gravity::Loss, path, span: Some(span), message, help };
        let mut problems = self.problems.borrow_mut();
        // A value that is asked for again is worked out again.
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// A resource's name: its text, or the expression that makes it.
    fn name(&self, node: &Node) -> String {
        let Some(written) = case::get(node, "name") else { return "(unnamed)".to_owned() };
        let value = self.value(written, None);
        text::scalar(&value.data).unwrap_or_else(|| {
            let raw = written.name();
            let inner = raw.strip_prefix('[').and_then(|raw| raw.strip_suffix(']')).unwrap_or(&raw);
            format!("{{{inner}}}")
        })
    }

    fn parameter(&self, name: &str, span: Span) -> Value {
        match case::get(self.root, "parameters").and_then(|parameters| find(parameters, name)) {
            Some(entry) => self.remember(true, entry, span, |entry| self.default(entry)),
            None => {
                Value::unknown(WhyKind::Error, format!("there is no parameter `{name}`"), Origin::at(span))
            }
        }
    }

    fn variable(&self, name: &str, span: Span) -> Value {
        match case::get(self.root, "variables").and_then(|variables| find(variables, name)) {
            Some(entry) => {
                self.remember(false, entry, span, |entry| self.value(&entry.value, Some(entry.key.span)))
            }
            None => {
                Value::unknown(WhyKind::Error, format!("there is no variable `{name}`"), Origin::at(span))
            }
        }
    }

    /// A parameter's given value, its default, its only allowed value, or the reason why nothing is known.
    fn default(&self, entry: &Entry) -> Value {
        let (name, node) = (entry.key.name(), &entry.value);
        let given =
            self.options.variables.iter().rev().find(|(variable, _)| variable.eq_ignore_ascii_case(&name));
        let allowed = case::get(node, "allowedValues").map(Node::items).unwrap_or_default();
        let origin = Origin::at(entry.key.span);
        let beside = self.options.parameters.iter().rev().find(|(one, _)| one.eq_ignore_ascii_case(&name));
        let mut value = match (given, case::get(node, "defaultValue"), allowed) {
            (Some((_, text)), _, _) => Value::text(text.as_str(), Origin::default()),
            (None, _, _) if beside.is_some() => {
                beside.map(|(_, value)| value.clone()).unwrap_or_else(|| Value::new(Data::Null, origin))
            }
            (None, Some(default), _) => self.value(default, Some(entry.key.span)),
            (None, None, [only]) => only.to_value(None),
            (None, None, many) if !many.is_empty() && many.len() <= 16 => {
                let choices: Vec<Value> = many.iter().map(|item| item.to_value(None)).collect();
                Value::new(Data::Choice(choices.into()), origin)
            }
            _ => Value::unknown(WhyKind::Variable, format!("parameter `{name}` has no default"), origin),
        };
        let kind = case::get(node, "type")
            .and_then(Node::text)
            .map(|kind| kind.to_ascii_lowercase())
            .unwrap_or_default();
        value.sensitive = kind.starts_with("secure");
        value
    }

    /// Evaluates a parameter or variable once. One that asks for itself, lies too deep or grows beyond
    /// reason is unknown.
    fn remember(
        &self,
        parameter: bool,
        entry: &Entry,
        span: Span,
        evaluate: impl Fn(&Entry) -> Value,
    ) -> Value {
        let name = entry.key.name();
        let what = format!("{} `{name}`", if parameter { "parameter" } else { "variable" });
        let key = (parameter, name);
        let earlier = self.evaluated.borrow().get(&key).cloned();
        let mut value = match earlier {
            Some(Some(value)) => value,
            Some(None) => {
                return Value::unknown(
                    WhyKind::Error,
                    format!("the {what} asks for itself"),
                    Origin::at(span),
                );
            }
            None if self.depth.get() >= MAX_CHAIN => {
                return Value::unknown(WhyKind::Limit, format!("the {what} lies too deep"), Origin::at(span));
            }
            None => {
                self.evaluated.borrow_mut().insert(key.clone(), None);
                self.depth.set(self.depth.get() + 1);
                let mut value = evaluate(entry);
                self.depth.set(self.depth.get() - 1);
                if weight(&value, MAX_WEIGHT) >= MAX_WEIGHT {
                    value = Value::unknown(
                        WhyKind::Limit,
                        format!("the {what} is too large"),
                        Origin::at(entry.key.span),
                    );
                }
                self.evaluated.borrow_mut().insert(key, Some(value.clone()));
                value
            }
        };
        value.origin = value.origin.through(span, what);
        value
    }

    /// An object with its expressions evaluated; a `copy` among its entries leaves it open.
    fn object(&self, node: &Node, header: Option<Span>) -> Value {
        let mut entries = with_room(node.entries().len());
        let mut open = node.why_open();
        for entry in node.entries() {
            let key = case::shown(entry.key.name());
            if &*key == "copy" && entry.value.is_sequence() {
                open = open.or_else(|| Some(Why::new(WhyKind::Function, "`copy` adds to it at deployment")));
                continue;
            }
            let header = Some(entry.key.span);
            let value = match &*key {
                "tags" if entry.value.is_mapping() => self.named_by_users(&entry.value, header),
                _ => self.value(&entry.value, header),
            };
            entries.insert(key, value);
        }
        for entry in case::repeated(node) {
            let name = entry.key.name();
            let message =
                format!("the key `{name}` is there in another case as well, and which counts is not known");
            self.problem(entry.key.span, message, "keep one of the two");
            let why = Why::new(WhyKind::Error, "it is written twice, in different letter case");
            let value = Value { data: Data::Unknown(why), ..entry.value.to_value(Some(entry.key.span)) };
            entries.insert(case::shown(name), value);
        }
        Value::new(Data::Map(Arc::new(Map { entries, open, header })), node.origin())
    }

    /// An object whose keys mean nothing to Azure.
    fn named_by_users(&self, node: &Node, header: Option<Span>) -> Value {
        let value = |entry: &Entry| (entry.key.name(), self.value(&entry.value, Some(entry.key.span)));
        let map = Map { entries: node.entries().iter().map(value).collect(), open: node.why_open(), header };
        Value::new(Data::Map(Arc::new(map)), node.origin())
    }
}

/// Names of parameters and variables do not care for case.
fn find<'n>(node: &'n Node, name: &str) -> Option<&'n Entry> {
    node.entries().iter().find(|entry| entry.key.name().eq_ignore_ascii_case(name))
}

/// The values and bytes in a value, counted up to a limit.
fn weight(value: &Value, limit: usize) -> usize {
    let sum = |values: &mut dyn Iterator<Item = &Value>| {
        let mut sum = 1;
        for value in values {
            if sum >= limit {
                break;
            }
            sum += weight(value, limit - sum);
        }
        sum
    };
    match &value.data {
        Data::Text(text) => 1 + text.len(),
        Data::Holed(pieces) => pieces.len(),
        Data::List(list) => sum(&mut list.items.iter()),
        Data::Map(map) => sum(&mut map.entries.values()),
        Data::Choice(choices) => sum(&mut choices.iter()),
        _ => 1,
    }
}
