//! `compline frameworks`: the control catalogues.

mod crosswalk;
mod export;
mod import;
mod show;
mod test;

use clap::{Args, Subcommand};
use compline_frameworks::FrameworkInfo;
use compline_project::{LibraryScope, OpenOptions, ResolvedConfig};
use compline_reporter::escape::Lines;
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::output;
use crate::render::Paint;
use crate::render::WIDTH;
use crate::render::format::ListFormat;
use crate::render::prose::wrap;

/// List the frameworks, show one, import official content, or test a file of your own
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ListFormat,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Crosswalk(crosswalk::Arguments),
    Test(test::Arguments),
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    match &arguments.command {
        Some(Command::Show(arguments)) => show::run(arguments, paint),
        Some(Command::Import(arguments)) => import::run(arguments),
        Some(Command::Export(arguments)) => export::run(arguments),
        Some(Command::Crosswalk(arguments)) => crosswalk::run(arguments, paint),
        Some(Command::Test(arguments)) => test::run(arguments, paint),
        None => {
            let config = all()?;
            let infos: Vec<&FrameworkInfo> = config.frameworks().library.infos().collect();
            match arguments.format {
                ListFormat::Human => output::show(list(&infos, paint))?,
                ListFormat::Json => output::print_json(&listed(&infos))?,
            }
            Ok(Exit::Clean)
        }
    }
}

/// The configuration where the user stands, with all frameworks there are.
fn all() -> Result<ResolvedConfig, Stop> {
    let library = LibraryScope::All;
    Ok(ResolvedConfig::open(&OpenOptions { library, ..OpenOptions::default() })?)
}

/// Letters of an id that its figures wait for; a longer one stands on a line of its own.
const LONGEST: usize = 36;

fn list(infos: &[&FrameworkInfo], paint: Paint) -> Lines {
    let lengths = infos.iter().map(|info| info.id.chars().count());
    let width = lengths.filter(|length| *length <= LONGEST).max().unwrap_or(0);
    let head = format!("{:width$}  controls  automatable  manual  inherited", "");
    let mut out = Lines::of(paint.dim(&head));
    for info in infos {
        let id = format!("{:width$}", info.id);
        let mut lead = paint.bold(&id);
        if info.id.chars().count() > width {
            out.line(&lead);
            lead = " ".repeat(width);
        }
        out.line(format!(
            "{lead}  {:>8}  {:>11}  {:>6}  {:>9}",
            info.controls, info.automatable, info.manual, info.inherited
        ));
        for line in wrap(&format!("{}, {}", info.title, info.version), WIDTH - 2, 0) {
            out.line(format!("  {line}"));
        }
    }
    out
}

fn facts(info: &FrameworkInfo) -> serde_json::Value {
    json!({
        "id": info.id, "title": info.title, "short": info.short, "version": info.version,
        "publisher": info.publisher, "published": info.published, "licence": info.licence,
        "source": info.source, "controls": info.controls, "automatable": info.automatable,
        "manual": info.manual, "inherited": info.inherited, "withdrawn": info.withdrawn,
    })
}

fn listed(infos: &[&FrameworkInfo]) -> serde_json::Value {
    let frameworks: Vec<_> = infos.iter().map(|info| facts(info)).collect();
    json!({ "version": 1, "frameworks": frameworks })
}
