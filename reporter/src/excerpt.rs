//! The lines of source a verdict rests on, short enough to print.

use std::ops::Range;

use compline_iac::{Place, Redaction, Secret, SecretKind, Source, Span};

/// Three to six lines with the marked range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    pub lines: Vec<Line>,
}

/// One line, cut at the marked range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: u32,
    pub before: String,
    /// Empty on lines that only give context.
    pub marked: String,
    pub after: String,
}

/// Characters kept on each side of the value on a long line.
const KEPT: usize = 60;
/// Bytes of a long line that are looked at on each side of the value: a file may be one line.
const NEAR: usize = 4096;
/// Lines of context on each side, and lines in all.
const CONTEXT: usize = 2;
const LINES: usize = 6;

/// Cuts the lines around `span` out of its source, never leaving `resource` by more than a line. With `hide`
/// the marked text is hidden whole; what else of the lines `redaction` says must not be shown, is hidden before they
/// are shortened.
pub fn cut(source: &Source, span: Span, resource: Span, hide: bool, redaction: &Redaction) -> Excerpt {
    let (start, end) = (source.place(span.start), source.place(span.end.max(span.start)));
    let (first, last) = (line_index(start), line_index(end));
    let bounds = (line_index(source.place(resource.start)), line_index(source.place(resource.end)));
    let mut from = first.saturating_sub(CONTEXT).max(bounds.0.min(first));
    let mut to = (last + CONTEXT).min(bounds.1.max(last));
    if to - from < 2 {
        from = first.saturating_sub(1);
        to = (last + 1).min(source.line_count().saturating_sub(1));
    }
    to = to.min(from + LINES - 1);
    let secrets = redaction.spans(source);
    let told = Told { source, secrets: &secrets, redaction };
    let marked = Marked { first, last, bytes: span.range() };
    let lines = (from..=to).filter_map(|index| line(index, &marked, hide, &told));
    let mut lines: Vec<Line> = lines.collect();
    // An empty last line is what follows the final line break; it says nothing.
    while lines.last().is_some_and(|line| line.marked.is_empty() && line.before.trim().is_empty()) {
        lines.pop();
    }
    Excerpt { lines }
}

fn line_index(place: Place) -> usize {
    place.line.saturating_sub(1) as usize
}

/// The range a verdict rests on.
struct Marked {
    /// Lines, from 0.
    first: usize,
    last: usize,
    bytes: Range<usize>,
}

/// A text with what must not be shown of it.
struct Told<'a> {
    source: &'a Source,
    secrets: &'a [Secret],
    redaction: &'a Redaction,
}

impl Told<'_> {
    /// A range of the text with its secrets hidden.
    fn text(&self, range: Range<usize>) -> String {
        self.redaction.range(&self.source.text, self.secrets, range)
    }

    /// What stands in the place of a range that is hidden whole.
    fn whole(&self, range: Range<usize>) -> String {
        let first = self.secrets.partition_point(|one| one.range.end <= range.start);
        let met = self.secrets.get(first).filter(|one| one.range.start < range.end);
        let (kind, hidden) = match met {
            Some(secret) => (secret.kind, self.source.text.get(secret.range.clone())),
            None => (SecretKind::Declared, self.source.text.get(range)),
        };
        self.redaction.told(kind, hidden.unwrap_or_default().trim_matches(['"', '\'']))
    }
}

fn line(index: usize, marked: &Marked, hide: bool, told: &Told<'_>) -> Option<Line> {
    let number = index as u32 + 1;
    let text = told.source.line(index)?;
    let from = told.source.line_start(index)? as usize;
    let to = from + text.len();
    if index < marked.first || index > marked.last {
        let before = told.first(from..to, 2 * KEPT, 2 * KEPT);
        return Some(Line { number, before, marked: String::new(), after: String::new() });
    }
    let start = if index == marked.first { marked.bytes.start } else { from + indent(text) }.clamp(from, to);
    let end = if index == marked.last { marked.bytes.end } else { to }.clamp(start, to);
    let value = match hide && start < end {
        true => told.whole(start..end),
        false => told.both_ends(start..end),
    };
    Some(Line {
        number,
        before: told.last(from..start),
        marked: value,
        after: told.first(end..to, KEPT, KEPT),
    })
}

