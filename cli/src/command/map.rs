//! `compline map`: from a rule, another scanner's id, a kind or an address to the controls it bears on.
//!
//! Curated edges only: where there is none the answer is "no mapping", which is better than a wrong one.

use clap::{Args, ValueEnum};
use compline_frameworks::{ControlRef, Library, Strength};
use compline_rules::{Rule, RuleSet};
use serde_json::{Value, json};

use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::output::print;
use crate::reading::{Reading, What};

/// Say which controls something bears on
#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule, another scanner's id, a resource kind, or an address in PATHS
    #[arg(value_name = "WHAT")]
    subject: String,
    #[command(flatten)]
    what: What,
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Human,
    Json,
}

pub fn run(arguments: &Arguments, paint: Paint) -> Result<Exit, Stop> {
    let subject = arguments.subject.trim();
    let (known, _) = crate::reading::standing_rules(&arguments.what.rules)?;
    let (sort, rules, set) = match named(subject, &known) {
        Some((sort, rules)) => (sort, rules, known.clone()),
        None => {
            let reading = Reading::open(&arguments.what)?;
            let found = reading.snapshot.inventories.iter().find_map(|inventory| inventory.find(subject));
            let kind = found.map(|resource| resource.kind.to_string());
            let rules = kind.map(|kind| of_kind(&kind, &reading.rules)).unwrap_or_default();
            (if found.is_some() { "address" } else { "unknown" }, rules, reading.rules)
        }
    };
    let library = Library::builtin(&set);
    let edges = joined(&rules, &library);
    let found = !edges.is_empty();
    print(&match arguments.format {
        Format::Human => human(subject, sort, &edges, &library, paint),
        Format::Json => json(subject, sort, &edges, &library),
    })?;
    Ok(if found { Exit::Clean } else { Exit::Found })
}

/// What a word names without anything being read.
fn named(subject: &str, rules: &RuleSet) -> Option<(&'static str, Vec<Rule>)> {
    if let Some(rule) = rules.find(subject) {
        return Some(("rule", vec![(**rule).clone()]));
    }
    let aliased: Vec<Rule> = rules.by_alias(subject).map(|rule| (**rule).clone()).collect();
    if !aliased.is_empty() {
        return Some(("alias", aliased));
    }
    rules.covers_kind(subject).then(|| ("kind", of_kind(subject, rules)))
}

fn of_kind(kind: &str, rules: &RuleSet) -> Vec<Rule> {
    rules.rules().filter(|rule| rule.kinds().contains(&kind)).map(|rule| (**rule).clone()).collect()
}

/// A control with the rules that lead to it.
type Edge = (ControlRef, Vec<String>);

/// Controls in the order of the frameworks, each once.
fn joined(rules: &[Rule], library: &Library) -> Vec<Edge> {
    let mut edges: Vec<Edge> = Vec::new();
    for rule in rules {
        for edge in library.controls_of(&rule.id) {
            let known =
                edges.iter_mut().find(|(one, _)| one.framework == edge.framework && one.id == edge.id);
            match known {
                Some((one, via)) => {
                    one.strength = one.strength.max(edge.strength);
                    via.push(rule.id.clone());
                }
                None => edges.push((edge.clone(), vec![rule.id.clone()])),
            }
        }
    }
    let place = |id: &str| library.infos().position(|info| info.id == id);
    edges.sort_by_key(|(edge, _)| place(&edge.framework));
    edges
}

fn title<'a>(edge: &ControlRef, library: &'a Library) -> &'a str {
    let control = library.find(&edge.framework).and_then(|framework| framework.find(&edge.id));
    control.map_or("", |control| control.title.as_str())
}

fn human(subject: &str, sort: &str, edges: &[Edge], library: &Library, paint: Paint) -> String {
    if edges.is_empty() {
        let why = match sort {
            "unknown" => {
                "it is no rule, no other scanner's id, no kind a rule judges, and no address that was read"
            }
            "address" => "no rule judges its kind",
            _ => "its rules bear on no control",
        };
        return format!("`{subject}`: no mapping: {why}\n");
    }
    let mut out = format!("{} ({sort})\n", paint.bold(subject));
    for (edge, via) in edges {
        let short = library.info(&edge.framework).map_or(&*edge.framework, |info| info.short.as_str());
        let part = if edge.strength == Strength::Fully { "" } else { ", in part" };
        out.push_str(&format!(
            "  {}  {}{part}\n",
            paint.bold(&format!("{short} {}", edge.id)),
            title(edge, library)
        ));
        let through =
            edge.objective.as_ref().map_or(String::new(), |objective| format!(" through {objective}"));
        let provenance = super::rules::provenance(&edge.provenance);
        out.push_str(&format!(
            "      {}\n",
            paint.dim(&format!("{provenance}{through}, by {}", via.join(", ")))
        ));
    }
    out
}

fn json(subject: &str, sort: &str, edges: &[Edge], library: &Library) -> String {
    let controls: Vec<Value> = edges
        .iter()
        .map(|(edge, via)| {
            json!({
                "framework": *edge.framework, "id": *edge.id, "title": title(edge, library),
                "strength": if edge.strength == Strength::Fully { "fully" } else { "partly" },
                "objective": edge.objective.as_deref(), "provenance": super::rules::provenance(&edge.provenance),
                "rules": via,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "version": 1, "what": subject, "kind": sort, "controls": controls }))
}
