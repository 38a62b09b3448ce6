//! Two failures for one fault, in every output: told once, counted once, and both there for programs.

use serde_json::Value;

use crate::run::Folder;

const GROUP: &str = "resource \"aws_security_group\" \"web\" {\n  name        = \"web\"\n  description = \"web\"\n  ingress {\n    description = \"all\"\n    from_port   = 0\n    to_port     = 0\n    protocol    = \"-1\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n";
const BROAD: &str = "aws-security-group-open-all-ports";
const NARROW: &str = "aws-security-group-open-ssh";

fn of<'a>(json: &'a Value, rule: &str) -> &'a Value {
    json["verdicts"].as_array().unwrap().iter().find(|one| one["rule"] == rule).unwrap()
}

#[test]
fn a_fault_is_told_once_and_counted_once_in_every_output() {
    let folder = Folder::new(&[("main.tf", GROUP)]);
    let json = folder.run(&["check", "--format", "json"]).json();
    let (broad, narrow) = (of(&json, BROAD), of(&json, NARROW));
    assert_eq!(narrow["folded_under"]["fingerprint"], broad["fingerprint"]);
    let folds = broad["folds"].as_array().unwrap();
    assert!(folds.iter().any(|one| one["fingerprint"] == narrow["fingerprint"]), "{folds:?}");
    assert!(!narrow["controls"].as_array().unwrap().is_empty(), "it keeps its controls");

    let human = folder.run(&["check"]);
    assert_eq!(human.status, 1);
    assert!(human.out.contains(&format!("[{BROAD}]")), "{}", human.out);
    assert!(!human.out.contains(&format!("[{NARROW}]")), "{}", human.out);
    assert!(human.out.contains(&format!("this is {NARROW} too: security group opens SSH")), "{}", human.out);
    let all = json["verdicts"].as_array().unwrap();
    let stated = all.iter().filter(|one| one["outcome"] == "fail" && one["folded_under"].is_null()).count();
    assert!(human.out.contains(&format!(" {stated} fail, ")), "{}", human.out);

    for format in ["concise", "github", "markdown"] {
        let out = folder.run(&["check", "--format", format]).out;
        assert_eq!(out.lines().filter(|line| line.contains(NARROW)).count(), 1, "{format}: {out}");
    }
    let junit = folder.run(&["check", "--format", "junit"]).out;
    assert!(junit.contains(&format!("failures=\"{stated}\"")), "{junit}");
    let csv = folder.run(&["check", "--format", "csv"]).out;
    assert!(csv.lines().any(|row| row.contains(NARROW) && row.contains(&format!(",{BROAD},"))), "{csv}");
    let sarif = folder.run(&["check", "--format", "sarif"]).json();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let result = |rule: &str| results.iter().find(|one| one["ruleId"] == rule).unwrap();
    assert_eq!((&result(NARROW)["level"], &result(BROAD)["level"]), (&"note".into(), &"error".into()));
    assert_eq!(result(NARROW)["properties"]["folded_under"]["rule"], BROAD);

    // A control that both bear on counts the fault once.
    let report = folder.run(&["report", "--framework", "pci-dss-4.0.1", "--output", "out", "--no-ledger"]);
    assert!(report.status < 2, "{}", report.err);
    let report: Value = serde_json::from_slice(&folder.read("out/report.json")).unwrap();
    let mut judged = 0;
    for control in report["frameworks"][0]["controls"].as_array().unwrap() {
        let Some(fail) = control["verdicts"]["fail"].as_u64().filter(|fail| *fail > 0) else { continue };
        judged += 1;
        let evidence: Vec<&str> =
            control["evidence"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let cited =
            report["verdicts"].as_array().unwrap().iter().filter(|one| {
                one["outcome"] == "fail" && evidence.contains(&one["evidence"].as_str().unwrap())
            });
        let cited: Vec<&Value> = cited.collect();
        let speaks = |print: &Value| cited.iter().any(|one| one["fingerprint"] == *print);
        let own = cited.iter().filter(|one| !speaks(&one["folded_under"]["fingerprint"])).count() as u64;
        assert_eq!(fail, own, "{control}");
    }
    assert!(judged > 0);
}

#[test]
fn a_page_of_the_tree_does_not_speak_for_a_built_in_rule() {
    let page = format!(
        "---\nid: acme-group-odd\ntitle: group is odd\nseverity: critical\nobjectives: [ingress-restricted]\ncovers: [{NARROW}]\ncheck:\n  aws_security_group: {{ name: {{ not_in: [web], absent: pass }} }}\n---\nWhy.\n"
    );
    let folder = Folder::new(&[
        ("main.tf", GROUP),
        ("pages/acme-group-odd.md", &page),
        ("compline.yaml", "rules: pages\n"),
    ]);
    let refused = folder.run(&["check", "--format", "json"]);
    assert_eq!(refused.status, 2, "{}", refused.out);
    assert!(refused.err.contains("a built-in rule speaks for itself"), "{}", refused.err);
    let allowed = folder.run(&["check", "--allow-overrides", "--format", "json"]).json();
    assert_eq!(of(&allowed, "acme-group-odd")["outcome"], "fail");
}
