//! An open buffer.

use std::sync::Arc;

use compline_iac::{Source, SourceId};

use crate::feature::diagnostics::Diagnostic;
use crate::position::{Encoding, Range, offset};

/// A buffer as the editor last told it.
#[derive(Debug)]
pub struct Document {
    /// As the editor spells it: answers use the same spelling.
    pub uri: String,
    pub version: i32,
    pub source: Source,
    /// The line that was typed in since the last save: half a sentence there is no news.
    pub edited_line: Option<u32>,
    /// The diagnostics that were last sent, with the version they were about.
    pub shown: Option<(i32, Vec<Diagnostic>)>,
}

/// A change of a buffer; without a range it is the whole text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub range: Option<Range>,
    pub text: String,
}

impl Document {
    pub fn new(uri: String, path: &str, version: i32, text: String) -> Self {
        Self { uri, version, source: Source::new(SourceId(0), path, text), edited_line: None, shown: None }
    }

    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.source.text)
    }

    /// Applies changes in order.
    ///
    /// # Errors
    /// The buffer is not the one the editor has: the version did not grow, or a range lies outside. The text
    /// stays as it was.
    pub fn change(&mut self, version: i32, changes: Vec<Change>, encoding: Encoding) -> Result<(), String> {
        // Versions grow, not always by one: some editors count every keystroke and send every few.
        if version <= self.version {
            return Err(format!("version {version} came after version {}", self.version));
        }
        let mut text: Option<Source> = None;
        let mut line = None;
        for change in changes {
            let current = text.as_ref().unwrap_or(&self.source);
            let new = match change.range {
                None => {
                    line = None;
                    change.text
                }
                Some(range) => {
                    if range.end < range.start || range.end.line as usize > current.line_count() {
                        return Err(format!(
                            "a change at line {} lies outside of the text",
                            range.end.line + 1
                        ));
                    }
                    let start = offset(current, range.start, encoding) as usize;
                    let end = (offset(current, range.end, encoding) as usize).max(start);
                    line = Some(range.start.line + change.text.matches('\n').count() as u32);
                    let mut new = String::with_capacity(current.text.len() + change.text.len());
                    new.push_str(&current.text[..start]);
                    new.push_str(&change.text);
                    new.push_str(&current.text[end..]);
                    new
                }
            };
            text = Some(Source::new(SourceId(0), Arc::clone(&self.source.path), new));
        }
        self.version = version;
        self.edited_line = line;
        if let Some(text) = text {
            self.source = text;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::position::Position;

    fn at(line: u32, from: u32, to: u32, text: &str) -> Change {
        let position = |character| Position { line, character };
        Change { range: Some(Range { start: position(from), end: position(to) }), text: text.to_owned() }
    }

    #[test]
    fn changes_apply_one_after_the_other() {
        let mut document = Document::new("file:///a".into(), "a", 1, "a😀b\nc\n".into());
        let changes = vec![at(0, 3, 4, "B"), at(1, 0, 1, "😀"), at(1, 2, 2, "!")];
        document.change(5, changes, Encoding::Utf16).unwrap();
        assert_eq!(&*document.text(), "a😀B\n😀!\n");
        assert_eq!(document.edited_line, Some(1));
    }

    #[test]
    fn an_older_version_and_a_foreign_range_change_nothing() {
        let mut document = Document::new("file:///a".into(), "a", 3, "ab\n".into());
        assert!(document.change(3, vec![at(0, 0, 1, "x")], Encoding::Utf16).is_err());
        assert!(document.change(4, vec![at(7, 0, 1, "x")], Encoding::Utf16).is_err());
        assert_eq!((&*document.text(), document.version), ("ab\n", 3));
    }
}
