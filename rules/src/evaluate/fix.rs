//! What would make a rule pass: the deciding test's own change, with the page's values over it.

use std::sync::Arc;

use compline_iac::Resource;
use compline_iac::edit::{Change, Literal};
use compline_iac::view::provider_name;

use super::answer::{Cause, FixCandidate};
use super::evaluator::Evaluator;
use super::leaves::{container_of, steps};
use super::literal::{wanted_literal, written};
use super::path::{Container, Leaf, follow};
use crate::check::{Body, Check, Clause, Element, Operator, Path, Root, Scalar};
use crate::observed::Observed;
use crate::rule::{FixSpec, Rule, Safety};
use crate::table::Join;
use crate::verdict::Fix;

/// The fix of a failure, where its page offers one.
pub(super) fn fix(evaluator: &Evaluator<'_>, rule: &Rule, cause: &Cause) -> Option<Fix> {
    let spec = rule.fix.as_ref()?;
    if spec.safety == Safety::Display {
        return None;
    }
    let mut candidates = by_page(evaluator, rule, spec, cause);
    if candidates.is_empty() {
        candidates.clone_from(&cause.fixes);
    }
    if candidates.is_empty() {
        candidates.extend(companion(evaluator, rule, cause));
    }
    let drastic = cause.shared || candidates.iter().any(|candidate| candidate.drastic);
    let titles: Vec<&str> = candidates.iter().map(|candidate| candidate.title.as_str()).collect();
    let title = titles.join(", ");
    let safety = if drastic { Safety::Unsafe } else { spec.safety };
    // A rule that does not name the kind judges it through a view.
    let of_view = entry_of(evaluator, rule).is_none();
    let written = |change: Change| if of_view { in_names_of(evaluator.resource, change) } else { change };
    let changes: Vec<Change> = candidates.into_iter().map(|candidate| written(candidate.change)).collect();
    (!changes.is_empty()).then_some(Fix { title, safety, changes })
}

/// The entry of a check that names the resource's kind.
fn entry_of(evaluator: &Evaluator<'_>, rule: &Rule) -> Option<usize> {
    let Check::Kinds(entries) = &rule.check else { return None };
    entries.iter().position(|entry| entry.kinds.iter().any(|kind| kind == evaluator.kind))
}

/// The values the page's `fix.set` gives for the deciding path.
fn by_page(evaluator: &Evaluator<'_>, rule: &Rule, spec: &FixSpec, cause: &Cause) -> Vec<FixCandidate> {
    let entry = entry_of(evaluator, rule);
    let path = &cause.path.text;
    let value = match (spec.set.get(&**path), spec.value.as_slice()) {
        (Some(value), _) => value,
        (None, [one]) => one,
        (None, many) => match entry.and_then(|entry| many.get(entry)) {
            Some(value) => value,
            None => return beside(evaluator, spec),
        },
    };
    let is_absent = cause.observed.is_absent();
    if cause.path.keyed && is_absent {
        return Vec::new();
    }
    let literal = written(value);
    let change = match cause.fixes.first().map(|candidate| &candidate.change) {
        Some(Change::Insert { into, path, .. }) => {
            Change::Insert { into: *into, path: path.clone(), value: literal }
        }
        Some(Change::Replace { at, .. } | Change::Remove { at }) => {
            Change::Replace { at: *at, value: literal }
        }
        _ if is_absent => return set(evaluator, path, value).into_iter().collect(),
        _ => match cause.span {
            Some(at) => Change::Replace { at, value: literal },
            None => return Vec::new(),
        },
    };
    vec![FixCandidate { title: format!("set `{path}` to `{value}`"), change, drastic: false }]
}

/// `fix.set` names other paths of this resource than the deciding one: all of them are written. It lists the paths of
/// all kinds: those that some rule reads of this one are meant.
fn beside(evaluator: &Evaluator<'_>, spec: &FixSpec) -> Vec<FixCandidate> {
    let of_kind = spec.set.iter().filter(|(path, _)| is_read(evaluator, path));
    of_kind.filter_map(|(path, value)| set(evaluator, path, value)).collect()
}

/// Whether some rule's entry for this very kind names the path.
fn is_read(evaluator: &Evaluator<'_>, path: &str) -> bool {
    evaluator.context.rules.rules().any(|rule| match &rule.check {
        Check::Kinds(entries) => entries.iter().any(|entry| {
            entry.kinds.iter().any(|kind| kind == evaluator.kind)
                && entry.body.clauses.iter().any(|clause| names(clause, path))
        }),
        Check::Native { .. } => false,
    })
}

fn names(clause: &Clause, wanted: &str) -> bool {
    match clause {
        Clause::Test { path, .. } => *path.text == *wanted,
        Clause::AnyOf(bodies) => bodies.iter().flat_map(|body| &body.clauses).any(|one| names(one, wanted)),
        Clause::Not(body) => body.clauses.iter().any(|clause| names(clause, wanted)),
    }
}

