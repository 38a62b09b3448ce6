//! A framework's figures, its controls with evidence, and all the others by family.

use std::collections::BTreeSet;

use compline_frameworks::{Counts, View};
use serde::Serialize;

use crate::format::json::{provenance, strength};
use crate::report::{ControlPart, FrameworkPart, Report};
use crate::run::{Judgement, OutcomeKind};
use crate::words::{self, count, view_key};

/// One framework.
#[derive(Serialize)]
pub(crate) struct FrameworkModel {
    pub id: String,
    pub title: String,
    pub short: String,
    pub version: String,
    pub publisher: String,
    pub satisfied: String,
    pub automatable: String,
    pub looked_at: String,
    pub all: String,
    pub manual: String,
    pub inherited: String,
    /// Parts of the bar: view, first percent, percent, number.
    pub bar: Vec<BarPart>,
    /// What the bar says, for those who do not see it.
    pub spoken: String,
    pub families: Vec<FamilyModel>,
    pub controls: Vec<ControlModel>,
    /// Controls without evidence: what they are, then ids by family.
    pub rest: Vec<Rest>,
    /// Characters of the longest id among `controls`.
    pub widest: usize,
    pub pci: bool,
}

/// A part of the stacked bar, in percent of its width.
#[derive(Serialize)]
pub(crate) struct BarPart {
    pub view: &'static str,
    pub word: &'static str,
    pub at: f64,
    pub width: f64,
    pub count: usize,
}

/// A family in the unit chart.
#[derive(Serialize)]
pub(crate) struct FamilyModel {
    pub id: String,
    pub title: String,
    pub marks: Vec<Mark>,
    /// What the marks say, for those who do not see them.
    pub spoken: String,
}

/// One control in the unit chart.
#[derive(Serialize)]
pub(crate) struct Mark {
    pub view: &'static str,
    /// Control id and status.
    pub name: String,
    /// The control's anchor, where it has evidence.
    pub href: Option<String>,
}

/// A control with evidence.
#[derive(Serialize)]
pub(crate) struct ControlModel {
    pub anchor: String,
    pub framework: String,
    pub id: String,
    pub title: String,
    pub summary: String,
    /// The publisher's statement, a line an item, where it was imported.
    pub official: Vec<String>,
    /// What components claim to do for it: who, where that is said, what.
    pub claims: Vec<(String, String, String)>,
    pub view: &'static str,
    pub word: &'static str,
    /// The assessor's words, for PCI DSS.
    pub assessor: Option<&'static str>,
    pub finding: String,
    /// Verdicts by outcome: outcome, number.
    pub tally: Vec<(&'static str, usize)>,
    pub evidence: Vec<Citation>,
    /// Evidence that is no pass: number, and whether it is printed here.
    pub open: Vec<OpenPoint>,
    /// The passes one by one, when they are few.
    pub passing: Vec<PassCite>,
    /// The same as ranges, when they are many: the page grows with verdicts, not with verdicts times controls.
    pub passing_ranges: Vec<Citation>,
    pub passing_count: String,
    /// Why a rule bears on it: rule, strength, provenance.
    pub edges: Vec<Edge>,
    pub unseen: Vec<String>,
    /// What the search looks in: id, title, rules, resources, files; lower case.
    pub words: String,
}

/// `E-016–021`, and the number it links to.
#[derive(Serialize)]
pub(crate) struct Citation {
    pub first: String,
    pub text: String,
}

/// A judgement that is no pass, where a control cites it.
#[derive(Serialize)]
pub(crate) struct OpenPoint {
    pub number: usize,
    pub home: bool,
}

/// A pass where a control cites it.
#[derive(Serialize)]
pub(crate) struct PassCite {
    pub id: String,
    pub rule: String,
    pub address: String,
}

/// One edge from a rule.
#[derive(Serialize)]
pub(crate) struct Edge {
    pub rule: String,
    pub strength: &'static str,
    pub provenance: String,
}

/// Controls without evidence.
#[derive(Serialize)]
pub(crate) struct Rest {
    pub view: &'static str,
    pub word: &'static str,
    pub count: String,
    /// Family, then its controls: anchor, id, title.
    pub families: Vec<(String, Vec<RestControl>)>,
}

/// A control without evidence.
#[derive(Serialize)]
pub(crate) struct RestControl {
    pub anchor: String,
    pub id: String,
    pub title: String,
}

/// A control as another place cites it: `SC-7`, `PCI 1.3.1`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cited {
    pub name: String,
    pub href: String,
}

/// The order of the bar; the rest is not in it.
const BAR: [View; 6] =
    [View::Satisfied, View::Partial, View::NotSatisfied, View::Waived, View::Unknown, View::NotAssessed];

/// Above this many, the passes of a control are cited as ranges.
const LISTED: usize = 30;
/// Above this many verdicts in all, the search does not look in the addresses of passes.
const SEARCHED: usize = 5_000;

