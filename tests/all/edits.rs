//! What an editor keeps from one keystroke to the next is what reading and judging anew would say.

use std::collections::BTreeMap;
use std::path::Path;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};
use compline_rules::{RuleSet, judge, judge_incremental};
use proptest::prelude::*;

/// The example company, and a root that leans on everything an edit can move: calls of calls, outputs that come
/// back, overrides, policies by reference, files, default tags, instances over a variable.
fn files() -> BTreeMap<String, String> {
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let shop = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/shop");
    collect(&shop, &shop, &mut files);
    let more = [
        (
            "web/main.tf",
            r#"
variable "names" { default = ["a", "b"] }
variable "open" { default = "0.0.0.0/0" }
locals {
  first = local.second
  second = "${var.open}"
  policy = file("${path.module}/policy.tf")
}
provider "aws" {
  default_tags { tags = { team = local.team } }
}
locals { team = "web" }
module "inner" {
  source   = "./inner"
  for_each = toset(var.names)
  cidr     = local.first
}
resource "aws_security_group_rule" "in" {
  type        = "ingress"
  from_port   = 22
  to_port     = 22
  protocol    = "tcp"
  cidr_blocks = [local.first]
  security_group_id = module.inner["a"].group
}
resource "aws_s3_bucket" "b" {
  bucket = local.policy
}
"#,
        ),
        (
            "web/policy.tf",
            r#"
data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["*"]
    resources = ["${aws_s3_bucket.b.arn}/*"]
  }
}
resource "aws_iam_policy" "p" {
  count  = length(var.names)
  policy = data.aws_iam_policy_document.d.json
}
resource "aws_s3_bucket_versioning" "b" {
  bucket = aws_s3_bucket.b.id
  versioning_configuration { status = module.inner["b"].status }
}
"#,
        ),
        ("web/p_override.tf", "resource \"aws_iam_policy\" \"p\" {\n  count = 1\n}\n"),
        (
            "web/inner/main.tf",
            r#"
variable "cidr" {}
locals { status = "Enabled" }
resource "aws_security_group" "g" {
  ingress {
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [var.cidr]
  }
}
output "group" { value = aws_security_group.g.id }
output "status" { value = local.status }
"#,
        ),
    ];
    files.extend(more.map(|(path, text)| (path.to_owned(), text.to_owned())));
    files
}

