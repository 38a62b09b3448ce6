//! Events → nodes.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};

use super::{Failure, MAX_DEPTH, YamlReader};
use crate::problem::Gravity;
use crate::syntax::node::{Alias, Entry, Layout, Node, NodeData};

/// Nodes that aliases may add to a file before they are taken for an attack: for each of its bytes, and at most. So
/// many small files come to no more than one large one.
const ALIASED_PER_BYTE: usize = 1;
const LEAST_ALIASED: usize = 5_000;
const MAX_ALIASED: usize = 200_000;

impl YamlReader<'_> {
    /// Reads the documents in a part of the text.
    pub(super) fn events(&mut self, range: Range<usize>) -> Result<Vec<Node>, Failure> {
        let source = self.source;
        let text = source.text.get(range.clone()).unwrap_or("");
        let (problems, scalars) = (self.problems.len(), self.scalars.len());
        let mut builder = Builder {
            marks: Marks::new(text, range.start),
            reading: self,
            end: range.end,
            stack: Vec::new(),
            anchors: HashMap::new(),
            skipping: 0,
            documents: Vec::new(),
        };
        let done = builder.run(text);
        let documents = std::mem::take(&mut builder.documents);
        match done {
            Ok(()) => Ok(documents),
            Err(failure) => {
                // The parts are read anew, so what was noted on the way would be said twice.
                self.problems.truncate(problems);
                self.scalars.truncate(scalars);
                Err(failure)
            }
        }
    }
}

/// Turns the parser's character counts into byte offsets of the source.
struct Marks<'a> {
    text: &'a str,
    base: usize,
    /// The byte of every 64th character; empty when all are one byte long.
    stations: Vec<usize>,
}

impl<'a> Marks<'a> {
    fn new(text: &'a str, base: usize) -> Self {
        let stations = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(64).map(|(byte, _)| byte).collect()
        };
        Self { text, base, stations }
    }

    fn byte(&self, index: usize) -> usize {
        if self.stations.is_empty() {
            return self.base + index.min(self.text.len());
        }
        let station = self.stations.get(index / 64).copied().unwrap_or(self.text.len());
        let rest = self.text.get(station..).unwrap_or("");
        let within = rest.char_indices().nth(index % 64).map_or(rest.len(), |(byte, _)| byte);
        self.base + station + within
    }
}

struct Frame {
    start: usize,
    tag: Option<Arc<str>>,
    anchor: usize,
    layout: Layout,
    content: Content,
    /// One past the last child's last byte.
    end: usize,
    /// Nodes below, aliases expanded, and levels below.
    size: usize,
    height: usize,
    broken: bool,
}

enum Content {
    Sequence(Vec<Node>),
    Mapping { entries: Vec<Entry>, index: HashMap<Arc<str>, usize>, key: Option<Node>, merges: Vec<Node> },
}

struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

struct Builder<'a, 'r, 's> {
    reading: &'r mut YamlReader<'s>,
    marks: Marks<'a>,
    end: usize,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchored>,
    /// Levels of collections below the deepest that is read.
    skipping: usize,
    documents: Vec<Node>,
}

