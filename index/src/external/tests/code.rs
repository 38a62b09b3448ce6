//! Scanners of code: shapes as Checkov 3.3, Trivy 0.59, cfn-guard 3.2, KICS 2.1 and tfsec 1.28 write them.

use super::*;

#[test]
fn checkov_is_read_with_what_passed_and_what_was_skipped() {
    let text = r#"[{"check_type": "terraform", "results": {
        "failed_checks": [{"check_id": "CKV_AWS_0", "bc_check_id": null, "check_name": "A name",
            "check_result": {"result": "FAILED", "evaluated_keys": []}, "file_path": "/main.tf", "repo_file_path": "/infra/main.tf",
            "file_line_range": [3, 9], "resource": "aws_s3_bucket.shop[\"b\"]", "severity": null, "description": null}],
        "passed_checks": [{"check_id": "CKV_AWS_1", "check_name": "B", "resource": "x.y", "file_path": "/main.tf"}],
        "skipped_checks": [{"check_id": "CKV_AWS_2", "check_name": "C", "resource": "x.y", "file_path": "/main.tf",
            "check_result": {"result": "SKIPPED", "suppress_comment": " not wanted"}}], "parsing_errors": []}},
        {"check_type": "kubernetes", "results": {"failed_checks": [{"check_id": "CKV_K8S_0", "check_name": "D",
            "resource": "Deployment.shop.web", "file_path": "/k8s/web.yaml", "file_line_range": [1, 13]}]}},
        {"check_type": "secrets", "results": {"failed_checks": [{"check_id": "CKV_SECRET_0", "check_name": "A key",
            "resource": "0123456789abcdef0123456789abcdef01234567", "file_path": "/t.yaml", "file_line_range": [6, 7]}]}},
        {"check_type": "sca_package", "results": {"failed_checks": [{"check_id": "CKV_CVE_0", "resource": "app.lock.left-pad"}]}}]"#;
    let findings = all(text);
    let statuses: Vec<_> =
        findings.iter().map(|one| (one.id.as_str(), one.status.clone(), one.line)).collect();
    assert_eq!(
        statuses,
        [
            ("CKV_AWS_0", ResultStatus::Failed, Some(3)),
            ("CKV_AWS_1", ResultStatus::Passed, None),
            ("CKV_AWS_2", ResultStatus::Accepted(Some("not wanted".to_owned())), None),
            ("CKV_K8S_0", ResultStatus::Failed, Some(1)),
            ("CKV_SECRET_0", ResultStatus::Failed, Some(6)),
        ]
    );
    assert_eq!(
        located(&findings[0]),
        ("CKV_AWS_0", Some(r#"aws_s3_bucket.shop["b"]"#), Some("main.tf"), Some(3))
    );
    assert_eq!(
        (findings[0].severity, findings[3].kind.as_deref(), &findings[4].resource),
        (None, Some("Deployment"), &None)
    );
    assert_eq!(left_out(text), [1]);
    assert_eq!(all(r#"{"passed": 0, "failed": 0, "checkov_version": "3"}"#), []);
}

#[test]
fn trivy_is_read_by_the_number_of_a_check_and_never_passes() {
    let text = r#"{"SchemaVersion": 2, "ArtifactType": "filesystem", "Metadata": {"ImageConfig": {"rootfs": {"diff_ids": null}}},
        "Results": [{"Target": ".", "Class": "config", "Type": "terraform", "MisconfSummary": {"Successes": 1, "Failures": 0},
            "Misconfigurations": [{"ID": "AVD-AWS-0001", "Status": "PASS", "CauseMetadata": {"Provider": "AWS", "Service": "a", "Code": {"Lines": null}}}]},
        {"Target": "shop/main.tf", "Class": "config", "Type": "terraform", "Misconfigurations": [
            {"Type": "Terraform Security Check", "ID": "aws-some-long-name", "AVDID": "AVD-AWS-0002", "Title": "It is &#34;open&#34;",
             "Description": "More of it.\n", "Severity": "MEDIUM", "Status": "FAIL",
             "CauseMetadata": {"Resource": "aws_x.y", "Provider": "AWS", "StartLine": 4, "EndLine": 6,
                "Occurrences": [{"Resource": "module.shop", "Filename": "main.tf", "Location": {"StartLine": 1, "EndLine": 3}}]}}],
         "ExperimentalModifiedFindings": [{"Type": "misconfiguration", "Status": "ignored", "Statement": "a test", "Source": ".trivyignore",
            "Finding": {"ID": "AVD-AWS-0003", "AVDID": "AVD-AWS-0003", "Title": "B", "Status": "FAIL", "CauseMetadata": {"Resource": "aws_x.z"}}},
            {"Type": "vulnerability", "Finding": {"VulnerabilityID": "CVE-0"}}]},
        {"Target": "go.mod", "Vulnerabilities": [{"VulnerabilityID": "CVE-1"}]},
        {"Target": "run.sh", "Class": "secret", "Secrets": [{"RuleID": "a-key", "Category": "AWS", "Severity": "CRITICAL",
            "Title": "A key", "StartLine": 15, "Match": "KEY=****"}]}]}"#;
    let findings = all(text);
    assert_eq!(located(&findings[0]), ("AVD-AWS-0002", Some("aws_x.y"), Some("shop/main.tf"), Some(4)));
    assert_eq!(
        (findings[0].title.as_str(), findings[0].other_ids.as_slice()),
        ("It is \"open\"", &["aws-some-long-name".to_owned()][..])
    );
    assert_eq!(
        (findings[0].severity, findings[2].other_ids.as_slice()),
        (Some(Severity::Medium), &[SECRET.to_owned()][..])
    );
    assert_eq!(
        (findings[1].id.as_str(), &findings[1].status),
        ("AVD-AWS-0003", &ResultStatus::Accepted(Some("a test".to_owned())))
    );
    assert_eq!(located(&findings[2]), ("a-key", None, Some("run.sh"), Some(15)));
    assert_eq!(findings.len(), 3);
    assert_eq!(left_out(text), [1, 1], "the pass and the package");
    assert_eq!(all(r#"{"SchemaVersion": 2}"#), []);
}

#[test]
fn trivy_names_what_it_found_where_it_can() {
    let of = |cause: &str, message: &str| {
        one(&format!(
            r#"{{"SchemaVersion": 2, "Results": [{{"Target": "t.yaml", "Misconfigurations": [
                {{"ID": "KSV001", "AVDID": "AVD-KSV-0001", "Title": "a", "Message": "{message}", "Status": "FAIL", "CauseMetadata": {cause}}}]}}]}}"#
        ))
    };
    let template = of(r#"{"Resource": "t.yaml:31-63", "StartLine": 31}"#, "It is open.");
    assert_eq!((template.resource, template.line), (None, Some(31)));
    let deeper = of(
        r#"{"Resource": "t.yaml:40-41", "Occurrences": [{"Resource": "WebGroup", "Filename": "t.yaml"}]}"#,
        "m",
    );
    assert_eq!(deeper.resource.as_deref(), Some("WebGroup"));
    let pod = of(
        r#"{"Provider": "Kubernetes", "Service": "general"}"#,
        "Container 'c' of Deployment 'web' should not",
    );
    assert_eq!(pod.resource.as_deref(), Some("Deployment/web"));
    assert_eq!(pod.other_ids, ["KSV-0001", "KSV001"]);
}

