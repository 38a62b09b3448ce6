//! The names that tfsec and Trivy had for checks before they had Trivy's numbers: `aws-ec2-enable-volume-encryption`, and
//! older than those `AWS014`. Ignores in code still use them. (tfsec's and Trivy's documentation of their checks.)

/// Trivy's number, and its other names.
const NAMES: &[(&str, &[&str])] = &[
    ("AWS-0001", &["aws-api-gateway-enable-access-logging", "AWS061"]),
    ("AWS-0002", &["aws-api-gateway-enable-cache-encryption"]),
    ("AWS-0003", &["aws-api-gateway-enable-tracing"]),
    ("AWS-0004", &["aws-api-gateway-no-public-access"]),
    ("AWS-0005", &["aws-api-gateway-use-secure-tls-policy", "AWS025"]),
    ("AWS-0006", &["aws-athena-enable-at-rest-encryption", "AWS059"]),
    ("AWS-0007", &["aws-athena-no-encryption-override", "AWS060"]),
    (
        "AWS-0008",
        &[
            "aws-autoscaling-enable-at-rest-encryption",
            "aws-ec2-enable-launch-config-at-rest-encryption",
            "AWS014",
        ],
    ),
    ("AWS-0009", &["aws-autoscaling-no-public-ip", "aws-ec2-no-public-ip", "AWS012"]),
    ("AWS-0010", &["aws-cloudfront-enable-logging", "AWS071"]),
    ("AWS-0011", &["aws-cloudfront-enable-waf", "AWS045"]),
    ("AWS-0012", &["aws-cloudfront-enforce-https", "AWS020"]),
    ("AWS-0013", &["aws-cloudfront-use-secure-tls-policy", "AWS021"]),
    ("AWS-0014", &["aws-cloudtrail-enable-all-regions", "AWS063"]),
    ("AWS-0015", &["aws-cloudtrail-enable-at-rest-encryption", "AWS065"]),
    ("AWS-0016", &["aws-cloudtrail-enable-log-validation", "AWS064"]),
    ("AWS-0017", &["aws-cloudwatch-log-group-customer-key", "AWS089"]),
    ("AWS-0019", &["aws-config-aggregate-all-regions", "AWS085"]),
    ("AWS-0020", &["aws-documentdb-enable-log-export"]),
    ("AWS-0021", &["aws-documentdb-enable-storage-encryption"]),
    ("AWS-0022", &["aws-documentdb-encryption-customer-key"]),
    ("AWS-0023", &["aws-dynamodb-enable-at-rest-encryption", "AWS081"]),
    ("AWS-0024", &["aws-dynamodb-enable-recovery", "AWS086"]),
    ("AWS-0025", &["aws-dynamodb-table-customer-key", "AWS092"]),
    ("AWS-0026", &["aws-ebs-enable-volume-encryption", "aws-ec2-enable-volume-encryption"]),
    ("AWS-0027", &["aws-ebs-encryption-customer-key", "aws-ec2-volume-encryption-customer-key"]),
    ("AWS-0028", &["aws-ec2-enforce-http-token-imds", "AWS079"]),
    ("AWS-0029", &["aws-ec2-no-secrets-in-user-data", "AWS062"]),
    ("AWS-0030", &["aws-ecr-enable-image-scans", "AWS023"]),
    ("AWS-0031", &["aws-ecr-enforce-immutable-repository", "AWS078"]),
    ("AWS-0032", &["aws-ecr-no-public-access"]),
    ("AWS-0033", &["aws-ecr-repository-customer-key", "AWS093"]),
    ("AWS-0034", &["aws-ecs-enable-container-insight", "AWS090"]),
    ("AWS-0035", &["aws-ecs-enable-in-transit-encryption", "AWS096"]),
    ("AWS-0037", &["aws-efs-enable-at-rest-encryption", "AWS048"]),
    ("AWS-0038", &["aws-eks-enable-control-plane-logging", "AWS067"]),
    ("AWS-0039", &["aws-eks-encrypt-secrets", "AWS066"]),
    ("AWS-0040", &["aws-eks-no-public-cluster-access", "AWS069"]),
    ("AWS-0041", &["aws-eks-no-public-cluster-access-to-cidr", "AWS068"]),
    ("AWS-0042", &["aws-elastic-search-enable-domain-logging"]),
    ("AWS-0043", &["aws-elastic-search-enable-in-transit-encryption", "AWS032"]),
    ("AWS-0045", &["aws-elasticache-enable-at-rest-encryption", "AWS035"]),
    ("AWS-0046", &["aws-elastic-search-enforce-https", "AWS033"]),
    ("AWS-0047", &["aws-elb-use-secure-tls-policy", "AWS010"]),
    ("AWS-0048", &["aws-elastic-search-enable-domain-encryption", "AWS031"]),
    ("AWS-0050", &["aws-elasticache-enable-backup-retention", "AWS088"]),
    ("AWS-0051", &["aws-elasticache-enable-in-transit-encryption", "AWS036"]),
    ("AWS-0052", &["aws-elb-drop-invalid-headers", "AWS083"]),
    ("AWS-0054", &["aws-elb-http-not-used", "AWS004"]),
    ("AWS-0056", &["aws-iam-no-password-reuse", "AWS037"]),
    ("AWS-0062", &["aws-iam-set-max-password-age", "AWS038"]),
    ("AWS-0063", &["aws-iam-set-minimum-password-length", "AWS039"]),
    ("AWS-0064", &["aws-kinesis-enable-in-transit-encryption", "AWS024"]),
    ("AWS-0065", &["aws-kms-auto-rotate-keys", "AWS019"]),
    ("AWS-0066", &["aws-lambda-enable-tracing"]),
    ("AWS-0067", &["aws-lambda-restrict-source-arn", "AWS058"]),
    ("AWS-0070", &["aws-mq-enable-audit-logging"]),
    ("AWS-0071", &["aws-mq-enable-general-logging"]),
    ("AWS-0072", &["aws-mq-no-public-access"]),
    ("AWS-0073", &["aws-msk-enable-in-transit-encryption", "AWS022"]),
    ("AWS-0074", &["aws-msk-enable-logging"]),
    ("AWS-0075", &["aws-neptune-enable-log-export"]),
    ("AWS-0076", &["aws-neptune-enable-storage-encryption"]),
    ("AWS-0079", &["aws-rds-encrypt-cluster-storage-data", "AWS051"]),
    ("AWS-0080", &["aws-rds-encrypt-instance-storage-data", "AWS052"]),
    ("AWS-0084", &["aws-redshift-encryption-customer-key", "AWS094"]),
    ("AWS-0086", &["aws-s3-block-public-acls", "AWS074"]),
    ("AWS-0087", &["aws-s3-block-public-policy", "AWS076"]),
    ("AWS-0089", &["aws-s3-enable-bucket-logging", "AWS002"]),
    ("AWS-0090", &["aws-s3-enable-versioning", "AWS077"]),
    ("AWS-0091", &["aws-s3-ignore-public-acls", "AWS073"]),
    ("AWS-0092", &["aws-s3-no-public-access-with-acl", "AWS001"]),
    ("AWS-0093", &["aws-s3-no-public-buckets", "AWS075"]),
    ("AWS-0094", &["aws-s3-specify-public-access-block", "AWS098"]),
    ("AWS-0095", &["aws-sns-enable-topic-encryption", "AWS016"]),
    ("AWS-0096", &["aws-sqs-enable-queue-encryption", "AWS015"]),
    ("AWS-0097", &["aws-sqs-no-wildcards-in-policy-documents", "AWS047"]),
    ("AWS-0098", &["aws-ssm-secret-use-customer-key", "AWS095"]),
    ("AWS-0101", &["aws-vpc-no-default-vpc", "aws-ec2-no-default-vpc", "AWS082"]),
    ("AWS-0102", &["aws-vpc-no-excessive-port-access", "aws-ec2-no-excessive-port-access", "AWS050"]),
    (
        "AWS-0104",
        &[
            "aws-vpc-no-public-egress-sgr",
            "aws-vpc-no-public-egress-sg",
            "aws-ec2-no-public-egress-sgr",
            "AWS007",
            "AWS009",
        ],
    ),
    (
        "AWS-0107",
        &[
            "aws-vpc-no-public-ingress-sgr",
            "aws-vpc-no-public-ingress-sg",
            "aws-ec2-no-public-ingress-sgr",
            "AWS006",
            "AWS008",
        ],
    ),
    (
        "AWS-0109",
        &["aws-workspaces-enable-disk-encryption", "aws-workspace-enable-disk-encryption", "AWS084"],
    ),
    (
        "AWS-0124",
        &["aws-vpc-add-description-to-security-group-rule", "aws-ec2-add-description-to-security-group-rule"],
    ),
    (
        "AWS-0099",
        &["aws-vpc-add-description-to-security-group", "aws-ec2-add-description-to-security-group", "AWS018"],
    ),
    ("AWS-0128", &["aws-neptune-encryption-customer-key"]),
    (
        "AWS-0130",
        &["aws-autoscaling-enforce-http-token-imds", "aws-ec2-enforce-launch-config-http-token-imds"],
    ),
    ("AWS-0131", &["aws-ec2-enable-at-rest-encryption"]),
    ("AWS-0132", &["aws-s3-encryption-customer-key"]),
    ("AWS-0135", &["aws-sqs-queue-encryption-use-cmk"]),
    ("AWS-0136", &["aws-sns-topic-encryption-use-cmk"]),
    ("AWS-0178", &["aws-ec2-require-vpc-flow-logs-for-all-vpcs"]),
    ("AWS-0180", &["aws-rds-no-public-db-access", "AWS011"]),
];

/// Trivy's numbers for a name in any case. One name may be that of two checks.
pub(super) fn numbers(name: &str) -> impl Iterator<Item = &'static str> {
    let is = move |(_, names): &&(&str, &[&str])| names.iter().any(|one| one.eq_ignore_ascii_case(name));
    NAMES.iter().filter(is).map(|(number, _)| *number)
}

#[cfg(test)]
mod tests {
    use super::{NAMES, numbers};
    use crate::RuleSet;

    #[test]
    fn every_number_stands_once_and_some_rule_carries_it() {
        let rules = RuleSet::builtin();
        for (at, (number, names)) in NAMES.iter().enumerate() {
            assert!(NAMES.iter().skip(at + 1).all(|(other, _)| other != number), "{number}");
            assert!(rules.by_alias(number).next().is_some(), "{number}");
            for name in *names {
                assert_eq!(numbers(name).collect::<Vec<_>>(), [*number], "{name}");
            }
        }
        assert_eq!(numbers("aws014").collect::<Vec<_>>(), ["AWS-0008"]);
        assert!(numbers("aws-ec2-nothing").next().is_none());
    }
}
