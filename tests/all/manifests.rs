//! A manifest names what the code uses, and nothing more.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use compline_tests::root;

/// Packages whose library has another name.
const LIBRARIES: [(&str, &str); 1] = [("md-5", "md5")];

#[test]
fn every_dependency_is_named_by_the_code() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (mut looked_at, mut unused) = (0, Vec::new());
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = package["manifest_path"].as_str().unwrap();
        let folder = Path::new(manifest).parent().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap();
            // What a build script uses may stand in files of `src` that it takes in.
            let places: &[&str] = match dependency["kind"].as_str() {
                None => &["src"],
                Some("build") => &["src", "build", "build.rs"],
                Some(_) => &["."],
            };
            let library = LIBRARIES.iter().find(|(package, _)| *package == name).map(|(_, library)| *library);
            let library = library.map_or_else(|| name.replace('-', "_"), str::to_owned);
            looked_at += 1;
            if !places.iter().any(|place| names(&folder.join(place), &library)) {
                unused.push(format!("{}: {name}", package["name"].as_str().unwrap()));
            }
        }
    }
    assert!(looked_at > 50, "{looked_at} dependencies");
    assert!(unused.is_empty(), "named in a manifest and not in the code: {unused:#?}");
}

#[test]
fn every_dependency_of_the_workspace_is_one_of_a_member() {
    let whole = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, table) = whole.split_once("\n[workspace.dependencies]\n").unwrap();
    let table = table.split("\n[").next().unwrap();
    let names: BTreeSet<&str> =
        table.lines().filter_map(|line| Some(line.split_once(" = ")?.0.trim())).collect();
    assert!(names.len() > 30, "{names:?}");
    let members: Vec<String> = std::fs::read_dir(root())
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("Cargo.toml")).ok())
        .collect();
    let is_used = |name: &&&str| {
        let spellings = [format!("\n{name}.workspace = true"), format!("\n{name} = {{ workspace = true")];
        members.iter().any(|member| spellings.iter().any(|spelling| member.contains(spelling)))
    };
    let unused: Vec<&&str> = names.iter().filter(|name| !is_used(name)).collect();
    assert!(unused.is_empty(), "no member depends on {unused:?}");
}

/// Whether a file, or one below a folder, names a library outside of comments.
fn names(place: &Path, library: &str) -> bool {
    let mut files = Vec::new();
    collect(place, &mut files);
    files.iter().any(|file| {
        let text = std::fs::read_to_string(file).unwrap();
        text.lines().any(|line| {
            let code = line.split("//").next().unwrap_or_default();
            code.match_indices(library).any(|(at, _)| {
                let is_word = |c: char| c.is_alphanumeric() || c == '_';
                let (before, after) = (&code[..at], &code[at + library.len()..]);
                !before.ends_with(is_word)
                    && (after.starts_with("::") || before.ends_with("use ") && !after.starts_with(is_word))
            })
        })
    })
}

fn collect(place: &Path, files: &mut Vec<PathBuf>) {
    if place.extension().is_some_and(|extension| extension == "rs") {
        files.push(place.to_owned());
    }
    for entry in std::fs::read_dir(place).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_name() != "target" && entry.file_name() != "node_modules" {
            collect(&entry.path(), files);
        }
    }
}
