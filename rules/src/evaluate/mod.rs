//! Judges inventories: every rule that looks at a resource gives one verdict.
//!
//! The way from a page to a verdict: `evaluator` asks the clauses of a check, `leaves` finds where their paths lead,
//! `test` and `collection` apply operators, `answer` combines, `verdict` makes the verdict and `fix` what would mend it.
//!
//! INVARIANT: `Unknown` never becomes `Pass` or `Fail`; a resource to which nothing applies has no verdict.

pub(crate) mod answer;
mod collection;
mod compare;
mod context;
mod evaluator;
mod fix;
mod holed;
mod incremental;
mod known_kinds;
mod leaves;
mod literal;
mod lookup;
pub(crate) mod path;
mod relation;
mod test;
pub(crate) mod truth;
mod verdict;
mod view;
mod written;

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use compline_iac::view::{SourceTexts, Viewed, view_in};
use compline_iac::{Inventory, Mode};
use rayon::prelude::*;

use self::context::EvalContext;
use self::fix::Subject;
use self::incremental::Incremental;
use self::verdict::{verdict_with_others, worse};
use crate::check::Check;
use crate::rule::Rule;
use crate::set::{Part, RuleSet};
use crate::verdict::Verdict;

/// Judges one inventory. Verdicts come in the order of resources, then of rules.
pub fn judge(inventory: &Inventory, rules: &RuleSet, texts: &dyn SourceTexts) -> Vec<Arc<Verdict>> {
    judge_incremental(inventory, rules, texts, None)
}

/// As [`judge`], after an edit: where a resource is as it was, the verdicts of rules that look at nothing but the
/// resource itself still hold. `before` is an earlier inventory of the same root with its verdicts under the same
/// rules, before waivers.
pub fn judge_incremental(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    before: Option<(&Inventory, &[Arc<Verdict>])>,
) -> Vec<Arc<Verdict>> {
    let Some(known) = known_kinds::inventory(inventory, rules) else {
        return judge_whole(inventory, rules, texts, before);
    };
    let known_before = before.and_then(|(former, _)| known_kinds::inventory(former, rules));
    let before = before.map(|(former, verdicts)| (known_before.as_ref().unwrap_or(former), verdicts));
    let mut verdicts = judge_whole(&known, rules, texts, before);
    for verdict in &mut verdicts {
        let (judged, written) = (known.find(&verdict.address), inventory.find(&verdict.address));
        if let (Some(judged), Some(written)) = (judged, written)
            && judged.kind != written.kind
        {
            known_kinds::name_as_written(Arc::make_mut(verdict), written);
        }
    }
    verdicts
}

fn judge_whole(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    before: Option<(&Inventory, &[Arc<Verdict>])>,
) -> Vec<Arc<Verdict>> {
    let earlier = Incremental::of(inventory, rules, before);
    // What is asked of resources and what is asked of views share nothing but the inventory.
    let (mut verdicts, of_views) = rayon::join(
        || by_kind(inventory, rules, texts, &earlier),
        || by_view(inventory, rules, texts, &earlier),
    );
    verdicts.extend(of_views);
    verdicts.sort_by(|(a, left), (b, right)| a.cmp(b).then_with(|| left.rule.cmp(&right.rule)));
    // A rule with an entry for the kind and one for a view of it still gives one verdict: the worse.
    let mut out: Vec<Arc<Verdict>> = Vec::with_capacity(verdicts.len());
    for (_, verdict) in verdicts {
        match out.last_mut() {
            Some(last) if last.rule == verdict.rule && last.address == verdict.address => {
                *last = Arc::new(worse(last, &verdict));
            }
            _ => out.push(verdict),
        }
    }
    out
}

/// The verdicts of rules that name a resource's kind, with the resource's place. Many resources are shared out
/// among the processor's cores.
fn by_kind(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    earlier: &Incremental<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let count = inventory.resources.len();
    let share = count.div_ceil(rayon::current_num_threads()).max(SHARE);
    let shares: Vec<Range<usize>> =
        (0..count).step_by(share).map(|start| start..count.min(start + share)).collect();
    let judged = |range: Range<usize>| {
        let context = EvalContext::new(inventory, rules, texts);
        by_kind_among(range, &context, earlier)
    };
    shares.into_par_iter().flat_map_iter(judged).collect()
}

/// Resources under which sharing out costs more than it brings.
const SHARE: usize = 200;

fn by_kind_among(
    range: Range<usize>,
    context: &EvalContext<'_>,
    earlier: &Incremental<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let mut verdicts: Vec<(usize, Arc<Verdict>)> = Vec::new();
    let resources = context.inventory.resources.iter().enumerate();
    for (index, resource) in resources.take(range.end).skip(range.start) {
        if resource.mode == Mode::Data {
            continue;
        }
        let kind = context.current_kind(&resource.kind);
        let evaluator = context.evaluator(resource, kind);
        let unchanged = earlier.is_unchanged(index);
        for (rule, part) in context.rules.judging(kind) {
            if unchanged && (context.rules.is_local(&rule.info.id) || earlier.holds_for(rule, context.rules))
            {
                verdicts.extend(earlier.verdict(index, rule).map(|verdict| (index, Arc::clone(verdict))));
            } else if let Some(answer) = evaluator.resource(rule, part) {
                let subject = match part {
                    Part::Entry(entry) => Subject::Resource(entry),
                    Part::Native => Subject::Native,
                };
                let again = |variant: &Rule| evaluator.resource(variant, part);
                let judged = verdict_with_others(&evaluator, rule, answer, subject, again);
                verdicts.push((index, Arc::new(judged)));
            }
        }
    }
    verdicts
}

/// The verdicts of rules that speak of a view, with the owner's place.
fn by_view(
    inventory: &Inventory,
    rules: &RuleSet,
    texts: &dyn SourceTexts,
    earlier: &Incremental<'_>,
) -> Vec<(usize, Arc<Verdict>)> {
    let mut verdicts: Vec<(usize, Arc<Verdict>)> = Vec::new();
    let mut holding: HashSet<&str> = HashSet::new();
    let context = EvalContext::new(inventory, rules, texts);
    for name in compline_iac::view::VIEWS {
        let mut asking = rules.judging(name).peekable();
        if asking.peek().is_none() {
            continue;
        }
        // Policies may lie in documents that other resources only refer to: their view is always read anew.
        if *name != "statement" && *name != "grant" && earlier.view_holds(name) {
            holding.extend(asking.map(|(rule, _)| rule.info.id.as_str()));
            continue;
        }
        let viewed: Vec<Viewed> = view_in(name, inventory, texts).unwrap_or_default();
        for (rule, part) in asking {
            let (Check::Kinds(entries), Part::Entry(at)) = (&rule.check, part) else { continue };
            let Some(entry) = entries.get(at) else { continue };
            for owner in &viewed {
                let Some(resource) = inventory.resources.get(owner.resource) else { continue };
                let evaluator = context.evaluator(resource, &resource.kind);
                if let Some(answer) = evaluator.viewed(entry, name, owner) {
                    let again = |variant: &Rule| match &variant.check {
                        Check::Kinds(entries) => evaluator.viewed(entries.get(at)?, name, owner),
                        Check::Native { .. } => None,
                    };
                    let subject = Subject::View { entry: at, name, viewed: owner };
                    let judged = verdict_with_others(&evaluator, rule, answer, subject, again);
                    verdicts.push((owner.resource, Arc::new(judged)));
                }
            }
        }
    }
    verdicts.extend(earlier.verdicts(&holding));
    verdicts
}
