//! What is too much ends with a reason: never with a hang or a broken stack.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use compline_iac::{Data, Existence, MemorySources, Options, Snapshot, Value, WhyKind, Workspace};

fn read(files: &[(&str, &str)]) -> Snapshot {
    let start = Instant::now();
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    // Generous: a debug build on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    snapshot
}

fn value(snapshot: &Snapshot, address: &str, name: &str) -> Value {
    snapshot.inventories[0].find(address).unwrap().body.get(name).unwrap().clone()
}

/// What is said of the first limit in a value.
fn limit(value: &Value) -> Option<String> {
    let of = |why: &compline_iac::Why| (why.kind == WhyKind::Limit).then(|| why.text.to_string());
    match &value.data {
        Data::Unknown(why) => of(why),
        Data::List(list) => list.open.as_deref().and_then(of).or_else(|| list.items.iter().find_map(limit)),
        Data::Map(map) => map.open.as_deref().and_then(of).or_else(|| map.entries.values().find_map(limit)),
        Data::Holed(pieces) => pieces.iter().find_map(|piece| match piece {
            compline_iac::Piece::Hole(why) => of(why),
            compline_iac::Piece::Text(_) => None,
        }),
        _ => None,
    }
}

#[test]
fn more_than_ten_thousand_instances() {
    let text = "resource \"x\" \"each\" {\n  for_each = toset(flatten([for i in range(1000) : [for j in range(11) : \"${i}-${j}\"]]))\n  a        = 1\n}\nresource \"x\" \"count\" {\n  count = 10001\n}\nresource \"x\" \"most\" {\n  count = 10000\n  i     = count.index\n}\nmodule \"m\" {\n  source = \"./m\"\n  count  = 20000\n}\n";
    let snapshot = read(&[("main.tf", text), ("m/m.tf", "resource \"x\" \"y\" {}\n")]);
    for address in ["x.each", "x.count", "module.m.x.y"] {
        let resource = snapshot.inventories[0].find(address).unwrap();
        assert!(
            matches!(&resource.existence, Existence::Possible(why) if why.kind == WhyKind::Limit),
            "{address}"
        );
    }
    assert_eq!(value(&snapshot, "x.most[9999]", "i").data, Data::Number(9999.into()));
    let said: Vec<&str> = snapshot.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        said,
        [
            "`x.each` has more than 10000 instances, which are judged as one",
            "`x.count` has more than 10000 instances, which are judged as one",
            "`module.m` has more than 10000 instances, which are judged as one",
        ]
    );
}

