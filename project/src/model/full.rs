//! A full model's files, found and loaded.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::embed::Embedder;
use compline_index::embedding_texts::{mapper_texts, search_texts};
use compline_index::onnx::{OnnxEmbedder, OnnxFiles, Runtime};
use compline_index::settings::Settings;
use compline_index::{Mapper, TextIndex};
use compline_rules::RuleSet;

use super::error::LibraryAdvice;
use super::{ModelError, Monitor, Wanted, hub, vector_cache};
use crate::disk::{Bounded, entries, is_folder, is_regular, is_there, read_at_most, read_bytes, real_path};
use crate::user;
use crate::warning::Warning;

/// Where models keep the ONNX file, best first; then any other in these folders.
const MODELS: [&str; 4] =
    ["model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx"];
const FOLDERS: [&str; 2] = ["", "onnx"];
const TOKENIZER: &str = "tokenizer.json";
/// A file of settings is a page; what is longer is none.
const LONGEST_PAGE: u64 = 1 << 20;
/// Where ONNX Runtime's library lies on systems that have it.
const SYSTEM: [&str; 6] = [
    "/usr/local/lib",
    "/usr/lib",
    "/usr/lib64",
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/opt/homebrew/lib",
];

pub(super) fn load(wanted: &Wanted) -> Result<Arc<dyn Embedder>, ModelError> {
    let (folder, name) = match wanted {
        Wanted::Refused(path) => return Err(ModelError::OfProject { written: path.clone() }),
        Wanted::Directory(path) if !is_folder(path) => {
            return Err(ModelError::NoDirectory { path: path.clone() });
        }
        Wanted::Directory(path) => (path.clone(), path.display().to_string()),
        Wanted::Hub { name, .. } => {
            let caches = hub::caches(&|name| std::env::var_os(name), std::env::home_dir());
            (hub::snapshot(name, &caches)?, name.to_string())
        }
    };
    let (model, tokenizer) = (onnx(&folder, &name)?, tokenizer(&folder, &name)?);
    let settings = Settings::read(&|file| page(&folder.join(file)))
        .map_err(|error| ModelError::Settings { name: name.clone(), error: error.to_string() })?;
    let runtime = Runtime::load(&library(&folder, wanted, &name)?)
        .map_err(|error| ModelError::Library(error.to_string()))?;
    let files = OnnxFiles { model: &model, tokenizer: &tokenizer };
    let short = match wanted {
        Wanted::Directory(path) => {
            path.file_name().map_or_else(|| name.clone(), |last| last.to_string_lossy().into_owned())
        }
        Wanted::Hub { .. } | Wanted::Refused(_) => name,
    };
    let embedder = OnnxEmbedder::load(files, &short, settings, runtime)
        .map_err(|error| ModelError::Files(error.to_string()))?;
    Ok(Arc::new(embedder))
}

fn page(path: &Path) -> Option<String> {
    match read_at_most(path, LONGEST_PAGE).ok()? {
        Bounded::Whole(bytes) => String::from_utf8(bytes).ok(),
        Bounded::Directory | Bounded::TooLarge(_) => None,
    }
}

/// The bytes of the model.
fn onnx(folder: &Path, name: &str) -> Result<Vec<u8>, ModelError> {
    let usual = MODELS.iter().map(|file| folder.join(file));
    let others = FOLDERS.iter().flat_map(|below| {
        let mut found = entries(&folder.join(below));
        found.retain(|path| path.extension().is_some_and(|ending| ending == "onnx"));
        found
    });
    let name = name.to_owned();
    let Some(path) = usual.chain(others).find(|path| is_regular(path)) else {
        return Err(ModelError::NoOnnx { name, looked_for: &MODELS, folder: folder.to_owned() });
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    let apart = [format!("{file}_data"), format!("{file}.data")];
    match apart.into_iter().find(|name| is_there(&path.with_file_name(name))) {
        Some(file) => Err(ModelError::WeightsApart { name, file }),
        None => read(&path, &name),
    }
}

fn tokenizer(folder: &Path, name: &str) -> Result<Vec<u8>, ModelError> {
    let found = [folder.join(TOKENIZER), folder.join("onnx").join(TOKENIZER)];
    match found.iter().find(|path| is_regular(path)) {
        Some(path) => read(path, name),
        None => Err(ModelError::NoTokenizer { name: name.to_owned(), folder: folder.to_owned() }),
    }
}

fn read(path: &Path, name: &str) -> Result<Vec<u8>, ModelError> {
    read_bytes(path).map_err(|error| ModelError::Unreadable {
        name: name.to_owned(),
        path: path.to_owned(),
        error,
    })
}

/// ONNX Runtime's shared library: the one the environment or the user's own configuration names, else the one beside
/// the model, else the system's. What was fetched may hold anything: a library beside the model is only taken where the
/// user put one; and where the project asks for the model, nothing but what the user named is loaded.
fn library(folder: &Path, wanted: &Wanted, name: &str) -> Result<PathBuf, ModelError> {
    if let Some(named) = std::env::var_os("ORT_DYLIB_PATH").filter(|named| !named.is_empty()) {
        let path = PathBuf::from(named);
        return real_path(&path).map_err(|error| ModelError::NamedLibrary { path, error });
    }
    let config = user::read().map_err(|error| ModelError::UserConfig(error.to_string()))?;
    if let Some(path) = config.onnxruntime {
        let beside = user::path().and_then(|file| Some(file.parent()?.to_owned())).unwrap_or_default();
        return real_path(&beside.join(&path)).map_err(|error| ModelError::UserLibrary { path, error });
    }
    if matches!(wanted, Wanted::Hub { of_project: true, .. }) {
        let advice = LibraryAdvice::NameForProject;
        return Err(ModelError::NoLibrary { name: name.to_owned(), advice });
    }
    let beside = matches!(wanted, Wanted::Directory(_));
    let is = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libonnxruntime.") || name == "onnxruntime.dll"
    };
    let folders = beside.then_some(folder).into_iter().chain(SYSTEM.iter().map(Path::new));
    let mut found = folders.flat_map(entries).filter(is).filter_map(|path| real_path(&path).ok());
    found.next().ok_or_else(|| {
        let advice = match (beside, entries(folder).iter().any(is)) {
            (true, _) => LibraryAdvice::PutBeside,
            (false, true) => LibraryAdvice::NameUntrusted,
            (false, false) => LibraryAdvice::NameIt,
        };
        ModelError::NoLibrary { name: name.to_owned(), advice }
    })
}

pub(super) fn mapper(
    library: &Library,
    rules: &RuleSet,
    mappings: Mappings,
    embedder: Arc<dyn Embedder>,
    monitor: &dyn Monitor,
) -> Result<Mapper, ModelError> {
    let vectors =
        vector_cache::vectors(&*embedder, &mapper_texts(rules).map_err(ModelError::index)?, monitor)?;
    let model = embedder.identity().id.clone();
    let mapper =
        Mapper::open_with(library, rules, mappings, embedder, &vectors).map_err(ModelError::index)?;
    if !mapper.is_calibrated() {
        monitor.warn(Warning::Uncalibrated { model });
    }
    Ok(mapper)
}

pub(super) fn meaning(
    index: TextIndex,
    library: &Library,
    rules: &RuleSet,
    embedder: Arc<dyn Embedder>,
    monitor: &dyn Monitor,
) -> Result<TextIndex, ModelError> {
    let vectors = vector_cache::vectors(&*embedder, &search_texts(library, rules), monitor)?;
    index.with_embeddings(library, rules, embedder, &vectors).map_err(ModelError::index)
}
