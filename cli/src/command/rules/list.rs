//! `compline rules`: every rule in force.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use compline_frameworks::Library;
use compline_iac::Dialect;
use compline_project::{OpenOptions, ResolvedConfig};
use compline_reporter::escape::markdown::{Inline, Page, code, text};
use compline_reporter::escape::{Escaped, Lines};
use compline_rules::Rule;
use compline_rules::kinds::dialect;
use serde_json::{Map, Value, json};

use crate::exit::{Exit, Stop};
use crate::output::{print, print_json, show};
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
        Format::Human => show(human(&sorted, paint))?,
        Format::Json => print_json(&json(&sorted, &config.frameworks().library))?,
        Format::Markdown => print(&markdown(&sorted))?,
    }
    Ok(Exit::Clean)
}

fn human(rules: &[&Rule], paint: Paint) -> Lines {
    let mut out = Lines::new();
    for rule in rules {
        let lead = format!("{:<8}  ", rule.info.severity.to_string());
        let fix = rule.fix.as_ref().map_or(String::new(), |fix| format!(" ({} fix)", fix.safety));
        let indent = " ".repeat(lead.len());
        let title = indent_continuation(&indent, &rule.info.title);
        out.line(format!("{lead}{}{}", paint.bold(&rule.info.id), paint.dim(&fix)));
        out.laid_out(&format!("{indent}{title}"));
    }
    out.blank();
    out.line(format!("{}; `compline explain ID` says more", pluralize(rules.len(), "rule", "rules")));
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

fn json(rules: &[&Rule], library: &Library) -> Value {
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
    json!({ "schema": "https://compline.dev/schema/rules/1", "version": 1, "rules": rules })
}

fn markdown(rules: &[&Rule]) -> Escaped {
    let mut out = Page::default();
    by_provider(rules, &mut out);
    out.table(["Rule", "Severity", "Problem", "Fix", "Also known as"].map(Inline::from), [false; 5]);
    for rule in rules {
        let fix = rule.fix.as_ref().map_or(String::new(), |fix| fix.safety.to_string());
        out.row([
            code(&rule.info.id),
            Inline::ours(rule.info.severity.to_string()),
            text(&rule.info.title),
            Inline::ours(fix),
            codes(rule.info.aliases.values().flatten(), " "),
        ]);
    }
    let mut renamed = rules.iter().filter(|rule| !rule.info.was.is_empty()).peekable();
    if renamed.peek().is_some() {
        out.paragraph(&"Ids that rules had before:".into());
    }
    for rule in renamed {
        out.item(&codes(rule.info.was.iter(), ", ").and(", now ").and(code(&rule.info.id)));
    }
    out.into_escaped()
}

fn codes<'a>(texts: impl Iterator<Item = &'a String>, between: &'static str) -> Inline {
    texts.fold(Inline::default(), |all, one| match all.is_empty() {
        true => code(one),
        false => all.and(between).and(code(one)),
    })
}

/// How many rules each provider has, and how many of them judge resources in each language.
fn by_provider(rules: &[&Rule], out: &mut Page) {
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
    let mut head = LANGUAGES.iter().map(|(_, name)| Inline::from(*name));
    let mut language = || head.next().unwrap_or_default();
    out.table(
        ["Provider".into(), "Rules".into(), language(), language(), language(), language()],
        [false, true, true, true, true, true],
    );
    let mut sums = [0; LANGUAGES.len() + 1];
    for (provider, (all, by_language)) in &providers {
        let [terraform, cloudformation, arm, kubernetes] = *by_language;
        let counts = [*all, terraform, cloudformation, arm, kubernetes];
        sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        counted(text(provider), counts, out);
    }
    counted("all".into(), sums, out);
}

fn counted(name: Inline, counts: [usize; 5], out: &mut Page) {
    let [all, terraform, cloudformation, arm, kubernetes] =
        counts.map(|count| Inline::ours(count.to_string()));
    out.row([name, all, terraform, cloudformation, arm, kubernetes]);
}
