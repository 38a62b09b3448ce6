//! Exact decimals: Terraform's numbers have far more digits than a double.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::value::Number;

/// Exponents beyond this are refused, so that one short literal cannot ask for megabytes of zeros.
const WIDEST: i64 = 2_000;

/// `digits` × 10^`scale`; without trailing zeros in `digits`, and zero has scale 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::format::terraform) struct Decimal {
    digits: BigInt,
    scale: i64,
}

impl Decimal {
    fn new(digits: BigInt, scale: i64) -> Self {
        if digits.is_zero() {
            return Self { digits, scale: 0 };
        }
        let ten = BigInt::from(10);
        let (mut digits, mut scale) = (digits, scale);
        while (&digits % &ten).is_zero() {
            digits /= &ten;
            scale += 1;
        }
        Self { digits, scale }
    }

    /// The number written in decimal, as Terraform converts strings: sign, digits, point, exponent. `None` too
    /// for what [`is_numeral`] and yet too large to keep.
    pub fn parse(text: &str) -> Option<Self> {
        let numeral = Numeral::split(text)?;
        let digits: BigInt = format!("{}{}", numeral.whole, numeral.fraction).parse().ok()?;
        let scale = numeral.exponent - numeral.fraction.len() as i64;
        if scale.abs() > WIDEST && !digits.is_zero() {
            return None;
        }
        Some(Self::new(if numeral.negative { -digits } else { digits }, scale))
    }

    /// `None` for what is no finite number.
    pub fn from_number(number: Number) -> Option<Self> {
        match number {
            Number::Int(int) => Some(Self::new(BigInt::from(int), 0)),
            Number::Float(float) if float.is_finite() => Self::parse(&format!("{float:e}")),
            Number::Float(_) => None,
        }
    }

    /// The value's own number type; `None` when it is a whole number that would lose digits.
    pub fn to_number(&self) -> Option<Number> {
        if let Some(int) = self.to_i64() {
            return Some(Number::Int(int));
        }
        let float: f64 = format!("{}e{}", self.digits, self.scale).parse().ok()?;
        if !float.is_finite() {
            return None;
        }
        let exact = Self::parse(&format!("{float:e}")).is_some_and(|back| back == *self);
        (exact || self.scale < 0).then_some(Number::Float(float))
    }

    pub fn from_integer(integer: BigInt) -> Self {
        Self::new(integer, 0)
    }

    pub fn to_integer(&self) -> Option<BigInt> {
        (self.scale >= 0).then(|| &self.digits * power_of_ten(self.scale))
    }

    pub fn to_i64(&self) -> Option<i64> {
        if self.scale > 20 { None } else { self.to_integer()?.to_i64() }
    }

    pub fn to_f64(&self) -> f64 {
        format!("{}e{}", self.digits, self.scale).parse().unwrap_or(f64::NAN)
    }

    pub fn is_negative(&self) -> bool {
        self.digits.is_negative()
    }

    pub fn is_zero(&self) -> bool {
        self.digits.is_zero()
    }

    pub fn abs(&self) -> Self {
        Self { digits: self.digits.abs(), scale: self.scale }
    }

    pub fn add(&self, other: &Self) -> Self {
        let scale = self.scale.min(other.scale);
        Self::new(self.at_scale(scale) + other.at_scale(scale), scale)
    }

    pub fn multiply(&self, other: &Self) -> Self {
        Self::new(&self.digits * &other.digits, self.scale + other.scale)
    }

    /// The quotient, cut off after sixty digits, and whether that is all of it; `None` for a divisor of zero.
    pub fn divide(&self, other: &Self) -> Option<(Self, bool)> {
        if other.is_zero() {
            return None;
        }
        let more = 60 + (other.digits.bits() / 3) as i64;
        let above = &self.digits * power_of_ten(more);
        let (quotient, rest) = (&above / &other.digits, &above % &other.digits);
        Some((Self::new(quotient, self.scale - other.scale - more), rest.is_zero()))
    }

    /// What is left of a division, with the sign of what was divided; `None` for a divisor of zero.
    pub fn remainder(&self, other: &Self) -> Option<Self> {
        let scale = self.scale.min(other.scale);
        (!other.is_zero()).then(|| Self::new(self.at_scale(scale) % other.at_scale(scale), scale))
    }

    pub fn compare(&self, other: &Self) -> Ordering {
        let scale = self.scale.min(other.scale);
        self.at_scale(scale).cmp(&other.at_scale(scale))
    }

