//! The time, and how it is written. Rooms below know no clock: it comes from here.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::error::{Detail, ErrorKind};

/// `SOURCE_DATE_EPOCH` says something that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`SOURCE_DATE_EPOCH` is `{value}`, which is no time")]
pub struct ClockError {
    pub value: String,
}

impl Detail for ClockError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }

    fn help(&self) -> Option<String> {
        Some("give seconds since 1970-01-01, as `date +%s` prints them".to_owned())
    }
}

/// A moment and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// RFC 3339, UTC, seconds.
    pub time: String,
    /// Whether `SOURCE_DATE_EPOCH` said it.
    pub fixed: bool,
}

impl Moment {
    /// Now, or what `SOURCE_DATE_EPOCH` says.
    ///
    /// # Errors
    /// That is no time.
    pub fn now() -> Result<Self, ClockError> {
        if let Some(value) = std::env::var_os("SOURCE_DATE_EPOCH").filter(|value| !value.is_empty()) {
            let seconds = value.to_str().and_then(|text| text.trim().parse::<u64>().ok());
            let seconds = seconds
                .filter(|seconds| *seconds < 253_402_300_800)
                .ok_or_else(|| ClockError { value: value.to_string_lossy().into_owned() })?;
            return Ok(Self { time: rfc3339(seconds), fixed: true });
        }
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Ok(Self { time: rfc3339(seconds), fixed: false })
    }

    /// The machine's day, whatever `SOURCE_DATE_EPOCH` says: a waiver ends when its day is over.
    pub fn today() -> String {
        days_from_today(0)
    }

    /// The day, `YYYY-MM-DD`.
    pub fn day(&self) -> &str {
        self.time.get(..10).unwrap_or(&self.time)
    }
}

/// The machine's day so many days from now, `YYYY-MM-DD`.
pub fn days_from_today(days: u64) -> String {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    rfc3339(seconds.saturating_add(days.saturating_mul(86_400))).get(..10).unwrap_or_default().to_owned()
}

/// Seconds since 1970 as `2026-11-21T10:00:00Z`.
pub fn rfc3339(seconds: u64) -> String {
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

/// The proleptic Gregorian date of a day since 1970, counted in eras of 400 years that begin in March.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

/// The day that comes so many days after another, both `YYYY-MM-DD`.
pub fn day_after(day: &str, days: u32) -> Option<String> {
    if !is_day(day) {
        return None;
    }
    let mut parts = day.split('-').filter_map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    // The inverse of `date`: eras of 400 years that begin in March.
    let year = year.checked_sub(u64::from(month <= 2))?;
    let (era, of_era) = (year / 400, year % 400);
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let of_year = (153 * march_month + 2) / 5 + day - 1;
    let since = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    let (year, month, day) = date(since.checked_sub(719_468)? + u64::from(days));
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

/// Whether a text is a day that exists, `YYYY-MM-DD`.
pub fn is_day(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |size: usize| {
        let part = parts.next().filter(|part| part.len() == size && part.bytes().all(|b| b.is_ascii_digit()));
        part.and_then(|part| part.parse::<u64>().ok())
    };
    let (Some(year), Some(month), Some(day)) = (number(4), number(2), number(2)) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    parts.next().is_none() && (1..=last).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_become_dates() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(rfc3339(1_798_761_599), "2026-12-31T23:59:59Z");
        assert_eq!(rfc3339(4_107_542_400), "2100-03-01T00:00:00Z");
    }

    #[test]
    fn days_are_counted_on() {
        for (day, days, expected) in [
            ("1970-01-01", 0, "1970-01-01"),
            ("2026-11-30", 90, "2027-02-28"),
            ("2028-02-28", 1, "2028-02-29"),
            ("2027-12-31", 1, "2028-01-01"),
            ("2026-03-01", 36_525, "2126-03-02"),
        ] {
            assert_eq!(day_after(day, days).as_deref(), Some(expected), "{day}");
        }
        assert_eq!(day_after("2027-02-31", 1), None);
    }

    #[test]
    fn days_that_exist_are_told_apart() {
        assert!(is_day("2027-06-30") && is_day("2028-02-29"));
        assert!(!is_day("2027-06-31") && !is_day("2027-02-29") && !is_day("soon") && !is_day("2027-6-3"));
    }
}
