//! Parameters: their default, their only allowed value, or the reason why nothing is known.

use std::sync::Arc;

use crate::options::Options;
use crate::syntax::node::{Entry, Node};
use crate::value::{Data, Origin, Reference, Value, WhyKind};

/// Allowed values that are kept as a choice; more say too little.
const MAX_CHOICES: usize = 16;

/// What is known of a parameter.
pub(super) fn value(entry: &Entry, options: &Options) -> Value {
    let (name, node) = (entry.key.name(), &entry.value);
    let kind = node.get_text("Type").map(|kind| &**kind).unwrap_or("String");
    let is_list = kind == "CommaDelimitedList" || kind.starts_with("List<");
    let given = options.variables.iter().rev().find(|(variable, _)| **variable == *name);
    let mut value = if let Some((_, text)) = given {
        literal(Data::Text(Arc::from(text.as_str())), Origin::default(), is_list)
    } else if kind.starts_with("AWS::SSM::Parameter::") {
        let why = format!("parameter `{name}` is read from the parameter store");
        let path = node.get_text("Default").map(|path| &**path);
        let refers = path.filter(|_| !is_list).and_then(Reference::to_public_parameter);
        Value { refers, ..Value::unknown(WhyKind::Outside, why, Origin::at(entry.key.span)) }
    } else if let Some((_, value)) = options.parameters.iter().rev().find(|(one, _)| *one == name) {
        match &value.data {
            Data::Text(_) | Data::Number(_) | Data::Bool(_) | Data::Null => {
                literal(value.data.clone(), value.origin.clone(), is_list)
            }
            _ => value.clone(),
        }
    } else if let Some(default) = node.get("Default").filter(|default| !default.broken) {
        written(default, is_list)
    } else {
        allowed(node, is_list).unwrap_or_else(|| {
            let why = format!("parameter `{name}` has no default");
            Value::unknown(WhyKind::Variable, why, Origin::at(entry.key.span))
        })
    };
    let hidden = node.get("NoEcho").and_then(Node::text);
    value.sensitive = hidden.is_some_and(|hidden| hidden.eq_ignore_ascii_case("true"));
    value
}

fn written(node: &Node, is_list: bool) -> Value {
    match node.scalar() {
        Some(data) => literal(data, node.origin(), is_list),
        None => node.to_value(None),
    }
}

/// A list parameter's text is its elements with commas between.
fn literal(data: Data, origin: Origin, is_list: bool) -> Value {
    match &data {
        Data::Text(text) if is_list => {
            let items = text.split(',').map(|item| Value::text(item.trim(), origin.clone()));
            let items = if text.trim().is_empty() { Vec::new() } else { items.collect() };
            Value::list(items, origin)
        }
        Data::Null => Value::text("", origin),
        Data::Number(_) | Data::Bool(_) if is_list => {
            Value::list(vec![Value::new(data, origin.clone())], origin)
        }
        _ => Value::new(data, origin),
    }
}

fn allowed(node: &Node, is_list: bool) -> Option<Value> {
    let node = node.get("AllowedValues").filter(|node| !node.broken)?;
    match node.items() {
        [] => None,
        [only] => Some(written(only, is_list)),
        many if many.len() <= MAX_CHOICES => {
            let choices: Vec<Value> = many.iter().map(|item| written(item, is_list)).collect();
            Some(Value::new(Data::Choice(choices.into()), node.origin()))
        }
        _ => None,
    }
}
