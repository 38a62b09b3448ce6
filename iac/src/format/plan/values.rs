//! Values of plans and states: JSON with masks beside it that say what is unknown and what is sensitive.

use std::sync::Arc;

use crate::hashing::with_room;
use crate::source::Span;
use crate::syntax::node::{Node, NodeData};
use crate::value::{Data, List, Map, Origin, Value, Why, WhyKind};

/// The masks of a value: the same shape, with `true` where it applies.
#[derive(Clone, Copy, Default)]
pub struct Masks<'n> {
    pub unknown: Option<&'n Node>,
    pub sensitive: Option<&'n Node>,
}

impl<'n> Masks<'n> {
    fn entry(self, key: &str) -> Self {
        let below = |mask: Option<&'n Node>| mask.and_then(|mask| mask.get(key));
        Self { unknown: below(self.unknown), sensitive: below(self.sensitive) }
    }

    fn item(self, index: usize) -> Self {
        let below = |mask: Option<&'n Node>| mask.and_then(|mask| mask.items().get(index));
        Self { unknown: below(self.unknown), sensitive: below(self.sensitive) }
    }
}

fn is_true(mask: Option<&Node>) -> bool {
    mask.is_some_and(|mask| matches!(mask.scalar(), Some(Data::Bool(true))))
}

/// A value as the plan or state has it; its place is there too.
pub fn value(node: &Node, masks: Masks<'_>, header: Option<Span>) -> Value {
    if is_true(masks.unknown) {
        return later(node.origin());
    }
    let data = match &node.data {
        NodeData::Scalar(text) => node.scalar().unwrap_or_else(|| Data::Text(text.clone())),
        NodeData::Sequence(items) => {
            let items = items.iter().enumerate();
            let items = items.map(|(index, item)| value(item, masks.item(index), item.first_key())).collect();
            Data::List(Arc::new(List { items, open: node.why_open() }))
        }
        NodeData::Mapping(_) => Data::Map(Arc::new(map(node, masks, header))),
    };
    let mut value = Value::new(data, node.origin());
    value.sensitive = is_true(masks.sensitive);
    value
}

fn map(node: &Node, masks: Masks<'_>, header: Option<Span>) -> Map {
    let mut entries = with_room(node.entries().len());
    for entry in node.entries() {
        let name = entry.key.name();
        let item = value(&entry.value, masks.entry(&name), Some(entry.key.span));
        entries.insert(name, item);
    }
    // What is known after apply only is left out of the values and stands in the mask alone.
    for entry in masks.unknown.into_iter().flat_map(Node::entries) {
        let name = entry.key.name();
        if !entries.contains_key(&name) && is_true(Some(&entry.value)) {
            entries.insert(name, later(node.origin()));
        }
    }
    Map { entries, open: node.why_open(), header }
}

fn later(origin: Origin) -> Value {
    Value::new(Data::Unknown(Why::new(WhyKind::Computed, "the plan leaves it until apply")), origin)
}

/// Without what says that nothing is there: nulls, blocks of which there are none and, in a state, texts that
/// were never set. Code leaves all of that unwritten.
pub fn pruned(value: &Value, of_state: bool) -> Value {
    let data = match &value.data {
        Data::Map(map) => {
            let kept = map.entries.iter().filter(|(_, item)| !is_nothing(item, of_state));
            let entries = kept.map(|(key, item)| (key.clone(), pruned(item, of_state))).collect();
            Data::Map(Arc::new(Map { entries, open: map.open.clone(), header: map.header }))
        }
        Data::List(list) => {
            let items = list.items.iter().map(|item| pruned(item, of_state)).collect();
            Data::List(Arc::new(List { items, open: list.open.clone() }))
        }
        data => data.clone(),
    };
    Value { data, ..value.clone() }
}

/// Whether it stands for what code does not write.
pub fn is_nothing(value: &Value, of_state: bool) -> bool {
    match &value.data {
        Data::Null => true,
        Data::Text(text) => of_state && text.is_empty(),
        Data::List(list) => list.items.is_empty() && list.open.is_none(),
        Data::Map(map) => map.entries.is_empty() && map.open.is_none(),
        _ => false,
    }
}

/// How an instance's key is written: `[0]`, `["k"]`, or nothing.
pub fn suffix(key: Option<&Node>) -> String {
    match key.map(|key| (key, key.scalar())) {
        Some((_, Some(Data::Number(number)))) => format!("[{number}]"),
        Some((_, Some(Data::Text(text)))) => {
            let quoted = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("[\"{quoted}\"]")
        }
        _ => String::new(),
    }
}

/// An address without the keys of its instances.
pub fn without_keys(address: &str) -> String {
    let mut plain = String::with_capacity(address.len());
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for c in address.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if depth > 0 => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            c if depth == 0 => plain.push(c),
            _ => {}
        }
    }
    plain
}

/// The key at the end of an address, brackets included; empty for none.
pub fn key_of(address: &str) -> &str {
    if !address.ends_with(']') {
        return "";
    }
    let (mut at, mut quoted, mut escaped) = (0, false, false);
    for (index, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => at = index,
            _ => {}
        }
    }
    address.get(at..).unwrap_or("")
}
