//! The shape of the house, as ARCHITECTURE.md draws it.

mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};

use compline_tests::root;

use self::names::Name;

/// Who may depend on whom. Anything else is a decision, made here and in ARCHITECTURE.md in one commit.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("iac", &[]),
    ("rules", &["iac"]),
    ("frameworks", &["iac", "rules"]),
    ("ledger", &[]),
    ("live", &["iac", "rules"]),
    ("index", &["frameworks", "iac", "rules"]),
    ("assist", &["index", "rules"]),
    ("project", &["frameworks", "iac", "index", "ledger", "rules"]),
    ("reporter", &["frameworks", "iac", "rules"]),
    ("lsp", &["frameworks", "iac", "project", "reporter", "rules"]),
    ("", &["assist", "frameworks", "iac", "index", "ledger", "live", "lsp", "project", "reporter", "rules"]),
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

type Named = Arc<Vec<(PathBuf, Vec<Name>)>>;

/// The Rust files below a folder with what they name; parsed once.
fn named(folder: &Path) -> Named {
    static PARSED: Mutex<BTreeMap<PathBuf, Named>> = Mutex::new(BTreeMap::new());
    // A failing test does not poison what it has not touched.
    let mut parsed = PARSED.lock().unwrap_or_else(PoisonError::into_inner);
    parsed.entry(folder.to_owned()).or_insert_with(|| Arc::new(parse(folder))).clone()
}

fn parse(folder: &Path) -> Vec<(PathBuf, Vec<Name>)> {
    let mut paths = Vec::new();
    files(folder, &[".rs"], &mut paths);
    assert!(!paths.is_empty(), "{} has no source", folder.display());
    let read = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let names = names::names(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        (path, names)
    };
    paths.into_iter().map(read).collect()
}

/// The folder of a room's sources; the command line's has no name in the table.
fn sources(room: &str) -> PathBuf {
    root().join(if room.is_empty() { "cli" } else { room }).join("src")
}

/// Fails where a room names something that it must not, in any file but the excepted.
#[track_caller]
fn absent(room: &str, except: &[&str], forbidden: &[&str], allowed: &[&str]) {
    for (path, names) in named(&sources(room)).iter() {
        if except.iter().any(|one| path.ends_with(one)) {
            continue;
        }
        for name in names {
            let found = forbidden.iter().find(|one| name.reaches(one));
            if let Some(found) = found.filter(|_| !allowed.iter().any(|one| name.text().starts_with(one))) {
                panic!(
                    "{}:{}: `{}`: `{found}` does not belong in `{room}`",
                    path.display(),
                    name.line,
                    name.text()
                );
            }
        }
    }
}

/// Rooms that are functions of what they are given.
const PURE: &[&str] = &["iac", "rules", "frameworks", "index"];

/// What reaches out of a program.
const OUTSIDE: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::io::stdin",
    "tokio",
];

#[test]
fn the_pure_rooms_know_no_clock_file_network_or_process() {
    for room in PURE {
        // An address is a number, and opens nothing.
        absent(room, &[], OUTSIDE, &["std::net::Ip"]);
    }
}

/// What can be hardened in one place is done in one place.
#[test]
fn a_project_touches_files_processes_and_models_in_one_place_each() {
    let door = [
        "disk/mod.rs",
        "disk/folder.rs",
        "disk/named.rs",
        "disk/parts.rs",
        "record.rs",
        "testing.rs",
        "git/tests.rs",
    ];
    absent("project", &door, &["std::fs"], &[]);
    absent("cli", &[], &["std::fs"], &[]);
    // The ledger is handed its file open.
    absent("ledger", &["chain/tests.rs"], &["std::fs"], &["std::fs::File"]);
    absent("project", &["git/tests.rs"], &["std::process"], &["std::process::id"]);
    absent("project", &[], &["std::net", "tokio"], &["std::net::Ip"]);
    let clocks = ["std::fs", "std::time::SystemTime", "std::time::Instant", "std::process"];
    absent("lsp", &["controls.rs"], &clocks, &[]);
}

/// A scanned repository says what programs would do: none is started, whatever is asked for.
#[test]
fn no_room_starts_a_process() {
    let starts = [
        "std::process::Command",
        "std::process::Stdio",
        "std::process::Child",
        "std::os::unix::process",
        "std::os::windows::process",
        "tokio::process",
        "rustix::process",
        "rustix::runtime",
        "libc",
        "nix",
        "duct",
        "gix",
        "gix_command",
        "git2",
    ];
    for (room, _) in DIRECTIONS {
        absent(room, &["git/tests.rs"], &starts, &["std::process::ExitCode"]);
    }
}

#[test]
fn only_the_server_names_the_protocol() {
    let crates = ["tower_lsp", "tower_lsp_server", "lsp_types", "ls_types"];
    for (room, _) in DIRECTIONS {
        absent(room, if *room == "lsp" { &["server.rs"] } else { &[] }, &crates, &[]);
    }
    absent("lsp", &["server.rs", "wire.rs"], &["crate::server::types"], &[]);
}

#[test]
fn iac_types_are_no_wire_format() {
    absent("iac", &[], &["serde::Serialize", "serde::Deserialize", "serde_derive"], &[]);
}

#[test]
fn only_the_command_line_prints() {
    let prints = [
        "std::print!",
        "std::println!",
        "std::eprint!",
        "std::eprintln!",
        "std::dbg!",
        "std::io::stdout",
        "std::io::stderr",
    ];
    for (room, _) in DIRECTIONS.iter().filter(|(room, _)| !room.is_empty()) {
        absent(room, &[], &prints, &[]);
    }
}

/// Formats, edits, views and the workspace are layers: none uses what uses it.
#[test]
fn the_modules_of_iac_form_no_circle() {
    let folder = sources("iac");
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, names) in named(&folder).iter() {
        let module = path.strip_prefix(&folder).unwrap().components().next().unwrap();
        let module = module.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        let others = names.iter().filter(|name| name.path[0] == "crate").filter_map(|name| name.path.get(1));
        uses.entry(module).or_default().extend(others.cloned());
    }
    assert!(uses["workspace"].contains("format"), "the paths are not seen: {uses:?}");
    for start in uses.keys() {
        let mut reached = BTreeSet::new();
        let mut queue: Vec<&String> = uses[start].iter().filter(|other| *other != start).collect();
        while let Some(module) = queue.pop() {
            assert_ne!(module, start, "`iac::{start}` uses what uses it: {:?}", uses[start]);
            if reached.insert(module) {
                queue.extend(uses.get(module).into_iter().flatten());
            }
        }
    }
}
