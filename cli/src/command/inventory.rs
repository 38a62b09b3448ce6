//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::Args;
use compline_project::Project;
use compline_reporter::format::{Audience, Format, Style};
use compline_reporter::notice::ReadProblem;
use compline_reporter::result::{InventoryResult, ResultKind, RunResult};
use compline_reporter::{hidden, inventory};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
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
    // Machines get an empty document and the status, people get a sentence.
    if project.is_empty() && arguments.format.audience == Audience::People {
        return Err(project.nothing().into());
    }
    let snapshot = &project.snapshot;
    let resources = inventory::inventory(snapshot, &project.config.rules);
    let gaps = snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
    let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
    let gaps = hidden::gaps(gaps, snapshot.redaction());
    let problems = ReadProblem::all(snapshot);
    let result = InventoryResult { resources: &resources, gaps: &gaps, problems: &problems };
    let shown = |path: &str| project.shown(path);
    present(arguments.format, &RunResult::Inventory(result), &Style { path: &shown, ..Style::plain() })?;
    Ok(if project.is_incomplete() || project.is_empty() { Exit::Incomplete } else { Exit::Clean })
}
