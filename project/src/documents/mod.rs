//! What an organisation added of its own documents: an index below the root, and what is in it.
//!
//! INVARIANTS: a write makes all files anew in a folder of their own, and the manifest, replaced last, says which folder
//! counts: a write that is cut off leaves the index as it was. What is opened is what was written, by its digests; what
//! the index library cannot take is an error.

mod collect;
mod store;

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_iac::redact::{DigestKey, plain_text};
use compline_index::embed::Embedder;
use compline_index::passage_index::{PassageFiles, PassageHit, PassageIndex};
use compline_index::passages::passages;
use compline_index::vectors::Vectors;
use serde::{Deserialize, Serialize};

pub use self::collect::{Collected, collect, indexed};
use self::store::{Store, Stored};
use crate::caught::caught;
use crate::disk::{Disk, Lock, LockOn, ReadError, WriteError};
use crate::error::{Detail, ErrorKind};
use crate::facts::sha256;
use crate::model::{ModelChoice, ModelError};
use crate::open::digest_key;
use crate::text::{self, TextError};

const REBUILD: &str = "`compline index rebuild` builds it again; `--embedder MODEL` (or `embedder: MODEL` in `compline.yaml`) says with which model";
/// Passages one index holds: what a query is compared with stays within its time.
const MOST: usize = 50_000;
/// The file of the vectors, beside those of the full text.
const VECTORS: &str = "vectors.bin";

/// What is wrong with the index, or with what should be added to it.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    #[error("`{}` cannot be read: {error}", path.display())]
    IndexFile { path: PathBuf, error: String },
    #[error("`{}` is of version {version}, this program reads {}", path.display(), store::VERSION)]
    Version { path: PathBuf, version: u64 },
    /// A file of the index is not what its manifest says.
    #[error("`{}` is damaged: it is not what was written", path.display())]
    Damaged { path: PathBuf },
    #[error(transparent)]
    Root(ReadError),
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
            | DocumentsError::Damaged { .. }
            | DocumentsError::Unusable(_)
            | DocumentsError::Index(_)
            | DocumentsError::Manifest(_) => ErrorKind::Failure,
            DocumentsError::Write(error) => error.kind(),
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            DocumentsError::IndexFile { .. }
            | DocumentsError::Version { .. }
            | DocumentsError::Damaged { .. }
            | DocumentsError::Unusable(_) => REBUILD,
            DocumentsError::TooMany { .. } => {
                "add fewer files, or take some out with `compline index remove`"
            }
            DocumentsError::NoDocument { .. } => "give `.md`, `.markdown` or `.txt` files",
            DocumentsError::NotIndexed { .. } => "`compline index list` lists what is",
            DocumentsError::Outside { .. } => "name a wider one with `--root`",
            DocumentsError::Model(error) => return error.help(),
            DocumentsError::Write(error) => return error.help(),
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

    /// How its file in a workspace stands to what was added of it.
    pub fn state(&self, disk: &Disk) -> DocumentState {
        match text::read_inside(disk, &self.path) {
            Ok(text) if sha256(text.as_bytes()) == self.sha256 => DocumentState::Current,
            Ok(_) => DocumentState::Changed,
            Err(_) => DocumentState::Gone,
        }
    }
}

/// The index, open.
pub struct DocumentIndex {
    store: Store,
    documents: Vec<Document>,
    files: PassageFiles,
    index: PassageIndex,
    embedder: Arc<dyn Embedder>,
    /// What the digests of hidden values are keyed with.
    key: DigestKey,
    /// Held from reading to writing; none where it is only read.
    _lock: Option<Lock>,
}

impl DocumentIndex {
    /// What was added below a root, to be read; nothing is opened where nothing was.
    ///
    /// # Errors
    /// That the index cannot be read, or was made with another model.
    pub fn find(root: &Path, model: &ModelChoice) -> Result<Option<Self>, DocumentsError> {
        let (store, stored) = Store::read(root)?;
        stored.map(|stored| Self::of(store, root, Some(stored), model, None)).transpose()
    }

    /// The same, to be written: others that write wait. Where nothing was added an empty index is begun.
    ///
    /// # Errors
    /// As [`DocumentIndex::find`].
    pub fn open(root: &Path, model: &ModelChoice) -> Result<Self, DocumentsError> {
        let lock = Disk::lock(root, LockOn::Index)?;
        let (store, stored) = Store::read(root)?;
        Self::of(store, root, stored, model, Some(lock))
    }

