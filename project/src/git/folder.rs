//! Where a repository keeps what it knows of a worktree.

use std::path::{Path, PathBuf};

use crate::disk::{Sort, open_parts, real_path, sort};

/// A page that names a folder; what is longer is none.
const LONGEST: u64 = 4096;

/// The folders behind a worktree, without links.
#[derive(Debug)]
pub(super) struct Folder {
    /// What belongs to this worktree: `HEAD`.
    pub own: PathBuf,
    /// What all worktrees share: references and objects.
    pub common: PathBuf,
    /// The directory that holds `.git`.
    pub worktree: PathBuf,
}

/// The repository that holds a directory (without links): the nearest `.git` in it or above it. A bare repository
/// among the files is none: whoever wrote the files wrote it.
///
/// # Errors
/// There is one, and why it cannot be used.
pub(super) fn find(root: &Path) -> Result<Option<Folder>, String> {
    for worktree in root.ancestors() {
        let path = worktree.join(".git");
        match sort(&path) {
            Sort::Nothing => {}
            Sort::Directory => {
                let (own, common) = (path.clone(), path);
                return Ok(Some(Folder { own, common, worktree: worktree.to_owned() }));
            }
            Sort::File => return linked(worktree).map(Some),
            Sort::Link => return Err("`.git` is a link, which is not followed".to_owned()),
            Sort::Other => return Err("`.git` is neither a directory nor a file".to_owned()),
        }
    }
    Ok(None)
}

/// What a `.git` file names: followed where the other side says the same, which only git's own commands bring about.
fn linked(worktree: &Path) -> Result<Folder, String> {
    let page = page(worktree, ".git");
    let named = page.as_deref().and_then(|page| page.strip_prefix("gitdir: "));
    let own = named.and_then(|named| real_path(&worktree.join(named)).ok());
    let own = own.ok_or("`.git` is a file that names no folder")?;
    let folder =
        |common: &Path| Folder { own: own.clone(), common: common.to_owned(), worktree: worktree.to_owned() };
    if let Some(common) = common_of_worktree(&own, worktree) {
        return Ok(folder(&common));
    }
    // A submodule's folder lies in the repository that holds it.
    let above = worktree.ancestors().skip(1).map(|above| above.join(".git"));
    let mut modules = above.filter(|path| sort(path) == Sort::Directory).map(|path| path.join("modules"));
    match modules.any(|modules| own != modules && own.starts_with(&modules)) {
        true => Ok(folder(&own)),
        false => {
            Err("`.git` is a file that names a folder which does not name it back; it is not followed"
                .to_owned())
        }
    }
}

/// The shared folder of a linked worktree: it keeps a folder for the worktree, which names the `.git` file.
fn common_of_worktree(own: &Path, worktree: &Path) -> Option<PathBuf> {
    let worktrees =
        own.parent().filter(|parent| parent.file_name().is_some_and(|name| name == "worktrees"))?;
    let common = worktrees.parent()?;
    let shared = real_path(&own.join(page(own, "commondir")?)).ok()?;
    let back = own.join(page(own, "gitdir")?);
    let back = real_path(back.parent()?).ok()?.join(back.file_name()?);
    (shared == common && back == worktree.join(".git")).then(|| common.to_owned())
}

fn page(folder: &Path, name: &str) -> Option<String> {
    let bytes = open_parts(folder, &[name]).ok()?.whole(LONGEST).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned()).filter(|text| !text.is_empty())
}
