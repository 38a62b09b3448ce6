//! Numbers: exact in decimal where they are written in up to fifteen digits, else a double that is known to have
//! lost some. Terraform has 512 bits; what would hang on those is not known here.

use std::cmp::Ordering;

use super::functions::decimal::Decimal;
use crate::syntax::hcl::Binary;
use crate::value::Number;

/// Digits that a double keeps of any decimal.
const KEPT: usize = 15;

/// What an operation comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Sum {
    Number(Number),
    /// Terraform knows more digits than are kept here, or it is infinite.
    Lost,
    /// Terraform refuses it.
    Wrong,
}

/// Whether the digits are all that there are of the number.
pub(super) fn is_exact(number: Number) -> bool {
    match number {
        Number::Int(_) => true,
        Number::Float(float) => digits(float) <= KEPT,
    }
}

/// The significant digits of the shortest decimal that is this double.
fn digits(float: f64) -> usize {
    let written = format!("{float:e}");
    let mantissa = written.split('e').next().unwrap_or("");
    mantissa.bytes().filter(u8::is_ascii_digit).count()
}

fn exact(number: Number) -> Option<Decimal> {
    if is_exact(number) { Decimal::from_number(number) } else { None }
}

/// How two numbers compare; `None` when that hangs on lost digits.
pub(super) fn order(a: Number, b: Number) -> Option<Ordering> {
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        return Some(a.cmp(&b));
    }
    match (exact(a), exact(b)) {
        (Some(a), Some(b)) => Some(a.compare(&b)),
        _ => {
            let (a, b) = (a.as_f64(), b.as_f64());
            let apart = (a - b).abs() > 1e-12 * a.abs().max(b.abs());
            a.partial_cmp(&b).filter(|_| apart)
        }
    }
}

pub(super) fn calculate(operator: Binary, a: Number, b: Number) -> Sum {
    let is_zero = |number: Number| number.as_f64() == 0.0;
    if is_zero(b) && matches!(operator, Binary::Divide | Binary::Remainder) {
        return if is_zero(a) && operator == Binary::Divide { Sum::Wrong } else { Sum::Lost };
    }
    if let (Number::Int(a), Number::Int(b)) = (a, b) {
        let whole = match operator {
            Binary::Add => a.checked_add(b),
            Binary::Subtract => a.checked_sub(b),
            Binary::Multiply => a.checked_mul(b),
            Binary::Divide if a.checked_rem(b) == Some(0) => a.checked_div(b),
            Binary::Remainder => a.checked_rem(b),
            _ => None,
        };
        if let Some(whole) = whole {
            return Sum::Number(Number::Int(whole));
        }
    }
    let (Some(left), Some(right)) = (exact(a), exact(b)) else {
        return rough(operator, a.as_f64(), b.as_f64());
    };
    let (result, whole) = match operator {
        Binary::Add => (left.add(&right), true),
        Binary::Subtract => (left.add(&right.negated()), true),
        Binary::Multiply => (left.multiply(&right), true),
        Binary::Divide => match left.divide(&right) {
            Some(quotient) => quotient,
            None => return Sum::Lost,
        },
        _ => match left.remainder(&right) {
            Some(rest) => (rest, true),
            None => return Sum::Lost,
        },
    };
    match result.to_number() {
        Some(number @ Number::Int(_)) if whole => Sum::Number(number),
        Some(number) => {
            let faithful = whole && Decimal::from_number(number).is_some_and(|back| back == result);
            // What lost digits must not look as if it had none.
            if faithful || !is_exact(number) { Sum::Number(number) } else { Sum::Lost }
        }
        None => Sum::Lost,
    }
}

/// With a number that has lost digits already.
fn rough(operator: Binary, a: f64, b: f64) -> Sum {
    let result = match operator {
        Binary::Add => a + b,
        Binary::Subtract => a - b,
        Binary::Multiply => a * b,
        Binary::Divide => a / b,
        _ => return Sum::Lost,
    };
    let cancelled =
        matches!(operator, Binary::Add | Binary::Subtract) && result.abs() < 1e-2 * a.abs().max(b.abs());
    if cancelled || !result.is_finite() || is_exact(Number::Float(result)) {
        return Sum::Lost;
    }
    Sum::Number(Number::Float(result))
}
