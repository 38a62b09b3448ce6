//! Sets, and what they have of their own: an order, one of each, `setunion`, `setintersection`, `setsubtract`, `setproduct`.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use super::call::{ANY, Answer, Call, Function, SET, function};
use super::convert::{self, Type};
use super::decimal::Decimal;
use super::json;
use crate::value::{Data, List, Piece, Value, Why};

pub(super) const FUNCTIONS: &[Function] = &[
    function("setintersection", &[SET.or_unknown()], intersection).with_rest(SET.or_unknown()),
    function("setproduct", &[], product).with_rest(ANY.or_unknown()).keeping_marks(),
    function("setsubtract", &[SET.or_unknown(), SET.or_unknown()], subtract),
    function("setunion", &[SET.or_unknown()], union).with_rest(SET.or_unknown()),
];

/// More combinations than this are a mistake, and would fill memory.
const LARGEST_PRODUCT: usize = 200_000;

/// Sorted as Terraform sorts sets, one of each. An unknown element may be any of the others, so a set that
/// holds one among others is open.
pub(super) fn normalise(items: Vec<Value>, open: Option<Arc<Why>>) -> List {
    let mut keyed: Vec<(Key, Value)> = Vec::with_capacity(items.len());
    let mut unknown: Vec<Value> = Vec::new();
    for item in items {
        if item.is_wholly_known() {
            keyed.push((Key::of(&item), item));
        } else {
            unknown.push(item);
        }
    }
    keyed.sort_by(|one, other| one.0.cmp(&other.0));
    keyed.dedup_by(|one, other| one.0 == other.0);
    let mut items: Vec<Value> = keyed.into_iter().map(|(_, item)| item).collect();
    let open = open.or_else(|| match unknown.first() {
        Some(first) if items.len() + unknown.len() > 1 => Some(convert::first_why(first)),
        _ => None,
    });
    items.append(&mut unknown);
    List { items, open }
}

/// Orders values: numbers, texts and bools by themselves, nulls last, the rest by its written form.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Bool(bool),
    Number(Decimal),
    Text(Arc<str>),
    Written(String),
    Null,
}

impl Key {
    pub fn of(value: &Value) -> Self {
        match &value.data {
            Data::Null => Self::Null,
            Data::Bool(bool) => Self::Bool(*bool),
            Data::Text(text) => Self::Text(text.clone()),
            Data::Number(number) => {
                Decimal::from_number(*number).map_or_else(|| Self::Written(number.to_string()), Self::Number)
            }
            _ => {
                let mut written = String::new();
                write_key(value, &mut written);
                Self::Written(written)
            }
        }
    }
}

/// The written form by which Terraform orders what is no primitive.
fn write_key(value: &Value, out: &mut String) {
    match &value.data {
        Data::Null => out.push('~'),
        Data::Bool(bool) => out.push(if *bool { 'T' } else { 'F' }),
        Data::Number(number) => out.push_str(&convert::number_text(*number)),
        Data::Text(text) => json::quote(text, out),
        Data::List(list) => {
            out.push('[');
            for item in &list.items {
                write_key(item, out);
                out.push(';');
            }
            out.push(']');
        }
        Data::Map(map) => {
            out.push('<');
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|one, other| one.0.cmp(other.0));
            for (key, item) in entries {
                json::quote(key, out);
                out.push(':');
                write_key(item, out);
                out.push(';');
            }
            out.push('>');
        }
        _ => out.push('?'),
    }
}

/// Whether two values are equal; `None` when that depends on what is unknown.
pub(super) fn equal(one: &Value, other: &Value) -> Option<bool> {
    match (&one.data, &other.data) {
        (Data::Choice(choice), _) => agreed(choice.iter().map(|alternative| equal(alternative, other))),
        (_, Data::Choice(choice)) => agreed(choice.iter().map(|alternative| equal(one, alternative))),
        (Data::Unknown(_), _) | (_, Data::Unknown(_)) => None,
        (Data::Holed(pieces), Data::Text(text)) | (Data::Text(text), Data::Holed(pieces)) => {
            if may_be(pieces, text) { None } else { Some(false) }
        }
        (Data::Holed(_), Data::Holed(_)) => None,
        (Data::Null, Data::Null) => Some(true),
        (Data::Bool(one), Data::Bool(other)) => Some(one == other),
        (Data::Text(one), Data::Text(other)) => Some(one == other),
        (Data::Number(one), Data::Number(other)) => {
            Some(match (Decimal::from_number(*one), Decimal::from_number(*other)) {
                (Some(one), Some(other)) => one == other,
                _ => one == other,
            })
        }
        (Data::List(one), Data::List(other)) => {
            if one.open.is_some() || other.open.is_some() {
                return None;
            }
            if one.items.len() != other.items.len() {
                return Some(false);
            }
            every(one.items.iter().zip(&other.items).map(|(one, other)| equal(one, other)))
        }
        (Data::Map(one), Data::Map(other)) => {
            if one.open.is_some() || other.open.is_some() {
                return None;
            }
            if one.entries.len() != other.entries.len() {
                return Some(false);
            }
            every(
                one.entries.iter().map(|(key, value)| {
                    other.entries.get(key).map_or(Some(false), |other| equal(value, other))
                }),
            )
        }
        _ => Some(false),
    }
}

fn every(answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut sofar = Some(true);
    for answer in answers {
        match answer {
            Some(false) => return Some(false),
            None => sofar = None,
            Some(true) => {}
        }
    }
    sofar
}

