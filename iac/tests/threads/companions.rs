//! Split resources, modules that are not here, resources that are switched on and off.

use compline_iac::{Data, Existence, Options, WhyKind};

use super::{read, read_with};

#[test]
fn checkov_6113_split_resources_in_counted_modules() {
    let all = read(
        r#"
module "s3" {
  source = "./m"
  count  = 2
  name   = "data-${count.index}"
}
### m/m.tf
variable "name" {}
resource "aws_s3_bucket" "this" { bucket = var.name }
resource "aws_s3_bucket_public_access_block" "this" {
  bucket            = aws_s3_bucket.this.id
  block_public_acls = true
}
"#,
    );
    for index in 0..2 {
        let block = format!("module.s3[{index}].aws_s3_bucket_public_access_block.this");
        assert_eq!(all.target(&block, "bucket"), format!("module.s3[{index}].aws_s3_bucket.this"));
    }
}

#[test]
fn trivy_4780_null_defaults() {
    let all = read(
        r#"
module "bucket" {
  source = "./m"
}
### m/m.tf
variable "enabled" { default = null }
variable "algorithm" { default = "aws:kms" }
variable "versioned" {
  type     = bool
  default  = null
}
locals {
  enabled = coalesce(var.enabled, true)
}
resource "aws_s3_bucket" "b" { count = local.enabled ? 1 : 0 }
resource "aws_s3_bucket_versioning" "v" {
  count  = local.enabled ? 1 : 0
  bucket = join("", aws_s3_bucket.b[*].id)
  versioning_configuration {
    status = try(var.versioned, null) == null ? "Enabled" : "Suspended"
  }
}
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  count  = local.enabled ? 1 : 0
  bucket = one(aws_s3_bucket.b[*].id)
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = var.algorithm
    }
  }
}
"#,
    );
    assert_eq!(
        all.text("module.bucket.aws_s3_bucket_versioning.v[0]", "versioning_configuration.0.status"),
        "Enabled"
    );
    let encryption = "module.bucket.aws_s3_bucket_server_side_encryption_configuration.e[0]";
    assert_eq!(
        all.text(encryption, "rule.0.apply_server_side_encryption_by_default.0.sse_algorithm"),
        "aws:kms"
    );
    assert_eq!(all.target(encryption, "bucket"), "module.bucket.aws_s3_bucket.b[0]");
}

#[test]
fn trivy_1126_unresolved_modules() {
    let all = read(
        r#"
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket" "alone" {}
module "remote" {
  source = "terraform-aws-modules/s3-bucket/aws"
  bucket = aws_s3_bucket.b.id
}
resource "x" "y" { id = module.remote.id }
"#,
    );
    let [gap] = all.0.gaps.as_slice() else { panic!("{:?}", all.0.gaps) };
    assert_eq!((&*gap.what, gap.why.kind), ("module.remote", WhyKind::Module));
    // It may hold companions of the bucket it was told of, and of no other.
    let told: Vec<&str> = gap.refers.iter().map(|reference| &*reference.address).collect();
    assert_eq!(told, ["aws_s3_bucket.b"]);
    assert!(matches!(&all.at("x.y", "id").data, Data::Unknown(why) if why.kind == WhyKind::Module));
}

#[test]
fn trivy_7113_submodules_of_installed_modules() {
    let all = read(
        r#"
module "this" {
  source  = "terraform-aws-modules/eks/aws//modules/karpenter"
  version = "20.5.0"
  count   = 1
}
### .terraform/modules/modules.json
{"Modules":[{"Key":"","Source":"","Dir":"."},{"Key":"this","Source":"modules.example.com/terraform-aws-modules/eks/aws//modules/karpenter","Dir":".terraform/modules/this/modules/karpenter"}]}
### .terraform/modules/this/main.tf
resource "aws_eks_cluster" "parent" {}
### .terraform/modules/this/modules/karpenter/main.tf
resource "aws_iam_role" "node" {}
"#,
    );
    assert!(all.0.find("module.this[0].aws_iam_role.node").is_some());
    assert_eq!(all.count("aws_eks_cluster"), 0);
    assert!(all.0.is_whole());
}

