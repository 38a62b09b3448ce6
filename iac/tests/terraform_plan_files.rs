//! Plans and states as `terraform show -json` prints them, and state files.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use compline_iac::{Data, Existence, Inventory, MemorySources, Options, Snapshot, Value, Workspace};

fn read(files: &[(&str, &str)]) -> (Workspace, MemorySources, Snapshot) {
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    (workspace, sources, snapshot)
}

fn get<'i>(inventory: &'i Inventory, address: &str, name: &str) -> &'i Value {
    inventory
        .find(address)
        .unwrap_or_else(|| panic!("{address}"))
        .body
        .get(name)
        .unwrap_or_else(|| panic!("{name}"))
}

fn slice(snapshot: &Snapshot, value: &Value) -> (String, String) {
    let span = value.origin.span.unwrap();
    let source = snapshot.source(span).unwrap();
    (source.path.to_string(), source.slice(span).to_owned())
}

const CODE: &str = r#"
variable "encrypted" {}
variable "names" {}
variable "cidrs" {}
resource "aws_ebs_volume" "v" {
  encrypted = var.encrypted
  size      = 20
}
resource "aws_s3_bucket" "b" {
  for_each = var.names
  bucket   = "logs-${each.key}"
}
resource "aws_s3_bucket_versioning" "b" {
  for_each = var.names
  bucket   = aws_s3_bucket.b[each.key].id
}
resource "aws_security_group" "g" {
  dynamic "ingress" {
    for_each = var.cidrs
    content {
      from_port   = 22
      cidr_blocks = [ingress.value]
    }
  }
}
resource "aws_flow_log" "none" { count = var.encrypted ? 0 : 1 }
module "net" {
  source  = "acme/net/aws"
  version = "1.0"
}
"#;

const PLAN: &str = r#"{
  "format_version": "1.2",
  "terraform_version": "1.11.4",
  "timestamp": "2026-01-02T03:04:05Z",
  "planned_values": { "root_module": {
    "resources": [
      { "address": "aws_ebs_volume.v", "mode": "managed", "type": "aws_ebs_volume", "name": "v",
        "values": { "encrypted": false, "size": 20, "iops": null, "type": "gp3", "tags": {} } },
      { "address": "aws_s3_bucket.b[\"x\"]", "mode": "managed", "type": "aws_s3_bucket", "name": "b", "index": "x",
        "values": { "bucket": "logs-x", "logging": [] } },
      { "address": "aws_s3_bucket.b[\"y\"]", "mode": "managed", "type": "aws_s3_bucket", "name": "b", "index": "y",
        "values": { "bucket": "logs-y" } },
      { "address": "aws_s3_bucket_versioning.b[\"x\"]", "mode": "managed", "type": "aws_s3_bucket_versioning", "name": "b", "index": "x",
        "values": { "versioning_configuration": [{ "status": "Enabled" }] } },
      { "address": "aws_security_group.g", "mode": "managed", "type": "aws_security_group", "name": "g",
        "values": { "ingress": [{ "from_port": 22, "cidr_blocks": ["0.0.0.0/0"], "self": null }] } }
    ],
    "child_modules": [ { "address": "module.net", "resources": [
      { "address": "module.net.aws_vpc.this[0]", "mode": "managed", "type": "aws_vpc", "name": "this", "index": 0,
        "values": { "cidr_block": "10.0.0.0/16" } },
      { "address": "module.net.aws_flow_log.this", "mode": "managed", "type": "aws_flow_log", "name": "this",
        "values": { "password": "p", "traffic_type": "ALL" } } ] } ]
  } },
  "resource_changes": [
    { "address": "aws_s3_bucket_versioning.b[\"x\"]", "change": { "after_unknown": { "bucket": true, "id": true } } },
    { "address": "module.net.aws_flow_log.this",
      "change": { "after_unknown": { "vpc_id": true }, "after_sensitive": { "password": true } } }
  ],
  "configuration": { "root_module": {
    "resources": [
      { "address": "aws_ebs_volume.v", "expressions": { "encrypted": { "references": ["var.encrypted"] } } },
      { "address": "aws_s3_bucket.b", "expressions": {} },
      { "address": "aws_s3_bucket_versioning.b", "expressions": { "bucket": { "references": ["aws_s3_bucket.b", "each.key"] } } },
      { "address": "aws_security_group.g" },
      { "address": "aws_flow_log.none" }
    ],
    "module_calls": { "net": { "source": "acme/net/aws", "module": {
      "outputs": { "id": { "expression": { "references": ["aws_vpc.this[0].id", "aws_vpc.this[0]", "aws_vpc.this"] } } },
      "resources": [
        { "address": "aws_vpc.this" },
        { "address": "aws_flow_log.this", "expressions": { "vpc_id": { "references": ["aws_vpc.this[0].id", "aws_vpc.this"] } } }
      ] } } }
  } }
}"#;

