//! Dates and times: `formatdate`, `timeadd`, `timecmp`; `timestamp` and `plantimestamp` cannot be known.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::call::{Answer, Call, Function, TEXT, function};
use crate::value::{Data, Number, WhyKind};

pub(super) const FUNCTIONS: &[Function] = &[
    function("formatdate", &[TEXT, TEXT], formatdate),
    function("plantimestamp", &[], now),
    function("timeadd", &[TEXT, TEXT], timeadd),
    function("timecmp", &[TEXT, TEXT], timecmp),
    function("timestamp", &[], now),
];

const DAY: i64 = 86_400;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

fn now(call: &Call<'_, '_>) -> Answer {
    let text = format!("`{}` is the time of the run", call.function.name);
    Ok(call.unknown_because(WhyKind::Function, text))
}

/// A moment, and the offset from UTC it was written with, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moment {
    /// Nanoseconds since the epoch.
    nanos: i128,
    offset: i64,
}

/// The parts of a moment as its own offset shows them.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    pub fn of(year: i64, month: i64, day: i64, seconds: i64) -> Self {
        Self { nanos: i128::from(days(year, month, day) * DAY + seconds) * 1_000_000_000, offset: 0 }
    }

    /// RFC 3339, strictly.
    pub fn parse(text: &str) -> Option<Self> {
        Self::parse_within(text, 23, 59)
    }

    /// As Go's own parser has it, which `timecmp` uses: hours of one digit, a comma, offsets of a whole day.
    fn parse_loosely(text: &str) -> Option<Self> {
        let mut text = text.replacen(',', ".", 1);
        if text.as_bytes().get(12) == Some(&b':') {
            text.insert(11, '0');
        }
        Self::parse_within(&text, 24, 60)
    }

    fn parse_within(text: &str, most_hours: i64, most_minutes: i64) -> Option<Self> {
        let (year, month, day) = (number(text, 0..4)?, number(text, 5..7)?, number(text, 8..10)?);
        let (hour, minute, second) = (number(text, 11..13)?, number(text, 14..16)?, number(text, 17..19)?);
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if !marks.iter().all(|(at, mark)| text.as_bytes().get(*at) == Some(mark)) {
            return None;
        }
        if !(1..=12).contains(&month)
            || day < 1
            || day > month_length(year, month)
            || hour > 23
            || minute > 59
            || second > 59
        {
            return None;
        }
        let mut rest = text.get(19..)?;
        let mut fraction = 0;
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len());
            let digits = after.get(..end).filter(|digits| !digits.is_empty())?;
            let nine: String = digits.chars().chain("000000000".chars()).take(9).collect();
            fraction = nine.parse::<i128>().ok()?;
            rest = after.get(end..)?;
        }
        let offset = match rest.as_bytes() {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (number(rest, 1..3)?, number(rest, 4..6)?);
                if hours > most_hours || minutes > most_minutes {
                    return None;
                }
                (hours * 3_600 + minutes * 60) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        let seconds = hour * 3_600 + minute * 60 + second - offset;
        Some(Self { nanos: Self::of(year, month, day, seconds).nanos + fraction, offset })
    }

    fn parts(self) -> Parts {
        let seconds = self.nanos.div_euclid(1_000_000_000) as i64 + self.offset;
        let (day_number, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
        let (year, month, day) = date(day_number);
        let weekday = (day_number + 4).rem_euclid(7) as usize;
        Parts { year, month, day, weekday, hour: rest / 3_600, minute: rest / 60 % 60, second: rest % 60 }
    }

    /// RFC 3339 without fractions of a second.
    pub fn text(self) -> String {
        let parts = self.parts();
        let date = format!("{:04}-{:02}-{:02}", parts.year, parts.month, parts.day);
        format!("{date}T{:02}:{:02}:{:02}{}", parts.hour, parts.minute, parts.second, self.zone(true, true))
    }

    fn zone(self, colon: bool, short: bool) -> String {
        if short && self.offset == 0 {
            return "Z".to_owned();
        }
        let (sign, minutes) = (if self.offset < 0 { '-' } else { '+' }, self.offset.abs() / 60);
        format!("{sign}{:02}{}{:02}", minutes / 60, if colon { ":" } else { "" }, minutes % 60)
    }
}

