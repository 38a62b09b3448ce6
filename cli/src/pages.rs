//! Directories of rule pages and of the tables beside them, as texts.

use std::path::{Path, PathBuf};

use compline_rules::table::TABLES;

use crate::exit::Stop;

/// What a directory holds, at any depth, in the order of names.
pub struct RuleFiles {
    pub pages: Vec<RuleFile>,
    pub tables: Vec<RuleFile>,
}

/// A page or a table.
pub struct RuleFile {
    pub path: PathBuf,
    pub text: String,
}

impl RuleFile {
    /// Its name without the ending: a page's id, a table's name.
    pub fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// How the user knows it.
    pub fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// The files of rules below a directory.
///
/// # Errors
/// The directory is not there, or it or a file in it cannot be read.
pub fn read(directory: &Path) -> Result<RuleFiles, Stop> {
    let mut files = RuleFiles { pages: Vec::new(), tables: Vec::new() };
    for path in list(directory)? {
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(directory, &error))?;
        let file = RuleFile { path, text };
        match is_page(&file.path) {
            // A page begins with its front matter; a README beside it does not.
            true if file.text.starts_with("---\n") => files.pages.push(file),
            true => {}
            false => files.tables.push(file),
        }
    }
    Ok(files)
}

/// The paths of what may be pages and tables below a directory.
///
/// # Errors
/// The directory is not there or cannot be read.
pub fn list(directory: &Path) -> Result<Vec<PathBuf>, Stop> {
    if !directory.is_dir() {
        return Err(Stop::mistake(format!("the rules directory `{}` is not there", directory.display())));
    }
    let mut paths = Vec::new();
    let walk =
        ignore::WalkBuilder::new(directory).standard_filters(false).sort_by_file_name(Ord::cmp).build();
    for entry in walk {
        let entry = entry.map_err(|error| unreadable(directory, &error))?;
        let path = entry.path();
        if path.is_file() && (is_page(path) || is_table(path)) {
            paths.push(path.to_owned());
        }
    }
    Ok(paths)
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "md")
}

fn is_table(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".yaml").is_some_and(|stem| TABLES.contains(&stem))
}

fn unreadable(directory: &Path, error: &dyn std::fmt::Display) -> Stop {
    Stop::mistake(format!("the rules in `{}` cannot be read: {error}", directory.display()))
}
