//! `docs/threat-model.md` is held to the code: every key that is read from a tree stands there, in the section of its
//! file, and every test that it names is there.

use std::collections::BTreeSet;

use compline_tests::root;

/// The section of the page, the source file, and its types that are read from files of a tree or that the user names.
const READ: &[(&str, &str, &[&str])] = &[
    ("`compline.yaml`", "project/src/config.rs", &["File"]),
    ("`compline.waivers.yaml`", "rules/src/waiver/file.rs", &["File", "Entry"]),
    ("`compline.mappings.yaml`", "frameworks/src/feedback.rs", &["File", "Mapping"]),
    ("Rule pages and tables", "rules/src/page.rs", &["Front"]),
    (
        "Frameworks and imports",
        "frameworks/src/catalogue/types.rs",
        &["Framework", "Group", "Control", "Wanted", "ControlParameter"],
    ),
    (
        "Frameworks and imports",
        "frameworks/src/official/mod.rs",
        &["Official", "OfficialGroup", "OfficialControl"],
    ),
    ("`.compline/`", "project/src/documents/store.rs", &["Manifest"]),
    ("`.compline/`", "project/src/documents/mod.rs", &["Document"]),
    ("What the user names", "project/src/policy.rs", &["File", "WaiversFile"]),
    ("What the user names", "project/src/user.rs", &["UserConfig"]),
];

/// Source files whose types are read from somewhere, and hold no keys of a file of a tree.
const OTHERS: &[(&str, &str)] = &[
    ("rules/src/check", "checks as the build script keeps them"),
    ("rules/src/parameter.rs", "parameters as the build script keeps them, and its own table"),
    ("rules/src/rule.rs", "rules as the build script keeps them"),
    ("rules/src/table.rs", "tables as the build script keeps them"),
    ("frameworks/src/catalogue/info.rs", "what the build script keeps of a framework"),
    ("frameworks/src/edge_table.rs", "edges as the build script keeps them"),
    ("frameworks/src/crosswalk", "crosswalks are built in"),
    ("frameworks/src/official", "leaves of an import: texts that are shown"),
    ("frameworks/src/oscal/wire.rs", "OSCAL, which the user names"),
    ("index/src", "what the build script keeps, and files with a digest in the manifest of the index"),
    ("ledger/src/event.rs", "entries of the ledger: the program's own, in a chain"),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn page() -> String {
    read("docs/threat-model.md")
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The text below a heading, to the next one.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, below) =
        page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    below.split("\n## ").next().unwrap()
}

/// The fields of a type, as a file spells them.
fn fields(path: &str, name: &str) -> Vec<String> {
    let file = syn::parse_file(&read(path)).unwrap();
    let found = file.items.into_iter().find_map(|item| match item {
        syn::Item::Struct(one) if one.ident == name => Some(one),
        _ => None,
    });
    let found = found.unwrap_or_else(|| panic!("{path} has no type `{name}`"));
    found.fields.iter().map(|field| field.ident.as_ref().unwrap().to_string()).collect()
}

#[test]
fn every_key_that_is_read_from_a_tree_is_spoken_of() {
    let page = page();
    let mut missing = Vec::new();
    for (heading, path, types) in READ {
        let words: BTreeSet<&str> = quoted(section(&page, heading)).collect();
        for name in *types {
            for field in fields(path, name) {
                if !words.contains(field.as_str()) && !words.contains(field.replace('_', "-").as_str()) {
                    missing.push(format!("`{field}` ({path}) under `{heading}`"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "docs/threat-model.md lacks {}", missing.join(", "));
}

#[test]
fn every_type_that_is_read_is_known_to_the_page() {
    let mut found = BTreeSet::new();
    let mut queue: Vec<_> = [
        "iac",
        "rules",
        "frameworks",
        "index",
        "project",
        "ledger",
        "reporter",
        "lsp",
        "cli",
        "live",
        "assist",
    ]
    .map(|room| root().join(room).join("src"))
    .into();
    while let Some(folder) = queue.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                queue.push(path);
            } else if std::fs::read_to_string(&path).is_ok_and(|text| derives(&text)) {
                found.insert(path.strip_prefix(root()).unwrap().display().to_string());
            }
        }
    }
    assert!(found.len() > 20, "{found:?}");
    let known = |path: &String| {
        READ.iter().any(|(_, file, _)| file == path)
            || OTHERS.iter().any(|(start, _)| path.starts_with(start))
    };
    let unknown: Vec<&String> = found.iter().filter(|path| !known(path)).collect();
    assert!(unknown.is_empty(), "nothing says who writes what these read: {unknown:?}");
    for start in READ.iter().map(|(_, file, _)| file).chain(OTHERS.iter().map(|(start, _)| start)) {
        assert!(found.iter().any(|path| path.starts_with(start)), "`{start}` reads nothing any more");
    }
}

fn derives(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("#[derive(") && line.contains("Deserialize"))
}

#[test]
fn every_test_that_is_named_is_there() {
    let page = page();
    let mut named = 0;
    for word in quoted(&page) {
        if let Some((path, function)) = word.split_once(".rs::") {
            let text = read(&format!("{path}.rs"));
            assert!(text.contains(&format!("fn {function}(")), "`{word}` is no test");
            named += 1;
        } else if word.contains('/') && [".rs", ".sh"].iter().any(|ending| word.ends_with(ending)) {
            assert!(root().join(word).is_file(), "`{word}` is not there");
            named += 1;
        }
    }
    assert!(named > 80, "{named}");
    // A row ends with its tests; one that has none says so by what is open.
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| who")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").collect();
        if cells.len() == 4 && cells[1].trim() != "way" && !cells[3].trim().is_empty() {
            let told = cells[3].contains(".rs") || cells[3].contains(".sh") || cells[3].contains("open");
            assert!(told, "no test stands behind {line}");
        }
    }
}

/// What starts a program must not be said by a workspace, trusted or not.
#[test]
fn a_workspace_cannot_name_the_program_that_an_editor_starts() {
    let manifest: serde_json::Value = serde_json::from_str(&read("editors/vscode/package.json")).unwrap();
    let settings = &manifest["contributes"]["configuration"]["properties"];
    assert_eq!(settings["compline.path"]["scope"], "machine");
}
