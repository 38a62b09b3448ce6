//! Files of the user's own: named on the command line, or kept in the user's folders. Links are followed.

use std::io::{ErrorKind as IoKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use cap_fs_ext::OpenOptionsSyncExt as _;
use cap_std::ambient_authority;
use cap_std::fs::{File, OpenOptions};

use super::error::WriteError;
use super::folder::{Folder, parted};

/// The largest file of the user's own that is read: models are large.
const LARGEST: u64 = 4 << 30;

/// A file that may be very large.
pub enum Bounded {
    Whole(Vec<u8>),
    Directory,
    /// Its bytes, where the system tells them: a pipe does not say how long it is.
    TooLarge(Option<u64>),
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, or is no UTF-8.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    String::from_utf8(read_bytes(path)?)
        .map_err(|_| std::io::Error::new(IoKind::InvalidData, "it is not UTF-8"))
}

/// The bytes of a file.
///
/// # Errors
/// It cannot be read, or is very large.
pub fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    match read_at_most(path, LARGEST)? {
        Bounded::Whole(bytes) => Ok(bytes),
        Bounded::Directory => Err(IoKind::IsADirectory.into()),
        Bounded::TooLarge(_) => {
            Err(std::io::Error::new(IoKind::FileTooLarge, format!("it is larger than {} MiB", LARGEST >> 20)))
        }
    }
}

/// The bytes of a file that holds no more than so many: its size is looked at before any of it is read.
///
/// # Errors
/// It cannot be read.
pub fn read_at_most(path: &Path, most: u64) -> std::io::Result<Bounded> {
    let facts = std::fs::metadata(path)?;
    if facts.is_dir() {
        return Ok(Bounded::Directory);
    }
    if facts.is_file() && facts.len() > most {
        return Ok(Bounded::TooLarge(Some(facts.len())));
    }
    let file = if facts.is_file() {
        open_regular(path)?
    } else if is_of_shell(path) {
        std::fs::File::open(path)?
    } else {
        return Err(not_regular());
    };
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Ok(Bounded::TooLarge(None));
    }
    Ok(Bounded::Whole(bytes))
}

fn not_regular() -> std::io::Error {
    std::io::Error::new(IoKind::InvalidInput, "it is no regular file")
}

fn open_regular(path: &Path) -> std::io::Result<std::fs::File> {
    // It may be a pipe by now, and then nobody waits for it.
    let mut options = OpenOptions::new();
    options.read(true).nonblock(true);
    let file = File::open_ambient_with(path, &options, ambient_authority())?.into_std();
    if file.metadata()?.is_file() { Ok(file) } else { Err(not_regular()) }
}

/// A regular file, opened; none where it is not there.
///
/// # Errors
/// It cannot be opened, or is no regular file.
pub(crate) fn open_named(path: &Path) -> std::io::Result<Option<std::fs::File>> {
    match std::fs::metadata(path) {
        Ok(facts) if facts.is_file() => open_regular(path).map(Some),
        Ok(_) => Err(not_regular()),
        Err(error) if error.kind() == IoKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether a path is an open file that the shell hands over, such as `<(command)` or the standard input. A pipe with a
/// name in a directory makes everybody wait who opens it.
fn is_of_shell(path: &Path) -> bool {
    ["/dev/fd", "/dev/stdin", "/proc/self/fd"].iter().any(|place| path.starts_with(place))
}

/// Whether anything has this name, also what cannot be read.
pub fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Whether a path leads to a directory; links are followed.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Whether a path leads to a regular file; links are followed.
pub fn is_regular(path: &Path) -> bool {
    path.is_file()
}

/// When a file was last written, and its bytes; none where that cannot be told. Both tell that it changed.
pub fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let facts = path.metadata().ok()?;
    Some((facts.modified().ok()?, facts.len()))
}

/// Where a path leads, without links.
///
/// # Errors
/// It is not there, or leads in a circle.
pub fn real_path(path: &Path) -> std::io::Result<PathBuf> {
    std::fs::canonicalize(path)
}

/// What lies in a directory, by name; nothing where there is none.
pub fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// Makes a directory and those above it.
///
/// # Errors
/// It cannot be made.
pub fn create_folder(path: &Path) -> Result<(), WriteError> {
    Folder::of_user(path).map(drop)
}

/// Takes a file away; that it is still there does no harm.
pub fn remove_file(path: &Path) {
    let _ = std::fs::remove_file(path);
}

/// Writes a file whole or not at all.
///
/// # Errors
/// It could not be written; what was there before still is.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let (parent, name) = parted(path)?;
    Folder::of_user(parent)?.write(name, bytes)
}

/// The same for a file that may lie below a root: there no part of its path may be a link.
///
/// # Errors
/// As [`write_file`].
pub fn write_named(path: &Path, root: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    let (parent, name) = parted(path)?;
    Folder::named(if parent.as_os_str().is_empty() { Path::new(".") } else { parent }, root)?
        .write(name, bytes)
}
