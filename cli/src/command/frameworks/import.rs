//! `compline frameworks import`: official content in OSCAL → one file of our own form.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use compline_frameworks::official::{self, Official, Role};
use compline_frameworks::oscal::{self, Fault, ImportOptions, Imported, SourceFile, SourceFiles};
use compline_frameworks::{Framework, library};
use compline_project::disk::{is_regular, is_there, real_path, write_named};
use compline_project::error::Detail as _;
use compline_project::imports::{self, Import};
use compline_project::{OpenOptions, ResolvedConfig};
use compline_reporter::escape::Lines;
use serde_json::json;

use crate::exit::{Exit, Stop};
use crate::output::{Progress, print_json, show};
use crate::render::format::ListFormat;
use crate::render::pluralize;

/// Import OSCAL catalogues, profiles and component definitions (JSON, YAML)
///
/// The catalogue of a built-in framework adds its official text to that framework; any other catalogue becomes a new
/// framework. A profile becomes a baseline: its controls, with its parameter values. Claims of component definitions are
/// shown beside the controls. Nothing is fetched: also name the catalogue that a profile imports, or put it beside the
/// profile.
#[derive(Debug, Args)]
pub struct Arguments {
    /// One catalogue or profile, what it imports, and component definitions
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The file to write [default: .compline/frameworks/ID.json, beside compline.yaml or below the root]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The id of the framework [default: made from its title]
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// The prefix for its controls in text, such as `PCI` in `PCI 1.3.1` [default: the id]
    #[arg(long, value_name = "NAME")]
    short: Option<String>,
    /// The framework that this is the official text of, or that its claims are about
    #[arg(long, value_name = "FRAMEWORK")]
    of: Option<String>,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ListFormat,
}

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let progress = Progress::start("reading");
    let resolved = ResolvedConfig::open(&OpenOptions::default())?;
    let config = &resolved.config;
    let mut given = Vec::new();
    let mut paths = Vec::new();
    for file in &arguments.files {
        let text = SourceFile { name: file.display().to_string(), bytes: imports::bytes(file, "the file")? };
        if !paths.contains(file) {
            given.push(text);
            paths.push(file.clone());
        }
    }
    let mut files = Files { given: paths };
    let options =
        ImportOptions { id: arguments.id.clone(), short: arguments.short.clone(), of: arguments.of.clone() };
    let builtin: Vec<Arc<Framework>> = resolved.frameworks().library.frameworks().cloned().collect();
    let (user_made, earlier) = imports::all(config)?;
    // A baseline is a selection of something, and nothing rests on it.
    let catalogues: Vec<Official> =
        earlier.into_iter().filter(|import| import.role == Role::Framework).collect();
    let made = library::from_imports(&catalogues, &user_made);
    let others: Vec<Arc<Framework>> = user_made.into_iter().chain(made).map(Arc::new).collect();
    let imported = oscal::import(given, &mut files, &options, &builtin, &others).map_err(stop)?;
    let Imported { mut official, notes } = imported;
    let path = match &arguments.output {
        Some(path) => path.clone(),
        None => {
            let folder = config.imports.first().cloned().unwrap_or_default();
            folder.join(format!("{}.json", official.id))
        }
    };
    let before = match is_there(&path).then(|| imports::read_of(&path, config)).transpose() {
        Ok(Some(Import::Official(before))) => Some(*before),
        Ok(Some(Import::Own(_))) => {
            return Err(Stop::mistake(format!(
                "`{}` is a framework file written by hand; it is not overwritten",
                path.display()
            ))
            .help("give another place with `-o`"));
        }
        Ok(None) => None,
        Err(error) => {
            let help = format!("put it right or delete `{}`, then import again", path.display());
            return Err(Stop::from(error).help(help));
        }
    };
    if let Some(before) = &before {
        official.keep_additions(before);
    }
    let text = written(&official, &path)?;
    readable(&text, &path)?;
    write_named(&path, resolved.root(), text.as_bytes())?;
    drop(progress);
    match arguments.format {
        ListFormat::Human => show(summary(&official, &path, &notes, before.is_some()))?,
        ListFormat::Json => print_json(&json!({
                "version": 1, "id": official.id, "role": role(&official), "base": official.base, "file": path,
                "title": official.title, "model": official.origin.model,
                "oscal_version": official.origin.metadata.oscal_version, "controls": official.controls().count(),
                "claims": claims(&official), "files": official.origin.files, "losses": official.losses, "notes": notes,
        }))?,
    }
    Ok(Exit::Clean)
}

fn written(official: &Official, path: &Path) -> Result<String, Stop> {
    let yaml = path.extension().is_some_and(|ending| ending == "yaml" || ending == "yml");
    let text =
        if yaml { compline_frameworks::official::write_yaml(official) } else { official::write(official) };
    text.map_err(|error| Stop::failure(format!("`{}` cannot be written: {error}", path.display())))
}

/// Whether what is about to be written is read again: every later run reads it, and none could go on without.
fn readable(text: &str, path: &Path) -> Result<(), Stop> {
    let path = path.display();
    let (bytes, most) = (text.len() as u64, oscal::MAX_BYTES);
    if bytes > most {
        return Err(Stop::mistake(format!(
            "`{path}` would hold {bytes} bytes, and {most} (64 MiB) is the most that is read; nothing was written"
        ))
        .help("split the catalogue by its groups, and import each part under its own `--id`"));
    }
    match imports::checked(text) {
        Ok(_) => Ok(()),
        Err(problems) => {
            let first = problems.first().map(ToString::to_string).unwrap_or_default();
            Err(Stop::mistake(format!("`{path}` could not be read again, and was not written: {first}"))
                .help("put it right in the file it comes from, or ask its publisher"))
        }
    }
}

