//! `compline frameworks crosswalk`: how the controls of two frameworks relate.

use clap::{Args, ValueEnum};
use compline_frameworks::{Crosswalk, Framework, Library, crosswalk, oscal};
use compline_project::frameworks::no_framework;
use compline_project::{OpenOptions, ResolvedConfig};
use compline_reporter::escape::{self, Lines};
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::output::{print, print_json, say, show};
use crate::render::Paint;
use crate::render::prose::indent_continuation;

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
    let config = ResolvedConfig::open(&OpenOptions::default())?;
    let library = &config.frameworks().library;
    let all = crosswalk::builtin();
    let chosen: Vec<Crosswalk> = match arguments.id.as_deref() {
        None => all.to_vec(),
        Some(id) => {
            let found: Vec<Crosswalk> = all
                .iter()
                .filter(|one| [&one.id, &one.from, &one.to].iter().any(|one_id| **one_id == id))
                .cloned()
                .collect();
            if found.is_empty() && library.info(id).is_some() {
                say(format!("no crosswalk leads from or to `{id}`"))?;
                return Ok(Exit::Found);
            }
            if found.is_empty() {
                return Err(no_framework(library, id, None).into());
            }
            found
        }
    };
    // One that was named is printed whole, several as a list.
    let whole = arguments.id.is_some() && chosen.len() == 1;
    match arguments.format {
        Format::Human => show(human(&chosen, whole, library, paint))?,
        Format::Json => print_json(&json!({ "version": 1, "crosswalks": chosen }))?,
        Format::Oscal => {
            let find = |id: &str| -> Option<&Framework> { library.find(id).map(|found| &**found) };
            let text = oscal::mapping_collection(&chosen, &find)
                .map_err(|error| Stop::failure(format!("the crosswalks cannot be written: {error}")))?;
            print(&escape::json::again(&text))?;
        }
    }
    Ok(Exit::Clean)
}

fn human(crosswalks: &[Crosswalk], whole: bool, library: &Library, paint: Paint) -> Lines {
    let mut out = Lines::new();
    for one in crosswalks {
        out.line(paint.bold(&one.id));
        for text in [format!("{}, {} edges", one.title, one.edges.len()), format!("after {}", one.source)] {
            out.laid_out(&format!("  {}", indent_continuation("  ", &text)));
        }
        if !whole {
            continue;
        }
        let width = one.edges.iter().map(|edge| edge.from.chars().count()).max().unwrap_or(0);
        let title = |framework: &str, id: &str| {
            let control = library.find(framework).and_then(|framework| framework.find(id));
            control.map_or("", |control| control.title.as_str()).to_owned()
        };
        for edge in &one.edges {
            let lead = format!("  {:width$}  {:<10}  {}  ", edge.from, edge.relation.word(), edge.to);
            let title = indent_continuation(&lead, &title(&one.to, &edge.to));
            out.laid_out(&format!("{lead}{}", paint.dim(&title)));
        }
    }
    out
}