#[test]
fn kics_is_read_without_its_inventory() {
    let text = r#"{"kics_version": "v2.1", "files_scanned": 3, "files_failed_to_scan": 1, "paths": ["/path"], "queries": [
        {"query_name": "A query", "query_id": "0-1", "severity": "HIGH", "platform": "Terraform", "cloud_provider": "AWS", "cwe": "1",
         "category": "Encryption", "description": "It should be so.", "files": [
            {"file_name": "../../path/shop/main.tf", "similarity_id": "0", "line": 7, "resource_type": "aws_x_y", "resource_name": "shop logs",
             "issue_type": "MissingAttribute", "search_key": "aws_x_y[logs].acl", "expected_value": "e", "actual_value": "a"}]},
        {"query_name": "B", "query_id": "0-2", "severity": "INFO", "platform": "Kubernetes", "files": [
            {"file_name": "k8s/web.yml", "line": 16, "resource_type": "Deployment", "resource_name": "web",
             "search_key": "metadata.name={{web}}.spec.template.spec.containers.name={{web}}"}]},
        {"query_name": "C", "query_id": "0-3", "severity": "LOW", "platform": "CloudFormation", "files": [
            {"file_name": "t.json", "line": 3, "resource_type": "AWS::S3::Bucket", "resource_name": "n/a", "search_key": "Resources.Logs.Properties"},
            {"file_name": "Dockerfile", "line": 1, "search_key": "FROM={{python:3}}"}]},
        {"query_name": "A list", "query_id": "0-4", "severity": "TRACE", "files": [{"file_name": "t.json", "issue_type": "BillOfMaterials"}]}]}"#;
    let findings = all(text);
    let places: Vec<_> = findings.iter().map(located).collect();
    assert_eq!(
        places,
        [
            ("0-1", Some("aws_x_y.logs"), Some("shop/main.tf"), Some(7)),
            ("0-2", Some("Deployment/web"), Some("k8s/web.yml"), Some(16)),
            ("0-3", Some("Logs"), Some("t.json"), Some(3)),
            ("0-3", None, Some("Dockerfile"), Some(1)),
        ]
    );
    assert_eq!((findings[0].severity, findings[1].severity), (Some(Severity::High), Some(Severity::Low)));
    assert_eq!(left_out(text), [1, 1], "the file it could not read, and the list");
    assert_eq!(super::all(r#"{"kics_version": "v2", "queries": null}"#), []);
}

#[test]
fn tfsec_is_read() {
    let text = r#"{"results": [
        {"rule_id": "AVD-AZU-0001", "long_id": "azure-x-y", "rule_description": "A rule", "rule_provider": "azure", "rule_service": "x",
         "impact": "i", "resolution": "r", "links": [], "description": "It is open.", "severity": "CRITICAL", "warning": false, "status": 0,
         "resource": "module.shop", "location": {"filename": "/home/runner/work/shop/shop/infra/main.tf", "start_line": 70, "end_line": 91}},
        {"rule_id": "AVD-AZU-0002", "location": {}, "status": 1, "resource": "a.b"}, {"rule_id": "AVD-AZU-0003", "location": {}, "status": 2}]}"#;
    let findings = all(text);
    assert_eq!(
        located(&findings[0]),
        ("AVD-AZU-0001", Some("module.shop"), Some("/home/runner/work/shop/shop/infra/main.tf"), Some(70))
    );
    assert_eq!(
        (findings[0].severity, findings[0].other_ids.as_slice()),
        (Some(Severity::Critical), &["azure-x-y".to_owned()][..])
    );
    assert_eq!(
        (&findings[1].status, &findings[2].status),
        (&ResultStatus::Passed, &ResultStatus::Accepted(None))
    );
    assert_eq!(all(r#"{"results": null}"#), []);
}

const CLAUSE: &str = r#"{"Clause": {"Unary": {
    "check": {"UnResolved": {"value": {"traversed_to": {"path": "/Resources/NAME/Properties", "value": {"Password": "hush"}},
        "remaining_query": "Encryption", "reason": "no key at /Resources/NAME/Properties[L:LINE,C:6]"}, "comparison": ["Exists", false]}},
    "context": "c", "messages": {"custom_message": "\n  Violation: encrypt it\n  Fix: so\n",
        "error_message": "missing. Value traversed to [Path=/Resources/NAME/Properties[L:LINE,C:6] Value={\"Password\":\"hush\"}]."}}}}"#;

