//! What is unknown, and where values come from. Known values are compared with Terraform itself in
//! `tests/terraform_functions.rs`.
#![allow(clippy::unwrap_used)] // a test's own failures

use super::*;
use crate::source::{MemorySources, SourceId};
use crate::value::{Map, Number, Piece, Why};

fn span(start: usize, end: usize) -> Span {
    Span::new(SourceId(0), start, end)
}

fn run(name: &str, args: &[Value]) -> Result<Value, String> {
    let sources = MemorySources::of([("m/t.tftpl", "hello ${name}"), ("m/a.txt", "a")]);
    let hook = |template: &Template<'_>| Ok(Value::text(template.text.clone(), Origin::at(template.at)));
    let context =
        Context { sources: &sources, module_dir: "m", root_dir: "m", template: Some(&hook), work: None };
    call(name, args, span(100, 200), &context)
}

fn text(text: &str) -> Value {
    Value::text(text, Origin::at(span(1, 2)))
}

fn number(int: i64) -> Value {
    Value::new(Data::Number(Number::Int(int)), Origin::at(span(1, 2)))
}

fn unknown() -> Value {
    Value::unknown(WhyKind::Variable, "`var.x` has no value", Origin::at(span(3, 4)))
}

fn list(items: &[Value]) -> Value {
    Value::list(items.to_vec(), Origin::at(span(1, 2)))
}

fn map(entries: &[(&str, Value)]) -> Value {
    let entries = entries.iter().map(|(key, value)| (Arc::from(*key), value.clone())).collect();
    Value::new(Data::Map(Map { entries, ..Map::default() }.into()), Origin::at(span(1, 2)))
}

fn holed(parts: &[&str]) -> Value {
    let pieces = parts.iter().map(|part| match *part {
        "?" => Piece::Hole(Why::new(WhyKind::Variable, "`var.x` has no value")),
        text => Piece::Text(text.into()),
    });
    Value::new(Data::Holed(pieces.collect()), Origin::at(span(1, 2)))
}

fn choice(items: &[Value]) -> Value {
    Value::new(Data::Choice(items.to_vec().into()), Origin::at(span(1, 2)))
}

/// A short form of a value: `?` is unknown, `…` means there may be more.
fn shown(value: &Value) -> String {
    let joined = |items: Vec<String>, open: bool| {
        let more = if open { vec!["…".to_owned()] } else { Vec::new() };
        items.into_iter().chain(more).collect::<Vec<_>>().join(" ")
    };
    match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        Data::Text(text) => text.to_string(),
        Data::Holed(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(_) => "?".to_owned(),
            })
            .collect(),
        Data::List(list) => {
            format!("[{}]", joined(list.items.iter().map(shown).collect(), list.open.is_some()))
        }
        Data::Map(map) => {
            let entries = map.entries.iter().map(|(key, value)| format!("{key}={}", shown(value))).collect();
            format!("{{{}}}", joined(entries, map.open.is_some()))
        }
        Data::Unknown(_) => "?".to_owned(),
        Data::Choice(choice) => choice.iter().map(shown).collect::<Vec<_>>().join("|"),
    }
}

#[track_caller]
fn check(name: &str, args: &[Value], expected: &str) {
    let answer = run(name, args).map_or_else(|why| format!("error: {why}"), |value| shown(&value));
    assert_eq!(answer, expected, "{name}");
}

#[test]
fn known_elements_survive_unknown_ones() {
    let mixed = list(&[text("a"), unknown()]);
    check("concat", &[mixed.clone(), list(&[text("b")])], "[a ? b]");
    check("concat", &[unknown(), list(&[text("b")])], "[b …]");
    check("flatten", &[list(&[list(&[text("a")]), unknown()])], "[a ? …]");
    check("compact", std::slice::from_ref(&mixed), "[a ? …]");
    check("tolist", std::slice::from_ref(&mixed), "[a ?]");
    check("toset", std::slice::from_ref(&mixed), "[a ? …]");
    check("toset", &[list(&[unknown()])], "[?]");
    check("distinct", &[list(&[text("a"), text("a"), unknown()])], "[a ? …]");
    check("setunion", &[list(&[text("b")]), unknown()], "[b …]");
    check("setsubtract", &[list(&[text("a"), text("b")]), list(&[text("a")])], "[b]");
    check("setintersection", &[list(&[]), unknown()], "[]");
    check("reverse", &[mixed], "[? a]");
}

