//! Operators on the ends of a path.

use std::sync::Arc;

use compline_iac::edit::{Change, Literal};
use compline_iac::view::{SourceTexts, structured};
use compline_iac::{Data, List, Mode, Piece, Span, Value, Why, WhyKind};

use super::compare;
use super::literal::{literal_words, scalar_value, wanted_literal, written};
use super::path::{Container, Leaf, Leaves, why_of};
use super::truth::{Answer, Deciding, Seed, Truth, all};
use super::words;
use super::{Judge, Scope};
use crate::check::{Absent, Body, Clause, Element, Operator, Root, Scalar, Test};

/// What is asked, and of what: the path as text, and its end.
pub struct Asked<'a> {
    pub path: Arc<str>,
    pub test: &'a Test,
    pub leaves: Leaves,
    /// Where an answer about all ends together points.
    pub top: Container,
    /// The depth of a value found at the path's end.
    pub depth: usize,
}

impl Judge<'_> {
    /// Judges every operator of a test; all must hold.
    pub(super) fn test(&self, asked: &Asked<'_>, scope: &Scope<'_>) -> Answer {
        let answers = asked.test.operators.iter().map(|operator| {
            if is_collection(operator) {
                self.collection(operator, asked, scope)
            } else {
                self.each(operator, asked, scope)
            }
        });
        // A test has at least one operator: the compiler refuses an empty one.
        all(answers).unwrap_or(Answer { truth: Truth::Unknown, deciding: None })
    }

    /// A value operator must hold for each end.
    fn each(&self, operator: &Operator, asked: &Asked<'_>, scope: &Scope<'_>) -> Answer {
        let mut answers: Vec<Answer> = Vec::with_capacity(asked.leaves.items.len());
        for leaf in &asked.leaves.items {
            answers.push(match leaf {
                Leaf::Value(value) => self.one(operator, value, asked),
                Leaf::Absent(container) => self.missing(operator, container, asked, scope),
            });
        }
        if let Some(why) = &asked.leaves.open {
            answers.push(Answer::new(Truth::Unknown, self.deciding(asked, Some(Arc::clone(why)))));
        }
        all(answers.into_iter()).unwrap_or_else(|| self.missing(operator, &asked.top, asked, scope))
    }

    fn one(&self, operator: &Operator, value: &Value, asked: &Asked<'_>) -> Answer {
        let truth = self.holds(operator, value);
        let span = value.origin.span.or(asked.top.header);
        let mut deciding = Deciding {
            path: asked.path.clone(),
            observed: self.told(truth, || words::observed(value)),
            expected: self.expects(truth, asked.test),
            span,
            why: (truth == Truth::Unknown).then(|| why_of(value)).flatten(),
            related: super::related(value),
            seeds: Vec::new(),
            assumption: None,
            depth: asked.depth,
            shared: value.origin.via.is_some(),
            offenders: Vec::new(),
        };
        if truth == Truth::False
            && let Some(at) = value.origin.span
        {
            deciding.seeds = value_seeds(operator, at, asked);
        }
        Answer::new(truth, deciding)
    }

    /// What a reader is told; nothing while a condition is asked and decided.
    fn told(&self, truth: Truth, words: impl FnOnce() -> String) -> String {
        if self.quiet.get() && truth != Truth::Unknown { String::new() } else { words() }
    }

    /// What a test asks for, as a reader is told it.
    fn expects(&self, truth: Truth, test: &Test) -> Arc<str> {
        let mut phrases = self.phrases.borrow_mut();
        if self.quiet.get() && truth != Truth::Unknown { phrases.nothing() } else { phrases.expected(test) }
    }

    /// Whether a value operator holds for one value.
    pub(super) fn holds(&self, operator: &Operator, value: &Value) -> Truth {
        match &value.data {
            Data::Choice(alternatives) => Truth::agreed(alternatives.iter().map(|one| match one.data {
                Data::Null => match operator {
                    Operator::Present(wanted) => Truth::of(!*wanted),
                    _ => Truth::Unknown,
                },
                _ => self.holds(operator, one),
            })),
            Data::Unknown(_) => self.holds_unknown(operator, value),
            Data::List(list) if !matches!(operator, Operator::Present(_)) => {
                let mut truths: Vec<Truth> =
                    list.items.iter().map(|item| self.holds(operator, item)).collect();
                if list.open.is_some() {
                    truths.push(Truth::Unknown);
                }
                if matches!(operator, Operator::Covers(_)) {
                    return truths.into_iter().map(Truth::not).fold(Truth::True, Truth::and).not();
                }
                truths.into_iter().fold(Truth::True, Truth::and)
            }
            _ => self.holds_known(operator, value),
        }
    }

    fn holds_known(&self, operator: &Operator, value: &Value) -> Truth {
        let equals = |literal: &Scalar| compare::equals(literal, value, self.fold);
        let one_of =
            |list: &[Scalar]| list.iter().map(|one| equals(one).not()).fold(Truth::True, Truth::and).not();
        let ordered = |literal: &Scalar, wanted: std::cmp::Ordering| match compare::order(value, literal) {
            Some(order) => Truth::of(order == wanted || order == std::cmp::Ordering::Equal),
            None => Truth::Unknown,
        };
        match operator {
            Operator::Is(literal) => equals(literal),
            Operator::In(list) => one_of(list),
            Operator::NotIn(list) => one_of(list).not(),
            Operator::Matches(pattern) => self.with_regex(pattern, |regex| compare::matches(regex, value)),
            Operator::AtLeast(literal) => ordered(literal, std::cmp::Ordering::Greater),
            Operator::AtMost(literal) => ordered(literal, std::cmp::Ordering::Less),
            Operator::Covers(literal) => {
                compline_iac::view::covers(value, &literal.to_string()).map_or(Truth::Unknown, Truth::of)
            }
            Operator::Present(wanted) => Truth::of(*wanted),
            _ => Truth::Unknown,
        }
    }

    /// Another resource's attribute is there, and may have a known shape; any other unknown is unknown.
    fn holds_unknown(&self, operator: &Operator, value: &Value) -> Truth {
        let Some(reference) = &value.refers else { return Truth::Unknown };
        if let Operator::Present(wanted) = operator {
            return Truth::of(*wanted);
        }
        let shape = self
            .inventory
            .find(&reference.address)
            .filter(|resource| resource.mode == Mode::Managed)
            .and_then(|resource| self.rules.tables().shapes.get(&*resource.kind))
            .and_then(|shapes| shapes.get(&*reference.attribute));
        let (Some(shape), Some(why)) = (shape, why_of(value)) else { return Truth::Unknown };
        if let Some(literals) = literals(operator) {
            let pattern = regex::escape(shape).replace("\\*", ".*").replace("\\#", "[0-9]+");
            let possible = |literal: &Scalar| {
                let text = Value::text(literal.to_string(), Default::default());
                self.with_regex(&format!("^(?:{pattern})$"), |regex| compare::matches(regex, &text))
            };
            if literals.iter().all(|literal| possible(literal) == Truth::False) {
                return Truth::of(matches!(operator, Operator::NotIn(_)));
            }
        }
        let mut pieces = Vec::new();
        for (index, part) in shape.split(['*', '#']).enumerate() {
            if index > 0 {
                pieces.push(Piece::Hole(Arc::clone(&why)));
            }
            if !part.is_empty() {
                pieces.push(Piece::Text(Arc::from(part)));
            }
        }
        let holed = Value { data: Data::Holed(pieces.into()), ..value.clone() };
        self.holds_known(operator, &holed)
    }

    /// What the test says of a value that is not there.
    fn missing(
        &self,
        operator: &Operator,
        container: &Container,
        asked: &Asked<'_>,
        scope: &Scope<'_>,
    ) -> Answer {
        let mut assumption = None;
        let mut default = None;
        let truth = match (operator, asked.test.absent) {
            (Operator::Present(wanted), _) => Truth::of(!*wanted),
            (_, Absent::Pass) => Truth::True,
            (_, Absent::Fail | Absent::Itself) => Truth::False,
            (_, Absent::Default) => {
                let found = self.default(&asked.path, scope);
                assumption = found.assumption;
                default = found.value;
                match &default {
                    _ if found.undecided => Truth::Unknown,
                    Some(literal) => self.holds(operator, &scalar_value(literal)),
                    None => Truth::False,
                }
            }
        };
        let why = (truth == Truth::Unknown).then(|| {
            Why::new(
                WhyKind::Outside,
                format!("the default of `{}` depends on the provider's version", asked.path),
            )
        });
        let mut deciding = Deciding {
            path: asked.path.clone(),
            observed: words::not_set(asked.test.absent, default.as_ref()),
            expected: self.phrases.borrow_mut().expected(asked.test),
            span: container.header.or(asked.top.header),
            why,
            related: Vec::new(),
            seeds: Vec::new(),
            assumption,
            depth: container.depth,
            shared: false,
            offenders: Vec::new(),
        };
        if truth != Truth::True
            && !asked.path.contains('[')
            && let Some(into) = container.span
            && let Some(value) = wanted_literal(operator)
        {
            deciding.seeds.push(Seed {
                title: format!("set `{}` to `{}`", asked.path, literal_words(&value)),
                change: Change::Insert { into, path: container.missing.clone(), value },
                drastic: false,
            });
        }
        Answer::new(truth, deciding)
    }

    fn collection(&self, operator: &Operator, asked: &Asked<'_>, scope: &Scope<'_>) -> Answer {
        if let Operator::Contains(_) = operator
            && !asked.leaves.items.is_empty()
            && asked.leaves.open.is_none()
            && asked.leaves.items.iter().all(|leaf| matches!(leaf, Leaf::Absent(_)))
        {
            let Some(Leaf::Absent(container)) = asked.leaves.items.first() else {
                return self.missing(operator, &asked.top, asked, scope);
            };
            return self.missing(operator, container, asked, scope);
        }
        let gathered = gather(&asked.leaves, operator, self.texts);
        if let Some(choices) = gathered.choice {
            let answers: Vec<Answer> = choices
                .into_iter()
                .map(|list| self.over(operator, &list, gathered.span, asked, scope))
                .collect();
            let truth = Truth::agreed(answers.iter().map(|answer| answer.truth));
            let first = answers.into_iter().next();
            return Answer { truth, deciding: first.and_then(|answer| answer.deciding) };
        }
        self.over(operator, &gathered.list, gathered.span, asked, scope)
    }

    fn over(
        &self,
        operator: &Operator,
        list: &List,
        span: Option<Span>,
        asked: &Asked<'_>,
        scope: &Scope<'_>,
    ) -> Answer {
        let whole = |truth: Truth, why: Option<Arc<Why>>| {
            let mut deciding = self.deciding(asked, why);
            deciding.span = span.or(deciding.span);
            deciding.observed = counted(list, span.is_none());
            if span.is_some() {
                deciding.depth = asked.depth;
            }
            Answer::new(truth, deciding)
        };
        match operator {
            Operator::Count { at_least, at_most } => {
                let known = list.items.len() as u32;
                let enough = at_least.is_none_or(|least| known >= least);
                let few = at_most.is_none_or(|most| known <= most);
                let truth = match (enough, few, &list.open) {
                    (_, false, _) => Truth::False,
                    (true, true, None) => Truth::True,
                    (true, true, Some(_)) if at_most.is_none() => Truth::True,
                    (false, _, None) => Truth::False,
                    _ => Truth::Unknown,
                };
                let mut answer = whole(truth, list.open.clone());
                if !few && let (Some(deciding), Some(item)) = (&mut answer.deciding, list.items.first()) {
                    deciding.span = item.origin.span.or(deciding.span);
                }
                answer
            }
            Operator::Contains(wanted) => {
                let has = |literal: &Scalar| {
                    let hits = list.items.iter().map(|item| match &item.data {
                        Data::Unknown(_) => Truth::Unknown,
                        _ => compare::equals(literal, item, self.fold),
                    });
                    let open = list.open.iter().map(|_| Truth::Unknown);
                    hits.chain(open).map(Truth::not).fold(Truth::True, Truth::and).not()
                };
                let lacking: Vec<&Scalar> =
                    wanted.iter().filter(|literal| has(literal) == Truth::False).collect();
                let truth = wanted.iter().map(has).fold(Truth::True, Truth::and);
                let mut answer = whole(truth, (truth == Truth::Unknown).then(|| open_why(list)).flatten());
                if let Some(deciding) = &mut answer.deciding {
                    deciding.observed =
                        words::observed(&Value::new(Data::List(Arc::new(list.clone())), Default::default()));
                    if let (Truth::False, Some(to)) = (truth, span) {
                        let values: Vec<Literal> = lacking.iter().map(|literal| written(literal)).collect();
                        let names: Vec<String> = lacking.iter().map(ToString::to_string).collect();
                        deciding.seeds.push(Seed {
                            title: format!("add {} to `{}`", names.join(", "), asked.path),
                            change: Change::Append { to, values },
                            drastic: false,
                        });
                    }
                }
                answer
            }
            Operator::Any(element) | Operator::All(element) | Operator::None(element) => {
                let answers: Vec<(usize, Answer)> = list
                    .items
                    .iter()
                    .enumerate()
                    .filter_map(|(index, item)| Some((index, self.element(element, item, asked, scope)?)))
                    .collect();
                self.quantify(operator, list, answers, asked, &whole)
            }
            _ => whole(Truth::Unknown, None),
        }
    }

    fn quantify(
        &self,
        operator: &Operator,
        list: &List,
        answers: Vec<(usize, Answer)>,
        asked: &Asked<'_>,
        whole: &dyn Fn(Truth, Option<Arc<Why>>) -> Answer,
    ) -> Answer {
        let decides = match operator {
            Operator::All(_) => Truth::False,
            _ => Truth::True,
        };
        let unknown = answers
            .iter()
            .find(|(_, answer)| answer.truth == Truth::Unknown)
            .map(|(_, answer)| answer.clone());
        if let Some((index, answer)) = answers.iter().find(|(_, answer)| answer.truth == decides).cloned() {
            return match operator {
                Operator::None(_) => {
                    let mut answer = answer;
                    let item = list.items.get(index);
                    if let (Some(deciding), Some(item)) = (&mut answer.deciding, item) {
                        let at = item.origin.span;
                        deciding.expected = self.phrases.borrow_mut().expected(asked.test);
                        if item.as_map().is_none() {
                            deciding.path.clone_from(&asked.path);
                            deciding.span = at.or(deciding.span);
                        }
                        deciding.seeds.clear();
                        // An emptied list means something else than a shorter one.
                        if let (Some(at), true) = (at, list.items.len() > 1) {
                            deciding.seeds.push(Seed {
                                title: format!("remove it from `{}`", asked.path),
                                change: Change::RemoveElement { at },
                                drastic: true,
                            });
                        }
                    }
                    Answer { truth: Truth::False, ..answer }
                }
                _ => answer,
            };
        }
        // The only one there is speaks for itself: its value is wrong, not the list.
        if let (Operator::Any(_), [(_, only)], None) = (operator, answers.as_slice(), &list.open)
            && only.truth == Truth::False
        {
            return only.clone();
        }
        let rest = match operator {
            Operator::Any(_) => Truth::False,
            _ => Truth::True,
        };
        match (unknown, &list.open) {
            (Some(mut answer), _) => {
                if let Some(deciding) = &mut answer.deciding {
                    deciding.seeds.clear();
                    deciding.expected = self.phrases.borrow_mut().expected(asked.test);
                }
                answer
            }
            (None, Some(why)) => whole(Truth::Unknown, Some(Arc::clone(why))),
            (None, None) => whole(rest, None),
        }
    }

    /// What an element test or body says of one element; none when its `when` does not apply.
    fn element(
        &self,
        element: &Element,
        item: &Value,
        asked: &Asked<'_>,
        scope: &Scope<'_>,
    ) -> Option<Answer> {
        match element {
            Element::Test(test) => {
                let top = Container { header: item.origin.span.or(asked.top.header), ..asked.top.clone() };
                let leaves = Leaves { items: vec![Leaf::Value(item.clone())], open: None };
                Some(self.test(
                    &Asked { path: asked.path.clone(), test, leaves, top, depth: asked.depth + 1 },
                    scope,
                ))
            }
            Element::Body(body) => match &item.data {
                Data::Unknown(why) => {
                    Some(Answer::new(Truth::Unknown, self.deciding(asked, Some(Arc::clone(why)))))
                }
                _ => {
                    let top = Container { depth: asked.depth, ..asked.top.clone() };
                    self.body(
                        &Scope::Element { item, owner: scope.owner(), path: &asked.path, top: &top },
                        body,
                    )
                }
            },
        }
    }

    fn deciding(&self, asked: &Asked<'_>, why: Option<Arc<Why>>) -> Deciding {
        let container = asked.leaves.items.iter().find_map(|leaf| match leaf {
            Leaf::Absent(container) => Some(container),
            Leaf::Value(_) => None,
        });
        let container = container.unwrap_or(&asked.top);
        Deciding {
            path: asked.path.clone(),
            observed: if why.is_some() { "unknown".to_owned() } else { "not set".to_owned() },
            expected: self.expects(if why.is_some() { Truth::Unknown } else { Truth::True }, asked.test),
            span: container.header.or(asked.top.header),
            why,
            related: Vec::new(),
            seeds: Vec::new(),
            assumption: None,
            depth: container.depth,
            shared: false,
            offenders: Vec::new(),
        }
    }
}

