//! Numbers: `abs`, `ceil`, `floor`, `log`, `max`, `min`, `parseint`, `pow`, `signum`, `sum`.

use num_bigint::BigInt;

use super::call::{ANY, Answer, Call, Function, NUMBER, function};
use super::convert::{self, Type};
use super::decimal::Decimal;
use crate::value::{Data, Number, Value, WhyKind};

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", &[NUMBER], |call| Ok(call.make_number(&call.number(0)?.abs()))),
    function("ceil", &[NUMBER], |call| Ok(call.make_number(&call.number(0)?.ceil()))),
    function("floor", &[NUMBER], |call| Ok(call.make_number(&call.number(0)?.floor()))),
    function("log", &[NUMBER, NUMBER], log),
    function("max", &[], |call| extreme(call, std::cmp::Ordering::Greater)).with_rest(NUMBER),
    function("min", &[], |call| extreme(call, std::cmp::Ordering::Less)).with_rest(NUMBER),
    function("parseint", &[ANY, NUMBER], parseint),
    function("pow", &[NUMBER, NUMBER], pow),
    function("signum", &[NUMBER], signum),
    function("sum", &[ANY.or_unknown()], sum),
];

fn log(call: &Call<'_, '_>) -> Answer {
    double(call, call.number(0)?.to_f64().ln() / call.number(1)?.to_f64().ln())
}

fn pow(call: &Call<'_, '_>) -> Answer {
    double(call, call.number(0)?.to_f64().powf(call.number(1)?.to_f64()))
}

fn double(call: &Call<'_, '_>, float: f64) -> Answer {
    if float.is_nan() {
        return Err(format!("`{}` has no result for these numbers", call.function.name));
    }
    if float.is_infinite() {
        return Ok(call.unknown_because(WhyKind::Limit, "the result is infinite"));
    }
    Ok(call.make(Data::Number(Number::from(float))))
}

fn extreme(call: &Call<'_, '_>, wanted: std::cmp::Ordering) -> Answer {
    let mut best: Option<(Decimal, &Value)> = None;
    for (at, value) in call.given.iter().enumerate() {
        let number = call.number(at)?;
        if best.as_ref().is_none_or(|(sofar, _)| number.cmp(sofar) == wanted) {
            best = Some((number, value));
        }
    }
    let (_, value) = best.ok_or_else(|| format!("`{}` needs at least one number", call.function.name))?;
    Ok(call.pass(value))
}

fn signum(call: &Call<'_, '_>) -> Answer {
    Ok(call.make(Data::Number(Number::Int(call.integer(0)?.signum()))))
}

fn parseint(call: &Call<'_, '_>) -> Answer {
    let Some(text) = call.arg(0).as_text() else {
        return Err(format!("argument 1 of `parseint` must be a string, not {}", convert::kind(call.arg(0))));
    };
    let base = call.integer(1)?;
    if !(2..=62).contains(&base) {
        return Err(format!("the base must lie between 2 and 62, not `{base}`"));
    }
    let refused = || format!("`{}` is no whole number in base {base}", convert::shown(call.arg(0)));
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut sum = BigInt::from(0);
    if digits.is_empty() || digits.len() > 1_000 {
        return Err(refused());
    }
    for character in digits.chars() {
        let digit = match character {
            '0'..='9' => character as i64 - '0' as i64,
            'a'..='z' => character as i64 - 'a' as i64 + 10,
            'A'..='Z' if base <= 36 => character as i64 - 'A' as i64 + 10,
            'A'..='Z' => character as i64 - 'A' as i64 + 36,
            _ => return Err(refused()),
        };
        if digit >= base {
            return Err(refused());
        }
        sum = sum * base + digit;
    }
    Ok(call.make_number(&Decimal::from_integer(if negative { -sum } else { sum })))
}

fn sum(call: &Call<'_, '_>) -> Answer {
    let list = match &call.arg(0).data {
        Data::List(list) => list,
        Data::Unknown(_) => return Ok(call.unknown(call.arg(0))),
        _ => return Err(format!("`sum` needs a list, not {}", convert::kind(call.arg(0)))),
    };
    if list.items.is_empty() && list.open.is_none() {
        return Err("an empty list has no sum".to_owned());
    }
    let mut total = Decimal::from_integer(BigInt::from(0));
    let mut unknown = list.open.clone();
    for item in &list.items {
        if item.is_null() {
            return Err("`sum` needs numbers, not null".to_owned());
        }
        let number = convert::convert(item, &Type::Number)?;
        match &number.data {
            Data::Number(number) => total = total.add(&Decimal::from_number(*number).ok_or("a number must be finite")?),
            _ => unknown = Some(convert::first_why(&number)),
        }
    }
    Ok(match unknown {
        Some(why) => call.make(Data::Unknown(why)),
        None => call.make_number(&total),
    })
}
