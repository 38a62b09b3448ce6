//! From the bytes of a results file to the objects in it.

use serde_json::{Map, Value};

/// The objects of a file: JSON (one value, or several in a row), YAML, or a table with a head line.
///
/// # Errors
/// That it is none of these, with what was found and what to do.
pub(super) fn objects(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let text = text(bytes)?;
    let start = text.trim_start();
    if start.is_empty() {
        return Err("it is empty: was the scanner stopped, or its output written elsewhere?".to_owned());
    }
    if start.starts_with(['{', '[']) {
        return json(&text);
    }
    if start.starts_with('<') {
        return Err(format!("it is XML or HTML; {ASK}"));
    }
    let head = start.lines().next().unwrap_or_default();
    if head.contains("CHECK_ID") && head.contains("STATUS") {
        return Ok(table(start, if head.contains(';') { ';' } else { ',' }));
    }
    // cfn-guard also writes its results as YAML.
    if start.contains("not_compliant:")
        && let Ok(value) = serde_saphyr::from_str::<Value>(&text)
    {
        return Ok(flat(value));
    }
    let seen: String = head.chars().filter(|one| !one.is_control()).take(40).collect();
    Err(format!(
        "it is not JSON, it begins with `{}`: is it what the scanner shows in the terminal? {ASK}",
        seen.trim()
    ))
}

const ASK: &str = "write its results as JSON or SARIF";

/// UTF-8, or UTF-16 with a mark, which is how one shell redirects.
fn text(bytes: &[u8]) -> Result<String, String> {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = rest.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok());
        let text: Result<String, _> = char::decode_utf16(units.map(unit)).collect();
        text.map_err(|_| "it is no text: its UTF-16 is broken".to_owned())
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes),
    }
}

fn utf8(bytes: &[u8]) -> Result<String, String> {
    let text = String::from_utf8(bytes.to_vec());
    text.map_err(|error| format!("it is no text: byte {} is not UTF-8", error.utf8_error().valid_up_to()))
}

fn json(text: &str) -> Result<Vec<Value>, String> {
    let mut out = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(value) => out.extend(flat(value)),
            Err(error) if error.is_eof() => {
                return Err(format!(
                    "its JSON ends in the middle, at line {}: was the scanner stopped? Let it run again",
                    error.line()
                ));
            }
            Err(error) => return Err(format!("its JSON is broken: {error}")),
        }
    }
    Ok(out)
}

/// The objects of a list, of a list of lists, or the one there is.
fn flat(value: Value) -> Vec<Value> {
    match value {
        Value::Array(list) => list.into_iter().flat_map(flat).collect(),
        Value::Null => Vec::new(),
        other => vec![other],
    }
}

/// Rows as objects of texts (RFC 4180, with any separator): quoted cells may have line breaks.
fn table(text: &str, separator: char) -> Vec<Value> {
    let mut rows = rows(text, separator).into_iter();
    let head = rows.next().unwrap_or_default();
    let object = |row: Vec<String>| {
        let cells: Map<String, Value> =
            head.iter().cloned().zip(row.into_iter().map(Value::String)).collect();
        Value::Object(cells)
    };
    rows.filter(|row| row.len() > 1).map(object).collect()
}

fn rows(text: &str, separator: char) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut signs = text.chars().peekable();
    while let Some(sign) = signs.next() {
        match sign {
            '"' if quoted && signs.peek() == Some(&'"') => {
                signs.next();
                cell.push('"');
            }
            '"' if quoted || cell.is_empty() => quoted = !quoted,
            _ if quoted => cell.push(sign),
            '\r' => {}
            '\n' => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            _ if sign == separator => row.push(std::mem::take(&mut cell)),
            _ => cell.push(sign),
        }
    }
    if !cell.is_empty() || !row.is_empty() {
        row.push(cell);
        rows.push(row);
    }
    rows
}

/// A path as this program writes it: forward slashes, no scheme, nothing above where the scanner stood.
pub(super) fn path(raw: &str) -> String {
    let plain = raw.strip_prefix("file://").unwrap_or(raw);
    let plain = if plain.contains('/') { plain.to_owned() } else { plain.replace('\\', "/") };
    let mut rest = plain.as_str();
    while let Some(shorter) = rest.strip_prefix("../").or_else(|| rest.strip_prefix("./")) {
        rest = shorter;
    }
    rest.to_owned()
}
