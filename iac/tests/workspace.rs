//! The living workspace: what is evaluated anew, what stays, and what is said of bad input.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use compline_iac::edit::{self, Change, Literal};
use compline_iac::{
    Data, Dialect, Existence, Gravity, MemorySources, Options, Snapshot, Span, WhyKind, Workspace,
};

fn read(files: &[(&str, &str)], options: Options) -> (Workspace, MemorySources, Snapshot) {
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(options);
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    (workspace, sources, snapshot)
}

#[test]
fn unchanged_roots_keep_their_inventories() {
    let files = [
        ("a/main.tf", "module \"m\" {\n  source = \"../m\"\n}\n"),
        ("b/main.tf", "resource \"x\" \"y\" {\n  v = file(\"${path.module}/p.txt\")\n}\n"),
        ("m/main.tf", "resource \"x\" \"y\" {\n  v = 1\n}\n"),
        ("b/p.txt", "one"),
    ];
    let (mut workspace, sources, before) = read(&files, Options::default());
    assert_eq!(before.inventories.iter().map(|inventory| &*inventory.root).collect::<Vec<_>>(), ["a", "b"]);
    workspace.set("m/main.tf", "resource \"x\" \"y\" {\n  v = 2\n}\n".into());
    let after = workspace.snapshot(&sources);
    assert!(!Arc::ptr_eq(&before.inventories[0], &after.inventories[0]));
    assert!(Arc::ptr_eq(&before.inventories[1], &after.inventories[1]));
    let value = after.inventories[0].find("module.m.x.y").unwrap().body.get("v").unwrap();
    assert_eq!(value.data, Data::Number(2.into()));
    workspace.set("b/p.txt", "two".into());
    let last = workspace.snapshot(&sources);
    assert_eq!(last.inventories[1].find("x.y").unwrap().body.get("v").unwrap().as_text(), Some("two"));
    assert!(Arc::ptr_eq(&after.inventories[0], &last.inventories[0]));
    workspace.remove("b/main.tf");
    assert_eq!(workspace.snapshot(&sources).inventories.len(), 1);
}

#[test]
fn a_module_that_calls_itself_is_a_problem() {
    let (_, _, snapshot) = read(&[("main.tf", "module \"m\" {\n  source = \"./\"\n}\n")], Options::default());
    assert_eq!(snapshot.problems[0].message, "the module `./` calls itself");
    assert_eq!(&*snapshot.problems[0].path, "main.tf");
    assert!(!snapshot.inventories[0].is_whole());
    let circle = [
        ("a/m.tf", "module \"m\" {\n  source = \"../b\"\n}\n"),
        ("b/m.tf", "module \"m\" {\n  source = \"../a\"\n}\n"),
    ];
    assert_eq!(read(&circle, Options::default()).2.problems.len(), 1);
}

#[test]
fn what_is_missing_is_said() {
    let options = Options { variable_files: vec!["no.tfvars".to_owned()], ..Options::default() };
    let (_, _, snapshot) =
        read(&[("main.tf", "module \"m\" {\n  source = \"x/y/z\"\n}\noutput \"o\" {}\n")], options);
    assert_eq!(snapshot.problems[0].message, "`no.tfvars` is not there");
    let gap = &snapshot.inventories[0].gaps[0];
    assert_eq!((&*gap.what, gap.why.kind), ("module.m", WhyKind::Module));
}

#[test]
fn values_know_their_origins() {
    let files = [
        ("main.tf", "module \"db\" {\n  source = \"./db\"\n  size   = local.s\n}\nlocals {\n  s = 20\n}\n"),
        (
            "db/main.tf",
            "variable \"size\" {}\nresource \"aws_db_instance\" \"this\" {\n  allocated_storage = var.size\n}\n",
        ),
    ];
    let (_, _, snapshot) = read(&files, Options::default());
    let resource = snapshot.inventories[0].find("module.db.aws_db_instance.this").unwrap();
    let value = resource.body.get("allocated_storage").unwrap();
    let span = value.origin.span.unwrap();
    assert_eq!(snapshot.source(span).unwrap().slice(span), "20");
    let steps: Vec<&str> = value.origin.steps().map(|via| &*via.what).collect();
    assert_eq!(steps, ["variable `size`", "argument of module `db`", "local `s`"]);
    assert_eq!(&*resource.scope, "module.db");
    assert_eq!(resource.calls.len(), 1);
}

