//! What was looked at, and what was not.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_iac::view::held_kind;
use compline_iac::{Gravity, Mode, Snapshot};
use compline_rules::check::{Body, Check, Clause, Element, Operator, Root, Test};
use compline_rules::{Outcome, Rule, RuleSet, Verdict};

use super::{Coverage, CoverageGap, Unjudged, UnjudgedResource, settings};

pub(super) fn coverage(snapshot: &Snapshot, verdicts: &[Verdict], rules: &RuleSet) -> Coverage {
    let mut coverage = Coverage { files: snapshot.documents().count(), ..Coverage::default() };
    let judged: HashSet<(&str, &str)> =
        verdicts.iter().map(|verdict| (&*verdict.root, &*verdict.address)).collect();
    // A view has no kinds of its own, so its owners are known by the verdicts they got.
    let mut covered: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.kind).collect();
    let mut looking: HashMap<Arc<str>, Vec<&Arc<Rule>>> = HashMap::new();
    let beside = companions(rules);
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
            let is_covered = |kind: &str| rules.covers_kind(kind) || covered.contains(kind);
            let has_rule = is_covered(kind) || is_covered(today) || held.is_some() && is_judged;
            if !has_rule {
                *coverage.kinds_without_rules.entry(Arc::clone(kind)).or_default() += 1;
            }
            if !is_judged {
                let is_beside = beside.contains(&**kind) || beside.contains(today);
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
