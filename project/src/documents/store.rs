//! The files of the index: a folder for each time it was written, and a manifest that says which of them counts.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Document, DocumentsError};
use crate::disk::{Folder, KEPT, WriteError};
use crate::facts::sha256;

pub(super) const VERSION: u64 = 2;
const FOLDER: &str = "index";
const MANIFEST: &str = "manifest.json";
/// The most bytes that are read of a manifest, and of all files together.
const LARGEST_MANIFEST: u64 = 64 << 20;
const LARGEST: u64 = 1 << 30;
/// How often it is read anew when somebody writes it meanwhile.
const TRIES: usize = 8;

/// `manifest.json`: what is in the index, and the files that make it up.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    version: u64,
    /// Counts the writes; each has a folder of its own.
    generation: u64,
    documents: Vec<Document>,
    /// Name in that folder → SHA-256, lower-case hexadecimal.
    files: BTreeMap<String, String>,
}

/// What an index is made of.
#[derive(Debug, Default)]
pub(super) struct Stored {
    pub(super) documents: Vec<Document>,
    /// Name and bytes.
    pub(super) files: Vec<(String, Vec<u8>)>,
}

/// Where it lies below a root.
pub(super) struct Store {
    root: PathBuf,
    /// Of what was read; 0 where there is none.
    generation: u64,
}

impl Store {
    /// What was written last; none where nothing was.
    ///
    /// # Errors
    /// It cannot be read, or is not what was written.
    pub(super) fn read(root: &Path) -> Result<(Self, Option<Stored>), DocumentsError> {
        let mut store = Self { root: root.to_owned(), generation: 0 };
        let mut tried = 0;
        loop {
            let Some(manifest) = store.manifest()? else { return Ok((store, None)) };
            store.generation = manifest.generation;
            match store.files(&manifest) {
                Ok(files) => return Ok((store, Some(Stored { documents: manifest.documents, files }))),
                Err(error) => {
                    // Whoever wrote meanwhile has taken the old folder away.
                    let newer = store.manifest()?.is_some_and(|one| one.generation != store.generation);
                    tried += 1;
                    if !newer || tried == TRIES {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// The place of an index that may be damaged, and the paths it held as far as its manifest can be read.
    ///
    /// # Errors
    /// The place is a link.
    pub(super) fn damaged(root: &Path) -> Result<(Self, Vec<String>), DocumentsError> {
        let store = Self { root: root.to_owned(), generation: 0 };
        let bytes = match store.folder()? {
            Some(folder) => folder.read(MANIFEST, LARGEST_MANIFEST)?,
            None => None,
        };
        let written = bytes.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
        let written = written.unwrap_or_default();
        let generation = written.get("generation").and_then(serde_json::Value::as_u64).unwrap_or_default();
        let documents = written.get("documents").and_then(|documents| documents.as_array());
        let paths = documents.into_iter().flatten();
        let paths = paths.filter_map(|document| document.get("path")?.as_str().map(str::to_owned));
        Ok((Self { generation, ..store }, paths.collect()))
    }

    fn place(&self) -> PathBuf {
        Path::new(KEPT).join(FOLDER)
    }

    fn folder(&self) -> Result<Option<Folder>, WriteError> {
        Folder::find(&self.root, &self.place())
    }

    fn manifest(&self) -> Result<Option<Manifest>, DocumentsError> {
        let Some(folder) = self.folder()? else { return Ok(None) };
        let Some(bytes) = folder.read(MANIFEST, LARGEST_MANIFEST)? else { return Ok(None) };
        let path = self.root.join(self.place()).join(MANIFEST);
        let unreadable = |error: serde_json::Error| DocumentsError::IndexFile {
            path: path.clone(),
            error: error.to_string(),
        };
        let version: serde_json::Value = serde_json::from_slice(&bytes).map_err(unreadable)?;
        match version.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => serde_json::from_slice(&bytes).map(Some).map_err(unreadable),
            Some(version) => Err(DocumentsError::Version { path, version }),
            None => Err(DocumentsError::Damaged { path }),
        }
    }

    fn files(&self, manifest: &Manifest) -> Result<Vec<(String, Vec<u8>)>, DocumentsError> {
        let place = self.place().join(named(manifest.generation));
        let damaged = |name: &str| DocumentsError::Damaged { path: self.root.join(&place).join(name) };
        let Some(folder) = Folder::find(&self.root, &place)? else { return Err(damaged("")) };
        let (mut files, mut left) = (Vec::new(), LARGEST);
        for (name, digest) in &manifest.files {
            if !is_name(name) {
                return Err(damaged(MANIFEST));
            }
            let bytes = folder.read(name, left)?.ok_or_else(|| damaged(name))?;
            if sha256(&bytes) != *digest {
                return Err(damaged(name));
            }
            left = left.saturating_sub(bytes.len() as u64);
            files.push((name.clone(), bytes));
        }
        Ok(files)
    }

    /// Writes an index beside the one there is, and puts it in its place.
    ///
    /// # Errors
    /// It cannot be written; then the old one counts.
    pub(super) fn write(
        &mut self,
        documents: &[Document],
        files: &[(String, Vec<u8>)],
    ) -> Result<(), DocumentsError> {
        let folder = Folder::below(&self.root, &self.place())?;
        let generation = self.generation.wrapping_add(1);
        let name = named(generation);
        // One of this name was begun and cut off.
        folder.remove(&name)?;
        let beside = folder.folder(&name)?;
        let written = files.iter().try_for_each(|(name, bytes)| beside.write(name, bytes));
        let manifest = Manifest {
            version: VERSION,
            generation,
            documents: documents.to_vec(),
            files: files.iter().map(|(name, bytes)| (name.clone(), sha256(bytes))).collect(),
        };
        let text =
            serde_json::to_vec(&manifest).map_err(|error| DocumentsError::Manifest(error.to_string()))?;
        if let Err(error) = written.and_then(|()| folder.write(MANIFEST, &text)) {
            let _ = folder.remove(&name);
            return Err(error.into());
        }
        self.generation = generation;
        // What counts no longer does no harm where it cannot be taken away.
        for old in folder.names().into_iter().filter(|one| *one != name && *one != MANIFEST) {
            let _ = folder.remove(&old);
        }
        Ok(())
    }
}

fn named(generation: u64) -> String {
    format!("{generation}")
}

/// Whether it is one name, and no path.
fn is_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
}
