//! Terraform's states: files of version 4, and what `terraform show -json` prints of one. They say what is there,
//! not what is wanted.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Content, Editor, FilePattern, Format, Language, Reader};
use crate::format::plan::values::{Masks, pruned, suffix, value};
use crate::format::plan::{left_out, module_resources};
use crate::inventory::{Dialect, Existence, Inventory, Mode, Resource};
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::node::Node;
use crate::value::{Data, List, Map, Value};

pub static FORMAT: Format = Format {
    name: "Terraform state",
    files: &[
        FilePattern::data("*.json"),
        // What is there is judged only when its file was named, so a walk passes it over.
        FilePattern { walked: false, ..FilePattern::data("*.tfstate") },
    ],
    content: Some(Content {
        words: &[&["terraform_version"], &["format_version", "root_module"]],
        is_it: |nodes| nodes.iter().any(is_state),
        mark: "`terraform_version` with `version` and `resources`, or with `values` as `terraform show -json` prints",
    }),
    languages: &[Language { id: "json", untitled: "untitled.json" }],
    dialect: Some(Dialect::Terraform),
    reader: Reader::EachFile(|source, nodes, _| read(source, nodes)),
    // What a tool wrote down stays as it is: the code is what is put right.
    editor: Editor::None,
};

/// Whether a document is a state: a file's, or a printed one.
pub fn is_state(node: &Node) -> bool {
    is_file(node) || is_printed(node)
}

fn is_file(node: &Node) -> bool {
    node.get("terraform_version").is_some()
        && node.get("version").is_some()
        && node.get("resources").is_some()
}

fn is_printed(node: &Node) -> bool {
    node.get("format_version").is_some()
        && node.get("values").is_some_and(|values| values.get("root_module").is_some())
        && node.get("planned_values").is_none()
}

/// Reads a file as a state; `None` when it is none.
pub fn read(source: &Arc<Source>, nodes: &[Node]) -> Option<(Inventory, Vec<Problem>)> {
    let root = nodes.iter().find(|node| is_state(node))?;
    let mut problems = Vec::new();
    let (mut resources, mut lost) = (Vec::new(), Vec::new());
    if is_printed(root) {
        if let Some(module) = root.get("values").and_then(|values| values.get("root_module")) {
            module_resources(module, &HashMap::new(), &mut resources, &mut lost, &|_| true);
        }
        for resource in &mut resources {
            resource.body = pruned(&resource.body, true);
        }
    } else if root.get_text("version").is_some_and(|version| &**version == "4") {
        for node in root.get("resources").map(Node::items).unwrap_or_default() {
            instances(node, &mut resources, &mut lost);
        }
    } else {
        let version = root.get_text("version").cloned().unwrap_or_default();
        problems.push(Problem {
            gravity: Gravity::Loss,
            path: source.path.clone(),
            span: root.entry("version").map(|entry| entry.value.span),
            message: format!("the state has version `{version}`, and version 4 is read"),
            help: Some(
                "any command of Terraform 0.12 or later that writes the state brings it to version 4"
                    .to_owned(),
            ),
        });
    }
    problems.extend(left_out(source, lost));
    let mut inventory = Inventory::new(source.path.clone(), resources);
    inventory.actual = true;
    Some((inventory, problems))
}

fn instances(node: &Node, out: &mut Vec<Resource>, lost: &mut Vec<Span>) {
    let (Some(kind), Some(name)) = (node.get_text("type"), node.get_text("name")) else {
        lost.push(node.span);
        return;
    };
    let data = node.get_text("mode").is_some_and(|mode| &**mode == "data");
    let scope = node.get_text("module").cloned().unwrap_or_default();
    let plain = if data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
    let plain = if scope.is_empty() { plain } else { format!("{scope}.{plain}") };
    let header = match (node.entry("type"), node.entry("name")) {
        (Some(kind), Some(name)) if kind.key.span.start <= name.value.span.end => {
            Span { end: name.value.span.end, ..kind.key.span }
        }
        (Some(kind), _) => Span { end: kind.value.span.end, ..kind.key.span },
        _ => node.span,
    };
    for instance in node.get("instances").map(Node::items).unwrap_or_default() {
        // A deposed object is what is left of an instance that was replaced.
        if instance.get("deposed").is_some_and(|deposed| !deposed.is_null()) {
            continue;
        }
        let Some(attributes) = instance.entry("attributes") else {
            lost.push(instance.span);
            continue;
        };
        let mut body = value(&attributes.value, Masks::default(), Some(header));
        for path in instance.get("sensitive_attributes").map(Node::items).unwrap_or_default() {
            body = hidden(&body, path.items());
        }
        out.push(Resource {
            address: format!("{plain}{}", suffix(instance.get("index_key"))).into(),
            kind: kind.clone(),
            name: name.clone(),
            dialect: Dialect::Terraform,
            mode: if data { Mode::Data } else { Mode::Managed },
            body: pruned(&unwrapped(&body), true),
            outer: None,
            header,
            span: instance.span,
            existence: Existence::Certain,
            scope: scope.clone(),
            calls: Vec::new(),
        });
    }
}

/// The value with what lies at a path of steps marked sensitive.
fn hidden(value: &Value, path: &[Node]) -> Value {
    let Some((step, rest)) = path.split_first() else {
        return Value { sensitive: true, ..value.clone() };
    };
    // An index is written with its type around it.
    let at = step.get("value").map(|node| node.get("value").unwrap_or(node)).and_then(Node::text);
    let Some(at) = at else { return value.clone() };
    let data = match &value.data {
        Data::Map(map) => {
            let mut map = Map::clone(map);
            if let Some(item) = map.entries.get_mut(at) {
                *item = hidden(item, rest);
            } else if let Some(item) = map.entries.get_mut("value") {
                *item = hidden(item, path);
            }
            Data::Map(Arc::new(map))
        }
        Data::List(list) => {
            let mut list = List::clone(list);
            if let Some(item) = at.parse().ok().and_then(|index: usize| list.items.get_mut(index)) {
                *item = hidden(item, rest);
            }
            Data::List(Arc::new(list))
        }
        _ => return value.clone(),
    };
    Value { data, ..value.clone() }
}

/// An attribute of any type is written as `{ "value": …, "type": … }`.
fn unwrapped(body: &Value) -> Value {
    let Data::Map(map) = &body.data else { return body.clone() };
    let mut map = Map::clone(map);
    for item in map.entries.values_mut() {
        if let Data::Map(inner) = &item.data
            && inner.entries.len() == 2
            && let (Some(value), Some(of)) = (inner.entries.get("value"), inner.entries.get("type"))
            && is_type(of)
        {
            let sensitive = item.sensitive;
            *item = Value { sensitive: value.sensitive || sensitive, ..value.clone() };
        }
    }
    Value { data: Data::Map(Arc::new(map)), ..body.clone() }
}

fn is_type(value: &Value) -> bool {
    let names = ["string", "number", "bool", "dynamic", "object", "map", "list", "set", "tuple"];
    match &value.data {
        Data::Text(text) => names.contains(&&**text),
        Data::List(list) => {
            list.items.first().and_then(Value::as_text).is_some_and(|text| names.contains(&text))
        }
        _ => false,
    }
}
