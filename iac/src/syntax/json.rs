//! JSON → nodes. Comments and trailing commas are let pass; a text that breaks is read by a tolerant reader
//! that keeps what stands before and after the fault.

mod tolerant;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, CommentCollectionStrategy, ParseOptions, parse_to_ast};

use super::Comment;
use super::node::{Entry, Layout, Node, NodeData};
use super::yaml::{MAX_DEPTH, MAX_PROBLEMS};
use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};

/// What equal keys of an object mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// The last of them counts.
    LastCounts,
    /// HashiCorp's: down to this many levels each is a block that counts. Below, either each does or none: only the
    /// schema tells.
    EachCounts { levels: usize },
}

impl Repeated {
    /// What equal keys mean below a key of a text's outermost object: as deep as it has labels.
    fn below(self, key: &str, level: usize) -> Self {
        match (self, level, key) {
            (Self::EachCounts { levels: 1.. }, 0, "resource" | "data" | "ephemeral") => {
                Self::EachCounts { levels: 3 }
            }
            (
                Self::EachCounts { levels: 1.. },
                0,
                "variable" | "output" | "module" | "provider" | "check",
            ) => Self::EachCounts { levels: 2 },
            _ => self,
        }
    }
}

/// The value of a text; an empty text has none. Of equal keys the last counts.
pub fn parse(source: &Source) -> (Option<Node>, Vec<Comment>, Vec<Problem>) {
    parse_as(source, Repeated::LastCounts)
}

/// The same with what equal keys mean.
pub(super) fn parse_as(source: &Source, repeated: Repeated) -> (Option<Node>, Vec<Comment>, Vec<Problem>) {
    let (bom, text) = match source.text.strip_prefix('\u{feff}') {
        Some(rest) => (source.text.len() - rest.len(), rest),
        None => (0, &*source.text),
    };
    let collect = CollectOptions { comments: CommentCollectionStrategy::Separate, tokens: false };
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &collect, &options) {
        Ok(parsed) => {
            let mut reader = Reader { source, base: bom, problems: Vec::new(), repeated };
            let node = parsed.value.as_ref().map(|value| reader.node(value, 0));
            let comments = parsed.comments.map(|map| comments(source, bom, map)).unwrap_or_default();
            (node, comments, reader.problems)
        }
        Err(_) => tolerant::read(source, bom..source.text.len(), repeated),
    }
}

/// Reads a broken part of a text as JSON as far as it goes.
pub(super) fn tolerant(source: &Source, range: Range<usize>) -> (Option<Node>, Vec<Problem>) {
    let (node, _, problems) = tolerant::read(source, range, Repeated::LastCounts);
    (node, problems)
}

/// Whether a text is JSON rather than YAML, by its name and its first character.
pub fn is_json(source: &Source) -> bool {
    let path = source.path.to_ascii_lowercase();
    let named = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
    let opens = source.text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    named(&[".json", ".jsonc"]) || (opens && !named(&[".yaml", ".yml"]))
}

fn comments(source: &Source, base: usize, map: jsonc_parser::CommentMap) -> Vec<Comment> {
    let mut spans: Vec<Range<usize>> = map
        .values()
        .flat_map(|comments| comments.iter())
        .map(|comment| base + comment.range().start..base + comment.range().end)
        .collect();
    spans.sort_unstable_by_key(|range| (range.start, range.end));
    spans.dedup();
    spans.into_iter().map(|range| comment(source, range)).collect()
}

/// A comment of either kind: `// …` or `/* … */`.
fn comment(source: &Source, range: Range<usize>) -> Comment {
    let written = source.text.get(range.clone()).unwrap_or("");
    let inner = match written.strip_prefix("/*") {
        Some(inner) => inner.strip_suffix("*/").unwrap_or(inner).trim_matches(['*']).trim(),
        None => written.trim_start_matches('/').trim(),
    };
    let before = source.text.get(..range.start).unwrap_or("").trim_end_matches([' ', '\t']);
    Comment {
        span: Span::new(source.id, range.start, range.start + written.trim_end().len()),
        text: inner.to_owned(),
        alone: before.is_empty() || before.ends_with(['\n', '\r', '\u{feff}']),
    }
}

