//! What is too much ends with a reason: never with a hang or a broken stack.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use compline_iac::{
    Data, Existence, Gravity, Limits, MemorySources, Options, Snapshot, Value, WhyKind, Workspace,
};

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

fn read_within(files: &[(&str, &str)], limits: Limits) -> Snapshot {
    let sources = MemorySources::of(files.iter().copied());
    let mut workspace = Workspace::new(Options { limits, ..Options::default() });
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    workspace.snapshot(&sources)
}

/// Path and message of every loss.
fn losses(snapshot: &Snapshot) -> Vec<(String, String)> {
    let losses = snapshot.problems.iter().filter(|problem| problem.gravity == Gravity::Loss);
    losses.map(|problem| (problem.path.to_string(), problem.message.clone())).collect()
}

#[test]
fn more_instances_than_a_run_may_make() {
    let text = "resource \"x\" \"most\" {\n  count = 900\n  i     = count.index\n}\nresource \"x\" \"each\" {\n  for_each = toset([for i in range(200) : tostring(i)])\n  a        = 1\n}\nresource \"x\" \"count\" {\n  count = 100001\n}\nmodule \"m\" {\n  source = \"./m\"\n  count  = 20000\n}\n";
    let files = [("main.tf", text), ("m/m.tf", "resource \"x\" \"y\" {}\n")];
    let snapshot = read_within(&files, Limits { instances: 1000, ..Limits::default() });
    for address in ["x.each", "x.count", "module.m.x.y"] {
        let resource = snapshot.inventories[0].find(address).unwrap();
        assert!(
            matches!(&resource.existence, Existence::Possible(why) if why.kind == WhyKind::Limit),
            "{address}"
        );
    }
    assert_eq!(value(&snapshot, "x.most[899]", "i").data, Data::Number(899.into()));
    let said: Vec<String> = losses(&snapshot).into_iter().map(|(_, message)| message).collect();
    assert_eq!(
        said,
        [
            "stopped at 1,000 instances: those of `x.each` are judged as one",
            "stopped at 1,000 instances: those of `x.count` are judged as one",
            "stopped at 1,000 instances: those of `module.m` are judged as one",
        ]
    );
    let problem = snapshot.problems.iter().find(|problem| problem.message.contains("x.each")).unwrap();
    let place = snapshot.source(problem.span.unwrap()).unwrap().slice(problem.span.unwrap());
    assert_eq!(place, "toset([for i in range(200) : tostring(i)])");
    assert!(problem.help.as_ref().unwrap().contains("`--budget instances=NUMBER`"), "{:?}", problem.help);
    // What is allowed is made.
    let snapshot = read_within(&files, Limits { instances: 200_000, ..Limits::default() });
    assert_eq!(losses(&snapshot), []);
    assert!(snapshot.inventories[0].find("module.m[19999].x.y").is_some());
}

#[test]
fn a_root_that_takes_too_much_leaves_the_others_theirs() {
    let bomb = "resource \"x\" \"y\" {\n  count = 5000\n  a     = [for i in range(100) : count.index]\n}\n";
    let mut files =
        vec![("a/main.tf".to_owned(), bomb.to_owned()), ("z/main.tf".to_owned(), bomb.to_owned())];
    for index in 0..20 {
        let text = format!("resource \"x\" \"y\" {{\n  count = 20\n  a     = {index}\n}}\n");
        files.push((format!("m{index}/main.tf"), text));
    }
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    for limits in [
        Limits { instances: 2000, ..Limits::default() },
        Limits { steps: 50_000, ..Limits::default() },
        Limits { bytes: 4 << 20, ..Limits::default() },
    ] {
        let snapshot = read_within(&files, limits);
        let lost: std::collections::BTreeSet<String> =
            losses(&snapshot).into_iter().map(|(path, _)| path).collect();
        assert_eq!(
            lost.iter().map(String::as_str).collect::<Vec<_>>(),
            ["a/main.tf", "z/main.tf"],
            "{limits:?}"
        );
        for inventory in &snapshot.inventories {
            if inventory.root.starts_with('m') {
                assert!(inventory.is_whole(), "{}", inventory.root);
                assert_eq!(inventory.resources.len(), 20, "{}", inventory.root);
            }
        }
        // The same words, whatever thread was first.
        for _ in 0..3 {
            let again = read_within(&files, limits);
            assert_eq!(again.problems, snapshot.problems);
            let sizes = |snapshot: &Snapshot| -> Vec<usize> {
                snapshot.inventories.iter().map(|inventory| inventory.resources.len()).collect()
            };
            assert_eq!(sizes(&again), sizes(&snapshot));
        }
    }
}

#[test]
fn an_edit_that_ends_the_excess_reads_everything_again() {
    let files = [
        ("a/main.tf", "resource \"x\" \"y\" {\n  count = 5000\n}\n"),
        ("b/main.tf", "resource \"x\" \"y\" {\n  count = 30\n}\n"),
    ];
    let sources = MemorySources::of(files);
    let limits = Limits { instances: 100, ..Limits::default() };
    let mut workspace = Workspace::new(Options { limits, ..Options::default() });
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    assert_eq!(losses(&workspace.snapshot(&sources)).len(), 1);
    workspace.set("a/main.tf", "resource \"x\" \"y\" {\n  count = 60\n}\n".into());
    let snapshot = workspace.snapshot(&sources);
    assert_eq!(losses(&snapshot), []);
    assert_eq!(snapshot.inventories.iter().map(|one| one.resources.len()).sum::<usize>(), 90);
    workspace.set("b/main.tf", "resource \"x\" \"y\" {\n  count = 50\n}\n".into());
    assert_eq!(losses(&workspace.snapshot(&sources)).len(), 1);
}

