//! Prints what is read of a directory: `cargo run -p compline-iac --example inventory -- DIR [-v]`.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use compline_iac::{Data, Options, Sources, Value, Workspace};

struct Files(PathBuf);

impl Sources for Files {
    fn read(&self, path: &str) -> Result<Arc<str>, String> {
        std::fs::read_to_string(self.0.join(path)).map(Arc::from).map_err(|error| error.to_string())
    }

    fn list(&self, directory: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.0.join(directory)).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn is_file(&self, path: &str) -> bool {
        self.0.join(path).is_file()
    }
}

fn walk(root: &Path, at: &Path, out: &mut Vec<String>) {
    for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            walk(root, &path, out);
        } else if let Ok(relative) = path.strip_prefix(root) {
            out.push(relative.to_string_lossy().into_owned());
        }
    }
}

fn show(value: &Value) -> String {
    match &value.data {
        Data::Unknown(why) => format!("?{:?}({})", why.kind, why.text),
        Data::Text(text) => format!("{text:?}"),
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Null => "null".to_owned(),
        Data::Holed(pieces) => format!("{pieces:?}"),
        Data::Choice(values) => values.iter().map(show).collect::<Vec<_>>().join(" | "),
        Data::List(list) => {
            let items: Vec<String> = list.items.iter().map(show).collect();
            format!(
                "[{}{}]",
                items.join(", "),
                list.open.as_ref().map_or(String::new(), |why| format!(" …{}", why.text))
            )
        }
        Data::Map(map) => {
            let items: Vec<String> =
                map.entries.iter().map(|(key, value)| format!("{key}: {}", show(value))).collect();
            format!(
                "{{{}{}}}",
                items.join(", "),
                map.open.as_ref().map_or(String::new(), |why| format!(" …{}", why.text))
            )
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let root = PathBuf::from(arguments.first().map_or(".", String::as_str));
    let verbose = arguments.iter().any(|argument| argument == "-v");
    let mut paths = Vec::new();
    walk(&root, &root, &mut paths);
    paths.sort();
    let sources = Files(root);
    let mut workspace = Workspace::new(Options::default());
    let start = Instant::now();
    workspace.read(&sources, &paths);
    let parsed = start.elapsed();
    let snapshot = workspace.snapshot(&sources);
    let all = start.elapsed();
    for problem in snapshot.problems.iter() {
        let place = problem.span.and_then(|span| Some(snapshot.source(span)?.place(span.start)));
        println!(
            "! {} {:?} {} {:?}",
            problem.path,
            place.map(|place| place.line),
            problem.message,
            problem.gravity
        );
    }
    let mut kinds = std::collections::BTreeMap::new();
    let mut resources = 0;
    for inventory in &snapshot.inventories {
        for gap in &inventory.gaps {
            println!("gap {}: {} ({})", inventory.root, gap.what, gap.why.text);
        }
        resources += inventory.resources.len();
        for resource in &inventory.resources {
            if verbose {
                println!("[{}] {} {:?}", inventory.root, resource.address, resource.existence);
            }
            for (name, value) in resource.body.as_map().into_iter().flat_map(|map| &map.entries) {
                if verbose {
                    println!("    {name} = {}", show(value));
                }
                tally(value, &mut kinds);
            }
        }
    }
    println!(
        "{} inventories, {resources} resources, parse {parsed:?}, all {all:?}",
        snapshot.inventories.len()
    );
    let mut sorted: Vec<_> = kinds.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    for (why, count) in sorted.into_iter().take(25) {
        println!("  {count} {why}");
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    for line in status.lines().filter(|line| line.starts_with("VmHWM")) {
        println!("{line}");
    }
}

fn tally(value: &Value, kinds: &mut std::collections::BTreeMap<String, usize>) {
    match &value.data {
        Data::Unknown(why) => *kinds.entry(format!("{:?} {}", why.kind, why.text)).or_default() += 1,
        Data::List(list) => list.items.iter().for_each(|item| tally(item, kinds)),
        Data::Map(map) => map.entries.values().for_each(|item| tally(item, kinds)),
        _ => {}
    }
}
