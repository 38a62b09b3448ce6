use super::*;

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
