//! Two failures for one fault: the broader speaks, the narrower is folded under it. And what a module that is not here
//! leaves open: one unknown speaks for a call.
//!
//! A page names the rules that state a part of what it states (`covers`). Where both fail at the same place of one
//! resource, the narrower keeps its verdict, its controls and its fingerprint, and is told with the broader one.
//!
//! INVARIANT: a failure folds only under a failure, an unknown only under an unknown. Whoever waives the broader has
//! not weighed the narrower: it then speaks for itself. So folding comes after waivers.

use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::{Inventory, Span, WhyKind};

use crate::error::{ContentError, ContentProblem, KeyPath};
use crate::observed::Observed;
use crate::rule::RuleInfo;
use crate::set::RuleSet;
use crate::verdict::{FoldedUnder, Outcome, Verdict};

/// Folds the verdicts of a judgement, those of one resource side by side, with waivers applied. The list is copied
/// only where something folds.
pub fn fold(verdicts: &mut Arc<Vec<Arc<Verdict>>>, rules: &RuleSet) {
    let folds = folds(verdicts, rules);
    if folds.is_empty() {
        return;
    }
    let verdicts: &mut Vec<Arc<Verdict>> = Arc::make_mut(verdicts);
    for Folds { at, under, mended } in folds {
        if let Some(folded) = verdicts.get_mut(at) {
            let folded = Arc::make_mut(folded);
            folded.folded_under = Some(Box::new(under));
            folded.fix = folded.fix.take().filter(|_| !mended);
        }
    }
}

/// Folds what the calls of modules that are not here leave open: one unknown speaks for each call, the most severe, and
/// names the rules of the others. `inventory` is the one that was judged.
pub fn fold_open(verdicts: &mut Arc<Vec<Arc<Verdict>>>, inventory: &Inventory) {
    if inventory.known_calls.is_empty() {
        return;
    }
    let mut calls: HashMap<Span, Vec<usize>> = HashMap::new();
    for (at, verdict) in verdicts.iter().enumerate() {
        let is_open = matches!(&verdict.outcome, Outcome::Unknown(why) if why.kind == WhyKind::Module);
        let call =
            inventory.find(&verdict.address).filter(|_| is_open).and_then(|one| inventory.known_call(one));
        if let Some(call) = call {
            calls.entry(call.header).or_default().push(at);
        }
    }
    for places in calls.into_values().filter(|places| places.len() > 1) {
        let worst =
            |at: &&usize| verdicts.get(**at).map(|verdict| (verdict.severity, std::cmp::Reverse(**at)));
        let Some(speaks) = places.iter().max_by_key(worst).copied() else { continue };
        let Some(above) = verdicts.get(speaks) else { continue };
        let under = FoldedUnder { rule: Arc::clone(&above.rule), fingerprint: above.fingerprint.clone() };
        let verdicts: &mut Vec<Arc<Verdict>> = Arc::make_mut(verdicts);
        for at in places.into_iter().filter(|at| *at != speaks) {
            if let Some(folded) = verdicts.get_mut(at) {
                Arc::make_mut(folded).folded_under = Some(Box::new(under.clone()));
            }
        }
    }
}

/// A verdict that folds.
struct Folds {
    /// Its place.
    at: usize,
    /// The one that speaks.
    under: FoldedUnder,
    /// That one has a fix, which mends both.
    mended: bool,
}

/// The verdicts that fold.
fn folds(verdicts: &[Arc<Verdict>], rules: &RuleSet) -> Vec<Folds> {
    let mut folds = Vec::new();
    let mut start = 0;
    for of_one in verdicts.chunk_by(|one, next| one.address == next.address && one.root == next.root) {
        let broader = broader(of_one, rules);
        for (at, above) in broader.iter().enumerate() {
            let Some(speaks) = above.and_then(|above| of_one.get(speaking(above, &broader))) else {
                continue;
            };
            let (rule, fingerprint) = (Arc::clone(&speaks.rule), speaks.fingerprint.clone());
            let (under, mended) = (FoldedUnder { rule, fingerprint }, speaks.fix.is_some());
            folds.push(Folds { at: start + at, under, mended });
        }
        start += of_one.len();
    }
    folds
}

/// For each verdict the place of one that states it too; empty where there is none.
fn broader(verdicts: &[Arc<Verdict>], rules: &RuleSet) -> Vec<Option<usize>> {
    let fails = |verdict: &Verdict| matches!(verdict.outcome, Outcome::Fail);
    let failing = || verdicts.iter().enumerate().filter(|(_, one)| fails(one));
    if failing().nth(1).is_none() {
        return Vec::new();
    }
    let mut found: Vec<Option<usize>> = Vec::new();
    for (above, broad) in failing() {
        let covers: &[String] = rules.info(&broad.rule).map_or(&[], |info| &info.covers);
        if covers.is_empty() {
            continue;
        }
        for (at, narrow) in failing() {
            let is_covered = at != above && covers.iter().any(|id| **id == *narrow.rule);
            if !is_covered || !is_same_place(broad, narrow) {
                continue;
            }
            found.resize(verdicts.len(), None);
            if let Some(place) = found.get_mut(at) {
                *place = place.or(Some(above));
            }
        }
    }
    found
}

/// The one at the end of a chain of broader ones. A circle, which only a user's pages could make, ends somewhere.
fn speaking(first: usize, broader: &[Option<usize>]) -> usize {
    let mut at = first;
    for _ in broader {
        match broader.get(at).copied().flatten() {
            Some(above) => at = above,
            None => break,
        }
    }
    at
}

/// Whether everything that the narrower names is among what the broader names: its elements, where both speak of
/// elements; else the value that decided. What is not set has no place of its own.
fn is_same_place(broad: &Verdict, narrow: &Verdict) -> bool {
    let (Some(whole), Some(part)) = (&broad.locus, &narrow.locus) else { return false };
    if !whole.offenders.is_empty() && !part.offenders.is_empty() {
        return part.offenders.iter().all(|one| whole.offenders.iter().any(|other| other.contains(one)));
    }
    let is_absent = |observed: &Observed| observed.is_absent();
    is_absent(&broad.observed)
        || is_absent(&narrow.observed)
        || whole.span.contains(&part.span)
        || part.span.contains(&whole.span)
}

/// The entries of `covers` in a rule's page that name no rule, a more severe one, or one that covers the rule in turn.
pub fn wrong_covers(rules: &RuleSet, info: &RuleInfo) -> Vec<ContentError> {
    let wrong = |(at, id): (usize, &String)| {
        let why = match rules.info(id) {
            None => format!("`{id}` is no rule"),
            Some(narrow) if narrow.severity > info.severity => {
                format!("`{id}` is of severity {}, and what covers it of {}", narrow.severity, info.severity)
            }
            Some(_) if leads_to(rules, id, &info.id) => format!("`{id}` covers this rule in turn"),
            Some(_) => return None,
        };
        Some(KeyPath::of("covers").item(at).error(ContentProblem::BadCover { why }))
    };
    info.covers.iter().enumerate().filter_map(wrong).collect()
}

/// Whether one rule covers another, or is it, over any number of steps.
fn leads_to(rules: &RuleSet, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (Vec::new(), vec![from]);
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if !seen.contains(&id) {
            seen.push(id);
            open.extend(rules.info(id).iter().flat_map(|info| info.covers.iter().map(String::as_str)));
        }
    }
    false
}
