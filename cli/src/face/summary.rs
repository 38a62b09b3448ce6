//! The last lines of a check: how much was looked at, what was not, where the frameworks stand, what to do next.

use std::collections::BTreeSet;

use annotate_snippets::renderer::AnsiColor;
use compline_frameworks::{Counts, FrameworkAssessment, View, counts, view};
use compline_reporter::Run;
use compline_reporter::run::Answer;
use compline_rules::Safety;

use super::paint::Paint;
use super::some;

/// Kinds named before "and 6 more".
const KINDS: usize = 5;

/// The lines, each with its line break.
pub fn lines(
    run: &Run,
    frameworks: &[FrameworkAssessment],
    unused: &[(String, String, String)],
    paint: Paint,
) -> String {
    let mut out = format!("{}\n", headline(run, paint));
    for line in left_out(run) {
        out.push_str(&line);
        out.push('\n');
    }
    for (place, rule, why) in unused {
        out.push_str(&format!("{place}: the waiver of `{rule}` does nothing: {why}\n"));
    }
    if !frameworks.is_empty() {
        out.push('\n');
        out.push_str(&table(frameworks, paint));
        out.push('\n');
    }
    if let Some(line) = next(run, frameworks) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// How many judgements there are of an outcome.
pub fn count(run: &Run, answer: Answer) -> usize {
    run.judgements.iter().filter(|judgement| judgement.outcome == answer).count()
}

fn headline(run: &Run, paint: Paint) -> String {
    let files = some(run.coverage.files, "file", "files");
    let resources = some(run.coverage.resources, "resource", "resources");
    if run.judgements.is_empty() {
        return format!("{files}, {resources}: no rule had anything to judge");
    }
    let colored = |answer, color| {
        let text = format!("{} {}", count(run, answer), answer.word());
        if count(run, answer) == 0 { text } else { paint.colored(color, &text) }
    };
    format!(
        "{files}, {resources}, {}: {}, {}, {}, {}",
        some(run.judgements.len(), "verdict", "verdicts"),
        colored(Answer::Fail, AnsiColor::Red),
        colored(Answer::Unknown, AnsiColor::Magenta),
        colored(Answer::Waived, AnsiColor::Yellow),
        colored(Answer::Pass, AnsiColor::Green),
    )
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
            more => format!(" and {}", some(more, "more kind", "more kinds")),
        };
        let have = if number == 1 { "has" } else { "have" };
        let their = if number == 1 { "its" } else { "their" };
        lines.push(format!(
            "{} {have} no rule for {their} kind: {}{more}",
            some(number, "resource", "resources"),
            named.join(", ")
        ));
    }
    for (_, plan) in &run.coverage.plans {
        lines.push(format!("what the code leaves open was taken from {}", plan.label()));
    }
    for (what, why) in run.coverage.gaps.iter().take(KINDS) {
        lines.push(format!("{what} was not read: {why}"));
    }
    if let Some(more) = run.coverage.gaps.len().checked_sub(KINDS + 1) {
        lines.push(format!("{} not read", some(more + 1, "more part was", "more parts were")));
    }
    lines
}

/// A row per framework, its controls by how they stand.
fn table(frameworks: &[FrameworkAssessment], paint: Paint) -> String {
    let width = frameworks.iter().map(|one| one.framework.id.len()).max().unwrap_or(0);
    let heads = ["ok", "part", "FAIL", "waiv", "unk", "none", "automatable", "manual", "inherited"];
    let mut head = format!("{:width$}", "");
    for one in heads {
        head.push_str(&format!("  {one:>4}"));
    }
    let mut out = format!("{}\n", paint.dim(&head));
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
        out.push_str(&row);
        out.push('\n');
    }
    out
}

/// What to do now.
fn next(run: &Run, frameworks: &[FrameworkAssessment]) -> Option<String> {
    let mut parts = Vec::new();
    let unknown = count(run, Answer::Unknown);
    if unknown > 0 {
        let held = held_back(run, frameworks);
        let verb = if unknown == 1 { "holds" } else { "hold" };
        parts.push(match held {
            0 => format!("{} could not be decided", some(unknown, "verdict", "verdicts")),
            held => format!("{unknown} unknown {verb} back {}", some(held, "control", "controls")),
        });
    }
    let fixes: Vec<Safety> = run
        .judgements
        .iter()
        .filter(|judgement| judgement.outcome == Answer::Fail)
        .filter_map(|judgement| judgement.fix.as_ref())
        .filter(|fix| fix.safety != Safety::Display && !fix.edits.is_empty())
        .map(|fix| fix.safety)
        .collect();
    let safe = fixes.iter().filter(|safety| **safety == Safety::Safe).count();
    match (fixes.len(), safe) {
        (0, _) => {}
        (all, 0) => parts.push(format!(
            "{} available, none safe: `compline fix --unsafe --diff`",
            some(all, "fix", "fixes")
        )),
        (all, safe) => {
            parts.push(format!("{} available, {safe} safe: `compline fix`", some(all, "fix", "fixes")))
        }
    }
    if parts.is_empty() {
        let failed = run.judgements.iter().find(|judgement| judgement.outcome == Answer::Fail);
        parts.push(match failed {
            Some(judgement) => format!("read what to do: `compline explain {}`", judgement.rule),
            None if run.judgements.is_empty() => return None,
            None => {
                format!("no failing verdicts in {}", some(run.judgements.len(), "judgement", "judgements"))
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
    let reached = |answer: &dyn Fn(Answer) -> bool| -> BTreeSet<(&str, &str)> {
        let judgements = run.judgements.iter().filter(|judgement| answer(judgement.outcome));
        judgements
            .flat_map(|judgement| &judgement.controls)
            .map(|note| (&*note.framework, &*note.id))
            .collect()
    };
    let decided = reached(&|answer| matches!(answer, Answer::Fail | Answer::Waived));
    reached(&|answer| answer == Answer::Unknown).difference(&decided).count()
}
