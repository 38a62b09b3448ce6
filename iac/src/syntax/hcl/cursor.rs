//! A place in the text that moves forward: blanks, comments, names, and getting past what is broken.

use std::collections::HashMap;
use std::sync::Arc;

use super::DEEPEST;
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::Comment;

/// Problems over which a text is not worth another.
const MOST_PROBLEMS: usize = 50;

pub(super) struct Cursor<'a> {
    pub source: &'a Source,
    pub text: &'a str,
    pub at: usize,
    /// Line breaks are blanks here: inside of parentheses, brackets and interpolations.
    pub newlines: bool,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
    /// End an unclosed block where a line begins as only a top-level block does.
    pub mend: bool,
    /// A block was still open at the end of the text.
    pub unclosed: bool,
    /// Something after an item was passed over that may have been an item itself.
    pub stepped_over: bool,
    /// Markers of heredocs that never end from here on.
    pub endless: Vec<&'a str>,
    names: HashMap<&'a str, Arc<str>>,
    depth: u32,
}

/// What stopped the reading of a piece.
#[derive(Debug, Clone, Copy)]
pub(super) struct Broken {
    pub at: usize,
    pub message: &'static str,
}

pub(super) type Read<T> = Result<T, Broken>;

impl<'a> Cursor<'a> {
    pub fn new(source: &'a Source, mend: bool) -> Self {
        let text: &str = &source.text;
        // A byte order mark is no part of the language.
        let at = if text.starts_with('\u{feff}') { 3 } else { 0 };
        Self {
            source,
            text,
            at,
            newlines: false,
            comments: Vec::new(),
            problems: Vec::new(),
            mend,
            unclosed: false,
            stepped_over: false,
            endless: Vec::new(),
            names: HashMap::new(),
            depth: 0,
        }
    }

    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.at + ahead).copied()
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    pub fn starts_with(&self, text: &str) -> bool {
        self.text.as_bytes().get(self.at..).is_some_and(|rest| rest.starts_with(text.as_bytes()))
    }

    pub fn take(&mut self, text: &str) -> bool {
        let there = self.starts_with(text);
        if there {
            self.at += text.len();
        }
        there
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source.id, start, end)
    }

    pub fn broken<T>(&self, message: &'static str) -> Read<T> {
        Err(Broken { at: self.at, message })
    }

    /// Runs a reader one level deeper.
    pub fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth >= DEEPEST {
            return self.broken("nested more than 200 levels deep");
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Runs a reader with line breaks as blanks, or not.
    pub fn with_newlines<T>(&mut self, newlines: bool, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        let before = std::mem::replace(&mut self.newlines, newlines);
        let read = read(self);
        self.newlines = before;
        read
    }

    pub fn report(&mut self, broken: Broken, help: &str) {
        if self.problems.len() >= MOST_PROBLEMS {
            return;
        }
        let start = self.text.floor_char_boundary(broken.at.min(self.text.len()));
        let end =
            self.text[start..].chars().next().filter(|c| *c != '\n').map_or(start, |c| start + c.len_utf8());
        self.problems.push(Problem {
            gravity: Gravity::Loss,
            path: self.source.path.clone(),
            span: Some(self.span(start, end)),
            message: broken.message.to_owned(),
            help: (!help.is_empty()).then(|| help.to_owned()),
        });
    }

    /// Blanks and comments; line breaks and line comments too where they are blanks.
    pub fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
                b'\r' if self.newlines || bytes.get(self.at + 1) != Some(&b'\n') => self.at += 1,
                b'\n' if self.newlines => self.at += 1,
                b'#' if self.newlines => self.comment(),
                b'/' if bytes.get(self.at + 1) == Some(&b'/') && self.newlines => self.comment(),
                b'/' if bytes.get(self.at + 1) == Some(&b'*') => self.comment(),
                _ => break,
            }
        }
    }

    /// Blanks, comments and line breaks.
    pub fn skip_lines(&mut self) {
        let before = std::mem::replace(&mut self.newlines, true);
        self.skip();
        self.newlines = before;
    }

    /// A comment begins here.
    pub fn at_line_comment(&self) -> bool {
        self.peek() == Some(b'#') || self.starts_with("//")
    }

    pub fn at_newline(&self) -> bool {
        self.peek() == Some(b'\n') || self.starts_with("\r\n")
    }

    /// Takes the comment that begins here.
    pub fn comment(&mut self) {
        let start = self.at;
        let rest = &self.text.as_bytes()[start.min(self.text.len())..];
        let (marker, length) = if rest.starts_with(b"/*") {
            match self.text[start..].find("*/") {
                Some(length) => (2, length + 2),
                None => {
                    self.report(
                        Broken { at: start, message: "a comment is never closed" },
                        "close it with `*/`",
                    );
                    (2, rest.len())
                }
            }
        } else {
            let length = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let length = if length > 0 && rest.get(length - 1) == Some(&b'\r') { length - 1 } else { length };
            (if rest.starts_with(b"#") { 1 } else { 2 }, length)
        };
        self.at = start + length;
        if self.comments.last().is_some_and(|last| last.span.end as usize > start) {
            return;
        }
        let whole = &self.text[start..self.at];
        let inner = whole.get(marker..).unwrap_or("");
        let inner = if whole.starts_with("/*") { inner.strip_suffix("*/").unwrap_or(inner) } else { inner };
        let before = self.text[..start].trim_end_matches([' ', '\t']);
        self.comments.push(Comment {
            span: self.span(start, self.at),
            text: inner.trim().to_owned(),
            alone: before.is_empty() || before.ends_with('\n') || before == "\u{feff}",
        });
    }

    /// A name, if one begins here.
    pub fn name(&mut self) -> Option<(Arc<str>, Span)> {
        let rest = self.rest();
        let first = rest.chars().next()?;
        if !starts_name(first) {
            return None;
        }
        let length =
            rest.char_indices().find(|(_, c)| !continues_name(*c)).map_or(rest.len(), |(index, _)| index);
        let span = self.span(self.at, self.at + length);
        self.at += length;
        Some((self.shared(&rest[..length]), span))
    }

    /// The text, shared with the other places where it occurs in this source.
    pub fn shared(&mut self, text: &'a str) -> Arc<str> {
        self.names.entry(text).or_insert_with(|| Arc::from(text)).clone()
    }

    /// Goes where reading stopped. When that is on a later line, and the line reads like an item of its own,
    /// what is broken ended before it.
    pub fn go_to(&mut self, broken: Broken, begin: usize) {
        let at = self.text.floor_char_boundary(broken.at.clamp(begin, self.text.len()));
        self.at = self.at.max(at);
        if let Some(line) = self.text[begin..at].rfind('\n').map(|found| begin + found)
            && self.line_begins_item(line)
        {
            self.at = line;
        }
    }

    /// Goes past what is broken inside of brackets: to a `,`, a line break outside of inner brackets (when
    /// `lines` is set), a closing bracket of ours, or where a line begins like the next attribute.
    pub fn get_past(&mut self, lines: bool) {
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' | b'[' | b'{' => open += 1,
                b')' | b']' | b'}' if open == 0 => return,
                b')' | b']' | b'}' => open -= 1,
                b',' if open == 0 => return,
                b'\n' if open == 0 && (lines || self.next_line_begins_item()) => return,
                b'"' => {
                    self.get_past_string();
                    continue;
                }
                b'#' => {
                    self.comment();
                    continue;
                }
                b'/' if matches!(self.byte(1), Some(b'/' | b'*')) => {
                    self.comment();
                    continue;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// To the end of a quoted string or of its line, from its opening quote.
    fn get_past_string(&mut self) {
        self.at += 1;
        let mut open = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => return,
                b'\\' => self.at += 1,
                b'$' | b'%' if self.byte(1) == Some(b'{') => {
                    open += 1;
                    self.at += 1;
                }
                b'}' if open > 0 => open -= 1,
                b'"' if open == 0 => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
        self.at = self.at.min(self.text.len());
    }

    /// Whether the line after this line break begins with `name =`, `name {`, or a closing brace.
    pub fn next_line_begins_item(&self) -> bool {
        self.line_begins_item(self.at)
    }

    /// The same of a line break elsewhere.
    pub fn line_begins_item(&self, at: usize) -> bool {
        let rest = self.text.get(at..).unwrap_or("");
        let line = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')).unwrap_or(rest);
        let line = line.trim_start_matches([' ', '\t']);
        if line.starts_with('}') {
            return true;
        }
        if !line.chars().next().is_some_and(starts_name) {
            return false;
        }
        let after = line.trim_start_matches(continues_name).trim_start_matches([' ', '\t']);
        (after.starts_with('=') && !after.starts_with("==") && !after.starts_with("=>"))
            || after.starts_with('{')
    }
}

pub(super) fn starts_name(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || (!c.is_ascii() && c.is_alphabetic())
}

pub(super) fn continues_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-' || (!c.is_ascii() && c.is_alphanumeric())
}
