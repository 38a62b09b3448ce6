//! Answers → verdicts: locus, sentence, fingerprint.

use std::sync::Arc;

use compline_iac::edit::Change;
use compline_iac::{Existence, KnownCall, Resource, Span, Why, WhyKind};
use sha2::{Digest as _, Sha256};

use super::answer::{Answer, Cause};
use super::evaluator::Evaluator;
use super::fix::{self, Subject};
use super::truth::Truth;
use super::written;
use crate::observed::Observed;
use crate::rule::Rule;
use crate::verdict::{Fix, Locus, Otherwise, Outcome, Related, Verdict};

/// The verdict of a rule on the evaluator's resource.
pub(super) fn verdict(
    evaluator: &Evaluator<'_>,
    rule: &Rule,
    answer: Answer,
    subject: Subject<'_>,
) -> Verdict {
    let resource = evaluator.resource;
    let Answer { truth, cause } = answer;
    let decided = cause.is_some();
    let mut cause = cause.map(|cause| *cause).unwrap_or_default();
    name_companion(evaluator, &mut cause);
    cause.also.iter_mut().for_each(|also| name_companion(evaluator, also));
    let fix =
        (truth == Truth::False && decided).then(|| fix::fix(evaluator, rule, &cause, subject)).flatten();
    if let Some(path) = written::path(evaluator, rule, &cause) {
        cause.path.text = path;
    }
    if truth == Truth::True {
        cause.offenders.clear();
    }
    let beside = beside(evaluator, rule, &mut cause);
    cause.related.extend(beside);
    let outcome = match truth {
        Truth::True if rule.beyond => Outcome::Unknown(beyond(rule)),
        Truth::True => Outcome::Pass,
        Truth::False => Outcome::Fail,
        Truth::Unknown => {
            let why = cause.why.take();
            Outcome::Unknown(why.unwrap_or_else(|| Why::new(WhyKind::Outside, "the code does not say")))
        }
    };
    let (outcome, fix) = match evaluator.context.inventory.known_call(resource) {
        Some(call) => by_call(resource, call, outcome, fix),
        None => (outcome, fix),
    };
    let message = match &outcome {
        Outcome::Unknown(why) => format!("cannot tell whether {}: {}", rule.info.title, why.text),
        _ if decided => sentence(resource, &cause),
        _ => rule.info.title.clone(),
    };
    let root = &evaluator.context.inventory.root;
    Verdict {
        rule: Arc::from(rule.info.id.as_str()),
        severity: rule.info.severity,
        address: Arc::clone(&resource.address),
        kind: Arc::clone(&resource.kind),
        dialect: Some(resource.dialect),
        root: Arc::clone(root),
        outcome,
        locus: Some(locus(resource, cause.span, cause.related, cause.offenders)),
        path: cause.path.text,
        observed: cause.observed,
        expected: cause.expected,
        message,
        assumption: assumption(evaluator, cause.assumption),
        fix,
        folded_under: None,
        values: Arc::clone(&rule.values),
        otherwise: Vec::new(),
        fingerprint: fingerprint(&rule.info.id, root, &resource.address),
    }
}

/// The settings that fail beside the one that speaks, each with its own words.
fn beside(evaluator: &Evaluator<'_>, rule: &Rule, cause: &mut Cause) -> Vec<Related> {
    let resource = evaluator.resource;
    let mut told: Vec<(Span, String)> =
        vec![(cause.span.unwrap_or(resource.header), sentence(resource, cause))];
    for mut also in std::mem::take(&mut cause.also) {
        if let Some(path) = written::path(evaluator, rule, &also) {
            also.path.text = path;
        }
        let one = (also.span.unwrap_or(resource.header), sentence(resource, &also));
        if !told.contains(&one) {
            told.push(one);
        }
    }
    told.into_iter().skip(1).map(|(span, text)| Related { span, text }).collect()
}

/// The verdict with what the rule says under the other values that somebody asks for. `again` asks a rule of the same
/// check about the same.
pub(super) fn verdict_with_others(
    evaluator: &Evaluator<'_>,
    rule: &Rule,
    answer: Answer,
    subject: Subject<'_>,
    again: impl Fn(&Rule) -> Option<Answer>,
) -> Verdict {
    let mut judged = verdict(evaluator, rule, answer, subject);
    for variant in evaluator.context.rules.variants(&rule.info.id) {
        // Where a rule applies hangs on no parameter, so that each gives an answer where one does.
        let Some(answer) = again(variant) else { continue };
        let Verdict { values, outcome, message, .. } = verdict(evaluator, variant, answer, subject);
        judged.otherwise.push(Otherwise { values, outcome, message });
    }
    judged
}

