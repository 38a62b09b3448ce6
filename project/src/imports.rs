//! Where official content lies that somebody imported, and reading it.

use std::path::{Path, PathBuf};

use compline_frameworks::catalogue::{CatalogueProblem, ProblemPlace};
use compline_frameworks::official::{self, Official, Role};
use compline_frameworks::{Framework, Library, Objective, builtin, catalogue, oscal};
use compline_iac::Sources as _;
use compline_rules::RuleSet;

use crate::config::Config;
use crate::disk::{
    Bounded, ReadError, ReadFault, entries, is_folder, is_regular, is_there, read_at_most, utf8,
};
use crate::error::{Detail, ErrorKind};

/// The folder below a root, or beside a configuration, that holds imports and frameworks of the user's frameworks.
pub const FOLDER: &str = ".compline/frameworks";
const ENDINGS: [&str; 3] = ["json", "yaml", "yml"];

/// The folders in which imports are looked for at a root, given the configuration in force there. New ones go into
/// the first.
pub fn folders(config: Option<&Path>, root: &Path) -> Vec<PathBuf> {
    let beside = config.and_then(Path::parent).map(|parent| parent.join(FOLDER));
    let below = root.join(FOLDER);
    let mut folders: Vec<PathBuf> = beside.into_iter().collect();
    if !folders.contains(&below) {
        folders.push(below);
    }
    folders
}

/// A file that holds a framework, in either form.
pub enum Import {
    Own(Box<Framework>),
    Official(Box<Official>),
}

/// A file of a framework, or of official content, that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct ImportError {
    pub path: PathBuf,
    pub fault: ImportFault,
    /// It lies in one of the folders of imports: every run reads it.
    pub imported: bool,
}

/// What is wrong with it.
#[derive(Debug, thiserror::Error)]
pub enum ImportFault {
    /// `what` is a noun with its article: "the framework".
    #[error("{what} `{}` is not there", path.display())]
    NotThere { what: &'static str, path: PathBuf },
    #[error("{what} `{}` cannot be read: {error}", path.display())]
    Unreadable { what: &'static str, path: PathBuf, error: std::io::Error },
    #[error("`{}` is a directory, and a file is needed", path.display())]
    Directory { path: PathBuf },
    /// `bytes` is the number, or "more than" the most.
    #[error("`{}` holds {bytes} bytes, and {} (64 MiB) is the most that is read", path.display(), oscal::MAX_BYTES)]
    TooLarge { path: PathBuf, bytes: String },
    #[error(transparent)]
    Text(ReadError),
    /// A clause for each, with its place in the file.
    #[error("{}", lines.join("; "))]
    Problems { lines: Vec<String> },
}

impl Detail for ImportError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }

    fn help(&self) -> Option<String> {
        let path = self.path.display();
        if self.imported {
            return Some(format!("every command reads it: put it right, or delete `{path}`"));
        }
        match &self.fault {
            ImportFault::TooLarge { .. } => Some(format!(
                "the largest catalogue published holds about 10 MB; is `{path}` the right file?"
            )),
            _ => None,
        }
    }
}

/// The import or framework of an id, if there is one.
///
/// # Errors
/// It is there and wrong.
pub fn named(id: &str, config: &Config) -> Result<Option<Import>, ImportError> {
    // An id is a file's name and never a path.
    if id.is_empty() || id.contains(['/', '\\']) || id.starts_with('.') {
        return Ok(None);
    }
    for folder in &config.imports {
        for ending in ENDINGS {
            let path = folder.join(format!("{id}.{ending}"));
            if is_there(&path) && !is_folder(&path) {
                return read_imported(&path, config).map(Some);
            }
        }
    }
    Ok(None)
}

/// Where the import of an id lies; where it would, if there is none.
pub(crate) fn path_of(id: &str, config: &Config) -> PathBuf {
    let all =
        config.imports.iter().flat_map(|folder| ENDINGS.map(|ending| folder.join(format!("{id}.{ending}"))));
    let mut all = all.peekable();
    let first = all.peek().cloned().unwrap_or_default();
    all.find(|path| is_regular(path)).unwrap_or(first)
}

