//! `compline lsp`: the language server on standard input and output.

use clap::Args;

use crate::exit::{Exit, Stop};

/// Serve an editor on standard input and output
#[derive(Debug, Args)]
pub struct Arguments {
    /// Accepted because editors pass it; standard input and output are always used
    #[arg(long, hide = true)]
    stdio: bool,
}

pub fn run(_: &Arguments) -> Result<Exit, Stop> {
    compline_lsp::run(env!("CARGO_PKG_VERSION")).map_err(Stop::failure)?;
    Ok(Exit::Clean)
}
