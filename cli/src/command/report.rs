//! `compline report`: files an auditor can read and verify.

mod texts;

use std::path::{Path, PathBuf};

use clap::Args;
use compline_ledger::{Entry, Event, Fault, event};
use compline_project::disk::{Folder, WriteError};
use compline_project::facts::sha256;
use compline_project::git::Checkout;
use compline_project::root::PathDisplay;
use compline_project::{
    Assessed, LibraryScope, Moment, OpenOptions, Project, ResolvedConfig, RunFacts, ScannerResults,
    SelectedFrameworks, config,
};
use compline_reporter::escape::Lines;
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{ResultKind, RunResult};
use compline_reporter::run::OutcomeKind;
use compline_reporter::{CommitFact, Facts, Report, SourceFact};
use compline_rules::{Outcome, Severity};

use self::texts::FoundTexts;
use super::check::{self, TOOL, adjustments, held, policy_exit};
use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::output::{ModelMonitor, Progress, show, tell, warn};
use crate::render::format::FormatParser;
use crate::render::pluralize;

/// Write a report: which controls the code satisfies, which it does not, and what was not checked
///
/// The exit status is 0 when the report was written, whatever it says; 1 only where `--severity` asks for it, and
/// 3 when something could not be read: the report says what.
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// Report on another scanner's results instead (JSON, SARIF, Prowler's CSV): Checkov, Trivy, KICS, tfsec, Prowler, cfn-guard (`-`: standard input)
    #[arg(long, value_name = "FILE")]
    from: Vec<PathBuf>,
    /// Report on these frameworks (ids, `ID:BASELINE`, or files of your own)
    #[arg(short, long = "framework", value_name = "ID", value_delimiter = ',')]
    frameworks: Vec<String>,
    /// Files to write
    #[arg(
        long,
        value_name = "FORMAT",
        value_delimiter = ',',
        default_values = ["html", "pdf", "json"],
        value_parser = FormatParser(ResultKind::Report)
    )]
    format: Vec<&'static Format>,
    /// The directory to write to [default: compline-report]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// The system the report is about [default: the directory's name]
    #[arg(long, value_name = "NAME")]
    system: Option<String>,
    /// The name of the operator, printed in the report
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Exit with 1 when something of this severity fails
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// Apply an organisation's policy, a file outside of the workspace (docs/policy.md)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Record nothing in the ledger
    #[arg(long)]
    no_ledger: bool,
}

/// Where a report lies that no folder was named for.
const OUTPUT: &str = "compline-report";

/// A report that was made, before it is written.
struct Made {
    report: Report,
    /// Where the ledger lies.
    root: PathBuf,
    exit: Exit,
    /// How paths of the code are shown; none where another scanner's results are reported.
    display: Option<PathDisplay>,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let threshold = arguments.severity.as_deref().map(config::severity).transpose()?;
    let moment = Moment::now()?;
    let progress = Progress::start("reading");
    let made = match arguments.from.as_slice() {
        [] => of_code(arguments, &moment, threshold, &progress)?,
        files => of_results(arguments, files, &moment, threshold)?,
    };
    let files = write(arguments, &made, &progress)?;
    drop(progress);
    if let Some(display) = &made.display {
        check::problems(&made.report.run, &|path| display.path(path));
    }
    let entry = match arguments.no_ledger {
        true => {
            tell("note: not recorded, as `--no-ledger` asks");
            None
        }
        false => record(&made.root, &made.report, &files, &moment)?,
    };
    show(summary(arguments, &made.report, &files, entry.as_ref()))?;
    Ok(made.exit)
}

/// A report of what is judged here.
fn of_code(
    arguments: &Arguments,
    moment: &Moment,
    threshold: Option<Severity>,
    progress: &Progress,
) -> Result<Made, Stop> {
    let project = Project::open(&options(arguments, LibraryScope::ChosenWithTexts))?;
    warn(&project.config.warnings);
    needs_framework(project.config.frameworks())?;
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    progress.say("judging");
    let today = Moment::today();
    let assessed = project.assess(&today)?;
    let policy = assessed.project.config.policy.clone();
    let threshold = policy.as_ref().map_or(threshold, |policy| policy.threshold(threshold));
    let found = assessed.project.adjustments();
    let held = policy.as_ref().map(|policy| held(policy, &assessed, &found, &today));
    let facts = facts(arguments, assessed.facts(moment)?);
    let Assessed { project, assessment, unused } = assessed;
    let exit = match threshold {
        Some(threshold) => check::exit(&project, &assessment.verdicts, threshold),
        None if project.is_incomplete() => Exit::Incomplete,
        None => Exit::Clean,
    };
    let adjustments = adjustments(found);
    let library = &project.config.frameworks().library;
    let report = Report::new(assessment, facts, &project.snapshot, &project.config.rules, library)
        .with_unused_waivers(&unused, &project.snapshot)
        .with_adjustments(adjustments, project.snapshot.redaction())
        .with_policy(held, project.snapshot.redaction());
    let exit = exit.max(policy_exit(&report.run));
    let display = Some(project.config.selection.display.clone());
    Ok(Made { report, root: project.root().to_owned(), exit, display })
}

