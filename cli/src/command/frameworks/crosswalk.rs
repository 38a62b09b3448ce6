//! `compline frameworks crosswalk`: how the controls of two frameworks relate.

use clap::{Args, ValueEnum};
use compline_frameworks::{Crosswalk, Framework, Library, crosswalk, oscal};
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::output::print;
use crate::reading::standing_rules;
use crate::shelf::no_framework;

/// Print the crosswalks between frameworks, in the set relations of NIST IR 8477
#[derive(Debug, Args)]
pub struct Arguments {
    /// A crosswalk's id, or a framework's; all of them when none is named
    id: Option<String>,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
    /// An OSCAL mapping collection, JSON
    Oscal,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let (rules, _) = standing_rules(&[])?;
    let library = Library::builtin(&rules);
    let all = crosswalk::builtin();
    let chosen: Vec<Crosswalk> = match arguments.id.as_deref() {
        None => all.to_vec(),
        Some(id) => {
            let found: Vec<Crosswalk> = all
                .iter()
                .filter(|one| [&one.id, &one.from, &one.to].iter().any(|own| **own == id))
                .cloned()
                .collect();
            if found.is_empty() && library.info(id).is_some() {
                print(&format!("no crosswalk leads from or to `{id}`\n"))?;
                return Ok(Exit::Found);
            }
            if found.is_empty() {
                return Err(no_framework(&library, id, ""));
            }
            found
        }
    };
    // One that was named is printed whole, several as a list.
    let whole = arguments.id.is_some() && chosen.len() == 1;
    print(&match arguments.format {
        Format::Human => human(&chosen, whole, &library, paint),
        Format::Json => format!("{:#}\n", json!({ "version": 1, "crosswalks": chosen })),
        Format::Oscal => {
            let find = |id: &str| -> Option<&Framework> { library.find(id).map(|found| &**found) };
            oscal::mapping_collection(&chosen, &find)
                .map_err(|error| Stop::failure(format!("the crosswalks cannot be written: {error}")))?
        }
    })?;
    Ok(Exit::Clean)
}

fn human(crosswalks: &[Crosswalk], whole: bool, library: &Library, paint: Paint) -> String {
    let mut out = String::new();
    for one in crosswalks {
        out.push_str(&format!(
            "{}\n  {}, {} edges\n  after {}\n",
            paint.bold(&one.id),
            one.title,
            one.edges.len(),
            one.source
        ));
        if !whole {
            continue;
        }
        let width = one.edges.iter().map(|edge| edge.from.chars().count()).max().unwrap_or(0);
        let title = |framework: &str, id: &str| {
            let control = library.find(framework).and_then(|framework| framework.find(id));
            control.map_or("", |control| control.title.as_str()).to_owned()
        };
        for edge in &one.edges {
            out.push_str(&format!(
                "  {:width$}  {:<10}  {}  {}\n",
                edge.from,
                edge.relation.word(),
                edge.to,
                paint.dim(&title(&one.to, &edge.to))
            ));
        }
    }
    out
}
