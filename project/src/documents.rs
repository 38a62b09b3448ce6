//! The index of an organisation's own documents, as it lies below a workspace's root.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_index::embed::Embedder;
use compline_index::passage_index::{PassageHit, PassageIndex};
use compline_index::passages::passages;
use compline_index::vectors::Vectors;
use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;

use crate::disk::{
    WriteError, create_folder, read_bytes, read_if_there, real_path, remove_file, remove_folder, write_file,
};
use crate::error::{Detail, ErrorKind};
use crate::facts::sha256;
use crate::model::{ModelChoice, ModelError};
use crate::text::{self, TextError};
use crate::walk::relative;

/// Below the root.
const FOLDER: &str = ".compline/index";
const REBUILD: &str = "`compline index rebuild` builds it again; `--embedder MODEL` (or `embedder: MODEL` in `compline.yaml`) says with which model";
const MANIFEST: &str = "manifest.json";
/// Passages one index holds: what a query is compared with stays within its time.
const MOST: usize = 50_000;

/// `manifest.json`: what is in the index, and which file of vectors belongs to it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u32,
    /// Counts the writes; each has a file of vectors of its own.
    generation: u64,
    documents: Vec<Document>,
}

/// What is wrong with the index, or with what should be added to it.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    #[error("`{}` cannot be read: {error}", path.display())]
    IndexFile { path: PathBuf, error: String },
    #[error("`{}` is of version {version}, this program reads 1", path.display())]
    Version { path: PathBuf, version: u32 },
    /// It is damaged, or was made with another model.
    #[error("{0}")]
    Unusable(String),
    #[error("{0}")]
    Index(String),
    #[error("the index cannot be written: {0}")]
    Manifest(String),
    #[error("the documents have {passages} passages, and the index holds {MOST}")]
    TooMany { passages: usize },
    #[error("`{}` is neither Markdown nor plain text", path.display())]
    NoDocument { path: PathBuf },
    #[error("there is no `.md` or `.txt` file in what was named")]
    Nothing,
    #[error("`{}` is not in the index", path.display())]
    NotIndexed { path: PathBuf },
    #[error("`{}` cannot be read: {error}", path.display())]
    Path { path: PathBuf, error: std::io::Error },
    #[error("`{}` lies outside of the workspace `{}`", path.display(), root.display())]
    Outside { path: PathBuf, root: PathBuf },
    #[error("`{}`: {error}", path.display())]
    Walk { path: PathBuf, error: String },
    #[error(transparent)]
    Text(#[from] TextError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Write(#[from] WriteError),
}

impl Detail for DocumentsError {
    fn kind(&self) -> ErrorKind {
        match self {
            DocumentsError::Model(error) => error.kind(),
            DocumentsError::IndexFile { .. }
            | DocumentsError::Version { .. }
            | DocumentsError::Unusable(_)
            | DocumentsError::Index(_)
            | DocumentsError::Manifest(_)
            | DocumentsError::Write(_) => ErrorKind::Failure,
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            DocumentsError::IndexFile { .. }
            | DocumentsError::Version { .. }
            | DocumentsError::Unusable(_) => REBUILD,
            DocumentsError::TooMany { .. } => {
                "add fewer files, or take some out with `compline index remove`"
            }
            DocumentsError::NoDocument { .. } => "give `.md`, `.markdown` or `.txt` files",
            DocumentsError::NotIndexed { .. } => "`compline index list` lists what is",
            DocumentsError::Outside { .. } => "name a wider one with `--root`",
            DocumentsError::Model(error) => return error.help(),
            _ => return None,
        };
        Some(help.to_owned())
    }
}

/// How a file stands to what was added of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentState {
    Current,
    Changed,
    /// It is not there any more, or no text.
    Gone,
}

/// One file that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// From the root, with `/`.
    pub path: String,
    pub sha256: String,
    /// First row of its passages, and the one after the last.
    pub rows: (u32, u32),
}

impl Document {
    pub fn passages(&self) -> u32 {
        self.rows.1.saturating_sub(self.rows.0)
    }

    /// How its file below a root stands to what was added of it.
    pub fn state(&self, root: &Path) -> DocumentState {
        match text::read(&root.join(&self.path)) {
            Ok(text) if sha256(text.as_bytes()) == self.sha256 => DocumentState::Current,
            Ok(_) => DocumentState::Changed,
            Err(_) => DocumentState::Gone,
        }
    }
}

