//! Operators on the ends of a path as one collection: `contains`, `count`, `any`, `all`, `none`.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::view::{SourceTexts, structured};
use compline_iac::{Context, Data, List, Map, Span, Value, Why};

use super::answer::{Answer, FixCandidate, together};
use super::compare;
use super::evaluator::{Evaluator, Scope};
use super::literal::written;
use super::path::{Container, Leaf, Leaves, is_absent, why_of};
use super::test::TestInput;
use super::truth::Truth;
use crate::check::{Body, Clause, Element, Operator, Root, Scalar};
use crate::observed::{Observed, hides};

/// The ends of a path as one list.
pub(super) struct Gathered {
    pub list: List,
    /// When the ends hinge on one choice.
    pub choice: Option<Choice>,
    /// Where the list is written.
    pub span: Option<Span>,
}

/// A choice of lists.
pub(super) struct Choice {
    /// Each branch, and the list there is where it is taken.
    branches: Vec<(Value, List)>,
    whole: Value,
}

/// A collection operator with what it is asked of.
pub(super) struct Question<'q> {
    pub operator: &'q Operator,
    pub list: &'q List,
    /// Where the list is written.
    pub span: Option<Span>,
    pub input: &'q TestInput<'q>,
    pub scope: &'q Scope<'q>,
}

