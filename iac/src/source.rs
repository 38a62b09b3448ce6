//! Texts and places in them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Names a [`Source`] within one [`crate::Workspace`]; stable for a path over the workspace's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u32);

/// A range of bytes in one source. Rules carry spans and never look inside; only `iac` and the faces
/// (through [`Source::place`]) turn them into lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    pub fn new(source: SourceId, start: usize, end: usize) -> Self {
        // Sources over 4 GiB are refused by the reader, so the casts lose nothing.
        Self { source, start: start as u32, end: end as u32 }
    }

    pub fn contains(&self, other: &Span) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }

    pub fn range(&self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One text with its path (relative to the workspace root, `/` on every system) and its line table.
#[derive(Debug)]
pub struct Source {
    pub id: SourceId,
    pub path: Arc<str>,
    pub text: Arc<str>,
    line_starts: Vec<u32>,
    /// How many characters begin before every [`STEP`]th byte: made where a line is longer than that.
    counts: OnceLock<Vec<u32>>,
}

/// Bytes between two counts of characters. A line may be a whole file: `terraform show -json` writes such.
const STEP: usize = 1024;

/// A line and a column, both from 1; the column counts Unicode scalar values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

impl Source {
    pub fn new(id: SourceId, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(i, _)| i as u32 + 1));
        Self { id, path: path.into(), text, line_starts, counts: OnceLock::new() }
    }

    /// The place of a byte offset; an offset past the end is the end, one inside a character is its start.
    pub fn place(&self, offset: u32) -> Place {
        let offset = offset.min(self.text.len() as u32);
        let line = self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = self.line_starts.get(line).copied().unwrap_or(0) as usize;
        let column = match offset as usize - start <= STEP {
            true => characters(&self.text.as_bytes()[start..offset as usize]),
            false => self.characters_before(offset as usize) - self.characters_before(start),
        };
        Place { line: line as u32 + 1, column: column + 1 }
    }

    /// The number of characters that begin before a byte.
    fn characters_before(&self, offset: usize) -> u32 {
        let bytes = self.text.as_bytes();
        let counts = self.counts.get_or_init(|| {
            let before = bytes.chunks(STEP).scan(0, |sum, chunk| {
                let before = *sum;
                *sum += characters(chunk);
                Some(before)
            });
            before.collect()
        });
        let block = (offset / STEP).min(counts.len().saturating_sub(1));
        counts.get(block).copied().unwrap_or(0) + characters(&bytes[block * STEP..offset])
    }

    /// The bytes of a line counted from 0, without its line break.
    pub fn line(&self, line: usize) -> Option<&str> {
        let start = *self.line_starts.get(line)? as usize;
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| *next as usize);
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }

    /// The offset at which a line, counted from 0, begins.
    pub fn line_start(&self, line: usize) -> Option<u32> {
        self.line_starts.get(line).copied()
    }

    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// The text under a span; empty when the span does not lie on character borders.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

/// The number of characters that begin in bytes of UTF-8.
fn characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32
}

/// What is not as it stands in the file, in a text that was had of one in another encoding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Bytes of the text that stand for what could not be read, in order; none where all of it was.
    pub lost: Vec<usize>,
    /// Why the file is no text as it should be, and what to do.
    pub message: String,
}

/// What the caller lets a reader see. Paths are relative to the workspace root, with `/`.
pub trait Sources: Send + Sync {
    /// The text of a file.
    ///
    /// # Errors
    /// A sentence a user can act on: not there, not readable, not UTF-8 (with the offset), outside the root.
    fn read(&self, path: &str) -> Result<Arc<str>, String>;
    /// What can be had of a file that `read` refuses for its encoding alone.
    fn rescue(&self, _path: &str) -> Option<(Arc<str>, Damage)> {
        None
    }
    /// The names of the entries of a directory, sorted; empty when there is none.
    fn list(&self, directory: &str) -> Vec<String>;
    fn is_file(&self, path: &str) -> bool;
    /// The name under which spans may speak of the text that `read` gives for this path, where there is one.
    fn source_id(&self, _path: &str) -> Option<SourceId> {
        None
    }
}

/// Sources held in memory: for tests, unsaved buffers, examples.
#[derive(Debug, Default, Clone)]
pub struct MemorySources(pub BTreeMap<String, Arc<str>>);

impl MemorySources {
    pub fn of<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self(files.into_iter().map(|(path, text)| (path.to_owned(), Arc::from(text))).collect())
    }
}

impl Sources for MemorySources {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.0.get(path).cloned().ok_or_else(|| format!("`{path}` is not there"))
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let prefix =
            if directory.is_empty() || directory == "." { String::new() } else { format!("{directory}/") };
        let mut names: Vec<String> = self
            .0
            .keys()
            .filter_map(|path| path.strip_prefix(&prefix))
            .map(|rest| rest.split('/').next().unwrap_or(rest).to_owned())
            .collect();
        names.dedup();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.contains_key(path)
    }
}