/// The index, open.
pub struct DocumentIndex {
    folder: PathBuf,
    manifest: Manifest,
    index: PassageIndex,
    embedder: Arc<dyn Embedder>,
}

impl DocumentIndex {
    /// What was added below a root; nothing is opened where nothing was.
    ///
    /// # Errors
    /// That the index cannot be read, or was made with another model.
    pub fn find(root: &Path, model: &ModelChoice) -> Result<Option<Self>, DocumentsError> {
        if root.join(FOLDER).join(MANIFEST).is_file() { Self::open(root, model).map(Some) } else { Ok(None) }
    }

    /// As [`DocumentIndex::find`]; where nothing was added an empty index is begun.
    ///
    /// # Errors
    /// As [`DocumentIndex::find`].
    pub fn open(root: &Path, model: &ModelChoice) -> Result<Self, DocumentsError> {
        let folder = root.join(FOLDER);
        let unreadable =
            |path: &Path, error: String| DocumentsError::IndexFile { path: path.to_owned(), error };
        let embedder = model.embedder()?;
        let path = folder.join(MANIFEST);
        let written = read_if_there(&path).map_err(|error| unreadable(&path, error.to_string()))?;
        let (manifest, vectors) = match written {
            Some(text) => {
                let manifest: Manifest =
                    serde_json::from_str(&text).map_err(|error| unreadable(&path, error.to_string()))?;
                if manifest.version != 1 {
                    return Err(DocumentsError::Version { path, version: manifest.version });
                }
                let path = folder.join(vectors_name(manifest.generation));
                let bytes = read_bytes(&path).map_err(|error| unreadable(&path, error.to_string()))?;
                let vectors = Vectors::from_bytes(&bytes)
                    .map_err(|error| DocumentsError::Unusable(error.to_string()))?;
                (manifest, vectors)
            }
            None => {
                let manifest = Manifest { version: 1, generation: 0, documents: Vec::new() };
                (manifest, Vectors::new(embedder.identity().clone()))
            }
        };
        create_folder(&folder)?;
        let directory =
            MmapDirectory::open(&folder).map_err(|error| unreadable(&folder, error.to_string()))?;
        let index = PassageIndex::open(directory, vectors, live(&manifest.documents), embedder.identity())
            .map_err(|error| DocumentsError::Unusable(error.to_string()))?;
        Ok(Self { folder, manifest, index, embedder })
    }

    /// An empty index in the place of the one there is, which may be damaged; gives the paths that one held.
    ///
    /// # Errors
    /// The old one cannot be taken away.
    pub fn anew(root: &Path, model: &ModelChoice) -> Result<(Self, Vec<String>), DocumentsError> {
        let folder = root.join(FOLDER);
        let written = read_if_there(&folder.join(MANIFEST)).ok().flatten();
        let written: Option<serde_json::Value> = written.and_then(|text| serde_json::from_str(&text).ok());
        let paths: Vec<String> = written
            .as_ref()
            .and_then(|written| written.get("documents")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(|document| document.get("path")?.as_str().map(str::to_owned))
            .collect();
        remove_folder(&folder)?;
        Ok((Self::open(root, model)?, paths))
    }

    pub fn documents(&self) -> &[Document] {
        &self.manifest.documents
    }

    /// Takes files out and adds others (path and text); one that is there already is replaced. Gives the number
    /// of passages added.
    ///
    /// # Errors
    /// There would be too many, or the index cannot be written; then it is as it was.
    pub fn change(&mut self, gone: &[String], added: &[(String, String)]) -> Result<usize, DocumentsError> {
        let cut: Vec<_> = added
            .iter()
            .map(|(path, text)| (path.clone(), passages(text, !path.ends_with(".txt"))))
            .collect();
        let out: HashSet<&String> = gone.iter().chain(added.iter().map(|(path, _)| path)).collect();
        let mut documents = self.manifest.documents.clone();
        documents.retain(|document| !out.contains(&document.path));
        let count: usize = cut.iter().map(|(_, passages)| passages.len()).sum();
        let all = count + documents.iter().map(|document| document.passages() as usize).sum::<usize>();
        if all > MOST {
            return Err(DocumentsError::TooMany { passages: all });
        }
        let mut out: Vec<String> = out.into_iter().cloned().collect();
        out.sort();
        let rows = self
            .index
            .change(&out, &cut, &*self.embedder)
            .map_err(|error| DocumentsError::Index(error.to_string()))?;
        documents.extend(added.iter().zip(rows).map(|((path, text), rows)| Document {
            path: path.clone(),
            sha256: sha256(text.as_bytes()),
            rows: (rows.start, rows.end),
        }));
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        self.index.set_live(live(&documents));
        let before = vectors_name(self.manifest.generation);
        self.manifest.generation += 1;
        self.manifest.documents = documents;
        let vectors = self.folder.join(vectors_name(self.manifest.generation));
        write_file(&vectors, &self.index.vectors().to_bytes())?;
        let text = serde_json::to_string(&self.manifest)
            .map_err(|error| DocumentsError::Manifest(error.to_string()))?;
        write_file(&self.folder.join(MANIFEST), text.as_bytes())?;
        remove_file(&self.folder.join(before));
        Ok(count)
    }

    /// The passages that answer a query best.
    ///
    /// # Errors
    /// That the index is damaged.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<PassageHit>, DocumentsError> {
        self.index
            .search(query, limit, &*self.embedder)
            .map_err(|error| DocumentsError::Unusable(error.to_string()))
    }
}

