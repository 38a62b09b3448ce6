//! Files as the editor sees them: unsaved buffers before what lies on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_iac::Sources;

/// Sources of which some are being edited.
pub struct Overlay {
    pub base: Arc<dyn Sources>,
    pub buffers: BTreeMap<String, Arc<str>>,
}

impl Sources for Overlay {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        self.buffers.get(path).cloned().map_or_else(|| self.base.read(path), Ok)
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let prefix =
            if directory.is_empty() || directory == "." { String::new() } else { format!("{directory}/") };
        let mut names = self.base.list(directory);
        let unsaved = self.buffers.keys().filter_map(|path| path.strip_prefix(&prefix));
        names.extend(unsaved.map(|rest| rest.split('/').next().unwrap_or(rest).to_owned()));
        names.sort();
        names.dedup();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.buffers.contains_key(path) || self.base.is_file(path)
    }
}
