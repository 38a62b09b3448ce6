//! What a run tells and goes on: values, so that the command line prints them and the editor shows them.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::disk::WriteError;
use crate::error::{Error, FilePlace};
use crate::mappings::MappingFault;

/// Something that the user should know.
#[derive(Debug)]
pub enum Warning {
    /// What is wrong somewhere, passed over by those who cannot stop at it.
    Fault(Error),
    /// A line of the mappings file does nothing, or says too little.
    Mapping {
        place: FilePlace,
        fault: MappingFault,
    },
    /// What a framework's file asks of a parameter of rules does nothing: a clause.
    Parameter {
        clause: String,
    },
    /// The project's configuration names the model that is used.
    ModelOfProject {
        model: String,
    },
    /// Answers by this model are suggestions: what its likenesses are worth was not measured.
    Uncalibrated {
        model: String,
    },
    /// A model is asked for many texts for the first time; `file` keeps what it makes of them.
    ManyTexts {
        model: String,
        texts: usize,
        file: Option<PathBuf>,
    },
    /// What a model made of texts earlier cannot be read.
    VectorsUnreadable {
        file: PathBuf,
        error: std::io::Error,
    },
    VectorsDamaged {
        file: PathBuf,
    },
    VectorsNotKept(WriteError),
}

/// How much it weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WarningLevel {
    /// Everything counts as it was said.
    Note,
    /// Something that was said does not count.
    Warning,
}

impl WarningLevel {
    /// `note`, `warning`.
    pub fn word(self) -> &'static str {
        match self {
            WarningLevel::Note => "note",
            WarningLevel::Warning => "warning",
        }
    }
}

impl Warning {
    pub fn level(&self) -> WarningLevel {
        match self {
            Warning::Fault(_) | Warning::Mapping { .. } | Warning::Parameter { .. } => WarningLevel::Warning,
            _ => WarningLevel::Note,
        }
    }

    /// The place in a file that people write, where it is about one.
    pub fn place(&self, root: &Path) -> Option<FilePlace> {
        match self {
            Warning::Fault(error) => error.place(root),
            Warning::Mapping { place, .. } => Some(place.clone()),
            _ => None,
        }
    }

    /// What to say where its place is shown already.
    pub fn at_place(&self) -> String {
        match self {
            Warning::Fault(error) => error.with_help(),
            Warning::Mapping { fault, .. } => fault.to_string(),
            _ => self.to_string(),
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Fault(error) => f.write_str(&error.with_help()),
            Warning::Mapping { place, fault } => write!(f, "{}{fault}", place.lead()),
            Warning::Parameter { clause } => f.write_str(clause),
            Warning::ModelOfProject { model } => write!(
                f,
                "the project's `compline.yaml` names the model `{model}`: it is looked for in your own cache, and \
                 never among the project's files"
            ),
            Warning::Uncalibrated { model } => write!(
                f,
                "answers by the model `{model}` are uncalibrated: what a likeness is worth was measured with \
                 all-MiniLM-L6-v2 only, so scores are no probabilities and nothing is called mapped on this model's word"
            ),
            Warning::ManyTexts { model, texts, file } => {
                write!(f, "the model `{model}` is asked for {texts} texts it has not seen yet, once; ")?;
                match file {
                    Some(file) => write!(f, "kept in `{}`", file.display()),
                    None => f.write_str("not kept, for want of a home directory"),
                }
            }
            Warning::VectorsUnreadable { file, error } => {
                write!(f, "`{}` cannot be read: {error}; its texts are embedded again", file.display())
            }
            Warning::VectorsDamaged { file } => {
                write!(f, "`{}` is damaged; its texts are embedded again", file.display())
            }
            Warning::VectorsNotKept(error) => write!(f, "{error}: the next run embeds the same texts again"),
        }
    }
}

/// What becomes of a fault in what a project says of itself: a run stops at it, an editor goes on.
pub trait FaultPolicy {
    type Stop;

    /// # Errors
    /// The run ends here.
    fn pass(&mut self, error: Error) -> Result<(), Self::Stop>;
}

/// Stops at the first fault.
pub struct StopAtFaults;

impl FaultPolicy for StopAtFaults {
    type Stop = Error;

    fn pass(&mut self, error: Error) -> Result<(), Error> {
        Err(error)
    }
}

/// Passes over every fault and keeps it: whoever uses this never stops.
#[derive(Default)]
pub struct KeepFaults(pub Vec<Warning>);

impl FaultPolicy for KeepFaults {
    type Stop = std::convert::Infallible;

    fn pass(&mut self, error: Error) -> Result<(), Self::Stop> {
        self.0.push(Warning::Fault(error));
        Ok(())
    }
}
