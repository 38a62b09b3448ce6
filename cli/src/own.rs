//! The index of an organisation's own documents, as it lies below a workspace's root.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_index::embed::Embedder;
use compline_index::passage_index::{PassageHit, PassageIndex};
use compline_index::passages::passages;
use compline_index::vectors::Vectors;
use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;

use crate::embedder::Choice;
use crate::exit::Stop;
use crate::output::write_file;

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
}

/// The index, open.
pub struct Own {
    folder: PathBuf,
    manifest: Manifest,
    index: PassageIndex,
    embedder: Arc<dyn Embedder>,
}

impl Own {
    /// What was added below a root; nothing is opened where nothing was.
    ///
    /// # Errors
    /// That the index cannot be read, or was made with another model.
    pub fn find(root: &Path, model: &Choice) -> Result<Option<Self>, Stop> {
        if root.join(FOLDER).join(MANIFEST).is_file() { Self::open(root, model).map(Some) } else { Ok(None) }
    }

    /// As [`Own::find`]; where nothing was added an empty index is begun.
    ///
    /// # Errors
    /// As [`Own::find`].
    pub fn open(root: &Path, model: &Choice) -> Result<Self, Stop> {
        let folder = root.join(FOLDER);
        let rebuild = |error: String| Stop::failure(error).help(REBUILD);
        let unread = |path: &Path, error: &dyn std::fmt::Display| {
            rebuild(format!("`{}` cannot be read: {error}", path.display()))
        };
        let embedder = model.embedder()?;
        let path = folder.join(MANIFEST);
        let (manifest, vectors) = match std::fs::read_to_string(&path) {
            Ok(text) => {
                let manifest: Manifest =
                    serde_json::from_str(&text).map_err(|error| unread(&path, &error))?;
                if manifest.version != 1 {
                    return Err(rebuild(format!(
                        "`{}` is of version {}, this program reads 1",
                        path.display(),
                        manifest.version
                    )));
                }
                let path = folder.join(vectors_name(manifest.generation));
                let bytes = std::fs::read(&path).map_err(|error| unread(&path, &error))?;
                (manifest, Vectors::from_bytes(&bytes).map_err(rebuild)?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let manifest = Manifest { version: 1, generation: 0, documents: Vec::new() };
                (manifest, Vectors::new(embedder.identity().clone()))
            }
            Err(error) => return Err(unread(&path, &error)),
        };
        std::fs::create_dir_all(&folder)
            .map_err(|error| Stop::failure(format!("`{}` cannot be made: {error}", folder.display())))?;
        let directory = MmapDirectory::open(&folder).map_err(|error| unread(&folder, &error))?;
        let index = PassageIndex::open(directory, vectors, live(&manifest.documents), embedder.identity())
            .map_err(rebuild)?;
        Ok(Self { folder, manifest, index, embedder })
    }

    /// An empty index in the place of the one there is, which may be damaged; gives the paths that one held.
    ///
    /// # Errors
    /// The old one cannot be taken away.
    pub fn anew(root: &Path, model: &Choice) -> Result<(Self, Vec<String>), Stop> {
        let folder = root.join(FOLDER);
        let known = std::fs::read_to_string(folder.join(MANIFEST)).ok();
        let known: Option<serde_json::Value> = known.and_then(|text| serde_json::from_str(&text).ok());
        let paths: Vec<String> = known
            .as_ref()
            .and_then(|known| known.get("documents")?.as_array())
            .into_iter()
            .flatten()
            .filter_map(|document| document.get("path")?.as_str().map(str::to_owned))
            .collect();
        match std::fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Stop::failure(format!("`{}` cannot be taken away: {error}", folder.display())))
            }
            _ => Ok((Self::open(root, model)?, paths)),
        }
    }

    pub fn documents(&self) -> &[Document] {
        &self.manifest.documents
    }

    /// Takes files out and adds others (path and text); one that is there already is replaced. Gives the number
    /// of passages added.
    ///
    /// # Errors
    /// There would be too many, or the index cannot be written; then it is as it was.
    pub fn change(&mut self, gone: &[String], added: &[(String, String)]) -> Result<usize, Stop> {
        let cut: Vec<_> = added
            .iter()
            .map(|(path, text)| (path.clone(), passages(text, !path.ends_with(".txt"))))
            .collect();
        let mut out: Vec<String> = gone.to_vec();
        out.extend(added.iter().map(|(path, _)| path.clone()));
        let out: std::collections::HashSet<String> = out.into_iter().collect();
        let mut documents = self.manifest.documents.clone();
        documents.retain(|document| !out.contains(&document.path));
        let count: usize = cut.iter().map(|(_, passages)| passages.len()).sum();
        let all = count + documents.iter().map(|document| document.passages() as usize).sum::<usize>();
        if all > MOST {
            return Err(Stop::mistake(format!(
                "the documents have {all} passages, and the index holds {MOST}"
            ))
            .help("add fewer files, or take some out with `compline index remove`"));
        }
        let mut out: Vec<String> = out.into_iter().collect();
        out.sort();
        let rows = self.index.change(&out, &cut, &*self.embedder).map_err(Stop::failure)?;
        documents.extend(added.iter().zip(rows).map(|((path, text), rows)| Document {
            path: path.clone(),
            sha256: crate::command::sha256(text),
            rows: (rows.start, rows.end),
        }));
        documents.sort_by(|a, b| a.path.cmp(&b.path));
        self.index.set_live(live(&documents));
        let before = vectors_name(self.manifest.generation);
        self.manifest.generation += 1;
        self.manifest.documents = documents;
        write_file(
            &self.folder.join(vectors_name(self.manifest.generation)),
            &self.index.vectors().to_bytes(),
        )?;
        let text = serde_json::to_string(&self.manifest)
            .map_err(|error| Stop::failure(format!("the index cannot be written: {error}")))?;
        write_file(&self.folder.join(MANIFEST), text.as_bytes())?;
        let _ = std::fs::remove_file(self.folder.join(before));
        Ok(count)
    }

    /// The passages that answer a query best.
    ///
    /// # Errors
    /// That the index is damaged.
    pub fn search(&self, query: &str, limit: usize) -> Result<Vec<PassageHit>, Stop> {
        self.index.search(query, limit, &*self.embedder).map_err(|error| Stop::failure(error).help(REBUILD))
    }
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
