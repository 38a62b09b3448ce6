//! Another scanner's results: which controls each finding bears on, and what they come to.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::{Assessment, FrameworkAssessment, Provenance, Status, View, counts, view};
use compline_index::external::{self, Finding, MappedResults, Results};
use compline_index::{MappedControl, Mapper, Tier};
use compline_rules::RuleSet;
use serde_json::{Value, json};

use super::{Format, infer};
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::output::{print, show};
use crate::shelf::Shelf;

/// Controls named in the terminal for one framework.
const SHOWN: usize = 12;

pub(super) fn run(
    files: &[PathBuf],
    shelf: Shelf,
    rules: &RuleSet,
    format: Format,
    paint: Paint,
) -> Result<Exit, Stop> {
    let mapper = infer::open(&shelf, rules)?;
    let foreign = of(&open(files)?, &mapper)?;
    let shelf = Shelf { library: shelf.library.with_external_checks(&foreign.edges), ..shelf };
    let frameworks: Vec<_> =
        shelf.ids().into_iter().filter_map(|id| shelf.library.find(id)).map(Arc::clone).collect();
    let assessment = foreign.assess(&shelf.library, &frameworks, &|_| None);
    let failed: Vec<(&Finding, Vec<&MappedControl>)> = foreign
        .findings
        .iter()
        .filter(|(finding, _)| finding.failed())
        .map(|(finding, mapped)| (finding, kept(mapped, &shelf)))
        .collect();
    let tally = Count::of(&failed, &foreign);
    match format {
        Format::Json => {
            let told = json(&failed, tally, &foreign, &assessment, &shelf);
            print(&format!("{:#}\n", infer::marked(told, &mapper)))?
        }
        Format::Human => show(&human(&failed, tally, &foreign, &assessment, &shelf, paint))?,
    }
    Ok(if tally.known() == failed.len() { Exit::Clean } else { Exit::Found })
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
pub fn read(files: &[(PathBuf, Vec<u8>)], shelf: &Shelf, rules: &RuleSet) -> Result<MappedResults, Stop> {
    of(files, &infer::open(shelf, rules)?)
}

fn of(files: &[(PathBuf, Vec<u8>)], mapper: &Mapper) -> Result<MappedResults, Stop> {
    let mut results = Results::default();
    for (file, bytes) in files {
        let read = external::read(bytes).map_err(|error| {
            Stop::mistake(format!("`{}` cannot be read as results: {error}", file.display()))
        })?;
        results.extend(read);
    }
    Ok(MappedResults::of(results, mapper))
}

fn kept<'m>(mapped: &'m [MappedControl], shelf: &Shelf) -> Vec<&'m MappedControl> {
    let ids = shelf.ids();
    mapped.iter().filter(|one| ids.contains(&&*one.framework)).collect()
}

/// How the failed findings were mapped.
#[derive(Clone, Copy, Default)]
struct Count {
    /// By the id of the check, or by what a person confirmed.
    by_id: usize,
    mapped: usize,
    suggested: usize,
    /// Known to bear on no control.
    nothing: usize,
    none: usize,
}

impl Count {
    fn of(failed: &[(&Finding, Vec<&MappedControl>)], foreign: &MappedResults) -> Self {
        let mut count = Self::default();
        for (finding, controls) in failed {
            let told = controls.iter().any(|one| !matches!(one.provenance, Provenance::Inferred { .. }));
            let place = match controls.iter().map(|one| one.tier).max() {
                _ if told => &mut count.by_id,
                Some(Tier::Mapped) => &mut count.mapped,
                Some(Tier::Suggested) => &mut count.suggested,
                None if foreign.without_controls.contains(&finding.check()) => &mut count.nothing,
                None => &mut count.none,
            };
            *place += 1;
        }
        count
    }

    fn known(self) -> usize {
        self.by_id + self.mapped + self.nothing
    }
}

