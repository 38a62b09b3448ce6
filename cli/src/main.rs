//! The one binary: each subcommand is a file under `command/`. Printing happens here and nowhere else.

mod arguments;
mod command;
mod exit;
mod output;
mod render;

use std::process::ExitCode;

use clap::Parser as _;

/// Reading and judging make and drop many small values, from several threads.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    output::tell_of_panics();
    let arguments = match command::Cli::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let error = command::refused(error);
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match command::run(arguments) {
        Ok(exit) => exit.into(),
        Err(stop) => {
            output::tell(&format!("error: {}", stop.message));
            if let Some(help) = &stop.help {
                output::tell(&format!("help: {help}"));
            }
            stop.code()
        }
    }
}
