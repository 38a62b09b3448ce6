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
use crate::disk::is_folder;
use crate::user;
use crate::warning::Warning;

/// The environment's word for the model.
pub const VARIABLE: &str = "COMPLINE_EMBEDDER";

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
    Directory(PathBuf),
    Hub {
        name: hub::Name,
        /// A configuration of the project names it: it is in the user's cache or nowhere, and the library is the one
        /// that the user names.
        of_project: bool,
    },
    /// A configuration of the project names a directory. It may have come with somebody else's code.
    Refused(PathBuf),
}

impl Wanted {
    /// A directory if there is one, else a name if it looks like one, else a directory that is not there.
    fn of(written: &Path, directory: PathBuf) -> Self {
        match written.to_str().and_then(hub::Name::read).filter(|_| !is_folder(&directory)) {
            Some(name) => Self::Hub { name, of_project: false },
            None => Self::Directory(directory),
        }
    }

    /// As a project's configuration names it. It may have come with somebody else's code, as may what it names: no
    /// directory is opened because it says so, wherever that lies.
    fn configured(written: &Path) -> Self {
        match written.to_str().and_then(hub::Name::read) {
            Some(name) => Self::Hub { name, of_project: true },
            None => Self::Refused(written.to_owned()),
        }
    }

    /// As the user names it outside of the command line: in the environment, else in the configuration of the
    /// user's own.
    fn of_user() -> Result<Option<Self>, ModelError> {
        let variable = std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
        if let Some(written) = variable {
            return Ok(Some(Self::of(&written, written.clone())));
        }
        let config = user::read().map_err(|error| ModelError::UserConfig(error.to_string()))?;
        let beside = user::path().and_then(|path| Some(path.parent()?.to_owned())).unwrap_or_default();
        Ok(config.embedder.map(|written| Self::of(&written, beside.join(&written))))
    }
}

/// The model a run uses, loaded when it is first needed.
#[derive(Clone, Default)]
pub struct ModelChoice {
    /// On the command line.
    named: Option<Wanted>,
    /// By the project.
    configured: Option<Wanted>,
    loaded: Arc<OnceLock<Arc<dyn Embedder>>>,
}

impl ModelChoice {
    /// The one that is named (a directory, or a name on the hub), else the one the environment or the user's own
    /// configuration names, else what the project's configuration names.
    pub fn of(named: Option<&Path>, config: &Config) -> Self {
        let configured = config.embedder.as_ref().map(|written| Wanted::configured(written));
        let named = named.map(|written| Wanted::of(written, written.to_owned()));
        Self { named, configured, loaded: Arc::default() }
    }

    /// None: the one that is compiled in.
    fn wanted(&self) -> Result<Option<Wanted>, ModelError> {
        match &self.named {
            Some(named) => Ok(Some(named.clone())),
            None => Ok(Wanted::of_user()?.or_else(|| self.configured.clone())),
        }
    }

    /// Says so where a project's configuration decides which model is used.
    fn tell(&self, wanted: &Wanted, monitor: &dyn Monitor) {
        if let Wanted::Hub { name, of_project: true } = wanted {
            monitor.warn(Warning::ModelOfProject { model: name.to_string() });
        }
    }

    /// The model.
    ///
    /// # Errors
    /// That it is not there, or what it lacks.
    pub fn embedder(&self) -> Result<Arc<dyn Embedder>, ModelError> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        let loaded: Arc<dyn Embedder> = match self.wanted()? {
            Some(wanted) => full::load(&wanted)?,
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
        match self.wanted()? {
            Some(wanted) => {
                self.tell(&wanted, monitor);
                full::mapper(library, rules, mappings, self.embedder()?, monitor)
            }
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
        match self.wanted()? {
            Some(wanted) => {
                self.tell(&wanted, monitor);
                full::meaning(index, library, rules, self.embedder()?, monitor)
            }
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
            Wanted::Directory(path) | Wanted::Refused(path) => path.display().to_string(),
            Wanted::Hub { name, .. } => name.to_string(),
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
