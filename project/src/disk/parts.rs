//! Files of a repository's own data (`.git`), read in parts and never through a link.

use std::io::{ErrorKind as IoKind, Read as _, Seek as _, SeekFrom};
use std::path::{Component, Path, PathBuf};

/// A regular file that is read in parts: its size is known before any of it is.
pub struct Parts {
    file: std::fs::File,
    len: u64,
}

/// Opens a file below a directory (its path in parts, none of them `..`). Neither the file nor a directory on the way
/// may be a link, and the file is a regular one: nothing hangs on a pipe, nothing is read from elsewhere.
///
/// # Errors
/// It is not there, is no such file, or cannot be read.
pub fn open_parts(directory: &Path, below: &[&str]) -> std::io::Result<Parts> {
    let mut path = directory.to_owned();
    for (number, part) in below.iter().enumerate() {
        path.push(part);
        let found = std::fs::symlink_metadata(&path)?;
        let last = number + 1 == below.len();
        let plain = Path::new(part).components().all(|one| matches!(one, Component::Normal(_)));
        if !plain || if last { !found.is_file() } else { !found.is_dir() } {
            return Err(IoKind::InvalidInput.into());
        }
    }
    let file = std::fs::File::open(&path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(IoKind::InvalidInput.into());
    }
    Ok(Parts { file, len: facts.len() })
}

impl Parts {
    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.len
    }

    /// So many bytes from an offset on.
    ///
    /// # Errors
    /// There are not so many, or they cannot be read.
    pub fn read(&mut self, offset: u64, bytes: usize) -> std::io::Result<Vec<u8>> {
        if offset.checked_add(bytes as u64).is_none_or(|end| end > self.len) {
            return Err(IoKind::UnexpectedEof.into());
        }
        self.file.seek(SeekFrom::Start(offset))?;
        let mut out = vec![0; bytes];
        self.file.read_exact(&mut out)?;
        Ok(out)
    }

    /// All of it, where it holds no more than so many bytes.
    ///
    /// # Errors
    /// It holds more, or cannot be read.
    pub fn whole(&mut self, most: u64) -> std::io::Result<Vec<u8>> {
        let bytes = usize::try_from(self.len).ok().filter(|_| self.len <= most);
        self.read(0, bytes.ok_or(IoKind::FileTooLarge)?)
    }
}

/// What lies at a path, links not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Nothing,
    File,
    Directory,
    Link,
    /// A pipe, a device, or what cannot be looked at.
    Other,
}

pub fn sort(path: &Path) -> Sort {
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => Sort::File,
        Ok(found) if found.is_dir() => Sort::Directory,
        Ok(found) if found.is_symlink() => Sort::Link,
        Ok(_) => Sort::Other,
        Err(error) if matches!(error.kind(), IoKind::NotFound | IoKind::NotADirectory) => Sort::Nothing,
        Err(_) => Sort::Other,
    }
}

/// Where a link points, as it is written in it.
///
/// # Errors
/// It is no link, or cannot be read.
pub fn link_target(path: &Path) -> std::io::Result<PathBuf> {
    std::fs::read_link(path)
}
