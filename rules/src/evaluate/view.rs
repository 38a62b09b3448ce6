//! What rules that speak of a view say of the owners of its elements.

use std::sync::Arc;

use compline_iac::view::Viewed;
use compline_iac::{Data, Map, Span, Value, Why};

use super::answer::{Answer, Cause, all};
use super::collection::agreed;
use super::evaluator::{Evaluator, Scope};
use super::leaves::container_of;
use super::path::{Container, PathName};
use super::truth::Truth;
use crate::check::{Body, Clause, Entry};
use crate::observed::Observed;

/// What is said of an element, whichever branch of a choice is taken. A branch is a list of elements, all of which must
/// hold; one without any holds.
fn of_branches(item: &Value, of_one: &impl Fn(&Value) -> Option<Answer>) -> Option<Answer> {
    match &item.data {
        Data::Choice(branches) => {
            let answers: Vec<Option<Answer>> =
                branches.iter().map(|branch| of_branches(branch, of_one)).collect();
            answers.iter().any(Option::is_some).then(|| {
                let each = |answer: Option<Answer>| answer.unwrap_or(Answer::bare(Truth::True));
                agreed(answers.into_iter().map(each).collect(), item)
            })
        }
        Data::List(list) => {
            let open = list.open.as_ref().map(|why| {
                let (why, observed) = (Some(Arc::clone(why)), Observed::Unknown);
                Answer::new(
                    Truth::Unknown,
                    Cause { why, observed, span: item.origin.span, ..Cause::default() },
                )
            });
            all(list.items.iter().filter_map(|item| of_branches(item, of_one)).chain(open), true)
        }
        _ => of_one(item),
    }
}

/// What the elements that a rule is content with have where it looked, as one answer.
fn passes(answers: &[Answer]) -> Option<Answer> {
    let causes: Vec<&Cause> = answers.iter().filter_map(|answer| answer.cause.as_deref()).collect();
    let first = causes.first().filter(|cause| !cause.path.text.is_empty() && cause.span.is_some())?;
    // Where they were looked at in several ways, the first stands for all.
    let alike: Vec<Observed> = causes
        .iter()
        .filter(|cause| cause.path.text == first.path.text)
        .map(|cause| cause.observed.clone())
        .collect();
    let cause = Cause {
        path: first.path.clone(),
        observed: Observed::together(&alike),
        expected: first.expected.clone(),
        span: first.span,
        // Where it was read, for its name.
        offenders: first.offenders.clone(),
        ..Cause::default()
    };
    Some(Answer::new(Truth::True, cause))
}

impl Evaluator<'_> {
    /// What an entry of a check says of the resource as the owner of a view's elements: one answer for all of them.
    /// None where the entry does not speak of such an owner.
    pub(super) fn viewed(&self, entry: &Entry, view: &'static str, viewed: &Viewed) -> Option<Answer> {
        if !self.concerns_owner(&entry.body, viewed.owner) {
            return None;
        }
        let (top, path) = (container_of(self.resource), PathName::default());
        let items = &viewed.elements.items;
        let of_one = |item: &Value| {
            let scope = Scope::Element { item, owner: self.resource, path: &path, top: &top };
            let mut answer = self.body(&scope, &entry.body)?;
            if let Some(cause) = &mut answer.cause {
                cause.offenders.extend(item.origin.span);
            }
            Some(answer)
        };
        let mut answers: Vec<Answer> = items.iter().filter_map(|item| of_branches(item, &of_one)).collect();
        let concerned = answers.len();
        let of_all = |truth: Truth, why: Option<Arc<Why>>| {
            let cause = Cause {
                observed: Observed::Elements { view, concerned, all: items.len() },
                expected: entry.expected.clone(),
                span: Some(self.resource.header),
                why,
                ..Cause::default()
            };
            Answer::new(truth, cause)
        };
        if let Some(why) = &viewed.elements.open {
            answers.push(of_all(Truth::Unknown, Some(Arc::clone(why))));
        }
        let passing = passes(&answers);
        let failing = answers.iter().filter(|answer| answer.truth == Truth::False);
        let offenders: Vec<Span> =
            failing.filter_map(|answer| answer.cause.as_ref()?.offenders.first().copied()).collect();
        match all(answers.into_iter(), true) {
            Some(mut answer) if answer.truth != Truth::True => {
                if let Some(cause) = &mut answer.cause {
                    cause.offenders = offenders;
                }
                Some(answer)
            }
            // A group of rules none of which opens a port has been looked at; a policy or a grant that the rule
            // does not speak of is nothing it could vouch for.
            None if matches!(view, "statement" | "grant") => None,
            // A pod without the program that the rule is about has nothing to do with it.
            None if view == "flags"
                && !items.iter().any(|item| {
                    let scope = Scope::Element { item, owner: self.resource, path: &path, top: &top };
                    self.conditions_hold(&entry.body, "program", &scope)
                }) =>
            {
                None
            }
            _ => Some(passing.unwrap_or_else(|| of_all(Truth::True, None))),
        }
    }

    /// Whether a body speaks of this sort of owner at all: its conditions on `owner`, asked alone.
    fn concerns_owner(&self, body: &Body, owner: &str) -> bool {
        let mut element = Map::default();
        element.entries.insert("owner".into(), Value::text(owner, Default::default()));
        let item = Value::new(Data::Map(Arc::new(element)), Default::default());
        let (top, path) = (Container::default(), PathName::default());
        let scope = Scope::Element { item: &item, owner: self.resource, path: &path, top: &top };
        self.conditions_hold(body, "owner", &scope)
    }

    /// Whether the conditions of a body on one field hold, asked alone. Where every part has conditions of its own,
    /// those of one part must.
    fn conditions_hold(&self, body: &Body, field: &str, scope: &Scope<'_>) -> bool {
        let mut conditions = body.when.iter().flat_map(|when| &when.clauses);
        let hold = conditions.all(|clause| match clause {
            Clause::Test { path, test } if path.steps.first().is_some_and(|step| step.name == field) => {
                self.test(&self.test_input(path, test, scope), scope).truth == Truth::True
            }
            _ => true,
        });
        let parts = body.clauses.iter().map(|clause| match clause {
            Clause::AnyOf(bodies) if !bodies.is_empty() => {
                bodies.iter().any(|body| self.conditions_hold(body, field, scope))
            }
            _ => true,
        });
        hold && (body.clauses.is_empty() || parts.fold(false, |any, holds| any | holds))
    }
}