/// Of two verdicts of one rule on one resource the worse, also by each of the other values.
pub(super) fn worse(one: &Verdict, other: &Verdict) -> Verdict {
    let (worse, better) = if rank(&other.outcome) > rank(&one.outcome) { (other, one) } else { (one, other) };
    let mut out = worse.clone();
    for (kept, left) in out.otherwise.iter_mut().zip(&better.otherwise) {
        if rank(&left.outcome) > rank(&kept.outcome) {
            kept.clone_from(left);
        }
    }
    out
}

fn rank(outcome: &Outcome) -> u8 {
    match outcome {
        Outcome::Fail => 2,
        Outcome::Unknown(_) => 1,
        _ => 0,
    }
}

/// Why a pass is none: the check looks for less than it was asked to.
fn beyond(rule: &Rule) -> Arc<Why> {
    let beyond = rule.values.iter().filter(|value| value.is_beyond());
    let names: Vec<String> = beyond.map(|value| format!("`{}` of {}", value.name(), value.shown())).collect();
    Why::new(WhyKind::Outside, format!("the rule does not know what {} looks like here", names.join(" and ")))
}

/// Where a whole relation leads nowhere, a companion is missing: its kind is what a reader looks for.
fn name_companion(evaluator: &Evaluator<'_>, cause: &mut Cause) {
    let Some(name) = cause.path.relation.as_ref().filter(|_| cause.path.is_relation) else { return };
    if cause.observed == Observed::not_set()
        && let Some(relation) = evaluator.context.relation(evaluator.kind, name)
        && let Some(kind) = relation.kind.first()
    {
        cause.observed = Observed::NoCompanion { kind: Arc::from(kind.as_str()) };
    }
}

fn sentence(resource: &Resource, cause: &Cause) -> String {
    let Cause { path, observed, expected, .. } = cause;
    match (observed, &*path.text) {
        (Observed::NoCompanion { kind }, _) => format!("no `{kind}` belongs to `{}`", resource.address),
        (_, "") => format!("{observed}; expected {expected}"),
        (Observed::NotSet { .. } | Observed::Count { elements: 0, open: false, .. }, path) => {
            format!("`{path}` is {observed}; expected {expected}")
        }
        (_, path) => format!("`{path}` is `{observed}`; expected {expected}"),
    }
}

fn locus(resource: &Resource, at: Option<Span>, mut related: Vec<Related>, offenders: Vec<Span>) -> Locus {
    let span = at.unwrap_or(resource.header);
    if !resource.span.contains(&span) && related.is_empty() {
        related.push(Related { span: resource.header, text: format!("`{}`", resource.address) });
    }
    let others = offenders.iter().filter(|offender| !offender.contains(&span));
    related.extend(others.map(|other| Related { span: *other, text: "fails as well".to_owned() }));
    Locus { span, resource: resource.span, calls: resource.calls.clone(), offenders, related }
}

/// What can be said of a resource that is made from the arguments of a call: nothing where only the module says whether
/// it is there; and of a fix only what changes an argument.
fn by_call(
    resource: &Resource,
    call: &KnownCall,
    outcome: Outcome,
    fix: Option<Fix>,
) -> (Outcome, Option<Fix>) {
    let is_open = |why: &Why| why.kind == WhyKind::Module;
    let outcome = match (&outcome, &resource.existence) {
        (Outcome::Fail, Existence::Possible(why)) if is_open(why) => Outcome::Unknown(Arc::clone(&call.why)),
        (Outcome::Unknown(why), _) if is_open(why) => Outcome::Unknown(Arc::clone(&call.why)),
        _ => outcome,
    };
    let in_call = |change: &Change| match change {
        Change::Replace { at, .. } => *at != call.header,
        _ => false,
    };
    (outcome, fix.filter(|fix| fix.changes.iter().all(in_call)))
}

fn assumption(evaluator: &Evaluator<'_>, taken: Option<String>) -> Option<String> {
    let resource = evaluator.resource;
    let call = evaluator.context.inventory.known_call(resource).map(|call| {
        format!("module `{}` is not downloaded; judged by the arguments of the call", call.module)
    });
    let taken = match (taken, call) {
        (Some(taken), Some(call)) => Some(format!("{taken}; {call}")),
        (taken, call) => taken.or(call),
    };
    let Existence::Possible(why) = &resource.existence else { return taken };
    let maybe = format!("the resource may not exist: {}", why.text);
    Some(taken.map_or(maybe.clone(), |before| format!("{before}; {maybe}")))
}

/// 32 hexadecimal digits of SHA-256 over rule, root and address: moved lines do not change it.
fn fingerprint(rule: &str, root: &str, address: &str) -> String {
    let mut hash = Sha256::new();
    for part in [rule, root, address] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    hash.finalize().iter().take(16).flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
