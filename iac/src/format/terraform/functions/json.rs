//! JSON as Terraform writes and reads it: keys sorted, `<`, `>` and `&` escaped, numbers exact.

use std::sync::Arc;

use super::call::{Answer, Call, normal};
use super::convert;
use super::decimal::Decimal;
use super::pieces::Pieces;
use crate::value::{Data, Map, Piece, Value, Why, WhyKind};

/// Deeper nesting than this is not read; it would exhaust the stack.
pub(super) const DEEPEST: usize = 128;

/// The JSON text; what is unknown becomes holes in it.
pub(super) fn encode(value: &Value) -> Data {
    let mut out = Pieces::default();
    write(value, &mut out);
    out.finish()
}

fn write(value: &Value, out: &mut Pieces) {
    match &value.data {
        Data::Null => out.text("null"),
        Data::Bool(bool) => out.text(if *bool { "true" } else { "false" }),
        Data::Number(number) => out.text(&convert::number_text(*number)),
        Data::Text(text) => {
            let mut quoted = String::new();
            quote(text, &mut quoted);
            out.text(&quoted);
        }
        Data::Holed(pieces) => {
            out.text("\"");
            for piece in pieces.iter() {
                match piece {
                    Piece::Text(text) => {
                        let mut escaped = String::new();
                        escape(text, &mut escaped);
                        out.text(&escaped);
                    }
                    Piece::Hole(why) => out.hole(why.clone()),
                }
            }
            out.text("\"");
        }
        Data::List(list) => {
            out.text("[");
            for (at, item) in list.items.iter().enumerate() {
                if at > 0 {
                    out.text(",");
                }
                write(item, out);
            }
            rest(list.open.as_ref(), out);
            out.text("]");
        }
        Data::Map(map) => {
            let mut entries: Vec<_> = map.entries.iter().collect();
            entries.sort_by(|one, other| one.0.cmp(other.0));
            out.text("{");
            for (at, (key, item)) in entries.into_iter().enumerate() {
                let mut quoted = String::from(if at > 0 { "," } else { "" });
                quote(key, &mut quoted);
                quoted.push(':');
                out.text(&quoted);
                write(item, out);
            }
            rest(map.open.as_ref(), out);
            out.text("}");
        }
        Data::Unknown(_) | Data::Choice(_) => out.hole(convert::first_why(value)),
    }
}

fn rest(open: Option<&Arc<Why>>, out: &mut Pieces) {
    if let Some(why) = open {
        out.hole(why.clone());
    }
}

/// Appends a string in quotes.
pub(super) fn quote(text: &str, out: &mut String) {
    out.push('"');
    escape(text, out);
    out.push('"');
}

fn escape(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
}

/// The value a JSON text stands for.
pub(super) fn decode(call: &Call<'_, '_>, text: &str) -> Answer {
    let mut reader = Reader { call, text, at: 0, too_deep: false };
    let value = reader.value(0);
    if reader.too_deep {
        return Ok(
            call.unknown_because(WhyKind::Limit, format!("JSON nested more than {DEEPEST} deep is not read"))
        );
    }
    let value = value?;
    reader.blanks();
    // A bracket that closes nothing ends the text for Terraform as well.
    if !matches!(reader.peek(), None | Some(b']' | b'}')) {
        return Err(reader.refused("something follows the JSON value"));
    }
    Ok(value)
}

struct Reader<'r, 'c, 'x> {
    call: &'r Call<'c, 'x>,
    text: &'r str,
    at: usize,
    too_deep: bool,
}

impl Reader<'_, '_, '_> {
    fn refused(&self, what: &str) -> String {
        format!("{what} at offset {}", self.at)
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        if found {
            self.at += word.len();
        }
        found
    }

    fn value(&mut self, depth: usize) -> Answer {
        if depth > DEEPEST {
            self.too_deep = true;
            return Err(self.refused("the JSON text is nested too deep"));
        }
        self.blanks();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => Ok(self.call.make_text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ if self.take("true") => Ok(self.call.make_bool(true)),
            _ if self.take("false") => Ok(self.call.make_bool(false)),
            _ if self.take("null") => Ok(self.call.make(Data::Null)),
            Some(_) => Err(self.refused("this is no JSON value")),
            None => Err(self.refused("the JSON text ends too early")),
        }
    }

    fn array(&mut self, depth: usize) -> Answer {
        self.at += 1;
        let mut items = Vec::new();
        self.blanks();
        if self.take("]") {
            return Ok(self.call.make_list(items, None));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.blanks();
            if self.take("]") {
                return Ok(self.call.make_list(items, None));
            }
            if !self.take(",") {
                return Err(self.refused("a comma or `]` is missing"));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Answer {
        self.at += 1;
        let mut map = Map::default();
        self.blanks();
        if self.take("}") {
            return Ok(self.call.make_map(map));
        }
        loop {
            self.blanks();
            if self.peek() != Some(b'"') {
                return Err(self.refused("a key in quotes is missing"));
            }
            let key = normal(&self.string()?);
            self.blanks();
            if !self.take(":") {
                return Err(self.refused("a colon is missing"));
            }
            let value = self.value(depth + 1)?;
            map.entries.insert(key, value);
            self.blanks();
            if self.take("}") {
                return Ok(self.call.make_map(map));
            }
            if !self.take(",") {
                return Err(self.refused("a comma or `}` is missing"));
            }
        }
    }

    fn number(&mut self) -> Answer {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) =
            digits.split_once('.').map_or((digits, None), |(whole, fraction)| (whole, Some(fraction)));
        let whole = whole.split(['e', 'E']).next().unwrap_or("");
        let leading_zero = whole.len() > 1 && whole.starts_with('0');
        let bare_point = fraction
            .is_some_and(|fraction| !fraction.starts_with(|character: char| character.is_ascii_digit()));
        if whole.is_empty() || leading_zero || bare_point {
            return Err(self.refused("this is no JSON number"));
        }
        let decimal = Decimal::parse(text).ok_or_else(|| self.refused("this is no JSON number"))?;
        Ok(self.call.make_number(&decimal))
    }

    fn string(&mut self) -> Result<String, String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let Some(character) = self.text.get(self.at..).and_then(|rest| rest.chars().next()) else {
                return Err(self.refused("a string is not closed"));
            };
            self.at += character.len_utf8();
            match character {
                '"' => return Ok(out),
                '\\' => self.escaped(&mut out)?,
                '\0'..='\u{1f}' => return Err(self.refused("a control character stands in a string")),
                _ => out.push(character),
            }
        }
    }

    fn escaped(&mut self, out: &mut String) -> Result<(), String> {
        let escape = self.peek().ok_or_else(|| self.refused("a string is not closed"))?;
        self.at += 1;
        out.push(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let high = self.unit()?;
                let low_follows = (0xd800..0xdc00).contains(&high)
                    && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u"));
                if low_follows {
                    let back = self.at;
                    self.at += 2;
                    let low = self.unit()?;
                    match char::decode_utf16([high, low]).next() {
                        Some(Ok(character)) => character,
                        _ => {
                            self.at = back;
                            '\u{fffd}'
                        }
                    }
                } else {
                    char::from_u32(u32::from(high)).unwrap_or('\u{fffd}')
                }
            }
            _ => return Err(self.refused("there is no such escape in JSON")),
        });
        Ok(())
    }

    fn unit(&mut self) -> Result<u16, String> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.refused("four hexadecimal digits are missing"))
    }
}