#[test]
fn merged_maps_know_what_can_still_be_overridden() {
    let one = map(&[("a", number(1))]);
    check("merge", &[unknown(), one.clone()], "{a=1 …}");
    check("merge", &[one.clone(), unknown()], "{a=1|? …}");
    check("merge", &[one, map(&[("b", unknown())])], "{a=1 b=?}");
    check("keys", &[map(&[("b", unknown()), ("a", unknown())])], "[a b]");
    check("values", &[map(&[("a", unknown())])], "[?]");
    check("zipmap", &[list(&[text("a"), text("b")]), unknown()], "{a=? b=?}");
}

#[test]
fn lengths_and_memberships_are_told_where_they_can_be() {
    check("length", &[list(&[unknown(), unknown()])], "2");
    check("length", &[run("concat", &[unknown(), list(&[text("a")])]).unwrap()], "?");
    check("contains", &[list(&[unknown(), text("a")]), text("a")], "true");
    check("contains", &[list(&[unknown(), text("a")]), text("b")], "?");
    check("contains", &[list(&[holed(&["x-", "?"])]), text("y-1")], "false");
    check("contains", &[list(&[text("a")]), unknown()], "?");
    check("alltrue", &[list(&[unknown(), Value::new(Data::Bool(false), Origin::default())])], "false");
    check("anytrue", &[list(&[unknown(), Value::new(Data::Bool(true), Origin::default())])], "true");
    check("element", &[list(&[text("a"), unknown()]), number(0)], "a");
    check("element", &[list(&[text("a"), text("b")]), unknown()], "a|b");
    check("lookup", &[map(&[("a", text("x")), ("b", text("y"))]), unknown(), text("z")], "x|y|z");
    check("lookup", &[map(&[("a", text("x"))]), text("b"), unknown()], "?");
    check("coalesce", &[text("a"), unknown()], "a");
    check("coalesce", &[unknown(), text("a")], "?");
    check("sum", &[list(&[number(1), unknown()])], "?");
}

#[test]
fn strings_keep_their_known_parts() {
    check("join", &[text("/"), list(&[text("a"), unknown(), text("b")])], "a/?/b");
    check("format", &[text("arn:%s:%03d"), unknown(), number(7)], "arn:?:007");
    check("format", &[text("%s-x"), holed(&["a", "?"])], "a?-x");
    check("format", &[text("%d"), text("x")], "error: cannot convert `x` to a number");
    check("formatlist", &[text("%s/*"), list(&[unknown(), text("b")])], "[?/* b/*]");
    check("lower", &[holed(&["ABC", "?"])], "abc?");
    check("startswith", &[holed(&["arn:aws", "?"]), text("arn:")], "true");
    check("startswith", &[holed(&["arn:aws", "?"]), text("http")], "false");
    check("startswith", &[holed(&["arn", "?"]), text("arn:aws")], "?");
    check("endswith", &[holed(&["?", "/*"]), text("*")], "true");
    check("strcontains", &[holed(&["?", "public", "?"]), text("pub")], "true");
    check("strcontains", &[holed(&["?", "public"]), text("x")], "?");
    check("substr", &[holed(&["abcdef", "?"]), number(0), number(3)], "abc");
    check("split", &[text("/"), holed(&["a/b", "?"])], "[a …]");
    check("trimsuffix", &[holed(&["?", ".com."]), text(".")], "?.com");
    check("jsonencode", &[map(&[("b", holed(&["x", "?"])), ("a", unknown())])], r#"{"a":?,"b":"x?"}"#);
    check("base64encode", &[holed(&["a", "?"])], "?");
    check("tostring", &[holed(&["a", "?"])], "a?");
}

#[test]
fn choices_are_followed_each_by_itself() {
    let either = choice(&[text("a"), text("b")]);
    check("upper", std::slice::from_ref(&either), "A|B");
    check("length", std::slice::from_ref(&either), "1");
    check("format", &[text("%s%s"), either.clone(), choice(&[text("x"), text("y")])], "ax|ay|bx|by");
    check("tonumber", &[choice(&[text("1"), text("x")])], "1|?");
    let error = run("tonumber", &[either]).unwrap_err();
    assert!(error.contains("cannot convert"), "{error}");
    let many: Vec<Value> = (0..9).map(number).collect();
    check("abs", &[choice(&many)], "?");
}

#[test]
fn time_chance_and_the_outside_are_unknown() {
    for (name, args) in [
        ("timestamp", vec![]),
        ("plantimestamp", vec![]),
        ("uuid", vec![]),
        ("bcrypt", vec![text("x")]),
        ("rsadecrypt", vec![text("x"), text("y")]),
        ("abspath", vec![text("x")]),
        ("pathexpand", vec![text("~/x")]),
        ("file", vec![text("../../etc/passwd")]),
        ("file", vec![text("/etc/passwd")]),
        ("fileset", vec![text("../.."), text("*")]),
        ("provider::aws::arn_parse", vec![text("x")]),
    ] {
        check(name, &args, "?");
    }
    check("file", &[text("a.txt")], "a");
    check("templatefile", &[text("t.tftpl"), map(&[("name", text("x"))])], "hello ${name}");
    check("templatefile", &[text("t.tftpl"), unknown()], "?");
}

#[test]
fn depth_ends_in_a_limit() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    check("jsondecode", &[text(&deep)], "?");
    check("yamldecode", &[text(&deep)], "?");
    let laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
        + &('b'..='j')
            .zip('a'..='i')
            .map(|(this, before)| format!("{this}: &{this} [{}]\n", vec![format!("*{before}"); 10].join(",")))
            .collect::<String>();
    check("yamldecode", &[text(&laughs)], "?");
    check("tonumber", &[text("1e99999999")], "?");
}

