//! Expressions, generated and written by hand, through the whole evaluator against the real Terraform: strings,
//! templates, heredocs, `for`, splats, conditionals, operators, conversions. A value that both know must be the same;
//! ours may be unknown with a reason. `.ci/run` runs the test where there is a `terraform`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // a test's own failures and its table

#[path = "real/console.rs"]
mod console;

use std::fmt::Write as _;

use compline_iac::{Data, MemorySources, Number, Options, Value, WhyKind, Workspace};
use serde_json::Value as Json;

use console::Theirs;

const HAND_WRITTEN: &str = include_str!("terraform_expressions/expressions.txt");

/// What expressions can refer to.
const LOCALS: &str = r#"locals {
  s     = "h\u00e9llo"
  n     = 3
  f     = 2.5
  yes   = true
  none  = null
  words = ["b", "a", "c"]
  nums  = [3, 1, 2]
  empty = []
  obj   = { name = "x", size = 2, nested = { k = [1, { z = "q" }] }, "key-d" = true }
  map   = tomap({ a = "1", b = "2" })
  set   = toset(["p", "q"])
  list  = tolist(["x", "y"])
  objs  = [{ id = "i1", v = 1, tags = ["x"] }, { id = "i2", v = 2, tags = [] }]
}
"#;

/// Numbers of a fixed sequence.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.roll(from.len())]
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "\"\"",
                    "\"a\"",
                    "\"b c\"",
                    "\"1\"",
                    "\"true\"",
                    "\"0x1\"",
                    "\"1e2\"",
                    "\"q\\\"\\\\\\n\\t\"",
                    "\"$${x} %%{y}\"",
                    "\"\\u00e9\"",
                    "\"e\\u0301\"",
                    "\"日本\"",
                    "\"$\"",
                    "\"%\"",
                    "\"$$\"",
                    "\"-5\"",
                    "\"1.50\"",
                    "local.s",
                    "local.obj.name",
                    "local.words[0]",
                    "local.map.a",
                    "local.map[\"b\"]",
                    "local.obj[\"name\"]",
                    "\"\\U0001F600\"",
                ])
                .to_owned();
        }
        match self.roll(12) {
            0..=3 => format!(
                "\"{}${{{}}}{}\"",
                self.pick(&["", "x", " ", "$${", "é"]),
                self.any(depth - 1),
                self.pick(&["", "-", " y "])
            ),
            4 => format!("\"a ${{~ {} ~}} b\"", self.text(depth - 1)),
            5 => format!(
                "\"%{{ if {} }}T${{{}}}%{{ else }}F%{{ endif }}\"",
                self.truth(depth - 1),
                self.text(depth - 1)
            ),
            6 => format!("\"%{{ for x in {} }}[${{x}}]%{{ endfor }}\"", self.texts(depth - 1)),
            7 => format!("\"%{{ for k, x in {} ~}} ${{k}}=${{x}} %{{~ endfor }}\"", self.texts(depth - 1)),
            8 => format!(
                "(<<EOT\n{} ${{{}}}\n  in\nEOT\n)",
                self.pick(&["a", "  b", "$${c}", "\\n"]),
                self.text(depth - 1)
            ),
            9 => format!(
                "(<<-EOT\n    {} ${{{}}}\n      in\n\n    EOT\n)",
                self.pick(&["a", "  b", "\"c\""]),
                self.text(depth - 1)
            ),
            10 => {
                format!("({} ? {} : {})", self.truth(depth - 1), self.text(depth - 1), self.text(depth - 1))
            }
            _ => format!(
                "{}({})",
                self.pick(&["upper", "tostring", "trimspace", "title"]),
                self.text(depth - 1)
            ),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "0",
                    "1",
                    "2",
                    "7",
                    "-3",
                    "10",
                    "0.1",
                    "0.2",
                    "2.5",
                    "1e3",
                    "1.5e-2",
                    "100",
                    "9007199254740993",
                    "123456789012345678901234567890",
                    "\"4\"",
                    "local.n",
                    "local.f",
                    "local.nums[1]",
                    "local.obj.size",
                    "\"2.0\"",
                    "3.0",
                ])
                .to_owned();
        }
        match self.roll(9) {
            0..=4 => {
                let operator = self.pick(&["+", "-", "*", "/", "%"]);
                format!("({} {operator} {})", self.number(depth - 1), self.number(depth - 1))
            }
            5 => format!("-{}", self.number(depth - 1)),
            6 => format!("length({})", self.list(depth - 1)),
            7 => format!(
                "({} ? {} : {})",
                self.truth(depth - 1),
                self.number(depth - 1),
                self.number(depth - 1)
            ),
            _ => format!("{} + {} * {}", self.number(0), self.number(depth - 1), self.number(0)),
        }
    }

    fn truth(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&["true", "false", "local.yes", "\"true\"", "\"false\"", "local.none == null"])
                .to_owned();
        }
        match self.roll(9) {
            0 => format!(
                "{} {} {}",
                self.number(depth - 1),
                self.pick(&["<", "<=", ">", ">="]),
                self.number(depth - 1)
            ),
            1..=3 => {
                format!("({} {} {})", self.any(depth - 1), self.pick(&["==", "!="]), self.any(depth - 1))
            }
            4 | 5 => {
                format!("({} {} {})", self.truth(depth - 1), self.pick(&["&&", "||"]), self.truth(depth - 1))
            }
            6 => format!("!{}", self.truth(depth - 1)),
            7 => format!("contains({}, {})", self.texts(depth - 1), self.text(0)),
            _ => format!("can({})", self.any(depth - 1)),
        }
    }

    fn texts(&mut self, depth: usize) -> String {
        match self.roll(7) {
            0 => "local.words".to_owned(),
            1 => "local.set".to_owned(),
            2 => "local.list".to_owned(),
            3 => "local.map".to_owned(),
            4 if depth > 0 => format!("[for w in {} : upper(w)]", self.texts(depth - 1)),
            5 => "local.objs[*].id".to_owned(),
            _ => format!("[{}, {}]", self.text(depth.saturating_sub(1)), self.text(0)),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "[]",
                    "[1, 2]",
                    "local.words",
                    "local.nums",
                    "local.list",
                    "local.empty",
                    "local.objs[*].v",
                    "local.objs.*.id",
                    "[null]",
                    "[1, \"a\", true]",
                ])
                .to_owned();
        }
        match self.roll(10) {
            0 => format!("[{}, {}]", self.any(depth - 1), self.any(depth - 1)),
            1 => format!("[for x in {} : x]", self.list(depth - 1)),
            2 => format!("[for i, x in {} : \"${{i}}\"]", self.list(depth - 1)),
            3 => format!("[for k, v in {} : [k, v]]", self.object(depth - 1)),
            4 => format!("[for x in {} : x if {}]", self.list(depth - 1), self.truth(depth - 1)),
            5 => format!("local.objs[*].{}", self.pick(&["id", "v", "tags", "tags[0]", "nope"])),
            6 => format!("{}[*]", self.any(depth - 1)),
            7 => format!("({} ? {} : {})", self.truth(depth - 1), self.list(depth - 1), self.list(depth - 1)),
            8 => format!("concat({}, {})", self.list(depth - 1), self.list(depth - 1)),
            _ => format!(
                "{}({})",
                self.pick(&["tolist", "toset", "reverse", "flatten", "distinct", "keys"]),
                self.list(depth - 1)
            ),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self
                .pick(&[
                    "{}",
                    "{ a = 1 }",
                    "{ a = \"x\", b = null }",
                    "local.obj",
                    "local.map",
                    "local.obj.nested",
                    "{ \"k 1\" : true }",
                ])
                .to_owned();
        }
        match self.roll(8) {
            0 => format!("{{ a = {}, b = {} }}", self.any(depth - 1), self.any(depth - 1)),
            1 => format!("{{ ({}) = {}, \"x${{1}}\" = 2 }}", self.text(depth - 1), self.any(depth - 1)),
            2 => format!("{{ for x in {} : x => x... }}", self.texts(depth - 1)),
            3 => format!("{{ for i, x in {} : i => x }}", self.list(depth - 1)),
            4 => format!(
                "{{ for k, v in {} : upper(k) => v if v != {} }}",
                self.object(depth - 1),
                self.any(depth - 1)
            ),
            5 => format!("merge({}, {})", self.object(depth - 1), self.object(depth - 1)),
            6 => format!(
                "({} ? {} : {})",
                self.truth(depth - 1),
                self.object(depth - 1),
                self.object(depth - 1)
            ),
            _ => format!("{{ a = {}, a = {} }}", self.text(0), self.text(0)),
        }
    }

    fn any(&mut self, depth: usize) -> String {
        match self.roll(14) {
            0..=2 => self.text(depth),
            3..=5 => self.number(depth),
            6 | 7 => self.truth(depth),
            8 | 9 => self.list(depth),
            10 => self.object(depth),
            11 => "null".to_owned(),
            12 if depth > 0 => {
                format!("{}[{}]", self.list(depth - 1), self.pick(&["0", "1", "\"0\"", "5", "local.none"]))
            }
            13 if depth > 0 => format!("({}).{}", self.object(depth - 1), self.pick(&["a", "b", "name"])),
            _ => format!("try({}, {})", self.text(depth.saturating_sub(1)), self.number(0)),
        }
    }
}

