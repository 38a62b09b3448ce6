//! Lists: `concat`, `contains`, `element`, `flatten`, `length`, `slice`, and their kin.

use std::collections::BTreeSet;
use std::sync::Arc;

use unicode_segmentation::UnicodeSegmentation;

use super::call::{ANY, Answer, BOOLS, Call, Function, LIST, NUMBER, TEXTS, function};
use super::convert::{self, Type};
use super::set::{Key, by_text, equal};
use crate::value::{Data, List, Value, Why};

pub(super) const FUNCTIONS: &[Function] = &[
    function("alltrue", &[BOOLS.or_unknown()], |call| settled(call, false)),
    function("anytrue", &[BOOLS.or_unknown()], |call| settled(call, true)),
    function("chunklist", &[LIST.or_unknown(), NUMBER], chunklist).keeping_marks(),
    function("coalesce", &[], coalesce).with_rest(ANY.or_null().or_unknown()),
    function("coalescelist", &[], coalescelist).with_rest(ANY.or_null().or_unknown()),
    function("compact", &[TEXTS.or_unknown()], compact),
    function("concat", &[], concat).with_rest(ANY.or_unknown()).keeping_marks(),
    function("contains", &[ANY.or_unknown(), ANY.or_unknown()], contains),
    function("distinct", &[LIST.or_unknown()], distinct),
    function("element", &[ANY.or_unknown(), NUMBER.or_unknown()], element).keeping_marks(),
    function("flatten", &[ANY.or_unknown()], flatten).keeping_marks(),
    function("index", &[ANY.or_unknown(), ANY.or_unknown()], index),
    function("length", &[ANY.or_unknown()], length).keeping_marks(),
    function("matchkeys", &[LIST.or_unknown(), LIST.or_unknown(), LIST.or_unknown()], matchkeys),
    function("one", &[ANY.or_unknown()], one).keeping_marks(),
    function("reverse", &[ANY.or_unknown()], reverse).keeping_marks(),
    function("slice", &[ANY.or_unknown(), NUMBER, NUMBER], slice).keeping_marks(),
    function("sort", &[TEXTS.or_unknown()], sort),
];

/// Most alternatives that an unknown position or key is spelled out into.
pub(super) const SPELLED_OUT: usize = 8;

/// The list an argument is: `Ok(Err)` when it is unknown, an error when it is something else.
fn list_of<'v>(call: &Call<'_, '_>, value: &'v Value) -> Result<Result<&'v List, Arc<Why>>, String> {
    match &value.data {
        Data::List(list) => Ok(Ok(list)),
        Data::Unknown(_) | Data::Choice(_) => Ok(Err(convert::first_why(value))),
        _ => Err(format!("`{}` needs a list, not {}", call.function.name, convert::kind(value))),
    }
}

/// `alltrue` is settled by one false, `anytrue` by one true.
fn settled(call: &Call<'_, '_>, by: bool) -> Answer {
    let Some(list) = call.list(0) else { return Ok(call.unknown(call.arg(0))) };
    let mut unknown = list.open.clone();
    for item in &list.items {
        match &item.data {
            Data::Bool(bool) if *bool == by => return Ok(call.make_bool(by)),
            Data::Bool(_) => {}
            Data::Null if !by => return Ok(call.make_bool(false)),
            Data::Null => {}
            _ => unknown = unknown.or_else(|| Some(convert::first_why(item))),
        }
    }
    Ok(match unknown {
        Some(why) => call.make(Data::Unknown(why)),
        None => call.make_bool(!by),
    })
}

