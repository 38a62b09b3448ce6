//! Judgements: in full where they do not pass, a row each where they do.

use std::collections::BTreeSet;
use std::sync::Arc;

use compline_frameworks::View;
use compline_rules::Safety;
use serde::Serialize;

use super::frameworks::{Cited, cited_controls};
use crate::format::findings::parameters;
use crate::report::Report;
use crate::run::{Judgement, OutcomeKind};
use crate::words::{self, count, pluralize};

/// A judgement that is no pass, in full.
#[derive(Serialize)]
pub(crate) struct Block {
    pub id: String,
    /// `fail`, `waived`, `unknown`; and the word beside the mark.
    pub outcome: &'static str,
    pub word: &'static str,
    pub severity: String,
    pub rule: String,
    /// The rule's title, or what cannot be told.
    pub title: String,
    pub address: String,
    pub place: String,
    pub path: String,
    pub observed: String,
    pub expected: String,
    pub lines: Vec<LineModel>,
    /// The last lines: waiver, reason, fix, assumption.
    pub notes: Vec<String>,
    pub related: Vec<(String, String)>,
    pub controls: Vec<Cited>,
    pub sha256: String,
}

/// A line of source.
#[derive(Serialize)]
pub(crate) struct LineModel {
    pub number: u32,
    pub before: String,
    pub marked: String,
    pub after: String,
}

/// The passes of one rule.
#[derive(Serialize)]
pub(crate) struct PassGroup {
    pub rule: String,
    /// What the passes say.
    pub title: String,
    pub rows: Vec<PassRow>,
}

/// One pass.
#[derive(Serialize)]
pub(crate) struct PassRow {
    pub number: usize,
    pub id: String,
    pub address: String,
    pub path: String,
    pub observed: String,
    pub expected: String,
    pub place: String,
    pub sha256: String,
}

/// A waived failure.
#[derive(Serialize)]
pub(crate) struct Exception {
    pub id: String,
    pub rule: String,
    pub title: String,
    pub address: String,
    pub reason: String,
    pub by: String,
    pub until: String,
    pub place: String,
    pub controls: Vec<Cited>,
}

/// What to look at first.
#[derive(Serialize)]
pub(crate) struct Attention {
    pub sentence: String,
    pub rows: Vec<AttentionRow>,
    /// Whether a row stands for all resources of a rule.
    pub by_rule: bool,
}

/// One failure or unknown, or all of a rule.
#[derive(Serialize)]
pub(crate) struct AttentionRow {
    pub outcome: &'static str,
    pub word: &'static str,
    pub severity: String,
    pub what: String,
    pub resource: String,
    /// Whether `resource` is an address.
    pub address: bool,
    pub controls: Vec<Cited>,
    /// Controls not named.
    pub more: usize,
    pub evidence: String,
    pub href: String,
    pub fix: String,
}

/// Above this many failing and unknown verdicts, the list is by rule.
const SINGLY: usize = 25;
/// Controls named in a row.
const NAMED: usize = 4;

pub(crate) fn word(outcome: OutcomeKind) -> &'static str {
    match outcome {
        OutcomeKind::Fail => "Fail",
        OutcomeKind::Waived => "Waived",
        OutcomeKind::Unknown => "Unknown",
        OutcomeKind::Pass => "Pass",
    }
}

pub(super) fn blocks(report: &Report) -> Vec<Block> {
    let judgements = report.run.judgements.iter().enumerate();
    judgements
        .take_while(|(_, judgement)| judgement.outcome != OutcomeKind::Pass)
        .map(|(index, judgement)| block(report, index + 1, judgement))
        .collect()
}

fn block(report: &Report, number: usize, judgement: &Judgement) -> Block {
    let lines = judgement.excerpt.iter().flat_map(|excerpt| &excerpt.lines);
    let related = judgement
        .related
        .iter()
        .map(|(place, text)| (format!("{}:{}", place.file, place.start.line), text.clone()));
    Block {
        id: words::evidence(number),
        outcome: judgement.outcome.word(),
        word: word(judgement.outcome),
        severity: judgement.severity.to_string(),
        rule: judgement.rule.to_string(),
        title: title(report, judgement),
        address: judgement.address.to_string(),
        place: place(judgement),
        path: judgement.path.clone(),
        observed: judgement.observed.clone(),
        expected: judgement.expected.clone(),
        lines: lines
            .map(|line| LineModel {
                number: line.number,
                before: line.before.clone(),
                marked: line.marked.clone(),
                after: line.after.clone(),
            })
            .collect(),
        notes: notes(report, judgement),
        related: related.collect(),
        controls: cited_controls(report, judgement),
        sha256: digest(report, judgement),
    }
}

