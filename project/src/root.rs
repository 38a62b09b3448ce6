//! Where a workspace begins, and how its paths are shown to somebody who stands elsewhere.

use std::path::{Path, PathBuf};

use crate::config;
use crate::disk::{Sort, is_folder, is_loop, is_regular, is_there, real_path, sort};
use crate::error::{Detail, ErrorKind};
use crate::walk::relative;

/// The root of a run, and what of it was asked for.
#[derive(Debug, Clone)]
pub struct RootSelection {
    /// Without links.
    pub root: PathBuf,
    /// Paths given, relative to the root, with `/`; "" for the root itself.
    pub scope: Vec<String>,
    /// The directory whose configuration is asked for first.
    pub nearest: PathBuf,
    pub display: PathDisplay,
}

/// Paths of which no root can be made.
#[derive(Debug, thiserror::Error)]
pub enum RootError {
    #[error("the current directory cannot be read: {error}")]
    CurrentDirectory { error: std::io::Error },
    #[error("`{}` is not there", path.display())]
    NotThere { path: PathBuf },
    #[error("`{}` is a link that leads back to itself", path.display())]
    Loop { path: PathBuf },
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the root `{}` is no directory", root.display())]
    NotADirectory { root: PathBuf },
    #[error("`{}` lies outside of the workspace `{}`", path.display(), root.display())]
    Outside { path: PathBuf, root: PathBuf },
    /// Whoever wrote the workspace made the link, and not who named the path.
    #[error("`{}` is a link that leads out of the workspace `{}`; nothing was read there", link.display(), workspace.display())]
    LedOut { link: PathBuf, workspace: PathBuf },
}

impl Detail for RootError {
    fn kind(&self) -> ErrorKind {
        match self {
            RootError::CurrentDirectory { .. } => ErrorKind::Failure,
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            RootError::Outside { .. } => Some("name a wider one with `--root`".to_owned()),
            RootError::LedOut { .. } => {
                Some("name what it leads to, or a wider workspace with `--root`".to_owned())
            }
            _ => None,
        }
    }
}

impl RootSelection {
    /// The root of these paths: the one named, else the repository that holds them all, else the directory of the
    /// nearest configuration, else where the user stands, else what they have in common. Modules and policies that
    /// lie beside the paths can only be read below it.
    ///
    /// # Errors
    /// A path that is not there, or lies outside of a root that was named.
    pub fn find(paths: &[PathBuf], root: Option<&Path>) -> Result<Self, RootError> {
        let here = std::env::current_dir()
            .and_then(|here| real_path(&here))
            .map_err(|error| RootError::CurrentDirectory { error })?;
        let mut real = Vec::new();
        for path in paths {
            let leads = canonical(path)?;
            if root.is_none() {
                stays_inside(path, &here)?;
            }
            real.push(leads);
        }
        if real.is_empty() {
            real.push(here.clone());
        }
        let common = common(&real);
        let root = match root {
            Some(root) => canonical(root)?,
            None => enclosing(&common, &here),
        };
        if !is_folder(&root) {
            return Err(RootError::NotADirectory { root });
        }
        let mut scope = Vec::new();
        for path in real {
            let Some(inside) = relative(&root, &path) else { return Err(RootError::Outside { path, root }) };
            if !scope.contains(&inside) {
                scope.push(inside);
            }
        }
        let display = PathDisplay { root: root.clone(), here };
        Ok(Self { root, scope, nearest: common, display })
    }

    /// The root of a folder that an editor works in, or of one file of that folder: as if somebody who stands in
    /// the folder had named it. A folder that is not there is its own root.
    pub fn of_folder(folder: &Path, file: Option<&str>) -> Self {
        let (folder, root) = match real_path(folder) {
            Ok(real) => {
                let root = enclosing(&real, &real);
                (real, root)
            }
            Err(_) => (folder.to_owned(), folder.to_owned()),
        };
        let below = relative(&root, &folder).unwrap_or_default();
        let parts = [below.as_str(), file.unwrap_or_default()].into_iter().filter(|part| !part.is_empty());
        let scope = vec![parts.collect::<Vec<_>>().join("/")];
        let display = PathDisplay { root: root.clone(), here: folder.clone() };
        Self { root, scope, nearest: folder, display }
    }
}

