//! Inventories for tests, built by hand: JSON bodies with a span of their own for each value.

use std::cell::Cell;
use std::sync::Arc;

use serde_json::Value as Json;

use super::{Viewed, view};
use crate::hashing::QuickIndexMap;
use crate::inventory::{Dialect, Existence, Inventory, Mode, Resource};
use crate::source::{SourceId, Span};
use crate::value::{Data, List, Map, Number, Origin, Piece, Reference, Value, Why, WhyKind};

thread_local!(static NEXT: Cell<usize> = const { Cell::new(0) });

pub fn fresh() -> Span {
    NEXT.with(|next| {
        let start = next.get();
        next.set(start + 10);
        Span::new(SourceId(0), start, start + 5)
    })
}

/// `"?name"` is unknown, `"&address.attribute"` refers (attribute after the last dot), `"a${x}b"` has a hole;
/// a list ending in `"..."` is open.
pub fn value(json: &Json) -> Value {
    let origin = Origin::at(fresh());
    let data = match json {
        Json::Null => Data::Null,
        Json::Bool(bool) => Data::Bool(*bool),
        Json::Number(number) => Data::Number(Number::from(number.as_f64().unwrap())),
        Json::String(text) => return string(text, origin),
        Json::Array(items) => {
            let open = items.last().is_some_and(|last| last == "...");
            let kept = items.len() - usize::from(open);
            Data::List(Arc::new(List {
                items: items[..kept].iter().map(value).collect(),
                open: open.then(|| Why::new(WhyKind::Variable, "`var.more` has no value")),
            }))
        }
        Json::Object(object) => Data::Map(Arc::new(Map {
            entries: object
                .iter()
                .map(|(key, inner)| (Arc::from(&**key), value(inner)))
                .collect::<QuickIndexMap<_, _>>(),
            open: None,
            header: Some(fresh()),
        })),
    };
    Value::new(data, origin)
}

fn string(text: &str, origin: Origin) -> Value {
    if let Some(name) = text.strip_prefix('?') {
        return Value::unknown(WhyKind::Variable, format!("`var.{name}` has no value"), origin);
    }
    if let Some((address, attribute)) = text.strip_prefix('&').and_then(|rest| rest.rsplit_once('.')) {
        let mut value = Value::unknown(WhyKind::Computed, "the provider computes it", origin);
        value.refers = Some(Arc::new(Reference { address: address.into(), attribute: attribute.into() }));
        return value;
    }
    match holed(text) {
        Some(pieces) => Value::new(Data::Holed(pieces.into()), origin),
        None => Value::text(text, origin),
    }
}

fn holed(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let end = start + rest[start..].find('}')?;
        if start > 0 {
            pieces.push(Piece::Text(rest[..start].into()));
        }
        pieces.push(Piece::Hole(Why::new(
            WhyKind::Variable,
            format!("`{}` has no value", &rest[start + 2..end]),
        )));
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() && !pieces.is_empty() {
        pieces.push(Piece::Text(rest.into()));
    }
    (!pieces.is_empty()).then_some(pieces)
}

/// A resource; the kind tells the dialect, `data.` before an address the mode.
pub fn resource(kind: &str, address: &str, body: Json) -> Resource {
    let dialect = if kind.starts_with("AWS::") {
        Dialect::CloudFormation
    } else if kind.starts_with("Microsoft.") {
        Dialect::Arm
    } else if kind.chars().next().is_some_and(char::is_uppercase) {
        Dialect::Kubernetes
    } else {
        Dialect::Terraform
    };
    Resource {
        address: address.into(),
        kind: kind.into(),
        name: address.rsplit('.').next().unwrap().into(),
        dialect,
        mode: if address.starts_with("data.") { Mode::Data } else { Mode::Managed },
        body: value(&body),
        outer: None,
        header: fresh(),
        span: fresh(),
        existence: Existence::Certain,
        scope: "".into(),
        calls: Vec::new(),
    }
}

pub fn inventory(resources: Vec<Resource>) -> Inventory {
    Inventory::new("", resources)
}

pub fn viewed(name: &str, resources: Vec<Resource>) -> Vec<Viewed> {
    view(name, &inventory(resources)).unwrap()
}

/// Back to JSON, for comparing: unknown `"?"`, holes `"a${}b"`, an open list ends in `"..."`.
pub fn json(value: &Value) -> Json {
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(bool) => (*bool).into(),
        Data::Number(Number::Int(int)) => (*int).into(),
        Data::Number(Number::Float(float)) => (*float).into(),
        Data::Text(text) => (**text).into(),
        Data::Holed(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(_) => "${}".to_owned(),
            })
            .collect::<String>()
            .into(),
        Data::List(list) => {
            let mut items: Vec<Json> = list.items.iter().map(json).collect();
            if list.open.is_some() {
                items.push("...".into());
            }
            items.into()
        }
        Data::Map(map) => {
            Json::Object(map.entries.iter().map(|(key, inner)| (key.to_string(), json(inner))).collect())
        }
        Data::Unknown(_) => "?".into(),
        Data::Choice(_) => "?|".into(),
    }
}

/// A field of the n-th element, as JSON.
pub fn element(viewed: &Viewed, index: usize, field: &str) -> Json {
    json(viewed.elements.items[index].get(field).unwrap_or_else(|| panic!("no field {field}")))
}
