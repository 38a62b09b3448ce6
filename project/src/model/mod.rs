//! Which model texts are compared with: the one that is compiled in, or one that the user names. The one place where
//! model files and a shared library are found and loaded.

#[cfg(feature = "fastembed")]
mod full;
#[cfg_attr(not(feature = "fastembed"), allow(dead_code))] // Names are read, and nothing is looked for.
mod hub;
#[cfg(feature = "fastembed")]
mod vector_cache;

mod error;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::builtin;
use compline_index::embed::{Embedder, StaticEmbedder};
use compline_index::{Mapper, TextIndex};
use compline_rules::RuleSet;

pub use self::error::ModelError;
use crate::cache::TextIndexCache;
use crate::config::Config;
use crate::disk::real_path;
use crate::warning::Warning;

/// Who is told of what a model does, while it does it.
pub trait Monitor {
    fn warn(&self, warning: Warning);

    /// So many of so many texts are embedded.
    fn embedded(&self, done: usize, all: usize);
}

/// A model that the user names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(not(feature = "fastembed"), allow(dead_code))] // Only the full model asks for all of it.
enum Wanted {
    Directory {
        path: PathBuf,
        /// Whether ONNX Runtime's library may be the one that lies there.
        library: bool,
    },
    Hub(hub::Name),
}

impl Wanted {
    /// A directory if there is one, else a name if it looks like one, else a directory that is not there.
    fn of(written: &Path, directory: PathBuf) -> Self {
        match written.to_str().and_then(hub::Name::read).filter(|_| !directory.is_dir()) {
            Some(name) => Self::Hub(name),
            None => Self::Directory { path: directory, library: true },
        }
    }

    /// As a configuration names it. It may have come with somebody else's repository: no library is loaded from
    /// there because it says so.
    fn configured(written: &Path, beside: &Path) -> Self {
        let real = |path: &Path| real_path(path).unwrap_or_else(|_| path.to_owned());
        let home = real(if beside.as_os_str().is_empty() { Path::new(".") } else { beside });
        let workspace = home.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(&home);
        match Self::of(written, beside.join(written)) {
            Self::Directory { path, .. } => {
                Self::Directory { library: !real(&path).starts_with(workspace), path }
            }
            hub => hub,
        }
    }
}

/// The model a run uses, loaded when it is first needed.
#[derive(Clone, Default)]
pub struct ModelChoice {
    /// None: the one that is compiled in.
    wanted: Option<Wanted>,
    loaded: Arc<OnceLock<Arc<dyn Embedder>>>,
}

impl ModelChoice {
    /// The one that is named (a directory, or a name on the hub), else what the configuration names.
    pub fn of(named: Option<&Path>, config: &Config) -> Self {
        let beside = config.directory();
        let configured = || config.embedder.as_ref().map(|written| Wanted::configured(written, beside));
        let named = named.map(|written| Wanted::of(written, written.to_owned()));
        Self { wanted: named.or_else(configured), loaded: Arc::default() }
    }

    /// The model.
    ///
    /// # Errors
    /// That it is not there, or what it lacks.
    pub fn embedder(&self) -> Result<Arc<dyn Embedder>, ModelError> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        let loaded: Arc<dyn Embedder> = match &self.wanted {
            Some(wanted) => full::load(wanted)?,
            None => Arc::new(StaticEmbedder::load(builtin::model()).map_err(ModelError::index)?),
        };
        Ok(Arc::clone(self.loaded.get_or_init(|| loaded)))
    }

    /// The index behind `compline map`, by this model.
    ///
    /// # Errors
    /// As [`ModelChoice::embedder`].
    pub fn mapper(
        &self,
        library: &Library,
        rules: &RuleSet,
        mappings: Mappings,
        monitor: &dyn Monitor,
    ) -> Result<Mapper, ModelError> {
        match self.wanted {
            Some(_) => full::mapper(library, rules, mappings, self.embedder()?, monitor),
            None => Mapper::open(library, rules, mappings).map_err(ModelError::index),
        }
    }

    /// The index behind `compline search`: by words alone with the built-in model; by
    /// words and meaning with one that was named.
    ///
    /// # Errors
    /// As [`ModelChoice::embedder`].
    pub fn text_index(
        &self,
        library: &Library,
        rules: &RuleSet,
        monitor: &dyn Monitor,
    ) -> Result<TextIndex, ModelError> {
        let index =
            TextIndex::build_with_cache(library, rules, &TextIndexCache).map_err(ModelError::index)?;
        match self.wanted {
            Some(_) => full::meaning(index, library, rules, self.embedder()?, monitor),
            None => Ok(index),
        }
    }
}

/// What a program that was built without the full model says when it is asked for.
#[cfg(not(feature = "fastembed"))]
mod full {
    use super::*;

    pub(super) fn load(wanted: &Wanted) -> Result<Arc<dyn Embedder>, ModelError> {
        let name = match wanted {
            Wanted::Directory { path, .. } => path.display().to_string(),
            Wanted::Hub(name) => name.to_string(),
        };
        Err(ModelError::NotBuiltIn { name })
    }

    pub(super) fn mapper(
        _: &Library,
        _: &RuleSet,
        _: Mappings,
        embedder: Arc<dyn Embedder>,
        _: &dyn Monitor,
    ) -> Result<Mapper, ModelError> {
        Err(ModelError::NotBuiltIn { name: embedder.identity().id.clone() })
    }

    pub(super) fn meaning(
        _: TextIndex,
        _: &Library,
        _: &RuleSet,
        embedder: Arc<dyn Embedder>,
        _: &dyn Monitor,
    ) -> Result<TextIndex, ModelError> {
        Err(ModelError::NotBuiltIn { name: embedder.identity().id.clone() })
    }
}