#[test]
fn references_and_unknowns() {
    let text = r#"
variable "on" {}
resource "aws_s3_bucket" "b" {
  count  = var.on ? 1 : 0
  bucket = "logs"
}
resource "aws_s3_bucket" "c" {
  for_each = var.on
}
resource "aws_x" "y" {
  id     = aws_s3_bucket.b[0].id
  name   = aws_s3_bucket.b[0].bucket
  tried  = try(aws_s3_bucket.b[0].bucket, "none")
  all    = aws_s3_bucket.b[*].bucket
  choice = var.on ? "a" : "b"
  holed  = "x-${var.on}-y"
  known  = var.on || true
  list   = [var.on, "k"]
  keyed  = aws_s3_bucket.c["k"].arn
  dynamic "rule" {
    for_each = var.on
    content {
      a = rule.value
    }
  }
}
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:*"]
    resources = ["${aws_s3_bucket.b[0].arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
  }
}
resource "aws_iam_policy" "p" {
  policy = data.aws_iam_policy_document.d.json
  other  = jsonencode({ Statement = [{ Action = var.on }] })
}
"#;
    let (_, _, snapshot) = read(&[("main.tf", text)], Options::default());
    let inventory = &snapshot.inventories[0];
    assert!(matches!(inventory.find("aws_s3_bucket.b[0]").unwrap().existence, Existence::Possible(_)));
    assert!(matches!(inventory.find("aws_s3_bucket.c").unwrap().existence, Existence::Possible(_)));
    let body = &inventory.find("aws_x.y").unwrap().body;
    let get = |name: &str| body.get(name).unwrap();
    let refers = get("id").refers.as_ref().unwrap();
    assert_eq!((&*refers.address, &*refers.attribute), ("aws_s3_bucket.b[0]", "id"));
    assert!(matches!(&get("id").data, Data::Unknown(why) if why.kind == WhyKind::Computed));
    assert_eq!(get("name").as_text(), Some("logs"));
    assert_eq!(&*get("name").refers.as_ref().unwrap().attribute, "bucket");
    assert!(matches!(&get("tried").data, Data::Choice(values) if values.len() == 2));
    assert!(get("all").as_list().is_some_and(|list| list.open.is_some() && list.items.is_empty()));
    assert!(matches!(&get("choice").data, Data::Choice(_)));
    assert!(matches!(&get("holed").data, Data::Holed(pieces) if pieces.len() == 3));
    assert_eq!(get("known").data, Data::Bool(true));
    assert!(
        get("list").as_list().is_some_and(|list| list.open.is_none() && list.items[1].as_text() == Some("k"))
    );
    assert_eq!(&*get("keyed").refers.as_ref().unwrap().attribute, "arn");
    assert!(get("rule").as_list().is_some_and(|list| list.open.is_some()));
    let policy = inventory.find("aws_iam_policy.p").unwrap();
    let json = policy.body.get("policy").unwrap().json.as_ref().unwrap();
    let statement = &json.get("Statement").unwrap().as_list().unwrap().items[0];
    assert_eq!(statement.get("Principal").unwrap().as_text(), Some("*"));
    assert_eq!(statement.get("Action").unwrap().as_list().unwrap().items[0].as_text(), Some("s3:*"));
    assert!(policy.body.get("other").unwrap().json.is_some());
}

#[test]
fn limits_end_with_a_reason() {
    let mut text = String::from("locals {\n  a = local.b\n  b = local.a\n  l0 = \"xxxxxxxxxx\"\n");
    for level in 1..40 {
        text.push_str(&format!("  l{level} = \"${{local.l{0}}}${{local.l{0}}}\"\n", level - 1));
    }
    text.push_str("}\nresource \"x\" \"y\" {\n  cycle = local.a\n  long = local.l39\n}\nresource \"x\" \"many\" {\n  count = 60000\n}\n");
    let mut chain = String::from("locals {\n  c0 = 1\n");
    for level in 1..3000 {
        chain.push_str(&format!("  c{level} = local.c{}\n", level - 1));
    }
    chain.push_str("}\nresource \"x\" \"z\" {\n  deep = local.c2999\n}\n");
    let (_, _, snapshot) = read(&[("a.tf", &text), ("b.tf", &chain)], Options::default());
    let inventory = &snapshot.inventories[0];
    let kind =
        |address: &str, name: &str| match &inventory.find(address).unwrap().body.get(name).unwrap().data {
            Data::Unknown(why) => why.kind,
            other => panic!("{other:?}"),
        };
    assert_eq!(kind("x.y", "cycle"), WhyKind::Error);
    assert_eq!(kind("x.y", "long"), WhyKind::Limit);
    assert_eq!(kind("x.z", "deep"), WhyKind::Limit);
    assert!(
        matches!(&inventory.find("x.many").unwrap().existence, Existence::Possible(why) if why.kind == WhyKind::Limit)
    );
}