impl Evaluator<'_> {
    pub(super) fn collection(&self, operator: &Operator, input: &TestInput<'_>, scope: &Scope<'_>) -> Answer {
        if let (Operator::Contains(_), Some(Leaf::Absent(container)), None) =
            (operator, input.leaves.items.first(), &input.leaves.open)
            && input.leaves.is_absent()
        {
            return self.missing(operator, container, input, scope);
        }
        let gathered = gather(&input.leaves, operator, self.context.texts);
        let Some(choice) = &gathered.choice else {
            let (list, span) = (&gathered.list, gathered.span);
            return self.over(&Question { operator, list, span, input, scope });
        };
        let of_branch = |branch: &Value, list: &List| match operator {
            // A branch without the list is judged as a list that is not there.
            Operator::Contains(_)
                if gathered.list.items.is_empty() && is_absent(branch, self.resource.dialect, false) =>
            {
                self.missing(operator, &input.top, input, scope)
            }
            _ => self.over(&Question { operator, list, span: gathered.span, input, scope }),
        };
        let answers =
            choice.branches.iter().map(|(branch, list)| of_branch(branch, list)).collect::<Vec<Answer>>();
        agreed(answers, &choice.whole)
    }

    fn over(&self, question: &Question<'_>) -> Answer {
        match question.operator {
            Operator::Count { at_least, at_most } => self.count(question, *at_least, *at_most),
            Operator::Contains(wanted) => self.contains(question, wanted),
            Operator::Any(element) | Operator::All(element) | Operator::None(element) => {
                let items = question.list.items.iter().enumerate();
                let answers = items
                    .filter_map(|(index, item)| Some((index, self.of_branches_of(element, item, question)?)))
                    .collect();
                self.quantify(question, answers)
            }
            _ => self.whole(question, Truth::Unknown, None),
        }
    }

    /// An answer about the collection itself.
    fn whole(&self, question: &Question<'_>, truth: Truth, why: Option<Arc<Why>>) -> Answer {
        let mut cause = self.cause(question.input, why);
        cause.span = question.span.or(cause.span);
        if question.span.is_some() || !question.list.items.is_empty() || question.list.open.is_some() {
            cause.observed = self.observed(truth, || self.elements(question));
        }
        if question.span.is_some() {
            cause.depth = question.input.depth;
        }
        Answer::new(truth, cause)
    }

    /// The elements: their values where each is one, and how many there are where that is asked or each is a block.
    fn elements(&self, question: &Question<'_>) -> Observed {
        let list = question.list;
        let is_plain = |item: &Value| item.as_map().is_none() && item.as_list().is_none();
        let is_counted = matches!(question.operator, Operator::Count { .. });
        if is_counted || list.items.is_empty() || !list.items.iter().all(is_plain) {
            return counted(list);
        }
        let all = Value::new(Data::List(Arc::new(list.clone())), Default::default());
        Observed::of(&all, Context::named(question.input.path.last()), &self.context.digest_key)
    }

    fn count(&self, question: &Question<'_>, at_least: Option<u32>, at_most: Option<u32>) -> Answer {
        let list = question.list;
        // Some elements are there in one branch of a choice only.
        let doubtful = list.items.iter().find(|item| may_be_null(item));
        let most_there = list.items.len() as u32;
        let least_there = list.items.iter().filter(|item| !may_be_null(item)).count() as u32;
        let enough = at_least.is_none_or(|least| least_there >= least);
        let few = at_most.is_none_or(|most| least_there <= most);
        let open = list.open.clone().or_else(|| doubtful.and_then(why_of));
        let truth = match (enough, few, &list.open) {
            (_, false, _) => Truth::False,
            (true, true, None) if at_most.is_none_or(|most| most_there <= most) => Truth::True,
            (true, true, Some(_)) if at_most.is_none() => Truth::True,
            (false, _, None) if at_least.is_none_or(|least| most_there < least) => Truth::False,
            _ => Truth::Unknown,
        };
        let mut answer = self.whole(question, truth, open);
        if !few && let (Some(cause), Some(item)) = (&mut answer.cause, list.items.first()) {
            cause.span = item.origin.span.or(cause.span);
        }
        answer
    }

    fn contains(&self, question: &Question<'_>, wanted: &[Scalar]) -> Answer {
        let list = question.list;
        let has = |literal: &Scalar| {
            let hits = list.items.iter().map(|item| self.is_element(literal, item));
            Truth::any(hits.chain(list.open.iter().map(|_| Truth::Unknown)))
        };
        let lacking: Vec<&Scalar> = wanted.iter().filter(|literal| has(literal) == Truth::False).collect();
        let truth = wanted.iter().map(has).fold(Truth::True, Truth::and);
        let why = (truth == Truth::Unknown).then(|| open_why(list)).flatten();
        let mut answer = self.whole(question, truth, why);
        if let Some(cause) = &mut answer.cause {
            cause.observed = self.elements(question);
            if let (Truth::False, Some(to)) = (truth, question.span) {
                let values: Vec<Literal> = lacking.iter().map(|literal| written(literal)).collect();
                let names: Vec<String> = lacking.iter().map(ToString::to_string).collect();
                cause.fixes.push(FixCandidate {
                    title: format!("add {} to `{}`", names.join(", "), question.input.path.text),
                    change: Change::Append { to, values },
                    drastic: false,
                });
            }
        }
        answer
    }

    /// Whether an element equals a literal, whichever branch of a choice is taken.
    fn is_element(&self, literal: &Scalar, item: &Value) -> Truth {
        match &item.data {
            Data::Choice(branches) => {
                Truth::agreed(branches.iter().map(|branch| self.is_element(literal, branch)))
            }
            Data::Unknown(_) => self.holds(&Operator::Is(literal.clone()), item),
            _ => compare::equals(literal, item, self.fold_case),
        }
    }

    /// What `any`, `all` or `none` says, by the answers of the elements it applies to and their places.
    fn quantify(&self, question: &Question<'_>, answers: Vec<(usize, Answer)>) -> Answer {
        let (decides, otherwise) = match question.operator {
            Operator::All(_) => (Truth::False, Truth::True),
            Operator::Any(_) => (Truth::True, Truth::False),
            _ => (Truth::True, Truth::True),
        };
        let decide = answers.iter().filter(|(_, answer)| answer.truth == decides);
        let deciding = decide.map(|(index, answer)| match question.operator {
            Operator::None(_) => refused(question, *index, answer.clone()),
            _ => answer.clone(),
        });
        let deciding: Vec<Answer> = match question.operator {
            Operator::All(_) | Operator::None(_) if !self.is_brief() => deciding.collect(),
            _ => deciding.take(1).collect(),
        };
        if let Some(answer) = together(deciding) {
            return answer;
        }
        let open = &question.list.open;
        // The only one there is speaks for itself: its value is wrong, not the list.
        if let (Operator::Any(_), [(_, only)], None) = (question.operator, answers.as_slice(), open)
            && only.truth == Truth::False
        {
            return only.clone();
        }
        let unknown = answers.into_iter().find(|(_, answer)| answer.truth == Truth::Unknown);
        match (unknown, open) {
            (Some((_, mut answer)), _) => {
                if let Some(cause) = &mut answer.cause {
                    cause.fixes.clear();
                    cause.expected = question.input.test.expected.clone();
                }
                answer
            }
            (None, Some(why)) => self.whole(question, Truth::Unknown, Some(Arc::clone(why))),
            (None, None) => self.whole(question, otherwise, None),
        }
    }

    /// What is said of one element, whichever branch of a choice it is. A branch without an element says what an empty
    /// list does.
    fn of_branches_of(&self, element: &Element, item: &Value, question: &Question<'_>) -> Option<Answer> {
        let Data::Choice(branches) = &item.data else { return self.element(element, item, question) };
        let of_branch = |branch: &Value| match branch.data {
            Data::Null => None,
            _ => self.of_branches_of(element, branch, question),
        };
        let answers: Vec<Option<Answer>> = branches.iter().map(of_branch).collect();
        if answers.iter().all(Option::is_none) {
            return None;
        }
        let neutral = Truth::of(matches!(question.operator, Operator::All(_)));
        let answers = answers.into_iter().map(|answer| answer.unwrap_or(Answer::bare(neutral))).collect();
        Some(agreed(answers, item))
    }

    /// What an element test or body says of one element; none when its `when` does not apply.
    pub(super) fn element(&self, element: &Element, item: &Value, question: &Question<'_>) -> Option<Answer> {
        let Question { input, scope, .. } = question;
        match element {
            Element::Test(test) => {
                let top = Container { header: item.origin.span.or(input.top.header), ..input.top.clone() };
                let leaves = Leaves { items: vec![Leaf::Value(item.clone())], open: None };
                let of_item =
                    TestInput { path: input.path.clone(), test, leaves, top, depth: input.depth + 1 };
                Some(self.test(&of_item, scope))
            }
            Element::Body(body) => match &item.data {
                Data::Unknown(why) => {
                    Some(Answer::new(Truth::Unknown, self.cause(input, Some(Arc::clone(why)))))
                }
                _ => {
                    let top = Container { depth: input.depth, ..input.top.clone() };
                    let companion = item.refers.as_ref().filter(|whole| whole.attribute.is_empty());
                    let companion = companion.filter(|_| input.path.relation.is_some());
                    let owner = companion.and_then(|whole| self.context.inventory.find(&whole.address));
                    let owner = owner.unwrap_or(scope.owner());
                    let scope = Scope::Element { item, owner, path: &input.path, top: &top };
                    self.body(&scope, body)
                }
            },
        }
    }
}

