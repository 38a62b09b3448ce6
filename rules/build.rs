//! Reads and compiles every page and table beside it into one embedded file; a bad page fails the build.
#![expect(
    clippy::disallowed_methods,
    reason = "the build reads the repository's own files and writes what it makes of them"
)]

#[path = "src/check/mod.rs"]
#[allow(dead_code)]
mod check;
#[path = "src/error.rs"]
#[allow(dead_code)]
mod error;
#[path = "src/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "src/parameter.rs"]
#[allow(dead_code)]
mod parameter;
#[path = "src/rule.rs"]
#[allow(dead_code)]
mod rule;
#[path = "src/table.rs"]
#[allow(dead_code)]
mod table;
#[path = "src/yaml.rs"]
mod yaml;

use std::path::Path;

const PROVIDERS: [&str; 7] = ["aws", "azure", "docker", "gcp", "kubernetes", "live", "terraform"];

fn main() {
    if let Err(message) = run() {
        // Cargo shows a failing build script's errors; a bad page is one.
        println!("cargo::error={message}");
        std::process::exit(1);
    }
}

fn run() -> Result<(), String> {
    let root = std::env::var("CARGO_MANIFEST_DIR").map_err(|error| error.to_string())?;
    let out = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    // The whole crate: a folder that is named and not there would be a change at every build.
    println!("cargo::rerun-if-changed={root}");
    let mut rules = Vec::new();
    let mut tables = table::Tables::default();
    for provider in PROVIDERS {
        let directory = Path::new(&root).join(provider);
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        // Of a folder that is not there yet Cargo would hear a change at every build.
        println!("cargo::rerun-if-changed={}", directory.display());
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let place = |error: error::ContentError| format!("{}: {error}", path.display());
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("md") => {
                    let rule = page::parse(&text).map_err(place)?.rule;
                    if rule.info.id != stem || !stem.starts_with(provider) && provider != "live" {
                        return Err(format!(
                            "{}: the file's name must be its id, `{}`, below `{provider}`",
                            path.display(),
                            rule.info.id
                        ));
                    }
                    rules.push(rule);
                }
                Some("yaml") => tables.add(&stem, &text).map_err(place)?,
                _ => {}
            }
        }
    }
    rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    for rule in &rules {
        if let Some(unknown) =
            rule.info.covers.iter().find(|id| rules.iter().all(|other| other.info.id != **id))
        {
            return Err(format!("{}.md: covers: `{unknown}` is no rule", rule.info.id));
        }
    }
    let bytes = postcard::to_stdvec(&(rules, tables)).map_err(|error| error.to_string())?;
    let path = Path::new(&out).join("rules.bin");
    // The old file may be shared with another checkout by a link: take it away first, never write through it.
    let _ = std::fs::remove_file(&path);
    std::fs::write(path, bytes).map_err(|error| error.to_string())
}
