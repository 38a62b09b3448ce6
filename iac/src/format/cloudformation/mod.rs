//! CloudFormation templates, YAML or JSON, → resources with evaluated properties.

mod condition;
mod function;
mod parameter;
mod sam;
mod template;
#[cfg(test)]
mod tests;
pub(super) mod text;

use std::sync::Arc;

use indexmap::IndexMap;

use self::condition::Truth;
use self::template::Template;
use super::{Content, Editor, FilePattern, Format, Language, Reader};
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
    let mut templates = nodes.iter().filter(|node| is_template(node));
    let root = templates.next()?;
    let template = Template::new(source, root, options);
    let mut gaps = template.transform_gaps();
    let mut resources = Vec::new();
    if let Some(node) = root.get("Resources") {
        for entry in node.entries() {
            resource(&template, entry, &mut resources, &mut gaps);
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
    if root.broken && root.get("Resources").is_none_or(|node| !node.is_mapping()) {
        gaps.push(gap(
            "resources",
            WhyKind::Error,
            "a part of the template could not be read",
            Some(root.span),
        ));
    }
    let mut problems = template.into_problems();
    if let Some(second) = templates.next() {
        problems.push(Problem {
            gravity: Gravity::Loss,
            path: Arc::clone(&source.path),
            span: second.first_key().or(Some(second.span)),
            message: "a second template in one file is not read".to_owned(),
            help: Some("give each template a file of its own".to_owned()),
        });
    }
    let mut inventory = Inventory::new(Arc::clone(&source.path), resources);
    inventory.gaps = gaps;
    Some((inventory, problems))
}

/// Whether a document is a template: it says so, or its resources have types as CloudFormation writes them.
pub fn is_template(node: &Node) -> bool {
    if node.get("apiVersion").is_some() && node.get("kind").is_some() {
        return false;
    }
    let says_so = node.get("AWSTemplateFormatVersion").is_some();
    let typed = |entry: &Entry| entry.value.get_text("Type").is_some_and(|kind| is_type(kind));
    says_so || node.get("Resources").is_some_and(|resources| resources.entries().iter().any(typed))
}

/// `AWS::S3::Bucket`, `Custom::Thing`, `Alexa::ASK::Skill`.
pub fn is_type(kind: &str) -> bool {
    let mut parts = kind.split("::");
    parts.next().is_some_and(|owner| !owner.is_empty() && owner.bytes().all(|b| b.is_ascii_alphanumeric()))
        && parts.next().is_some_and(|service| !service.is_empty())
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
    match template.value(&entry.value, Some(entry.key.span)) {
        Some(value) if value.as_map().is_some() => value,
        Some(value) if !value.is_null() => empty(&entry.value, entry.key.span, Some(text::why(&value))),
        _ => empty(&entry.value, entry.key.span, None),
    }
}

fn empty(node: &Node, header: Span, open: Option<Arc<Why>>) -> Value {
    let map = Map { entries: IndexMap::new(), open, header: Some(header) };
    Value::new(Data::Map(Arc::new(map)), node.origin())
}

/// The whole entry: type, properties, and what stands beside them.
fn outer(template: &Template, node: &Node, header: Span, body: &Value) -> Value {
    let mut entries = IndexMap::with_capacity(node.entries().len());
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
