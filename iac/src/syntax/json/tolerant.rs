//! The reader for JSON that breaks: it notes the fault, skips to the next comma or bracket, and goes on.
//!
//! A bracket that is missing or too many would move all that follows into another object. Where the text is laid out,
//! its indentation says what belongs together.

use std::ops::Range;
use std::sync::Arc;

use super::{Repeated, comment, mapping, string, too_deep};
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::syntax::Comment;
use crate::syntax::node::{Entry, Layout, Node, NodeData};
use crate::syntax::yaml::MAX_DEPTH;

/// Faults that are told one by one; the rest of a hopeless text is not worth more lines.
const MAX_FAULTS: usize = 20;
/// Brackets too many over which the rest of a text is lost.
const MAX_REOPENED: usize = 200;

pub(super) fn read(
    source: &Source,
    range: Range<usize>,
    repeated: Repeated,
) -> (Option<Node>, Vec<Comment>, Vec<Problem>) {
    let is_laid_out = source.text.get(range.clone()).is_some_and(|text| text.trim().contains('\n'));
    let by_layout = Reader::new(source, range.clone(), repeated, is_laid_out).whole();
    if by_layout.faults <= 1 || !is_laid_out {
        return by_layout.read;
    }
    // A text that is laid out in another way has more faults by its lay-out than by its brackets.
    let by_brackets = Reader::new(source, range, repeated, false).whole();
    if by_layout.faults <= by_brackets.faults { by_layout.read } else { by_brackets.read }
}

struct Whole {
    read: (Option<Node>, Vec<Comment>, Vec<Problem>),
    faults: usize,
}

struct Reader<'a> {
    source: &'a Source,
    bytes: &'a [u8],
    at: usize,
    end: usize,
    comments: Vec<Comment>,
    problems: Vec<Problem>,
    faults: usize,
    repeated: Repeated,
    /// Whether indentation says which bracket closes what.
    by_layout: bool,
    /// The brackets that are open, outermost first.
    open: Vec<u8>,
    /// Where the line of the last bracket that opened begins, and where that was looked for.
    line: (usize, usize),
    /// How often what was read before was found not to be whole.
    reopened: usize,
}

/// An object or an array that is being read.
struct Container {
    start: usize,
    /// The indentation of the line it opens on.
    outer: usize,
    /// The indentation of the first element that begins a line.
    inner: Option<usize>,
}

/// What the lay-out says of the token that comes next.
#[derive(PartialEq, Eq)]
enum Belongs {
    Here,
    /// To what stands around: the closing bracket is missing.
    Around,
    /// To what was closed just before: a bracket was too many.
    Below,
}

impl<'a> Reader<'a> {
    fn new(source: &'a Source, range: Range<usize>, repeated: Repeated, by_layout: bool) -> Self {
        Self {
            source,
            bytes: source.text.as_bytes(),
            at: range.start,
            end: range.end,
            comments: Vec::new(),
            problems: Vec::new(),
            faults: 0,
            repeated,
            by_layout,
            open: Vec::new(),
            line: (range.start, range.start),
            reopened: 0,
        }
    }

