//! `compline coverage`: what was looked at, what was not, and why.

use clap::Args;
use compline_project::{Assessed, Moment, Project};
use compline_reporter::format::{Audience, Format, Style};
use compline_reporter::notice::ReadProblem;
use compline_reporter::result::{CoverageResult, ResultKind, RunResult};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::render::Paint;
use crate::render::format::{FormatParser, present};

/// Show what was checked and what was not
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Coverage))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let project = Project::open(&arguments.project.options())?;
    // Machines get an empty document and the status, people get a sentence.
    if project.is_empty() && arguments.format.audience == Audience::People {
        return Err(project.nothing().into());
    }
    let Assessed { project, assessment, .. } = project.assess(&Moment::today())?;
    let problems = ReadProblem::all(&project.snapshot);
    let left_out = &project.found.left_out;
    let result = CoverageResult { coverage: &assessment.coverage, left_out, problems: &problems };
    let shown = |path: &str| project.shown(path);
    let style = Style { path: &shown, paint, ..Style::plain() };
    present(arguments.format, &RunResult::Coverage(result), &style)?;
    Ok(if project.is_incomplete() || project.is_empty() { Exit::Incomplete } else { Exit::Clean })
}
