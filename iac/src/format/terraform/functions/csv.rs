//! `csvdecode`: RFC 4180 as Go reads it.

use super::call::{Answer, Call, Function, TEXT, function};
use crate::value::Map;

pub(super) const FUNCTIONS: &[Function] = &[function("csvdecode", &[TEXT], csvdecode)];

fn csvdecode(call: &Call<'_, '_>) -> Answer {
    let mut rows = rows(call.text(0))?.into_iter();
    let header = rows.next().ok_or("the CSV text has no header line")?;
    for (at, name) in header.iter().enumerate() {
        if header.iter().take(at).any(|other| other == name) {
            return Err(format!("the CSV text has two columns `{name}`"));
        }
    }
    let mut items = Vec::new();
    for (at, row) in rows.enumerate() {
        if row.len() != header.len() {
            return Err(format!(
                "row {} of the CSV text has {} fields, its header {}",
                at + 1,
                row.len(),
                header.len()
            ));
        }
        let entries =
            header.iter().zip(row).map(|(name, field)| (super::call::normal(name), call.make_text(field)));
        items.push(call.make_map(Map { entries: entries.collect(), ..Map::default() }));
    }
    Ok(call.make_list(items, None))
}

fn rows(text: &str) -> Result<Vec<Vec<String>>, String> {
    let text = text.replace("\r\n", "\n");
    let mut rest = text.strip_suffix('\r').unwrap_or(&text);
    let mut rows = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('\n') {
            rest = after;
            continue;
        }
        let mut row = Vec::new();
        loop {
            let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
                quoted_field(quoted)?
            } else {
                bare_field(rest)?
            };
            row.push(field);
            if let Some(after) = after.strip_prefix(',') {
                rest = after;
                continue;
            }
            rest = after.strip_prefix('\n').unwrap_or(after);
            break;
        }
        rows.push(row);
    }
    Ok(rows)
}

fn bare_field(text: &str) -> Result<(String, &str), String> {
    let end = text.find([',', '\n']).unwrap_or(text.len());
    let (field, rest) = text.split_at(end);
    if field.contains('"') {
        return Err("a quote stands inside a CSV field that is not quoted".to_owned());
    }
    Ok((field.to_owned(), rest))
}

fn quoted_field(text: &str) -> Result<(String, &str), String> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quoted CSV field is not closed")?;
        field.push_str(part);
        if let Some(after) = after.strip_prefix('"') {
            field.push('"');
            rest = after;
        } else if after.is_empty() || after.starts_with([',', '\n']) {
            return Ok((field, after));
        } else {
            return Err("something follows the closing quote of a CSV field".to_owned());
        }
    }
}
