//! `compline map`: from a rule, another scanner's id, a kind, an address or words to the controls it bears on.
//!
//! Where curated edges exist they are quoted. For everything else the index infers by the nearest known rules and
//! objectives, says how sure it is, and answers "no mapping" where it is not: better than a wrong one.

pub mod findings;
mod infer;
mod say;

pub use infer::lines;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use compline_frameworks::index::own::Cited;
use compline_frameworks::{ControlRef, Library, Provenance, Strength, crosswalk};
use compline_rules::{Rule, RuleSet};
use serde_json::{Value, json};

use crate::embedder::{Choice, Named};
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::output::print;
use crate::own::Own;
use crate::place::Place;
use crate::reading::{Reading, What};
use crate::shelf::Shelf;

/// Say which controls something bears on
#[derive(Debug, Args)]
pub struct Arguments {
    /// A rule, another scanner's id, a resource kind, or an address in PATHS
    #[arg(value_name = "WHAT", required_unless_present_any = ["from", "batch"])]
    subject: Option<String>,
    /// Map another scanner's results (JSON, SARIF, Prowler's CSV): Checkov, Trivy, KICS, tfsec, Prowler, cfn-guard (`-`: standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["subject", "batch"])]
    from: Vec<PathBuf>,
    /// Map each line of a file (`-`: standard input); one JSON line out for each
    #[arg(long, value_name = "FILE", conflicts_with = "subject")]
    batch: Option<PathBuf>,
    /// Say that WHAT bears on this control: written to `compline.mappings.yaml`, used from then on
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["from", "batch"])]
    confirm: Vec<String>,
    /// Say that WHAT does not bear on this control: it is not named for it again
    #[arg(long, value_name = "CONTROL", conflicts_with_all = ["from", "batch"])]
    reject: Vec<String>,
    /// Who confirms or rejects [default: git's `user.name`]
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why it is confirmed or rejected
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Frameworks to map to [default: NIST 800-53, PCI DSS, HIPAA]
    #[arg(long = "framework", value_name = "FRAMEWORK")]
    frameworks: Vec<String>,
    #[command(flatten)]
    embedder: Named,
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
    let (known, config) = crate::reading::standing_rules(&arguments.what.rules)?;
    let root = Place::find(&arguments.what.paths, arguments.what.root.as_deref())?.root;
    let model = Choice::of(&arguments.embedder, &config);
    let shelf = || -> Result<Shelf, Stop> {
        let shelf = Shelf::open(&arguments.frameworks, &config, &known)?.amended(&root, &known)?;
        Ok(Shelf { model: model.clone(), ..shelf })
    };
    match (arguments.from.as_slice(), &arguments.batch) {
        ([], Some(file)) => return infer::lines(file, &shelf()?, &known),
        ([], None) => {}
        (files, _) => return findings::run(files, shelf()?, &known, arguments.format, paint),
    }
    let subject = arguments.subject.as_deref().unwrap_or_default().trim();
    if subject.is_empty() {
        return Err(Stop::mistake("nothing was named that could bear on a control")
            .help("give an address, a kind, a rule or words"));
    }
    if !arguments.confirm.is_empty() || !arguments.reject.is_empty() {
        return say::run(arguments, subject, &shelf()?, &root);
    }
    let mut kind: Option<Arc<str>> = None;
    let (sort, rules) = match named(subject, &known) {
        Some(found) => found,
        None => {
            // Several words are a question, not an address.
            let reading = if subject.contains(' ') && !subject.contains('[') {
                None
            } else {
                Some(Reading::open(&arguments.what)?)
            };
            let inventories = reading.iter().flat_map(|reading| &reading.snapshot.inventories);
            let found = inventories.into_iter().find_map(|inventory| inventory.find(subject));
            kind = found.map(|one| Arc::clone(&one.kind));
            let rules = found.map(|one| of_kind(&one.kind, &known)).unwrap_or_default();
            if rules.is_empty() {
                return infer::one(subject, found, &shelf()?, &known, &root, arguments.format, paint);
            }
            ("address", rules)
        }
    };
    let library = shelf()?.library;
    let subjects: Vec<&str> = kind.as_deref().into_iter().chain([subject]).collect();
    let edges = joined(&rules, &library, &subjects);
    let found = !edges.is_empty();
    let cited = match Own::find(&root, &model)? {
        Some(own) => {
            let titles: Vec<&str> = rules.iter().take(3).map(|rule| rule.title.as_str()).collect();
            own.search(&format!("{} {}", kind.as_deref().unwrap_or(subject), titles.join(" ")), infer::CITED)?
        }
        None => Vec::new(),
    };
    print(&match arguments.format {
        Format::Human => human(subject, sort, &edges, &library, paint) + &super::search::lines(&cited, paint),
        Format::Json => json(subject, sort, &edges, &library, &cited),
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
    rules.rules().filter(|rule| rule.judged_kinds().contains(&kind)).map(|rule| (**rule).clone()).collect()
}

/// A control with the rules that lead to it.
type Edge = (ControlRef, Vec<String>);

/// Controls in the order of the frameworks, each once, with what people said of the subjects (a kind, an address).
fn joined(rules: &[Rule], library: &Library, subjects: &[&str]) -> Vec<Edge> {
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
    // What the controls of one framework say of another's, for those no rule reaches by itself.
    let curated: Vec<ControlRef> = edges.iter().map(|(edge, _)| edge.clone()).collect();
    for new in crosswalk::carried(crosswalk::builtin(), &curated) {
        let via = edges.iter().filter(|(edge, _)| edge.objective == new.objective);
        let mut rules: Vec<String> = via.flat_map(|(_, via)| via.iter().cloned()).collect();
        rules.sort_unstable();
        rules.dedup();
        edges.push((new, rules));
    }
    // What people said counts last: what was rejected does not come back over a crosswalk.
    let mut said: Vec<ControlRef> = edges.iter().map(|(edge, _)| edge.clone()).collect();
    library.correct(subjects, &mut said);
    let via = |edge: &ControlRef| {
        let known = edges.iter().find(|(one, _)| one.framework == edge.framework && one.id == edge.id);
        known.map(|(_, via)| via.clone()).unwrap_or_default()
    };
    let mut edges: Vec<Edge> = said.into_iter().map(|edge| (edge.clone(), via(&edge))).collect();
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
        return format!("`{subject}`: no mapping: its rules bear on no control\n");
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
        let how = match &edge.provenance {
            Provenance::Confirmed { by, date } => format!("confirmed by {by} on {date}"),
            Provenance::Crosswalk { source, relation } => {
                format!("crosswalk({source}, {relation}){through}, by {}", via.join(", "))
            }
            other => format!("{}{through}, by {}", super::rules::provenance(other), via.join(", ")),
        };
        out.push_str(&format!("      {}\n", paint.dim(&how)));
    }
    out
}

fn json(subject: &str, sort: &str, edges: &[Edge], library: &Library, cited: &[Cited]) -> String {
    let controls: Vec<Value> = edges
        .iter()
        .map(|(edge, via)| {
            let mut told = json!({
                "framework": *edge.framework, "id": *edge.id, "title": title(edge, library),
                "strength": if edge.strength == Strength::Fully { "fully" } else { "partly" },
                "objective": edge.objective.as_deref(), "provenance": super::rules::provenance(&edge.provenance),
                "rules": via,
            });
            if let (Provenance::Crosswalk { source, relation }, Some(fields)) = (&edge.provenance, told.as_object_mut()) {
                fields.insert("crosswalk".to_owned(), json!({ "source": **source, "relation": **relation }));
            }
            told
        })
        .collect();
    format!(
        "{:#}\n",
        json!({ "version": 1, "what": subject, "kind": sort, "controls": controls, "documents": super::search::documents(cited) })
    )
}
