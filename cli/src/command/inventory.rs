//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::{Args, ValueEnum};
use compline_project::Project;
use compline_reporter::format::json;
use compline_reporter::inventory::{self, ResourcePart};

use crate::arguments::ProjectArguments;
use crate::exit::{Exit, Stop};
use crate::face::some;
use crate::output::{print, show, tell};

/// List what was read: every resource with its values
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(flatten)]
    project: ProjectArguments,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let project = Project::open(&arguments.project.options())?;
    if project.is_empty() {
        return Err(project.nothing().into());
    }
    let resources = inventory::inventory(&project.snapshot);
    match arguments.format {
        Format::Json => {
            let gaps = project.snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
            let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
            print(&json::inventory(&resources, &gaps, &project.snapshot.problems).map_err(Stop::failure)?)?;
        }
        Format::Human => show(&listed(&project, &resources))?,
    }
    for problem in project.snapshot.problems.iter() {
        tell(&format!("{}: {}", project.shown(&problem.path), problem.message));
    }
    Ok(if project.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}

fn listed(project: &Project, resources: &[ResourcePart]) -> String {
    let mut out = String::new();
    for resource in resources {
        let place = resource.place.as_ref();
        let file = place.map(|spot| project.shown(&spot.file)).unwrap_or_default();
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
