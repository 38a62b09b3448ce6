//! Which model texts are compared with: the one that is compiled in, or one that the user names.

#[cfg(feature = "fastembed")]
mod full;
#[cfg_attr(not(feature = "fastembed"), allow(dead_code))] // Names are read, and nothing is looked for.
mod hub;
#[cfg(feature = "fastembed")]
mod kept;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::Args;
use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::builtin;
use compline_index::embed::{Embedder, StaticEmbedder};
use compline_index::{Mapper, TextIndex};
use compline_rules::RuleSet;

use crate::cache::Texts;
use crate::config::Config;
use crate::exit::Stop;

/// The model, as it is named on the command line.
#[derive(Debug, Clone, Default, Args)]
pub struct Named {
    /// Compare texts with this model instead of the built-in one: a directory with `model.onnx`, `tokenizer.json` and
    /// ONNX Runtime's shared library, or `ORG/NAME[@REVISION]`
    ///
    /// A name is looked for in the Hugging Face hub's cache on this machine (`HF_HUB_CACHE`, `HF_HOME`,
    /// `~/.cache/huggingface/hub`) and never fetched: this program opens no connection, `hf download ORG/NAME` does.
    /// ONNX Runtime's library is then the one whose path is in `ORT_DYLIB_PATH`, or the system's. Scores are
    /// calibrated for all-MiniLM-L6-v2; by any other model controls are suggested and never called mapped. What a
    /// model makes of the texts that come with this program is kept in the user's cache.
    #[arg(long, value_name = "MODEL", global = true)]
    embedder: Option<PathBuf>,
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
        let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
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
pub struct Choice {
    /// None: the one that is compiled in.
    wanted: Option<Wanted>,
    loaded: Arc<OnceLock<Arc<dyn Embedder>>>,
}

impl Choice {
    /// What the command line names, else what the configuration names.
    pub fn of(named: &Named, config: &Config) -> Self {
        let beside = config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let configured = || config.embedder.as_ref().map(|written| Wanted::configured(written, beside));
        let named = named.embedder.as_ref().map(|written| Wanted::of(written, written.clone()));
        Self { wanted: named.or_else(configured), loaded: Arc::default() }
    }

    /// The model.
    ///
    /// # Errors
    /// That it is not there, or what it lacks.
    pub fn embedder(&self) -> Result<Arc<dyn Embedder>, Stop> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        let loaded: Arc<dyn Embedder> = match &self.wanted {
            Some(wanted) => full::load(wanted)?,
            None => Arc::new(StaticEmbedder::load(builtin::model()).map_err(Stop::failure)?),
        };
        Ok(Arc::clone(self.loaded.get_or_init(|| loaded)))
    }

    /// The index behind `compline map`, by this model.
    ///
    /// # Errors
    /// As [`Choice::embedder`].
    pub fn mapper(&self, library: &Library, rules: &RuleSet, mappings: Mappings) -> Result<Mapper, Stop> {
        match self.wanted {
            Some(_) => full::mapper(library, rules, mappings, self.embedder()?),
            None => Mapper::open(library, rules, mappings).map_err(Stop::failure),
        }
    }

    /// The index behind `compline search`: by words alone with the built-in model; by
    /// words and meaning with one that was named.
    ///
    /// # Errors
    /// As [`Choice::embedder`].
    pub fn text_index(&self, library: &Library, rules: &RuleSet) -> Result<TextIndex, Stop> {
        let index = TextIndex::build_with_cache(library, rules, &Texts).map_err(Stop::failure)?;
        match self.wanted {
            Some(_) => full::meaning(index, library, rules, self.embedder()?),
            None => Ok(index),
        }
    }
}

/// What a program that was built without the full model says when it is asked for.
#[cfg(not(feature = "fastembed"))]
mod full {
    use super::*;

    const WITHOUT: &str = "this program was built without the full model";

    pub(super) fn load(wanted: &Wanted) -> Result<Arc<dyn Embedder>, Stop> {
        let shown = match wanted {
            Wanted::Directory { path, .. } => path.display().to_string(),
            Wanted::Hub(name) => name.to_string(),
        };
        Err(Stop::mistake(format!("the embedder `{shown}` cannot be used: {WITHOUT}"))
            .help("build it with `--features fastembed`"))
    }

    pub(super) fn mapper(
        _: &Library,
        _: &RuleSet,
        _: Mappings,
        _: Arc<dyn Embedder>,
    ) -> Result<Mapper, Stop> {
        Err(Stop::mistake(WITHOUT))
    }

    pub(super) fn meaning(
        _: TextIndex,
        _: &Library,
        _: &RuleSet,
        _: Arc<dyn Embedder>,
    ) -> Result<TextIndex, Stop> {
        Err(Stop::mistake(WITHOUT))
    }
}
