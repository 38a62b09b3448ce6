//! Symbolic edits of HCL texts.
//!
//! INVARIANT: no byte outside of an edit's span changes.

mod find;
#[cfg(test)]
mod tests;
mod write;

use std::sync::Arc;

use self::find::{Found, find};
use self::write::{Style, attribute, literal};
use crate::edit::{Change, Literal, TextEdit};
use crate::source::{Source, Span};
use crate::syntax::hcl::{Attribute, Block, Body, Expression, Item, Kind, Pair};

/// Turns a change into edits of this text.
///
/// # Errors
/// Why it cannot be written: the span's text is not what the change needs.
pub fn edits(source: &Source, body: &Body, change: &Change) -> Result<Vec<TextEdit>, String> {
    let text = Text { source, style: Style::of(&source.text) };
    match change {
        Change::Replace { at, value } => text.replace(&find(body, *at)?, value),
        Change::Insert { into, path, value } => match find(body, *into)? {
            Found::Block(block) => text.insert_in_body(block, path, value),
            found => {
                let object = found.expression().ok_or("this is neither a block nor an object")?;
                text.insert_in_object(object, path, value)
            }
        },
        Change::Append { to, values } => {
            let found = find(body, *to)?;
            text.append(found.expression().ok_or("this is no list")?, values)
        }
        Change::Add { into, path, values } => match find(body, *into)? {
            Found::Block(block) => text.add_in_body(block, path, values),
            found => {
                let object = found.expression().ok_or("this is neither a block nor an object")?;
                text.add_in_object(object, path, values)
            }
        },
        Change::Remove { at } => text.remove(&find(body, *at)?),
        Change::RemoveElement { at } => match find(body, *at)? {
            Found::Element(list, index) => text.remove_element(list, index),
            found @ Found::Block(_) => text.remove(&found),
            _ => Err("this is no element of a list".to_owned()),
        },
        Change::AddResource { after, kind, name, body: entries } => match find(body, *after)? {
            Found::Block(block) => Ok(text.add_resource(block, kind, name, entries)),
            _ => Err("a resource is written after another block".to_owned()),
        },
        Change::AddVariable { near, name, title } => match find(body, *near)? {
            Found::Block(block) => Ok(text.add_variable(body, block, name, title)),
            _ => Err("a variable is written after a block".to_owned()),
        },
    }
}

struct Text<'s> {
    source: &'s Source,
    style: Style,
}

