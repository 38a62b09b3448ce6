//! What is taken away: entries and elements, with their commas, dashes and lines.

use std::ops::Range;

use super::{Document, Found};
use crate::edit::TextEdit;
use crate::syntax::node::{Layout, Node};

impl Document<'_> {
    /// Takes the entry of a value away.
    pub(super) fn remove(&self, found: &Found) -> Result<Vec<TextEdit>, String> {
        self.refuse_shared(found)?;
        let above =
            found.parent().filter(|above| above.node.is_mapping()).ok_or("there is no entry to remove")?;
        let siblings: Vec<Range<usize>> = above
            .node
            .entries()
            .iter()
            .filter(|entry| !entry.merged)
            .map(|entry| {
                entry.key.span.start as usize..(entry.value.place().end as usize).max(self.colon(&entry.key))
            })
            .collect();
        self.take(found, above.node, &siblings, above.index, "{}")
    }

    /// Takes an element of a list away.
    pub(super) fn remove_element(&self, found: &Found) -> Result<Vec<TextEdit>, String> {
        self.refuse_shared(found)?;
        self.refuse_part(found)?;
        let above =
            found.parent().filter(|above| above.node.is_sequence()).ok_or("there is no element to remove")?;
        let flow = above.node.layout == Layout::Flow;
        let siblings = above
            .node
            .items()
            .iter()
            .map(|item| {
                let range = item.place().range();
                let start = if flow { Some(range.start) } else { self.dash(range.start) };
                start
                    .map(|start| start..range.end.max(start + 1))
                    .ok_or("the list is not laid out by dashes; remove it by hand")
            })
            .collect::<Result<Vec<_>, _>>()?;
        self.take(found, above.node, &siblings, above.index, "[]")
    }

    /// Takes one part of a collection away; `empty` is what stays when it was the only one.
    fn take(
        &self,
        found: &Found,
        node: &Node,
        parts: &[Range<usize>],
        index: usize,
        empty: &str,
    ) -> Result<Vec<TextEdit>, String> {
        let part = parts.get(index).cloned().ok_or("there is nothing to remove")?;
        self.refuse_bare(node, part.start)?;
        if node.layout == Layout::Flow {
            let close = (node.span.end as usize).saturating_sub(1);
            let next = parts.get(index + 1);
            let before = index.checked_sub(1).and_then(|before| parts.get(before));
            return Ok(vec![match (next, before) {
                (Some(next), _) => self.edit(part.start, next.start, ""),
                (None, Some(before)) => self.edit(before.end, part.end, ""),
                (None, None) => {
                    let open = self.text().get(node.span.range()).and_then(|text| text.find(['{', '[']));
                    let open = node.span.start as usize + open.map_or(0, |at| at + 1);
                    self.edit(open.min(close), close, "")
                }
            }]);
        }
        if parts.len() == 1 {
            return self.empty(found, node, empty);
        }
        let line = self.line_start(part.start);
        let leads = self.text().get(line..part.start).is_some_and(|blank| blank.trim().is_empty());
        match parts.get(index + 1).filter(|_| !leads) {
            // The first part stands behind a dash or a key, where the next one takes its place.
            Some(next) => Ok(vec![self.edit(part.start, next.start, "")]),
            None if leads => {
                let end = self.next_line(part.end);
                // The last line of a text without a break at its end takes the break before it along.
                let at_end = end == self.text().len() && !self.text().ends_with('\n');
                let start = if at_end {
                    self.text().get(..line).unwrap_or("").trim_end_matches(['\n', '\r']).len()
                } else {
                    line
                };
                Ok(vec![self.edit(start, end, "")])
            }
            None => Err("the entry does not stand on lines of its own; remove it by hand".to_owned()),
        }
    }

    /// Pairs without braces (`[a: b]`) and marked keys (`? a`) are rare enough to be left to the hand.
    pub(super) fn refuse_bare(&self, node: &Node, part: usize) -> Result<(), String> {
        let text = self.text().get(node.span.range()).unwrap_or("");
        let bare = node.layout == Layout::Flow && !text.ends_with(['}', ']']);
        let marked = self
            .text()
            .get(self.line_start(part)..part)
            .is_some_and(|before| before.trim_end().ends_with('?'));
        if bare || marked {
            return Err("the entry is written in a way we do not edit; change it by hand".to_owned());
        }
        Ok(())
    }

    /// Leaves an empty collection in place of a block one.
    fn empty(&self, found: &Found, node: &Node, empty: &str) -> Result<Vec<TextEdit>, String> {
        let range = node.span.range();
        let outer = found.above.len().checked_sub(2).and_then(|outer| found.above.get(outer));
        let Some(key) = outer.and_then(|outer| outer.node.entries().get(outer.index)).map(|entry| &entry.key)
        else {
            return Ok(vec![self.edit(range.start, range.end, empty)]);
        };
        let colon = self.colon(key);
        let between = self.text().get(colon..range.start).unwrap_or("");
        if self.same_line(colon, range.start) || between.contains(['&', '!']) {
            return Ok(vec![self.edit(range.start, range.end, empty)]);
        }
        // Comments between the key and its first entry stay.
        let start = self.line_start(range.start);
        let start = start.saturating_sub(
            self.text()
                .get(..start)
                .map_or(0, |before| before.len() - before.trim_end_matches(['\n', '\r']).len())
                .min(2),
        );
        Ok(vec![
            self.edit(colon, colon, format!(" {empty}")),
            self.edit(start.max(colon), self.line_end(range.end), ""),
        ])
    }
}
