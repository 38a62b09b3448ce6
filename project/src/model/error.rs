//! Why a model cannot be used.

use std::path::PathBuf;

use super::hub;
use crate::error::{Detail, ErrorKind};

/// What is missing, or wrong with it. `name` is what the user calls the model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the embedder `{}` is no directory", path.display())]
    NoDirectory { path: PathBuf },
    #[error(
        "the project's configuration names the embedder `{}`, which is no name of a model: a project can have no \
         directory of a model opened and no library loaded",
        written.display()
    )]
    OfProject { written: PathBuf },
    /// The user's own configuration is wrong.
    #[error("{0}")]
    UserConfig(String),
    #[error("`{}`, which your own configuration names as `onnxruntime`, cannot be read: {error}", path.display())]
    UserLibrary { path: PathBuf, error: std::io::Error },
    #[error(
        "there is no ONNX model in the embedder `{name}`: looked for {} and any other `.onnx` there, in `{}`",
        looked_for.iter().map(|file| format!("`{file}`")).collect::<Vec<_>>().join(", "),
        folder.display()
    )]
    NoOnnx { name: String, looked_for: &'static [&'static str], folder: PathBuf },
    #[error(
        "the embedder `{name}` keeps its weights in a file of their own, `{file}`, which this program does not read"
    )]
    WeightsApart { name: String, file: String },
    #[error("there is no `tokenizer.json` in the embedder `{name}`: looked in `{}`", folder.display())]
    NoTokenizer { name: String, folder: PathBuf },
    #[error("the embedder `{name}` cannot be used: {error}")]
    Settings { name: String, error: String },
    #[error("`{}` of the embedder `{name}` cannot be read: {error}", path.display())]
    Unreadable { name: String, path: PathBuf, error: std::io::Error },
    /// The files are there and are no model.
    #[error("{0}")]
    Files(String),
    #[error("`{}`, which `ORT_DYLIB_PATH` names, cannot be read: {error}", path.display())]
    NamedLibrary { path: PathBuf, error: std::io::Error },
    #[error("{}", match advice {
        LibraryAdvice::NameForProject => format!(
            "the project's configuration names the model `{name}`, and you name no shared library of ONNX Runtime"
        ),
        _ => format!("there is no shared library of ONNX Runtime in the embedder `{name}` or the system's folders"),
    })]
    NoLibrary { name: String, advice: LibraryAdvice },
    #[error("{0}")]
    Library(String),
    #[error(
        "`{name}` is no directory, and no model of the Hugging Face hub's cache: {}",
        if caches.is_empty() {
            "the environment names no folder of it, and no home".to_owned()
        } else {
            let caches: Vec<String> = caches.iter().map(|cache| format!("`{}`", cache.display())).collect();
            format!("looked in {}", caches.join(", "))
        }
    )]
    NotInCache { name: Box<hub::Name>, caches: Vec<PathBuf> },
    #[error("the model `{name}` in the Hugging Face hub's cache cannot be used: {fault}")]
    BrokenCopy { name: Box<hub::Name>, fault: hub::CopyFault, revisions: Vec<String> },
    #[error("the embedder `{name}` cannot be used: this program was built without the full model")]
    NotBuiltIn { name: String },
    /// An index over texts could not be made.
    #[error("{0}")]
    Index(String),
}

/// What to do where no library was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LibraryAdvice {
    PutBeside,
    NameIt,
    /// A project asks for the model: nothing is loaded that the user does not name.
    NameForProject,
    /// There is one, which came with the model.
    NameUntrusted,
}

impl ModelError {
    pub(crate) fn index(error: impl std::fmt::Display) -> Self {
        Self::Index(error.to_string())
    }
}

impl Detail for ModelError {
    fn kind(&self) -> ErrorKind {
        match self {
            ModelError::Index(_) | ModelError::Library(_) => ErrorKind::Failure,
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            ModelError::NoDirectory { .. } => {
                "it holds `model.onnx`, `tokenizer.json` and ONNX Runtime's shared library; \
                 or give a model's name, `ORG/NAME`, which is looked for in the Hugging Face hub's cache"
            }
            ModelError::OfProject { .. } => {
                "name it yourself: `--embedder DIR`, the environment variable `COMPLINE_EMBEDDER`, or `embedder` in \
                 your own configuration (`compline/config.yaml` in `$XDG_CONFIG_HOME`); a project can name a model \
                 of the Hugging Face hub's cache, `ORG/NAME`"
            }
            ModelError::NoOnnx { .. } => {
                "take a model that comes as ONNX, or export it: `optimum-cli export onnx --model NAME DIR`"
            }
            ModelError::WeightsApart { .. } => "take a smaller model, whose ONNX file is whole",
            ModelError::NoTokenizer { .. } => {
                "it comes with the model; models with another sort of tokenizer cannot be used"
            }
            ModelError::NoLibrary { advice, .. } => {
                let put = match advice {
                    LibraryAdvice::PutBeside => {
                        "put `libonnxruntime.so` there (the Python package `onnxruntime` holds one), or name its path"
                    }
                    LibraryAdvice::NameUntrusted => {
                        "the one that came with the model is not trusted unasked: name its path"
                    }
                    LibraryAdvice::NameForProject => {
                        "code is loaded only where you say so: give `--embedder`, or name the library's path as \
                         `onnxruntime` in your own configuration or"
                    }
                    LibraryAdvice::NameIt => {
                        "the Python package `onnxruntime` holds `libonnxruntime.so`: name its path"
                    }
                };
                return Some(format!("{put} in `ORT_DYLIB_PATH`"));
            }
            ModelError::NotInCache { name, .. } => {
                return Some(format!("this program opens no connection; {}", name.fetch()));
            }
            ModelError::BrokenCopy { name, revisions, .. } => {
                let or = match revisions.as_slice() {
                    [] => String::new(),
                    revisions => format!("; there is {}", revisions.join(", ")),
                };
                return Some(format!("this program opens no connection; {}{or}", name.fetch()));
            }
            ModelError::NotBuiltIn { .. } => "build it with `--features fastembed`",
            _ => return None,
        };
        Some(help.to_owned())
    }
}
