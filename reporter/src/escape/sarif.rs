//! The messages of SARIF, in which viewers look for links and placeholders.

use serde::Serialize;

use super::visible_prose;

/// A text that is nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SarifText(String);

impl SarifText {
    /// One line.
    pub fn of(text: &str) -> Self {
        Self(message(text))
    }

    /// Paragraphs.
    pub fn prose(text: &str) -> Self {
        let paragraphs: Vec<String> = text.split("\n\n").map(message).collect();
        Self(paragraphs.join("\n\n"))
    }
}

/// In SARIF `[text](target)` is a link, and `{0}` stands for an argument.
fn message(text: &str) -> String {
    let text = visible_prose(text).replace("](", "]U+0028");
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at + 1);
        out.push_str(before);
        let digits = after.trim_start_matches(|c: char| c.is_ascii_digit());
        // An argument's place, and no other brace.
        if digits.len() < after.len() && digits.starts_with('}') {
            out.pop();
            out.push_str("U+007B");
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_no_links_and_no_places() {
        assert_eq!(
            message("[x](https://e.example) a[0] {0} {a}"),
            "[x]U+0028https://e.example) a[0] U+007B0} {a}"
        );
    }
}
