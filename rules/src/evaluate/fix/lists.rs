//! Lists that lack something, or hold what they must not.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::{Data, Span, Value};

use super::literal;
use super::mend::{EMPTY, Mended, Mender, only_map, removal, set_title, value_is_shared};
use crate::check::{Clause, Element, Entry, Operator, Path, Root};
use crate::evaluate::answer::{FixCandidate, weight};
use crate::evaluate::collection::{Question, asks_entries, gather};
use crate::evaluate::evaluator::Scope;
use crate::evaluate::leaves::container_of;
use crate::evaluate::literal::wanted_literal;
use crate::evaluate::path::{Container, Leaf};
use crate::evaluate::test::{TestInput, is_collection};
use crate::evaluate::truth::Truth;

impl Mender<'_, '_> {
    pub(super) fn collection(
        &self,
        operator: &Operator,
        input: &TestInput<'_>,
        path: &Path,
        scope: &Scope<'_>,
        page: Option<&Literal>,
        entry: &Entry,
    ) -> Mended {
        let answer = self.evaluator.collection(operator, input, scope);
        if answer.truth != Truth::False {
            return Some(Vec::new());
        }
        let gathered = gather(&input.leaves, operator, self.evaluator.context.texts);
        if gathered.choice.is_some() || gathered.list.open.is_some() {
            return None;
        }
        let question = Question { operator, list: &gathered.list, span: gathered.span, input, scope };
        let name = &input.path.text;
        match operator {
            Operator::Contains(_) => match page {
                Some(_) => self.fill(scope, input, path, page?.clone()),
                None => answer.cause.map(|cause| cause.fixes).filter(|fixes| !fixes.is_empty()),
            },
            Operator::Count { at_most: Some(0), .. } => {
                let values = input.leaves.items.iter().filter_map(|leaf| match leaf {
                    Leaf::Value(value) => Some(value),
                    Leaf::Absent(_) => None,
                });
                let taken = values.flat_map(|value| match &value.data {
                    // Blocks of one name have no common place.
                    Data::List(list) if list.items.iter().all(|item| item.as_map().is_some()) => {
                        list.items.iter().map(|item| item.origin.span).collect()
                    }
                    _ => vec![value.origin.span],
                });
                taken.map(|at| Some(removal(name, Change::Remove { at: at? }))).collect()
            }
            Operator::Count { at_most: None, .. } => self.fill(scope, input, path, page?.clone()),
            Operator::Count { .. } => None,
            Operator::None(element) => self.refused(&question, element, page),
            Operator::All(element) => {
                let mut out = Vec::new();
                for item in &question.list.items {
                    let answer = self.evaluator.element(element, item, &question);
                    if answer.is_none_or(|answer| answer.truth != Truth::False) {
                        continue;
                    }
                    out.extend(match self.element(element, item, &question, page, entry) {
                        None if self.spec.remove => {
                            vec![removal(name, Change::RemoveElement { at: item.origin.span? })]
                        }
                        mended => mended?,
                    });
                }
                Some(out)
            }
            Operator::Any(element) => self.some(&question, element, path, page, entry),
            _ => None,
        }
    }

    /// Puts a value, or several, where a list is wanted.
    fn fill(&self, scope: &Scope<'_>, input: &TestInput<'_>, path: &Path, value: Literal) -> Mended {
        let values = match value {
            Literal::List(items) => items,
            one => vec![one],
        };
        let title = set_title(&input.path.text, &Literal::List(values.clone()));
        for leaf in &input.leaves.items {
            if let Leaf::Value(value) = leaf {
                let change = match self.owner_of_list(scope, path, value) {
                    Some((into, name)) => Change::Add { into, path: vec![name], values },
                    None => Change::Append { to: value.origin.span?, values },
                };
                return Some(vec![FixCandidate { title, change, drastic: false }]);
            }
        }
        let container = input.leaves.items.iter().find_map(|leaf| match leaf {
            Leaf::Absent(container) => Some(container),
            Leaf::Value(_) => None,
        });
        self.insert(container.unwrap_or(&input.top), input, path, Literal::List(values))
            .map(|one| vec![FixCandidate { title, ..one }])
    }

