//! Files on disk: the one door. Everything this program reads or writes goes through it.
//!
//! A scanned tree is not trusted. It is read by [`Disk`]: below its root by an open directory, links only as far as they
//! stay inside, regular files only, and no more of one than a limit. It is written by [`Folder`]: never through a link,
//! into new files, which then take the place of the old ones. What the user names by a path of their own is `named`.
#![allow(clippy::disallowed_methods, reason = "this is the door")]

mod encoding;
mod error;
mod folder;
mod named;
mod parts;
mod regular;

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use compline_iac::{Damage, Sources};

pub(crate) use self::error::is_read_only;
pub use self::error::{ReadError, ReadFault, WriteError, is_loop};
pub use self::folder::{Folder, Lock};
pub(crate) use self::named::open_named;
pub use self::named::{
    Bounded, create_folder, entries, is_folder, is_regular, is_there, read_at_most, read_bytes, read_text,
    real_path, remove_file, stamp, write_file, write_named,
};
pub use self::parts::{Parts, Sort, link_target, open_parts, sort};

/// The largest file of a tree that is read.
pub const LARGEST: u64 = 64 << 20;
/// The folder below a root that holds what this program keeps there.
pub const KEPT: &str = ".compline";

/// The files below a root. Links are followed as long as they stay inside.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    /// The root, open: what is read is found from here, whatever becomes of the path.
    handle: Dir,
    largest: u64,
    /// Directory → where it really lies, or why it is not read.
    directories: Mutex<HashMap<PathBuf, Result<PathBuf, ReadError>>>,
}

impl Disk {
    /// The files below a directory.
    ///
    /// # Errors
    /// There is no such directory, or it cannot be entered.
    pub fn open(root: &Path) -> Result<Self, ReadError> {
        let root =
            std::fs::canonicalize(root).map_err(|error| ReadError::of(root.display().to_string(), &error))?;
        let handle = Dir::open_ambient_dir(&root, ambient_authority())
            .map_err(|error| ReadError::of(root.display().to_string(), &error))?;
        Ok(Self { root, handle, largest: LARGEST, directories: Mutex::default() })
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
    /// It is not there, lies outside, is no regular file, is too large or no UTF-8.
    pub fn text(&self, path: &str) -> Result<Arc<str>, ReadError> {
        utf8(path, self.bytes(path, self.largest)?).map(Arc::from)
    }

    /// The text of a workspace file; none where it is not there.
    ///
    /// # Errors
    /// As [`Disk::text`].
    pub fn text_if_there(&self, path: &str) -> Result<Option<Arc<str>>, ReadError> {
        match self.text(path) {
            Err(error) if error.is_absence() => Ok(None),
            read => read.map(Some),
        }
    }

    /// The bytes of a workspace file that holds no more than so many.
    ///
    /// # Errors
    /// It is not there, lies outside, is no regular file, or is too large.
    pub fn bytes(&self, path: &str, most: u64) -> Result<Vec<u8>, ReadError> {
        let real = self.locate(path)?;
        let inside = real.strip_prefix(&self.root).map_err(|_| ReadError::new(path, ReadFault::Outside))?;
        if inside.as_os_str().is_empty() {
            return Err(ReadError::new(path, ReadFault::NotRegular));
        }
        regular::read(&self.handle, inside, most).map_err(|fault| ReadError::new(path, fault))
    }

    /// Whether anything has this name, also what cannot be read.
    pub fn is_there(&self, path: &str) -> bool {
        std::fs::symlink_metadata(self.root.join(path)).is_ok()
    }

    /// Where a path that the user or a file names lies below the root: its parts joined by `/`, empty for the root
    /// itself; none where it lies elsewhere. Links are not looked at: reading does that.
    pub fn inside(&self, path: &Path) -> Option<String> {
        let inside = folder::below(&self.root, path)?;
        let parts: Option<Vec<&str>> = inside.components().map(|part| part.as_os_str().to_str()).collect();
        Some(parts?.join("/"))
    }

    /// Writes workspace files, each with the text it was judged with and its new text: all of them are looked at
    /// before the first is written. Where one cannot be written, those before it are put back.
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
            let (parent, name) = folder::parted(Path::new(path))?;
            places.push((Folder::below(&self.root, parent)?, name, *path, *before, *after));
        }
        for (written, (folder, name, _, _, after)) in places.iter().enumerate() {
            let Err(error) = folder.write(name, after.as_bytes()) else { continue };
            let back = places.iter().take(written);
            let paths: Vec<String> = back
                .filter(|(folder, name, _, before, _)| folder.write(name, before.as_bytes()).is_err())
                .map(|(_, _, path, _, _)| (*path).to_owned())
                .collect();
            return Err(match paths.is_empty() {
                true => error,
                false => WriteError::Half { error: Box::new(error), paths },
            });
        }
        Ok(())
    }

    /// A part of the workspace's own record, which one process at a time changes: waits for the others.
    ///
    /// # Errors
    /// The file of the lock cannot be had.
    pub fn lock(root: &Path, what: LockOn) -> Result<Lock, WriteError> {
        Folder::below(root, Path::new(KEPT))?.lock(what.file())
    }
}

/// What a process holds for itself while it reads and writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LockOn {
    /// The files that people write: waivers, mappings, code that is fixed.
    Files,
    /// The index of an organisation's own documents.
    Index,
}

impl LockOn {
    fn file(self) -> &'static str {
        match self {
            LockOn::Files => "files.lock",
            LockOn::Index => "index.lock",
        }
    }
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.text(path).map_err(|error| error.to_string())
    }

    fn rescue(&self, path: &str) -> Option<(Arc<str>, Damage)> {
        let bytes = self.bytes(path, self.largest).ok()?;
        let message = utf8(path, bytes.clone()).err()?.to_string();
        let (text, lost) = encoding::decoded(&bytes);
        Some((text.into(), Damage { lost, message }))
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let Ok(full) = self.locate(directory) else { return Vec::new() };
        let Ok(inside) = full.strip_prefix(&self.root) else { return Vec::new() };
        let open = match inside.as_os_str().is_empty() {
            true => self.handle.entries(),
            false => self.handle.read_dir(inside),
        };
        let names = open.into_iter().flatten().flatten();
        let mut names: Vec<String> = names.filter_map(|entry| entry.file_name().into_string().ok()).collect();
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
    if let Some(wide) = encoding::wide(&bytes) {
        let fault = if wide.is_utf32() { ReadFault::Utf32 } else { ReadFault::Utf16 };
        return Err(ReadError::new(path, fault));
    }
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        let offset = error.utf8_error().valid_up_to();
        let before = bytes.get(..offset).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes.get(offset).copied().unwrap_or_default();
        ReadError::new(path, ReadFault::NotUtf8 { byte, offset, line })
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