#[test]
fn equal_contents_of_unlike_types_are_not_equal() {
    let text = r#"
variable "typed" {
  type    = list(string)
  default = []
}
resource "aws_x" "a" { names = ["n"] }
resource "x" "y" {
  typed   = var.typed == []
  written = [1] == [1]
  other   = aws_x.a.names == ["n"]
  differs = aws_x.a.names == ["m"]
  third   = 1 / 3 * 3 == 1
  ceil    = ceil(10 / 3)
  text    = "${1 / 3}%"
}
"#;
    let (_, _, snapshot) = read(&[("main.tf", text)], Options::default());
    let body = &snapshot.inventories[0].find("x.y").unwrap().body;
    let get = |name: &str| body.get(name).unwrap().data.clone();
    assert_eq!(get("typed"), Data::Bool(false));
    assert_eq!(get("written"), Data::Bool(true));
    assert!(matches!(get("other"), Data::Unknown(why) if why.kind == WhyKind::Limit));
    assert_eq!(get("differs"), Data::Bool(false));
    assert!(matches!(get("third"), Data::Unknown(why) if why.kind == WhyKind::Limit));
    assert_eq!(get("ceil"), Data::Number(4.into()));
    assert!(!body.get("text").unwrap().is_wholly_known());
}

/// The addresses of the first inventory, sorted.
fn addresses(snapshot: &Snapshot) -> Vec<&str> {
    let mut all: Vec<&str> =
        snapshot.inventories[0].resources.iter().map(|resource| &*resource.address).collect();
    all.sort_unstable();
    all
}

#[test]
fn opentofu_files_stand_in_for_their_namesakes() {
    let files = [
        ("main.tf", "resource \"x\" \"terraform\" {}\n"),
        ("main.tofu", "resource \"x\" \"tofu\" {\n  v = local.l\n}\n"),
        ("other.tf", "locals {\n  l = 1\n}\nresource \"x\" \"other\" {}\n"),
        ("data.tf.json", "{ \"resource\": { \"x\": { \"json\": {} } } }"),
        ("data.tofu.json", "{ \"resource\": { \"x\": { \"tofu_json\": { \"v\": 2 } } } }"),
        ("x_override.tf", "resource \"x\" \"other\" {\n  v = \"terraform\"\n}\n"),
        ("x_override.tofu", "resource \"x\" \"other\" {\n  v = \"tofu\"\n}\n"),
        ("main.tofutest.hcl", "run \"a\" {}\n"),
        ("main.tofuvars", "l = 3\n"),
    ];
    let (_, _, snapshot) = read(&files, Options::default());
    assert_eq!(addresses(&snapshot), ["x.other", "x.tofu", "x.tofu_json"]);
    let value = |address: &str| {
        let resource = snapshot.inventories[0].find(address).unwrap();
        let value = resource.body.get("v").unwrap();
        (value.data.clone(), snapshot.source(value.origin.span.unwrap()).unwrap().path.to_string())
    };
    assert_eq!(value("x.tofu"), (Data::Number(1.into()), "other.tf".to_owned()));
    assert_eq!(value("x.tofu_json"), (Data::Number(2.into()), "data.tofu.json".to_owned()));
    assert_eq!(value("x.other"), (Data::Text("tofu".into()), "x_override.tofu".to_owned()));
    let notes: Vec<(&str, Gravity)> =
        snapshot.problems.iter().map(|problem| (&*problem.path, problem.gravity)).collect();
    assert_eq!(
        notes,
        [("data.tf.json", Gravity::Note), ("main.tf", Gravity::Note), ("x_override.tf", Gravity::Note)]
    );
}

#[test]
fn an_opentofu_file_that_comes_and_goes_is_followed() {
    let files = [
        ("main.tf", "locals {\n  l = \"terraform\"\n}\nresource \"x\" \"terraform\" {}\n"),
        ("other.tf", "resource \"x\" \"other\" {\n  v = local.l\n}\n"),
    ];
    let (mut workspace, sources, before) = read(&files, Options::default());
    let value = |snapshot: &Snapshot| {
        snapshot.inventories[0].find("x.other").unwrap().body.get("v").unwrap().as_text().map(str::to_owned)
    };
    assert_eq!(
        (addresses(&before), value(&before).as_deref()),
        (vec!["x.other", "x.terraform"], Some("terraform"))
    );
    workspace.set("main.tofu", "locals {\n  l = \"tofu\"\n}\n".into());
    let with = workspace.snapshot(&sources);
    assert_eq!((addresses(&with), value(&with).as_deref()), (vec!["x.other"], Some("tofu")));
    workspace.set("main.tofu", "".into());
    let empty = workspace.snapshot(&sources);
    assert_eq!(value(&empty), None, "the local value is declared in the file that is not read");
    workspace.remove("main.tofu");
    let after = workspace.snapshot(&sources);
    assert_eq!(
        (addresses(&after), value(&after).as_deref()),
        (vec!["x.other", "x.terraform"], Some("terraform"))
    );
    assert!(after.problems.is_empty(), "{:?}", after.problems);
}

