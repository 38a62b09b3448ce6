//! What people reported of other scanners, as fixtures of our own: each test is named after the thread it answers,
//! and its configuration was written from what the thread describes.

#![allow(clippy::unwrap_used)]

use compline_iac::{Data, Existence, Inventory, MemorySources, Options, Resource, Value, WhyKind, Workspace};

#[path = "threads/companions.rs"]
mod companions;

struct Read(std::sync::Arc<Inventory>);

/// Files are separated by `### path`; the first part is `main.tf`.
fn read(text: &str) -> Read {
    read_with(text, Options::default())
}

fn read_with(text: &str, options: Options) -> Read {
    let mut parts = text.split("### ");
    let mut files = vec![("main.tf", parts.next().unwrap())];
    files.extend(parts.map(|part| part.split_once('\n').unwrap()));
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(options);
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    assert_eq!(snapshot.problems.to_vec(), []);
    Read(snapshot.inventories.iter().find(|one| one.root.is_empty()).unwrap().clone())
}

impl Read {
    fn resource(&self, address: &str) -> &Resource {
        let all: Vec<&str> = self.0.resources.iter().map(|resource| &*resource.address).collect();
        self.0.find(address).unwrap_or_else(|| panic!("`{address}` is not among {all:?}"))
    }

    /// The value at a dotted path; numbers are places in lists.
    fn at(&self, address: &str, path: &str) -> &Value {
        let mut value = &self.resource(address).body;
        for step in path.split('.') {
            let next = match step.parse::<usize>() {
                Ok(index) => value.as_list().and_then(|list| list.items.get(index)),
                Err(_) => value.get(step),
            };
            value = next.unwrap_or_else(|| panic!("`{step}` of `{path}` in {value:?}"));
        }
        value
    }

    fn text(&self, address: &str, path: &str) -> String {
        let value = self.at(address, path);
        value.as_text().unwrap_or_else(|| panic!("{:?}", value.data)).to_owned()
    }

    fn is(&self, address: &str, path: &str, bool: bool) {
        assert_eq!(self.at(address, path).data, Data::Bool(bool), "{address} {path}");
    }

    /// The address that a value is read off.
    fn target(&self, address: &str, path: &str) -> String {
        self.at(address, path).refers.as_ref().unwrap().address.to_string()
    }

    fn count(&self, kind: &str) -> usize {
        self.0.of_kind(kind).count()
    }
}

#[test]
fn trivy_10926_sibling_modules() {
    for secret in ["random_password.p.result", "\"fixed\""] {
        let all = read(&format!(
            r#"
resource "random_password" "p" {{ length = 20 }}
module "first" {{
  source = "./first"
  secret = {secret}
}}
module "second" {{
  source    = "./second"
  encrypted = true
  cidrs     = ["10.0.0.0/8"]
}}
### first/m.tf
variable "secret" {{ default = null }}
resource "aws_ssm_parameter" "s" {{ value = var.secret }}
### second/m.tf
variable "encrypted" {{ default = false }}
variable "cidrs" {{ default = ["0.0.0.0/0"] }}
resource "aws_ebs_volume" "v" {{ encrypted = var.encrypted }}
resource "aws_security_group" "g" {{
  ingress {{ cidr_blocks = var.cidrs }}
}}
"#
        ));
        all.is("module.second.aws_ebs_volume.v", "encrypted", true);
        assert_eq!(all.text("module.second.aws_security_group.g", "ingress.0.cidr_blocks.0"), "10.0.0.0/8");
    }
}