struct Reader<'a> {
    source: &'a Source,
    base: usize,
    problems: Vec<Problem>,
    repeated: Repeated,
}

impl Reader<'_> {
    fn span(&self, node: &impl Ranged) -> Span {
        let range = node.range();
        Span::new(self.source.id, self.base + range.start, self.base + range.end)
    }

    fn node(&mut self, value: &ast::Value, depth: usize) -> Node {
        let span = self.span(value);
        if depth > MAX_DEPTH {
            self.problems.push(too_deep(self.source, span));
            return Node::lost(Span { end: span.start, ..span });
        }
        let plain = |text: &str| Node::new(span, Layout::Plain, NodeData::Scalar(Arc::from(text)));
        match value {
            ast::Value::StringLit(text) => string(span, &text.value),
            ast::Value::NumberLit(number) => plain(number.value),
            ast::Value::BooleanLit(bool) => plain(if bool.value { "true" } else { "false" }),
            ast::Value::NullKeyword(_) => plain("null"),
            ast::Value::Array(array) => {
                let items = array.elements.iter().map(|item| self.node(item, depth + 1)).collect();
                Node::new(span, Layout::Flow, NodeData::Sequence(items))
            }
            ast::Value::Object(object) => {
                let entries = object.properties.iter().map(|property| {
                    let key = string(self.span(&property.name), property.name.as_str());
                    let outer = self.repeated;
                    self.repeated = outer.below(property.name.as_str(), depth);
                    let value = self.node(&property.value, depth + 1);
                    self.repeated = outer;
                    Entry { key, value, merged: false }
                });
                let entries = entries.collect();
                mapping(self.source, span, entries, (self.repeated, depth), &mut self.problems)
            }
        }
    }
}

fn string(span: Span, text: &str) -> Node {
    Node::new(span, Layout::DoubleQuoted, NodeData::Scalar(Arc::from(text)))
}

/// A mapping of entries at a level from 0. What equal keys hold that does not count is told.
fn mapping(
    source: &Source,
    span: Span,
    entries: Vec<Entry>,
    (repeated, level): (Repeated, usize),
    problems: &mut Vec<Problem>,
) -> Node {
    let mut broken = false;
    let is_block = match repeated {
        Repeated::LastCounts => false,
        Repeated::EachCounts { levels } => {
            if level <= levels && levels > 0 {
                broken = odd_names(source, &entries, problems);
            }
            if level < levels {
                return Node { broken, ..Node::new(span, Layout::Flow, NodeData::Mapping(entries.into())) };
            }
            true
        }
    };
    let mut index: HashMap<Arc<str>, usize> = HashMap::with_capacity(entries.len());
    let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        let name = entry.key.name();
        if is_block && &*name == "//" {
            // A comment: each counts, and none is read as anything else.
            kept.push(entry);
            continue;
        }
        match index.get(&name).copied().and_then(|place| kept.get_mut(place)) {
            Some(earlier) => {
                let (gravity, message, help) = match is_block {
                    false => {
                        (Gravity::Note, format!("the key `{name}` is there twice; the last one counts"), None)
                    }
                    true => (
                        Gravity::Loss,
                        format!("the key `{name}` is there twice, and only the last one is read"),
                        Some("write one key with a list of both".to_owned()),
                    ),
                };
                broken |= is_block;
                let path = Arc::clone(&source.path);
                if problems.len() < MAX_PROBLEMS {
                    problems.push(Problem { gravity, path, span: Some(entry.key.span), message, help });
                }
                *earlier = entry;
            }
            None => {
                index.insert(name, kept.len());
                kept.push(entry);
            }
        }
    }
    Node { broken, ..Node::new(span, Layout::Flow, NodeData::Mapping(kept.into())) }
}