/// Writes a value at a path of the resource, whether something stands there or not.
fn set(evaluator: &Evaluator<'_>, path: &str, value: &Scalar) -> Option<FixCandidate> {
    let resource = evaluator.resource;
    let top = container_of(resource);
    let leaves = follow(&resource.body, &steps(path), evaluator.path_context(), &top);
    let change = match leaves.items.into_iter().next()? {
        Leaf::Value(present) => Change::Replace { at: present.origin.span?, value: written(value) },
        Leaf::Absent(Container { empty: Some(at), .. }) => Change::Replace { at, value: written(value) },
        Leaf::Absent(container) => {
            Change::Insert { into: container.span?, path: container.missing, value: written(value) }
        }
    };
    Some(FixCandidate { title: format!("set `{path}` to `{value}`"), change, drastic: false })
}

/// The companion resource that is missing: kind and keys from the relation, values from the rule's body.
fn companion(evaluator: &Evaluator<'_>, rule: &Rule, cause: &Cause) -> Option<FixCandidate> {
    let name = cause.path.relation.as_deref()?;
    if !matches!(cause.observed, Observed::NoCompanion { .. }) && cause.observed != Observed::not_set() {
        return None;
    }
    let relation = evaluator.context.relation(evaluator.kind, name)?;
    let kind: Arc<str> = Arc::from(relation.kind.first().filter(|kind| *kind != "any")?.as_str());
    let Join::Keys(keys) = &relation.on else { return None };
    let owner = evaluator.resource;
    let mut body: Vec<(Arc<str>, Literal)> = Vec::new();
    for (there, here) in keys {
        let attribute: Arc<str> = Arc::from(here.first()?.as_str());
        let refer = Literal::Refer { address: Arc::clone(&owner.address), attribute };
        body.push((Arc::from(there.as_str()), refer));
    }
    let Check::Kinds(entries) = &rule.check else { return None };
    let entry = entries.iter().find(|entry| entry.kinds.iter().any(|kind| kind == evaluator.kind))?;
    wanted_of(&entry.body, name, &mut body);
    let title = format!("add a `{kind}` for `{}`", owner.address);
    let change = Change::AddResource { after: owner.span, kind, name: Arc::clone(&owner.name), body };
    Some(FixCandidate { title, change, drastic: true })
}

/// The values a rule wants of a companion, nested as its paths say.
fn wanted_of(body: &Body, relation: &str, out: &mut Vec<(Arc<str>, Literal)>) {
    for clause in &body.clauses {
        match clause {
            Clause::AnyOf(bodies) => bodies.iter().for_each(|body| wanted_of(body, relation, out)),
            Clause::Test { path: Path { root: Root::Relation(name), .. }, test } if **name == *relation => {
                let bodies = test.operators.iter().filter_map(|operator| match operator {
                    Operator::Any(Element::Body(body)) | Operator::All(Element::Body(body)) => Some(body),
                    _ => None,
                });
                for clause in bodies.flat_map(|body| &body.clauses) {
                    let Clause::Test { path, test } = clause else { continue };
                    if let Some(value) = test.operators.iter().find_map(wanted_literal) {
                        let names: Vec<&str> = path.steps.iter().map(|step| step.name.as_str()).collect();
                        insert(out, &names, value);
                    }
                }
            }
            _ => {}
        }
    }
}

fn insert(out: &mut Vec<(Arc<str>, Literal)>, path: &[&str], value: Literal) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        out.push((Arc::from(*first), value));
        return;
    }
    let at = out.iter().position(|(key, _)| **key == **first);
    match at.and_then(|at| out.get_mut(at)) {
        Some((_, Literal::Map(inner))) => insert(inner, rest, value),
        Some(_) => {}
        None => {
            let mut inner = Vec::new();
            insert(&mut inner, rest, value);
            out.push((Arc::from(*first), Literal::Map(inner)));
        }
    }
}

/// A change that was derived from an element of a view, in the names of the resource that it is written to: views have
/// Kubernetes' names, and Terraform's provider has its own.
fn in_names_of(resource: &Resource, change: Change) -> Change {
    let Change::Insert { into, path, value } = change else { return change };
    if !resource.kind.starts_with("kubernetes_") || &*resource.kind == "kubernetes_manifest" {
        return Change::Insert { into, path, value };
    }
    let path = path.iter().map(|name| provider_name(name).into()).collect();
    Change::Insert { into, path, value: literal_in_names(value) }
}

fn literal_in_names(value: Literal) -> Literal {
    let Literal::Map(entries) = value else { return value };
    let named = |(name, value): (Arc<str>, Literal)| (provider_name(&name).into(), literal_in_names(value));
    Literal::Map(entries.into_iter().map(named).collect())
}
