//! Which model texts are compared with: the one that is compiled in, or the full one in a directory the user names.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use clap::Args;
use compline_frameworks::feedback::Mappings;
use compline_frameworks::index::embed::{Embedder, StaticEmbedder};
use compline_frameworks::index::mapper::builtin_model;
use compline_frameworks::{Library, Mapper, TextIndex};
use compline_rules::RuleSet;

use crate::config::Config;
use crate::exit::Stop;

/// The model, as it is named on the command line.
#[derive(Debug, Clone, Default, Args)]
pub struct Named {
    /// Compare texts with the full model all-MiniLM-L6-v2 in this directory (`model.onnx`, `tokenizer.json`, ONNX
    /// Runtime's shared library or its path in `ORT_DYLIB_PATH`) instead of the built-in one
    #[arg(long, value_name = "DIR", global = true)]
    embedder: Option<PathBuf>,
}

/// The model a run uses, loaded when it is first needed.
#[derive(Clone, Default)]
pub struct Choice {
    /// None: the one that is compiled in.
    directory: Option<PathBuf>,
    loaded: Arc<OnceLock<Arc<dyn Embedder>>>,
}

impl Choice {
    /// What the command line names, else what the configuration names.
    pub fn of(named: &Named, config: &Config) -> Self {
        let beside = config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        let configured = || config.embedder.as_ref().map(|directory| beside.join(directory));
        Self { directory: named.embedder.clone().or_else(configured), loaded: Arc::default() }
    }

    /// The model.
    ///
    /// # Errors
    /// What the directory lacks, or that its model is another one than the vectors here were made with.
    pub fn embedder(&self) -> Result<Arc<dyn Embedder>, Stop> {
        if let Some(loaded) = self.loaded.get() {
            return Ok(Arc::clone(loaded));
        }
        let loaded: Arc<dyn Embedder> = match &self.directory {
            Some(directory) => full::load(directory)?,
            None => Arc::new(StaticEmbedder::load(builtin_model()).map_err(Stop::failure)?),
        };
        Ok(Arc::clone(self.loaded.get_or_init(|| loaded)))
    }

    /// The index behind `compline map`, by this model.
    ///
    /// # Errors
    /// As [`Choice::embedder`].
    pub fn mapper(&self, library: &Library, rules: &RuleSet, mappings: Mappings) -> Result<Mapper, Stop> {
        match self.directory {
            Some(_) => full::mapper(library, rules, mappings, self.embedder()?),
            None => Mapper::open(library, rules, mappings),
        }
        .map_err(Stop::failure)
    }

    /// The index behind `compline search`: by words alone with the built-in model; by
    /// words and meaning with the full one.
    ///
    /// # Errors
    /// As [`Choice::embedder`].
    pub fn text_index(&self, library: &Library, rules: &RuleSet) -> Result<TextIndex, Stop> {
        let index = TextIndex::build(library, rules).map_err(Stop::failure)?;
        match self.directory {
            Some(_) => full::meaning(index, library, rules, self.embedder()?).map_err(Stop::failure),
            None => Ok(index),
        }
    }
}

#[cfg(feature = "fastembed")]
mod full {
    use compline_frameworks::index::full::{FullEmbedder, FullFiles};
    use compline_frameworks::index::shipped::Shipped;

    use super::*;

    pub(super) fn load(directory: &Path) -> Result<Arc<dyn Embedder>, Stop> {
        let shown = directory.display();
        if !directory.is_dir() {
            return Err(Stop::mistake(format!("the embedder `{shown}` is no directory")).help(format!(
                "it holds {} and ONNX Runtime's shared library; nothing is downloaded",
                FullFiles::NAMES.map(|name| format!("`{name}`")).join(", ")
            )));
        }
        let read = |name: &str| {
            std::fs::read(directory.join(name)).map_err(|error| {
                Stop::mistake(format!("`{name}` of the embedder `{shown}` cannot be read: {error}"))
            })
        };
        let [model, tokenizer] = FullFiles::NAMES.map(read);
        let (model, tokenizer) = (model?, tokenizer?);
        let files = FullFiles { model: &model, tokenizer: &tokenizer };
        files.verify().map_err(|error| Stop::mistake(error).at(&shown.to_string()))?;
        let library = library(directory)?;
        Ok(Arc::new(FullEmbedder::load(files, &library).map_err(Stop::failure)?))
    }

    /// ONNX Runtime's shared library: the one the environment names, else the one beside the model.
    fn library(directory: &Path) -> Result<PathBuf, Stop> {
        if let Some(named) = std::env::var_os("ORT_DYLIB_PATH").filter(|named| !named.is_empty()) {
            return std::fs::canonicalize(&named).map_err(|error| {
                let named = Path::new(&named).display();
                Stop::mistake(format!("`{named}`, which `ORT_DYLIB_PATH` names, cannot be read: {error}"))
            });
        }
        let mut found: Vec<PathBuf> = std::fs::read_dir(directory)
            .into_iter()
            .flatten()
            .flatten()
            .filter(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                name.starts_with("libonnxruntime.") || name == "onnxruntime.dll"
            })
            .filter_map(|entry| std::fs::canonicalize(entry.path()).ok())
            .collect();
        found.sort();
        found.into_iter().next().ok_or_else(|| {
            let shown = directory.display();
            Stop::mistake(format!("there is no shared library of ONNX Runtime in the embedder `{shown}`"))
                .help("put `libonnxruntime.so` there (the Python package `onnxruntime` holds one), or name its path in `ORT_DYLIB_PATH`")
        })
    }

    pub(super) fn mapper(
        library: &Library,
        rules: &RuleSet,
        mappings: Mappings,
        embedder: Arc<dyn Embedder>,
    ) -> Result<Mapper, String> {
        Mapper::open_with(library, rules, mappings, embedder, &Shipped::read()?)
    }

    pub(super) fn meaning(
        index: TextIndex,
        library: &Library,
        rules: &RuleSet,
        embedder: Arc<dyn Embedder>,
    ) -> Result<TextIndex, String> {
        index.with_meaning(library, rules, embedder, &Shipped::read()?)
    }
}

/// What a program that was built without the full model says when it is asked for.
#[cfg(not(feature = "fastembed"))]
mod full {
    use super::*;

    const WITHOUT: &str = "this program was built without the full model";

    pub(super) fn load(directory: &Path) -> Result<Arc<dyn Embedder>, Stop> {
        Err(Stop::mistake(format!("the embedder `{}` cannot be used: {WITHOUT}", directory.display()))
            .help("build it with `--features fastembed`"))
    }

    pub(super) fn mapper(
        _: &Library,
        _: &RuleSet,
        _: Mappings,
        _: Arc<dyn Embedder>,
    ) -> Result<Mapper, String> {
        Err(WITHOUT.to_owned())
    }

    pub(super) fn meaning(
        _: TextIndex,
        _: &Library,
        _: &RuleSet,
        _: Arc<dyn Embedder>,
    ) -> Result<TextIndex, String> {
        Err(WITHOUT.to_owned())
    }
}
