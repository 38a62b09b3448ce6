//! A rule page: one Markdown file that is the rule, its documentation and its tests.
//!
//! Shared with the build script; knows nothing of `iac`.

use indexmap::IndexMap;
use serde::Deserialize;

use super::check::Scalar;
use super::error::{ContentError, ContentPlace, ContentProblem, KeyPath};
use super::parameter::{self, ParameterValue};
use super::rule::{FixSpec, FixValue, Rule, RuleInfo, Safety, Severity};

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

impl std::fmt::Display for Expect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Expect::Fail => "fail",
            Expect::Pass => "pass",
            Expect::Unknown => "be unknown",
            Expect::Nothing => "get no verdict",
        })
    }
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
    covers: Vec<String>,
    #[serde(default)]
    sources: Vec<String>,
    #[serde(default)]
    parameters: IndexMap<String, serde_json::Value>,
    check: serde_json::Value,
    #[serde(default)]
    fix: Option<serde_json::Value>,
}

/// Reads a page.
///
/// # Errors
/// What is wrong, with the key or the line it concerns.
pub fn parse(text: &str) -> Result<Page, ContentError> {
    let whole = |sentence| ContentError { at: ContentPlace::Text, problem: ContentProblem::Wanted(sentence) };
    let rest = text
        .strip_prefix("---\n")
        .ok_or_else(|| whole("a page begins with a line `---` and its front matter"))?;
    let (front, body) =
        rest.split_once("\n---\n").ok_or_else(|| whole("the front matter is not closed by a line `---`"))?;
    let head: Front =
        super::yaml::read(front).map_err(|problem| KeyPath::of("front matter").error(problem))?;
    check_id(&head.id)?;
    if head.objectives.is_empty() {
        return Err(KeyPath::of("objectives").wants("name at least one"));
    }
    let parameters = parameter::read(&head.parameters)?;
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
        covers: head.covers,
        sources: head.sources,
        prose,
        example: failing.map(|one| without_mark(&one.text)),
    };
    let values = parameters.iter().map(ParameterValue::default_of).collect();
    let rule = Rule::of_page(info, &head.check, head.fix.as_ref(), values)?;
    Ok(Page { rule, examples })
}

fn without_mark(text: &str) -> String {
    text.split_inclusive('\n').filter(|line| carets(line).is_none()).collect()
}

/// How many carets a line of an example is, when it is a comment of nothing else: they mark the line above.
pub fn carets(line: &str) -> Option<usize> {
    let inner = line.trim_start().trim_start_matches(['#', '/']).trim();
    (!inner.is_empty() && inner.bytes().all(|byte| byte == b'^')).then_some(inner.len())
}

fn check_id(id: &str) -> Result<(), ContentError> {
    if is_id(id) { Ok(()) } else { Err(KeyPath::of("id").error(ContentProblem::BadId { id: id.to_owned() })) }
}

/// Whether a text has the form of an id, `<provider>-<service>-<problem>`.
pub fn is_id(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    plain && text.split('-').count() >= 3
}

