//! Plans of the real Terraform, and the same files read by us.
#![allow(clippy::disallowed_methods)] // Terraform is a process of its own.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use compline_iac::{Inventory, MemorySources, Options, Workspace};
use serde_json::Value as Json;

/// A configuration's files, by path.
pub type Files = BTreeMap<String, String>;

/// Values, and which of them are known after apply only.
pub type Planned = BTreeMap<String, (Json, Json)>;

/// The files of a configuration as the suites write it: `### path` begins one.
pub fn files_of(text: &str) -> Files {
    let mut files = BTreeMap::new();
    for part in text.split("### ").skip(1) {
        let (path, rest) = part.split_once('\n').unwrap();
        files.insert(path.trim().to_owned(), rest.to_owned());
    }
    files
}

/// Our inventory of a root.
pub fn read(files: &Files, root: &str) -> Arc<Inventory> {
    let sources = MemorySources::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.keys().cloned().collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    assert_eq!(snapshot.problems.to_vec(), []);
    snapshot.inventories.iter().find(|inventory| &*inventory.root == root).unwrap().clone()
}

/// What is planned, by address, and the plan as Terraform prints it. `settings` is the command line's configuration file.
pub fn planned(suite: &str, name: &str, files: &Files, settings: &str) -> (Planned, String) {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(suite).join(name);
    let _ = std::fs::remove_dir_all(&directory);
    for (path, text) in files {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let run = |arguments: &[&str]| {
        let output = Command::new("terraform")
            .args(arguments)
            .current_dir(&directory)
            .env("CHECKPOINT_DISABLE", "1")
            .env("TF_CLI_CONFIG_FILE", settings)
            .output()
            .expect("`terraform` is installed");
        let said = || [output.stdout.as_slice(), &output.stderr].concat();
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&said()));
        output.stdout
    };
    // Modules alone: a provider is either built in or lies in a directory that the settings name.
    run(&["get", "-no-color"]);
    run(&["plan", "-input=false", "-no-color", "-out=plan", "-refresh=false"]);
    let text = String::from_utf8(run(&["show", "-json", "plan"])).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    let mut found = BTreeMap::new();
    collect(json.pointer("/planned_values/root_module").unwrap(), &mut found);
    for change in json["resource_changes"].as_array().into_iter().flatten() {
        if let Some(entry) = found.get_mut(change["address"].as_str().unwrap()) {
            entry.1 = change["change"]["after_unknown"].clone();
        }
    }
    (found, text)
}

/// The resources of a module as Terraform prints values, and of those below it.
pub fn collect(module: &Json, found: &mut Planned) {
    for resource in module.get("resources").and_then(Json::as_array).into_iter().flatten() {
        found.insert(
            resource["address"].as_str().unwrap().to_owned(),
            (resource["values"].clone(), Json::Null),
        );
    }
    for child in module.get("child_modules").and_then(Json::as_array).into_iter().flatten() {
        collect(child, found);
    }
}
