//! Amounts in a publisher's words: `90 days`, `at least one (1) year`.

/// The one amount that a text names, in a unit of parameters; none where it names none or several. A year has 365 days
/// and a month a twelfth of that, to the nearest day.
pub fn amount(text: &str, unit: &str) -> Option<u32> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let mut found: Vec<u32> = Vec::new();
    let mut before: Option<u32> = None;
    for (place, word) in words.iter().enumerate() {
        let Some(number) = number(word) else {
            before = None;
            continue;
        };
        // `one (1) year` says it twice.
        if before.replace(number) == Some(number) {
            found.pop();
        }
        let after = words.get(place + 1).map(String::as_str);
        found.push(match (unit, after) {
            ("days", Some(word)) => days(number, word).or_else(|| self::number(word).map(|_| number))?,
            ("days", None) => return None,
            _ => number,
        });
    }
    match found.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

fn days(number: u32, unit: &str) -> Option<u32> {
    Some(match unit.trim_end_matches('s') {
        "day" => number,
        "week" => number.checked_mul(7)?,
        "month" => (number.checked_mul(365)? + 6) / 12,
        "year" => number.checked_mul(365)?,
        "hour" if number.is_multiple_of(24) => number / 24,
        _ => return None,
    })
}

fn number(word: &str) -> Option<u32> {
    const WORDS: [(&str, u32); 17] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("twelve", 12),
        ("fourteen", 14),
        ("fifteen", 15),
        ("twenty", 20),
        ("thirty", 30),
        ("sixty", 60),
        ("ninety", 90),
    ];
    word.parse().ok().or_else(|| WORDS.iter().find(|(known, _)| *known == word).map(|(_, number)| *number))
}

#[cfg(test)]
mod tests {
    use super::amount;

    #[test]
    fn one_amount_is_understood_and_anything_else_is_none() {
        for (text, unit, days) in [
            ("90 days", "days", Some(90)),
            ("at least one (1) year", "days", Some(365)),
            ("ninety (90) days", "days", Some(90)),
            ("12 months", "days", Some(365)),
            ("24 hours", "days", Some(1)),
            ("36 hours", "days", None),
            ("30 days for logs and one year for records", "days", None),
            ("as the records policy says", "days", None),
            ("90", "days", None),
            ("a minimum of 15 characters", "characters", Some(15)),
            ("15 characters, changed after 60 days", "characters", None),
        ] {
            assert_eq!(amount(text, unit), days, "{text}");
        }
    }
}
