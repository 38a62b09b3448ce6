//! Terraform's JSON form (`.tf.json`, `.tfvars.json`) → the tree of its native form.

use std::sync::Arc;

use super::template;
use super::tree::{Attribute, Block, Body, Expression, Item, Kind, Label, Pair};
use crate::source::{Source, Span};
use crate::syntax::node::{Entry, Layout, Node, NodeData};
use crate::value::{Data, Number};

/// Reads the top of a file. In a file of variables a string is what it says, elsewhere it is a template.
pub fn from_json(source: &Source, node: Option<&Node>, variables: bool) -> Body {
    let whole = Span::new(source.id, 0, source.text.len());
    let mut items = Vec::new();
    let tops = node.map(each).unwrap_or_default();
    for entry in tops.iter().flat_map(|node| node.entries()) {
        if variables {
            items.push(Item::Attribute(Attribute {
                name: entry.key.name(),
                name_span: entry.key.span,
                value: expression(source, &entry.value, true, 0),
            }));
            continue;
        }
        let kind = entry.key.name();
        let labels = match &*kind {
            "resource" | "data" | "ephemeral" => 2,
            "variable" | "output" | "module" | "provider" | "check" => 1,
            // A comment.
            "//" => continue,
            _ => 0,
        };
        blocks(
            source,
            &kind,
            &entry.value,
            labels,
            &mut vec![(Arc::clone(&kind), entry.key.span)],
            &mut items,
        );
    }
    Body { items, span: whole, broken: node.is_some_and(|node| node.broken) }
}

/// Whether an entry says something to readers only.
fn is_comment(entry: &Entry) -> bool {
    &*entry.key.name() == "//"
}

/// One object stands for itself, a list of objects for each of them.
fn each(node: &Node) -> Vec<&Node> {
    if node.is_sequence() { node.items().iter().collect() } else { vec![node] }
}

fn blocks(
    source: &Source,
    kind: &Arc<str>,
    node: &Node,
    labels: usize,
    path: &mut Vec<(Arc<str>, Span)>,
    items: &mut Vec<Item>,
) {
    for node in each(node) {
        if labels > 0 {
            for entry in node.entries().iter().filter(|entry| !is_comment(entry)) {
                path.push((entry.key.name(), entry.key.span));
                blocks(source, kind, &entry.value, labels - 1, path, items);
                path.pop();
            }
            continue;
        }
        let header = path.last().map_or(node.span, |(_, span)| *span);
        let labels =
            path.iter().skip(1).map(|(text, span)| Label { text: text.clone(), span: *span }).collect();
        items.push(Item::Block(Block {
            kind: kind.clone(),
            labels,
            header,
            span: Span { start: header.start.min(node.span.start), ..node.span },
            body: body(source, kind, node),
        }));
    }
}

fn body(source: &Source, kind: &str, node: &Node) -> Body {
    let mut items = Vec::new();
    for entry in node.entries() {
        let name = entry.key.name();
        // What is a block in every resource is one here; the rest cannot be told from an attribute.
        let block = match (kind, &*name) {
            (_, "//") => continue,
            ("resource" | "data", "lifecycle" | "connection" | "provisioner") => true,
            ("terraform", "required_providers" | "backend" | "cloud") => true,
            _ => false,
        };
        if block {
            let labels = usize::from(matches!(&*name, "provisioner" | "backend"));
            blocks(
                source,
                &name,
                &entry.value,
                labels,
                &mut vec![(name.clone(), entry.key.span)],
                &mut items,
            );
        } else if &*name == "dynamic" && matches!(kind, "resource" | "data" | "provider" | "content") {
            dynamic(source, entry, &mut items);
        } else {
            let plain = match kind {
                // Names, types and modes are no templates.
                "variable" => matches!(&*name, "type" | "description" | "default"),
                "module" => matches!(&*name, "source" | "version"),
                "terraform" => true,
                _ => false,
            };
            let mut value = expression(source, &entry.value, plain, 0);
            if kind == "variable" && &*name == "type" {
                value = reference(source, &entry.value).unwrap_or(value);
            }
            items.push(Item::Attribute(Attribute { name, name_span: entry.key.span, value }));
        }
    }
    Body { items, span: node.span, broken: node.broken }
}

