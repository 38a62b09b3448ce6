use compline_frameworks::assess::Status;
use compline_frameworks::feedback::Mappings;
use compline_frameworks::{Library, Provenance};
use compline_rules::RuleSet;

use super::*;
use crate::Tier;
use crate::mapper::Mapper;

mod cloud;
mod code;

fn all(text: &str) -> Vec<Finding> {
    read(text.as_bytes()).expect("reads").findings
}

fn one(text: &str) -> Finding {
    let findings = all(text);
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().expect("one")
}

fn left_out(text: &str) -> Vec<usize> {
    read(text.as_bytes()).expect("reads").left_out.into_values().collect()
}

fn located(finding: &Finding) -> (&str, Option<&str>, Option<&str>, Option<u32>) {
    (finding.id.as_str(), finding.resource.as_deref(), finding.file.as_deref(), finding.line)
}

#[test]
fn what_is_no_result_is_said_with_what_to_do() {
    let error = |bytes: &[u8]| read(bytes).expect_err("an error");
    assert_eq!(error(b"  \n"), "it is empty: was the scanner stopped, or its output written elsewhere?");
    assert!(
        error(b"\x1b[1mterraform scan results:\x1b[0m\n")
            .contains("it begins with `[1mterraform scan results:[0m`")
    );
    assert!(error(b"{\"Results\": [").contains("ends in the middle, at line 1: was the scanner stopped?"));
    assert!(error(b"{\"Results\": x}").starts_with("its JSON is broken: "));
    assert!(error(b"<testsuites/>").starts_with("it is XML or HTML; "));
    assert!(error(b"\xff\x00\xfe").starts_with("it is no text: byte 0"));
    let unknown = error(br#"{"generated_at": 1, "results": [{"test_id": "B101"}]}"#);
    assert!(unknown.contains("it holds objects with `generated_at`, `results`; give SARIF"), "{unknown}");
    assert_eq!(all("[]"), []);
}

#[test]
fn what_a_shell_writes_as_wide_text_is_read() {
    let text = r#"{"results": [{"rule_id": "AVD-AZU-0001", "location": {"filename": "D:\\code\\db\\main.tf", "start_line": 4}}]}"#;
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [&[0xFF, 0xFE], wide.as_slice()].concat();
    assert_eq!(
        located(&read(&marked).expect("reads").findings[0]),
        ("AVD-AZU-0001", None, Some("D:/code/db/main.tf"), Some(4))
    );
    assert_eq!(all(&format!("\u{feff}{text}")).len(), 1);
}

#[test]
fn a_kind_is_read_from_an_address() {
    let kind = |address: &str| {
        let finding = Finding { resource: Some(address.to_owned()), ..Finding::default() };
        finding.kind_of().map(str::to_owned)
    };
    assert_eq!(kind(r#"module.shop["a.b"].aws_s3_bucket.this[0]"#).as_deref(), Some("aws_s3_bucket"));
    assert_eq!(kind("AWS::RDS::DBInstance.Ledger").as_deref(), Some("AWS::RDS::DBInstance"));
    assert_eq!(
        [kind("module.sql_server"), kind("Deployment/web"), kind("arn:aws:s3:::ledger")],
        [None, None, None]
    );
}

#[test]
fn the_index_is_asked_for_the_title_and_then_with_the_description() {
    let finding = Finding {
        title: "No throttle".to_owned(),
        description: Some("Version 1.2 of it lets all callers in. More is elsewhere.".to_owned()),
        ..Finding::default()
    };
    assert_eq!(finding.queries(), ["No throttle", "No throttle Version 1.2 of it lets all callers in"]);
    let without = Finding { description: None, resource: Some("aws_x_y.z".to_owned()), ..finding };
    assert_eq!(without.queries(), ["No throttle", "No throttle aws_x_y"]);
}

#[test]
fn findings_come_out_as_an_assessment() {
    let rules = RuleSet::of(Vec::new(), Default::default());
    let library = Library::builtin(&rules);
    let mapper = Mapper::open(&library, &rules, Mappings::default()).expect("opens");
    let text = r#"[{"check_type": "terraform", "results": {
        "failed_checks": [
            {"check_id": "CKV_AWS_139", "check_name": "deletion protection", "resource": "aws_rds_cluster.a",
             "file_path": "/main.tf", "file_line_range": [3, 9]},
            {"check_id": "CKV_AWS_135", "check_name": "EBS optimized", "resource": "aws_instance.a", "file_path": "/main.tf"},
            {"check_id": "OWN_1", "check_name": "the tea is cold", "resource": "a.b", "file_path": "/main.tf"}],
        "passed_checks": [
            {"check_id": "CKV_AWS_119", "check_name": "own key", "resource": "aws_dynamodb_table.a", "file_path": "/main.tf"}]}}]"#;
    let results = MappedResults::of(read(text.as_bytes()).expect("reads"), &mapper);
    let library = library.with_external_checks(&results.edges);
    let framework = library.find("nist-800-53-r5").cloned().expect("there");
    let assessment = results.assess(&library, &[framework], &|_| None);
    let status = |id: &str| {
        let control = assessment.frameworks[0].controls.iter().find(|one| one.control.id == id);
        control.map(|one| (one.status, one.tally.fail, one.tally.pass))
    };
    assert_eq!(status("CP-10"), Some((Status::NotSatisfied, 1, 0)), "what deletion protection bears on");
    assert_eq!(status("SC-12"), Some((Status::Partial, 0, 1)), "a pass of theirs never satisfies");
    assert_eq!(status("AC-2"), Some((Status::NotAssessed, 0, 0)));
    assert!(
        results.without_controls.contains("checkov/CKV_AWS_135")
            && !results.without_controls.contains("checkov/OWN_1")
    );
    assert!(results.findings.iter().any(
        |(finding, mapped)| finding.id == "OWN_1" && mapped.iter().all(|one| one.tier == Tier::Suggested)
    ));
    let edges = library.controls_of("checkov/CKV_AWS_139");
    assert!(
        edges.iter().any(|edge| &*edge.id == "CP-10" && matches!(edge.provenance, Provenance::Curated(_)))
    );
}

