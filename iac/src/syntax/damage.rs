//! Texts of which a part is not what was written: bytes of another encoding, NUL bytes, conflicts that a merge left. The
//! part is told and not read; what stands around it is, and may hold more than is seen.

use std::ops::Range;
use std::sync::Arc;

use super::hcl::{self, Item, Kind};
use super::node::{Entry, Node, NodeData};
use super::{Document, FileKind, Tree, parse_whole};
use crate::problem::{Gravity, Problem};
use crate::source::{Damage, Source, Span};

/// Places of one kind that are told one by one.
const MAX_TOLD: usize = 20;
/// Places around which the tree is looked through one by one; from there on all the rest of the text is one.
const MAX_PARTS: usize = 1000;

/// A part of a text.
pub(super) struct Part {
    range: Range<usize>,
    /// What is said of it; none where an earlier part says it.
    told: Option<(String, Option<String>)>,
    /// Whether blanks stand for it while the text around it is read.
    is_blanked: bool,
    /// Whether keys in it are read: what stands behind it belongs to the last of them.
    has_keys: bool,
}

impl Part {
    fn of(range: Range<usize>) -> Self {
        Self { range, told: None, is_blanked: false, has_keys: false }
    }
}

/// The parts of a text that keep it from being read as it stands.
pub(super) fn find(source: &Source, kind: FileKind, damage: Option<&Damage>) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some(damage) = damage {
        let first = damage.lost.first().copied().unwrap_or(0);
        parts.push(Part { told: Some((damage.message.clone(), None)), ..Part::of(first..first) });
        let lost = damage.lost.iter().map(|at| *at..at + char::REPLACEMENT_CHARACTER.len_utf8());
        parts.extend(lost.map(Part::of));
    }
    let nulls = source.text.match_indices('\0').enumerate().map(|(index, (at, _))| {
        let message = "a NUL byte stands here, and what holds it is not read".to_owned();
        let help = Some("take it away, or save the file as UTF-8".to_owned());
        Part { told: (index < MAX_TOLD).then_some((message, help)), is_blanked: true, ..Part::of(at..at + 1) }
    });
    parts.extend(nulls);
    if kind == FileKind::Hcl {
        // Files that were put together; at the beginning of a text it is in order.
        let marks = source.text.match_indices('\u{feff}').filter(|(at, _)| *at > 0).enumerate();
        parts.extend(marks.map(|(index, (at, mark))| {
            let message = "a byte order mark stands within the text".to_owned();
            let told = (index < MAX_TOLD).then_some((message, Some("take it away".to_owned())));
            Part { told, is_blanked: true, ..Part::of(at..at + mark.len()) }
        }));
    }
    parts.sort_by_key(|part| part.range.start);
    parts
}

/// The conflicts that a merge left in a text. Of each the first side is read for the keys in it, which what stands behind
/// may belong to; what they hold is not read.
pub(super) fn conflicts(source: &Source) -> Vec<Part> {
    let mut parts = Vec::new();
    // Where the first side of the open conflict begins, and where it ends.
    let (mut at, mut open, mut parted) = (0, None, None);
    for line in source.text.split_inclusive('\n') {
        let words = line.trim_end();
        let is_mark =
            |mark: &str| words == mark || words.strip_prefix(mark).is_some_and(|rest| rest.starts_with(' '));
        if is_mark("<<<<<<<") {
            (open, parted) = (Some((at, at + line.len())), None);
        } else if is_mark("|||||||") || is_mark("=======") {
            parted = parted.or(Some(at));
        } else if is_mark(">>>>>>>")
            && let (Some((mark, first)), Some(second)) = (open.take(), parted)
        {
            let message = "a merge left a conflict here, and what its two sides hold is not read".to_owned();
            let told = (parts.len() < MAX_TOLD).then_some((message, Some("settle the conflict".to_owned())));
            parts.push(Part { told, is_blanked: true, ..Part::of(mark..first) });
            parts.push(Part { has_keys: true, ..Part::of(first..second) });
            parts.push(Part { is_blanked: true, ..Part::of(second..at + words.len()) });
        }
        at += line.len();
    }
    parts
}

