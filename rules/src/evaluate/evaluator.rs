//! One resource before the rules of its kind: which clauses of a check hold.

use std::cell::Cell;

use compline_iac::{Dialect, Resource, Value};

use super::answer::{Answer, all, any};
use super::context::EvalContext;
use super::path::{Container, PathName};
use super::truth::Truth;
use crate::check::{Body, Check, Clause, Entry, Expected, Test};
use crate::native;
use crate::observed::Observed;
use crate::rule::Rule;
use crate::set::Part;

/// A resource and what it takes to judge it.
pub(crate) struct Evaluator<'a> {
    pub(super) context: &'a EvalContext<'a>,
    pub(super) resource: &'a Resource,
    /// Today's name of its kind.
    pub(super) kind: &'a str,
    /// Enum values ignore case.
    pub(super) fold_case: bool,
    /// A condition is being asked: nobody reads what it observed, unless it is undecided.
    in_condition: Cell<bool>,
}

/// What a path starts from.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s> {
    Resource(&'s Resource),
    Element { item: &'s Value, owner: &'s Resource, path: &'s PathName, top: &'s Container },
}

impl<'s> Scope<'s> {
    pub fn owner(&self) -> &'s Resource {
        match self {
            Scope::Resource(resource) => resource,
            Scope::Element { owner, .. } => owner,
        }
    }
}

impl<'a> Evaluator<'a> {
    pub(super) fn new(context: &'a EvalContext<'a>, resource: &'a Resource, kind: &'a str) -> Self {
        let fold_case = resource.dialect == Dialect::Arm || kind.starts_with("azurerm_");
        Self { context, resource, kind, fold_case, in_condition: Cell::new(false) }
    }

    /// What a part of a rule says of the resource; none where it does not apply.
    pub(super) fn resource(&self, rule: &Rule, part: Part) -> Option<Answer> {
        match (&rule.check, part) {
            (Check::Native { name, at, .. }, _) => native::judge(name, self.resource, at, self.context.texts),
            (Check::Kinds(_), Part::Native) => None,
            (Check::Kinds(entries), Part::Entry(entry)) => {
                let body = &entries.get(entry)?.body;
                if self.is_judged_through_owner(entries) {
                    return None;
                }
                self.body(&Scope::Resource(self.resource), body)
            }
        }
    }

    /// A companion that joined is judged through its owner, alone only when none joined.
    fn is_judged_through_owner(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| {
            entry.body.relations().into_iter().any(|name| {
                entry.kinds.iter().any(|owner| {
                    self.context.relation(owner, name).is_some_and(|relation| {
                        relation.kind.iter().any(|kind| kind == self.kind)
                            && self.context.has_owner(relation, owner, self.resource)
                    })
                })
            })
        })
    }

    /// What a body says; none where a `when` is false.
    pub(super) fn body(&self, scope: &Scope<'_>, body: &Body) -> Option<Answer> {
        let mut undecided: Option<Answer> = None;
        for condition in &body.when {
            let outer = self.in_condition.replace(true);
            let answer = self.body(scope, condition);
            self.in_condition.set(outer);
            if let Some(answer) = answer {
                match answer.truth {
                    Truth::False => return None,
                    Truth::Unknown => undecided = undecided.or(Some(answer)),
                    Truth::True => {}
                }
            }
        }
        let answers = body.clauses.iter().filter_map(|clause| self.clause(scope, clause));
        let answer = all(answers, self.is_brief())
            .or_else(|| body.clauses.is_empty().then_some(Answer::bare(Truth::True)))?;
        match undecided {
            Some(undecided) if answer.truth != Truth::True => Some(undecided),
            _ => Some(answer),
        }
    }

    pub(super) fn clause(&self, scope: &Scope<'_>, clause: &Clause) -> Option<Answer> {
        match clause {
            Clause::Test { path, test } => Some(self.test(&self.test_input(path, test, scope), scope)),
            Clause::AnyOf(bodies) => any(bodies.iter().filter_map(|body| self.body(scope, body))),
            Clause::Not(body) => self.body(scope, body).map(Answer::not),
        }
    }

    /// What was observed; nothing while a condition is asked and decided, for nobody reads that.
    pub(super) fn observed(&self, truth: Truth, observe: impl FnOnce() -> Observed) -> Observed {
        if self.is_unread(truth) { Observed::Nothing } else { observe() }
    }

    /// What a test asks for, where somebody reads it.
    pub(super) fn expected(&self, truth: Truth, test: &Test) -> Expected {
        if self.is_unread(truth) { Expected::default() } else { test.expected.clone() }
    }

    /// Whether the first requirement that fails is enough to know.
    pub(super) fn is_brief(&self) -> bool {
        self.in_condition.get()
    }

    fn is_unread(&self, truth: Truth) -> bool {
        self.in_condition.get() && truth != Truth::Unknown
    }

    pub(super) fn with_regex(&self, pattern: &str, test: impl FnOnce(&regex::Regex) -> Truth) -> Truth {
        self.context.rules.regex(pattern).map_or(Truth::Unknown, |regex| test(&regex))
    }
}
