//! `compline ledger`: the record, checked and listed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use compline_ledger::{Entry, Event, Fault, Ledger, event};

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::output::{print, show};
use crate::place::Place;

/// Check or list the record of what was done here
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that no entry was changed or taken out; whether some were cut off the end shows against a noted head
    Verify {
        #[command(flatten)]
        which: Which,
        /// A head somebody noted earlier (a report prints it): it must still be there
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
    },
    /// List the entries
    List {
        #[command(flatten)]
        which: Which,
        /// One JSON object a line, as they are stored
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct Which {
    /// A ledger, or a directory that has one [default: that of this repository]
    #[arg(value_name = "PATH")]
    path: Option<PathBuf>,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    match &arguments.command {
        Command::Verify { which, expect_head } => verify(&ledger(which)?, expect_head.as_deref()),
        Command::List { which, json } => list(&ledger(which)?, *json, paint),
    }
}

fn ledger(which: &Which) -> Result<Ledger, Stop> {
    match &which.path {
        Some(path) if path.is_dir() => Ok(Ledger::below(path)),
        Some(path) if path.exists() => Ok(Ledger::at(path)),
        Some(path) => Err(Stop::mistake(format!("`{}` is not there", path.display()))),
        None => Ok(Ledger::below(&Place::find(&[], None)?.root)),
    }
}

fn verify(ledger: &Ledger, expected: Option<&str>) -> Result<Exit, Stop> {
    let path = ledger.path().display();
    match ledger.verify(expected) {
        Ok(entries) => {
            print(&match entries.last() {
                None => format!("{path}: no entries\n"),
                Some(last) => {
                    format!(
                        "{path}: {}, head {}\n{}",
                        some(entries.len(), "entry holds", "entries hold"),
                        last.hash,
                        match expected {
                            Some(_) => "the head you noted is still there\n",
                            None =>
                                "whether entries were cut off the end shows only against a head noted earlier: --expect-head\n",
                        }
                    )
                }
            })?;
            Ok(Exit::Clean)
        }
        Err(fault @ (Fault::Broken { .. } | Fault::Cut { .. })) => {
            print(&format!("{path}: {fault}\n"))?;
            Ok(Exit::Found)
        }
        Err(fault) => Err(Stop::failure(fault.to_string())),
    }
}

fn list(ledger: &Ledger, json: bool, paint: Paint) -> Result<Exit, Stop> {
    let entries = ledger.entries().map_err(|fault| Stop::failure(fault.to_string()))?;
    if json {
        let text = std::fs::read_to_string(ledger.path()).unwrap_or_default();
        print(&text)?;
        return Ok(Exit::Clean);
    }
    let mut out = String::new();
    for entry in &entries {
        let hash = entry.hash.get(..12).unwrap_or(&entry.hash);
        out.push_str(&format!(
            "{:>4}  {}  {:<8}  {}  {}\n",
            entry.index,
            entry.time,
            entry.kind,
            paint.dim(hash),
            about(entry)
        ));
    }
    if entries.is_empty() {
        out = format!("{}: no entries\n", ledger.path().display());
    }
    show(&out)?;
    Ok(Exit::Clean)
}

/// What an entry says beside its kind; nothing where this version does not know the kind.
fn about(entry: &Entry) -> String {
    match entry.event() {
        Event::Report(report) => {
            let event::Verdicts { fail, pass, unknown, waived } = report.verdicts;
            format!("{}: {fail} fail, {pass} pass, {unknown} unknown, {waived} waived", report.system)
        }
        Event::Fix(fix) => {
            let (fixes, files) = (fix.fixes.len(), fix.files.len());
            format!("{} in {}", some(fixes, "fix", "fixes"), some(files, "file", "files"))
        }
        Event::Waiver(waiver) => {
            let (address, by) = (waiver.address.unwrap_or_default(), waiver.by.unwrap_or_default());
            format!("{} {address} by {by}", waiver.rule)
        }
        Event::Mapping(mapping) => {
            let event::Mapping { subject, framework, control, decision, by, .. } = mapping;
            format!("{framework} {control} {decision} for {subject} by {by}")
        }
        Event::PlanApproval(approval) => format!("{} by {}", approval.plan, approval.by),
        _ => String::new(),
    }
}
