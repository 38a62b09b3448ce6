//! What got a verdict and what got none are all that is declared, over every example and case; and what only looks
//! like a manifest is not told as a broken one.

use std::path::PathBuf;

use compline_tests::root;
use serde_json::Value;

use crate::run::Folder;

fn folders() -> Vec<PathBuf> {
    let below = |name: &str| std::fs::read_dir(root().join(name)).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<PathBuf> =
        below("examples").chain(below("tests/cases")).filter(|path| path.is_dir()).collect();
    all.sort();
    all
}

#[test]
fn judged_and_not_judged_are_all_that_is_declared() {
    let here = Folder::new(&[]);
    let (mut declared, mut without) = (0, 0);
    for folder in folders() {
        let json = here.run(&["coverage", folder.to_str().unwrap(), "--format", "json"]).json();
        let number = |value: &Value| value.as_u64().unwrap();
        let unjudged = json["unjudged"].as_array().unwrap();
        let place = folder.display();
        assert_eq!(number(&json["judged"]) + unjudged.len() as u64, number(&json["resources"]), "{place}");
        let kinds = json["kinds"].as_object().unwrap();
        let sum = |key: &str| kinds.values().map(|kind| number(&kind[key])).sum::<u64>();
        assert_eq!(
            (sum("declared"), sum("judged")),
            (number(&json["resources"]), number(&json["judged"])),
            "{place}"
        );
        for (kind, of) in kinds {
            let listed = unjudged.iter().filter(|one| one["kind"] == *kind).count() as u64;
            assert_eq!(number(&of["declared"]), number(&of["judged"]) + listed, "{place}: {kind}");
            if let Some(settings) = of["settings"].as_object() {
                assert!(number(&settings["looked_at"]) <= number(&settings["known"]), "{place}: {kind}");
            }
        }
        let no_rule: u64 = json["kinds_without_rules"].as_object().unwrap().values().map(number).sum();
        let told = unjudged.iter().filter(|one| one["why"] == "no rule looks at the kind").count() as u64;
        assert!(told <= no_rule, "{place}");
        (declared, without) = (declared + number(&json["resources"]), without + unjudged.len());
    }
    assert!(declared > 100 && without > 0, "{declared}, {without}");
}

#[test]
fn a_resource_without_a_verdict_is_told_beside_one_of_its_kind_that_has_one() {
    let text = "resource \"aws_instance\" \"x\" {\n  ami = \"ami-1\"\n  instance_type = \"t3.small\"\n}\nresource \"aws_iam_access_key\" \"root\" {\n  user = \"root\"\n}\nresource \"aws_nothing_known\" \"y\" {\n  name = \"y\"\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    let json = folder.run(&["check", "--format", "json"]).json();
    let unjudged = json["coverage"]["unjudged"].as_array().unwrap();
    assert!(unjudged.iter().any(|one| one["address"] == "aws_nothing_known.y"), "{unjudged:?}");
    let rules = json["coverage"]["rules"]["aws"].as_u64().unwrap();
    assert!(rules > 1, "{rules}");
    let kind = &json["coverage"]["kinds"]["aws_instance"];
    assert!(kind["rules"].as_u64().unwrap() > 1, "{kind}");
    for format in ["csv", "sarif", "junit", "github", "markdown", "concise"] {
        let out = folder.run(&["check", "--format", format]).out;
        assert!(out.contains("got no verdict") && out.contains("aws_nothing_known"), "{format}: {out}");
    }
    let out = folder.run(&["coverage"]).out;
    assert!(out.contains("without a verdict") && out.contains("`aws_nothing_known.y`"), "{out}");
    assert!(out.contains("rules that gave a verdict: aws "), "{out}");
    let out = folder.run(&["inventory"]).out;
    assert!(out.contains("aws_nothing_known.y") && out.contains("(no rule)"), "{out}");
}

#[test]
fn each_object_without_a_name_has_an_address_of_its_own() {
    let job = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: load-\nspec:\n  template:\n    spec:\n      hostNetwork: true\n      restartPolicy: Never\n      containers:\n        - name: a\n          image: registry.example.com/a:1.4.2\n";
    let twice = format!("{job}---\n{job}");
    let folder = Folder::new(&[
        ("one.yaml", &twice),
        ("two.yaml", job),
        ("three.yaml", &job.replace("  generateName: load-\n", "  labels: {a: b}\n")),
    ]);
    let json = folder.run(&["check", "--format", "json"]).json();
    let of = json["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["rule"] == "kubernetes-pod-host-network");
    let of: Vec<&Value> = of.collect();
    let addresses: std::collections::BTreeSet<&str> =
        of.iter().map(|one| one["address"].as_str().unwrap()).collect();
    let prints: std::collections::BTreeSet<&str> =
        of.iter().map(|one| one["fingerprint"].as_str().unwrap()).collect();
    assert_eq!((of.len(), addresses.len(), prints.len()), (4, 4, 4), "{addresses:?}");
}

/// Ordinary YAML of other tools.
const ORDINARY: &[(&str, &str)] = &[
    (
        "compose.yaml",
        "services:\n  web:\n    image: nginx\n    environment:\n      kind: a\nvolumes: {data: {}}\n",
    ),
    ("docker-compose.yml", "version: '3'\nkind: x\nservices:\n  web:\n    image: nginx\n"),
    (
        ".github/workflows/ci.yml",
        "name: ci\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:\n      - run: kubectl apply -f x\n        env: {apiVersion: v1}\n",
    ),
    (
        "openapi.yaml",
        "openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {}\ncomponents:\n  schemas:\n    Pod:\n      properties:\n        apiVersion: {type: string}\n        kind: {type: string}\n        metadata: {type: object}\n        spec: {type: object}\n",
    ),
    (
        "values.yaml",
        "kind: Deployment\nreplicaCount: 1\nimage: {repository: a, tag: b}\nmetadata: {}\napiVersions: []\n",
    ),
    (
        "playbook.yml",
        "- hosts: all\n  tasks:\n    - name: a\n      kubernetes.core.k8s:\n        definition:\n          apiVersion: v1\n          kind: Namespace\n          metadata: {name: x}\n",
    ),
    ("role.yaml", "kind: role\nversion: v7\nmetadata:\n  name: access\nspec:\n  allow:\n    logins: [x]\n"),
    (
        "pipeline.yaml",
        "kind: pipeline\ntype: docker\nname: default\nsteps:\n  - name: a\n    image: golang\n",
    ),
    ("mkdocs.yml", "site_name: a\nnav:\n  - Home: index.md\n"),
];

#[test]
fn ordinary_yaml_is_no_broken_manifest() {
    for (name, text) in ORDINARY {
        let folder = Folder::new(&[
            (name, text),
            ("pod.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n"),
        ]);
        let json = folder.run(&["check", "--format", "json"]).json();
        let losses: Vec<&Value> =
            json["problems"].as_array().unwrap().iter().filter(|one| one["gravity"] == "loss").collect();
        assert!(losses.is_empty(), "{name}: {losses:?}");
    }
    // What is one but for a key is told.
    for text in [
        "kind: Pod\nmetadata: {name: x}\nspec: {containers: []}\n",
        "apiVersion: v1\nmetadata: {name: x}\nspec: {containers: []}\n",
    ] {
        let json = Folder::new(&[("pod.yaml", text)]).run(&["check", "--format", "json"]).json();
        assert!(json["problems"].as_array().unwrap().iter().any(|one| one["gravity"] == "loss"), "{text}");
    }
}
