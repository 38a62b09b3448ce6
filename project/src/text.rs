//! Files that should be UTF-8 and may not be.

use std::path::{Path, PathBuf};

use crate::disk::{Disk, LARGEST, ReadError, read_bytes};
use crate::error::{Detail, ErrorKind};

/// A file that is no text.
#[derive(Debug, thiserror::Error)]
pub enum TextError {
    #[error("`{}` cannot be read: {error}", path.display())]
    Read { path: PathBuf, error: std::io::Error },
    #[error(transparent)]
    Refused(ReadError),
    #[error("`{}` is {encoding}, and UTF-8 is read", path.display())]
    Encoding { path: PathBuf, encoding: &'static str },
    /// The line counts from 1.
    #[error("`{}` is no UTF-8 text: its line {line} has a byte that is none", path.display())]
    NotUtf8 { path: PathBuf, line: usize },
}

impl Detail for TextError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

/// What some programs put before UTF-8.
pub const MARK: &[u8] = b"\xef\xbb\xbf";

/// Another encoding, where the first bytes name it.
pub fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    [(&b"\xff\xfe"[..], "UTF-16"), (b"\xfe\xff", "UTF-16")]
        .into_iter()
        .find_map(|(mark, name)| bytes.starts_with(mark).then_some(name))
}

/// The text of a file, without a mark before it.
///
/// # Errors
/// It cannot be read or is no UTF-8, and why.
pub fn read(path: &Path) -> Result<String, TextError> {
    match read_bytes(path) {
        Ok(bytes) => of(path, &bytes),
        Err(error) => Err(TextError::Read { path: path.to_owned(), error }),
    }
}

/// The same for a file of a workspace, by its path below the root: what leads out of it is not read.
///
/// # Errors
/// As [`read`].
pub fn read_inside(disk: &Disk, path: &str) -> Result<String, TextError> {
    let bytes = disk.bytes(path, LARGEST).map_err(TextError::Refused)?;
    of(Path::new(path), &bytes)
}

fn of(path: &Path, bytes: &[u8]) -> Result<String, TextError> {
    let path = path.to_owned();
    if let Some(encoding) = other_encoding(bytes) {
        return Err(TextError::Encoding { path, encoding });
    }
    let text = bytes.strip_prefix(MARK).unwrap_or(bytes);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let line = text.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
            Err(TextError::NotUtf8 { path, line })
        }
    }
}
