//! Type constraints and conversions.

use std::sync::Arc;

use super::arithmetic::is_exact;
use super::expression::{Scope, evaluate};
use crate::hashing::with_room;
use crate::syntax::hcl::{Expression, Kind};
use crate::value::{Data, List, Map, Number, Origin, Piece, Shape, Value, WhyKind};

/// A variable's type.
#[derive(Debug, Clone)]
pub(super) enum Type<'e> {
    Any,
    Text,
    Number,
    Bool,
    List(Box<Type<'e>>),
    Set(Box<Type<'e>>),
    Map(Box<Type<'e>>),
    Tuple(Vec<Type<'e>>),
    Object(Vec<Field<'e>>),
}

/// An attribute of an object type.
#[derive(Debug, Clone)]
pub(super) struct Field<'e> {
    name: Arc<str>,
    of: Type<'e>,
    optional: bool,
    default: Option<&'e Expression>,
}

impl<'e> Type<'e> {
    /// Reads a type constraint; what is none stands for any.
    pub fn read(expression: &'e Expression) -> Self {
        match &expression.kind {
            Kind::Name(name) => Self::named(name),
            // `type = "string"`, as of old.
            Kind::Text(name) => Self::named(name),
            Kind::Wrapped(inner) => Self::read(inner),
            Kind::Call(call) => {
                let inner = call.arguments.first();
                let element = || Box::new(inner.map_or(Type::Any, Type::read));
                match &*call.name {
                    "list" => Type::List(element()),
                    "set" => Type::Set(element()),
                    "map" => Type::Map(element()),
                    "tuple" => match inner.map(|inner| &inner.kind) {
                        Some(Kind::List(items)) => Type::Tuple(items.iter().map(Type::read).collect()),
                        _ => Type::Any,
                    },
                    "object" => match inner.map(|inner| &inner.kind) {
                        Some(Kind::Object(pairs)) => Type::Object(
                            pairs
                                .iter()
                                .filter_map(|pair| Some(Field::read(pair.key.as_text()?, &pair.value)))
                                .collect(),
                        ),
                        _ => Type::Any,
                    },
                    "optional" => inner.map_or(Type::Any, Type::read),
                    _ => Type::Any,
                }
            }
            _ => Type::Any,
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "string" => Type::Text,
            "number" => Type::Number,
            "bool" => Type::Bool,
            "list" => Type::List(Box::new(Type::Any)),
            "set" => Type::Set(Box::new(Type::Any)),
            "map" => Type::Map(Box::new(Type::Any)),
            _ => Type::Any,
        }
    }

    /// Whether a text given on the command line stands for itself.
    pub fn is_primitive(&self) -> bool {
        matches!(self, Type::Text | Type::Number | Type::Bool)
    }
}

impl<'e> Field<'e> {
    fn read(name: &Arc<str>, of: &'e Expression) -> Self {
        let (optional, default) = match &of.kind {
            Kind::Call(call) if &*call.name == "optional" => (true, call.arguments.get(1)),
            _ => (false, None),
        };
        Self { name: name.clone(), of: Type::read(of), optional, default }
    }
}

/// The value as this type, as Terraform converts it. Origins stay.
pub(super) fn convert(scope: &Scope<'_, '_>, value: &Value, to: &Type<'_>) -> Value {
    let rebuilt = |data| Value { data, json: None, ..value.clone() };
    match (&value.data, to) {
        (Data::Null | Data::Unknown(_), _) | (_, Type::Any) => value.clone(),
        (Data::Choice(values), _) => {
            rebuilt(Data::Choice(values.iter().map(|one| convert(scope, one, to)).collect()))
        }
        (_, Type::Text) => to_text(value),
        (_, Type::Number) => to_number(value),
        (_, Type::Bool) => to_bool(value),
        (Data::List(list), Type::List(of) | Type::Set(of)) => {
            let mut items: Vec<Value> = list.items.iter().map(|item| convert(scope, item, of)).collect();
            if matches!(to, Type::Set(_)) {
                items = as_set(items);
            }
            let data = Data::List(Arc::new(List { items, open: list.open.clone() }));
            Value { set: matches!(to, Type::Set(_)), shape: Shape::Typed, ..rebuilt(data) }
        }
        (Data::List(list), Type::Tuple(types)) => {
            let items = list.items.iter().zip(types).map(|(item, of)| convert(scope, item, of)).collect();
            let data = Data::List(Arc::new(List { items, open: list.open.clone() }));
            Value { shape: Shape::Written, ..rebuilt(data) }
        }
        (Data::Map(map), Type::Map(of)) => {
            let entries =
                map.entries.iter().map(|(key, item)| (key.clone(), convert(scope, item, of))).collect();
            let data = Data::Map(Arc::new(Map { entries, open: map.open.clone(), header: map.header }));
            Value { shape: Shape::Typed, ..rebuilt(data) }
        }
        (Data::Map(map), Type::Object(fields)) => {
            let mut entries = with_room(fields.len());
            for field in fields {
                let given = map
                    .entries
                    .get(&field.name)
                    .filter(|value| !(value.is_null() && field.default.is_some()));
                let item = match (given, &map.open) {
                    (Some(given), _) => convert(scope, given, &field.of),
                    (None, Some(why)) => Value::new(Data::Unknown(why.clone()), value.origin.clone()),
                    (None, None) if field.optional => match field.default {
                        Some(default) => convert(scope, &evaluate(&scope.sealed(), default), &field.of),
                        None => Value::new(Data::Null, Origin::default()),
                    },
                    (None, None) => {
                        return Value::unknown(
                            WhyKind::Error,
                            format!("the attribute `{}` is required", field.name),
                            value.origin.clone(),
                        );
                    }
                };
                entries.insert(field.name.clone(), item);
            }
            let data = Data::Map(Arc::new(Map { entries, open: None, header: map.header }));
            Value { shape: Shape::Written, ..rebuilt(data) }
        }
        _ => wrong(value, "the value is not of the declared type"),
    }
}

/// Each element once, texts in order.
fn as_set(items: Vec<Value>) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let texts = items.iter().all(|item| item.as_text().is_some());
    let mut items: Vec<Value> = items
        .into_iter()
        .filter(|item| match &item.data {
            Data::Text(text) => seen.insert(text.clone()),
            _ => true,
        })
        .collect();
    if texts {
        items.sort_by(|a, b| a.as_text().cmp(&b.as_text()));
    }
    items
}

fn wrong(value: &Value, text: &str) -> Value {
    Value::unknown(WhyKind::Error, text, value.origin.clone())
}

fn rebuilt(value: &Value, data: Data) -> Value {
    Value { data, json: None, ..value.clone() }
}

pub(super) fn to_text(value: &Value) -> Value {
    match &value.data {
        Data::Number(number) if is_exact(*number) => rebuilt(value, Data::Text(number.to_string().into())),
        Data::Number(_) => Value::unknown(
            WhyKind::Limit,
            "the number has more digits than are kept here",
            value.origin.clone(),
        ),
        Data::Bool(bool) => rebuilt(value, Data::Text(bool.to_string().into())),
        Data::List(_) | Data::Map(_) => wrong(value, "a string was expected"),
        Data::Choice(values) => rebuilt(value, Data::Choice(values.iter().map(to_text).collect())),
        _ => value.clone(),
    }
}

pub(super) fn to_bool(value: &Value) -> Value {
    match &value.data {
        Data::Text(text) => match &**text {
            "true" | "1" => rebuilt(value, Data::Bool(true)),
            "false" | "0" => rebuilt(value, Data::Bool(false)),
            _ => wrong(value, "a truth value was expected"),
        },
        Data::Holed(pieces) => rebuilt(value, hole(pieces)),
        Data::Number(_) | Data::List(_) | Data::Map(_) => wrong(value, "a truth value was expected"),
        Data::Choice(values) => rebuilt(value, Data::Choice(values.iter().map(to_bool).collect())),
        _ => value.clone(),
    }
}

pub(super) fn to_number(value: &Value) -> Value {
    match &value.data {
        Data::Text(text) => match parse_number(text) {
            Some(number) => rebuilt(value, Data::Number(number)),
            None => wrong(value, "a number was expected"),
        },
        Data::Holed(pieces) => rebuilt(value, hole(pieces)),
        Data::Bool(_) | Data::List(_) | Data::Map(_) => wrong(value, "a number was expected"),
        Data::Choice(values) => rebuilt(value, Data::Choice(values.iter().map(to_number).collect())),
        _ => value.clone(),
    }
}

fn parse_number(text: &str) -> Option<Number> {
    if let Ok(int) = text.parse::<i64>() {
        return Some(Number::Int(int));
    }
    let plain =
        text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    text.parse::<f64>().ok().filter(|float| plain && float.is_finite()).map(Number::from)
}

fn hole(pieces: &[Piece]) -> Data {
    let why = pieces.iter().find_map(|piece| match piece {
        Piece::Hole(why) => Some(why.clone()),
        Piece::Text(_) => None,
    });
    Data::Unknown(why.unwrap_or_else(super::expression::undecided))
}
