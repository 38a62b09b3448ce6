//! `compline index`: an organisation's own documents, to be searched and cited.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use compline_project::disk::Disk;
use compline_project::documents::{Collected, DocumentState, collect, indexed};
use compline_project::{Config, DocumentIndex, ModelChoice, RootSelection, text};
use compline_reporter::escape::Lines;
use serde_json::json;

use crate::arguments::EmbedderArgument;
use crate::exit::{Exit, Stop};
use crate::output::{print_json, say, show, tell};
use crate::render::format::ListFormat;
use crate::render::pluralize;

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
    embedder: EmbedderArgument,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Add files, or the `.md` and `.txt` files of directories; documents that are there already are read again
    Add {
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<PathBuf>,
    },
    /// List the documents
    List {
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: ListFormat,
    },
    /// Remove documents
    Remove {
        #[arg(required = true, value_name = "PATHS")]
        paths: Vec<PathBuf>,
    },
    /// Read all documents again, with the chosen model
    Rebuild,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let RootSelection { root, nearest, .. } = RootSelection::find(&[], arguments.root.as_deref())?;
    let model = ModelChoice::of(arguments.embedder.embedder.as_deref(), &Config::find(&nearest, &root)?);
    match &arguments.what {
        What::Add { paths } => add(&root, &model, paths),
        What::List { format } => list(&root, &model, *format),
        What::Remove { paths } => remove(&root, &model, paths),
        What::Rebuild => rebuild(&root, &model),
    }
}

fn add(root: &Path, model: &ModelChoice, paths: &[PathBuf]) -> Result<Exit, Stop> {
    let Collected { texts, left_out } = collect(root, paths)?;
    for error in &left_out {
        tell(&format!("error: {error}; it is left out"));
    }
    let mut index = DocumentIndex::open(root, model)?;
    let passages = index.change(&[], &texts)?;
    say(format!(
        "added {} with {}; the index holds {}",
        pluralize(texts.len(), "document", "documents"),
        pluralize(passages, "passage", "passages"),
        pluralize(index.documents().len(), "document", "documents")
    ))?;
    Ok(if left_out.is_empty() { Exit::Clean } else { Exit::Incomplete })
}

fn list(root: &Path, model: &ModelChoice, format: ListFormat) -> Result<Exit, Stop> {
    let disk = Disk::open(root).map_err(compline_project::Error::from)?;
    let index = DocumentIndex::find(root, model)?;
    let documents = index.as_ref().map(DocumentIndex::documents).unwrap_or_default();
    if matches!(format, ListFormat::Json) {
        let listed: Vec<_> = documents
            .iter()
            .map(|document| {
                let state = match document.state(&disk) {
                    DocumentState::Current => "current",
                    DocumentState::Changed => "changed",
                    DocumentState::Gone => "gone",
                };
                json!({ "file": document.path, "passages": document.passages(), "state": state })
            })
            .collect();
        print_json(&json!({ "version": 1, "documents": listed }))?;
        return Ok(Exit::Clean);
    }
    let mut out = Lines::new();
    for document in documents {
        let passages = pluralize(document.passages() as usize, "passage", "passages");
        let state = match document.state(&disk) {
            DocumentState::Current => "",
            DocumentState::Changed => "  changed since: add it again",
            DocumentState::Gone => "  not there any more, or no text",
        };
        out.line(format!("{}  {passages}{state}", document.path));
    }
    if documents.is_empty() {
        out.line("no document was added: `compline index add policies/`");
    }
    show(out)?;
    Ok(Exit::Clean)
}

fn remove(root: &Path, model: &ModelChoice, paths: &[PathBuf]) -> Result<Exit, Stop> {
    let mut index = DocumentIndex::open(root, model)?;
    let gone = indexed(root, paths, index.documents())?;
    index.change(&gone, &[])?;
    say(format!("took out {}", pluralize(gone.len(), "document", "documents")))?;
    Ok(Exit::Clean)
}

fn rebuild(root: &Path, model: &ModelChoice) -> Result<Exit, Stop> {
    let disk = Disk::open(root).map_err(compline_project::Error::from)?;
    let (mut index, paths) = DocumentIndex::anew(root, model)?;
    let mut added = Vec::new();
    for path in paths {
        match text::read_inside(&disk, &path) {
            Ok(text) => added.push((path, text)),
            Err(error) => tell(&format!("note: {error}; it is left out")),
        }
    }
    let passages = index.change(&[], &added)?;
    say(format!(
        "built again: {} with {}",
        pluralize(added.len(), "document", "documents"),
        pluralize(passages, "passage", "passages")
    ))?;
    Ok(Exit::Clean)
}
