//! Statements that deny everyone but some: a policy can allow `*` and refuse who does not belong.

use std::sync::Arc;

use super::{Form, Narrow, compared, is_demanded, says_false, values};
use crate::value::{Data, List, Value};
use crate::view::cover::{glob, text_covers};

/// Whether a statement that denies leaves only some callers or networks of what another allows.
pub fn refused(allowing: &Value, denying: &Value) -> Narrow {
    let is_deny = denying.get("effect").and_then(Value::as_text).is_some_and(|text| text == "Deny");
    if !is_deny || !includes(allowing, denying, "actions") || !includes(allowing, denying, "resources") {
        return Narrow::No;
    }
    let list = |field: &str| denying.get(field).and_then(Value::as_list);
    let (Some(principals), Some(conditions)) = (list("principals"), list("conditions")) else {
        return Narrow::No;
    };
    if !principals.items.iter().any(|name| name.as_text().is_some_and(|name| text_covers(name, "everyone"))) {
        return Narrow::No;
    }
    if conditions.items.is_empty() && conditions.open.is_none() {
        // Everyone is denied, or everyone but those it names.
        return Narrow::Yes;
    }
    // It denies where all conditions hold, so it lets through where one of them does not.
    let each = conditions.items.iter().map(|condition| refuses(condition, conditions));
    let all = each.fold(Narrow::Yes, Narrow::and);
    match &conditions.open {
        Some(why) => all.and(Narrow::Unknown(Arc::clone(why))),
        None => all,
    }
}

/// Whether those a condition of a denial does not hold for are only some.
fn refuses(condition: &Value, all: &List) -> Narrow {
    let (key, operator) = match compared(condition) {
        Ok(compared) => compared,
        Err(narrow) => return narrow,
    };
    let is_present = key.always || is_demanded(key.name, all);
    if key.form == Form::True {
        // Where the key is missing, `Bool` alone denies nothing.
        let is_false = condition.get("values").and_then(Value::as_list).is_some_and(|list| {
            !list.items.is_empty() && list.open.is_none() && list.items.iter().all(says_false)
        });
        return Narrow::of(operator.name == "bool" && is_false && (operator.if_exists || is_present));
    }
    // A negated operator holds where the key is missing, but not for any of its values.
    if !operator.refuses() || operator.for_any && !operator.if_exists && !is_present {
        return Narrow::No;
    }
    values(condition, key)
}

/// Whether what one statement speaks of is part of what the other does.
fn includes(inner: &Value, outer: &Value, field: &str) -> bool {
    let list = |statement: &Value| statement.get(field).and_then(Value::as_list).cloned().unwrap_or_default();
    let is_complement = outer
        .get("inverted")
        .and_then(Value::as_list)
        .is_some_and(|names| names.items.iter().any(|name| name.as_text() == Some(field)));
    let (inner, outer) = (list(inner), list(outer));
    if inner.open.is_some() || is_complement {
        return false;
    }
    let part = |one: &Value| outer.items.iter().any(|whole| covers(whole, one));
    inner.items.iter().all(part)
}

fn covers(whole: &Value, part: &Value) -> bool {
    match (&whole.data, &part.data) {
        (Data::Text(whole), Data::Text(part)) => glob(&whole.to_lowercase(), &part.to_lowercase()),
        (Data::Text(whole), _) => &**whole == "*",
        // Another resource's attribute is the same wherever it is named.
        (Data::Unknown(_), Data::Unknown(_)) => whole.refers.is_some() && whole.refers == part.refers,
        (whole, part) => whole == part,
    }
}
