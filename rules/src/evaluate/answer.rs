//! A truth with what decided it, and how answers combine.

use std::sync::Arc;

use compline_iac::edit::Change;
use compline_iac::{Span, Why};

use super::path::PathName;
use super::truth::Truth;
use crate::check::Expected;
use crate::observed::Observed;
use crate::verdict::Related;

/// A truth with what decided it.
#[derive(Debug, Clone)]
pub struct Answer {
    pub truth: Truth,
    pub cause: Option<Box<Cause>>,
}

/// The value (or its absence) that settled an answer, ready to become a verdict's evidence.
#[derive(Debug, Clone, Default)]
pub struct Cause {
    pub path: PathName,
    pub observed: Observed,
    pub expected: Expected,
    /// The value's span, or the header it is missing from.
    pub span: Option<Span>,
    pub why: Option<Arc<Why>>,
    pub related: Vec<Related>,
    pub fixes: Vec<FixCandidate>,
    pub assumption: Option<String>,
    /// How much of the path was there: the alternative begun is the one to speak of.
    pub depth: usize,
    /// The failing elements of a view, whole.
    pub offenders: Vec<Span>,
    /// The value came through a variable, a module call or a local.
    pub shared: bool,
    /// What fails beside it: where several requirements do, one speaks and the others are named.
    pub also: Vec<Cause>,
}

/// A change that would turn an answer.
#[derive(Debug, Clone)]
pub struct FixCandidate {
    pub title: String,
    pub change: Change,
    /// The change takes something away or adds a resource: never safe.
    pub drastic: bool,
}

impl Answer {
    pub fn new(truth: Truth, cause: Cause) -> Self {
        Self { truth, cause: Some(Box::new(cause)) }
    }

    /// An answer that nothing in particular decided.
    pub fn bare(truth: Truth) -> Self {
        Self { truth, cause: None }
    }

    #[must_use]
    pub fn not(mut self) -> Self {
        self.truth = self.truth.not();
        if let Some(cause) = &mut self.cause {
            cause.expected = cause.expected.not();
            cause.fixes.clear();
            cause.also.clear();
        }
        self
    }
}

/// All must hold: of those that fail one speaks and the others stand beside it, else the first unknown, else the first.
/// A wrong value that is written says more than one that is missing. `brief`: the first that fails is enough.
pub fn all(answers: impl Iterator<Item = Answer>, brief: bool) -> Option<Answer> {
    let mut speaks: Option<Answer> = None;
    let mut failing: Vec<Answer> = Vec::new();
    for answer in answers {
        match (answer.truth, &speaks) {
            (Truth::False, _) if brief => return Some(answer),
            (Truth::False, _) => failing.push(answer),
            (_, None) => speaks = Some(answer),
            (Truth::Unknown, Some(before)) if before.truth == Truth::True => speaks = Some(answer),
            _ => {}
        }
    }
    together(failing).or(speaks)
}

/// Answers that say the same as one: the first whose value is written, the others beside it.
pub fn together(mut answers: Vec<Answer>) -> Option<Answer> {
    let written = answers.iter().position(is_written);
    (!answers.is_empty()).then(|| {
        let mut speaks = answers.remove(written.unwrap_or(0));
        if let Some(cause) = &mut speaks.cause {
            for other in answers.into_iter().filter_map(|answer| answer.cause) {
                let mut other = *other;
                let further = std::mem::take(&mut other.also);
                cause.also.push(other);
                cause.also.extend(further);
            }
        }
        speaks
    })
}

/// One must hold: the first that does speaks, else the first unknown, else the alternative nearest to what is written.
pub fn any(answers: impl Iterator<Item = Answer>) -> Option<Answer> {
    let mut speaks: Option<Answer> = None;
    for answer in answers {
        let replaces = match (&speaks, answer.truth) {
            (_, Truth::True) => return Some(answer),
            (None, _) => true,
            (Some(before), Truth::Unknown) => before.truth == Truth::False,
            (Some(before), Truth::False) => before.truth == Truth::False && weight(&answer) > weight(before),
        };
        if replaces {
            speaks = Some(answer);
        }
    }
    speaks
}

/// A value that is written weighs most, then the alternative begun; among those not begun, a companion resource (how
/// today's providers say it) outweighs an attribute.
pub fn weight(answer: &Answer) -> (bool, usize, bool) {
    let Some(cause) = &answer.cause else { return (false, 0, false) };
    let adds = cause.fixes.iter().any(|fix| matches!(fix.change, Change::AddResource { .. }));
    (is_written(answer), cause.depth, adds)
}

fn is_written(answer: &Answer) -> bool {
    answer.cause.as_ref().is_some_and(|cause| cause.observed.is_written())
}
