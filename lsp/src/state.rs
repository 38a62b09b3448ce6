//! All that the server knows of its folders, as JSON: what the request `compline/state` answers. Not for editors: the
//! parity test holds it to what `compline check` says, and a report of a fault can quote it.

use compline_frameworks::assess;
use compline_iac::{Gravity, Span};
use compline_rules::{Outcome, Verdict};
use serde_json::{Value, json};

use crate::feature::diagnostics;
use crate::view::View;

/// Every verdict, gap, problem and unused waiver of these folders.
pub fn state(views: &[View]) -> Value {
    json!({ "version": 1, "folders": views.iter().map(folder).collect::<Vec<_>>() })
}

fn folder(view: &View) -> Value {
    let snapshot = &view.project.snapshot;
    let verdicts: Vec<Value> = view.judged.verdicts().map(|one| verdict(view, one)).collect();
    let all = view.judged.verdicts().cloned().collect();
    let coverage = assess(snapshot, all, view.rules(), &view.config().frameworks().library, &[]).coverage;
    let gaps = coverage.gaps.iter().map(|gap| {
        json!({ "what": view.hide(&gap.what), "why": view.hide(&gap.why), "locus": gap.span.and_then(|span| locus(view, span)) })
    });
    let gaps: Vec<Value> = gaps.collect();
    let problems: Vec<Value> = snapshot
        .problems
        .iter()
        .map(|problem| {
            let gravity = if problem.gravity == Gravity::Loss { "loss" } else { "note" };
            json!({
                "gravity": gravity, "file": *problem.path, "message": diagnostics::told(view, problem),
                "locus": problem.span.and_then(|span| locus(view, span)),
            })
        })
        .collect();
    let unused: Vec<Value> = view
        .judged
        .unused
        .iter()
        .map(|one| json!({ "place": one.waiver.source.to_string(), "rule": view.hide(&one.waiver.rule), "why": view.hide(&one.reason.to_string()) }))
        .collect();
    json!({
        "uri": view.root.uri, "verdicts": verdicts, "gaps": gaps, "problems": problems, "unused_waivers": unused,
        "files": coverage.files, "resources": coverage.resources, "judged": coverage.judged,
    })
}

fn verdict(view: &View, verdict: &Verdict) -> Value {
    let why = match &verdict.outcome {
        Outcome::Unknown(why) => Some(view.hide(&why.text)),
        _ => None,
    };
    let waiver = match &verdict.outcome {
        Outcome::Waived(waiver) => Some(waiver.source.to_string()),
        _ => None,
    };
    let related = verdict.locus.iter().flat_map(|one| &one.related).filter_map(|one| {
        let mut related = locus(view, one.span)?;
        related.as_object_mut()?.insert("text".to_owned(), view.hide(&one.text).into());
        Some(related)
    });
    json!({
        "related": related.collect::<Vec<_>>(), "path": view.hide(&verdict.path),
        "fix": verdict.fix.as_ref().map(|fix| view.hide(&fix.title)),
        "rule": *verdict.rule, "outcome": verdict.outcome.word(), "address": view.hide(&verdict.address),
        "kind": view.hide(&verdict.kind), "severity": verdict.severity.to_string(), "root": *verdict.root,
        "locus": verdict.locus.as_ref().and_then(|one| locus(view, one.span)), "observed": view.told(verdict, &verdict.observed.to_string()),
        "expected": verdict.expected.to_string(), "message": view.told(verdict, &verdict.message), "fingerprint": verdict.fingerprint,
        "assumption": verdict.assumption.as_ref().map(|text| view.hide(text)), "why": why, "waived_at": waiver,
        "folded_under": verdict.folded_under.as_ref().map(|under| json!({ "rule": *under.rule, "fingerprint": under.fingerprint })),
    })
}

/// A place as `compline check` prints it: lines and columns from 1.
fn locus(view: &View, span: Span) -> Option<Value> {
    let source = view.source(span)?;
    let place = |offset: u32| {
        let place = source.place(offset);
        json!({ "line": place.line, "column": place.column })
    };
    Some(json!({ "file": *source.path, "start": place(span.start), "end": place(span.end) }))
}
