//! Types as Terraform infers them, the one type that several have in common, and conversion to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::decimal::{Decimal, is_numeral};
use super::set;
use crate::value::{Data, List, Map, Number, Piece, Value, Why, WhyKind};

/// A type; `Any` is what an unknown or a null has.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Any,
    Bool,
    Number,
    Text,
    Tuple(Vec<Type>),
    Object(BTreeMap<Arc<str>, Type>),
    List(Box<Type>),
    Map(Box<Type>),
}

pub(super) fn type_of(value: &Value) -> Type {
    match &value.data {
        Data::Null | Data::Unknown(_) => Type::Any,
        Data::Bool(_) => Type::Bool,
        Data::Number(_) => Type::Number,
        Data::Text(_) | Data::Holed(_) => Type::Text,
        Data::List(list) => Type::Tuple(list.items.iter().map(type_of).collect()),
        Data::Map(map) => Type::Object(map.entries.iter().map(|(k, v)| (k.clone(), type_of(v))).collect()),
        Data::Choice(choice) => {
            let types: Vec<Type> = choice.iter().map(type_of).collect();
            unify(&types).unwrap_or(Type::Any)
        }
    }
}

/// The type all of these convert to; `None` when there is none.
pub(super) fn unify(types: &[Type]) -> Option<Type> {
    let types: Vec<&Type> = types.iter().filter(|one| **one != Type::Any).collect();
    let Some(first) = types.first() else { return Some(Type::Any) };
    if types.iter().all(|one| one == first) {
        return Some((*first).clone());
    }
    if types.iter().all(|one| matches!(one, Type::Tuple(_))) {
        return unify_tuples(&types);
    }
    if types.iter().all(|one| matches!(one, Type::Tuple(_) | Type::List(_))) {
        return Some(Type::List(Box::new(unify(&parts(&types))?)));
    }
    if types.iter().all(|one| matches!(one, Type::Object(_))) {
        return unify_objects(&types);
    }
    if types.iter().all(|one| matches!(one, Type::Object(_) | Type::Map(_))) {
        return Some(Type::Map(Box::new(unify(&parts(&types))?)));
    }
    let primitive = types.iter().all(|one| matches!(one, Type::Bool | Type::Number | Type::Text));
    (primitive && types.contains(&&Type::Text)).then_some(Type::Text)
}

fn unify_tuples(types: &[&Type]) -> Option<Type> {
    let rows: Vec<&Vec<Type>> =
        types.iter().filter_map(|one| if let Type::Tuple(row) = one { Some(row) } else { None }).collect();
    let width = rows.first()?.len();
    if rows.iter().any(|row| row.len() != width) {
        return Some(Type::List(Box::new(unify(&parts(types))?)));
    }
    let column = |at: usize| rows.iter().filter_map(|row| row.get(at).cloned()).collect::<Vec<_>>();
    (0..width).map(|at| unify(&column(at))).collect::<Option<Vec<_>>>().map(Type::Tuple)
}

fn unify_objects(types: &[&Type]) -> Option<Type> {
    let rows: Vec<&BTreeMap<Arc<str>, Type>> =
        types.iter().filter_map(|one| if let Type::Object(row) = one { Some(row) } else { None }).collect();
    let first = rows.first()?;
    if rows.iter().any(|row| !row.keys().eq(first.keys())) {
        return Some(Type::Map(Box::new(unify(&parts(types))?)));
    }
    let column = |key: &Arc<str>| rows.iter().filter_map(|row| row.get(key).cloned()).collect::<Vec<_>>();
    let unified = first.keys().map(|key| Some((key.clone(), unify(&column(key))?)));
    unified.collect::<Option<BTreeMap<_, _>>>().map(Type::Object)
}

fn parts(types: &[&Type]) -> Vec<Type> {
    let mut all = Vec::new();
    for one in types {
        match one {
            Type::Tuple(row) => all.extend(row.iter().cloned()),
            Type::Object(row) => all.extend(row.values().cloned()),
            Type::List(inner) | Type::Map(inner) => all.push((**inner).clone()),
            _ => {}
        }
    }
    all
}

