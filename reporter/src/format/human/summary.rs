//! The last lines of a check: how much was looked at, what was not, where the frameworks stand, what to do next.

use std::collections::BTreeSet;

use annotate_snippets::renderer::AnsiColor;
use compline_frameworks::{Counts, FrameworkAssessment, Unjudged, View, counts, view};
use compline_rules::Safety;

use crate::adjustment;
use crate::escape::Lines;
use crate::notice::NotJudged;
use crate::run::{OutcomeKind, Run};
use crate::terminal::paint::Paint;
use crate::terminal::pluralize;

/// Kinds named before "and 6 more".
const KINDS: usize = 5;

pub(super) fn lines(run: &Run, frameworks: &[FrameworkAssessment], paint: Paint) -> Lines {
    let mut out = Lines::of(headline(run, paint));
    for line in left_out(run) {
        out.line(line);
    }
    if let Some(line) = adjusted(run) {
        out.line(line);
    }
    for breach in run.policy.iter().flat_map(|policy| &policy.breaches) {
        out.line(format!("{}: {}", breach.position(), breach.notice().message));
    }
    for unused in &run.unused_waivers {
        out.line(format!("{}: {}", unused.written_at, unused.notice().message));
    }
    if !frameworks.is_empty() {
        out.blank();
        table(frameworks, paint, &mut out);
        out.blank();
    }
    if let Some(line) = next(run, frameworks) {
        out.line(line);
    }
    out
}

fn headline(run: &Run, paint: Paint) -> String {
    let files = pluralize(run.coverage.files, "file", "files");
    let resources = pluralize(run.coverage.resources, "resource", "resources");
    if run.judgements.is_empty() {
        return format!("{files}, {resources}: no rule had anything to judge");
    }
    let colored = |outcome: OutcomeKind, color| {
        let text = format!("{} {}", run.count(outcome), outcome.word());
        if run.count(outcome) == 0 { text } else { paint.colored(color, &text) }
    };
    format!(
        "{files}, {resources}, {}: {}, {}, {}, {}",
        pluralize(run.stated().count(), "verdict", "verdicts"),
        colored(OutcomeKind::Fail, AnsiColor::Red),
        colored(OutcomeKind::Unknown, AnsiColor::Magenta),
        colored(OutcomeKind::Waived, AnsiColor::Yellow),
        colored(OutcomeKind::Pass, AnsiColor::Green),
    )
}

/// What the repository itself decides of the judgement.
fn adjusted(run: &Run) -> Option<String> {
    let counts = adjustment::counts(&run.adjustments);
    (!counts.is_empty()).then(|| format!("decided by the repository: {counts}; `--format json` lists each"))
}

/// What nobody looked at: silence is not a pass.
fn left_out(run: &Run) -> Vec<String> {
    let mut lines = Vec::new();
    let without = &run.coverage.kinds_without_rules;
    if !without.is_empty() {
        let number: usize = without.values().sum();
        let mut kinds: Vec<_> = without.iter().collect();
        kinds.sort_by_key(|(kind, count)| (std::cmp::Reverse(**count), (*kind).clone()));
        let named: Vec<String> =
            kinds.iter().take(KINDS).map(|(kind, count)| format!("{kind} {count}")).collect();
        let more = match kinds.len().saturating_sub(KINDS) {
            0 => String::new(),
            more => format!(" and {}", pluralize(more, "more kind", "more kinds")),
        };
        let have = if number == 1 { "has" } else { "have" };
        let their = if number == 1 { "its" } else { "their" };
        lines.push(format!(
            "{} {have} no rule for {their} kind: {}{more}",
            pluralize(number, "resource", "resources"),
            named.join(", ")
        ));
    }
    let others = NotJudged::all(&run.coverage);
    for why in [Unjudged::Beside, Unjudged::NoneApplies, Unjudged::NotAsked] {
        let of_it: Vec<&NotJudged<'_>> = others.iter().filter(|one| one.why == why).collect();
        let number: usize = of_it.iter().map(|one| one.addresses.len()).sum();
        if number == 0 {
            continue;
        }
        let resources = pluralize(number, "resource", "resources");
        if why == Unjudged::Beside {
            // Nothing is left out: what they say is in the verdicts of their owners.
            lines.push(format!(
                "{resources} got no verdict of their own: rules read them beside their owners"
            ));
            continue;
        }
        let kinds = of_it.iter().take(KINDS).map(|one| format!("{} {}", one.kind, one.addresses.len()));
        let more = match of_it.len().saturating_sub(KINDS) {
            0 => String::new(),
            more => format!(" and {}", pluralize(more, "more kind", "more kinds")),
        };
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        lines.push(format!("{resources} got no verdict, {}: {kinds}{more}", why.text()));
    }
    let thin: Vec<&str> = run
        .coverage
        .kinds
        .iter()
        .filter(|(_, of)| of.judged > 0 && of.rules == 1)
        .map(|(kind, _)| &**kind)
        .collect();
    if !thin.is_empty() {
        let more = match thin.len().saturating_sub(KINDS) {
            0 => String::new(),
            more => format!(" and {}", pluralize(more, "more kind", "more kinds")),
        };
        let named: Vec<&str> = thin.iter().take(KINDS).copied().collect();
        lines.push(format!("only one rule looks at {}{more}", named.join(", ")));
    }
    for (_, plan) in &run.coverage.plans {
        lines.push(format!("what the code leaves open was taken from {}", plan.label()));
    }
    for gap in run.coverage.gaps.iter().take(KINDS) {
        lines.push(format!("{} was not read: {}", gap.what, gap.why));
    }
    if let Some(more) = run.coverage.gaps.len().checked_sub(KINDS + 1) {
        lines.push(format!("{} not read", pluralize(more + 1, "more part was", "more parts were")));
    }
    lines
}