#[test]
fn trivy_6274_outputs_reach_other_modules() {
    let all = read(
        r#"
module "key" { source = "./key" }
module "bucket" {
  source = "./bucket"
  key    = module.key.arn
  rules  = module.key.rules
}
### key/m.tf
resource "aws_kms_key" "k" {}
output "arn" { value = aws_kms_key.k.arn }
output "rules" { value = { sse = "aws:kms" } }
### bucket/m.tf
variable "key" {}
variable "rules" {}
resource "aws_s3_bucket_server_side_encryption_configuration" "s" {
  dynamic "rule" {
    for_each = var.rules
    content {
      apply_server_side_encryption_by_default {
        sse_algorithm     = rule.value
        kms_master_key_id = var.key
      }
    }
  }
}
"#,
    );
    let block = "rule.0.apply_server_side_encryption_by_default.0";
    let address = "module.bucket.aws_s3_bucket_server_side_encryption_configuration.s";
    assert_eq!(all.text(address, &format!("{block}.sse_algorithm")), "aws:kms");
    assert_eq!(all.target(address, &format!("{block}.kms_master_key_id")), "module.key.aws_kms_key.k");
}

#[test]
fn checkov_7503_for_expr() {
    let all = read(
        r#"
variable "items" {
  type    = list(string)
  default = ["a", "b"]
}
variable "objects" { default = [{ name = "n", size = 3 }] }
module "child" {
  source   = "./child"
  for_each = { for item in var.items : item => upper(item) }
  value    = each.value
}
module "keyed" {
  source   = "./child"
  for_each = { for object in var.objects : object.name => object if object.size > 2 }
  value    = each.value.size
}
### child/m.tf
variable "value" {}
resource "terraform_data" "t" { input = var.value }
"#,
    );
    assert_eq!(all.text("module.child[\"a\"].terraform_data.t", "input"), "A");
    assert_eq!(all.text("module.child[\"b\"].terraform_data.t", "input"), "B");
    assert_eq!(all.at("module.keyed[\"n\"].terraform_data.t", "input").data, Data::Number(3.into()));
    assert_eq!(all.count("terraform_data"), 3);
}

#[test]
fn checkov_4850_each_in_modules() {
    let all = read(
        r#"
module "buckets" {
  source   = "./m"
  for_each = { logs = "eu-west-1" }
  name     = each.key
  region   = each.value
}
### m/m.tf
variable "name" {}
variable "region" {}
resource "aws_s3_bucket" "b" {
  bucket = "${var.name}-bucket"
  tags   = { Region = var.region }
}
"#,
    );
    assert_eq!(all.text("module.buckets[\"logs\"].aws_s3_bucket.b", "bucket"), "logs-bucket");
    assert_eq!(all.text("module.buckets[\"logs\"].aws_s3_bucket.b", "tags.Region"), "eu-west-1");
}

#[test]
fn checkov_1940_merge_with_each() {
    let all = read(
        r#"
locals {
  common = { App = "shop" }
  lambdas = { pay = { Name = "pay-fn" } }
}
resource "aws_lambda_function" "f" {
  for_each = local.lambdas
  tags     = merge(local.common, { Name = each.value.Name })
}
"#,
    );
    assert_eq!(all.text("aws_lambda_function.f[\"pay\"]", "tags.Name"), "pay-fn");
    assert_eq!(all.text("aws_lambda_function.f[\"pay\"]", "tags.App"), "shop");
}

#[test]
fn checkov_5764_optional_object_attributes() {
    let all = read(
        r#"
variable "instance" {
  type = object({
    name     = string
    multi_az = optional(bool, true)
    backup   = optional(object({ days = optional(number, 7) }), {})
    zone     = optional(string)
  })
  default = { name = "db" }
}
resource "aws_db_instance" "d" {
  multi_az                = var.instance.multi_az
  backup_retention_period = var.instance.backup.days
  availability_zone       = var.instance.zone
}
"#,
    );
    all.is("aws_db_instance.d", "multi_az", true);
    assert_eq!(all.at("aws_db_instance.d", "backup_retention_period").data, Data::Number(7.into()));
    assert!(all.at("aws_db_instance.d", "availability_zone").is_null());
}

#[test]
fn checkov_5207_default_tags_by_key() {
    let all = read(
        r#"
variable "tag" { type = map(string) }
provider "aws" {
  default_tags {
    tags = {
      One = var.tag["key1"]
      Two = var.tag.key2
    }
  }
}
resource "aws_sqs_queue" "q" {}
### terraform.tfvars
tag = { key1 = "a", key2 = "b" }
"#,
    );
    assert_eq!(all.text("aws_sqs_queue.q", "tags.One"), "a");
    assert_eq!(all.text("aws_sqs_queue.q", "tags_all.Two"), "b");
}