/// The values an operator compares with, when that is all it does.
fn literals(operator: &Operator) -> Option<&[Scalar]> {
    match operator {
        Operator::Is(literal) => Some(std::slice::from_ref(literal)),
        Operator::In(list) | Operator::NotIn(list) => Some(list),
        _ => None,
    }
}

fn is_collection(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Contains(_)
            | Operator::Any(_)
            | Operator::All(_)
            | Operator::None(_)
            | Operator::Count { .. }
    )
}

fn open_why(list: &List) -> Option<Arc<Why>> {
    list.open.clone().or_else(|| list.items.iter().find_map(why_of))
}

fn counted(list: &List, absent: bool) -> String {
    match (list.items.len(), &list.open) {
        (0, None) if absent => "not set".to_owned(),
        (0, None) => "empty".to_owned(),
        (n, None) => format!("{n}"),
        (n, Some(_)) => format!("{n} or more"),
    }
}

/// The ends of a path as one list.
struct Gathered {
    list: List,
    /// One list per alternative, when the ends hinge on one choice.
    choice: Option<Vec<List>>,
    /// Where the list is written.
    span: Option<Span>,
}

fn gather(leaves: &Leaves, operator: &Operator, texts: &dyn SourceTexts) -> Gathered {
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
        let Data::Choice(alternatives) = &value.data else { return Vec::new() };
        let one = |alternative: &Value| {
            let mut list = list.clone();
            gather_one(alternative, by_entry, &mut list, texts);
            list
        };
        alternatives.iter().map(one).collect()
    });
    Gathered { list, choice, span }
}

