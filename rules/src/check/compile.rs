//! YAML → the tree of a check.

use std::sync::Arc;

use serde_json::{Map, Value as Yaml};

use super::super::error::{ContentError, ContentProblem, KeyPath};
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
pub fn compile(yaml: &Yaml) -> Result<Check, ContentError> {
    let at = KeyPath::of("check");
    let map = yaml.as_object().ok_or_else(|| at.wants("a map of resource kinds is needed"))?;
    if let Some(native) = map.get("native") {
        return compile_native(native, map, &at.key("native"));
    }
    let mut entries = Vec::with_capacity(map.len());
    for (key, body) in map {
        let kinds: Vec<String> = key.split('|').map(|kind| kind.trim().to_owned()).collect();
        let total = kinds.iter().any(|kind| TOTAL_VIEWS.contains(&kind.as_str()));
        let partial = ["pod", "container", "flags"];
        let view = total || matches!(kinds.as_slice(), [one] if partial.contains(&one.as_str()));
        let body = compile_body(body, &at.key(key), total)?;
        let expected = if view { Expected::of_body(&body) } else { Expected::default() };
        entries.push(Entry { kinds, view, body, expected });
    }
    if entries.is_empty() {
        return Err(at.wants("no resource kind is named"));
    }
    Ok(Check::Kinds(entries))
}

fn compile_native(native: &Yaml, map: &Map<String, Yaml>, at: &KeyPath) -> Result<Check, ContentError> {
    let texts = |value: Option<&Yaml>| -> Vec<String> {
        let list = value.and_then(Yaml::as_array).into_iter().flatten();
        list.filter_map(|value| value.as_str().map(str::to_owned)).collect()
    };
    let name = native
        .get("use")
        .and_then(Yaml::as_str)
        .ok_or_else(|| at.wants("`use` names the code that judges"))?;
    let kinds = texts(native.get("kinds").or_else(|| map.get("kinds")));
    if kinds.is_empty() {
        return Err(at.wants("`kinds` lists the resource kinds"));
    }
    Ok(Check::Native { name: name.to_owned(), kinds, at: texts(native.get("at")) })
}

fn compile_body(yaml: &Yaml, at: &KeyPath, total: bool) -> Result<Body, ContentError> {
    let mut body = Body::default();
    match yaml {
        Yaml::Array(parts) => {
            for (index, part) in parts.iter().enumerate() {
                let part = compile_body(part, &at.item(index), total)?;
                match part.when.is_empty() || part.clauses.is_empty() {
                    true => {
                        body.when.extend(part.when);
                        body.clauses.extend(part.clauses);
                    }
                    // Its conditions speak of its own clauses, not of the other parts.
                    false => body.clauses.push(Clause::AnyOf(vec![part])),
                }
            }
        }
        Yaml::Object(map) => {
            for (key, value) in map {
                let here = at.key(key);
                match key.as_str() {
                    "when" => body.when.push(compile_body(value, &here, total)?),
                    "not" => body.clauses.push(Clause::Not(compile_body(value, &here, total)?)),
                    "any_of" => {
                        let list =
                            value.as_array().ok_or_else(|| here.wants("a list of alternatives is needed"))?;
                        let bodies = list.iter().enumerate();
                        let bodies = bodies.map(|(index, one)| compile_body(one, &here.item(index), total));
                        body.clauses.push(Clause::AnyOf(bodies.collect::<Result<Vec<_>, _>>()?));
                    }
                    path => {
                        let test = compile_test(value, &here, total)?;
                        body.clauses.push(Clause::Test { path: compile_path(path, &here)?, test });
                    }
                }
            }
        }
        _ => return Err(at.wants("a map of paths and tests is needed")),
    }
    if body.clauses.is_empty() && body.when.is_empty() {
        return Err(at.wants("nothing is tested"));
    }
    Ok(body)
}