#[test]
fn checkov_622_list_defaults() {
    let all = read(
        r#"
variable "types" {
  type    = list(string)
  default = ["api", "audit"]
}
resource "aws_eks_cluster" "c" { enabled_cluster_log_types = var.types }
"#,
    );
    assert_eq!(all.text("aws_eks_cluster.c", "enabled_cluster_log_types.1"), "audit");
}

#[test]
fn checkov_91_dynamic_block_on_null() {
    let text = |target: &str| {
        format!(
            r#"
module "b" {{
  source = "./m"
  logs   = {target}
}}
### m/m.tf
variable "logs" {{ default = null }}
resource "aws_s3_bucket" "b" {{
  dynamic "logging" {{
    for_each = var.logs != null ? [var.logs] : []
    content {{
      target_bucket = logging.value
    }}
  }}
}}
"#
        )
    };
    assert_eq!(read(&text("\"l\"")).text("module.b.aws_s3_bucket.b", "logging.0.target_bucket"), "l");
    assert!(read(&text("null")).resource("module.b.aws_s3_bucket.b").body.get("logging").is_none());
    // Whether there is a target is not known, so neither is whether there is a block.
    let open = read(&text("uuid()"));
    assert!(open.at("module.b.aws_s3_bucket.b", "logging").as_list().unwrap().open.is_some());
}

#[test]
fn trivy_7099_missing_variables() {
    let text = r#"
variable "subnets" {
  type = map(object({ cidr = string }))
}
resource "aws_subnet" "s" {
  for_each                = var.subnets
  cidr_block              = each.value["cidr"]
  map_public_ip_on_launch = true
}
"#;
    // Without the variable the subnet may exist, and what is written of it is known.
    let open = read(text);
    let subnet = open.resource("aws_subnet.s");
    assert!(matches!(&subnet.existence, Existence::Possible(why) if why.kind == WhyKind::Variable));
    open.is("aws_subnet.s", "map_public_ip_on_launch", true);
    let given = ("subnets".to_owned(), "{ a = { cidr = \"10.0.1.0/24\" } }".to_owned());
    let closed = read_with(text, Options { variables: vec![given], ..Options::default() });
    assert_eq!(closed.text("aws_subnet.s[\"a\"]", "cidr_block"), "10.0.1.0/24");
}

#[test]
fn trivy_8685_missing_variables_in_texts() {
    let all = read(
        "variable \"foo\" {}\nresource \"x\" \"y\" {\n  a = \"${var.foo} test\"\n  b = [\"k\", var.foo]\n}\n",
    );
    assert!(matches!(&all.at("x.y", "a").data, Data::Holed(_)));
    assert_eq!(all.text("x.y", "b.0"), "k");
    assert!(matches!(&all.at("x.y", "b.1").data, Data::Unknown(why) if why.kind == WhyKind::Variable));
}

#[test]
fn trivy_8485_data_sources_stay_open() {
    let all = read(
        r#"
data "aws_kms_key" "k" { key_id = "alias/x" }
resource "aws_sns_topic" "t" { kms_master_key_id = data.aws_kms_key.k.arn }
"#,
    );
    let value = all.at("aws_sns_topic.t", "kms_master_key_id");
    assert!(matches!(&value.data, Data::Unknown(why) if why.kind == WhyKind::Data));
    assert_eq!(all.target("aws_sns_topic.t", "kms_master_key_id"), "data.aws_kms_key.k");
}

#[test]
fn trivy_5902_dynamic_blocks_over_objects() {
    let all = read(
        r#"
locals { policy = [{ enabled = true, provider = "CALICO" }] }
resource "google_container_cluster" "c" {
  dynamic "network_policy" {
    for_each = local.policy
    content {
      enabled  = network_policy.value.enabled
      provider = network_policy.value.provider
    }
  }
}
"#,
    );
    all.is("google_container_cluster.c", "network_policy.0.enabled", true);
    assert_eq!(all.text("google_container_cluster.c", "network_policy.0.provider"), "CALICO");
}

