//! A model by its name in the Hugging Face hub's own cache on this machine. Nothing is fetched: this program never
//! opens a connection.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::ModelError;
use crate::disk::{entries, is_folder, read_text};

/// `ORG/NAME`, and the revision where one is asked for with `@REVISION`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    owner: String,
    model: String,
    revision: Option<String>,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.owner, self.model)?;
        self.revision.iter().try_for_each(|revision| write!(f, "@{revision}"))
    }
}

impl Name {
    /// A name of this form; none for whatever can only be a path.
    pub fn read(text: &str) -> Option<Self> {
        let (name, revision) = match text.split_once('@') {
            Some((name, revision)) => (name, Some(revision)),
            None => (text, None),
        };
        let (owner, model) = name.split_once('/')?;
        // A branch may have slashes in its name.
        let plain = revision.is_none_or(|revision| revision.split('/').all(is_part));
        (is_part(owner) && is_part(model) && plain).then(|| Self {
            owner: owner.to_owned(),
            model: model.to_owned(),
            revision: revision.map(str::to_owned),
        })
    }

    /// What puts the model into the cache.
    pub fn fetch(&self) -> String {
        let revision =
            self.revision.as_ref().map_or(String::new(), |revision| format!(" --revision {revision}"));
        format!("`hf download {}/{}{revision}` fetches it", self.owner, self.model)
    }
}

/// What stands between the slashes of a name: never a way out of the folder.
fn is_part(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_') && text.chars().all(is_plain)
}

/// Where the hub's programs keep what they fetched, most telling first: the folders that exist or not that the
/// environment names, then the usual one.
pub fn caches(variable: &dyn Fn(&str) -> Option<OsString>, home: Option<PathBuf>) -> Vec<PathBuf> {
    let named = |name: &str| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let all = [
        named("HF_HUB_CACHE"),
        named("HUGGINGFACE_HUB_CACHE"),
        named("HF_HOME").map(|home| home.join("hub")),
        named("XDG_CACHE_HOME").map(|cache| cache.join("huggingface/hub")),
        home.map(|home| home.join(".cache/huggingface/hub")),
    ];
    let mut caches: Vec<PathBuf> = Vec::new();
    for cache in all.into_iter().flatten() {
        if !caches.contains(&cache) {
            caches.push(cache);
        }
    }
    caches
}

/// The folder with the files of a model, in the first cache that has it.
///
/// # Errors
/// Where was looked, or what is wrong with the copy that was found; and what fetches the model.
pub fn snapshot(name: &Name, caches: &[PathBuf]) -> Result<PathBuf, ModelError> {
    let folder = format!("models--{}--{}", name.owner, name.model);
    let mut broken = None;
    for cache in caches {
        let folder = cache.join(&folder);
        if !is_folder(&folder) {
            continue;
        }
        match within(name, &folder) {
            Ok(snapshot) => return Ok(snapshot),
            Err(error) => broken = broken.or(Some(error)),
        }
    }
    Err(broken
        .unwrap_or_else(|| ModelError::NotInCache { name: Box::new(name.clone()), caches: caches.to_vec() }))
}

/// What is wrong with a copy in a cache.
#[derive(Debug, thiserror::Error)]
pub enum CopyFault {
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("`{}` names no commit", path.display())]
    NoCommit { path: PathBuf },
    #[error("`{}` is no directory", path.display())]
    NoDirectory { path: PathBuf },
}