impl Builder<'_, '_, '_> {
    fn run(&mut self, text: &str) -> Result<(), Failure> {
        let mut parser = Parser::new_from_str(text);
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|error| Failure {
                at: self.marks.byte(error.marker().index()),
                why: error.info().to_owned(),
            })?;
            let range = self.marks.byte(span.start.index())..self.marks.byte(span.end.index());
            match event {
                Event::DocumentStart(_) => self.anchors.clear(),
                Event::Scalar(text, style, anchor, tag) if self.skipping == 0 => {
                    self.scalar(&text, style, anchor, tag.as_deref(), range);
                }
                Event::Alias(anchor) if self.skipping == 0 => self.alias(anchor, range)?,
                Event::SequenceStart(anchor, tag) => {
                    self.open(Content::Sequence(Vec::new()), anchor, tag.as_deref(), range);
                }
                Event::MappingStart(anchor, tag) => {
                    let content = Content::Mapping {
                        entries: Vec::new(),
                        index: HashMap::new(),
                        key: None,
                        merges: Vec::new(),
                    };
                    self.open(content, anchor, tag.as_deref(), range);
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(),
                _ => {}
            }
        }
        Ok(())
    }

    fn slice(&self, range: Range<usize>) -> &str {
        self.reading.source.text.get(range).unwrap_or("")
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
        range: Range<usize>,
    ) {
        let (layout, range, inside) = self.extent(text, style, anchor > 0 || tag.is_some(), range);
        if !inside.is_empty() {
            let span = self.reading.span(inside);
            self.reading.scalars.push(span);
        }
        let mut node = Node::new(self.reading.span(range.clone()), layout, NodeData::Scalar(Arc::from(text)));
        node.tag = tag.and_then(tag_name);
        self.finish(node, anchor, 1, 0, range.end);
    }

    /// The layout of a scalar, all its bytes, and those of its content. The parser's spans leave out the mark
    /// of a block scalar and take in comments behind some quoted ones.
    fn extent(
        &self,
        text: &str,
        style: ScalarStyle,
        properties: bool,
        range: Range<usize>,
    ) -> (Layout, Range<usize>, Range<usize>) {
        let mut content = range.start;
        if properties {
            content += property_len(self.slice(range.start..self.end));
        }
        let first = range.start + if properties { anchor_len(self.slice(range.start..self.end)) } else { 0 };
        let range = first.min(content)..range.end.max(first);
        match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                let quote = if style == ScalarStyle::SingleQuoted { b'\'' } else { b'"' };
                let layout = if quote == b'"' { Layout::DoubleQuoted } else { Layout::SingleQuoted };
                let end = content + quoted_len(self.slice(content..self.end), quote);
                (layout, range.start..end, content..end)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let mark = if style == ScalarStyle::Literal { '|' } else { '>' };
                let layout = if mark == '|' { Layout::Literal } else { Layout::Folded };
                let (opening, body) = if properties {
                    (content, content + self.slice(content..range.end).find('\n').unwrap_or(0))
                } else {
                    let before = self.last_end();
                    let gap = self.slice(before..range.start);
                    (before + gap.find(mark).unwrap_or(gap.len()), range.start)
                };
                let end = (opening + self.slice(opening..range.end).trim_end().len()).max(opening);
                let start = if properties { range.start } else { opening };
                (layout, start..end, body.min(end)..end)
            }
            ScalarStyle::Plain if text.is_empty() => {
                let at = if properties {
                    (range.start + self.slice(range.start..content).trim_end().len()).max(range.start)
                } else {
                    self.after_colon().unwrap_or(range.start)
                };
                let start = if properties { range.start } else { at };
                (Layout::Plain, start..at, at..at)
            }
            ScalarStyle::Plain => {
                let end = range.start + self.slice(range.clone()).trim_end().len();
                (Layout::Plain, range.start..end, content..end.max(content))
            }
        }
    }

    /// Where what was read last ends.
    fn last_end(&self) -> usize {
        let start = self.marks.base;
        self.stack.last().map_or(start, |frame| match &frame.content {
            Content::Mapping { key: Some(key), .. } => key.span.end as usize,
            _ => frame.end.max(frame.start),
        })
    }

    /// The place behind the colon of the key that waits for its value.
    fn after_colon(&self) -> Option<usize> {
        let Content::Mapping { key: Some(key), .. } = &self.stack.last()?.content else { return None };
        let end = key.span.end as usize;
        let rest = self.slice(end..self.end);
        let blank = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        Some(if rest[blank..].starts_with(':') { end + blank + 1 } else { end })
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<(), Failure> {
        let end = range.start + self.slice(range.clone()).trim_end().len();
        let range = range.start..end;
        let span = self.reading.span(range.clone());
        let depth = self.stack.len();
        let Some(anchored) = self.anchors.get(&anchor) else {
            return Err(Failure { at: range.start, why: "an alias inside of its own anchor".to_owned() });
        };
        let (size, height) = (anchored.size, anchored.height);
        self.reading.aliased += size;
        let bytes = self.reading.source.text.len();
        let most = bytes.saturating_mul(ALIASED_PER_BYTE).clamp(LEAST_ALIASED, MAX_ALIASED);
        let node = if self.reading.aliased > most || depth + height > MAX_DEPTH {
            let message = "the aliases of this file multiply beyond reason; this one is left out".to_owned();
            self.reading.problem(Gravity::Loss, range.start, message, None);
            self.finish(Node::lost(span), 0, 1, 0, end);
            return Ok(());
        } else {
            let name = Arc::from(self.slice(range).trim_start_matches('*'));
            Node { alias: Some(Alias { span, name }), ..anchored.node.clone() }
        };
        self.finish(node, 0, size, height, end);
        Ok(())
    }

    fn open(&mut self, content: Content, anchor: usize, tag: Option<&Tag>, range: Range<usize>) {
        if self.skipping > 0 || self.stack.len() >= MAX_DEPTH {
            if self.skipping == 0 {
                let message =
                    format!("more than {MAX_DEPTH} levels of nesting; what lies deeper is left out");
                self.reading.problem(Gravity::Loss, range.start, message, None);
                let span = self.reading.span(range.start..range.start);
                self.finish(Node::lost(span), 0, 1, 0, range.start);
            }
            self.skipping += 1;
            return;
        }
        let inside_flow = self.stack.last().is_some_and(|frame| frame.layout == Layout::Flow);
        let flow = inside_flow || self.slice(range.clone()).trim_end().ends_with(['{', '[']);
        let properties = anchor > 0 || tag.is_some();
        let mut start =
            range.start + if properties { anchor_len(self.slice(range.start..self.end)) } else { 0 };
        let is_sequence = matches!(content, Content::Sequence(_));
        if is_sequence && range.is_empty() && !self.slice(start..self.end).starts_with('-') {
            // A sequence at its key's own indentation is told of behind its first dash.
            start =
                self.slice(self.marks.base..start).rfind('-').map_or(start, |dash| self.marks.base + dash);
        }
        self.stack.push(Frame {
            start,
            tag: tag.and_then(tag_name),
            anchor,
            layout: if flow { Layout::Flow } else { Layout::Block },
            content,
            end: range.end.max(range.start),
            size: 1,
            height: 1,
            broken: false,
        });
    }

    fn close(&mut self) {
        if self.skipping > 0 {
            self.skipping -= 1;
            return;
        }
        let Some(frame) = self.stack.pop() else { return };
        let mut end = frame.end;
        let data = match frame.content {
            Content::Sequence(items) => {
                if frame.layout == Layout::Flow {
                    end = self.closing(frame.end, b']');
                }
                NodeData::Sequence(items.into())
            }
            Content::Mapping { mut entries, merges, .. } => {
                let bare = entries.first().is_some_and(|entry| entry.key.span.start as usize == frame.start);
                if frame.layout == Layout::Flow && !bare {
                    end = self.closing(frame.end, b'}');
                }
                merge(&mut entries, &merges);
                NodeData::Mapping(entries.into())
            }
        };
        let mut node = Node::new(self.reading.span(frame.start..end), frame.layout, data);
        node.tag = frame.tag;
        node.broken = frame.broken;
        self.finish(node, frame.anchor, frame.size, frame.height, end);
    }

    /// One past the bracket that closes a flow collection whose last child ended here.
    fn closing(&self, from: usize, bracket: u8) -> usize {
        let bytes = self.slice(from..self.end).as_bytes();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if *byte == bracket {
                return from + at + 1;
            }
            if *byte == b'#' {
                at += bytes.iter().skip(at).position(|byte| *byte == b'\n').unwrap_or(bytes.len());
            }
            at += 1;
        }
        from
    }

    /// Hangs a finished node into its parent.
    fn finish(&mut self, mut node: Node, anchor: usize, size: usize, height: usize, end: usize) {
        if anchor > 0 {
            node.anchored = true;
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.documents.push(node);
            return;
        };
        frame.size += size;
        frame.height = frame.height.max(height + 1);
        frame.end = frame.end.max(end);
        match &mut frame.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { entries, index, key, merges } => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    let is_merge =
                        key.layout == Layout::Plain && key.text().is_some_and(|text| &**text == "<<");
                    if is_merge && (node.is_mapping() || node.is_sequence()) {
                        merges.push(node);
                        return;
                    }
                    let name = key.text().cloned();
                    let entry = Entry { key, value: node, merged: false };
                    match name.as_ref().and_then(|name| index.get(name).copied()) {
                        Some(place) => {
                            let at = entry.key.span.start as usize;
                            if let Some(earlier) = entries.get_mut(place) {
                                *earlier = entry;
                            }
                            let message = format!(
                                "the key `{}` is there twice; the last one counts",
                                name.unwrap_or_default()
                            );
                            self.reading.problem(Gravity::Note, at, message, None);
                        }
                        None => {
                            if let Some(name) = name {
                                index.insert(name, entries.len());
                            }
                            entries.push(entry);
                        }
                    }
                }
            },
        }
    }
}

