//! Scanners of what runs: shapes as Prowler 5.46 writes them, and its third version.

use super::*;

fn ocsf(status: &str, code: &str, rest: &str) -> String {
    format!(
        r#"{{"message": "m", "metadata": {{"event_code": "x_y", "product": {{"name": "Prowler", "uid": "prowler"}}, "version": "1.5.0"}},
            "severity_id": 3, "severity": "Medium", "status": "{status}", "status_code": "{code}", "status_detail": "d", "status_id": 1,
            "unmapped": {{"related_url": "", "categories": []}}, "finding_info": {{"title": "A title", "uid": "prowler-aws-x_y-1", "desc": "**It** is `so`."}},
            "resources": [{{"group": {{"name": "s3"}}, "labels": [], "name": "ledger", "type": "AwsS3Bucket", "uid": "arn:aws:s3:::ledger"{rest}}}],
            "cloud": {{"provider": "aws", "region": "eu-west-1"}}, "risk_details": "r"}}"#
    )
}

#[test]
fn prowlers_ocsf_is_read_and_what_is_muted_is_accepted() {
    let found = one(&format!("[{}]", ocsf("New", "PASS", "")));
    assert_eq!(located(&found), ("x_y", Some("arn:aws:s3:::ledger"), None, None));
    assert_eq!(
        (found.status, found.kind.as_deref(), found.severity),
        (ResultStatus::Passed, Some("AwsS3Bucket"), Some(Severity::Medium))
    );
    assert_eq!((found.tool.as_str(), found.description.as_deref()), ("prowler", Some("It is so.")));
    assert_eq!(one(&ocsf("Suppressed", "FAIL", "")).status, ResultStatus::Accepted(None));
    assert_eq!(one(&ocsf("New", "FAIL", "")).status, ResultStatus::Failed);
    assert_eq!(one(&ocsf("New", "MANUAL", "")).status, ResultStatus::Open);
    let information = ocsf("New", "INFO", "");
    assert_eq!((all(&information).len(), left_out(&information)), (0, vec![1]));
    let line = ocsf("New", "FAIL", "").replace('\n', " ");
    assert_eq!(all(&format!("{line}\n{line}\n")).len(), 2, "one object a line");
}

#[test]
fn prowlers_results_of_code_are_trivys() {
    let of_code = |code: &str, cause: &str| {
        let carried = format!(
            r#", "data": {{"details": "", "metadata": {{"ID": "aws-long", "AVDID": "AVD-AWS-0002", "Title": "T", "Status": "{code}", "CauseMetadata": {cause}}}}}"#
        );
        ocsf("New", code, &carried)
            .replace("\"AwsS3Bucket\"", "\"iac\"")
            .replace("arn:aws:s3:::ledger", "t.yaml")
    };
    let found = one(&of_code("FAIL", r#"{"Resource": "t.yaml:74-101", "StartLine": 74}"#));
    assert_eq!(located(&found), ("AVD-AWS-0002", None, Some("t.yaml"), Some(74)));
    assert_eq!(found.tool, "prowler");
    let passed = of_code("PASS", "{}");
    assert_eq!((all(&passed).len(), left_out(&passed)), (0, vec![1]));
}

#[test]
fn prowlers_table_is_read() {
    let text = "AUTH_METHOD;PROVIDER;CHECK_ID;CHECK_TITLE;STATUS;STATUS_EXTENDED;MUTED;SERVICE_NAME;SEVERITY;RESOURCE_TYPE;RESOURCE_UID;DESCRIPTION\r\n\
        p;aws;x_y;A title;FAIL;It; False;s3;high;AwsS3Bucket;arn:aws:s3:::ledger;\"**It** says \"\"no\"\";\nand more\"\r\n\
        p;aws;x_z;B;FAIL;It;True;s3;low;Other;arn:aws:s3:::site;d\r\n\
        -;iac;AVD-AWS-0001;C;PASS;;False;terraform;low;iac;.;d\r\n\
        -;iac;AVD-AWS-0002;D;FAIL;;False;terraform;low;iac;main.tf;d\r\n";
    let findings = all(text);
    assert_eq!(located(&findings[0]), ("x_y", Some("arn:aws:s3:::ledger"), None, None));
    assert_eq!(findings[0].description.as_deref(), Some("It says \"no\";\nand more"));
    assert_eq!((&findings[1].status, findings[1].kind.as_deref()), (&ResultStatus::Accepted(None), None));
    assert_eq!(located(&findings[2]), ("AVD-AWS-0002", None, Some("main.tf"), None));
    assert_eq!(left_out(text), [1]);
}

#[test]
fn the_finding_format_of_aws_is_read_alone_and_as_it_is_fetched() {
    let finding = |state: &str, status: &str, workflow: &str| {
        format!(
            r#"{{"SchemaVersion": "2018-10-08", "Id": "prowler-x_y-1", "RecordState": "{state}", "ProductFields": {{"ProviderName": "Prowler"}},
                "GeneratorId": "prowler-x_y", "AwsAccountId": "1", "Severity": {{"Label": "HIGH"}}, "Title": "A title", "Description": "d",
                "Resources": [{{"Type": "AwsS3Bucket", "Id": "arn:aws:s3:::ledger"}}], "Workflow": {{"Status": "{workflow}"}},
                "Compliance": {{"Status": "{status}", "RelatedRequirements": ["Other 1"]}}}}"#
        )
    };
    let found = one(&format!("[{}]", finding("ACTIVE", "FAILED", "NEW")));
    assert_eq!(located(&found), ("x_y", Some("arn:aws:s3:::ledger"), None, None));
    assert_eq!(
        (found.tool.as_str(), found.severity, found.status),
        ("prowler", Some(Severity::High), ResultStatus::Failed)
    );
    assert_eq!(one(&finding("ACTIVE", "FAILED", "SUPPRESSED")).status, ResultStatus::Accepted(None));
    let warned = finding("ACTIVE", "WARNING", "NEW");
    assert_eq!(one(&warned).status, ResultStatus::Accepted(None), "so Prowler writes what is muted");
    assert_eq!(one(&warned.replace("prowler-x_y", "x_y")).status, ResultStatus::Open);
    let fetched = format!(
        r#"{{"Findings": [{}, {}]}}"#,
        finding("ACTIVE", "PASSED", "RESOLVED"),
        finding("ARCHIVED", "FAILED", "NEW")
    );
    assert_eq!((one(&fetched).status, left_out(&fetched)), (ResultStatus::Passed, vec![1]));
}

#[test]
fn prowlers_older_json_is_read() {
    let findings = all(r#"[{"Provider": "aws", "CheckID": "s3_x", "CheckTitle": "A title", "Status": "FAIL",
        "Severity": "medium", "ResourceType": "AwsS3Bucket", "ResourceId": "logs", "ResourceArn": "arn:aws:s3:::logs"},
        {"CheckID": "s3_y", "CheckTitle": "B", "Status": "MANUAL"}]"#);
    assert_eq!(located(&findings[0]), ("s3_x", Some("arn:aws:s3:::logs"), None, None));
    assert_eq!((&findings[0].status, &findings[1].status), (&ResultStatus::Failed, &ResultStatus::Open));
}
