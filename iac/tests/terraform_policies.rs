//! Policies as data sources and `jsonencode` make them: structured, each part where it was written.

#![allow(clippy::unwrap_used)]

use compline_iac::{MemorySources, Options, Snapshot, Value, Workspace};

fn read(text: &str) -> Snapshot {
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    workspace.snapshot(&sources)
}

fn json<'s>(snapshot: &'s Snapshot, address: &str, name: &str) -> &'s Value {
    snapshot.inventories[0].find(address).unwrap().body.get(name).unwrap().json.as_ref().unwrap()
}

fn items(value: &Value, name: &str) -> Vec<Value> {
    value.get(name).unwrap().as_list().unwrap().items.clone()
}

fn slice(snapshot: &Snapshot, value: &Value) -> String {
    let span = value.origin.span.unwrap();
    snapshot.source(span).unwrap().slice(span).to_owned()
}

#[test]
fn documents_are_built_on_and_overridden() {
    let snapshot = read(
        r#"
data "aws_iam_policy_document" "base" {
  policy_id = "base"
  statement {
    sid     = "Keep"
    actions = ["s3:Get*"]
  }
  statement {
    sid     = "Own"
    actions = ["base"]
  }
  statement {
    actions = ["plain"]
  }
}
data "aws_iam_policy_document" "over" {
  statement {
    sid     = "Keep"
    effect  = "Deny"
    actions = ["over"]
  }
}
data "aws_iam_policy_document" "all" {
  source_policy_documents   = [data.aws_iam_policy_document.base.json]
  override_policy_documents = [data.aws_iam_policy_document.over.json, jsonencode({ Statement = { Sid = "New", Effect = "Allow", Action = "x" } })]
  statement {
    sid     = "Own"
    actions = ["own"]
  }
}
resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.all.json
}
"#,
    );
    let policy = json(&snapshot, "aws_iam_policy.p", "policy");
    assert_eq!(policy.get("Id").unwrap().as_text(), Some("base"));
    let statements = items(policy, "Statement");
    let action = |statement: &Value| match statement.get("Action").unwrap() {
        one if one.as_text().is_some() => one.clone(),
        list => list.as_list().unwrap().items[0].clone(),
    };
    let actions: Vec<String> =
        statements.iter().map(|one| action(one).as_text().unwrap().to_owned()).collect();
    assert_eq!(actions, ["over", "own", "plain", "x"]);
    assert_eq!(statements[0].get("Effect").unwrap().as_text(), Some("Deny"));
    assert_eq!(slice(&snapshot, &action(&statements[0])), "\"over\"");
}

#[test]
fn google_policies_have_bindings() {
    let snapshot = read(
        r#"
variable "who" {}
data "google_iam_policy" "p" {
  binding {
    role    = "roles/viewer"
    members = ["allUsers", var.who]
    condition {
      title      = "t"
      expression = "e"
    }
  }
  audit_config {
    service = "allServices"
    audit_log_configs {
      log_type         = "DATA_READ"
      exempted_members = ["user:a@example.com"]
    }
  }
}
resource "google_project_iam_policy" "p" {
  policy_data = data.google_iam_policy.p.policy_data
}
"#,
    );
    let policy = json(&snapshot, "google_project_iam_policy.p", "policy_data");
    let binding = &items(policy, "bindings")[0];
    assert_eq!(binding.get("condition").unwrap().get("title").unwrap().as_text(), Some("t"));
    let everyone = &items(binding, "members")[0];
    assert_eq!(
        (everyone.as_text(), slice(&snapshot, everyone)),
        (Some("allUsers"), "\"allUsers\"".to_owned())
    );
    let config = &items(policy, "auditConfigs")[0];
    assert_eq!(items(config, "auditLogConfigs")[0].get("logType").unwrap().as_text(), Some("DATA_READ"));
}

