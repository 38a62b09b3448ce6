//! The whole river on the example company.

use compline_tests::root;

use crate::run::Folder;

fn copy(from: &std::path::Path, folder: &Folder, prefix: &str) {
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy(&entry.path(), folder, &format!("{name}/"));
        } else {
            folder.write(&name, &std::fs::read(entry.path()).unwrap());
        }
    }
}

fn shop() -> Folder {
    let folder = Folder::new(&[]);
    copy(&root().join("examples/shop"), &folder, "");
    folder
}

const FRAMEWORKS: [&str; 6] =
    ["--framework", "nist-800-53-r5", "--framework", "pci-dss-4.0.1", "--framework", "hipaa-security-rule"];

#[test]
fn every_outcome_occurs_in_the_example_and_carries_what_others_rely_on() {
    let ran = shop().run(&["check", "--format", "json"]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let json = ran.json();
    for word in ["pass", "fail", "unknown", "waived"] {
        assert!(json["verdicts"].as_array().unwrap().iter().any(|one| one["outcome"] == word), "no {word}");
    }
    for verdict in json["verdicts"].as_array().unwrap() {
        for key in ["rule", "address", "kind", "severity", "observed", "expected"] {
            assert!(verdict[key].is_string(), "{key}: {verdict}");
        }
        assert!(
            verdict["locus"]["file"].is_string() && verdict["locus"]["start"]["line"].as_u64() >= Some(1),
            "{verdict}"
        );
        assert!(verdict["locus"]["end"]["column"].as_u64() >= Some(1), "{verdict}");
        assert_eq!(verdict["fingerprint"].as_str().map(str::len), Some(32), "{verdict}");
        for control in verdict["controls"].as_array().unwrap() {
            assert!(
                control["framework"].is_string()
                    && control["id"].is_string()
                    && !control["provenance"].is_null()
            );
        }
    }
    // "No mapping" is a legal answer, and the exception.
    let all = json["verdicts"].as_array().unwrap();
    let mapped = all.iter().filter(|one| !one["controls"].as_array().unwrap().is_empty()).count();
    assert!(mapped * 10 >= all.len() * 9, "{mapped} of {} verdicts bear on a control", all.len());
    assert!(json["coverage"]["resources"].as_u64() > Some(20));
}

#[test]
fn a_report_is_byte_equal_for_equal_input() {
    let mut outputs: Vec<Vec<(String, Vec<u8>)>> = Vec::new();
    for _ in 0..2 {
        let folder = shop();
        let mut arguments =
            vec!["report", ".", "--system", "shop", "--format", "html,pdf,json,csv,sarif", "-o", "out"];
        arguments.extend(FRAMEWORKS);
        let ran = folder.run_with(&arguments, &[("SOURCE_DATE_EPOCH", "1793000000")]);
        assert!(ran.status <= 1, "{} {}", ran.status, ran.err);
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder.path().join("out"))
            .unwrap()
            .flatten()
            .map(|entry| {
                (entry.file_name().to_string_lossy().into_owned(), std::fs::read(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        outputs.push(files);
    }
    let names: Vec<&str> = outputs[0].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["report.csv", "report.html", "report.json", "report.pdf", "report.sarif"]);
    for (a, b) in outputs[0].iter().zip(&outputs[1]) {
        assert!(a == b, "{} differs between two runs", a.0);
    }
    assert!(outputs[0][3].1.starts_with(b"%PDF-"));
}

#[test]
fn a_report_is_recorded_and_a_changed_record_is_found() {
    let folder = shop();
    let mut arguments = vec!["report", ".", "--format", "json", "-o", "out"];
    arguments.extend(FRAMEWORKS);
    assert!(folder.run(&arguments).status <= 1);
    assert!(folder.run(&arguments).status <= 1);
    let verified = folder.run(&["ledger", "verify"]);
    assert_eq!(verified.status, 0, "{}{}", verified.out, verified.err);
    let mut bytes = folder.read(".compline/ledger.jsonl");
    let middle = bytes.len() / 3;
    bytes[middle] ^= 1;
    folder.write(".compline/ledger.jsonl", &bytes);
    let verified = folder.run(&["ledger", "verify"]);
    assert_ne!(verified.status, 0, "{}", verified.out);
}

#[test]
fn fixes_are_shown_and_applied_and_what_they_fix_passes() {
    let folder = shop();
    let before = folder.run(&["check", "--format", "json"]).json();
    let diff = folder.run(&["fix", "--diff"]);
    for (sign, header) in [('+', "+++"), ('-', "---")] {
        let lines = diff.out.lines().filter(|line| line.starts_with(sign) && !line.starts_with(header));
        assert!(lines.count() > 0, "no line begins with `{sign}`: {}", diff.out);
    }
    assert_eq!(before, folder.run(&["check", "--format", "json"]).json(), "a diff writes nothing");
    let fixed = folder.run(&["fix"]);
    assert!(fixed.status <= 1, "{}", fixed.err);
    let after = folder.run(&["check", "--format", "json"]).json();
    let failing = |json: &serde_json::Value| {
        json["verdicts"].as_array().unwrap().iter().filter(|one| one["outcome"] == "fail").count()
    };
    assert!(failing(&after) < failing(&before), "{} then {}", failing(&before), failing(&after));
    let safe = |json: &serde_json::Value| {
        json["verdicts"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|one| one["outcome"] == "fail" && one["fix"]["safety"] == "safe")
            .count()
    };
    assert_eq!(safe(&after), 0, "no safe fix is left");
}

#[test]
fn the_cloudformation_cousin_is_judged_too() {
    let folder = Folder::new(&[]);
    copy(&root().join("examples/shop-cfn"), &folder, "");
    let json = folder.run(&["check", "--format", "json"]).json();
    let kinds: Vec<&str> =
        json["verdicts"].as_array().unwrap().iter().filter_map(|one| one["kind"].as_str()).collect();
    assert!(kinds.iter().any(|kind| kind.starts_with("AWS::")), "{kinds:?}");
}

#[test]
fn other_scanners_suppressions_count_only_when_honoured() {
    let text = "resource \"aws_ebs_volume\" \"v\" {\n  #checkov:skip=CKV_AWS_3:scratch data\n  availability_zone = \"eu-west-1a\"\n  size = 8\n  encrypted = false\n}\n";
    let folder = Folder::new(&[("main.tf", text)]);
    let outcome =
        |arguments: &[&str]| folder.run(arguments).outcomes("aws-ebs-volume-unencrypted")[0].1.clone();
    assert_eq!(outcome(&["check", "--format", "json"]), "fail");
    assert_eq!(outcome(&["check", "--format", "json", "--honor", "checkov"]), "waived");
}

#[test]
fn a_waiver_that_ended_waives_nothing() {
    let text = |until: &str| {
        format!(
            "# compline: waive aws-ebs-volume-unencrypted reason=\"scratch\" until={until} by=ops\nresource \"aws_ebs_volume\" \"v\" {{\n  availability_zone = \"eu-west-1a\"\n  size = 8\n  encrypted = false\n}}\n"
        )
    };
    for (until, expected) in [("2199-12-31", "waived"), ("2020-01-31", "fail")] {
        let folder = Folder::new(&[("main.tf", &text(until))]);
        assert_eq!(
            folder.run(&["check", "--format", "json"]).outcomes("aws-ebs-volume-unencrypted")[0].1,
            expected
        );
    }
}

#[test]
fn rules_are_listed_with_what_others_rely_on() {
    let folder = Folder::new(&[]);
    let json = folder.run(&["rules", "--format", "json"]).json();
    let rules = json["rules"].as_array().unwrap();
    assert!(rules.len() >= 100);
    for rule in rules {
        assert!(
            rule["id"].is_string() && rule["title"].is_string() && rule["severity"].is_string(),
            "{rule}"
        );
        assert!(!rule["kinds"].as_array().unwrap().is_empty(), "{rule}");
        assert!(!rule["objectives"].as_array().unwrap().is_empty(), "{rule}");
        for scanner in ["checkov", "trivy", "kics"] {
            assert!(rule["aliases"][scanner].is_array(), "{rule}");
        }
    }
    let both = rules.iter().filter(|rule| {
        let kinds = rule["kinds"].to_string();
        kinds.contains("aws_") && kinds.contains("AWS::")
    });
    assert!(both.count() >= 15, "pages that bind Terraform and CloudFormation");
}

#[test]
fn a_rule_and_a_control_are_explained() {
    let folder = Folder::new(&[]);
    let rule = folder.run(&["explain", "aws-ebs-volume-unencrypted"]);
    assert_eq!(rule.status, 0);
    assert!(rule.out.contains("SC-28"), "{}", rule.out);
    assert_eq!(folder.run(&["explain", "SC-28"]).status, 0);
    assert_eq!(folder.run(&["explain", "no-such-thing"]).status, 2);
}

#[test]
fn the_search_answers() {
    let folder = Folder::new(&[]);
    let found = folder.run(&["search", "bucket encryption at rest"]);
    assert_eq!(found.status, 0);
    assert!(found.out.contains("SC-28"), "{}", found.out);
}

#[test]
fn a_report_can_be_of_one_baseline() {
    let shop = shop();
    // 149 controls are NIST's low baseline (SP 800-53B), 156 FedRAMP's.
    let ids = ["--framework", "nist-800-53-r5:low", "--framework", "fedramp-rev5:low"];
    let ran = shop.run(&[&["report", ".", "--format", "json", "-o", "out"], ids.as_slice()].concat());
    assert!(ran.status <= 1, "{}", ran.err);
    let report: serde_json::Value = serde_json::from_slice(&shop.read("out/report.json")).unwrap();
    let frameworks = report["frameworks"].as_array().unwrap();
    let count = |at: usize| frameworks[at]["controls"].as_array().unwrap().len();
    assert_eq!((frameworks.len(), count(0), count(1)), (2, 149, 156));
    assert!(frameworks[0]["title"].as_str().unwrap().ends_with("low baseline"), "{}", frameworks[0]["title"]);
    for other in ["nist-800-53-r5", "nist-800-53-r5:high"] {
        let both =
            shop.run(&["report", ".", "--framework", "nist-800-53-r5:low", "--framework", other, "-o", "x"]);
        assert!(both.status == 2 && both.err.contains("is named twice"), "{}", both.err);
    }
    let wrong = shop.run(&["report", ".", "--framework", "nist-800-53-r5:lo", "-o", "x"]);
    assert_eq!(wrong.status, 2);
    assert!(
        wrong.err.contains("no baseline `lo`") && wrong.err.contains("did you mean `low`?"),
        "{}",
        wrong.err
    );
}

/// README shows what the program prints, line by line, with parts left out.
#[test]
fn the_readme_shows_what_is_printed() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, tour) = readme.split_once("$ compline check examples/shop\n").unwrap();
    let (tour, _) = tour.split_once("```").unwrap();
    let folder = Folder::new(&[]);
    copy(&root().join("examples/shop"), &folder, "examples/shop/");
    let ran = folder.run(&["check", "examples/shop"]);
    let printed = format!("{}{}", ran.out, ran.err);
    for line in tour.lines().filter(|line| *line != "…") {
        assert!(printed.lines().any(|one| one.trim_end() == line), "README shows `{line}`");
    }
}