/// The bytes of a text's indentation.
fn indent(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

impl Told<'_> {
    /// The last characters of what stands before a value.
    fn last(&self, range: Range<usize>) -> String {
        let near = self.source.text.ceil_char_boundary(range.end.saturating_sub(NEAR)).max(range.start);
        let text = self.text(near..range.end);
        let count = text.chars().count();
        if near == range.start && count <= 2 * KEPT {
            return text;
        }
        format!("…{}", text.chars().skip(count.saturating_sub(KEPT)).collect::<String>())
    }

    /// The first characters of a range with more than so many.
    fn first(&self, range: Range<usize>, most: usize, kept: usize) -> String {
        let near = self.source.text.floor_char_boundary(range.start + NEAR).min(range.end);
        let text = self.text(range.start..near);
        if near == range.end && text.chars().nth(most).is_none() {
            return text;
        }
        format!("{}…", text.chars().take(kept).collect::<String>())
    }

    /// A long value keeps both ends.
    fn both_ends(&self, range: Range<usize>) -> String {
        if range.len() <= 2 * NEAR {
            let text = self.text(range);
            let count = text.chars().count();
            if count <= 3 * KEPT {
                return text;
            }
            let first: String = text.chars().take(KEPT).collect();
            let last: String = text.chars().skip(count - KEPT).collect();
            return format!("{first}…{last}");
        }
        let middle = self.source.text.floor_char_boundary(range.start + NEAR);
        let first = self.first(range.start..middle, 0, KEPT);
        let last = self.last(middle..range.end);
        format!("{}{last}", first.trim_end_matches('…'))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use compline_iac::SourceId;

    use super::*;

    fn excerpt(text: &str, needle: &str, hide: bool) -> Excerpt {
        let source = Source::new(SourceId(0), "a.tf", text);
        let start = text.find(needle).unwrap();
        let span = Span::new(SourceId(0), start, start + needle.len());
        cut(&source, span, Span::new(SourceId(0), 0, text.len()), hide, &Redaction::default())
    }

    #[test]
    fn marks_the_value_and_keeps_context() {
        let cut = excerpt("a {\n  b = 1\n  c = \"x\"\n  d = 2\n}\n", "\"x\"", false);
        assert_eq!(cut.lines.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert_eq!((cut.lines[2].before.as_str(), cut.lines[2].marked.as_str()), ("  c = ", "\"x\""));
    }

    #[test]
    fn long_lines_keep_sixty_characters_on_each_side() {
        let text = format!("{}VALUE{}\n", "a".repeat(5000), "b".repeat(5000));
        let cut = excerpt(&text, "VALUE", false);
        assert_eq!(cut.lines[0].before.chars().count(), 61);
        assert_eq!(cut.lines[0].after.chars().count(), 61);
    }

    #[test]
    fn secrets_are_hidden_in_the_value_and_in_its_neighbours() {
        let cut = excerpt(
            "a {\n  master_password = \"hunter2hunter2\"\n  key = \"topsecret\"\n}\n",
            "\"topsecret\"",
            true,
        );
        let hidden = |line: &str, class: &str| line.contains(&format!("(hidden: {class} characters, hmac "));
        assert!(hidden(&cut.lines[1].before, "8-15"), "{}", cut.lines[1].before);
        assert!(hidden(&cut.lines[2].marked, "8-15"), "{}", cut.lines[2].marked);
        assert!(!format!("{cut:?}").contains("hunter2") && !format!("{cut:?}").contains("topsecret"));
    }
}