fn canonical(path: &Path) -> Result<PathBuf, RootError> {
    let path = path.to_owned();
    real_path(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => RootError::NotThere { path },
        _ if is_loop(&error) => RootError::Loop { path },
        _ => RootError::Unreadable { path, error },
    })
}

/// Whether every link on the way of a path stays in the workspace that it lies in. A link to a directory that lies in
/// no repository and beside no configuration is the user's own; one to a file is followed nowhere.
fn stays_inside(path: &Path, here: &Path) -> Result<(), RootError> {
    let Ok(whole) = std::path::absolute(path) else { return Ok(()) };
    for link in whole.ancestors().filter(|part| sort(part) == Sort::Link) {
        let (Some(Ok(parent)), Ok(real)) = (link.parent().map(real_path), real_path(link)) else { continue };
        let holding = |name: &str| parent.ancestors().find(|directory| is_there(&directory.join(name)));
        let found = holding(".git").or_else(|| holding(config::FILE));
        let found = found.or_else(|| (is_regular(&real) && parent.starts_with(here)).then_some(here));
        if let Some(workspace) = found.filter(|workspace| !real.starts_with(workspace)) {
            return Err(RootError::LedOut { link: link.to_owned(), workspace: workspace.to_owned() });
        }
    }
    Ok(())
}

/// The deepest directory that holds all paths.
fn common(paths: &[PathBuf]) -> PathBuf {
    let mut directories = paths.iter().map(|path| {
        let directory = if is_folder(path) { Some(path.as_path()) } else { path.parent() };
        directory.unwrap_or(path)
    });
    let first = directories.next().unwrap_or(Path::new("/")).to_owned();
    directories.fold(first, |common, directory| {
        let holding = common.ancestors().find(|ancestor| directory.starts_with(ancestor));
        holding.unwrap_or(Path::new("/")).to_owned()
    })
}

fn enclosing(common: &Path, here: &Path) -> PathBuf {
    let holding = |name: &str| common.ancestors().find(|directory| is_there(&directory.join(name)));
    let found = holding(".git").or_else(|| holding(config::FILE));
    let found = found.or_else(|| common.starts_with(here).then_some(here));
    found.unwrap_or(common).to_owned()
}

/// How paths of the workspace are shown.
#[derive(Debug, Clone)]
pub struct PathDisplay {
    root: PathBuf,
    here: PathBuf,
}

