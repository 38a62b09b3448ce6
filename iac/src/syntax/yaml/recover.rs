//! A text that breaks half-way: documents, then entries by their indentation, are read one by one, so that
//! only what is broken is lost.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::{Failure, MAX_DEPTH, MAX_PROBLEMS, YamlReader, fails_by_template};
use crate::syntax::json;
use crate::syntax::node::{Entry, Layout, Node, NodeData};

/// The documents of a text of which at least one does not parse.
pub(super) fn documents(reading: &mut YamlReader) -> Vec<Node> {
    let mut nodes = Vec::new();
    for range in chunks(&reading.source.text) {
        match reading.events(range.clone()) {
            Ok(read) => nodes.extend(read),
            Err(failure) => {
                let text = reading.source.text.get(range.clone()).unwrap_or("");
                if fails_by_template(text, failure.at.saturating_sub(range.start)) {
                    let node = reading.template(range, failure.at);
                    nodes.push(node);
                    continue;
                }
                let span = reading.span(range.clone());
                let read = block(reading, range, failure, 0);
                // A document of which nothing is known may have been any.
                nodes.push(read.unwrap_or_else(|| Node::lost(span)));
            }
        }
    }
    nodes
}

/// The ranges between the document marks.
fn chunks(text: &str) -> Vec<Range<usize>> {
    let mut chunks = Vec::new();
    let mut start = 0;
    for line in lines(text, 0..text.len()) {
        let words = &text[line.clone()];
        let is_mark = |mark: &str| {
            words
                .strip_prefix(mark)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
        };
        if is_mark("---") || is_mark("...") {
            chunks.push(start..line.start);
            start = line.start + 3;
        } else if words.starts_with('%') && text[start..line.start].trim().is_empty() {
            start = line.end;
        }
    }
    chunks.push(start..text.len());
    chunks.retain(|chunk| !text[chunk.clone()].trim().is_empty());
    chunks
}

/// Lines with their breaks, as ranges of the text.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let mut at = range.start;
    text.get(range).unwrap_or("").split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        start..at
    })
}

/// Reads a block collection entry by entry.
fn block(reading: &mut YamlReader, range: Range<usize>, failure: Failure, depth: usize) -> Option<Node> {
    let text = &reading.source.text;
    let trimmed = text[range.clone()].trim_start();
    if trimmed.starts_with(['{', '[']) {
        let start = range.end - trimmed.len();
        let (node, mut problems) = json::tolerant(reading.source, start..range.end);
        if problems.is_empty() {
            // It is JSON with something of YAML's own wrong in it.
            reading.lost(&failure);
            return node.map(|node| Node { broken: true, ..node });
        }
        reading.problems.append(&mut problems);
        return node;
    }
    let segments = segments(text, range.clone());
    let Some(first) = segments.first().cloned().filter(|_| depth < MAX_DEPTH) else {
        reading.lost(&failure);
        return None;
    };
    let indent = |segment: &Range<usize>| {
        let words = &text[segment.clone()];
        words.len() - words.trim_start_matches(' ').len()
    };
    let level = indent(&first);
    // A line between this level and that of what is around belongs to neither.
    let mut is_torn = segments.iter().any(|segment| indent(segment) < level);
    let told = reading.problems.len();
    let is_sequence = is_item(text[first].trim_start());
    let (mut items, mut entries, mut index, mut broken) = (Vec::new(), Vec::new(), HashMap::new(), false);
    for segment in segments {
        let read = match reading.events(segment.clone()) {
            Ok(nodes) => nodes.into_iter().next(),
            Err(failure) => {
                let node = (!is_sequence).then(|| entry(reading, segment.clone(), failure, depth)).flatten();
                broken |= node.is_none();
                match node {
                    Some(node) => {
                        // What is lost over several lines may have held more than this entry.
                        let rows = reading.source.text[segment]
                            .lines()
                            .filter(|line| !line.trim().is_empty())
                            .count();
                        broken |= node.value.broken && node.value.text().is_some() && rows > 1;
                        push(&mut entries, &mut index, node);
                    }
                    None if is_sequence => lost(reading, segment),
                    None => {}
                }
                continue;
            }
        };
        match read.map(|node| node.data) {
            Some(NodeData::Sequence(read)) if is_sequence => items.extend(read.iter().cloned()),
            Some(NodeData::Mapping(read)) if !is_sequence => {
                for entry in read.iter() {
                    push(&mut entries, &mut index, entry.clone());
                }
            }
            None => {}
            Some(_) => {
                broken = true;
                let indent = reading.source.text[segment.clone()].len()
                    - reading.source.text[segment.clone()].trim_start().len();
                let why =
                    if is_sequence { "an element was expected" } else { "a key with a colon was expected" };
                reading.lost(&Failure { at: segment.start + indent, why: why.to_owned() });
            }
        }
    }
    // Each part may be whole where they do not stand together.
    if reading.problems.len() == told && told < MAX_PROBLEMS {
        reading.lost(&failure);
        is_torn = true;
    }
    broken |= is_torn;
    let data = if is_sequence { NodeData::Sequence(items.into()) } else { NodeData::Mapping(entries.into()) };
    let words = &reading.source.text[range.clone()];
    let start = range.start + words.len() - words.trim_start().len();
    let span = reading.span(start..(range.start + words.trim_end().len()).max(start));
    Some(Node { broken, ..Node::new(span, Layout::Block, data) })
}

