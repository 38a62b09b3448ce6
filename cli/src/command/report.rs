//! `compline report`: files an auditor can read and verify.

mod foreign;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use compline_frameworks::{Framework, assess};
use compline_ledger::{Ledger, event};
use compline_reporter::format::{csv, html, json as wire, pdf, sarif};
use compline_reporter::run::Answer;
use compline_reporter::{Facts, Report, SourceFact};
use compline_rules::RuleSet;

use super::check::{self, TOOL};
use super::fix::sha256;
use crate::clock::Moment;
use crate::config;
use crate::exit::{Exit, Stop};
use crate::face::{some, summary};
use crate::git;
use crate::output::{Progress, show, tell, write_file};
use crate::reading::{Reading, What};
use crate::shelf::Shelf;

/// Write a report of how the code stands to frameworks
///
/// The exit status is 0 when the report was written, whatever it says; 1 only where `--severity` asks for it, and
/// 3 when something could not be read: the report says what.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    /// Report on another scanner's results instead (JSON, SARIF, Prowler's CSV): Checkov, Trivy, KICS, tfsec, Prowler, cfn-guard (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Report on these frameworks (ids, `ID:BASELINE`, or files of your own)
    #[arg(short, long = "framework", value_name = "ID", value_delimiter = ',')]
    frameworks: Vec<String>,
    /// Files to write
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', default_values = ["html", "pdf", "json"])]
    format: Vec<Format>,
    /// Where to write them
    #[arg(short, long, value_name = "DIR", default_value = "compline-report")]
    output: PathBuf,
    /// The system the report is about [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// Who runs this, as the report shall name them
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Exit with 1 when something of this severity fails
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Html,
    Pdf,
    Json,
    Csv,
    Sarif,
}

impl Format {
    fn name(self) -> &'static str {
        match self {
            Format::Html => "report.html",
            Format::Pdf => "report.pdf",
            Format::Json => "report.json",
            Format::Csv => "report.csv",
            Format::Sarif => "report.sarif",
        }
    }

    fn render(self, report: &Report) -> Result<Vec<u8>, String> {
        match self {
            Format::Html => html::render(report).map(String::into_bytes),
            Format::Pdf => pdf::render(report),
            Format::Json => wire::render(report).map(String::into_bytes),
            Format::Csv => csv::render(report).map(String::into_bytes),
            Format::Sarif => sarif::render(report).map(String::into_bytes),
        }
    }
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let threshold = arguments.severity.as_deref().map(config::severity).transpose()?;
    let moment = Moment::now()?;
    if !arguments.from.is_empty() {
        return foreign::run(arguments, &moment, threshold);
    }
    let progress = Progress::start("reading");
    let reading = Reading::open(&arguments.what)?;
    let shelf = Shelf::open(&arguments.frameworks, &reading.config, &reading.rules)?
        .with_texts(&reading.config)?
        .amended(reading.disk.root(), &reading.rules)?;
    needs_framework(&shelf)?;
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    progress.say("judging".to_owned());
    let judged = reading.judge(moment.day())?;
    let facts = facts(arguments, &reading, &shelf.chosen, &moment)?;
    let assessment =
        assess(&reading.snapshot, judged.verdicts, &reading.rules, &shelf.library, &shelf.chosen);
    let exit = match threshold {
        Some(threshold) => check::exit(&reading, &assessment.verdicts, threshold),
        None if reading.is_incomplete() => Exit::Incomplete,
        None => Exit::Clean,
    };
    let report = Report::new(assessment, facts, &reading.snapshot, &reading.rules, &shelf.library);
    let files = write(arguments, &report, &progress)?;
    drop(progress);
    check::problems(&report.run, &|path| reading.shown.path(path));
    let entry = record(reading.disk.root(), &report, &files, &moment)?;
    show(&told(arguments, &report, &files, &entry))?;
    Ok(exit)
}

