//! Conversions and marks: `tostring`, `tolist`, `try`, `sensitive`, and their kin.

use super::call::{ANY, Answer, Call, Function, function, holds_sensitive};
use super::convert::{self, Type};
use crate::value::{Data, List, Map, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("can", &[ANY.or_null().or_unknown()], |call| Ok(call.make_bool(true))).clearing_marks(),
    function("ephemeralasnull", &[ANY.or_null().or_unknown()], |call| Ok(call.pass(call.arg(0))))
        .keeping_marks(),
    function("issensitive", &[ANY.or_null().or_unknown()], issensitive).clearing_marks().keeping_choices(),
    function("nonsensitive", &[ANY.or_null().or_unknown()], nonsensitive).clearing_marks().keeping_choices(),
    function("sensitive", &[ANY.or_null().or_unknown()], sensitive).keeping_choices(),
    function("tobool", &[ANY.or_null().or_unknown()], |call| to(call, &Type::Bool)).keeping_marks(),
    function("tolist", &[ANY.or_null().or_unknown()], |call| through(call, convert::to_list)).keeping_marks(),
    function("tomap", &[ANY.or_null().or_unknown()], |call| through(call, convert::to_map)).keeping_marks(),
    function("tonumber", &[ANY.or_null().or_unknown()], |call| to(call, &Type::Number)).keeping_marks(),
    function("toset", &[ANY.or_null().or_unknown()], |call| through(call, convert::to_set)).keeping_marks(),
    function("tostring", &[ANY.or_null().or_unknown()], |call| to(call, &Type::Text)).keeping_marks(),
    function("try", &[ANY.or_null().or_unknown()], |call| Ok(call.pass(call.arg(0))))
        .with_rest(ANY.or_null().or_unknown())
        .keeping_choices()
        .keeping_marks(),
];

fn to(call: &Call<'_, '_>, wanted: &Type) -> Answer {
    Ok(call.pass(&convert::convert(call.arg(0), wanted)?))
}

fn through(call: &Call<'_, '_>, convert: fn(&Value) -> Answer) -> Answer {
    Ok(call.pass(&convert(call.arg(0))?))
}

fn issensitive(call: &Call<'_, '_>) -> Answer {
    Ok(call.make_bool(call.arg(0).sensitive))
}

fn sensitive(call: &Call<'_, '_>) -> Answer {
    Ok(Value { sensitive: true, ..call.pass(&bared(call.arg(0))) })
}

fn nonsensitive(call: &Call<'_, '_>) -> Answer {
    Ok(call.pass(&Value { sensitive: false, ..call.arg(0).clone() }))
}

/// Without the marks of its parts: one mark on the whole covers them.
fn bared(value: &Value) -> Value {
    if !holds_sensitive(value) {
        return value.clone();
    }
    let data = match &value.data {
        Data::List(list) => {
            let items = list.items.iter().map(bared).collect();
            Data::List(List { items, open: list.open.clone() }.into())
        }
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| (key.clone(), bared(value))).collect();
            Data::Map(Map { entries, open: map.open.clone(), header: map.header }.into())
        }
        data => data.clone(),
    };
    Value { data, sensitive: false, ..value.clone() }
}
