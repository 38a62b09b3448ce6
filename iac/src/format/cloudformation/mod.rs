//! CloudFormation templates, YAML or JSON, → resources with evaluated properties.

mod condition;
mod function;
mod parameter;
mod sam;
mod template;
#[cfg(test)]
mod tests;
pub(super) mod text;

use std::collections::HashSet;
use std::sync::Arc;

use self::condition::Truth;
use self::template::Template;
use super::near::is_near;
use super::{Content, Editor, FilePattern, Format, Language, Reader};
use crate::hashing::{QuickIndexMap, with_room};
use crate::inventory::{Dialect, Existence, Gap, Inventory, Mode, Resource};
use crate::options::Options;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::node::{Entry, Node};
use crate::value::{Data, Map, Origin, Value, Why, WhyKind};

pub static FORMAT: Format = Format {
    name: "CloudFormation",
    files: &[
        FilePattern::data("*.yaml"),
        FilePattern::data("*.yml"),
        FilePattern::data("*.json"),
        FilePattern::data("*.template"),
    ],
    content: Some(Content {
        words: &[&["AWSTemplateFormatVersion"], &["Resources", "Type"]],
        is_it: |nodes| nodes.iter().any(is_template),
        mark: "`AWSTemplateFormatVersion`, or `Resources` with types such as `AWS::S3::Bucket`",
    }),
    languages: &[
        Language { id: "cloudformation", untitled: "untitled.yaml" },
        Language { id: "yaml.cloudformation", untitled: "untitled.yaml" },
        Language { id: "yaml", untitled: "untitled.yaml" },
        Language { id: "json", untitled: "untitled.json" },
        Language { id: "jsonc", untitled: "untitled.json" },
    ],
    dialect: Some(Dialect::CloudFormation),
    reader: Reader::EachFile(read),
    editor: Editor::Data,
};

/// Reads a file's documents as a template; `None` when there is none among them.
pub fn read(source: &Arc<Source>, nodes: &[Node], options: &Options) -> Option<(Inventory, Vec<Problem>)> {
    let root = nodes.iter().find(|node| is_template(node))?;
    let template = Template::new(source, root, options);
    let mut gaps = template.transform_gaps();
    let mut resources = Vec::new();
    if let Some(node) = root.get("Resources") {
        for entry in node.entries() {
            resource(&template, entry, &mut resources, &mut gaps);
        }
        if !(node.is_mapping() || node.broken || node.is_null()) {
            let message = "`Resources` is no mapping of resources, so nothing of it is read".to_owned();
            let help = "write each resource under a name of its own";
            template.problem(Gravity::Loss, node.place(), message, Some(help.to_owned()));
            gaps.push(gap("resources", WhyKind::Error, "`Resources` could not be read", Some(node.span)));
        }
        if node.broken {
            gaps.push(gap(
                "resources",
                WhyKind::Error,
                "a part of `Resources` could not be read",
                Some(node.span),
            ));
        }
    }
    if let Some(entry) = misspelt(root) {
        let name = entry.key.name();
        let message = format!("`{name}` is not `Resources`, so nothing of it is read");
        let help = "write `Resources`, with `Type` and `Properties` below; CloudFormation minds the case of its keys";
        template.problem(Gravity::Loss, entry.key.span, message, Some(help.to_owned()));
        gaps.push(gap(
            "resources",
            WhyKind::Error,
            format!("`{name}` could not be read"),
            Some(entry.key.span),
        ));
    }
    if root.broken && root.get("Resources").is_none_or(|node| !node.is_mapping()) {
        gaps.push(gap(
            "resources",
            WhyKind::Error,
            "a part of the template could not be read",
            Some(root.span),
        ));
    }
    let mut inventory = Inventory::new(Arc::clone(&source.path), resources);
    inventory.gaps = gaps;
    if let Some(outputs) = root.get("Outputs") {
        let mut names = HashSet::new();
        function::referred(outputs, &mut names);
        names.retain(|name| inventory.index_of(name).is_some());
        inventory.handed_out = names;
    }
    Some((inventory, template.into_problems()))
}

