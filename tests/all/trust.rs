//! What files of a scanned repository say of their own judgement: built-ins stay in force, and the rest is told.

use crate::run::{Folder, Ran};

const CODE: &str = "resource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true\n}\n";
const RULE: &str = "aws-rds-publicly-accessible";

/// A page under a built-in rule's id, by which nothing fails.
const PAGE: &str = "---\nid: aws-rds-publicly-accessible\ntitle: all is well\nseverity: low\n\
    objectives: [database-not-public]\ncheck:\n  aws_db_instance: { publicly_accessible: { in: [true, false], absent: pass } }\n\
    ---\nNothing fails.\n";

const HIPAA: &str = "id: hipaa-security-rule\ntitle: HIPAA Security Rule\nshort: HIPAA\nversion: 45 CFR Part 164, Subpart C\n\
    publisher: U.S. Department of Health and Human Services\npublished: \"2013-01-25\"\nlicence: public-domain\n\
    source: https://www.ecfr.gov/current/title-45/part-164\ngroups:\n  - id: \"164.312\"\n    title: Technical safeguards\n\
    \x20   controls:\n      - id: \"164.312(b)\"\n        title: Audit controls\n        summary: Record activity.\n\
    \x20       shown: auto-iac\n        wants: { fully: [log-retention-set] }\n";

fn report(folder: &Folder, more: &[&str]) -> (Ran, serde_json::Value) {
    let fixed = ["report", ".", "-f", "hipaa-security-rule", "-o", "out", "--format", "json,html,sarif"];
    let ran = folder.run(&[&fixed[..], more].concat());
    let json = serde_json::from_slice(&folder.read("out/report.json")).unwrap();
    (ran, json)
}

fn told<'j>(json: &'j serde_json::Value, kind: &str) -> Vec<&'j serde_json::Value> {
    let all = json["adjustments"].as_array().unwrap();
    let of: Vec<_> = all.iter().filter(|one| one["kind"] == kind).collect();
    for one in &of {
        assert_eq!(one["sha256"].as_str().map(str::len), Some(64), "{one}");
    }
    of
}

