//! Files on disk, as the reading rooms see them: paths relative to one root, and nothing outside of it.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use compline_iac::Sources;

/// The largest file that is read.
pub const LARGEST: u64 = 64 << 20;

/// The files below a root. Links are followed as long as they stay inside.
#[derive(Debug)]
pub struct Disk {
    root: PathBuf,
    largest: u64,
    /// Directory → where it really lies, or why it is not read.
    directories: Mutex<HashMap<PathBuf, Result<PathBuf, String>>>,
}

impl Disk {
    /// The files below a directory.
    ///
    /// # Errors
    /// There is no such directory, or it cannot be entered.
    pub fn open(root: &Path) -> Result<Self, String> {
        let found = std::fs::canonicalize(root).map_err(|error| said(&root.display().to_string(), &error))?;
        Ok(Self { root: found, largest: LARGEST, directories: Mutex::default() })
    }

    /// The root, without links.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a workspace path really lies: inside the root, or an error.
    pub fn locate(&self, path: &str) -> Result<PathBuf, String> {
        let mut plain = PathBuf::new();
        for part in Path::new(path).components() {
            match part {
                Component::Normal(name) => plain.push(name),
                Component::CurDir => {}
                Component::ParentDir if plain.pop() => {}
                _ => return Err(outside(path)),
            }
        }
        let Some(name) = plain.file_name() else { return Ok(self.root.clone()) };
        let parent = self.directory(plain.parent().unwrap_or(Path::new("")), path)?;
        let full = parent.join(name);
        match std::fs::symlink_metadata(&full) {
            Ok(found) if found.is_symlink() => {
                let real = std::fs::canonicalize(&full).map_err(|error| said(path, &error))?;
                if real.starts_with(&self.root) { Ok(real) } else { Err(outside(path)) }
            }
            Ok(_) => Ok(full),
            Err(error) => Err(said(path, &error)),
        }
    }

    /// Directories are resolved once: a workspace has many files in few of them.
    fn directory(&self, directory: &Path, path: &str) -> Result<PathBuf, String> {
        let mut known = self.directories.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.get(directory) {
            return found.clone();
        }
        let found = match std::fs::canonicalize(self.root.join(directory)) {
            Ok(real) if real.starts_with(&self.root) => Ok(real),
            Ok(_) => Err(outside(path)),
            Err(error) => Err(said(path, &error)),
        };
        known.insert(directory.to_owned(), found.clone());
        found
    }
}

impl Sources for Disk {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        let full = self.locate(path)?;
        let found = std::fs::metadata(&full).map_err(|error| said(path, &error))?;
        if !found.is_file() {
            return Err(format!("`{path}` is no regular file"));
        }
        if found.len() > self.largest {
            let most = self.largest >> 20;
            return Err(format!(
                "`{path}` is larger than {most} MiB and is not read; exclude it in `compline.yaml`"
            ));
        }
        let bytes = std::fs::read(&full).map_err(|error| said(path, &error))?;
        text(path, bytes).map(Arc::from)
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let Ok(full) = self.locate(directory) else { return Vec::new() };
        let Ok(entries) = std::fs::read_dir(full) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.locate(path).is_ok_and(|full| full.is_file())
    }
}

/// Bytes as text, or where they are none.
pub fn text(path: &str, bytes: Vec<u8>) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let bytes = error.as_bytes();
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return format!("`{path}` is UTF-16; save it as UTF-8");
        }
        let at = error.utf8_error().valid_up_to();
        let before = bytes.get(..at).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let byte = bytes.get(at).copied().unwrap_or_default();
        format!("`{path}` is not UTF-8: byte 0x{byte:02x} at offset {at}, line {line}; save it as UTF-8")
    })
}

fn outside(path: &str) -> String {
    format!("`{path}` leads out of the workspace; name a wider one with `--root` if it should be read")
}

/// An error of the system in words that say what to do.
pub fn said(path: &str, error: &std::io::Error) -> String {
    if is_loop(error) {
        return format!("`{path}` is a link that leads back to itself; remove the link, or exclude it");
    }
    match error.kind() {
        ErrorKind::NotFound => format!("`{path}` is not there"),
        ErrorKind::PermissionDenied => {
            format!("`{path}` may not be read; give the user that runs this leave to read it, or exclude it")
        }
        ErrorKind::NotADirectory => format!("`{path}` lies below something that is no directory"),
        _ => format!("`{path}` cannot be read: {error}"),
    }
}

/// Whether links lead in a circle: the system's `ELOOP`, which is 40 on Linux and 62 on the BSDs and macOS.
pub fn is_loop(error: &std::io::Error) -> bool {
    cfg!(unix) && matches!(error.raw_os_error(), Some(40 | 62))
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
        assert!(text("a.tf", b"ab\nc\xffd".to_vec()).unwrap_err().contains("byte 0xff at offset 4, line 2"));
        assert!(text("a.tf", b"\xff\xfea\0".to_vec()).unwrap_err().contains("UTF-16"));
        assert_eq!(text("a.tf", "ü".into()).unwrap(), "ü");
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
