//! An open directory that is written into: by names of its own and never through a link.

use std::ffi::OsStr;
use std::fs::File as StdFile;
use std::io::{ErrorKind as IoKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use cap_fs_ext::{DirExt as _, FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::ambient_authority;
use cap_std::fs::{Dir, File, Metadata, OpenOptions};

use super::error::{ReadError, WriteError};
use super::regular;

/// How often another name is tried for the file that is written beside.
const TRIES: u32 = 32;

/// A directory, held open.
#[derive(Debug)]
pub struct Folder {
    directory: Dir,
    /// For messages.
    path: PathBuf,
}

/// Held until it is dropped, or the process ends.
#[derive(Debug)]
pub struct Lock {
    /// The lock goes with the handle.
    _file: StdFile,
}

impl Folder {
    /// A folder below a root, made where it is not there. No part of the way below the root may be a link.
    ///
    /// # Errors
    /// A part is a link or no directory, or cannot be made.
    pub fn below(root: &Path, below: &Path) -> Result<Self, WriteError> {
        match Self::descend(root, below, true)? {
            Some(folder) => Ok(folder),
            // It was made, and is gone again.
            None => Err(WriteError::Folder { path: root.join(below), error: IoKind::NotFound.into() }),
        }
    }

    /// The same; nothing is made, and there is none where it is not there.
    ///
    /// # Errors
    /// A part is a link or no directory, or cannot be entered.
    pub fn find(root: &Path, below: &Path) -> Result<Option<Self>, WriteError> {
        Self::descend(root, below, false)
    }

    /// A folder that the user named, made where it is not there. Below the root it is as [`Folder::below`]; what lies
    /// elsewhere is the user's own.
    ///
    /// # Errors
    /// As [`Folder::below`].
    pub fn named(path: &Path, root: &Path) -> Result<Self, WriteError> {
        match below(root, path) {
            Some(inside) => Ok(Self { path: path.to_owned(), ..Self::below(root, &inside)? }),
            None => Self::of_user(path),
        }
    }

    /// A folder of the user's own, made where it is not there.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn of_user(path: &Path) -> Result<Self, WriteError> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let failed = |error| WriteError::Folder { path: path.to_owned(), error };
        std::fs::create_dir_all(path).map_err(failed)?;
        let directory = Dir::open_ambient_dir(path, ambient_authority()).map_err(failed)?;
        Ok(Self { directory, path: path.to_owned() })
    }

    fn descend(root: &Path, below: &Path, make: bool) -> Result<Option<Self>, WriteError> {
        let failed = |path: &Path, error| WriteError::Folder { path: path.to_owned(), error };
        let mut path = root.to_owned();
        let mut directory =
            Dir::open_ambient_dir(root, ambient_authority()).map_err(|error| failed(&path, error))?;
        for part in below.components() {
            let Component::Normal(name) = part else {
                return Err(failed(&root.join(below), IoKind::InvalidInput.into()));
            };
            path.push(name);
            let mut next = directory.open_dir_nofollow(name);
            if make && matches!(&next, Err(error) if error.kind() == IoKind::NotFound) {
                match directory.create_dir(name) {
                    // Somebody else may have made it in between.
                    Err(error) if error.kind() != IoKind::AlreadyExists => return Err(failed(&path, error)),
                    _ => next = directory.open_dir_nofollow(name),
                }
            }
            directory = match next {
                Ok(next) => next,
                Err(error) => {
                    return match directory.symlink_metadata(name) {
                        Ok(facts) if facts.is_symlink() => Err(WriteError::Link { path }),
                        Ok(facts) if !facts.is_dir() => Err(WriteError::NotADirectory { path }),
                        Err(error) if error.kind() == IoKind::NotFound && !make => Ok(None),
                        _ => Err(failed(&path, error)),
                    };
                }
            };
        }
        Ok(Some(Self { directory, path }))
    }

    fn of(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// What stands under a name; nothing where nothing does.
    fn facts(&self, name: &str) -> Result<Option<Metadata>, WriteError> {
        match self.directory.symlink_metadata(name) {
            Ok(facts) if facts.is_symlink() => Err(WriteError::Link { path: self.of(name) }),
            Ok(facts) if !facts.is_file() => Err(WriteError::NotRegular { path: self.of(name) }),
            Ok(facts) => Ok(Some(facts)),
            Err(error) if error.kind() == IoKind::NotFound => Ok(None),
            Err(error) => Err(WriteError::Write { path: self.of(name), error }),
        }
    }

    /// Writes a file whole or not at all: beside it first, then in its place, with the mode and the owner that it had.
    ///
    /// # Errors
    /// The name is a link or no regular file, or it could not be written; what was there before still is.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let before = self.facts(name)?;
        let failed = |error| WriteError::Write { path: self.of(name), error };
        let (beside, file) = self.beside(name).map_err(failed)?;
        let written = fill(file, bytes, before.as_ref())
            .and_then(|()| self.directory.rename(&beside, &self.directory, name));
        if let Err(error) = written {
            let _ = self.directory.remove_file(&beside);
            return Err(failed(error));
        }
        self.settle();
        Ok(())
    }

    /// Writes a file that is not there yet.
    ///
    /// # Errors
    /// It is there, or could not be written; then it is not there.
    pub fn create(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let file = match self.directory.open_with(name, &exclusive()) {
            Ok(file) => file,
            Err(error) if error.kind() == IoKind::AlreadyExists => {
                return Err(WriteError::There { path: self.of(name) });
            }
            Err(error) => return Err(WriteError::Write { path: self.of(name), error }),
        };
        fill(file, bytes, None).map_err(|error| {
            let _ = self.directory.remove_file(name);
            WriteError::Write { path: self.of(name), error }
        })?;
        self.settle();
        Ok(())
    }

    /// A new file beside one, under a name that nothing had.
    fn beside(&self, name: &str) -> std::io::Result<(String, File)> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let mut last = IoKind::AlreadyExists.into();
        for _ in 0..TRIES {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            let beside = format!(".{name}.{}-{number}.part", std::process::id());
            match self.directory.open_with(&beside, &exclusive()) {
                Ok(file) => return Ok((beside, file)),
                Err(error) if error.kind() == IoKind::AlreadyExists => last = error,
                Err(error) => return Err(error),
            }
        }
        Err(last)
    }

    /// Makes a change of names last. A system that cannot do that for directories does it in its own time.
    fn settle(&self) {
        if cfg!(unix)
            && let Ok(directory) = self.directory.try_clone()
        {
            let _ = directory.into_std_file().sync_all();
        }
    }

    /// The bytes of a file in it that holds no more than so many; none where it is not there.
    ///
    /// # Errors
    /// It is a link or no regular file, is too large, or cannot be read.
    pub fn read(&self, name: &str, most: u64) -> Result<Option<Vec<u8>>, WriteError> {
        if self.facts(name)?.is_none() {
            return Ok(None);
        }
        let read = regular::read(&self.directory, Path::new(name), most);
        read.map(Some)
            .map_err(|fault| WriteError::Read(ReadError::new(self.of(name).display().to_string(), fault)))
    }

    /// A file in it, opened for reading; none where it is not there.
    ///
    /// # Errors
    /// It is a link or no regular file, or cannot be opened.
    pub fn open(&self, name: &str) -> Result<Option<StdFile>, WriteError> {
        if self.facts(name)?.is_none() {
            return Ok(None);
        }
        let opened = regular::open(&self.directory, Path::new(name));
        opened
            .map(|file| Some(file.into_std()))
            .map_err(|fault| WriteError::Read(ReadError::new(self.of(name).display().to_string(), fault)))
    }

    /// A file in it, opened for reading and writing, and made where it is not there.
    ///
    /// # Errors
    /// It is a link or no regular file, or cannot be opened.
    pub fn open_to_write(&self, name: &str) -> Result<StdFile, WriteError> {
        self.facts(name)?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).follow(FollowSymlinks::No).nonblock(true);
        let failed = |error| WriteError::Write { path: self.of(name), error };
        let file = self.directory.open_with(name, &options).map_err(failed)?;
        if !file.metadata().map_err(failed)?.is_file() {
            return Err(WriteError::NotRegular { path: self.of(name) });
        }
        Ok(file.into_std())
    }

    /// Waits until nobody else holds the lock of this name, a file in the folder, and holds it.
    ///
    /// # Errors
    /// The file cannot be had, or the system has no locks there.
    pub fn lock(&self, name: &str) -> Result<Lock, WriteError> {
        let file = self.open_to_write(name)?;
        file.lock().map_err(|error| WriteError::Lock { path: self.of(name), error })?;
        Ok(Lock { _file: file })
    }

    /// The names in it that are UTF-8, sorted.
    pub fn names(&self) -> Vec<String> {
        let entries = self.directory.entries().into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort_unstable();
        names
    }

    /// A folder in it, made where it is not there.
    ///
    /// # Errors
    /// It is a link or no directory, or cannot be made.
    pub fn folder(&self, name: &str) -> Result<Self, WriteError> {
        let path = self.of(name);
        let failed = |error| WriteError::Folder { path: path.clone(), error };
        match self.directory.create_dir(name) {
            Err(error) if error.kind() != IoKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        match self.directory.open_dir_nofollow(name) {
            Ok(directory) => Ok(Self { directory, path }),
            Err(error) => match self.directory.symlink_metadata(name) {
                Ok(facts) if facts.is_symlink() => Err(WriteError::Link { path }),
                Ok(facts) if !facts.is_dir() => Err(WriteError::NotADirectory { path }),
                _ => Err(failed(error)),
            },
        }
    }

    /// Takes away what stands under a name, a folder with all that is in it; links are taken away and not followed.
    ///
    /// # Errors
    /// It cannot be taken away.
    pub fn remove(&self, name: &str) -> Result<(), WriteError> {
        let removed = match self.directory.symlink_metadata(name) {
            Ok(facts) if facts.is_dir() => self.directory.remove_dir_all(name),
            Ok(_) => self.directory.remove_file_or_symlink(name),
            Err(error) => Err(error),
        };
        match removed {
            Err(error) if error.kind() != IoKind::NotFound => {
                Err(WriteError::Remove { path: self.of(name), error })
            }
            _ => Ok(()),
        }
    }
}

