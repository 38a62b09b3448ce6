//! Versions of modules. No lock file keeps them: of what a constraint allows, the newest is taken.

/// Whether what a constraint takes lies before a version: the version itself where one is named, else the newest that
/// the constraint allows.
pub(super) fn is_before(constraint: &str, boundary: &str) -> bool {
    let boundary = numbers(boundary);
    constraint.split(',').any(|part| {
        let part = part.trim();
        let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (operator, version) = part.split_at(digits);
        let version = numbers(version.trim());
        if version.is_empty() {
            return false;
        }
        match operator.trim() {
            "" | "=" | "<=" => version < boundary,
            "<" => version <= boundary,
            "~>" => after(version) <= boundary,
            _ => false,
        }
    })
}

/// The first version that `~>` leaves out.
fn after(mut version: Vec<u64>) -> Vec<u64> {
    if version.len() > 1 {
        version.pop();
    }
    if let Some(last) = version.last_mut() {
        *last = last.saturating_add(1);
    }
    // `4` and `4.0.0` are one version.
    version.resize(3, 0);
    version
}

fn numbers(version: &str) -> Vec<u64> {
    let plain = version.trim().trim_start_matches('v');
    let mut numbers: Vec<u64> = plain.split('.').map_while(|part| part.trim().parse().ok()).collect();
    numbers.truncate(3);
    numbers
}

#[cfg(test)]
mod tests {
    use super::is_before;

    #[test]
    fn the_newest_of_what_a_constraint_allows_counts() {
        for (constraint, boundary, before) in [
            ("3.7.0", "3.9.0", true),
            ("= 3.9.0", "3.9.0", false),
            ("~> 3.0", "3.9.0", false),
            ("~> 3.0", "4.0.0", true),
            ("~> 3.7.0", "3.9.0", true),
            (">= 3.0", "4.0.0", false),
            (">= 3.0, < 4.0.0", "4.0.0", true),
            ("< 4.1", "4.0.0", false),
            ("", "4.0.0", false),
        ] {
            assert_eq!(is_before(constraint, boundary), before, "{constraint} before {boundary}");
        }
    }
}