/// A rule's title states a problem: true only of a failure.
fn title(report: &Report, judgement: &Judgement) -> String {
    let title = report.run.title(&judgement.rule);
    match judgement.outcome {
        OutcomeKind::Unknown => format!("cannot tell whether {title}"),
        OutcomeKind::Pass => passed(title),
        OutcomeKind::Fail | OutcomeKind::Waived => title.to_owned(),
    }
}

/// What a pass says: a title states the problem.
pub(crate) fn passed(title: &str) -> String {
    format!("it is not so that {title}")
}

fn notes(report: &Report, judgement: &Judgement) -> Vec<String> {
    let mut out = Vec::new();
    if let Some(under) = &judgement.folded_under {
        let title = report.run.title(&under.rule);
        out.push(format!("the same fault is stated by {} ({title}), and counts there", under.rule));
    }
    let folds = judgement.folds.iter();
    let also = if judgement.outcome == OutcomeKind::Unknown { "left open is" } else { "this is" };
    out.extend(folds.map(|fold| format!("{also} {} too: {}", fold.rule, report.run.title(&fold.rule))));
    if let Some((_, why)) = &judgement.why {
        out.push(format!("unknown because {why}"));
    }
    if let Some(waiver) = &judgement.waiver {
        let until =
            waiver.until.as_ref().map_or("without an end".to_owned(), |until| format!("until {until}"));
        let by = waiver.by.as_ref().map_or(String::new(), |by| format!(" by {by}"));
        out.push(format!("waived {until}{by}, at {}", waiver.place));
        out.extend(waiver.reason.as_ref().map(ToString::to_string));
    }
    if let Some(fix) = &judgement.fix {
        out.push(match fix.safety {
            Safety::Display => fix.title.clone(),
            Safety::Safe => format!("fix available (safe): {}", fix.title),
            Safety::Unsafe => format!("fix available (unsafe): {}", fix.title),
        });
    }
    out.extend(judgement.assumption.clone());
    out.extend(parameters(judgement));
    out
}

fn place(judgement: &Judgement) -> String {
    let place = judgement.place.as_ref();
    place.map_or(String::new(), |place| format!("{}:{}", place.file, place.start.line))
}

fn digest(report: &Report, judgement: &Judgement) -> String {
    let place = judgement.place.as_ref();
    place.and_then(|place| report.digest(&place.file)).unwrap_or_default().to_owned()
}

pub(super) fn passes(report: &Report) -> Vec<PassGroup> {
    let mut groups: Vec<PassGroup> = Vec::new();
    for (number, judgement) in report.of_outcome(OutcomeKind::Pass) {
        let row = PassRow {
            number,
            id: words::evidence(number),
            address: judgement.address.to_string(),
            path: judgement.path.clone(),
            observed: judgement.observed.clone(),
            expected: judgement.expected.clone(),
            place: place(judgement),
            sha256: digest(report, judgement),
        };
        match groups.last_mut().filter(|group| *group.rule == *judgement.rule) {
            Some(group) => group.rows.push(row),
            None => groups.push(PassGroup {
                rule: judgement.rule.to_string(),
                title: title(report, judgement),
                rows: vec![row],
            }),
        }
    }
    groups
}

pub(super) fn exceptions(report: &Report) -> Vec<Exception> {
    let waived = report.of_outcome(OutcomeKind::Waived);
    waived
        .filter_map(|(number, judgement)| {
            let waiver = judgement.waiver.as_ref()?;
            let text =
                |text: &Option<Arc<str>>, or: &str| text.as_ref().map_or(or.to_owned(), ToString::to_string);
            Some(Exception {
                id: words::evidence(number),
                rule: judgement.rule.to_string(),
                title: report.run.title(&judgement.rule).to_owned(),
                address: judgement.address.to_string(),
                reason: text(&waiver.reason, "no reason was given"),
                by: text(&waiver.by, "no author given"),
                until: text(&waiver.until, "no end"),
                place: waiver.place.to_string(),
                controls: cited_controls(report, judgement),
            })
        })
        .collect()
}