/// The value as that type; nulls and unknowns have every type.
pub(super) fn convert(value: &Value, wanted: &Type) -> Result<Value, String> {
    let data = match (&value.data, wanted) {
        (_, Type::Any) | (Data::Null | Data::Unknown(_), _) => return Ok(value.clone()),
        (Data::Choice(choice), _) => {
            Data::Choice(choice.iter().map(|one| convert(one, wanted)).collect::<Result<Vec<_>, _>>()?.into())
        }
        (Data::Text(_) | Data::Holed(_), Type::Text)
        | (Data::Number(_), Type::Number)
        | (Data::Bool(_), Type::Bool) => return Ok(value.clone()),
        (Data::Number(number), Type::Text) => Data::Text(number_text(*number).into()),
        (Data::Bool(bool), Type::Text) => Data::Text(if *bool { "true" } else { "false" }.into()),
        (Data::Text(text), Type::Number) => match Decimal::parse(text) {
            Some(decimal) => number_data(&decimal),
            None if is_numeral(text) => {
                Data::Unknown(Why::new(WhyKind::Limit, "a number this large is not kept"))
            }
            None => return Err(format!("cannot convert `{}` to a number", shown(value))),
        },
        (Data::Text(text), Type::Bool) => match &**text {
            "true" | "1" => Data::Bool(true),
            "false" | "0" => Data::Bool(false),
            _ => return Err(format!("cannot convert `{}` to a bool; write `true` or `false`", shown(value))),
        },
        (Data::Holed(_), Type::Number | Type::Bool) => Data::Unknown(first_why(value)),
        (Data::List(list), Type::Tuple(types)) if list.items.len() == types.len() => {
            let items = list.items.iter().zip(types).map(|(item, wanted)| convert(item, wanted));
            Data::List(Arc::new(List { items: items.collect::<Result<_, _>>()?, open: list.open.clone() }))
        }
        (Data::List(list), Type::List(wanted)) => {
            let items = list.items.iter().map(|item| convert(item, wanted));
            Data::List(Arc::new(List { items: items.collect::<Result<_, _>>()?, open: list.open.clone() }))
        }
        (Data::Map(map), Type::Object(types)) => {
            convert_map(map, |key| types.get(key).unwrap_or(&Type::Any))?
        }
        (Data::Map(map), Type::Map(wanted)) => convert_map(map, |_| wanted)?,
        _ => return Err(format!("cannot convert {} to {}", kind(value), name(wanted))),
    };
    Ok(Value { data, ..value.clone() })
}

fn convert_map<'t>(map: &Map, wanted: impl Fn(&str) -> &'t Type) -> Result<Data, String> {
    let entries = map.entries.iter().map(|(key, value)| Ok((key.clone(), convert(value, wanted(key))?)));
    let entries = entries.collect::<Result<_, String>>()?;
    Ok(Data::Map(Arc::new(Map { entries, open: map.open.clone(), header: map.header })))
}

/// The value as a list whose elements have one type.
pub(super) fn to_list(value: &Value) -> Result<Value, String> {
    match &value.data {
        Data::Null | Data::Unknown(_) => Ok(value.clone()),
        Data::List(list) => {
            let types: Vec<Type> = list.items.iter().map(type_of).collect();
            let wanted = unify(&types).ok_or("the elements of a list must all have one type")?;
            convert(value, &Type::List(Box::new(wanted)))
        }
        Data::Choice(choice) => {
            let alternatives = choice.iter().map(to_list).collect::<Result<Vec<_>, _>>()?;
            Ok(Value { data: Data::Choice(alternatives.into()), ..value.clone() })
        }
        _ => Err(format!("a list is needed, not {}", kind(value))),
    }
}

