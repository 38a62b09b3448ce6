//! Maps: `keys`, `lookup`, `merge`, `transpose`, `values`, `zipmap`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::{ANY, Answer, Call, Function, TEXT, TEXT_LISTS, TEXTS, function};
use super::collection::SPELLED_OUT;
use super::convert;
use crate::value::{Data, Map, Value, Why};

pub(super) const FUNCTIONS: &[Function] = &[
    function("keys", &[ANY.or_unknown()], keys).keeping_marks(),
    function("lookup", &[ANY.or_unknown(), TEXT.or_unknown()], lookup)
        .with_rest(ANY.or_null().or_unknown())
        .keeping_marks(),
    function("merge", &[], merge).with_rest(ANY.or_null().or_unknown()).keeping_marks(),
    function("transpose", &[TEXT_LISTS], transpose),
    function("values", &[ANY.or_unknown()], values).keeping_marks(),
    function("zipmap", &[TEXTS.or_unknown(), ANY.or_unknown()], zipmap).keeping_marks(),
];

/// The map an argument is: `Ok(Err)` when it is unknown, an error when it is something else.
fn map_of<'v>(call: &Call<'_, '_>, value: &'v Value) -> Result<Result<&'v Map, Arc<Why>>, String> {
    match &value.data {
        Data::Map(map) => Ok(Ok(map)),
        Data::Unknown(_) | Data::Choice(_) => Ok(Err(convert::first_why(value))),
        _ => Err(format!("`{}` needs a map, not {}", call.function.name, convert::kind(value))),
    }
}

fn sorted(map: &Map) -> Vec<(&Arc<str>, &Value)> {
    let mut entries: Vec<_> = map.entries.iter().collect();
    entries.sort_by(|one, other| one.0.cmp(other.0));
    entries
}

fn keys(call: &Call<'_, '_>) -> Answer {
    match map_of(call, call.arg(0))? {
        Ok(map) => {
            let keys = sorted(map).into_iter().map(|(key, _)| call.make(Data::Text(key.clone()))).collect();
            Ok(call.make_list(keys, map.open.clone()))
        }
        Err(why) => Ok(call.make(Data::Unknown(why))),
    }
}

fn values(call: &Call<'_, '_>) -> Answer {
    match map_of(call, call.arg(0))? {
        Ok(map) => {
            let values = sorted(map).into_iter().map(|(_, value)| value.clone()).collect();
            Ok(call.make_list(values, map.open.clone()))
        }
        Err(why) => Ok(call.make(Data::Unknown(why))),
    }
}

fn lookup(call: &Call<'_, '_>) -> Answer {
    let default = match call.given.len() {
        2 => None,
        3 => Some(call.arg(2)),
        count => return Err(format!("`lookup` takes two or three arguments, {count} given")),
    };
    let map = match map_of(call, call.arg(0))? {
        Ok(map) => map,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    let Some(key) = call.arg(1).as_text() else {
        let alternatives: Vec<Value> =
            map.entries.values().chain(default).map(|value| call.pass(value)).collect();
        let listed = map.open.is_none() && (1..=SPELLED_OUT).contains(&alternatives.len());
        return Ok(if listed { call.choose(alternatives) } else { call.unknown(call.arg(1)) });
    };
    match (map.entries.get(key), default) {
        (Some(value), _) => Ok(call.pass(value)),
        (None, _) if map.open.is_some() => Ok(call.unknown(call.arg(0))),
        (None, Some(default)) => Ok(call.pass(default)),
        (None, None) => Err(format!("the map has no key `{}`", convert::shown(call.arg(1)))),
    }
}

fn merge(call: &Call<'_, '_>) -> Answer {
    let mut merged = Map::default();
    for arg in &call.given {
        if arg.is_null() {
            continue;
        }
        let map = match map_of(call, arg)? {
            Ok(map) => map,
            Err(why) => {
                shadow(&mut merged, &Map::default(), &why);
                continue;
            }
        };
        if let Some(why) = &map.open {
            shadow(&mut merged, map, why);
        }
        for (key, value) in &map.entries {
            merged.entries.insert(key.clone(), value.clone());
        }
        merged.header = merged.header.or(map.header);
    }
    Ok(call.make_map(merged))
}

/// Entries so far may be overridden by what is not known of the next map.
fn shadow(merged: &mut Map, by: &Map, why: &Arc<Why>) {
    for (key, value) in &mut merged.entries {
        if by.entries.contains_key(key) || matches!(value.data, Data::Unknown(_)) {
            continue;
        }
        let other = Value::new(Data::Unknown(why.clone()), value.origin.clone());
        let data = Data::Choice([value.clone(), other].into());
        *value = Value { data, ..value.clone() };
    }
    merged.open.get_or_insert_with(|| why.clone());
}

fn transpose(call: &Call<'_, '_>) -> Answer {
    let mut turned: BTreeMap<Arc<str>, Vec<String>> = BTreeMap::new();
    let empty = Map::default();
    for (key, value) in &call.map(0).unwrap_or(&empty).entries {
        let Some(list) = value.as_list() else {
            return Err("`transpose` needs lists of strings, not null".to_owned());
        };
        for item in &list.items {
            let Some(text) = item.as_text() else {
                return Err("`transpose` needs strings, not null".to_owned());
            };
            turned.entry(text.into()).or_default().push(key.to_string());
        }
    }
    let entries = turned.into_iter().map(|(key, mut texts)| {
        texts.sort();
        (key, call.make_texts(texts))
    });
    Ok(call.make_map(Map { entries: entries.collect(), ..Map::default() }))
}

fn zipmap(call: &Call<'_, '_>) -> Answer {
    let Some(keys) = call.list(0).filter(|keys| keys.open.is_none()) else {
        return Ok(call.unknown(call.arg(0)));
    };
    let values = match &call.arg(1).data {
        Data::List(list) => Some(list),
        Data::Unknown(_) => None,
        _ => return Err(format!("`zipmap` needs a list of values, not {}", convert::kind(call.arg(1)))),
    };
    let closed = values.filter(|list| list.open.is_none());
    if closed.is_some_and(|list| list.items.len() != keys.items.len()) {
        return Err("`zipmap` needs as many values as keys".to_owned());
    }
    let mut map = Map::default();
    for (at, key) in keys.items.iter().enumerate() {
        let text = match &key.data {
            Data::Text(text) => text.clone(),
            Data::Null => return Err("a key must not be null".to_owned()),
            _ => {
                map.open = Some(convert::first_why(key));
                continue;
            }
        };
        let value = closed.and_then(|list| list.items.get(at)).cloned();
        map.entries.insert(text, value.unwrap_or_else(|| call.unknown(call.arg(1))));
    }
    let value = call.make_map(map);
    Ok(Value { sensitive: keys.items.iter().any(|key| key.sensitive), ..value })
}
