//! Another scanner's results: which controls each finding bears on, and what they come to.

use std::path::Path;
use std::sync::Arc;

use compline_frameworks::foreign::{self, Finding, Foreign};
use compline_frameworks::{
    Assessment, FrameworkAssessment, Mapped, Mapper, Provenance, Status, Tier, View, counts, view,
};
use compline_rules::RuleSet;
use serde_json::{Value, json};

use super::{Format, infer};
use crate::exit::{Exit, Stop};
use crate::face::paint::Paint;
use crate::face::some;
use crate::output::print;
use crate::shelf::Shelf;

/// Controls named in the terminal for one framework.
const SHOWN: usize = 12;

pub(super) fn run(
    file: &Path,
    shelf: Shelf,
    rules: &RuleSet,
    format: Format,
    paint: Paint,
) -> Result<Exit, Stop> {
    let mapper = infer::open(&shelf, rules)?;
    let foreign = of(file, &mapper)?;
    let shelf = Shelf { library: foreign.teach(shelf.library), ..shelf };
    let frameworks: Vec<_> =
        shelf.ids().into_iter().filter_map(|id| shelf.library.find(id)).map(Arc::clone).collect();
    let assessment = foreign.assess(&shelf.library, &frameworks, &|_| None);
    let failed: Vec<(&Finding, Vec<&Mapped>)> = foreign
        .findings
        .iter()
        .filter(|(finding, _)| finding.failed)
        .map(|(finding, mapped)| (finding, kept(mapped, &shelf)))
        .collect();
    let tally = Count::of(&failed, &foreign);
    print(&match format {
        Format::Json => {
            format!("{:#}\n", infer::marked(json(&failed, tally, &assessment, &shelf), &mapper))
        }
        Format::Human => human(&failed, tally, &foreign, &assessment, &shelf, paint),
    })?;
    Ok(if tally.known() == failed.len() { Exit::Clean } else { Exit::Found })
}

/// A scanner's results, mapped.
///
/// # Errors
/// The file cannot be read, or is in no format that is known.
pub fn read(file: &Path, shelf: &Shelf, rules: &RuleSet) -> Result<Foreign, Stop> {
    of(file, &infer::open(shelf, rules)?)
}

fn of(file: &Path, mapper: &Mapper) -> Result<Foreign, Stop> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Stop::mistake(format!("`{}` cannot be read: {error}", file.display())))?;
    let findings =
        foreign::read(&text).map_err(|error| Stop::mistake(format!("{}: {error}", file.display())))?;
    Ok(Foreign::of(findings, mapper))
}

fn kept<'m>(mapped: &'m [Mapped], shelf: &Shelf) -> Vec<&'m Mapped> {
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
    fn of(failed: &[(&Finding, Vec<&Mapped>)], foreign: &Foreign) -> Self {
        let mut count = Self::default();
        for (finding, controls) in failed {
            let told = controls.iter().any(|one| !matches!(one.provenance, Provenance::Inferred { .. }));
            let place = match controls.iter().map(|one| one.tier).max() {
                _ if told => &mut count.by_id,
                Some(Tier::Mapped) => &mut count.mapped,
                Some(Tier::Suggested) => &mut count.suggested,
                None if foreign.nothing.contains(&finding.check()) => &mut count.nothing,
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
    failed: &[(&Finding, Vec<&Mapped>)],
    tally: Count,
    foreign: &Foreign,
    assessment: &Assessment,
    shelf: &Shelf,
    paint: Paint,
) -> String {
    // One line a place, one list of controls a check.
    let mut groups: Vec<(&Finding, &[&Mapped], Vec<String>)> = Vec::new();
    for (finding, controls) in failed {
        let place = match finding.place() {
            place if place.is_empty() => finding.resource.clone().unwrap_or_default(),
            place => place,
        };
        let same = |group: &&mut (&Finding, &[&Mapped], Vec<String>)| {
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
        out.push_str(&format!("{} {}: {}\n", paint.bold(&finding.id), finding.title, paint.dim(&at)));
        match controls.is_empty() {
            true if foreign.nothing.contains(&finding.check()) => {
                out.push_str("  no mapping: it is known to bear on no control\n");
            }
            true => out.push_str("  no mapping\n"),
            false => out.push_str(&infer::lines_of(controls, shelf, paint)),
        }
    }
    out.push('\n');
    for framework in &assessment.frameworks {
        out.push_str(&status(framework, shelf, paint));
    }
    out.push_str(&format!(
        "{}: {} mapped by id, {} by likeness, {} with suggestions only, {} known to bear on no control, {} without\n",
        some(failed.len(), "finding", "findings"),
        tally.by_id,
        tally.mapped,
        tally.suggested,
        tally.nothing,
        tally.none
    ));
    if tally.suggested > 0 {
        out.push_str("suggestions are no evidence until somebody confirms them: `compline map ID --confirm CONTROL --reason …`\n");
    }
    out
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
        "{}: {} of {} automatable controls not satisfied, {} partial, {} not assessed\n",
        paint.bold(short),
        counts.not_satisfied,
        counts.automatable,
        counts.partial,
        counts.not_assessed
    );
    if !failing.is_empty() {
        let mut named = failing.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if failing.len() > SHOWN {
            named.push_str(&format!(" and {} more", failing.len() - SHOWN));
        }
        out.push_str(&format!("  {}\n", paint.dim(&named)));
    }
    out
}

fn json(failed: &[(&Finding, Vec<&Mapped>)], tally: Count, assessment: &Assessment, shelf: &Shelf) -> Value {
    let findings: Vec<Value> = failed
        .iter()
        .map(|(finding, controls)| {
            let controls: Vec<Value> = controls.iter().map(|one| infer::control(one, shelf)).collect();
            json!({
                "tool": finding.tool, "id": finding.id, "title": finding.title, "resource": finding.resource,
                "kind": finding.kind, "file": finding.file, "line": finding.line, "controls": controls,
            })
        })
        .collect();
    let frameworks: Vec<Value> = assessment.frameworks.iter().map(|one| framework(one, assessment)).collect();
    let counts = json!({
        "by_id": tally.by_id, "mapped": tally.mapped, "suggested": tally.suggested,
        "nothing": tally.nothing, "none": tally.none,
    });
    json!({
        "version": 1, "counts": counts, "findings": findings,
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
