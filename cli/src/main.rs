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

/// Bytes of stack of a thread that judges.
const STACK: usize = 16 << 20;

/// Starts as many threads as there are processors, or as `RAYON_NUM_THREADS` says, but never more than are of use: each
/// has a stack. Where memory is too short for them, fewer.
fn start_threads() {
    let asked = std::env::var("RAYON_NUM_THREADS").ok().and_then(|text| text.trim().parse::<usize>().ok());
    let found = std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = asked.filter(|count| *count > 0).unwrap_or(found).min(compline_iac::MOST_THREADS);
    let build = |threads: &usize| {
        rayon::ThreadPoolBuilder::new().num_threads(*threads).stack_size(STACK).build_global().is_ok()
    };
    let _ =
        std::iter::successors(Some(wanted), |count| Some(count / 2).filter(|count| *count > 0)).find(build);
}

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
    start_threads();
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