pub(crate) fn read_fix(yaml: &serde_json::Value) -> Result<FixSpec, ContentError> {
    let at = KeyPath::of("fix");
    let safety = match yaml.get("safety").and_then(serde_json::Value::as_str) {
        Some("safe") => Safety::Safe,
        Some("unsafe") => Safety::Unsafe,
        Some("display") => Safety::Display,
        _ => return Err(at.key("safety").wants("one of `safe`, `unsafe`, `display` is needed")),
    };
    if let Some(map) = yaml.as_object()
        && let Some(unknown) =
            map.keys().find(|key| !["safety", "set", "choose", "beside", "remove"].contains(&key.as_str()))
    {
        return Err(at.key(unknown).wants("a fix has `safety`, `set`, `choose`, `beside` and `remove`"));
    }
    let mut beside = IndexMap::new();
    if let Some(map) = yaml.get("beside") {
        let at = at.key("beside");
        for (path, value) in map.as_object().ok_or_else(|| at.wants("a map of paths is needed"))? {
            let FixValue::Map(entries) = read_value(value, &at.key(path))? else {
                return Err(at.key(path).wants("a map of names and values is needed"));
            };
            beside.insert(path.clone(), entries);
        }
    }
    let mut removed = Vec::new();
    let remove = match yaml.get("remove") {
        None => false,
        Some(serde_json::Value::Bool(remove)) => *remove,
        Some(serde_json::Value::Array(paths)) => {
            for (index, path) in paths.iter().enumerate() {
                let at = at.key("remove").item(index);
                removed.push(path.as_str().ok_or_else(|| at.wants("a path is needed"))?.to_owned());
            }
            false
        }
        Some(_) => return Err(at.key("remove").wants("`true` or a list of paths is needed")),
    };
    let (mut set, mut values) = (IndexMap::new(), Vec::new());
    if let Some(choice) = yaml.get("choose") {
        let name = choice.as_str().ok_or_else(|| at.key("choose").wants("the name of a choice is needed"))?;
        values.push(FixValue::Choice(name.to_owned()));
    }
    let at = at.key("set");
    match yaml.get("set") {
        Some(serde_json::Value::Object(map)) if map.get("choose").is_none() => {
            for (path, value) in map {
                set.insert(path.clone(), read_value(value, &at.key(path))?);
            }
        }
        Some(serde_json::Value::String(text)) => {
            values.extend(text.split(" | ").map(|one| FixValue::Scalar(Scalar::Text(one.trim().to_owned()))));
        }
        Some(other) => values.push(read_value(other, &at)?),
        None => {}
    }
    Ok(FixSpec { safety, set, value: values, remove, removed, beside })
}

/// A value to be written: a scalar, a list, a map, or `{ choose: NAME }`.
fn read_value(value: &serde_json::Value, at: &KeyPath) -> Result<FixValue, ContentError> {
    let wants = || at.wants("a text, a number, a boolean, a list, a map or `{ choose: NAME }` is needed");
    Ok(match value {
        serde_json::Value::Bool(value) => FixValue::Scalar(Scalar::Bool(*value)),
        serde_json::Value::Number(number) => {
            FixValue::Scalar(Scalar::Int(number.as_i64().ok_or_else(wants)?))
        }
        serde_json::Value::String(text) => FixValue::Scalar(Scalar::Text(text.clone())),
        serde_json::Value::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| read_value(item, &at.item(index)));
            FixValue::List(items.collect::<Result<_, _>>()?)
        }
        serde_json::Value::Object(map) => match (map.get("choose").and_then(|name| name.as_str()), map.len())
        {
            (Some(name), 1) => FixValue::Choice(name.to_owned()),
            _ => {
                let entries =
                    map.iter().map(|(key, value)| Ok((key.clone(), read_value(value, &at.key(key))?)));
                FixValue::Map(entries.collect::<Result<_, ContentError>>()?)
            }
        },
        serde_json::Value::Null => return Err(wants()),
    })
}

/// Takes the fenced examples out of the prose.
fn split_body(body: &str, first_line: usize) -> Result<(String, Vec<Example>), ContentError> {
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
        return Err(ContentError::at_line(example.line, ContentProblem::Wanted("the example is not closed")));
    }
    Ok((prose.trim().to_owned(), examples))
}

fn open_example(info: &str, line: usize) -> Result<Example, ContentError> {
    let words: Vec<&str> = info.split_whitespace().collect();
    let expect = match words.last() {
        Some(&"fail") => Expect::Fail,
        Some(&"pass") => Expect::Pass,
        Some(&"unknown") => Expect::Unknown,
        Some(&"none") => Expect::Nothing,
        _ => {
            let sentence = "an example ends its fence with `fail`, `pass`, `unknown` or `none`";
            return Err(ContentError::at_line(line, ContentProblem::Wanted(sentence)));
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
        other => {
            let words = other.join(" ");
            return Err(ContentError::at_line(line, ContentProblem::UnknownLanguage { words }));
        }
    };
    Ok(Example { file, expect, text: String::new(), line })
}
