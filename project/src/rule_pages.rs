//! The user's own rule pages.

use std::path::{Path, PathBuf};

use compline_rules::{Rule, RuleSet};

use crate::disk::read_text;
use crate::error::{Detail, ErrorKind};

/// Rule pages that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum RulePagesError {
    #[error("the rules directory `{}` is not there", directory.display())]
    NotThere { directory: PathBuf },
    #[error("the rules in `{}` cannot be read: {error}", directory.display())]
    Unreadable { directory: PathBuf, error: String },
    #[error("{}: {error}", page.display())]
    Page { page: PathBuf, error: String },
}

impl Detail for RulePagesError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

/// Adds the pages of a directory, those of the directories in it too; gives what of it cannot be used.
pub fn add(rules: &mut RuleSet, directory: &Path) -> Vec<RulePagesError> {
    if !directory.is_dir() {
        return vec![RulePagesError::NotThere { directory: directory.to_owned() }];
    }
    let mut faults = Vec::new();
    for entry in
        ignore::WalkBuilder::new(directory).standard_filters(false).sort_by_file_name(Ord::cmp).build()
    {
        let unreadable =
            |error: String| RulePagesError::Unreadable { directory: directory.to_owned(), error };
        match entry.map_err(|error| unreadable(error.to_string())).and_then(|entry| page(&entry, &unreadable))
        {
            Ok(Some(rule)) => rules.add(rule),
            Ok(None) => {}
            Err(error) => faults.push(error),
        }
    }
    faults
}

/// The rule of the page a file holds; none for what is no page.
fn page(
    entry: &ignore::DirEntry,
    unreadable: &dyn Fn(String) -> RulePagesError,
) -> Result<Option<Rule>, RulePagesError> {
    if !entry.path().is_file() || !entry.file_name().to_string_lossy().ends_with(".md") {
        return Ok(None);
    }
    let text = read_text(entry.path()).map_err(|error| unreadable(error.to_string()))?;
    // A page begins with its front matter; a README beside it does not.
    if !text.starts_with("---\n") {
        return Ok(None);
    }
    let page = compline_rules::page::parse(&text)
        .map_err(|error| RulePagesError::Page { page: entry.path().to_owned(), error: error.to_string() })?;
    Ok(Some(page.rule))
}
