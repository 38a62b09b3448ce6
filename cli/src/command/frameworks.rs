//! `compline frameworks`: the control catalogues.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use compline_frameworks::{Framework, FrameworkInfo, Library};
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::prose::wrap;
use crate::output::print;
use crate::reading::{no_framework, read_framework, standing_rules};

/// List the frameworks, show one, or test a file of your own
#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print the controls of a framework
    Show { id: String },
    /// Check a framework file
    Test { file: PathBuf },
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    match &arguments.command {
        Some(Command::Test { file }) => test(file, paint),
        Some(Command::Show { id }) => {
            let library = library()?;
            let framework = library.find(id).ok_or_else(|| no_framework(&library, id, ""))?;
            print(&show(framework, paint))?;
            Ok(Exit::Clean)
        }
        None => {
            let library = library()?;
            let infos: Vec<&FrameworkInfo> = library.infos().collect();
            print(&match arguments.format {
                Format::Human => list(&infos, paint),
                Format::Json => listed(&infos),
            })?;
            Ok(Exit::Clean)
        }
    }
}

fn library() -> Result<Library, Stop> {
    Ok(Library::builtin(&standing_rules(&[])?.0))
}

fn list(infos: &[&FrameworkInfo], paint: Paint) -> String {
    let width = infos.iter().map(|info| info.id.len()).max().unwrap_or(0);
    let head = format!("{:width$}  controls  automatable  manual  inherited  title", "");
    let mut out = format!("{}\n", paint.dim(&head));
    for info in infos {
        let id = format!("{:width$}", info.id);
        out.push_str(&format!(
            "{}  {:>8}  {:>11}  {:>6}  {:>9}  {}, {}\n",
            paint.bold(&id),
            info.controls,
            info.automatable,
            info.manual,
            info.inherited,
            info.title,
            info.version
        ));
    }
    out
}

fn listed(infos: &[&FrameworkInfo]) -> String {
    let frameworks: Vec<_> = infos
        .iter()
        .map(|info| {
            json!({
                "id": info.id, "title": info.title, "short": info.short, "version": info.version,
                "publisher": info.publisher, "published": info.published, "licence": info.licence,
                "source": info.source, "controls": info.controls, "automatable": info.automatable,
                "manual": info.manual, "inherited": info.inherited, "withdrawn": info.withdrawn,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "version": 1, "frameworks": frameworks }))
}

fn show(framework: &Framework, paint: Paint) -> String {
    let mut out = format!(
        "{}, {}\n{}\n{}\n",
        paint.bold(&framework.title),
        framework.version,
        framework.publisher,
        framework.source
    );
    for group in &framework.groups {
        let controls: Vec<_> = group.controls.iter().filter(|control| control.withdrawn.is_none()).collect();
        if controls.is_empty() {
            continue;
        }
        out.push_str(&format!("\n{}\n", paint.bold(&format!("{}  {}", group.id, group.title))));
        let width = controls.iter().map(|control| control.id.chars().count()).max().unwrap_or(0);
        for control in controls {
            let lead = format!("  {:width$}  {:<15}  ", control.id, control.shown.word());
            let indent = " ".repeat(lead.chars().count());
            let title = wrap(&control.title, 72, 0).join(&format!("\n{indent}"));
            out.push_str(&format!("{lead}{title}\n"));
        }
    }
    out
}

fn test(file: &std::path::Path, paint: Paint) -> Result<Exit, Stop> {
    let framework = read_framework(file)?;
    let info = FrameworkInfo::of(&framework);
    let shown = file.display();
    print(&format!("{shown}: nothing is wrong with it\n\n{}", list(&[&info], paint)))?;
    Ok(Exit::Clean)
}
