//! The protocol, nothing else: the same verdicts as on the command line, while the text is being typed.
//!
//! INVARIANTS: only `server.rs` names the protocol crate, and only `wire.rs` speaks its types; only `position.rs`
//! counts characters; this room reads no disk and no clock: a folder is opened, judged and kept current by
//! `compline-project`. Features are pure functions of a [`view::View`]; a panic in one answers one request with an
//! error.

mod document;
mod feature;
mod place;
mod position;
mod root;
mod server;
mod session;
mod settings;
mod state;
mod view;
mod wire;

use std::sync::Arc;

use compline_project::Moment;

pub use server::serve;

/// What day it is, `YYYY-MM-DD`.
pub trait Clock: Send + Sync + 'static {
    fn today(&self) -> String;
}

/// The clock of the machine.
struct MachineClock;

impl Clock for MachineClock {
    fn today(&self) -> String {
        Moment::today()
    }
}

/// Serves one editor on standard input and output until it says `exit` or goes away.
///
/// # Errors
/// The runtime could not be started.
pub fn run(version: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot start the language server: {error}"))?;
    runtime.block_on(serve(Arc::new(MachineClock), version, tokio::io::stdin(), tokio::io::stdout()));
    // Standard input is read on a thread that cannot be interrupted; an editor that keeps it open after `exit`
    // must not keep the server.
    runtime.shutdown_background();
    Ok(())
}
