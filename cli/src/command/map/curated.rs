//! The controls of what is written down: rules, the kinds they judge, objectives.

use compline_frameworks::{ControlMapping, ControlRef, Library, Provenance, Strength, Through};
use compline_index::passage_index::PassageHit;
use compline_project::{DocumentIndex, ResolvedConfig, SelectedFrameworks};
use compline_reporter::escape::Lines;
use serde_json::{Value, json};

use super::infer::{self, Form};
use super::subject::Curated;
use crate::command::{rules, search};
use crate::exit::{Exit, Stop};
use crate::output::{print_json, show, width};
use crate::render::Paint;
use crate::render::pluralize;
use crate::render::prose::hanging;

pub(super) fn run(subject: &str, what: &Curated, config: &ResolvedConfig, form: &Form) -> Result<Exit, Stop> {
    let selected = config.frameworks();
    let library = &selected.library;
    let subjects: Vec<&str> = what.kind.as_deref().into_iter().chain([subject]).collect();
    let rules: Vec<&str> = what.rules.iter().map(|rule| rule.id.as_str()).collect();
    let (edges, others) = asked(library.mapping_of(&rules, what.objective, &subjects), selected);
    let cited = match DocumentIndex::find(config.root(), &config.model)? {
        Some(index) => {
            let titles: Vec<&str> = what.rules.iter().take(3).map(|rule| rule.title.as_str()).collect();
            let titles = match what.objective.and_then(|id| library.objective(id)) {
                Some(objective) => objective.title.clone(),
                None => titles.join(" "),
            };
            index.search(&format!("{} {titles}", what.kind.as_deref().unwrap_or(subject)), infer::CITED)?
        }
        None => Vec::new(),
    };
    match form.json {
        false if edges.is_empty() => {
            let mut out = nothing(subject, what, &others, selected);
            out.append(&search::lines(&cited, form.paint));
            out.append(&form.unread());
            show(out)?
        }
        false => {
            let mut out = human(subject, what.sort, &edges, library, form.paint);
            out.append(&search::lines(&cited, form.paint));
            out.append(&form.unread());
            show(out)?
        }
        true => print_json(&json(subject, what.sort, &edges, (library, form), &cited))?,
    }
    Ok(form.exit(!edges.is_empty()))
}

/// The edges to the frameworks that were asked for, and the others.
fn asked(
    edges: Vec<ControlMapping>,
    selected: &SelectedFrameworks,
) -> (Vec<ControlMapping>, Vec<ControlMapping>) {
    let ids = selected.ids();
    edges.into_iter().partition(|edge| ids.contains(&&*edge.control.framework))
}

fn title<'a>(edge: &ControlRef, library: &'a Library) -> &'a str {
    let control = library.find(&edge.framework).and_then(|framework| framework.find(&edge.id));
    control.map_or("", |control| control.title.as_str())
}

/// What is said where no control of the frameworks asked for is known.
fn nothing(subject: &str, what: &Curated, others: &[ControlMapping], selected: &SelectedFrameworks) -> Lines {
    let short = |id: &str| selected.library.info(id).map_or(id, |info| info.short.as_str()).to_owned();
    let asked: Vec<String> = selected.ids().into_iter().map(short).collect();
    let why = match (others, what.objective) {
        ([], Some(_)) => "no control wants it".to_owned(),
        ([], None) => "its rules bear on no control".to_owned(),
        (others, _) => {
            let mut names: Vec<String> = others.iter().map(|edge| short(&edge.control.framework)).collect();
            names.dedup();
            let count = pluralize(others.len(), "control", "controls");
            format!(
                "none in {}; it bears on {count} of {}: name them with `--framework`",
                asked.join(", "),
                names.join(", ")
            )
        }
    };
    let mut out = Lines::new();
    out.laid_out(&hanging("", &format!("`{subject}`: no mapping: {why}"), 2, width()).join("\n"));
    out
}

fn human(subject: &str, sort: &str, edges: &[ControlMapping], library: &Library, paint: Paint) -> Lines {
    let mut out = Lines::of(format!("{} ({sort})", paint.bold(subject)));
    for ControlMapping { control, through } in edges {
        let short = library.info(&control.framework).map_or(&*control.framework, |info| info.short.as_str());
        let part = if control.strength == Strength::Fully { "" } else { ", in part" };
        let name = format!("{short} {}", control.id);
        infer::named(&name, &format!("{}{part}", title(control, library)), paint, &mut out);
        let ways: Vec<String> = through
            .iter()
            .map(|Through { objective, rules }| {
                let objective = objective.as_ref().map_or(String::new(), |id| format!(" through {id}"));
                let by = if rules.is_empty() { String::new() } else { format!(", by {}", rules.join(", ")) };
                format!("{objective}{by}")
            })
            .collect();
        let how = match &control.provenance {
            Provenance::Confirmed { by, date } => format!("confirmed by {by} on {date}"),
            Provenance::Crosswalk { source, relation } => {
                // What a source says of itself behind a semicolon is in `crosswalk` and in JSON.
                let source = source.split(';').next().unwrap_or_default();
                format!("crosswalk({source}, {relation}){}", ways.join(";"))
            }
            other => format!("{}{}", rules::provenance(other), ways.join(";")),
        };
        infer::below(&how, paint, &mut out);
    }
    out
}

fn json(
    subject: &str,
    sort: &str,
    edges: &[ControlMapping],
    (library, form): (&Library, &Form),
    cited: &[PassageHit],
) -> Value {
    let controls: Vec<Value> = edges
        .iter()
        .map(|ControlMapping { control, through }| {
            let mut by: Vec<&String> = through.iter().flat_map(|one| &one.rules).collect();
            by.sort_unstable();
            by.dedup();
            let ways: Vec<Value> = through
                .iter()
                .map(|Through { objective, rules }| json!({ "objective": objective.as_deref(), "rules": rules }))
                .collect();
            let mut entry = json!({
                "framework": *control.framework, "id": *control.id, "title": title(control, library),
                "strength": if control.strength == Strength::Fully { "fully" } else { "partly" },
                "objective": control.objective.as_deref(), "provenance": rules::provenance(&control.provenance),
                "rules": by, "through": ways,
            });
            if let (Provenance::Crosswalk { source, relation }, Some(fields)) =
                (&control.provenance, entry.as_object_mut())
            {
                fields.insert("crosswalk".to_owned(), json!({ "source": **source, "relation": **relation }));
            }
            entry
        })
        .collect();
    let documents = search::documents(cited);
    json!({
        "version": 1, "what": subject, "kind": sort, "controls": controls, "documents": documents,
        "problems": form.problems(),
    })
}
