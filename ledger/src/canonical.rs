//! One way to write a JSON value, after RFC 8785: keys sorted, no blanks, the shortest escapes.

use std::fmt::Write as _;

use serde_json::Value;

/// The largest whole number every reader of JSON keeps exactly.
const EXACT: i64 = 9_007_199_254_740_991;

/// The canonical text of a value.
///
/// # Errors
/// A number that is not whole, or is beyond what every reader keeps exactly: such a record could not be checked by
/// other programs.
pub fn canonical(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut String) -> Result<(), String> {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => match number.as_i64().filter(|int| int.abs() <= EXACT) {
            Some(int) => {
                let _ = write!(out, "{int}");
            }
            None => return Err(format!("`{number}` cannot be recorded: only whole numbers up to 2^53 are")),
        },
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(item, out)?;
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut keys: Vec<&String> = map.keys().collect();
            // The standard sorts by UTF-16 code units, which differs from bytes beyond the basic plane.
            keys.sort_by(|a, b| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (index, key) in keys.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(key, out);
                out.push(':');
                write(map.get(key).unwrap_or(&Value::Null), out)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_sorted_and_nothing_is_wasted() {
        let value = json!({ "b": [1, true, null], "a": { "z": "ü\n\u{1}", "y": "\"" } });
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"a\":{\"y\":\"\\\"\",\"z\":\"ü\\n\\u0001\"},\"b\":[1,true,null]}"
        );
    }

    #[test]
    fn fractions_are_refused() {
        assert!(canonical(&json!({ "a": 0.5 })).unwrap_err().contains("`0.5`"));
        assert!(canonical(&json!(u64::MAX)).is_err());
    }
}
