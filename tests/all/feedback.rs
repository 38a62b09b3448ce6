//! What people say of a mapping, end to end.

use crate::run::{Folder, Ran};

const BUCKET: &str = "resource \"aws_s3_bucket\" \"logs\" {\n  bucket = \"logs\"\n}\n";

fn folder() -> Folder {
    Folder::new(&[("main.tf", BUCKET), ("compline.yaml", "frameworks: [nist-800-53-r5]\n")])
}

/// The controls of a framework that any verdict of a check bears on.
fn checked(folder: &Folder) -> Vec<String> {
    let ran = folder.run(&["check", "--format", "json"]);
    let json = ran.json();
    let verdicts = json["verdicts"].as_array().unwrap().iter();
    let controls = verdicts.flat_map(|one| one["controls"].as_array().unwrap().clone());
    controls
        .map(|one| format!("{} {}", one["id"].as_str().unwrap(), one["provenance"].as_str().unwrap()))
        .collect()
}

fn mapped(ran: &Ran) -> Vec<String> {
    let json = ran.json();
    let controls = json["controls"].as_array().unwrap().iter();
    controls
        .filter(|one| one["framework"] == "nist-800-53-r5")
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn what_is_rejected_never_comes_back_and_what_is_confirmed_is_used_at_once() {
    let folder = folder();
    let asked = ["map", "aws_s3_bucket", "--format", "json"];
    let before = mapped(&folder.run(&asked));
    let lost = before.first().expect("a bucket bears on controls").clone();
    assert!(
        !before.contains(&"CM-3".to_owned())
            && checked(&folder).iter().any(|one| one.starts_with(&format!("{lost} ")))
    );
    let ran = folder.run(&[
        "map",
        "aws_s3_bucket",
        "--reject",
        &lost,
        "--confirm",
        "CM-3",
        "--by",
        "ann",
        "--reason",
        "we looked: so",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let file = String::from_utf8(folder.read("compline.mappings.yaml")).unwrap();
    for part in ["\"ann\"", "\"we looked: so\"", "confirmed: false", "confirmed: true", "date: \"20"] {
        assert!(file.contains(part), "{part}: {file}");
    }
    let after = mapped(&folder.run(&asked));
    assert!(!after.contains(&lost) && after.contains(&"CM-3".to_owned()), "{after:?}");
    let checked = checked(&folder);
    assert!(!checked.iter().any(|one| one.starts_with(&format!("{lost} "))), "{checked:?}");
    assert!(checked.contains(&"CM-3 confirmed".to_owned()), "{checked:?}");
    let report = folder.run(&["report", ".", "--format", "json", "-o", "out"]);
    assert!(report.status <= 1, "{}", report.err);
    let report = String::from_utf8(folder.read("out/report.json")).unwrap();
    assert!(report.contains("\"confirmed\""), "the report says who");
    let ledger = folder.run(&["ledger", "list"]);
    assert!(
        ledger.out.contains("mapping") && ledger.out.contains("rejected for aws_s3_bucket by ann"),
        "{}",
        ledger.out
    );
}

#[test]
fn words_a_rule_and_another_scanners_id_can_be_spoken_of() {
    let folder = folder();
    let say = |what: &str, word: &str, control: &str| {
        let ran = folder.run(&["map", what, word, control, "--by", "ann", "--reason", "so"]);
        assert_eq!(ran.status, 0, "{}", ran.err);
    };
    say("cold tea in the kitchen", "--confirm", "AT-2");
    assert_eq!(mapped(&folder.run(&["map", "Cold tea in the  kitchen.", "--format", "json"])), ["AT-2"]);
    for what in ["aws-s3-versioning-disabled", "CKV_AWS_21"] {
        let first = mapped(&folder.run(&["map", what, "--format", "json"]))[0].clone();
        say(what, "--reject", &first);
        assert!(!mapped(&folder.run(&["map", what, "--format", "json"])).contains(&first));
    }
}

#[test]
fn what_cannot_be_said_is_one_clear_error() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let ran = folder.run(arguments);
        assert_eq!(ran.status, 2, "{} {}", ran.out, ran.err);
        ran.err
    };
    let error = run(&["map", "aws_s3_bucket", "--confirm", "ZZ-99", "--by", "a", "--reason", "r"]);
    assert!(error.contains("no control is called `ZZ-99`"), "{error}");
    let error = run(&["map", "aws_s3_bucket", "--confirm", "AC-3", "--by", "a"]);
    assert!(error.contains("needs a reason"), "{error}");
    let error =
        run(&["map", "aws_s3_bucket", "--confirm", "AC-3", "--reject", "AC-3", "--by", "a", "--reason", "r"]);
    assert!(error.contains("named twice"), "{error}");
    folder.write("compline.mappings.yaml", b"mappings: 3\n");
    let error = run(&["check", "."]);
    assert!(error.contains("compline.mappings.yaml: the mappings cannot be read"), "{error}");
}

#[test]
fn results_of_several_files_are_one_report_and_find_the_code_wherever_they_were_made() {
    let folder = folder();
    folder.write("infra/main.tf", b"# shop\nresource \"aws_x_y\" \"ledger\" {\n}\n");
    folder.write(
        "tfsec.json",
        br#"{"results": [{"rule_id": "AVD-AWS-0026", "rule_description": "Volumes should be encrypted", "description": "It is not encrypted.",
            "status": 0, "resource": "aws_x_y.ledger", "location": {"filename": "/home/runner/work/shop/shop/infra/main.tf", "start_line": 2}}]}"#,
    );
    folder.write(
        "run.sarif",
        br#"{"runs": [{"tool": {"driver": {"name": "Checkov"}}, "results": [{"ruleId": "CKV_AWS_139", "level": "error",
            "suppressions": [{"kind": "inSource", "justification": "a scratch cluster"}], "message": {"text": "deletion protection"}}]}]}"#,
    );
    let ran = folder.run(&["map", "--from", "tfsec.json", "--from", "run.sarif", "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let counts = &ran.json()["counts"];
    assert_eq!((&counts["by_id"], &counts["accepted"]), (&1.into(), &1.into()), "{}", ran.out);
    let ran = folder.run(&[
        "report",
        "--from",
        "tfsec.json",
        "--from",
        "run.sarif",
        "--format",
        "html",
        "-o",
        "out",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let html = String::from_utf8(folder.read("out/report.html")).unwrap().replace("<wbr>", "");
    for told in [
        "the results of checkov, tfsec",
        "It is not encrypted",
        "a scratch cluster",
        "infra/main.tf",
        "# shop",
    ] {
        assert!(html.contains(told), "{told}");
    }
    let ran = folder.run(&["map", "--from", "infra"]);
    assert!(ran.status == 2 && ran.err.contains("`infra` is a directory"), "{}", ran.err);
    let ran = folder.run(&["map", "--from", "infra/main.tf"]);
    assert!(ran.status == 2 && ran.err.contains("it is not JSON, it begins with `# shop`"), "{}", ran.err);
}

#[test]
fn another_scanners_results_come_out_as_an_assessment_and_a_report() {
    let folder = folder();
    folder.write(
        "results.json",
        br#"{"check_type": "terraform", "results": {"failed_checks": [
            {"check_id": "CKV_AWS_139", "check_name": "RDS clusters have deletion protection", "resource": "aws_rds_cluster.a",
             "file_path": "/main.tf", "file_line_range": [2, 3]}]}}"#,
    );
    let ran = folder.run(&["map", "--from", "results.json", "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let json = ran.json();
    assert_eq!(json["counts"]["by_id"], 1);
    let controls = json["assessment"]["frameworks"][0]["controls"].as_array().unwrap();
    let one = controls.iter().find(|one| one["status"] == "not_satisfied").expect("one fails");
    assert_eq!(one["evidence"][0]["check"], "checkov/CKV_AWS_139");
    let ran = folder.run(&["report", "--from", "results.json", "--format", "html,json", "-o", "out"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let html = String::from_utf8(folder.read("out/report.html")).unwrap().replace("<wbr>", "");
    assert!(
        html.contains("CKV_AWS_139") && html.contains("main.tf"),
        "the report names the check and the place"
    );
}
