//! Plans of whole configurations, ours against the real Terraform's: a known value must be the same value,
//! and every planned instance must be there. `.ci/run` runs the test where there is a `terraform`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "real/plan.rs"]
mod plan;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compline_iac::{Data, Number, Value};
use serde_json::Value as Json;

use plan::{files_of, planned, read};

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
#[ignore = "needs the program `terraform`"]
fn plans_agree_with_terraform() {
    let (mut equal, mut unknown) = (0, 0);
    let mut complaints = String::new();
    let more = MORE.split("=== ").skip(1).map(|one| one.split_once('\n').unwrap());
    let all: Vec<(&str, &str)> = CONFIGURATIONS.iter().copied().chain(more).collect();
    let mut resources = 0;
    for (name, text) in &all {
        let files = files_of(text);
        let ours = read(&files, "");
        let (theirs, plan) = planned("terraform_plans", name, &files, "/dev/null");
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