fn needs_framework(shelf: &Shelf) -> Result<(), Stop> {
    if !shelf.chosen.is_empty() {
        return Ok(());
    }
    let known: Vec<&str> = shelf.library.infos().map(|info| info.id.as_str()).collect();
    Err(Stop::mistake("a report needs a framework, and none was named").help(format!(
        "give `--framework ID`, or name it in `compline.yaml`; there are {}",
        known.join(", ")
    )))
}

/// A file that was written: its name, its SHA-256 and its bytes.
type Written = (&'static str, String, usize);

/// Renders every format asked for, then writes them all.
fn write(arguments: &Arguments, report: &Report, progress: &Progress) -> Result<Vec<Written>, Stop> {
    let mut formats = arguments.format.clone();
    formats.dedup();
    let mut rendered = Vec::new();
    for format in formats {
        progress.say(format!("writing {}", format.name()));
        rendered.push((
            format.name(),
            format
                .render(report)
                .map_err(|error| Stop::failure(format!("{} cannot be made: {error}", format.name())))?,
        ));
    }
    std::fs::create_dir_all(&arguments.output).map_err(|error| {
        Stop::mistake(format!("`{}` cannot be made: {error}", arguments.output.display()))
    })?;
    let mut files = Vec::new();
    for (name, bytes) in &rendered {
        write_file(&arguments.output.join(name), bytes)?;
        files.push((*name, hash(bytes), bytes.len()));
    }
    Ok(files)
}

/// What the run rests on.
fn facts(
    arguments: &Arguments,
    reading: &Reading,
    chosen: &[std::sync::Arc<Framework>],
    moment: &Moment,
) -> Result<Facts, Stop> {
    let mut sources: Vec<SourceFact> = reading
        .snapshot
        .documents()
        .map(|document| SourceFact {
            path: document.source.path.to_string(),
            sha256: sha256(&document.source.text),
            bytes: document.source.text.len(),
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let read: BTreeSet<&str> = sources.iter().map(|source| source.path.as_str()).collect();
    let root = reading.disk.root();
    // A report that can be made again byte by byte cannot tell of what was recorded in between.
    let head = match moment.fixed {
        true => None,
        false => Ledger::below(root).head().map_err(|fault| Stop::failure(fault.to_string()))?,
    };
    let frameworks: String = chosen.iter().map(|framework| format!("{framework:?}")).collect();
    Ok(Facts {
        system: arguments.system.clone().unwrap_or_else(|| system(reading)),
        time: moment.time.clone(),
        time_source: if moment.fixed { "SOURCE_DATE_EPOCH" } else { "clock" }.to_owned(),
        tool: TOOL.to_owned(),
        rules_hash: RuleSet::content_hash(),
        frameworks_hash: sha256(&frameworks),
        config_hash: if reading.config.text.is_empty() {
            String::new()
        } else {
            sha256(&reading.config.text)
        },
        command: command(std::env::args().skip(1)),
        scope: reading
            .scope
            .iter()
            .map(|path| if path.is_empty() { ".".to_owned() } else { path.clone() })
            .collect(),
        commit: git::commit(root, &|path| read.contains(path)),
        operator: arguments.operator.clone(),
        left_out: reading.found.left_out.iter().map(|(path, why)| (path.clone(), why.clone())).collect(),
        scanners: Vec::new(),
        ledger_head: head.map(|head| (head.index, head.hash)),
        sources,
    })
}

fn system(reading: &Reading) -> String {
    let named = match reading.scope.as_slice() {
        [one] if !one.is_empty() => Path::new(one).file_stem(),
        _ => reading.disk.root().file_name(),
    };
    named.map_or_else(|| "unnamed".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// The command line without the values of variables, and without the folder the files went to: where a report
/// lies is no fact of it.
fn command(arguments: impl Iterator<Item = String>) -> String {
    let mut words = vec!["compline".to_owned()];
    let mut arguments = arguments.peekable();
    while let Some(word) = arguments.next() {
        match word.as_str() {
            "--var" => {
                let value = arguments.next().unwrap_or_default();
                let name = value.split('=').next().unwrap_or_default();
                words.push(format!("--var {name}=…"));
            }
            "-o" | "--output" => {
                arguments.next();
            }
            other => match other.strip_prefix("--var=") {
                Some(value) => words.push(format!("--var {}=…", value.split('=').next().unwrap_or_default())),
                None if other.starts_with("--output=") => {}
                None if other.starts_with("-o") && !other.starts_with("--") => {}
                None => words.push(other.to_owned()),
            },
        }
    }
    words.join(" ")
}

fn hash(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Appends the run to the ledger.
fn record(
    root: &Path,
    report: &Report,
    files: &[Written],
    moment: &Moment,
) -> Result<compline_ledger::Entry, Stop> {
    let ledger = Ledger::below(root);
    ledger.append(&moment.time, &event::Event::Report(recorded(report, files))).map_err(|fault| {
        Stop::failure(format!("the report was written, but not recorded: {fault}"))
            .help("`compline ledger verify` says more; a broken ledger is kept, never repaired")
    })
}

/// What the ledger keeps of a run.
fn recorded(report: &Report, files: &[Written]) -> event::Report {
    let facts = &report.facts;
    let sources: String = facts.sources.iter().map(|one| format!("{}  {}\n", one.sha256, one.path)).collect();
    let count = |answer: Answer| summary::count(&report.run, answer) as u64;
    let frameworks = report.frameworks.iter().map(|one| event::Framework {
        id: one.id.to_string(),
        version: one.version.to_string(),
        automatable: one.counts.automatable as u64,
        satisfied: one.counts.satisfied as u64,
        partial: one.counts.partial as u64,
        not_satisfied: one.counts.not_satisfied as u64,
        waived: one.counts.waived as u64,
        unknown: one.counts.unknown as u64,
        not_assessed: one.counts.not_assessed as u64,
    });
    let files = files
        .iter()
        .map(|(name, sha256, _)| event::File { name: (*name).to_owned(), sha256: sha256.clone() });
    event::Report {
        tool: facts.tool.clone(),
        system: facts.system.clone(),
        scope: facts.scope.clone(),
        operator: facts.operator.clone(),
        commit: facts.commit.clone().map(|(id, clean)| event::Commit { id, clean }),
        rules: facts.rules_hash.clone(),
        sources: event::Sources { files: facts.sources.len() as u64, sha256: sha256(&sources) },
        verdicts: event::Verdicts {
            fail: count(Answer::Fail),
            unknown: count(Answer::Unknown),
            waived: count(Answer::Waived),
            pass: count(Answer::Pass),
        },
        frameworks: frameworks.collect(),
        complete: report.run.complete,
        files: files.collect(),
    }
}

fn told(arguments: &Arguments, report: &Report, files: &[Written], entry: &compline_ledger::Entry) -> String {
    let mut out = String::new();
    for framework in &report.frameworks {
        let counts = framework.counts;
        out.push_str(&format!(
            "{}: {} of {} automatable controls satisfied, {} looked at, {} in all\n",
            framework.id, counts.satisfied, counts.automatable, counts.looked_at, counts.all
        ));
    }
    let of = |answer: Answer| format!("{} {}", summary::count(&report.run, answer), answer.word());
    out.push_str(&format!(
        "{}: {}, {}, {}, {}\n\n",
        some(report.run.judgements.len(), "verdict", "verdicts"),
        of(Answer::Fail),
        of(Answer::Unknown),
        of(Answer::Waived),
        of(Answer::Pass)
    ));
    for (name, sha256, bytes) in files {
        let size = if *bytes < 10_000 { format!("{bytes} B") } else { format!("{} KB", bytes / 1000) };
        out.push_str(&format!("wrote {}  {size}  sha256 {sha256}\n", arguments.output.join(name).display()));
    }
    out.push_str(&format!("recorded as entry {} of the ledger, head {}\n", entry.index, entry.hash));
    if !report.run.complete {
        tell("the run is incomplete: the report names what was not read");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_command_keeps_no_values_and_no_folder() {
        let words = ["report", "--var", "password=x", "--var=a=b", "-o", "out", "--output=x", "-ox", "shop"];
        let told = command(words.into_iter().map(str::to_owned));
        assert_eq!(told, "compline report --var password=… --var a=… shop");
    }
}
