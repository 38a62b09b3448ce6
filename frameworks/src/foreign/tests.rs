use compline_rules::RuleSet;

use super::*;
use crate::assess::Status;
use crate::feedback::Mappings;
use crate::index::Tier;
use crate::library::{Library, Provenance};

fn one(text: &str) -> Finding {
    let findings = read(text).expect("reads");
    assert_eq!(findings.len(), 1, "{findings:?}");
    findings.into_iter().next().expect("one")
}

#[test]
fn checkov_is_read_with_what_passed() {
    let text = r#"[{"check_type": "terraform", "results": {
        "failed_checks": [{"check_id": "CKV_AWS_0", "check_name": "A name", "resource": "aws_s3_bucket.b",
                           "file_path": "/main.tf", "file_line_range": [3, 9]}],
        "passed_checks": [{"check_id": "CKV_AWS_1", "check_name": "B", "resource": "x.y", "file_path": "/main.tf"}]}}]"#;
    let findings = read(text).expect("reads");
    let told: Vec<_> = findings.iter().map(|one| (one.id.as_str(), one.failed, one.line)).collect();
    assert_eq!(told, [("CKV_AWS_0", true, Some(3)), ("CKV_AWS_1", false, None)]);
    let first = findings.into_iter().next().expect("one");
    assert_eq!(
        (first.file.as_deref(), first.query().as_str()),
        (Some("main.tf"), "A name aws_s3_bucket AWS")
    );
    assert_eq!(read(r#"{"passed": 0, "failed": 0, "checkov_version": "3"}"#), Ok(Vec::new()));
}

#[test]
fn trivy_is_read() {
    let found = one(r#"{"SchemaVersion": 2, "Results": [{"Target": "main.tf", "Misconfigurations": [
        {"ID": "AWS-0001", "AVDID": "AVD-AWS-0001", "Title": "A title", "Status": "FAIL",
         "CauseMetadata": {"Resource": "aws_x.y", "StartLine": 4}}]}, {"Target": "go.mod"}]}"#);
    assert_eq!((found.tool.as_str(), found.id.as_str(), found.line), ("trivy", "AWS-0001", Some(4)));
    assert_eq!(found.other_ids, ["AVD-AWS-0001"]);
    assert_eq!(read(r#"{"SchemaVersion": 2}"#), Ok(Vec::new()));
}

#[test]
fn kics_and_tfsec_are_read() {
    let found =
        one(r#"{"kics_version": "v2", "queries": [{"query_name": "A query", "query_id": "0-1", "files": [
        {"file_name": "a/main.tf", "line": 7, "resource_type": "aws_x", "resource_name": "n/a"}]}]}"#);
    assert_eq!((found.kind.as_deref(), found.resource, found.line), (Some("aws_x"), None, Some(7)));
    let found =
        one(r#"{"results": [{"rule_id": "AVD-AWS-0001", "long_id": "aws-x-y", "rule_description": "A rule",
        "resource": "aws_x.y", "location": {"filename": "main.tf", "start_line": 2}}]}"#);
    assert_eq!((found.tool.as_str(), found.title.as_str()), ("tfsec", "A rule"));
    assert_eq!(read(r#"{"results": null}"#), Ok(Vec::new()));
}

#[test]
fn prowler_is_read_as_a_list_and_line_by_line() {
    let object = r#"{"metadata": {"event_code": "x_y", "product": {"name": "Prowler"}}, "status_code": "PASS",
        "finding_info": {"title": "A title", "uid": "u"}, "resources": [{"uid": "arn:1", "type": "AwsS3Bucket"}]}"#;
    let found = one(&format!("[{object}]"));
    assert_eq!((found.id.as_str(), found.failed, found.kind.as_deref()), ("x_y", false, Some("AwsS3Bucket")));
    let line = object.replace('\n', " ");
    assert_eq!(read(&format!("{line}\n{line}\n")).expect("reads").len(), 2);
}

#[test]
fn guard_is_read() {
    let found = one(
        r#"[{"name": "t.yaml", "status": "FAIL", "not_compliant": [{"Rule": {"name": "BUCKET_IS_ENCRYPTED",
        "messages": {"custom_message": null}, "checks": [{"Clause": {"Unary": {
            "messages": {"custom_message": "encrypt it", "location": {"line": 5, "column": 1}},
            "check": {"UnResolved": {"value": {"traversed_to": {"path": "/Resources/Logs/Properties"}}}}}}}]}}],
        "compliant": []}]"#,
    );
    assert_eq!(found.title, "bucket is encrypted: encrypt it");
    assert_eq!((found.resource.as_deref(), found.line), (Some("Logs"), Some(5)));
}