/// A part that is not zero is at least this wide, in percent, so that one control of hundreds is seen.
const LEAST: f64 = 1.0;

impl FrameworkModel {
    pub fn of(report: &Report, part: &FrameworkPart, homes: &mut [bool]) -> Self {
        let pci = part.id.starts_with("pci-dss");
        let listed = part.controls.iter().filter(|control| !control.evidence.is_empty());
        let controls: Vec<ControlModel> = listed.map(|one| control(report, part, one, pci, homes)).collect();
        let counts = part.counts;
        Self {
            id: part.id.clone(),
            title: part.title.clone(),
            short: part.short.clone(),
            version: part.version.clone(),
            publisher: part.publisher.clone(),
            satisfied: count(counts.satisfied),
            automatable: count(counts.automatable),
            looked_at: count(counts.looked_at),
            all: count(counts.all),
            manual: count(counts.manual),
            inherited: count(counts.inherited),
            bar: bar(&counts),
            spoken: spoken(BAR.iter().map(|view| (*view, number(&counts, *view)))),
            families: families(part),
            widest: controls.iter().map(|control| control.id.chars().count()).max().unwrap_or(0),
            controls,
            rest: rest(part),
            pci,
        }
    }
}

fn number(counts: &Counts, view: View) -> usize {
    match view {
        View::Satisfied => counts.satisfied,
        View::Partial => counts.partial,
        View::NotSatisfied => counts.not_satisfied,
        View::Waived => counts.waived,
        View::Unknown => counts.unknown,
        View::NotAssessed => counts.not_assessed,
        View::Manual => counts.manual,
        View::Inherited => counts.inherited,
    }
}

/// Shares of the bar: each part that is not zero gets its least width first, the rest is shared out.
fn bar(counts: &Counts) -> Vec<BarPart> {
    let parts: Vec<(View, usize)> =
        BAR.iter().map(|view| (*view, number(counts, *view))).filter(|(_, count)| *count > 0).collect();
    let all: usize = parts.iter().map(|(_, count)| count).sum();
    let small = |count: usize| (count as f64) * 100.0 / (all as f64) < LEAST;
    let lifted = parts.iter().filter(|(_, count)| small(*count)).count() as f64 * LEAST;
    let large: usize = parts.iter().map(|(_, count)| *count).filter(|count| !small(*count)).sum();
    let mut at = 0.0;
    parts
        .into_iter()
        .map(|(view, count)| {
            let share = (count as f64) * (100.0 - lifted) / (large as f64);
            let width = if small(count) { LEAST } else { share };
            let round = |x: f64| (x * 1000.0).round() / 1000.0;
            let part = BarPart {
                view: view_key(view),
                word: view.word(),
                at: round(at),
                width: round(width),
                count,
            };
            at += width;
            part
        })
        .collect()
}

fn spoken(parts: impl Iterator<Item = (View, usize)>) -> String {
    let named: Vec<String> = parts
        .filter(|(_, count)| *count > 0)
        .map(|(view, number)| format!("{} {}", count(number), view.word().to_lowercase()))
        .collect();
    named.join(", ")
}

fn anchor(framework: &str, id: &str) -> String {
    format!("{framework}/{}", words::slug(id))
}

fn families(part: &FrameworkPart) -> Vec<FamilyModel> {
    let mut out = Vec::new();
    for (id, title) in &part.families {
        let mut members: Vec<&ControlPart> =
            part.controls.iter().filter(|control| *control.family == **id).collect();
        if members.is_empty() {
            continue;
        }
        // Those with evidence first, those nobody looked at after them, what is not a program's to show last.
        members.sort_by_key(|control| match control.view {
            View::Manual | View::Inherited => 2,
            View::NotAssessed => 1,
            _ => 0,
        });
        let of = |view: View| members.iter().filter(|control| control.view == view).count();
        out.push(FamilyModel {
            id: id.clone(),
            title: title.clone(),
            spoken: format!("{id} {title}: {}", spoken(View::ALL.iter().map(|view| (*view, of(*view))))),
            marks: members
                .iter()
                .map(|control| Mark {
                    view: view_key(control.view),
                    name: format!("{} {}: {}", control.id, control.title, control.view.word().to_lowercase()),
                    href: (!control.evidence.is_empty()).then(|| anchor(&part.id, &control.id)),
                })
                .collect(),
        });
    }
    out
}

