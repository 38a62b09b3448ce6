use serde_json::json;

use crate::view::testing::{element, resource, viewed};

fn statements(resources: Vec<crate::Resource>) -> Vec<crate::view::Viewed> {
    viewed("statement", resources)
}

#[test]
fn json_in_a_string() {
    let found = statements(vec![resource(
        "aws_s3_bucket_policy",
        "aws_s3_bucket_policy.a",
        json!({ "policy": r#"{ "Statement": [
            { "Sid": "a", "Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "x/*",
              "Condition": {"StringEquals": {"aws:SourceVpce": ["vpce-1"]}} },
            { "Effect": "Deny", "NotPrincipal": {"Service": ["a.amazonaws.com"]}, "NotAction": ["s3:Get*"], "Resource": "*" }
        ] }"# }),
    )]);
    assert_eq!(found.len(), 1);
    let owner = &found[0];
    assert_eq!(owner.owner, "s3");
    assert_eq!(element(owner, 0, "owner"), "s3");
    assert_eq!(element(owner, 0, "principals"), json!(["*"]));
    assert_eq!(element(owner, 0, "actions"), json!(["s3:GetObject"]));
    assert_eq!(
        element(owner, 0, "conditions"),
        json!([{ "operator": "StringEquals", "key": "aws:SourceVpce", "values": ["vpce-1"] }])
    );
    assert_eq!(element(owner, 0, "inverted"), json!([]));
    assert_eq!(element(owner, 1, "sid"), "");
    assert_eq!(element(owner, 1, "actions"), json!(["*"]));
    assert_eq!(element(owner, 1, "inverted"), json!(["actions", "principals"]));
    assert_eq!(element(owner, 1, "except"), json!(["s3:Get*", "a.amazonaws.com"]));
}

#[test]
fn holes_in_a_policy() {
    let text = r#"{ "Statement": { "Effect": "Allow", "Action": ["${a}", "s3:*"], "Resource": "${b}/*",
        "Condition": {"StringEquals": {"${c}:sub": "x"}} } }"#;
    let found = statements(vec![resource("aws_iam_policy", "aws_iam_policy.a", json!({ "policy": text }))]);
    assert_eq!(element(&found[0], 0, "actions"), json!(["?", "s3:*"]));
    assert_eq!(element(&found[0], 0, "resources"), json!(["${}/*"]));
    assert_eq!(element(&found[0], 0, "conditions")[0]["key"], "${}:sub");
}

#[test]
fn unknown_policies_are_open_and_missing_ones_no_owner() {
    let found = statements(vec![
        resource("aws_iam_policy", "aws_iam_policy.a", json!({ "policy": "?policy" })),
        resource("aws_iam_policy", "aws_iam_policy.b", json!({ "policy": "no json" })),
        resource("aws_s3_bucket", "aws_s3_bucket.c", json!({ "bucket": "x" })),
    ]);
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|viewed| viewed.elements.items.is_empty() && viewed.elements.open.is_some()));
}

#[test]
fn documents_are_judged_through_their_users() {
    let found = statements(vec![
        resource(
            "aws_iam_policy_document",
            "data.aws_iam_policy_document.used",
            json!({
                "source_policy_documents": ["&data.aws_iam_policy_document.base.json"],
                "statement": [{
                    "actions": ["sts:AssumeRole"], "not_resources": ["x"], "resources": [],
                    "principals": [{ "type": "Service", "identifiers": ["ec2.amazonaws.com"] },
                                   { "type": "AWS", "identifiers": ["*"] }],
                    "condition": [{ "test": "Bool", "variable": "aws:SecureTransport", "values": ["true"] }]
                }]
            }),
        ),
        resource(
            "aws_iam_policy_document",
            "data.aws_iam_policy_document.base",
            json!({ "statement": [{ "effect": "Deny", "sid": "base", "actions": ["*"], "resources": ["*"] }] }),
        ),
        resource(
            "aws_iam_policy_document",
            "data.aws_iam_policy_document.unused",
            json!({ "statement": [{ "actions": ["s3:*"], "resources": ["*"] }] }),
        ),
        resource(
            "aws_iam_role",
            "aws_iam_role.r",
            json!({
                "assume_role_policy": "&data.aws_iam_policy_document.used.json",
                "inline_policy": [{ "policy": r#"{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"# }]
            }),
        ),
    ]);
    let owners: Vec<_> = found.iter().map(|viewed| (viewed.resource, viewed.owner)).collect();
    assert_eq!(owners, [(2, "document"), (3, "trust"), (3, "identity")]);
    let trust = &found[1];
    assert_eq!(trust.from, [1, 0]);
    assert_eq!(element(trust, 0, "sid"), "base");
    assert_eq!(element(trust, 1, "effect"), "Allow");
    assert_eq!(element(trust, 1, "principals"), json!(["ec2.amazonaws.com", "*"]));
    assert_eq!(element(trust, 1, "resources"), json!(["*"]));
    assert_eq!(element(trust, 1, "inverted"), json!(["resources"]));
    assert_eq!(element(trust, 1, "conditions")[0]["key"], "aws:SecureTransport");
    assert_eq!(element(&found[2], 0, "actions"), json!(["*"]));
}

#[test]
fn a_document_that_names_itself_ends() {
    let found = statements(vec![
        resource(
            "aws_iam_policy_document",
            "data.aws_iam_policy_document.a",
            json!({ "source_policy_documents": ["&data.aws_iam_policy_document.a.json"] }),
        ),
        resource(
            "aws_sqs_queue",
            "aws_sqs_queue.q",
            json!({ "policy": "&data.aws_iam_policy_document.a.json" }),
        ),
    ]);
    assert_eq!(found[0].owner, "sqs");
    assert!(found[0].elements.open.is_some());
}

#[test]
fn an_overriding_document_replaces_by_sid() {
    let found = statements(vec![
        resource(
            "aws_iam_policy_document",
            "data.aws_iam_policy_document.a",
            json!({
                "statement": [{ "sid": "x", "actions": ["s3:*"] }, { "actions": ["sqs:*"] }],
                "override_policy_documents":
                    [r#"{"Statement": [{"Sid": "x", "Effect": "Deny", "Action": "ec2:*"}, {"Effect": "Allow", "Action": "*"}]}"#]
            }),
        ),
        resource(
            "aws_iam_policy",
            "aws_iam_policy.p",
            json!({ "policy": "&data.aws_iam_policy_document.a.json" }),
        ),
    ]);
    let actions: Vec<_> = (0..3).map(|index| element(&found[0], index, "actions")[0].clone()).collect();
    assert_eq!(actions, ["ec2:*", "sqs:*", "*"]);
}

#[test]
fn cloudformation_and_permissions() {
    let found = statements(vec![
        resource(
            "AWS::IAM::Role",
            "Role",
            json!({
                "AssumeRolePolicyDocument": { "Statement": [{ "Effect": "Allow",
                    "Principal": { "Service": ["lambda.amazonaws.com"] }, "Action": ["sts:AssumeRole"] }] },
                "Policies": [{ "PolicyName": "x", "PolicyDocument":
                    { "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } } }]
            }),
        ),
        resource(
            "AWS::Lambda::Permission",
            "Invoke",
            json!({ "Principal": "s3.amazonaws.com", "Action": "lambda:InvokeFunction", "FunctionName": "f",
                    "SourceAccount": "123456789012" }),
        ),
    ]);
    let owners: Vec<_> = found.iter().map(|viewed| viewed.owner).collect();
    assert_eq!(owners, ["trust", "identity", "lambda"]);
    assert_eq!(element(&found[0], 0, "principals"), json!(["lambda.amazonaws.com"]));
    assert_eq!(element(&found[0], 0, "resources"), json!([]));
    assert_eq!(element(&found[2], 0, "conditions")[0]["key"], "aws:SourceAccount");
}