fn gather_one(value: &Value, by_entry: bool, list: &mut List, texts: &dyn SourceTexts) {
    match &value.data {
        Data::Null => {}
        Data::List(inner) => {
            list.items.extend(inner.items.iter().cloned());
            list.open = list.open.take().or_else(|| inner.open.clone());
        }
        Data::Map(map) if by_entry => {
            for (key, held) in &map.entries {
                let mut entries = compline_iac::Map::default();
                entries.entries.insert("key".into(), Value::text(Arc::clone(key), held.origin.clone()));
                entries.entries.insert("value".into(), held.clone());
                list.items.push(Value::new(Data::Map(Arc::new(entries)), held.origin.clone()));
            }
            list.open = list.open.take().or_else(|| map.open.clone());
        }
        Data::Unknown(why) => list.open = list.open.take().or_else(|| Some(Arc::clone(why))),
        Data::Text(text) if text.contains(',') && !text.contains(['{', '[', '(']) => {
            list.items.extend(text.split(',').map(|part| Value::text(part.trim(), value.origin.clone())));
        }
        Data::Text(text) if text.trim_start().starts_with('[') => match structured(value, texts) {
            Some(inner) => gather_one(&inner, by_entry, list, texts),
            None => list.items.push(value.clone()),
        },
        _ => list.items.push(value.clone()),
    }
}

/// Whether an element body speaks of a map's `key` and `value`.
fn asks_entries(operator: &Operator) -> bool {
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

fn value_seeds(operator: &Operator, at: Span, asked: &Asked<'_>) -> Vec<Seed> {
    let path = asked.path.clone();
    match operator {
        Operator::NotIn(_) if asked.test.absent == Absent::Pass => {
            let title = format!("remove `{path}`");
            vec![Seed { title, change: Change::Remove { at }, drastic: true }]
        }
        operator => wanted_literal(operator)
            .map(|value| Seed {
                title: format!("set `{path}` to `{}`", literal_words(&value)),
                change: Change::Replace { at, value },
                drastic: false,
            })
            .into_iter()
            .collect(),
    }
}
