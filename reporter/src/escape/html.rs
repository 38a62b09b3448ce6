//! HTML, and what both kinds of pages show.

use serde_json::Value;

use super::{visible, visible_prose, visible_source};

/// Keys of texts that are prose: their line breaks are blanks. In any other text one is shown.
const PROSE: [&str; 9] =
    ["summary", "official", "claims", "reason", "notes", "finding", "what", "why", "title"];

/// Makes every text of a page visible.
pub fn page(value: &mut Value) {
    shown(value, "");
}

fn shown(value: &mut Value, key: &str) {
    match value {
        Value::String(text) => {
            let shown = match key {
                "before" | "marked" | "after" => visible_source(text),
                key if PROSE.contains(&key) => visible_prose(text),
                _ => visible(text),
            };
            if *shown != **text {
                *text = shown.into_owned();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| shown(item, key)),
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| shown(value, key)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Escaped, with a place to break after `.`, `_` and `/`.
pub fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '.' | '_' | '/' => {
                out.push(c);
                out.push_str("<wbr>");
            }
            c => out.push(c),
        }
    }
    out
}

/// Escaped, with what stands between backticks as code.
pub fn ticked(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return breakable(text);
    }
    let mut out = String::with_capacity(text.len() * 2);
    for (index, part) in parts.into_iter().enumerate() {
        match index % 2 {
            0 => out.push_str(&breakable(part)),
            _ => out.push_str(&format!("<code>{}</code>", breakable(part))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn addresses_break_after_their_separators_and_never_carry_markup() {
        assert_eq!(breakable("a.b_c"), "a.<wbr>b_<wbr>c");
        assert_eq!(breakable("<b>&"), "&lt;b&gt;&amp;");
        assert_eq!(ticked("a `b` c"), "a <code>b</code> c");
    }

    #[test]
    fn every_text_of_a_page_is_visible() {
        let mut value =
            json!({ "address": "a\nb", "summary": "a\nb", "lines": [{ "before": "\ta\u{202e}" }], "n": 1 });
        page(&mut value);
        let shown =
            json!({ "address": "aU+000Ab", "summary": "a b", "lines": [{ "before": "\taU+202E" }], "n": 1 });
        assert_eq!(value, shown);
    }
}
