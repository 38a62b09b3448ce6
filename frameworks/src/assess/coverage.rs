//! What was looked at, and what was not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_iac::view::held_kind;
use compline_iac::{Gravity, Mode, Snapshot};
use compline_rules::{Outcome, Rule, RuleSet, Verdict};

use super::{Coverage, CoverageGap, Unjudged, UnjudgedResource, settings};

pub(super) fn coverage(snapshot: &Snapshot, verdicts: &[Verdict], rules: &RuleSet) -> Coverage {
    let mut coverage = Coverage { files: snapshot.documents().count(), ..Coverage::default() };
    let judged: HashSet<(&str, &str)> =
        verdicts.iter().map(|verdict| (&*verdict.root, &*verdict.address)).collect();
    // A view has no kinds of its own, so its owners are known by the verdicts they got.
    let mut covered: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.kind).collect();
    let mut looking: HashMap<Arc<str>, Vec<&Arc<Rule>>> = HashMap::new();
    let beside = rules.read_beside();
    covered.extend(&beside);
    for inventory in &snapshot.inventories {
        for resource in inventory.resources.iter().filter(|resource| resource.mode == Mode::Managed) {
            coverage.resources += 1;
            let is_judged = judged.contains(&(&*inventory.root, &*resource.address));
            coverage.judged += usize::from(is_judged);
            // What a manifest holds is judged, and named, as what it is.
            let held = held_kind(resource);
            let kind = held.as_ref().unwrap_or(&resource.kind);
            let today = rules.tables().kinds.get(&**kind).map_or(&**kind, String::as_str);
            let looking = looking.entry(Arc::clone(kind)).or_insert_with(|| rules.looking_at(today));
            let of_kind = coverage.kinds.entry(Arc::clone(kind)).or_default();
            of_kind.declared += 1;
            of_kind.judged += usize::from(is_judged);
            of_kind.rules = looking.len();
            of_kind.through_views = looking.iter().filter(|rule| !settings::names(rule, today)).count();
            of_kind.beside = beside.contains(&**kind) || beside.contains(today);
            let is_covered = |kind: &str| rules.covers_kind(kind) || covered.contains(kind);
            let has_rule = is_covered(kind) || is_covered(today) || held.is_some() && is_judged;
            if !has_rule {
                *coverage.kinds_without_rules.entry(Arc::clone(kind)).or_default() += 1;
            }
            if !is_judged {
                let is_beside = of_kind.beside;
                let why = match has_rule {
                    _ if inventory.actual => Unjudged::NotAsked,
                    false => Unjudged::NoRule,
                    true if is_beside || looking.is_empty() => Unjudged::Beside,
                    true => Unjudged::NoneApplies,
                };
                coverage.unjudged.push(UnjudgedResource {
                    address: Arc::clone(&resource.address),
                    kind: Arc::clone(kind),
                    root: Arc::clone(&inventory.root),
                    span: resource.header,
                    why,
                });
            }
        }
        coverage.gaps.extend(inventory.gaps.iter().map(|gap| CoverageGap {
            what: Arc::clone(&gap.what),
            why: Arc::clone(&gap.why.text),
            file: None,
            span: gap.span,
        }));
    }
    for (kind, settings) in settings::of(snapshot, rules, &looking) {
        if let Some(of_kind) = coverage.kinds.get_mut(kind) {
            of_kind.settings = Some(settings);
        }
    }
    let spoke: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.rule).collect();
    for rule in spoke {
        let provider = rule.split(['-', '/']).next().unwrap_or(rule);
        *coverage.rules.entry(Arc::from(provider)).or_default() += 1;
    }
    let unread = snapshot.unread.iter().filter(|file| file.is_gap());
    let unread = unread.map(|file| CoverageGap {
        what: Arc::clone(&file.path),
        why: Arc::from(file.why()),
        file: Some(Arc::clone(&file.path)),
        span: None,
    });
    coverage.gaps.extend(unread);
    let laid = snapshot.inventories.iter().filter_map(|one| Some((Arc::clone(&one.root), one.plan.clone()?)));
    coverage.plans = laid.collect();
    for verdict in verdicts {
        if let Outcome::Unknown(why) = &verdict.outcome {
            *coverage.unknown_reasons.entry((why.kind, Arc::clone(&why.text))).or_default() += 1;
        }
    }
    let losses = snapshot.problems.iter().filter(|problem| problem.gravity == Gravity::Loss);
    coverage.unread = losses.map(|problem| (Arc::clone(&problem.path), problem.message.clone())).collect();
    coverage
}
