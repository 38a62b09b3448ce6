//! Files on disk. Everything this room reads or writes of a scanned tree goes through these functions.

use std::collections::HashMap;
use std::io::{ErrorKind as IoKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use compline_iac::Sources;

use crate::error::{Detail, ErrorKind};

/// The largest file that is read.
pub const LARGEST: u64 = 64 << 20;

/// The files below a root. Links are followed as long as they stay inside.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    largest: u64,
    /// Directory → where it really lies, or why it is not read.
    directories: Mutex<HashMap<PathBuf, Result<PathBuf, ReadError>>>,
}

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
        let fault = match error.kind() {
            _ if is_loop(error) => ReadFault::Loop,
            IoKind::NotFound => ReadFault::NotThere,
            IoKind::PermissionDenied => ReadFault::Denied,
            IoKind::NotADirectory => ReadFault::NotADirectory,
            _ => ReadFault::Other(error.to_string()),
        };
        Self::new(path, fault)
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
    #[error("`{path}` changed while it was judged; nothing was written")]
    Changed { path: String },
    #[error(transparent)]
    Read(ReadError),
}

impl Detail for WriteError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Failure
    }
}

impl Disk {
    /// The files below a directory.
    ///
    /// # Errors
    /// There is no such directory, or it cannot be entered.
    pub fn open(root: &Path) -> Result<Self, ReadError> {
        let root =
            std::fs::canonicalize(root).map_err(|error| ReadError::of(root.display().to_string(), &error))?;
        Ok(Self { root, largest: LARGEST, directories: Mutex::default() })
    }

    /// The root, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a workspace path really lies.
    ///
    /// # Errors
    /// It is not there, or lies outside of the root.
    pub fn locate(&self, path: &str) -> Result<PathBuf, ReadError> {
        let outside = || ReadError::new(path, ReadFault::Outside);
        let mut plain = PathBuf::new();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => plain.push(name),
                Component::CurDir => {}
                Component::ParentDir if plain.pop() => {}
                _ => return Err(outside()),
            }
        }
        let Some(name) = plain.file_name() else { return Ok(self.root.clone()) };
        let parent = self.directory(plain.parent().unwrap_or(Path::new("")), path)?;
        let full = parent.join(name);
        match std::fs::symlink_metadata(&full) {
            Ok(found) if found.is_symlink() => {
                let real = std::fs::canonicalize(&full).map_err(|error| ReadError::of(path, &error))?;
                if real.starts_with(&self.root) { Ok(real) } else { Err(outside()) }
            }
            Ok(_) => Ok(full),
            Err(error) => Err(ReadError::of(path, &error)),
        }
    }

    /// Directories are resolved once: a workspace has many files in few of them.
    fn directory(&self, directory: &Path, path: &str) -> Result<PathBuf, ReadError> {
        let mut resolved = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = resolved.get(directory) {
            return found.clone();
        }
        let found = match std::fs::canonicalize(self.root.join(directory)) {
            Ok(real) if real.starts_with(&self.root) => Ok(real),
            Ok(_) => Err(ReadError::new(path, ReadFault::Outside)),
            Err(error) => Err(ReadError::of(path, &error)),
        };
        resolved.insert(directory.to_owned(), found.clone());
        found
    }

    /// The text of a workspace file.
    ///
    /// # Errors
    /// It is not there, lies outside, is too large or no UTF-8.
    pub fn text(&self, path: &str) -> Result<Arc<str>, ReadError> {
        let full = self.locate(path)?;
        let found = std::fs::metadata(&full).map_err(|error| ReadError::of(path, &error))?;
        if !found.is_file() {
            return Err(ReadError::new(path, ReadFault::NotRegular));
        }
        if found.len() > self.largest {
            return Err(ReadError::new(path, ReadFault::TooLarge { mebibytes: self.largest >> 20 }));
        }
        let bytes = std::fs::read(&full).map_err(|error| ReadError::of(path, &error))?;
        utf8(path, bytes).map(Arc::from)
    }

    /// Writes workspace files, each with the text it was judged with and its new text: all of them are looked at
    /// before the first is written.
    ///
    /// # Errors
    /// A file is no longer what was judged, or cannot be read or written.
    pub fn replace(&self, files: &[(&str, &str, &str)]) -> Result<(), WriteError> {
        let mut places = Vec::with_capacity(files.len());
        for (path, before, after) in files {
            let now = self.text(path).map_err(WriteError::Read)?;
            if *now != **before {
                return Err(WriteError::Changed { path: (*path).to_owned() });
            }
            places.push((self.locate(path).map_err(WriteError::Read)?, after));
        }
        places.into_iter().try_for_each(|(place, after)| write_file(&place, after.as_bytes()))
    }
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.text(path).map_err(|error| error.to_string())
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let Ok(full) = self.locate(directory) else { return Vec::new() };
        let mut names: Vec<String> = entries(&full)
            .into_iter()
            .filter_map(|path| path.file_name()?.to_str().map(str::to_owned))
            .collect();
        names.sort_unstable();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.locate(path).is_ok_and(|full| full.is_file())
    }
}