#[test]
fn azure_roles_and_policies_keep_their_parts() {
    let snapshot = read(
        r#"
locals {
  actions = ["*"]
}
resource "azurerm_role_definition" "r" {
  permissions {
    actions     = local.actions
    not_actions = []
  }
}
resource "azurerm_policy_definition" "p" {
  policy_rule = jsonencode({ then = { effect = "audit" } })
}
"#,
    );
    let role = snapshot.inventories[0].find("azurerm_role_definition.r").unwrap();
    let all = &items(&items(&role.body, "permissions")[0], "actions")[0];
    assert_eq!((all.as_text(), slice(&snapshot, all)), (Some("*"), "\"*\"".to_owned()));
    let effect = json(&snapshot, "azurerm_policy_definition.p", "policy_rule")
        .get("then")
        .unwrap()
        .get("effect")
        .unwrap();
    assert_eq!(slice(&snapshot, effect), "\"audit\"");
}

#[test]
fn policies_in_files_stand_in_the_files() {
    let main = r#"
variable "bucket" {}
resource "aws_iam_policy" "file" { policy = file("${path.module}/p/policy.json") }
resource "aws_iam_policy" "template" { policy = templatefile("p/policy.tpl", { bucket = var.bucket }) }
resource "aws_iam_policy" "loop" { policy = templatefile("p/loop.tpl", { actions = ["a:x", "b:y"] }) }
data "aws_iam_policy_document" "d" { source_policy_documents = [file("p/policy.json")] }
"#;
    let policy =
        "{\n  \"Statement\": [\n    { \"Action\": \"s3:Get*\" },\n    { \"Action\": \"*\" }\n  ]\n}\n";
    let template = "{ \"Statement\": [\n  { \"Resource\": \"arn:aws:s3:::${bucket}/*\" },\n  { \"Action\": \"*\" }\n] }\n";
    let repeated = "{ \"Statement\": [%{ for a in actions }{ \"Action\": \"${a}\" },%{ endfor } {}] }";
    let files =
        [("main.tf", main), ("p/policy.json", policy), ("p/policy.tpl", template), ("p/loop.tpl", repeated)];
    let sources = MemorySources::of(files);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let second = |address: &str, name: &str| {
        let action = items(json(&snapshot, address, name), "Statement")[1].get("Action").unwrap().clone();
        let span = action.origin.span.unwrap();
        let source = snapshot.source(span).unwrap();
        let steps: Vec<String> = action.origin.steps().map(|step| step.what.to_string()).collect();
        (source.path.to_string(), source.place(span.start).line, source.slice(span).to_owned(), steps)
    };
    let expected = |path: &str, line, function: &str| {
        (path.to_owned(), line, "\"*\"".to_owned(), vec![format!("function `{function}`")])
    };
    assert_eq!(second("aws_iam_policy.file", "policy"), expected("p/policy.json", 4, "file"));
    assert_eq!(second("aws_iam_policy.template", "policy"), expected("p/policy.tpl", 3, "templatefile"));
    assert_eq!(second("data.aws_iam_policy_document.d", "json"), expected("p/policy.json", 4, "file"));
    // What a loop writes stands nowhere: the call is its place.
    let repeated =
        snapshot.inventories[0].find("aws_iam_policy.loop").unwrap().body.get("policy").unwrap().clone();
    assert!(repeated.json.is_none());
    assert!(slice(&snapshot, &repeated).starts_with("templatefile("));
    // A text put in its place is the text the places are of.
    workspace.set("p/policy.json", "\n\n{ \"Statement\": [{}, { \"Action\": \"*\" }] }".into());
    let snapshot = workspace.snapshot(&sources);
    let action = items(json(&snapshot, "aws_iam_policy.file", "policy"), "Statement")[1]
        .get("Action")
        .unwrap()
        .clone();
    let span = action.origin.span.unwrap();
    assert_eq!(snapshot.source(span).unwrap().place(span.start).line, 3);
}