/// Whether a document is a template: it says so, or its resources have types as CloudFormation writes them.
pub fn is_template(node: &Node) -> bool {
    if node.get("apiVersion").is_some() && node.get("kind").is_some() {
        return false;
    }
    let says_so = node.get("AWSTemplateFormatVersion").is_some();
    let typed = |entry: &Entry| entry.value.get_text("Type").is_some_and(|kind| is_type(kind));
    says_so
        || node.get("Resources").is_some_and(|resources| resources.entries().iter().any(typed))
        || misspelt(node).is_some()
}

/// Resources of AWS under a key that is `Resources` but for its case or a sign.
fn misspelt(node: &Node) -> Option<&Entry> {
    let is = |key: &Node, word: &str| key.text().is_some_and(|text| text.eq_ignore_ascii_case(word));
    let typed = |entry: &Entry| {
        let types = entry.value.entries().iter().filter(|inner| is(&inner.key, "Type"));
        types.filter_map(|inner| inner.value.text()).any(|kind| kind.starts_with("AWS::") && is_type(kind))
    };
    node.entries()
        .iter()
        .find(|entry| is_near(&entry.key.name(), "Resources") && entry.value.entries().iter().any(typed))
}

/// `AWS::S3::Bucket`, `Custom::Thing`, `Alexa::ASK::Skill`.
pub fn is_type(kind: &str) -> bool {
    let mut parts = kind.split("::");
    parts.next().is_some_and(|owner| !owner.is_empty() && owner.bytes().all(|b| b.is_ascii_alphanumeric()))
        && parts.next().is_some_and(|service| !service.is_empty())
}

/// Whether a type is written as they all are: two or three words of letters and digits, or one's own.
fn is_whole_type(kind: &str) -> bool {
    let signs: &[u8] = if kind.starts_with("Custom::") { b"_@-" } else { b"" };
    let parts: Vec<&str> = kind.split("::").collect();
    let is_word = |part: &&str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || signs.contains(&byte))
    };
    parts.len() >= 2 && parts.iter().all(is_word)
}

fn gap(what: &str, kind: WhyKind, why: impl Into<Arc<str>>, span: Option<Span>) -> Gap {
    Gap { what: Arc::from(what), why: Why::new(kind, why), span, refers: Vec::new() }
}

fn resource(template: &Template, entry: &Entry, resources: &mut Vec<Resource>, gaps: &mut Vec<Gap>) {
    let (id, node) = (entry.key.name(), &entry.value);
    let header = entry.key.span;
    if id.starts_with("Fn::") {
        let why = format!("`{id}` writes resources at deployment");
        gaps.push(gap(&id, WhyKind::Function, why, Some(header)));
        return;
    }
    let typed = node.get("Type").filter(|kind| node.tag.is_none() && !kind.broken);
    let Some(kind) = typed.and_then(Node::text).filter(|kind| !kind.is_empty()) else {
        if !node.broken && node.get("Type").is_none_or(|kind| !kind.broken) {
            let message = format!("the resource `{id}` has no `Type`, so it is left out");
            template.problem(
                Gravity::Loss,
                header,
                message,
                Some("write a type such as `AWS::S3::Bucket`".to_owned()),
            );
        }
        gaps.push(gap(&id, WhyKind::Error, format!("the resource `{id}` could not be read"), Some(header)));
        return;
    };
    if !is_whole_type(kind) {
        let message = format!("`{kind}` is no type of a resource, so `{id}` is not judged");
        let help = Some("write a type such as `AWS::S3::Bucket`".to_owned());
        let span = node.get("Type").map_or(header, Node::place);
        template.problem(Gravity::Loss, span, message, help);
        gaps.push(gap(&id, WhyKind::Error, format!("the resource `{id}` could not be read"), Some(header)));
    }
    let condition = node.get("Condition").and_then(Node::text);
    let existence = match condition.map(|name| template.condition(name, node.span)) {
        Some(Truth::Known(false)) => return,
        Some(Truth::Unknown(why)) => Existence::Possible(why),
        Some(Truth::Known(true)) | None => Existence::Certain,
    };
    if let Some(why) = elsewhere(kind, &id) {
        gaps.push(gap(&id, WhyKind::Module, why, Some(header)));
    }
    let body = template.with_globals(kind, body(template, node, header));
    let span = Span { start: header.start, ..Span { end: node.span.end.max(header.end), ..header } };
    resources.push(Resource {
        address: Arc::clone(&id),
        kind: Arc::clone(kind),
        name: id,
        dialect: Dialect::CloudFormation,
        mode: Mode::Managed,
        outer: Some(outer(template, node, header, &body)),
        body,
        header,
        span,
        existence,
        scope: Arc::from(""),
        calls: Vec::new(),
    });
}