fn stop(fault: Fault) -> Stop {
    let stop = Stop::mistake(fault.to_string());
    match fault.help {
        Some(help) => stop.help(help),
        None => stop,
    }
}

fn role(official: &Official) -> &'static str {
    match official.role {
        Role::Text => "text",
        Role::Framework => "framework",
        Role::Baseline => "baseline",
        Role::Claims => "claims",
    }
}

fn claims(official: &Official) -> usize {
    official.definitions.iter().map(|definition| definition.claims().count()).sum()
}

fn summary(official: &Official, path: &Path, notes: &[String], again: bool) -> Lines {
    let controls = official.controls().filter(|(_, control)| control.withdrawn.is_none()).count();
    let controls = pluralize(controls, "control", "controls");
    let (id, base) = (&official.id, official.base.as_deref().unwrap_or_default());
    let what = match official.role {
        Role::Text => format!("the official text of {controls} of `{id}`"),
        Role::Framework => {
            format!("`{id}`, a framework of {controls} that only people can show until you add `wants`")
        }
        Role::Baseline => format!("`{id}`, a baseline of {controls} of `{base}`, which lends its objectives"),
        Role::Claims => format!("claims about controls of `{base}`"),
    };
    let mut out = Lines::of(format!("{}, {}", official.title, official.version));
    out.line(format!("  {what}"));
    let number = claims(official);
    if number > 0 {
        out.line(format!("  {} of what carries controls out", pluralize(number, "claim", "claims")));
    }
    let files: Vec<&str> = official.origin.files.iter().map(|file| file.name.as_str()).collect();
    out.line(format!("  read from {} (OSCAL {})", files.join(", "), official.origin.metadata.oscal_version));
    let here = std::env::current_dir().unwrap_or_default();
    let path = path.strip_prefix(&here).unwrap_or(path);
    out.line(format!(
        "  written to {}{}",
        path.display(),
        if again { "; what you had added is kept" } else { "" }
    ));
    for note in notes {
        out.line(format!("note: {note}"));
    }
    out.line("`compline frameworks export` gives it back as OSCAL, without:");
    for loss in &official.losses {
        out.line(format!("  - {loss}"));
    }
    out
}

/// The files of one import: those named, and those beside the files that refer to them.
struct Files {
    given: Vec<PathBuf>,
}

impl SourceFiles for Files {
    fn follow(&mut self, from: &str, references: &[String]) -> Result<Option<SourceFile>, Fault> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        for reference in references {
            let remote = reference.contains("://");
            if !remote {
                let plain = reference.split(['#', '?']).next().unwrap_or(reference);
                if let Some(path) = self.same(&folder.join(plain)) {
                    return open(&path).map(Some);
                }
            }
            for name in names(reference) {
                let named =
                    self.given.iter().find(|path| path.file_name().is_some_and(|file| *file == *name));
                let found = named.cloned().or_else(|| self.same(&folder.join(&name)));
                if let Some(path) = found {
                    return open(&path).map(Some);
                }
            }
        }
        Ok(None)
    }
}

impl Files {
    /// A file under the name it was given by, if it was: two ways to one file are one file.
    fn same(&self, path: &Path) -> Option<PathBuf> {
        if !is_regular(path) {
            return None;
        }
        let real = real_path(path).ok()?;
        let given = self.given.iter().find(|one| real_path(one).is_ok_and(|one| one == real));
        Some(given.cloned().unwrap_or_else(|| tidy(path)))
    }
}

/// A path without `a/..`, so that files that refer to each other do not grow their names.
fn tidy(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// The names a reference may go by here: its own, and that of the same content in a format that is read.
fn names(reference: &str) -> Vec<String> {
    let plain = reference.split(['#', '?']).next().unwrap_or(reference);
    let name = plain.rsplit(['/', '\\']).next().unwrap_or(plain);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if name.is_empty() {
        return Vec::new();
    }
    let others = ["json", "yaml", "yml"].map(|ending| format!("{stem}.{ending}"));
    std::iter::once(name.to_owned()).filter(|name| !name.ends_with(".xml")).chain(others).collect()
}

fn open(path: &Path) -> Result<SourceFile, Fault> {
    let name = path.display().to_string();
    match imports::bytes(path, "the file") {
        Ok(bytes) => Ok(SourceFile { name, bytes }),
        Err(error) => Err(Fault { place: name, message: error.to_string(), help: error.help() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_run_would_read_is_not_written() {
        let path = Path::new("a/ours.json");
        let long = " ".repeat(usize::try_from(oscal::MAX_BYTES).unwrap() + 1);
        let stop = readable(&long, path).unwrap_err();
        assert_eq!(
            stop.message,
            "`a/ours.json` would hold 67108865 bytes, and 67108864 (64 MiB) is the most that is read; nothing was written"
        );
        assert!(stop.help.is_some_and(|help| help.contains("split the catalogue by its groups")));
        let stop = readable("\"official\": 1", path).unwrap_err();
        assert!(stop.message.contains("was not written"), "{}", stop.message);
    }
}