#[test]
fn a_plan_resolves_what_the_code_leaves_open() {
    let (mut workspace, sources, snapshot) = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    let [inventory] = snapshot.inventories.as_slice() else { panic!("{}", snapshot.inventories.len()) };
    assert_eq!(snapshot.problems.to_vec(), []);
    let info = inventory.plan.as_ref().unwrap();
    assert_eq!(
        (&*info.path, info.terraform_version.as_deref(), info.timestamp.as_deref()),
        ("plan.json", Some("1.11.4"), Some("2026-01-02T03:04:05Z"))
    );
    // The value is the plan's, the place the code's.
    let encrypted = get(inventory, "aws_ebs_volume.v", "encrypted");
    assert_eq!(encrypted.data, Data::Bool(false));
    assert_eq!(slice(&snapshot, encrypted).0, "main.tf");
    assert_eq!(slice(&snapshot, get(inventory, "aws_ebs_volume.v", "size")), ("main.tf".into(), "20".into()));
    // What the provider fills in stands at the block.
    let of = get(inventory, "aws_ebs_volume.v", "type");
    assert_eq!(slice(&snapshot, of), ("main.tf".into(), "resource \"aws_ebs_volume\" \"v\"".into()));
    assert!(inventory.find("aws_ebs_volume.v").unwrap().body.get("tags").is_none());
    // Instances the code could not count, and references between them.
    let bucket = get(inventory, "aws_s3_bucket.b[\"y\"]", "bucket");
    assert_eq!((bucket.as_text(), slice(&snapshot, bucket).0.as_str()), (Some("logs-y"), "main.tf"));
    assert!(inventory.resources.iter().all(|resource| resource.existence == Existence::Certain));
    let versioned = get(inventory, "aws_s3_bucket_versioning.b[\"x\"]", "bucket");
    assert_eq!(&*versioned.refers.as_ref().unwrap().address, "aws_s3_bucket.b[\"x\"]");
    assert!(
        inventory.find("aws_flow_log.none").is_none() && inventory.find("aws_flow_log.none[0]").is_none()
    );
    let ingress = get(inventory, "aws_security_group.g", "ingress").as_list().unwrap();
    assert!(ingress.open.is_none());
    let cidr = &ingress.items[0].get("cidr_blocks").unwrap().as_list().unwrap().items[0];
    assert_eq!((cidr.as_text(), slice(&snapshot, cidr).0.as_str()), (Some("0.0.0.0/0"), "main.tf"));
    assert!(ingress.items[0].get("self").is_none());
    // A module that is not here stands in the plan's own text, and is no gap.
    assert!(inventory.is_whole(), "{:?}", inventory.gaps);
    let block = get(inventory, "module.net.aws_vpc.this[0]", "cidr_block");
    assert_eq!(slice(&snapshot, block), ("plan.json".into(), "\"10.0.0.0/16\"".into()));
    let vpc = get(inventory, "module.net.aws_flow_log.this", "vpc_id").refers.as_ref().unwrap();
    assert_eq!((&*vpc.address, &*vpc.attribute), ("module.net.aws_vpc.this[0]", "id"));
    assert!(get(inventory, "module.net.aws_flow_log.this", "password").sensitive);
    // Code that changes afterwards counts; what did not change stays the same.
    let again = workspace.snapshot(&sources);
    assert!(Arc::ptr_eq(inventory, &again.inventories[0]));
    workspace.set("main.tf", CODE.replace("var.encrypted\n  size", "true\n  size").into());
    let changed = workspace.snapshot(&sources);
    assert_eq!(get(&changed.inventories[0], "aws_ebs_volume.v", "encrypted").data, Data::Bool(true));
    workspace.remove("plan.json");
    assert!(workspace.snapshot(&sources).inventories[0].plan.is_none());
}

