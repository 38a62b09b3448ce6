//! The template functions that are known before deployment; the others say why they are not.

use std::sync::Arc;

use super::Template;
use super::parse::Expression;
use crate::format::cloudformation::text::{self, Pieces};
use crate::source::Span;
use crate::value::{Data, Number, Origin, Reference, Value, Why, WhyKind};

/// Whether a value is true or false, if that is known.
pub(super) fn truth(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(bool) => Some(*bool),
        Data::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Data::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

pub(super) fn call(template: &Template, name: &str, arguments: &[Expression], span: Span) -> Value {
    let origin = Origin::at(span);
    let unknown = |kind, why: String| Value::unknown(kind, why, origin.clone());
    let lower = name.to_ascii_lowercase();
    if lower == "if" {
        return branch(template, arguments, span);
    }
    let values: Vec<Value> = arguments.iter().map(|argument| template.expression(argument, span)).collect();
    let data = |data| Value::new(data, origin.clone());
    let bool = |bool: Option<bool>| match bool {
        Some(bool) => data(Data::Bool(bool)),
        None => data(Data::Unknown(first_unknown(&values))),
    };
    match (lower.as_str(), values.as_slice()) {
        ("parameters", [name]) => match name.as_text() {
            Some(name) => template.parameter(name, span),
            None => data(Data::Unknown(text::why(name))),
        },
        ("variables", [name]) => match name.as_text() {
            Some(name) => template.variable(name, span),
            None => data(Data::Unknown(text::why(name))),
        },
        ("concat", [one]) => one.clone(),
        ("concat", many) if many.iter().all(|value| value.as_list().is_some()) && !many.is_empty() => {
            let lists = || many.iter().filter_map(Value::as_list);
            let count: usize = lists().map(|list| list.items.len()).sum();
            if !template.room.take(count.saturating_mul(size_of::<Value>())) {
                return unknown(WhyKind::Limit, "the values of this template grow too large".to_owned());
            }
            Value::list(lists().flat_map(|list| list.items.iter().cloned()).collect(), origin.clone())
        }
        ("concat", many) => pieces(template, many.iter().map(Ok), span),
        ("format", [pattern, rest @ ..]) => match pattern.as_text() {
            Some(pattern) => format(template, pattern, rest, span),
            None => data(Data::Unknown(text::why(pattern))),
        },
        ("tolower" | "toupper", [one]) => match one.as_text() {
            Some(text) => {
                let text = if lower == "tolower" { text.to_lowercase() } else { text.to_uppercase() };
                Value { data: Data::Text(Arc::from(text)), ..one.clone() }
            }
            None => one.clone(),
        },
        ("string", [one]) => match text::scalar(&one.data) {
            Some(text) => Value { data: Data::Text(Arc::from(text)), ..one.clone() },
            None => one.clone(),
        },
        ("bool", [one]) => bool(truth(one)),
        ("int", [one]) => match text::scalar(&one.data).and_then(|text| text.parse().ok()) {
            Some(int) => Value { data: Data::Number(Number::Int(int)), ..one.clone() },
            None => data(Data::Unknown(text::why(one))),
        },
        ("true", []) => data(Data::Bool(true)),
        ("false", []) => data(Data::Bool(false)),
        ("null", []) => data(Data::Null),
        ("json", [one]) => match one.as_text().map(crate::syntax::node::plain) {
            Some(scalar @ (Data::Null | Data::Bool(_) | Data::Number(_))) => data(scalar),
            _ => unknown(WhyKind::Function, "`json` is evaluated at deployment".to_owned()),
        },
        ("not", [one]) => bool(truth(one).map(|bool| !bool)),
        ("and", many) => bool(fold(many, false)),
        ("or", many) => bool(fold(many, true)),
        ("equals", [left, right]) => {
            let both_known = left.is_wholly_known() && right.is_wholly_known();
            bool(both_known.then(|| match (text::scalar(&left.data), text::scalar(&right.data)) {
                (Some(left), Some(right)) => left.eq_ignore_ascii_case(&right),
                _ => left.data == right.data,
            }))
        }
        ("empty", [one]) => bool(match &one.data {
            Data::Text(text) => Some(text.is_empty()),
            Data::List(list) => {
                (list.open.is_none() || !list.items.is_empty()).then_some(list.items.is_empty())
            }
            Data::Map(map) => {
                (map.open.is_none() || !map.entries.is_empty()).then_some(map.entries.is_empty())
            }
            Data::Null => Some(true),
            _ => None,
        }),
        ("createarray", _) => Value::list(values.clone(), origin.clone()),
        ("coalesce", many) => {
            many.iter().find(|value| !value.is_null()).cloned().unwrap_or_else(|| data(Data::Null))
        }
        ("resourceid" | "subscriptionresourceid" | "extensionresourceid", many) => resource_id(many, span),
        (
            "resourcegroup" | "subscription" | "deployment" | "environment" | "tenant" | "managementgroup",
            _,
        ) => unknown(WhyKind::Outside, format!("`{name}()` is known at deployment")),
        _ if lower == "reference" || lower.starts_with("list") => {
            let mut value = unknown(WhyKind::Computed, format!("`{name}` is known after deployment"));
            value.refers = values.first().and_then(|value| value.refers.clone());
            value
        }
        // What chance, the time or a hash makes.
        ("newguid" | "guid" | "uniquestring" | "utcnow", _) => {
            unknown(WhyKind::Computed, format!("`{name}` is evaluated at deployment"))
        }
        _ => unknown(WhyKind::Function, format!("`{name}` is evaluated at deployment")),
    }
}

/// `if`: one branch when the condition is known, else both.
fn branch(template: &Template, arguments: &[Expression], span: Span) -> Value {
    let [condition, yes, no] = arguments else {
        return Value::unknown(WhyKind::Error, "`if` takes three arguments", Origin::at(span));
    };
    let condition = template.expression(condition, span);
    match truth(&condition) {
        Some(true) => template.expression(yes, span),
        Some(false) => template.expression(no, span),
        None => {
            let choices = [template.expression(yes, span), template.expression(no, span)];
            Value::new(Data::Choice(choices.into()), Origin::at(span))
        }
    }
}

/// `or` is decided by a true part, `and` by a false one.
fn fold(values: &[Value], decides: bool) -> Option<bool> {
    let truths: Vec<Option<bool>> = values.iter().map(truth).collect();
    if truths.contains(&Some(decides)) {
        return Some(decides);
    }
    (!truths.contains(&None)).then_some(!decides)
}

fn first_unknown(values: &[Value]) -> Arc<Why> {
    let found = values.iter().find(|value| !value.is_wholly_known()).map(text::why);
    found.unwrap_or_else(|| Why::new(WhyKind::Error, "it is neither true nor false"))
}

fn pieces<'a>(
    template: &Template,
    parts: impl Iterator<Item = Result<&'a Value, &'a str>>,
    span: Span,
) -> Value {
    let mut pieces = Pieces::within(&template.room);
    for part in parts {
        match part {
            Ok(value) => pieces.push_value(value),
            Err(text) => pieces.push_text(text),
        }
    }
    let (sensitive, refers) = (pieces.sensitive, pieces.refers());
    Value { sensitive, refers, ..Value::new(pieces.finish(), Origin::at(span)) }
}

