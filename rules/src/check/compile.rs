//! YAML → the tree of a check.

use std::sync::Arc;

use serde_json::{Map, Value as Yaml};

use super::{
    Absent, Body, Check, Clause, Element, Entry, Expected, OPERATORS, Operator, Path, Root, Scalar, Step,
    Test,
};

/// Views whose elements always have all their fields, so that tests on them need no `absent`.
const TOTAL_VIEWS: [&str; 3] = ["network_rule", "statement", "grant"];

/// Compiles the value of a page's `check` key.
///
/// # Errors
/// What is wrong and at which key, e.g. ``check.aws_x.acl: `isnt` is no operator``.
pub fn compile(yaml: &Yaml) -> Result<Check, String> {
    let map = yaml.as_object().ok_or("check: a map of resource kinds is needed")?;
    if let Some(native) = map.get("native") {
        return compile_native(native, map);
    }
    let mut entries = Vec::with_capacity(map.len());
    for (key, body) in map {
        let at = format!("check.{key}");
        let kinds: Vec<String> = key.split('|').map(|kind| kind.trim().to_owned()).collect();
        let view = kinds.len() == 1 && ["pod", "container", "flags"].contains(&kinds[0].as_str())
            || kinds.iter().any(|kind| TOTAL_VIEWS.contains(&kind.as_str()));
        let total = kinds.iter().any(|kind| TOTAL_VIEWS.contains(&kind.as_str()));
        let body = compile_body(body, &at, total)?;
        let expected = if view { Expected::of_body(&body) } else { Expected::default() };
        entries.push(Entry { kinds, view, body, expected });
    }
    if entries.is_empty() {
        return Err("check: no resource kind is named".to_owned());
    }
    Ok(Check::Kinds(entries))
}

fn compile_native(native: &Yaml, map: &Map<String, Yaml>) -> Result<Check, String> {
    let texts = |value: Option<&Yaml>| -> Vec<String> {
        value
            .and_then(Yaml::as_array)
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    let name =
        native.get("use").and_then(Yaml::as_str).ok_or("check.native: `use` names the code that judges")?;
    let kinds = texts(native.get("kinds").or_else(|| map.get("kinds")));
    if kinds.is_empty() {
        return Err("check.native: `kinds` lists the resource kinds".to_owned());
    }
    Ok(Check::Native { name: name.to_owned(), kinds, at: texts(native.get("at")) })
}

fn compile_body(yaml: &Yaml, at: &str, total: bool) -> Result<Body, String> {
    let mut body = Body::default();
    match yaml {
        Yaml::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                let part = compile_body(part, &format!("{at}[{index}]"), total)?;
                body.when.extend(part.when);
                body.clauses.extend(part.clauses);
            }
        }
        Yaml::Object(map) => {
            for (key, value) in map {
                let here = format!("{at}.{key}");
                match key.as_str() {
                    "when" => body.when.push(compile_body(value, &here, total)?),
                    "not" => body.clauses.push(Clause::Not(compile_body(value, &here, total)?)),
                    "any_of" => {
                        let list =
                            value.as_array().ok_or(format!("{here}: a list of alternatives is needed"))?;
                        let bodies = list
                            .iter()
                            .enumerate()
                            .map(|(index, one)| compile_body(one, &format!("{here}[{index}]"), total))
                            .collect::<Result<Vec<_>, _>>()?;
                        body.clauses.push(Clause::AnyOf(bodies));
                    }
                    path => {
                        let test = compile_test(value, &here, total)?;
                        body.clauses.push(Clause::Test { path: compile_path(path, &here)?, test });
                    }
                }
            }
        }
        _ => return Err(format!("{at}: a map of paths and tests is needed")),
    }
    if body.clauses.is_empty() && body.when.is_empty() {
        return Err(format!("{at}: nothing is tested"));
    }
    Ok(body)
}

fn compile_path(text: &str, at: &str) -> Result<Path, String> {
    let (root, rest) = if let Some(rest) = text.strip_prefix("$.") {
        (Root::Outer, rest)
    } else if let Some(rest) = text.strip_prefix("ref.") {
        let (name, rest) = rest.split_once('.').unwrap_or((rest, ""));
        (Root::Relation(Arc::from(name)), rest)
    } else {
        (Root::Body, text)
    };
    let mut steps = Vec::new();
    let mut rest = rest;
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        if name.is_empty() {
            return Err(format!("{at}: the path has an empty step"));
        }
        rest = &rest[end..];
        let key = match rest.strip_prefix('[') {
            Some(inner) => {
                let close = inner.find(']').ok_or(format!("{at}: a `[` is not closed"))?;
                rest = &inner[close + 1..];
                Some(inner[..close].to_owned())
            }
            None => None,
        };
        rest = rest.strip_prefix('.').unwrap_or(rest);
        steps.push(Step { name, key });
    }
    Ok(Path::new(root, steps))
}

