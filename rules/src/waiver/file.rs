//! The waiver file, `compline.waivers.yaml`.

use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Scope, Waiver};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    waivers: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    rule: String,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    file: Option<String>,
    reason: String,
    #[serde(default)]
    until: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

/// Reads the text of a waiver file; `path` is how the user knows it.
///
/// # Errors
/// What is wrong, with the line: unknown keys, no reason, a date that is none.
pub fn parse(path: &str, text: &str) -> Result<Vec<Waiver>, String> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let file: File = crate::yaml::read(text).map_err(|error| format!("{path}: {error}"))?;
    let mut waivers = Vec::with_capacity(file.waivers.len());
    for entry in file.waivers {
        let line = entry.referenced.line();
        let place: Arc<str> = Arc::from(format!("{path}:{line}"));
        let entry = entry.value;
        if let Some(until) = entry.until.as_deref().filter(|until| !super::is_date(until)) {
            return Err(format!("{place}: `{until}` is no date; write `until: 2027-06-30`"));
        }
        if entry.address.is_none() && entry.file.is_none() {
            return Err(format!(
                "{place}: say what is waived: `address`, `file`, or both; `*` stands for anything"
            ));
        }
        waivers.push(Waiver {
            rule: Arc::from(entry.rule),
            reason: Some(Arc::from(entry.reason)),
            until: entry.until.map(Arc::from),
            by: entry.by.map(Arc::from),
            span: None,
            place,
            scope: Scope::Pattern { address: entry.address.map(Arc::from), file: entry.file.map(Arc::from) },
            fault: None,
        });
    }
    Ok(waivers)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn an_entry_keeps_its_line_and_needs_a_reach() {
        let text = "waivers:\n  - rule: aws-s3-versioning-disabled\n    address: aws_s3_bucket.logs\n    reason: rebuilt nightly\n    until: 2027-01-31\n";
        let waivers = parse("compline.waivers.yaml", text).unwrap();
        assert_eq!(&*waivers[0].place, "compline.waivers.yaml:2");
        assert_eq!(waivers[0].until.as_deref(), Some("2027-01-31"));
        let error = parse("w.yaml", "waivers:\n  - rule: x\n    reason: y\n").unwrap_err();
        assert!(error.contains("w.yaml:2") && error.contains("address"), "{error}");
        assert!(parse("w.yaml", "waivers:\n  - rule: x\n    addres: y\n    reason: z\n").is_err());
    }
}