#[test]
#[ignore = "needs the program `terraform`"]
fn expressions_agree_with_terraform() {
    let mut expressions: Vec<String> =
        HAND_WRITTEN.split("\n----\n").map(|text| text.trim_matches('\n').to_owned()).collect();
    expressions.retain(|text| !text.trim().is_empty());
    let by_hand = expressions.len();
    let mut dice = Dice(2026);
    while expressions.len() < by_hand + 3_600 {
        let depth = 1 + dice.roll(3);
        let expression = dice.any(depth);
        if !expressions.contains(&expression) {
            expressions.push(expression);
        }
    }
    let theirs = console::evaluate("terraform_expressions", &[], LOCALS, &expressions);
    let ours = ours(&expressions);
    let (mut equal, mut both_refuse, mut unknown, mut lenient, mut refused, mut complaints) =
        (0, 0, 0, 0, 0, Vec::new());
    let mut doubts = String::new();
    for ((expression, theirs), ours) in expressions.iter().zip(&theirs).zip(&ours) {
        let error = matches!(&ours.data, Data::Unknown(why) if why.kind == WhyKind::Error);
        match theirs {
            Theirs::Refused if error || holds_error(ours) => both_refuse += 1,
            Theirs::Refused if !ours.is_wholly_known() => unknown += 1,
            Theirs::Refused => {
                lenient += 1;
                writeln!(doubts, "LENIENT {expression}\n   ours {}", shown(ours)).unwrap();
            }
            Theirs::Unknown => equal += 1,
            Theirs::Known(value) if ours.is_wholly_known() && same(ours, value) => equal += 1,
            Theirs::Known(value) if ours.is_wholly_known() => {
                complaints.push(format!("DIFFER {expression}\n   theirs {value}\n   ours   {}", shown(ours)));
            }
            Theirs::Known(value) if error || holds_error(ours) => {
                refused += 1;
                writeln!(doubts, "REFUSED {expression}\n   theirs {value}\n   ours   {:?}", ours.data)
                    .unwrap();
            }
            Theirs::Known(value) => {
                unknown += 1;
                writeln!(doubts, "UNKNOWN {expression}\n   theirs {value}\n   ours   {:?}", ours.data)
                    .unwrap();
            }
        }
    }
    println!(
        "{} expressions ({by_hand} by hand): {equal} equal, {both_refuse} refused by both, {unknown} unknown here, \
         {refused} wrong only here, {lenient} wrong only there, {} differ",
        expressions.len(),
        complaints.len()
    );
    if std::env::var_os("COMPLINE_SHOW_DOUBTS").is_some() {
        println!("{doubts}");
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    assert!(refused * 100 < expressions.len() && lenient * 20 < expressions.len());
    assert!(equal >= 2_000, "{equal} equal");
}

fn holds_error(value: &Value) -> bool {
    match &value.data {
        Data::Unknown(why) => why.kind == WhyKind::Error,
        Data::List(list) => {
            list.open.as_ref().is_some_and(|why| why.kind == WhyKind::Error)
                || list.items.iter().any(holds_error)
        }
        Data::Map(map) => {
            map.open.as_ref().is_some_and(|why| why.kind == WhyKind::Error)
                || map.entries.values().any(holds_error)
        }
        _ => false,
    }
}

/// Numbers digit by digit where they are whole, within what a double holds where not.
fn same(ours: &Value, theirs: &Json) -> bool {
    match (&ours.data, theirs) {
        (Data::Null, Json::Null) => true,
        (Data::Bool(ours), Json::Bool(theirs)) => ours == theirs,
        (Data::Text(ours), Json::String(theirs)) => **ours == **theirs,
        (Data::Number(Number::Int(ours)), Json::Number(theirs)) => {
            // Terraform has a zero below zero.
            theirs.as_i64() == Some(*ours) || (*ours == 0 && theirs.as_f64() == Some(0.0))
        }
        (Data::Number(Number::Float(ours)), Json::Number(theirs)) => {
            let theirs = theirs.as_f64().unwrap();
            (ours - theirs).abs() <= ours.abs() * 1e-13
        }
        (Data::List(list), Json::Array(items)) => {
            let mut theirs = items.clone();
            // A set is written in an order of its own.
            if ours.set {
                theirs.retain(|item| !list.items.iter().any(|ours| same(ours, item)));
                return theirs.is_empty() && list.items.len() == items.len();
            }
            list.items.len() == theirs.len()
                && list.items.iter().zip(&theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Data::Map(map), Json::Object(entries)) => {
            map.entries.len() == entries.len()
                && map
                    .entries
                    .iter()
                    .all(|(key, ours)| entries.get(&**key).is_some_and(|theirs| same(ours, theirs)))
        }
        _ => false,
    }
}

fn shown(value: &Value) -> String {
    match &value.data {
        Data::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Data::Map(map) => {
            let entries: Vec<String> =
                map.entries.iter().map(|(key, item)| format!("{key} = {}", shown(item))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        data => format!("{data:?}"),
    }
}

fn ours(expressions: &[String]) -> Vec<Value> {
    let mut text = String::from(LOCALS);
    for (index, expression) in expressions.iter().enumerate() {
        write!(text, "resource \"x\" \"e{index}\" {{\n  v = {expression}\n}}\n").unwrap();
    }
    let sources = MemorySources::of([("main.tf", text.as_str())]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    if let Some(problem) = snapshot.problems.first() {
        let source = snapshot.source(problem.span.unwrap()).unwrap();
        panic!(
            "{} at {:?}",
            problem.message,
            source.line(source.place(problem.span.unwrap().start).line as usize - 1)
        );
    }
    let inventory = &snapshot.inventories[0];
    let value = |index| inventory.find(&format!("x.e{index}")).unwrap().body.get("v").unwrap().clone();
    (0..expressions.len()).map(value).collect()
}
