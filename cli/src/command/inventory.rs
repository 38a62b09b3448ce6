//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::Args;
use compline_reporter::format::{Format, Style};
use compline_reporter::inventory;
use compline_reporter::result::{InventoryResult, ResultKind, RunResult};

use crate::exit::{Exit, Stop};
use crate::output::tell;
use crate::reading::{Reading, What};
use crate::render::format::{FormatParser, present};

/// List what was read: every resource with its values
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    #[arg(long, value_name = "FORMAT", default_value = "human", value_parser = FormatParser(ResultKind::Inventory))]
    format: &'static Format,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let reading = Reading::open(&arguments.what)?;
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    let resources = inventory::inventory(&reading.snapshot);
    let gaps = reading.snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
    let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
    let result = InventoryResult { resources: &resources, gaps: &gaps, problems: &reading.snapshot.problems };
    let shown = |path: &str| reading.shown.path(path);
    present(arguments.format, &RunResult::Inventory(result), &Style { path: &shown, ..Style::plain() })?;
    for problem in reading.snapshot.problems.iter() {
        tell(&format!("{}: {}", reading.shown.path(&problem.path), problem.message));
    }
    Ok(if reading.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}
