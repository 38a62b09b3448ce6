//! The inputs of `tests/cases/detection`: minimal ones on which a verdict once was wrong, missing or misplaced. What is
//! right stands in their `expect.json`, verdict by verdict.

use std::collections::BTreeMap;

use compline_tests::root;
use serde::Deserialize;
use serde_json::Value;

use crate::run::Folder;

/// What is right for one folder.
#[derive(Deserialize)]
struct Case {
    /// Why it is right, in a sentence.
    why: String,
    wants: Vec<Want>,
}

/// One verdict.
#[derive(Deserialize)]
struct Want {
    rule: String,
    file: String,
    /// The resource's address, or its last part.
    address: String,
    /// `pass`, `fail`, `unknown`, or `not fail` where silence is right as well.
    outcome: String,
    /// The line that decides.
    line: Option<u64>,
    /// A part of what is said there.
    says: Option<String>,
    /// The settings that are named beside it.
    beside: Option<usize>,
}

/// Cases that do not come out as they should, and what they wait for. A case that does is struck.
const NOT_YET: [(&str, &str); 4] = [
    ("19-sam", "no reader for the resources of the serverless transform"),
    ("20-silently-unread", "no reader for Bicep"),
    ("21-blueprint-artifact", "no reader for blueprints"),
    ("29-known-modules", "no table says what the arguments of a module set"),
];

fn cases() -> BTreeMap<String, Case> {
    let text = std::fs::read_to_string(root().join("tests/cases/detection/expect.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The verdicts of the program on all folders, each read as a root of its own.
fn verdicts(names: &[String]) -> Vec<Value> {
    let folder = Folder::new(&[]);
    for name in names {
        let from = root().join("tests/cases/detection").join(name);
        for entry in std::fs::read_dir(from).unwrap().flatten() {
            let file = entry.file_name().to_string_lossy().into_owned();
            folder.write(&format!("{name}/{file}"), &std::fs::read(entry.path()).unwrap());
        }
    }
    let ran = folder.run(&["check", "--format", "json"]);
    ran.json()["verdicts"].as_array().unwrap().clone()
}

/// What is wrong with what came out for a want of a case; nothing where it is right.
fn wrong(name: &str, want: &Want, verdicts: &[Value]) -> Option<String> {
    let is_it = |one: &&Value| {
        let address = one["address"].as_str().unwrap_or_default();
        let file = one["locus"]["file"].as_str().unwrap_or_default();
        one["rule"] == *want.rule
            && file == format!("{name}/{}", want.file)
            && (address == want.address || address.ends_with(&format!("/{}", want.address)))
    };
    let found = verdicts.iter().find(is_it);
    let Some(found) = found else {
        return (want.outcome != "not fail").then(|| "no verdict".to_owned());
    };
    let outcome = found["outcome"].as_str().unwrap_or_default();
    let is_right = match &*want.outcome {
        "not fail" => outcome != "fail",
        wanted => outcome == wanted,
    };
    if !is_right {
        return Some(format!("{outcome}: {}", found["message"]));
    }
    let line = found["locus"]["start"]["line"].as_u64();
    if want.line.is_some() && line != want.line {
        return Some(format!("{outcome} at line {line:?}, not {:?}", want.line));
    }
    let message = found["message"].as_str().unwrap_or_default();
    if want.says.as_ref().is_some_and(|says| !message.contains(says.as_str())) {
        return Some(format!("says `{message}`"));
    }
    let beside = found["related"].as_array().map_or(0, Vec::len);
    want.beside.is_some_and(|wanted| wanted != beside).then(|| format!("names {beside} others: {found}"))
}

#[test]
fn every_input_is_judged_as_it_should_be() {
    let cases = cases();
    let folders = std::fs::read_dir(root().join("tests/cases/detection")).unwrap().flatten();
    let folders = folders.filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names, cases.keys().cloned().collect::<Vec<_>>(), "each folder has its entry");
    for (name, reason) in NOT_YET {
        assert!(cases.contains_key(name), "`{name}` ({reason}) is no case");
    }
    let verdicts = verdicts(&names);
    let mut faults = Vec::new();
    for (name, case) in &cases {
        assert!(!case.why.is_empty() && !case.wants.is_empty(), "{name}");
        let before = faults.len();
        faults.extend(case.wants.iter().filter_map(|want| {
            let wrong = wrong(name, want, &verdicts)?;
            Some(format!("{name}: {} {}: {wrong} ({})", want.rule, want.address, case.why))
        }));
        if NOT_YET.iter().any(|(waiting, _)| waiting == name) {
            let was_wrong = faults.len() > before;
            faults.truncate(before);
            if !was_wrong {
                faults.push(format!("{name} comes out right: strike it from the table"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
