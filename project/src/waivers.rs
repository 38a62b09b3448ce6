//! The waivers in force: of all comments, of the resources' own data, and of the waiver file at a project's root.

use std::sync::Arc;

use compline_iac::{Snapshot, Sources};
use compline_rules::waiver::{self, Scanner, Waiver};

use crate::config::WAIVERS;
use crate::error::{Detail, ErrorKind};

/// Why the waiver file does not count: none of its entries does.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WaiverFileError {
    /// In words that name the file.
    #[error("{0}")]
    Unreadable(String),
    #[error("{0}")]
    Malformed(waiver::WaiverFileError),
}

impl Detail for WaiverFileError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

impl WaiverFileError {
    /// From 1; none where no line is to blame.
    pub fn line(&self) -> Option<u32> {
        match self {
            WaiverFileError::Unreadable(_) => None,
            WaiverFileError::Malformed(error) => error.line.and_then(|line| u32::try_from(line).ok()),
        }
    }

    /// What to say where its place is shown already.
    pub fn at_place(&self) -> String {
        match self {
            WaiverFileError::Unreadable(message) => message.clone(),
            WaiverFileError::Malformed(error) => error.problem.to_string().trim().to_owned(),
        }
    }
}

/// The waivers in force, and why the waiver file does not count.
pub fn in_force(
    snapshot: &Snapshot,
    sources: &dyn Sources,
    honor: &[Scanner],
) -> (Vec<Arc<Waiver>>, Option<WaiverFileError>) {
    let (mut waivers, fault) = written(snapshot, sources, honor);
    waivers.retain(|waiver| !waiver.is_foreign());
    (waivers, fault)
}

/// The waivers in force and other tools' suppressions that do not count, and why the waiver file does not count.
pub fn written(
    snapshot: &Snapshot,
    sources: &dyn Sources,
    honor: &[Scanner],
) -> (Vec<Arc<Waiver>>, Option<WaiverFileError>) {
    let documents = snapshot.documents().filter(|document| !document.comments.is_empty());
    let mut waivers: Vec<Waiver> = documents.flat_map(|document| waiver::inline(document, honor)).collect();
    let inventories = snapshot.inventories.iter();
    waivers.extend(inventories.flat_map(|inventory| waiver::data(inventory, snapshot, honor)));
    let fault = match file(sources) {
        Ok(entries) => {
            waivers.extend(entries);
            None
        }
        Err(error) => Some(error),
    };
    (waivers.into_iter().map(Arc::new).collect(), fault)
}

fn file(sources: &dyn Sources) -> Result<Vec<Waiver>, WaiverFileError> {
    // What has its name and is no file (a pipe, a folder, a link that leads out) is an error of its reading.
    if !(sources.is_file(WAIVERS) || sources.list("").iter().any(|name| name == WAIVERS)) {
        return Ok(Vec::new());
    }
    let text = sources.read(WAIVERS).map_err(WaiverFileError::Unreadable)?;
    waiver::file(WAIVERS, &text).map_err(WaiverFileError::Malformed)
}