fn within(name: &Name, folder: &Path) -> Result<PathBuf, ModelError> {
    let revision = name.revision.as_deref().unwrap_or("main");
    let snapshots = folder.join("snapshots");
    let exact = snapshots.join(revision);
    if is_folder(&exact) {
        return Ok(exact);
    }
    let broken = |fault: CopyFault| {
        let there = entries(&snapshots).into_iter().filter_map(|path| {
            let revision = path.file_name()?.to_string_lossy().into_owned();
            Some(format!("`{}/{}@{revision}`", name.owner, name.model))
        });
        ModelError::BrokenCopy { name: Box::new(name.clone()), fault, revisions: there.collect() }
    };
    let reference = folder.join("refs").join(revision);
    let commit = match read_text(&reference) {
        Ok(commit) => commit,
        Err(error) => return Err(broken(CopyFault::Unreadable { path: reference, error })),
    };
    let commit = commit.trim();
    if commit.is_empty() || !commit.chars().all(|c| c.is_ascii_hexdigit()) {
        return Err(broken(CopyFault::NoCommit { path: reference }));
    }
    let snapshot = snapshots.join(commit);
    if is_folder(&snapshot) { Ok(snapshot) } else { Err(broken(CopyFault::NoDirectory { path: snapshot })) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Detail as _;
    use crate::testing::Folder;

    fn name(text: &str) -> Name {
        Name::read(text).expect("a name")
    }

    #[test]
    fn names_are_told_from_paths() {
        assert_eq!(name("BAAI/bge-small-en-v1.5").to_string(), "BAAI/bge-small-en-v1.5");
        let revised = name("sentence-transformers/all-MiniLM-L6-v2@refs/pr/21");
        assert_eq!(revised.revision.as_deref(), Some("refs/pr/21"));
        assert!(
            revised
                .fetch()
                .contains("`hf download sentence-transformers/all-MiniLM-L6-v2 --revision refs/pr/21`")
        );
        for path in [
            "models",
            "models/",
            "/models/full",
            "./models",
            "../models",
            "~/models",
            "a/b/c",
            "a/..",
            "a/b@",
            "a/b@../x",
            "a/b c",
        ] {
            assert_eq!(Name::read(path), None, "{path}");
        }
    }

    #[test]
    fn the_caches_are_looked_through_in_the_hubs_order() {
        let variable = |name: &str| match name {
            "HF_HUB_CACHE" => Some(OsString::from("/one")),
            "HF_HOME" => Some(OsString::from("/two")),
            "XDG_CACHE_HOME" => Some(OsString::new()),
            _ => None,
        };
        let caches = caches(&variable, Some(PathBuf::from("/me")));
        assert_eq!(caches, ["/one", "/two/hub", "/me/.cache/huggingface/hub"].map(PathBuf::from));
    }

    #[test]
    fn a_revision_leads_to_its_snapshot() {
        let folder = Folder::new("hub");
        folder.write("hub/models--a--m/refs/main", "abc123\n");
        folder.write("hub/models--a--m/snapshots/abc123/config.json", "{}");
        folder.write("hub/models--a--m/snapshots/def456/config.json", "{}");
        folder.write("hub/models--a--m/refs/v1", "def456");
        let caches = [folder.path("none"), folder.path("hub")];
        for (asked, commit) in [("a/m", "abc123"), ("a/m@v1", "def456"), ("a/m@def456", "def456")] {
            let found = snapshot(&name(asked), &caches).unwrap();
            assert!(found.ends_with(Path::new("snapshots").join(commit)), "{asked}: {found:?}");
        }
        let error = snapshot(&name("a/other"), &caches).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("looked in `") && message.contains("none`, `"), "{message}");
        assert!(error.help().unwrap().contains("`hf download a/other` fetches it"));
    }

    #[test]
    fn a_broken_copy_is_one_clear_error() {
        let folder = Folder::new("hub-broken");
        folder.write("models--a--m/snapshots/abc123/config.json", "{}");
        let caches = [folder.path("")];
        let cases = [("a/m", "refs/main` cannot be read"), ("a/m@gone", "refs/gone` cannot be read")];
        for (asked, expected) in cases {
            let error = snapshot(&name(asked), &caches).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
            assert!(error.help().unwrap().ends_with("there is `a/m@abc123`"));
        }
        for (text, expected) in [
            ("../../../secret", "names no commit"),
            ("", "names no commit"),
            ("fff000", "fff000` is no directory"),
        ] {
            folder.write("models--a--m/refs/main", text);
            let error = snapshot(&name("a/m"), &caches).unwrap_err();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }
}