fn is_operator(key: &str) -> bool {
    OPERATORS.contains(&key) && key != "any_of" && key != "not"
}

fn compile_test(yaml: &Yaml, at: &str, total: bool) -> Result<Test, String> {
    let map = yaml
        .as_object()
        .ok_or(format!("{at}: a map of operators is needed, e.g. `{{ is: true, absent: fail }}`"))?;
    let mut operators = Vec::new();
    let mut absent = None;
    for (key, value) in map {
        let here = format!("{at}.{key}");
        if key == "absent" {
            absent = Some(match value.as_str() {
                Some("pass") => Absent::Pass,
                Some("fail") => Absent::Fail,
                Some("default") => Absent::Default,
                _ => return Err(format!("{here}: one of `pass`, `fail`, `default` is needed")),
            });
            continue;
        }
        operators.push(compile_operator(key, value, &here, total)?);
    }
    if operators.is_empty() {
        return Err(format!("{at}: no operator is given"));
    }
    let needs_absent = operators.iter().any(|operator| {
        use Operator::{AtLeast, AtMost, Contains, Covers, In, Is, Matches, NotIn};
        matches!(
            operator,
            Is(_) | In(_) | NotIn(_) | Matches(_) | AtLeast(_) | AtMost(_) | Contains(_) | Covers(_)
        )
    });
    let absent = match absent {
        Some(absent) => absent,
        None if total || !needs_absent => Absent::Itself,
        None => {
            return Err(format!("{at}: say what an absent value means: `absent: pass`, `fail` or `default`"));
        }
    };
    let expected = Expected::of_operators(&operators);
    Ok(Test { operators, absent, expected })
}

fn compile_operator(key: &str, value: &Yaml, at: &str, total: bool) -> Result<Operator, String> {
    Ok(match key {
        "is" => Operator::Is(scalar(value, at)?),
        "in" => Operator::In(scalars(value, at)?),
        "not_in" => Operator::NotIn(scalars(value, at)?),
        "matches" => {
            let pattern = value.as_str().ok_or(format!("{at}: a regular expression is needed"))?;
            regex::Regex::new(pattern).map_err(|error| format!("{at}: {error}"))?;
            Operator::Matches(pattern.to_owned())
        }
        "at_least" => Operator::AtLeast(scalar(value, at)?),
        "at_most" => Operator::AtMost(scalar(value, at)?),
        "contains" => Operator::Contains(scalars(value, at)?),
        "covers" => Operator::Covers(scalar(value, at)?),
        "present" => Operator::Present(value.as_bool().ok_or(format!("{at}: `true` or `false` is needed"))?),
        "any" => Operator::Any(compile_element(value, at, total)?),
        "all" => Operator::All(compile_element(value, at, total)?),
        "none" => Operator::None(compile_element(value, at, total)?),
        "count" => {
            let bound = |name: &str| value.get(name).and_then(Yaml::as_u64).map(|n| n as u32);
            let (at_least, at_most) = (bound("at_least"), bound("at_most"));
            if at_least.is_none() && at_most.is_none() {
                return Err(format!("{at}: `at_least` or `at_most` is needed"));
            }
            Operator::Count { at_least, at_most }
        }
        other => return Err(format!("{at}: `{other}` is no operator; there are {}", OPERATORS.join(", "))),
    })
}

/// A map of operators only is a test, anything else a body.
fn compile_element(yaml: &Yaml, at: &str, total: bool) -> Result<Element, String> {
    let is_test =
        yaml.as_object().is_some_and(|map| map.keys().all(|key| is_operator(key) || key == "absent"));
    if is_test {
        // An element is there by itself: its test needs no `absent`.
        compile_test(yaml, at, true).map(Element::Test)
    } else {
        compile_body(yaml, at, total).map(Element::Body)
    }
}

fn scalar(yaml: &Yaml, at: &str) -> Result<Scalar, String> {
    match yaml {
        Yaml::Bool(value) => Ok(Scalar::Bool(*value)),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Ok(Scalar::Int(int)),
            (None, Some(float)) => Ok(Scalar::Float(float)),
            _ => Err(format!("{at}: the number is out of range")),
        },
        Yaml::String(text) => Ok(Scalar::Text(text.clone())),
        _ => Err(format!("{at}: a text, number or boolean is needed")),
    }
}

fn scalars(yaml: &Yaml, at: &str) -> Result<Vec<Scalar>, String> {
    match yaml {
        Yaml::Array(list) => list.iter().map(|one| scalar(one, at)).collect(),
        one => Ok(vec![scalar(one, at)?]),
    }
}
