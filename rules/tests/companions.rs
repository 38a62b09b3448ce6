//! Split resources: each pair is joined by reference, and where the name is known by the name too.

#![allow(clippy::unwrap_used)]

use compline_iac::{MemorySources, Options, Workspace};
use compline_rules::{Outcome, RuleSet, judge, page};

/// Owner kind, relation, companion kind, the companion's attribute, the owner's attribute it names; and the
/// attribute whose text it may name instead, where the resource can be named by one that is known.
type Pair = (&'static str, &'static str, &'static str, &'static str, &'static str, Option<&'static str>);

const PAIRS: [Pair; 17] = [
    ("aws_s3_bucket", "versioning", "aws_s3_bucket_versioning", "bucket", "id", Some("bucket")),
    (
        "aws_s3_bucket",
        "public_access_block",
        "aws_s3_bucket_public_access_block",
        "bucket",
        "id",
        Some("bucket"),
    ),
    ("aws_s3_bucket", "policy", "aws_s3_bucket_policy", "bucket", "bucket", Some("bucket")),
    (
        "aws_s3_bucket",
        "encryption",
        "aws_s3_bucket_server_side_encryption_configuration",
        "bucket",
        "id",
        Some("bucket"),
    ),
    ("aws_s3_bucket", "acl", "aws_s3_bucket_acl", "bucket", "id", Some("bucket")),
    ("aws_s3_bucket", "logging", "aws_s3_bucket_logging", "bucket", "id", Some("bucket")),
    ("aws_security_group", "rules", "aws_security_group_rule", "security_group_id", "id", None),
    ("aws_security_group", "rules", "aws_vpc_security_group_ingress_rule", "security_group_id", "id", None),
    ("aws_security_group", "rules", "aws_vpc_security_group_egress_rule", "security_group_id", "id", None),
    ("aws_subnet", "network_acls", "aws_network_acl", "subnet_ids", "id", None),
    ("aws_subnet", "network_acl_associations", "aws_network_acl_association", "subnet_id", "id", None),
    ("aws_iam_role", "attachments", "aws_iam_role_policy_attachment", "role", "name", Some("name")),
    ("aws_iam_role", "inline_policies", "aws_iam_role_policy", "role", "id", Some("name")),
    (
        "aws_cloudwatch_log_group",
        "metric_filters",
        "aws_cloudwatch_log_metric_filter",
        "log_group_name",
        "name",
        Some("name"),
    ),
    ("aws_vpc", "flow_logs", "aws_flow_log", "vpc_id", "id", None),
    (
        "azurerm_key_vault",
        "diagnostics",
        "azurerm_monitor_diagnostic_setting",
        "target_resource_id",
        "id",
        None,
    ),
    (
        "azurerm_storage_account",
        "network_rules",
        "azurerm_storage_account_network_rules",
        "storage_account_id",
        "id",
        None,
    ),
];

/// What a rule says that wants a companion of `o`; the resources are the text.
fn wants(owner: &str, relation: &str, text: &str) -> &'static str {
    let provider = if owner.starts_with("aws") { "aws" } else { "azure" };
    let example = format!("resource \"{owner}\" \"x\" {{}}\n");
    let page = format!(
        "---\nid: {provider}-test-companion-missing\ntitle: it has no companion\nseverity: low\nobjectives: [iam-no-admin-policies]\n\
         sources: [\"https://docs.aws.amazon.com/\"]\ncheck:\n  {owner}: {{ ref.{relation}: {{ count: {{ at_least: 1 }} }} }}\n\
         ---\nIt should.\n\n```hcl fail\n{example}```\n"
    );
    let mut rules = RuleSet::builtin().only(|_| false);
    rules.add(page::parse(&page).unwrap().rule);
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    match verdicts.iter().find(|verdict| verdict.address.ends_with(".o")).unwrap().outcome {
        Outcome::Pass => "pass",
        Outcome::Fail => "fail",
        Outcome::Unknown(_) => "unknown",
        Outcome::Waived(_) => "waived",
    }
}

#[test]
fn split_resources_are_joined_by_reference_and_by_name() {
    for (owner, relation, companion, attribute, target, named) in PAIRS {
        let list = attribute.ends_with("ids");
        let written = |value: &str| if list { format!("[{value}]") } else { value.to_owned() };
        let name = named.map(|named| format!("{named} = var.name")).unwrap_or_default();
        let of = |value: &str, count: &str| {
            format!(
                "variable \"name\" {{ default = \"n\" }}\nresource \"{owner}\" \"o\" {{\n{name}\n}}\n\
                 resource \"{owner}\" \"other\" {{ {} }}\n\
                 resource \"{companion}\" \"c\" {{\n{count}\n{attribute} = {}\n}}\n",
                named.map(|named| format!("{named} = \"m\"")).unwrap_or_default(),
                written(value)
            )
        };
        let outcome = |value: &str, count: &str| wants(owner, relation, &of(value, count));
        let case = format!("{owner} and {companion}");
        assert_eq!(outcome(&format!("{owner}.o.{target}"), ""), "pass", "{case} by reference");
        let each = outcome(&format!("{owner}.o.{target}"), "count = 1");
        assert_eq!(each, "pass", "{case} by reference of a counted one");
        assert_eq!(outcome(&format!("{owner}.other.{target}"), ""), "fail", "{case} of another");
        if named.is_some() {
            assert_eq!(outcome("\"n\"", ""), "pass", "{case} by name");
            assert_eq!(outcome("\"m\"", ""), "fail", "{case} by another's name");
        }
        assert_eq!(outcome("var.missing", ""), "unknown", "{case} by what is unknown");
    }
}
