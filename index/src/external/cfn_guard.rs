//! What cfn-guard writes with `--structured` and without: an object for each template.

use serde_json::Value;

use super::{Finding, ResultStatus, Results, input, items, optional_text, text};

pub(super) fn is(object: &Value) -> bool {
    object.get("not_compliant").is_some() && object.get("compliant").is_some()
}

pub(super) fn read(object: &Value, out: &mut Results) {
    let file = optional_text(object, &["name"]).map(|path| input::path(&path));
    for rule in items(object, "not_compliant").filter_map(|one| one.get("Rule")) {
        let id = text(rule, &["name"]);
        let mut leaves = Vec::new();
        clauses(rule, &mut leaves);
        let rule_message = optional_text(rule, &["messages", "custom_message"]);
        if leaves.is_empty() {
            out.findings.push(finding(&id, rule_message.as_deref(), None, file.as_deref()));
        }
        out.findings.extend(leaves.into_iter().map(|leaf| {
            let message = first(leaf, &|key, value| {
                (key == "custom_message").then(|| value.as_str().map(str::to_owned))?
            });
            let message = message.filter(|text| !text.trim().is_empty()).or_else(|| rule_message.clone());
            finding(&id, message.as_deref(), Some(leaf), file.as_deref())
        }));
    }
    out.findings.extend(
        items(object, "compliant")
            .filter_map(Value::as_str)
            .map(|id| Finding { status: ResultStatus::Passed, ..finding(id, None, None, file.as_deref()) }),
    );
}

/// The clauses that did not hold: each is about one resource. Of alternatives, the first stands for all.
fn clauses<'v>(rule: &'v Value, out: &mut Vec<&'v Value>) {
    for check in items(rule, "checks") {
        if let Some(leaf) = check.get("Clause").or_else(|| check.get("Block")) {
            out.push(leaf);
        } else if let Some(alternatives) = check.get("Disjunctions") {
            let mut inner = Vec::new();
            clauses(alternatives, &mut inner);
            out.extend(inner.into_iter().take(1));
        } else if let Some(named) = check.get("Rule") {
            clauses(named, out);
        }
    }
}

fn finding(id: &str, message: Option<&str>, leaf: Option<&Value>, file: Option<&str>) -> Finding {
    let found = leaf.map(|leaf| {
        let path = |key: &str, value: &Value| {
            (key == "path")
                .then(|| value.as_str().filter(|path| path.starts_with("/Resources/")).map(str::to_owned))?
        };
        let error =
            |key: &str, value: &Value| (key == "error_message").then(|| value.as_str().map(str::to_owned))?;
        (first(leaf, &path), first(leaf, &error).unwrap_or_default())
    });
    let (path, error) = found.unwrap_or_default();
    Finding {
        tool: "cfn-guard".to_owned(),
        id: id.to_owned(),
        title: title(id, message.unwrap_or_default()),
        resource: path
            .as_deref()
            .or_else(|| error.find("/Resources/").and_then(|at| error.get(at..)))
            .and_then(resource),
        file: file.map(str::to_owned),
        line: line(&error),
        status: ResultStatus::Failed,
        ..Finding::default()
    }
}

/// A rule of this tool is named in capitals: its name is what it says, and the first line of its message.
pub(super) fn title(id: &str, message: &str) -> String {
    let name = id.replace('_', " ").to_lowercase();
    let line = message.lines().map(str::trim).find(|line| !line.is_empty());
    let line = line.map(|line| {
        ["Violation:", "violation:"].iter().find_map(|mark| line.strip_prefix(mark)).unwrap_or(line).trim()
    });
    line.filter(|line| !line.is_empty()).map_or_else(|| name.clone(), |line| format!("{name}: {line}"))
}

/// What the rule says, behind what was found, which ends with a bracket and holds values of the template.
pub(super) fn rule_message(message: &str) -> &str {
    let rest = message.rmatch_indices(']').find_map(|(at, _)| {
        let rest = message.get(at + 1..)?;
        let rest = rest.strip_prefix('.').unwrap_or(rest);
        (rest.is_empty() || rest.starts_with(char::is_whitespace)).then_some(rest)
    });
    rest.unwrap_or_default().trim()
}

/// The logical id in `/Resources/Logs/Properties[L:3,C:6]`.
pub(super) fn resource(path: &str) -> Option<String> {
    let name = path.strip_prefix("/Resources/")?.split(['/', '[']).next()?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// The line in `[L:3,C:6]`: the first that is not the rule's own literal.
pub(super) fn line(message: &str) -> Option<u32> {
    message
        .split("[L:")
        .skip(1)
        .find_map(|rest| rest.split(',').next()?.parse().ok().filter(|line| *line > 0))
}

/// The first thing in a tree, in its order, that `take` takes.
fn first<T>(value: &Value, take: &dyn Fn(&str, &Value) -> Option<T>) -> Option<T> {
    match value {
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| take(key, value))
            .or_else(|| map.values().find_map(|value| first(value, take))),
        Value::Array(list) => list.iter().find_map(|value| first(value, take)),
        _ => None,
    }
}
