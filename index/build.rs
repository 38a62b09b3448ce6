//! Embeds what the index compares texts with: exemplars, rules, judged texts and controls, by the built-in model; and
//! packs the full-text index of the controls and objectives. A file with an error fails the build.
//!
//! It reads the files of `frameworks` and `rules`, whose own build scripts check them.
#![expect(
    clippy::disallowed_methods,
    reason = "the build reads the repository's own files and writes what it makes of them"
)]
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::exit)] // Its output is how it speaks to cargo.

#[path = "../frameworks/src/catalogue/types.rs"]
#[allow(dead_code)]
mod catalogue;
#[path = "src/checks.rs"]
#[allow(dead_code)]
mod checks;
#[path = "src/corpus.rs"]
#[allow(dead_code)]
mod corpus;
#[path = "src/document.rs"]
#[allow(dead_code)]
mod document;
#[path = "src/embed.rs"]
#[allow(dead_code)]
mod embed;
#[path = "src/fusion.rs"]
#[allow(dead_code)]
mod fusion;
#[path = "build/corpus.rs"]
mod make_corpus;
#[path = "src/packed_index.rs"]
#[allow(dead_code)]
mod packed_index;
#[path = "src/vectors.rs"]
#[allow(dead_code)]
mod vectors;
#[path = "src/words.rs"]
#[allow(dead_code)]
mod words;

use std::path::{Path, PathBuf};

use catalogue::{Control, Framework, Objective};
use packed_index::PackedIndex;

/// What is read, from this crate's folder, beside the pages of rules.
const INPUTS: [&str; 5] = ["model", "checks", "labelled", "exemplars.yaml", "../frameworks"];

fn main() {
    if let Err(message) = run() {
        eprintln!("{message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let var = |name: &str| std::env::var(name).map_err(|error| format!("{name}: {error}"));
    let root = PathBuf::from(var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(var("OUT_DIR")?);
    for input in INPUTS {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    let objectives: Vec<Objective> = yaml(&root.join("../frameworks/objectives.yaml"))?;
    let mut frameworks = Vec::new();
    for path in framework_files(&root.join("../frameworks"))? {
        frameworks.push(yaml::<Framework>(&path)?);
    }
    catalogue::sort_frameworks(&mut frameworks);
    let names: Vec<String> = objectives.iter().map(|objective| objective.id.clone()).collect();
    write(&out, "corpus.bin", &make_corpus::corpus(&root, &names, &frameworks)?)?;
    write(&out, "reference-fusion.bin", &make_corpus::reference_fusion(&root)?)?;
    let packed = PackedIndex::of(document::documents(frameworks.iter(), &objectives));
    write(&out, "text.bin", &packed.map_err(|error| format!("the full-text index: {error}"))?)
}

fn framework_files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let files = entries.flatten().map(|entry| entry.path());
    Ok(files
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .filter(|path| path.file_stem().is_some_and(|stem| stem != "objectives"))
        .collect())
}

fn yaml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, String> {
    let place = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| place(&error))?;
    serde_saphyr::from_str(&text).map_err(|error| place(&error))
}

fn write<T: serde::Serialize>(out: &Path, name: &str, value: &T) -> Result<(), String> {
    let bytes = postcard::to_stdvec(value).map_err(|error| format!("{name}: {error}"))?;
    // The old file may be shared with another checkout by a link: take it away first, never write through it.
    let _ = std::fs::remove_file(out.join(name));
    std::fs::write(out.join(name), bytes).map_err(|error| format!("{name}: {error}"))
}
