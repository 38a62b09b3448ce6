//! `compline ledger`: the record, checked and listed.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use compline_ledger::{Entry, Event, Fault, Ledger, Reading, event};
use compline_project::disk::{is_folder, is_there};
use compline_project::{RootSelection, record};
use compline_reporter::escape::Lines;
use compline_reporter::format::{Format, Style, jsonl};
use compline_reporter::result::{LedgerResult, LedgerRow, ResultKind, RunResult};

use crate::exit::{Exit, Stop};
use crate::output::{say, show, tell};
use crate::render::Paint;
use crate::render::format::{FormatParser, present};
use crate::render::pluralize;

/// Verify or list the ledger, the record of runs and changes
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check that no entry was changed or removed. Entries cut off at the end show only against a head noted earlier
    Verify {
        #[command(flatten)]
        which: Which,
        /// A head noted earlier (a report prints it): the ledger must still hold it
        #[arg(long, value_name = "HASH")]
        expect_head: Option<String>,
    },
    /// List the entries
    List {
        #[command(flatten)]
        which: Which,
        #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Ledger))]
        format: &'static Format,
        /// The same as `--format jsonl`
        #[arg(long, conflicts_with = "format")]
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
        Command::List { which, format, json } => {
            list(&ledger(which)?, if *json { &jsonl::FORMAT } else { format }, paint)
        }
    }
}

fn ledger(which: &Which) -> Result<Ledger, Stop> {
    match &which.path {
        Some(path) if is_folder(path) => Ok(record::below(path)),
        Some(path) if is_there(path) => Ok(record::named(path)),
        Some(path) => Err(Stop::mistake(format!("`{}` is not there", path.display()))),
        None => Ok(record::below(&RootSelection::find(&[], None)?.root)),
    }
}

fn verify(ledger: &Ledger, expected: Option<&str>) -> Result<Exit, Stop> {
    let path = ledger.path().display();
    match ledger.verify(expected) {
        Ok(entries) => {
            let Some(last) = entries.last() else {
                say(format!("{path}: no entries"))?;
                return Ok(Exit::Clean);
            };
            let hold = pluralize(entries.len(), "entry holds", "entries hold");
            let mut out = Lines::of(format!("{path}: {hold}, head {}", last.hash));
            out.line(match expected {
                Some(_) => "the head you noted is still there",
                None => {
                    "whether entries were cut off the end shows only against a head noted earlier: --expect-head"
                }
            });
            show(out)?;
            Ok(Exit::Clean)
        }
        Err(fault @ (Fault::Broken { .. } | Fault::Cut { .. } | Fault::Unfinished { .. })) => {
            say(format!("{path}: {fault}"))?;
            Ok(Exit::Found)
        }
        Err(fault) => Err(Stop::failure(fault.to_string())),
    }
}

fn list(ledger: &Ledger, format: &Format, paint: Paint) -> Result<Exit, Stop> {
    let Reading { entries, unfinished, text } =
        ledger.read().map_err(|fault| Stop::failure(fault.to_string()))?;
    if unfinished > 0 {
        let entries = entries.len() as u64;
        tell(&format!("warning: {}", Fault::Unfinished { entries, bytes: unfinished }));
    }
    let rows: Vec<LedgerRow> = entries.iter().map(row).collect();
    let result = LedgerResult { path: &ledger.path().display().to_string(), entries: &rows, stored: &text };
    present(format, &RunResult::Ledger(result), &Style { paint, ..Style::plain() })?;
    Ok(Exit::Clean)
}

fn row(entry: &Entry) -> LedgerRow {
    LedgerRow {
        index: entry.index,
        time: entry.time.clone(),
        kind: entry.kind.clone(),
        hash: entry.hash.clone(),
        about: about(entry),
    }
}

/// What an entry says beside its kind; nothing where this version does not know the kind.
fn about(entry: &Entry) -> String {
    match entry.event() {
        Event::Report(report) => {
            let event::Verdicts { fail, pass, unknown, waived } = report.verdicts;
            format!("{}: {fail} fail, {pass} pass, {unknown} unknown, {waived} waived", report.system)
        }
        Event::FixIntent(fix) => format!("about to be made: {}", fixes(&fix)),
        Event::Fix(fix) => fixes(&fix),
        Event::NotDone(failed) => format!("not done: {}", failed.why),
        Event::Waiver(waiver) => {
            let (address, by) = (waiver.address.unwrap_or_default(), waiver.by.unwrap_or_default());
            format!("{} {address} by {by}", waiver.rule)
        }
        Event::Mapping(mapping) => {
            let event::Mapping { subject, framework, control, decision, by, .. } = mapping;
            format!("{framework} {control} {decision} for {subject} by {by}")
        }
        Event::Repair(event::Repair { bytes, kept: true, .. }) => {
            format!("the line break of the entry before was missing; its {bytes} bytes were kept")
        }
        Event::Repair(event::Repair { bytes, .. }) => {
            format!("{bytes} bytes of a line that was not finished were taken away")
        }
        Event::PlanApproval(approval) => format!("{} by {}", approval.plan, approval.by),
        _ => String::new(),
    }
}

fn fixes(fix: &event::Fix) -> String {
    let (fixes, files) = (fix.fixes.len(), fix.files.len());
    format!("{} in {}", pluralize(fixes, "fix", "fixes"), pluralize(files, "file", "files"))
}
