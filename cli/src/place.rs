//! Where a workspace begins, and how its paths are shown to somebody who stands elsewhere.

use std::path::{Path, PathBuf};

use crate::config;
use crate::disk::is_loop;
use crate::exit::Stop;
use crate::walk::relative;

/// The workspace a run is about.
#[derive(Debug)]
pub struct Place {
    /// Without links.
    pub root: PathBuf,
    /// Paths given, relative to the root, with `/`; "" for the root itself.
    pub scope: Vec<String>,
    /// The directory whose configuration is asked for first.
    pub nearest: PathBuf,
    pub shown: Shown,
}

impl Place {
    /// The root of these paths: the one named, else the repository that holds them all, else the directory of the
    /// nearest configuration, else where the user stands, else what they have in common. Modules and policies that
    /// lie beside the paths can only be read below it.
    ///
    /// # Errors
    /// A path that is not there, or lies outside of a root that was named.
    pub fn find(paths: &[PathBuf], root: Option<&Path>) -> Result<Self, Stop> {
        let here = std::env::current_dir()
            .and_then(std::fs::canonicalize)
            .map_err(|error| Stop::failure(format!("the current directory cannot be read: {error}")))?;
        let mut real = Vec::new();
        for path in paths {
            real.push(canonical(path)?);
        }
        if real.is_empty() {
            real.push(here.clone());
        }
        let common = common(&real);
        let root = match root {
            Some(root) => canonical(root)?,
            None => enclosing(&common, &here),
        };
        if !root.is_dir() {
            return Err(Stop::mistake(format!("the root `{}` is no directory", root.display())));
        }
        let mut scope = Vec::new();
        for path in &real {
            let inside = relative(&root, path).ok_or_else(|| {
                let (path, root) = (path.display(), root.display());
                Stop::mistake(format!("`{path}` lies outside of the workspace `{root}`"))
                    .help("name a wider one with `--root`")
            })?;
            if !scope.contains(&inside) {
                scope.push(inside);
            }
        }
        let shown = Shown { root: root.clone(), here };
        Ok(Self { root, scope, nearest: common, shown })
    }
}

fn canonical(path: &Path) -> Result<PathBuf, Stop> {
    std::fs::canonicalize(path).map_err(|error| {
        let shown = path.display();
        match error.kind() {
            std::io::ErrorKind::NotFound => Stop::mistake(format!("`{shown}` is not there")),
            _ if is_loop(&error) => Stop::mistake(format!("`{shown}` is a link that leads back to itself")),
            _ => Stop::mistake(format!("`{shown}` cannot be read: {error}")),
        }
    })
}

/// The deepest directory that holds all paths.
fn common(paths: &[PathBuf]) -> PathBuf {
    let mut directories = paths.iter().map(|path| {
        let directory = if path.is_dir() { Some(path.as_path()) } else { path.parent() };
        directory.unwrap_or(path)
    });
    let first = directories.next().unwrap_or(Path::new("/")).to_owned();
    directories.fold(first, |common, directory| {
        let held = common.ancestors().find(|ancestor| directory.starts_with(ancestor));
        held.unwrap_or(Path::new("/")).to_owned()
    })
}

fn enclosing(common: &Path, here: &Path) -> PathBuf {
    let holding = |name: &str| common.ancestors().find(|directory| directory.join(name).exists());
    let found = holding(".git").or_else(|| holding(config::FILE));
    let found = found.or_else(|| common.starts_with(here).then_some(here));
    found.unwrap_or(common).to_owned()
}

/// How paths of the workspace are shown.
#[derive(Debug, Clone)]
pub struct Shown {
    root: PathBuf,
    here: PathBuf,
}

impl Shown {
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

    fn shown(root: &str, here: &str) -> Shown {
        Shown { root: PathBuf::from(root), here: PathBuf::from(here) }
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
        let place = Place::find(&[folder.path("work/envs/prod")], None).unwrap();
        assert!(place.root.ends_with("work"));
        assert_eq!(place.scope, ["envs/prod"]);
        let place = Place::find(&[folder.path("work/envs/prod/main.tf")], None).unwrap();
        assert_eq!(
            (place.scope, place.nearest.ends_with("prod")),
            (vec!["envs/prod/main.tf".to_owned()], true)
        );
    }

    #[test]
    fn without_one_the_configuration_or_the_paths_decide() {
        let folder = Folder::new("place-none");
        folder.write("a/compline.yaml", "");
        folder.write("a/b/main.tf", "");
        folder.write("c/d/main.tf", "");
        assert!(Place::find(&[folder.path("a/b")], None).unwrap().root.ends_with("a"));
        assert!(Place::find(&[folder.path("c/d")], None).unwrap().root.ends_with("d"));
        let stop = Place::find(&[folder.path("c/d")], Some(&folder.path("a"))).unwrap_err();
        assert!(stop.message.contains("lies outside of the workspace"), "{}", stop.message);
        assert!(Place::find(&[folder.path("none")], None).unwrap_err().message.ends_with("is not there"));
    }
}
