//! Operators, three-valued: an unknown operand matters only where the other leaves it a say.

use std::cmp::Ordering;
use std::sync::Arc;

use super::arithmetic::{Sum, calculate, order};
use super::convert;
use super::expression::{MOST_CHOICES, choice, error, undecided, unknown, why_of};
use crate::source::Span;
use crate::syntax::hcl::{Binary, Unary};
use crate::value::{Data, Number, Origin, Piece, Shape, Value, Why, WhyKind};

pub(super) fn unary(operator: Unary, operand: &Value, span: Span) -> Value {
    if let Data::Choice(values) = &operand.data {
        return choice(values.iter().map(|value| unary(operator, value, span)).collect(), &undecided(), span);
    }
    let mut value = match operator {
        Unary::Not => match convert::to_bool(operand).data {
            Data::Bool(bool) => Value::bool(!bool, Origin::at(span)),
            data => unknown(&why_of(&data, "`!` needs a truth value"), span),
        },
        Unary::Minus => match convert::to_number(operand).data {
            Data::Number(Number::Int(int)) => Value::number(int.saturating_neg(), Origin::at(span)),
            Data::Number(Number::Float(float)) => Value::number(-float, Origin::at(span)),
            data => unknown(&why_of(&data, "`-` needs a number"), span),
        },
    };
    value.sensitive = operand.sensitive;
    value
}

pub(super) fn binary(operator: Binary, left: &Value, right: &Value, span: Span) -> Value {
    let alternatives = |value: &Value| match &value.data {
        Data::Choice(values) => values.to_vec(),
        _ => vec![value.clone()],
    };
    let mut value = if matches!(left.data, Data::Choice(_)) || matches!(right.data, Data::Choice(_)) {
        let (lefts, rights) = (alternatives(left), alternatives(right));
        if lefts.len() * rights.len() > MOST_CHOICES * 2 {
            unknown(&undecided(), span)
        } else {
            let all = lefts
                .iter()
                .flat_map(|left| rights.iter().map(move |right| apply(operator, left, right, span)));
            choice(all.collect(), &undecided(), span)
        }
    } else {
        apply(operator, left, right, span)
    };
    value.sensitive = left.sensitive || right.sensitive;
    value
}

fn apply(operator: Binary, left: &Value, right: &Value, span: Span) -> Value {
    let truth = |bool| Value::bool(bool, Origin::at(span));
    match operator {
        Binary::Or | Binary::And => {
            let decisive = operator == Binary::Or;
            let (left, right) = (convert::to_bool(left).data, convert::to_bool(right).data);
            match (&left, &right) {
                (Data::Bool(a), Data::Bool(b)) => truth(if decisive { *a || *b } else { *a && *b }),
                (Data::Unknown(why), _) if why.kind == WhyKind::Error => unknown(why, span),
                // Since 1.12 the right side is not looked at then; before, it makes the whole wrong.
                (Data::Bool(one), Data::Unknown(why)) if *one == decisive && why.kind == WhyKind::Error => {
                    let text =
                        format!("whether the right side counts depends on Terraform's version: {}", why.text);
                    unknown(&Why::new(WhyKind::Limit, text), span)
                }
                (Data::Bool(one), _) | (_, Data::Bool(one)) if *one == decisive => truth(decisive),
                (Data::Bool(_), other) | (other, _) => {
                    unknown(&why_of(other, "a truth value was expected"), span)
                }
            }
        }
        Binary::Equal | Binary::NotEqual => match equal(left, right) {
            Ok(same) => truth(same == (operator == Binary::Equal)),
            Err(why) => unknown(&why, span),
        },
        _ => {
            let (left, right) = (convert::to_number(left).data, convert::to_number(right).data);
            let (a, b) = match (left, right) {
                (Data::Number(a), Data::Number(b)) => (a, b),
                (Data::Number(_), other) | (other, _) => {
                    return unknown(&why_of(&other, "a number was expected"), span);
                }
            };
            let compared = |wanted: fn(Ordering) -> bool| match order(a, b) {
                Some(order) => truth(wanted(order)),
                None => unknown(&lost(), span),
            };
            match operator {
                Binary::Less => compared(Ordering::is_lt),
                Binary::LessEqual => compared(Ordering::is_le),
                Binary::Greater => compared(Ordering::is_gt),
                Binary::GreaterEqual => compared(Ordering::is_ge),
                _ => arithmetic(operator, a, b, span),
            }
        }
    }
}

