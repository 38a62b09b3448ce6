//! Symbolic edits of YAML and JSON texts.
//!
//! INVARIANT: no byte outside of an edit's span changes.

mod insert;
mod remove;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use self::write::Style;
use crate::edit::{Change, Literal, TextEdit};
use crate::format::cloudformation;
use crate::source::{Source, Span};
use crate::syntax::node::{Layout, Node, NodeData};
use crate::syntax::{json, yaml};

/// Turns a change into edits of this text.
///
/// # Errors
/// Why it cannot be written: the span's text is not what the change needs, or the format cannot say it.
pub fn edits(source: &Source, change: &Change) -> Result<Vec<TextEdit>, String> {
    make(Document::read(source), change)
}

/// As [`edits`], of a text that other changes were made in: a collection may have grown beyond its span.
///
/// # Errors
/// As [`edits`].
pub(super) fn edits_after(source: &Source, change: &Change) -> Result<Vec<TextEdit>, String> {
    make(Document { may_have_grown: true, ..Document::read(source) }, change)
}

fn make(document: Document<'_>, change: &Change) -> Result<Vec<TextEdit>, String> {
    match change {
        Change::Replace { at, value } => document.replace(&document.find(*at)?, value),
        Change::Insert { into, path, value } => document.insert(&document.find(*into)?, path, value),
        Change::Add { into, path, values } => document.add(&document.find(*into)?, path, values),
        Change::Append { to, values } => document.append(document.find(*to)?.node, values),
        Change::Remove { at } => document.remove(&document.find(*at)?),
        Change::RemoveElement { at } => document.remove_element(&document.find(*at)?),
        Change::AddResource { after, kind, name, body } => document.add_resource(*after, kind, name, body),
        Change::AddVariable { name, title, .. } => document.add_variable(name, title),
    }
}

/// A text with its tree.
struct Document<'a> {
    source: &'a Source,
    nodes: Vec<Node>,
    style: Style,
    /// What begins where a span begins and ends behind it is what the span was.
    may_have_grown: bool,
}

/// A node with what lies above it, the root first.
struct Found<'n> {
    above: Vec<Above<'n>>,
    node: &'n Node,
}

/// One step down: the collection and the child's index in it.
#[derive(Clone, Copy)]
struct Above<'n> {
    node: &'n Node,
    index: usize,
}

impl<'n> Found<'n> {
    fn parent(&self) -> Option<Above<'n>> {
        self.above.last().copied()
    }

    /// The keys that lead to the node.
    fn keys(&self) -> Vec<Arc<str>> {
        let entries = self.above.iter().filter_map(|above| above.node.entries().get(above.index));
        entries.map(|entry| entry.key.name()).collect()
    }
}

impl<'a> Document<'a> {
    fn read(source: &'a Source) -> Self {
        let is_json = json::is_json(source);
        let nodes: Vec<Node> =
            if is_json { json::parse(source).0.into_iter().collect() } else { yaml::parse(source).0 };
        let refers = nodes.iter().any(cloudformation::is_template);
        let is_arm = is_json && !refers && nodes.iter().any(|node| node.get("resources").is_some());
        let style = Style::of(&source.text, is_json, refers, is_arm);
        Self { source, nodes, style, may_have_grown: false }
    }

