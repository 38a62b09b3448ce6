//! What was looked at, and what was not.

use std::collections::HashSet;
use std::sync::Arc;

use compline_iac::view::held_kind;
use compline_iac::{Gravity, Mode, Snapshot};
use compline_rules::check::{Body, Check, Clause, Element, Operator, Root, Test};
use compline_rules::{Outcome, RuleSet, Verdict};

use super::{Coverage, CoverageGap};

pub(super) fn coverage(snapshot: &Snapshot, verdicts: &[Verdict], rules: &RuleSet) -> Coverage {
    let mut coverage = Coverage { files: snapshot.documents().count(), ..Coverage::default() };
    let judged: HashSet<(&str, &str)> =
        verdicts.iter().map(|verdict| (&*verdict.root, &*verdict.address)).collect();
    // A view has no kinds of its own, so its owners are known by the verdicts they got.
    let mut covered: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.kind).collect();
    covered.extend(companions(rules));
    for inventory in &snapshot.inventories {
        for resource in inventory.resources.iter().filter(|resource| resource.mode == Mode::Managed) {
            coverage.resources += 1;
            coverage.judged += usize::from(judged.contains(&(&*inventory.root, &*resource.address)));
            // What a manifest holds is judged, and named, as what it is.
            let held = held_kind(resource);
            let kind = held.as_ref().unwrap_or(&resource.kind);
            let today = rules.tables().kinds.get(&**kind).map_or(&**kind, String::as_str);
            let is_judged = || judged.contains(&(&*inventory.root, &*resource.address));
            let is_covered = |kind: &str| rules.covers_kind(kind) || covered.contains(kind);
            if !(is_covered(kind) || is_covered(today) || held.is_some() && is_judged()) {
                *coverage.kinds_without_rules.entry(Arc::clone(kind)).or_default() += 1;
            }
        }
        coverage.gaps.extend(inventory.gaps.iter().map(|gap| CoverageGap {
            what: Arc::clone(&gap.what),
            why: Arc::clone(&gap.why.text),
            file: None,
            span: gap.span,
        }));
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

/// The kinds that rules read beside the resource they judge: a bucket's versioning, a group's rules.
fn companions(rules: &RuleSet) -> HashSet<&str> {
    let mut kinds = HashSet::new();
    for rule in rules.rules() {
        let Check::Kinds(entries) = &rule.check else { continue };
        for entry in entries {
            let mut names = HashSet::new();
            in_body(&entry.body, &mut names);
            for owner in &entry.kinds {
                let Some(relations) = rules.tables().relations.get(owner) else { continue };
                let used = relations.iter().filter(|(name, _)| names.contains(name.as_str()));
                kinds.extend(used.flat_map(|(_, relation)| relation.kind.iter().map(String::as_str)));
            }
        }
    }
    kinds
}

fn in_body<'a>(body: &'a Body, names: &mut HashSet<&'a str>) {
    for condition in &body.when {
        in_body(condition, names);
    }
    for clause in &body.clauses {
        match clause {
            Clause::Test { path, test } => {
                if let Root::Relation(name) = &path.root {
                    names.insert(&**name);
                }
                in_test(test, names);
            }
            Clause::AnyOf(bodies) => bodies.iter().for_each(|body| in_body(body, names)),
            Clause::Not(body) => in_body(body, names),
        }
    }
}

fn in_test<'a>(test: &'a Test, names: &mut HashSet<&'a str>) {
    for operator in &test.operators {
        match operator {
            Operator::Any(element) | Operator::All(element) | Operator::None(element) => match element {
                Element::Body(body) => in_body(body, names),
                Element::Test(test) => in_test(test, names),
            },
            _ => {}
        }
    }
}
