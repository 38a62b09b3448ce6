//! What is not there yet: entries, elements, resources.

use std::sync::Arc;

use super::{Document, Found};
use crate::edit::{Literal, TextEdit};
use crate::format::cloudformation::is_type;
use crate::source::Span;
use crate::syntax::node::{Entry, Layout, Node, NodeData};

/// What stands beside a CloudFormation resource's properties.
const OUTER: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

impl Document<'_> {
    /// Writes a value at a path below a mapping, and the levels that are missing on the way.
    pub(super) fn insert(
        &self,
        found: &Found,
        path: &[Arc<str>],
        value: &Literal,
    ) -> Result<Vec<TextEdit>, String> {
        let mut path = path.to_vec();
        if path.is_empty() {
            return Err("there is no name to write the value at".to_owned());
        }
        if self.lacks_properties(found, &path) {
            path.insert(0, Arc::from("Properties"));
        }
        if let Some(entry) = found.parent().and_then(|above| above.node.entries().get(above.index))
            && found.node.is_null()
        {
            return self.fill(found.node, entry, found.above.clone(), &nest(&path, value));
        }
        let mut above = found.above.clone();
        let mut node = found.node;
        let mut at = 0;
        while let Some(step) = path.get(at) {
            if let Some(tag) = node.tag.as_deref().filter(|tag| !tag.starts_with("!!")) {
                return Err(format!("`{tag}` computes the value here; write it by hand"));
            }
            match &node.data {
                NodeData::Mapping(entries) => {
                    let place = entries.iter().position(|entry| *entry.key.name() == **step);
                    let Some((index, entry)) = place.and_then(|index| Some((index, entries.get(index)?)))
                    else {
                        break;
                    };
                    if entry.merged || entry.value.alias.is_some() {
                        return Err(format!(
                            "`{step}` comes from an anchor that others use; write it by hand"
                        ));
                    }
                    at += 1;
                    above.push(super::Above { node, index });
                    node = &entry.value;
                    let rest = path.get(at..).unwrap_or_default();
                    if node.is_null() {
                        return self.fill(node, entry, above, &nest(rest, value));
                    }
                    if rest.is_empty() {
                        return self.replace(&Found { above, node }, value);
                    }
                }
                NodeData::Sequence(items) => {
                    let index = match (step.parse::<usize>(), items.len()) {
                        (Ok(index), _) => {
                            at += 1;
                            index
                        }
                        (Err(_), 1) => 0,
                        (Err(_), many) => {
                            return Err(format!(
                                "there are {many} elements to write `{step}` in; write it by hand"
                            ));
                        }
                    };
                    let item =
                        items.get(index).ok_or_else(|| format!("there is no element {index} to write in"))?;
                    above.push(super::Above { node, index });
                    node = item;
                }
                NodeData::Scalar(_) if node.is_null() && above.is_empty() => break,
                NodeData::Scalar(_) => return Err(format!("`{step}` cannot be written into a plain value")),
            }
        }
        match path.get(at..) {
            Some([name, rest @ ..]) if node.is_mapping() => self.insert_entry(node, name, &nest(rest, value)),
            Some([_, ..]) => Err("there is no mapping to write into".to_owned()),
            _ => self.replace(&Found { above, node }, value),
        }
    }

    /// Appends to the list at a path below a mapping; the list and the levels above it are made where they are missing.
    pub(super) fn add(
        &self,
        found: &Found,
        path: &[Arc<str>],
        values: &[Literal],
    ) -> Result<Vec<TextEdit>, String> {
        let mut node = found.node;
        for step in path {
            match (&node.data, node.get(step)) {
                (_, Some(inner)) if inner.alias.is_none() && !inner.is_null() => node = inner,
                _ => return self.insert(found, path, &Literal::List(values.to_vec())),
            }
        }
        self.append(node, values)
    }

    /// Declares a parameter of the template, unless it is declared.
    pub(super) fn add_variable(&self, name: &str, title: &str) -> Result<Vec<TextEdit>, String> {
        let name = super::write::parameter(name);
        let text = |text: &str| Literal::Text(Arc::from(text));
        let (section, value) = match (self.style.refers, self.style.is_arm) {
            (true, _) => ("Parameters", vec![("Type", text("String")), ("Description", text(title))]),
            (false, true) => {
                let metadata = Literal::Map(vec![(Arc::from("description"), text(title))]);
                ("parameters", vec![("type", text("string")), ("metadata", metadata)])
            }
            (false, false) => return Err(format!("this format has no variables; say what `{name}` is")),
        };
        let value = Literal::Map(value.into_iter().map(|(key, value)| (Arc::from(key), value)).collect());
        let root = self.nodes.iter().find(|node| node.get("Resources").or(node.get("resources")).is_some());
        let root = root.ok_or("the template has no resources")?;
        if root.get(section).is_some_and(|parameters| parameters.get(&name).is_some()) {
            return Ok(Vec::new());
        }
        let found = Found { above: Vec::new(), node: root };
        self.insert(&found, &[Arc::from(section), Arc::from(name.as_str())], &value)
    }

    /// Whether a path means the properties of a resource that had none when the change was thought of.
    fn lacks_properties(&self, found: &Found, path: &[Arc<str>]) -> bool {
        let resource =
            found.keys().first().is_some_and(|section| &**section == "Resources") && found.above.len() == 2;
        self.style.refers
            && resource
            && found.node.get_text("Type").is_some_and(|kind| is_type(kind))
            && path.first().is_some_and(|first| !OUTER.contains(&&**first))
    }

    /// Gives a value to a key that has none: `key:`, `key: ~`, `"key": null`.
    fn fill(
        &self,
        node: &Node,
        entry: &Entry,
        above: Vec<super::Above>,
        value: &Literal,
    ) -> Result<Vec<TextEdit>, String> {
        let range = node.span.range();
        let flow = above.iter().any(|above| above.node.layout == Layout::Flow);
        let collection = matches!(value, Literal::List(items) if !items.is_empty())
            || matches!(value, Literal::Map(entries) if !entries.is_empty());
        if self.style.is_json || flow || !collection {
            return self.replace(&Found { above, node }, value);
        }
        let indent = self.column(entry.key.span.start as usize) + self.style.unit;
        let text = format!("{}{}", self.style.newline, self.style.block(value, indent)?);
        let end = self.line_end(range.end);
        let mut edits = Vec::new();
        if !range.is_empty() {
            edits.push(self.edit(self.colon(&entry.key), range.end, ""));
        }
        edits.push(self.edit(end, end, text));
        Ok(edits)
    }

    /// Writes an entry behind a mapping's last one.
    fn insert_entry(&self, node: &Node, name: &str, value: &Literal) -> Result<Vec<TextEdit>, String> {
        let unmerged = || node.entries().iter().filter(|entry| !entry.merged);
        let last = unmerged().max_by_key(|entry| entry.value.place().end.max(entry.key.span.end));
        self.refuse_bare(
            node,
            unmerged().next().map_or(node.span.start, |entry| entry.key.span.start) as usize,
        )?;
        if node.layout == Layout::Flow {
            let last = last.map(|entry| {
                let range = entry.key.span.range();
                (range.start, (entry.value.place().end as usize).max(range.end))
            });
            return self.insert_flow(node, last, |indent| {
                if self.style.is_json {
                    let key = serde_json::Value::from(name);
                    return Ok(format!("{key}: {}", self.style.json(value, indent)?));
                }
                let key = super::write::yaml_text(name, true);
                Ok(format!("{key}: {}", self.style.flow(value)?))
            });
        }
        let (Some(first), Some(last)) = (unmerged().next(), last) else {
            return Err("the mapping has no entry of its own to write behind; write it by hand".to_owned());
        };
        let indent = self.column(first.key.span.start as usize);
        let end = self.line_end((last.value.place().end as usize).max(self.colon(&last.key)));
        let text = format!("{}{}", self.style.newline, self.style.entry(name, value, indent)?);
        Ok(vec![self.edit(end, end, text)])
    }

    /// Writes a part into `{…}` or `[…]`, with its comma, on a line of its own if the last part has one.
    /// `last` is where the last part begins and ends.
    fn insert_flow(
        &self,
        node: &Node,
        last: Option<(usize, usize)>,
        part: impl Fn(Option<usize>) -> Result<String, String>,
    ) -> Result<Vec<TextEdit>, String> {
        let range = node.span.range();
        let text = self.text();
        let close = range.end.saturating_sub(1);
        let Some((start, end)) = last else {
            let open = text
                .get(range.start..close)
                .and_then(|inner| inner.find(['{', '[']))
                .map_or(close, |at| range.start + at + 1);
            let inner = text.get(open..close).unwrap_or("");
            if self.style.is_json && self.style.unit > 0 && inner.contains('\n') {
                let indent = self.indent(close) + self.style.unit;
                let written = format!("{}{}{}", self.style.newline, " ".repeat(indent), part(Some(indent))?);
                return Ok(vec![self.edit(open, open, written)]);
            }
            let indent = self.indent(range.start);
            let own_line = self.style.is_json && text.lines().count() > 1 && inner.is_empty();
            if own_line {
                let (newline, deeper) = (self.style.newline, indent + self.style.unit);
                let written = format!(
                    "{newline}{}{}{newline}{}",
                    " ".repeat(deeper),
                    part(Some(deeper))?,
                    " ".repeat(indent)
                );
                return Ok(vec![self.edit(open, close, written)]);
            }
            return Ok(vec![self.edit(open, open, part(None)?)]);
        };
        let behind = text.get(end..close).unwrap_or("");
        let comma = comma(behind);
        let own_line = !self.same_line(range.start, start);
        let indent = own_line.then(|| self.indent(start));
        let written = part(indent)?;
        let gap = match indent {
            Some(indent) => format!("{}{}", self.style.newline, " ".repeat(indent)),
            None => " ".to_owned(),
        };
        Ok(match comma {
            Some(comma) => {
                let trailing = if own_line && !self.style.is_json { "," } else { "" };
                vec![self.edit(end + comma + 1, end + comma + 1, format!("{gap}{written}{trailing}"))]
            }
            None => vec![self.edit(end, end, format!(",{gap}{written}"))],
        })
    }

    /// Writes elements behind a list's last one.
    pub(super) fn append(&self, node: &Node, values: &[Literal]) -> Result<Vec<TextEdit>, String> {
        if let Some(tag) = node.tag.as_deref().filter(|tag| !tag.starts_with("!!")) {
            return Err(format!("`{tag}` computes the list here; write it by hand"));
        }
        if !node.is_sequence() {
            return Err("there is no list to append to".to_owned());
        }
        let last = node.items().last().map(|item| item.place().range());
        if node.layout == Layout::Flow {
            return self.insert_flow(node, last.map(|range| (range.start, range.end)), |indent| {
                let parts = values
                    .iter()
                    .map(|value| {
                        if self.style.is_json {
                            self.style.json(value, indent)
                        } else {
                            self.style.flow(value)
                        }
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                let between = match indent {
                    Some(indent) => format!(",{}{}", self.style.newline, " ".repeat(indent)),
                    None => ", ".to_owned(),
                };
                Ok(parts.join(&between))
            });
        }
        let last = last.ok_or("there is no element to write behind")?;
        let dash = self.dash(last.start).ok_or("the list is not laid out by dashes; write it by hand")?;
        let end = self.line_end(last.end.max(dash + 1));
        let lines = self.style.block(&Literal::List(values.to_vec()), self.column(dash))?;
        Ok(vec![self.edit(end, end, format!("{}{lines}", self.style.newline))])
    }

    /// The dash before an element.
    pub(super) fn dash(&self, item: usize) -> Option<usize> {
        let before = self.text().get(..item)?;
        // An anchor may stand between the dash and its element.
        let line = self.line_start(item);
        let words = before.get(line..)?;
        match words.rfind('-').filter(|at| {
            words.get(at + 1..).is_some_and(|rest| rest.trim().is_empty() || rest.trim().starts_with('&'))
        }) {
            Some(at) => Some(line + at),
            None => before.trim_end().ends_with('-').then(|| before.trim_end().len() - 1),
        }
    }

    /// Writes a resource behind another one.
    pub(super) fn add_resource(
        &self,
        after: Span,
        kind: &str,
        name: &str,
        body: &[(Arc<str>, Literal)],
    ) -> Result<Vec<TextEdit>, String> {
        if !self.style.refers {
            return Err("only a template takes another resource; write the object by hand".to_owned());
        }
        let resources = self.nodes.iter().filter_map(|node| node.get("Resources"));
        let beside = |node: &&Node| {
            node.entries().iter().any(|entry| {
                entry.key.span.start == after.start || entry.key.span == after || entry.value.span == after
            })
        };
        let resources =
            resources.into_iter().find(beside).ok_or("the resource to write behind is not there any more")?;
        let entry = resources.entries().iter().find(|entry| {
            entry.key.span.start == after.start || entry.key.span == after || entry.value.span == after
        });
        let entry = entry.ok_or("the resource to write behind is not there any more")?;
        let id = self.logical_id(resources, name);
        let mut value = vec![(Arc::from("Type"), Literal::Text(Arc::from(kind)))];
        if !body.is_empty() {
            value.push((Arc::from("Properties"), Literal::Map(body.to_vec())));
        }
        let value = Literal::Map(value);
        let (start, end) =
            (entry.key.span.start as usize, (entry.value.place().end).max(entry.key.span.end) as usize);
        if resources.layout == Layout::Flow {
            let own_line = !self.same_line(resources.span.start as usize, start);
            let indent = own_line.then(|| self.indent(start));
            let key = if self.style.is_json { format!("\"{id}\"") } else { id };
            let written = if self.style.is_json {
                self.style.json(&value, indent)?
            } else {
                self.style.flow(&value)?
            };
            let gap = indent
                .map_or(" ".to_owned(), |indent| format!("{}{}", self.style.newline, " ".repeat(indent)));
            return Ok(vec![self.edit(end, end, format!(",{gap}{key}: {written}"))]);
        }
        let end = self.line_end(end.max(self.colon(&entry.key)));
        let spaced = self.has_blank_lines(resources);
        let newline = self.style.newline;
        let gap = if spaced { format!("{newline}{newline}") } else { newline.to_owned() };
        let text = format!("{gap}{}", self.style.entry(&id, &value, self.column(start))?);
        Ok(vec![self.edit(end, end, text)])
    }

    /// Whether blank lines stand between most of a mapping's entries.
    fn has_blank_lines(&self, node: &Node) -> bool {
        let gaps = node.entries().windows(2).filter_map(|pair| match pair {
            [one, two] => self.text().get(one.value.span.end as usize..two.key.span.start as usize),
            _ => None,
        });
        let (mut blank, mut all) = (0, 0);
        for gap in gaps {
            all += 1;
            blank += usize::from(
                gap.lines().skip(1).any(|line| line.trim().is_empty() && gap.matches('\n').count() > 1),
            );
        }
        blank * 2 > all
    }

    /// A name as logical ids are written, letters and digits only, that is not taken.
    fn logical_id(&self, resources: &Node, name: &str) -> String {
        let mut id = String::new();
        let mut upper = !name.chars().next().is_some_and(char::is_lowercase) || name.contains(['_', '-']);
        for char in name.chars() {
            if char.is_ascii_alphanumeric() {
                id.push(if upper { char.to_ascii_uppercase() } else { char });
                upper = false;
            } else {
                upper = true;
            }
        }
        let id = if id.is_empty() { "Resource".to_owned() } else { id };
        let mut free = id.clone();
        let mut count = 2;
        while resources.entry(&free).is_some() {
            free = format!("{id}{count}");
            count += 1;
        }
        free
    }
}

/// Where a comma stands in what follows the last part, comments left out.
fn comma(behind: &str) -> Option<usize> {
    let mut at = 0;
    for line in behind.split_inclusive('\n') {
        let words = line.split_once('#').or_else(|| line.split_once("//")).map_or(line, |(words, _)| words);
        if let Some(comma) = words.find(',') {
            return Some(at + comma);
        }
        at += line.len();
    }
    None
}

/// A value with the levels of a path around it; a number is an element of a list.
fn nest(path: &[Arc<str>], value: &Literal) -> Literal {
    path.iter().rev().fold(value.clone(), |inner, step| match step.parse::<usize>() {
        Ok(_) => Literal::List(vec![inner]),
        Err(_) => Literal::Map(vec![(Arc::clone(step), inner)]),
    })
}
