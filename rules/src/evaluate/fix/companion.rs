//! Resources that are missing beside theirs.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};

use super::literal;
use crate::check::{Body, Clause, Element, Entry, Operator, Path, Root};
use crate::evaluate::answer::FixCandidate;
use crate::evaluate::evaluator::Evaluator;
use crate::evaluate::literal::wanted_literal;
use crate::rule::FixSpec;
use crate::table::Join;

/// The companion resource that is missing: kind and keys from the relation, values from the rule's body and, under the
/// companion's kind, from the page.
pub(super) fn companion(
    evaluator: &Evaluator<'_>,
    spec: &FixSpec,
    entry: &Entry,
    name: &str,
) -> Option<FixCandidate> {
    let relation = evaluator.context.relation(evaluator.kind, name)?;
    let kind: Arc<str> = Arc::from(relation.kind.first().filter(|kind| *kind != "any")?.as_str());
    let Join::Keys(keys) = &relation.on else { return None };
    let owner = evaluator.resource;
    if !evaluator.context.companions(relation, owner).indices.is_empty() {
        return None;
    }
    let mut body: Vec<(Arc<str>, Literal)> = Vec::new();
    for (there, here) in keys {
        // CloudFormation's `Ref` names no attribute.
        let attribute: Arc<str> = Arc::from(here.first().map(|one| if one == "Ref" { "" } else { one })?);
        let refer = Literal::Refer { address: Arc::clone(&owner.address), attribute };
        insert(&mut body, &there.split('.').collect::<Vec<_>>(), refer);
    }
    if let Some(value) = spec.set.get(&*kind)
        && let Literal::Map(entries) = literal(evaluator, value)?
    {
        body.extend(entries);
    }
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
                        insert_new(out, &names, value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Inserts a value where the page's own is not there yet.
fn insert_new(out: &mut Vec<(Arc<str>, Literal)>, path: &[&str], value: Literal) {
    let Some((first, rest)) = path.split_first() else { return };
    match (out.iter().position(|(key, _)| **key == **first), rest) {
        (Some(_), []) => {}
        (Some(at), rest) => {
            if let Some((_, Literal::Map(inner))) = out.get_mut(at) {
                insert_new(inner, rest, value);
            }
        }
        (None, _) => insert(out, path, value),
    }
}

pub(super) fn insert(out: &mut Vec<(Arc<str>, Literal)>, path: &[&str], value: Literal) {
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
