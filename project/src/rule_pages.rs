//! Directories of a user's own rule pages, and of the tables beside them.

use std::path::{Path, PathBuf};

use compline_rules::RuleSet;
use compline_rules::error::ContentError;
use compline_rules::table::TABLES;

use crate::config::Config;
use crate::disk::read_text;
use crate::error::{Detail, ErrorKind};

/// Rule pages that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulePagesError {
    #[error("the rules directory `{}` is not there", directory.display())]
    NotThere { directory: PathBuf },
    #[error("the rules in `{}` cannot be read: {error}", directory.display())]
    Unreadable { directory: PathBuf, error: String },
    /// What is written in a page or a table.
    #[error("{}: {error}", file.display())]
    Content { file: PathBuf, error: ContentError },
}

impl Detail for RulePagesError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

/// What a directory holds, and the directories in it, in the order of names.
#[derive(Debug, Default)]
pub struct RuleFiles {
    pub pages: Vec<RuleFile>,
    pub tables: Vec<RuleFile>,
}

/// A page or a table.
#[derive(Debug)]
pub struct RuleFile {
    pub path: PathBuf,
    pub text: String,
}

impl RuleFile {
    /// Its name without the ending: a table's name.
    pub fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}

/// Adds the tables and the pages of a directory; gives what of it cannot be used. What lies in the workspace of the
/// configuration is read by its door.
pub fn add(rules: &mut RuleSet, directory: &Path, config: &Config) -> Vec<RulePagesError> {
    let (files, mut faults) = read(directory, config);
    let content = |file: &RuleFile, error| RulePagesError::Content { file: file.path.clone(), error };
    for table in &files.tables {
        if let Err(error) = rules.add_table(&table.stem(), &table.text) {
            faults.push(content(table, error));
        }
    }
    for page in &files.pages {
        match compline_rules::page::parse(&page.text) {
            Ok(read) => rules.add(read.rule),
            Err(error) => faults.push(content(page, error)),
        }
    }
    faults
}

/// The pages and tables of a directory, as texts; and what of it cannot be read.
pub fn read(directory: &Path, config: &Config) -> (RuleFiles, Vec<RulePagesError>) {
    let mut files = RuleFiles::default();
    let (paths, mut faults) = list(directory);
    for path in paths {
        match text(&path, config) {
            Ok(text) if is_table(&path) => files.tables.push(RuleFile { path, text }),
            // A page begins with its front matter; a README beside it does not.
            Ok(text) if text.starts_with("---\n") => files.pages.push(RuleFile { path, text }),
            Ok(_) => {}
            Err(error) => faults.push(unreadable(directory, &error)),
        }
    }
    (files, faults)
}

fn text(path: &Path, config: &Config) -> Result<String, String> {
    match config.door(path) {
        Some((disk, inside)) => {
            disk.text(&inside).map(|text| text.to_string()).map_err(|error| error.to_string())
        }
        None => read_text(path).map_err(|error| error.to_string()),
    }
}

/// The paths of what may be pages and tables; and what of the directory cannot be read.
pub fn list(directory: &Path) -> (Vec<PathBuf>, Vec<RulePagesError>) {
    if !directory.is_dir() {
        return (Vec::new(), vec![RulePagesError::NotThere { directory: directory.to_owned() }]);
    }
    let (mut paths, mut faults) = (Vec::new(), Vec::new());
    let walk =
        ignore::WalkBuilder::new(directory).standard_filters(false).sort_by_file_name(Ord::cmp).build();
    for entry in walk {
        match entry {
            Ok(entry) if !entry.path().is_dir() && (is_page(entry.path()) || is_table(entry.path())) => {
                paths.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => faults.push(unreadable(directory, &error)),
        }
    }
    (paths, faults)
}

fn is_page(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".md"))
}

fn is_table(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_suffix(".yaml").is_some_and(|stem| TABLES.contains(&stem))
}

fn unreadable(directory: &Path, error: &dyn std::fmt::Display) -> RulePagesError {
    RulePagesError::Unreadable { directory: directory.to_owned(), error: error.to_string() }
}
