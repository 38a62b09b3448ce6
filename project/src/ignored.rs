//! What `.gitignore` files pass over, and what is hidden. They are read by the door: one that is a pipe, a device or a
//! link out of the workspace is as none, and none above the workspace's root is read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::DirEntry;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::overrides::Override;

use crate::disk::Disk;
use crate::walk::relative;

/// The rules in force below a root, read when a directory is first met.
pub(crate) struct Rules {
    disk: Arc<Disk>,
    /// Patterns that count before all others.
    filter: Override,
    /// A path as a walk was told it, and where it lies.
    start: Option<(PathBuf, PathBuf)>,
    levels: Mutex<HashMap<PathBuf, Option<Arc<Level>>>>,
}

/// A directory: its own rules, and the directory above it.
struct Level {
    ignored: Option<Gitignore>,
    excluded: Option<Gitignore>,
    /// A repository begins here: what stands above speaks of another.
    is_repository: bool,
    above: Option<Arc<Level>>,
}

impl Rules {
    pub(crate) fn new(disk: Arc<Disk>, filter: Override) -> Self {
        Self { disk, filter, start: None, levels: Mutex::default() }
    }

    /// The same for a walk whose paths begin with `told`, which lies at `real`.
    pub(crate) fn from(self, told: &Path, real: PathBuf) -> Self {
        Self { start: Some((told.to_owned(), real)), ..self }
    }

    /// Whether a walk passes over an entry. Where it begins it passes over nothing.
    pub(crate) fn pass_over(&self, entry: &DirEntry) -> bool {
        if entry.depth() == 0 {
            return false;
        }
        let is_directory = entry.file_type().is_some_and(|sort| sort.is_dir());
        let real = self
            .start
            .as_ref()
            .and_then(|(told, real)| Some(real.join(entry.path().strip_prefix(told).ok()?)));
        let path = real.as_deref().unwrap_or(entry.path());
        let chosen = self.filter.matched(path, is_directory);
        if !chosen.is_none() {
            return chosen.is_ignore();
        }
        match self.level(path.parent().unwrap_or(path)).and_then(|level| level.ignores(path, is_directory)) {
            Some(is_ignored) => is_ignored,
            None => entry.file_name().to_str().is_some_and(|name| name.starts_with('.')),
        }
    }

    /// What holds in a directory; nothing outside of the root.
    fn level(&self, directory: &Path) -> Option<Arc<Level>> {
        let known = self.levels.lock().unwrap_or_else(PoisonError::into_inner).get(directory).cloned();
        if let Some(known) = known {
            return known;
        }
        let level = relative(self.disk.root(), directory).map(|below| {
            let above = match below.is_empty() {
                true => None,
                false => directory.parent().and_then(|above| self.level(above)),
            };
            let lead = if below.is_empty() { below } else { format!("{below}/") };
            Arc::new(Level {
                ignored: self.read(directory, &format!("{lead}.gitignore")),
                excluded: self.read(directory, &format!("{lead}.git/info/exclude")),
                is_repository: self.disk.is_there(&format!("{lead}.git")),
                above,
            })
        });
        let mut levels = self.levels.lock().unwrap_or_else(PoisonError::into_inner);
        levels.insert(directory.to_owned(), level.clone());
        level
    }

    fn read(&self, directory: &Path, path: &str) -> Option<Gitignore> {
        // Most directories have none.
        if !self.disk.is_there(path) {
            return None;
        }
        let text = self.disk.text(path).ok()?;
        let mut builder = GitignoreBuilder::new(directory);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // A line that is no pattern is as none, as git has it.
            let _ = builder.add_line(None, line);
        }
        builder.build().ok()
    }
}

impl Level {
    /// Whether the nearest rule that speaks of a path passes over it; none where no rule speaks of it.
    fn ignores(&self, path: &Path, is_directory: bool) -> Option<bool> {
        let by = |rules: &dyn Fn(&Self) -> Option<&Gitignore>| {
            let mut level = Some(self);
            while let Some(here) = level {
                let matched = rules(here).map(|rules| rules.matched(path, is_directory));
                if let Some(matched) = matched.filter(|matched| !matched.is_none()) {
                    return Some(matched.is_ignore());
                }
                level = if here.is_repository { None } else { here.above.as_deref() };
            }
            None
        };
        by(&|level| level.ignored.as_ref()).or_else(|| by(&|level| level.excluded.as_ref()))
    }
}