fn chunklist(call: &Call<'_, '_>) -> Answer {
    let size = call.integer(1)?;
    let size = usize::try_from(size)
        .map_err(|_| format!("the size of a chunk must not be negative, as `{size}` is"))?;
    let Some(list) = call.list(0).filter(|list| list.open.is_none()) else {
        return Ok(call.unknown(call.arg(0)));
    };
    if list.items.is_empty() {
        return Ok(call.make_list(Vec::new(), None));
    }
    let size = if size == 0 { list.items.len() } else { size };
    let chunks = list.items.chunks(size).map(|chunk| call.make_list(chunk.to_vec(), None)).collect();
    Ok(call.make_list(chunks, None))
}

fn coalesce(call: &Call<'_, '_>) -> Answer {
    let types: Vec<Type> = call.given.iter().map(convert::type_of).collect();
    let wanted = common(&types).ok_or("all arguments of `coalesce` must have one type")?;
    for arg in &call.given {
        let value = convert::convert(arg, &wanted)?;
        match &value.data {
            Data::Null => {}
            Data::Text(text) if text.is_empty() && wanted == Type::Text => {}
            Data::Holed(pieces)
                if pieces.iter().all(|piece| matches!(piece, crate::value::Piece::Hole(_))) =>
            {
                return Ok(call.unknown(arg));
            }
            Data::Unknown(_) => return Ok(call.unknown(arg)),
            _ => return Ok(call.pass(&value)),
        }
    }
    Err("no argument of `coalesce` is other than null or an empty string".to_owned())
}

/// The type that `coalesce` converts to. A null or unknown argument may have any type, so beside it lists or maps
/// need none in common, unless there are both.
fn common(types: &[Type]) -> Option<Type> {
    let lists = types.iter().any(|one| matches!(one, Type::Tuple(_)));
    let maps = types.iter().any(|one| matches!(one, Type::Object(_)));
    match types.contains(&Type::Any) {
        true if lists && maps => None,
        true if lists || maps => Some(Type::Any),
        true => convert::unify(types).or(Some(Type::Any)),
        false => convert::unify(types),
    }
}

fn coalescelist(call: &Call<'_, '_>) -> Answer {
    if call.given.is_empty() {
        return Err("`coalescelist` needs at least one list".to_owned());
    }
    for arg in &call.given {
        if !arg.is_null() && !matches!(arg.data, Data::List(_) | Data::Unknown(_)) {
            return Err(format!("`coalescelist` needs lists, not {}", convert::kind(arg)));
        }
    }
    for arg in &call.given {
        match &arg.data {
            Data::List(list) if !list.items.is_empty() => return Ok(call.pass(arg)),
            Data::List(list) if list.open.is_none() => {}
            Data::Null => {}
            _ => return Ok(call.unknown(arg)),
        }
    }
    Err("every argument of `coalescelist` is null or empty".to_owned())
}

fn compact(call: &Call<'_, '_>) -> Answer {
    let Some(list) = call.list(0) else { return Ok(call.unknown(call.arg(0))) };
    let (mut items, mut open) = (Vec::new(), list.open.clone());
    for item in &list.items {
        match &item.data {
            Data::Null => {}
            Data::Text(text) if text.is_empty() => {}
            Data::Text(_) => items.push(item.clone()),
            Data::Holed(pieces)
                if pieces.iter().any(|piece| matches!(piece, crate::value::Piece::Text(_))) =>
            {
                items.push(item.clone())
            }
            _ => {
                // It may be empty and fall away, so the number of elements is no longer known.
                open = open.or_else(|| Some(convert::first_why(item)));
                items.push(item.clone());
            }
        }
    }
    Ok(call.make_list(items, open))
}

fn concat(call: &Call<'_, '_>) -> Answer {
    if call.given.is_empty() {
        return Err("`concat` needs at least one list".to_owned());
    }
    let (mut items, mut open) = (Vec::new(), None);
    for arg in &call.given {
        match list_of(call, arg)? {
            Ok(list) => {
                items.extend(list.items.iter().cloned());
                open = open.or_else(|| list.open.clone());
            }
            Err(why) => open = open.or(Some(why)),
        }
    }
    Ok(call.make_list(items, open))
}