    fn whole(mut self) -> Whole {
        let mut node = self.value(0);
        self.blanks();
        if self.at < self.end && node.is_some() {
            self.fault(self.at, "the text goes on after its value");
            if let Some(node) = &mut node {
                // Without a lay-out, nothing tells what was closed too early.
                open_up(node, !self.by_layout);
            }
        } else if node.is_none() && self.problems.is_empty() && self.at < self.end {
            self.fault(self.at, "a value was expected");
        }
        Whole { read: (node, self.comments, self.problems), faults: self.faults }
    }

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
            help: Some("put it right there or just above; what could not be read was not judged".to_owned()),
        });
    }

    /// The indentation of the token that comes next, if it is the first of its line.
    fn indent(&self) -> Option<usize> {
        let before = self.bytes.get(..self.at).unwrap_or_default();
        let blanks = before.iter().rev().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let stop = before.len().checked_sub(blanks + 1).and_then(|at| before.get(at));
        matches!(stop, None | Some(b'\n')).then_some(blanks)
    }

    /// The indentation of the line that a place stands on; places come in their order.
    fn indent_of_line(&mut self, at: usize) -> usize {
        let (start, seen) = self.line;
        let passed = self.bytes.get(seen..at).unwrap_or_default();
        let start = passed.iter().rposition(|byte| *byte == b'\n').map_or(start, |found| seen + found + 1);
        self.line = (start, at);
        let line = self.bytes.get(start..at).unwrap_or_default();
        line.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    fn enter(&mut self, start: usize, bracket: u8) -> Container {
        self.open.push(bracket);
        self.at = start + 1;
        Container { start, outer: self.indent_of_line(start), inner: None }
    }

    /// Where the next token belongs by its indentation, if it is the first of its line.
    fn place(&self, container: &mut Container, closes: bool) -> Belongs {
        if !self.by_layout {
            return Belongs::Here;
        }
        // A comma belongs to whoever comes to it.
        let Some(indent) = self.indent().filter(|_| self.peek() != Some(b',')) else {
            return if closes && self.goes_on(container) { Belongs::Below } else { Belongs::Here };
        };
        if closes {
            return match container.inner {
                _ if indent < container.outer => Belongs::Around,
                Some(_) if indent > container.outer => Belongs::Below,
                _ => Belongs::Here,
            };
        }
        match container.inner {
            // The outermost value has nothing around it.
            _ if indent <= container.outer && self.open.len() > 1 => Belongs::Around,
            Some(inner) if indent > inner => Belongs::Below,
            Some(_) => Belongs::Here,
            None => {
                container.inner = Some(indent);
                Belongs::Here
            }
        }
    }

    /// Whether a container whose elements have lines of their own goes on behind the closing bracket that stands here,
    /// within a line: the next line begins as its elements do, or closes it.
    fn goes_on(&self, container: &Container) -> bool {
        let Some(inner) = container.inner else { return false };
        let rest = self
            .source
            .text
            .get(self.at + 1..self.end)
            .unwrap_or("")
            .trim_start_matches([' ', '\t', ',', '\r']);
        let Some(lines) = rest.strip_prefix('\n') else { return false };
        let next = lines.trim_start();
        let line = lines.get(..lines.len() - next.len()).unwrap_or("");
        let indent = line.rsplit_once('\n').map_or(line, |(_, last)| last).len();
        match next.starts_with(['}', ']']) {
            true => indent == container.outer,
            false => indent == inner && !next.is_empty(),
        }
    }

    /// Past the lines that are indented deeper than the elements of a container: they belong to one that was lost.
    fn skip_deeper(&mut self, container: &Container) {
        let Some(inner) = container.inner.filter(|_| self.by_layout) else { return };
        loop {
            self.blanks();
            let (Some(byte), Some(indent)) = (self.peek(), self.indent()) else { return };
            let closes = matches!(byte, b'}' | b']') && indent == inner && indent > container.outer;
            if indent <= inner && !closes {
                return;
            }
            let rest = self.source.text.get(self.at..self.end).unwrap_or("");
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
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
        let mut container = self.enter(start, b'[');
        let (mut items, mut broken): (Vec<Node>, bool) = (Vec::new(), false);
        let mut is_parted = true;
        loop {
            self.blanks();
            let Some(byte) = self.peek() else {
                self.fault(start, "this `[` is never closed");
                broken = true;
                break;
            };
            match self.place(&mut container, matches!(byte, b']' | b'}')) {
                Belongs::Around => {
                    self.fault(container.start, "this `[` is never closed");
                    broken = true;
                    break;
                }
                Belongs::Below if matches!(byte, b']' | b'}') => {
                    self.too_many(items.last_mut(), &mut broken);
                    continue;
                }
                Belongs::Below if byte == b'"' => {
                    self.stray(items.last_mut(), &mut broken);
                    self.skip_deeper(&container);
                    continue;
                }
                _ => {}
            }
            if !matches!(byte, b']' | b'}' | b',') && !std::mem::replace(&mut is_parted, false) {
                self.fault(self.at, "a comma was expected before this");
            }
            match byte {
                b']' => {
                    self.at += 1;
                    break;
                }
                b',' => {
                    self.at += 1;
                    is_parted = true;
                }
                b'}' if self.closes_what_is_around() => {
                    self.fault(container.start, "this `[` is never closed");
                    broken = true;
                    break;
                }
                _ => match self.value(depth + 1) {
                    Some(node) => {
                        broken |= node.broken && !node.is_mapping() && !node.is_sequence();
                        items.push(node);
                    }
                    None => {
                        self.fault(self.at, "an element was expected");
                        self.skip_one();
                        (broken, is_parted) = (true, true);
                    }
                },
            }
        }
        self.open.pop();
        let span = self.span(start, self.at);
        Node { broken, ..Node::new(span, Layout::Flow, NodeData::Sequence(items.into())) }
    }

    fn object(&mut self, depth: usize) -> Node {
        let start = self.at;
        let mut container = self.enter(start, b'{');
        let (mut entries, mut broken): (Vec<Entry>, bool) = (Vec::new(), false);
        let mut is_parted = true;
        loop {
            self.blanks();
            let Some(byte) = self.peek() else {
                self.fault(start, "this `{` is never closed");
                broken = true;
                break;
            };
            let last = entries.last_mut().map(|entry| &mut entry.value);
            match self.place(&mut container, matches!(byte, b']' | b'}')) {
                Belongs::Around => {
                    self.fault(container.start, "this `{` is never closed");
                    broken = true;
                    break;
                }
                Belongs::Below if matches!(byte, b']' | b'}') => {
                    self.too_many(last, &mut broken);
                    continue;
                }
                Belongs::Below if byte == b'"' => {
                    self.stray(last, &mut broken);
                    self.skip_deeper(&container);
                    is_parted = true;
                    continue;
                }
                _ => {}
            }
            if byte == b'"' && !std::mem::replace(&mut is_parted, false) {
                self.fault(self.at, "a comma was expected before this");
            }
            match byte {
                b'}' => {
                    self.at += 1;
                    break;
                }
                b',' => {
                    self.at += 1;
                    is_parted = true;
                }
                b'"' => {
                    let faults = self.faults;
                    let (entry, is_broken) = self.entry(depth);
                    broken |= is_broken;
                    if entry.as_ref().is_none_or(|entry| entry.key.broken) {
                        self.skip_deeper(&container);
                    }
                    entries.extend(entry);
                    // What follows a fault follows no entry.
                    is_parted = self.faults > faults;
                }
                b']' if self.closes_what_is_around() => {
                    self.fault(container.start, "this `{` is never closed");
                    broken = true;
                    break;
                }
                _ => {
                    self.fault(self.at, "a key in double quotes was expected");
                    self.skip_one();
                    self.skip_to_comma();
                    (broken, is_parted) = (true, true);
                }
            }
        }
        self.open.pop();
        let span = self.span(start, self.at);
        let node = mapping(self.source, span, entries, (self.repeated, depth), &mut self.problems);
        Node { broken: broken || node.broken, ..node }
    }

    /// An entry, where its key could be read, and whether what holds it may hold more.
    fn entry(&mut self, depth: usize) -> (Option<Entry>, bool) {
        let key = self.string();
        let mut broken = key.broken;
        self.blanks();
        let after_key = self.span(self.at, self.at);
        if self.peek() != Some(b':') {
            self.fault(self.at, "a colon was expected behind the key");
            self.skip_to_comma();
            let entry = (!key.broken).then(|| Entry { key, value: Node::lost(after_key), merged: false });
            return (entry, true);
        }
        self.at += 1;
        let outer = self.repeated;
        self.repeated = outer.below(&key.name(), depth);
        let value = match self.value(depth + 1) {
            Some(value) => value,
            None => {
                self.fault(self.at, "a value was expected behind the colon");
                Node::lost(self.span(self.at, self.at))
            }
        };
        self.repeated = outer;
        broken |= value.broken && !value.is_mapping() && !value.is_sequence();
        (Some(Entry { key, value, merged: false }), broken)
    }

    /// A closing bracket that by its place closes what was closed before.
    fn too_many(&mut self, last: Option<&mut Node>, broken: &mut bool) {
        self.fault(self.at, "a bracket is too many here or above");
        self.at += 1;
        *broken = true;
        self.reopen(last);
    }

    /// An entry that by its place belongs to what was closed before: it is left out.
    fn stray(&mut self, last: Option<&mut Node>, broken: &mut bool) {
        self.fault(self.at, "this belongs to what is closed above: a bracket is too many there");
        let faults = std::mem::replace(&mut self.faults, MAX_FAULTS);
        self.string();
        self.faults = faults;
        self.skip_to_comma();
        *broken = true;
        self.reopen(last);
    }

    /// What was read last may have been closed too early, and may hold more.
    fn reopen(&mut self, last: Option<&mut Node>) {
        self.reopened += 1;
        if self.reopened > MAX_REOPENED {
            // Nothing is to be had of such a text.
            self.at = self.end;
        } else if let Some(last) = last {
            open_up(last, false);
        }
    }

    /// Whether the bracket that stands here closes what is around the container rather than being one too many:
    /// another entry of that, its end or the end of the text follows.
    fn closes_what_is_around(&self) -> bool {
        let around = match self.peek() {
            Some(b'}') => b'{',
            Some(b']') => b'[',
            _ => return false,
        };
        let Some((_, outer)) = self.open.split_last() else { return false };
        if !outer.contains(&around) {
            return false;
        }
        let rest = self.source.text.get(self.at + 1..self.end).unwrap_or("");
        let rest = rest.trim_start();
        let Some(next) = rest.strip_prefix(',') else {
            return rest.is_empty() || rest.starts_with(['}', ']']);
        };
        let key = next.trim_start().strip_prefix('"');
        let behind = key.and_then(|key| key.split_once(['"', '\n']));
        behind.is_some_and(|(_, behind)| behind.trim_start().starts_with(':')) == (around == b'{')
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

/// Whatever ends where a node does may have been closed too early, and may hold more; or `all` that is in it.
fn open_up(node: &mut Node, all: bool) {
    let is_collection = node.is_mapping() || node.is_sequence();
    node.broken |= is_collection;
    match &mut node.data {
        NodeData::Sequence(items) => {
            let mut copy = items.to_vec();
            let first = if all { 0 } else { copy.len().saturating_sub(1) };
            copy.iter_mut().skip(first).for_each(|item| open_up(item, all));
            *items = copy.into();
        }
        NodeData::Mapping(entries) => {
            let mut copy = entries.to_vec();
            let first = if all { 0 } else { copy.len().saturating_sub(1) };
            copy.iter_mut().skip(first).for_each(|entry| open_up(&mut entry.value, all));
            *entries = copy.into();
        }
        NodeData::Scalar(_) => {}
    }
}