#[test]
fn origins_lead_to_the_literal() {
    let written = Value::text("a", Origin::at(span(7, 10)));
    let passed = run("tostring", std::slice::from_ref(&written)).unwrap();
    assert_eq!(passed.origin.span, Some(span(7, 10)));
    assert_eq!(passed.origin.steps().map(|step| &*step.what).collect::<Vec<_>>(), ["function `tostring`"]);

    let made = run("upper", std::slice::from_ref(&written)).unwrap();
    assert_eq!(made.origin.span, Some(span(100, 200)));
    assert_eq!(made.origin.steps().map(|step| step.span).collect::<Vec<_>>(), [span(7, 10)]);

    let inside = Value::text("-", Origin::at(span(110, 113)));
    let joined = run("join", &[inside, list(&[text("a"), text("b")])]).unwrap();
    assert_eq!(joined.origin.steps().count(), 1, "the separator is written in the call itself");
    let listed = run("concat", &[list(std::slice::from_ref(&written)), list(&[])]).unwrap();
    let element = listed.as_list().unwrap().items.first().unwrap();
    assert_eq!(element.origin.span, Some(span(7, 10)));
    assert_eq!(element.origin.steps().map(|step| &*step.what).collect::<Vec<_>>(), ["function `concat`"]);
    let both = run("startswith", &[written.clone(), written]).unwrap();
    assert_eq!(both.origin.steps().count(), 0, "two arguments decide");
}

#[test]
fn references_pass_through_what_changes_nothing() {
    let reference = crate::value::Reference { address: "aws_kms_key.k".into(), attribute: "arn".into() };
    let value = Value { refers: Some(Arc::new(reference)), ..unknown() };
    for (name, args) in [
        ("tostring", vec![value.clone()]),
        ("try", vec![value.clone()]),
        ("one", vec![list(std::slice::from_ref(&value))]),
        ("element", vec![list(std::slice::from_ref(&value)), number(0)]),
        ("join", vec![text(","), list(std::slice::from_ref(&value))]),
        ("format", vec![text("%s"), value.clone()]),
        ("lookup", vec![map(&[("a", value.clone())]), text("a")]),
        ("nonsensitive", vec![value.clone()]),
    ] {
        assert!(run(name, &args).unwrap().refers.is_some(), "{name}");
    }
    assert!(run("upper", &[value]).unwrap().refers.is_none());
}

#[test]
fn every_function_of_terraform_is_here() {
    assert!(exists("core::abs") && exists("zipmap") && exists("provider::aws::arn_parse"));
    assert!(!exists("type") && !exists("nosuch"), "`type` belongs to the console");
    assert!(LAZY.iter().all(|name| exists(name)));
}