fn exclusive() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).follow(FollowSymlinks::No);
    options
}

/// Fills a new file and makes it last.
fn fill(mut file: File, bytes: &[u8], before: Option<&Metadata>) -> std::io::Result<()> {
    file.write_all(bytes)?;
    if let Some(before) = before {
        keep_owner(&file, before);
        // After the owner: giving a file away takes some of its mode.
        file.set_permissions(before.permissions())?;
    }
    file.sync_all()
}

/// Gives a file the owner and the group of the one it stands for, as far as the user may.
#[cfg(unix)]
fn keep_owner(file: &File, before: &Metadata) {
    use cap_std::fs::MetadataExt as _;
    let Ok(now) = file.metadata() else { return };
    if now.uid() != before.uid() {
        let _ = std::os::unix::fs::fchown(file, Some(before.uid()), None);
    }
    if now.gid() != before.gid() {
        let _ = std::os::unix::fs::fchown(file, None, Some(before.gid()));
    }
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _before: &Metadata) {}

/// Where a path that the user named lies below a root (without links); none where it lies elsewhere.
pub(super) fn below(root: &Path, path: &Path) -> Option<PathBuf> {
    let whole = std::path::absolute(path).ok()?;
    let mut prefixes: Vec<&Path> = whole.ancestors().collect();
    prefixes.reverse();
    let prefix =
        prefixes.into_iter().find(|prefix| std::fs::canonicalize(prefix).is_ok_and(|real| real == root))?;
    let mut plain = PathBuf::new();
    for part in whole.strip_prefix(prefix).ok()?.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::CurDir => {}
            Component::ParentDir if plain.pop() => {}
            _ => return None,
        }
    }
    Some(plain)
}