#[test]
fn what_has_no_reader_is_named() {
    let files = [
        ("a/main.bicep", ""),
        ("b/main.bicep", ""),
        ("c/main.bicep", ""),
        ("d/main.bicep", ""),
        ("Dockerfile", "FROM scratch\n"),
        ("k/kustomization.yaml", "namePrefix: x-\n"),
        ("l/kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"),
        ("main.tf", "resource \"x\" \"y\" {}\n"),
        ("play.yaml", "- hosts: all\n  roles: [web]\n"),
        ("words.yaml", "just: words\n"),
    ];
    let (mut workspace, sources, snapshot) = read(&files, Options::default());
    let names = |snapshot: &Snapshot| -> Vec<String> {
        snapshot.unread.iter().map(|one| format!("{}: {}", one.path, one.why())).collect()
    };
    // The manifests' reader tells of the other kustomization itself.
    let expected = [
        "Dockerfile: no reader for Docker",
        "a/main.bicep: no reader for Bicep",
        "b/main.bicep: no reader for Bicep",
        "c/main.bicep: no reader for Bicep",
        "d/main.bicep: no reader for Bicep",
        "k/kustomization.yaml: no reader for Kustomize",
        "play.yaml: no reader for Ansible",
    ];
    assert_eq!(names(&snapshot), expected);
    let messages: Vec<&str> = snapshot.problems.iter().map(|problem| &*problem.message).collect();
    assert_eq!(
        messages,
        [
            "a kustomization is not judged; render it first",
            "nothing in this file is judged: no reader for Docker",
            "nothing in 4 files is judged: no reader for Bicep (`a/main.bicep`, `b/main.bicep`, `c/main.bicep` and 1 more)",
            "nothing in this file is judged: no reader for Kustomize",
            "nothing in this file is judged: no reader for Ansible",
        ]
    );
    assert!(snapshot.problems.iter().all(|problem| problem.gravity == Gravity::Note));
    assert!(snapshot.documents().all(|document| &*document.source.path != "play.yaml"));
    workspace.set("play.yaml", "apiVersion: v1\nkind: Pod\nmetadata: { name: p }\n".into());
    for path in ["a/main.bicep", "b/main.bicep", "c/main.bicep", "d/main.bicep", "Dockerfile"] {
        workspace.remove(path);
    }
    workspace.set("x.hcl", "".into());
    workspace.set("terragrunt.hcl", "".into());
    assert_eq!(
        names(&workspace.snapshot(&sources)),
        ["k/kustomization.yaml: no reader for Kustomize", "terragrunt.hcl: no reader for Terragrunt"]
    );
}

#[test]
fn a_file_that_is_no_code_any_more_is_forgotten() {
    let manifest = "apiVersion: v1\nkind: Pod\nmetadata: { name: p }\n";
    let (mut workspace, _, before) = read(&[("a.yaml", manifest)], Options::default());
    assert_eq!(before.inventories.len(), 1);
    let later = MemorySources::of([("a.yaml", "just: words\n")]);
    workspace.read(&later, &["a.yaml".to_owned()]);
    assert!(workspace.snapshot(&later).inventories.is_empty());
}

#[test]
fn a_fix_is_written_into_code_and_into_nothing_that_a_tool_wrote() {
    let plan = r#"{ "format_version": "1.2", "terraform_version": "1.9.0", "planned_values": { "root_module": { "resources": [] } } }"#;
    let state = r#"{ "version": 4, "terraform_version": "1.9.0", "resources": [] }"#;
    let files = [("main.tofu", "a = 1\n"), ("plan.json", plan), ("x.tfstate", state)];
    let (_, _, snapshot) = read(&files, Options::default());
    let edits = |path: &str, of: &str| {
        let source = &snapshot.find(path).unwrap().source;
        let start = source.text.find(of).unwrap();
        let at = Span::new(source.id, start, start + of.len());
        edit::edits(&snapshot, Dialect::Terraform, &[Change::Replace { at, value: Literal::Int(2) }])
    };
    assert_eq!(edits("main.tofu", "1").unwrap()[0].text, "2");
    for (path, of) in [("plan.json", "\"1.9.0\""), ("x.tfstate", "4")] {
        assert!(edits(path, of).unwrap_err().contains("which a tool writes"), "{path}");
    }
}
