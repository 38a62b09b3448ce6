//! The shape of the house, as ARCHITECTURE.md draws it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use compline_tests::root;

/// Who may depend on whom. Anything else is a decision, made here and in ARCHITECTURE.md in one commit.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("iac", &[]),
    ("rules", &["iac"]),
    ("frameworks", &["iac", "rules"]),
    ("ledger", &[]),
    ("live", &["iac", "rules"]),
    ("index", &["frameworks", "iac", "rules"]),
    ("assist", &["index", "rules"]),
    ("reporter", &["frameworks", "iac", "rules"]),
    ("lsp", &["frameworks", "iac", "ledger", "rules"]),
    ("", &["assist", "frameworks", "iac", "index", "ledger", "live", "lsp", "reporter", "rules"]),
];

#[test]
fn rooms_depend_only_in_the_drawn_directions() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if name == "compline-tests" {
            continue;
        }
        let room = name.strip_prefix("compline").unwrap().trim_start_matches('-');
        let (_, allowed) = DIRECTIONS
            .iter()
            .find(|(known, _)| *known == room)
            .unwrap_or_else(|| panic!("no room is called `{name}`"));
        seen.insert(room.to_owned());
        for dependency in package["dependencies"].as_array().unwrap() {
            let Some(other) = dependency["name"].as_str().unwrap().strip_prefix("compline-") else {
                continue;
            };
            assert!(allowed.contains(&other), "`{name}` must not depend on `{other}`");
        }
    }
    assert_eq!(seen.len(), DIRECTIONS.len(), "a room is missing: {seen:?}");
}

fn files(folder: &Path, extensions: &[&str], out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "out", "dist"].contains(&name.as_str()) {
                files(&path, extensions, out);
            }
        } else if extensions.iter().any(|extension| name.ends_with(extension)) {
            out.push(path);
        }
    }
}

#[test]
fn no_file_is_over_a_thousand_lines() {
    let mut paths = Vec::new();
    files(root(), &[".rs", ".ts", ".js", ".lua", ".j2", ".typ", ".py"], &mut paths);
    for path in paths {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 1000, "{} has {lines} lines", path.display());
    }
}

/// Words a room's code must not name.
fn absent(room: &str, except: &[&str], words: &[&str]) {
    let mut paths = Vec::new();
    files(&root().join(room).join("src"), &[".rs"], &mut paths);
    assert!(!paths.is_empty(), "{room} has no source");
    for path in paths {
        if except.iter().any(|one| path.ends_with(one)) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        for (index, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or("");
            for word in words {
                assert!(
                    !code.contains(word),
                    "{}:{}: `{word}` does not belong in `{room}`",
                    path.display(),
                    index + 1
                );
            }
        }
    }
}

#[test]
fn the_pure_rooms_know_no_clock_file_or_network() {
    for room in ["iac", "rules", "frameworks", "index"] {
        absent(
            room,
            &[],
            &[
                "std::fs",
                "TcpStream",
                "UdpSocket",
                "ToSocketAddrs",
                "SystemTime",
                "Instant::now",
                "tokio",
                "std::process",
            ],
        );
    }
}

#[test]
fn only_the_server_names_the_protocol() {
    absent("lsp", &["server.rs"], &["tower_lsp"]);
    for room in ["iac", "rules", "frameworks", "index", "reporter", "ledger", "live", "assist", "cli"] {
        absent(room, &[], &["tower_lsp", "lsp_types"]);
    }
}

#[test]
fn iac_types_are_no_wire_format() {
    absent("iac", &[], &["serde::Serialize", "derive(Serialize", "Serialize, Deserialize"]);
}