fn agreed(mut answers: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let first = answers.next()??;
    answers.all(|answer| answer == Some(first)).then_some(first)
}

/// Whether the holes could be filled so that the text results.
fn may_be(pieces: &[Piece], text: &str) -> bool {
    let (start, end) = (super::pieces::known_start(pieces), super::pieces::known_end(pieces));
    let fixed: usize =
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum();
    fixed <= text.len() && text.starts_with(start) && text.ends_with(end)
}

/// The elements of all arguments with one type, or nothing where an argument is unknown.
fn unified(call: &Call<'_, '_>) -> Result<Vec<Option<List>>, String> {
    let types: Vec<Type> = call
        .given
        .iter()
        .filter_map(Value::as_list)
        .flat_map(|list| list.items.iter().map(convert::type_of))
        .collect();
    let wanted = convert::unify(&types).ok_or("all sets must have elements of one type")?;
    let lists = call.given.iter().map(|arg| match &arg.data {
        Data::List(list) => {
            let items = list
                .items
                .iter()
                .map(|item| convert::convert(item, &wanted))
                .collect::<Result<Vec<_>, _>>()?;
            Ok(Some(normalise(items, list.open.clone())))
        }
        _ => Ok(None),
    });
    lists.collect()
}

fn union(call: &Call<'_, '_>) -> Answer {
    let (mut items, mut open) = (Vec::new(), None);
    for (list, arg) in unified(call)?.into_iter().zip(&call.given) {
        match list {
            Some(list) => {
                items.extend(list.items);
                open = open.or(list.open);
            }
            None => open = open.or_else(|| Some(convert::first_why(arg))),
        }
    }
    let set = normalise(items, open);
    Ok(call.make_list(set.items, set.open))
}

fn intersection(call: &Call<'_, '_>) -> Answer {
    let lists = unified(call)?;
    if lists.iter().flatten().any(|list| list.items.is_empty() && list.open.is_none()) {
        return Ok(call.make_list(Vec::new(), None));
    }
    let unknown = call.given.iter().find(|arg| !arg.is_wholly_known());
    if let Some(arg) = unknown {
        return Ok(call.unknown(arg));
    }
    let mut lists = lists.into_iter().flatten();
    let mut items = lists.next().unwrap_or_default().items;
    for list in lists {
        let keys: BTreeSet<Key> = list.items.iter().map(Key::of).collect();
        items.retain(|item| keys.contains(&Key::of(item)));
    }
    Ok(call.make_list(items, None))
}

fn subtract(call: &Call<'_, '_>) -> Answer {
    let mut lists = unified(call)?.into_iter();
    let (Some(Some(from)), Some(taken)) = (lists.next(), lists.next()) else {
        return Ok(call.unknown(call.arg(0)));
    };
    if from.items.is_empty() && from.open.is_none() {
        return Ok(call.make_list(Vec::new(), None));
    }
    let Some(taken) = taken.filter(|list| list.open.is_none()) else { return Ok(call.unknown(call.arg(1))) };
    let (mut items, mut open) = (Vec::new(), from.open.clone());
    let keys: BTreeSet<Key> = taken.items.iter().filter(|item| item.is_wholly_known()).map(Key::of).collect();
    let all_known = keys.len() == taken.items.len();
    for item in from.items {
        if item.is_wholly_known() && (all_known || keys.contains(&Key::of(&item))) {
            if !keys.contains(&Key::of(&item)) {
                items.push(item);
            }
            continue;
        }
        match agreed_absence(&item, &taken.items) {
            Some(true) => items.push(item),
            Some(false) => {}
            None => {
                open = open.or_else(|| {
                    Some(convert::first_why(if item.is_wholly_known() { call.arg(1) } else { &item }))
                })
            }
        }
    }
    Ok(call.make_list(items, open))
}

fn agreed_absence(item: &Value, taken: &[Value]) -> Option<bool> {
    let mut sofar = Some(true);
    for other in taken {
        match equal(item, other) {
            Some(true) => return Some(false),
            None => sofar = None,
            Some(false) => {}
        }
    }
    sofar
}

fn product(call: &Call<'_, '_>) -> Answer {
    if call.given.len() < 2 {
        return Err("`setproduct` needs at least two lists".to_owned());
    }
    let lists = call.given.iter().map(convert::to_list).collect::<Result<Vec<_>, _>>()?;
    if lists.iter().filter_map(Value::as_list).any(|list| list.items.is_empty() && list.open.is_none()) {
        return Ok(call.make_list(Vec::new(), None));
    }
    let mut rows: Vec<Vec<Value>> = vec![Vec::new()];
    for list in &lists {
        let Some(inner) = list.as_list().filter(|inner| inner.open.is_none()) else {
            return Ok(call.unknown(list));
        };
        if rows.len().saturating_mul(inner.items.len()) > LARGEST_PRODUCT {
            let text = format!("a product of more than {LARGEST_PRODUCT} combinations is not computed");
            return Ok(call.unknown_because(crate::value::WhyKind::Limit, text));
        }
        rows = rows
            .into_iter()
            .flat_map(|row| {
                inner.items.iter().map(move |item| {
                    let mut row = row.clone();
                    row.push(item.clone());
                    row
                })
            })
            .collect();
    }
    let rows = rows.into_iter().map(|row| call.make_list(row, None)).collect();
    Ok(call.make_list(rows, None))
}

/// Texts in the order Terraform sorts them: by bytes.
pub(super) fn by_text(one: &Value, other: &Value) -> Ordering {
    one.as_text().unwrap_or("").cmp(other.as_text().unwrap_or(""))
}
