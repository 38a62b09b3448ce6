//! The protocol, nothing else: the same verdicts as on the command line, while the text is being typed.
//!
//! INVARIANTS: only `server.rs` names the protocol crate, and only `wire.rs` speaks its types; only `position.rs`
//! counts characters; this room reads no disk and no clock, what it needs of the machine its [`Host`] gives it.
//! Features are pure functions of a [`view::View`]; a panic in one answers one request with an error.

mod content;
mod document;
mod feature;
mod judged;
mod overlay;
mod place;
mod position;
mod root;
mod server;
mod session;
mod view;
mod wire;

use std::path::Path;
use std::sync::Arc;

use compline_frameworks::official::Official;
use compline_frameworks::{Library, USUAL};
use compline_iac::Options;
use compline_iac::Sources;
use compline_rules::RuleSet;
use compline_rules::waiver::Scanner;

pub use server::serve;

/// What the machine gives the server: directories, their files, and the date.
pub trait Host: Send + Sync + 'static {
    /// The files below a folder the editor works in, and what the user said about reading them.
    fn open(&self, root: &Path) -> Opened;

    /// The paths below a folder that are worth reading, relative to it, with `/`. May take a while.
    fn walk(&self, root: &Path) -> Vec<String>;

    /// Official content that was imported below a folder; asked for when something of it is first to be shown.
    fn imports(&self, _root: &Path) -> Vec<Official> {
        Vec::new()
    }

    /// Today as `YYYY-MM-DD`.
    fn today(&self) -> String;
}

/// A folder, opened.
pub struct Opened {
    pub sources: Arc<dyn Sources>,
    pub options: Options,
    pub standing: Standing,
    /// What is wrong with the folder's configuration: the user is told, and the rest holds.
    pub complaint: Option<String>,
}

/// What a folder's configuration makes of rules, controls and suppressions.
pub struct Standing {
    pub rules: RuleSet,
    pub library: Library,
    /// The frameworks whose controls a finding names.
    pub frameworks: Vec<String>,
    /// The scanners whose suppressions are read.
    pub honor: Vec<Scanner>,
    /// The files all this was made from, below the folder; a name that ends in `/` is a directory.
    pub made_from: Vec<String>,
}

impl Default for Standing {
    /// What holds where nothing is configured.
    fn default() -> Self {
        let rules = RuleSet::builtin();
        Self {
            library: Library::builtin(&rules),
            rules,
            frameworks: USUAL.map(str::to_owned).to_vec(),
            honor: Vec::new(),
            made_from: Vec::new(),
        }
    }
}

/// Serves one editor on standard input and output until it says `exit` or goes away.
///
/// # Errors
/// The runtime could not be started.
pub fn run(host: Arc<dyn Host>, version: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the language server: {error}"))?;
    runtime.block_on(serve(host, version, tokio::io::stdin(), tokio::io::stdout()));
    // Standard input is read on a thread that cannot be interrupted; an editor that keeps it open after `exit`
    // must not keep the server.
    runtime.shutdown_background();
    Ok(())
}
