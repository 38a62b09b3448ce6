//! The tree YAML and JSON share: every node knows its bytes and how it was laid out.

use std::sync::Arc;

use crate::hashing::with_room;
use crate::source::Span;
use crate::value::{Data, List, Map, Number, Origin, Value, Why, WhyKind};

/// A value as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// From its tag (or anchor, or block scalar mark) to its last character, blanks and comments left out.
    /// An absent value (`key:`) is the empty span after the colon.
    pub span: Span,
    /// A local tag with its mark (`!Ref`), or one of the core schema (`!!str`).
    pub tag: Option<Arc<str>>,
    pub layout: Layout,
    pub data: NodeData,
    /// Where it was used, when it was written at an anchor and used by an alias or a merge key.
    pub alias: Option<Alias>,
    /// It has an anchor: others may use it.
    pub anchored: bool,
    /// A part of it could not be read: what is missing here may be there.
    pub broken: bool,
}

/// How a node is laid out in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
    /// `[…]` or `{…}`, also in JSON.
    Flow,
    /// By indentation.
    Block,
}

/// The shape of a node.
#[derive(Debug, Clone, PartialEq)]
pub enum NodeData {
    Scalar(Arc<str>),
    Sequence(Arc<[Node]>),
    Mapping(Arc<[Entry]>),
}

/// An entry of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Node,
    pub value: Node,
    /// It came by a merge key (`<<`) and stands elsewhere.
    pub merged: bool,
}

/// The use of an anchor.
#[derive(Debug, Clone, PartialEq)]
pub struct Alias {
    pub span: Span,
    pub name: Arc<str>,
}

impl Node {
    pub fn new(span: Span, layout: Layout, data: NodeData) -> Self {
        Self { span, tag: None, layout, data, alias: None, anchored: false, broken: false }
    }

    /// What stands in for a part that could not be read.
    pub fn lost(span: Span) -> Self {
        Self { broken: true, ..Self::new(span, Layout::Plain, NodeData::Scalar(Arc::from(""))) }
    }

    /// The text of a scalar, whatever its type.
    pub fn text(&self) -> Option<&Arc<str>> {
        match &self.data {
            NodeData::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a sequence; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.data {
            NodeData::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.data {
            NodeData::Mapping(entries) => entries,
            _ => &[],
        }
    }

    pub fn is_mapping(&self) -> bool {
        matches!(self.data, NodeData::Mapping(_))
    }

    pub fn is_sequence(&self) -> bool {
        matches!(self.data, NodeData::Sequence(_))
    }

    /// The value under a key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key.text().is_some_and(|text| &**text == key))
    }

    /// The text of the scalar under a key.
    pub fn get_text(&self, key: &str) -> Option<&Arc<str>> {
        self.get(key)?.text()
    }

    /// An empty plain scalar or a word for it: `~`, `null`.
    pub fn is_null(&self) -> bool {
        matches!(self.scalar(), Some(Data::Null))
    }

    /// A scalar by the core schema: `yes` and `on` are texts.
    pub fn scalar(&self) -> Option<Data> {
        let text = self.text()?;
        if self.broken {
            return Some(Data::Unknown(broken()));
        }
        if self.tag.as_deref() == Some("!!str") || self.layout != Layout::Plain {
            return Some(Data::Text(text.clone()));
        }
        Some(plain(text))
    }

    /// The value of a tree without functions. `header` is the span of the key it stands under.
    pub fn to_value(&self, header: Option<Span>) -> Value {
        let data = match &self.data {
            NodeData::Scalar(text) => self.scalar().unwrap_or_else(|| Data::Text(text.clone())),
            NodeData::Sequence(items) => {
                let items = items.iter().map(|item| item.to_value(item.first_key())).collect();
                Data::List(Arc::new(List { items, open: self.why_open() }))
            }
            NodeData::Mapping(entries) => {
                let mut map = with_room(entries.len());
                for entry in entries.iter() {
                    map.insert(entry.key.name(), entry.value.to_value(Some(entry.key.span)));
                }
                Data::Map(Arc::new(Map { entries: map, open: self.why_open(), header }))
            }
        };
        Value::new(data, self.origin())
    }

    /// Where it was written, and the alias it came through.
    pub fn origin(&self) -> Origin {
        let origin = Origin::at(self.span);
        match &self.alias {
            Some(alias) => origin.through(alias.span, format!("anchor `{}`", alias.name)),
            None => origin,
        }
    }

    /// Why there may be more than was read.
    pub fn why_open(&self) -> Option<Arc<Why>> {
        self.broken.then(broken)
    }

    /// A key as text; what is no scalar has no name.
    pub fn name(&self) -> Arc<str> {
        self.text().cloned().unwrap_or_else(|| Arc::from(""))
    }

    /// The bytes at the place of use: the alias's, if it came by one.
    pub fn place(&self) -> Span {
        self.alias.as_ref().map_or(self.span, |alias| alias.span)
    }

    /// What opens a mapping that stands under no key: its first own key.
    pub fn first_key(&self) -> Option<Span> {
        self.entries().iter().find(|entry| !entry.merged).map(|entry| entry.key.span)
    }
}

fn broken() -> Arc<Why> {
    Why::new(WhyKind::Error, "a part of it could not be read")
}

/// The core schema's reading of a plain scalar.
pub fn plain(text: &str) -> Data {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Data::Null,
        "true" | "True" | "TRUE" => return Data::Bool(true),
        "false" | "False" | "FALSE" => return Data::Bool(false),
        _ => {}
    }
    match number(text) {
        Some(number) => Data::Number(number),
        None => Data::Text(Arc::from(text)),
    }
}

/// A number, unless writing it out would lose something a reader sees: `0012` stays a text (it may be an
/// account), and so does what no integer or double holds.
fn number(text: &str) -> Option<Number> {
    let first = text.bytes().next()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) || text.len() > 64 {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x") {
        return i64::from_str_radix(hex, 16).ok().filter(|_| !hex.starts_with(['+', '-'])).map(Number::Int);
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8)
            .ok()
            .filter(|_| !octal.starts_with(['+', '-']))
            .map(Number::Int);
    }
    let unsigned = text.trim_start_matches(['-', '+']);
    if text.len() - unsigned.len() > 1 {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return None;
        }
        return text.parse().ok().map(Number::Int);
    }
    let is_decimal = unsigned
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'));
    if !is_decimal || !unsigned.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Number::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, expect: Data) {
        assert_eq!(plain(input), expect, "{input:?}");
    }

    #[test]
    fn the_core_schema() {
        let text = |input: &str| Data::Text(Arc::from(input));
        check("", Data::Null);
        check("~", Data::Null);
        check("True", Data::Bool(true));
        check("FALSE", Data::Bool(false));
        for word in [
            "yes",
            "on",
            "off",
            "y",
            "nULL",
            "2012-10-17",
            "1.2.3",
            "1_000",
            "012345678901",
            "--1",
            "-",
            ".",
            "e5",
            "1e",
            "+",
            "0x",
            ".inf",
            "Infinity",
            "NaN",
        ] {
            check(word, text(word));
        }
        check("0", Data::Number(Number::Int(0)));
        check("-17", Data::Number(Number::Int(-17)));
        check("0x1F", Data::Number(Number::Int(31)));
        check("0o17", Data::Number(Number::Int(15)));
        check("1.5", Data::Number(Number::Float(1.5)));
        check("1e3", Data::Number(Number::Int(1000)));
    }
}