#[test]
fn a_plan_alone_is_an_inventory() {
    let (.., snapshot) = read(&[("out/plan.json", PLAN)]);
    let [inventory] = snapshot.inventories.as_slice() else { panic!() };
    assert_eq!(inventory.resources.len(), 7);
    assert!(inventory.plan.is_some() && !inventory.actual && inventory.is_whole());
    assert_eq!(&*inventory.root, "out/plan.json");
    let volume = inventory.find("aws_ebs_volume.v").unwrap();
    let names: Vec<&str> = volume.body.as_map().unwrap().entries.keys().map(|name| &**name).collect();
    assert_eq!(names, ["encrypted", "size", "type"]);
    let bucket = get(inventory, "aws_s3_bucket_versioning.b[\"x\"]", "bucket");
    assert!(matches!(bucket.data, Data::Unknown(_)));
    assert_eq!(&*bucket.refers.as_ref().unwrap().address, "aws_s3_bucket.b[\"x\"]");
    assert_eq!(&*inventory.find("module.net.aws_vpc.this[0]").unwrap().scope, "module.net");
}

#[test]
fn a_plan_of_other_code_stays_apart() {
    let other = "resource \"aws_sqs_queue\" \"q\" {}\n";
    let (.., snapshot) = read(&[("app/main.tf", other), ("plan.json", PLAN)]);
    assert_eq!(snapshot.inventories.len(), 2);
    assert!(snapshot.inventories[0].plan.is_none());
    assert_eq!(&*snapshot.inventories[1].root, "plan.json");
    let newer = PLAN.replace("\"1.2\"", "\"2.0\"");
    let (.., snapshot) = read(&[("plan.json", &newer)]);
    assert_eq!(snapshot.problems[0].message, "the plan format `2.0` is not known here");
}

const STATE: &str = r#"{
  "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x", "outputs": {},
  "resources": [
    { "mode": "managed", "type": "aws_db_instance", "name": "db", "provider": "p",
      "instances": [ { "schema_version": 1,
        "attributes": { "identifier": "db", "password": "p", "kms_key_id": "", "storage_encrypted": false, "tags": null,
          "list": ["a", { "k": "s" }] },
        "sensitive_attributes": [ [ { "type": "get_attr", "value": "password" } ],
          [ { "type": "get_attr", "value": "list" }, { "type": "index", "value": { "value": 1, "type": "number" } } ] ] } ] },
    { "module": "module.a[\"x\"]", "mode": "managed", "type": "terraform_data", "name": "t", "provider": "p",
      "instances": [
        { "index_key": 0, "attributes": { "id": "1", "input": { "value": { "s": "k" }, "type": ["object", { "s": "string" }] } } },
        { "index_key": 1, "deposed": "d", "attributes": { "id": "2" } } ] },
    { "mode": "data", "type": "aws_caller_identity", "name": "me", "provider": "p",
      "instances": [ { "attributes": { "account_id": "1" } } ] }
  ]
}"#;

