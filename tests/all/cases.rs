//! The cases of `tests/cases`, each run by the command line and held to what its page says: `expect.txt` has it in words
//! that a program can read.

use std::path::Path;

use compline_tests::root;
use serde_json::Value;

use crate::run::Folder;

/// Every output of a check that is text.
const OUTPUTS: [&str; 7] = ["human", "json", "sarif", "junit", "github", "markdown", "csv"];

/// One run and what it is held to.
struct Case<'t> {
    name: &'t str,
    arguments: Vec<&'t str>,
    expected: Vec<&'t str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !(line.is_empty() || line.starts_with('#'))) {
        match line.strip_prefix("run ") {
            Some(rest) => {
                let mut words = rest.split_whitespace();
                let name = words.next().unwrap();
                cases.push(Case { name, arguments: words.collect(), expected: Vec::new() });
            }
            None => cases.last_mut().unwrap().expected.push(line),
        }
    }
    cases
}

fn copy(from: &Path, folder: &Folder, below: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), folder, &format!("{name}/")),
            false => folder.write(&name, &std::fs::read(entry.path()).unwrap()),
        }
    }
}

/// The line that a verdict points at.
fn place(verdict: &Value) -> String {
    let locus = &verdict["locus"];
    let line = &locus["start"]["line"];
    format!("{}:{}", locus["file"].as_str().unwrap_or(""), line)
}

/// What does not come out as it should.
fn wrong(case: &Case) -> Vec<String> {
    let folder = Folder::new(&[]);
    copy(&root().join("tests/cases").join(case.name), &folder, "");
    wrong_in(&folder, &case.arguments, &case.expected)
}

/// What of these lines does not hold of `check` with these arguments, in the language of `expect.txt`.
pub fn wrong_in(folder: &Folder, arguments: &[&str], expected: &[&str]) -> Vec<String> {
    let run = |format: &str| {
        let arguments: Vec<&str> =
            ["check"].into_iter().chain(arguments.iter().copied()).chain(["--format", format]).collect();
        folder.run(&arguments)
    };
    let ran = run("json");
    let Ok(json) = serde_json::from_str::<Value>(&ran.out) else {
        return vec![format!("no JSON: {}", ran.err)];
    };
    let verdicts = json["verdicts"].as_array().unwrap();
    let find = |rule: &str, address: &str| {
        verdicts.iter().find(|one| one["rule"] == rule && one["address"] == address)
    };
    let mut wrong = Vec::new();
    for line in expected {
        let (word, rest) = line.split_once(' ').unwrap();
        let fields: Vec<&str> = rest.split_whitespace().collect();
        match word {
            "exit" => {
                if ran.status.to_string() != rest {
                    wrong.push(format!("{line}: it is {}", ran.status));
                }
            }
            "none" => {
                if let Some(found) = find(fields[0], fields[1]) {
                    wrong.push(format!("{line}: {}", found["outcome"]));
                }
            }
            "told" | "silent" => {
                // SARIF's sentences begin with a capital letter.
                let text = rest.to_lowercase();
                for format in OUTPUTS {
                    let ran = run(format);
                    let is_in = |out: &str| out.to_lowercase().contains(&text);
                    if (is_in(&ran.out) || is_in(&ran.err)) != (word == "told") {
                        wrong.push(format!("{line}: {format}"));
                    }
                }
            }
            outcomes => match find(fields[0], fields[1]) {
                None => wrong.push(format!("{line}: no verdict")),
                Some(found) => {
                    let outcome = found["outcome"].as_str().unwrap();
                    let elsewhere = fields.get(2).is_some_and(|at| place(found) != **at);
                    if !outcomes.split('|').any(|one| one == outcome) || elsewhere {
                        wrong.push(format!("{line}: {outcome} {} {}", place(found), found["message"]));
                    }
                }
            },
        }
    }
    wrong
}