/// Texts that were found for the index.
#[derive(Debug, Default)]
pub struct Collected {
    /// Path from the root, and text; each path once.
    pub texts: Vec<(String, String)>,
    /// What cannot be added.
    pub left_out: Vec<DocumentsError>,
}

/// The texts of files, and of the Markdown and plain text files of directories.
///
/// # Errors
/// A file is no document, there is none at all, or the only one cannot be read.
pub fn collect(root: &Path, paths: &[PathBuf]) -> Result<Collected, DocumentsError> {
    let mut collected = Collected::default();
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
                    Err(error) => collected
                        .left_out
                        .push(DocumentsError::Walk { path: path.clone(), error: error.to_string() }),
                }
            }
        } else if is_document(path) {
            files.push(path.clone());
        } else {
            return Err(DocumentsError::NoDocument { path: path.clone() });
        }
    }
    if files.is_empty() && collected.left_out.is_empty() {
        return Err(DocumentsError::Nothing);
    }
    for path in &files {
        let read = inside(root, path).and_then(|name| Ok((name, text::read(path)?)));
        match read {
            Ok(one) if collected.texts.iter().any(|earlier| earlier.0 == one.0) => {}
            Ok(one) => collected.texts.push(one),
            // A single file that cannot be added is the whole command.
            Err(error) if files.len() == 1 => return Err(error),
            Err(error) => collected.left_out.push(error),
        }
    }
    Ok(collected)
}

/// The names in the index of files and directories. One that is no longer there is known by the name it was listed
/// with.
///
/// # Errors
/// One that is not in the index.
pub fn indexed(
    root: &Path,
    paths: &[PathBuf],
    documents: &[Document],
) -> Result<Vec<String>, DocumentsError> {
    let mut names = Vec::new();
    for path in paths {
        let name = inside(root, path).unwrap_or_else(|_| path.to_string_lossy().replace('\\', "/"));
        let below = format!("{}/", name.trim_end_matches('/'));
        let found = documents
            .iter()
            .map(|document| &document.path)
            .filter(|path| **path == name || path.starts_with(&below));
        let before = names.len();
        names.extend(found.cloned());
        if names.len() == before {
            return Err(DocumentsError::NotIndexed { path: path.clone() });
        }
    }
    Ok(names)
}

fn is_document(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ["md", "markdown", "txt"].iter().any(|one| ending.eq_ignore_ascii_case(one)))
}

fn inside(root: &Path, path: &Path) -> Result<String, DocumentsError> {
    let real = real_path(path).map_err(|error| DocumentsError::Path { path: path.to_owned(), error })?;
    relative(root, &real)
        .ok_or_else(|| DocumentsError::Outside { path: path.to_owned(), root: root.to_owned() })
}

fn vectors_name(generation: u64) -> String {
    format!("vectors-{generation}.bin")
}

/// Rows in force; those that touch are one range.
fn live(documents: &[Document]) -> Vec<Range<u32>> {
    let mut rows: Vec<Range<u32>> =
        documents.iter().map(|document| document.rows.0..document.rows.1).collect();
    rows.sort_by_key(|range| range.start);
    let mut out: Vec<Range<u32>> = Vec::new();
    for range in rows {
        match out.last_mut().filter(|last| last.end == range.start) {
            Some(last) => last.end = range.end,
            None => out.push(range),
        }
    }
    out
}
