//! Which files a run looks at.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_iac::format;
use compline_iac::{Gravity, Problem};
use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

use crate::disk::{Disk, ReadError, ReadFault, is_folder, is_loop, is_regular, real_path};
use crate::error::{Detail, ErrorKind};
use crate::ignored::Rules;

/// Directories that hold what others wrote, or what tools keep for themselves.
const SKIPPED: [&str; 3] = [".git", ".terraform", "node_modules"];

/// What a walk found. Paths are relative to the root, with `/`, sorted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Found {
    pub files: BTreeSet<String>,
    pub problems: Vec<Problem>,
    /// Left out on purpose: path, why.
    pub left_out: BTreeMap<String, String>,
}

/// Files to leave out, or the only ones to look at, as `.gitignore` writes them.
#[derive(Debug, Default, Clone)]
pub struct Filter {
    pub include: Vec<String>,
    pub exclude: Vec<String>,
}

/// Patterns of `include` and `exclude` that cannot be used. `file` is the configuration that has them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("{}: `{pattern}` is no pattern: {error}", file.display())]
    Pattern { file: PathBuf, pattern: String, error: String },
    #[error("{}: the patterns cannot be used: {error}", file.display())]
    All { file: PathBuf, error: String },
}

impl Detail for FilterError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }
}

impl Filter {
    /// The patterns, made ready; `file` is the configuration that has them.
    ///
    /// # Errors
    /// The pattern that is none, and why.
    pub fn compile(&self, root: &Path, file: &Path) -> Result<Override, FilterError> {
        let mut builder = OverrideBuilder::new(root);
        let no_pattern = |pattern: &String, error: ignore::Error| FilterError::Pattern {
            file: file.to_owned(),
            pattern: pattern.clone(),
            error: error.to_string(),
        };
        for pattern in &self.include {
            builder.add(pattern).map_err(|error| no_pattern(pattern, error))?;
        }
        for pattern in &self.exclude {
            builder.add(&format!("!{pattern}")).map_err(|error| no_pattern(pattern, error))?;
        }
        builder.build().map_err(|error| FilterError::All { file: file.to_owned(), error: error.to_string() })
    }
}

/// The files at and below some places of the root. What `.gitignore` names is passed over; a file named itself
/// is always taken.
pub fn walk(disk: &Arc<Disk>, starts: &[String], filter: &Override) -> Found {
    walk_towards(disk, starts, filter, None)
}

/// Whether a walk from these places would find a file.
pub fn finds(disk: &Arc<Disk>, starts: &[String], filter: &Override, path: &str) -> bool {
    walk_towards(disk, starts, filter, Some(&disk.root().join(path))).files.contains(path)
}

/// Walks; where a path is given, only what leads to it.
fn walk_towards(disk: &Arc<Disk>, starts: &[String], filter: &Override, only: Option<&Path>) -> Found {
    let mut found = Found::default();
    let mut queue: VecDeque<PathBuf> = VecDeque::new();
    for start in starts {
        let full = disk.root().join(start);
        if is_folder(&full) {
            queue.push_back(full);
        } else {
            found.files.insert(start.clone());
        }
    }
    let mut walked: Vec<PathBuf> = Vec::new();
    while let Some(start) = queue.pop_front() {
        // Where a link leads may have been walked already, with what holds it.
        if !walked.iter().any(|done| start.starts_with(done)) {
            walk_one(disk, &start, (filter, only), &mut found, &mut queue);
            walked.push(start);
        }
    }
    found
}

fn walk_one(
    disk: &Arc<Disk>,
    start: &Path,
    (filter, only): (&Override, Option<&Path>),
    found: &mut Found,
    queue: &mut VecDeque<PathBuf>,
) {
    let mut builder = WalkBuilder::new(start);
    // A file made for search tools must not hide code from an audit, nor may the machine's own settings.
    builder.standard_filters(false).follow_links(false);
    let rules = Rules::new(Arc::clone(disk), filter.clone());
    let only = only.map(Path::to_owned);
    builder.filter_entry(move |entry| {
        let skipped = entry.depth() > 0 && SKIPPED.iter().any(|name| entry.file_name() == *name);
        let leads = only.as_ref().is_none_or(|only| entry.depth() == 0 || only.starts_with(entry.path()));
        !skipped && leads && !rules.pass_over(entry)
    });
    for entry in builder.build() {
        match entry {
            Ok(entry) => take(disk, &entry, found, queue),
            Err(error) => trouble(disk, &error, found),
        }
    }
}

