//! The waivers in force: of all comments, and of the waiver file at a project's root.

use std::sync::Arc;

use compline_iac::{Snapshot, Sources};
use compline_rules::waiver::{self, Scanner, Waiver};

use crate::config::WAIVERS;
use crate::error::{Detail, ErrorKind};

/// The waiver file says something it cannot: none of its entries counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct WaiverFileError {
    /// From 1; none where no line is to blame.
    pub line: Option<u32>,
    /// With the place before it, as far as it can be told.
    pub message: String,
}

impl Detail for WaiverFileError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

impl WaiverFileError {
    /// The reader of the file says `compline.waivers.yaml:4: …`.
    fn of(message: String) -> Self {
        let line = message.strip_prefix(WAIVERS).and_then(line_after).or_else(|| {
            // The parser's words: `compline.waivers.yaml: error: line 3 column 5: …`.
            let (_, rest) = message.split_once("line ")?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
        });
        Self { line, message }
    }

    /// The message without the file and line before it.
    pub fn at_place(&self) -> &str {
        let rest = self.message.strip_prefix(WAIVERS).and_then(|rest| rest.strip_prefix(':'));
        let Some(rest) = rest else { return &self.message };
        match rest.split_once(':') {
            Some((line, message)) if line.trim().parse::<u32>().is_ok() => message.trim(),
            _ => rest.trim(),
        }
    }
}

fn line_after(rest: &str) -> Option<u32> {
    rest.strip_prefix(':')?.split(':').next()?.trim().parse().ok().filter(|line| *line > 0)
}

/// The line of the waiver file that a waiver stands on, from 1; none for those in comments.
pub fn line_in_file(waiver: &Waiver) -> Option<u32> {
    if waiver.span.is_some() { None } else { line_after(waiver.place.strip_prefix(WAIVERS)?) }
}

/// The waivers in force, and what is wrong with the waiver file.
pub fn in_force(
    snapshot: &Snapshot,
    sources: &dyn Sources,
    honor: &[Scanner],
) -> (Vec<Arc<Waiver>>, Option<WaiverFileError>) {
    let documents = snapshot.documents().filter(|document| !document.comments.is_empty());
    let mut waivers: Vec<Waiver> = documents.flat_map(|document| waiver::inline(document, honor)).collect();
    let mut fault = None;
    if sources.is_file(WAIVERS) {
        match sources.read(WAIVERS).and_then(|text| waiver::file(WAIVERS, &text)) {
            Ok(file) => waivers.extend(file),
            Err(error) => fault = Some(WaiverFileError::of(error)),
        }
    }
    (waivers.into_iter().map(Arc::new).collect(), fault)
}
