//! The pivot of the product: one rule's judgement of one resource.

use std::sync::Arc;

use compline_iac::edit::{Change, Choice};
use compline_iac::{Dialect, Span, Why};

use crate::check::Expected;
use crate::observed::Observed;
use crate::parameter::{self, ParameterValue};
use crate::rule::{Safety, Severity};
use crate::waiver::Waiver;

/// One rule's judgement of one resource. "Not applicable" is the absence of a verdict.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// The rule's id.
    pub rule: Arc<str>,
    pub severity: Severity,
    /// The resource's address, unique within its root.
    pub address: Arc<str>,
    pub kind: Arc<str>,
    /// None where it was not judged in code that was read here.
    pub dialect: Option<Dialect>,
    /// The root of the inventory it was judged in.
    pub root: Arc<str>,
    pub outcome: Outcome,
    /// None where no text is known to which it could point.
    pub locus: Option<Locus>,
    /// The path that decided, dotted: `versioning.enabled`.
    pub path: Arc<str>,
    /// What was found there.
    pub observed: Observed,
    /// What was expected: `anything but public-read, public-read-write`.
    pub expected: Expected,
    /// One sentence from path, observed and expected: lower case, no full stop.
    pub message: String,
    /// What was taken for granted: "assuming provider aws at its newest", or that the resource may not exist.
    pub assumption: Option<String>,
    pub fix: Option<Fix>,
    /// The failure that states this one too, see [`crate::folding`]. Set where both fail in the end.
    pub folded_under: Option<Box<FoldedUnder>>,
    /// The values of the rule's parameters that it was judged by; empty where the rule has none.
    pub values: Arc<[ParameterValue]>,
    /// What the rule says of the same under the other values that somebody asks for, each once.
    pub otherwise: Vec<Otherwise>,
    /// 32 hexadecimal digits; the same while rule, root and address stay, wherever the lines move.
    pub fingerprint: String,
}

/// What a rule says under other values of its parameters.
#[derive(Debug, Clone)]
pub struct Otherwise {
    pub values: Arc<[ParameterValue]>,
    pub outcome: Outcome,
    /// As that of a verdict.
    pub message: String,
}

impl Verdict {
    /// What the rule says under these values; none where nobody asked it.
    pub fn outcome_under(&self, values: &[ParameterValue]) -> Option<&Outcome> {
        if parameter::same(&self.values, values) {
            return Some(&self.outcome);
        }
        self.otherwise.iter().find(|one| parameter::same(&one.values, values)).map(|one| &one.outcome)
    }

    /// Whether it fails or is unknown, by its own values or by others that somebody asks for.
    pub fn is_open(&self) -> bool {
        self.outcome.is_open() || self.otherwise.iter().any(|one| one.outcome.is_open())
    }

    /// Whether it judges the resource with this span.
    pub fn stands_at(&self, resource: Span) -> bool {
        self.locus.as_ref().is_some_and(|locus| locus.resource == resource)
    }
}

/// A broader failure of the same resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedUnder {
    pub rule: Arc<str>,
    pub fingerprint: String,
}

/// What a rule found.
#[derive(Debug, Clone)]
pub enum Outcome {
    Pass,
    Fail,
    Unknown(Arc<Why>),
    /// A failure (or an unknown) somebody accepted.
    Waived(Arc<Waiver>),
}

impl Outcome {
    /// A failure or an unknown that nobody accepted.
    pub fn is_open(&self) -> bool {
        matches!(self, Outcome::Fail | Outcome::Unknown(_))
    }

    /// `pass`, `fail`, `unknown`, `waived`.
    pub fn word(&self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::Unknown(_) => "unknown",
            Outcome::Waived(_) => "waived",
        }
    }
}

/// Where a verdict points.
#[derive(Debug, Clone)]
pub struct Locus {
    /// The deciding value, or the header of the block it is missing from.
    pub span: Span,
    /// The whole resource.
    pub resource: Span,
    /// The module calls that lead to the resource, whole blocks, outermost first: a waiver in one of them reaches it.
    pub calls: Vec<Span>,
    /// Where one verdict stands for several elements (the rules of a group, the statements of a policy): those
    /// that fail, whole. A waiver that stands in one of them waives only that one.
    pub offenders: Vec<Span>,
    /// The way the value took, the owner of a companion, further offenders.
    pub related: Vec<Related>,
}

/// A further place.
#[derive(Debug, Clone)]
pub struct Related {
    pub span: Span,
    /// A phrase: "variable `cidr` is used here".
    pub text: String,
}

/// A change that makes the rule pass.
#[derive(Debug, Clone)]
pub struct Fix {
    /// What it does, as an order: "set `publicly_accessible` to `false`".
    pub title: String,
    pub safety: Safety,
    pub changes: Vec<Change>,
    /// What somebody has to choose before it can be made, in the order in which it is written. A fix that leaves
    /// nothing to be chosen has none.
    pub choices: Vec<Choice>,
}
