//! `compline check`: judge.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_project::error::Detail as _;
use compline_project::{
    Adjustment, AdjustmentKind, Assessed, LibraryScope, Moment, OpenOptions, Policy, Project, config,
};
use compline_reporter::format::{Audience, Format, Style};
use compline_reporter::result::{CheckResult, ResultKind, RunResult};
use compline_reporter::run::OutcomeKind;
use compline_reporter::{AdjustmentKind as Kind, Breach, PolicyNote, Run};
use compline_rules::{Outcome, Severity, Verdict};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::output::{Progress, tell, warn};
use crate::render::Paint;
use crate::render::format::{FormatParser, present};

/// Judge infrastructure as code
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    /// The output format
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Check))]
    format: &'static Format,
    /// Assess these frameworks (ids, `ID:BASELINE`, or files of your own)
    #[arg(short, long = "framework", value_name = "ID", value_delimiter = ',')]
    frameworks: Vec<String>,
    /// Exit with 1 from this severity on: low, medium, high, critical [default: low]
    #[arg(long, value_name = "SEVERITY")]
    severity: Option<String>,
    /// Apply an organisation's policy, a file outside of the workspace (docs/policy.md)
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Print these outcomes too
    #[arg(long, value_name = "OUTCOME", value_delimiter = ',')]
    show: Vec<Show>,
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
    let progress = Progress::start("reading");
    let project = Project::open(&OpenOptions {
        frameworks: arguments.frameworks.clone(),
        policy: arguments.policy.clone(),
        library: LibraryScope::Chosen,
        ..arguments.project.options()
    })?;
    warn(&project.config.warnings);
    let policy = project.config.policy.clone();
    let threshold = threshold.or(project.config.config.severity).unwrap_or(Severity::Low);
    let threshold =
        policy.as_ref().map_or(threshold, |policy| policy.threshold(Some(threshold)).unwrap_or(threshold));
    progress.say("judging");
    let today = Moment::today();
    let assessed = project.assess(&today)?;
    drop(progress);
    let (project, frameworks) = (&assessed.project, assessed.frameworks());
    // Machines get an empty document and the status, people get a sentence.
    if project.is_empty() && arguments.format.audience == Audience::People {
        return Err(project.nothing().into());
    }
    let found = project.adjustments();
    let held = policy.as_ref().map(|policy| held(policy, &assessed, &found, &today));
    let run = Run::new(&assessed.assessment, assessed.snapshot(), assessed.rules(), &frameworks.ids(), TOOL)
        .with_unused_waivers(&assessed.unused, assessed.snapshot())
        .with_adjustments(adjustments(found), assessed.snapshot().redaction())
        .with_policy(held, assessed.snapshot().redaction());
    let run = if project.is_empty() { with_nothing_read(run, project) } else { run };
    let also: Vec<OutcomeKind> = arguments
        .show
        .iter()
        .map(|show| match show {
            Show::Pass => OutcomeKind::Pass,
            Show::Waived => OutcomeKind::Waived,
        })
        .collect();
    let shown = |path: &str| project.shown(path);
    if !arguments.format.names_problems {
        problems(&run, &shown);
    }
    let result =
        CheckResult { run: &run, frameworks: &assessed.assessment.frameworks, library: &frameworks.library };
    let style = Style { path: &shown, paint, also: &also };
    present(arguments.format, &RunResult::Check(result), &style)?;
    let exit = exit(project, &assessed.assessment.verdicts, threshold);
    Ok(exit.max(policy_exit(&run)))
}

/// The run of a project in which nothing was read: an empty document alone would look like a clean one.
fn with_nothing_read(run: Run, project: &Project) -> Run {
    let nothing = project.nothing();
    let scope = project.scope().first().filter(|path| !path.is_empty());
    run.with_nothing_read(scope.map_or(".", String::as_str), nothing.to_string(), nothing.help())
}

/// What breaks a policy, as reports tell it.
pub fn held(policy: &Policy, assessed: &Assessed, found: &[Adjustment], today: &str) -> PolicyNote {
    let breaches = policy.breaches(assessed, found, today).into_iter();
    PolicyNote {
        file: policy.path.display().to_string(),
        sha256: policy.sha256.clone(),
        breaches: breaches.map(|one| Breach { what: one.what, file: one.file, line: one.line }).collect(),
    }
}

/// The status that a policy asks for.
pub fn policy_exit(run: &Run) -> Exit {
    match &run.policy {
        Some(policy) if !policy.breaches.is_empty() => Exit::Found,
        _ => Exit::Clean,
    }
}

/// What files of the tree say of their own judgement, as reports tell it.
pub fn adjustments(found: Vec<Adjustment>) -> Vec<compline_reporter::Adjustment> {
    let kind = |kind: AdjustmentKind| match kind {
        AdjustmentKind::Override => Kind::Override,
        AdjustmentKind::Rule => Kind::Rule,
        AdjustmentKind::Import => Kind::Import,
        AdjustmentKind::Confirmation => Kind::Confirmation,
        AdjustmentKind::Rejection => Kind::Rejection,
        AdjustmentKind::Exclusion => Kind::Exclusion,
        AdjustmentKind::PassedOver => Kind::PassedOver,
        AdjustmentKind::Waiver => Kind::Waiver,
        AdjustmentKind::Setting => Kind::Setting,
    };
    let one = |one: Adjustment| compline_reporter::Adjustment {
        kind: kind(one.kind),
        what: one.what,
        file: one.file,
        line: one.line,
        sha256: one.sha256,
    };
    found.into_iter().map(one).collect()
}

/// The status of a judged run.
pub fn exit<'v>(
    project: &Project,
    verdicts: impl IntoIterator<Item = &'v Verdict>,
    threshold: Severity,
) -> Exit {
    let failing =
        |verdict: &Verdict| matches!(verdict.outcome, Outcome::Fail) && verdict.severity >= threshold;
    if project.is_incomplete() || project.is_empty() {
        Exit::Incomplete
    } else if verdicts.into_iter().any(failing) {
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
