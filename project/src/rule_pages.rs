//! Directories of a user's own rule pages, and of the tables beside them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_rules::error::{ContentError, ContentProblem, KeyPath};
use compline_rules::folding::wrong_covers;
use compline_rules::table::TABLES;
use compline_rules::{Rule, RuleSet};

use crate::config::Config;
use crate::disk::{is_folder, read_text};
use crate::error::{Detail, ErrorKind};
use crate::facts::sha256;

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

/// A page or a table of a directory, as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageFound {
    /// The rule's id; the name of a table.
    pub rule: String,
    pub path: PathBuf,
    /// The line of its id, from 1.
    pub line: Option<u32>,
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// What it would take the place of: the built-in rule that it names as its own or as a former name of its own, or
    /// the kind of resource that built-in rules judge.
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

/// Adds the tables and the pages of a directory. What lies in the workspace of the configuration is read by its door.
/// What built-in rules are and judge by is changed only where that is allowed.
pub fn add(rules: &mut RuleSet, directory: &Path, config: &Config, may_override: bool) -> Added {
    let (files, faults) = read(directory, config);
    let mut added = Added { faults, ..Added::default() };
    let builtin = RuleSet::builtin();
    let content = |file: &RuleFile, error| RulePagesError::Content { file: file.path.clone(), error };
    for table in &files.tables {
        let name = table.stem();
        let found = PageFound {
            rule: name.clone(),
            path: table.path.clone(),
            line: None,
            sha256: sha256(table.text.as_bytes()),
            builtin: touched_kind(&table.text, &builtin),
        };
        if found.builtin.is_some() && !may_override {
            added.refused.push(found);
            continue;
        }
        match rules.add_table(&name, &table.text) {
            Ok(()) => added.pages.push(found),
            Err(error) => added.faults.push(content(table, error)),
        }
    }
    let names = builtin_names(&builtin);
    let mut covering: Vec<(&RuleFile, Rule)> = Vec::new();
    for page in &files.pages {
        let rule = match compline_rules::page::parse(&page.text) {
            Ok(read) => read.rule,
            Err(error) => {
                added.faults.push(content(page, error));
                continue;
            }
        };
        let line = page.text.lines().position(|line| line.starts_with("id:"));
        let mut own = std::iter::once(&rule.info.id).chain(&rule.info.was);
        let replaced = own.find(|name| names.contains(name.as_str())).cloned();
        let found = PageFound {
            rule: rule.info.id.clone(),
            path: page.path.clone(),
            line: line.and_then(|line| u32::try_from(line + 1).ok()),
            sha256: sha256(page.text.as_bytes()),
            builtin: replaced,
        };
        if found.builtin.is_some() && !may_override {
            added.refused.push(found);
            continue;
        }
        if !rule.info.covers.is_empty() {
            covering.push((page, rule.clone()));
        }
        rules.add(rule);
        added.pages.push(found);
    }
    // What a page covers may stand in one that is read after it.
    for (page, mut rule) in covering {
        let mut wrong = wrong_covers(rules, &rule.info);
        let covers_builtin = rule.info.covers.iter().position(|id| builtin.info(id).is_some());
        if let (Some(at), false) = (covers_builtin, may_override) {
            let why =
                "a built-in rule speaks for itself; only `--allow-overrides` lets a page cover it".to_owned();
            wrong.push(KeyPath::of("covers").item(at).error(ContentProblem::BadCover { why }));
        }
        if let Some(error) = wrong.into_iter().next() {
            Arc::make_mut(&mut rule.info).covers.clear();
            rules.add(rule);
            added.faults.push(content(page, error));
        }
    }
    added
}

/// A kind of resource that a table speaks of and built-in rules judge: what the table says would change their word.
fn touched_kind(text: &str, builtin: &RuleSet) -> Option<String> {
    let table: serde_json::Map<String, serde_json::Value> = serde_saphyr::from_str(text).ok()?;
    let kinds = table.keys().flat_map(|key| key.split('|')).map(str::trim);
    kinds.filter(|kind| builtin.covers_kind(kind)).map(str::to_owned).next()
}

/// The ids of the built-in rules, former ones too: waivers and mappings may still name those.
fn builtin_names(builtin: &RuleSet) -> HashSet<String> {
    let names = builtin.infos().flat_map(|info| std::iter::once(&info.id).chain(&info.was));
    names.cloned().collect()
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
    if !is_folder(directory) {
        return (Vec::new(), vec![RulePagesError::NotThere { directory: directory.to_owned() }]);
    }
    let (mut paths, mut faults) = (Vec::new(), Vec::new());
    let walk =
        ignore::WalkBuilder::new(directory).standard_filters(false).sort_by_file_name(Ord::cmp).build();
    for entry in walk {
        match entry {
            Ok(entry) if !is_folder(entry.path()) && (is_page(entry.path()) || is_table(entry.path())) => {
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