fn compile_path(text: &str, at: &KeyPath) -> Result<Path, ContentError> {
    let (root, mut rest) = if let Some(rest) = text.strip_prefix("$.") {
        (Root::Outer, rest)
    } else if let Some(rest) = text.strip_prefix("ref.") {
        let (name, rest) = rest.split_once('.').unwrap_or((rest, ""));
        (Root::Relation(Arc::from(name)), rest)
    } else {
        (Root::Body, text)
    };
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = rest[..end].to_owned();
        if name.is_empty() {
            return Err(at.wants("the path has an empty step"));
        }
        rest = &rest[end..];
        let key = match rest.strip_prefix('[') {
            Some(inner) => {
                let close = inner.find(']').ok_or_else(|| at.wants("a `[` is not closed"))?;
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

fn compile_test(yaml: &Yaml, at: &KeyPath, total: bool) -> Result<Test, ContentError> {
    let map = yaml
        .as_object()
        .ok_or_else(|| at.wants("a map of operators is needed, e.g. `{ is: true, absent: fail }`"))?;
    let mut operators = Vec::new();
    let mut absent = None;
    for (key, value) in map {
        let here = at.key(key);
        if key == "absent" {
            absent = Some(match value.as_str() {
                Some("pass") => Absent::Pass,
                Some("fail") => Absent::Fail,
                Some("default") => Absent::Default,
                // No word of the language: what `pass` becomes under a stricter value of a parameter.
                Some("unknown") => Absent::Unknown,
                _ => return Err(here.wants("one of `pass`, `fail`, `default` is needed")),
            });
            continue;
        }
        operators.push(compile_operator(key, value, &here, total)?);
    }
    if operators.is_empty() {
        return Err(at.wants("no operator is given"));
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
            return Err(at.wants("say what an absent value means: `absent: pass`, `fail` or `default`"));
        }
    };
    let expected = Expected::of_operators(&operators);
    Ok(Test { operators, absent, expected })
}

fn compile_operator(key: &str, value: &Yaml, at: &KeyPath, total: bool) -> Result<Operator, ContentError> {
    Ok(match key {
        "is" => Operator::Is(scalar(value, at)?),
        "in" => Operator::In(scalars(value, at)?),
        "not_in" => Operator::NotIn(scalars(value, at)?),
        "matches" => {
            let pattern = value.as_str().ok_or_else(|| at.wants("a regular expression is needed"))?;
            regex::Regex::new(pattern)
                .map_err(|error| at.error(ContentProblem::BadPattern(error.to_string())))?;
            Operator::Matches(pattern.to_owned())
        }
        "at_least" => Operator::AtLeast(scalar(value, at)?),
        "at_most" => Operator::AtMost(scalar(value, at)?),
        "contains" => Operator::Contains(scalars(value, at)?),
        "covers" => Operator::Covers(scalar(value, at)?),
        "present" => {
            Operator::Present(value.as_bool().ok_or_else(|| at.wants("`true` or `false` is needed"))?)
        }
        "any" => Operator::Any(compile_element(value, at, total)?),
        "all" => Operator::All(compile_element(value, at, total)?),
        "none" => Operator::None(compile_element(value, at, total)?),
        "count" => {
            let bound = |name: &str| value.get(name).and_then(Yaml::as_u64).map(|n| n as u32);
            let (at_least, at_most) = (bound("at_least"), bound("at_most"));
            if at_least.is_none() && at_most.is_none() {
                return Err(at.wants("`at_least` or `at_most` is needed"));
            }
            Operator::Count { at_least, at_most }
        }
        other => {
            let name = other.to_owned();
            return Err(at.error(ContentProblem::UnknownOperator { name, operators: &OPERATORS }));
        }
    })
}

/// A map of operators only is a test, anything else a body.
fn compile_element(yaml: &Yaml, at: &KeyPath, total: bool) -> Result<Element, ContentError> {
    let is_test =
        yaml.as_object().is_some_and(|map| map.keys().all(|key| is_operator(key) || key == "absent"));
    if is_test {
        // An element is there by itself: its test needs no `absent`.
        compile_test(yaml, at, true).map(Element::Test)
    } else {
        compile_body(yaml, at, total).map(Element::Body)
    }
}

pub(crate) fn scalar(yaml: &Yaml, at: &KeyPath) -> Result<Scalar, ContentError> {
    match yaml {
        Yaml::Bool(value) => Ok(Scalar::Bool(*value)),
        Yaml::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(int), _) => Ok(Scalar::Int(int)),
            (None, Some(float)) => Ok(Scalar::Float(float)),
            _ => Err(at.wants("the number is out of range")),
        },
        Yaml::String(text) => Ok(Scalar::Text(text.clone())),
        _ => Err(at.wants("a text, number or boolean is needed")),
    }
}

