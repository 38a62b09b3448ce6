//! Default tags and labels, provider aliases, directories named for modules, validations of variables.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use compline_iac::{Data, Gravity, MemorySources, Options, Snapshot, Value, Workspace};

fn read(files: &[(&str, &str)], options: Options) -> Snapshot {
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(options);
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    workspace.snapshot(&sources)
}

fn body<'s>(snapshot: &'s Snapshot, address: &str) -> &'s Value {
    &snapshot.inventories[0].find(address).unwrap().body
}

fn texts(value: Option<&Value>) -> BTreeMap<String, String> {
    let entries = &value.unwrap().as_map().unwrap().entries;
    entries.iter().map(|(key, item)| (key.to_string(), item.as_text().unwrap_or("?").to_owned())).collect()
}

fn of(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, item)| ((*key).to_owned(), (*item).to_owned())).collect()
}

const PROVIDERS: &str = r#"
variable "owner" { default = "ops" }
provider "aws" {
  default_tags {
    tags = { Owner = var.owner, Env = "prod" }
  }
}
provider "aws" {
  alias = "west"
  default_tags {
    tags = { Owner = "west" }
  }
}
provider "google" {
  default_labels = { team = "data" }
}
"#;

#[test]
fn default_tags_reach_the_resources_that_take_tags() {
    let main = r#"
resource "aws_s3_bucket" "a" { tags = { Env = "test", Name = "a" } }
resource "aws_s3_bucket" "b" {}
resource "aws_s3_bucket" "west" { provider = aws.west }
resource "aws_s3_bucket" "none" { tags = null }
resource "aws_s3_bucket" "unknown" { tags = var.tags }
resource "aws_s3_bucket_versioning" "v" { bucket = aws_s3_bucket.a.id }
resource "google_storage_bucket" "g" { labels = { own = "x" } }
resource "terraform_data" "t" { input = aws_s3_bucket.a.tags }
variable "tags" {}
"#;
    let snapshot = read(&[("main.tf", main), ("providers.tf", PROVIDERS)], Options::default());
    let tags = |address: &str| texts(body(&snapshot, address).get("tags"));
    assert_eq!(tags("aws_s3_bucket.a"), of(&[("Owner", "ops"), ("Env", "test"), ("Name", "a")]));
    assert_eq!(
        body(&snapshot, "aws_s3_bucket.a").get("tags_all"),
        body(&snapshot, "aws_s3_bucket.a").get("tags")
    );
    assert_eq!(tags("aws_s3_bucket.b"), of(&[("Owner", "ops"), ("Env", "prod")]));
    assert_eq!(tags("aws_s3_bucket.none"), of(&[("Owner", "ops"), ("Env", "prod")]));
    assert_eq!(tags("aws_s3_bucket.west"), of(&[("Owner", "west")]));
    // A tag of the provider may be overridden by one that is not known.
    assert_eq!(tags("aws_s3_bucket.unknown"), of(&[("Owner", "?"), ("Env", "?")]));
    assert!(body(&snapshot, "aws_s3_bucket.unknown").get("tags").unwrap().as_map().unwrap().open.is_some());
    assert!(body(&snapshot, "aws_s3_bucket_versioning.v").get("tags").is_none());
    let labels = body(&snapshot, "google_storage_bucket.g").get("labels");
    assert_eq!(texts(labels), of(&[("team", "data"), ("own", "x")]));
    // Other expressions see a resource's own tags only.
    assert_eq!(
        texts(body(&snapshot, "terraform_data.t").get("input")),
        of(&[("Env", "test"), ("Name", "a")])
    );
    // The value stands in the provider's block.
    let env = body(&snapshot, "aws_s3_bucket.b").get("tags").unwrap().get("Env").unwrap();
    let span = env.origin.span.unwrap();
    assert_eq!(&*snapshot.source(span).unwrap().path, "providers.tf");
    assert_eq!(snapshot.source(span).unwrap().slice(span), "\"prod\"");
}

#[test]
fn modules_use_the_providers_they_are_passed() {
    let main = r#"
module "inherits" { source = "./m" }
module "passed" {
  source    = "./m"
  providers = { aws = aws.west }
}
module "alias" {
  source    = "./n"
  providers = { aws.far = aws.west }
}
"#;
    let m = r#"resource "aws_sqs_queue" "q" {}"#;
    let n = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", configuration_aliases = [aws.far] }
  }
}
resource "aws_sqs_queue" "far" { provider = aws.far }
resource "aws_sqs_queue" "near" {}
"#;
    let files = [("main.tf", main), ("providers.tf", PROVIDERS), ("m/m.tf", m), ("n/n.tf", n)];
    let snapshot = read(&files, Options::default());
    let owner = |address: &str| texts(body(&snapshot, address).get("tags")).remove("Owner").unwrap();
    assert_eq!(owner("module.inherits.aws_sqs_queue.q"), "ops");
    assert_eq!(owner("module.passed.aws_sqs_queue.q"), "west");
    assert_eq!(owner("module.alias.aws_sqs_queue.far"), "west");
    assert_eq!(owner("module.alias.aws_sqs_queue.near"), "ops");
}

