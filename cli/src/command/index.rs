//! `compline index`: an organisation's own documents, to be searched and cited.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use crate::config::Config;
use crate::embedder::{Choice, Named};
use crate::exit::{Exit, Stop};
use crate::output::{print, show, tell};
use crate::own::{Document, Own};
use crate::place::Place;
use crate::render::pluralize;
use crate::text;
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
    List {
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Format,
    },
    /// Take documents out
    Remove {
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<PathBuf>,
    },
    /// Read all documents anew, with the model that is chosen
    Rebuild,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let place = Place::find(&[], arguments.root.as_deref())?;
    let model = Choice::of(&arguments.embedder, &Config::find(&place.nearest, &place.root)?);
    let root = place.root;
    match &arguments.what {
        What::Add { paths } => add(&root, &model, paths),
        What::List { format } => list(&root, &model, *format),
        What::Remove { paths } => remove(&root, &model, paths),
        What::Rebuild => rebuild(&root, &model),
    }
}

fn add(root: &Path, model: &Choice, paths: &[PathBuf]) -> Result<Exit, Stop> {
    let mut left_out: Vec<String> = Vec::new();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let found = ignore::WalkBuilder::new(path).require_git(false).sort_by_file_name(Ord::cmp).build();
            for entry in found {
                match entry {
                    // What is not there is a link that leads nowhere.
                    Ok(entry) if is_document(entry.path()) && !entry.path().is_dir() => {
                        files.push(entry.path().to_owned());
                    }
                    Ok(_) => {}
                    Err(error) => left_out.push(format!("`{}`: {error}", path.display())),
                }
            }
        } else if is_document(path) {
            files.push(path.clone());
        } else {
            return Err(Stop::mistake(format!("`{}` is neither Markdown nor plain text", path.display()))
                .help("give `.md`, `.markdown` or `.txt` files"));
        }
    }
    if files.is_empty() && left_out.is_empty() {
        return Err(Stop::mistake("there is no `.md` or `.txt` file in what was named"));
    }
    let mut added: Vec<(String, String)> = Vec::new();
    for path in &files {
        let read = inside(root, path).and_then(|name| Ok((name, text::read(path).map_err(Stop::mistake)?)));
        match read {
            Ok(one) if added.iter().any(|known| known.0 == one.0) => {}
            Ok(one) => added.push(one),
            // A single file that cannot be added is the whole command.
            Err(stop) if files.len() == 1 => return Err(stop),
            Err(stop) => left_out.push(stop.message),
        }
    }
    for what in &left_out {
        tell(&format!("error: {what}; it is left out"));
    }
    let mut own = Own::open(root, model)?;
    let passages = own.change(&[], &added)?;
    print(&format!(
        "added {} with {}; the index holds {}\n",
        pluralize(added.len(), "document", "documents"),
        pluralize(passages, "passage", "passages"),
        pluralize(own.documents().len(), "document", "documents")
    ))?;
    Ok(if left_out.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

fn list(root: &Path, model: &Choice, format: Format) -> Result<Exit, Stop> {
    let own = Own::find(root, model)?;
    let documents = own.as_ref().map(Own::documents).unwrap_or_default();
    let state = |document: &Document| match text::read(&root.join(&document.path)) {
        Ok(text) if crate::command::sha256(&text) == document.sha256 => ("current", ""),
        Ok(_) => ("changed", "  changed since: add it again"),
        Err(_) => ("gone", "  not there any more, or no text"),
    };
    if matches!(format, Format::Json) {
        let told: Vec<_> = documents
            .iter()
            .map(|document| {
                json!({ "file": document.path, "passages": document.passages(), "state": state(document).0 })
            })
            .collect();
        print(&format!("{:#}\n", json!({ "version": 1, "documents": told })))?;
        return Ok(Exit::Clean);
    }
    let mut out = String::new();
    for document in documents {
        let passages = pluralize(document.passages() as usize, "passage", "passages");
        out.push_str(&format!("{}  {passages}{}\n", document.path, state(document).1));
    }
    if documents.is_empty() {
        out = "no document was added: `compline index add policies/`\n".to_owned();
    }
    show(&out)?;
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
    print(&format!("took out {}\n", pluralize(gone.len(), "document", "documents")))?;
    Ok(Exit::Clean)
}

fn rebuild(root: &Path, model: &Choice) -> Result<Exit, Stop> {
    let (mut own, paths) = Own::anew(root, model)?;
    let mut added = Vec::new();
    for path in paths {
        match text::read(&root.join(&path)) {
            Ok(text) => added.push((path, text)),
            Err(why) => tell(&format!("note: {why}; it is left out")),
        }
    }
    let passages = own.change(&[], &added)?;
    print(&format!(
        "built again: {} with {}\n",
        pluralize(added.len(), "document", "documents"),
        pluralize(passages, "passage", "passages")
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