    fn find(&self, span: Span) -> Result<Found<'_>, String> {
        let mut above = Vec::new();
        for node in &self.nodes {
            if let Some(node) = descend(node, span, &mut above) {
                return Ok(Found { above, node });
            }
        }
        if self.may_have_grown
            && let Some(span) = self.nodes.iter().find_map(|node| grown(node, span))
        {
            return self.find(span);
        }
        Err("there is no value at this place any more; read the file again".to_owned())
    }

    fn edit(&self, start: usize, end: usize, text: impl Into<String>) -> TextEdit {
        TextEdit { span: Span::new(self.source.id, start, end), text: text.into() }
    }

    fn text(&self) -> &str {
        &self.source.text
    }

    /// Where the line of an offset begins.
    fn line_start(&self, at: usize) -> usize {
        self.text().get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
    }

    /// Where the line of an offset ends, before its break.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.text().get(at..).unwrap_or("");
        let length = rest.find('\n').unwrap_or(rest.len());
        at + rest.get(..length).unwrap_or("").trim_end_matches('\r').len()
    }

    /// One past the break of an offset's line.
    fn next_line(&self, at: usize) -> usize {
        let rest = self.text().get(at..).unwrap_or("");
        at + rest.find('\n').map_or(rest.len(), |found| found + 1)
    }

    /// How far an offset stands from the beginning of its line.
    fn column(&self, at: usize) -> usize {
        at - self.line_start(at)
    }

    /// The blanks a line begins with.
    fn indent(&self, at: usize) -> usize {
        let line = self.text().get(self.line_start(at)..).unwrap_or("");
        line.len() - line.trim_start_matches([' ', '\t']).len()
    }

    fn same_line(&self, one: usize, other: usize) -> bool {
        self.line_start(one) == self.line_start(other)
    }

    /// Writes a value where another one stands.
    fn replace(&self, found: &Found, value: &Literal) -> Result<Vec<TextEdit>, String> {
        self.refuse_part(found)?;
        let node = found.node;
        let range = node.span.range();
        let in_flow = found.above.iter().any(|above| above.node.layout == Layout::Flow);
        if self.style.is_json {
            let many = matches!(node.data, NodeData::Scalar(_)) || !self.same_line(range.start, range.end);
            let indent = many.then(|| self.indent(range.start));
            let text = self.style.json(value, indent.filter(|_| self.is_multi_line(found)))?;
            return Ok(vec![self.edit(range.start, range.end, text)]);
        }
        let key =
            found.parent().and_then(|above| above.node.entries().get(above.index)).map(|entry| &entry.key);
        let collection = matches!(value, Literal::List(items) if !items.is_empty())
            || matches!(value, Literal::Map(entries) if !entries.is_empty());
        let below = key.is_some_and(|key| !self.same_line(key.span.end as usize, range.start));
        if collection && below && !in_flow {
            let lines = self.style.block(value, self.column(range.start))?;
            return Ok(vec![self.edit(range.start, range.end, lines.trim_start().to_owned())]);
        }
        let text = match value {
            Literal::List(_) | Literal::Map(_) => self.style.flow(value)?,
            _ => self.style.like(value, node, in_flow)?,
        };
        if let Some(key) = key.filter(|_| below && !in_flow) {
            // A scalar stands behind its key, unless a comment stands there.
            let colon = self.colon(key);
            let between = self.text().get(colon..range.start).unwrap_or("");
            if !between.contains(['#', '&', '!']) {
                return Ok(vec![self.edit(colon, range.end, format!(" {text}"))]);
            }
        }
        let blank = if range.is_empty() && key.is_some() { " " } else { "" };
        Ok(vec![self.edit(range.start, range.end, format!("{blank}{text}"))])
    }

    /// One past the colon behind a key.
    fn colon(&self, key: &Node) -> usize {
        let end = key.place().end as usize;
        let rest = self.text().get(end..).unwrap_or("");
        end + rest.find(':').map_or(0, |found| found + 1)
    }

    /// Whether the collection around a node is written over several lines.
    fn is_multi_line(&self, found: &Found) -> bool {
        found.parent().is_some_and(|above| {
            !self.same_line(above.node.span.start as usize, above.node.span.end as usize)
        })
    }

    /// Some values are a part of a longer text, which is not theirs to change.
    fn refuse_part(&self, found: &Found) -> Result<(), String> {
        if !self.style.refers {
            return Ok(());
        }
        let keys = found.keys();
        if let [section, name, last] = keys.as_slice()
            && &**section == "Parameters"
            && &**last == "Default"
        {
            let kind =
                found.parent().and_then(|above| above.node.get_text("Type").cloned()).unwrap_or_default();
            if kind.starts_with("List<") || &*kind == "CommaDelimitedList" {
                return Err(format!(
                    "the value is a part of the default of parameter `{name}`; change it there"
                ));
            }
        }
        let split = |above: &Above| above.node.tag.as_deref() == Some("!Split");
        if found.above.iter().any(split) || keys.iter().any(|key| &**key == "Fn::Split") {
            return Err("the value is a part of a text that is split; change it there".to_owned());
        }
        Ok(())
    }

    /// What is used by others is not theirs to take away.
    fn refuse_shared(&self, found: &Found) -> Result<(), String> {
        if found.node.anchored {
            return Err("other places use this value by its anchor; remove it there".to_owned());
        }
        match found.keys().first().map(|section| &**section) {
            Some(section @ ("Parameters" | "Mappings")) if self.style.refers => {
                Err(format!("the value is written in `{section}`; remove it where it is used"))
            }
            _ => Ok(()),
        }
    }
}

/// The span of the smallest collection that begins where this one does and contains it.
fn grown(node: &Node, span: Span) -> Option<Span> {
    if !node.span.contains(&span) || node.alias.is_some() {
        return None;
    }
    let inner = match &node.data {
        NodeData::Scalar(_) => return None,
        NodeData::Sequence(items) => items.iter().find_map(|item| grown(item, span)),
        NodeData::Mapping(entries) => entries.iter().find_map(|entry| grown(&entry.value, span)),
    };
    inner.or_else(|| (node.span.start == span.start && node.span != span).then_some(node.span))
}

/// The node of exactly this span, and what lies above it.
fn descend<'n>(node: &'n Node, span: Span, above: &mut Vec<Above<'n>>) -> Option<&'n Node> {
    if node.alias.is_some() || !node.span.contains(&span) {
        return None;
    }
    if node.span == span {
        return Some(node);
    }
    let depth = above.len();
    let children: Box<dyn Iterator<Item = &Node>> = match &node.data {
        NodeData::Scalar(_) => return None,
        NodeData::Sequence(items) => Box::new(items.iter()),
        // A merged entry is written elsewhere and found there.
        NodeData::Mapping(entries) => Box::new(entries.iter().map(|entry| &entry.value)),
    };
    for (index, child) in children.enumerate() {
        above.push(Above { node, index });
        if let Some(found) = descend(child, span, above) {
            return Some(found);
        }
        above.truncate(depth);
    }
    None
}
