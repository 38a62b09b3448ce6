//! A project, opened and judged: the root and its configuration found, files walked and read, frameworks, mappings and
//! waivers resolved, verdicts assessed, and all of it kept current after an edit. The command line and the editor call
//! the same functions.
//!
//! INVARIANTS: nothing here prints. What is wrong is an [`Error`], what should be known is a [`Warning`]: values, each
//! with its help and its place. Files are read and written by `disk/` alone, the ledger's by `record.rs` through it; no
//! program is ever started; model files and shared libraries are found in `model/` alone.

pub mod adjustments;
pub mod assess;
pub mod cache;
mod caught;
pub mod clock;
pub mod config;
pub mod content;
pub mod disk;
pub mod documents;
pub mod error;
pub mod facts;
pub mod fix;
pub mod frameworks;
pub mod git;
mod ignored;
pub mod imports;
pub mod judge;
pub mod mappings;
pub mod model;
pub mod open;
mod overlay;
pub mod parameters;
mod passed_over;
pub mod policy;
pub mod record;
pub mod results;
pub mod root;
pub mod rule_pages;
pub mod suggest;
#[cfg(test)]
mod testing;
pub mod text;
pub mod user;
pub mod waivers;
pub mod walk;
pub mod warning;

pub use adjustments::{Adjustment, AdjustmentKind};
pub use assess::Assessed;
pub use clock::Moment;
pub use config::Config;
pub use content::ResolvedConfig;
pub use documents::DocumentIndex;
pub use error::{Error, ErrorKind, FilePlace};
pub use facts::RunFacts;
pub use frameworks::{LibraryScope, SelectedFrameworks};
pub use judge::Judged;
pub use model::{ModelChoice, Monitor};
pub use open::{Change, OpenOptions, Project};
pub use overlay::Overlay;
pub use policy::Policy;
pub use results::ScannerResults;
pub use root::RootSelection;
pub use warning::{Warning, WarningLevel};
