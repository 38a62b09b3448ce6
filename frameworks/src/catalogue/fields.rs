//! Fields that a framework's file does not have: all of them, where the reader stops at the first.

use serde_json::{Map, Value};

use super::Framework;
use super::problem::{CatalogueProblem, ProblemPlace};

const FRAMEWORK: &[&str] =
    &["id", "title", "short", "version", "publisher", "published", "licence", "source", "groups"];
const GROUP: &[&str] = &["id", "title", "controls"];
const CONTROL: &[&str] = &[
    "id",
    "title",
    "summary",
    "shown",
    "baselines",
    "status",
    "parent",
    "withdrawn",
    "aliases",
    "wants",
    "pins",
    "excludes",
    "parameters",
];
const WANTED: &[&str] = &["fully", "partly"];

/// What is no field anywhere in a text, and what else is wrong once that is left out; nothing where it has none.
pub fn unknown_fields(
    text: &str,
    rest: &dyn Fn(&Framework) -> Vec<CatalogueProblem>,
) -> Vec<CatalogueProblem> {
    let Ok(mut framework) = serde_saphyr::from_str::<Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    for name in take_unknown(&mut framework, FRAMEWORK) {
        found.push(CatalogueProblem::of_key(&name, "a framework has no such field"));
    }
    for group in list(&mut framework, "groups") {
        let id = id(group);
        for name in take_unknown(group, GROUP) {
            let at = ProblemPlace::Group { id: id.clone() };
            found.push(CatalogueProblem { at, message: format!("a group has no field `{name}`") });
        }
        for control in list(group, "controls") {
            let id = self::id(control);
            for name in take_unknown(control, CONTROL) {
                let message = format!("has `{name}`, which is no field of a control");
                found.push(of_control(&id, name, message));
            }
            for name in control.get_mut("wants").map(|wants| take_unknown(wants, WANTED)).unwrap_or_default()
            {
                let message = format!("wants `{name}`, and can want `fully` and `partly`");
                found.push(of_control(&id, name, message));
            }
        }
    }
    if !found.is_empty()
        && let Ok(framework) = serde_json::from_value(framework)
    {
        found.extend(rest(&framework));
    }
    found
}

fn of_control(id: &str, word: String, message: String) -> CatalogueProblem {
    CatalogueProblem { at: ProblemPlace::Control { id: id.to_owned(), word: Some(word) }, message }
}

fn take_unknown(value: &mut Value, fields: &[&str]) -> Vec<String> {
    let Some(map) = value.as_object_mut() else { return Vec::new() };
    let (kept, unknown): (Map<String, Value>, Map<String, Value>) =
        std::mem::take(map).into_iter().partition(|(name, _)| fields.contains(&name.as_str()));
    *map = kept;
    unknown.into_iter().map(|(name, _)| name).collect()
}

fn list<'v>(value: &'v mut Value, key: &str) -> impl Iterator<Item = &'v mut Value> {
    value.get_mut(key).and_then(Value::as_array_mut).into_iter().flatten()
}

fn id(value: &Value) -> String {
    value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_are_those_that_are_read() {
        let framework = crate::testing::framework(&[("1.1", &["one"], &["two"])]);
        let written = serde_json::to_value(&framework).expect("writes");
        let keys = |value: &Value| -> Vec<String> {
            value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
        };
        let group = &written["groups"][0];
        let control = &group["controls"][0];
        for (value, fields) in
            [(&written, FRAMEWORK), (group, GROUP), (control, CONTROL), (&control["wants"], WANTED)]
        {
            let mut fields: Vec<String> = fields.iter().map(|name| (*name).to_owned()).collect();
            let mut written = keys(value);
            fields.sort();
            written.sort();
            assert_eq!(written, fields);
        }
    }
}