fn contains(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    let mut unknown = list.open.clone();
    for item in &list.items {
        match equal(item, call.arg(1)) {
            Some(true) => return Ok(call.make_bool(true)),
            Some(false) => {}
            None => {
                unknown = Some(convert::first_why(if item.is_wholly_known() { call.arg(1) } else { item }))
            }
        }
    }
    Ok(match unknown {
        Some(why) => call.make(Data::Unknown(why)),
        None => call.make_bool(false),
    })
}

fn distinct(call: &Call<'_, '_>) -> Answer {
    let Some(list) = call.list(0) else { return Ok(call.unknown(call.arg(0))) };
    let (mut items, mut open): (Vec<Value>, _) = (Vec::new(), list.open.clone());
    let mut seen = BTreeSet::new();
    let mut all_known = true;
    for item in &list.items {
        all_known &= item.is_wholly_known();
        if all_known {
            if seen.insert(Key::of(item)) {
                items.push(item.clone());
            }
            continue;
        }
        let answers: Vec<_> = items.iter().map(|other| equal(item, other)).collect();
        if answers.contains(&Some(true)) {
            continue;
        }
        if answers.contains(&None) {
            open = open.or_else(|| Some(convert::first_why(call.arg(0))));
        }
        items.push(item.clone());
    }
    Ok(call.make_list(items, open))
}

fn element(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    if list.open.is_some() {
        return Ok(call.unknown(call.arg(0)));
    }
    let count = list.items.len();
    if count == 0 {
        return Err("an empty list has no element".to_owned());
    }
    if !call.arg(1).is_wholly_known() {
        if count <= SPELLED_OUT {
            return Ok(call.choose(list.items.iter().map(|item| call.pass(item)).collect()));
        }
        return Ok(call.unknown(call.arg(1)));
    }
    let index = call.integer(1)?;
    let wrapped = usize::try_from(index % count as i64)
        .map_err(|_| format!("an index must not be negative, as `{index}` is"))?;
    list.items.get(wrapped).map(|item| call.pass(item)).ok_or_else(|| "no such element".to_owned())
}

fn flatten(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    let (mut items, mut open) = (Vec::new(), None);
    flatten_into(list, &mut items, &mut open);
    let sensitive = call.arg(0).as_list().is_some_and(inner_list_sensitive);
    let value = call.make_list(items, open);
    Ok(Value { sensitive, ..value })
}

fn flatten_into(list: &List, items: &mut Vec<Value>, open: &mut Option<Arc<Why>>) {
    if open.is_none() {
        open.clone_from(&list.open);
    }
    for item in &list.items {
        match &item.data {
            Data::List(inner) => flatten_into(inner, items, open),
            Data::Unknown(_) | Data::Choice(_) => {
                // It may be a list itself, of any length.
                if open.is_none() {
                    *open = Some(convert::first_why(item));
                }
                items.push(item.clone());
            }
            _ => items.push(item.clone()),
        }
    }
}

fn inner_list_sensitive(list: &List) -> bool {
    list.items
        .iter()
        .any(|item| item.as_list().is_some_and(|inner| item.sensitive || inner_list_sensitive(inner)))
}

fn index(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    if list.open.is_some() {
        return Ok(call.unknown(call.arg(0)));
    }
    for (at, item) in list.items.iter().enumerate() {
        match equal(item, call.arg(1)) {
            Some(true) => return Ok(call.make_count(at)),
            Some(false) => {}
            None => return Ok(call.unknown(if item.is_wholly_known() { call.arg(1) } else { item })),
        }
    }
    Err(format!("the list does not contain {}", quoted(call.arg(1))))
}

fn quoted(value: &Value) -> String {
    format!("`{}`", convert::shown(value))
}