    /// An empty index that takes the place of the one there is, which may be damaged, when it is written; gives the
    /// paths that one held.
    ///
    /// # Errors
    /// The place cannot be had.
    pub fn anew(root: &Path, model: &ModelChoice) -> Result<(Self, Vec<String>), DocumentsError> {
        let lock = Disk::lock(root, LockOn::Index)?;
        let (store, paths) = Store::damaged(root)?;
        Ok((Self::of(store, root, None, model, Some(lock))?, paths))
    }

    fn of(
        store: Store,
        root: &Path,
        stored: Option<Stored>,
        model: &ModelChoice,
        lock: Option<Lock>,
    ) -> Result<Self, DocumentsError> {
        let embedder = model.embedder()?;
        let Stored { documents, files } = stored.unwrap_or_default();
        let vectors = files.iter().find(|(name, _)| name == VECTORS);
        let vectors = match vectors {
            Some((_, bytes)) => {
                Vectors::from_bytes(bytes).map_err(|error| DocumentsError::Unusable(error.to_string()))?
            }
            None => Vectors::new(embedder.identity().clone()),
        };
        let text = files.iter().filter(|(name, _)| name != VECTORS);
        let files = PassageFiles::of(text.map(|(name, bytes)| (name.as_str(), bytes.as_slice())))
            .map_err(DocumentsError::Index)?;
        let index = guarded(|| PassageIndex::open(&files, vectors, live(&documents), embedder.identity()))?
            .map_err(DocumentsError::Unusable)?;
        Ok(Self { store, documents, files, index, embedder, key: digest_key(root), _lock: lock })
    }

    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// Takes files out and adds others (path and text); one that is there already is replaced. Gives the number
    /// of passages added.
    ///
    /// # Errors
    /// There would be too many, or the index cannot be written; then what lies on disk is as it was.
    pub fn change(&mut self, gone: &[String], added: &[(String, String)]) -> Result<usize, DocumentsError> {
        let cut: Vec<_> = added
            .iter()
            .map(|(path, text)| (path.clone(), passages(text, !path.ends_with(".txt"))))
            .collect();
        let out: HashSet<&String> = gone.iter().chain(added.iter().map(|(path, _)| path)).collect();
        let mut documents = self.documents.clone();
        documents.retain(|document| !out.contains(&document.path));
        let count: usize = cut.iter().map(|(_, passages)| passages.len()).sum();
        let all = count + documents.iter().map(|document| document.passages() as usize).sum::<usize>();
        if all > MOST {
            return Err(DocumentsError::TooMany { passages: all });
        }
        let mut out: Vec<String> = out.into_iter().cloned().collect();
        out.sort();
        let (index, embedder) = (&mut self.index, &self.embedder);
        let rows = guarded(|| index.change(&out, &cut, &**embedder))?.map_err(DocumentsError::Index)?;
        documents.extend(added.iter().zip(rows).map(|((path, text), rows)| Document {
            path: path.clone(),
            sha256: sha256(text.as_bytes()),
            rows: (rows.start, rows.end),
        }));
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        self.index.set_live(live(&documents));
        let mut files = self.files.files().map_err(DocumentsError::Index)?;
        files.push((VECTORS.to_owned(), self.index.vectors().to_bytes()));
        self.store.write(&documents, &files)?;
        self.documents = documents;
        Ok(count)
    }

    /// The passages that answer a query best, secrets in them hidden.
    ///
    /// # Errors
    /// That the index is damaged.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<PassageHit>, DocumentsError> {
        let found = guarded(|| self.index.search(query, limit, &*self.embedder))?;
        let hide = |text: &str| plain_text(&self.key, text).into_owned();
        let hidden = |hit: PassageHit| PassageHit { title: hide(&hit.title), text: hide(&hit.text), ..hit };
        Ok(found.map_err(DocumentsError::Unusable)?.into_iter().map(hidden).collect())
    }
}

/// What the index library gives up on is an index that cannot be used.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, DocumentsError> {
    caught(work)
        .map_err(|why| DocumentsError::Unusable(format!("the index of your documents cannot be read: {why}")))
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
