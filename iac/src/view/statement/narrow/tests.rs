use serde_json::{Value as Json, json};

use crate::view::testing::{element, resource, viewed};

/// `narrowed` of the first statement of a bucket's policy.
fn narrowed_in(statements: Json) -> Json {
    let found = viewed(
        "statement",
        vec![resource(
            "AWS::S3::BucketPolicy",
            "Policy",
            json!({ "PolicyDocument": { "Statement": statements } }),
        )],
    );
    element(&found[0], 0, "narrowed")
}

fn narrowed(condition: Json) -> Json {
    narrowed_in(json!([{ "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*",
        "Condition": condition }]))
}

#[test]
fn keys_and_values_that_narrow() {
    for (operator, key, value) in [
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("StringEquals", "AWS:principalorgid", "o-a1b2c3d4e5"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-ab12/*"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
        ("StringLike", "aws:PrincipalArn", "arn:*:iam::111122223333:*"),
        ("StringEquals", "aws:PrincipalAccount", "111122223333"),
        ("StringEqualsIfExists", "aws:PrincipalAccount", "111122223333"),
        ("StringEquals", "aws:PrincipalServiceName", "logs.eu-west-1.amazonaws.com"),
        ("Bool", "aws:PrincipalIsAWSService", "true"),
        ("StringLike", "aws:userid", "AROA1234567890EXAMPLE:*"),
        ("StringEquals", "aws:SourceVpc", "vpc-0123456789abcdef0"),
        ("StringEquals", "aws:SourceVpce", "vpce-0123456789abcdef0"),
        ("StringEquals", "aws:VpceAccount", "111122223333"),
        ("StringEquals", "aws:VpceOrgID", "o-a1b2c3d4e5"),
        ("ArnEquals", "aws:SourceVpcArn", "arn:aws:ec2:eu-west-1:111122223333:vpc/vpc-0123456789abcdef0"),
        ("StringEquals", "aws:SourceAccount", "111122223333"),
        ("StringEquals", "AWS:SourceOwner", "111122223333"),
        ("StringEquals", "aws:SourceOrgID", "o-a1b2c3d4e5"),
        ("ArnLike", "aws:SourceArn", "arn:aws:events:*:111122223333:rule/*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::example-logs"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:example-logs"),
        ("ArnLike", "aws:SourceArn", "arn:aws:route53:::hostedzone/Z0123456789"),
        ("ArnLike", "aws:SourceArn", "arn:${partition}:sns:eu-west-1:111122223333:*"),
        ("ArnEquals", "aws:SourceArn", "&aws_sns_topic.alerts.arn"),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
        ("StringEquals", "s3:DataAccessPointAccount", "111122223333"),
        ("ArnLike", "s3:DataAccessPointArn", "arn:aws:s3:eu-west-1:111122223333:accesspoint/*"),
        ("StringEquals", "kms:CallerAccount", "111122223333"),
        ("StringEqualsIfExists", "kms:CallerAccount", "111122223333"),
        ("StringEquals", "sts:ExternalId", "a1b2c3"),
        ("StringLike", "sns:Endpoint", "*@example.com"),
        ("ArnLike", "lambda:SourceFunctionArn", "arn:aws:lambda:eu-west-1:111122223333:function:*"),
        ("StringEquals", "aws:PrincipalOrgID", "$${aws:ResourceOrgID}"),
        ("StringEquals", "aws:ResourceAccount", "$${aws:PrincipalAccount}"),
    ] {
        // `$$` keeps the test's reader from taking a policy variable for a hole.
        let value = value.replace("$${", "&{");
        assert_eq!(narrowed(json!({ operator: { key: value } })), true, "{operator} {key} {value}");
        let two = json!({ "Bool": { "aws:SecureTransport": "true" }, operator: { key: [value] } });
        assert_eq!(narrowed(two), true, "{operator} {key} {value}, with another");
    }
}

#[test]
fn keys_and_values_that_do_not() {
    for (operator, key, value) in [
        ("Bool", "aws:SecureTransport", "true"),
        ("Bool", "aws:MultiFactorAuthPresent", "true"),
        ("Bool", "aws:ViaAWSService", "true"),
        ("Bool", "aws:PrincipalIsAWSService", "false"),
        ("StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"),
        ("StringEquals", "aws:PrincipalType", "AssumedRole"),
        ("StringEquals", "aws:PrincipalTag/team", "a"),
        ("StringEquals", "aws:username", "admin"),
        ("StringLike", "aws:Referer", "https://example.com/*"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        ("StringEquals", "aws:ResourceAccount", "111122223333"),
        ("StringEquals", "s3:x-amz-acl", "bucket-owner-full-control"),
        ("DateLessThan", "aws:CurrentTime", "2027-01-01T00:00:00Z"),
        ("StringLike", "aws:SourceAccount", "*"),
        ("StringLike", "aws:SourceAccount", "1111*"),
        ("StringLike", "aws:PrincipalOrgID", "o-*"),
        ("StringLike", "aws:PrincipalOrgID", "*"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-ab12/*"),
        ("StringLike", "aws:SourceVpce", "vpce-*"),
        ("StringLike", "aws:userid", "*:alice"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/*"),
        ("ArnLike", "aws:PrincipalArn", "*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:*:*"),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:*:alerts"),
        ("ArnLike", "aws:SourceArn", "arn:aws:route53:::hostedzone/*"),
        ("ArnLike", "aws:SourceArn", "arn:*"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/1"),
        ("IpAddress", "aws:SourceIp", "::/0"),
        ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
        ("StringNotEquals", "aws:SourceVpce", "vpce-0123456789abcdef0"),
        ("StringNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:*"),
        ("ArnNotEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:root"),
        ("Null", "aws:SourceVpce", "false"),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("IpAddressIfExists", "aws:SourceIp", "192.0.2.0/24"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("StringEquals", "aws:PrincipalAccount", "$${aws:PrincipalAccount}"),
        ("StringEquals", "aws:PrincipalOrgID", "$${aws:PrincipalTag/org}"),
    ] {
        let value = value.replace("$${", "&{");
        assert_eq!(narrowed(json!({ operator: { key: value } })), false, "{operator} {key} {value}");
    }
    assert_eq!(narrowed(json!({ "StringLike": { "aws:SourceAccount": ["111122223333", "*"] } })), false);
    let halves = json!({ "IpAddress": { "aws:SourceIp": ["0.0.0.0/1", "128.0.0.0/1"] } });
    assert_eq!(narrowed(halves), false);
}

#[test]
fn a_key_that_must_be_there() {
    for operator in ["StringEqualsIfExists", "ForAllValues:StringEquals"] {
        let condition = json!({ operator: { "aws:SourceVpce": "vpce-0123456789abcdef0" },
            "Null": { "aws:SourceVpce": "false" } });
        assert_eq!(narrowed(condition), true, "{operator}");
        let condition = json!({ operator: { "aws:SourceVpce": "vpce-0123456789abcdef0" },
            "Null": { "aws:SourceVpce": "true" } });
        assert_eq!(narrowed(condition), false, "{operator}");
    }
}

#[test]
fn what_is_not_known() {
    for (operator, key, value, expected) in [
        ("StringEquals", "aws:SourceAccount", "?account", json!("?")),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:eu-west-1:${account}:*", json!("?")),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:${region}:111122223333:*", json!(true)),
        ("ArnLike", "aws:SourceArn", "arn:aws:sns:${region}:*:alerts", json!(false)),
        ("StringLike", "aws:PrincipalOrgID", "${org}*", json!(false)),
        ("IpAddress", "aws:SourceIp", "?office", json!("?")),
        ("StringEquals", "${provider}:sub", "x", json!(false)),
        ("StringEquals", "aws:${key}", "x", json!("?")),
        ("StringEquals", "?key", "x", json!("?")),
        ("Bool", "aws:SecureTransport", "?tls", json!(false)),
    ] {
        let written = json!({ "policy": [{ "statement": [{ "principals": [{ "type": "AWS", "identifiers": ["*"] }],
            "condition": [{ "test": operator, "variable": key, "values": [value] }] }] }] });
        let document = written["policy"][0].clone();
        let found = viewed(
            "statement",
            vec![resource("aws_iam_policy_document", "data.aws_iam_policy_document.a", document)],
        );
        assert_eq!(element(&found[0], 0, "narrowed"), expected, "{operator} {key} {value}");
    }
}

#[test]
fn a_denial_beside_it() {
    let allow = json!({ "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::example/*"] });
    let deny = |action: &str, resource: &str, condition: Json| {
        narrowed_in(
            json!([allow, { "Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource,
            "Condition": condition }]),
        )
    };
    let everything = |condition: Json| deny("s3:*", "*", condition);
    let outside = json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-0123456789abcdef0" } });
    assert_eq!(everything(outside.clone()), true);
    assert_eq!(deny("s3:GetObject", "arn:aws:s3:::example/*", outside.clone()), true);
    assert_eq!(deny("s3:PutObject", "*", outside.clone()), false);
    assert_eq!(deny("s3:*", "arn:aws:s3:::other/*", outside), false);
    assert_eq!(everything(json!({ "NotIpAddress": { "aws:SourceIp": "192.0.2.0/24" } })), true);
    assert_eq!(everything(json!({ "NotIpAddress": { "aws:SourceIp": "0.0.0.0/0" } })), false);
    assert_eq!(everything(json!({ "Bool": { "aws:SecureTransport": "false" } })), false);
    assert_eq!(
        everything(json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
        "BoolIfExists": { "aws:PrincipalIsAWSService": "false" } })),
        true
    );
    assert_eq!(
        everything(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" },
        "Bool": { "aws:SecureTransport": "false" } })),
        false
    );
    let but_one = narrowed_in(json!([allow, { "Effect": "Deny", "NotPrincipal": { "AWS": "111122223333" },
        "Action": "s3:*", "Resource": "*" }]));
    assert_eq!(but_one, true);
}
