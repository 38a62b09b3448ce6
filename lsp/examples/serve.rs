//! The server over the disk, without the rest of the program: `cargo run -p compline-lsp --example serve`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_iac::Sources;
use compline_lsp::{Host, Opened};

struct Disk;

struct Folder(PathBuf);

impl Sources for Folder {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        std::fs::read_to_string(self.0.join(path)).map(Arc::from).map_err(|error| error.to_string())
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(directory)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }
}

impl Host for Disk {
    fn open(&self, root: &Path) -> Opened {
        Opened { sources: Arc::new(Folder(root.to_owned())), options: Default::default() }
    }

    fn walk(&self, root: &Path) -> Vec<String> {
        let folder = Folder(root.to_owned());
        let (mut found, mut left) = (Vec::new(), vec![String::new()]);
        while let Some(directory) = left.pop() {
            for name in folder.list(&directory).into_iter().filter(|name| !name.starts_with('.')) {
                let path = if directory.is_empty() { name } else { format!("{directory}/{name}") };
                if folder.is_file(&path) { found.push(path) } else { left.push(path) }
            }
        }
        found
    }

    fn today(&self) -> String {
        "2026-11-21".to_owned()
    }
}

fn main() -> Result<(), String> {
    compline_lsp::run(Arc::new(Disk), env!("CARGO_PKG_VERSION"))
}