/// Tells the names of blocks and arguments that can be none.
fn odd_names(source: &Source, entries: &[Entry], problems: &mut Vec<Problem>) -> bool {
    let is_name = |name: &str| {
        name == "//" || name.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '-'))
    };
    let mut found = false;
    for entry in entries.iter().filter(|entry| !entry.key.broken && !is_name(&entry.key.name())) {
        found = true;
        if problems.len() < MAX_PROBLEMS {
            problems.push(Problem {
                gravity: Gravity::Loss,
                path: Arc::clone(&source.path),
                span: Some(entry.key.span),
                message: format!("`{}` is no name of a block or an argument", entry.key.name()),
                help: Some("names are of letters, digits, `_` and `-`".to_owned()),
            });
        }
    }
    found
}

fn too_deep(source: &Source, span: Span) -> Problem {
    Problem {
        gravity: Gravity::Loss,
        path: Arc::clone(&source.path),
        span: Some(Span { end: span.end.min(span.start + 1), ..span }),
        message: format!("more than {MAX_DEPTH} levels of nesting; what lies deeper is left out"),
        help: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn read(text: &str) -> (String, Vec<String>, Vec<String>) {
        let source = Source::new(SourceId(0), "t.json", text);
        let (node, comments, problems) = parse(&source);
        let shown = node.map(|node| show(&source, &node)).unwrap_or_default();
        (
            shown,
            comments.into_iter().map(|c| c.text).collect(),
            problems.into_iter().map(|p| p.message).collect(),
        )
    }

    fn show(source: &Source, node: &Node) -> String {
        let inner = match &node.data {
            NodeData::Scalar(_) if node.broken => "?".to_owned(),
            NodeData::Scalar(_) => source.slice(node.span).to_owned(),
            NodeData::Sequence(items) => {
                format!("[{}]", items.iter().map(|n| show(source, n)).collect::<Vec<_>>().join(" "))
            }
            NodeData::Mapping(entries) => {
                let shown = entries.iter().map(|e| format!("{}={}", e.key.name(), show(source, &e.value)));
                format!("{{{}}}", shown.collect::<Vec<_>>().join(" "))
            }
        };
        if node.broken && !matches!(node.data, NodeData::Scalar(_)) { format!("{inner}…") } else { inner }
    }

    fn check(text: &str, expect: &str) {
        assert_eq!(read(text).0, expect, "{text}");
    }

    #[test]
    fn whole_texts() {
        check("", "");
        check("  // nothing\n", "");
        check("\u{feff}{\"é\": [1, \"ü\", null], \"b\": {}}", "{é=[1 \"ü\" null] b={}}");
        check("{\"a\": 1,\r\n \"a\": 2,}", "{a=2}");
        assert_eq!(read("{\"a\": 1, \"a\": 2}").2, ["the key `a` is there twice; the last one counts"]);
        assert_eq!(read("// one\n{ /* two */ \"a\": \"// no\" } // three").1, ["one", "two", "three"]);
    }

    #[test]
    fn broken_texts_keep_the_rest() {
        check("{\"a\": 1, \"b\" 2, \"c\": 3}", "{a=1 b=? c=3}…");
        check("{\"a\": 1 \"b\": 2}", "{a=1 b=2}");
        check("{\"a\": {\"x\": 1,\n \"b\": [1, 2", "{a={x=1 b=[1 2]…}…}…");
        check("{\"a\": \"open,\n \"b\": 2}", "{a=? b=2}…");
        check("{\"a\": , \"b\": 2}", "{a=? b=2}…");
        check("{\"a\": tru, \"b\": 2}", "{a=? b=2}…");
        check("{\"a\": 1}}", "{a=1}…");
        check("[1, }, 2]", "[1 2]…");
        assert_eq!(read("{\"a\": 1, \"b\" 2}").2.len(), 1);
    }

    #[test]
    fn deep_and_long_texts() {
        let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
        assert!(read(&deep).2[0].starts_with("more than 128 levels"));
        assert!(!read(&"[".repeat(100_000)).2.is_empty());
        assert!(!read(&"{\"a\":".repeat(100_000)).2.is_empty());
    }
}