impl Text<'_> {
    fn all(&self) -> &str {
        &self.source.text
    }

    fn edit(&self, start: usize, end: usize, text: impl Into<String>) -> TextEdit {
        TextEdit { span: Span::new(self.source.id, start, end), text: text.into() }
    }

    fn line_start(&self, at: usize) -> usize {
        self.all().get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
    }

    /// Before the line's break.
    fn line_end(&self, at: usize) -> usize {
        let rest = self.all().get(at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("");
        at + line.strip_suffix('\r').unwrap_or(line).len()
    }

    /// Behind the line's break.
    fn next_line(&self, at: usize) -> usize {
        self.all().get(at..).and_then(|rest| rest.find('\n')).map_or(self.all().len(), |found| at + found + 1)
    }

    /// The blanks the line of an offset begins with.
    fn indent(&self, at: usize) -> &str {
        let line = self.all().get(self.line_start(at)..).unwrap_or("");
        &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
    }

    fn between(&self, start: usize, end: usize) -> &str {
        self.all().get(start..end).unwrap_or("")
    }

    fn is_blank_before(&self, at: usize) -> bool {
        self.between(self.line_start(at), at).trim().is_empty()
    }

    /// Nothing but blanks, an optional comma and a comment follow on the line.
    fn ends_line(&self, at: usize) -> bool {
        let rest = self.between(at, self.line_end(at)).trim_start();
        let rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        rest.is_empty() || rest.starts_with('#') || rest.starts_with("//")
    }

    fn replace(&self, found: &Found<'_>, value: &Literal) -> Result<Vec<TextEdit>, String> {
        let expression = found.expression().ok_or("a block is no value that can be replaced")?;
        let range = expression.span.range();
        let indent = self.indent(range.start).to_owned();
        Ok(vec![self.edit(range.start, range.end, literal(value, &indent, &self.style))])
    }

    fn insert_in_body(
        &self,
        block: &Block,
        path: &[Arc<str>],
        value: &Literal,
    ) -> Result<Vec<TextEdit>, String> {
        let (name, rest) = path.split_first().ok_or("the place to write at has no name")?;
        if let Some(old) = block.body.attribute(name) {
            return match rest {
                [] => self.replace(&Found::Attribute(old), value),
                _ => self.insert_in_object(&old.value, rest, value),
            };
        }
        let mut blocks = block.body.blocks().filter(|inner| inner.kind == *name);
        if let Some(inner) = blocks.next() {
            if blocks.next().is_some() {
                return Err(format!("there are several `{name}` blocks"));
            }
            return match (rest, value) {
                ([], Literal::Map(entries)) => {
                    let mut edits = Vec::new();
                    for (key, value) in entries {
                        edits.extend(self.insert_in_body(inner, std::slice::from_ref(key), value)?);
                    }
                    Ok(edits)
                }
                ([], _) => Err(format!("`{name}` is a block here")),
                _ => self.insert_in_body(inner, rest, value),
            };
        }
        let dynamic = |inner: &Block| &*inner.kind == "dynamic" && inner.label(0) == Some(name);
        if block.body.blocks().any(dynamic) {
            return Err(format!("`{name}` blocks are made by a `dynamic` block"));
        }
        let nested =
            rest.iter().rev().fold(value.clone(), |inner, name| Literal::Map(vec![(name.clone(), inner)]));
        let indent = match block.body.items.last() {
            Some(item) if self.is_blank_before(start_of(item)) => self.indent(start_of(item)).to_owned(),
            _ => format!("{}  ", self.indent(block.header.start as usize)),
        };
        let written = attribute(name, &nested, &indent, &self.style);
        let Some(value) = written.strip_prefix(&format!("{indent}{name} = ")) else {
            return self.add_line(block, &written, true);
        };
        if value.contains('\n') {
            return self.add_line(block, &written, false);
        }
        let (width, mut edits) = self.column(block, name, &indent);
        edits.extend(self.add_line(block, &format!("{indent}{name:<width$} = {value}"), false)?);
        Ok(edits)
    }

    /// How wide the names are where an attribute joins a body's last lines, and what makes room for a longer one:
    /// neighbouring attributes of one line have their `=` in one column, as `terraform fmt` writes them. Where they
    /// have not, they are left alone.
    fn column(&self, block: &Block, name: &str, indent: &str) -> (usize, Vec<TextEdit>) {
        let mut below = self.line_start((block.span.end as usize).saturating_sub(1));
        let mut neighbours = Vec::new();
        for item in block.body.items.iter().rev() {
            let Item::Attribute(attribute) = item else { break };
            let (start, end) = (start_of(item), end_of(item));
            let alone = self.line_start(start) + indent.len() == start && self.is_blank_before(start);
            if !alone || self.between(start, end).contains('\n') || self.next_line(end) != below {
                break;
            }
            below = self.line_start(start);
            neighbours.push((attribute.name_span.end as usize, attribute));
        }
        let length = |attribute: &Attribute| attribute.name.chars().count();
        let width = neighbours.iter().map(|(_, attribute)| length(attribute)).max().unwrap_or(0);
        let wanted = width.max(name.chars().count());
        let sign = |width: usize, attribute| format!("{} = ", " ".repeat(width - length(attribute)));
        let gap = |(end, attribute): &(usize, &Attribute)| {
            self.between(*end, attribute.value.span.start as usize).to_owned()
        };
        if neighbours.iter().any(|one| gap(one) != sign(width, one.1)) {
            return (0, Vec::new());
        }
        let room = neighbours.iter().filter(|_| wanted > width).map(|(end, attribute)| {
            self.edit(*end, attribute.value.span.start as usize, sign(wanted, attribute))
        });
        (wanted, room.collect())
    }

    /// Writes lines before the closing brace of a block.
    fn add_line(&self, block: &Block, written: &str, separate: bool) -> Result<Vec<TextEdit>, String> {
        let end = block.span.end as usize;
        if !self.between(block.span.start as usize, end).ends_with('}') {
            return Err("the block is not closed".to_owned());
        }
        let brace = end - 1;
        let line_break = self.style.line_break;
        let body = block.body.span.range();
        if self.is_blank_before(brace) && self.line_start(brace) > body.start {
            let at = self.line_start(brace);
            let blank = if separate && !block.body.items.is_empty() { line_break } else { "" };
            return Ok(vec![self.edit(at, at, format!("{blank}{written}{line_break}"))]);
        }
        // A block of one line is opened up.
        let outer = self.indent(block.header.start as usize);
        match (block.body.items.first(), block.body.items.last()) {
            (Some(first), Some(last)) => {
                let (first, last) = (start_of(first), end_of(last));
                let indent = format!("{outer}  ");
                let blank = if separate { line_break } else { "" };
                let behind = format!("{line_break}{blank}{written}{line_break}{outer}");
                Ok(vec![
                    self.edit(body.start, first, format!("{line_break}{indent}")),
                    self.edit(last, brace, behind),
                ])
            }
            _ => {
                let inside = self.between(body.start, brace);
                if !inside.trim().is_empty() {
                    return Err("the block holds nothing but a comment on its line".to_owned());
                }
                Ok(vec![self.edit(body.start, brace, format!("{line_break}{written}{line_break}{outer}"))])
            }
        }
    }

    fn insert_in_object(
        &self,
        object: &Expression,
        path: &[Arc<str>],
        value: &Literal,
    ) -> Result<Vec<TextEdit>, String> {
        let (name, rest) = path.split_first().ok_or("the place to write at has no name")?;
        let pairs = match &object.kind {
            Kind::Object(pairs) => pairs,
            Kind::Wrapped(inner) => return self.insert_in_object(inner, path, value),
            _ => return Err("the value is computed by an expression, not written as an object".to_owned()),
        };
        if let Some(pair) = pairs.iter().find(|pair| pair.key.as_text().is_some_and(|key| key == name)) {
            return match rest {
                [] => self.replace(&Found::Expression(&pair.value), value),
                _ => self.insert_in_object(&pair.value, rest, value),
            };
        }
        let nested =
            rest.iter().rev().fold(value.clone(), |inner, name| Literal::Map(vec![(name.clone(), inner)]));
        let key = write::key(name);
        let brace = object.span.end as usize - 1;
        let line_break = self.style.line_break;
        let open = object.span.start as usize + 1;
        if self.is_blank_before(brace) && self.line_start(brace) > open {
            let indent = match pairs.last() {
                Some(pair) if self.is_blank_before(pair.key.span.start as usize) => {
                    self.indent(pair.key.span.start as usize).to_owned()
                }
                _ => format!("{}  ", self.indent(brace)),
            };
            let at = self.line_start(brace);
            let written = literal(&nested, &indent, &self.style);
            return Ok(vec![self.edit(at, at, format!("{indent}{key} = {written}{line_break}"))]);
        }
        let indent = self.indent(object.span.start as usize).to_owned();
        let written = format!("{key} = {}", literal(&nested, &indent, &self.style));
        match pairs.last() {
            None => Ok(vec![self.edit(open, brace, format!(" {written} "))]),
            Some(pair) => {
                let end = pair.value.span.end as usize;
                match self.between(end, brace).find(',') {
                    Some(comma) => {
                        let at = end + comma + 1;
                        Ok(vec![self.edit(at, at, format!(" {written}"))])
                    }
                    None => Ok(vec![self.edit(end, end, format!(", {written}"))]),
                }
            }
        }
    }

    /// Appends to the list at a path of a body: to an attribute's list, or as further blocks.
    fn add_in_body(
        &self,
        block: &Block,
        path: &[Arc<str>],
        values: &[Literal],
    ) -> Result<Vec<TextEdit>, String> {
        let (name, rest) = path.split_first().ok_or("the place to write at has no name")?;
        if let Some(old) = block.body.attribute(name) {
            return match rest {
                [] => self.append(&old.value, values),
                _ => self.add_in_object(&old.value, rest, values),
            };
        }
        if !rest.is_empty() {
            let mut blocks = block.body.blocks().filter(|inner| inner.kind == *name);
            return match (blocks.next(), blocks.next()) {
                (Some(inner), None) => self.add_in_body(inner, rest, values),
                (Some(_), Some(_)) => Err(format!("there are several `{name}` blocks")),
                (None, _) => self.insert_in_body(block, path, &Literal::List(values.to_vec())),
            };
        }
        let maps = values.iter().all(|value| matches!(value, Literal::Map(_)));
        if !maps || block.body.blocks().all(|inner| inner.kind != *name) {
            return self.insert_in_body(block, path, &Literal::List(values.to_vec()));
        }
        let indent = match block.body.items.last() {
            Some(item) if self.is_blank_before(start_of(item)) => self.indent(start_of(item)).to_owned(),
            _ => format!("{}  ", self.indent(block.header.start as usize)),
        };
        let written = attribute(name, &Literal::List(values.to_vec()), &indent, &self.style);
        self.add_line(block, &written, true)
    }

    fn add_in_object(
        &self,
        object: &Expression,
        path: &[Arc<str>],
        values: &[Literal],
    ) -> Result<Vec<TextEdit>, String> {
        let (name, rest) = path.split_first().ok_or("the place to write at has no name")?;
        match &object.kind {
            Kind::Wrapped(inner) => return self.add_in_object(inner, path, values),
            Kind::Object(pairs) => {
                let named = |pair: &&Pair| pair.key.as_text().is_some_and(|key| key == name);
                if let Some(pair) = pairs.iter().find(named) {
                    return match rest {
                        [] => self.append(&pair.value, values),
                        _ => self.add_in_object(&pair.value, rest, values),
                    };
                }
            }
            _ => {}
        }
        self.insert_in_object(object, path, &Literal::List(values.to_vec()))
    }

    fn append(&self, list: &Expression, values: &[Literal]) -> Result<Vec<TextEdit>, String> {
        let items = match &list.kind {
            Kind::List(items) => items,
            Kind::Wrapped(inner) => return self.append(inner, values),
            _ => return Err("the value is computed by an expression, not written as a list".to_owned()),
        };
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let (open, close) = (list.span.start as usize + 1, list.span.end as usize - 1);
        let line_break = self.style.line_break;
        let Some(last) = items.last() else {
            let indent = self.indent(list.span.start as usize).to_owned();
            let written: Vec<String> =
                values.iter().map(|value| literal(value, &indent, &self.style)).collect();
            if !self.between(open, close).trim().is_empty() {
                return Err("the list holds nothing but a comment".to_owned());
            }
            return Ok(vec![self.edit(open, close, written.join(", "))]);
        };
        let end = last.span.end as usize;
        let comma = self.comma_after(end, close);
        let own_line = self.is_blank_before(last.span.start as usize) && self.is_blank_before(close);
        if !own_line {
            let indent = self.indent(list.span.start as usize).to_owned();
            let written: Vec<String> =
                values.iter().map(|value| literal(value, &indent, &self.style)).collect();
            let (at, before) = comma.map_or((end, ", "), |comma| (comma + 1, " "));
            return Ok(vec![self.edit(at, at, format!("{before}{}", written.join(", ")))]);
        }
        let indent = self.indent(last.span.start as usize).to_owned();
        let line_end = self.line_end(comma.unwrap_or(end));
        let lines: Vec<String> = values
            .iter()
            .map(|value| format!("{line_break}{indent}{}", literal(value, &indent, &self.style)))
            .collect();
        match comma {
            Some(_) => Ok(vec![self.edit(line_end, line_end, format!("{},", lines.join(",")))]),
            None if line_end == end => Ok(vec![self.edit(end, end, format!(",{}", lines.join(",")))]),
            None => Ok(vec![self.edit(end, end, ","), self.edit(line_end, line_end, lines.join(","))]),
        }
    }

    /// The comma that follows an element, comments between them left aside.
    fn comma_after(&self, end: usize, limit: usize) -> Option<usize> {
        let mut at = end;
        while at < limit {
            let rest = self.between(at, limit);
            let blanks = rest.len() - rest.trim_start().len();
            let rest = rest.trim_start();
            at += blanks;
            if rest.starts_with(',') {
                return Some(at);
            } else if rest.starts_with('#') || rest.starts_with("//") {
                at = self.next_line(at);
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |found| found + 2);
            } else {
                return None;
            }
        }
        None
    }

    fn remove(&self, found: &Found<'_>) -> Result<Vec<TextEdit>, String> {
        match found {
            Found::Attribute(attribute) => {
                Ok(vec![self.without(attribute.name_span.start as usize, attribute.value.span.end as usize)])
            }
            Found::Block(block) if &*block.kind == "content" => {
                Err("the block is made by a `dynamic` block".to_owned())
            }
            Found::Block(block) => {
                let mut edit = self.without(block.span.start as usize, block.span.end as usize);
                // Of two blank lines around it, or one before the closing brace, one goes with it.
                let range = edit.span.range();
                let after = self.between(range.end, self.line_end(range.end)).trim();
                let before = self.line_start(range.start.saturating_sub(1));
                let blank = range.start > 0 && self.between(before, range.start).trim().is_empty();
                let whole = self.all().as_bytes().get(range.start.wrapping_sub(1)) == Some(&b'\n');
                if whole && blank && (after.is_empty() || after.starts_with('}')) {
                    edit.span.start = before as u32;
                }
                Ok(vec![edit])
            }
            Found::Pair(object, index) => self.remove_pair(object, *index),
            Found::Element(..) => Err("an element of a list is taken out, not removed".to_owned()),
            Found::Expression(_) => Err("this is a part of an expression".to_owned()),
        }
    }

    /// Without these bytes; with their whole lines when nothing else stands on them.
    fn without(&self, start: usize, end: usize) -> TextEdit {
        if self.is_blank_before(start) && self.ends_line(end) {
            return self.edit(self.line_start(start), self.next_line(end), "");
        }
        let before = self.between(self.line_start(start), start);
        let blanks = before.len() - before.trim_end().len();
        self.edit(start - blanks, end, "")
    }

    fn remove_pair(&self, object: &Expression, index: usize) -> Result<Vec<TextEdit>, String> {
        let Kind::Object(pairs) = &object.kind else {
            return Err("this is no object".to_owned());
        };
        let spans: Vec<Span> =
            pairs.iter().map(|Pair { key, value }| Span { end: value.span.end, ..key.span }).collect();
        self.take_out(object, &spans, index)
    }

    fn remove_element(&self, list: &Expression, index: usize) -> Result<Vec<TextEdit>, String> {
        let Kind::List(items) = &list.kind else {
            return Err("this is no list".to_owned());
        };
        let spans: Vec<Span> = items.iter().map(|item| item.span).collect();
        self.take_out(list, &spans, index)
    }

    /// Takes one of the comma-separated pieces between brackets out, with its comma.
    fn take_out(&self, around: &Expression, spans: &[Span], index: usize) -> Result<Vec<TextEdit>, String> {
        let span = spans.get(index).ok_or("there is no such element")?;
        let close = around.span.end as usize - 1;
        let (start, end) = (span.start as usize, span.end as usize);
        let comma = self.comma_after(end, close);
        let behind = comma.map_or(end, |comma| comma + 1);
        if self.is_blank_before(start) && self.ends_line(behind.max(end)) && self.line_end(end) >= behind {
            return Ok(vec![self.edit(self.line_start(start), self.next_line(behind), "")]);
        }
        match (comma, spans.get(index + 1), index.checked_sub(1).and_then(|before| spans.get(before))) {
            (Some(_), Some(next), _) => Ok(vec![self.edit(start, next.start as usize, "")]),
            (_, None, Some(before)) => Ok(vec![self.edit(before.end as usize, end, "")]),
            (comma, None, None) => {
                let open = around.span.start as usize + 1;
                let only = self.between(open, close).trim().len() <= behind - start;
                let _ = comma;
                Ok(vec![if only { self.edit(open, close, "") } else { self.edit(start, behind, "") }])
            }
            (None, Some(_), _) => Ok(vec![self.without(start, end)]),
        }
    }

    fn add_resource(
        &self,
        after: &Block,
        kind: &str,
        name: &str,
        entries: &[(Arc<str>, Literal)],
    ) -> Vec<TextEdit> {
        let line_break = self.style.line_break;
        let at = after.span.end as usize;
        let mut text = format!("{line_break}{line_break}resource \"{kind}\" \"{name}\" {{{line_break}");
        text.push_str(&write::body(entries, "  ", &self.style));
        text.push('}');
        // What stands behind the block on its line stays behind it.
        let end = self.line_end(at);
        vec![self.edit(end, end, text)]
    }

    /// Declares a text variable behind a block, unless this file declares it already.
    fn add_variable(&self, body: &Body, near: &Block, name: &str, title: &str) -> Vec<TextEdit> {
        let is_it = |block: &Block| {
            &*block.kind == "variable" && block.label(0).is_some_and(|label| **label == *name)
        };
        if body.blocks().any(is_it) {
            return Vec::new();
        }
        let line_break = self.style.line_break;
        let title = write::quoted(title);
        let end = self.line_end(near.span.end as usize);
        let text = format!(
            "{line_break}{line_break}variable \"{name}\" {{{line_break}  description = {title}{line_break}  type        = string{line_break}}}"
        );
        vec![self.edit(end, end, text)]
    }
}

fn start_of(item: &Item) -> usize {
    match item {
        Item::Attribute(attribute) => attribute.name_span.start as usize,
        Item::Block(block) => block.span.start as usize,
    }
}

fn end_of(item: &Item) -> usize {
    match item {
        Item::Attribute(attribute) => attribute.value.span.end as usize,
        Item::Block(block) => block.span.end as usize,
    }
}
