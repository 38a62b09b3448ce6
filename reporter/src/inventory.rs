//! What was read, as plain data: every resource with its values, what is unknown of it and why, and where it was
//! written.

use std::collections::HashMap;

use compline_iac::{
    Context, Data, Existence, Mode, Number, Piece, Redaction, Resource, Snapshot, Span, Value, Why,
};
use compline_rules::RuleSet;
use serde_json::{Map, Value as Json, json};

/// One resource instance.
#[derive(Debug, Clone, PartialEq)]
pub struct ResourcePart {
    pub address: String,
    pub kind: String,
    /// The root it was read with: a directory or a file.
    pub root: String,
    /// Looked up by the code, not declared.
    pub is_data: bool,
    /// Its values; unknown parts are null, sensitive texts are hidden.
    pub attributes: Json,
    /// Path of an unknown part, and why it is unknown.
    pub unknown: Vec<(String, String)>,
    pub place: Option<FilePosition>,
    /// Path → where the value was written, for everything that is no list or map.
    pub places: Vec<(String, FilePosition)>,
    /// Why it may not exist.
    pub maybe: Option<String>,
    /// Rules that look at its kind.
    pub rules: usize,
}

/// A place in a file; line and column from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePosition {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl ResourcePart {
    /// Its values one by one: path, what it is, where it was written. Unknown ones are left out.
    pub fn leaves(&self) -> Vec<(String, String, Option<&FilePosition>)> {
        let mut out = Vec::new();
        leaves(&self.attributes, &mut String::new(), &mut |path, text| {
            let place = self.places.iter().find(|(at, _)| at == path).map(|(_, spot)| spot);
            out.push((path.to_owned(), text, place));
        });
        out
    }

    /// How many values are known.
    pub fn known(&self) -> usize {
        let mut count = 0;
        leaves(&self.attributes, &mut String::new(), &mut |_, _| count += 1);
        count
    }
}

/// Everything a snapshot read, in the order of its roots.
pub fn inventory(snapshot: &Snapshot, rules: &RuleSet) -> Vec<ResourcePart> {
    let mut looking: HashMap<&str, usize> = HashMap::new();
    let mut out = Vec::new();
    for inventory in &snapshot.inventories {
        for one in &inventory.resources {
            let today = rules.tables().kinds.get(&*one.kind).map_or(&*one.kind, String::as_str);
            let rules = *looking.entry(&one.kind).or_insert_with(|| rules.looking_at(today).len());
            out.push(part(one, &inventory.root, rules, snapshot));
        }
    }
    out
}

fn part(resource: &Resource, root: &str, rules: usize, snapshot: &Snapshot) -> ResourcePart {
    let hide = snapshot.redaction();
    let mut unknown = Vec::new();
    let attributes = attributes(&resource.body, hide, Context::default(), &mut String::new(), &mut unknown);
    let mut places = Vec::new();
    places_of(&resource.body, hide, &mut String::new(), snapshot, &mut places);
    ResourcePart {
        address: hide.text(&resource.address).into_owned(),
        kind: hide.text(&resource.kind).into_owned(),
        root: root.to_owned(),
        is_data: resource.mode == Mode::Data,
        attributes,
        unknown: unknown.into_iter().map(|(path, why)| (path, hide.text(&why.text).into_owned())).collect(),
        place: spot(snapshot, resource.header),
        places,
        maybe: match &resource.existence {
            Existence::Certain => None,
            Existence::Possible(why) => Some(hide.text(&why.text).into_owned()),
        },
        rules,
    }
}

fn spot(snapshot: &Snapshot, span: Span) -> Option<FilePosition> {
    let source = snapshot.source(span)?;
    let place = source.place(span.start);
    Some(FilePosition { file: source.path.to_string(), line: place.line, column: place.column })
}

/// The value as JSON, unknown parts as null; they are listed with their paths.
fn attributes<'a>(
    value: &'a Value,
    hide: &Redaction,
    context: Context,
    path: &mut String,
    unknown: &mut Vec<(String, &'a Why)>,
) -> Json {
    let context = context.of(value);
    let mut miss = |path: &str, why: &'a Why| unknown.push((path.to_owned(), why));
    let number = |shown: &str| context.whole_number(shown).map(|kind| Json::from(hide.told(kind, shown)));
    match &value.data {
        Data::Null => Json::Null,
        Data::Bool(bool) => number(&bool.to_string()).unwrap_or_else(|| Json::from(*bool)),
        Data::Number(written) => number(&written.to_string()).unwrap_or_else(|| match written {
            Number::Int(int) => Json::from(*int),
            Number::Float(float) => Json::from(*float),
        }),
        Data::Text(text) => Json::from(hide.value(context, text)),
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
            let before = unknown.len();
            let one_of: Vec<Json> =
                values.iter().map(|value| attributes(value, hide, context, path, unknown)).collect();
            if unknown.len() == before { json!({ "one_of": one_of }) } else { Json::Null }
        }
        Data::List(list) => {
            if let Some(why) = &list.open {
                miss(path, why);
            }
            let items = list.items.iter().enumerate();
            Json::Array(
                items
                    .map(|(index, item)| {
                        below(path, &format!("[{index}]"), |path| {
                            attributes(item, hide, context, path, unknown)
                        })
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
                        let below_it = context.entry(map, key);
                        let key = hide.text(key).into_owned();
                        let step = step(path, &key);
                        let value =
                            below(path, &step, |path| attributes(value, hide, below_it, path, unknown));
                        (key, value)
                    })
                    .collect::<Map<String, Json>>(),
            )
        }
    }
}

fn places_of(
    value: &Value,
    hide: &Redaction,
    path: &mut String,
    snapshot: &Snapshot,
    places: &mut Vec<(String, FilePosition)>,
) {
    match &value.data {
        Data::List(list) => {
            for (index, item) in list.items.iter().enumerate() {
                below(path, &format!("[{index}]"), |path| places_of(item, hide, path, snapshot, places));
            }
        }
        Data::Map(map) => {
            for (key, value) in &map.entries {
                let step = step(path, &hide.text(key));
                below(path, &step, |path| places_of(value, hide, path, snapshot, places));
            }
        }
        _ => places.extend(value.origin.span.and_then(|span| Some((path.clone(), spot(snapshot, span)?)))),
    }
}

/// Every value that is no list, no map and not null, with its path.
fn leaves(value: &Json, path: &mut String, tell: &mut dyn FnMut(&str, String)) {
    match value {
        Json::Null => {}
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                below(path, &format!("[{index}]"), |path| leaves(item, path, tell));
            }
        }
        Json::Object(entries) => {
            for (key, item) in entries {
                let step = step(path, key);
                below(path, &step, |path| leaves(item, path, tell));
            }
        }
        Json::String(text) => tell(path, text.clone()),
        other => tell(path, other.to_string()),
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
