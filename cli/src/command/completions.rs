//! `compline completions`: a script for the user's shell.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;
use compline_reporter::escape::Escaped;

use crate::exit::{Exit, Stop};
use crate::output::print;

/// Print a completion script for a shell
#[derive(Debug, Args)]
pub struct Arguments {
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut super::Cli::command(), "compline", &mut script);
    print(&Escaped::ours(String::from_utf8_lossy(&script)))?;
    Ok(Exit::Clean)
}