fn human(
    failed: &[(&Finding, Vec<&MappedControl>)],
    tally: Count,
    foreign: &MappedResults,
    assessment: &Assessment,
    shelf: &Shelf,
    paint: Paint,
) -> String {
    // The places of a check stand together, and what it bears on.
    let mut groups: Vec<(&Finding, &[&MappedControl], Vec<String>)> = Vec::new();
    for (finding, controls) in failed {
        let place = match finding.place() {
            place if place.is_empty() => finding.resource.clone().unwrap_or_default(),
            place => place,
        };
        let same = |group: &&mut (&Finding, &[&MappedControl], Vec<String>)| {
            group.0.check() == finding.check() && group.1 == controls.as_slice()
        };
        match groups.iter_mut().find(same) {
            Some((.., places)) if !places.contains(&place) => places.push(place),
            Some(_) => {}
            None => groups.push((finding, controls, vec![place])),
        }
    }
    let mut out = String::new();
    for (finding, controls, places) in groups {
        let mut at = places.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
        if places.len() > 3 {
            at.push_str(&format!(" and {} more", places.len() - 3));
        }
        out.push_str(&format!("{} {}\n", paint.bold(&finding.id), finding.title));
        if !at.is_empty() {
            out.push_str(&format!("  {}\n", paint.dim(&format!("at {at}"))));
        }
        match controls.is_empty() {
            true if foreign.without_controls.contains(&finding.check()) => {
                out.push_str("  no mapping: it is known to bear on no control\n");
            }
            true => out.push_str("  no mapping\n"),
            false => out.push_str(&bearing(controls, shelf, paint)),
        }
    }
    out.push('\n');
    for framework in &assessment.frameworks {
        out.push_str(&status(framework, shelf, paint));
    }
    out.push_str(&format!("{}\n", sorts(foreign)));
    out.push_str(&format!(
        "of the failed: {} mapped by id, {} by likeness, {} with suggestions only, {} known to bear on no control, {} without\n",
        tally.by_id, tally.mapped, tally.suggested, tally.nothing, tally.none
    ));
    for (why, count) in &foreign.left_out {
        out.push_str(&format!("left out: {}: {why}\n", some(*count, "result", "results")));
    }
    if tally.suggested > 0 {
        out.push_str("suggestions are no evidence until somebody confirms them: `compline map ID --confirm CONTROL --reason …`\n");
    }
    out
}

/// `87 results: 79 failed, 41 passed, 8 accepted, 2 for a person to see`.
fn sorts(foreign: &MappedResults) -> String {
    let count =
        |word: &str| foreign.findings.iter().filter(|(finding, _)| finding.status.word() == word).count();
    let told = [
        ("failed", "failed"),
        ("passed", "passed"),
        ("accepted", "accepted"),
        ("open", "for a person to see"),
    ];
    let parts: Vec<String> = told
        .into_iter()
        .map(|(word, said)| (count(word), word, said))
        .filter(|(count, word, _)| *count > 0 || *word == "failed")
        .map(|(count, _, said)| format!("{count} {said}"))
        .collect();
    format!("{}: {}", some(foreign.findings.len(), "result", "results"), parts.join(", "))
}

/// What a check bears on: a line for what is known, one for what is inferred and one for what is suggested.
fn bearing(controls: &[&MappedControl], shelf: &Shelf, paint: Paint) -> String {
    let (guessed, known): (Vec<&MappedControl>, Vec<&MappedControl>) =
        controls.iter().partition(|one| matches!(one.provenance, Provenance::Inferred { .. }));
    let (mapped, suggested): (Vec<&MappedControl>, Vec<&MappedControl>) =
        guessed.into_iter().partition(|one| one.tier == Tier::Mapped);
    let mut out = String::new();
    let mut line = |some: &[&MappedControl], scored: bool, how: String| {
        if !some.is_empty() {
            out.push_str(&format!("  {}  {}\n", named(some, scored, shelf, paint), paint.dim(&how)));
        }
    };
    let by: Vec<&str> = known.iter().filter_map(|one| Some(&*one.neighbours.first()?.of)).collect();
    let people = known.iter().any(|one| matches!(one.provenance, Provenance::Confirmed { .. }));
    let by = match (distinct(by), people) {
        (by, true) if by.is_empty() => "confirmed".to_owned(),
        (by, true) => format!("by {by}, and confirmed"),
        (by, false) => format!("by {by}"),
    };
    line(&known, false, by);
    line(&mapped, false, format!("by likeness: {}", likeness(&mapped)));
    line(&suggested, true, format!("only suggested: {}", likeness(&suggested)));
    out
}

/// `NIST SC-28, SC-13; PCI 3.5.1 (0.71)`.
fn named(controls: &[&MappedControl], scored: bool, shelf: &Shelf, paint: Paint) -> String {
    let parts: Vec<String> = shelf
        .ids()
        .into_iter()
        .filter_map(|framework| {
            let ids: Vec<String> = controls
                .iter()
                .filter(|one| *one.framework == *framework)
                .map(|one| if scored { format!("{} ({:.2})", one.id, one.score) } else { one.id.to_string() })
                .collect();
            let short = shelf.library.info(framework).map_or(framework, |info| info.short.as_str());
            (!ids.is_empty()).then(|| paint.bold(&format!("{short} {}", ids.join(", "))))
        })
        .collect();
    parts.join("; ")
}

