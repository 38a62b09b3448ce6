//! Reading and evaluating a workspace, against the bare parse of the same bytes by hcl-edit.

use std::time::Instant;

use compline_iac::{MemorySources, Options, Workspace};
use compline_rules::{RuleSet, judge, judge_incremental};

/// A file as people write them: a dozen attributes, blocks, references, a variable.
pub fn fifty_lines() -> String {
    file(0)
}

/// The file of this number: its names differ from all others'.
pub fn file(index: usize) -> String {
    format!(
        r#"variable "name_{index}" {{
  type    = string
  default = "shop-{index}"
}}

locals {{
  tags_{index} = {{
    team  = "payments"
    index = {index}
  }}
}}

resource "aws_s3_bucket" "data_{index}" {{
  bucket = "${{var.name_{index}}}-data"
  tags   = local.tags_{index}
}}

resource "aws_s3_bucket_versioning" "data_{index}" {{
  bucket = aws_s3_bucket.data_{index}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_security_group" "web_{index}" {{
  name        = "web-{index}"
  description = "web servers"
  ingress {{
    description = "HTTPS"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.{}.0.0/16"]
  }}
}}

resource "aws_db_instance" "main_{index}" {{
  identifier              = "${{var.name_{index}}}-db"
  engine                  = "postgres"
  instance_class          = "db.t3.medium"
  storage_encrypted       = {}
  backup_retention_period = 7
  publicly_accessible     = false
  tags                    = merge(local.tags_{index}, {{ tier = "data" }})
}}
"#,
        index % 250,
        !index.is_multiple_of(3)
    )
}

pub fn run() {
    let rules = RuleSet::builtin();
    keystroke(&rules);
    let mut per_file = Vec::new();
    for count in [100, 1_000, 5_000] {
        let texts: Vec<(String, String)> =
            (0..count).map(|index| (format!("d{}/f{index}.tf", index / 50), file(index))).collect();
        let lines: usize = texts.iter().map(|(_, text)| text.lines().count()).sum();
        let sources = MemorySources::of(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let paths: Vec<String> = texts.iter().map(|(path, _)| path.clone()).collect();

        let start = Instant::now();
        for (_, text) in &texts {
            let body: hcl_edit::structure::Body = text.parse().expect("the generated text parses");
            std::hint::black_box(body);
        }
        let bare = start.elapsed().as_secs_f64();

        // One thread, so that both sides count CPU seconds.
        let start = Instant::now();
        let mut workspace = Workspace::new(Options::default());
        workspace.read(&sources, &paths);
        let snapshot = workspace.snapshot(&sources);
        let read = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let verdicts: usize =
            snapshot.inventories.iter().map(|inventory| judge(inventory, &rules, &snapshot).len()).sum();
        let judged = start.elapsed().as_secs_f64();
        println!(
            "{count} files, {lines} lines: read and evaluated in {:.0} ms ({:.2} times the bare hcl-edit parse), {verdicts} verdicts in {:.0} ms",
            read * 1e3,
            read / bare,
            judged * 1e3
        );
        per_file.push((read + judged) / count as f64);
    }
    println!("cost of a file at 5,000 files: {:.2} times that at 100", per_file[2] / per_file[0]);
}

/// One file of 200 in one directory changes: what evaluating and judging cost, in process.
fn keystroke(rules: &RuleSet) {
    let texts: Vec<(String, String)> = (0..200).map(|index| (format!("f{index}.tf"), file(index))).collect();
    let sources = MemorySources::of(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let paths: Vec<String> = texts.iter().map(|(path, _)| path.clone()).collect();
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &paths);
    let mut before = workspace.snapshot(&sources);
    let mut said = judge(&before.inventories[0], rules, &before);
    let (mut evaluated, mut judged) = (Vec::new(), Vec::new());
    for round in 0..50 {
        let text = file(0).replace("web servers", &format!("web servers {round}"));
        let start = Instant::now();
        workspace.set("f0.tf", text.into());
        let snapshot = workspace.snapshot(&sources);
        evaluated.push(start.elapsed().as_secs_f64() * 1e3);
        let start = Instant::now();
        let known = Some((&*before.inventories[0], said.as_slice()));
        let again = judge_incremental(&snapshot.inventories[0], rules, &snapshot, known);
        judged.push(start.elapsed().as_secs_f64() * 1e3);
        (before, said) = (snapshot, again);
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    println!(
        "a keystroke in one of 200 files, in process: evaluated in {:.1} ms, judged again in {:.1} ms ({} verdicts)",
        median(&mut evaluated),
        median(&mut judged),
        said.len()
    );
}