fn control(
    report: &Report,
    framework: &FrameworkPart,
    part: &ControlPart,
    pci: bool,
    homes: &mut [bool],
) -> ControlModel {
    let mut open = Vec::new();
    let mut passing = Vec::new();
    let mut search: BTreeSet<&str> = [&*part.id, &*part.title, &*framework.short].into_iter().collect();
    for number in &part.evidence {
        let Some(judgement) = report.evidence(*number) else { continue };
        search.insert(&judgement.rule);
        if judgement.outcome != OutcomeKind::Pass || report.run.judgements.len() <= SEARCHED {
            search.insert(&judgement.address);
            search.extend(judgement.place.as_ref().map(|place| &*place.file));
        }
        if judgement.outcome == OutcomeKind::Pass {
            passing.push(*number);
        } else {
            let home = homes.get_mut(number - 1).is_some_and(|home| !std::mem::replace(home, true));
            open.push(OpenPoint { number: *number, home });
        }
    }
    let passing_count = count(passing.len());
    let (few, many) = if passing.len() <= LISTED { (passing, Vec::new()) } else { (Vec::new(), passing) };
    let few = few.into_iter().filter_map(|number| {
        let judgement = report.evidence(number)?;
        let (rule, address) = (judgement.rule.to_string(), judgement.address.to_string());
        Some(PassCite { id: words::evidence(number), rule, address })
    });
    let tally = part.tally;
    let tally =
        [("fail", tally.fail), ("waived", tally.waived), ("unknown", tally.unknown), ("pass", tally.pass)];
    let edges = part.edges.iter().map(|(rule, carries, from)| {
        let (word, basis) = provenance(from);
        let provenance = basis.map_or(word.to_owned(), |basis| format!("{word}: {basis}"));
        Edge { rule: rule.to_string(), strength: strength(*carries), provenance }
    });
    ControlModel {
        anchor: anchor(&framework.id, &part.id),
        framework: framework.id.clone(),
        id: part.id.clone(),
        title: part.title.clone(),
        summary: part.summary.clone(),
        official: part.official.lines().map(str::to_owned).collect(),
        claims: part.claims.clone(),
        view: view_key(part.view),
        word: part.view.word(),
        assessor: pci.then(|| assessor(part.view)),
        finding: part.finding.clone(),
        tally: tally.into_iter().filter(|(_, count)| *count > 0).collect(),
        evidence: citations(&part.evidence),
        open,
        passing: few.collect(),
        passing_ranges: citations(&many),
        passing_count,
        edges: edges.collect(),
        unseen: part.unseen.iter().map(ToString::to_string).collect(),
        words: search.into_iter().collect::<Vec<_>>().join(" ").to_lowercase(),
    }
}

fn citations(numbers: &[usize]) -> Vec<Citation> {
    let ranges = words::evidence_list(numbers).into_iter();
    ranges.map(|(first, text)| Citation { first: words::evidence(first), text }).collect()
}

/// The words a PCI DSS assessor fills in.
fn assessor(view: View) -> &'static str {
    match view {
        View::Satisfied => "supports In Place",
        View::NotSatisfied | View::Waived => "supports Not in Place",
        View::Partial => "tested in part",
        _ => "Not Tested here",
    }
}

fn rest(part: &FrameworkPart) -> Vec<Rest> {
    let mut out = Vec::new();
    for view in [View::NotAssessed, View::Manual, View::Inherited] {
        let members = |family: &str| -> Vec<RestControl> {
            let all = part.controls.iter();
            all.filter(|control| {
                *control.family == *family && control.view == view && control.evidence.is_empty()
            })
            .map(|control| RestControl {
                anchor: anchor(&part.id, &control.id),
                id: control.id.clone(),
                title: control.title.clone(),
            })
            .collect()
        };
        let families: Vec<(String, Vec<RestControl>)> = part
            .families
            .iter()
            .map(|(id, title)| (format!("{id} {title}"), members(id)))
            .filter(|(_, members)| !members.is_empty())
            .collect();
        let total: usize = families.iter().map(|(_, members)| members.len()).sum();
        if total > 0 {
            out.push(Rest { view: view_key(view), word: view.word(), count: count(total), families });
        }
    }
    out
}

pub(super) fn cited_controls(report: &Report, judgement: &Judgement) -> Vec<Cited> {
    let mut last = "";
    let mut out = Vec::new();
    for control in &judgement.controls {
        let Some(framework) = report.frameworks.iter().find(|one| *one.id == *control.framework) else {
            continue;
        };
        // The framework is named once; the ids that follow are its own.
        let prefix = if last == framework.id { String::new() } else { format!("{} ", framework.short) };
        last = &framework.id;
        out.push(Cited { name: format!("{prefix}{}", control.id), href: anchor(&framework.id, &control.id) });
    }
    out
}

pub(super) fn chips(report: &Report) -> Vec<(&'static str, &'static str, usize)> {
    let order = [
        View::NotSatisfied,
        View::Waived,
        View::Unknown,
        View::Partial,
        View::Satisfied,
        View::NotAssessed,
        View::Manual,
        View::Inherited,
    ];
    let listed = |view: View| {
        let all = report.frameworks.iter().flat_map(|framework| &framework.controls);
        all.filter(|control| control.view == view && !control.evidence.is_empty()).count()
    };
    order
        .iter()
        .map(|view| (view_key(*view), view.word(), listed(*view)))
        .filter(|(.., count)| *count > 0)
        .collect()
}
