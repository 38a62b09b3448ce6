//! Every built-in function against the real Terraform: the same calls, the same value or both an error.
//!
//! `terraform_functions/cases.jsonl` holds one call a line, `["name", [arguments]]`; an argument
//! `{"$call": ["name", [arguments]]}` is a call itself. `.ci/run` runs the test where there is a `terraform`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test's own failures and its table

#[path = "real/console.rs"]
mod console;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use compline_iac::format::terraform::functions::{self, Context};
use compline_iac::{Data, MemorySources, Number, Origin, SourceId, Span, Value};
use serde_json::Value as Json;
use unicode_normalization::UnicodeNormalization;

use console::Theirs;

const CASES: &str = include_str!("terraform_functions/cases.jsonl");

/// The files that both sides see.
const FILES: [(&str, &str); 9] = [
    // Overwritten by the configuration on Terraform's side; here for `fileset` to find.
    ("main.tf", ""),
    ("a.txt", "alpha\n"),
    ("b.txt", "beta"),
    ("dir/b.txt", "b in dir\n"),
    ("dir/.hidden", "hidden"),
    ("dir/sub/c.json", "{\"c\": [1, 2]}\n"),
    ("empty.txt", ""),
    ("unicode.txt", "ünïcödé 日本\n"),
    ("other/x.TXT", "x"),
];

/// Functions whose result cannot be known: the time, chance, another machine's paths, another program's bytes.
const UNKNOWABLE: [&str; 9] = [
    "timestamp",
    "plantimestamp",
    "uuid",
    "bcrypt",
    "rsadecrypt",
    "abspath",
    "pathexpand",
    "base64gzip",
    "templatefile",
];

/// Calls whose result hangs on a type: of a null, of a list that is no tuple, of a map that is no object.
const TYPES_LOST: [&str; 3] = [
    r#"coalescelist(null, [1])"#,
    r#"concat(tolist(["a"]), tolist([1]))"#,
    r#"lookup(tomap({"a" = 1}), "b", "x")"#,
];

/// A set is a sorted list here: what Terraform refuses for sets passes, and a product with a set keeps its order.
fn is_set_as_list(call: &str, ours: &Ours, theirs: &Theirs) -> bool {
    if !call.contains("toset(") {
        return false;
    }
    match (ours, theirs) {
        (Ours::Known(_), Theirs::Refused) => true,
        (Ours::Known(Json::Array(ours)), Theirs::Known(Json::Array(theirs))) => {
            call.starts_with("setproduct")
                && ours.len() == theirs.len()
                && ours.iter().all(|row| theirs.contains(row))
        }
        _ => false,
    }
}

#[derive(Debug, Default)]
struct Tally {
    equal: usize,
    both_refuse: usize,
    unknown: usize,
    /// Terraform tells by types that values here do not carry.
    types_lost: usize,
    differ: usize,
}

#[derive(Debug, PartialEq)]
enum Ours {
    Known(Json),
    Unknown(String),
    Refused(String),
}

#[test]
#[ignore = "needs the program `terraform`"]
fn functions_agree_with_terraform() {
    let cases: Vec<(String, Vec<Json>)> =
        CASES.lines().map(|line| serde_json::from_str(line).expect("a case")).collect();
    let calls: Vec<String> = cases.iter().map(|(name, args)| render_call(name, args)).collect();
    let theirs = console::evaluate("terraform_functions", &FILES, "", &calls);
    let sources = MemorySources::of(FILES);
    let mut table: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut complaints = String::new();
    for ((name, args), theirs) in cases.iter().zip(&theirs) {
        let ours = evaluate(name, args, &sources);
        let tally = table.entry(name).or_default();
        let shown = || render_call(name, args);
        match (&ours, theirs) {
            (Ours::Unknown(_), _) => {
                tally.unknown += 1;
                if !UNKNOWABLE.contains(&name.as_str()) {
                    writeln!(complaints, "unknown: {} is {theirs:?}, ours {ours:?}", shown()).unwrap();
                }
            }
            // With constants Terraform leaves open only what depends on the type of a null; ours may say more.
            (_, Theirs::Unknown) => tally.equal += 1,
            (Ours::Refused(_), Theirs::Refused) => tally.both_refuse += 1,
            (Ours::Known(ours), Theirs::Known(theirs)) if same(ours, theirs) => tally.equal += 1,
            _ if TYPES_LOST.contains(&shown().as_str()) || is_set_as_list(&shown(), &ours, theirs) => {
                tally.types_lost += 1
            }
            _ => {
                tally.differ += 1;
                writeln!(complaints, "DIFFER: {} is {theirs:?}, ours {ours:?}", shown()).unwrap();
            }
        }
    }
    println!(
        "{:<18}{:>7}{:>13}{:>9}{:>12}{:>8}",
        "function", "equal", "both refuse", "unknown", "types lost", "differ"
    );
    let mut sum = Tally::default();
    for (name, tally) in &table {
        println!(
            "{name:<18}{:>7}{:>13}{:>9}{:>12}{:>8}",
            tally.equal, tally.both_refuse, tally.unknown, tally.types_lost, tally.differ
        );
        sum.equal += tally.equal;
        sum.both_refuse += tally.both_refuse;
        sum.unknown += tally.unknown;
        sum.types_lost += tally.types_lost;
        sum.differ += tally.differ;
    }
    println!(
        "{:<18}{:>7}{:>13}{:>9}{:>12}{:>8}",
        "all", sum.equal, sum.both_refuse, sum.unknown, sum.types_lost, sum.differ
    );
    println!("{complaints}");
    assert_eq!(sum.differ, 0, "a known value differs from Terraform's:\n{complaints}");
    assert!(cases.len() >= 1_500, "{} cases", cases.len());
}

