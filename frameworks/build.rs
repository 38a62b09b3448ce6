//! Reads and checks the objectives and every framework beside it, and embeds them: one blob for each framework, and a
//! small table of edges that can be asked without them. A bad file fails the build.
#![expect(
    clippy::disallowed_methods,
    reason = "the build reads the repository's own files and writes what it makes of them"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit)] // Its output is how it speaks to cargo.

#[path = "src/catalogue"]
#[allow(dead_code)]
mod catalogue {
    pub mod check;
    mod info;
    pub mod problem;
    mod statement;
    mod types;
    pub use info::FrameworkInfo;
    pub use problem::reader_message;
    pub use types::{Framework, Strength, normal, sort_frameworks};
}
#[path = "src/crosswalk"]
#[allow(dead_code)]
mod crosswalk {
    pub mod check;
    mod types;
    pub use types::Crosswalk;
}
#[path = "src/edge_table.rs"]
mod edge_table;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use catalogue::{Framework, FrameworkInfo, check};
use edge_table::EdgeTable;

fn main() {
    if let Err(messages) = run() {
        for message in messages {
            eprintln!("{message}");
        }
        std::process::exit(1);
    }
}

fn run() -> Result<(), Vec<String>> {
    let var = |name: &str| std::env::var(name).map_err(|error| vec![format!("{name}: {error}")]);
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(var("OUT_DIR")?);
    println!("cargo::rerun-if-changed={}", root.display());

    let path = root.join("objectives.yaml");
    let objectives = check::read_objectives(&text(&path)?).map_err(|found| place(&path, found))?;
    let objective_ids: HashSet<&str> = objectives.iter().map(|objective| objective.id.as_str()).collect();

    let mut frameworks = Vec::new();
    let mut problems = Vec::new();
    for path in framework_files(&root)? {
        match check::read(&text(&path)?, &|id| objective_ids.contains(id)) {
            Ok(framework) if path.file_stem().is_some_and(|stem| *stem == *framework.id) => {
                frameworks.push(framework)
            }
            Ok(framework) => problems.push(format!(
                "{}: the file's name must be its id, `{}`",
                path.display(),
                framework.id
            )),
            Err(found) => problems.extend(place(&path, found)),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    catalogue::sort_frameworks(&mut frameworks);

    write(&out, "crosswalks.bin", &crosswalks(&root, &frameworks)?)?;
    let infos: Vec<FrameworkInfo> = frameworks.iter().map(FrameworkInfo::of).collect();
    write(&out, "edges.bin", &(infos, EdgeTable::of(&frameworks)))?;
    write(&out, "objectives.bin", &objectives)?;
    let mut list = String::from("static FRAMEWORKS: &[&[u8]] = &[\n");
    for framework in &frameworks {
        let name = format!("{}.bin", framework.id);
        write(&out, &name, framework)?;
        list.push_str(&format!("    include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")),\n"));
    }
    list.push_str("];\n");
    std::fs::write(out.join("frameworks.rs"), list).map_err(|error| vec![error.to_string()])
}

/// The crosswalks between these frameworks, by id.
fn crosswalks(root: &Path, frameworks: &[Framework]) -> Result<Vec<crosswalk::Crosswalk>, Vec<String>> {
    let frameworks: Vec<Arc<Framework>> = frameworks.iter().cloned().map(Arc::new).collect();
    let find = |id: &str| frameworks.iter().find(|framework| framework.id == id).cloned();
    let mut read = Vec::new();
    let mut problems = Vec::new();
    for path in framework_files(&root.join("crosswalks"))? {
        match crosswalk::check::read(&text(&path)?, &find) {
            Ok(crosswalk) if path.file_stem().is_some_and(|stem| *stem == *crosswalk.id) => {
                read.push(crosswalk)
            }
            Ok(crosswalk) => {
                problems.push(format!(
                    "{}: the file's name must be its id, `{}`",
                    path.display(),
                    crosswalk.id
                ));
            }
            Err(found) => problems.extend(place(&path, found)),
        }
    }
    if problems.is_empty() { Ok(read) } else { Err(problems) }
}

fn framework_files(root: &Path) -> Result<Vec<PathBuf>, Vec<String>> {
    let entries = std::fs::read_dir(root).map_err(|error| vec![format!("{}: {error}", root.display())])?;
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "objectives"))
        .collect();
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, Vec<String>> {
    std::fs::read_to_string(path).map_err(|error| vec![format!("{}: {error}", path.display())])
}

fn place<T: std::fmt::Display>(path: &Path, found: Vec<T>) -> Vec<String> {
    found.into_iter().map(|message| format!("{}: {message}", path.display())).collect()
}

fn write<T: serde::Serialize>(out: &Path, name: &str, value: &T) -> Result<(), Vec<String>> {
    let bytes = postcard::to_stdvec(value).map_err(|error| vec![format!("{name}: {error}")])?;
    // The old file may be shared with another checkout by a link: take it away first, never write through it.
    let _ = std::fs::remove_file(out.join(name));
    std::fs::write(out.join(name), bytes).map_err(|error| vec![format!("{name}: {error}")])
}
