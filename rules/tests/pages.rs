//! The built-in pages: one test each, by the code that `compline rules test` runs. Pages and tables are read when the
//! tests run, so that a change to one compiles nothing.
#![expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use compline_iac::Dialect;
use compline_rules::error::KeyPath;
use compline_rules::folding::wrong_covers;
use compline_rules::page_test::{line_of_table_key, test_page};
use compline_rules::schema;
use compline_rules::table::{TABLES, Tables};
use compline_rules::{RuleSet, page};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let files = files(Path::new(env!("CARGO_MANIFEST_DIR")));
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut tables = Tables::default();
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml")) {
        assert!(TABLES.contains(&stem(path).as_str()), "{} is no table", path.display());
        let text = std::fs::read_to_string(path).expect("a table is text");
        tables.add(&stem(path), &text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    let tables = Arc::new(tables);
    let pages = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut trials: Vec<Trial> = pages
        .clone()
        .map(|path| {
            let (path, id, tables) = (path.clone(), stem(path), Arc::clone(&tables));
            Trial::test(id.clone(), move || keeps_its_word(&path, &id, &tables))
        })
        .collect();
    assert!(trials.len() > 1, "there are no pages");
    for path in files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "yaml")) {
        let (path, name) = (path.clone(), stem(path));
        let folder =
            path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        trials.push(Trial::test(format!("{folder}/{name}"), move || names_what_is_there(&path, &name)));
    }
    let pages: Vec<PathBuf> = pages.cloned().collect();
    trials.push(Trial::test("most_rules_have_fixes", move || most_have_fixes(&pages, &tables)));
    trials.push(Trial::test("covers", move || covers_is_right(&files)));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Of the rules that judge a provider's resources in a dialect, in percent, those that must have fixes there.
const FIXED: usize = 75;

/// A rule has fixes in a dialect when most of the failures in its failing examples of the dialect have one that holds.
/// `-- most_rules_have_fixes --nocapture` prints the shares, and the rules without.
fn most_have_fixes(pages: &[PathBuf], tables: &Arc<Tables>) -> Result<(), Failed> {
    let texts: Vec<String> = pages.iter().map(std::fs::read_to_string).collect::<Result<_, _>>()?;
    let mut shares: BTreeMap<(String, Dialect), (usize, usize, Vec<String>)> = BTreeMap::new();
    for (path, report) in pages.iter().zip(texts.iter().map(|text| test_page(text, tables))) {
        let provider = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        for (dialect, one) in report.fixed {
            let (all, fixed, without) = shares.entry((provider.to_string(), dialect)).or_default();
            *all += 1;
            if one.fixed * 2 >= one.failing {
                *fixed += 1;
            }
            if one.fixed < one.failing {
                without.push(format!("{id} ({} of {})", one.fixed, one.failing));
            }
        }
    }
    let mut low = Vec::new();
    for ((provider, dialect), (all, fixed, without)) in shares {
        let share =
            format!("{provider}, {dialect:?}: {fixed} of {all} rules have fixes ({} %)", fixed * 100 / all);
        if fixed * 100 < all * FIXED {
            low.push(format!("{share}\n    not all: {}", without.join(", ")));
        }
    }
    if low.is_empty() { Ok(()) } else { Err(low.join("\n").into()) }
}

fn keeps_its_word(path: &Path, id: &str, tables: &Arc<Tables>) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let report = test_page(&text, tables);
    let mut wrong: Vec<String> = report
        .failures
        .iter()
        .map(|failure| format!("{}:{}: {}", path.display(), failure.line, failure.kind))
        .collect();
    if report.info.is_some_and(|info| info.id != id) {
        wrong.push(format!("{}: the file's name must be its id", path.display()));
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// What a table names, a provider has.
fn names_what_is_there(path: &Path, name: &str) -> Result<(), Failed> {
    let text = std::fs::read_to_string(path)?;
    let line = |at: &KeyPath| line_of_table_key(at, &text);
    let unknown = schema::unknown_in_table(name, &text).into_iter();
    let wrong: Vec<String> =
        unknown.map(|(at, unknown)| format!("{}:{}: {unknown}", path.display(), line(&at))).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// What pages name under `covers` are rules, none more severe than what covers it, and none covers in turn.
fn covers_is_right(files: &[PathBuf]) -> Result<(), Failed> {
    let pages = files.iter().filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let texts = pages.map(std::fs::read_to_string).collect::<Result<Vec<_>, _>>()?;
    let infos = texts.iter().filter_map(|text| page::parse(text).ok()).map(|page| (*page.rule.info).clone());
    let rules = RuleSet::of_infos(infos.collect());
    let wrong = rules.infos().flat_map(|info| {
        wrong_covers(&rules, info).into_iter().map(|error| format!("{}.md: {error}", info.id))
    });
    let wrong: Vec<String> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// The files in the providers' folders.
fn files(root: &Path) -> Vec<PathBuf> {
    let inside =
        |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|one| one.path());
    let folders =
        inside(root).filter(|path| path.is_dir() && !path.ends_with("src") && !path.ends_with("tests"));
    let mut files: Vec<PathBuf> = folders.flat_map(|folder| inside(&folder).collect::<Vec<_>>()).collect();
    files.sort();
    files
}
