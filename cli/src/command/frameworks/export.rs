//! `compline frameworks export`: what was imported, as OSCAL again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_frameworks::oscal;
use compline_project::disk::write_named;
use compline_project::suggest::did_you_mean;
use compline_project::{OpenOptions, ResolvedConfig, imports};
use compline_reporter::escape::json;

use crate::exit::{Exit, Stop};
use crate::output::{print, tell};

/// Export imported content as OSCAL
///
/// What OSCAL cannot hold is reported on standard error, as the import reported it.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The id of the imported framework
    id: String,
    #[arg(long, value_name = "FORMAT", default_value = "oscal")]
    format: Format,
    /// Export its component definitions instead of its catalogue
    #[arg(long)]
    components: bool,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    /// OSCAL, JSON
    Oscal,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let config = ResolvedConfig::open(&OpenOptions::default())?;
    let (_, imports) = imports::all(&config.config)?;
    let id = &arguments.id;
    let Some(official) = imports.iter().find(|official| official.id == *id) else {
        let ids: Vec<&str> = imports.iter().map(|official| official.id.as_str()).collect();
        let help = did_you_mean(id, ids.iter().copied()).unwrap_or_else(|| match ids.is_empty() {
            true => {
                "`compline frameworks import FILE` imports OSCAL; nothing was imported here yet".to_owned()
            }
            false => format!("imported are {}", ids.join(", ")),
        });
        return Err(Stop::mistake(format!("nothing was imported as `{id}`")).help(help));
    };
    let Format::Oscal = arguments.format;
    let text = match arguments.components {
        true => oscal::components(official),
        false => oscal::catalog(official).or_else(|| oscal::components(official)),
    };
    let Some(text) = text else {
        return Err(Stop::mistake(format!("`{id}` has no component definition")));
    };
    let text = text.map_err(|error| Stop::failure(format!("`{id}` cannot be written: {error}")))?;
    match &arguments.output {
        Some(path) => write_named(path, config.root(), text.as_bytes())?,
        None => print(&json::again(&text))?,
    }
    for loss in &official.losses {
        tell(&format!("not in it: {loss}"));
    }
    Ok(Exit::Clean)
}