/// Reads what stands around these parts.
pub(super) fn around(source: Arc<Source>, kind: FileKind, parts: Vec<Part>) -> Document {
    // Offsets stay as they are: blanks stand for the parts.
    let blanked = blanked(&source.text, &parts);
    let reading = Source::new(source.id, Arc::clone(&source.path), blanked);
    let mut document = parse_whole(Arc::new(reading), kind);
    let mut told = Vec::new();
    for part in &parts {
        if let Some((message, help)) = &part.told {
            let shown =
                source.text.get(part.range.start..).unwrap_or("").lines().next().unwrap_or("").trim_end();
            let length = shown.char_indices().nth(80).map_or(shown.len(), |(at, _)| at);
            told.push(Problem {
                gravity: Gravity::Loss,
                path: Arc::clone(&source.path),
                span: Some(Span::new(source.id, part.range.start, part.range.start + length)),
                message: message.clone(),
                help: help.clone(),
            });
        }
    }
    let comments: Vec<Range<usize>> = document.comments.iter().map(|comment| comment.span.range()).collect();
    for (range, has_keys) in marks(&parts) {
        if comments.iter().any(|comment| comment.start <= range.start && range.end <= comment.end) {
            continue;
        }
        match &mut document.tree {
            Tree::Data(nodes) => nodes.iter_mut().for_each(|node| open(node, &range, has_keys, &source.text)),
            Tree::Hcl(body) => open_body(body, &range),
            Tree::Other => {}
        }
    }
    document.problems.splice(0..0, told);
    document.source = source;
    document
}

/// The ranges of these parts, and whether keys in them are read; the last stands for all beyond a number.
fn marks(parts: &[Part]) -> Vec<(Range<usize>, bool)> {
    let all = parts.iter().filter(|part| !part.range.is_empty());
    let mut marks: Vec<(Range<usize>, bool)> = all.map(|part| (part.range.clone(), part.has_keys)).collect();
    if let (Some((first, _)), Some((last, _))) = (marks.get(MAX_PARTS), marks.last()) {
        let rest = first.start..last.end;
        marks.truncate(MAX_PARTS);
        marks.push((rest, false));
    }
    marks
}

fn blanked(text: &str, parts: &[Part]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for part in parts.iter().filter(|part| part.is_blanked) {
        out.push_str(text.get(at..part.range.start).unwrap_or(""));
        let within = text.get(part.range.clone()).unwrap_or("");
        out.extend(within.bytes().map(|byte| if matches!(byte, b'\n' | b'\r') { byte as char } else { ' ' }));
        at = part.range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

fn meets(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Whatever holds a part, or ends where it begins, may have held more; a scalar in it is lost.
fn open(node: &mut Node, part: &Range<usize>, has_keys: bool, text: &str) {
    let range = node.span.range();
    let is_scalar = matches!(node.data, NodeData::Scalar(_));
    let ends_at = || {
        let between = text.get(range.end..part.start);
        between.is_some_and(|between| between.chars().all(char::is_whitespace))
    };
    if !(meets(&range, part) || !is_scalar && ends_at()) {
        return;
    }
    node.broken = true;
    match &mut node.data {
        NodeData::Scalar(words) => *words = Arc::from(""),
        NodeData::Sequence(items) => {
            let mut all: Vec<Node> = items.to_vec();
            all.iter_mut().for_each(|item| open(item, part, has_keys, text));
            *items = all.into();
        }
        NodeData::Mapping(entries) => {
            let mut all: Vec<Entry> = entries.to_vec();
            for entry in &mut all {
                if !has_keys {
                    open(&mut entry.key, part, has_keys, text);
                }
                open(&mut entry.value, part, has_keys, text);
            }
            *entries = all.into();
        }
    }
}

fn open_body(body: &mut hcl::Body, part: &Range<usize>) {
    body.broken = true;
    for item in &mut body.items {
        match item {
            Item::Block(block) if meets(&block.span.range(), part) => open_body(&mut block.body, part),
            Item::Attribute(attribute) => {
                let whole = attribute.name_span.range().start..attribute.value.span.range().end;
                if meets(&whole, part) {
                    attribute.value.kind = Kind::Missing("the value could not be read");
                }
            }
            Item::Block(_) => {}
        }
    }
}