/// A report of another scanner's results.
fn of_results(
    arguments: &Arguments,
    files: &[PathBuf],
    moment: &Moment,
    threshold: Option<Severity>,
) -> Result<Made, Stop> {
    if arguments.policy.is_some() {
        return Err(Stop::mistake("a policy holds code, and another scanner's results are reported")
            .help("leave `--policy` away with `--from`"));
    }
    let config = ResolvedConfig::open(&options(arguments, LibraryScope::Chosen))?;
    warn(&config.warnings);
    needs_framework(config.frameworks())?;
    let results = ScannerResults::open(config, files, &ModelMonitor::default())?;
    if results.mapped.findings.is_empty() {
        return Err(results.nothing().into());
    }
    let frameworks = results.config.frameworks();
    let texts = results.texts(&arguments.project.paths);
    let facts = facts(arguments, results.facts(&texts, moment)?);
    let assessment = results.assess(&frameworks.chosen, Some(&texts));
    let failing = assessment.verdicts.iter().any(|verdict| {
        matches!(verdict.outcome, Outcome::Fail)
            && threshold.is_some_and(|threshold| verdict.severity >= threshold)
    });
    let redaction = texts.redaction(results.config.root());
    let texts = FoundTexts { texts: &texts, problems: &results.config.problems, redaction: &redaction };
    let report = Report::of(assessment, facts, &texts, &results.mapped.rules, &frameworks.library)
        .with_adjustments(adjustments(results.config.adjustments.clone()), &redaction);
    let exit = match failing {
        _ if !report.run.complete => Exit::Incomplete,
        true => Exit::Found,
        false => Exit::Clean,
    };
    Ok(Made { report, root: results.config.root().to_owned(), exit, display: None })
}

fn options(arguments: &Arguments, library: LibraryScope) -> OpenOptions {
    let (frameworks, policy) = (arguments.frameworks.clone(), arguments.policy.clone());
    OpenOptions { frameworks, policy, library, ..arguments.project.options() }
}

fn needs_framework(frameworks: &SelectedFrameworks) -> Result<(), Stop> {
    if !frameworks.chosen.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = frameworks.library.infos().map(|info| info.id.as_str()).collect();
    Err(Stop::mistake("a report needs a framework, and none was named")
        .help(format!("give `--framework ID`, or name it in `compline.yaml`; there are {}", ids.join(", "))))
}