/// The id of the built-in framework whose place an import would take.
pub(crate) fn replaces(import: &Import) -> Option<&str> {
    let id = match import {
        Import::Own(framework) => &framework.id,
        // A text is laid over a framework and changes nothing of it.
        Import::Official(official) if matches!(official.role, Role::Text | Role::Claims) => return None,
        Import::Official(official) => &official.id,
    };
    builtin::framework(id).is_some().then_some(id)
}

/// Frameworks, official content, and files with the built-in framework whose place each takes.
pub(crate) type AllImports = (Vec<Framework>, Vec<Official>, Vec<(PathBuf, String)>);

/// Everything that was imported, by name; frameworks of the user's own beside it.
///
/// # Errors
/// One that is wrong.
pub fn all(config: &Config) -> Result<(Vec<Framework>, Vec<Official>), ImportError> {
    let (own, imports, _) = all_replacing(config)?;
    Ok((own, imports))
}

/// The same, with the files that take the place of built-in frameworks where that is allowed, or that would where it
/// is not: then what they hold is left away.
pub(crate) fn all_replacing(config: &Config) -> Result<AllImports, ImportError> {
    let (mut own, mut imports): (Vec<Framework>, Vec<Official>) = (Vec::new(), Vec::new());
    let mut replacing = Vec::new();
    for path in paths(config) {
        let import = read_imported(&path, config)?;
        if let Some(id) = replaces(&import) {
            replacing.push((path, id.to_owned()));
            if !config.may_override {
                continue;
            }
        }
        match import {
            Import::Own(framework) if own.iter().all(|earlier| earlier.id != framework.id) => {
                own.push(*framework)
            }
            Import::Official(official) if imports.iter().all(|earlier| earlier.id != official.id) => {
                imports.push(*official);
            }
            Import::Own(_) | Import::Official(_) => {}
        }
    }
    Ok((own, imports, replacing))
}

/// The same for those who cannot stop at a file that is wrong: it is passed over, and said so.
pub fn all_tolerant(config: &Config) -> (Vec<Official>, Vec<ImportError>) {
    let (mut imports, mut faults): (Vec<Official>, Vec<ImportError>) = (Vec::new(), Vec::new());
    for path in paths(config) {
        match read_imported(&path, config) {
            Ok(Import::Official(official)) if imports.iter().all(|earlier| earlier.id != official.id) => {
                imports.push(*official);
            }
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
    }
    (imports, faults)
}

/// The files in the folders of imports, whatever they hold.
pub(crate) fn paths(config: &Config) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for folder in &config.imports {
        let inside = match config.door(folder) {
            Some((disk, inside)) => match disk.locate(&inside) {
                Ok(_) => disk.list(&inside).into_iter().map(|name| folder.join(name)).collect(),
                Err(error) if error.is_absence() => Vec::new(),
                // A folder that leads out, say: reading it tells why it is not read.
                Err(_) => {
                    paths.push(folder.clone());
                    continue;
                }
            },
            None => entries(folder),
        };
        paths.extend(inside.into_iter().filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ending = path.extension().is_some_and(|ending| ENDINGS.iter().any(|one| ending == *one));
            ending && !name.starts_with('.') && !is_folder(path)
        }));
    }
    paths
}

/// The frameworks in force with everything that was imported.
///
/// # Errors
/// An import that is wrong.
pub fn library(rules: &RuleSet, config: &Config) -> Result<Library, ImportError> {
    let (frameworks, imports) = all(config)?;
    Ok(Library::with_imports(rules, frameworks, imports))
}

/// Reads a file that is there for every run.
fn read_imported(path: &Path, config: &Config) -> Result<Import, ImportError> {
    read_of(path, config).map_err(|error| ImportError { imported: true, ..error })
}

fn fault(path: &Path, fault: ImportFault) -> ImportError {
    ImportError { path: path.to_owned(), fault, imported: false }
}