pub(crate) fn scalars(yaml: &Yaml, at: &KeyPath) -> Result<Vec<Scalar>, ContentError> {
    match yaml {
        Yaml::Array(list) => list.iter().map(|one| scalar(one, at)).collect(),
        one => Ok(vec![scalar(one, at)?]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::OPERATORS;
    use super::compile;

    /// An argument each operator takes.
    const ARGUMENTS: [(&str, &str); 15] = [
        ("is", "true"),
        ("in", "[\"a\"]"),
        ("not_in", "[\"a\"]"),
        ("matches", "\"^a\""),
        ("at_least", "1"),
        ("at_most", "1"),
        ("contains", "[\"a\"]"),
        ("covers", "\"internet\""),
        ("present", "true"),
        ("any", "{ \"is\": true }"),
        ("all", "{ \"is\": true }"),
        ("none", "{ \"is\": true }"),
        ("count", "{ \"at_least\": 1 }"),
        ("any_of", "[{ \"a\": { \"present\": true } }]"),
        ("not", "{ \"a\": { \"present\": true } }"),
    ];

    fn compiled(text: &str) -> Result<super::Check, String> {
        compile(&serde_json::from_str(text).expect("is JSON")).map_err(|error| error.to_string())
    }

    #[test]
    fn each_operator_is_understood_and_no_other() {
        for (operator, argument) in ARGUMENTS {
            assert!(OPERATORS.contains(&operator), "{operator}");
            let check = match operator {
                "any_of" | "not" => format!(r#"{{ "aws_x": {{ "{operator}": {argument} }} }}"#),
                _ => format!(r#"{{ "aws_x": {{ "a": {{ "{operator}": {argument}, "absent": "fail" }} }} }}"#),
            };
            assert!(compiled(&check).is_ok(), "{operator}: {:?}", compiled(&check));
        }
        let error = compiled(r#"{ "aws_x": { "a": { "isnt": true } } }"#).expect_err("no operator");
        assert!(
            error.starts_with("check.aws_x.a.isnt: `isnt` is no operator; there are is, in, "),
            "{error}"
        );
    }

    #[test]
    fn the_conditions_of_a_part_are_its_own() {
        let part = |name: &str| {
            format!(
                r#"{{ "when": {{ "{name}": {{ "present": true }} }}, "a": {{ "is": 1, "absent": "fail" }} }}"#
            )
        };
        let check = compiled(&format!(r#"{{ "x": [{}, {}] }}"#, part("b"), part("c"))).expect("a check");
        let super::Check::Kinds(entries) = check else { panic!("it names kinds") };
        let body = &entries.first().expect("one entry").body;
        assert!(body.when.is_empty());
        let own = |clause: &super::Clause| match clause {
            super::Clause::AnyOf(bodies) => bodies.iter().map(|body| body.when.len()).sum(),
            _ => 0,
        };
        assert_eq!(body.clauses.iter().map(own).collect::<Vec<usize>>(), [1, 1]);
        // A part that is nothing but a condition is one of the whole.
        let check = compiled(
            r#"{ "x": [{ "when": { "b": { "present": true } } }, { "a": { "is": 1, "absent": "fail" } }] }"#,
        );
        let Ok(super::Check::Kinds(entries)) = check else { panic!("it names kinds") };
        let body = &entries.first().expect("one entry").body;
        assert_eq!((body.when.len(), body.clauses.len()), (1, 1));
    }

    #[test]
    fn an_error_names_its_key() {
        for (check, error) in [
            ("[]", "check: a map of resource kinds is needed"),
            (r#"{ "native": {} }"#, "check.native: `use` names the code that judges"),
            (
                r#"{ "x": [{ "a.b": 1 }] }"#,
                "check.x[0].a.b: a map of operators is needed, e.g. `{ is: true, absent: fail }`",
            ),
            (
                r#"{ "x": { "a": { "is": 1 } } }"#,
                "check.x.a: say what an absent value means: `absent: pass`, `fail` or `default`",
            ),
            (r#"{ "x": { "any_of": [{}] } }"#, "check.x.any_of[0]: nothing is tested"),
        ] {
            assert_eq!(compiled(check), Err(error.to_owned()));
        }
    }
}