fn guard(name: &str) -> String {
    let clause = |name: &str, line: &str| CLAUSE.replace("NAME", name).replace("LINE", line);
    format!(
        r#"{{"name": "{name}", "metadata": {{}}, "status": "FAIL", "not_compliant": [{{"Rule": {{"name": "BUCKET_IS_ENCRYPTED", "metadata": {{}},
            "messages": {{"custom_message": null, "error_message": null}},
            "checks": [{}, {}, {{"Disjunctions": {{"checks": [{}, {}]}}}}]}}}}],
            "not_applicable": ["EFS_ENCRYPTED"], "compliant": ["ALL_TAGGED"]}}"#,
        clause("Logs", "3"),
        clause("Ledger", "40"),
        clause("Trail", "50"),
        clause("Trail", "51"),
    )
}

#[test]
fn guard_is_read_resource_by_resource() {
    let findings = all(&guard("../t.yaml"));
    let places: Vec<_> = findings.iter().map(located).collect();
    let rule = "BUCKET_IS_ENCRYPTED";
    assert_eq!(
        places,
        [
            (rule, Some("Logs"), Some("t.yaml"), Some(3)),
            (rule, Some("Ledger"), Some("t.yaml"), Some(40)),
            (rule, Some("Trail"), Some("t.yaml"), Some(50)),
            ("ALL_TAGGED", None, Some("t.yaml"), None),
        ]
    );
    assert_eq!(
        (findings[0].title.as_str(), &findings[3].status),
        ("bucket is encrypted: encrypt it", &ResultStatus::Passed)
    );
    // Without `--structured` the objects stand one after the other.
    assert_eq!(all(&format!("{}\n{}", guard("a.yaml"), guard("b.yaml"))).len(), 8);
}

