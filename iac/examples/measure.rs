//! Measures reading and evaluating against the bare parse of another HCL parser, over generated files:
//! `cargo run --release -p compline-iac --example measure -- [FILES]`.
#![expect(clippy::disallowed_methods, reason = "a tool for developers, over files of their own")]
#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use compline_iac::{MemorySources, Options, Workspace};

/// Files of one root: 36 lines each.
const FILES_OF_A_ROOT: usize = 10;

fn file(root: usize, index: usize) -> String {
    let mut text = String::new();
    write!(
        text,
        r#"# Part {index} of root {root}.
variable "name_{index}" {{
  type        = string
  description = "What the things of this part are called."
  default     = "app-{root}-{index}"
}}

locals {{
  tags_{index} = merge({{ Part = "{index}", Name = var.name_{index} }}, {{ Root = "r{root}" }})
}}

resource "aws_s3_bucket" "b{index}" {{
  bucket        = "${{var.name_{index}}}-data"
  force_destroy = false
  tags          = local.tags_{index}
}}

resource "aws_s3_bucket_versioning" "b{index}" {{
  bucket = aws_s3_bucket.b{index}.id
  versioning_configuration {{
    status = "Enabled"
  }}
}}

resource "aws_security_group" "g{index}" {{
  for_each = toset(["web", "api"])
  name     = "${{var.name_{index}}}-${{each.key}}"
  ingress {{
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = [cidrsubnet("10.0.0.0/8", 8, {index})]
  }}
}}
"#
    )
    .unwrap();
    text
}

fn generated(files: usize) -> MemorySources {
    let mut all = std::collections::BTreeMap::new();
    for number in 0..files {
        let (root, index) = (number / FILES_OF_A_ROOT, number % FILES_OF_A_ROOT);
        all.insert(format!("roots/r{root:05}/part{index}.tf"), Arc::from(file(root, index)));
    }
    MemorySources(all)
}

/// CPU time of this process, all threads.
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<i64> =
        stat.rsplit(") ").next().unwrap_or("").split(' ').filter_map(|field| field.parse().ok()).collect();
    // The fields after the state: utime and stime, in hundredths of a second.
    Duration::from_millis(10 * (fields.get(10).unwrap_or(&0) + fields.get(11).unwrap_or(&0)) as u64)
}

fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM unknown").to_owned()
}

fn measure(files: usize) {
    let sources = generated(files);
    let bytes: usize = sources.0.values().map(|text| text.len()).sum();
    let lines: usize = sources.0.values().map(|text| text.lines().count()).sum();
    let paths: Vec<String> = sources.0.keys().cloned().collect();
    // What reading costs, before another parser makes the heap larger.
    let start = cpu();
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &paths);
    let parsed = cpu() - start;
    let snapshot = workspace.snapshot(&sources);
    let ours = cpu() - start;
    let resources: usize = snapshot.inventories.iter().map(|inventory| inventory.resources.len()).sum();
    let memory = peak();
    drop((snapshot, workspace));
    let start = cpu();
    for text in sources.0.values() {
        let body: hcl_edit::structure::Body = text.parse().unwrap();
        std::hint::black_box(body);
    }
    let bare = cpu() - start;
    println!(
        "{files} files, {lines} lines, {bytes} bytes, {resources} resources: parse {parsed:?}, all {ours:?} of CPU; hcl-edit {bare:?}, ratio {:.2}; {memory}",
        ours.as_secs_f64() / bare.as_secs_f64().max(0.001)
    );
}

/// A change in a module that one root calls a hundred times, and one that a hundred roots call.
fn keystroke() {
    let module = file(0, 0);
    let mut all = std::collections::BTreeMap::new();
    let mut one = String::new();
    for call in 0..100 {
        writeln!(one, "module \"m{call}\" {{\n  source = \"../../module\"\n  name_0 = \"n{call}\"\n}}")
            .unwrap();
        let root = format!("module \"m\" {{\n  source = \"../../module\"\n  name_0 = \"n{call}\"\n}}\n");
        all.insert(format!("many/r{call}/main.tf"), Arc::from(root));
    }
    all.insert("one/root/main.tf".to_owned(), Arc::from(one));
    all.insert("module/main.tf".to_owned(), Arc::from(module.as_str()));
    for (name, prefix) in [("one root", "one"), ("a hundred roots", "many"), ("both", "")] {
        let paths: Vec<String> = all
            .keys()
            .filter(|path| path.starts_with(prefix) || path.starts_with("module"))
            .cloned()
            .collect();
        let sources = MemorySources(all.clone());
        let mut workspace = Workspace::new(Options::default());
        workspace.read(&sources, &paths);
        let _ = workspace.snapshot(&sources);
        let mut times: Vec<Duration> = (0..20)
            .map(|round| {
                let text = module.replace("443", &format!("{}", 444 + round));
                let start = Instant::now();
                workspace.set("module/main.tf", text.into());
                std::hint::black_box(workspace.snapshot(&sources));
                start.elapsed()
            })
            .collect();
        times.sort();
        println!(
            "keystroke in a module called a hundred times, {name}: median {:?}, worst {:?}",
            times[10], times[19]
        );
    }
}

fn main() {
    match std::env::args().nth(1).and_then(|files| files.parse().ok()) {
        Some(files) => measure(files),
        None => keystroke(),
    }
}
