//! The one type that both values of a conditional get.

use std::sync::Arc;

use super::convert;
use super::expression::error;
use crate::source::Span;
use crate::value::{Data, List, Map, Shape, Value, WhyKind};

/// Elements over which no type is looked for among all of them.
const MOST: usize = 256;

/// Whether another value beside it can change this one.
pub(super) fn may_change(value: &Value) -> bool {
    matches!(value.data, Data::Number(_) | Data::Bool(_) | Data::List(_) | Data::Map(_))
}

/// Each of two values, with the type of both.
pub(super) fn both(one: Value, other: Value, span: Span) -> Vec<Value> {
    vec![unified(&one, &other, span), unified(&other, &one, span)]
}

/// A value with the type that it and another have in common.
pub(super) fn unified(value: &Value, other: &Value, span: Span) -> Value {
    let is_collection = |value: &Value| matches!(value.data, Data::List(_) | Data::Map(_));
    let is_plain = |value: &Value| {
        matches!(value.data, Data::Number(_) | Data::Bool(_) | Data::Text(_) | Data::Holed(_))
    };
    match (&value.data, &other.data) {
        (Data::Number(_) | Data::Bool(_), Data::Text(_) | Data::Holed(_))
        | (Data::Number(_), Data::Bool(_))
        | (Data::Bool(_), Data::Number(_)) => convert::to_text(value),
        (Data::List(list), Data::List(others)) => of_lists(value, list, other, others, span),
        (Data::Map(map), Data::Map(others)) => of_maps(value, map, other, others, span),
        (Data::List(_), Data::Map(_)) | (Data::Map(_), Data::List(_)) => {
            error("the two values of the condition have no type in common", span)
        }
        _ if (is_collection(value) && is_plain(other)) || (is_plain(value) && is_collection(other)) => {
            error("the two values of the condition have no type in common", span)
        }
        _ => value.clone(),
    }
}

fn of_lists(value: &Value, list: &List, other: &Value, others: &List, span: Span) -> Value {
    let written = value.shape == Shape::Written && other.shape == Shape::Written;
    if written && list.items.len() == others.items.len() && list.open.is_none() && others.open.is_none() {
        let items =
            list.items.iter().zip(&others.items).map(|(one, other)| unified(one, other, span)).collect();
        return with(value, Data::List(Arc::new(List { items, open: None })), value.shape);
    }
    let all: Vec<&Value> = list.items.iter().chain(&others.items).collect();
    let items: Vec<Value> = list.items.iter().map(|item| among(item, &all, span)).collect();
    if let Some(wrong) = items.iter().zip(&list.items).find(|(new, old)| is_wrong(new) && !is_wrong(old)) {
        // A null takes any type, and all others then keep theirs.
        return if all.iter().any(|one| one.is_null()) { value.clone() } else { wrong.0.clone() };
    }
    let items =
        if is_untold(other, others.items.is_empty()) { items.iter().map(untold).collect() } else { items };
    let typed = written || value.shape == Shape::Typed || other.shape == Shape::Typed;
    let shape = if typed && !list.items.is_empty() { Shape::Typed } else { Shape::Unsure };
    with(value, Data::List(Arc::new(List { items, open: list.open.clone() })), shape)
}

fn of_maps(value: &Value, map: &Map, other: &Value, others: &Map, span: Span) -> Value {
    let same_names = map.entries.len() == others.entries.len()
        && map.entries.keys().all(|key| others.entries.contains_key(key));
    let typed = value.shape == Shape::Typed || other.shape == Shape::Typed;
    let closed = map.open.is_none() && others.open.is_none();
    if !typed && same_names && closed {
        let entry = |(key, item): (&Arc<str>, &Value)| {
            let item =
                others.entries.get(key).map_or_else(|| item.clone(), |other| unified(item, other, span));
            (key.clone(), item)
        };
        let entries = map.entries.iter().map(entry).collect();
        return with(
            value,
            Data::Map(Arc::new(Map { entries, open: None, header: map.header })),
            value.shape,
        );
    }
    if !closed || value.refers.is_some() || other.refers.is_some() {
        return value.clone();
    }
    let all: Vec<&Value> = map.entries.values().chain(others.entries.values()).collect();
    let mut entries = map.entries.clone();
    for item in entries.values_mut() {
        let new = among(item, &all, span);
        if is_wrong(&new) && !is_wrong(item) {
            return if all.iter().any(|one| one.is_null()) { value.clone() } else { new };
        }
        *item = if is_untold(other, others.entries.is_empty()) { untold(&new) } else { new };
    }
    let typed = typed || (value.shape == Shape::Written && other.shape == Shape::Written);
    let shape = if typed && !map.entries.is_empty() { Shape::Typed } else { Shape::Unsure };
    with(value, Data::Map(Arc::new(Map { entries, open: None, header: map.header })), shape)
}

/// Whether a collection is empty and has got a type for its elements that cannot be seen any more.
fn is_untold(other: &Value, empty: bool) -> bool {
    empty && other.shape == Shape::Unsure && other.refers.is_none()
}

/// An element that has a type of which nothing is known.
fn untold(item: &Value) -> Value {
    match &item.data {
        Data::Number(_) | Data::Bool(_) => {
            Value::unknown(WhyKind::Limit, "whether it becomes a text is not known here", item.origin.clone())
        }
        _ => item.clone(),
    }
}

/// An element with the type that all elements have in common.
fn among(item: &Value, all: &[&Value], span: Span) -> Value {
    match &item.data {
        Data::Number(_) | Data::Bool(_) | Data::Text(_) => {
            let different = all.iter().find(|other| {
                std::mem::discriminant(&other.data) != std::mem::discriminant(&item.data) && !other.is_null()
            });
            match different {
                Some(other) if may_change(other) || matches!(other.data, Data::Text(_) | Data::Holed(_)) => {
                    unified(item, other, span)
                }
                _ => item.clone(),
            }
        }
        Data::List(_) | Data::Map(_) if all.len() <= MOST => {
            all.iter().fold(
                item.clone(),
                |item, other| if is_wrong(&item) { item } else { unified(&item, other, span) },
            )
        }
        _ => item.clone(),
    }
}

fn is_wrong(value: &Value) -> bool {
    matches!(&value.data, Data::Unknown(why) if why.kind == WhyKind::Error)
}

fn with(value: &Value, data: Data, shape: Shape) -> Value {
    Value { data, shape, json: None, ..value.clone() }
}
