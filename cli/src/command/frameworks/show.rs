//! `compline frameworks show`: one framework, with what bears on its controls.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use compline_frameworks::official::Role;
use compline_frameworks::{Framework, FrameworkInfo, Library, crosswalk, oscal};
use compline_project::frameworks::{narrowed, no_framework};
use compline_project::imports::{self, Import};
use compline_project::{Config, OpenOptions, ResolvedConfig};
use compline_reporter::escape::{Lines, visible};
use compline_rules::RuleSet;
use serde_json::{Value, json};

use crate::exit::{Exit, Stop};
use crate::output::{print_json, show};
use crate::render::Paint;
use crate::render::format::ListFormat;
use crate::render::prose::indent_continuation;

/// Print the controls of a framework
#[derive(Debug, Args)]
pub struct Arguments {
    /// A framework's id, or a file of your own (`.yaml`, `.yml`, `.json`); `ID:BASELINE` for the controls of one
    /// baseline alone
    #[arg(value_name = "ID")]
    id: String,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: ListFormat,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let config = ResolvedConfig::open(&OpenOptions::default())?;
    let rules = &config.rules;
    let file = [".yaml", ".yml", ".json"].iter().any(|ending| arguments.id.ends_with(ending));
    let (library, id) = match file {
        true => of_file(Path::new(&arguments.id), rules, &config.config)?,
        false => (imports::library(rules, &config.config)?, arguments.id.clone()),
    };
    let (framework, whole) = match id.split_once(':').filter(|_| library.find(&id).is_none()) {
        Some((id, baseline)) => (Arc::new(narrowed(&library, id, baseline, None)?), false),
        None => (library.find(&id).map(Arc::clone).ok_or_else(|| no_framework(&library, &id, None))?, true),
    };
    match arguments.format {
        ListFormat::Human => show(human(&framework, whole, &library, paint))?,
        ListFormat::Json => print_json(&machine(&framework, &library, rules))?,
    }
    Ok(Exit::Clean)
}

/// What is there with the framework or the import of a file in the place of what had its id, and that id.
fn of_file(path: &Path, rules: &RuleSet, config: &Config) -> Result<(Library, String), Stop> {
    let (mut frameworks, mut official) = imports::all(config)?;
    let id = match imports::read(path)? {
        Import::Own(framework) => {
            let id = framework.id.clone();
            official.retain(|other| other.id != id);
            frameworks.retain(|other| other.id != id);
            frameworks.push(*framework);
            id
        }
        Import::Official(import) => {
            let id = match import.role {
                Role::Claims => import.base.clone().unwrap_or_default(),
                _ => import.id.clone(),
            };
            official.retain(|other| other.id != import.id);
            official.push(*import);
            id
        }
    };
    Ok((Library::with_imports(rules, frameworks, official), id))
}

fn human(framework: &Framework, whole: bool, library: &Library, paint: Paint) -> Lines {
    let mut out = Lines::of(format!("{}, {}", paint.bold(&framework.title), framework.version));
    out.line(published(framework));
    out.line(&framework.source);
    let baselines: Vec<String> =
        framework.baselines().into_iter().map(|(name, count)| format!("{name} ({count} controls)")).collect();
    if whole && !baselines.is_empty() {
        let how = format!("choose one as `{}:NAME`", framework.id);
        let text = format!("{}; {how}", baselines.join(", "));
        out.laid_out(&format!("baselines: {}", indent_continuation("baselines: ", &text)));
    }
    if let Some(file) = library.official_texts().file(&framework.id) {
        let names: Vec<&str> = file.origin.files.iter().map(|file| file.name.as_str()).collect();
        out.line(format!("official text: {}, from {}", file.version, names.join(", ")));
    }
    let walks = crosswalk::builtin().iter().filter(|one| one.from == framework.id || one.to == framework.id);
    for one in walks {
        let text = format!("{} ({} edges, {})", one.id, one.edges.len(), one.source);
        out.laid_out(&format!("crosswalk: {}", indent_continuation("crosswalk: ", &text)));
    }
    for group in &framework.groups {
        let controls: Vec<_> = group.controls.iter().filter(|control| control.withdrawn.is_none()).collect();
        if controls.is_empty() {
            continue;
        }
        out.blank();
        out.line(paint.bold(&format!("{}  {}", group.id, group.title)));
        let width = controls.iter().map(|control| control.id.chars().count()).max().unwrap_or(0);
        for control in controls {
            let lead = format!("  {:width$}  {:<15}  ", visible(&control.id), control.shown.word());
            out.laid_out(&format!("{lead}{}", indent_continuation(&lead, &control.title)));
        }
    }
    out
}

/// Who published it; an import whose file does not say has the words for that.
fn published(framework: &Framework) -> String {
    match framework.publisher.as_str() {
        "" | oscal::NOBODY => "publisher not named".to_owned(),
        publisher => publisher.to_owned(),
    }
}

fn machine(framework: &Framework, library: &Library, rules: &RuleSet) -> Value {
    let mut bearing: HashMap<&str, Vec<&str>> = HashMap::new();
    for rule in rules.infos() {
        for edge in library.controls_of(&rule.id).iter().filter(|edge| *edge.framework == *framework.id) {
            bearing.entry(&edge.id).or_default().push(&rule.id);
        }
    }
    let groups: Vec<Value> = framework
        .groups
        .iter()
        .map(|group| {
            let controls: Vec<Value> = group
                .controls
                .iter()
                .map(|control| {
                    let related = crosswalk::related(crosswalk::builtin(), &framework.id, &control.id);
                    let related: Vec<Value> = related
                        .iter()
                        .map(|one| {
                            json!({
                                "framework": one.framework, "id": one.id, "relation": one.relation.word(),
                                "provenance": "crosswalk", "source": one.crosswalk.source,
                            })
                        })
                        .collect();
                    let mut rules = bearing.get(control.id.as_str()).cloned().unwrap_or_default();
                    rules.sort_unstable();
                    json!({
                        "id": control.id, "title": control.title, "summary": control.summary,
                        "shown": control.shown.word(), "status": control.status, "parent": control.parent,
                        "withdrawn": control.withdrawn, "baselines": control.baselines,
                        "wants": { "fully": control.wants.fully, "partly": control.wants.partly },
                        "rules": rules, "crosswalk": related,
                        "official": official(library, &framework.id, &control.id),
                        "claims": claims(library, &framework.id, &control.id),
                    })
                })
                .collect();
            json!({ "id": group.id, "title": group.title, "controls": controls })
        })
        .collect();
    let facts = super::facts(&FrameworkInfo::of(framework));
    json!({ "version": 1, "framework": facts, "groups": groups })
}

fn official(library: &Library, framework: &str, id: &str) -> Vec<Value> {
    let passages = library.official_texts().passages(framework, id);
    let line = |line: &compline_frameworks::official::Line| json!({ "depth": line.depth, "label": line.label, "text": line.text });
    passages
        .iter()
        .map(|passage| {
            json!({ "heading": passage.heading, "lines": passage.lines.iter().map(line).collect::<Vec<_>>() })
        })
        .collect()
}

fn claims(library: &Library, framework: &str, id: &str) -> Vec<Value> {
    let held = library.official_texts();
    held.claims(framework, id)
        .iter()
        .map(|claim| {
            let filled = |text: &str| held.filled(framework, id, claim, text);
            let statements = claim.statements.iter();
            let statements: Vec<Value> =
                statements.map(|(id, text)| json!({ "id": id, "text": filled(text) })).collect();
            let text = filled(claim.text);
            json!({ "by": claim.by, "within": claim.within, "text": text, "statements": statements })
        })
        .collect()
}
