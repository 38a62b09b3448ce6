//! Each output of the table beside `tests/golden/<kind>/<file>`. `UPDATE_EXPECT=1` writes what came out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use compline_reporter::format::FORMATS;
use compline_reporter::notice::ReadProblem;
use compline_reporter::result::{
    CoverageResult, InventoryResult, LedgerResult, LedgerRow, ResultKind, RunResult,
};
use expect_test::expect_file;

use crate::{ALL, Fixture, bytes, check, fixture};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// Its folder below the golden files.
fn named(kind: ResultKind) -> &'static str {
    match kind {
        ResultKind::Check => "check",
        ResultKind::Report => "report",
        ResultKind::Mapping => "mapping",
        ResultKind::Coverage => "coverage",
        ResultKind::Inventory => "inventory",
        ResultKind::Ledger => "ledger",
    }
}

/// Compares every output of a kind with its file.
fn compare(kind: ResultKind, result: &RunResult<'_>) {
    let mut compared = 0;
    for format in FORMATS.iter().filter(|format| format.shows(kind)) {
        compared += 1;
        // Its pages are compared as words, by the tests of its file.
        let Ok(text) = String::from_utf8(bytes(format.name, result, ALL)) else {
            assert_eq!(format.name, "pdf", "`{}` is no text", format.name);
            continue;
        };
        // The lines of a golden file may be ended as the checkout likes.
        expect_file![folder().join(named(kind)).join(format.file)].assert_eq(&text.replace("\r\n", "\n"));
    }
    assert!(compared > 1, "{kind:?} has {compared} outputs");
}

#[test]
fn checks() {
    let fixture = Fixture::of(&["acme-baseline"]);
    compare(ResultKind::Check, &check(&fixture, &fixture.run()));
}

#[test]
fn reports() {
    compare(ResultKind::Report, &RunResult::Report(&fixture::report()));
}

#[test]
fn mappings() {
    let fixture = Fixture::of(&["acme-baseline"]);
    compare(ResultKind::Mapping, &RunResult::Mapping(&fixture::mapping(&fixture)));
}

#[test]
fn coverage() {
    let fixture = Fixture::of(&[]);
    let left_out = BTreeMap::from([("vendor".to_owned(), "a link that leads out".to_owned())]);
    let problems = ReadProblem::all(&fixture.snapshot);
    let coverage = &fixture.assessment.coverage;
    let result = CoverageResult { coverage, left_out: &left_out, problems: &problems };
    compare(ResultKind::Coverage, &RunResult::Coverage(result));
}

#[test]
fn inventories() {
    let fixture = Fixture::of(&[]);
    let resources = fixture::inventory(1);
    let gaps = fixture.snapshot.inventories.iter().flat_map(|inventory| &inventory.gaps);
    let gaps: Vec<_> = gaps.map(|gap| (gap.what.clone(), gap.why.text.clone())).collect();
    let problems = ReadProblem::all(&fixture.snapshot);
    let result = InventoryResult { resources: &resources, gaps: &gaps, problems: &problems };
    compare(ResultKind::Inventory, &RunResult::Inventory(result));
}

#[test]
fn ledgers() {
    let row = |index: u64, kind: &str, about: &str| LedgerRow {
        index,
        time: "2026-11-20T09:14:07Z".to_owned(),
        kind: kind.to_owned(),
        hash: "0123456789abcdef".repeat(4),
        about: about.to_owned(),
    };
    let entries = [row(0, "report", "shop: 3 fail, 1 unknown"), row(1, "fix", "2 fixes in 1 file")];
    let stored = "{\"index\":0}\n{\"index\":1}\n";
    let result = LedgerResult { path: ".compline/ledger.jsonl", entries: &entries, stored };
    compare(ResultKind::Ledger, &RunResult::Ledger(result));
}

#[test]
fn no_golden_file_is_left_of_an_output_that_went() {
    let mut expected: BTreeSet<String> = BTreeSet::new();
    for format in FORMATS {
        for kind in format.kinds() {
            let ending = if format.name == "pdf" { ".txt" } else { "" };
            expected.insert(format!("{}/{}{ending}", named(kind), format.file));
        }
    }
    let mut found: BTreeSet<String> = BTreeSet::new();
    for kind in std::fs::read_dir(folder()).unwrap().map(Result::unwrap) {
        for file in std::fs::read_dir(kind.path()).unwrap().map(Result::unwrap) {
            let (kind, file) = (kind.file_name(), file.file_name());
            found.insert(format!("{}/{}", kind.to_str().unwrap(), file.to_str().unwrap()));
        }
    }
    assert_eq!(found, expected);
}
