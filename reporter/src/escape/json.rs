//! JSON: what a shell or a log shows of it is visible, and whoever reads it gets each text as it is.

use serde::Serialize;

use super::{Escaped, commands, is_hidden};

/// A document, indented, with a line break at its end.
///
/// # Errors
/// The value cannot be JSON; a clause.
pub fn document(value: &impl Serialize) -> Result<Escaped, String> {
    written(serde_json::to_string_pretty(value))
}

/// The same in one line.
///
/// # Errors
/// The value cannot be JSON; a clause.
pub fn line(value: &impl Serialize) -> Result<Escaped, String> {
    written(serde_json::to_string(value))
}

/// JSON that was written before, with nothing left in it that is not seen.
pub fn again(text: &str) -> Escaped {
    Escaped(escaped(text))
}

fn written(text: serde_json::Result<String>) -> Result<Escaped, String> {
    let mut text = escaped(&text.map_err(|error| format!("the JSON cannot be written: {error}"))?);
    text.push('\n');
    Ok(Escaped(text))
}

/// Outside of its strings JSON has none of these characters, and in them each can be written by its number.
fn escaped(text: &str) -> String {
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n') && byte != b'#';
    if text.bytes().all(plain) && !text.contains("section_") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        let by_number = match c {
            '\n' => false,
            c => {
                is_hidden(c)
                    || commands(c, text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default())
            }
        };
        match by_number {
            true => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")))
            }
            false => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_unseen_stands_in_it_and_nothing_is_lost() {
        let text = "\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{2028}\u{e0041}##vso[x]\n### é 🎉 section_end:1";
        let json = line(&text).unwrap_or_default();
        assert_eq!(
            json.as_str(),
            "\"\\u001b[2J\\u007f\\u009b\\u202e\\u2028\\udb40\\udc41#\\u0023vso[x]\\n### é 🎉 section_end\\u003a1\"\n"
        );
        assert_eq!(serde_json::from_str::<String>(json.as_str()).ok().as_deref(), Some(text));
    }
}