#[test]
fn tfsec_868_conditional_resources() {
    let all = read(
        r#"
module "vpc" { source = "./vpc" }
### vpc/m.tf
variable "manage_default" { default = false }
resource "aws_default_vpc" "this" { count = var.manage_default ? 1 : 0 }
resource "aws_vpc" "this" { count = var.manage_default ? 0 : 1 }
output "id" { value = try(aws_default_vpc.this[0].id, aws_vpc.this[0].id) }
"#,
    );
    assert_eq!(all.count("aws_default_vpc"), 0);
    assert_eq!(all.count("aws_vpc"), 1);
}

#[test]
fn tfsec_1797_companions_by_for_each_of_a_resource() {
    let all = read(
        r#"
variable "names" { type = set(string) }
resource "aws_s3_bucket" "b" {
  for_each = var.names
  bucket   = each.key
}
resource "aws_s3_bucket_public_access_block" "b" {
  for_each          = aws_s3_bucket.b
  bucket            = each.value.id
  block_public_acls = true
}
resource "aws_s3_bucket_acl" "b" {
  for_each = aws_s3_bucket.b
  bucket   = each.value.bucket
  acl      = "private"
}
### names.auto.tfvars
names = ["foo", "bar"]
"#,
    );
    for key in ["foo", "bar"] {
        let bucket = format!("aws_s3_bucket.b[\"{key}\"]");
        assert_eq!(all.target(&format!("aws_s3_bucket_public_access_block.b[\"{key}\"]"), "bucket"), bucket);
        assert_eq!(all.target(&format!("aws_s3_bucket_acl.b[\"{key}\"]"), "bucket"), bucket);
        assert_eq!(all.text(&format!("aws_s3_bucket_acl.b[\"{key}\"]"), "bucket"), key);
    }
}

#[test]
fn tfsec_1450_companions_of_counted_buckets() {
    let all = read(
        r#"
module "bucket" { source = "./m" }
### m/m.tf
variable "create" {
  type    = bool
  default = true
}
resource "aws_s3_bucket" "b" { count = var.create ? 1 : 0 }
resource "aws_s3_bucket_public_access_block" "b" {
  count  = var.create ? 1 : 0
  bucket = aws_s3_bucket.b[0].id
}
"#,
    );
    assert_eq!(
        all.target("module.bucket.aws_s3_bucket_public_access_block.b[0]", "bucket"),
        "module.bucket.aws_s3_bucket.b[0]"
    );
}

#[test]
fn trivy_5001_bucket_names_that_are_not_known() {
    let all = read(
        r#"
resource "random_pet" "p" {}
resource "aws_s3_bucket" "b" { bucket = "prefix-${random_pet.p.id}" }
resource "aws_s3_bucket_public_access_block" "b" { bucket = aws_s3_bucket.b.bucket }
"#,
    );
    assert_eq!(all.target("aws_s3_bucket_public_access_block.b", "bucket"), "aws_s3_bucket.b");
    assert!(matches!(&all.at("aws_s3_bucket_public_access_block.b", "bucket").data, Data::Holed(_)));
}

#[test]
fn terrascan_924_switched_off_resources() {
    let all = read(
        r#"
variable "flow_logs" { default = false }
resource "aws_vpc" "v" {}
resource "aws_flow_log" "f" {
  count  = var.flow_logs ? 1 : 0
  vpc_id = aws_vpc.v.id
}
"#,
    );
    assert_eq!(all.count("aws_flow_log"), 0);
}

#[test]
fn trivy_7222_variables_of_the_run() {
    let text = r#"
variable "env" {}
resource "aws_s3_bucket" "b" { count = var.env == "test" ? 1 : 0 }
resource "aws_s3_bucket_server_side_encryption_configuration" "e" {
  count  = var.env == "test" ? 1 : 0
  bucket = aws_s3_bucket.b[0].bucket
}
"#;
    let of = |env: &str| {
        read_with(text, Options { variables: vec![("env".to_owned(), env.to_owned())], ..Options::default() })
    };
    assert_eq!(of("test").count("aws_s3_bucket"), 1);
    assert_eq!(of("live").count("aws_s3_bucket"), 0);
    let open = read(text);
    assert!(matches!(open.resource("aws_s3_bucket.b[0]").existence, Existence::Possible(_)));
}
