//! What can be made again and is kept in the user's cache.

use std::path::PathBuf;
use std::time::SystemTime;

use compline_index::embed::sha256;
use compline_index::text_index::IndexCache;

use crate::disk::{create_folder, entries, read_bytes, remove_file, stamp, write_file};

/// Full-text indexes that are kept: as many as somebody works on at a time.
const MOST: usize = 8;

/// The user's folder for what can be made again; none where there is no home.
pub fn folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = named("XDG_CACHE_HOME").or_else(|| named("LOCALAPPDATA"));
    let home = || std::env::home_dir().filter(|home| home.is_absolute());
    Some(cache.or_else(|| home().map(|home| home.join(".cache")))?.join("compline"))
}

/// Full-text indexes of what was imported, a file each, with a checksum before it. Without them all is as well, and
/// slower: what goes wrong here is not told of.
pub struct TextIndexCache;

impl TextIndexCache {
    fn folder() -> Option<PathBuf> {
        folder().map(|folder| folder.join("text"))
    }
}

impl IndexCache for TextIndexCache {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        let bytes = read_bytes(&Self::folder()?.join(format!("{key}.bin"))).ok()?;
        let (sum, rest) = bytes.split_at_checked(64)?;
        (sha256(rest).as_bytes() == sum).then(|| rest.to_vec())
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let Some(folder) = Self::folder() else { return };
        let whole = [sha256(bytes).as_bytes(), bytes].concat();
        if create_folder(&folder).is_err() || write_file(&folder.join(format!("{key}.bin")), &whole).is_err()
        {
            return;
        }
        let mut files: Vec<(SystemTime, PathBuf)> = entries(&folder)
            .into_iter()
            .filter(|path| path.extension().is_some_and(|ending| ending == "bin"))
            .filter_map(|path| Some((stamp(&path)?.0, path)))
            .collect();
        files.sort();
        let old = files.len().saturating_sub(MOST);
        for (_, path) in files.into_iter().take(old) {
            remove_file(&path);
        }
    }
}
