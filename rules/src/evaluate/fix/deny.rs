//! What must not hold together: the page's values are written over it, or it goes.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::{Data, Value};

use super::mend::{Mended, Mender, removal, set_title};
use crate::check::{Body, Clause, Operator, Path, Test};
use crate::evaluate::answer::FixCandidate;
use crate::evaluate::collection::Question;
use crate::evaluate::evaluator::Scope;
use crate::evaluate::path::Leaf;
use crate::evaluate::test::TestInput;
use crate::evaluate::truth::Truth;

impl Mender<'_, '_> {
    /// What must not hold together: the page says what is written instead, or that what is there goes.
    pub(super) fn denied(&self, scope: &Scope<'_>, body: &Body) -> Mended {
        if self.view == Some("flags") {
            let mut out = Vec::new();
            for clause in &body.clauses {
                let Clause::Test { path, test } = clause else { return None };
                if self.evaluator.clause(scope, clause)?.truth == Truth::True {
                    let input = self.evaluator.test_input(path, test, scope);
                    out.push(self.flag_denied(scope, path, &input)?);
                }
            }
            return Some(out);
        }
        if let Some(out) = self.denied_by_page(scope, body).filter(|out| !out.is_empty()) {
            return Some(out);
        }
        if !self.spec.remove {
            return None;
        }
        let mut out = Vec::new();
        for (input, value) in self.holding(scope, body) {
            out.push(removal(&input, Change::Remove { at: value.origin.span? }));
        }
        (!out.is_empty()).then_some(out)
    }

    pub(super) fn denied_by_page(&self, scope: &Scope<'_>, body: &Body) -> Mended {
        let mut out = Vec::new();
        self.denied_in(scope, body, &mut out)?;
        Some(out)
    }

    fn denied_in(&self, scope: &Scope<'_>, body: &Body, out: &mut Vec<FixCandidate>) -> Option<()> {
        for clause in &body.clauses {
            match clause {
                Clause::Test { path, test } => {
                    let input = self.evaluator.test_input(path, test, scope);
                    let page = self.page_value(&input.path, path);
                    let Some(page) = page.filter(|page| page.above == 0) else { continue };
                    if self.evaluator.clause(scope, clause)?.truth != Truth::True {
                        continue;
                    }
                    self.overwrite(test, &input, path, scope, &page.value, out)?;
                }
                Clause::AnyOf(bodies) => {
                    for body in bodies {
                        if self.evaluator.body(scope, body).is_some_and(|answer| answer.truth == Truth::True)
                        {
                            self.denied_in(scope, body, out)?;
                        }
                    }
                }
                Clause::Not(_) => {}
            }
        }
        Some(())
    }

    /// Writes the page's value over what makes a test hold; of a list only over those elements that do, once.
    fn overwrite(
        &self,
        test: &Test,
        input: &TestInput<'_>,
        path: &Path,
        scope: &Scope<'_>,
        wanted: &Literal,
        out: &mut Vec<FixCandidate>,
    ) -> Option<()> {
        let title = set_title(&input.path.text, wanted);
        let write = |at, drastic| FixCandidate {
            title: title.clone(),
            change: Change::Replace { at, value: wanted.clone() },
            drastic,
        };
        for leaf in &input.leaves.items {
            let value = match leaf {
                Leaf::Value(value) => value,
                Leaf::Absent(container) => {
                    out.push(self.insert(container, input, path, wanted.clone())?);
                    continue;
                }
            };
            let list = match &value.data {
                Data::List(list) if !matches!(wanted, Literal::List(_)) => list,
                _ => {
                    out.push(write(value.origin.span?, value.origin.via.is_some()));
                    continue;
                }
            };
            let mut first = true;
            for item in &list.items {
                let holds = test.operators.iter().any(|operator| match operator {
                    Operator::Any(element) => {
                        let question = Question { operator, list, span: value.origin.span, input, scope };
                        let answer = self.evaluator.element(element, item, &question);
                        answer.is_some_and(|answer| answer.truth == Truth::True)
                    }
                    _ => self.evaluator.holds(operator, item) == Truth::True,
                });
                if !holds {
                    continue;
                }
                let at = item.origin.span?;
                if first {
                    out.push(write(at, value.origin.via.is_some()));
                } else {
                    out.push(removal(&input.path.text, Change::RemoveElement { at }));
                }
                first = false;
            }
        }
        Some(())
    }

    /// The values by which the tests of a body hold, with the names of their paths.
    fn holding(&self, scope: &Scope<'_>, body: &Body) -> Vec<(Arc<str>, Value)> {
        let mut out = Vec::new();
        for clause in &body.clauses {
            match clause {
                Clause::Test { path, test } => {
                    if self.evaluator.clause(scope, clause).is_none_or(|answer| answer.truth != Truth::True) {
                        continue;
                    }
                    let input = self.evaluator.test_input(path, test, scope);
                    for leaf in input.leaves.items {
                        if let Leaf::Value(value) = leaf {
                            out.push((Arc::clone(&input.path.text), value));
                        }
                    }
                }
                Clause::AnyOf(bodies) => out.extend(bodies.iter().flat_map(|body| self.holding(scope, body))),
                Clause::Not(_) => {}
            }
        }
        out
    }
}
