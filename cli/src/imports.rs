//! Where official content lies that somebody imported, and reading it.

use std::path::{Path, PathBuf};

use compline_frameworks::catalogue::{CatalogueProblem, ProblemPlace};
use compline_frameworks::official::{self, Official};
use compline_frameworks::{Framework, Library, Objective, catalogue, library, oscal};
use compline_rules::RuleSet;

use crate::config::Config;
use crate::exit::Stop;
use crate::output::tell;

/// The folder below a root, or beside a configuration, that holds imports and frameworks of the user's own.
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

/// The import or framework of an id, if there is one.
///
/// # Errors
/// It is there and wrong.
pub fn named(id: &str, config: &Config) -> Result<Option<Import>, Stop> {
    // An id is a file's name and never a path.
    if id.is_empty() || id.contains(['/', '\\']) || id.starts_with('.') {
        return Ok(None);
    }
    for folder in &config.imports {
        for ending in ENDINGS {
            let path = folder.join(format!("{id}.{ending}"));
            if path.is_file() {
                return kept(&path).map(Some);
            }
        }
    }
    Ok(None)
}

/// Everything that was imported, by name; frameworks of the user's own beside it.
///
/// # Errors
/// One that is wrong.
pub fn all(config: &Config) -> Result<(Vec<Framework>, Vec<Official>), Stop> {
    let (mut own, mut imports): (Vec<Framework>, Vec<Official>) = (Vec::new(), Vec::new());
    for path in paths(config) {
        match kept(&path)? {
            Import::Own(framework) if own.iter().all(|known| known.id != framework.id) => {
                own.push(*framework)
            }
            Import::Official(official) if imports.iter().all(|known| known.id != official.id) => {
                imports.push(*official);
            }
            Import::Own(_) | Import::Official(_) => {}
        }
    }
    Ok((own, imports))
}

/// The same for those who cannot stop at a file that is wrong: it is told of and passed over.
pub fn whole(config: &Config) -> Vec<Official> {
    let mut imports: Vec<Official> = Vec::new();
    for path in paths(config) {
        match read(&path) {
            Ok(Import::Official(official)) if imports.iter().all(|known| known.id != official.id) => {
                imports.push(*official);
            }
            Ok(_) => {}
            Err(stop) => {
                tell(&stop.message);
                tell(&format!("help: {}", way_out(&path)));
            }
        }
    }
    imports
}

fn paths(config: &Config) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    for folder in &config.imports {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let mut here: Vec<PathBuf> = entries
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let ending = path.extension().is_some_and(|ending| ENDINGS.iter().any(|one| ending == *one));
                ending && !name.starts_with('.') && path.is_file()
            })
            .collect();
        here.sort();
        paths.extend(here);
    }
    paths
}

/// The frameworks in force with everything that was imported.
///
/// # Errors
/// An import that is wrong.
pub fn library(rules: &RuleSet, config: &Config) -> Result<Library, Stop> {
    let (own, imports) = all(config)?;
    Ok(Library::holding(rules, own, imports))
}

/// Reads a file that is there for every run.
fn kept(path: &Path) -> Result<Import, Stop> {
    read(path).map_err(|stop| stop.help(way_out(path)))
}

/// What to do about a file in one of the folders that is wrong.
fn way_out(path: &Path) -> String {
    format!("every command reads it: put it right, or delete `{}`", path.display())
}

/// Reads a file of either form and checks it.
///
/// # Errors
/// Everything that is wrong with it, with its lines.
pub fn read(path: &Path) -> Result<Import, Stop> {
    let shown = path.display().to_string();
    let text = text(path)?;
    match checked(&text) {
        Ok(held) => Ok(held),
        Err(problems) => Err(Stop::mistake(placed(&shown, &text, &problems).join("\n"))),
    }
}

/// The text of a framework's file.
///
/// # Errors
/// It cannot be read, or is too long to be one.
pub fn text(path: &Path) -> Result<String, Stop> {
    let bytes = bytes(path, "the framework")?;
    crate::disk::text(&path.display().to_string(), bytes).map_err(Stop::mistake)
}

/// The bytes of a file that may be very large: its size is looked at before any of it is read.
///
/// # Errors
/// It cannot be read, or is too long.
pub fn bytes(path: &Path, what: &str) -> Result<Vec<u8>, Stop> {
    use std::io::Read as _;
    let shown = path.display();
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => Stop::mistake(format!("{what} `{shown}` is not there")),
        _ => Stop::mistake(format!("{what} `{shown}` cannot be read: {error}")),
    };
    let most = oscal::MOST_BYTES;
    let large = |bytes: String| {
        Stop::mistake(format!("`{shown}` holds {bytes} bytes, and {most} (64 MiB) is the most that is read"))
            .help(format!("the largest catalogue published holds about 10 MB; is `{shown}` the right file?"))
    };
    let facts = std::fs::metadata(path).map_err(failed)?;
    if facts.is_dir() {
        return Err(Stop::mistake(format!("`{shown}` is a directory, and a file is needed")));
    }
    if facts.len() > most {
        return Err(large(facts.len().to_string()));
    }
    let mut bytes = Vec::new();
    // A pipe does not say how long it is.
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(most + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(large(format!("more than {most}")));
    }
    Ok(bytes)
}

/// Reads a text of either form and checks it.
///
/// # Errors
/// Everything that is wrong with it.
pub fn checked(text: &str) -> Result<Import, Vec<CatalogueProblem>> {
    if !is_official(text) {
        return catalogue::read(text).map(|framework| Import::Own(Box::new(framework)));
    }
    let official = official::read(text).map_err(|error| vec![error])?;
    let base = official.base.as_deref().and_then(library::shipped);
    let objectives = library::builtin_objectives();
    let known = |id: &str| objectives.iter().any(|objective: &Objective| objective.id == id);
    let problems = official.problems(base.as_ref(), &known);
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
