//! What no page covers: words, unknown kinds, other scanners' findings, through the control index.

use std::io::Read as _;
use std::path::Path;

use compline_frameworks::{Mapped, Mapper, Provenance, Tier};
use compline_iac::Resource;
use compline_rules::RuleSet;
use serde_json::{Value, json};

use super::super::search;
use super::Format;
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::output::print;
use crate::own::Own;
use crate::shelf::Shelf;

/// Controls named in the terminal for one thing.
const SHOWN: usize = 10;
/// Passages of the user's own documents that are cited.
pub(super) const CITED: usize = 3;

pub(super) fn open(shelf: &Shelf, rules: &RuleSet) -> Result<Mapper, Stop> {
    shelf.model.mapper(&shelf.library, rules, shelf.mappings.clone())
}

/// Words, or a resource whose kind no rule judges.
pub(super) fn one(
    subject: &str,
    resource: Option<&Resource>,
    shelf: &Shelf,
    rules: &RuleSet,
    root: &Path,
    format: Format,
    paint: Paint,
) -> Result<Exit, Stop> {
    let mapper = open(shelf, rules)?;
    let mapped =
        kept(resource.map_or_else(|| mapper.map_text(subject), |one| mapper.map_resource(one)), shelf);
    let asked = resource.map_or_else(|| subject.to_owned(), compline_frameworks::index::resource_query);
    let cited = match Own::find(root, &shelf.model)? {
        Some(own) => own.search(&asked, CITED)?,
        None => Vec::new(),
    };
    let found = !mapped.is_empty();
    print(&match format {
        Format::Json => {
            let sort = if resource.is_some() { "address" } else { "text" };
            let controls: Vec<Value> = mapped.iter().map(|one| control(one, shelf)).collect();
            let told = json!({ "version": 1, "what": subject, "kind": sort, "controls": controls, "documents": search::documents(&cited) });
            format!("{:#}\n", marked(told, &mapper))
        }
        Format::Human if !found => {
            let lines = search::lines(&cited, paint);
            format!("`{subject}`: no mapping: nothing known is near enough\n{lines}")
        }
        Format::Human => {
            let lines = lines_of(&mapped.iter().collect::<Vec<_>>(), shelf, paint);
            format!("{}\n{lines}{}", paint.bold(subject), search::lines(&cited, paint))
        }
    })?;
    Ok(if found { Exit::Clean } else { Exit::Found })
}

/// One text a line in, one JSON line out.
///
/// # Errors
/// The file cannot be read, or the index not be opened.
pub fn lines(file: &Path, shelf: &Shelf, rules: &RuleSet) -> Result<Exit, Stop> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|read| text = read)
    };
    read.map_err(|error| Stop::mistake(format!("`{}` cannot be read: {error}", file.display())))?;
    let mapper = open(shelf, rules)?;
    for line in text.lines() {
        let mapped = mapper.map_id(line.trim()).unwrap_or_else(|| mapper.map_text(line));
        let controls: Vec<Value> = kept(mapped, shelf).iter().map(|one| control(one, shelf)).collect();
        print(&format!("{}\n", marked(json!({ "text": line, "controls": controls }), &mapper)))?;
    }
    Ok(Exit::Clean)
}

/// An answer that says of itself where its scores and tiers were not measured.
pub(super) fn marked(mut answer: Value, mapper: &Mapper) -> Value {
    if let Some(fields) = answer.as_object_mut().filter(|_| !mapper.is_calibrated()) {
        fields.insert("calibrated".to_owned(), Value::Bool(false));
    }
    answer
}

fn kept(mapped: Vec<Mapped>, shelf: &Shelf) -> Vec<Mapped> {
    let ids = shelf.ids();
    mapped.into_iter().filter(|one| ids.contains(&&*one.framework)).collect()
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Mapped => "mapped",
        Tier::Suggested => "suggested",
    }
}

fn title<'s>(one: &Mapped, shelf: &'s Shelf) -> &'s str {
    let control = shelf.library.find(&one.framework).and_then(|framework| framework.find(&one.id));
    control.map_or("", |control| control.title.as_str())
}

pub(super) fn control(one: &Mapped, shelf: &Shelf) -> Value {
    let via: Vec<Value> = one
        .via
        .iter()
        .map(|near| json!({ "of": *near.of, "text": *near.text, "near": near.near, "matched": near.matched }))
        .collect();
    json!({
        "framework": *one.framework, "id": *one.id, "title": title(one, shelf), "tier": tier(one.tier),
        "score": one.score, "provenance": super::super::rules::provenance(&one.provenance), "via": via,
    })
}

pub(super) fn lines_of(mapped: &[&Mapped], shelf: &Shelf, paint: Paint) -> String {
    let mut out = String::new();
    for one in mapped.iter().take(SHOWN) {
        let short = shelf.library.info(&one.framework).map_or(&*one.framework, |info| info.short.as_str());
        let name = paint.bold(&format!("{short} {}", one.id));
        out.push_str(&format!("  {name}  {}\n", title(one, shelf)));
        let near: Vec<&str> = one.via.iter().take(2).map(|near| &*near.text).collect();
        let near = if near.is_empty() { String::new() } else { format!(", like: {}", near.join("; ")) };
        let how = match &one.provenance {
            Provenance::Inferred { score, .. } => format!("{}, inferred, {score:.2}{near}", tier(one.tier)),
            Provenance::Confirmed { by, date } => format!("confirmed by {by} on {date}"),
            other => {
                let through = one.via.first().map_or("", |via| &*via.of);
                format!("{}, by {through}", super::super::rules::provenance(other))
            }
        };
        out.push_str(&format!("      {}\n", paint.dim(&how)));
    }
    if mapped.len() > SHOWN {
        out.push_str(&format!("  and {} more\n", mapped.len() - SHOWN));
    }
    out
}
