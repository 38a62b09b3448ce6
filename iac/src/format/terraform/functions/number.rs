//! Numbers: `abs`, `ceil`, `floor`, `log`, `max`, `min`, `parseint`, `pow`, `range`, `signum`, `sum`.

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
    function("range", &[], range).with_rest(NUMBER),
    function("signum", &[NUMBER], signum),
    function("sum", &[ANY.or_unknown()], sum),
];

fn log(call: &Call<'_, '_>) -> Answer {
    double(call, natural_log(call.number(0)?.to_f64()) / natural_log(call.number(1)?.to_f64()))
}

fn pow(call: &Call<'_, '_>) -> Answer {
    double(call, power(call.number(0)?.to_f64(), call.number(1)?.to_f64()))
}

/// The fraction, from a half to one, and the exponent of two.
fn split(float: f64) -> (f64, i32) {
    if float == 0.0 || !float.is_finite() {
        return (float, 0);
    }
    let (float, less) =
        if float.abs() < f64::MIN_POSITIVE { (float * 2f64.powi(52), 52) } else { (float, 0) };
    let bits = float.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1_022 - less;
    (f64::from_bits((bits & !(0x7ff << 52)) | (1_022 << 52)), exponent)
}

/// The natural logarithm by the same series that Go takes, so that the last bit agrees: `ceil(log(8, 2))`
/// hangs on it.
#[allow(clippy::excessive_precision)] // the coefficients as they are published
fn natural_log(x: f64) -> f64 {
    if !(x > 0.0 && x.is_finite()) {
        return x.ln();
    }
    let (mut fraction, mut exponent) = split(x);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        exponent -= 1;
    }
    let f = fraction - 1.0;
    let k = f64::from(exponent);
    let s = f / (2.0 + f);
    let s2 = s * s;
    let s4 = s2 * s2;
    let odd = s2
        * (6.666666666666735130e-01
            + s4 * (2.857142874366239149e-01
                + s4 * (1.818357216161805012e-01 + s4 * 1.479819860511658591e-01)));
    let even =
        s4 * (3.999999999940941908e-01 + s4 * (2.222219843214978396e-01 + s4 * 1.531383769920937332e-01));
    let half_square = 0.5 * f * f;
    let (high, low) = (6.93147180369123816490e-01, 1.90821492927058770002e-10);
    k * high - ((half_square - (s * (half_square + (odd + even)) + k * low)) - f)
}

/// A power by repeated squaring of the fraction, as Go takes it.
fn power(x: f64, y: f64) -> f64 {
    let whole = y.abs().trunc();
    if x == 0.0 || !x.is_finite() || y.abs() == 0.5 || whole >= 9.0e18 || (x < 0.0 && y.fract() != 0.0) {
        return if y == 0.5 {
            x.sqrt()
        } else if y == -0.5 {
            1.0 / x.sqrt()
        } else {
            x.powf(y)
        };
    }
    let (mut steps, mut part) = (whole as u64, y.abs().fract());
    let (mut result, mut result_exponent) = (1.0, 0_i64);
    if part != 0.0 {
        if part > 0.5 {
            part -= 1.0;
            steps += 1;
        }
        result = (part * natural_log(x)).exp();
    }
    let (mut base, exponent) = split(x);
    let mut base_exponent = i64::from(exponent);
    while steps != 0 {
        if base_exponent.abs() > 4_096 {
            // Far beyond what a double holds.
            result_exponent += base_exponent;
            break;
        }
        if steps & 1 == 1 {
            result *= base;
            result_exponent += base_exponent;
        }
        base *= base;
        base_exponent <<= 1;
        if base < 0.5 {
            base += base;
            base_exponent -= 1;
        }
        steps >>= 1;
    }
    if y < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    let half = (result_exponent / 2).clamp(-1_100, 1_100) as i32;
    let rest = (result_exponent - i64::from(half)).clamp(-2_200, 2_200) as i32;
    result * 2f64.powi(half) * 2f64.powi(rest)
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
            Data::Number(number) => {
                total = total.add(&Decimal::from_number(*number).ok_or("a number must be finite")?)
            }
            _ => unknown = Some(convert::first_why(&number)),
        }
    }
    Ok(match unknown {
        Some(why) => call.make(Data::Unknown(why)),
        None => call.make_number(&total),
    })
}

fn range(call: &Call<'_, '_>) -> Answer {
    let zero = Decimal::from_integer(0.into());
    let unit = Decimal::from_integer(1.into());
    let (start, end, step) = match call.given.len() {
        1 => (zero.clone(), call.number(0)?, None),
        2 => (call.number(0)?, call.number(1)?, None),
        3 => (call.number(0)?, call.number(1)?, Some(call.number(2)?)),
        count => return Err(format!("`range` takes one to three numbers, {count} given")),
    };
    let down = end < start;
    let step = step.unwrap_or_else(|| if down { unit.negated() } else { unit });
    if step.is_zero() && start != end {
        return Err("the step of a range must not be zero".to_owned());
    }
    if step.is_negative() != down && start != end {
        return Err("the step of a range must lead from its start towards its end".to_owned());
    }
    let mut items = Vec::new();
    let mut at = start;
    while if down { at > end } else { at < end } {
        if items.len() >= 1_024 {
            return Err("a range of more than 1024 numbers is refused".to_owned());
        }
        items.push(call.make_number(&at));
        at = at.add(&step);
    }
    Ok(call.make_list(items, None))
}
