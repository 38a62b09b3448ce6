//! Where the policies stand: a table by resource kind.

/// A policy of a resource.
pub struct Place {
    /// What the policy speaks for.
    pub owner: &'static str,
    /// Block names and the attribute.
    pub path: &'static [&'static str],
}

/// The places of a kind.
pub fn of(kind: &str) -> impl Iterator<Item = &'static Place> + use<> {
    PLACES
        .binary_search_by_key(&kind, |(kind, _)| kind)
        .ok()
        .and_then(|at| PLACES.get(at))
        .into_iter()
        .flat_map(|(_, places)| *places)
}

/// All kinds that have a place.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|(kind, _)| *kind)
}

const fn at(owner: &'static str, path: &'static [&'static str]) -> Place {
    Place { owner, path }
}

/// Sorted by kind.
const PLACES: &[(&str, &[Place])] = &[
    ("AWS::ApiGateway::RestApi", &[at("api_gateway", &["Policy"])]),
    ("AWS::Backup::BackupVault", &[at("backup", &["AccessPolicy"])]),
    ("AWS::CodeArtifact::Domain", &[at("codeartifact", &["PermissionsPolicyDocument"])]),
    ("AWS::CodeArtifact::Repository", &[at("codeartifact", &["PermissionsPolicyDocument"])]),
    ("AWS::DynamoDB::Table", &[at("dynamodb", &["ResourcePolicy", "PolicyDocument"])]),
    ("AWS::EC2::VPCEndpoint", &[at("vpc_endpoint", &["PolicyDocument"])]),
    ("AWS::ECR::PublicRepository", &[at("ecr", &["RepositoryPolicyText"])]),
    ("AWS::ECR::RegistryPolicy", &[at("ecr", &["PolicyText"])]),
    ("AWS::ECR::Repository", &[at("ecr", &["RepositoryPolicyText"])]),
    ("AWS::EFS::FileSystem", &[at("efs", &["FileSystemPolicy"])]),
    ("AWS::Elasticsearch::Domain", &[at("opensearch", &["AccessPolicies"])]),
    ("AWS::IAM::Group", &[at("identity", &["Policies", "PolicyDocument"])]),
    ("AWS::IAM::GroupPolicy", &[at("identity", &["PolicyDocument"])]),
    ("AWS::IAM::ManagedPolicy", &[at("identity", &["PolicyDocument"])]),
    ("AWS::IAM::Policy", &[at("identity", &["PolicyDocument"])]),
    (
        "AWS::IAM::Role",
        &[at("trust", &["AssumeRolePolicyDocument"]), at("identity", &["Policies", "PolicyDocument"])],
    ),
    ("AWS::IAM::RolePolicy", &[at("identity", &["PolicyDocument"])]),
    ("AWS::IAM::User", &[at("identity", &["Policies", "PolicyDocument"])]),
    ("AWS::IAM::UserPolicy", &[at("identity", &["PolicyDocument"])]),
    ("AWS::KMS::Key", &[at("kms", &["KeyPolicy"])]),
    ("AWS::KMS::ReplicaKey", &[at("kms", &["KeyPolicy"])]),
    ("AWS::Kinesis::ResourcePolicy", &[at("kinesis", &["ResourcePolicy"])]),
    ("AWS::Logs::ResourcePolicy", &[at("logs", &["PolicyDocument"])]),
    ("AWS::OpenSearchService::Domain", &[at("opensearch", &["AccessPolicies"])]),
    ("AWS::S3::AccessPoint", &[at("s3", &["Policy"])]),
    ("AWS::S3::BucketPolicy", &[at("s3", &["PolicyDocument"])]),
    ("AWS::SNS::TopicInlinePolicy", &[at("sns", &["PolicyDocument"])]),
    ("AWS::SNS::TopicPolicy", &[at("sns", &["PolicyDocument"])]),
    ("AWS::SQS::QueueInlinePolicy", &[at("sqs", &["PolicyDocument"])]),
    ("AWS::SQS::QueuePolicy", &[at("sqs", &["PolicyDocument"])]),
    ("AWS::SSO::PermissionSet", &[at("identity", &["InlinePolicy"])]),
    ("AWS::SecretsManager::ResourcePolicy", &[at("secretsmanager", &["ResourcePolicy"])]),
    ("aws_acmpca_policy", &[at("acmpca", &["policy"])]),
    ("aws_api_gateway_rest_api", &[at("api_gateway", &["policy"])]),
    ("aws_api_gateway_rest_api_policy", &[at("api_gateway", &["policy"])]),
    ("aws_backup_vault_policy", &[at("backup", &["policy"])]),
    ("aws_cloudwatch_event_bus_policy", &[at("events", &["policy"])]),
    ("aws_cloudwatch_log_resource_policy", &[at("logs", &["policy_document"])]),
    ("aws_codeartifact_domain_permissions_policy", &[at("codeartifact", &["policy_document"])]),
    ("aws_codeartifact_repository_permissions_policy", &[at("codeartifact", &["policy_document"])]),
    ("aws_dynamodb_resource_policy", &[at("dynamodb", &["policy"])]),
    ("aws_ecr_registry_policy", &[at("ecr", &["policy"])]),
    ("aws_ecr_repository_policy", &[at("ecr", &["policy"])]),
    ("aws_ecrpublic_repository_policy", &[at("ecr", &["policy"])]),
    ("aws_efs_file_system_policy", &[at("efs", &["policy"])]),
    ("aws_elasticsearch_domain", &[at("opensearch", &["access_policies"])]),
    ("aws_elasticsearch_domain_policy", &[at("opensearch", &["access_policies"])]),
    ("aws_glacier_vault", &[at("glacier", &["access_policy"])]),
    ("aws_glue_resource_policy", &[at("glue", &["policy"])]),
    ("aws_iam_group_policy", &[at("identity", &["policy"])]),
    ("aws_iam_policy", &[at("identity", &["policy"])]),
    ("aws_iam_role", &[at("trust", &["assume_role_policy"]), at("identity", &["inline_policy", "policy"])]),
    ("aws_iam_role_policy", &[at("identity", &["policy"])]),
    ("aws_iam_user_policy", &[at("identity", &["policy"])]),
    ("aws_kinesis_resource_policy", &[at("kinesis", &["policy"])]),
    ("aws_kms_external_key", &[at("kms", &["policy"])]),
    ("aws_kms_key", &[at("kms", &["policy"])]),
    ("aws_kms_key_policy", &[at("kms", &["policy"])]),
    ("aws_kms_replica_external_key", &[at("kms", &["policy"])]),
    ("aws_kms_replica_key", &[at("kms", &["policy"])]),
    ("aws_media_store_container_policy", &[at("mediastore", &["policy"])]),
    ("aws_opensearch_domain", &[at("opensearch", &["access_policies"])]),
    ("aws_opensearch_domain_policy", &[at("opensearch", &["access_policies"])]),
    ("aws_s3_access_point", &[at("s3", &["policy"])]),
    ("aws_s3_bucket", &[at("s3", &["policy"])]),
    ("aws_s3_bucket_policy", &[at("s3", &["policy"])]),
    ("aws_s3control_access_point_policy", &[at("s3", &["policy"])]),
    ("aws_secretsmanager_secret", &[at("secretsmanager", &["policy"])]),
    ("aws_secretsmanager_secret_policy", &[at("secretsmanager", &["policy"])]),
    ("aws_sns_topic", &[at("sns", &["policy"])]),
    ("aws_sns_topic_policy", &[at("sns", &["policy"])]),
    ("aws_sqs_queue", &[at("sqs", &["policy"])]),
    ("aws_sqs_queue_policy", &[at("sqs", &["policy"])]),
    ("aws_ssoadmin_permission_set_inline_policy", &[at("identity", &["inline_policy"])]),
    ("aws_vpc_endpoint", &[at("vpc_endpoint", &["policy"])]),
    ("aws_vpc_endpoint_policy", &[at("vpc_endpoint", &["policy"])]),
];

#[cfg(test)]
mod tests {
    use super::PLACES;

    #[test]
    fn the_table_is_sorted() {
        assert!(PLACES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