fn collect(root: &Path, directory: &Path, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = format!("shop/{}", path.strip_prefix(root).unwrap().display());
            files.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// A file that is read in place of `web/policy.tf` while it is there.
const TOFU: &str = "web/policy.tofu";

/// What happens to a text: this share of the way into it, so many characters give way to a piece.
type Edit = (usize, f64, usize, &'static str);

const PIECES: &[&str] = &[
    "",
    "x",
    "\n",
    "}",
    "{",
    "\"",
    "local.second",
    "var.open",
    "module.inner[\"a\"].group",
    "locals { second = \"10.0.0.0/8\" }\n",
    "resource \"aws_s3_bucket\" \"b\" {}\n",
    "provider \"aws\" {}\n",
    "# a comment\n",
    "output \"status\" { value = \"Suspended\" }\n",
];

fn edit() -> impl Strategy<Value = Edit> {
    (
        0..100_usize,
        0.0..1.0_f64,
        prop_oneof![3 => Just(0_usize), 1 => 1..40_usize],
        proptest::sample::select(PIECES),
    )
}

fn apply(text: &mut String, (_, share, length, piece): Edit) {
    let boundary = |mut at: usize| {
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary((text.len() as f64 * share) as usize);
    let end = boundary((start + length).min(text.len())).max(start);
    text.replace_range(start..end, piece);
}

fn read(files: &BTreeMap<String, String>) -> (Workspace, MemorySources, Snapshot) {
    let sources = MemorySources::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut workspace = Workspace::new(Options::default());
    // A source keeps the number it once had: each reading has all files in one order.
    let mut all = files.clone();
    all.entry(TOFU.to_owned()).or_default();
    let every = MemorySources::of(all.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    workspace.read(&every, &all.keys().cloned().collect::<Vec<_>>());
    if !files.contains_key(TOFU) {
        workspace.remove(TOFU);
    }
    let snapshot = workspace.snapshot(&sources);
    (workspace, sources, snapshot)
}

fn said(snapshot: &Snapshot) -> Vec<String> {
    let mut out: Vec<String> = snapshot.problems.iter().map(|problem| format!("{problem:?}")).collect();
    out.sort();
    for inventory in &snapshot.inventories {
        out.push(format!("{} {:?} {:?}", inventory.root, inventory.gaps, inventory.plan));
        out.extend(inventory.resources.iter().map(|resource| format!("{resource:?}")));
    }
    out
}

/// A comment within a call's block touches nothing that the module makes, but the block's end.
#[test]
fn a_comment_in_a_call_moves_the_places_of_what_it_makes() {
    let call = "module \"m\" {\n  source = \"./inner\"\n  # one\n}\n";
    let mut files: BTreeMap<String, String> = [
        ("main.tf", call),
        ("inner/main.tf", "resource \"aws_sqs_queue\" \"q\" {\n  sqs_managed_sse_enabled = false\n}\n"),
    ]
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .into();
    let rules = RuleSet::builtin();
    let (mut workspace, sources, before) = read(&files);
    let root = |snapshot: &Snapshot| {
        snapshot.inventories.iter().find(|one| one.root.is_empty() || &*one.root == ".").unwrap().clone()
    };
    let first = root(&before);
    let judged = judge(&first, &rules, &before);
    let longer = call.replace("# one", "# one and more");
    workspace.set("main.tf", longer.as_str().into());
    files.insert("main.tf".to_owned(), longer);
    let after = workspace.snapshot(&sources);
    let again = judge_incremental(&root(&after), &rules, &after, Some((&*first, &judged)));
    let fresh = judge(&root(&after), &rules, &after);
    assert!(!fresh.is_empty());
    assert_eq!(format!("{again:?}"), format!("{fresh:?}"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_reading_after_edits_is_a_reading_anew(edits in proptest::collection::vec(edit(), 1..6)) {
        static RULES: std::sync::OnceLock<RuleSet> = std::sync::OnceLock::new();
        let rules = RULES.get_or_init(RuleSet::builtin);
        let mut files = files();
        let paths: Vec<String> = files.keys().cloned().collect();
        let (mut workspace, sources, mut before) = read(&files);
        let mut verdicts: BTreeMap<String, Vec<_>> = before
            .inventories
            .iter()
            .map(|inventory| (inventory.root.to_string(), judge(inventory, rules, &before)))
            .collect();
        for edit in edits {
            let path = &paths[edit.0 % paths.len()];
            if edit.0 >= 85 {
                // OpenTofu's file comes to stand before its namesake, or goes.
                match files.remove(TOFU) {
                    Some(_) => workspace.remove(TOFU),
                    None => {
                        let mut text = files["web/policy.tf"].clone();
                        apply(&mut text, edit);
                        workspace.set(TOFU, text.as_str().into());
                        files.insert(TOFU.to_owned(), text);
                    }
                }
            } else {
                let text = files.get_mut(path).unwrap();
                apply(text, edit);
                workspace.set(path, text.as_str().into());
            }
            let after = workspace.snapshot(&sources);
            let (_, _, anew) = read(&files);
            prop_assert_eq!(said(&after), said(&anew), "after {:?} in {}", edit, path);
            for inventory in &after.inventories {
                let earlier = before.inventories.iter().find(|one| one.root == inventory.root);
                let earlier = earlier.map(|one| (&**one, verdicts[&*one.root].as_slice()));
                let again = judge_incremental(inventory, rules, &after, earlier);
                let fresh = judge(inventory, rules, &after);
                prop_assert_eq!(format!("{again:?}"), format!("{fresh:?}"), "after {:?} in {}", edit, path);
                verdicts.insert(inventory.root.to_string(), again);
            }
            before = after;
        }
    }
}
