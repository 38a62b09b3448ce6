//! YAML as Terraform writes it: block style, strings quoted or, where they have line breaks, literal.

use std::sync::Arc;

use super::convert;
use crate::value::{Data, Value};

/// Lines of quoted strings are folded at a space beyond this column.
const WIDEST: usize = 80;

/// The document for a wholly known value.
pub(super) fn encode(value: &Value) -> String {
    let mut writer = Writer { out: String::new(), column: 0, indention: true };
    writer.node(value, None, false);
    let plain = matches!(value.data, Data::Null | Data::Bool(_) | Data::Number(_));
    if !writer.indention || writer.column > 0 {
        writer.put("\n");
    }
    if plain {
        // A plain scalar alone could go on, so its end is marked.
        writer.put("...\n");
    }
    writer.out
}

struct Writer {
    out: String,
    column: usize,
    /// Nothing but indentation and `-` stands on the line.
    indention: bool,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        match text.rfind('\n') {
            Some(at) => self.column = text[at + 1..].chars().count(),
            None => self.column += text.chars().count(),
        }
        self.indention = text.ends_with('\n');
    }

    /// Goes to a column: on this line if only indentation stands there, else on the next.
    fn line(&mut self, indent: usize) {
        if !self.indention || self.column > indent {
            self.put("\n");
        }
        let missing = indent.saturating_sub(self.column);
        self.put(&" ".repeat(missing));
        self.indention = true;
    }

    fn space(&mut self) {
        if self.column > 0 && !self.out.ends_with([' ', '\n']) {
            self.put(" ");
        }
    }

    /// `indent` is that of the collection around it.
    fn node(&mut self, value: &Value, indent: Option<usize>, in_mapping: bool) {
        match &value.data {
            Data::List(list) if list.items.is_empty() => {
                self.space();
                self.put("[]");
            }
            Data::Map(map) if map.entries.is_empty() => {
                self.space();
                self.put("{}");
            }
            Data::List(list) => {
                // A list in a map is not indented further.
                let inner = match indent {
                    None => 0,
                    Some(indent) if in_mapping => indent,
                    Some(indent) => indent + 2,
                };
                for item in &list.items {
                    self.line(inner);
                    self.put("-");
                    self.indention = true;
                    self.node(item, Some(inner), false);
                }
            }
            Data::Map(map) => {
                let inner = indent.map_or(0, |indent| indent + 2);
                let mut entries: Vec<_> = map.entries.iter().collect();
                entries.sort_by(|one, other| one.0.cmp(other.0));
                for (key, item) in entries {
                    self.entry(key, item, inner);
                }
            }
            _ => self.scalar(value, indent),
        }
    }

    fn entry(&mut self, key: &Arc<str>, item: &Value, inner: usize) {
        self.line(inner);
        let simple = key.len() <= 128 && !key.contains(['\n', '\u{2028}', '\u{2029}', '\u{85}', '\r']);
        if simple {
            self.quoted(key, inner + 2, false);
            self.put(":");
        } else {
            self.put("?");
            self.indention = true;
            self.text(key, Some(inner));
            self.line(inner);
            self.put(":");
            self.indention = true;
        }
        self.node(item, Some(inner), simple);
    }

    fn scalar(&mut self, value: &Value, indent: Option<usize>) {
        let plain = match &value.data {
            Data::Text(text) => return self.text(text, indent),
            Data::Bool(bool) => bool.to_string(),
            Data::Number(number) => convert::number_text(*number),
            _ => "null".to_owned(),
        };
        self.space();
        self.put(&plain);
    }

    fn text(&mut self, text: &str, indent: Option<usize>) {
        let inner = indent.map_or(2, |indent| indent + 2);
        if text.contains('\n') && may_be_literal(text) {
            self.literal(text, inner)
        } else {
            self.quoted(text, inner, true)
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.space();
        self.put("|");
        if text.starts_with([' ', '\n', '\u{2028}', '\u{2029}']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        self.put("\n");
        let mut lines = text.split('\n').peekable();
        while let Some(line) = lines.next() {
            if !line.is_empty() {
                self.put(&" ".repeat(indent));
                self.put(line);
            }
            if lines.peek().is_some() {
                self.put("\n");
            }
        }
    }

    fn quoted(&mut self, text: &str, indent: usize, folds: bool) {
        self.space();
        self.put("\"");
        let count = text.len();
        let mut spaces = false;
        let mut characters = text.char_indices().peekable();
        while let Some((at, character)) = characters.next() {
            if character == ' ' {
                if folds && !spaces && self.column > WIDEST && at > 0 && at + 1 < count {
                    self.indention = false;
                    self.line(indent);
                    if characters.peek().is_some_and(|(_, next)| *next == ' ') {
                        self.put("\\");
                    }
                } else {
                    self.put(" ");
                }
                spaces = true;
            } else {
                self.put(&escaped(character));
                spaces = false;
            }
        }
        self.put("\"");
    }
}

fn escaped(character: char) -> String {
    let code = u32::from(character);
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(character) => return character.to_string(),
        _ if code <= 0xff => return format!("\\x{code:02X}"),
        _ if code <= 0xffff => return format!("\\u{code:04X}"),
        _ => return format!("\\U{code:08X}"),
    };
    format!("\\{short}")
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{a0}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}')
}

/// Literal style shows no escapes, and cannot hold a blank before a line break or at the end.
fn may_be_literal(text: &str) -> bool {
    !text.ends_with(' ')
        && !text.contains(" \n")
        && !text.contains(" \u{2028}")
        && !text.contains(" \u{2029}")
        && text.chars().all(is_printable)
}
