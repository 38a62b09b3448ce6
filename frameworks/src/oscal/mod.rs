//! OSCAL, the publishers' exchange format: catalogues, profiles and component definitions in, the same out again,
//! and crosswalks out as mapping collections. Bytes come from the caller; nothing is fetched.

mod base;
mod export;
mod import;
mod mapping;
mod merge;
mod modify;
mod read;
mod resolve;
mod select;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;

pub use export::{catalog, components};
pub use import::{ImportOptions, Imported, NOBODY, import};
pub use mapping::mapping_collection;
pub(crate) use read::yaml_options;
pub use read::{MAX_BYTES, MAX_CONTROLS, MAX_TOTAL_BYTES};

/// A file as it was found.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// As the user knows it; the same file always has the same name.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Finds the files that others refer to.
pub trait SourceFiles {
    /// The first of these references that leads to a file, seen from the file `from`.
    ///
    /// # Errors
    /// A file that is there and cannot be read.
    fn follow(&mut self, from: &str, references: &[String]) -> Result<Option<SourceFile>, Fault>;
}

/// What is wrong with a file, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// `profile.json:12:9`, or the file's name where no line is to blame.
    pub place: String,
    pub message: String,
    pub help: Option<String>,
}

impl Fault {
    pub fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into(), help: None }
    }

    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Something that does not survive being read and written again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The model it concerns: `catalog`, `profile`, `component-definition`, or `any`.
    pub model: &'static str,
    pub what: &'static str,
}

/// Everything that is lost on the way from a file to our form and back, besides fields that OSCAL does not have,
/// which are named when they are met. A test reads and writes files and finds no other difference.
pub const LOSSES: &[Loss] = &[
    Loss {
        model: "any",
        what: "the `$schema` key, comments, the order of keys, and how YAML spelled a value",
    },
    Loss { model: "any", what: "lists with nothing in them" },
    Loss {
        model: "profile",
        what: "imports, merge and modify: they are carried out, and what goes out is the catalogue they make, with an id of its own",
    },
    Loss { model: "profile", what: "what was not selected, and groups with nothing selected in them" },
    Loss {
        model: "component-definition",
        what: "several definitions in one import go out as one, with the id and the metadata of the first",
    },
];