    /// The block or object that a list is written in, and its name there: blocks of one name have no common place. None
    /// where the list came through a variable.
    fn owner_of_list(&self, scope: &Scope<'_>, path: &Path, list: &Value) -> Option<(Span, Arc<str>)> {
        if list.origin.via.is_some() || path.root != Root::Body {
            return None;
        }
        let (last, above) = path.steps.split_last()?;
        let into = match (above, scope) {
            ([], Scope::Resource(resource)) => container_of(resource).span,
            ([], Scope::Element { item, .. }) => item.origin.span,
            (above, _) => {
                let upper = Path::new(Root::Body, above.to_vec());
                match self.evaluator.test_input(&upper, &EMPTY, scope).leaves.items.as_slice() {
                    [Leaf::Value(value)] => only_map(value)?.origin.span,
                    _ => None,
                }
            }
        };
        Some((into?, last.name.as_str().into()))
    }

    /// Takes out of a list what must not be in it, or writes the page's value over it.
    fn refused(&self, question: &Question<'_>, element: &Element, page: Option<&Literal>) -> Mended {
        let Question { operator, list, input, .. } = question;
        let (mut out, mut taken) = (Vec::new(), 0);
        let mut spans = Vec::new();
        for item in &list.items {
            let answer = self.evaluator.element(element, item, question);
            if answer.is_none_or(|answer| answer.truth != Truth::True) {
                continue;
            }
            if let (Element::Body(body), Some(_)) = (element, item.as_map()) {
                let scope = Scope::Element {
                    item,
                    owner: question.scope.owner(),
                    path: &input.path,
                    top: &input.top,
                };
                let changed = self.around(&scope, body)?;
                let changed = match changed.is_empty() {
                    true => self.denied_by_page(&scope, body)?,
                    false => changed,
                };
                if !changed.is_empty() {
                    out.extend(changed);
                    continue;
                }
            }
            let at = item.origin.span?;
            // Parts of one text have one place.
            if spans.contains(&at) {
                return None;
            }
            spans.push(at);
            match page {
                Some(value) if item.as_map().is_none() => {
                    let value = match value {
                        Literal::List(items) => items.first()?,
                        value => value,
                    };
                    let value = self.fitting(value, item);
                    let title = set_title(&input.path.text, &value);
                    let drastic = value_is_shared(&input.leaves.items) || item.origin.via.is_some();
                    // A permission of a function names whom it is for without a sort.
                    let is_policy =
                        !self.evaluator.resource.kind.to_ascii_lowercase().ends_with("permission");
                    let is_principal =
                        self.view == Some("statement") && &*input.path.text == "principals" && is_policy;
                    let value = match is_principal {
                        // Everyone may be written without a sort of principals, one of them may not.
                        true if question.span == Some(at) => Literal::Map(vec![("AWS".into(), value)]),
                        true => {
                            let sort = self.sort_of_everyone(at).into_iter();
                            out.extend(sort.map(|at| FixCandidate {
                                title: title.clone(),
                                change: Change::Replace { at, value: Literal::Text("AWS".into()) },
                                drastic,
                            }));
                            value
                        }
                        false => value,
                    };
                    out.push(FixCandidate { title, change: Change::Replace { at, value }, drastic });
                }
                _ => {
                    taken += 1;
                    let entries = asks_entries(operator);
                    let change = if entries { Change::Remove { at } } else { Change::RemoveElement { at } };
                    out.push(removal(&input.path.text, change));
                }
            }
        }
        // An emptied list means something else than a shorter one.
        let is_emptied = taken > 0 && taken == list.items.len() && !self.spec.remove;
        let is_text = input.leaves.items.iter().any(
            |leaf| matches!(leaf, Leaf::Value(Value { data: Data::Text(text), .. }) if text.contains(',')),
        );
        (!is_emptied && !is_text).then_some(out)
    }

    /// The choice that fits what it is written over: addresses have two versions.
    fn fitting(&self, value: &Literal, old: &Value) -> Literal {
        let Literal::Choice(choice) = value else { return value.clone() };
        let is_ipv6 = old.as_text().is_some_and(|text| text.contains("::"));
        let name = choice.name.replace("_cidr", "_ipv6_cidr");
        let other = (is_ipv6 && *name != *choice.name)
            .then(|| literal(self.evaluator, &crate::rule::FixValue::Choice(name)));
        other.flatten().unwrap_or_else(|| value.clone())
    }

