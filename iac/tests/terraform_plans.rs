//! Plans of whole configurations, ours against the real Terraform's: a known value must be the same value,
//! and every planned instance must be there. Skipped, and said so, where there is no `terraform`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use compline_iac::{Data, Inventory, MemorySources, Number, Options, Value, Workspace};
use serde_json::Value as Json;

/// Each file holds one configuration; `### path` begins a file of it.
const CONFIGURATIONS: &[(&str, &str)] = &[
    ("expressions", include_str!("terraform_plans/expressions.txt")),
    ("templates", include_str!("terraform_plans/templates.txt")),
    ("variables", include_str!("terraform_plans/variables.txt")),
    ("modules", include_str!("terraform_plans/modules.txt")),
    ("expansion", include_str!("terraform_plans/expansion.txt")),
    ("overrides", include_str!("terraform_plans/overrides.txt")),
    ("json", include_str!("terraform_plans/json.txt")),
];

/// Many small ones; `=== name` begins one.
const MORE: &str = include_str!("terraform_plans/more.txt");

#[test]
fn plans_agree_with_terraform() {
    let (mut equal, mut unknown) = (0, 0);
    let mut complaints = String::new();
    let more = MORE.split("=== ").skip(1).map(|one| one.split_once('\n').unwrap());
    let all: Vec<(&str, &str)> = CONFIGURATIONS.iter().copied().chain(more).collect();
    let mut resources = 0;
    for (name, text) in &all {
        let files = files_of(text);
        let ours = ours(&files);
        let Some((theirs, plan)) = theirs(name, &files) else {
            println!("skipped: no `terraform` on this machine");
            return;
        };
        resources += theirs.len();
        for (address, (values, later)) in &theirs {
            let Some(resource) = ours.find(address) else {
                writeln!(complaints, "{name}: {address} is not there").unwrap();
                continue;
            };
            let input = values.get("input").unwrap_or(&Json::Null);
            let absent = Value::new(Data::Null, Default::default());
            let our_input = resource.body.get("input").unwrap_or(&absent);
            let later = later.get("input").unwrap_or(&Json::Null);
            compare(
                name,
                address,
                our_input,
                input,
                later,
                &mut Sum { equal: &mut equal, unknown: &mut unknown, complaints: &mut complaints },
            );
        }
        // The same with the plan beside the code, and the plan alone.
        let mut beside = files.clone();
        beside.insert("plan.json".to_owned(), plan.clone());
        let alone = BTreeMap::from([("plan.json".to_owned(), plan)]);
        for (what, files, root) in [("beside", &beside, ""), ("alone", &alone, "plan.json")] {
            let inventory = read(files, root);
            assert!(inventory.plan.is_some(), "{name} {what}");
            let name = format!("{name}, the plan {what}");
            for (address, (values, later)) in &theirs {
                let Some(resource) = inventory.find(address) else {
                    writeln!(complaints, "{name}: {address} is not there").unwrap();
                    continue;
                };
                let input = values.get("input").unwrap_or(&Json::Null);
                let later = later.get("input").unwrap_or(&Json::Null);
                // What a plan says of nothing at all is not kept where there is no code.
                if let Some(ours) = resource.body.get("input").filter(|_| what == "beside") {
                    let mut sum = Sum { equal: &mut 0, unknown: &mut 0, complaints: &mut complaints };
                    compare(&name, address, ours, input, later, &mut sum);
                }
            }
            assert_eq!(inventory.resources.len(), theirs.len(), "{name}");
        }
        for resource in &ours.resources {
            if !theirs.contains_key(&*resource.address)
                && resource.existence == compline_iac::Existence::Certain
            {
                writeln!(complaints, "{name}: {} is not planned", resource.address).unwrap();
            }
        }
    }
    println!(
        "{} configurations, {resources} resources: {equal} values equal, {unknown} known after apply",
        all.len()
    );
    assert!(all.len() >= 25);
    assert!(complaints.is_empty(), "{complaints}");
}