/// A row per framework, its controls by how they stand.
fn table(frameworks: &[FrameworkAssessment], paint: Paint, out: &mut Lines) {
    let width = frameworks.iter().map(|one| one.framework.id.len()).max().unwrap_or(0);
    let heads = ["ok", "part", "FAIL", "waiv", "unk", "none", "automatable", "manual", "inherited"];
    let mut head = format!("{:width$}", "");
    for one in heads {
        head.push_str(&format!("  {one:>4}"));
    }
    out.line(paint.dim(&head));
    for one in frameworks {
        let Counts {
            satisfied,
            partial,
            not_satisfied,
            waived,
            unknown,
            not_assessed,
            automatable,
            manual,
            inherited,
            ..
        } = counts(one);
        let mut row = format!("{:width$}", one.framework.id);
        let cells = [
            satisfied,
            partial,
            not_satisfied,
            waived,
            unknown,
            not_assessed,
            automatable,
            manual,
            inherited,
        ];
        for (cell, head) in cells.iter().zip(heads) {
            row.push_str(&format!("  {cell:>size$}", size = head.len().max(4)));
        }
        out.line(row);
    }
}

/// What to do now.
fn next(run: &Run, frameworks: &[FrameworkAssessment]) -> Option<String> {
    let mut parts = Vec::new();
    let unknown = run.count(OutcomeKind::Unknown);
    if unknown > 0 {
        let held = held_back(run, frameworks);
        let verb = if unknown == 1 { "holds" } else { "hold" };
        parts.push(match held {
            0 => format!("{} could not be decided", pluralize(unknown, "verdict", "verdicts")),
            held => format!("{unknown} unknown {verb} back {}", pluralize(held, "control", "controls")),
        });
    }
    let fixes: Vec<Safety> = run
        .stated()
        .filter(|judgement| judgement.outcome == OutcomeKind::Fail)
        .filter_map(|judgement| judgement.fix.as_ref())
        .filter(|fix| fix.safety != Safety::Display && !fix.edits.is_empty())
        .map(|fix| fix.safety)
        .collect();
    let safe = fixes.iter().filter(|safety| **safety == Safety::Safe).count();
    match (fixes.len(), safe) {
        (0, _) => {}
        (all, 0) => parts.push(format!(
            "{} available, none safe: `compline fix --unsafe --diff`",
            pluralize(all, "fix", "fixes")
        )),
        (all, safe) => {
            parts.push(format!("{} available, {safe} safe: `compline fix`", pluralize(all, "fix", "fixes")))
        }
    }
    if parts.is_empty() {
        let failed = run.judgements.iter().find(|judgement| judgement.outcome == OutcomeKind::Fail);
        parts.push(match failed {
            Some(judgement) => format!("read what to do: `compline explain {}`", judgement.rule),
            None if run.judgements.is_empty() => return None,
            None => {
                format!(
                    "no failing verdicts in {}",
                    pluralize(run.stated().count(), "judgement", "judgements")
                )
            }
        });
    }
    if !run.complete {
        parts.push("the run is incomplete, see above".to_owned());
    }
    Some(parts.join("; "))
}

/// Controls that nothing but an unknown verdict keeps from being decided.
fn held_back(run: &Run, frameworks: &[FrameworkAssessment]) -> usize {
    if !frameworks.is_empty() {
        let controls = frameworks.iter().flat_map(|one| &one.controls);
        return controls.filter(|control| view(control) == View::Unknown).count();
    }
    let reached = |chosen: &dyn Fn(OutcomeKind) -> bool| -> BTreeSet<(&str, &str)> {
        let judgements = run.judgements.iter().filter(|judgement| chosen(judgement.outcome));
        judgements
            .flat_map(|judgement| &judgement.controls)
            .map(|note| (&*note.framework, &*note.id))
            .collect()
    };
    let decided = reached(&|outcome| matches!(outcome, OutcomeKind::Fail | OutcomeKind::Waived));
    reached(&|outcome| outcome == OutcomeKind::Unknown).difference(&decided).count()
}