/// Whole numbers digit by digit, others as doubles: Terraform computes fractions with 512 bits. What hangs on the
/// last bit is compared as text, by cases with `tostring`.
fn same(ours: &Json, theirs: &Json) -> bool {
    match (ours, theirs) {
        (Json::Number(ours), Json::Number(theirs)) => {
            let whole = ours.is_i64() && theirs.is_i64();
            let (one, other) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            ours == theirs || !whole && (one - other).abs() <= one.abs() * 1e-15
        }
        (Json::Array(ours), Json::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Json::Object(ours), Json::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours.iter().all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => ours == theirs,
    }
}

fn evaluate(name: &str, args: &[Json], sources: &MemorySources) -> Ours {
    let answer = call(name, args, sources);
    match answer {
        Err(why) => Ours::Refused(why),
        Ok(value) if value.is_wholly_known() => Ours::Known(to_json(&value)),
        Ok(value) => Ours::Unknown(format!("{:?}", value.data)),
    }
}

fn call(name: &str, args: &[Json], sources: &MemorySources) -> Result<Value, String> {
    let values = args.iter().map(|arg| to_value(arg, sources)).collect::<Result<Vec<_>, _>>()?;
    let context = Context { sources, module_dir: ".", root_dir: ".", template: None, work: None };
    functions::call(name, &values, Span::new(SourceId(0), 0, 0), &context)
}

fn to_value(json: &Json, sources: &MemorySources) -> Result<Value, String> {
    let data = match json {
        Json::Null => Data::Null,
        Json::Bool(bool) => Data::Bool(*bool),
        Json::Number(number) => {
            Data::Number(number.as_i64().map_or_else(|| Number::from(number.as_f64().unwrap()), Number::Int))
        }
        // The evaluator keeps its literals in normal form, as Terraform does.
        Json::String(text) => Data::Text(text.nfc().collect::<String>().into()),
        Json::Array(items) => {
            let items = items.iter().map(|item| to_value(item, sources)).collect::<Result<_, _>>()?;
            return Ok(Value::list(items, Origin::default()));
        }
        Json::Object(entries) => {
            if let Some((name, args)) = nested(json) {
                return call(name, args, sources);
            }
            let entries =
                entries.iter().map(|(key, item)| Ok((key.as_str().into(), to_value(item, sources)?)));
            let entries = entries.collect::<Result<_, String>>()?;
            Data::Map(compline_iac::Map { entries, ..Default::default() }.into())
        }
    };
    Ok(Value::new(data, Origin::default()))
}

fn nested(json: &Json) -> Option<(&str, &[Json])> {
    let call = json.get("$call")?.as_array()?;
    Some((call.first()?.as_str()?, call.get(1)?.as_array()?))
}

fn to_json(value: &Value) -> Json {
    match &value.data {
        Data::Bool(bool) => Json::Bool(*bool),
        Data::Number(Number::Int(int)) => Json::from(*int),
        Data::Number(Number::Float(float)) => Json::from(*float),
        Data::Text(text) => Json::from(&**text),
        Data::List(list) => Json::Array(list.items.iter().map(to_json).collect()),
        Data::Map(map) => {
            Json::Object(map.entries.iter().map(|(key, item)| (key.to_string(), to_json(item))).collect())
        }
        _ => Json::Null,
    }
}

fn render_call(name: &str, args: &[Json]) -> String {
    let args: Vec<String> = args.iter().map(render).collect();
    format!("{name}({})", args.join(", "))
}

/// An argument as HCL.
fn render(json: &Json) -> String {
    match json {
        Json::String(text) => quote(text),
        Json::Array(items) => format!("[{}]", items.iter().map(render).collect::<Vec<_>>().join(", ")),
        Json::Object(entries) => match nested(json) {
            Some((name, args)) => render_call(name, args),
            None => {
                let entry = |(key, item): (&String, &Json)| {
                    format!("{} = {}", render(&Json::from(key.as_str())), render(item))
                };
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
        },
        other => other.to_string(),
    }
}

/// A string of HCL; `${` and `%{` must not begin a template.
fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '$' | '%' | '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => {
                write!(quoted, "\\u{:04x}", u32::from(character)).unwrap();
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}