fn number(text: &str, range: std::ops::Range<usize>) -> Option<i64> {
    text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub(super) fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01, counting in years that begin in March so that the leap day is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

fn moment(text: &str) -> Result<Moment, String> {
    Moment::parse(text)
        .ok_or_else(|| format!("`{text}` is no RFC 3339 timestamp, such as `2006-01-02T15:04:05Z`"))
}

fn timecmp(call: &Call<'_, '_>) -> Answer {
    let loose =
        |text: &str| Moment::parse_loosely(text).ok_or_else(|| moment(text).err().unwrap_or_default());
    let (one, other) = (loose(call.text(0))?, loose(call.text(1))?);
    let order = one.nanos.cmp(&other.nanos) as i64;
    Ok(call.make(Data::Number(Number::Int(order))))
}

fn timeadd(call: &Call<'_, '_>) -> Answer {
    let moment = moment(call.text(0))?;
    let duration = duration(call.text(1))
        .ok_or_else(|| format!("`{}` is no duration, such as `1h30m`", call.text(1)))?;
    Ok(call.make_text(Moment { nanos: moment.nanos + duration, ..moment }.text()))
}

/// A duration as Go writes it, in nanoseconds.
fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = BigInt::from(0);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|character: char| !character.is_ascii_digit() && character != '.')?;
        let (amount, after) = rest.split_at(end);
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || amount.len() > 40 {
            return None;
        }
        let unit_end = after
            .find(|character: char| character.is_ascii_digit() || character == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let nanos: i64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let digits: BigInt = format!("{whole}{fraction}").parse().ok()?;
        total += digits * nanos / BigInt::from(10).pow(fraction.len() as u32);
        rest = after;
    }
    // Go keeps durations in 64 bits.
    total.to_i64().map(|nanos| i128::from(nanos) * sign)
}

fn formatdate(call: &Call<'_, '_>) -> Answer {
    let moment = moment(call.text(1))?;
    let parts = moment.parts();
    let mut out = String::new();
    let mut rest = call.text(0);
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            rest = quoted(rest, &mut out)?;
        } else if first.is_ascii_alphabetic() {
            let end = rest.find(|character| character != first).unwrap_or(rest.len());
            let (verb, after) = rest.split_at(end);
            out.push_str(&shown(verb, first, &parts, moment)?);
            rest = after;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        }
    }
    Ok(call.make_text(out))
}

/// Copies literal text in single quotes, in which a doubled quote is a quote.
fn quoted<'t>(text: &'t str, out: &mut String) -> Result<&'t str, String> {
    if let Some(after) = text.strip_prefix("''") {
        out.push('\'');
        return Ok(after);
    }
    let mut rest = &text[1..];
    loop {
        let (literal, after) = rest.split_once('\'').ok_or("a quote in the date format is not closed")?;
        out.push_str(literal);
        match after.strip_prefix('\'') {
            Some(more) => {
                out.push('\'');
                rest = more;
            }
            None => return Ok(after),
        }
    }
}

fn shown(verb: &str, letter: char, parts: &Parts, moment: Moment) -> Result<String, String> {
    let month = MONTHS.get(parts.month as usize - 1).copied().unwrap_or("");
    let weekday = WEEKDAYS.get(parts.weekday).copied().unwrap_or("");
    let twelve = if parts.hour % 12 == 0 { 12 } else { parts.hour % 12 };
    let plain = |value: i64| if verb.len() == 1 { value.to_string() } else { format!("{value:02}") };
    Ok(match (letter, verb.len()) {
        ('Y', 2) => format!("{:02}", parts.year % 100),
        ('Y', 4) => format!("{:04}", parts.year),
        ('M', 1 | 2) => plain(parts.month),
        ('M', 3) => month.chars().take(3).collect(),
        ('M', 4) => month.to_owned(),
        ('D', 1 | 2) => plain(parts.day),
        ('E', 3) => weekday.chars().take(3).collect(),
        ('E', 4) => weekday.to_owned(),
        ('h', 1 | 2) => plain(parts.hour),
        ('H', 1 | 2) => plain(twelve),
        ('A', 2) => if parts.hour < 12 { "AM" } else { "PM" }.to_owned(),
        ('a', 2) => if parts.hour < 12 { "am" } else { "pm" }.to_owned(),
        ('m', 1 | 2) => plain(parts.minute),
        ('s', 1 | 2) => plain(parts.second),
        ('Z', 1) => moment.zone(true, true),
        ('Z', 3) if moment.offset == 0 => "UTC".to_owned(),
        ('Z', 3 | 4) => moment.zone(false, false),
        ('Z', 5) => moment.zone(true, false),
        _ => return Err(format!("`{verb}` is no verb of a date format")),
    })
}