/// The folder and the name of a file.
pub(super) fn parted(path: &Path) -> Result<(&Path, &str), WriteError> {
    let wrong = || WriteError::Write { path: path.to_owned(), error: IoKind::InvalidInput.into() };
    let name = path.file_name().and_then(OsStr::to_str).ok_or_else(wrong)?;
    Ok((path.parent().unwrap_or(Path::new("")), name))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    use super::*;
    use crate::testing;

    #[test]
    fn names_that_are_planted_beside_a_file_are_passed_over() {
        let place = testing::Folder::new("folder-planted");
        place.write("w/a.tf", "old");
        place.write("out/keep", "keep");
        for number in 0..20 {
            place.link("../out/keep", &format!("w/.a.tf.{}-{number}.part", std::process::id()));
        }
        let path = place.path("w/a.tf");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let folder = Folder::below(&place.path("w"), Path::new("")).unwrap();
        folder.write("a.tf", b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read(place.path("out/keep")).unwrap(), b"keep");
    }

    #[test]
    fn links_are_refused_on_the_way_and_at_its_end() {
        let place = testing::Folder::new("folder-links");
        place.write("out/keep", "keep");
        place.write("w/real/a", "");
        place.link("../out", "w/way");
        place.link("../../out/keep", "w/real/end");
        let root = place.path("w");
        let refused = |result: Result<(), WriteError>| matches!(result, Err(WriteError::Link { .. }));
        assert!(refused(Folder::below(&root, Path::new("way")).map(drop)));
        assert!(refused(Folder::below(&root, Path::new("way/new")).map(drop)));
        assert!(refused(Folder::find(&root, Path::new("way/none")).map(drop)));
        let folder = Folder::below(&root, Path::new("real")).unwrap();
        assert!(refused(folder.write("end", b"")) && refused(folder.lock("end").map(drop)));
        assert!(matches!(folder.create("end", b""), Err(WriteError::There { .. })));
        assert!(Folder::below(&root, Path::new("../out")).is_err());
        // What goes is the link, and nothing behind it.
        Folder::below(&root, Path::new("")).unwrap().remove("way").unwrap();
        Folder::below(&root, Path::new("")).unwrap().remove("real").unwrap();
        assert_eq!(std::fs::read(place.path("out/keep")).unwrap(), b"keep");
        assert!(!place.path("w/real").exists() && !place.path("w/way").exists());
    }

    #[test]
    fn a_path_is_below_a_root_by_whatever_name_that_goes() {
        let place = testing::Folder::new("folder-below");
        place.write("w/a/b", "");
        place.link("w", "alias");
        let root = std::fs::canonicalize(place.path("w")).unwrap();
        for (path, expected) in [
            ("w/out", Some("out")),
            ("alias/out", Some("out")),
            ("w/a/../out", Some("out")),
            ("w/a/../../out", None),
            ("out", None),
        ] {
            assert_eq!(below(&root, &place.path(path)), expected.map(PathBuf::from), "{path}");
        }
    }
}
