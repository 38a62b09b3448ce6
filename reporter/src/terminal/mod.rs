//! Text for a terminal: styles as a parameter.

pub mod paint;

/// `1 file`, `5000 files`: the number as it is, without separators.
pub fn pluralize(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
