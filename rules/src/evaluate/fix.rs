//! What would make a rule pass: every failing setting's own change, with the page's values over it.
//!
//! `mend` goes through the check once more and gathers a change for each setting that fails; where it finds none, the
//! deciding test alone says one.

mod companion;
mod deny;
mod flags;
mod lists;
mod mend;

use std::sync::Arc;

use compline_iac::edit::{Change, Choice, Literal};
use compline_iac::view::{Viewed, provider_name};
use compline_iac::{Dialect, Resource};

use self::companion::companion;
use self::mend::Mender;
use super::answer::{Cause, FixCandidate};
use super::evaluator::Evaluator;
use super::leaves::{container_of, steps};
use super::literal::written;
use super::path::{Container, Leaf, follow};
use crate::check::{Check, Entry};
use crate::rule::{FixSpec, FixValue, Rule, Safety};
use crate::verdict::Fix;

/// What an answer was about.
#[derive(Clone, Copy)]
pub(super) enum Subject<'s> {
    /// A resource, judged by code.
    Native,
    /// A resource, judged by this entry of the check.
    Resource(usize),
    /// The owner of a view's elements, judged by this entry.
    View { entry: usize, name: &'static str, viewed: &'s Viewed },
}

/// The fix of a failure, where its page offers one.
pub(super) fn fix(
    evaluator: &Evaluator<'_>,
    rule: &Rule,
    cause: &Cause,
    subject: Subject<'_>,
) -> Option<Fix> {
    let spec = rule.fix.as_ref()?;
    if spec.safety == Safety::Display {
        return None;
    }
    let entry = |at: usize| match &rule.check {
        Check::Kinds(entries) => entries.get(at),
        Check::Native { .. } => None,
    };
    let mended = match subject {
        Subject::Native => None,
        Subject::Resource(at) => {
            entry(at).and_then(|entry| Mender { evaluator, spec, entry: at, view: None }.resource(entry))
        }
        Subject::View { entry: at, name, viewed } => entry(at)
            .and_then(|entry| Mender { evaluator, spec, entry: at, view: Some(name) }.view(entry, viewed)),
    };
    let mut candidates = mended.unwrap_or_default();
    if candidates.is_empty() {
        candidates = by_page(evaluator, spec, cause, subject);
    }
    if candidates.is_empty() {
        candidates.clone_from(&cause.fixes);
    }
    if candidates.is_empty()
        && let Subject::Resource(at) = subject
        && let Some(name) = cause.path.relation.as_deref()
    {
        candidates.extend(entry(at).and_then(|entry| companion(evaluator, spec, entry, name)));
    }
    let drastic = cause.shared || candidates.iter().any(|candidate| candidate.drastic);
    let mut titles: Vec<&str> = candidates.iter().map(|candidate| candidate.title.as_str()).collect();
    titles.dedup();
    let title = titles.join(", ");
    let mut changes: Vec<Change> = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let change = match subject {
            Subject::View { name, .. } => in_names_of(evaluator.resource, name, candidate.change),
            _ => candidate.change,
        };
        if !changes.contains(&change) {
            changes.push(change);
        }
    }
    let mut choices: Vec<Choice> = Vec::new();
    for change in &changes {
        change.choices(&mut choices);
    }
    // What somebody has to choose cannot be written unasked.
    let is_asked = drastic || !choices.is_empty();
    let safety = if is_asked { Safety::Unsafe } else { spec.safety };
    (!changes.is_empty()).then_some(Fix { title, safety, changes, choices })
}

/// A page's value as it is written; none where it leaves something to be chosen that the table does not know.
fn literal(evaluator: &Evaluator<'_>, value: &FixValue) -> Option<Literal> {
    Some(match value {
        FixValue::Scalar(scalar) => written(scalar),
        FixValue::List(items) => {
            Literal::List(items.iter().map(|item| literal(evaluator, item)).collect::<Option<_>>()?)
        }
        FixValue::Map(entries) => {
            let entries = entries.iter();
            let typed = is_typed(evaluator.resource);
            let name = |key: &str| if typed { provider_name(key).into() } else { key.into() };
            let entries = entries.map(|(key, value)| Some((name(key), literal(evaluator, value)?)));
            Literal::Map(entries.collect::<Option<_>>()?)
        }
        FixValue::Choice(name) => {
            let text = evaluator.context.rules.tables().choices.get(name)?;
            let (name, title, example) = (name.as_str(), text.title.as_str(), text.example.as_str());
            Literal::Choice(Choice { name: name.into(), title: title.into(), example: example.into() })
        }
    })
}

