//! The reader for JSON that breaks: it notes the fault, skips to the next comma or bracket, and goes on.

use std::ops::Range;
use std::sync::Arc;

use super::{comment, mapping, string, too_deep};
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::Comment;
use crate::syntax::node::{Entry, Layout, Node, NodeData};
use crate::syntax::yaml::MAX_DEPTH;

/// Faults that are told one by one; the rest of a hopeless text is not worth more lines.
const MAX_FAULTS: usize = 20;

pub(super) fn read(source: &Source, range: Range<usize>) -> (Option<Node>, Vec<Comment>, Vec<Problem>) {
    let mut reader = Reader {
        source,
        bytes: source.text.as_bytes(),
        at: range.start,
        end: range.end,
        comments: Vec::new(),
        problems: Vec::new(),
        faults: 0,
    };
    let mut node = reader.value(0);
    reader.blanks();
    if reader.at < reader.end && node.is_some() {
        reader.fault(reader.at, "the text goes on after its value");
        if let Some(node) = &mut node {
            node.broken = true;
        }
    } else if node.is_none() && reader.problems.is_empty() && reader.at < reader.end {
        reader.fault(reader.at, "a value was expected");
    }
    (node, reader.comments, reader.problems)
}

struct Reader<'a> {
    source: &'a Source,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    comments: Vec<Comment>,
    problems: Vec<Problem>,
    faults: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        (self.at < self.end).then(|| self.bytes.get(self.at).copied()).flatten()
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.source.id, start, end)
    }

    fn fault(&mut self, at: usize, why: &str) {
        self.faults += 1;
        if self.faults > MAX_FAULTS {
            return;
        }
        let rest = self.source.text.get(at..self.end).unwrap_or("").chars().take(200);
        let length: usize = rest.take_while(|char| !matches!(char, '\n' | '\r')).map(char::len_utf8).sum();
        self.problems.push(Problem {
            gravity: Gravity::Loss,
            path: Arc::clone(&self.source.path),
            span: Some(self.span(at, at + length)),
            message: format!("this cannot be read as JSON: {why}"),
            help: None,
        });
    }

    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            let next = self.bytes.get(self.at + 1).copied();
            let rest = self.source.text.get(self.at..self.end).unwrap_or("");
            let length = match (byte, next) {
                (b' ' | b'\t' | b'\n' | b'\r', _) => {
                    self.at += 1;
                    continue;
                }
                (b'/', Some(b'/')) => rest.find('\n').unwrap_or(rest.len()),
                (b'/', Some(b'*')) => rest.find("*/").map_or(rest.len(), |at| at + 2),
                _ => return,
            };
            self.comments.push(comment(self.source, self.at..self.at + length));
            self.at += length;
        }
    }

    /// A value, or `None` (with the fault noted by the caller) when none stands here.
    fn value(&mut self, depth: usize) -> Option<Node> {
        self.blanks();
        let start = self.at;
        match self.peek()? {
            b'{' | b'[' if depth > MAX_DEPTH => {
                self.problems.push(too_deep(self.source, self.span(start, start + 1)));
                self.at = self.end;
                Some(Node::lost(self.span(start, start)))
            }
            b'{' => Some(self.object(depth)),
            b'[' => Some(self.array(depth)),
            b'"' => Some(self.string()),
            byte if byte == b'-' || byte.is_ascii_alphanumeric() => {
                while self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
                {
                    self.at += 1;
                }
                let text = self.source.text.get(start..self.at).unwrap_or("");
                let span = self.span(start, self.at);
                let is_literal = matches!(text, "true" | "false" | "null")
                    || text.parse::<f64>().is_ok_and(f64::is_finite);
                if is_literal {
                    return Some(Node::new(span, Layout::Plain, NodeData::Scalar(Arc::from(text))));
                }
                self.fault(start, "texts stand in double quotes");
                Some(Node::lost(span))
            }
            _ => None,
        }
    }

    fn string(&mut self) -> Node {
        let start = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.at += 1;
                    let raw = self.source.text.get(start..self.at).unwrap_or("");
                    let span = self.span(start, self.at);
                    return match serde_json::from_str::<String>(raw) {
                        Ok(text) => string(span, &text),
                        Err(_) => {
                            self.fault(start, "an escape in this text is wrong");
                            Node::lost(span)
                        }
                    };
                }
                b'\\' => self.at += 2,
                b'\n' | b'\r' => break,
                _ => self.at += 1,
            }
        }
        self.at = self.at.min(self.end);
        let words = self.source.text.get(start..self.at).unwrap_or("").trim_end_matches([' ', ',']);
        self.fault(start, "the closing quote is missing");
        let mut node = string(self.span(start, start + words.len()), words.trim_start_matches('"'));
        node.broken = true;
        node
    }

    fn array(&mut self, depth: usize) -> Node {
        let start = self.at;
        self.at += 1;
        let (mut items, mut broken) = (Vec::new(), false);
        loop {
            self.blanks();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                None => {
                    self.fault(start, "this `[` is never closed");
                    broken = true;
                    break;
                }
                Some(_) => match self.value(depth + 1) {
                    Some(node) => {
                        broken |= node.broken && !node.is_mapping() && !node.is_sequence();
                        items.push(node);
                    }
                    None => {
                        self.fault(self.at, "an element was expected");
                        self.skip_one();
                        broken = true;
                    }
                },
            }
        }
        let span = self.span(start, self.at);
        Node { broken, ..Node::new(span, Layout::Flow, NodeData::Sequence(items.into())) }
    }

    fn object(&mut self, depth: usize) -> Node {
        let start = self.at;
        self.at += 1;
        let (mut entries, mut broken) = (Vec::new(), false);
        loop {
            self.blanks();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    break;
                }
                Some(b',') => self.at += 1,
                Some(b'"') => {
                    let key = self.string();
                    broken |= key.broken;
                    self.blanks();
                    let after_key = self.span(self.at, self.at);
                    if self.peek() == Some(b':') {
                        self.at += 1;
                    } else {
                        self.fault(self.at, "a colon was expected behind the key");
                        broken = true;
                        self.skip_to_comma();
                        if !key.broken {
                            entries.push(Entry { key, value: Node::lost(after_key), merged: false });
                        }
                        continue;
                    }
                    let value = match self.value(depth + 1) {
                        Some(value) => value,
                        None => {
                            self.fault(self.at, "a value was expected behind the colon");
                            Node::lost(self.span(self.at, self.at))
                        }
                    };
                    broken |= value.broken && !value.is_mapping() && !value.is_sequence();
                    entries.push(Entry { key, value, merged: false });
                }
                None => {
                    self.fault(start, "this `{` is never closed");
                    broken = true;
                    break;
                }
                Some(_) => {
                    self.fault(self.at, "a key in double quotes was expected");
                    self.skip_one();
                    self.skip_to_comma();
                    broken = true;
                }
            }
        }
        let span = self.span(start, self.at);
        let node = mapping(self.source, span, entries, &mut self.problems);
        Node { broken, ..node }
    }

    /// One character further.
    fn skip_one(&mut self) {
        self.at += 1;
        while self.at < self.end && !self.source.text.is_char_boundary(self.at) {
            self.at += 1;
        }
    }

    /// To the next comma, closing bracket or line break of this level.
    fn skip_to_comma(&mut self) {
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => depth -= 1,
                b',' | b'\n' if depth == 0 => return,
                b'"' => {
                    let faults = self.faults;
                    self.faults = MAX_FAULTS;
                    self.string();
                    self.faults = faults;
                    continue;
                }
                _ => {}
            }
            self.skip_one();
        }
    }
}
