//! Another scanner's results: which controls each finding bears on, and what they come to.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Provenance;
use compline_index::foreign::{self, Finding, Foreign, Results};
use compline_index::{Mapped, Mapper, Tier};
use compline_reporter::format::{Format, Style};
use compline_reporter::result::{MappedFinding, MappingCounts, MappingResult, RunResult};
use compline_rules::RuleSet;

use super::infer;
use crate::exit::{Exit, Stop};
use crate::render::Paint;
use crate::render::format::present;
use crate::shelf::Shelf;

pub(super) fn run(
    files: &[PathBuf],
    shelf: Shelf,
    rules: &RuleSet,
    format: &Format,
    paint: Paint,
) -> Result<Exit, Stop> {
    let mapper = infer::open(&shelf, rules)?;
    let foreign = of(&open(files)?, &mapper)?;
    let shelf = Shelf { library: foreign.teach(shelf.library), ..shelf };
    let frameworks: Vec<_> =
        shelf.ids().into_iter().filter_map(|id| shelf.library.find(id)).map(Arc::clone).collect();
    let assessment = foreign.assess(&shelf.library, &frameworks, &|_| None);
    let failed: Vec<(&Finding, Vec<&Mapped>)> = foreign
        .findings
        .iter()
        .filter(|(finding, _)| finding.failed())
        .map(|(finding, mapped)| (finding, kept(mapped, &shelf)))
        .collect();
    let short = |id: &str| shelf.library.info(id).map_or(id, |info| info.short.as_str()).to_owned();
    let result = MappingResult {
        findings: failed
            .iter()
            .map(|(finding, controls)| mapped_finding(finding, controls, &foreign, &shelf))
            .collect(),
        counts: counts(&failed, &foreign),
        left_out: foreign.left_out.iter().map(|(why, count)| (why.clone(), *count)).collect(),
        frameworks: shelf.ids().into_iter().map(|id| (id.to_owned(), short(id))).collect(),
        assessment,
        calibrated: mapper.is_calibrated(),
    };
    present(format, &RunResult::Mapping(&result), &Style { paint, ..Style::plain() })?;
    let counts = result.counts;
    let known = counts.by_id + counts.mapped + counts.nothing;
    Ok(if known == counts.failed { Exit::Clean } else { Exit::Found })
}

/// The files of results as they are; `-` is the standard input.
///
/// # Errors
/// One cannot be read.
pub fn open(files: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, Stop> {
    files.iter().map(|file| Ok((file.clone(), bytes(file)?))).collect()
}

fn bytes(file: &Path) -> Result<Vec<u8>, Stop> {
    if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().read_to_end(&mut bytes);
        return match read {
            Ok(_) => Ok(bytes),
            Err(error) => Err(Stop::mistake(format!("the standard input cannot be read: {error}"))),
        };
    }
    if file.is_dir() {
        return Err(Stop::mistake(format!("`{}` is a directory", file.display()))
            .help("name the files of results in it, each with its own `--from`; a scanner's JSON and its SARIF are the same results"));
    }
    std::fs::read(file)
        .map_err(|error| Stop::mistake(format!("`{}` cannot be read: {error}", file.display())))
}

/// Scanners' results, mapped.
///
/// # Errors
/// A file is in no format that is known.
pub fn read(files: &[(PathBuf, Vec<u8>)], shelf: &Shelf, rules: &RuleSet) -> Result<Foreign, Stop> {
    of(files, &infer::open(shelf, rules)?)
}

fn of(files: &[(PathBuf, Vec<u8>)], mapper: &Mapper) -> Result<Foreign, Stop> {
    let mut results = Results::default();
    for (file, bytes) in files {
        let read = foreign::read(bytes).map_err(|error| {
            Stop::mistake(format!("`{}` cannot be read as results: {error}", file.display()))
        })?;
        results.extend(read);
    }
    Ok(Foreign::of(results, mapper))
}

fn kept<'m>(mapped: &'m [Mapped], shelf: &Shelf) -> Vec<&'m Mapped> {
    let ids = shelf.ids();
    mapped.iter().filter(|one| ids.contains(&&*one.framework)).collect()
}

/// How many results there are, and how the failed ones were mapped.
fn counts(failed: &[(&Finding, Vec<&Mapped>)], foreign: &Foreign) -> MappingCounts {
    let said =
        |word: &str| foreign.findings.iter().filter(|(finding, _)| finding.said.word() == word).count();
    let mut counts = MappingCounts {
        results: foreign.findings.len(),
        failed: failed.len(),
        passed: said("passed"),
        accepted: said("accepted"),
        open: said("open"),
        ..MappingCounts::default()
    };
    for (finding, controls) in failed {
        let known = controls.iter().any(|one| !matches!(one.provenance, Provenance::Inferred { .. }));
        let place = match controls.iter().map(|one| one.tier).max() {
            _ if known => &mut counts.by_id,
            Some(Tier::Mapped) => &mut counts.mapped,
            Some(Tier::Suggested) => &mut counts.suggested,
            None if foreign.nothing.contains(&finding.check()) => &mut counts.nothing,
            None => &mut counts.none,
        };
        *place += 1;
    }
    counts
}

fn mapped_finding(
    finding: &Finding,
    controls: &[&Mapped],
    foreign: &Foreign,
    shelf: &Shelf,
) -> MappedFinding {
    let place = match finding.place() {
        place if place.is_empty() => finding.resource.clone().unwrap_or_default(),
        place => place,
    };
    MappedFinding {
        tool: finding.tool.clone(),
        id: finding.id.clone(),
        title: finding.title.clone(),
        place,
        resource: finding.resource.clone(),
        kind: finding.kind.clone(),
        file: finding.file.clone(),
        line: finding.line,
        severity: finding.severity,
        controls: controls.iter().map(|one| infer::mapped_control(one, shelf)).collect(),
        bears_on_nothing: foreign.nothing.contains(&finding.check()),
    }
}