#[test]
fn cases_come_out_as_their_pages_say() {
    let text = std::fs::read_to_string(root().join("tests/cases/expect.txt")).unwrap();
    let mut all = Vec::new();
    for case in cases(&text) {
        let of_case = wrong(&case);
        all.extend(
            of_case.into_iter().map(|one| format!("{} {}: {one}", case.name, case.arguments.join(" "))),
        );
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[test]
fn a_case_has_a_page_and_expectations() {
    let folder = root().join("tests/cases");
    let text = std::fs::read_to_string(folder.join("expect.txt")).unwrap();
    // Told by a test of their own: outputs without findings, imports, the editor.
    let apart = ["39-clean-outputs", "44-oscal-misspelt-control"];
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        if !name.starts_with(|char: char| char.is_ascii_digit()) || name.ends_with(".md") {
            continue;
        }
        assert!(folder.join(format!("{name}.md")).is_file(), "{name}");
        assert!(apart.contains(&&*name) || cases(&text).iter().any(|case| case.name == name), "{name}");
    }
}

#[test]
fn a_clean_run_and_an_empty_one_can_be_told_apart() {
    let folder = Folder::new(&[]);
    copy(&root().join("tests/cases/39-clean-outputs"), &folder, "clean/");
    std::fs::create_dir_all(folder.path().join("empty")).unwrap();
    let clean = folder.run(&["check", "clean", "--format", "sarif", "--severity", "critical"]);
    assert_eq!(clean.status, 0, "{}", clean.err);
    let sarif = clean.json();
    assert!(sarif["runs"][0]["results"].is_array());
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], true);
    let junit = folder.run(&["check", "clean", "--format", "junit"]).out;
    let parsed = roxmltree::Document::parse(&junit).unwrap();
    let tests: u32 = parsed.root_element().attribute("tests").unwrap().parse().unwrap();
    assert!(tests >= 1);
    for format in OUTPUTS {
        let ran = folder.run(&["check", "empty", "--format", format]);
        assert_eq!(ran.status, 3, "{format}");
        let told = "o infrastructure as code was read";
        assert!(
            ran.out.contains(told) || format == "human" && ran.err.contains(told),
            "{format}: {}",
            ran.out
        );
    }
    let json = folder.run(&["check", "empty", "--format", "json"]).json();
    assert_eq!(json["complete"], false);
    let sarif = folder.run(&["check", "empty", "--format", "sarif"]).json();
    assert_eq!(sarif["runs"][0]["invocations"][0]["executionSuccessful"], false);
}

#[test]
fn what_is_misspelt_is_a_mistake() {
    let folder = Folder::new(&[]);
    copy(&root().join("tests/cases/42-empty-and-misspelt"), &folder, "");
    folder.write("other.tfvars", b"nope = 1\n");
    folder.write(
        "k8s/pod.yaml",
        b"apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n",
    );
    let template = "AWSTemplateFormatVersion: '2010-09-09'\nParameters:\n  Sealed: { Type: String }\nResources:\n  V: { Type: 'AWS::EC2::Volume', Properties: { Encrypted: !Ref Sealed } }\n";
    folder.write("stack/t.yaml", template.as_bytes());
    for arguments in [
        vec!["check", "code", "--var-file", "none"],
        vec!["check", "code", "--var", "nope=1"],
        vec!["check", "k8s", "--var", "nope=1"],
        vec!["check", "stack", "--var", "sealed=true"],
        vec!["fix", "code", "--rule", "nope"],
    ] {
        let ran = folder.run(&arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.err);
        let named =
            ran.err.contains("nope") || ran.err.contains("none") || ran.err.contains("did you mean `Sealed`");
        assert!(named, "{arguments:?}: {}", ran.err);
    }
    let ran = folder.run(&["check", "stack", "--var", "Sealed=true", "--format", "json"]);
    assert_eq!(ran.outcomes("aws-ebs-volume-unencrypted")[0].1, "pass");
    for format in OUTPUTS {
        let ran = folder.run(&["check", "code", "--var-file", "other.tfvars", "--format", format]);
        let told = "he file has no effect";
        assert!(ran.out.contains(told) || ran.err.contains(told), "{format}: {}{}", ran.out, ran.err);
    }
}

#[test]
fn a_misspelt_control_stops_an_import() {
    let folder = Folder::new(&[]);
    copy(&root().join("tests/cases/44-oscal-misspelt-control"), &folder, "");
    let ran = folder.run(&["frameworks", "import", "profile.json"]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.err.contains("ac-2-1") && ran.err.contains("catalog.json"), "{}", ran.err);
}
