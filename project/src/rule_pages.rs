//! The user's own rule pages.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use compline_rules::{Rule, RuleSet};

use crate::disk::read_text;
use crate::error::{Detail, ErrorKind};
use crate::facts::sha256;

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

/// A page that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFound {
    pub rule: String,
    pub path: PathBuf,
    /// The line of its id, from 1.
    pub line: Option<u32>,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// The built-in rule that it names as its own or as a former name of its own.
    pub builtin: Option<String>,
}

/// What became of a directory of pages.
#[derive(Debug, Default)]
pub struct Added {
    pub faults: Vec<RulePagesError>,
    /// In force now.
    pub pages: Vec<PageFound>,
    /// Those that would take the place of a built-in rule, which stays in force.
    pub refused: Vec<PageFound>,
}

/// Adds the pages of a directory, those of the directories in it too. Built-in rules are replaced only where that is
/// allowed.
pub fn add(rules: &mut RuleSet, directory: &Path, may_override: bool) -> Added {
    if !directory.is_dir() {
        let fault = RulePagesError::NotThere { directory: directory.to_owned() };
        return Added { faults: vec![fault], ..Added::default() };
    }
    let builtin = builtin_names();
    let mut added = Added::default();
    for entry in
        ignore::WalkBuilder::new(directory).standard_filters(false).sort_by_file_name(Ord::cmp).build()
    {
        let unreadable =
            |error: String| RulePagesError::Unreadable { directory: directory.to_owned(), error };
        match entry.map_err(|error| unreadable(error.to_string())).and_then(|entry| page(&entry, &unreadable))
        {
            Ok(Some((rule, mut page))) => {
                let names = std::iter::once(&rule.info.id).chain(&rule.info.was);
                page.builtin = names.into_iter().find(|name| builtin.contains(name.as_str())).cloned();
                match page.builtin.is_some() && !may_override {
                    true => added.refused.push(page),
                    false => {
                        rules.add(rule);
                        added.pages.push(page);
                    }
                }
            }
            Ok(None) => {}
            Err(error) => added.faults.push(error),
        }
    }
    added
}

/// The ids of the built-in rules, former ones too: waivers and mappings may still name those.
fn builtin_names() -> HashSet<String> {
    let rules = RuleSet::builtin();
    let names = rules.infos().flat_map(|info| std::iter::once(&info.id).chain(&info.was));
    names.cloned().collect()
}

/// The rule of the page a file holds; none for what is no page.
fn page(
    entry: &ignore::DirEntry,
    unreadable: &dyn Fn(String) -> RulePagesError,
) -> Result<Option<(Rule, PageFound)>, RulePagesError> {
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
    let line = text.lines().position(|line| line.starts_with("id:"));
    let found = PageFound {
        rule: page.rule.info.id.clone(),
        path: entry.path().to_owned(),
        line: line.and_then(|line| u32::try_from(line + 1).ok()),
        sha256: sha256(text.as_bytes()),
        builtin: None,
    };
    Ok(Some((page.rule, found)))
}