/// The value as a sorted list without duplicates.
pub(super) fn to_set(value: &Value) -> Result<Value, String> {
    let list = to_list(value)?;
    Ok(match &list.data {
        Data::List(inner) => {
            let sensitive = list.sensitive || inner.items.iter().any(|item| item.sensitive);
            let data = Data::List(Arc::new(set::normalise(inner.items.clone(), inner.open.clone())));
            Value { data, sensitive, ..list }
        }
        _ => list,
    })
}

/// The value as a map whose values have one type.
pub(super) fn to_map(value: &Value) -> Result<Value, String> {
    match &value.data {
        Data::Null | Data::Unknown(_) => Ok(value.clone()),
        Data::Map(map) => {
            let types: Vec<Type> = map.entries.values().map(type_of).collect();
            let wanted = unify(&types).ok_or("the values of a map must all have one type")?;
            convert(value, &Type::Map(Box::new(wanted)))
        }
        Data::Choice(choice) => {
            let alternatives = choice.iter().map(to_map).collect::<Result<Vec<_>, _>>()?;
            Ok(Value { data: Data::Choice(alternatives.into()), ..value.clone() })
        }
        _ => Err(format!("a map is needed, not {}", kind(value))),
    }
}

/// A number as Terraform turns it into a string.
pub(super) fn number_text(number: Number) -> String {
    match number {
        Number::Int(int) => int.to_string(),
        Number::Float(_) => {
            Decimal::from_number(number).map_or_else(|| number.to_string(), |d| d.to_string())
        }
    }
}

/// A number, or unknown where it has more digits than we keep.
pub(super) fn number_data(decimal: &Decimal) -> Data {
    match decimal.to_number() {
        Some(number) => Data::Number(number),
        None => Data::Unknown(Why::new(
            WhyKind::Limit,
            format!("`{decimal}` has more digits than are kept of a number"),
        )),
    }
}

/// Why this is not known: the first reason found in it.
pub(super) fn first_why(value: &Value) -> Arc<Why> {
    find_why(value).unwrap_or_else(|| Why::new(WhyKind::Function, "one of several values is meant"))
}

fn find_why(value: &Value) -> Option<Arc<Why>> {
    match &value.data {
        Data::Unknown(why) => Some(why.clone()),
        Data::Holed(pieces) => pieces.iter().find_map(|piece| match piece {
            Piece::Hole(why) => Some(why.clone()),
            Piece::Text(_) => None,
        }),
        Data::List(list) => list.items.iter().find_map(find_why).or_else(|| list.open.clone()),
        Data::Map(map) => map.entries.values().find_map(find_why).or_else(|| map.open.clone()),
        Data::Choice(choice) => choice.iter().find_map(find_why),
        _ => None,
    }
}

/// How a sentence calls a value: "a string", "a list".
pub(super) fn kind(value: &Value) -> &'static str {
    match &value.data {
        Data::Null => "null",
        Data::Bool(_) => "a bool",
        Data::Number(_) => "a number",
        Data::Text(_) | Data::Holed(_) => "a string",
        Data::List(_) => "a list",
        Data::Map(_) => "a map",
        Data::Unknown(_) | Data::Choice(_) => "an unknown value",
    }
}

/// A value in a message; what is sensitive stays out of it.
pub(super) fn shown(value: &Value) -> String {
    match &value.data {
        _ if value.sensitive => "(sensitive)".to_owned(),
        Data::Text(text) if text.chars().count() > 60 => {
            format!("{}…", text.chars().take(60).collect::<String>())
        }
        Data::Text(text) => text.to_string(),
        Data::Number(number) => number_text(*number),
        Data::Bool(bool) => bool.to_string(),
        _ => kind(value).to_owned(),
    }
}

fn name(wanted: &Type) -> &'static str {
    match wanted {
        Type::Any => "any type",
        Type::Bool => "a bool",
        Type::Number => "a number",
        Type::Text => "a string",
        Type::Tuple(_) | Type::List(_) => "a list",
        Type::Object(_) | Type::Map(_) => "a map",
    }
}
