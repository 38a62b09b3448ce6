//! On which side of a boundary the version of a provider or a module lies.

/// Where the version that is taken lies. Terraform takes the newest that fits, unless a lock file names another; none
/// keeps the versions of modules
/// (<https://developer.hashicorp.com/terraform/language/expressions/version-constraints>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// All that fit are older than the boundary.
    Before,
    /// All that fit are as new as the boundary.
    After,
    /// The newest that fits is; others that fit are not.
    NewestAfter,
}

/// The side of a constraint, such as `>= 2.0, < 4.0`, or of a version; `None` where it cannot be read.
pub fn side(constraint: &str, boundary: &str) -> Option<Side> {
    let boundary = numbers(boundary)?;
    let mut oldest: Vec<u64> = Vec::new();
    // The first version that does not fit.
    let mut end: Option<Vec<u64>> = None;
    let mut ends = |version: Vec<u64>| end = Some(end.take().map_or(version.clone(), |end| end.min(version)));
    for part in constraint.split(',') {
        let part = part.trim();
        let digits = part.find(|c: char| c.is_ascii_digit())?;
        let (operator, version) = (part.get(..digits)?.trim(), numbers(part.get(digits..)?)?);
        match operator {
            ">=" | ">" => oldest = oldest.max(version),
            "<" => ends(version),
            "<=" => ends(behind(version)),
            "~>" => {
                ends(next(&version, part.get(digits..)?));
                oldest = oldest.max(version);
            }
            "" | "=" | "v" => {
                ends(behind(version.clone()));
                oldest = oldest.max(version);
            }
            "!=" => {}
            _ => return None,
        }
    }
    if end.is_some_and(|end| end <= boundary) {
        return Some(Side::Before);
    }
    Some(if oldest >= boundary { Side::After } else { Side::NewestAfter })
}

/// The numbers of a version, without zeros at the end, so that `3` and `3.0` are one.
fn numbers(version: &str) -> Option<Vec<u64>> {
    let version = version.split(['-', '+']).next()?;
    let mut numbers =
        version.split('.').map(|part| part.trim().parse().ok()).collect::<Option<Vec<u64>>>()?;
    while numbers.last() == Some(&0) {
        numbers.pop();
    }
    Some(numbers)
}

/// The smallest version behind one.
fn behind(mut version: Vec<u64>) -> Vec<u64> {
    version.resize(version.len().max(3), 0);
    version.push(1);
    version
}

/// What `~>` ends before: all but the last written number stay.
fn next(version: &[u64], written: &str) -> Vec<u64> {
    let kept = (written.split('.').count() - 1).max(1);
    let mut next = version.to_vec();
    next.resize(kept, 0);
    if let Some(last) = next.last_mut() {
        *last += 1;
    }
    next
}

#[cfg(test)]
mod tests {
    use super::{Side, side};

    #[test]
    fn the_newest_version_that_fits_is_taken() {
        for (constraint, expected) in [
            (">= 2.0.0", Some(Side::NewestAfter)),
            ("> 2", Some(Side::NewestAfter)),
            (">= 2.0, != 2.5.0", Some(Side::NewestAfter)),
            (">= 2.0, < 4.0", Some(Side::NewestAfter)),
            (">= 2.0, <= 3.0.0", Some(Side::NewestAfter)),
            ("!= 2.1.0", Some(Side::NewestAfter)),
            (">= 3.1", Some(Side::After)),
            ("~> 3.0", Some(Side::After)),
            ("3.117.1", Some(Side::After)),
            ("v3.0", Some(Side::After)),
            ("3.0.0-beta1", Some(Side::After)),
            ("~> 2.9", Some(Side::Before)),
            ("~> 2.0.0", Some(Side::Before)),
            ("~> 2", Some(Side::Before)),
            ("= 2.99.0", Some(Side::Before)),
            (">= 2.0, < 3.0", Some(Side::Before)),
            ("< 3", Some(Side::Before)),
            ("<= 2.99", Some(Side::Before)),
            ("latest", None),
            ("", None),
        ] {
            assert_eq!(side(constraint, "3.0"), expected, "{constraint}");
        }
    }

    #[test]
    fn a_boundary_lies_behind_a_version_or_not() {
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
            let is_before = side(constraint, boundary) == Some(Side::Before);
            assert_eq!(is_before, before, "{constraint} before {boundary}");
        }
    }
}
