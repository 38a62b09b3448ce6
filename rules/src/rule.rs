//! A rule: what there is to know of it, and how it judges.
//!
//! Shared with the build script; knows nothing of `iac`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::check::{Check, Scalar};

/// What there is to know of a rule, whoever judges by it: a page, another scanner, a policy of another language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleInfo {
    /// `<provider>-<service>-<problem>`; for another scanner's rule `<scanner>/<its id>`.
    pub id: String,
    /// States the problem; true only of a failure.
    pub title: String,
    pub severity: Severity,
    pub objectives: Vec<String>,
    /// Ids other scanners use for the same thing, by scanner: `checkov`, `trivy`, `kics`.
    pub aliases: IndexMap<String, Vec<String>>,
    /// Ids it had before it was renamed: waivers that name them still hold.
    pub was: Vec<String>,
    /// Rules that state a part of what this one states: where it fails, they fail at the same place, and none of them is
    /// more severe.
    pub covers: Vec<String>,
    /// The provider documentation it rests on.
    pub sources: Vec<String>,
    /// The prose, Markdown, without the examples.
    pub prose: String,
    /// The first example that fails, without its mark.
    pub example: Option<String>,
}

/// A rule that judges here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    pub info: Arc<RuleInfo>,
    pub check: Check,
    pub fix: Option<FixSpec>,
}

/// How bad a failure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

/// Whether a fix may be applied unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Safety {
    /// Changes nothing users rely on.
    Safe,
    /// May break, replace or lock out: shown, applied only on request.
    Unsafe,
    /// Shown as advice, never applied.
    Display,
}

/// What the page says about its fix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FixSpec {
    pub safety: Safety,
    /// Values to write, by path; a path of the kind being fixed is used, the others are passed over.
    pub set: IndexMap<String, Scalar>,
    /// A value for the deciding path, one for each entry of `check`, or one for all.
    pub value: Vec<Scalar>,
}

impl RuleInfo {
    /// The ids it has elsewhere and those it had before.
    pub fn other_ids(&self) -> impl Iterator<Item = &str> {
        self.aliases.values().flatten().chain(&self.was).map(String::as_str)
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        })
    }
}

impl std::fmt::Display for Safety {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
            Safety::Display => "display",
        })
    }
}
