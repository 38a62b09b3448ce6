//! Verdicts → the status of each control.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_iac::{Snapshot, WhyKind};
use compline_rules::{RuleSet, Verdict};

use crate::catalogue::{Control, Framework};
use crate::library::Library;

/// The status of a control. `Unknown` and `Waived` are views of it, made by the faces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Every objective wanted fully that applies passed, all its verdicts pass.
    Satisfied,
    /// What was looked at passed, but it shows only a part.
    Partial,
    /// Something failed (or failed and was waived).
    NotSatisfied,
    /// Automatable, and nothing decided it.
    NotAssessed,
    /// Only people can show it.
    Manual,
    /// Shown by the provider.
    Inherited,
    /// Nothing of the kind is in scope, and somebody said so.
    NotApplicable,
}

/// One control with the verdicts that bear on it.
#[derive(Debug, Clone)]
pub struct ControlAssessment {
    pub control: Arc<Control>,
    /// Id of its group.
    pub group: Arc<str>,
    pub status: Status,
    /// Indices into [`Assessment::verdicts`], ascending.
    pub verdicts: Vec<usize>,
    pub tally: Tally,
    /// Objectives it wants that no rule in force looked at, in scope or at all.
    pub unseen: Vec<Arc<str>>,
}

/// Verdicts by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub pass: usize,
    pub fail: usize,
    pub unknown: usize,
    pub waived: usize,
}

/// One framework's part of an assessment.
#[derive(Debug, Clone)]
pub struct FrameworkAssessment {
    pub framework: Arc<Framework>,
    /// In the publisher's order, withdrawn ones left out.
    pub controls: Vec<ControlAssessment>,
}

/// What was looked at, and what was not.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Files read as infrastructure as code.
    pub files: usize,
    pub resources: usize,
    /// Resources with at least one verdict.
    pub judged: usize,
    /// Kind → number of resources no rule has a word for.
    pub kinds_without_rules: BTreeMap<Arc<str>, usize>,
    /// Reason kind and text → number of verdicts left unknown by it.
    pub unknown_reasons: BTreeMap<(WhyKind, Arc<str>), usize>,
    /// Modules, nested stacks that are not here: what, why.
    pub gaps: Vec<(Arc<str>, Arc<str>)>,
    /// Files that could not be read whole, and why.
    pub unread: Vec<(Arc<str>, String)>,
}

/// The whole judgement of a run.
#[derive(Debug, Clone)]
pub struct Assessment {
    pub verdicts: Vec<Verdict>,
    pub frameworks: Vec<FrameworkAssessment>,
    pub coverage: Coverage,
}

/// Joins verdicts to the controls of the chosen frameworks (ids; unknown ids are the caller's mistake).
pub fn assess(
    _snapshot: &Snapshot,
    verdicts: Vec<Verdict>,
    _rules: &RuleSet,
    _library: &Library,
    _frameworks: &[Arc<Framework>],
) -> Assessment {
    Assessment { verdicts, frameworks: Vec::new(), coverage: Coverage::default() }
}
