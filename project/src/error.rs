//! Why something could not be done, as values: an enum with fields; the message is its `Display`, what to do about it
//! is [`Detail::help`]. Messages are lower case without a full stop, the user's text in backticks.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use crate::clock::ClockError;
use crate::config::{ConfigError, ConfigFault, FILE, WAIVERS};
use crate::disk::{ReadError, WriteError};
use crate::documents::DocumentsError;
use crate::frameworks::FrameworkError;
use crate::imports::ImportError;
use crate::mappings::MappingsError;
use crate::model::ModelError;
use crate::open::OpenError;
use crate::policy::PolicyError;
use crate::results::ResultsError;
use crate::root::RootError;
use crate::rule_pages::RulePagesError;
use crate::text::TextError;
use crate::waivers::WaiverFileError;
use crate::walk::FilterError;

/// Who can put it right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The user, by other words: in the arguments, the configuration or another file.
    Mistake,
    /// What was asked for could not be done.
    Failure,
}

/// What an error says beside its message.
pub trait Detail: Display {
    fn kind(&self) -> ErrorKind;

    /// What to do about it, when we know.
    fn help(&self) -> Option<String> {
        None
    }
}

/// Why a project could not be opened, judged or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Clock(#[from] ClockError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    #[error(transparent)]
    Filter(#[from] FilterError),
    #[error(transparent)]
    Framework(#[from] FrameworkError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Mappings(#[from] MappingsError),
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Results(#[from] ResultsError),
    #[error(transparent)]
    Root(#[from] RootError),
    #[error(transparent)]
    RulePages(#[from] RulePagesError),
    #[error(transparent)]
    Text(#[from] TextError),
    #[error(transparent)]
    WaiverFile(#[from] WaiverFileError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("{0}")]
    Ledger(String),
    /// Edits that do not make a text together.
    #[error("{0}")]
    Edit(String),
}

impl Detail for Error {
    fn kind(&self) -> ErrorKind {
        self.detail().map_or(ErrorKind::Failure, Detail::kind)
    }

    fn help(&self) -> Option<String> {
        self.detail().and_then(Detail::help)
    }
}

impl Error {
    /// The message, and what to do about it.
    pub fn with_help(&self) -> String {
        match self.help() {
            Some(help) => format!("{self}: {help}"),
            None => self.to_string(),
        }
    }

    /// The place in a file of the project that it is about, where there is one.
    pub fn place(&self, root: &Path) -> Option<FilePlace> {
        let whole = |file: PathBuf| Some(FilePlace { file, line: None, column: None });
        match self {
            Error::Config(error) => match &error.fault {
                ConfigFault::Unreadable { path, .. } => whole(path.clone()),
                _ => error.place.clone(),
            },
            Error::Filter(FilterError::Pattern { file, .. } | FilterError::All { file, .. }) => {
                whole(file.clone())
            }
            Error::Framework(error) => error.place().cloned(),
            Error::Mappings(_) => whole(root.join(compline_frameworks::feedback::FILE)),
            Error::WaiverFile(error) => {
                Some(FilePlace { file: root.join(WAIVERS), line: error.line(), column: None })
            }
            _ => None,
        }
    }

    fn detail(&self) -> Option<&dyn Detail> {
        Some(match self {
            Error::Clock(error) => error,
            Error::Config(error) => error,
            Error::Documents(error) => error,
            Error::Filter(error) => error,
            Error::Framework(error) => error,
            Error::Import(error) => error,
            Error::Mappings(error) => error,
            Error::Model(error) => error,
            Error::Open(error) => error,
            Error::Policy(error) => error,
            Error::Read(error) => error,
            Error::Results(error) => error,
            Error::Root(error) => error,
            Error::RulePages(error) => error,
            Error::Text(error) => error,
            Error::WaiverFile(error) => error,
            Error::Write(error) => error,
            Error::Ledger(_) | Error::Edit(_) => return None,
        })
    }
}

/// A place in a file that people write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlace {
    pub file: PathBuf,
    /// From 1.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
}

impl FilePlace {
    pub fn line(file: &Path, line: u64) -> Self {
        Self { file: file.to_owned(), line: u32::try_from(line).ok(), column: None }
    }

    /// Whether it is in this file, a path below a root.
    pub fn is(&self, root: &Path, path: &str) -> bool {
        self.file == root.join(path)
    }

    /// What stands before a message about it: `compline.yaml:4:7: `.
    pub fn lead(&self) -> String {
        let name = self.file.file_name().map_or(FILE.into(), |name| name.to_string_lossy());
        let numbers = [self.line, self.column].into_iter().flatten().map(|number| format!(":{number}"));
        format!("{name}{}: ", numbers.collect::<String>())
    }
}