/// The values that the page's `fix.set` gives for paths of this resource, where none of them is a path that is tested.
fn by_page(
    evaluator: &Evaluator<'_>,
    spec: &FixSpec,
    cause: &Cause,
    subject: Subject<'_>,
) -> Vec<FixCandidate> {
    let Subject::Resource(_) = subject else { return Vec::new() };
    if spec.set.contains_key(&*cause.path.text) || cause.path.relation.is_some() {
        return Vec::new();
    }
    let of_kind = spec.set.iter().filter(|(path, _)| is_read(evaluator, path));
    of_kind.filter_map(|(path, value)| set(evaluator, path, literal(evaluator, value)?)).collect()
}

/// Whether some rule's entry for this very kind names the path.
fn is_read(evaluator: &Evaluator<'_>, path: &str) -> bool {
    evaluator.context.rules.rules().any(|rule| match &rule.check {
        Check::Kinds(entries) => {
            let of_kind = |entry: &&Entry| entry.kinds.iter().any(|kind| kind == evaluator.kind);
            entries.iter().filter(of_kind).any(|entry| mend::names(&entry.body, path))
        }
        Check::Native { .. } => false,
    })
}

/// Writes a value at a path of the resource, whether something stands there or not.
fn set(evaluator: &Evaluator<'_>, path: &str, value: Literal) -> Option<FixCandidate> {
    let resource = evaluator.resource;
    let top = container_of(resource);
    let leaves = follow(&resource.body, &steps(path), evaluator.path_context(), &top);
    let title = mend::set_title(path, &value);
    let change = match leaves.items.into_iter().next()? {
        Leaf::Value(old) => Change::Replace { at: old.origin.span?, value },
        Leaf::Absent(Container { empty: Some(at), .. }) => Change::Replace { at, value },
        Leaf::Absent(container) => Change::Insert { into: container.span?, path: container.missing, value },
    };
    Some(FixCandidate { title, change, drastic: false })
}

/// Whether it is an object of Kubernetes under the names of Terraform's provider.
fn is_typed(resource: &Resource) -> bool {
    resource.kind.starts_with("kubernetes_") && &*resource.kind != "kubernetes_manifest"
}

/// A change that was derived from an element of a view, in the names of the resource that it is written to: views have
/// names of their own, which are those of Kubernetes for pods, and Terraform's provider has others.
fn in_names_of(resource: &Resource, view: &str, change: Change) -> Change {
    let typed = is_typed(resource);
    let name: &dyn Fn(&str) -> Arc<str> = match (view, resource.dialect) {
        ("pod" | "container", _) if typed => &|name| provider_name(name).into(),
        ("network_rule", Dialect::CloudFormation) => &|name| {
            let mut letters = name.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>().into()
        },
        ("network_rule", Dialect::Arm) => &|name| format!("properties.{name}").into(),
        _ => return change,
    };
    let renamed = |path: Vec<Arc<str>>| -> Vec<Arc<str>> {
        path.iter().flat_map(|step| name(step).split('.').map(Arc::from).collect::<Vec<Arc<str>>>()).collect()
    };
    let in_names = |value: Literal| match value {
        Literal::Map(entries) => {
            Literal::Map(entries.into_iter().map(|(key, value)| (name(&key), value)).collect())
        }
        other => other,
    };
    match change.map(&in_names) {
        Change::Insert { into, path, value } => Change::Insert { into, path: renamed(path), value },
        Change::Add { into, path, values } => Change::Add { into, path: renamed(path), values },
        other => other,
    }
}