/// Reads a file of either form and checks it.
///
/// # Errors
/// Everything that is wrong with it, with its lines.
pub fn read(path: &Path) -> Result<Import, ImportError> {
    check(path, &text(path)?)
}

/// The same for a file that may lie in the workspace of a configuration: what leads out of that is not read.
///
/// # Errors
/// As [`read`].
pub fn read_of(path: &Path, config: &Config) -> Result<Import, ImportError> {
    let Some((disk, inside)) = config.door(path) else { return read(path) };
    let failed = |error: ReadError| match error.fault {
        ReadFault::NotThere => ImportFault::NotThere { what: "the framework", path: path.to_owned() },
        _ => ImportFault::Text(error),
    };
    let bytes = disk.bytes(&inside, oscal::MAX_BYTES).and_then(|bytes| utf8(&inside, bytes));
    check(path, &bytes.map_err(|error| fault(path, failed(error)))?)
}

fn check(path: &Path, text: &str) -> Result<Import, ImportError> {
    checked(text).map_err(|problems| {
        let lines = placed(&path.display().to_string(), text, &problems);
        fault(path, ImportFault::Problems { lines })
    })
}

/// The text of a framework's file.
///
/// # Errors
/// It cannot be read, or is too long to be one.
pub fn text(path: &Path) -> Result<String, ImportError> {
    let bytes = bytes(path, "the framework")?;
    utf8(&path.display().to_string(), bytes).map_err(|error| fault(path, ImportFault::Text(error)))
}

/// The bytes of a file that may be very large: its size is looked at before any of it is read. `what` is a noun with
/// its article.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn bytes(path: &Path, what: &'static str) -> Result<Vec<u8>, ImportError> {
    let failed = |error: std::io::Error| {
        let path = path.to_owned();
        match error.kind() {
            std::io::ErrorKind::NotFound => ImportFault::NotThere { what, path },
            _ => ImportFault::Unreadable { what, path, error },
        }
    };
    let most = oscal::MAX_BYTES;
    let large = |bytes: String| ImportFault::TooLarge { path: path.to_owned(), bytes };
    let read = match read_at_most(path, most) {
        Ok(Bounded::Whole(bytes)) => Ok(bytes),
        Ok(Bounded::Directory) => Err(ImportFault::Directory { path: path.to_owned() }),
        Ok(Bounded::TooLarge(Some(bytes))) => Err(large(bytes.to_string())),
        Ok(Bounded::TooLarge(None)) => Err(large(format!("more than {most}"))),
        Err(error) => Err(failed(error)),
    };
    read.map_err(|error| fault(path, error))
}

/// Reads a text of either form and checks it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn checked(text: &str) -> Result<Import, Vec<CatalogueProblem>> {
    if !is_official(text) {
        return catalogue::read(text, builtin::objectives())
            .map(|framework| Import::Own(Box::new(framework)));
    }
    let official = official::read(text).map_err(|error| vec![error])?;
    let base = official.base.as_deref().and_then(builtin::framework);
    let objectives = builtin::objectives();
    let is_objective = |id: &str| objectives.iter().any(|objective: &Objective| objective.id == id);
    let problems = official.problems(base.as_ref(), &is_objective);
    if problems.is_empty() { Ok(Import::Official(Box::new(official))) } else { Err(problems) }
}

/// Whether a text is of the form that imports have: it says so at its top.
fn is_official(text: &str) -> bool {
    let mut lines = text.lines().take(12).map(str::trim_start);
    lines.any(|line| line.starts_with("\"official\":") || line.starts_with("official:"))
}

/// Problems with the file and the line each is on, where it can be told.
pub fn placed(name: &str, text: &str, problems: &[CatalogueProblem]) -> Vec<String> {
    problems
        .iter()
        .map(|problem| match (catalogue::line_of(text, problem), &problem.at) {
            (Some(line), _) => format!("{name}:{line}: {problem}"),
            (None, ProblemPlace::Read { line, column, words }) => format!("{name}:{line}:{column}: {words}"),
            (None, _) => format!("{name}: {problem}"),
        })
        .collect()
}