#[test]
fn modules_nested_a_hundred_deep() {
    let mut files = Vec::new();
    for level in 0..100 {
        let text =
            format!("module \"m\" {{\n  source = \"../l{}\"\n}}\nresource \"x\" \"y\" {{}}\n", level + 1);
        files.push((format!("l{level}/main.tf"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let snapshot = read(&files);
    let deepest = format!("{}x.y", "module.m.".repeat(64));
    assert!(snapshot.inventories[0].find(&deepest).is_some());
    assert!(snapshot.inventories[0].gaps.iter().any(|gap| gap.why.kind == WhyKind::Limit));
    assert!(
        snapshot
            .problems
            .iter()
            .any(|problem| problem.message == "module calls are nested more than 64 levels deep")
    );
}

#[test]
fn modules_that_branch_at_every_level() {
    let mut files = Vec::new();
    for level in 0..30 {
        let next = level + 1;
        let text = format!(
            "module \"a\" {{\n  source = \"../l{next}\"\n}}\nmodule \"b\" {{\n  source = \"../l{next}\"\n}}\nresource \"x\" \"y\" {{}}\n"
        );
        files.push((format!("l{level}/main.tf"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let snapshot = read(&files);
    assert!(!snapshot.inventories[0].is_whole());
    assert!(
        snapshot.problems.iter().any(|problem| problem.message.contains("more than")),
        "{:?}",
        snapshot.problems
    );
}

#[test]
fn locals_that_depend_on_one_another() {
    let mut text = String::from("locals {\n");
    for index in 0..200 {
        writeln!(text, "  a{index} = [local.a{}, local.a{}]", (index + 1) % 200, (index + 7) % 200).unwrap();
    }
    text.push_str("}\nresource \"x\" \"y\" {\n  a = local.a0\n}\n");
    let snapshot = read(&[("main.tf", &text)]);
    assert!(!value(&snapshot, "x.y", "a").is_wholly_known());
}

#[test]
fn values_that_double() {
    let mut text = String::from(
        "locals {\n  l0 = [\"x\", \"y\"]\n  n0 = [\"x\", \"y\"]\n  m0 = { a = 1 }\n  j0 = \"xy\"\n  f0 = [1, 2]\n",
    );
    for level in 1..40 {
        let before = level - 1;
        writeln!(text, "  l{level} = concat(local.l{before}, local.l{before})").unwrap();
        writeln!(text, "  n{level} = [local.n{before}, local.n{before}]").unwrap();
        writeln!(text, "  m{level} = {{ a = local.m{before}, b = local.m{before} }}").unwrap();
        writeln!(text, "  j{level} = join(\"\", [local.j{before}, local.j{before}])").unwrap();
        writeln!(text, "  f{level} = flatten([for x in local.f{before} : [x, x]])").unwrap();
    }
    text.push_str("}\nresource \"x\" \"y\" {\n");
    for name in ["l", "n", "m", "j", "f"] {
        writeln!(text, "  {name} = local.{name}39").unwrap();
    }
    text.push_str("  small = local.n5\n  json = jsonencode(local.n39)\n  same = local.n39 == local.n39\n");
    text.push_str("  product = setproduct(range(1000), range(1000), range(1000))\n  square = [for a in local.l16 : local.l16]\n}\n");
    let snapshot = read(&[("main.tf", &text)]);
    for name in ["l", "n", "m", "j", "f", "json", "same", "product", "square"] {
        let why = limit(&value(&snapshot, "x.y", name)).unwrap_or_else(|| panic!("{name}"));
        assert!(why.contains("grows over") || why.contains("more than"), "{name}: {why}");
    }
    assert!(value(&snapshot, "x.y", "small").is_wholly_known());
}

#[test]
fn deep_expressions() {
    let n = 20_000;
    let deep = [
        ("parens", format!("{}1{}", "(".repeat(n), ")".repeat(n))),
        ("lists", format!("{}1{}", "[".repeat(n), "]".repeat(n))),
        ("objects", format!("{}1{}", "{ a = ".repeat(n), "}".repeat(n))),
        ("not", format!("{}true", "!".repeat(n))),
        ("minus", format!("{}1", "-".repeat(n))),
        ("conditions", format!("{}3", "true == false ? 1 : ".repeat(n))),
        ("calls", format!("{}\"x\"{}", "upper(".repeat(n), ")".repeat(n))),
        ("templates", format!("{}x{}", "\"${".repeat(n), "}\"".repeat(n))),
        ("fors", format!("{}1{}", "[for a in [1] : ".repeat(n), "]".repeat(n))),
        ("indices", format!("local.a{}", "[0]".repeat(n))),
        ("indexed", format!("{}0{}", "local.a[".repeat(n), "]".repeat(n))),
    ];
    for (name, expression) in &deep {
        let text = format!(
            "resource \"x\" \"before\" {{\n  a = 1\n}}\nresource \"x\" \"y\" {{\n  a = {expression}\n}}\nlocals {{\n  a = [0]\n}}\n"
        );
        let snapshot = read(&[("main.tf", &text)]);
        assert!(snapshot.inventories[0].find("x.before").is_some(), "{name}");
        if let Some(resource) = snapshot.inventories[0].find("x.y") {
            let value = resource.body.get("a");
            assert!(value.is_none_or(|value| !value.is_wholly_known()), "{name}");
        }
        let said = !snapshot.problems.is_empty() || snapshot.inventories[0].find("x.y").is_some();
        assert!(said, "{name}");
    }
    // Long is not deep.
    let text = format!(
        "resource \"x\" \"y\" {{\n  sum  = {}1\n  list = [{}]\n}}\n",
        "1 + ".repeat(9_000),
        "1, ".repeat(n)
    );
    let snapshot = read(&[("main.tf", &text)]);
    assert_eq!(value(&snapshot, "x.y", "sum").data, Data::Number(9_001.into()));
    assert_eq!(value(&snapshot, "x.y", "list").as_list().unwrap().items.len(), n);
    let blocks = format!("resource \"x\" \"y\" {{\n{}{}}}\n", "b {\n".repeat(n), "}\n".repeat(n));
    assert!(!read(&[("main.tf", &blocks)]).problems.is_empty());
    let json =
        format!("{{\"resource\": {{\"x\": {{\"y\": {{\"a\": {}1{}}}}}}}}}", "[".repeat(n), "]".repeat(n));
    assert!(!read(&[("main.tf.json", &json)]).problems.is_empty());
}
