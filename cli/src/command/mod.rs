//! The subcommands, a file each.

mod check;
mod completions;
mod coverage;
mod explain;
mod fix;
mod frameworks;
mod index;
mod init;
mod inventory;
mod ledger;
mod lsp;
mod map;
mod report;
mod rules;
mod search;
mod waive;

use std::ffi::OsString;
use std::path::Path;

use clap::{Parser, Subcommand};
use compline_ledger::{Entry, Event, Fault, event};
use compline_project::disk::{Folder, LARGEST};
use compline_project::{Moment, record as records};
use compline_reporter::escape::visible;

use crate::exit::{Exit, Stop};
use crate::output::{Color, tell};
use crate::render::Paint;

/// Check infrastructure as code, and show which controls of NIST, PCI DSS and HIPAA each result bears on
#[derive(Debug, Parser)]
#[command(name = "compline", version, propagate_version = true, max_term_width = 100)]
#[command(
    after_help = "Exit status: 0 no failure at or above the severity asked for, 1 at least one, 2 a mistake in \
                        the arguments or the configuration, 3 the run is incomplete."
)]
pub struct Cli {
    /// When to colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Arguments),
    Fix(fix::Arguments),
    Report(report::Arguments),
    Explain(explain::Arguments),
    Rules(rules::Arguments),
    Frameworks(frameworks::Arguments),
    Search(search::Arguments),
    Map(map::Arguments),
    Index(index::Arguments),
    Coverage(coverage::Arguments),
    Inventory(inventory::Arguments),
    Lsp(lsp::Arguments),
    Ledger(ledger::Arguments),
    Waive(waive::Arguments),
    Init(init::Arguments),
    Completions(completions::Arguments),
}

/// Why the arguments were refused, with those that it quotes made visible: the same ones are read again so.
pub fn refused(error: clap::Error) -> clap::Error {
    let given: Vec<OsString> = std::env::args_os().collect();
    let shown: Vec<OsString> =
        given.iter().map(|word| OsString::from(&*visible(&word.to_string_lossy()))).collect();
    if given == shown {
        return error;
    }
    match Cli::try_parse_from(shown) {
        Err(error) => error,
        // Nobody meant these arguments: what they come to is not done.
        Ok(_) => {
            let message = visible(&error.to_string()).into_owned();
            clap::Error::raw(error.kind(), format!("{message}\n"))
        }
    }
}

/// Does what was asked.
///
/// # Errors
/// Why it could not be done.
pub fn run(cli: Cli) -> Result<Exit, Stop> {
    let color = cli.color;
    let paint = || Paint { on: color.on() };
    match cli.command {
        Command::Check(arguments) => check::run(&arguments, paint()),
        Command::Fix(arguments) => fix::run(&arguments, paint()),
        Command::Report(arguments) => report::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments, paint()),
        Command::Rules(arguments) => rules::run(&arguments, paint()),
        Command::Frameworks(arguments) => frameworks::run(&arguments, paint()),
        Command::Search(arguments) => search::run(&arguments, paint()),
        Command::Map(arguments) => map::run(&arguments, paint()),
        Command::Index(arguments) => index::run(&arguments),
        Command::Coverage(arguments) => coverage::run(&arguments, paint()),
        Command::Inventory(arguments) => inventory::run(&arguments),
        Command::Lsp(arguments) => lsp::run(&arguments),
        Command::Ledger(arguments) => ledger::run(&arguments, paint()),
        Command::Waive(arguments) => waive::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Completions(arguments) => completions::run(&arguments),
    }
}

/// Appends to the ledger of a root, and tells when its last line had to be put right.
fn record(root: &Path, moment: &Moment, event: &Event) -> Result<Entry, Fault> {
    let appended = records::below(root).append(&moment.time, event)?;
    if let Some(repair) = appended.repair
        && let Event::Repair(event::Repair { bytes, kept, .. }) = repair.event()
    {
        let done = if kept { "kept: only its line break was missing" } else { "taken away" };
        tell(&format!(
            "note: the last line of the ledger, {bytes} bytes, was not finished and was {done}; entry {} says so",
            repair.index
        ));
    }
    Ok(appended.entry)
}

/// Records what is about to be done, does it, and records it where it could not be done: nothing is done without a
/// record. `help` says what to do where there can be none.
fn record_and_do(
    root: &Path,
    moment: &Moment,
    events: impl IntoIterator<Item = Event>,
    help: &str,
    act: impl FnOnce() -> Result<(), Stop>,
) -> Result<(), Stop> {
    let mut entries = Vec::new();
    let undone = |entries: &[Entry], why: &str| {
        for entry in entries {
            let event = event::NotDone { intent: entry.hash.clone(), why: why.to_owned() };
            if let Err(fault) = record(root, moment, &Event::NotDone(event)) {
                tell(&format!(
                    "warning: entry {} of the ledger was not carried out, and that could not be recorded: {fault}",
                    entry.index
                ));
            }
        }
    };
    for event in events {
        match record(root, moment, &event) {
            Ok(entry) => entries.push(entry),
            Err(fault) => {
                undone(&entries, "another entry of the same command could not be recorded");
                let stop = Stop::failure(format!("nothing was changed, for want of a record: {fault}"));
                return Err(stop.help(help));
            }
        }
    }
    act().inspect_err(|stop| undone(&entries, &stop.message))
}

/// The text of a file that is about to be written; empty where it is not there.
fn text_of(folder: &Folder, name: &str) -> Result<String, Stop> {
    let bytes = folder.read(name, LARGEST)?.unwrap_or_default();
    String::from_utf8(bytes)
        .map_err(|_| Stop::mistake(format!("`{name}` is not UTF-8")).help("save it as UTF-8"))
}
