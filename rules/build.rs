//! Reads and compiles every page and table beside it into one embedded file; a bad page fails the build.

#[path = "src/check/mod.rs"]
#[allow(dead_code)]
mod check;
#[path = "src/page.rs"]
#[allow(dead_code)]
mod page;
#[path = "src/rule.rs"]
#[allow(dead_code)]
mod rule;
#[path = "src/table.rs"]
mod table;
#[path = "src/yaml.rs"]
mod yaml;

use std::path::Path;

const PROVIDERS: [&str; 6] = ["aws", "azure", "docker", "gcp", "kubernetes", "live"];

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
    let mut list = String::from(
        "/// Every built-in page: its path and its text, for the tests that run their examples.\n#[cfg(test)]\npub(crate) const PAGE_TEXTS: &[(&str, &str)] = &[\n",
    );
    for provider in PROVIDERS {
        let directory = Path::new(&root).join(provider);
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let text =
                std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            let place = |message: String| format!("{}: {message}", path.display());
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("md") => {
                    let rule = page::parse(&text).map_err(place)?.rule;
                    if rule.info.id != stem || !stem.starts_with(provider) && provider != "live" {
                        return Err(place(format!(
                            "the file's name must be its id, `{}`, below `{provider}`",
                            rule.info.id
                        )));
                    }
                    list.push_str(&format!(
                        "    ({:?}, include_str!({:?})),\n",
                        format!("{provider}/{stem}.md"),
                        path
                    ));
                    rules.push(rule);
                }
                Some("yaml") => tables.add(&stem, &text).map_err(place)?,
                _ => {}
            }
        }
    }
    rules.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    list.push_str("];\n");
    let bytes = postcard::to_stdvec(&(rules, tables)).map_err(|error| error.to_string())?;
    let write = |name: &str, bytes: &[u8]| {
        let path = Path::new(&out).join(name);
        // The old file may be shared with another checkout by a link: take it away first, never write through it.
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, bytes).map_err(|error| error.to_string())
    };
    write("rules.bin", &bytes)?;
    write("pages.rs", list.as_bytes())
}
