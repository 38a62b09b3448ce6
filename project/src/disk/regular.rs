//! Opening files that must be regular ones: a pipe or a device is told apart before it can make anybody wait.

use std::io::Read as _;
use std::path::Path;

use cap_fs_ext::{FollowSymlinks, OpenOptionsFollowExt as _, OpenOptionsSyncExt as _};
use cap_std::fs::{Dir, File, OpenOptions};

use super::error::ReadFault;

/// Opens a file below an open directory. No part of the path may lead out of it, and the last one may be no link.
pub(super) fn open(directory: &Dir, path: &Path) -> Result<File, ReadFault> {
    // Opening a device can do something already.
    let before = directory.symlink_metadata(path).map_err(|error| ReadFault::of(&error))?;
    if !before.is_file() {
        return Err(ReadFault::NotRegular);
    }
    let mut options = OpenOptions::new();
    options.read(true).follow(FollowSymlinks::No).nonblock(true);
    let file = directory.open_with(path, &options).map_err(|error| ReadFault::of(&error))?;
    // It may be another one by now.
    let facts = file.metadata().map_err(|error| ReadFault::of(&error))?;
    if facts.is_file() { Ok(file) } else { Err(ReadFault::NotRegular) }
}

/// The bytes of a file that holds no more than so many; its size is asked for before any of it is read, and a file
/// that says less than it holds is stopped at.
pub(super) fn read(directory: &Dir, path: &Path, most: u64) -> Result<Vec<u8>, ReadFault> {
    let file = open(directory, path)?;
    let length = file.metadata().map_err(|error| ReadFault::of(&error))?.len();
    let too_large = || ReadFault::TooLarge { mebibytes: most >> 20 };
    if length > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0).saturating_add(1));
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|error| ReadFault::of(&error))?;
    if bytes.len() as u64 > most { Err(too_large()) } else { Ok(bytes) }
}