/// The answer of `none` where an element is one that must not be.
fn refused(question: &Question<'_>, index: usize, mut answer: Answer) -> Answer {
    answer.truth = Truth::False;
    let (Some(cause), Some(item)) = (&mut answer.cause, question.list.items.get(index)) else {
        return answer;
    };
    let at = item.origin.span;
    cause.expected = question.input.test.expected.clone();
    if item.as_map().is_none() {
        cause.path.clone_from(&question.input.path);
        cause.span = at.or(cause.span);
    }
    cause.fixes.clear();
    // An emptied list means something else than a shorter one.
    if let (Some(at), true) = (at, question.list.items.len() > 1) {
        cause.fixes.push(FixCandidate {
            title: format!("remove it from `{}`", question.input.path.text),
            change: Change::RemoveElement { at },
            drastic: true,
        });
    }
    answer
}

fn open_why(list: &List) -> Option<Arc<Why>> {
    list.open.clone().or_else(|| list.items.iter().find_map(why_of))
}

/// Whether an element is there in one branch of a choice only.
fn may_be_null(item: &Value) -> bool {
    match &item.data {
        Data::Choice(branches) => branches.iter().any(|branch| branch.is_null() || may_be_null(branch)),
        _ => false,
    }
}

/// The common answer of branches of which one is taken: where they do not agree it is unknown, because of the choice.
pub(super) fn agreed(answers: Vec<Answer>, choice: &Value) -> Answer {
    let truth = Truth::agreed(answers.iter().map(|answer| answer.truth));
    let is_told = |answer: &&Answer| answer.cause.is_some();
    let unknown = answers.iter().filter(|answer| answer.truth == Truth::Unknown).find(is_told);
    let told = match truth {
        Truth::Unknown => unknown.or_else(|| answers.iter().find(is_told)),
        _ => answers.iter().find(is_told),
    };
    let Some(told) = told else { return Answer::bare(truth) };
    let mut answer = Answer { truth, cause: told.cause.clone() };
    if let (Truth::Unknown, Some(cause)) = (truth, &mut answer.cause) {
        if told.truth != Truth::Unknown {
            cause.why = why_of(choice);
            cause.span = choice.origin.span.or(cause.span);
        }
        cause.fixes.clear();
        cause.also.clear();
    }
    answer
}

