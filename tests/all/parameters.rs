//! A parameter of a rule has a value for each who asks: the rule, a control, an import, a policy, the configuration, the
//! command line; and each control is judged by its own.

use crate::run::{Folder, Ran};

const SHORT: &str = "aws-iam-password-policy-short";
const REUSE: &str = "aws-iam-password-policy-reuse";
const LOGS: &str = "aws-cloudwatch-log-retention-short";

fn policy(length: u32, history: u32) -> String {
    format!(
        "resource \"aws_iam_account_password_policy\" \"main\" {{\n  minimum_password_length = {length}\n  \
         password_reuse_prevention = {history}\n  max_password_age = 90\n  require_lowercase_characters = true\n  \
         require_uppercase_characters = true\n  require_numbers = true\n  require_symbols = true\n}}\n"
    )
}

fn logs(days: &str) -> String {
    format!("resource \"aws_cloudwatch_log_group\" \"api\" {{\n  name = \"/app/api\"\n{days}}}\n")
}

/// The control of a report.
#[track_caller]
fn control(folder: &Folder, frameworks: &str, framework: &str, id: &str, more: &[&str]) -> serde_json::Value {
    let fixed = ["report", ".", "-f", frameworks, "-o", "out", "--format", "json"];
    let ran = folder.run(&[&fixed[..], more].concat());
    assert!(ran.status < 2, "{}", ran.err);
    let json: serde_json::Value = serde_json::from_slice(&folder.read("out/report.json")).unwrap();
    let all = json["frameworks"].as_array().unwrap().iter();
    let of = all.filter(|one| one["id"] == framework).flat_map(|one| one["controls"].as_array().unwrap());
    of.into_iter().find(|one| one["id"] == id).unwrap_or_else(|| panic!("{id}")).clone()
}

#[track_caller]
fn outcome(folder: &Folder, rule: &str, more: &[&str]) -> String {
    let ran = folder.run(&[&["check", ".", "--format", "json"][..], more].concat());
    ran.outcomes(rule).first().unwrap_or_else(|| panic!("{}", ran.err)).1.clone()
}

fn verdict(ran: &Ran, rule: &str) -> serde_json::Value {
    let json = ran.json();
    json["verdicts"].as_array().unwrap().iter().find(|one| one["rule"] == rule).unwrap().clone()
}

#[test]
fn a_control_is_judged_by_its_own_value_from_the_one_observation() {
    let folder = Folder::new(&[("main.tf", &policy(12, 4))]);
    // By itself the rule asks for fourteen.
    let ran = folder.run(&["check", ".", "--format", "json"]);
    let short = verdict(&ran, SHORT);
    assert_eq!(short["outcome"], "fail", "{short}");
    assert_eq!(
        short["parameters"][0]["text"],
        "password_minimum_length is 14 characters, the rule's default"
    );
    let pci = short["controls"].as_array().unwrap().iter().find(|one| one["id"] == "8.3.6").unwrap();
    assert_eq!(pci["outcome"], "pass", "{pci}");
    assert_eq!(
        pci["parameters"][0]["text"],
        "password_minimum_length is 12 characters, set by 8.3.6 of pci-dss-4.0.1"
    );
    let human = folder.run(&["check", "."]).out;
    assert!(
        human.contains("for 8.3.6 of pci-dss-4.0.1 it is a pass: password_minimum_length is 12"),
        "{human}"
    );
    // Where the framework is named, the verdict is by its value.
    for rule in [SHORT, REUSE] {
        assert_eq!(outcome(&folder, rule, &["-f", "pci-dss-4.0.1"]), "pass");
    }
    for (id, status) in [("8.3.6", "satisfied"), ("8.3.7", "satisfied"), ("8.3.9", "satisfied")] {
        let found = control(&folder, "pci-dss-4.0.1", "pci-dss-4.0.1", id, &[]);
        assert!(found["status"] == status || found["status"] == "partial", "{found}");
        assert_eq!(found["verdicts"]["fail"], 0, "{found}");
    }
    // Of several the verdict is by the strictest, and each control by its own.
    let both = "pci-dss-4.0.1,nist-800-53-r5";
    assert_eq!(outcome(&folder, SHORT, &["-f", both]), "fail");
    let pci = control(&folder, both, "pci-dss-4.0.1", "8.3.6", &[]);
    assert_eq!(pci["verdicts"]["fail"], 0, "{pci}");
    assert!(pci["finding"].as_str().unwrap().contains("set by 8.3.6 of pci-dss-4.0.1"), "{pci}");
    let nist = control(&folder, both, "nist-800-53-r5", "IA-5(1)", &[]);
    assert!(nist["verdicts"]["fail"].as_u64() > Some(0), "{nist}");
    // Below what the control asks for it fails there too.
    folder.write("main.tf", policy(11, 3).as_bytes());
    for id in ["8.3.6", "8.3.7"] {
        assert_eq!(
            control(&folder, "pci-dss-4.0.1", "pci-dss-4.0.1", id, &[])["status"],
            "not-satisfied",
            "{id}"
        );
    }
}

