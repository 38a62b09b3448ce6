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
    let lines = (from..=to).filter_map(|index| line(index, start, end, hide, &told));
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
        let met = self.secrets.iter().find(|one| one.range.start < range.end && range.start < one.range.end);
        let (kind, hidden) = match met {
            Some(secret) => (secret.kind, self.source.text.get(secret.range.clone())),
            None => (SecretKind::Declared, self.source.text.get(range)),
        };
        self.redaction.told(kind, hidden.unwrap_or_default().trim_matches(['"', '\'']))
    }
}

fn line(index: usize, start: Place, end: Place, hide: bool, told: &Told<'_>) -> Option<Line> {
    let number = index as u32 + 1;
    let text = told.source.line(index)?;
    let from = told.source.line_start(index)? as usize;
    let to = from + text.len();
    if number < start.line || number > end.line {
        return Some(Line {
            number,
            before: truncate_context(&told.text(from..to)),
            marked: String::new(),
            after: String::new(),
        });
    }
    let byte = |column: usize| from + text.char_indices().nth(column).map_or(text.len(), |(byte, _)| byte);
    let marked_from =
        if number == start.line { byte(start.column.saturating_sub(1) as usize) } else { byte(indent(text)) };
    let marked_to = if number == end.line { byte(end.column.saturating_sub(1) as usize) } else { to };
    let marked_to = marked_to.max(marked_from);
    let marked = match hide && marked_from < marked_to {
        true => told.whole(marked_from..marked_to),
        false => truncate_value(&told.text(marked_from..marked_to)),
    };
    Some(Line {
        number,
        before: truncate_before(&told.text(from..marked_from)),
        marked,
        after: truncate_after(&told.text(marked_to..to)),
    })
}

fn indent(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).count()
}

/// The last characters of what stands before the value.
fn truncate_before(text: &str) -> String {
    let count = text.chars().count();
    if count <= 2 * KEPT {
        return text.to_owned();
    }
    format!("…{}", text.chars().skip(count - KEPT).collect::<String>())
}

/// The first characters of what stands after the value.
fn truncate_after(text: &str) -> String {
    if text.chars().nth(KEPT).is_none() {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(KEPT).collect::<String>())
}

/// A long value keeps both ends.
fn truncate_value(text: &str) -> String {
    let count = text.chars().count();
    if count <= 3 * KEPT {
        return text.to_owned();
    }
    let first: String = text.chars().take(KEPT).collect();
    let last: String = text.chars().skip(count - KEPT).collect();
    format!("{first}…{last}")
}

/// A line of context keeps its beginning.
fn truncate_context(text: &str) -> String {
    if text.chars().nth(2 * KEPT).is_none() {
        return text.to_owned();
    }
    format!("{}…", text.chars().take(2 * KEPT).collect::<String>())
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
