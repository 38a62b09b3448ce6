//! Conditions, in three values.

use std::sync::Arc;

use super::function::{self, Call};
use super::template::Template;
use super::text;
use crate::problem::Gravity;
use crate::source::Span;
use crate::syntax::node::Node;
use crate::value::{Data, Value, Why, WhyKind};

/// Conditions that may lie within one another.
const MAX_CHAIN: usize = 48;

/// Whether a condition holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Truth {
    Known(bool),
    Unknown(Arc<Why>),
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Truth::Known(holds) => Truth::Known(!holds),
            unknown @ Truth::Unknown(_) => unknown,
        }
    }
}

impl Template<'_> {
    /// Decides a condition by its name; `user` is who asks.
    pub fn condition(&self, name: &Arc<str>, user: Span) -> Truth {
        if let Some(truth) = self.truths.borrow().get(name) {
            return truth.clone();
        }
        let Some(node) = self.root.get("Conditions").and_then(|conditions| conditions.get(name)) else {
            if !self.is_rewritten() {
                let message = format!("there is no condition `{name}` in this template");
                self.problem(Gravity::Note, user, message, None);
            }
            return Truth::Unknown(Why::new(WhyKind::Error, format!("there is no condition `{name}`")));
        };
        let circle = Why::new(WhyKind::Error, format!("the condition `{name}` asks for itself"));
        self.truths.borrow_mut().insert(Arc::clone(name), Truth::Unknown(circle));
        if self.depth.get() >= MAX_CHAIN {
            return Truth::Unknown(Why::new(WhyKind::Limit, format!("the condition `{name}` lies too deep")));
        }
        self.depth.set(self.depth.get() + 1);
        let decided = self.truth(node);
        self.depth.set(self.depth.get() - 1);
        let truth = match decided {
            Truth::Unknown(why) if why.kind == WhyKind::Error => Truth::Unknown(why),
            Truth::Unknown(why) => {
                let text = format!("the condition `{name}` is not decided: {}", why.text);
                Truth::Unknown(Why::new(why.kind, text))
            }
            truth => truth,
        };
        self.truths.borrow_mut().insert(Arc::clone(name), truth.clone());
        truth
    }

    pub fn condition_of(&self, node: &Node) -> Truth {
        self.truth(node)
    }

    fn truth(&self, node: &Node) -> Truth {
        let Some(Call { name, argument }) = function::condition_call(node) else {
            return match self.value(node, None).map(|value| value.data) {
                Some(Data::Bool(holds)) => Truth::Known(holds),
                Some(Data::Text(text)) if text.eq_ignore_ascii_case("true") => Truth::Known(true),
                Some(Data::Text(text)) if text.eq_ignore_ascii_case("false") => Truth::Known(false),
                Some(Data::Unknown(why)) => Truth::Unknown(why),
                _ => unknown("a condition is neither true nor false"),
            };
        };
        let parts = argument.items();
        match &*name {
            "Condition" => match argument.text() {
                Some(name) => self.condition(name, node.span),
                None => unknown("a condition's name is missing"),
            },
            "Fn::Not" => match parts {
                [one] => self.truth(one).not(),
                _ => unknown("`Fn::Not` takes one condition"),
            },
            "Fn::And" => self.fold(parts, false),
            "Fn::Or" => self.fold(parts, true),
            "Fn::Equals" => match parts {
                [left, right] => self.equals(left, right),
                _ => unknown("`Fn::Equals` takes two values"),
            },
            _ => match self.value(node, None) {
                Some(value) => Truth::Unknown(text::why(&value)),
                None => unknown("a condition has no value"),
            },
        }
    }

    /// `Fn::Or` is decided by a true part, `Fn::And` by a false one.
    fn fold(&self, parts: &[Node], decides: bool) -> Truth {
        let mut open = None;
        for part in parts {
            match self.truth(part) {
                Truth::Known(holds) if holds == decides => return Truth::Known(decides),
                Truth::Known(_) => {}
                Truth::Unknown(why) => open = open.or(Some(why)),
            }
        }
        open.map_or(Truth::Known(!decides), Truth::Unknown)
    }

    fn equals(&self, left: &Node, right: &Node) -> Truth {
        let (left, right) = (self.value(left, None), self.value(right, None));
        let (Some(left), Some(right)) = (left, right) else {
            return unknown("`Fn::Equals` compares with nothing");
        };
        let mut verdicts = alternatives(&left).iter().flat_map(|left| {
            alternatives(&right).iter().map(move |right| same(left, right)).collect::<Vec<_>>()
        });
        let first = verdicts.next().unwrap_or(Truth::Known(false));
        match verdicts.find(|verdict| *verdict != first) {
            None => first,
            Some(_) if left.refers.is_some() => Truth::Unknown(text::why(&left)),
            Some(_) => {
                Truth::Unknown(text::why(if matches!(left.data, Data::Choice(_)) { &left } else { &right }))
            }
        }
    }
}

fn alternatives(value: &Value) -> &[Value] {
    match &value.data {
        Data::Choice(choices) => choices,
        _ => std::slice::from_ref(value),
    }
}

fn same(left: &Value, right: &Value) -> Truth {
    match (text::scalar(&left.data), text::scalar(&right.data)) {
        (Some(left), Some(right)) => Truth::Known(left == right),
        _ if !left.is_wholly_known() => Truth::Unknown(text::why(left)),
        _ if !right.is_wholly_known() => Truth::Unknown(text::why(right)),
        _ => unknown("`Fn::Equals` compares texts"),
    }
}

fn unknown(text: &str) -> Truth {
    Truth::Unknown(Why::new(WhyKind::Error, text))
}