fn lost() -> Arc<Why> {
    Why::new(WhyKind::Limit, "the number has more digits than are kept here")
}

fn arithmetic(operator: Binary, a: Number, b: Number, span: Span) -> Value {
    match calculate(operator, a, b) {
        Sum::Number(number) => Value::number(number, Origin::at(span)),
        Sum::Lost => unknown(&lost(), span),
        Sum::Wrong => error("division by zero", span),
    }
}

/// Whether two values are equal as `==` has it: no conversion between types.
///
/// # Errors
/// Why it cannot be told.
fn equal(left: &Value, right: &Value) -> Result<bool, Arc<Why>> {
    let same = alike(left, right)?;
    match (left.shape, right.shape) {
        _ if !same || !matches!(left.data, Data::List(_) | Data::Map(_)) => Ok(same),
        // Of an empty one, what its elements would be is not seen any more.
        (Shape::Unsure, _) | (_, Shape::Unsure) | (Shape::Typed, Shape::Typed)
            if left.shape != Shape::Typed || right.shape != Shape::Typed || is_empty(left) =>
        {
            Err(Why::new(WhyKind::Limit, "whether the two have one type is not known here"))
        }
        (one, other) => Ok(one == other),
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_list().is_some_and(|list| list.items.is_empty())
        || value.as_map().is_some_and(|map| map.entries.is_empty())
}

/// Whether the contents are equal, whatever the types of collections.
fn alike(left: &Value, right: &Value) -> Result<bool, Arc<Why>> {
    match (&left.data, &right.data) {
        (Data::Unknown(why), _) | (_, Data::Unknown(why)) => Err(why.clone()),
        (Data::Choice(_), _) | (_, Data::Choice(_)) => Err(undecided()),
        (Data::Holed(pieces), Data::Text(text)) | (Data::Text(text), Data::Holed(pieces)) => {
            if could_be(pieces, text) { Err(why_of(&Data::Holed(pieces.clone()), "")) } else { Ok(false) }
        }
        (Data::Holed(_), Data::Holed(_)) => Err(why_of(&left.data, "")),
        (Data::Null, Data::Null) => Ok(true),
        (Data::Bool(a), Data::Bool(b)) => Ok(a == b),
        (Data::Number(a), Data::Number(b)) => order(*a, *b).map(Ordering::is_eq).ok_or_else(lost),
        (Data::Text(a), Data::Text(b)) => Ok(a == b),
        (Data::List(a), Data::List(b)) => {
            if Arc::ptr_eq(a, b) && left.is_wholly_known() {
                return Ok(true);
            }
            if let Some(why) = a.open.as_ref().or(b.open.as_ref()) {
                return Err(why.clone());
            }
            if a.items.len() != b.items.len() {
                return Ok(false);
            }
            all_alike(a.items.iter().zip(&b.items))
        }
        (Data::Map(a), Data::Map(b)) => {
            if let Some(why) = a.open.as_ref().or(b.open.as_ref()) {
                return Err(why.clone());
            }
            if a.entries.len() != b.entries.len() || a.entries.keys().any(|key| !b.entries.contains_key(key))
            {
                return Ok(false);
            }
            all_alike(a.entries.iter().filter_map(|(key, value)| Some((value, b.entries.get(key)?))))
        }
        _ => Ok(false),
    }
}

fn all_alike<'v>(pairs: impl Iterator<Item = (&'v Value, &'v Value)>) -> Result<bool, Arc<Why>> {
    let mut doubt = None;
    for (a, b) in pairs {
        match alike(a, b) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => doubt = Some(why),
        }
    }
    doubt.map_or(Ok(true), Err)
}

/// Whether a string with holes may turn out to be this text: its known beginning and end must fit.
fn could_be(pieces: &[Piece], text: &str) -> bool {
    let literal = |piece: Option<&Piece>| match piece {
        Some(Piece::Text(text)) => Arc::clone(text),
        _ => "".into(),
    };
    let (first, last) = (literal(pieces.first()), literal(pieces.last()));
    let length: usize =
        pieces.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum();
    text.starts_with(&*first) && text.ends_with(&*last) && text.len() >= length
}

/// Whether two values are known and the same, whatever their origins.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    match (&a.data, &b.data) {
        (Data::Unknown(a), Data::Unknown(b)) => a == b,
        (Data::Holed(a), Data::Holed(b)) => a == b,
        _ => matches!(alike(a, b), Ok(true)),
    }
}
