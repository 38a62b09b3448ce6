//! `compline rules`: every rule in force.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_frameworks::Library;
use compline_iac::Dialect;
use compline_project::{OpenOptions, ResolvedConfig};
use compline_rules::Rule;
use compline_rules::kinds::dialect;
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Stop};
use crate::output::{print, show};
use crate::render::Paint;
use crate::render::pluralize;
use crate::render::prose::indent_continuation;

#[derive(Debug, Args)]
#[group(skip)]
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
fn aliases(rule: &Rule) -> Map<String, Value> {
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

fn json(rules: &[&Rule], library: &Library) -> String {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            let controls: Vec<Value> = library
                .controls_of(&rule.info.id)
                .iter()
                .map(|edge| {
                    json!({ "framework": *edge.framework, "id": *edge.id, "provenance": super::provenance(&edge.provenance) })
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
    let mut out = format!("{}\n", by_provider(rules));
    out.push_str("| Rule | Severity | Problem | Fix | Also known as |\n|---|---|---|---|---|\n");
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
    let renamed: Vec<&&Rule> = rules.iter().filter(|rule| !rule.info.was.is_empty()).collect();
    if !renamed.is_empty() {
        out.push_str("\nIds that rules had before:\n\n");
    }
    for rule in renamed {
        let was: Vec<String> = rule.info.was.iter().map(|id| format!("`{id}`")).collect();
        out.push_str(&format!("- {}, now `{}`\n", was.join(", "), rule.info.id));
    }
    out
}

/// How many rules each provider has, and how many of them judge resources in each language.
fn by_provider(rules: &[&Rule]) -> String {
    const LANGUAGES: [(Dialect, &str); 4] = [
        (Dialect::Terraform, "Terraform"),
        (Dialect::CloudFormation, "CloudFormation"),
        (Dialect::Arm, "ARM"),
        (Dialect::Kubernetes, "Kubernetes"),
    ];
    let mut providers: BTreeMap<&str, (usize, [usize; 4])> = BTreeMap::new();
    for rule in rules {
        let provider = rule.info.id.split('-').next().unwrap_or_default();
        let (all, by_language) = providers.entry(provider).or_default();
        *all += 1;
        let kinds = rule.judged_kinds();
        for ((language, _), count) in LANGUAGES.iter().zip(by_language) {
            *count += usize::from(kinds.iter().any(|kind| dialect(kind) == *language));
        }
    }
    let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let names = LANGUAGES.iter().map(|(_, name)| (*name).to_owned());
    let mut out = row(["Provider".to_owned(), "Rules".to_owned()].into_iter().chain(names).collect());
    out.push_str(&format!("|---|{}\n", "---:|".repeat(LANGUAGES.len() + 1)));
    let mut sums = vec![0; LANGUAGES.len() + 1];
    for (provider, (all, by_language)) in &providers {
        let counts: Vec<usize> = [*all].into_iter().chain(*by_language).collect();
        sums.iter_mut().zip(&counts).for_each(|(sum, count)| *sum += count);
        out.push_str(&row([(*provider).to_owned()]
            .into_iter()
            .chain(counts.iter().map(usize::to_string))
            .collect()));
    }
    out.push_str(&row(["all".to_owned()].into_iter().chain(sums.iter().map(usize::to_string)).collect()));
    out
}
