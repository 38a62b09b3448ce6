//! Operators on the ends of a path, one by one.

use std::sync::Arc;

use compline_iac::edit::Change;
use compline_iac::{Context, Data, Form, Mode, Piece, Reference, Span, Value, Why, WhyKind};

use super::answer::{Answer, Cause, FixCandidate, all};
use super::compare;
use super::evaluator::{Evaluator, Scope};
use super::holed::{self, Part};
use super::leaves::ResolvedDefault;
use super::literal::{literal_words, scalar_value, wanted_literal};
use super::path::{Container, Leaf, Leaves, PathName, is_absent, why_of};
use super::truth::Truth;
use crate::check::{Absent, Operator, Scalar, Test};
use crate::observed::Observed;
use crate::verdict::Related;

/// What is asked, and of what: a path by its name, and its ends.
pub(super) struct TestInput<'a> {
    pub path: PathName,
    pub test: &'a Test,
    pub leaves: Leaves,
    /// Where an answer about all ends together points.
    pub top: Container,
    /// The depth of a value found at the path's end.
    pub depth: usize,
}

impl Evaluator<'_> {
    /// Judges every operator of a test; all must hold.
    pub(super) fn test(&self, input: &TestInput<'_>, scope: &Scope<'_>) -> Answer {
        let answers = input.test.operators.iter().map(|operator| {
            if is_collection(operator) {
                self.collection(operator, input, scope)
            } else {
                self.each(operator, input, scope)
            }
        });
        // A test has at least one operator: the compiler refuses an empty one.
        all(answers, self.is_brief()).unwrap_or(Answer::bare(Truth::Unknown))
    }

    /// A value operator must hold for each end.
    fn each(&self, operator: &Operator, input: &TestInput<'_>, scope: &Scope<'_>) -> Answer {
        let mut answers: Vec<Answer> = Vec::with_capacity(input.leaves.items.len());
        for leaf in &input.leaves.items {
            answers.push(match leaf {
                Leaf::Value(value) => self.one(operator, value, input, scope),
                Leaf::Absent(container) => self.missing(operator, container, input, scope),
            });
        }
        if let Some(why) = &input.leaves.open {
            answers.push(Answer::new(Truth::Unknown, self.cause(input, Some(Arc::clone(why)))));
        }
        all(answers.into_iter(), self.is_brief())
            .unwrap_or_else(|| self.missing(operator, &input.top, input, scope))
    }

    pub(super) fn one(
        &self,
        operator: &Operator,
        value: &Value,
        input: &TestInput<'_>,
        scope: &Scope<'_>,
    ) -> Answer {
        let truth = match &value.data {
            Data::Choice(_) => self.of_branches(operator, value, input, scope),
            _ => self.holds(operator, value),
        };
        let fixes = match (truth, value.origin.span) {
            (Truth::False, Some(at)) => value_fixes(operator, at, input),
            _ => Vec::new(),
        };
        let cause = Cause {
            path: input.path.clone(),
            observed: self.observed(truth, || {
                let context = Context::named(input.path.last());
                Observed::of(value, context, &self.context.digest_key)
            }),
            expected: self.expected(truth, input.test),
            span: value.origin.span.or(input.top.header),
            why: (truth == Truth::Unknown).then(|| why_of(value)).flatten(),
            related: way_of(value),
            fixes,
            depth: input.depth,
            shared: value.origin.via.is_some(),
            ..Cause::default()
        };
        Answer::new(truth, cause)
    }

    /// Whether a value operator holds, whichever of the branches of a choice is taken. One without a value is judged
    /// as a value that is not there.
    fn of_branches(
        &self,
        operator: &Operator,
        value: &Value,
        input: &TestInput<'_>,
        scope: &Scope<'_>,
    ) -> Truth {
        match &value.data {
            Data::Choice(branches) => {
                Truth::agreed(branches.iter().map(|branch| self.of_branches(operator, branch, input, scope)))
            }
            _ if is_absent(value, self.resource.dialect, false) => {
                self.missing(operator, &input.top, input, scope).truth
            }
            _ => self.holds(operator, value),
        }
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
                    return Truth::any(truths.into_iter());
                }
                truths.into_iter().fold(Truth::True, Truth::and)
            }
            _ => self.holds_known(operator, value),
        }
    }

    fn holds_known(&self, operator: &Operator, value: &Value) -> Truth {
        let equals = |literal: &Scalar| compare::equals(literal, value, self.fold_case);
        let one_of = |list: &[Scalar]| Truth::any(list.iter().map(equals));
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
        if let (Operator::Present(wanted), Some(_)) = (operator, &value.refers) {
            return Truth::of(*wanted);
        }
        if let Some(known) = self.looked_up(value) {
            return self.holds_known(operator, &known);
        }
        let form = why_of(value).map_or(Form::Any, |why| why.form);
        let parts = match value.refers.as_ref().and_then(|reference| self.shape(reference)) {
            Some(shape) => holed::parts_of(shape),
            None if form != Form::Any => vec![holed::hole_of(form)],
            None => return Truth::Unknown,
        };
        if let Operator::Matches(pattern) = operator {
            return holed::matches_parts(pattern, &parts);
        }
        let Some(literals) = literals(operator) else {
            let Some(why) = why_of(value) else { return Truth::Unknown };
            let piece = |part: Part<'_>| match part {
                Part::Text(text) => Piece::Text(text.into()),
                _ => Piece::Hole(Arc::clone(&why)),
            };
            let pieces = parts.into_iter().map(piece).collect();
            return self.holds_known(operator, &Value { data: Data::Holed(pieces), ..value.clone() });
        };
        match literals.iter().any(|literal| holed::can_be(&parts, &literal.to_string(), self.fold_case)) {
            true => Truth::Unknown,
            false => Truth::of(matches!(operator, Operator::NotIn(_))),
        }
    }

    /// What an attribute of another resource looks like once it is known. A resource that is not declared here has its
    /// kind in its address.
    fn shape(&self, reference: &Reference) -> Option<&str> {
        let kind = match self.context.inventory.find(&reference.address) {
            Some(resource) => (resource.mode == Mode::Managed).then_some(&*resource.kind)?,
            None => kind_in(&reference.address)?,
        };
        let shapes = self.context.rules.tables().shapes.get(self.context.current_kind(kind))?;
        // CloudFormation's `Ref` names no attribute.
        let attribute = if reference.attribute.is_empty() { "Ref" } else { &*reference.attribute };
        // Those that name attributes are looked up.
        shapes.get(attribute).map(String::as_str).filter(|shape| !shape.contains('{'))
    }

    /// What the test says of a value that is not there.
    pub(super) fn missing(
        &self,
        operator: &Operator,
        container: &Container,
        input: &TestInput<'_>,
        scope: &Scope<'_>,
    ) -> Answer {
        let mut default = ResolvedDefault::default();
        let truth = match (operator, input.test.absent) {
            (Operator::Present(wanted), _) => Truth::of(!*wanted),
            (_, Absent::Pass) => Truth::True,
            (_, Absent::Fail | Absent::Itself) => Truth::False,
            (_, Absent::Unknown) => Truth::Unknown,
            (_, Absent::Default) => {
                default = self.default(&input.path.text, scope);
                match &default.value {
                    _ if default.undecided => Truth::Unknown,
                    Some(literal) => self.holds(operator, &scalar_value(literal)),
                    None => Truth::False,
                }
            }
        };
        let why = (truth == Truth::Unknown).then(|| {
            let path = &input.path.text;
            let text = match input.test.absent {
                Absent::Unknown => {
                    format!("`{path}` is not set, and whether its default is as strict is not known")
                }
                _ => format!("the default of `{path}` depends on the provider's version"),
            };
            Why::new(WhyKind::Outside, text)
        });
        let mut cause = Cause {
            path: input.path.clone(),
            observed: Observed::NotSet {
                allowed: input.test.absent == Absent::Pass,
                default: default.value,
                empty: container.empty.is_some(),
            },
            expected: input.test.expected.clone(),
            span: container.empty.or(container.header).or(input.top.header),
            why,
            assumption: default.assumption,
            depth: if container.empty.is_some() { input.depth } else { container.depth },
            ..Cause::default()
        };
        if truth != Truth::True
            && !input.path.keyed
            && let Some(into) = container.span
            && let Some(value) = wanted_literal(operator)
        {
            let title = format!("set `{}` to `{}`", input.path.text, literal_words(&value));
            let change = match container.empty {
                Some(at) => Change::Replace { at, value },
                None => Change::Insert { into, path: container.missing.clone(), value },
            };
            cause.fixes.push(FixCandidate { title, change, drastic: false });
        }
        Answer::new(truth, cause)
    }

    /// The cause of an answer about all ends together: unknown for a reason, else that there is nothing.
    pub(super) fn cause(&self, input: &TestInput<'_>, why: Option<Arc<Why>>) -> Cause {
        let container = input.leaves.items.iter().find_map(|leaf| match leaf {
            Leaf::Absent(container) => Some(container),
            Leaf::Value(_) => None,
        });
        let container = container.unwrap_or(&input.top);
        let (observed, truth) = match why {
            Some(_) => (Observed::Unknown, Truth::Unknown),
            None => {
                let empty = container.empty.is_some();
                (Observed::NotSet { default: None, allowed: false, empty }, Truth::True)
            }
        };
        Cause {
            path: input.path.clone(),
            observed,
            expected: self.expected(truth, input.test),
            span: container.empty.or(container.header).or(input.top.header),
            why,
            depth: if container.empty.is_some() { input.depth } else { container.depth },
            ..Cause::default()
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

pub(super) fn is_collection(operator: &Operator) -> bool {
    matches!(
        operator,
        Operator::Contains(_)
            | Operator::Any(_)
            | Operator::All(_)
            | Operator::None(_)
            | Operator::Count { .. }
    )
}

fn value_fixes(operator: &Operator, at: Span, input: &TestInput<'_>) -> Vec<FixCandidate> {
    let path = &input.path.text;
    match operator {
        Operator::NotIn(_) if input.test.absent == Absent::Pass => {
            let title = format!("remove `{path}`");
            vec![FixCandidate { title, change: Change::Remove { at }, drastic: true }]
        }
        operator => wanted_literal(operator)
            .map(|value| FixCandidate {
                title: format!("set `{path}` to `{}`", literal_words(&value)),
                change: Change::Replace { at, value },
                drastic: false,
            })
            .into_iter()
            .collect(),
    }
}

/// The way a value took, as related places.
fn way_of(value: &Value) -> Vec<Related> {
    value
        .origin
        .steps()
        .map(|via| Related { span: via.span, text: format!("{} is used here", via.what) })
        .collect()
}

/// The kind in an address of Terraform's: `aws_kms_key` of `module.a["x"].aws_kms_key.main`; none in that of a data
/// source, whose values are those of anything.
fn kind_in(address: &str) -> Option<&str> {
    let (before, _) = address.rsplit_once('.')?;
    let (outer, kind) = before.rsplit_once('.').unwrap_or(("", before));
    let is_data = outer == "data" || outer.ends_with(".data");
    (!is_data && kind.contains('_')).then_some(kind)
}

#[cfg(test)]
mod tests {
    use super::kind_in;

    #[test]
    fn an_address_names_its_kind() {
        assert_eq!(kind_in("aws_kms_key.main"), Some("aws_kms_key"));
        assert_eq!(kind_in("module.a[\"x.y\"].aws_kms_key.main"), Some("aws_kms_key"));
        assert_eq!(kind_in("data.aws_kms_key.main"), None);
        assert_eq!(kind_in("module.a.data.aws_kms_key.main"), None);
        assert_eq!(kind_in("Bucket"), None);
        assert_eq!(kind_in("module.network"), None);
    }
}
