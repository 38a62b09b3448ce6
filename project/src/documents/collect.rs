//! The texts that are to be added, and the names of those that are to go.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::overrides::Override;

use super::{Document, DocumentsError};
use crate::disk::{Disk, is_folder, real_path};
use crate::ignored::Rules;
use crate::text;
use crate::walk::relative;

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
    let disk = Arc::new(Disk::open(root).map_err(DocumentsError::Root)?);
    let mut collected = Collected::default();
    let mut files = Vec::new();
    for path in paths {
        if is_folder(path) {
            // Not even the names of what lies elsewhere are read.
            if let Err(error) = inside(root, path) {
                if paths.len() == 1 {
                    return Err(error);
                }
                collected.left_out.push(error);
                continue;
            }
            let mut builder = ignore::WalkBuilder::new(path);
            builder.standard_filters(false).sort_by_file_name(Ord::cmp);
            let real = real_path(path).map_err(|error| DocumentsError::Path { path: path.clone(), error })?;
            let rules = Rules::new(Arc::clone(&disk), Override::empty()).from(path, real);
            builder.filter_entry(move |entry| !rules.pass_over(entry));
            for entry in builder.build() {
                match entry {
                    // What is not there is a link that leads nowhere.
                    Ok(entry) if is_document(entry.path()) && !is_folder(entry.path()) => {
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
        let read = inside(root, path).and_then(|name| {
            let text = text::read_inside(&disk, &name)?;
            Ok((name, text))
        });
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