impl Attention {
    pub fn of(report: &Report) -> Self {
        let failing = report.of_outcome(OutcomeKind::Fail);
        let mut failing: Vec<(usize, &Judgement)> =
            failing.filter(|(_, judgement)| judgement.folded_under.is_none()).collect();
        failing.sort_by_key(|(number, judgement)| (std::cmp::Reverse(judgement.severity), *number));
        let mut unknown: Vec<(usize, &Judgement)> = report.of_outcome(OutcomeKind::Unknown).collect();
        unknown.sort_by_key(|(number, judgement)| (std::cmp::Reverse(judgement.controls.len()), *number));
        let by_rule = failing.len() + unknown.len() > SINGLY;
        let sentence = sentence(report, &failing, &unknown);
        let listed = failing.into_iter().chain(unknown);
        let rows = if by_rule {
            grouped(report, listed)
        } else {
            listed.map(|(number, judgement)| row(report, &[number], judgement)).collect()
        };
        Self { sentence, rows, by_rule }
    }
}

fn sentence(report: &Report, failing: &[(usize, &Judgement)], unknown: &[(usize, &Judgement)]) -> String {
    let resources: BTreeSet<(&str, &str)> =
        failing.iter().map(|(_, judgement)| (&*judgement.root, &*judgement.address)).collect();
    let controls: BTreeSet<(Arc<str>, Arc<str>)> = failing
        .iter()
        .flat_map(|(_, judgement)| report.run.controls_with_folds(judgement))
        .map(|control| (control.framework, control.id))
        .collect();
    let verdicts = report.run.stated().count();
    let mut out = if failing.is_empty() {
        format!("No failing verdicts in {}.", pluralize(verdicts, "judgement", "judgements"))
    } else {
        let bear = if resources.len() == 1 { "bears" } else { "bear" };
        let resources = pluralize(resources.len(), "failing resource", "failing resources");
        format!("{resources} {bear} on {}.", pluralize(controls.len(), "control", "controls"))
    };
    if !unknown.is_empty() {
        let all = report.frameworks.iter().flat_map(|framework| &framework.controls);
        let held = all.filter(|control| control.view == View::Unknown).count();
        let hold = if unknown.len() == 1 { "unknown holds" } else { "unknowns hold" };
        out.push_str(&match held {
            0 => format!(
                " {} on controls that fail already.",
                pluralize(unknown.len(), "unknown bears", "unknowns bear")
            ),
            held => {
                format!(" {} {hold} back {}.", count(unknown.len()), pluralize(held, "control", "controls"))
            }
        });
    }
    out
}

/// One row for each rule and outcome, in the order of its first judgement.
fn grouped<'a>(report: &Report, listed: impl Iterator<Item = (usize, &'a Judgement)>) -> Vec<AttentionRow> {
    let mut groups: Vec<(Vec<usize>, &Judgement)> = Vec::new();
    for (number, judgement) in listed {
        let same = |first: &Judgement| first.rule == judgement.rule && first.outcome == judgement.outcome;
        match groups.iter_mut().find(|(_, first)| same(first)) {
            Some((numbers, _)) => numbers.push(number),
            None => groups.push((vec![number], judgement)),
        }
    }
    groups
        .into_iter()
        .map(|(mut numbers, judgement)| {
            numbers.sort_unstable();
            row(report, &numbers, judgement)
        })
        .collect()
}

fn row(report: &Report, numbers: &[usize], judgement: &Judgement) -> AttentionRow {
    let mut controls = cited_controls(report, judgement);
    let more = controls.len().saturating_sub(NAMED + 1);
    if more > 0 {
        controls.truncate(NAMED);
    }
    let more = if more > 0 { more + 1 } else { 0 };
    let one = numbers.len() == 1;
    let what = match (&judgement.why, one) {
        (Some((_, why)), true) => format!("{}: {why}", title(report, judgement)),
        _ => title(report, judgement),
    };
    let evidence = words::evidence_list(numbers);
    AttentionRow {
        outcome: judgement.outcome.word(),
        word: word(judgement.outcome),
        severity: judgement.severity.to_string(),
        what,
        resource: if one {
            judgement.address.to_string()
        } else {
            pluralize(numbers.len(), "resource", "resources")
        },
        address: one,
        controls,
        more,
        href: evidence.first().map_or(String::new(), |(number, _)| words::evidence(*number)),
        evidence: evidence.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(", "),
        fix: judgement.fix.as_ref().map_or("", |fix| fix_word(fix.safety)).to_owned(),
    }
}

fn fix_word(safety: Safety) -> &'static str {
    match safety {
        Safety::Safe => "safe fix",
        Safety::Unsafe => "unsafe fix",
        Safety::Display => "advice",
    }
}
