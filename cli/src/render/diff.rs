//! What would change in files, as a difference.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_iac::{Redaction, Secret};
use compline_reporter::escape::{Lines, is_hidden, visible};

use super::Paint;

/// The changes as `git apply` and `patch` take them. What of a file must not stand in a log or on a terminal is shown by
/// its number, and secrets are hidden; a line before such a difference says that it is for reading only.
pub fn diff(changed: &BTreeMap<String, (Arc<str>, Arc<str>)>, redaction: &Redaction, paint: Paint) -> Lines {
    let mut out = Lines::new();
    for (path, (before, after)) in changed {
        let mut one = Lines::new();
        let (mut whole, mut hides) = (true, false);
        let (old, new) = (Hidden::of(redaction, path, before), Hidden::of(redaction, path, after));
        for (sign, side) in [("--- ", "a"), ("+++ ", "b")] {
            one.line(format!("{sign}{}", quoted(&format!("{side}/{path}"))));
        }
        let lines = |text: &Arc<str>| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        let (before, after) = (lines(before), lines(after));
        let diff = similar::TextDiff::from_slices(&slices(&before), &slices(&after));
        for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
            one.line(hunk.header().to_string());
            for change in hunk.iter_changes() {
                let (sign, style) = match change.tag() {
                    similar::ChangeTag::Equal => (" ", None),
                    similar::ChangeTag::Insert => ("+", Some(ADDED)),
                    similar::ChangeTag::Delete => ("-", Some(REMOVED)),
                };
                let painted =
                    |line: &str| style.map_or_else(|| line.to_owned(), |style| paint.with(style, line));
                let text: &str = change.value();
                let bare = text.strip_suffix('\n').unwrap_or(text);
                let shown = match change.tag() {
                    similar::ChangeTag::Delete => change.old_index().and_then(|line| old.line(line)),
                    _ => change.new_index().and_then(|line| new.line(line)),
                };
                hides |= shown.is_some();
                whole &= one.of_file(sign, shown.as_deref().unwrap_or(bare), &painted);
                if !text.ends_with('\n') {
                    one.line("\\ No newline at end of file");
                }
            }
        }
        if !whole {
            out.line(format!(
                "note: this cannot be applied: `{path}` has characters that are shown as `U+001B`; `compline fix` changes it"
            ));
        }
        if hides {
            out.line(format!(
                "note: this cannot be applied: secrets of `{path}` are hidden; `compline fix` changes it"
            ));
        }
        out.append(&one);
    }
    out
}

/// A text by its lines, with what must not be shown of it.
struct Hidden<'t> {
    text: &'t str,
    /// Where each line stands, without its line break.
    lines: Vec<std::ops::Range<usize>>,
    secrets: Vec<Secret>,
    redaction: &'t Redaction,
}

impl<'t> Hidden<'t> {
    fn of(redaction: &'t Redaction, path: &str, text: &'t Arc<str>) -> Self {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            lines.push(at..at + line.strip_suffix('\n').unwrap_or(line).len());
            at += line.len();
        }
        Self { text, lines, secrets: redaction.spans_of(path, text), redaction }
    }

    /// A line as it is shown, where a part of it is hidden.
    fn line(&self, line: usize) -> Option<String> {
        let range = self.lines.get(line)?.clone();
        let met = |secret: &Secret| secret.range.start < range.end && range.start < secret.range.end;
        self.secrets.iter().any(met).then(|| self.redaction.range(self.text, &self.secrets, range))
    }
}

fn slices(lines: &[String]) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

/// A path as git writes it: in quotation marks, with the bytes of what is no plain character by their numbers.
fn quoted(path: &str) -> String {
    let plain = |c: char| !is_hidden(c) && c != '"' && c != '\\';
    if path.chars().all(plain) && visible(path) == path {
        return path.to_owned();
    }
    let mut out = String::from("\"");
    for c in path.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            // The second of two signs makes a command of what follows.
            '#' if out.ends_with('#') => out.push_str("\\043"),
            ':' if out.ends_with(|c: char| c.is_ascii_alphabetic()) => out.push_str("\\072"),
            c if is_hidden(c) => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| out.push_str(&format!("\\{byte:03o}")));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

const ADDED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Green.on_default();
const REMOVED: annotate_snippets::renderer::Style = annotate_snippets::renderer::AnsiColor::Red.on_default();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_as_git_does() {
        assert_eq!(quoted("a/main.tf"), "a/main.tf");
        assert_eq!(quoted("a/é b.tf"), "a/é b.tf");
        assert_eq!(
            quoted("a/x\n::error::\"y\"\u{202e}.tf"),
            "\"a/x\\012::error\\072:\\\"y\\\"\\342\\200\\256.tf\""
        );
        assert_eq!(quoted("a/##[group]"), "\"a/#\\043[group]\"");
    }

    #[test]
    fn a_difference_that_cannot_be_applied_says_so() {
        let paint = Paint { on: false };
        let of = |before: &str, after: &str| {
            let changed = [("a.tf".to_owned(), (Arc::from(before), Arc::from(after)))].into();
            diff(&changed, &Redaction::default(), paint).into_terminal()
        };
        assert_eq!(
            of("\ta\r\nb\r\nc", "\ta\r\nB\r\nc"),
            "--- a/a.tf\n+++ b/a.tf\n@@ -1,3 +1,3 @@\n \ta\r\n-b\r\n+B\r\n c\n\\ No newline at end of file\n"
        );
        let shown = of("::error::x\nb\n", "::error::x\nc\n");
        assert!(shown.starts_with("note: this cannot be applied: `a.tf`"), "{shown}");
        assert!(shown.contains("\n U+003A:error::x\n"), "{shown}");
    }
}