#[test]
fn trivy_7611_dynamic_over_a_set_of_objects() {
    let all = read(
        r#"
variable "paths" {
  type    = set(object({ bucket = string, prefix = optional(string, "") }))
  default = [{ bucket = "one" }, { bucket = "two", prefix = "p/" }]
}
data "aws_iam_policy_document" "d" {
  dynamic "statement" {
    for_each = var.paths
    iterator = path
    content {
      actions   = ["s3:GetObject"]
      resources = ["arn:aws:s3:::${path.value.bucket}/${path.value.prefix}*"]
    }
  }
}
"#,
    );
    let list = all.at("data.aws_iam_policy_document.d", "statement").as_list().unwrap();
    assert_eq!(list.items.len(), 2);
    assert_eq!(all.text("data.aws_iam_policy_document.d", "statement.1.resources.0"), "arn:aws:s3:::two/p/*");
}

#[test]
fn trivy_7586_nested_dynamic_blocks() {
    let all = read(
        r#"
variable "rules" {
  default = [{ action = "deny", ips = ["10.0.0.1", "10.0.0.2"] }]
}
resource "azurerm_container_registry" "r" {
  dynamic "network_rule_set" {
    for_each = var.rules
    content {
      default_action = network_rule_set.value.action
      dynamic "ip_rule" {
        for_each = network_rule_set.value.ips
        content {
          ip_range = "${ip_rule.value}/${network_rule_set.key}"
        }
      }
    }
  }
}
"#,
    );
    assert_eq!(all.text("azurerm_container_registry.r", "network_rule_set.0.default_action"), "deny");
    assert_eq!(
        all.text("azurerm_container_registry.r", "network_rule_set.0.ip_rule.1.ip_range"),
        "10.0.0.2/0"
    );
}

#[test]
fn trivy_5686_conditions_choose_between_policies() {
    let all = read(
        r#"
variable "dry" {}
data "aws_iam_policy_document" "narrow" {
  statement { actions = ["s3:GetObject"] }
}
data "aws_iam_policy_document" "wide" {
  statement { actions = ["s3:*"] }
}
resource "aws_iam_role_policy" "known" {
  policy = false ? data.aws_iam_policy_document.wide.json : data.aws_iam_policy_document.narrow.json
}
resource "aws_iam_role_policy" "open" {
  policy = var.dry ? data.aws_iam_policy_document.wide.json : data.aws_iam_policy_document.narrow.json
}
"#,
    );
    assert_eq!(all.target("aws_iam_role_policy.known", "policy"), "data.aws_iam_policy_document.narrow");
    let Data::Choice(both) = &all.at("aws_iam_role_policy.open", "policy").data else { panic!() };
    let targets: Vec<&str> = both.iter().map(|one| &*one.refers.as_ref().unwrap().address).collect();
    assert_eq!(targets, ["data.aws_iam_policy_document.wide", "data.aws_iam_policy_document.narrow"]);
}

#[test]
fn terraform_aws_iam_519_not_nullable() {
    let all = read(
        r#"
module "role" {
  source  = "./m"
  actions = try(null, [])
}
### m/m.tf
variable "actions" {
  type     = list(string)
  default  = ["sts:AssumeRole"]
  nullable = false
}
resource "x" "y" { actions = concat(var.actions, ["sts:TagSession"]) }
"#,
    );
    assert_eq!(all.text("module.role.x.y", "actions.0"), "sts:AssumeRole");
}

#[test]
fn mql_9905_each_element_of_a_dynamic_block() {
    let all = read(
        r#"
variable "cidrs" { default = ["10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/0"] }
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = var.cidrs
    iterator = rule
    content {
      from_port   = 22
      to_port     = 22
      cidr_blocks = [rule.value]
    }
  }
}
"#,
    );
    assert_eq!(all.at("aws_security_group.g", "ingress").as_list().unwrap().items.len(), 3);
    assert_eq!(all.text("aws_security_group.g", "ingress.2.cidr_blocks.0"), "0.0.0.0/0");
}