    pub fn negated(&self) -> Self {
        Self { digits: -&self.digits, scale: self.scale }
    }

    pub fn floor(&self) -> Self {
        if self.scale >= 0 {
            return self.clone();
        }
        let unit = power_of_ten(-self.scale);
        let whole = &self.digits / &unit;
        let inexact = !(&self.digits % &unit).is_zero();
        let whole = if inexact && self.is_negative() { whole - BigInt::one() } else { whole };
        Self::new(whole, 0)
    }

    pub fn ceil(&self) -> Self {
        self.negated().floor().negated()
    }

    /// Sign, significant digits, and the position of the point after the first `position` digits.
    pub fn digits(&self) -> (bool, String, i64) {
        let digits = self.digits.abs().to_string();
        let position = if self.is_zero() { 1 } else { digits.len() as i64 + self.scale };
        (self.is_negative(), digits, position)
    }

    /// Rounded, half to even, to `places` digits after the point.
    pub fn rounded(&self, places: i64) -> Self {
        if -self.scale <= places {
            return self.clone();
        }
        let unit = power_of_ten(-self.scale - places);
        let magnitude = self.digits.abs();
        let (mut whole, rest) = (&magnitude / &unit, &magnitude % &unit);
        let twice: BigInt = rest * 2;
        let up = match twice.cmp(&unit) {
            Ordering::Equal => match self.binary_error() {
                Ordering::Equal => (&whole % 2u8).is_one(),
                error => error == Ordering::Greater,
            },
            order => order == Ordering::Greater,
        };
        if up {
            whole += 1;
        }
        Self::new(if self.digits.sign() == Sign::Minus { -whole } else { whole }, -places)
    }

    /// How the magnitude compares once it is rounded to the 512 bits that Terraform keeps: what stands in the
    /// middle in decimal seldom does in binary.
    fn binary_error(&self) -> Ordering {
        let (mut above, mut below) = (self.digits.abs(), power_of_ten(-self.scale));
        let shift = 512 - (above.bits() as i64 - below.bits() as i64);
        if shift >= 0 {
            above <<= shift
        } else {
            below <<= -shift
        }
        let (mut mantissa, mut rest) = (&above / &below, &above % &below);
        if mantissa.bits() > 512 {
            below <<= 1;
            (mantissa, rest) = (&above / &below, &above % &below);
        }
        if rest.is_zero() {
            return Ordering::Equal;
        }
        match (rest * 2u8).cmp(&below) {
            Ordering::Equal if (&mantissa % 2u8).is_one() => Ordering::Greater,
            Ordering::Greater => Ordering::Greater,
            _ => Ordering::Less,
        }
    }

    fn at_scale(&self, scale: i64) -> BigInt {
        &self.digits * power_of_ten(self.scale - scale)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.min(other.scale);
        self.at_scale(scale).cmp(&other.at_scale(scale))
    }
}

impl std::fmt::Display for Decimal {
    /// Without exponent, with as many digits as it takes.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (negative, digits, position) = self.digits();
        let sign = if negative { "-" } else { "" };
        let length = digits.len() as i64;
        if position <= 0 {
            write!(f, "{sign}0.{}{digits}", "0".repeat(position.unsigned_abs() as usize))
        } else if position >= length {
            write!(f, "{sign}{digits}{}", "0".repeat((position - length) as usize))
        } else {
            let (whole, fraction) = digits.split_at(position as usize);
            write!(f, "{sign}{whole}.{fraction}")
        }
    }
}

/// Whether a text is a number, however large.
pub(super) fn is_numeral(text: &str) -> bool {
    Numeral::split(text).is_some()
}

struct Numeral<'t> {
    negative: bool,
    whole: &'t str,
    fraction: &'t str,
    exponent: i64,
}

impl<'t> Numeral<'t> {
    fn split(text: &'t str) -> Option<Self> {
        let (negative, rest) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (mantissa, exponent) = match rest.find(['e', 'E']) {
            Some(at) => (&rest[..at], exponent(&rest[at + 1..])?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let written = mantissa.len() <= 10_000 && !(whole.is_empty() && fraction.is_empty());
        let digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        (written && digits).then_some(Self { negative, whole, fraction, exponent })
    }
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || digits.len() > 9 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.strip_prefix('+').unwrap_or(text).parse().ok()
}

fn power_of_ten(exponent: i64) -> BigInt {
    BigInt::from(10).pow(exponent.max(0) as u32)
}