/// Bytes as text.
///
/// # Errors
/// Where they are none; `path` is how the user knows the file.
pub fn utf8(path: &str, bytes: Vec<u8>) -> Result<String, ReadError> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return ReadError::new(path, ReadFault::Utf16);
        }
        let offset = error.utf8_error().valid_up_to();
        let before = bytes.get(..offset).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes.get(offset).copied().unwrap_or_default();
        ReadError::new(path, ReadFault::NotUtf8 { byte, offset, line })
    })
}

/// Whether links lead in a circle: the system's `ELOOP`, which is 40 on Linux and 62 on the BSDs and macOS.
pub fn is_loop(error: &std::io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(40 | 62))
}

/// The text of a file; none where it is not there.
///
/// # Errors
/// It is there and cannot be read, or is no UTF-8.
pub fn read_if_there(path: &Path) -> std::io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == IoKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The text of a file.
///
/// # Errors
/// It cannot be read, or is no UTF-8.
pub fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}

/// The bytes of a file.
///
/// # Errors
/// It cannot be read.
pub fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    std::fs::read(path)
}

/// A file that may be very large.
pub enum Bounded {
    Whole(Vec<u8>),
    Directory,
    /// Its bytes, where the system tells them: a pipe does not say how long it is.
    TooLarge(Option<u64>),
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
    if facts.len() > most {
        return Ok(Bounded::TooLarge(Some(facts.len())));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Ok(Bounded::TooLarge(None));
    }
    Ok(Bounded::Whole(bytes))
}

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
    pub fn len(&self) -> u64 {
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
    std::fs::create_dir_all(path).map_err(|error| WriteError::Folder { path: path.to_owned(), error })
}

/// Takes a directory away with all that is in it, if it is there.
///
/// # Errors
/// It cannot be taken away.
pub fn remove_folder(path: &Path) -> Result<(), WriteError> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != IoKind::NotFound => {
            Err(WriteError::Remove { path: path.to_owned(), error })
        }
        _ => Ok(()),
    }
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
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let permissions = std::fs::metadata(path).map(|found| found.permissions()).ok();
    let write = || {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&beside);
        WriteError::Write { path: path.to_owned(), error }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn reads_inside_and_not_outside() {
        let folder = Folder::new("disk-inside");
        folder.write("work/a/main.tf", "x = 1\n");
        folder.write("secret.tf", "no\n");
        let disk = Disk::open(&folder.path("work")).unwrap();
        assert_eq!(&*disk.read("a/main.tf").unwrap(), "x = 1\n");
        assert_eq!(&*disk.read("a/../a/./main.tf").unwrap(), "x = 1\n");
        assert!(disk.read("../secret.tf").unwrap_err().contains("leads out of the workspace"));
        assert!(disk.read("a/../../secret.tf").unwrap_err().contains("leads out of the workspace"));
        assert!(disk.read("/etc/hostname").unwrap_err().contains("leads out of the workspace"));
        assert_eq!(disk.read("b.tf").unwrap_err(), "`b.tf` is not there");
        assert_eq!(disk.list("a"), ["main.tf"]);
        assert!(disk.is_file("a/main.tf") && !disk.is_file("a"));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only() {
        let folder = Folder::new("disk-links");
        folder.write("work/a.tf", "x = 1\n");
        folder.write("out/b.tf", "no\n");
        folder.link("a.tf", "work/c.tf");
        folder.link("../out/b.tf", "work/d.tf");
        folder.link("../out", "work/e");
        folder.link("f.tf", "work/f.tf");
        let disk = Disk::open(&folder.path("work")).unwrap();
        assert_eq!(&*disk.read("c.tf").unwrap(), "x = 1\n");
        assert!(disk.read("d.tf").unwrap_err().contains("leads out of the workspace"));
        assert!(disk.read("e/b.tf").unwrap_err().contains("leads out of the workspace"));
        assert!(disk.list("e").is_empty());
        assert!(disk.read("f.tf").unwrap_err().contains("leads back to itself"), "{:?}", disk.read("f.tf"));
    }

    #[test]
    fn what_is_not_utf8_is_named_by_offset_and_line() {
        assert!(
            utf8("a.tf", b"ab\nc\xffd".to_vec())
                .unwrap_err()
                .to_string()
                .contains("byte 0xff at offset 4, line 2")
        );
        assert!(utf8("a.tf", b"\xff\xfea\0".to_vec()).unwrap_err().to_string().contains("UTF-16"));
        assert_eq!(utf8("a.tf", "ü".into()).unwrap(), "ü");
    }

    #[test]
    fn large_files_are_refused_by_name() {
        let folder = Folder::new("disk-large");
        folder.write("a.tf", "# twelve bytes");
        let mut disk = Disk::open(&folder.path("")).unwrap();
        disk.largest = 4;
        assert!(disk.read("a.tf").unwrap_err().contains("larger than"));
    }
}