fn length(call: &Call<'_, '_>) -> Answer {
    match &call.arg(0).data {
        Data::Text(text) => Ok(call.make_count(text.graphemes(true).count())),
        Data::List(list) if list.open.is_none() => Ok(call.make_count(list.items.len())),
        Data::Map(map) if map.open.is_none() => Ok(call.make_count(map.entries.len())),
        Data::Null | Data::Bool(_) | Data::Number(_) => {
            Err(format!("`length` needs a string, a list or a map, not {}", convert::kind(call.arg(0))))
        }
        _ => Ok(call.unknown(call.arg(0))),
    }
}

fn matchkeys(call: &Call<'_, '_>) -> Answer {
    let (Some(values), Some(keys)) = (call.list(0), call.list(1)) else {
        return Ok(call.unknown(if call.list(0).is_none() { call.arg(0) } else { call.arg(1) }));
    };
    if values.open.is_none() && keys.open.is_none() && values.items.len() != keys.items.len() {
        return Err("`matchkeys` needs as many keys as values".to_owned());
    }
    if let Some(arg) = [call.arg(1), call.arg(2)].into_iter().find(|arg| !arg.is_wholly_known()) {
        return Ok(call.unknown(arg));
    }
    if values.open.is_some() {
        return Ok(call.unknown(call.arg(0)));
    }
    let types: Vec<Type> = keys.items.iter().chain(call.items(2)).map(convert::type_of).collect();
    let wanted = convert::unify(&types).ok_or("the keys and the search set must have one type")?;
    let searched = call.items(2).iter().map(|item| Ok(Key::of(&convert::convert(item, &wanted)?)));
    let searched = searched.collect::<Result<BTreeSet<Key>, String>>()?;
    let mut items = Vec::new();
    for (value, key) in values.items.iter().zip(&keys.items) {
        let key = convert::convert(key, &wanted)?;
        if searched.contains(&Key::of(&key)) {
            items.push(value.clone());
        }
    }
    Ok(call.make_list(items, None))
}

fn one(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    match list.items.as_slice() {
        _ if list.open.is_some() => Ok(call.unknown(call.arg(0))),
        [] => Ok(call.make(Data::Null)),
        [item] => Ok(call.pass(item)),
        _ => Err("`one` needs a list with one element or none".to_owned()),
    }
}

fn reverse(call: &Call<'_, '_>) -> Answer {
    match list_of(call, call.arg(0))? {
        Ok(list) => Ok(call.make_list(list.items.iter().rev().cloned().collect(), list.open.clone())),
        Err(why) => Ok(call.make(Data::Unknown(why))),
    }
}

fn slice(call: &Call<'_, '_>) -> Answer {
    let list = match list_of(call, call.arg(0))? {
        Ok(list) => list,
        Err(why) => return Ok(call.make(Data::Unknown(why))),
    };
    let (start, end) = (call.integer(1)?, call.integer(2)?);
    if start < 0 || end < start {
        return Err(format!("there is no slice from `{start}` to `{end}`"));
    }
    if list.open.is_some() {
        return Ok(call.unknown(call.arg(0)));
    }
    match list.items.get(start as usize..end as usize) {
        Some(items) => Ok(call.make_list(items.to_vec(), None)),
        None => Err(format!(
            "the slice from `{start}` to `{end}` leaves the list, which has {} elements",
            list.items.len()
        )),
    }
}

fn sort(call: &Call<'_, '_>) -> Answer {
    let Some(list) = call.list(0) else { return Ok(call.unknown(call.arg(0))) };
    if list.items.iter().any(Value::is_null) {
        return Err("a null cannot be sorted".to_owned());
    }
    let (mut items, mut unknown): (Vec<Value>, Vec<Value>) =
        list.items.iter().cloned().partition(|item| item.as_text().is_some());
    items.sort_by(by_text);
    let open = list
        .open
        .clone()
        .or_else(|| unknown.first().filter(|_| list.items.len() > 1).map(convert::first_why));
    items.append(&mut unknown);
    Ok(call.make_list(items, open))
}
