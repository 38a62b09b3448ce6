//! `compline rules`: every rule in force.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_frameworks::{Library, Provenance};
use compline_project::suggest::did_you_mean;
use compline_project::{OpenOptions, ResolvedConfig};
use compline_rules::{Rule, RuleSet};
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Stop};
use crate::output::{print, show};
use crate::render::Paint;
use crate::render::pluralize;
use crate::render::prose::indent_continuation;

/// List the rules in force
#[derive(Debug, Args)]
pub struct Arguments {
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
    /// Add the rule pages of a directory
    #[arg(long = "rules", value_name = "DIR")]
    rules: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
    Markdown,
}

/// Scanners whose ids the contract always names, known or not.
const SCANNERS: [&str; 3] = ["checkov", "trivy", "kics"];

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let config =
        ResolvedConfig::open(&OpenOptions { rules: arguments.rules.clone(), ..OpenOptions::default() })?;
    let mut sorted: Vec<&Rule> = config.rules.rules().map(|rule| &**rule).collect();
    sorted.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    match arguments.format {
        Format::Human => show(&human(&sorted, paint))?,
        Format::Json => print(&json(&sorted, &config.frameworks().library))?,
        Format::Markdown => print(&markdown(&sorted))?,
    }
    Ok(Exit::Clean)
}

/// The mistake of naming a rule that is none.
pub fn no_rule(rules: &RuleSet, id: &str) -> Stop {
    let ids = rules.infos().map(|info| info.id.as_str());
    let help = did_you_mean(id, ids).unwrap_or_else(|| "`compline rules` lists them".to_owned());
    Stop::mistake(format!("no rule is called `{id}`")).help(help)
}

fn human(rules: &[&Rule], paint: Paint) -> String {
    let mut out = String::new();
    for rule in rules {
        let lead = format!("{:<8}  ", rule.info.severity.to_string());
        let fix = rule.fix.as_ref().map_or(String::new(), |fix| format!(" ({} fix)", fix.safety));
        let indent = " ".repeat(lead.len());
        let title = indent_continuation(&indent, &rule.info.title);
        out.push_str(&format!("{lead}{}{}\n{indent}{title}\n", paint.bold(&rule.info.id), paint.dim(&fix)));
    }
    out.push_str(&format!(
        "\n{}; `compline explain ID` says more\n",
        pluralize(rules.len(), "rule", "rules")
    ));
    out
}

/// A rule's ids in other scanners, every scanner of the contract named.
pub fn aliases(rule: &Rule) -> Map<String, Value> {
    let mut map = Map::new();
    for scanner in SCANNERS {
        map.insert(scanner.to_owned(), json!(rule.info.aliases.get(scanner).cloned().unwrap_or_default()));
    }
    for (scanner, ids) in
        rule.info.aliases.iter().filter(|(scanner, _)| !SCANNERS.contains(&scanner.as_str()))
    {
        map.insert(scanner.clone(), json!(ids));
    }
    map
}

/// The word for a provenance.
pub fn provenance(provenance: &Provenance) -> &'static str {
    match provenance {
        Provenance::Curated(_) => "curated",
        Provenance::Crosswalk { .. } => "crosswalk",
        Provenance::Confirmed { .. } => "confirmed",
        Provenance::Inferred { .. } => "inferred",
    }
}

fn json(rules: &[&Rule], library: &Library) -> String {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let controls: Vec<Value> = library
                .controls_of(&rule.info.id)
                .iter()
                .map(|edge| {
                    json!({ "framework": *edge.framework, "id": *edge.id, "provenance": provenance(&edge.provenance) })
                })
                .collect();
            let mut kinds = rule.judged_kinds();
            kinds.sort_unstable();
            kinds.dedup();
            json!({
                "id": rule.info.id,
                "title": rule.info.title,
                "severity": rule.info.severity.to_string(),
                "kinds": kinds,
                "objectives": rule.info.objectives,
                "aliases": aliases(rule),
                "controls": controls,
                "fix": rule.fix.as_ref().map(|fix| fix.safety.to_string()),
                "sources": rule.info.sources,
            })
        })
        .collect();
    format!(
        "{:#}\n",
        json!({ "schema": "https://compline.dev/schema/rules/1", "version": 1, "rules": rules })
    )
}

fn markdown(rules: &[&Rule]) -> String {
    let mut out = "| Rule | Severity | Problem | Fix | Also known as |\n|---|---|---|---|---|\n".to_owned();
    for rule in rules {
        let fix = rule.fix.as_ref().map_or(String::new(), |fix| fix.safety.to_string());
        let also: Vec<String> = rule.info.aliases.values().flatten().map(|id| format!("`{id}`")).collect();
        out.push_str(&format!(
            "| `{}` | {} | {} | {fix} | {} |\n",
            rule.info.id,
            rule.info.severity,
            rule.info.title.replace('|', "\\|"),
            also.join(" ")
        ));
    }
    out
}
