//! The ledger of a workspace, opened by the door.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_ledger::{Files, Ledger};

use crate::disk::{Folder, KEPT, WriteError, is_read_only};

/// Its file, in the folder of what is kept.
const FILE: &str = "ledger.jsonl";

/// The ledger of a workspace: `.compline/ledger.jsonl` below its root. No part of that may be a link.
pub fn below(root: &Path) -> Ledger {
    let files = Below { root: root.to_owned() };
    Ledger::of(root.join(KEPT).join(FILE), Arc::new(files))
}

/// A ledger that the user named; it is only read.
pub fn named(path: &Path) -> Ledger {
    Ledger::of(path, Arc::new(Named { path: path.to_owned() }))
}

#[derive(Debug)]
struct Below {
    root: PathBuf,
}

impl Files for Below {
    fn read(&self) -> io::Result<Option<File>> {
        match Folder::find(&self.root, Path::new(KEPT)).map_err(said)? {
            Some(folder) => folder.open(FILE).map_err(said),
            None => Ok(None),
        }
    }

    fn write(&self) -> io::Result<File> {
        let folder = Folder::below(&self.root, Path::new(KEPT)).map_err(said)?;
        folder.open_to_write(FILE).map_err(said)
    }
}

#[derive(Debug)]
struct Named {
    path: PathBuf,
}

impl Files for Named {
    fn read(&self) -> io::Result<Option<File>> {
        crate::disk::open_named(&self.path)
    }

    fn write(&self) -> io::Result<File> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }
}

/// A refusal in the system's kind of error. That a place may not be written is told apart by its kind.
fn said(error: WriteError) -> io::Error {
    match error {
        WriteError::Write { error, .. } | WriteError::Folder { error, .. } if is_read_only(&error) => error,
        error => io::Error::other(error.to_string()),
    }
}