/// Why a resource of this type stands for others that are written elsewhere.
fn elsewhere(kind: &str, id: &str) -> Option<String> {
    match kind {
        "AWS::CloudFormation::Stack" => Some(format!("the nested stack `{id}` is a template of its own")),
        "AWS::Serverless::Application" => Some(format!("the application `{id}` is a template of its own")),
        _ if kind.ends_with("::MODULE") => Some(format!("the module `{id}` is registered elsewhere")),
        _ => None,
    }
}

/// `Properties` as a map. Without them an empty map, whose place is the whole entry.
fn body(template: &Template, node: &Node, header: Span) -> Value {
    let Some(entry) = node.entry("Properties") else {
        return empty(node, header, node.why_open());
    };
    let written = &entry.value;
    if written.tag.is_none() && !(written.is_mapping() || written.broken || written.is_null()) {
        let message = "`Properties` is no mapping, and nothing of it is read".to_owned();
        let help = Some("write each property as a key with a colon".to_owned());
        template.problem(Gravity::Loss, written.place(), message, help);
    }
    match template.value(&entry.value, Some(entry.key.span)) {
        Some(value) if value.as_map().is_some() => value,
        Some(Value { data: Data::Choice(branches), origin, .. }) if branches.iter().all(is_map_or_null) => {
            Value::new(Data::Map(Arc::new(merged(&branches, entry.key.span))), origin)
        }
        Some(value) if !value.is_null() => empty(&entry.value, entry.key.span, Some(text::why(&value))),
        _ => empty(&entry.value, entry.key.span, None),
    }
}

fn is_map_or_null(value: &Value) -> bool {
    value.is_null() || value.as_map().is_some()
}

/// A choice of mappings as one of their entries, so that each is judged by what every branch says of it.
fn merged(branches: &[Value], header: Span) -> Map {
    let maps: Vec<Option<&Map>> = branches.iter().map(Value::as_map).collect();
    let mut entries: QuickIndexMap<Arc<str>, Value> = QuickIndexMap::default();
    for name in maps.iter().flatten().flat_map(|map| map.entries.keys()) {
        if entries.contains_key(name) {
            continue;
        }
        let null = |branch: &Value| Value::new(Data::Null, branch.origin.clone());
        let values: Vec<Value> =
            branches.iter().map(|branch| branch.get(name).cloned().unwrap_or_else(|| null(branch))).collect();
        let Some(first) = values.first().cloned() else { continue };
        let is_one = first.is_wholly_known() && values.iter().all(|value| value.data == first.data);
        let origin = values.iter().find(|value| !value.is_null()).unwrap_or(&first).origin.clone();
        let value = if is_one { first } else { Value::new(Data::Choice(values.into()), origin) };
        entries.insert(Arc::clone(name), value);
    }
    Map { entries, open: maps.iter().flatten().find_map(|map| map.open.clone()), header: Some(header) }
}

fn empty(node: &Node, header: Span, open: Option<Arc<Why>>) -> Value {
    let map = Map { entries: QuickIndexMap::default(), open, header: Some(header) };
    Value::new(Data::Map(Arc::new(map)), node.origin())
}

/// The whole entry: type, properties, and what stands beside them.
fn outer(template: &Template, node: &Node, header: Span, body: &Value) -> Value {
    let mut entries = with_room(node.entries().len());
    for entry in node.entries() {
        let key = entry.key.name();
        let value = match &*key {
            "Properties" => Some(body.clone()),
            "Type" | "Condition" | "DependsOn" => Some(entry.value.to_value(Some(entry.key.span))),
            _ => template.value(&entry.value, Some(entry.key.span)),
        };
        if let Some(value) = value {
            entries.insert(key, value);
        }
    }
    let map = Map { entries, open: node.why_open(), header: Some(header) };
    Value::new(Data::Map(Arc::new(map)), Origin::at(node.span))
}
