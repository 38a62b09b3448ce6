//! Plans against a real provider of AWS: what the code says and we evaluate is what the provider plans, equal or
//! unknown with a reason. `COMPLINE_TERRAFORM_PLUGINS` names the directory with the provider's program; `.ci/run`
//! fetches one and runs the tests where there is a `terraform`.
//!
//! The provider writes some of what it is given in a form of its own. What is compared by its meaning then:
//! - a type's conversion: `"443"` for 443, `1` for true, a lone value for a list of one;
//! - sets, which have no order;
//! - policies and other JSON: their values, a lone text for a list of one, lists of texts in any order, an empty
//!   `Sid` or `Statement` for none;
//! - nothing: an empty text or map for none, as the older kind of plugin has it;
//! - hashes and lower case that a schema keeps instead of the value, by name (`NORMALISED`);
//! - the provider's default tags, which stand in `tags` here and in `tags_all` there.

#![allow(clippy::disallowed_methods)] // Terraform is a process of its own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test's own failures and its table

#[path = "real/plan.rs"]
mod plan;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use compline_iac::{Data, Existence, Inventory, Mode, Value, WhyKind};
use serde_json::Value as Json;

use plan::{Files, Planned, collect, files_of, planned, read};

const CONFIGURATIONS: [&str; 5] = [
    include_str!("terraform_aws_plans/storage.txt"),
    include_str!("terraform_aws_plans/network.txt"),
    include_str!("terraform_aws_plans/identity.txt"),
    include_str!("terraform_aws_plans/services.txt"),
    include_str!("terraform_aws_plans/language.txt"),
];

/// What lets the provider plan without an account and without a network.
const PROVIDER: &str = r#"
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "x"
  secret_key                  = "y"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_get_ec2_platforms      = true
}
"#;

/// Kind, attribute, and the form it gets.
type Normalised = (&'static str, &'static str, fn(&str) -> String);

/// Attributes that the provider plans in another form than the one they are written in.
const NORMALISED: [Normalised; 4] = [
    // The schema keeps the hash of it.
    ("aws_instance", "user_data", sha1),
    // The bucket of logs that are switched off is not kept.
    ("aws_lb", "bucket", |_| String::new()),
    ("aws_security_group_rule", "protocol", protocol),
    ("aws_security_group", "protocol", protocol),
];

#[derive(Default)]
struct Sum {
    resources: usize,
    equal: usize,
    /// Known there and not here, with a reason.
    unknown: Vec<String>,
    /// Known after apply there.
    later: usize,
    complaints: Vec<String>,
}

