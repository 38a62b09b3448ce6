//! Parts of a manifest that another tool fills in (Helm, Jinja, an alert's own labels): they are not known, and what
//! stands around them is.

use std::collections::HashSet;
use std::sync::Arc;

use crate::source::{Source, Span};
use crate::syntax::node::{Layout, Node, NodeData};
use crate::syntax::yaml::{is_go_template, is_template};
use crate::value::{Data, List, Map, Value, Why, WhyKind};

/// What of a document is filled in.
pub(super) struct Filled {
    /// The first outside of quotes and block texts: quoted, it may be meant for whoever reads the object.
    pub first: Option<Span>,
    pub spans: HashSet<Span>,
    /// The file is rendered before it is a manifest: not only data of it is a template.
    pub is_rendered: bool,
}

impl Filled {
    /// Whether what a document is can be told: neither of the words for it is filled in.
    pub fn leaves_kind(&self, node: &Node) -> bool {
        let is_known = |key: &str| {
            node.get(key).is_none_or(|word| word.text().is_some() && !self.spans.contains(&word.span))
        };
        !self.spans.contains(&node.span) && is_known("apiVersion") && is_known("kind")
    }
}

/// The parts of a document that another tool fills in; none where there is none.
pub(super) fn filled_in(source: &Source, node: &Node) -> Option<Filled> {
    let text = source.slice(node.span);
    if !(text.contains("{{") || text.contains("{%")) {
        return None;
    }
    if is_lost(node) {
        let at = text.find("{{").or_else(|| text.find("{%"))?;
        let start = node.span.start as usize + at;
        let first = Span::new(source.id, start, start + 2);
        return is_template(text).then(|| Filled {
            first: Some(first),
            spans: HashSet::new(),
            is_rendered: true,
        });
    }
    let mut found = Found::default();
    find(source, node, &mut found);
    let Found { first, spans, is_rendered } = found;
    (!spans.is_empty()).then_some(Filled { first, spans, is_rendered })
}

/// Whether nothing of a document could be read.
pub(super) fn is_lost(node: &Node) -> bool {
    node.broken && matches!(node.data, NodeData::Scalar(_))
}

#[derive(Default)]
struct Found {
    first: Option<Span>,
    spans: HashSet<Span>,
    is_rendered: bool,
}

fn find(source: &Source, node: &Node, found: &mut Found) {
    let mut note = |is_rendered: bool| {
        if node.layout == Layout::Plain || is_rendered {
            found.first.get_or_insert(node.span);
        }
        found.spans.insert(node.span);
        found.is_rendered |= is_rendered;
    };
    match &node.data {
        // A block text is a file of its own, with templates of its own.
        NodeData::Scalar(text) => match node.layout {
            Layout::Literal | Layout::Folded => {}
            Layout::Plain if text.contains("{{") && is_go_template(text) => note(is_of_chart(text)),
            _ if (text.contains("{{") || text.contains("{%")) && is_template(text) => note(false),
            _ => {}
        },
        NodeData::Sequence(items) => items.iter().for_each(|item| find(source, item, found)),
        // `{{ .Values.x }}` reads as a mapping whose key is one.
        NodeData::Mapping(_) if node.layout == Layout::Flow && source.slice(node.span).starts_with("{{") => {
            note(true);
        }
        NodeData::Mapping(entries) => {
            for entry in entries.iter() {
                find(source, &entry.key, found);
                find(source, &entry.value, found);
            }
        }
    }
}

/// Whether a text asks for what only a chart has.
fn is_of_chart(text: &str) -> bool {
    text.split("{{").skip(1).any(|rest| {
        let action = rest.split("}}").next().unwrap_or(rest);
        [".Values", ".Release", ".Chart", ".Capabilities", ".Files", "include ", "template ", "toYaml "]
            .iter()
            .any(|word| action.contains(word))
    })
}

/// How many blocks of a template a text opens and does not close.
pub(super) fn open_blocks(text: &str) -> isize {
    let of = |mark: &str| -> isize {
        let actions = text.split(mark).skip(1).map(|rest| rest.trim_start_matches(['-', '~', ' ', '\t']));
        let words =
            actions.map(|rest| rest.split(|char: char| !char.is_ascii_alphabetic()).next().unwrap_or(""));
        words
            .map(|word| match word {
                "if" | "range" | "with" | "define" | "block" | "for" | "macro" => 1,
                _ if word.starts_with("end") => -1,
                _ => 0,
            })
            .sum()
    };
    of("{{") + of("{%")
}

/// Makes unknown what stands at these places; a map whose key is filled in may hold anything else.
pub(super) fn mask(value: &mut Value, spans: &HashSet<Span>) {
    let why = || Why::new(WhyKind::Function, "a template fills it in");
    if value.origin.span.is_some_and(|span| spans.contains(&span)) {
        value.data = Data::Unknown(why());
        return;
    }
    match &value.data {
        Data::Map(map) => {
            let is_key = |key: &str| key.is_empty() || key.contains("{{");
            let is_open = map.entries.keys().any(|key| is_key(key));
            let mut entries = map.entries.clone();
            entries.retain(|key, _| !is_key(key));
            entries.values_mut().for_each(|inner| mask(inner, spans));
            let open = map.open.clone().or_else(|| is_open.then(why));
            value.data = Data::Map(Arc::new(Map { entries, open, header: map.header }));
        }
        Data::List(list) => {
            let mut items = list.items.clone();
            items.iter_mut().for_each(|item| mask(item, spans));
            value.data = Data::List(Arc::new(List { items, open: list.open.clone() }));
        }
        _ => {}
    }
}
