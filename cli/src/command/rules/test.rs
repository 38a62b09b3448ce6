//! `compline rules test`: do pages keep what they claim?

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use clap::Args;
use compline_frameworks::builtin;
use compline_project::Config;
use compline_project::disk::{is_regular, stamp};
use compline_project::rule_pages::{self, RuleFile, RuleFiles};
use compline_reporter::escape::Lines;
use compline_rules::error::KeyPath;
use compline_rules::folding::wrong_covers;
use compline_rules::page;
use compline_rules::page_test::{
    HOLE, PageReport, line_in_table, line_of, line_of_key, line_of_table_key, test_pages,
};
use compline_rules::table::Tables;
use compline_rules::{RuleInfo, RuleSet, schema};

use crate::exit::{Exit, Stop};
use crate::output::{show, tell};
use crate::render::pluralize;

/// Run the examples and fixes of rule pages
///
/// Each `fail` example must fail at its mark, each `pass` example must pass, and each fix must give the text that the
/// page shows. Nothing is compiled. Tables beside the pages are read too.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A directory of pages, or one page
    #[arg(value_name = "DIR", default_value = ".")]
    path: PathBuf,
    /// Run again whenever a page or a table changes
    #[arg(long)]
    watch: bool,
}

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(200);

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    if !arguments.watch {
        return once(&arguments.path);
    }
    loop {
        // What changes while a run lasts is seen after it.
        let seen = stamps(&arguments.path);
        if let Err(stop) = once(&arguments.path) {
            tell(&format!("error: {}", stop.message));
        }
        while stamps(&arguments.path) == seen {
            std::thread::sleep(PAUSE);
        }
    }
}

fn once(path: &Path) -> Result<Exit, Stop> {
    let files = files(path)?;
    if files.pages.is_empty() {
        return Err(Stop::mistake(format!("there is no rule page in `{}`", path.display()))
            .help("`compline rules new ID` begins one"));
    }
    let mut wrong: Vec<(String, usize, String)> = Vec::new();
    let tables = tables(&files.tables, &mut wrong);
    let texts: Vec<&str> = files.pages.iter().map(|page| page.text.as_str()).collect();
    let reports = test_pages(&texts, &tables);
    let mut ids: BTreeMap<&str, &RuleFile> = BTreeMap::new();
    let known = known(path);
    for (page, report) in files.pages.iter().zip(&reports) {
        let mut failures: Vec<(usize, String)> =
            report.failures.iter().map(|failure| (failure.line, failure.kind.to_string())).collect();
        if let Some(info) = &report.info {
            failures.extend(unknown_objectives(info, &page.text));
            let covers = wrong_covers(&known, info).into_iter();
            failures.extend(covers.map(|error| (line_of(&error, &page.text), error.to_string())));
            if let Some(other) = ids.insert(&info.id, page) {
                let line = line_of_key(&KeyPath::of("id"), &page.text);
                failures.push((line, format!("`{}` is the id of `{}` too", info.id, shown(other))));
            }
        }
        failures.sort();
        wrong.extend(failures.into_iter().map(|(line, message)| (shown(page), line, message)));
    }
    let mut out = Lines::new();
    for (path, line, message) in &wrong {
        out.line(format!("{path}:{line}: {message}"));
    }
    let count = |of: fn(&PageReport) -> usize| reports.iter().map(of).sum::<usize>();
    let all = format!(
        "{}, {}, {}",
        pluralize(reports.len(), "page", "pages"),
        pluralize(count(|report| report.examples), "example", "examples"),
        pluralize(count(|report| report.fixes), "fix", "fixes"),
    );
    match wrong.len() {
        0 => out.line(format!("{all}: all come out as claimed")),
        count => out.line(format!("{all}: {}", pluralize(count, "problem", "problems"))),
    }
    show(out)?;
    Ok(if wrong.is_empty() { Exit::Clean } else { Exit::Found })
}

/// The files of a directory; of a page, the page with the tables beside it.
fn files(path: &Path) -> Result<RuleFiles, Stop> {
    let (mut files, faults) =
        rule_pages::read(if is_regular(path) { beside(path) } else { path }, &Config::default());
    if is_regular(path) {
        files.pages.retain(|page| page.path.file_name() == path.file_name());
    }
    match faults.into_iter().next() {
        Some(fault) => Err(fault.into()),
        None => Ok(files),
    }
}

fn beside(file: &Path) -> &Path {
    file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn shown(file: &RuleFile) -> String {
    file.path.display().to_string()
}

/// The built-in tables, with those of the directory over them.
fn tables(files: &[RuleFile], wrong: &mut Vec<(String, usize, String)>) -> Arc<Tables> {
    let mut rules = RuleSet::builtin();
    for file in files {
        if let Err(error) = rules.add_table(&file.stem(), &file.text) {
            wrong.push((shown(file), line_in_table(&error, &file.text), error.to_string()));
        }
        for (at, unknown) in schema::unknown_in_table(&file.stem(), &file.text) {
            wrong.push((shown(file), line_of_table_key(&at, &file.text), unknown.to_string()));
        }
    }
    Arc::clone(rules.tables())
}

/// The built-in rules and those of the directory, as far as their pages can be read.
fn known(path: &Path) -> RuleSet {
    let (files, _) = rule_pages::read(if is_regular(path) { beside(path) } else { path }, &Config::default());
    let mut known = RuleSet::builtin();
    let pages = files.pages.iter().filter_map(|page| page::parse(&page.text).ok());
    pages.for_each(|page| known.add(page.rule));
    known
}

/// Objectives that no framework can want.
fn unknown_objectives(info: &RuleInfo, page: &str) -> Vec<(usize, String)> {
    let is_known = |id: &str| builtin::objectives().iter().any(|objective| objective.id == id);
    let unknown = info.objectives.iter().enumerate();
    let unknown = unknown.filter(|(_, id)| !is_known(id) && !id.contains(HOLE));
    let key = KeyPath::of("objectives");
    unknown.map(|(at, id)| (line_of_key(&key.item(at), page), format!("`{id}` is no objective"))).collect()
}

/// What tells that something changed: the time and the size of each file.
fn stamps(path: &Path) -> Vec<(Option<(SystemTime, u64)>, PathBuf)> {
    let (paths, _) = rule_pages::list(if is_regular(path) { beside(path) } else { path });
    paths.into_iter().map(|path| (stamp(&path), path)).collect()
}