#[test]
fn work_and_memory_end_with_a_place_to_look_at() {
    let dynamic = "resource \"x\" \"y\" {\n  dynamic \"a\" {\n    for_each = range(1000)\n    content {\n      dynamic \"b\" {\n        for_each = range(1000)\n        content {\n          c = b.value\n        }\n      }\n    }\n  }\n}\nresource \"x\" \"good\" {\n  a = 1\n}\n";
    let fors = "resource \"x\" \"good\" {\n  a = 1\n}\nresource \"x\" \"y\" {\n  a = length([for a in range(1000) : length([for b in range(1000) : length([for c in range(1000) : 1])])])\n}\n";
    let template = "resource \"x\" \"good\" {\n  a = 1\n}\nresource \"x\" \"y\" {\n  a = \"%{ for a in range(1000) }%{ for b in range(1000) }%{ for c in range(1000) }%{ endfor }%{ endfor }%{ endfor }\"\n}\n";
    for text in [dynamic, fors, template] {
        let snapshot = read_within(&[("main.tf", text)], Limits { steps: 100_000, ..Limits::default() });
        let problem = snapshot.problems.iter().find(|one| one.gravity == Gravity::Loss).unwrap();
        let message = "stopped at 100,000 steps of evaluation: what is evaluated after this is unknown";
        assert_eq!(problem.message, message);
        assert!(problem.span.is_some());
        assert!(problem.help.as_ref().unwrap().contains("`--budget steps=NUMBER`"));
        assert!(snapshot.inventories[0].find("x.good").is_some());
        assert!(!value(&snapshot, "x.y", "a").is_wholly_known());
    }
    let snapshot = read_within(&[("main.tf", fors)], Limits { steps: 100_000, ..Limits::default() });
    assert_eq!(value(&snapshot, "x.good", "a").data, Data::Number(1.into()));
    let snapshot = read_within(&[("main.tf", dynamic)], Limits { bytes: 1 << 20, ..Limits::default() });
    assert_eq!(
        losses(&snapshot)[0].1,
        "stopped at 1,048,576 bytes of values: what is evaluated after this is unknown"
    );
}

#[test]
fn a_function_whose_work_outgrows_its_input_says_so() {
    let mut text = String::from("locals {\n  a0 = \"aaaaaaaaaa\"\n");
    for index in 0..14 {
        writeln!(text, "  a{} = \"${{local.a{index}}}${{local.a{index}}}\"", index + 1).unwrap();
    }
    text.push_str("  l = flatten([for i in range(60) : range(1000 * i, 1000 * i + 1000)])\n}\n");
    for (name, expression) in [
        ("backtrack", "replace(local.a13, \"/(a*)*b|a/\", \"x\")"),
        ("grows", "replace(local.a13, \"a\", local.a13)"),
        ("all", "regexall(\"a*b|a\", local.a13)"),
        ("product", "setproduct(local.l, local.l)"),
        ("indent", "indent(100000, join(\"\", [for i in range(1000) : \"\\n\"]))"),
    ] {
        writeln!(text, "resource \"x\" \"{name}\" {{\n  a = {expression}\n}}").unwrap();
    }
    // Linear, however long.
    text.push_str("resource \"x\" \"good\" {\n  trim = trim(local.a13, local.a13)\n  keys = length(matchkeys(local.l, local.l, local.l))\n  same = replace(\"a  b\", \"/ +/\", \"-\")\n}\n");
    let snapshot = read(&[("main.tf", &text)]);
    for name in ["backtrack", "grows", "all", "product", "indent"] {
        assert!(limit(&value(&snapshot, &format!("x.{name}"), "a")).is_some(), "{name}");
        let header = snapshot.inventories[0].find(&format!("x.{name}")).unwrap().span;
        let is_here =
            |problem: &&compline_iac::Problem| problem.span.is_some_and(|span| header.contains(&span));
        let told = snapshot.problems.iter().find(is_here).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(told.gravity, Gravity::Loss, "{name}");
    }
    assert_eq!(value(&snapshot, "x.good", "trim").as_text(), Some(""));
    assert_eq!(value(&snapshot, "x.good", "keys").data, Data::Number(60_000.into()));
    assert_eq!(value(&snapshot, "x.good", "same").as_text(), Some("a-b"));
}

#[test]
fn chains_of_names_break_no_stack() {
    // Each is found by itself, so that no evaluation is deep; what they make is.
    let mut text = String::from("locals {\n  a0 = [1]\n  b0 = 1\n");
    for index in 1..30_000 {
        writeln!(text, "  a{index} = [local.a{}]\n  b{index} = local.b{}", index - 1, index - 1).unwrap();
    }
    text.push_str("}\n");
    for index in (0..30_000).step_by(100) {
        writeln!(text, "resource \"x\" \"y{index}\" {{\n  a = local.a{index}\n  b = local.b{index}\n}}")
            .unwrap();
    }
    let snapshot = read(&[("main.tf", &text)]);
    assert!(limit(&value(&snapshot, "x.y29900", "a")).unwrap().contains("levels"));
    assert!(value(&snapshot, "x.y400", "a").is_wholly_known());
    let last = value(&snapshot, "x.y29900", "b");
    assert_eq!(last.data, Data::Number(1.into()));
    assert!(last.origin.steps().count() <= 201);
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
        snapshot.problems.iter().any(|problem| problem.message.starts_with("stopped at 50,000 instances: ")),
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