/// The known texts nearest to it.
fn likeness(controls: &[&MappedControl]) -> String {
    distinct(controls.iter().filter_map(|one| Some(&*one.neighbours.first()?.text)).take(2).collect())
}

fn distinct(texts: Vec<&str>) -> String {
    let mut out: Vec<&str> = Vec::new();
    for text in texts {
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out.join("; ")
}

fn status(framework: &FrameworkAssessment, shelf: &Shelf, paint: Paint) -> String {
    let id = &framework.framework.id;
    let short = shelf.library.info(id).map_or(id.as_str(), |info| info.short.as_str());
    let counts = counts(framework);
    let failing: Vec<&str> = framework
        .controls
        .iter()
        .filter(|one| one.status == Status::NotSatisfied)
        .map(|one| one.control.id.as_str())
        .collect();
    let mut out = format!(
        "{}: {} of {} automatable controls not satisfied",
        paint.bold(short),
        counts.not_satisfied,
        counts.automatable,
    );
    let rest = [
        (counts.waived, "with accepted failures only"),
        (counts.partial, "partial"),
        (counts.unknown, "unknown"),
        (counts.not_assessed, "not assessed"),
    ];
    for (count, what) in rest.into_iter().filter(|(count, _)| *count > 0) {
        out.push_str(&format!(", {count} {what}"));
    }
    out.push('\n');
    if !failing.is_empty() {
        let mut named = failing.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if failing.len() > SHOWN {
            named.push_str(&format!(" and {} more", failing.len() - SHOWN));
        }
        out.push_str(&format!("  {}\n", paint.dim(&named)));
    }
    out
}

fn json(
    failed: &[(&Finding, Vec<&MappedControl>)],
    tally: Count,
    foreign: &MappedResults,
    assessment: &Assessment,
    shelf: &Shelf,
) -> Value {
    let findings: Vec<Value> = failed
        .iter()
        .map(|(finding, controls)| {
            let controls: Vec<Value> = controls.iter().map(|one| infer::control(one, shelf)).collect();
            json!({
                "tool": finding.tool, "id": finding.id, "title": finding.title, "resource": finding.resource,
                "kind": finding.kind, "file": finding.file, "line": finding.line,
                "severity": finding.severity.map(|severity| severity.to_string()), "controls": controls,
            })
        })
        .collect();
    let frameworks: Vec<Value> = assessment.frameworks.iter().map(|one| framework(one, assessment)).collect();
    let said =
        |word: &str| foreign.findings.iter().filter(|(finding, _)| finding.status.word() == word).count();
    let counts = json!({
        "by_id": tally.by_id, "mapped": tally.mapped, "suggested": tally.suggested,
        "nothing": tally.nothing, "none": tally.none,
        "failed": failed.len(), "passed": said("passed"), "accepted": said("accepted"), "open": said("open"),
    });
    let left_out: Vec<Value> =
        foreign.left_out.iter().map(|(why, count)| json!({ "why": why, "count": count })).collect();
    json!({
        "version": 1, "counts": counts, "left_out": left_out, "findings": findings,
        "assessment": { "frameworks": frameworks },
    })
}

/// The controls that findings speak to, with their evidence.
fn framework(framework: &FrameworkAssessment, assessment: &Assessment) -> Value {
    let counts = counts(framework);
    let spoken = framework.controls.iter().filter(|one| !one.verdicts.is_empty());
    let controls: Vec<Value> = spoken
        .map(|one| {
            let verdicts = one.verdicts.iter().filter_map(|at| assessment.verdicts.get(*at));
            let evidence: Vec<Value> = verdicts
                .map(|verdict| {
                    json!({
                        "check": *verdict.rule, "outcome": verdict.outcome.word(), "resource": *verdict.address,
                        "observed": verdict.observed,
                    })
                })
                .collect();
            json!({
                "id": one.control.id, "title": one.control.title, "status": word(view(one)),
                "fail": one.tally.fail, "pass": one.tally.pass, "evidence": evidence,
            })
        })
        .collect();
    json!({
        "id": framework.framework.id, "automatable": counts.automatable, "not_satisfied": counts.not_satisfied,
        "partial": counts.partial, "not_assessed": counts.not_assessed, "manual": counts.manual,
        "inherited": counts.inherited, "controls": controls,
    })
}

fn word(view: View) -> String {
    view.word().to_lowercase().replace(' ', "_")
}