    /// Where a policy document's block says that the identifiers, one of which stands at a place, are everyone.
    fn sort_of_everyone(&self, at: Span) -> Option<Span> {
        fn within(value: &Value, at: Span) -> Option<&Value> {
            match &value.data {
                Data::Map(map) => match value.get("identifiers").map(|identifiers| &identifiers.data) {
                    Some(Data::List(list)) if list.items.iter().any(|item| item.origin.span == Some(at)) => {
                        Some(value)
                    }
                    _ => map.entries.values().find_map(|inner| within(inner, at)),
                },
                Data::List(list) => list.items.iter().find_map(|inner| within(inner, at)),
                _ => None,
            }
        }
        let mut resources = self.evaluator.context.inventory.resources.iter();
        let block = resources.find_map(|resource| within(&resource.body, at))?;
        let sort = block.get("type").filter(|sort| sort.as_text() == Some("*"))?;
        sort.origin.span
    }

    /// Makes one element what is wanted, or adds one.
    fn some(
        &self,
        question: &Question<'_>,
        element: &Element,
        path: &Path,
        page: Option<&Literal>,
        entry: &Entry,
    ) -> Mended {
        let scope = question.scope;
        let mut failing: Vec<_> = question
            .list
            .items
            .iter()
            .filter_map(|item| Some((self.evaluator.element(element, item, question)?, item)))
            .filter(|(answer, item)| {
                answer.truth == Truth::False && (page.is_none() || self.is_begun(element, item, question))
            })
            .collect();
        failing.sort_by_key(|(answer, _)| std::cmp::Reverse(weight(answer)));
        let mended = failing.iter().find_map(|(_, item)| {
            self.element(element, item, question, None, entry).filter(|out| !out.is_empty())
        });
        if let (None, Some(value)) = (&mended, page) {
            return self.fill(scope, question.input, path, value.clone());
        }
        // What else an element needs only the page can say.
        let below = format!("{}.", question.input.path.text);
        let is_given =
            matches!(element, Element::Test(_)) || self.spec.set.keys().any(|key| key.starts_with(&below));
        if mended.is_some() || !matches!(path.root, Root::Body) || !is_given {
            return mended;
        }
        let value = match element {
            Element::Test(test) => test.operators.iter().find_map(wanted_literal)?,
            Element::Body(body) => {
                let mut entries = Vec::new();
                let all = body.clauses.iter().all(|clause| match clause {
                    Clause::Test { path, test } if path.root == Root::Body => {
                        let name = question.input.path.join(path);
                        let page = self.page_value(&name, path).filter(|page| page.above == 0);
                        let value = page
                            .map(|page| page.value)
                            .or_else(|| test.operators.iter().find_map(wanted_literal));
                        let names: Vec<&str> = path.steps.iter().map(|step| step.name.as_str()).collect();
                        value.map(|value| super::companion::insert(&mut entries, &names, value)).is_some()
                    }
                    _ => false,
                });
                if !all {
                    return None;
                }
                Literal::Map(entries)
            }
        };
        self.fill(scope, question.input, path, value)
    }

    /// Whether an element is the one that is meant: a part of what is asked of it holds, or the page says what it should
    /// be.
    fn is_begun(&self, element: &Element, item: &Value, question: &Question<'_>) -> bool {
        let Element::Body(body) = element else { return false };
        let Question { input, scope, .. } = question;
        let scope = Scope::Element { item, owner: scope.owner(), path: &input.path, top: &input.top };
        let holds = |clause: &Clause| {
            self.evaluator.clause(&scope, clause).is_some_and(|answer| answer.truth == Truth::True)
        };
        match body.clauses.as_slice() {
            [_] => self.is_meant(&scope, body),
            clauses => clauses.iter().any(holds),
        }
    }

    fn element(
        &self,
        element: &Element,
        item: &Value,
        question: &Question<'_>,
        page: Option<&Literal>,
        entry: &Entry,
    ) -> Mended {
        let Question { input, scope, .. } = question;
        match element {
            Element::Body(body) => {
                let top = Container { depth: input.depth, ..input.top.clone() };
                let scope = Scope::Element { item, owner: scope.owner(), path: &input.path, top: &top };
                self.body(&scope, body, entry)
            }
            Element::Test(test) => {
                let mut out = Vec::new();
                for operator in test.operators.iter().filter(|operator| !is_collection(operator)) {
                    if self.evaluator.holds(operator, item) == Truth::False {
                        let wanted = page.cloned().or_else(|| wanted_literal(operator))?;
                        out.extend(self.change(operator, item, input, Some(wanted))?);
                    }
                }
                (!out.is_empty()).then_some(out)
            }
        }
    }
}
