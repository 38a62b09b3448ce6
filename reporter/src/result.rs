//! What a command came to, as plain data: the values that outputs are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Assessment, Coverage, FrameworkAssessment, Library, Provenance};
use compline_rules::Severity;

use crate::inventory::ResourcePart;
use crate::notice::ReadProblem;
use crate::report::Report;
use crate::run::Run;

/// What a command came to.
#[derive(Clone, Copy)]
pub enum RunResult<'a> {
    Check(CheckResult<'a>),
    Report(&'a Report),
    Mapping(&'a MappingResult),
    Coverage(CoverageResult<'a>),
    Inventory(InventoryResult<'a>),
    Ledger(LedgerResult<'a>),
}

/// A kind of result; each output shows some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultKind {
    Check,
    Report,
    Mapping,
    Coverage,
    Inventory,
    Ledger,
}

impl ResultKind {
    pub const ALL: [Self; 6] =
        [Self::Check, Self::Report, Self::Mapping, Self::Coverage, Self::Inventory, Self::Ledger];

    /// As a sentence names it.
    pub fn title(self) -> &'static str {
        match self {
            Self::Check => "a check",
            Self::Report => "a report",
            Self::Mapping => "a mapping",
            Self::Coverage => "coverage",
            Self::Inventory => "an inventory",
            Self::Ledger => "a ledger",
        }
    }

    /// The command it comes from.
    pub fn command(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Report => "report",
            Self::Mapping => "map --from",
            Self::Coverage => "coverage",
            Self::Inventory => "inventory",
            Self::Ledger => "ledger list",
        }
    }
}

impl RunResult<'_> {
    pub fn kind(&self) -> ResultKind {
        match self {
            RunResult::Check(_) => ResultKind::Check,
            RunResult::Report(_) => ResultKind::Report,
            RunResult::Mapping(_) => ResultKind::Mapping,
            RunResult::Coverage(_) => ResultKind::Coverage,
            RunResult::Inventory(_) => ResultKind::Inventory,
            RunResult::Ledger(_) => ResultKind::Ledger,
        }
    }
}

/// Judged code: the verdicts, and the frameworks that were asked for.
#[derive(Clone, Copy)]
pub struct CheckResult<'a> {
    pub run: &'a Run,
    /// Empty where no framework was named.
    pub frameworks: &'a [FrameworkAssessment],
    /// Where titles of frameworks and controls are looked up.
    pub library: &'a Library,
}

/// What was looked at, and what was not.
#[derive(Clone, Copy)]
pub struct CoverageResult<'a> {
    pub coverage: &'a Coverage,
    /// Files left out on purpose, and why.
    pub left_out: &'a BTreeMap<String, String>,
    pub problems: &'a [ReadProblem],
}

/// Every resource that was read.
#[derive(Clone, Copy)]
pub struct InventoryResult<'a> {
    pub resources: &'a [ResourcePart],
    /// What belongs to it and was not read: what, why.
    pub gaps: &'a [(Arc<str>, Arc<str>)],
    pub problems: &'a [ReadProblem],
}

/// The record of what was done.
#[derive(Clone, Copy)]
pub struct LedgerResult<'a> {
    /// Where the ledger is.
    pub path: &'a str,
    pub entries: &'a [LedgerRow],
    /// The entries as they are stored, a line each.
    pub stored: &'a str,
}

/// One entry of a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// From 0.
    pub index: u64,
    /// RFC 3339, UTC.
    pub time: String,
    pub kind: String,
    /// SHA-256, lower-case hexadecimal.
    pub hash: String,
    /// What was done, in a clause.
    pub about: String,
}

/// Another scanner's results with the controls they bear on.
#[derive(Debug, Clone)]
pub struct MappingResult {
    /// The failed ones, in the order of the results.
    pub findings: Vec<MappedFinding>,
    pub counts: MappingCounts,
    /// What shows nothing of a configuration: why, and how often.
    pub left_out: Vec<(String, usize)>,
    /// The frameworks that controls were looked for in: id, short name.
    pub frameworks: Vec<(String, String)>,
    pub assessment: Assessment,
    /// Whether scores and tiers were measured with the model that was used.
    pub calibrated: bool,
}

/// How many results there are, and how the failed ones were mapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MappingCounts {
    pub results: usize,
    pub failed: usize,
    pub passed: usize,
    /// Muted, skipped or suppressed.
    pub accepted: usize,
    /// For a person to look at.
    pub open: usize,
    /// Failed, and mapped by the id of the check or by what a person confirmed.
    pub by_id: usize,
    /// Failed, and mapped by likeness.
    pub mapped: usize,
    /// Failed, and mapped by suggestions only.
    pub suggested: usize,
    /// Failed, and known to bear on no control.
    pub nothing: usize,
    /// Failed, and not mapped.
    pub none: usize,
}

/// A failed finding.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedFinding {
    pub tool: String,
    /// The scanner's id of the check.
    pub id: String,
    pub title: String,
    /// `main.tf:12`, or the resource where no file is told.
    pub place: String,
    pub resource: Option<String>,
    pub kind: Option<String>,
    pub file: Option<String>,
    /// From 1.
    pub line: Option<u32>,
    pub severity: Option<Severity>,
    pub controls: Vec<MappedControl>,
    /// Whether its check is known to bear on no control.
    pub bears_on_nothing: bool,
}

/// A control that a finding bears on.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedControl {
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub title: String,
    /// Whether it is only a suggestion.
    pub suggested: bool,
    /// The probability that it bears; 1 for what is curated or confirmed.
    pub score: f32,
    pub provenance: Provenance,
    /// The known texts that spoke for it, best first.
    pub via: Vec<MappedBy>,
}

/// A known text like a finding's.
#[derive(Debug, Clone, PartialEq)]
pub struct MappedBy {
    /// The id of the rule, the objective or the judgement.
    pub of: Arc<str>,
    pub text: Arc<str>,
    /// Its likeness, 0 to 1.
    pub near: f32,
    /// The words they share.
    pub matched: Arc<[Arc<str>]>,
}

impl MappedControl {
    /// How surely it is named: `mapped`, `suggested`.
    pub fn tier(&self) -> &'static str {
        if self.suggested { "suggested" } else { "mapped" }
    }
}
