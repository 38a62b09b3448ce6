//! The lines of source a verdict rests on, short enough to print.

use compline_iac::{Place, Source, Span};

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
/// the marked text is replaced by its length.
pub fn cut(source: &Source, span: Span, resource: Span, hide: bool) -> Excerpt {
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
    let lines = (from..=to).filter_map(|index| Some(line(index, start, end, hide, source.line(index)?)));
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

fn line(index: usize, start: Place, end: Place, hide: bool, text: &str) -> Line {
    let number = index as u32 + 1;
    if number < start.line || number > end.line {
        return Line {
            number,
            before: truncate_context(&redact_secret_value(text)),
            marked: String::new(),
            after: String::new(),
        };
    }
    let from = if number == start.line { start.column.saturating_sub(1) as usize } else { indent(text) };
    let to = if number == end.line { end.column.saturating_sub(1) as usize } else { usize::MAX };
    let before: String = text.chars().take(from).collect();
    let marked: String = text.chars().skip(from).take(to.saturating_sub(from)).collect();
    let after: String = text.chars().skip(to).collect();
    let marked = match hide && !marked.is_empty() {
        true => format!("(hidden, {})", count_characters(marked.trim_matches(['"', '\'']).chars().count())),
        false => truncate_value(&marked),
    };
    Line {
        number,
        before: truncate_before(&redact_credentials(&before)),
        marked: redact_credentials(&marked),
        after: truncate_after(&redact_credentials(&after)),
    }
}

fn indent(text: &str) -> usize {
    text.chars().take_while(|c| c.is_whitespace()).count()
}

fn count_characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
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

/// Words in a key that promise a secret as its value.
const SECRET_KEYS: [&str; 8] =
    ["password", "passwd", "secret", "token", "private_key", "privatekey", "api_key", "access_key"];

/// Puts a credential's length in its place.
fn redact_credentials(text: &str) -> String {
    let mut ranges = compline_rules::native::credentials(text);
    ranges.sort_by_key(|range| range.start);
    let (mut out, mut at) = (String::new(), 0);
    for range in ranges {
        if range.start < at {
            continue;
        }
        out.push_str(&text[at..range.start]);
        out.push_str(&format!("(hidden, {})", count_characters(text[range.clone()].chars().count())));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// Hides a literal written under a key that promises a secret: context lines are not worth a leak.
fn redact_secret_value(text: &str) -> String {
    let hidden = redact_credentials(text);
    if hidden != text {
        return hidden;
    }
    let Some(at) = text.find(['=', ':']) else { return text.to_owned() };
    let (key, value) = text.split_at(at + 1);
    let lower = key.to_ascii_lowercase();
    let literal = value.trim();
    let quoted = literal.trim_end_matches(',').trim_matches(['"', '\'']);
    let plain = !quoted.is_empty() && !quoted.contains("${") && !quoted.contains('!') && quoted.len() > 5;
    let written = literal.starts_with(['"', '\''])
        || (key.ends_with(':') && !literal.starts_with(['{', '[', '|', '>', '&']));
    if plain && written && SECRET_KEYS.iter().any(|word| lower.contains(word)) {
        return format!("{key} (hidden, {})", count_characters(quoted.chars().count()));
    }
    text.to_owned()
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
        cut(&source, span, Span::new(SourceId(0), 0, text.len()), hide)
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
        assert_eq!(cut.lines[1].before, "  master_password = \"(hidden, 14 characters)\"");
        assert_eq!(cut.lines[2].marked, "(hidden, 9 characters)");
    }
}