#[test]
fn twelve_months_of_audit_history_are_asked_for_where_a_control_asks_for_them() {
    let id = "10.5.1";
    for (days, fails) in [
        ("  retention_in_days = 14\n", true),
        ("  retention_in_days = 90\n", true),
        ("  retention_in_days = 365\n", false),
        ("  retention_in_days = 0\n", false),
        ("", false),
    ] {
        let folder = Folder::new(&[("main.tf", &logs(days))]);
        let found = control(&folder, "pci-dss-4.0.1", "pci-dss-4.0.1", id, &[]);
        assert_eq!(found["verdicts"]["fail"].as_u64() > Some(0), fails, "{days}: {found}");
    }
    let folder = Folder::new(&[("main.tf", &logs("  retention_in_days = 60\n"))]);
    assert_eq!(outcome(&folder, LOGS, &[]), "pass");
    assert_eq!(outcome(&folder, LOGS, &["-f", "cis-controls-8.1"]), "fail");
    let variable = "variable \"days\" {\n  type = number\n}\n";
    folder.write("main.tf", format!("{variable}{}", logs("  retention_in_days = var.days\n")).as_bytes());
    let found = control(&folder, "pci-dss-4.0.1", "pci-dss-4.0.1", id, &[]);
    assert_eq!(
        (found["verdicts"]["fail"].as_u64(), found["verdicts"]["unknown"].as_u64()),
        (Some(0), Some(1))
    );
}

#[test]
fn who_may_ask_for_less() {
    let folder = Folder::new(&[
        ("work/main.tf", &policy(12, 24)),
        ("work/compline.yaml", "parameters:\n  password_minimum_length: 10\n"),
        ("policy.yaml", "parameters: { password_minimum_length: 16 }\n"),
        ("mild.yaml", "parameters: { password_minimum_length: 8 }\n"),
    ]);
    let check = |more: &[&str]| folder.run(&[&["check", "work", "--format", "json"][..], more].concat());
    // The configuration holds before the rule, and is told.
    let ran = check(&[]);
    let found = verdict(&ran, SHORT);
    assert_eq!(found["outcome"], "pass");
    assert!(found["parameters"][0]["text"].as_str().unwrap().ends_with("compline.yaml:2"), "{found}");
    let told = ran.json()["adjustments"].to_string();
    assert!(
        told.contains("`password_minimum_length` is 10 characters") && told.contains("less than"),
        "{told}"
    );
    // It cannot lower what a control asks for.
    folder.write("work/main.tf", policy(11, 24).as_bytes());
    let ran = check(&["-f", "pci-dss-4.0.1"]);
    let found = verdict(&ran, SHORT);
    assert_eq!(found["outcome"], "pass");
    let pci = found["controls"].as_array().unwrap().iter().find(|one| one["id"] == "8.3.6").unwrap();
    assert_eq!(pci["outcome"], "fail", "{pci}");
    // The command line holds before the configuration.
    let ran = check(&["--parameter", "password_minimum_length=11"]);
    assert_eq!(verdict(&ran, SHORT)["parameters"][0]["set_by"], "command-line");
    // Nothing goes below a policy, and what tries to is a breach with its place.
    let ran = check(&["--policy", "policy.yaml", "--parameter", "password_minimum_length=9"]);
    let found = verdict(&ran, SHORT);
    assert_eq!((&found["outcome"], &found["parameters"][0]["set_by"]), (&"fail".into(), &"policy".into()));
    let breach = ran.json()["policy"]["breaches"].to_string();
    assert!(breach.contains("compline.yaml") && breach.contains("16 characters"), "{breach}");
    assert_eq!(ran.status, 1);
    // More than the policy asks for is anybody's right.
    let ran = check(&["--policy", "mild.yaml"]);
    assert_eq!(verdict(&ran, SHORT)["parameters"][0]["set_by"], "configuration");
    assert_eq!(ran.json()["policy"]["breaches"].as_array().map(Vec::len), Some(0));
}

#[test]
fn a_value_that_is_none_is_a_mistake_with_its_place() {
    let folder = Folder::new(&[("main.tf", &policy(12, 24))]);
    for (text, said) in [
        ("parameters: { password_minimum_lenght: 8 }\n", "password_minimum_length"),
        ("parameters:\n  password_minimum_length: many\n", "compline.yaml:2"),
        ("parameters:\n  tls_minimum_version: new\n", "compline.yaml:2"),
    ] {
        folder.write("compline.yaml", text.as_bytes());
        let ran = folder.run(&["check", "."]);
        assert!(ran.status == 2 && ran.err.contains(said), "{text}: {}", ran.err);
    }
    folder.write("compline.yaml", b"");
    for given in ["password_minimum_length", "nothing=3", "password_minimum_length=-1"] {
        assert_eq!(folder.run(&["check", ".", "--parameter", given]).status, 2, "{given}");
    }
}

