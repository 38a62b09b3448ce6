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

use super::{Wanted, hub, kept};
use crate::exit::Stop;
use crate::output::tell;

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

pub(super) fn load(wanted: &Wanted) -> Result<Arc<dyn Embedder>, Stop> {
    let (folder, name) = match wanted {
        Wanted::Directory { path: directory, .. } => {
            let shown = directory.display().to_string();
            if !directory.is_dir() {
                return Err(Stop::mistake(format!("the embedder `{shown}` is no directory")).help(
                    "it holds `model.onnx`, `tokenizer.json` and ONNX Runtime's shared library; \
                     or give a model's name, `ORG/NAME`, which is looked for in the Hugging Face hub's cache",
                ));
            }
            (directory.clone(), shown)
        }
        Wanted::Hub(name) => {
            let caches = hub::caches(&|name| std::env::var_os(name), std::env::home_dir());
            (hub::snapshot(name, &caches)?, name.to_string())
        }
    };
    let (model, tokenizer) = (onnx(&folder, &name)?, tokenizer(&folder, &name)?);
    let settings = Settings::read(&|file| page(&folder.join(file)))
        .map_err(|error| Stop::mistake(format!("the embedder `{name}` cannot be used: {error}")))?;
    // What was fetched may hold anything: a library is only taken from where the user put one.
    let beside = matches!(wanted, Wanted::Directory { library: true, .. });
    let runtime = Runtime::load(&library(&folder, beside, &name)?).map_err(Stop::failure)?;
    let files = OnnxFiles { model: &model, tokenizer: &tokenizer };
    let short = match wanted {
        Wanted::Directory { path, .. } => {
            path.file_name().map_or_else(|| name.clone(), |last| last.to_string_lossy().into_owned())
        }
        Wanted::Hub(_) => name,
    };
    Ok(Arc::new(OnnxEmbedder::load(files, &short, settings, runtime).map_err(Stop::mistake)?))
}

fn page(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok()?;
    if facts.len() > LONGEST_PAGE { None } else { std::fs::read_to_string(path).ok() }
}

/// The bytes of the model.
fn onnx(folder: &Path, name: &str) -> Result<Vec<u8>, Stop> {
    let known = MODELS.iter().map(|file| folder.join(file));
    let others = FOLDERS.iter().flat_map(|below| {
        let mut found = listed(&folder.join(below));
        found.retain(|path| path.extension().is_some_and(|ending| ending == "onnx"));
        found
    });
    let path = known.chain(others).find(|path| path.is_file()).ok_or_else(|| {
        let looked: Vec<String> = MODELS.iter().map(|file| format!("`{file}`")).collect();
        Stop::mistake(format!(
            "there is no ONNX model in the embedder `{name}`: looked for {} and any other `.onnx` there, in `{}`",
            looked.join(", "),
            folder.display()
        ))
        .help("take a model that comes as ONNX, or export it: `optimum-cli export onnx --model NAME DIR`")
    })?;
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if let Some(beside) = [format!("{file}_data"), format!("{file}.data")]
        .iter()
        .find(|name| path.with_file_name(name).exists())
    {
        return Err(Stop::mistake(format!(
            "the embedder `{name}` keeps its weights in a file of their own, `{beside}`, which this program does not read"
        ))
        .help("take a smaller model, whose ONNX file is whole"));
    }
    read(&path, name)
}

fn tokenizer(folder: &Path, name: &str) -> Result<Vec<u8>, Stop> {
    let found = [folder.join(TOKENIZER), folder.join("onnx").join(TOKENIZER)];
    match found.iter().find(|path| path.is_file()) {
        Some(path) => read(path, name),
        None => Err(Stop::mistake(format!(
            "there is no `{TOKENIZER}` in the embedder `{name}`: looked in `{}`",
            folder.display()
        ))
        .help("it comes with the model; models with another sort of tokenizer cannot be used")),
    }
}

fn read(path: &Path, name: &str) -> Result<Vec<u8>, Stop> {
    std::fs::read(path).map_err(|error| {
        Stop::mistake(format!("`{}` of the embedder `{name}` cannot be read: {error}", path.display()))
    })
}

/// The files of a folder by name; none where there is no folder.
fn listed(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

/// ONNX Runtime's shared library: the one the environment names, else the one beside the model, else the system's.
fn library(folder: &Path, beside: bool, name: &str) -> Result<PathBuf, Stop> {
    if let Some(named) = std::env::var_os("ORT_DYLIB_PATH").filter(|named| !named.is_empty()) {
        return std::fs::canonicalize(&named).map_err(|error| {
            let named = Path::new(&named).display();
            Stop::mistake(format!("`{named}`, which `ORT_DYLIB_PATH` names, cannot be read: {error}"))
        });
    }
    let is = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.starts_with("libonnxruntime.") || name == "onnxruntime.dll"
    };
    let folders = beside.then_some(folder).into_iter().chain(SYSTEM.iter().map(Path::new));
    let mut found =
        folders.flat_map(listed).filter(|path| is(path)).filter_map(|path| std::fs::canonicalize(path).ok());
    found.next().ok_or_else(|| {
        let lies = listed(folder).iter().any(is);
        let put = match (beside, lies) {
            (true, _) => {
                "put `libonnxruntime.so` there (the Python package `onnxruntime` holds one), or name its path"
            }
            (false, true) => "the one that came with the model is not trusted unasked: name its path",
            (false, false) => "the Python package `onnxruntime` holds `libonnxruntime.so`: name its path",
        };
        Stop::mistake(format!(
            "there is no shared library of ONNX Runtime in the embedder `{name}` or the system's folders"
        ))
        .help(format!("{put} in `ORT_DYLIB_PATH`"))
    })
}

pub(super) fn mapper(
    library: &Library,
    rules: &RuleSet,
    mappings: Mappings,
    embedder: Arc<dyn Embedder>,
) -> Result<Mapper, Stop> {
    let known = kept::known(&*embedder, &mapper_texts(rules).map_err(Stop::failure)?)?;
    let name = embedder.identity().id.clone();
    let mapper = Mapper::open_with(library, rules, mappings, embedder, &known).map_err(Stop::failure)?;
    if !mapper.is_calibrated() {
        tell(&format!(
            "note: answers by the model `{name}` are uncalibrated: what a likeness is worth was measured with \
             all-MiniLM-L6-v2 only, so scores are no probabilities and nothing is called mapped on this model's word"
        ));
    }
    Ok(mapper)
}

pub(super) fn meaning(
    index: TextIndex,
    library: &Library,
    rules: &RuleSet,
    embedder: Arc<dyn Embedder>,
) -> Result<TextIndex, Stop> {
    let known = kept::known(&*embedder, &search_texts(library, rules))?;
    index.with_embeddings(library, rules, embedder, &known).map_err(Stop::failure)
}
