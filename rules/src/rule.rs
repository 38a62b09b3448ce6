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
    /// Values to write, by path, or by the kind of the companion that is added; a path of the kind being fixed is used,
    /// the others are passed over.
    pub set: IndexMap<String, FixValue>,
    /// A value for the deciding path, one for each entry of `check`, or one for all.
    pub value: Vec<FixValue>,
    /// What must not be there is taken away, even where nothing stays of its list.
    pub remove: bool,
    /// Paths that are taken away, with all that is below them.
    pub removed: Vec<String>,
    /// What is written beside a path where it is not there yet: path → name → value.
    pub beside: IndexMap<String, Vec<(String, FixValue)>>,
}

/// A value that a page writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FixValue {
    Scalar(Scalar),
    List(Vec<FixValue>),
    Map(Vec<(String, FixValue)>),
    /// What somebody has to choose, by its name in the table of choices.
    Choice(String),
}

impl FixSpec {
    /// The names of what has to be chosen.
    pub fn choices(&self) -> Vec<&str> {
        fn within<'v>(value: &'v FixValue, out: &mut Vec<&'v str>) {
            match value {
                FixValue::Scalar(_) => {}
                FixValue::List(items) => items.iter().for_each(|item| within(item, out)),
                FixValue::Map(entries) => entries.iter().for_each(|(_, value)| within(value, out)),
                FixValue::Choice(name) => out.push(name),
            }
        }
        let mut out = Vec::new();
        let beside = self.beside.values().flatten().map(|(_, value)| value);
        self.set.values().chain(&self.value).chain(beside).for_each(|value| within(value, &mut out));
        out
    }
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