fn take(disk: &Disk, entry: &DirEntry, found: &mut Found, queue: &mut VecDeque<PathBuf>) {
    let Some(path) = relative(disk.root(), entry.path()) else {
        let shown = entry.path().display().to_string();
        let message = "its name is not UTF-8".to_owned();
        found.problems.push(problem(Gravity::Loss, shown, message, "rename it, or exclude it"));
        return;
    };
    let Some(file_type) = entry.file_type() else { return };
    if file_type.is_file() {
        if format::is_walked(&path) {
            found.files.insert(path);
        }
    } else if file_type.is_symlink() {
        take_link(disk, entry.path(), path, found, queue);
    } else if !file_type.is_dir() && format::is_read(&path) {
        not_regular(path, found);
    }
}

/// A pipe, a socket or a device where code is looked for.
fn not_regular(path: String, found: &mut Found) {
    let message = ReadError::new(path.as_str(), ReadFault::NotRegular).to_string();
    found.problems.push(problem(
        Gravity::Loss,
        path,
        message,
        "take it away, or exclude it in `compline.yaml`",
    ));
}

/// A link to a file stands for it; one to a directory is walked unless that is walked anyway.
fn take_link(disk: &Disk, full: &Path, path: String, found: &mut Found, queue: &mut VecDeque<PathBuf>) {
    match real_path(full) {
        Ok(real) if !real.starts_with(disk.root()) => {
            if is_folder(&real) {
                let message =
                    format!("`{path}` is a link that leads out of the workspace; it is not followed");
                let help = "name a wider workspace with `--root` if what lies there should be read";
                found.problems.push(problem(Gravity::Note, path.clone(), message, help));
                found.left_out.insert(path, "a link that leads out of the workspace".to_owned());
            } else if format::is_read(&path) {
                let message = ReadError::new(path.as_str(), ReadFault::Outside).to_string();
                let help = "put the code in its place, remove the link, or exclude it in `compline.yaml`";
                found.problems.push(problem(Gravity::Loss, path, message, help));
            }
        }
        Ok(real) if is_folder(&real) => {
            if full.starts_with(&real) {
                let message = format!("`{path}` is a link to a directory that holds it; it is not followed");
                let help = "remove the link, or exclude it in `compline.yaml`";
                found.problems.push(problem(Gravity::Loss, path, message, help));
            } else {
                queue.push_back(real);
            }
        }
        Ok(real) if format::is_read(&path) && !is_regular(&real) => not_regular(path, found),
        Ok(_) if format::is_walked(&path) => {
            found.files.insert(path);
        }
        Ok(_) => {}
        Err(error) if format::is_read(&path) || is_loop(&error) => {
            let help = "put the link right, remove it, or exclude it in `compline.yaml`";
            let message = ReadError::of(path.as_str(), &error).to_string();
            found.problems.push(problem(Gravity::Loss, path, message, help));
        }
        Err(_) => {}
    }
}

