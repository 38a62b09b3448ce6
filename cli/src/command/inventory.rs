//! `compline inventory`: what was read, to the value, with where each was written and what is unknown.

use clap::{Args, ValueEnum};
use compline_iac::{Data, Existence, Mode, Number, Piece, Resource, Snapshot, Span, Value, Why};
use serde_json::{Map, Value as Json, json};

use crate::exit::{Exit, Stop};
use crate::face::some;
use crate::output::{print, tell};
use crate::reading::{Reading, What};

/// List what was read: every resource with its values
#[derive(Debug, Args)]
pub struct Arguments {
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

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let reading = Reading::open(&arguments.what)?;
    if reading.is_empty() {
        return Err(reading.nothing());
    }
    let text = match arguments.format {
        Format::Json => written(&reading.snapshot),
        Format::Human => listed(&reading),
    };
    print(&text)?;
    for problem in reading.snapshot.problems.iter() {
        tell(&format!("{}: {}", reading.shown.path(&problem.path), problem.message));
    }
    Ok(if reading.is_incomplete() { Exit::Incomplete } else { Exit::Clean })
}

fn listed(reading: &Reading) -> String {
    let mut out = String::new();
    let mut count = 0;
    for inventory in &reading.snapshot.inventories {
        for resource in &inventory.resources {
            count += 1;
            let at = origin(&reading.snapshot, resource.header);
            let file = at.get("file").and_then(Json::as_str).map(|file| reading.shown.path(file));
            let line = at.get("line").and_then(Json::as_u64).unwrap_or_default();
            let mut unknown = Vec::new();
            attributes(&resource.body, &mut String::new(), &mut unknown);
            let note =
                if unknown.is_empty() { String::new() } else { format!("  {} unknown", unknown.len()) };
            let sort = if resource.mode == Mode::Data { "  (looked up)" } else { "" };
            out.push_str(&format!("{}  {}:{line}{sort}{note}\n", resource.address, file.unwrap_or_default()));
        }
    }
    out.push_str(&format!("\n{}; `--format json` has their values\n", some(count, "resource", "resources")));
    out
}

fn written(snapshot: &Snapshot) -> String {
    let mut resources = Vec::new();
    for inventory in &snapshot.inventories {
        resources.extend(inventory.resources.iter().map(|one| resource(one, &inventory.root, snapshot)));
    }
    let gaps: Vec<Json> = snapshot
        .inventories
        .iter()
        .flat_map(|inventory| &inventory.gaps)
        .map(|gap| json!({ "what": *gap.what, "why": *gap.why.text }))
        .collect();
    let problems: Vec<Json> = snapshot
        .problems
        .iter()
        .map(|problem| json!({ "file": *problem.path, "message": problem.message, "help": problem.help }))
        .collect();
    let document = json!({
        "schema": "https://compline.dev/schema/inventory/1",
        "version": 1,
        "resources": resources,
        "gaps": gaps,
        "problems": problems,
    });
    format!("{document:#}\n")
}

fn resource(resource: &Resource, root: &str, snapshot: &Snapshot) -> Json {
    let mut unknown = Vec::new();
    let values = attributes(&resource.body, &mut String::new(), &mut unknown);
    let unknown: Vec<Json> =
        unknown.into_iter().map(|(path, why)| json!({ "path": path, "why": *why.text })).collect();
    let mut places = Map::new();
    places_of(&resource.body, &mut String::new(), snapshot, &mut places);
    let maybe = match &resource.existence {
        Existence::Certain => Json::Null,
        Existence::Possible(why) => json!(*why.text),
    };
    json!({
        "address": *resource.address,
        "kind": *resource.kind,
        "root": root,
        "mode": if resource.mode == Mode::Data { "data" } else { "managed" },
        "attributes": values,
        "unknown": unknown,
        "origin": origin(snapshot, resource.header),
        "origins": places,
        "may_not_exist": maybe,
    })
}

fn origin(snapshot: &Snapshot, span: Span) -> Json {
    match snapshot.source(span) {
        Some(source) => {
            let place = source.place(span.start);
            json!({ "file": *source.path, "line": place.line, "column": place.column })
        }
        None => Json::Null,
    }
}

/// The value as JSON, unknown parts as null; they are listed with their paths.
fn attributes<'a>(value: &'a Value, path: &mut String, unknown: &mut Vec<(String, &'a Why)>) -> Json {
    let mut miss = |path: &str, why: &'a Why| unknown.push((path.to_owned(), why));
    if value.sensitive
        && let Data::Text(text) = &value.data
    {
        return json!(format!("(hidden, {} characters)", text.chars().count()));
    }
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(bool) => json!(bool),
        Data::Number(Number::Int(int)) => json!(int),
        Data::Number(Number::Float(float)) => json!(float),
        Data::Text(text) => json!(**text),
        Data::Unknown(why) => {
            miss(path, why);
            Json::Null
        }
        Data::Holed(pieces) => {
            let holes = pieces.iter().filter_map(|piece| match piece {
                Piece::Hole(why) => Some(why),
                Piece::Text(_) => None,
            });
            for why in holes {
                miss(path, why);
            }
            Json::Null
        }
        Data::Choice(values) => {
            // What is unknown about a choice is which; the parts may be unknown besides.
            for value in values.iter() {
                attributes(value, path, unknown);
            }
            if unknown.iter().all(|(known, _)| known != path) {
                return json!({ "one_of": values.iter().map(|value| attributes(value, path, unknown)).collect::<Vec<_>>() });
            }
            Json::Null
        }
        Data::List(list) => {
            if let Some(why) = &list.open {
                miss(path, why);
            }
            let items = list.items.iter().enumerate();
            Json::Array(
                items
                    .map(|(index, item)| {
                        below(path, &format!("[{index}]"), |path| attributes(item, path, unknown))
                    })
                    .collect(),
            )
        }
        Data::Map(map) => {
            if let Some(why) = &map.open {
                miss(path, why);
            }
            let entries = map.entries.iter();
            Json::Object(
                entries
                    .map(|(key, value)| {
                        let step = step(path, key);
                        (key.to_string(), below(path, &step, |path| attributes(value, path, unknown)))
                    })
                    .collect(),
            )
        }
    }
}

/// Path → where its value was written, for everything that is no list or map.
fn places_of(value: &Value, path: &mut String, snapshot: &Snapshot, places: &mut Map<String, Json>) {
    match &value.data {
        Data::List(list) => {
            for (index, item) in list.items.iter().enumerate() {
                below(path, &format!("[{index}]"), |path| places_of(item, path, snapshot, places));
            }
        }
        Data::Map(map) => {
            for (key, value) in &map.entries {
                let step = step(path, key);
                below(path, &step, |path| places_of(value, path, snapshot, places));
            }
        }
        _ => {
            if let Some(span) = value.origin.span {
                places.insert(path.clone(), origin(snapshot, span));
            }
        }
    }
}

fn step(path: &str, key: &str) -> String {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    match (plain, path.is_empty()) {
        (true, true) => key.to_owned(),
        (true, false) => format!(".{key}"),
        (false, _) => format!("[{}]", Json::String(key.to_owned())),
    }
}

fn below<T>(path: &mut String, step: &str, work: impl FnOnce(&mut String) -> T) -> T {
    let length = path.len();
    path.push_str(step);
    let done = work(path);
    path.truncate(length);
    done
}