#[test]
fn an_import_gives_the_publishers_parameter_its_value() {
    let import = serde_json::json!({
        "official": 1, "id": "house", "title": "House", "short": "H", "version": "1", "publisher": "Us",
        "published": "2026-01-01", "licence": "own", "source": "here", "role": "baseline", "base": "nist-800-53-r5",
        "origin": {
            "model": "profile", "uuid": "u",
            "metadata": { "title": "House", "last-modified": "m", "version": "1", "oscal-version": "1.1.2" },
            "files": [{ "name": "profile.json", "sha256": "ab" }],
        },
        "groups": [{ "id": "AU", "title": "Audit", "controls": [{
            "id": "AU-11", "oscal": "au-11", "title": "Audit Record Retention",
            "params": [{ "id": "au-11_odp", "values": ["at least one (1) year"] }],
        }] }],
    });
    let path = ".compline/frameworks/house.json";
    let folder = Folder::new(&[
        ("main.tf", &logs("  retention_in_days = 180\n")),
        (path, &serde_json::to_string_pretty(&import).unwrap()),
    ]);
    assert_eq!(outcome(&folder, LOGS, &["-f", "nist-800-53-r5"]), "pass");
    let ran = folder.run(&["check", ".", "--format", "json", "-f", "house"]);
    let found = verdict(&ran, LOGS);
    assert_eq!(
        (&found["outcome"], &found["parameters"][0]["set_by"]),
        (&"fail".into(), &"import".into()),
        "{found}"
    );
    assert!(
        found["parameters"][0]["text"].as_str().unwrap().contains("au-11_odp of AU-11 in the import house")
    );
}

#[test]
fn a_waiver_of_a_rule_holds_for_what_a_control_alone_asks_for() {
    let waived = format!(
        "# compline: waive {LOGS} reason=\"kept elsewhere\" until=2099-12-31 by=ann\n{}",
        logs("  retention_in_days = 60\n")
    );
    let folder = Folder::new(&[("main.tf", &waived)]);
    let ran = folder.run(&["check", ".", "--format", "json"]);
    let found = verdict(&ran, LOGS);
    assert_eq!(found["outcome"], "pass");
    let pci = found["controls"].as_array().unwrap().iter().find(|one| one["id"] == "10.5.1").unwrap();
    assert_eq!(pci["outcome"], "waived", "{pci}");
    assert_eq!(ran.json()["unused_waivers"].as_array().map(Vec::len), Some(0));
}

#[test]
fn what_a_rule_cannot_tell_from_a_weaker_value_is_unknown() {
    let account = |version: &str| {
        format!("resource \"azurerm_servicebus_namespace\" \"n\" {{\n  name = \"n\"\n{version}}}\n")
    };
    let newest = ["--parameter", "tls_minimum_version=1.3"];
    for (version, outcome_of) in [
        ("  minimum_tls_version = \"1.3\"\n", "pass"),
        ("  minimum_tls_version = \"1.2\"\n", "fail"),
        ("  minimum_tls_version = \"1.0\"\n", "fail"),
        ("", "unknown"),
    ] {
        let folder = Folder::new(&[("main.tf", &account(version))]);
        assert_eq!(outcome(&folder, "azure-servicebus-tls-old", &newest), outcome_of, "{version}");
    }
    let listener = "resource \"aws_lb_listener\" \"l\" {\n  protocol = \"HTTPS\"\n  \
                    ssl_policy = \"ELBSecurityPolicy-TLS13-1-2-2021-06\"\n}\n";
    let folder = Folder::new(&[("main.tf", listener)]);
    assert_eq!(outcome(&folder, "aws-lb-listener-old-tls", &[]), "pass");
    assert_eq!(outcome(&folder, "aws-lb-listener-old-tls", &newest), "unknown");
}

#[test]
fn explain_names_the_parameter_and_who_sets_it() {
    let folder = Folder::new(&[]);
    let ran = folder.run(&["explain", SHORT]);
    assert!(ran.out.contains("password_minimum_length is 14 characters, the rule's default"), "{}", ran.out);
    assert!(ran.out.contains("12 characters, set by 8.3.6 of pci-dss-4.0.1"), "{}", ran.out);
    let ran = folder.run(&["explain", "pci-dss-4.0.1/10.5.1"]);
    assert!(ran.out.contains("log_retention_days is 365 days"), "{}", ran.out);
}

#[test]
fn a_fix_writes_what_the_configured_framework_asks_for() {
    let folder =
        Folder::new(&[("main.tf", &policy(8, 24)), ("compline.yaml", "frameworks: [pci-dss-4.0.1]\n")]);
    let ran = folder.run(&["fix", ".", "--unsafe", "--rule", SHORT]);
    let written = String::from_utf8(folder.read("main.tf")).unwrap();
    assert!(written.contains("minimum_password_length = 12"), "{written}\n{}{}", ran.out, ran.err);
}