fn dynamic(source: &Source, entry: &Entry, items: &mut Vec<Item>) {
    let labels = each(&entry.value).into_iter().flat_map(Node::entries);
    for labelled in labels.filter(|entry| !is_comment(entry)) {
        for node in each(&labelled.value) {
            let mut inner = Vec::new();
            for entry in node.entries() {
                match &*entry.key.name() {
                    "content" => inner.extend(each(&entry.value).into_iter().map(|content| {
                        Item::Block(Block {
                            kind: "content".into(),
                            labels: Vec::new(),
                            header: entry.key.span,
                            span: content.span,
                            body: body(source, "content", content),
                        })
                    })),
                    "iterator" => inner.extend(reference(source, &entry.value).map(|value| {
                        Item::Attribute(Attribute {
                            name: "iterator".into(),
                            name_span: entry.key.span,
                            value,
                        })
                    })),
                    _ => inner.push(Item::Attribute(Attribute {
                        name: entry.key.name(),
                        name_span: entry.key.span,
                        value: expression(source, &entry.value, false, 0),
                    })),
                }
            }
            items.push(Item::Block(Block {
                kind: "dynamic".into(),
                labels: vec![Label { text: labelled.key.name(), span: labelled.key.span }],
                header: labelled.key.span,
                span: Span { start: labelled.key.span.start, ..node.span },
                body: Body { items: inner, span: node.span, broken: node.broken },
            }));
        }
    }
}

/// A string that holds an expression rather than a template: a type, a name.
fn reference(source: &Source, node: &Node) -> Option<Expression> {
    let text = node.text()?;
    let inner = Source::new(source.id, source.path.clone(), text.clone());
    let mut expression = super::parse_expression(&inner).ok()?;
    place(&mut expression, node.span);
    Some(expression)
}

fn expression(source: &Source, node: &Node, plain: bool, depth: u32) -> Expression {
    let span = node.span;
    if node.broken || depth > super::DEEPEST {
        return Expression { kind: Kind::Missing("the value could not be read"), span };
    }
    let kind = match &node.data {
        NodeData::Scalar(text) => match node.scalar() {
            // JSON says `1.50` where a number is meant, and a number is what Terraform takes.
            Some(Data::Null) => Kind::Null,
            Some(Data::Bool(bool)) => Kind::Bool(bool),
            Some(Data::Number(number)) => Kind::Number(number),
            Some(Data::Unknown(_)) => Kind::Missing("the value could not be read"),
            _ if node.layout == Layout::Plain => match text.parse::<f64>() {
                Ok(float) if float.is_finite() => Kind::Number(Number::from(float)),
                _ => Kind::Missing("the value could not be read"),
            },
            _ if plain || !(text.contains("${") || text.contains("%{")) => Kind::Text(text.clone()),
            _ => {
                let inner = Source::new(source.id, source.path.clone(), text.clone());
                match template::bare(&inner) {
                    Ok(mut parsed) => {
                        place(&mut parsed, span);
                        parsed.kind
                    }
                    Err(_) => Kind::Missing("the template in this string could not be read"),
                }
            }
        },
        NodeData::Sequence(items) => {
            Kind::List(items.iter().map(|item| expression(source, item, plain, depth + 1)).collect())
        }
        NodeData::Mapping(entries) => {
            let pairs = entries.iter().filter(|entry| !is_comment(entry)).map(|entry| Pair {
                key: expression(source, &entry.key, plain, depth + 1),
                value: expression(source, &entry.value, plain, depth + 1),
            });
            Kind::Object(pairs.collect())
        }
    };
    Expression { kind, span }
}

/// Escapes shift the text of a string against its source: all of its expression stands where the string does.
fn place(expression: &mut Expression, span: Span) {
    super::tree::each_expression(expression, &mut |expression| expression.span = span);
}