/// Adds the entries of merge keys behind a mapping's own, which win.
fn merge(entries: &mut Vec<Entry>, merges: &[Node]) {
    if merges.is_empty() {
        return;
    }
    let mut names: HashSet<Arc<str>> = entries.iter().map(|entry| entry.key.name()).collect();
    for merge in merges {
        let nodes = if merge.is_sequence() { merge.items() } else { std::slice::from_ref(merge) };
        for node in nodes {
            for entry in node.entries() {
                if names.insert(entry.key.name()) {
                    let mut value = entry.value.clone();
                    value.alias = value.alias.or_else(|| node.alias.clone());
                    entries.push(Entry { key: entry.key.clone(), value, merged: true });
                }
            }
        }
    }
}

fn tag_name(tag: &Tag) -> Option<Arc<str>> {
    if tag.is_yaml_core_schema() {
        Some(Arc::from(format!("!!{}", tag.suffix)))
    } else if tag.handle.is_empty() && tag.suffix == "!" {
        // The lone `!` says "no special type": a text.
        Some(Arc::from("!!str"))
    } else {
        Some(Arc::from(format!("{}{}", tag.handle, tag.suffix)))
    }
}

/// The length of the tag and anchor a node opens with, blanks, line breaks and comments behind them included.
fn property_len(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        let rest = &rest[blank..];
        let word = match rest.bytes().next() {
            Some(b'!' | b'&') => rest.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(rest.len()),
            Some(b'#') => rest.find('\n').unwrap_or(rest.len()),
            _ => return at + blank,
        };
        at += blank + word.max(1);
    }
}

/// The length of the anchor a node opens with, blanks, line breaks and comments behind it included.
fn anchor_len(text: &str) -> usize {
    if !text.starts_with('&') {
        return 0;
    }
    let mut at = text.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(text.len());
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        if !rest[blank..].starts_with('#') {
            return at + blank;
        }
        at += blank + rest[blank..].find('\n').unwrap_or(rest.len() - blank);
    }
}

/// The length of a quoted scalar with its quotes.
fn quoted_len(text: &str, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' && quote == b'"' {
            at += 1;
        } else if *byte == quote {
            if quote == b'\'' && bytes.get(at + 1) == Some(&quote) {
                at += 1;
            } else {
                return at + 1;
            }
        }
        at += 1;
    }
    text.len()
}