impl PathDisplay {
    /// A workspace path as the user can open it from where they stand.
    pub fn path(&self, path: &str) -> String {
        if let Some(below) = relative(&self.here, &self.root) {
            let whole =
                [below.as_str(), path].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
            return if whole.is_empty() { ".".to_owned() } else { whole.join("/") };
        }
        let Some(below) = relative(&self.root, &self.here) else {
            return self.root.join(path).display().to_string();
        };
        match path.strip_prefix(&below) {
            Some("") => ".".to_owned(),
            Some(rest) if rest.starts_with('/') => rest.trim_start_matches('/').to_owned(),
            _ => {
                let up = below.split('/').filter(|part| !part.is_empty()).map(|_| "..");
                up.chain([path].into_iter().filter(|path| !path.is_empty())).collect::<Vec<_>>().join("/")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn shown(root: &str, here: &str) -> PathDisplay {
        PathDisplay { root: PathBuf::from(root), here: PathBuf::from(here) }
    }

    #[test]
    fn paths_are_shown_from_where_the_user_stands() {
        assert_eq!(shown("/w", "/w").path("a/b.tf"), "a/b.tf");
        assert_eq!(shown("/w/x", "/w").path("b.tf"), "x/b.tf");
        assert_eq!(shown("/w", "/w/a").path("a/b.tf"), "b.tf");
        assert_eq!(shown("/w", "/w/a").path("ab/b.tf"), "../ab/b.tf");
        assert_eq!(shown("/w", "/v").path("b.tf"), "/w/b.tf");
        assert_eq!(shown("/w", "/w").path(""), ".");
    }

    #[test]
    fn the_repository_is_the_root() {
        let folder = Folder::new("place-root");
        folder.write("work/.git/HEAD", "");
        folder.write("work/envs/prod/main.tf", "");
        let selection = RootSelection::find(&[folder.path("work/envs/prod")], None).unwrap();
        assert!(selection.root.ends_with("work"));
        assert_eq!(selection.scope, ["envs/prod"]);
        let selection = RootSelection::find(&[folder.path("work/envs/prod/main.tf")], None).unwrap();
        assert_eq!(
            (selection.scope, selection.nearest.ends_with("prod")),
            (vec!["envs/prod/main.tf".to_owned()], true)
        );
    }

    #[test]
    fn without_one_the_configuration_or_the_paths_decide() {
        let folder = Folder::new("place-none");
        folder.write("a/compline.yaml", "");
        folder.write("a/b/main.tf", "");
        folder.write("c/d/main.tf", "");
        assert!(RootSelection::find(&[folder.path("a/b")], None).unwrap().root.ends_with("a"));
        assert!(RootSelection::find(&[folder.path("c/d")], None).unwrap().root.ends_with("d"));
        let error = RootSelection::find(&[folder.path("c/d")], Some(&folder.path("a"))).unwrap_err();
        assert!(matches!(error, RootError::Outside { .. }), "{error}");
        let error = RootSelection::find(&[folder.path("none")], None).unwrap_err();
        assert!(matches!(error, RootError::NotThere { .. }), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_of_a_workspace_that_leads_out_of_it_is_not_followed_because_it_was_named() {
        let folder = Folder::new("root-led-out");
        folder.write("work/.git/HEAD", "");
        folder.write("work/in/main.tf", "");
        folder.write("out/main.tf", "");
        folder.link("../out/main.tf", "work/main.tf");
        folder.link("../out", "work/out");
        folder.link("in", "work/other");
        folder.link("work", "alias");
        let find = |path: &str| RootSelection::find(&[folder.path(path)], None);
        for path in ["work/main.tf", "work/out", "work/out/main.tf", "alias/out/main.tf"] {
            let found = find(path);
            assert!(matches!(found, Err(RootError::LedOut { .. })), "{path}: {found:?}");
        }
        // Within, by whatever name the workspace goes, and where the user says how wide it is.
        assert_eq!(find("work/other").unwrap().scope, ["in"]);
        assert_eq!(find("alias/in").unwrap().scope, ["in"]);
        let wide = RootSelection::find(&[folder.path("work/out/main.tf")], Some(&folder.path(""))).unwrap();
        assert_eq!(wide.scope, ["out/main.tf"]);
    }

    #[test]
    fn a_folder_of_an_editor_has_the_root_that_check_would_take() {
        let folder = Folder::new("root-editor");
        folder.write("work/.git/HEAD", "");
        folder.write("work/envs/prod/main.tf", "");
        let prod = folder.path("work/envs/prod");
        let selection = RootSelection::of_folder(&prod, None);
        assert!(selection.root.ends_with("work"));
        assert_eq!(selection.scope, ["envs/prod"]);
        assert_eq!(RootSelection::of_folder(&prod, Some("new.tf")).scope, ["envs/prod/new.tf"]);
        let absent = RootSelection::of_folder(Path::new("c:/infra"), Some("main.tf"));
        assert_eq!((absent.root, absent.scope), (PathBuf::from("c:/infra"), vec!["main.tf".to_owned()]));
    }
}
