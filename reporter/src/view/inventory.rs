//! What was read, resource by resource: bounded, so that a large estate still opens and prints.

use serde::Serialize;

use crate::inventory::{FilePosition, ResourcePart};
use crate::report::Report;
use crate::words::{count, pluralize};

/// Resources whose values the page shows; of the others it shows the row.
const OPENED: usize = 1_000;
/// Resources that are printed on paper.
const PRINTED: usize = 300;
/// Values of one resource that are shown.
const VALUES: usize = 60;
/// Characters of a value that are shown.
const LONGEST: usize = 160;
/// Unknown values of one resource that the short form names.
const UNKNOWNS: usize = 2;

/// The inventory section.
#[derive(Serialize)]
pub(crate) struct InventoryModel {
    pub sentence: String,
    pub rows: Vec<ResourceRow>,
    /// How many rows are printed on paper.
    pub printed: usize,
    /// What is said of the rows that are not.
    pub rest: String,
    /// What is said of resources whose values are not shown.
    pub closed: String,
}

/// One resource.
#[derive(Serialize)]
pub(crate) struct ResourceRow {
    pub address: String,
    pub kind: String,
    pub place: String,
    /// Known values.
    pub known: String,
    /// `2 unknown`, or nothing.
    pub unknown_count: String,
    /// The first unknown values, and why.
    pub unknown: Vec<(String, String)>,
    /// `and 3 more`, or nothing.
    pub more_unknown: String,
    /// `looked up`, `may not exist: …`, or nothing.
    pub note: String,
    pub opened: bool,
    pub values: Vec<ValueRow>,
    /// `and 12 more values`, or nothing.
    pub more_values: String,
}

/// One value of a resource, or why it is unknown.
#[derive(Serialize)]
pub(crate) struct ValueRow {
    pub path: String,
    pub value: String,
    pub why: String,
    pub place: String,
}

impl InventoryModel {
    pub fn of(report: &Report) -> Self {
        let all = &report.inventory;
        let unknown: usize = all.iter().map(|one| one.unknown.len()).sum();
        let sentence = format!(
            "{} read, with every value that could be known and the reason where one could not: {} in all.",
            pluralize(all.len(), "resource was", "resources were"),
            pluralize(unknown, "value is unknown", "values are unknown"),
        );
        let printed = all.len().min(PRINTED);
        let rest = match all.len() - printed {
            0 => String::new(),
            left => format!(
                "{} not printed here: {} in the HTML report and in the attached JSON.",
                pluralize(left, "more resource is", "more resources are"),
                if left == 1 { "it stands" } else { "they stand" },
            ),
        };
        let closed = match all.len().saturating_sub(OPENED) {
            0 => String::new(),
            left => format!("Of the last {} the values stand in the JSON only.", count(left)),
        };
        let rows = all.iter().enumerate().map(|(index, one)| row(one, index < OPENED)).collect();
        Self { sentence, rows, printed, rest, closed }
    }
}

fn row(resource: &ResourcePart, opened: bool) -> ResourceRow {
    let mut values: Vec<ValueRow> = Vec::new();
    let mut more = 0;
    if opened {
        let unknown = resource.unknown.iter().map(|(path, why)| ValueRow {
            path: path.clone(),
            value: String::new(),
            why: why.clone(),
            place: place(resource.places.iter().find(|(at, _)| at == path).map(|(_, spot)| spot)),
        });
        let known = resource.leaves().into_iter().map(|(path, text, at)| ValueRow {
            path,
            value: cut(&text),
            why: String::new(),
            place: place(at),
        });
        values.extend(unknown.chain(known));
        more = values.len().saturating_sub(VALUES);
        values.truncate(VALUES);
    }
    let left = resource.unknown.len().saturating_sub(UNKNOWNS);
    let note = match (&resource.maybe, resource.is_data) {
        (Some(why), _) => format!("may not exist: {why}"),
        (None, true) => "looked up".to_owned(),
        (None, false) => String::new(),
    };
    ResourceRow {
        address: resource.address.clone(),
        kind: resource.kind.clone(),
        place: place(resource.place.as_ref()),
        known: count(resource.known()),
        unknown_count: match resource.unknown.len() {
            0 => String::new(),
            number => format!("{} unknown", count(number)),
        },
        unknown: resource.unknown.iter().take(UNKNOWNS).cloned().collect(),
        more_unknown: if left == 0 { String::new() } else { format!("and {} more", count(left)) },
        note,
        opened,
        values,
        more_values: if more == 0 {
            String::new()
        } else {
            format!("and {} in the JSON", pluralize(more, "more value", "more values"))
        },
    }
}

fn place(spot: Option<&FilePosition>) -> String {
    spot.map_or_else(String::new, |spot| format!("{}:{}", spot.file, spot.line))
}

/// The first characters, in one line.
fn cut(text: &str) -> String {
    let mut line: String = text.chars().take(LONGEST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LONGEST).is_some() {
        line.push('…');
    }
    line
}