fn counted(list: &List) -> Observed {
    Observed::Count {
        elements: list.items.len(),
        open: list.open.is_some(),
        hides: list.items.iter().any(hides),
    }
}

pub(super) fn gather(leaves: &Leaves, operator: &Operator, texts: &dyn SourceTexts) -> Gathered {
    let by_entry = asks_entries(operator);
    let mut list = List { items: Vec::new(), open: leaves.open.clone() };
    let mut span = None;
    let mut choice: Option<&Value> = None;
    for leaf in &leaves.items {
        let Leaf::Value(value) = leaf else { continue };
        span = span.or(value.origin.span);
        if let (Data::Choice(_), None) = (&value.data, choice) {
            choice = Some(value);
        } else {
            gather_one(value, by_entry, &mut list, texts);
        }
    }
    let choice = choice.map(|value| {
        let one = |branch: &Value| {
            let mut list = list.clone();
            gather_one(branch, by_entry, &mut list, texts);
            (branch.clone(), list)
        };
        Choice { branches: branches(value).into_iter().map(one).collect(), whole: value.clone() }
    });
    Gathered { list, choice, span }
}

/// The branches of a choice, those of a choice within it among them.
fn branches(value: &Value) -> Vec<&Value> {
    match &value.data {
        Data::Choice(inner) => inner.iter().flat_map(branches).collect(),
        _ => vec![value],
    }
}

/// Adds the elements of one value. Those of a value that must not be shown must not be shown either.
fn gather_one(value: &Value, by_entry: bool, list: &mut List, texts: &dyn SourceTexts) {
    let part = |mut part: Value| {
        part.sensitive |= value.sensitive;
        part
    };
    match &value.data {
        Data::Null => {}
        Data::List(inner) => {
            list.items.extend(inner.items.iter().cloned().map(part));
            list.open = list.open.take().or_else(|| inner.open.clone());
        }
        Data::Map(map) if by_entry => {
            for (key, value) in &map.entries {
                let mut entry = Map::default();
                entry.entries.insert("key".into(), Value::text(Arc::clone(key), value.origin.clone()));
                entry.entries.insert("value".into(), part(value.clone()));
                list.items.push(Value::new(Data::Map(Arc::new(entry)), value.origin.clone()));
            }
            list.open = list.open.take().or_else(|| map.open.clone());
        }
        Data::Unknown(why) => list.open = list.open.take().or_else(|| Some(Arc::clone(why))),
        Data::Text(text) if text.contains(',') && !text.contains(['{', '[', '(']) => {
            let words = text.split(',').map(|word| Value::text(word.trim(), value.origin.clone()));
            list.items.extend(words.map(part));
        }
        Data::Text(text) if text.trim_start().starts_with('[') => match structured(value, texts) {
            Some(inner) => gather_one(&part(inner), by_entry, list, texts),
            None => list.items.push(value.clone()),
        },
        _ => list.items.push(value.clone()),
    }
}

/// Whether an element body speaks of a map's `key` and `value`.
pub(super) fn asks_entries(operator: &Operator) -> bool {
    let (Operator::Any(Element::Body(body))
    | Operator::All(Element::Body(body))
    | Operator::None(Element::Body(body))) = operator
    else {
        return false;
    };
    fn names(body: &Body) -> bool {
        body.when.iter().any(names)
            || body.clauses.iter().any(|clause| match clause {
                Clause::Test { path, .. } => {
                    path.root == Root::Body
                        && path.steps.len() == 1
                        && path.steps.iter().all(|step| step.name == "key" || step.name == "value")
                }
                Clause::AnyOf(bodies) => bodies.iter().any(names),
                Clause::Not(inner) => names(inner),
            })
    }
    names(body)
}