fn trouble(disk: &Disk, error: &ignore::Error, found: &mut Found) {
    let (mut path, mut inner) = (None, error);
    loop {
        inner = match inner {
            ignore::Error::WithPath { path: at, err } => {
                path = relative(disk.root(), at).or(path);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            _ => break,
        };
    }
    let path = path.unwrap_or_default();
    let message = match inner {
        ignore::Error::Io(error) => ReadError::of(path.as_str(), error).to_string(),
        other => other.to_string(),
    };
    found.problems.push(problem(Gravity::Loss, path, message, "what lies below it was not read"));
}

/// A path below the root as the workspace names it; none when it is not below, or not UTF-8.
pub fn relative(root: &Path, path: &Path) -> Option<String> {
    let below = path.strip_prefix(root).ok()?;
    let parts: Option<Vec<&str>> = below.components().map(|part| part.as_os_str().to_str()).collect();
    Some(parts?.join("/"))
}

fn problem(gravity: Gravity, path: String, message: String, help: &str) -> Problem {
    Problem { gravity, path: path.into(), span: None, message, help: Some(help.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn files(folder: &Folder, starts: &[&str], filter: &Filter) -> Found {
        let disk = Arc::new(Disk::open(&folder.path("")).unwrap());
        let starts: Vec<String> = starts.iter().map(|start| (*start).to_owned()).collect();
        walk(&disk, &starts, &filter.compile(disk.root(), Path::new("compline.yaml")).unwrap())
    }

    fn names(found: &Found) -> Vec<&str> {
        found.files.iter().map(String::as_str).collect()
    }

    #[test]
    fn passes_over_what_is_not_the_users_code() {
        let folder = Folder::new("walk-skip");
        for path in [
            "b/main.tf",
            "a.tf",
            "x.yaml",
            "readme.md",
            ".terraform/m/a.tf",
            "node_modules/n/a.yaml",
            "gen/a.tf",
        ] {
            folder.write(path, "");
        }
        folder.write(".gitignore", "gen/\n");
        folder.write(".ignore", "a.tf\n");
        assert_eq!(names(&files(&folder, &[""], &Filter::default())), ["a.tf", "b/main.tf", "x.yaml"]);
        assert_eq!(
            names(&files(&folder, &["b", "readme.md"], &Filter::default())),
            ["b/main.tf", "readme.md"]
        );
    }

    #[test]
    fn a_file_is_found_by_itself_as_a_walk_finds_it() {
        let folder = Folder::new("walk-finds");
        for path in ["a/main.tf", "gen/deep/a.tf", ".terraform/m/a.tf", "a/test/main.tf", "a/notes.md"] {
            folder.write(path, "");
        }
        folder.write(".gitignore", "gen/\n");
        let disk = Arc::new(Disk::open(&folder.path("")).unwrap());
        let filter = Filter { exclude: vec!["**/test/**".to_owned()], ..Filter::default() };
        let filter = filter.compile(disk.root(), Path::new("compline.yaml")).unwrap();
        let starts = [String::new()];
        let all = walk(&disk, &starts, &filter).files;
        assert_eq!(all.iter().collect::<Vec<_>>(), ["a/main.tf"]);
        for path in ["a/main.tf", "gen/deep/a.tf", ".terraform/m/a.tf", "a/test/main.tf", "a/notes.md"] {
            assert_eq!(finds(&disk, &starts, &filter, path), all.contains(path), "{path}");
        }
    }

    #[test]
    fn patterns_leave_out_and_pick() {
        let folder = Folder::new("walk-filter");
        for path in ["a/main.tf", "a/test/main.tf", "b/main.tf", "b/t.yaml"] {
            folder.write(path, "");
        }
        let exclude = Filter { exclude: vec!["**/test/**".to_owned()], ..Filter::default() };
        assert_eq!(names(&files(&folder, &[""], &exclude)), ["a/main.tf", "b/main.tf", "b/t.yaml"]);
        let include = Filter { include: vec!["*.tf".to_owned()], exclude: vec!["a/test".to_owned()] };
        assert_eq!(names(&files(&folder, &[""], &include)), ["a/main.tf", "b/main.tf"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_taken_once_and_loops_are_said() {
        let folder = Folder::new("walk-links");
        folder.write("real/main.tf", "");
        folder.link("real", "twin");
        folder.link("real/main.tf", "main.tf");
        folder.link("..", "real/up");
        folder.link("self.tf", "self.tf");
        folder.link("/etc", "far");
        folder.link("/etc/hostname", "far.tf");
        folder.link("/etc/hostname", "far.txt");
        let found = files(&folder, &[""], &Filter::default());
        assert_eq!(names(&found), ["main.tf", "real/main.tf"]);
        let mut paths: Vec<&str> = found.problems.iter().map(|problem| &*problem.path).collect();
        paths.sort_unstable();
        assert_eq!(paths, ["far", "far.tf", "real/up", "self.tf"], "{:?}", found.problems);
        assert_eq!(found.left_out.keys().map(String::as_str).collect::<Vec<_>>(), ["far"]);
    }
}