#[test]
fn a_module_may_be_named_a_directory() {
    let main = r#"
module "vpc" {
  source  = "terraform-aws-modules/vpc/aws"
  version = "5.1.0"
}
module "sub" { source = "git::https://example.com/net.git//modules/sub?ref=v1" }
module "gone" { source = "acme/gone/aws" }
"#;
    let files = [
        ("live/main.tf", main),
        ("vendor/vpc/main.tf", "resource \"x\" \"vpc\" {}\n"),
        ("vendor/net/modules/sub/main.tf", "resource \"x\" \"sub\" {}\n"),
    ];
    let named =
        [("terraform-aws-modules/vpc/aws", "vendor/vpc"), ("git::https://example.com/net.git", "vendor/net")];
    let named = named.map(|(name, directory)| (name.to_owned(), directory.to_owned())).to_vec();
    let options = Options { module_directories: named, ..Options::default() };
    let snapshot = read(&files, options);
    assert_eq!(snapshot.inventories.len(), 1, "a module that is called is no root");
    let inventory = &snapshot.inventories[0];
    assert!(inventory.find("module.vpc.x.vpc").is_some());
    assert!(inventory.find("module.sub.x.sub").is_some());
    assert_eq!(inventory.gaps.iter().map(|gap| &*gap.what).collect::<Vec<_>>(), ["module.gone"]);
    let by_name =
        Options { module_directories: vec![("gone".into(), "vendor/vpc".into())], ..Options::default() };
    assert!(read(&files, by_name).inventories.iter().any(|one| one.find("module.gone.x.vpc").is_some()));
}

#[test]
fn a_refused_value_is_a_problem_where_it_stands() {
    let m = r#"
variable "size" {
  type     = number
  nullable = false
  default  = 3
  validation {
    condition     = var.size > 2
    error_message = "The size ${var.size} is too small."
  }
}
variable "open" {
  validation {
    condition     = length(var.open) > 3
    error_message = "Too short."
  }
}
variable "secret" {
  sensitive = true
  default   = "s3cret"
}
variable "token" {
  ephemeral = true
  default   = "t"
}
resource "x" "y" {
  size   = var.size
  secret = "${var.secret}!"
}
"#;
    let main = "module \"a\" {\n  source = \"./m\"\n  size = 1\n  open = uuid()\n}\nmodule \"b\" {\n  source = \"./m\"\n  size = null\n  open = \"long\"\n}\n";
    let snapshot = read(&[("main.tf", main), ("m/m.tf", m)], Options::default());
    let [problem] = &*snapshot.problems else { panic!("{:?}", snapshot.problems) };
    assert_eq!(problem.gravity, Gravity::Note);
    assert_eq!(
        problem.message,
        "the value of variable `size` of `module.a` is refused: The size 1 is too small."
    );
    let source = snapshot.source(problem.span.unwrap()).unwrap();
    assert_eq!((&*source.path, source.slice(problem.span.unwrap())), ("main.tf", "1"));
    assert_eq!(body(&snapshot, "module.b.x.y").get("size").unwrap().data, Data::Number(3.into()));
    assert!(body(&snapshot, "module.b.x.y").get("secret").unwrap().sensitive);
}

#[test]
fn only_kinds_that_take_tags_get_them_and_of_newer_kinds_it_is_unknown() {
    let main = r#"
provider "aws" {
  default_tags {
    tags = { Owner = "ops" }
  }
}
resource "aws_network_acl" "takes" {}
resource "aws_iam_group" "takes_none" {}
resource "aws_lb_listener" "since" {}
resource "aws_lb_listener" "own" { tags = { Name = "x" } }
resource "aws_brand_new" "newer" {}
resource "aws_s3_bucket_versioning" "newer_part" {}
"#;
    let snapshot = read(&[("main.tf", main)], Options::default());
    let tags = |address: &str| body(&snapshot, address).get("tags").cloned();
    assert_eq!(texts(tags("aws_network_acl.takes").as_ref()), of(&[("Owner", "ops")]));
    assert_eq!(tags("aws_iam_group.takes_none"), None);
    assert_eq!(tags("aws_s3_bucket_versioning.newer_part"), None);
    assert_eq!(texts(tags("aws_lb_listener.own").as_ref()), of(&[("Name", "x"), ("Owner", "ops")]));
    for address in ["aws_lb_listener.since", "aws_brand_new.newer"] {
        let Data::Unknown(why) = &tags(address).unwrap().data else { panic!("{address}") };
        assert!(why.text.contains("depends on its version"), "{}", why.text);
    }
}
