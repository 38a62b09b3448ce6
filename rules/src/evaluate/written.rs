//! Names as the user wrote them: a view has names of its own for what formats write in many ways.

use std::sync::Arc;

use compline_iac::view::provider_name;
use compline_iac::{Data, Dialect, Resource, Span, Value};

use super::answer::Cause;
use super::evaluator::Evaluator;
use crate::check::Check;
use crate::rule::Rule;

/// The path that decided, in the names of the file, for a rule that judges through a view of network rules or pods:
/// `ingress.cidr_blocks` for `peers`, `security_context.privileged` for `securityContext.privileged`. None where the
/// names are the same.
pub(super) fn path(evaluator: &Evaluator<'_>, rule: &Rule, cause: &Cause) -> Option<Arc<str>> {
    let Check::Kinds(entries) = &rule.check else { return None };
    let is_through = |views: &[&str]| {
        let kinds = || entries.iter().flat_map(|entry| &entry.kinds);
        kinds().any(|kind| views.contains(&kind.as_str())) && kinds().all(|kind| kind != evaluator.kind)
    };
    let path = &cause.path.text;
    if path.is_empty() {
        return None;
    }
    if is_through(&["pod", "container"]) {
        let is_typed = evaluator.kind.starts_with("kubernetes_") && evaluator.kind != "kubernetes_manifest";
        return is_typed.then(|| path.split('.').map(provider_name).collect::<Vec<_>>().join(".").into());
    }
    if !is_through(&["network_rule"]) {
        return None;
    }
    // What is not there has the name that its format would give it.
    let missing = || {
        let is_one = evaluator.resource.dialect == Dialect::CloudFormation && &**path == "description";
        is_one.then(|| Arc::from("Description"))
    };
    cause.span.and_then(|at| written_at(evaluator, cause, at)).or_else(missing)
}

/// The names that lead to a place, in the resource itself or in a rule of the group that stands apart, though its value
/// may stand in a variable.
fn written_at(evaluator: &Evaluator<'_>, cause: &Cause, at: Span) -> Option<Arc<str>> {
    let concerns =
        |other: &&Resource| cause.offenders.iter().chain([&at]).any(|one| other.span.contains(one));
    let others = evaluator.context.inventory.resources.iter().map(Arc::as_ref);
    let mut names = Vec::new();
    std::iter::once(evaluator.resource)
        .chain(others.filter(concerns))
        .any(|resource| lead(&resource.body, at, &mut names))
        .then(|| names.join(".").into())
}

/// The keys that lead to what stands at a place; false where nothing does.
fn lead<'v>(value: &'v Value, at: Span, names: &mut Vec<&'v str>) -> bool {
    let stands_here = value.origin.span == Some(at);
    let within = match &value.data {
        Data::Map(map) => map.entries.iter().any(|(key, inner)| {
            names.push(key);
            let leads = lead(inner, at, names);
            if !leads {
                names.pop();
            }
            leads
        }),
        Data::List(list) => list.items.iter().any(|item| lead(item, at, names)),
        _ => false,
    };
    within || stands_here && !names.is_empty()
}