#[test]
fn guards_yaml_says_the_same() {
    let text = "- name: t.yaml\n  status: FAIL\n  not_compliant:\n  - Rule:\n      name: A_RULE\n      checks:\n      - Clause:\n          Binary:\n            \
                messages:\n              custom_message: ''\n              error_message: at [Path=/Resources/Db/Properties/Open[L:9,C:2] Value=1]\n  compliant: []\n";
    let found = one(text);
    assert_eq!(
        (located(&found), found.title.as_str()),
        (("A_RULE", Some("Db"), Some("t.yaml"), Some(9)), "a rule")
    );
}

#[test]
fn sarif_is_read_from_any_tool() {
    let text = r#"{"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Other Scanner", "rules": [
        {"id": "X-1", "shortDescription": {"text": "A title"}, "properties": {"security-severity": "8.0"}}]}},
        "results": [{"ruleIndex": 0, "message": {"text": "m"}, "level": "note", "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "file:///home/a%20b/main.tf"}, "region": {"startLine": 8}},
            "logicalLocations": [{"fullyQualifiedName": "aws_x.y"}]}]},
            {"ruleId": "other", "kind": "pass", "message": {"text": "first\nsecond"}},
            {"ruleId": "A", "suppressions": [{"kind": "inSource", "justification": " a test"}], "message": {"text": "m"}},
            {"ruleId": "B", "kind": "notApplicable", "message": {"text": "m"}},
            {"ruleId": "C", "suppressions": [{"kind": "external", "status": "rejected"}], "level": "error", "message": {"text": "m"}}]}]}"#;
    let findings = all(text);
    let statuses: Vec<_> =
        findings.iter().map(|one| (one.id.as_str(), one.title.as_str(), one.status.clone())).collect();
    assert_eq!(
        statuses,
        [
            ("X-1", "A title", ResultStatus::Failed),
            ("other", "first", ResultStatus::Passed),
            ("A", "m", ResultStatus::Accepted(Some("a test".to_owned()))),
            ("C", "m", ResultStatus::Failed),
        ]
    );
    assert_eq!(located(&findings[0]), ("X-1", Some("aws_x.y"), Some("/home/a b/main.tf"), Some(8)));
    assert_eq!(
        (findings[0].tool.as_str(), findings[0].severity, findings[3].severity),
        ("other scanner", Some(Severity::High), Some(Severity::High))
    );
    assert_eq!(left_out(text), [1]);
}

/// One run of a tool with one rule and its results.
fn sarif(driver: &str, rule: &str, results: &[&str]) -> String {
    format!(
        r#"{{"runs": [{{"tool": {{"driver": {{"name": "{driver}", "rules": [{rule}]}}}}, "results": [{}]}}]}}"#,
        results.join(", ")
    )
}

#[test]
fn trivys_sarif_gives_what_passed_the_look_of_a_failure() {
    let result = |message: &str| {
        format!(
            r#"{{"ruleId": "KSV001", "ruleIndex": 0, "level": "warning", "message": {{"text":
                "Artifact: w.yaml\nType: kubernetes\nVulnerability KSV001\nSeverity: MEDIUM\nMessage: {message}\nLink: [KSV001](x)"}},
                "locations": [{{"physicalLocation": {{"artifactLocation": {{"uri": "w.yaml", "uriBaseId": "ROOTPATH"}}, "region": {{"startLine": 11}}}}}}]}}"#
        )
    };
    let rule = r#"{"id": "KSV001", "name": "Misconfiguration", "shortDescription": {"text": "A &#39;title&#39;"},
        "properties": {"precision": "very-high", "security-severity": "5.5", "tags": ["misconfiguration", "MEDIUM"]}}"#;
    let text =
        sarif("Trivy", rule, &[&result("No issues found"), &result("Container 'c' of Pod 'web' is so")]);
    let found = one(&text);
    assert_eq!(located(&found), ("KSV001", Some("Pod/web"), Some("w.yaml"), Some(11)));
    assert_eq!(
        (found.title.as_str(), found.severity, found.other_ids.as_slice()),
        ("A 'title'", Some(Severity::Medium), &["KSV-0001".to_owned()][..])
    );
    assert_eq!(left_out(&text), [1]);
    let package = sarif(
        "Trivy",
        r#"{"id": "CVE-1", "name": "OsPackageVulnerability"}"#,
        &[r#"{"ruleId": "CVE-1", "message": {"text": "m"}}"#],
    );
    assert_eq!((all(&package).len(), left_out(&package)), (0, vec![1]));
}

