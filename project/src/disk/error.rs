//! Why a file cannot be read or written.

use std::io::ErrorKind as IoKind;
use std::path::PathBuf;

use crate::error::{Detail, ErrorKind};

/// A file or directory that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` {fault}")]
pub struct ReadError {
    /// As the user knows it.
    pub path: String,
    pub fault: ReadFault,
}

/// Why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadFault {
    #[error("is not there")]
    NotThere,
    #[error("is a link that leads back to itself; remove the link, or exclude it")]
    Loop,
    #[error("may not be read; give the user that runs this leave to read it, or exclude it")]
    Denied,
    #[error("lies below something that is no directory")]
    NotADirectory,
    #[error("leads out of the workspace; name a wider one with `--root` if it should be read")]
    Outside,
    #[error("is no regular file")]
    NotRegular,
    #[error("is larger than {mebibytes} MiB and is not read; exclude it in `compline.yaml`")]
    TooLarge { mebibytes: u64 },
    #[error("is UTF-16; save it as UTF-8")]
    Utf16,
    #[error("is UTF-32; save it as UTF-8")]
    Utf32,
    /// The line counts from 1.
    #[error("is not UTF-8: byte 0x{byte:02x} at offset {offset}, line {line}; save it as UTF-8")]
    NotUtf8 { byte: u8, offset: usize, line: usize },
    /// In the system's words.
    #[error("cannot be read: {0}")]
    Other(String),
}

impl ReadError {
    pub fn new(path: impl Into<String>, fault: ReadFault) -> Self {
        Self { path: path.into(), fault }
    }

    /// An error of the system in words that say what to do.
    pub fn of(path: impl Into<String>, error: &std::io::Error) -> Self {
        Self::new(path, ReadFault::of(error))
    }

    /// Whether nothing is there.
    pub fn is_absence(&self) -> bool {
        self.fault == ReadFault::NotThere
    }
}

impl ReadFault {
    pub(super) fn of(error: &std::io::Error) -> Self {
        match error.kind() {
            _ if is_loop(error) => ReadFault::Loop,
            IoKind::NotFound => ReadFault::NotThere,
            IoKind::PermissionDenied => ReadFault::Denied,
            IoKind::NotADirectory => ReadFault::NotADirectory,
            _ => ReadFault::Other(error.to_string()),
        }
    }
}

impl Detail for ReadError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

/// A file that cannot be written; what was there before still is.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    #[error("`{}` cannot be written: {error}", path.display())]
    Write { path: PathBuf, error: std::io::Error },
    #[error("`{}` cannot be made: {error}", path.display())]
    Folder { path: PathBuf, error: std::io::Error },
    #[error("`{}` cannot be taken away: {error}", path.display())]
    Remove { path: PathBuf, error: std::io::Error },
    #[error("`{}` cannot be locked: {error}", path.display())]
    Lock { path: PathBuf, error: std::io::Error },
    #[error("`{}` is a link, and nothing is written through a link", path.display())]
    Link { path: PathBuf },
    #[error("`{}` is no directory", path.display())]
    NotADirectory { path: PathBuf },
    #[error("`{}` is no regular file, and is not written", path.display())]
    NotRegular { path: PathBuf },
    #[error("`{}` is there already; nothing was changed", path.display())]
    There { path: PathBuf },
    #[error("`{path}` changed while it was judged; nothing was written")]
    Changed { path: String },
    /// Files that were written before another could not be, and could not be put back.
    #[error("{error}; `{}` {} written before, and cannot be put back", paths.join("`, `"), if paths.len() == 1 { "was" } else { "were" })]
    Half { error: Box<WriteError>, paths: Vec<String> },
    #[error(transparent)]
    Read(ReadError),
}

impl WriteError {
    /// Whether the place may not be written at all: a read-only file system, or a lack of permission.
    pub fn is_read_only(&self) -> bool {
        match self {
            WriteError::Write { error, .. }
            | WriteError::Folder { error, .. }
            | WriteError::Lock { error, .. } => is_read_only(error),
            _ => false,
        }
    }
}

/// Whether the system says that a place may not be written.
pub(crate) fn is_read_only(error: &std::io::Error) -> bool {
    matches!(error.kind(), IoKind::ReadOnlyFilesystem | IoKind::PermissionDenied)
}

impl Detail for WriteError {
    fn kind(&self) -> ErrorKind {
        match self {
            WriteError::Link { .. }
            | WriteError::NotADirectory { .. }
            | WriteError::NotRegular { .. }
            | WriteError::There { .. } => ErrorKind::Mistake,
            _ => ErrorKind::Failure,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            WriteError::Link { .. } => "remove the link, or put what it leads to in its place",
            WriteError::NotADirectory { .. } | WriteError::NotRegular { .. } => "move it out of the way",
            _ => return None,
        };
        Some(help.to_owned())
    }
}

/// Whether links lead in a circle: the system's `ELOOP`, which is 40 on Linux and 62 on the BSDs and macOS.
pub fn is_loop(error: &std::io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(40 | 62))
}
