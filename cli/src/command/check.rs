//! `compline check`: judge.

use clap::{Args, ValueEnum};
use compline_frameworks::assess;
use compline_reporter::Run;
use compline_reporter::format::{csv, json, sarif};
use compline_reporter::run::Answer;
use compline_rules::{Outcome, Severity, Verdict};

use crate::clock::Moment;
use crate::config;
use crate::exit::{Exit, Stop};
use crate::face::{self, paint::Paint};
use crate::output::{Progress, print, show, tell};
use crate::reading::{Reading, What};
use crate::shelf::Shelf;

/// Judge infrastructure as code
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    /// What to print
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Assess these frameworks (ids, `ID:BASELINE`, or files of your own)
    #[arg(short, long = "framework", value_name = "ID", value_delimiter = ',')]
    frameworks: Vec<String>,
    /// Exit with 1 from this severity on: low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// Print these outcomes too
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',')]
    show: Vec<Show>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Human,
    Concise,
    Json,
    Sarif,
    Csv,
    Junit,
    Github,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
    Pass,
    Waived,
}

/// The program's name and version, as facts name it.
pub const TOOL: &str = concat!("compline ", env!("CARGO_PKG_VERSION"));

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let threshold = arguments.severity.as_deref().map(config::severity).transpose()?;
    let moment = Moment::now()?;
    let progress = Progress::start("reading");
    let reading = Reading::open(&arguments.what)?;
    let shelf = Shelf::open(&arguments.frameworks, &reading.config, &reading.rules)?
        .amended(reading.disk.root(), &reading.rules)?;
    let threshold = threshold.or(reading.config.severity).unwrap_or(Severity::Low);
    progress.say("judging".to_owned());
    let judged = reading.judge(moment.day())?;
    let assessment =
        assess(&reading.snapshot, judged.verdicts, &reading.rules, &shelf.library, &shelf.chosen);
    drop(progress);
    // Machines get an empty document and the status, people get a sentence.
    if reading.is_empty() && matches!(arguments.format, Format::Human | Format::Concise) {
        return Err(reading.nothing());
    }
    let run = Run::new(&assessment, &reading.snapshot, &reading.rules, &shelf.ids(), TOOL);
    let also: Vec<Answer> = arguments
        .show
        .iter()
        .map(|show| match show {
            Show::Pass => Answer::Pass,
            Show::Waived => Answer::Waived,
        })
        .collect();
    let shown = |path: &str| reading.shown.path(path);
    if matches!(arguments.format, Format::Human | Format::Concise | Format::Github | Format::Markdown) {
        problems(&run, &shown);
    }
    let text = match arguments.format {
        Format::Human => {
            let style = face::human::Style { library: &shelf.library, path: &shown, paint, also: &also };
            let unused: Vec<_> = judged
                .unused
                .iter()
                .map(|one| (one.waiver.place.to_string(), one.waiver.rule.to_string(), one.why.clone()))
                .collect();
            let summary = face::summary::lines(&run, &assessment.frameworks, &unused, paint);
            Ok(format!("{}{summary}", face::human::findings(&run, &style)))
        }
        Format::Concise => Ok(face::concise::findings(&run, &shown, &also)),
        Format::Github => Ok(face::github::findings(&run, &also)),
        Format::Markdown => Ok(face::markdown::findings(&run, &also)),
        Format::Junit => Ok(face::junit::render(&run)),
        Format::Json => json::check(&run),
        Format::Sarif => sarif::check(&run, &shelf.library, also.contains(&Answer::Pass)),
        Format::Csv => csv::check(&run),
    };
    let text = text.map_err(Stop::failure)?;
    match arguments.format {
        Format::Human | Format::Concise => show(&text)?,
        _ => print(&text)?,
    }
    Ok(exit(&reading, &assessment.verdicts, threshold))
}

/// The status of a judged run.
pub fn exit(reading: &Reading, verdicts: &[Verdict], threshold: Severity) -> Exit {
    let failing =
        |verdict: &Verdict| matches!(verdict.outcome, Outcome::Fail) && verdict.severity >= threshold;
    if reading.is_incomplete() || reading.is_empty() {
        Exit::Incomplete
    } else if verdicts.iter().any(failing) {
        Exit::Found
    } else {
        Exit::Clean
    }
}

/// What could not be read, on standard error.
pub fn problems(run: &Run, shown: &dyn Fn(&str) -> String) {
    for problem in &run.problems {
        let word = if problem.loss { "error" } else { "note" };
        let at = problem
            .place
            .as_ref()
            .map_or(String::new(), |at| format!(":{}:{}", at.start.line, at.start.column));
        tell(&format!("{word}: {}{at}: {}", shown(&problem.file), problem.message));
        if let Some(help) = &problem.help {
            tell(&format!("  help: {help}"));
        }
    }
}