/// A file that was written: its name, its SHA-256 and its bytes.
type Written = (&'static str, String, usize);

/// Renders every format asked for, then writes them all.
fn write(arguments: &Arguments, made: &Made, progress: &Progress) -> Result<Vec<Written>, Stop> {
    let report = &made.report;
    let mut formats = arguments.format.clone();
    formats.dedup_by_key(|format| format.name);
    let mut rendered = Vec::new();
    for format in formats {
        progress.say(&format!("writing {}", format.file));
        let bytes = format.render(&RunResult::Report(report), &Style::plain());
        let bytes =
            bytes.map_err(|error| Stop::failure(format!("{} cannot be made: {error}", format.file)))?;
        rendered.push((format.file, bytes));
    }
    let folder = match &arguments.output {
        Some(path) => Folder::named(path, &made.root),
        // Nobody named it: where the user stands may be somebody else's, and the name a link.
        None => Folder::below(Path::new("."), Path::new(OUTPUT)),
    };
    let folder = folder.map_err(|error| match error {
        WriteError::Folder { .. } => Stop::mistake(error.to_string()),
        error => error.into(),
    })?;
    let mut files = Vec::new();
    for (name, bytes) in &rendered {
        folder.write(name, bytes)?;
        files.push((*name, sha256(bytes), bytes.len()));
    }
    Ok(files)
}

/// The facts of a run, with who ran it and how.
fn facts(arguments: &Arguments, run: RunFacts) -> Facts {
    let sources = run.sources.into_iter();
    Facts {
        system: arguments.system.clone().unwrap_or(run.subject),
        time_source: if run.moment.fixed { "SOURCE_DATE_EPOCH" } else { "clock" }.to_owned(),
        time: run.moment.time,
        tool: TOOL.to_owned(),
        rules_hash: run.rules_hash,
        frameworks_hash: run.frameworks_hash,
        config_hash: run.config_hash,
        mappings_hash: run.mappings_hash,
        imports_hash: run.imports_hash,
        waivers_hash: run.waivers_hash,
        command: command(std::env::args().skip(1)),
        scope: run.scope,
        commit: commit(run.checkout),
        operator: arguments.operator.clone(),
        left_out: run.left_out,
        scanners: run.scanners,
        ledger_head: run.ledger_head,
        sources: sources
            .map(|one| SourceFact { path: one.path, sha256: one.sha256, bytes: one.bytes })
            .collect(),
    }
}

fn commit(checkout: Checkout) -> Option<CommitFact> {
    match checkout {
        Checkout::Outside => None,
        Checkout::NotDetermined(why) => Some(CommitFact { why: Some(why), ..CommitFact::default() }),
        Checkout::At(commit) => Some(CommitFact {
            id: Some(commit.id),
            branch: commit.branch,
            author: commit.author,
            clean: commit.clean,
            why: commit.why,
        }),
    }
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

/// Appends the run to the ledger; gives none where the workspace may not be written, and says so.
fn record(root: &Path, report: &Report, files: &[Written], moment: &Moment) -> Result<Option<Entry>, Stop> {
    match super::record(root, moment, &Event::Report(recorded(report, files))) {
        Ok(entry) => Ok(Some(entry)),
        Err(Fault::ReadOnly(why)) => {
            tell(&format!("warning: the report was written, but not recorded: {why}"));
            Ok(None)
        }
        Err(fault) => Err(Stop::failure(format!("the report was written, but not recorded: {fault}"))
            .help("`compline ledger verify` says more; a broken ledger is kept, never repaired")),
    }
}

fn recorded_commit(commit: &CommitFact) -> Option<event::Commit> {
    Some(event::Commit { id: commit.id.clone()?, clean: commit.clean })
}

/// What the ledger keeps of a run.
fn recorded(report: &Report, files: &[Written]) -> event::Report {
    let facts = &report.facts;
    let sources: String = facts.sources.iter().map(|one| format!("{}  {}\n", one.sha256, one.path)).collect();
    let count = |outcome: OutcomeKind| report.run.count(outcome) as u64;
    let frameworks = report.frameworks.iter().map(|one| event::Framework {
        id: one.id.clone(),
        version: one.version.clone(),
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
        commit: facts.commit.as_ref().and_then(recorded_commit),
        rules: facts.rules_hash.clone(),
        sources: event::Sources { files: facts.sources.len() as u64, sha256: sha256(sources.as_bytes()) },
        verdicts: event::Verdicts {
            fail: count(OutcomeKind::Fail),
            unknown: count(OutcomeKind::Unknown),
            waived: count(OutcomeKind::Waived),
            pass: count(OutcomeKind::Pass),
        },
        frameworks: frameworks.collect(),
        complete: report.run.complete,
        files: files.collect(),
    }
}

fn summary(arguments: &Arguments, report: &Report, files: &[Written], entry: Option<&Entry>) -> Lines {
    let mut out = Lines::new();
    for framework in &report.frameworks {
        let counts = framework.counts;
        out.line(format!(
            "{}: {} of {} automatable controls satisfied, {} looked at, {} in all",
            framework.id, counts.satisfied, counts.automatable, counts.looked_at, counts.all
        ));
    }
    let of = |outcome: OutcomeKind| format!("{} {}", report.run.count(outcome), outcome.word());
    out.line(format!(
        "{}: {}, {}, {}, {}",
        pluralize(report.run.stated().count(), "verdict", "verdicts"),
        of(OutcomeKind::Fail),
        of(OutcomeKind::Unknown),
        of(OutcomeKind::Waived),
        of(OutcomeKind::Pass)
    ));
    out.blank();
    for (name, sha256, bytes) in files {
        let size = if *bytes < 10_000 { format!("{bytes} B") } else { format!("{} KB", bytes / 1000) };
        out.line(format!(
            "wrote {}  {size}  sha256 {sha256}",
            arguments.output.as_deref().unwrap_or(Path::new(OUTPUT)).join(name).display()
        ));
    }
    if let Some(entry) = entry {
        out.line(format!("recorded as entry {} of the ledger, head {}", entry.index, entry.hash));
    }
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
        let words = command(words.into_iter().map(str::to_owned));
        assert_eq!(words, "compline report --var password=… --var a=… shop");
    }
}