#[test]
#[ignore = "needs `terraform`, and `COMPLINE_TERRAFORM_PLUGINS`, a directory with a provider of AWS"]
fn plans_agree_with_a_real_provider() {
    let settings = settings();
    let all: Vec<(&str, &str)> = CONFIGURATIONS
        .iter()
        .flat_map(|text| text.split("=== ").skip(1))
        .map(|one| one.split_once('\n').unwrap())
        .collect();
    let left = Mutex::new(all.iter());
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from).min(4) {
            scope.spawn(|| {
                while let Some((name, text)) = next(&left) {
                    let mut files = files_of(text);
                    files.entry("provider.tf".to_owned()).or_insert_with(|| PROVIDER.to_owned());
                    let (theirs, plan) = planned("terraform_aws_plans", name, &files, &settings);
                    one(name, &files, theirs, &plan, &mut sum.lock().unwrap());
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    println!(
        "{} configurations, {} resources: {} values equal, {} unknown here with a reason, {} known after apply, \
         {} differ",
        all.len(),
        sum.resources,
        sum.equal,
        sum.unknown.len(),
        sum.later,
        sum.complaints.len()
    );
    for unknown in &sum.unknown {
        println!("unknown here: {unknown}");
    }
    assert!(sum.complaints.is_empty(), "{}", sum.complaints.join("\n"));
    assert!(all.len() >= 40 && sum.equal > 1_000);
    assert!(sum.unknown.len() * 50 < sum.equal, "{} unknown", sum.unknown.len());
}

/// The table of kinds that take tags is what the provider's schema says.
#[test]
#[ignore = "needs `terraform`, and `COMPLINE_TERRAFORM_PLUGINS`, a directory with a provider of AWS"]
fn the_table_of_tags_is_the_providers() {
    let settings = settings();
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("terraform_aws_schema");
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join("main.tf"), PROVIDER).unwrap();
    let mut schema = std::process::Command::new("terraform");
    schema.args(["providers", "schema", "-json"]).current_dir(&directory);
    let output = schema.env("CHECKPOINT_DISABLE", "1").env("TF_CLI_CONFIG_FILE", &settings).output();
    let output = output.expect("`terraform` is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let schema: Json = serde_json::from_slice(&output.stdout).unwrap();
    let provider = schema["provider_schemas"].as_object().unwrap().values().next().unwrap();
    let mut takes = BTreeMap::new();
    for (kind, schema) in provider["resource_schemas"].as_object().unwrap() {
        takes
            .insert(kind.trim_start_matches("aws_"), schema["block"]["attributes"].get("tags_all").is_some());
    }
    let mut tabled = BTreeMap::new();
    let mut section = "";
    for line in include_str!("../src/format/terraform/aws_tags.txt").lines() {
        match line.strip_prefix("# ") {
            Some(head) => section = head,
            None => tabled.extend(line.split(' ').map(|kind| (kind, section == "takes"))),
        }
    }
    assert!(takes.len() > 700 && tabled == takes);
}

fn next<'t>(left: &Mutex<std::slice::Iter<'t, (&'t str, &'t str)>>) -> Option<&'t (&'t str, &'t str)> {
    left.lock().unwrap().next()
}

/// The command line's configuration that finds the provider.
fn settings() -> String {
    let plugins = std::env::var_os("COMPLINE_TERRAFORM_PLUGINS").map(PathBuf::from);
    let plugins = plugins.filter(|plugins| plugins.is_dir());
    let plugins = plugins.expect("`COMPLINE_TERRAFORM_PLUGINS` names a directory with a provider of AWS");
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("terraform_aws_plans.tfrc");
    let text = format!(
        "provider_installation {{\n  dev_overrides {{\n    \"hashicorp/aws\" = {plugins:?}\n  }}\n}}\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn one(name: &str, files: &Files, mut theirs: Planned, plan: &str, sum: &mut Sum) {
    let json: Json = serde_json::from_str(plan).unwrap();
    // Data sources that were read while planning.
    if let Some(module) = json.pointer("/prior_state/values/root_module") {
        collect(module, &mut theirs);
    }
    let ours = read(files, "");
    compared(name, &ours, &theirs, sum);
    for resource in &ours.resources {
        if !theirs.contains_key(&*resource.address) && resource.existence == Existence::Certain {
            sum.complaints.push(format!("{name}: {} is not planned", resource.address));
        }
    }
    configured(name, &ours, &theirs, &json, sum);
    // With the plan beside the code nothing may change that was known, and nothing planned may be missing.
    let mut beside = files.clone();
    beside.insert("plan.json".to_owned(), plan.to_owned());
    let inventory = read(&beside, "");
    assert!(inventory.plan.is_some(), "{name}");
    let mut second = Sum::default();
    compared(&format!("{name}, the plan beside"), &inventory, &theirs, &mut second);
    sum.complaints.append(&mut second.complaints);
}

fn compared(name: &str, ours: &Inventory, theirs: &Planned, sum: &mut Sum) {
    for (address, (values, later)) in theirs {
        let Some(resource) = ours.find(address) else {
            sum.complaints.push(format!("{name}: {address} is not there"));
            continue;
        };
        sum.resources += 1;
        // A resource without any value has none there.
        let none = serde_json::Map::new();
        let values = values.as_object().unwrap_or(&none);
        for (key, value) in &resource.body.as_map().unwrap().entries {
            // These blocks are the language's; the unindented JSON came with a later provider.
            if matches!(&**key, "lifecycle" | "timeouts" | "minified_json") {
                continue;
            }
            let place =
                Place { name, kind: &resource.kind, path: format!("{address}.{key}"), mode: resource.mode };
            let tags = values.get("tags_all").filter(|all| &**key == "tags" && !all.is_null());
            let later = later.get(&**key).unwrap_or(&Json::Null);
            match tags.or_else(|| values.get(&**key)) {
                Some(theirs) => compare(&place, value, theirs, later, sum),
                None if *later == Json::Bool(true) => sum.later += 1,
                None if value.is_null() => sum.equal += 1,
                None => {
                    sum.complaints.push(format!("{name}: {address}.{key} is not planned: {:?}", value.data))
                }
            }
        }
    }
}

/// Whatever the configuration sets and the provider plans is there: nothing that was written is lost.
fn configured(name: &str, ours: &Inventory, theirs: &Planned, json: &Json, sum: &mut Sum) {
    let mut written: BTreeMap<String, Vec<String>> = BTreeMap::new();
    expressions(json.pointer("/configuration/root_module").unwrap(), "", &mut written);
    for (address, (values, _)) in theirs {
        let Some(resource) = ours.find(address) else { continue };
        for key in written.get(&without_keys(address)).into_iter().flatten() {
            let empty = |value: &Json| {
                value.is_null() || value.as_array().is_some_and(Vec::is_empty) || value.as_str() == Some("")
            };
            if resource.body.get(key).is_none() && !values.get(key).is_none_or(empty) {
                sum.complaints.push(format!("{name}: {address}.{key} is lost"));
            }
        }
    }
}

fn expressions(module: &Json, at: &str, written: &mut BTreeMap<String, Vec<String>>) {
    for resource in module["resources"].as_array().into_iter().flatten() {
        let keys = resource["expressions"].as_object().into_iter().flat_map(|map| map.keys().cloned());
        written.insert(format!("{at}{}", resource["address"].as_str().unwrap()), keys.collect());
    }
    for (call, below) in module["module_calls"].as_object().into_iter().flatten() {
        expressions(&below["module"], &format!("{at}module.{call}."), written);
    }
}

fn without_keys(address: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for character in address.chars() {
        match character {
            '[' => depth += 1,
            ']' => depth -= 1,
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    out
}

#[derive(Clone)]
struct Place<'p> {
    name: &'p str,
    kind: &'p str,
    path: String,
    mode: Mode,
}

impl Place<'_> {
    fn below(&self, step: &str) -> Self {
        Self { path: format!("{}{step}", self.path), ..self.clone() }
    }
}

fn compare(place: &Place<'_>, ours: &Value, theirs: &Json, later: &Json, sum: &mut Sum) {
    if *later == Json::Bool(true) {
        sum.later += 1;
        return;
    }
    if let Some(structure) = &ours.json
        && let Json::String(text) = theirs
    {
        let theirs = meaning(&serde_json::from_str(text).expect("a policy"));
        match plain(structure).map(|ours| meaning(&ours)) {
            Ok(ours) if ours == theirs => sum.equal += 1,
            Ok(ours) => {
                sum.complaints.push(format!("{}: {} is {theirs}, ours {ours}", place.name, place.path))
            }
            Err(why) => unknown(place, theirs, &why, sum),
        }
        return;
    }
    match (&ours.data, theirs) {
        // Its plugins of old know no empty map and no empty text from none.
        (Data::Map(map), Json::Null) if map.entries.is_empty() => sum.equal += 1,
        (Data::Text(text), Json::Null) if text.is_empty() => sum.equal += 1,
        // In JSON a block may be written as an object.
        (Data::Map(_), Json::Array(items)) if items.len() == 1 => {
            compare(&place.below("[0]"), ours, &items[0], later.get(0).unwrap_or(&Json::Null), sum);
        }
        // What the code leaves out is the provider's to fill.
        (Data::Null, _) => sum.equal += 1,
        (Data::Unknown(why), _) => unknown(place, theirs, &format!("{:?}: {}", why.kind, why.text), sum),
        (Data::Holed(_) | Data::Choice(_), _) => unknown(place, theirs, "known in part", sum),
        (Data::Map(map), Json::Object(entries)) => {
            for (key, ours) in &map.entries {
                let (theirs, later) =
                    (entries.get(&**key).unwrap_or(&Json::Null), later.get(&**key).unwrap_or(&Json::Null));
                compare(&place.below(&format!(".{key}")), ours, theirs, later, sum);
            }
            // A map is all there is of it; a block has what the provider adds.
            if map.header.is_none() && map.open.is_none() && place.mode == Mode::Managed {
                let more = entries.iter().find(|(key, value)| {
                    !map.entries.contains_key(key.as_str())
                        && value.is_string()
                        && place.path.ends_with("tags_all")
                });
                if let Some((key, _)) = more {
                    sum.complaints.push(format!("{}: {}.{key} is lost", place.name, place.path));
                }
            }
        }
        (Data::List(list), Json::Array(items)) if list.open.is_none() && list.items.len() == items.len() => {
            // The order that agrees, where there is one: a set has none.
            let mut left: Vec<usize> = (0..items.len()).collect();
            for (index, ours) in list.items.iter().enumerate() {
                let fits = |other: &usize| {
                    let mut trial = Sum::default();
                    let later = later.get(*other).unwrap_or(&Json::Null);
                    compare(place, ours, &items[*other], later, &mut trial);
                    trial.complaints.is_empty()
                };
                let same = left.iter().position(|other| *other == index && fits(other));
                let found = same.or_else(|| left.iter().position(fits)).unwrap_or(0);
                let other = left.remove(found);
                let later = later.get(other).unwrap_or(&Json::Null);
                compare(&place.below(&format!("[{index}]")), ours, &items[other], later, sum);
            }
        }
        // A set holds each value once.
        (Data::List(list), Json::Array(items)) if list.open.is_none() && list.items.len() > items.len() => {
            let plain: Vec<Json> = list.items.iter().filter_map(|item| plain(item).ok()).collect();
            if plain.iter().all(|item| items.contains(item)) && items.iter().all(|item| plain.contains(item))
            {
                sum.equal += 1;
            } else {
                sum.complaints.push(format!("{}: {} is {theirs}, ours {plain:?}", place.name, place.path));
            }
        }
        (Data::List(list), _) if list.open.is_some() => {
            let why = list.open.as_ref().map(|why| why.text.to_string()).unwrap_or_default();
            unknown(place, theirs, &why, sum);
        }
        _ => match plain(ours) {
            Ok(plain) if converted(place, &plain, theirs) => sum.equal += 1,
            Ok(plain) => {
                sum.complaints.push(format!("{}: {} is {theirs}, ours {plain}", place.name, place.path));
            }
            Err(why) => unknown(place, theirs, &why, sum),
        },
    }
}

fn unknown(place: &Place<'_>, theirs: impl std::fmt::Display, why: &str, sum: &mut Sum) {
    let text = format!("{}: {} is {theirs}, ours unknown, {why}", place.name, place.path);
    // What the provider computes at once and code does not say is no matter of the language.
    if why.starts_with(&format!("{:?}", WhyKind::Error)) {
        sum.complaints.push(text);
    } else {
        sum.unknown.push(text);
    }
}

/// Equal after what the attribute's type and the provider make of it.
fn converted(place: &Place<'_>, ours: &Json, theirs: &Json) -> bool {
    let name = place.path.rsplit('.').next().unwrap_or_default();
    let normalised = NORMALISED.iter().find(|(kind, attribute, _)| *kind == place.kind && *attribute == name);
    if let (Some((.., form)), Json::String(theirs)) = (normalised, theirs)
        && form(&ours.as_str().map_or_else(|| ours.to_string(), str::to_owned)) == *theirs
    {
        return true;
    }
    match (ours, theirs) {
        (Json::String(ours), Json::String(theirs)) => {
            ours == theirs
                || match (serde_json::from_str::<Json>(ours), serde_json::from_str::<Json>(theirs)) {
                    (Ok(ours), Ok(theirs)) if ours.is_object() || ours.is_array() => {
                        meaning(&ours) == meaning(&theirs)
                    }
                    _ => false,
                }
        }
        (Json::String(text), Json::Number(number)) | (Json::Number(number), Json::String(text)) => {
            text.parse::<f64>().ok() == number.as_f64()
        }
        (Json::Number(ours), Json::Number(theirs)) => ours.as_f64() == theirs.as_f64(),
        (Json::String(text), Json::Bool(bool)) | (Json::Bool(bool), Json::String(text)) => {
            *text == bool.to_string()
        }
        (Json::Array(items), other) | (other, Json::Array(items)) if !other.is_array() => {
            matches!(items.as_slice(), [one] if converted(place, one, other))
        }
        _ => ours == theirs,
    }
}

fn plain(value: &Value) -> Result<Json, String> {
    match &value.data {
        Data::Null => Ok(Json::Null),
        Data::Bool(bool) => Ok(Json::from(*bool)),
        Data::Number(number) => Ok(match number {
            compline_iac::Number::Int(int) => Json::from(*int),
            compline_iac::Number::Float(float) => Json::from(*float),
        }),
        Data::Text(text) => Ok(Json::from(&**text)),
        Data::List(list) if list.open.is_none() => list.items.iter().map(plain).collect(),
        Data::Map(map) if map.open.is_none() => {
            let entries = map.entries.iter();
            entries
                .map(|(key, item)| Ok((key.to_string(), plain(item)?)))
                .collect::<Result<_, _>>()
                .map(Json::Object)
        }
        Data::List(list) => Err(list.open.as_ref().map(|why| why.text.to_string()).unwrap_or_default()),
        Data::Map(map) => Err(map.open.as_ref().map(|why| why.text.to_string()).unwrap_or_default()),
        Data::Unknown(why) => Err(format!("{:?}: {}", why.kind, why.text)),
        Data::Holed(_) | Data::Choice(_) => Err("known in part".to_owned()),
    }
}

/// A policy without what does not matter in it.
fn meaning(json: &Json) -> Json {
    match json {
        Json::Array(items) => {
            let mut items: Vec<Json> = items.iter().map(meaning).collect();
            if items.iter().all(|item| item.is_string()) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                items.dedup();
            }
            match items.as_slice() {
                [one] => one.clone(),
                _ => Json::Array(items),
            }
        }
        Json::Object(entries) => {
            let nothing = |value: &Json| value == "" || value.is_null() || *value == Json::Array(Vec::new());
            let kept = entries
                .iter()
                .filter(|(key, value)| !(matches!(key.as_str(), "Sid" | "Statement") && nothing(value)));
            Json::Object(kept.map(|(key, value)| (key.clone(), meaning(value))).collect())
        }
        other => other.clone(),
    }
}

fn sha1(text: &str) -> String {
    use sha1::Digest as _;
    sha1::Sha1::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `all` is `-1`, a number is a name, and case does not matter.
fn protocol(text: &str) -> String {
    match text.to_lowercase().as_str() {
        "all" => "-1".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        other => other.to_owned(),
    }
}
