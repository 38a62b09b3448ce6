use std::sync::Arc;

use compline_reporter::format::{csv, json};
use serde_json::Value;

use crate::{fixture, keep};

#[test]
fn the_check_holds_the_names_that_other_programs_rely_on() {
    let (run, _) = fixture::run();
    let text = json::check(&run).unwrap();
    keep("check.json", &text);
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&document["schema"], &document["version"]), (&json::CHECK_SCHEMA.into(), &1.into()));
    let verdicts = document["verdicts"].as_array().unwrap();
    let keys = [
        "rule", "outcome", "address", "kind", "severity", "locus", "observed", "expected", "message", "path",
    ];
    let more = ["controls", "fix", "fingerprint", "root", "related"];
    for verdict in verdicts {
        for key in keys.iter().chain(&more) {
            assert!(verdict.get(key).is_some(), "`{key}` is missing");
        }
    }
    let open = &verdicts.iter().find(|one| one["rule"] == "aws-security-group-open-ingress").unwrap();
    assert_eq!(open["locus"]["file"], "modules/network/main.tf");
    assert_eq!(open["locus"]["start"], serde_json::json!({ "line": 8, "column": 19 }));
    assert_eq!(open["locus"]["end"], serde_json::json!({ "line": 8, "column": 32 }));
    assert!(
        open["controls"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["id"] == "SC-7" && one["provenance"] == "curated")
    );
    for outcome in ["pass", "fail", "unknown", "waived"] {
        assert!(verdicts.iter().any(|one| one["outcome"] == outcome), "no verdict is {outcome}");
    }
}

#[test]
fn documents_keep_to_their_schemas() {
    let (run, _) = fixture::run();
    let check: Value = serde_json::from_str(&json::check(&run).unwrap()).unwrap();
    let report = json::render(&fixture::report()).unwrap();
    keep("report.json", &report);
    let report: Value = serde_json::from_str(&report).unwrap();
    let check_schema = include_str!("../../schema/check.schema.json");
    let report_schema = include_str!("../../schema/report.schema.json");
    crate::schema::check(check_schema, &check);
    let gaps = [(Arc::from("module.cdn"), Arc::from("it is not here"))];
    let inventory = json::inventory(&fixture::inventory(2), &gaps, &[]).unwrap();
    let inventory: Value = serde_json::from_str(&inventory).unwrap();
    crate::schema::check(include_str!("../../schema/inventory.schema.json"), &inventory);
    let ledger = &inventory["resources"][2];
    assert_eq!(
        ledger["unknown"][0],
        serde_json::json!({ "path": "identifier", "why": "the variable `name` has no value here" })
    );
    assert_eq!(
        ledger["origins"]["password"],
        serde_json::json!({ "file": "main.tf", "line": 4, "column": 15 })
    );
    crate::schema::check(report_schema, &report);
    crate::schema::check(
        report_schema,
        &serde_json::from_str(&json::render(&fixture::empty()).unwrap()).unwrap(),
    );
}

#[test]
fn rows_hold_every_verdict() {
    let report = fixture::report();
    let text = csv::render(&report).unwrap();
    keep("report.csv", &text);
    assert_eq!(text.matches("\r\n").count(), report.run.judgements.len() + 1);
}

#[test]
fn equal_reports_are_equal_bytes() {
    assert_eq!(json::render(&fixture::report()).unwrap(), json::render(&fixture::report()).unwrap());
    assert_eq!(csv::render(&fixture::report()).unwrap(), csv::render(&fixture::report()).unwrap());
}
