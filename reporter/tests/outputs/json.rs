use std::sync::Arc;

use compline_reporter::format::json;
use compline_reporter::result::{InventoryResult, RunResult};
use serde_json::Value;

use crate::{Fixture, check, fixture, report, text};

#[test]
fn the_check_holds_the_names_that_other_programs_rely_on() {
    let fixture = Fixture::of(&["nist-800-53-r5"]);
    let run = fixture.run();
    let document: Value = serde_json::from_str(&text("json", &check(&fixture, &run), &[])).unwrap();
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
    assert_eq!(open["locus"]["start"], serde_json::json!({ "line": 8, "column": 20 }));
    assert_eq!(open["locus"]["end"], serde_json::json!({ "line": 8, "column": 31 }));
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
    let fixture = Fixture::of(&["acme-baseline"]);
    let run = fixture.run();
    let checked: Value = serde_json::from_str(&text("json", &check(&fixture, &run), &[])).unwrap();
    crate::schema::check(include_str!("../../schema/check.schema.json"), &checked);
    let gaps = [(Arc::from("module.cdn"), Arc::from("it is not here"))];
    let resources = fixture::inventory(2);
    let result = InventoryResult { resources: &resources, gaps: &gaps, problems: &[] };
    let inventory: Value = serde_json::from_str(&text("json", &RunResult::Inventory(result), &[])).unwrap();
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
    let report_schema = include_str!("../../schema/report.schema.json");
    for one in [fixture::report(), fixture::empty()] {
        crate::schema::check(report_schema, &serde_json::from_str(&report("json", &one)).unwrap());
    }
}

#[test]
fn rows_hold_every_verdict_and_everything_that_was_not_read() {
    let one = fixture::report();
    let rows = one.run.judgements.len() + one.notices().len();
    assert_eq!(report("csv", &one).matches("\r\n").count(), rows + 1);
}

#[test]
fn equal_reports_are_equal_bytes() {
    for format in ["json", "csv", "sarif"] {
        assert_eq!(report(format, &fixture::report()), report(format, &fixture::report()));
    }
}
