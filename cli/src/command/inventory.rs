//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::{Args, ValueEnum};
use compline_reporter::format::json;
use compline_reporter::inventory::{self, ResourcePart};

use crate::exit::{Exit, Stop};
use crate::face::some;
use crate::output::{print, show, tell};
use crate::reading::{Reading, What};

/// List what was read: every resource with its values
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    what: What,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let reading = Reading::open(&arguments.what)?;
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    let resources = inventory::inventory(&reading.snapshot);
    match arguments.format {
        Format::Json => {
            let gaps = reading.snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
            let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
            print(&json::inventory(&resources, &gaps, &reading.snapshot.problems).map_err(Stop::failure)?)?;
        }
        Format::Human => show(&listed(&reading, &resources))?,
    }
    for problem in reading.snapshot.problems.iter() {
        tell(&format!("{}: {}", reading.shown.path(&problem.path), problem.message));
    }
    Ok(if reading.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}

fn listed(reading: &Reading, resources: &[ResourcePart]) -> String {
    let mut out = String::new();
    for resource in resources {
        let place = resource.place.as_ref();
        let file = place.map(|spot| reading.shown.path(&spot.file)).unwrap_or_default();
        let line = place.map_or(0, |spot| spot.line);
        let unknown = match resource.unknown.len() {
            0 => String::new(),
            number => format!("  {number} unknown"),
        };
        let sort = if resource.is_data { "  (looked up)" } else { "" };
        out.push_str(&format!("{}  {file}:{line}{sort}{unknown}\n", resource.address));
    }
    let count = some(resources.len(), "resource", "resources");
    out.push_str(&format!("\n{count}; `--format json` has their values\n"));
    out
}
