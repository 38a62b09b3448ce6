//! `compline index`: an organisation's own documents, to be searched and cited.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use crate::config::Config;
use crate::embedder::{Choice, Named};
use crate::exit::{Exit, Stop};
use crate::face::some;
use crate::output::{print, tell};
use crate::own::Own;
use crate::place::Place;
use crate::walk::relative;

/// Make your own documents searchable: policies, standards, procedures
///
/// They are cut into passages (Markdown at its headings) and cited by file and line in the answers of `search` and `map`.
/// The index lies in `.compline/index` at the workspace's root.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
    /// The workspace's root [default: the repository that holds the current directory]
    #[arg(long, value_name = "DIR", global = true)]
    root: Option<PathBuf>,
    #[command(flatten)]
    embedder: Named,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add files, or the `.md` and `.txt` files of directories; what is there already is read anew
    Add {
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<PathBuf>,
    },
    /// List the documents
    List,
    /// Take documents out
    Remove {
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<PathBuf>,
    },
    /// Read all documents anew, with the model that is chosen
    Rebuild,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let place = Place::find(&[], arguments.root.as_deref())?;
    let model = Choice::of(&arguments.embedder, &Config::find(&place.nearest, &place.root)?);
    let root = place.root;
    match &arguments.what {
        What::Add { paths } => add(&root, &model, paths),
        What::List => list(&root, &model),
        What::Remove { paths } => remove(&root, &model, paths),
        What::Rebuild => rebuild(&root, &model),
    }
}

fn add(root: &Path, model: &Choice, paths: &[PathBuf]) -> Result<Exit, Stop> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = ignore::WalkBuilder::new(path).require_git(false).sort_by_file_name(Ord::cmp).build();
            for entry in found {
                let entry = entry.map_err(|error| Stop::mistake(format!("`{}`: {error}", path.display())))?;
                if entry.path().is_file() && is_document(entry.path()) {
                    files.push(entry.path().to_owned());
                }
            }
        } else {
            files.push(path.clone());
        }
    }
    if files.is_empty() {
        return Err(Stop::mistake("there is no `.md` or `.txt` file in what was named"));
    }
    let mut added: Vec<(String, String)> = Vec::new();
    for path in &files {
        if !is_document(path) {
            return Err(Stop::mistake(format!("`{}` is neither Markdown nor plain text", path.display()))
                .help("give `.md`, `.markdown` or `.txt` files"));
        }
        let one = (inside(root, path)?, read(path)?);
        if !added.iter().any(|known| known.0 == one.0) {
            added.push(one);
        }
    }
    let mut own = Own::open(root, model)?;
    let passages = own.change(&[], &added)?;
    print(&format!(
        "added {} with {}; the index holds {}\n",
        some(added.len(), "document", "documents"),
        some(passages, "passage", "passages"),
        some(own.documents().len(), "document", "documents")
    ))?;
    Ok(Exit::Clean)
}

fn list(root: &Path, model: &Choice) -> Result<Exit, Stop> {
    let own = Own::find(root, model)?;
    let documents = own.as_ref().map(Own::documents).unwrap_or_default();
    let mut out = String::new();
    for document in documents {
        let changed = match std::fs::read_to_string(root.join(&document.path)) {
            Ok(text) if crate::command::sha256(&text) == document.sha256 => "",
            Ok(_) => "  changed since: add it again",
            Err(_) => "  not there any more",
        };
        let passages = some(document.passages() as usize, "passage", "passages");
        out.push_str(&format!("{}  {passages}{changed}\n", document.path));
    }
    if documents.is_empty() {
        out = "no document was added: `compline index add policies/`\n".to_owned();
    }
    print(&out)?;
    Ok(Exit::Clean)
}

fn remove(root: &Path, model: &Choice, paths: &[PathBuf]) -> Result<Exit, Stop> {
    let mut own = Own::open(root, model)?;
    let mut gone = Vec::new();
    for path in paths {
        // A document that is no longer there can still be taken out, by the name it was listed with.
        let name = inside(root, path).unwrap_or_else(|_| path.to_string_lossy().replace('\\', "/"));
        let below = format!("{}/", name.trim_end_matches('/'));
        let found: Vec<String> = own
            .documents()
            .iter()
            .filter(|document| document.path == name || document.path.starts_with(&below))
            .map(|document| document.path.clone())
            .collect();
        if found.is_empty() {
            return Err(Stop::mistake(format!("`{}` is not in the index", path.display()))
                .help("`compline index list` lists what is"));
        }
        gone.extend(found);
    }
    own.change(&gone, &[])?;
    print(&format!("took out {}\n", some(gone.len(), "document", "documents")))?;
    Ok(Exit::Clean)
}

fn rebuild(root: &Path, model: &Choice) -> Result<Exit, Stop> {
    let (mut own, paths) = Own::anew(root, model)?;
    let mut added = Vec::new();
    for path in paths {
        match read(&root.join(&path)) {
            Ok(text) => added.push((path, text)),
            Err(stop) => tell(&format!("note: {}; it is left out", stop.message)),
        }
    }
    let passages = own.change(&[], &added)?;
    print(&format!(
        "built again: {} with {}\n",
        some(added.len(), "document", "documents"),
        some(passages, "passage", "passages")
    ))?;
    Ok(Exit::Clean)
}

fn is_document(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["md", "markdown", "txt"].iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

fn inside(root: &Path, path: &Path) -> Result<String, Stop> {
    let real = std::fs::canonicalize(path)
        .map_err(|error| Stop::mistake(format!("`{}` cannot be read: {error}", path.display())))?;
    relative(root, &real).ok_or_else(|| {
        Stop::mistake(format!("`{}` lies outside of the workspace `{}`", path.display(), root.display()))
            .help("name a wider one with `--root`")
    })
}

fn read(path: &Path) -> Result<String, Stop> {
    std::fs::read_to_string(path)
        .map_err(|error| Stop::mistake(format!("`{}` cannot be read: {error}", path.display())))
}
