//! A rule page: one Markdown file that is the rule, its documentation and its tests.
//!
//! Shared with the build script; knows nothing of `iac`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::Deserialize;

use super::check::{self, Scalar};
use super::rule::{FixSpec, Rule, RuleInfo, Safety, Severity};

/// A page as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub rule: Rule,
    /// In the order of the page.
    pub examples: Vec<Example>,
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
    was: Vec<String>,
    #[serde(default)]
    sources: Vec<String>,
    check: serde_json::Value,
    #[serde(default)]
    fix: Option<serde_json::Value>,
}

/// Reads a page.
///
/// # Errors
/// What is wrong, with the key it concerns.
pub fn parse(text: &str) -> Result<Page, String> {
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
    let failing = examples.iter().find(|one| one.expect == Expect::Fail);
    let info = RuleInfo {
        id: head.id,
        title: head.title,
        severity: head.severity,
        objectives: head.objectives,
        aliases: head.aliases,
        was: head.was,
        sources: head.sources,
        prose,
        example: failing.map(|one| without_mark(&one.text)),
    };
    let rule = Rule { info: Arc::new(info), check: check::compile(&head.check)?, fix };
    Ok(Page { rule, examples })
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
