//! Whether an earlier deny takes away what a rule allows.

use std::sync::Arc;

use crate::value::{Data, Value};
use crate::view::Viewed;
use crate::view::cover::covers;
use crate::view::field::int;

/// Sets `shadowed` on the allowing elements that one earlier deny covers wholly, where that can be told.
pub fn mark(viewed: &mut Viewed) {
    let shadowed: Vec<usize> = viewed
        .elements
        .items
        .iter()
        .enumerate()
        .filter(|(_, rule)| is(rule, "action", "allow"))
        .filter(|(_, rule)| viewed.elements.items.iter().any(|deny| hides(deny, rule)))
        .map(|(index, _)| index)
        .collect();
    for index in shadowed {
        if let Some(element) = viewed.elements.items.get_mut(index)
            && let Data::Map(map) = &mut element.data
            && let Some(value) = Arc::make_mut(map).entries.get_mut("shadowed")
        {
            value.data = Data::Bool(true);
        }
    }
}

fn hides(deny: &Value, rule: &Value) -> bool {
    let number = |value: &Value| value.get("priority").and_then(int);
    let earlier = matches!((number(deny), number(rule)), (Some(deny), Some(rule)) if deny < rule);
    earlier
        && is(deny, "action", "deny")
        && same(deny, rule, "direction")
        && all_covered(deny, rule, "protocol")
        && all_covered(deny, rule, "ports")
        && all_covered(deny, rule, "peers")
}

fn is(rule: &Value, field: &str, text: &str) -> bool {
    rule.get(field).and_then(Value::as_text) == Some(text)
}

fn same(left: &Value, right: &Value, field: &str) -> bool {
    let text = |value: &Value| value.get(field).and_then(Value::as_text).map(str::to_owned);
    text(left).is_some() && text(left) == text(right)
}

/// Whether every element of the rule's field is covered by some element of the deny's.
fn all_covered(deny: &Value, rule: &Value, field: &str) -> bool {
    let (Some(outer), Some(inner)) = (deny.get(field), rule.get(field)) else { return false };
    let one = |value: &Value| value.as_text().is_some_and(|text| covers(outer, text) == Some(true));
    match inner.as_list() {
        Some(list) => list.open.is_none() && list.items.iter().all(one),
        None => one(inner),
    }
}
