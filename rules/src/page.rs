//! A rule page: one Markdown file that is the rule, its documentation and its tests.
//!
//! Shared with the build script; knows nothing of `iac`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::check::{self, Check, Scalar};

/// A page as read: everything but its examples is kept in the binary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// `<provider>-<service>-<problem>`.
    pub id: String,
    /// States the problem; true only of a failure.
    pub title: String,
    pub severity: Severity,
    pub objectives: Vec<String>,
    /// Ids other scanners use for the same thing, by scanner: `checkov`, `trivy`, `kics`.
    pub aliases: IndexMap<String, Vec<String>>,
    /// The provider documentation the page rests on.
    pub sources: Vec<String>,
    pub check: Check,
    pub fix: Option<FixSpec>,
    /// The prose, Markdown, without the examples.
    pub prose: String,
    /// The first example that fails, without its mark.
    pub example: Option<String>,
    /// Lower-case hexadecimal SHA-256 of the page's text is made by the caller; here the size in bytes.
    pub bytes: usize,
}

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// Whether a fix may be applied unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Changes nothing users rely on.
    Safe,
    /// May break, replace or lock out: shown, applied only on request.
    Unsafe,
    /// Shown as advice, never applied.
    Display,
}

/// What the page says about its fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixSpec {
    pub safety: Safety,
    /// Values to write, by path; a path of the kind being fixed is used, the others are passed over.
    pub set: IndexMap<String, Scalar>,
    /// A value for the deciding path, one for each entry of `check`, or one for all.
    pub value: Vec<Scalar>,
}

/// An example: a complete tiny workspace and what is expected of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// File name to give it: `main.tf`, `template.yaml`, `manifest.yaml`.
    pub file: &'static str,
    pub expect: Expect,
    pub text: String,
    /// Line of the page on which its text begins, from 1.
    pub line: usize,
}

/// What an example is expected to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Fail,
    Pass,
    Unknown,
    /// No verdict at all.
    Nothing,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Front {
    id: String,
    title: String,
    severity: Severity,
    objectives: Vec<String>,
    #[serde(default)]
    aliases: IndexMap<String, Vec<String>>,
    #[serde(default)]
    sources: Vec<String>,
    check: serde_json::Value,
    #[serde(default)]
    fix: Option<serde_json::Value>,
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        })
    }
}

impl std::fmt::Display for Safety {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
            Safety::Display => "display",
        })
    }
}

/// Reads a page.
///
/// # Errors
/// What is wrong, with the key it concerns.
pub fn parse(text: &str) -> Result<(Page, Vec<Example>), String> {
    let rest = text.strip_prefix("---\n").ok_or("a page begins with a line `---` and its front matter")?;
    let (front, body) = rest.split_once("\n---\n").ok_or("the front matter is not closed by a line `---`")?;
    let head: Front = super::yaml::read(front).map_err(|error| format!("front matter: {error}"))?;
    check_id(&head.id)?;
    if head.objectives.is_empty() {
        return Err("objectives: name at least one".to_owned());
    }
    let fix = head.fix.as_ref().map(read_fix).transpose()?;
    let first_line = front.lines().count() + 3;
    let (prose, examples) = split_body(body, first_line)?;
    let page = Page {
        id: head.id,
        title: head.title,
        severity: head.severity,
        objectives: head.objectives,
        aliases: head.aliases,
        sources: head.sources,
        check: check::compile(&head.check)?,
        fix,
        prose,
        example: examples.iter().find(|one| one.expect == Expect::Fail).map(|one| without_mark(&one.text)),
        bytes: text.len(),
    };
    Ok((page, examples))
}

fn without_mark(text: &str) -> String {
    let is_mark = |line: &&str| {
        let inner = line.trim_start().trim_start_matches(['#', '/']).trim();
        !inner.is_empty() && inner.chars().all(|c| c == '^')
    };
    text.split_inclusive('\n').filter(|line| !is_mark(line)).collect()
}

fn check_id(id: &str) -> Result<(), String> {
    let plain = id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if plain && id.split('-').count() >= 3 {
        Ok(())
    } else {
        Err(format!("id: `{id}` is not of the form `<provider>-<service>-<problem>` in lower case"))
    }
}

fn read_fix(yaml: &serde_json::Value) -> Result<FixSpec, String> {
    let safety = match yaml.get("safety").and_then(serde_json::Value::as_str) {
        Some("safe") => Safety::Safe,
        Some("unsafe") => Safety::Unsafe,
        Some("display") => Safety::Display,
        _ => return Err("fix.safety: one of `safe`, `unsafe`, `display` is needed".to_owned()),
    };
    let as_scalar = |value: &serde_json::Value| match value {
        serde_json::Value::Bool(value) => Some(Scalar::Bool(*value)),
        serde_json::Value::Number(number) => number.as_i64().map(Scalar::Int),
        serde_json::Value::String(text) => Some(Scalar::Text(text.clone())),
        _ => None,
    };
    let (mut set, mut values) = (IndexMap::new(), Vec::new());
    match yaml.get("set") {
        Some(serde_json::Value::Object(map)) => {
            for (path, value) in map {
                let value =
                    as_scalar(value).ok_or(format!("fix.set.{path}: a text, number or boolean is needed"))?;
                set.insert(path.clone(), value);
            }
        }
        Some(serde_json::Value::String(text)) => {
            values.extend(text.split(" | ").map(|one| Scalar::Text(one.trim().to_owned())));
        }
        Some(other) => values.push(as_scalar(other).ok_or("fix.set: a value or a map of paths is needed")?),
        None => {}
    }
    Ok(FixSpec { safety, set, value: values })
}

/// Takes the fenced examples out of the prose.
fn split_body(body: &str, first_line: usize) -> Result<(String, Vec<Example>), String> {
    let mut prose = String::new();
    let mut examples = Vec::new();
    let mut open: Option<Example> = None;
    for (index, line) in body.split_inclusive('\n').enumerate() {
        let number = first_line + index;
        if let Some(mut example) = open.take() {
            if line.trim_end() == "```" {
                examples.push(example);
            } else {
                example.text.push_str(line);
                open = Some(example);
            }
        } else if let Some(info) = line.trim_end().strip_prefix("```").filter(|info| !info.is_empty()) {
            open = Some(open_example(info, number + 1)?);
        } else {
            prose.push_str(line);
        }
    }
    if let Some(example) = open {
        return Err(format!("line {}: the example is not closed", example.line));
    }
    Ok((prose.trim().to_owned(), examples))
}

fn open_example(info: &str, line: usize) -> Result<Example, String> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let expect = match words.last() {
        Some(&"fail") => Expect::Fail,
        Some(&"pass") => Expect::Pass,
        Some(&"unknown") => Expect::Unknown,
        Some(&"none") => Expect::Nothing,
        _ => {
            return Err(format!(
                "line {line}: an example ends its fence with `fail`, `pass`, `unknown` or `none`"
            ));
        }
    };
    let file = match words.get(..words.len() - 1).unwrap_or_default() {
        ["hcl"] => "main.tf",
        ["yaml", "cloudformation"] => "template.yaml",
        ["json", "cloudformation"] => "template.json",
        ["yaml", "kubernetes"] => "manifest.yaml",
        ["json", "arm"] => "azuredeploy.json",
        ["bicep"] => "main.bicep",
        ["dockerfile"] => "Dockerfile",
        other => return Err(format!("line {line}: `{}` is no language of examples", other.join(" "))),
    };
    Ok(Example { file, expect, text: String::new(), line })
}