/// `format('{0}-{1}', …)`.
fn format(template: &Template, pattern: &str, values: &[Value], span: Span) -> Value {
    let mut parts: Vec<Result<&Value, &str>> = Vec::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        parts.push(Err(before));
        let Some((index, behind)) = after.split_once('}') else { break };
        let index = index.split([':', ',']).next().unwrap_or("").trim().parse::<usize>().ok();
        if let Some(value) = index.and_then(|index| values.get(index)) {
            parts.push(Ok(value));
        }
        rest = behind;
    }
    parts.push(Err(rest));
    pieces(template, parts.into_iter(), span)
}

/// `resourceId('Microsoft.Storage/storageAccounts', 'name')`: refers to that resource.
fn resource_id(values: &[Value], span: Span) -> Value {
    let mut value =
        Value::unknown(WhyKind::Computed, "a resource's id is known at deployment", Origin::at(span));
    let texts: Vec<Option<&str>> = values.iter().map(Value::as_text).collect();
    let kind =
        texts.iter().position(|text| text.is_some_and(|text| text.contains('/') && text.contains('.')));
    if let Some(kind) = kind
        && let Some(names) =
            texts.get(kind..).and_then(|texts| texts.iter().copied().collect::<Option<Vec<&str>>>())
        && let [kind, names @ ..] = names.as_slice()
    {
        let address = Arc::from(format!("{kind}/{}", names.join("/")));
        value.refers = Some(Arc::new(Reference { address, attribute: Arc::from("id") }));
    }
    value
}
