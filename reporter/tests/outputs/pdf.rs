use compline_reporter::Report;
use compline_reporter::format::{Style, pdf};
use compline_reporter::result::RunResult;

use crate::fixture;

fn render(report: &Report) -> Result<Vec<u8>, String> {
    pdf::FORMAT.render(&RunResult::Report(report), &Style::plain())
}

#[test]
fn prints_twice_the_same_and_carries_the_json() {
    let report = fixture::report();
    let first = render(&report).unwrap();
    assert!(first.starts_with(b"%PDF-1.7"));
    let has = |needle: &str| first.windows(needle.len()).any(|window| window == needle.as_bytes());
    assert!(has("/AFRelationship") && has("report.json"), "nothing is attached");
    assert!(has("pdfaid:part>3<") && has("pdfuaid:part>1<"), "the standards are not claimed");
    assert!(has("/Outlines"), "there are no bookmarks");
    assert_eq!(render(&fixture::report()).unwrap(), first);
}

#[test]
fn a_run_without_a_time_is_refused() {
    let mut report = fixture::empty();
    report.facts.time = "yesterday".to_owned();
    assert!(render(&report).unwrap_err().contains("`yesterday`"));
}

#[test]
fn a_run_without_verdicts_prints_too() {
    assert!(render(&fixture::empty()).unwrap().starts_with(b"%PDF-1.7"));
}

#[test]
fn a_large_inventory_is_printed_in_part() {
    let size = |queues| {
        let mut report = fixture::empty();
        report.inventory = fixture::inventory(queues);
        // What is attached grows with the inventory, the pages do not.
        let pages = render(&report).unwrap();
        pages.windows(11).filter(|window| window == b"/Type /Page" || window == b"/Type/Page").count()
    };
    let (small, large) = (size(400), size(1_500));
    assert_eq!(small, large, "pages");
}