struct Sum<'s> {
    equal: &'s mut usize,
    unknown: &'s mut usize,
    complaints: &'s mut String,
}

/// `later` is true where Terraform itself knows the value only after apply: there we may say less, or more.
fn compare(name: &str, path: &str, ours: &Value, theirs: &Json, later: &Json, sum: &mut Sum<'_>) {
    if *later == Json::Bool(true) {
        *sum.unknown += 1;
        return;
    }
    match (&ours.data, theirs) {
        (Data::List(list), Json::Array(items)) if list.items.len() == items.len() => {
            for (index, (ours, theirs)) in list.items.iter().zip(items).enumerate() {
                let later = later.get(index).unwrap_or(&Json::Null);
                compare(name, &format!("{path}[{index}]"), ours, theirs, later, sum);
            }
        }
        (Data::Map(map), Json::Object(entries))
            if entries.keys().all(|key| map.entries.contains_key(&**key)) =>
        {
            for (key, ours) in &map.entries {
                let (theirs, later) =
                    (entries.get(&**key).unwrap_or(&Json::Null), later.get(&**key).unwrap_or(&Json::Null));
                compare(name, &format!("{path}.{key}"), ours, theirs, later, sum);
            }
        }
        (Data::Null, Json::Null) => *sum.equal += 1,
        (Data::Bool(ours), Json::Bool(theirs)) if ours == theirs => *sum.equal += 1,
        (Data::Text(ours), Json::String(theirs)) if **ours == **theirs => *sum.equal += 1,
        (Data::Number(Number::Int(ours)), Json::Number(theirs)) if theirs.as_i64() == Some(*ours) => {
            *sum.equal += 1
        }
        (Data::Number(ours), Json::Number(theirs)) if Some(ours.as_f64()) == theirs.as_f64() => {
            *sum.equal += 1
        }
        // Ours may be unknown, with a reason that is no error.
        (Data::Unknown(why), _) if why.kind == compline_iac::WhyKind::Limit => *sum.unknown += 1,
        _ => writeln!(sum.complaints, "{name}: {path} is {theirs}, ours {:?}", ours.data).unwrap(),
    }
}

fn files_of(text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for part in text.split("### ").skip(1) {
        let (path, rest) = part.split_once('\n').unwrap();
        files.insert(path.trim().to_owned(), rest.to_owned());
    }
    files
}

fn ours(files: &BTreeMap<String, String>) -> std::sync::Arc<Inventory> {
    read(files, "")
}

fn read(files: &BTreeMap<String, String>, root: &str) -> std::sync::Arc<Inventory> {
    let sources = MemorySources::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.keys().cloned().collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    assert_eq!(snapshot.problems.to_vec(), []);
    snapshot.inventories.iter().find(|inventory| &*inventory.root == root).unwrap().clone()
}

/// What is planned, by address, and the plan as Terraform prints it.
fn theirs(name: &str, files: &BTreeMap<String, String>) -> Option<(Planned, String)> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("terraform_plans").join(name);
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
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .output()
            .ok()?;
        assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
        Some(output.stdout)
    };
    run(&["init", "-input=false", "-no-color"])?;
    run(&["plan", "-input=false", "-no-color", "-out=plan", "-refresh=false"])?;
    let text = String::from_utf8(run(&["show", "-json", "plan"])?).unwrap();
    let json: Json = serde_json::from_str(&text).unwrap();
    let mut found = BTreeMap::new();
    collect(json.pointer("/planned_values/root_module").unwrap(), &mut found);
    for change in json["resource_changes"].as_array().into_iter().flatten() {
        if let Some(entry) = found.get_mut(change["address"].as_str().unwrap()) {
            entry.1 = change["change"]["after_unknown"].clone();
        }
    }
    Some((found, text))
}

/// Values, and which of them are known after apply only.
type Planned = BTreeMap<String, (Json, Json)>;

fn collect(module: &Json, found: &mut Planned) {
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
