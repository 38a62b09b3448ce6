//! Three-valued logic, and what decided.

use std::sync::Arc;

use compline_iac::edit::Change;
use compline_iac::{Span, Why};

use crate::verdict::Related;

/// Kleene's three values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    True,
    False,
    Unknown,
}

impl Truth {
    pub fn of(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }

    #[must_use]
    pub fn not(self) -> Self {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::True, Truth::True) => Truth::True,
            _ => Truth::Unknown,
        }
    }

    /// The common value of alternatives of which one is the case: agreed, or unknown.
    pub fn agreed(mut alternatives: impl Iterator<Item = Truth>) -> Self {
        let Some(first) = alternatives.next() else { return Truth::Unknown };
        if alternatives.all(|other| other == first) { first } else { Truth::Unknown }
    }
}

/// The value (or its absence) that settled an answer, ready to become a verdict's evidence.
#[derive(Debug, Clone)]
pub struct Deciding {
    pub path: Arc<str>,
    pub observed: String,
    pub expected: Arc<str>,
    /// The value's span, or the header it is missing from.
    pub span: Option<Span>,
    pub why: Option<Arc<Why>>,
    pub related: Vec<Related>,
    pub seeds: Vec<Seed>,
    pub assumption: Option<String>,
    /// How much of the path was there: the alternative begun is the one to speak of.
    pub depth: usize,
    /// The failing elements of a view, whole.
    pub offenders: Vec<Span>,
    /// The value came through a variable, a module call or a local.
    pub shared: bool,
}

/// A change that would turn this answer.
#[derive(Debug, Clone)]
pub struct Seed {
    pub title: String,
    pub change: Change,
    /// The change takes something away or adds a resource: never safe.
    pub drastic: bool,
}

/// A truth with what decided it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub truth: Truth,
    pub deciding: Option<Box<Deciding>>,
}

impl Answer {
    pub fn new(truth: Truth, deciding: Deciding) -> Self {
        Self { truth, deciding: Some(Box::new(deciding)) }
    }

    #[must_use]
    pub fn not(mut self) -> Self {
        self.truth = self.truth.not();
        if let Some(deciding) = &mut self.deciding {
            deciding.expected = match deciding.expected.strip_prefix("anything but ") {
                Some(rest) => rest.into(),
                None => format!("anything but {}", deciding.expected).into(),
            };
            deciding.seeds.clear();
        }
        self
    }
}

/// All must hold: the first that fails speaks, else the first unknown, else the first.
pub fn all(answers: impl Iterator<Item = Answer>) -> Option<Answer> {
    let mut kept: Option<Answer> = None;
    for answer in answers {
        match (answer.truth, &kept) {
            (Truth::False, _) => return Some(answer),
            (_, None) => kept = Some(answer),
            (Truth::Unknown, Some(before)) if before.truth == Truth::True => kept = Some(answer),
            _ => {}
        }
    }
    kept
}

/// One must hold: the first that does speaks, else the first unknown, else the alternative begun.
pub fn any(answers: Vec<Answer>) -> Option<Answer> {
    let mut kept: Option<Answer> = None;
    for answer in answers {
        let replace = match (&kept, answer.truth) {
            (_, Truth::True) => return Some(answer),
            (None, _) => true,
            (Some(before), Truth::Unknown) => before.truth == Truth::False,
            (Some(before), Truth::False) => before.truth == Truth::False && weight(&answer) > weight(before),
        };
        if replace {
            kept = Some(answer);
        }
    }
    kept
}

/// The alternative begun weighs most; among those not begun, a companion resource (how today's providers
/// say it) outweighs an attribute.
fn weight(answer: &Answer) -> (usize, bool) {
    let Some(deciding) = &answer.deciding else { return (0, false) };
    let adds = deciding.seeds.iter().any(|seed| matches!(seed.change, Change::AddResource { .. }));
    (deciding.depth, adds)
}