#[test]
fn sarif_is_read_from_any_tool() {
    let text = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Trivy Vulnerability Scanner", "rules": [
        {"id": "AVD-X", "shortDescription": {"text": "A title"}}]}},
        "results": [{"ruleIndex": 0, "message": {"text": "m"}, "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "main.tf"}, "region": {"startLine": 8}}}]},
            {"ruleId": "other", "kind": "pass", "message": {"text": "first\nsecond"}}]}]}"#;
    let findings = read(text).expect("reads");
    let told: Vec<_> = findings
        .iter()
        .map(|one| (one.tool.as_str(), one.id.as_str(), one.title.as_str(), one.failed))
        .collect();
    assert_eq!(told, [("trivy", "AVD-X", "A title", true), ("trivy", "other", "first", false)]);
    assert_eq!(findings.first().and_then(|one| one.line), Some(8));
}

#[test]
fn what_is_no_result_is_said() {
    assert!(read("hello").expect_err("an error").starts_with("the results are not JSON: "));
    assert!(read("{}").expect_err("an error").starts_with("the results are in no format that is known: "));
    assert_eq!(read("[]"), Ok(Vec::new()));
}

#[test]
fn what_is_neither_a_failure_nor_a_pass_is_no_finding() {
    let trivy = r#"{"SchemaVersion": 2, "Results": [{"Target": "m.tf", "Misconfigurations": [
        {"ID": "A", "Title": "a", "Status": "EXCEPTION"}, {"ID": "B", "Title": "b", "Status": "PASS"}]}]}"#;
    assert_eq!((one(trivy).id, one(trivy).failed), ("B".to_owned(), false));
    let tfsec = r#"{"results": [{"rule_id": "A", "status": 2}, {"rule_id": "B", "status": 0}]}"#;
    assert_eq!((one(tfsec).id, one(tfsec).failed), ("B".to_owned(), true));
    let ocsf = r#"[{"finding_info": {"title": "t"}, "status_code": "MANUAL"},
        {"finding_info": {"title": "t"}, "status_code": "FAIL", "severity": "High"}]"#;
    assert_eq!(one(ocsf).severity, Some(Severity::High));
    let sarif = r#"{"runs": [{"tool": {"driver": {"name": "x"}}, "results": [
        {"ruleId": "A", "suppressions": [{"kind": "inSource"}], "message": {"text": "m"}},
        {"ruleId": "B", "kind": "notApplicable", "message": {"text": "m"}},
        {"ruleId": "C", "level": "error", "message": {"text": "m"}}]}]}"#;
    assert_eq!((one(sarif).id, one(sarif).severity), ("C".to_owned(), Some(Severity::High)));
}

#[test]
fn prowlers_older_json_is_read() {
    let found = one(r#"[{"Provider": "aws", "CheckID": "s3_x", "CheckTitle": "A title", "Status": "FAIL",
        "Severity": "medium", "ResourceType": "AwsS3Bucket", "ResourceId": "logs", "ResourceArn": "arn:aws:s3:::logs"},
        {"CheckID": "s3_y", "CheckTitle": "B", "Status": "MANUAL"}]"#);
    assert_eq!((found.tool.as_str(), found.id.as_str(), found.failed), ("prowler", "s3_x", true));
    assert_eq!(
        (found.resource.as_deref(), found.kind.as_deref()),
        (Some("arn:aws:s3:::logs"), Some("AwsS3Bucket"))
    );
}

#[test]
fn findings_come_out_as_an_assessment() {
    let rules = RuleSet::builtin();
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
    let foreign = Foreign::of(read(text).expect("reads"), &mapper);
    let library = foreign.teach(library);
    let framework = library.find("nist-800-53-r5").cloned().expect("there");
    let assessment = foreign.assess(&library, &[framework], &|_| None);
    let status = |id: &str| {
        let control = assessment.frameworks[0].controls.iter().find(|one| one.control.id == id);
        control.map(|one| (one.status, one.tally.fail, one.tally.pass))
    };
    assert_eq!(status("CP-10"), Some((Status::NotSatisfied, 1, 0)), "what deletion protection bears on");
    assert_eq!(status("SC-12"), Some((Status::Partial, 0, 1)), "a pass of theirs never satisfies");
    assert_eq!(status("AC-2"), Some((Status::NotAssessed, 0, 0)));
    assert!(foreign.nothing.contains("checkov/CKV_AWS_135") && !foreign.nothing.contains("checkov/OWN_1"));
    assert!(foreign.findings.iter().any(
        |(finding, mapped)| finding.id == "OWN_1" && mapped.iter().all(|one| one.tier == Tier::Suggested)
    ));
    let said = library.controls_of("checkov/CKV_AWS_139");
    assert!(
        said.iter().any(|edge| &*edge.id == "CP-10" && matches!(edge.provenance, Provenance::Curated(_)))
    );
}