#[test]
fn what_was_accepted_stands_and_what_a_person_must_see_is_open() {
    let rules = RuleSet::of(Vec::new(), Default::default());
    let library = Library::builtin(&rules);
    let mapper = Mapper::open(&library, &rules, Mappings::default()).expect("opens");
    let text = r#"{"check_type": "terraform", "results": {"failed_checks": [], "parsing_errors": ["/bad.tf"], "skipped_checks": [
        {"check_id": "CKV_AWS_139", "check_name": "deletion protection", "resource": "aws_rds_cluster.a", "file_path": "/main.tf",
         "check_result": {"result": "SKIPPED", "suppress_comment": " a scratch cluster"}}]}}"#;
    let mut results = read(text.as_bytes()).expect("reads");
    results.findings.push(Finding {
        id: "CKV_AWS_119".to_owned(),
        tool: "checkov".to_owned(),
        status: ResultStatus::Open,
        ..Finding::default()
    });
    let results = MappedResults::of(results, &mapper);
    let library = library.with_external_checks(&results.edges);
    let framework = library.find("nist-800-53-r5").cloned().expect("there");
    let assessment = results.assess(&library, &[framework], &|_| None);
    let tally = |id: &str| {
        let control =
            assessment.frameworks[0].controls.iter().find(|one| one.control.id == id).expect("there");
        (control.status, control.tally.waived, control.tally.unknown)
    };
    assert_eq!(tally("CP-10"), (Status::NotSatisfied, 1, 0));
    assert_eq!((tally("SC-12").1, tally("SC-12").2), (0, 1));
    let reason = assessment.verdicts.iter().find_map(|verdict| match &verdict.outcome {
        compline_rules::Outcome::Waived(waiver) => waiver.reason.clone(),
        _ => None,
    });
    assert_eq!(reason.as_deref(), Some("a scratch cluster"));
    let gaps: Vec<&str> = assessment.coverage.gaps.iter().map(|gap| &*gap.why).collect();
    assert_eq!(
        gaps,
        [
            "what the scanner did not look at is not in its results",
            "1 of them left out: Checkov could not read the file"
        ]
    );
}
