//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::Args;
use compline_project::Project;
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{InventoryResult, ResultKind, RunResult};
use compline_reporter::{hidden, inventory};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::output::tell;
use crate::render::format::{FormatParser, present};

/// List what was read: every resource with its values
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Inventory))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let project = Project::open(&arguments.project.options())?;
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    let snapshot = &project.snapshot;
    let resources = inventory::inventory(snapshot);
    let gaps = snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
    let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
    let redaction = snapshot.redaction();
    let gaps = hidden::gaps(gaps, redaction);
    let problems = hidden::problems(&snapshot.problems, &|problem| snapshot.source(problem.span?), redaction);
    let result = InventoryResult { resources: &resources, gaps: &gaps, problems: &problems };
    let shown = |path: &str| project.shown(path);
    present(arguments.format, &RunResult::Inventory(result), &Style { path: &shown, ..Style::plain() })?;
    for problem in &problems {
        tell(&format!("{}: {}", project.shown(&problem.path), problem.message));
    }
    Ok(if project.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}