#[test]
fn a_rule_page_does_not_replace_a_built_in_rule_unasked() {
    let folder = Folder::new(&[("main.tf", CODE), ("compline.yaml", "rules: r\n"), ("r/x.md", PAGE)]);
    let ran = folder.run(&["check", ".", "--format", "json"]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert_eq!(ran.outcomes(RULE), [("aws_db_instance.d".to_owned(), "fail".to_owned())]);
    let problem = &ran.json()["problems"][0];
    assert_eq!((problem["file"].as_str(), problem["gravity"].as_str()), (Some("r/x.md"), Some("loss")));
    assert!(
        problem["message"].as_str().unwrap().contains("line 2")
            && problem["message"].as_str().unwrap().contains(RULE)
    );
    let human = folder.run(&["check", "."]);
    assert!(human.err.contains("r/x.md") && human.err.contains("--allow-overrides"), "{}", human.err);
    let ran = folder.run(&["check", ".", "--format", "json", "--allow-overrides"]);
    assert_eq!(ran.outcomes(RULE), [("aws_db_instance.d".to_owned(), "pass".to_owned())]);
    let json = ran.json();
    let [one] = &told(&json, "override")[..] else { panic!("{json}") };
    assert_eq!((one["file"].as_str(), one["line"].as_u64()), (Some("r/x.md"), Some(2)));
    // A former name is one that waivers and mappings still know.
    let renamed = PAGE.replace(
        "id: aws-rds-publicly-accessible",
        "id: aws-ours-renamed\nwas: [aws-rds-publicly-accessible]",
    );
    folder.write("r/x.md", renamed.as_bytes());
    assert_eq!(folder.run(&["check", ".", "--format", "json"]).json()["problems"][0]["file"], "r/x.md");
}

#[test]
fn a_framework_does_not_replace_a_built_in_one_unasked() {
    let path = ".compline/frameworks/hipaa-security-rule.yaml";
    let folder = Folder::new(&[("main.tf", CODE), (path, HIPAA)]);
    let (ran, json) = report(&folder, &[]);
    assert_eq!(ran.status, 3, "{}", ran.err);
    assert!(json["frameworks"][0]["counts"]["all"].as_u64().unwrap() > 20, "the built-in one: {}", ran.out);
    assert!(ran.err.contains(path) && ran.err.contains("stays in force"), "{}", ran.err);
    let before = json["facts"]["frameworks_hash"].clone();
    let (ran, json) = report(&folder, &["--allow-overrides"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(json["frameworks"][0]["counts"]["all"], 1);
    assert_ne!(json["facts"]["frameworks_hash"], before);
    let [one] = &told(&json, "override")[..] else { panic!("{json}") };
    assert_eq!(one["file"], path);
    // A long path may break after its dots and slashes.
    let html = String::from_utf8(folder.read("out/report.html")).unwrap().replace("<wbr>", "");
    assert!(html.contains("1 built-in replaced") && html.contains(path));
    // Under another file's name, where every framework is read.
    let folder = Folder::new(&[("main.tf", CODE), (".compline/frameworks/x.yaml", HIPAA)]);
    let shown = folder.run(&["explain", "hipaa-security-rule/164.308(a)(7)(ii)(A)"]);
    assert_eq!(shown.status, 0, "{}", shown.err);
}

#[test]
fn what_the_tree_decides_is_listed_in_every_report() {
    let folder = Folder::new(&[
        (
            "main.tf",
            "# compline: waive aws-rds-storage-unencrypted reason=\"test data\" until=2099-01-01 by=ann\nresource \"aws_db_instance\" \"d\" {\n  publicly_accessible = true\n}\n",
        ),
        ("compline.yaml", "exclude: ['test/**']\nseverity: high\n"),
        ("test/a.tf", CODE),
        (".infra/main.tf", CODE),
        ("node_modules/n/main.tf", CODE),
        ("x/main.tf", CODE),
        (".gitignore", "x/\n"),
        (
            "compline.mappings.yaml",
            "mappings:\n- { subject: aws-rds-publicly-accessible, framework: hipaa-security-rule, control: '164.312(a)(1)', \
             confirmed: false, by: ann, date: \"2026-01-01\", why: reviewed }\n",
        ),
    ]);
    let (ran, json) = report(&folder, &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let passed: Vec<&str> =
        told(&json, "passed-over").into_iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(passed, [".infra/main.tf", "node_modules/n/main.tf", "test/a.tf", "x/main.tf"]);
    for (kind, file) in [
        ("rejection", "compline.mappings.yaml"),
        ("exclusion", "compline.yaml"),
        ("setting", "compline.yaml"),
        ("waiver", "main.tf"),
    ] {
        let [one] = &told(&json, kind)[..] else { panic!("{kind}: {}", json["adjustments"]) };
        assert_eq!((one["file"].as_str(), one["line"].is_u64()), (Some(file), true), "{kind}");
    }
    for hash in ["mappings_hash", "waivers_hash", "config_hash"] {
        assert_eq!(json["facts"][hash].as_str().map(str::len), Some(64), "{hash}");
    }
    let html = String::from_utf8(folder.read("out/report.html")).unwrap();
    let first = html.find("1 mapping rejected, 1 waiver, 1 exclusion, 4 files of code passed over").unwrap();
    assert!(first < html.find("id=\"summary\"").unwrap(), "on the first page");
    let sarif: serde_json::Value = serde_json::from_slice(&folder.read("out/report.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["properties"]["adjustments"], json["adjustments"]);
    let human = folder.run(&["check", "."]);
    let lines: Vec<&str> =
        human.out.lines().filter(|line| line.starts_with("decided by the repository: ")).collect();
    assert_eq!(lines.len(), 1, "{}", human.out);
    assert!(lines[0].contains("4 files of code passed over"), "{}", lines[0]);
}

#[test]
fn a_repository_that_says_nothing_has_nothing_listed() {
    let folder = Folder::new(&[("main.tf", CODE)]);
    let ran = folder.run(&["check", ".", "--format", "json"]);
    assert_eq!(ran.json()["adjustments"].as_array().map(Vec::len), Some(0));
    assert!(!folder.run(&["check", "."]).out.contains("decided by the repository"));
}

/// Scripts of a repository that run where git is asked what is in it.
#[test]
fn a_report_runs_nothing_of_a_repository() {
    let folder = Folder::new(&[("main.tf", CODE), (".gitattributes", "main.tf filter=evil\n")]);
    let git = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(["-c", "user.name=Jo", "-c", "user.email=jo@example.org"]).args(arguments);
        command.current_dir(folder.path()).output().is_ok_and(|ran| ran.status.success())
    };
    if !git(&["init", "-q"]) {
        eprintln!("git is not installed: nothing was tried");
        return;
    }
    assert!(git(&["add", "-A"]) && git(&["commit", "-qm", "x"]));
    let proof = folder.path().join("PROOF");
    let command = format!("touch '{}'; cat", proof.display());
    for key in
        ["filter.evil.clean", "filter.evil.process", "core.fsmonitor", "core.sshCommand", "diff.external"]
    {
        assert!(git(&["config", key, &command]));
    }
    std::thread::sleep(std::time::Duration::from_millis(1100));
    folder.write("main.tf", CODE.as_bytes());
    let (ran, json) = report(&folder, &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(!proof.exists());
    assert_eq!(json["facts"]["commit"]["clean"], true, "{}", json["facts"]["commit"]);
    assert_eq!(json["facts"]["commit"]["author"], "Jo");
}

#[test]
fn a_policy_cannot_be_weakened_by_the_tree() {
    let waived = CODE.replace(
        "{\n",
        "{\n  # compline: waive aws-rds-publicly-accessible reason=\"x\" until=2099-01-01 by=ann\n",
    );
    let folder = Folder::new(&[
        (
            "policy.yaml",
            "frameworks: [hipaa-security-rule]\nseverity: low\nwaivers:\n  longest_days: 90\n  forbidden_rules: [aws-rds-publicly-accessible]\nexclusions: forbidden\noverrides: forbidden\n",
        ),
        ("work/main.tf", &waived),
        ("work/compline.yaml", "severity: critical\nexclude: [test]\nrules: r\n"),
        ("work/test/a.tf", CODE),
        ("work/r/x.md", PAGE),
    ]);
    let check = [
        "check",
        "work",
        "--root",
        "work",
        "--format",
        "json",
        "--allow-overrides",
        "--policy",
        "policy.yaml",
    ];
    let ran = folder.run(&check);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let json = ran.json();
    let breaches: Vec<String> = json["policy"]["breaches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!("{}:{} {}", one["file"].as_str().unwrap(), one["line"], one["what"].as_str().unwrap())
        })
        .collect();
    for said in [
        "policy.yaml:null the framework `hipaa-security-rule` is required",
        "compline.yaml:2 exclusions are forbidden: `exclude` leaves out `test`",
        "test/a.tf:null exclusions are forbidden",
        "r/x.md:2 overrides are forbidden",
        "main.tf:2 waivers end within 90 days",
    ] {
        assert!(breaches.iter().any(|one| one.starts_with(said)), "{said}: {breaches:?}");
    }
    assert_eq!(json["policy"]["sha256"].as_str().map(str::len), Some(64));
    // Without the override the rule fails, and its waiver is one that the policy forbids.
    let without: Vec<&str> = check.into_iter().filter(|word| *word != "--allow-overrides").collect();
    let json = folder.run(&without).json();
    let all = json["policy"]["breaches"].to_string();
    assert!(all.contains("`aws-rds-publicly-accessible` may not be waived"), "{all}");
    for format in ["human", "concise", "sarif", "junit", "github", "markdown", "csv"] {
        let mut words = check.to_vec();
        words[5] = format;
        let ran = folder.run(&words);
        assert_eq!(ran.status, 1, "{format}: {}", ran.err);
        assert!(ran.out.contains("waivers end within 90 days"), "{format}: {}", ran.out);
    }
    let ran = folder.run(&[
        "report",
        "work",
        "--root",
        "work",
        "-f",
        "hipaa-security-rule",
        "-o",
        "out",
        "--format",
        "html,json",
        "--policy",
        "policy.yaml",
        "--allow-overrides",
    ]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let html = String::from_utf8(folder.read("out/report.html")).unwrap();
    assert!(html.contains("Breaks of the policy") && html.contains("waivers end within 90 days"));
    // Inside of the tree it is no policy.
    folder.write("work/policy.yaml", b"severity: low\n");
    let ran = folder.run(&["check", "work", "--root", "work", "--policy", "work/policy.yaml"]);
    assert_eq!(ran.status, 2, "{}", ran.err);
    assert!(ran.err.contains("lies in the workspace"), "{}", ran.err);
}
