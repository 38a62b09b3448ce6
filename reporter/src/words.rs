//! Numbers, dates and names as a reader says them.

use compline_frameworks::{Status, View};

/// As the JSON spells a status: `not-satisfied`.
pub fn status_key(status: Status) -> &'static str {
    match status {
        Status::Satisfied => "satisfied",
        Status::Partial => "partial",
        Status::NotSatisfied => "not-satisfied",
        Status::NotAssessed => "not-assessed",
        Status::Manual => "manual",
        Status::Inherited => "inherited",
        Status::NotApplicable => "not-applicable",
    }
}

/// As the JSON and the marks spell a view: `not-satisfied`.
pub fn view_key(view: View) -> &'static str {
    match view {
        View::Satisfied => "satisfied",
        View::Partial => "partial",
        View::NotSatisfied => "not-satisfied",
        View::Waived => "waived",
        View::Unknown => "unknown",
        View::NotAssessed => "not-assessed",
        View::Manual => "manual",
        View::Inherited => "inherited",
    }
}

/// `1,190`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 resource`, `12 resources`.
pub fn pluralize(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// `three`, up to ten.
pub fn spelled(number: usize) -> String {
    const WORDS: [&str; 11] =
        ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(number).map_or_else(|| count(number), |word| (*word).to_owned())
}

/// `2026-11-20T09:14:07Z` → `20 Nov 2026, 09:14:07 UTC`; what is no such time is given back.
pub fn time(rfc3339: &str) -> String {
    match parts(rfc3339) {
        Some([year, month, day, hour, minute, second]) => {
            format!("{day} {} {year}, {hour:02}:{minute:02}:{second:02} UTC", month_name(month))
        }
        None => rfc3339.to_owned(),
    }
}

/// Year, month, day, hour, minute, second of an RFC 3339 time in UTC.
pub fn parts(rfc3339: &str) -> Option<[u32; 6]> {
    let (date, rest) = rfc3339.split_once(['T', 't', ' '])?;
    let clock = rest.get(..8)?;
    let mut out = [0; 6];
    let numbers = date.split('-').chain(clock.split(':'));
    let mut filled = 0;
    for (slot, number) in out.iter_mut().zip(numbers) {
        *slot = number.parse().ok()?;
        filled += 1;
    }
    let [_, month, day, hour, minute, second] = out;
    let sane =
        (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
    (filled == 6 && sane).then_some(out)
}

/// How long one time is before another, in its largest unit: `3 days`; `None` where it is not before it.
pub fn age(then: &str, now: &str) -> Option<String> {
    let (then, now) = (seconds(parts(then)?), seconds(parts(now)?));
    let between = usize::try_from(now.checked_sub(then)?).ok()?;
    Some(match between {
        0..120 => pluralize(between, "second", "seconds"),
        120..7_200 => pluralize(between / 60, "minute", "minutes"),
        7_200..172_800 => pluralize(between / 3_600, "hour", "hours"),
        _ => pluralize(between / 86_400, "day", "days"),
    })
}

/// Seconds since the year 0, in a calendar whose years begin in March.
fn seconds([year, month, day, hour, minute, second]: [u32; 6]) -> u64 {
    let year = u64::from(year).saturating_sub(u64::from(month <= 2));
    let month = u64::from((month + 9) % 12);
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + u64::from(day);
    ((days * 24 + u64::from(hour)) * 60 + u64::from(minute)) * 60 + u64::from(second)
}

fn month_name(month: u32) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.get(month.saturating_sub(1) as usize).copied().unwrap_or("")
}

/// `E-007`.
pub fn evidence(number: usize) -> String {
    format!("E-{number:03}")
}

/// `E-003, E-016–021` for ascending numbers.
pub fn evidence_list(numbers: &[usize]) -> Vec<(usize, String)> {
    let mut out: Vec<(usize, String)> = Vec::new();
    let mut rest = numbers;
    while let Some((&first, _)) = rest.split_first() {
        let run = rest.iter().enumerate().take_while(|(index, number)| **number == first + index).count();
        let last = first + run - 1;
        match run {
            1 => out.push((first, evidence(first))),
            2 => out.extend([(first, evidence(first)), (last, evidence(last))]),
            _ => out.push((first, format!("E-{first:03}–{last:03}"))),
        }
        rest = rest.get(run..).unwrap_or_default();
    }
    out
}

/// The first characters of a hash or commit.
pub fn short(hash: &str, length: usize) -> String {
    hash.chars().take(length).collect()
}

/// A control's id as it stands in a link: `SC-8(1)` → `sc-8.1`, `164.312(a)(1)` → `164.312.a.1`.
pub fn slug(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for c in id.chars() {
        match c {
            '(' | ' ' if !out.ends_with('.') => out.push('.'),
            '(' | ')' | ' ' => {}
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_cited_compactly() {
        let cited = |numbers: &[usize]| {
            evidence_list(numbers).into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(cited(&[3, 16, 17, 18, 19, 20, 21]), "E-003, E-016–021");
        assert_eq!(cited(&[4, 12, 13]), "E-004, E-012, E-013");
        assert_eq!(cited(&[]), "");
    }

    #[test]
    fn numbers_times_and_slugs_read_well() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(time("2026-11-20T09:14:07Z"), "20 Nov 2026, 09:14:07 UTC");
        assert_eq!(time("soon"), "soon");
        let age_of = |then: &str| age(then, "2026-03-01T09:14:07Z");
        assert_eq!(age_of("2026-02-28T09:14:07Z").as_deref(), Some("24 hours"));
        assert_eq!(age_of("2024-02-28T09:14:07Z").as_deref(), Some("732 days"));
        assert_eq!(age_of("2026-03-01T09:14:06Z").as_deref(), Some("1 second"));
        assert_eq!(age_of("2026-03-02T00:00:00Z"), None, "a plan of tomorrow has no age");
        assert_eq!(slug("SC-8(1)"), "sc-8.1");
        assert_eq!(slug("164.312(a)(2)(iv)"), "164.312.a.2.iv");
    }
}
