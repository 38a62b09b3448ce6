//! Files as they are being edited: unsaved texts before what lies on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_iac::{Damage, Sources};

/// Sources of which some are being edited. Cheap to clone.
#[derive(Clone)]
pub struct Overlay {
    pub base: Arc<dyn Sources>,
    pub texts: Arc<BTreeMap<String, Arc<str>>>,
}

impl Sources for Overlay {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.texts.get(path).cloned().map_or_else(|| self.base.read(path), Ok)
    }

    fn rescue(&self, path: &str) -> Option<(Arc<str>, Damage)> {
        match self.texts.contains_key(path) {
            true => None,
            false => self.base.rescue(path),
        }
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let prefix =
            if directory.is_empty() || directory == "." { String::new() } else { format!("{directory}/") };
        let mut names = self.base.list(directory);
        let unsaved = self.texts.keys().filter_map(|path| path.strip_prefix(&prefix));
        names.extend(unsaved.map(|rest| rest.split('/').next().unwrap_or(rest).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.texts.contains_key(path) || self.base.is_file(path)
    }
}