#[test]
fn the_sarif_of_the_other_scanners_of_code_is_read() {
    let place = r#""locations": [{"physicalLocation": {"artifactLocation": {"uri": "../../path/main.tf"}, "region": {"startLine": 9}}}]"#;
    // tfsec signs as its library.
    let rule = r#"{"id": "aws-kms-auto-rotate-keys", "shortDescription": {"text": "A rule"}, "helpUri": "https://example.org"}"#;
    let found = one(&sarif(
        "defsec",
        rule,
        &[&format!(
            r#"{{"ruleId": "aws-kms-auto-rotate-keys", "level": "warning", "message": {{"text": "It is so"}}, {place}}}"#
        )],
    ));
    assert_eq!(
        (found.tool.as_str(), found.title.as_str(), found.severity),
        ("tfsec", "A rule", Some(Severity::Medium))
    );
    assert_eq!(
        (found.other_ids.as_slice(), found.file.as_deref()),
        (&["AWS-0065".to_owned()][..], Some("path/main.tf"))
    );
    // KICS rates information as `none`.
    let rule = r#"{"id": "0-1", "name": "A Query", "shortDescription": {"text": "A Query"}, "fullDescription": {"text": "It should be so"},
        "defaultConfiguration": {"level": "none"}}"#;
    let found = one(&sarif(
        "KICS",
        rule,
        &[&format!(
            r#"{{"ruleId": "0-1", "ruleIndex": 0, "kind": "fail", "message": {{"text": "m", "properties": {{"platform": "Common"}}}}, {place}}}"#
        )],
    ));
    assert_eq!(
        (found.title.as_str(), found.description.as_deref(), found.severity),
        ("A Query", Some("It should be so"), Some(Severity::Low))
    );
    assert_eq!(found.other_ids, [""; 0]);
    // Checkov's level is `error` where it knows of no severity.
    let rule = r#"{"id": "CKV_AWS_0", "name": "A title", "shortDescription": {"text": "A title"}, "defaultConfiguration": {"level": "error"}}"#;
    let found = one(&sarif(
        "Checkov",
        rule,
        &[&format!(
            r#"{{"ruleId": "CKV_AWS_0", "level": "error", "attachments": [], "message": {{"text": "A title"}}, {place}}}"#
        )],
    ));
    assert_eq!((found.severity, found.other_ids.len()), (None, 0));
}

#[test]
fn guards_sarif_keeps_the_template_to_itself() {
    let message = r#"Check was not compliant as property value [Path=/Resources/Db/Properties/Open[L:48,C:2] Value=\"hush] up\"] not equal to value [Path=[L:0,C:0] Value=false]. \n  Violation: close it\n"#;
    let found = one(&sarif(
        "cfn-guard",
        "",
        &[&format!(
            r#"{{"ruleId": "DB_IS_CLOSED", "level": "error", "message": {{"text": "{message}"}}, "locations": [{{"physicalLocation": {{
                "artifactLocation": {{"uri": "work/t.yaml"}}, "region": {{"startLine": 1, "startColumn": 1}}}}}}]}}"#
        )],
    ));
    assert_eq!(located(&found), ("DB_IS_CLOSED", Some("Db"), Some("work/t.yaml"), Some(48)));
    assert_eq!((found.title.as_str(), found.severity), ("db is closed: close it", None));
    let bare = r#"missing. Value traversed to [Path=/Resources/Db/Properties[L:3,C:6] Value={\"A\":[\"hush] up\"]}]. "#;
    let result =
        format!(r#"{{"ruleId": "DB_IS_CLOSED", "level": "error", "message": {{"text": "{bare}"}}}}"#);
    assert_eq!(one(&sarif("cfn-guard", "", &[&result])).title, "db is closed");
}
