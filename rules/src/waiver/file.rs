//! The waiver file, `compline.waivers.yaml`.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::{Scope, Waiver, WaiverSource};

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
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    until: Option<String>,
    #[serde(default)]
    by: Option<String>,
}

/// What is wrong with a waiver file. As text it begins with the place: `compline.waivers.yaml:4: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverFileError {
    /// How the user knows the file.
    pub path: String,
    /// From 1; none where the reader of YAML says it in its own words.
    pub line: Option<u64>,
    pub problem: WaiverFileProblem,
}

/// What is wrong in a waiver file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverFileProblem {
    /// It is no YAML, or has other keys than a waiver file.
    Syntax(String),
    /// `until` is no day.
    BadDate { written: String },
    /// An entry says neither `address` nor `file`.
    NoReach,
    /// An entry lacks a key that each must have, or has nothing in it.
    Missing { key: &'static str },
    /// An entry's rule is `*`: a waiver is of rules that somebody weighed.
    EveryRule,
}

impl fmt::Display for WaiverFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.problem),
            None => write!(f, "{}: {}", self.path, self.problem),
        }
    }
}

impl fmt::Display for WaiverFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaiverFileProblem::Syntax(message) => f.write_str(message),
            WaiverFileProblem::BadDate { written } => {
                write!(f, "`{written}` is no date; write `until: 2027-06-30`")
            }
            WaiverFileProblem::Missing { key: "until" } => {
                f.write_str("there is no `until`; write `until: 2027-06-30`, the last day on which it holds")
            }
            WaiverFileProblem::Missing { key } => write!(f, "there is no `{key}`"),
            WaiverFileProblem::EveryRule => f.write_str("`*` is no rule; name the rule that is waived"),
            WaiverFileProblem::NoReach => {
                f.write_str("say what is waived: `address`, `file`, or both; `*` stands for anything")
            }
        }
    }
}

/// Reads the text of a waiver file; `path` is how the user knows it.
///
/// # Errors
/// What is wrong, with the line: unknown keys, no reason, a date that is none.
pub fn parse(path: &str, text: &str) -> Result<Vec<Waiver>, WaiverFileError> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let error = |line, problem| WaiverFileError { path: path.to_owned(), line, problem };
    let file: File = crate::yaml::read(text)
        .map_err(|problem| error(None, WaiverFileProblem::Syntax(problem.to_string())))?;
    let path: Arc<str> = Arc::from(path);
    let mut waivers = Vec::with_capacity(file.waivers.len());
    for entry in file.waivers {
        let line = entry.referenced.line();
        let entry = entry.value;
        if entry.rule.trim() == "*" {
            return Err(error(Some(line), WaiverFileProblem::EveryRule));
        }
        let keys = [
            ("rule", Some(&entry.rule)),
            ("reason", entry.reason.as_ref()),
            ("until", entry.until.as_ref()),
            ("by", entry.by.as_ref()),
        ];
        if let Some((key, _)) =
            keys.into_iter().find(|(_, value)| value.is_none_or(|value| value.trim().is_empty()))
        {
            return Err(error(Some(line), WaiverFileProblem::Missing { key }));
        }
        if let Some(until) = entry.until.as_deref().filter(|until| !super::is_date(until)) {
            return Err(error(Some(line), WaiverFileProblem::BadDate { written: until.to_owned() }));
        }
        if entry.address.is_none() && entry.file.is_none() {
            return Err(error(Some(line), WaiverFileProblem::NoReach));
        }
        waivers.push(Waiver {
            rule: Arc::from(entry.rule),
            reason: entry.reason.map(Arc::from),
            until: entry.until.map(Arc::from),
            by: entry.by.map(Arc::from),
            source: WaiverSource::File { path: Arc::clone(&path), line },
            scope: Scope::Pattern { address: entry.address.map(Arc::from), file: entry.file.map(Arc::from) },
            conditions: Vec::new(),
            fault: None,
        });
    }
    Ok(waivers)
}

#[cfg(test)]
mod tests {
    use super::{WaiverFileProblem, parse};

    #[test]
    fn an_entry_keeps_its_line_and_needs_a_reach() {
        let text = "waivers:\n  - rule: aws-s3-versioning-disabled\n    address: aws_s3_bucket.logs\n    reason: rebuilt nightly\n    until: 2027-01-31\n    by: ops\n";
        let waivers = parse("compline.waivers.yaml", text).unwrap();
        assert_eq!(waivers[0].source.to_string(), "compline.waivers.yaml:2");
        assert_eq!(waivers[0].until.as_deref(), Some("2027-01-31"));
        let entry = "waivers:\n  - rule: x\n    reason: y\n    until: 2027-01-31\n    by: ops\n";
        let error = parse("w.yaml", entry).unwrap_err();
        assert_eq!((error.line, &error.problem), (Some(2), &WaiverFileProblem::NoReach), "{error}");
        assert!(parse("w.yaml", "waivers:\n  - rule: x\n    addres: y\n    reason: z\n").is_err());
    }

    #[test]
    fn an_entry_says_why_until_when_and_who() {
        let whole =
            "waivers:\n  - rule: x\n    address: a\n    reason: y\n    until: 2028-02-29\n    by: ops\n";
        assert!(parse("w.yaml", whole).is_ok());
        for (line, key) in
            [("    reason: y\n", "reason"), ("    until: 2028-02-29\n", "until"), ("    by: ops\n", "by")]
        {
            let error = parse("w.yaml", &whole.replace(line, "")).unwrap_err();
            assert_eq!(error.problem, WaiverFileProblem::Missing { key });
            let blank = format!("    {key}: ' '\n");
            let error = parse("w.yaml", &whole.replace(line, &blank)).unwrap_err();
            assert_eq!(error.problem, WaiverFileProblem::Missing { key });
        }
        let error = parse("w.yaml", &whole.replace("2028-02-29", "2027-02-29")).unwrap_err();
        assert_eq!(error.problem, WaiverFileProblem::BadDate { written: "2027-02-29".to_owned() });
        let error = parse("w.yaml", &whole.replace("rule: x", "rule: '*'")).unwrap_err();
        assert_eq!(error.problem, WaiverFileProblem::EveryRule);
    }
}