#[test]
fn a_state_says_what_is_there() {
    let (.., snapshot) =
        read(&[("main.tf", "resource \"aws_db_instance\" \"db\" {}\n"), ("terraform.tfstate", STATE)]);
    assert_eq!(snapshot.inventories.len(), 2);
    assert!(!snapshot.inventories[0].actual);
    let inventory = &snapshot.inventories[1];
    assert!(inventory.actual && inventory.plan.is_none());
    assert_eq!(inventory.resources.len(), 3);
    let db = inventory.find("aws_db_instance.db").unwrap();
    let names: Vec<&str> = db.body.as_map().unwrap().entries.keys().map(|name| &**name).collect();
    assert_eq!(names, ["identifier", "password", "storage_encrypted", "list"]);
    assert!(get(inventory, "aws_db_instance.db", "password").sensitive);
    let list = get(inventory, "aws_db_instance.db", "list").as_list().unwrap();
    assert_eq!((list.items[0].sensitive, list.items[1].sensitive), (false, true));
    let input = get(inventory, "module.a[\"x\"].terraform_data.t[0]", "input");
    assert_eq!(input.get("s").unwrap().as_text(), Some("k"));
    assert_eq!(
        slice(&snapshot, get(inventory, "aws_db_instance.db", "storage_encrypted")),
        ("terraform.tfstate".into(), "false".into())
    );
    assert!(inventory.find("data.aws_caller_identity.me").is_some());
}

#[test]
fn a_printed_state_is_a_state() {
    let text = r#"{ "format_version": "1.0", "terraform_version": "1.11.4", "values": { "root_module": { "resources": [
      { "address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b",
        "values": { "bucket": "x", "policy": "" }, "sensitive_values": { "bucket": true } } ] } } }"#;
    let (.., snapshot) = read(&[("state.json", text)]);
    let inventory = &snapshot.inventories[0];
    assert!(inventory.actual);
    assert!(get(inventory, "aws_s3_bucket.b", "bucket").sensitive);
    assert!(inventory.find("aws_s3_bucket.b").unwrap().body.get("policy").is_none());
    let (.., old) = read(&[("old.tfstate", &STATE.replace("\"version\": 4", "\"version\": 3"))]);
    assert_eq!(old.problems[0].message, "the state has version `3`, and version 4 is read");
}

#[test]
fn what_a_plan_tells_names_the_plan_and_a_plan_that_does_not_fit_is_told() {
    let (_, _, snapshot) = read(&[("main.tf", CODE), ("plan.json", PLAN)]);
    let encrypted = get(&snapshot.inventories[0], "aws_ebs_volume.v", "encrypted");
    let step = encrypted.origin.steps().next().unwrap();
    let label = snapshot.inventories[0].plan.as_ref().unwrap().label();
    assert!(
        label.starts_with("plan `plan.json` (made 2026-01-02T03:04:05Z, terraform 1.11.4, sha256 "),
        "{label}"
    );
    assert_eq!(*step.what, format!("the value of {label}"));
    assert_eq!(snapshot.source(step.span).unwrap().slice(step.span), "false", "its place in the plan");
    // What the code itself says comes from no plan.
    assert_eq!(get(&snapshot.inventories[0], "aws_ebs_volume.v", "size").origin.steps().count(), 0);
    assert!(snapshot.problems.iter().all(|problem| !problem.message.contains("does not fit")));

    let changed = CODE.replace("\"aws_ebs_volume\" \"v\"", "\"aws_ebs_volume\" \"renamed\"");
    let (_, _, snapshot) = read(&[("main.tf", &changed), ("plan.json", PLAN)]);
    let note = snapshot.problems.iter().find(|problem| problem.message.contains("does not fit")).unwrap();
    assert_eq!(
        note.message,
        "the plan does not fit the code beside it: it plans `aws_ebs_volume.v`, which the code does not declare; \
         it knows nothing of `aws_ebs_volume.renamed`"
    );
    assert_eq!((&*note.path, note.gravity), ("plan.json", compline_iac::Gravity::Note));
}