/// Adds an entry. Of equal keys, which one stands where it belongs is not known in a text that breaks.
fn push(entries: &mut Vec<Entry>, index: &mut HashMap<Arc<str>, usize>, entry: Entry) {
    match index.get(&entry.key.name()).and_then(|place| entries.get_mut(*place)) {
        Some(earlier) => {
            let value = Node::lost(entry.value.span);
            *earlier = Entry { value, ..entry };
        }
        None => {
            index.insert(entry.key.name(), entries.len());
            entries.push(entry);
        }
    }
}

fn lost(reading: &mut YamlReader, segment: Range<usize>) {
    if let Err(failure) = reading.events(segment) {
        reading.lost(&failure);
    }
}

/// An entry that does not parse: its key, and what can be had of its value.
fn entry(reading: &mut YamlReader, segment: Range<usize>, failure: Failure, depth: usize) -> Option<Entry> {
    let text = &reading.source.text;
    let mut rows = lines(text, segment.clone()).skip_while(|line| {
        let words = text[line.clone()].trim();
        words.is_empty() || words.starts_with('#')
    });
    let head = rows.next().unwrap_or(segment.clone());
    let words = &text[head.clone()];
    let colon = words.find(": ").or_else(|| words.trim_end().strip_suffix(':').map(str::len));
    let Some(colon) = colon else {
        reading.lost(&failure);
        return None;
    };
    let key = match reading.events(head.start..head.start + colon + 1) {
        Ok(nodes) => nodes.first().and_then(|node| node.entries().first()).map(|entry| entry.key.clone()),
        Err(_) => None,
    };
    let Some(key) = key else {
        reading.lost(&failure);
        return None;
    };
    let behind = words[colon + 1..].trim();
    let rest = head.end..segment.end;
    let opens = behind.is_empty() || behind.starts_with('#');
    let value = if opens && !text[rest.clone()].trim().is_empty() && !segments(text, rest.clone()).is_empty()
    {
        match reading.events(rest.clone()) {
            // The value alone parses, so the entry's line was at fault: its indentation.
            Ok(_) => None,
            Err(inner) => block(reading, rest, inner, depth + 1),
        }
    } else {
        None
    };
    let value = match value {
        Some(value) => value,
        None => {
            reading.lost(&failure);
            Node::lost(reading.span(head.start + colon + 1..head.start + colon + 1))
        }
    };
    Some(Entry { key, value, merged: false })
}

/// Splits a block collection at the lines of its own indentation.
fn segments(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let mut segments: Vec<Range<usize>> = Vec::new();
    let mut level = None;
    let mut in_sequence = false;
    for line in lines(text, range) {
        let words = &text[line.clone()];
        let content = words.trim();
        if content.is_empty() || content.starts_with('#') {
            if let Some(last) = segments.last_mut() {
                last.end = line.end;
            }
            continue;
        }
        let indent = words.len() - words.trim_start_matches(' ').len();
        let item = is_item(content);
        let level = *level.get_or_insert_with(|| {
            in_sequence = item;
            indent
        });
        let continues = indent > level
            || words[indent..].starts_with('\t')
            || content.starts_with(['}', ']'])
            || (item && !in_sequence);
        match segments.last_mut().filter(|_| continues) {
            Some(last) => last.end = line.end,
            None => segments.push(line),
        }
    }
    segments
}

fn is_item(content: &str) -> bool {
    content.strip_prefix('-').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}
