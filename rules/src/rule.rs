//! A rule: what there is to know of it, and how it judges.
//!
//! Shared with the build script; knows nothing of `iac`.

use std::sync::Arc;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::check::{self, Check, Scalar};
use super::error::{ContentError, KeyPath};
use super::page;
use super::parameter::{Filler, ParameterValue};

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
    /// What it asks for, a value for each of its parameters; empty where it has none.
    pub values: Arc<[ParameterValue]>,
    /// The check cannot tell the values from weaker ones: what passes is not known to be as strict as they ask.
    pub beyond: bool,
    /// What it is made of anew when a value is another; none where it has no parameters.
    template: Option<Arc<Template>>,
}

/// The parts of a page in which parameters stand, as YAML that was written as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Template {
    title: String,
    check: String,
    fix: Option<String>,
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

impl Rule {
    /// A rule without parameters.
    pub fn new(info: RuleInfo, check: Check, fix: Option<FixSpec>) -> Self {
        let values = Arc::default();
        Self { info: Arc::new(info), check, fix, values, beyond: false, template: None }
    }

    /// A rule of these parts of a page, whose title, check and fix name parameters, under their values. `info` has the
    /// title as it is written.
    ///
    /// # Errors
    /// What is wrong with the check or the fix, or a parameter that is not declared or not used.
    pub(crate) fn of_page(
        info: RuleInfo,
        check: &serde_json::Value,
        fix: Option<&serde_json::Value>,
        values: Vec<ParameterValue>,
    ) -> Result<Self, ContentError> {
        let template = Template {
            title: info.title.clone(),
            check: check.to_string(),
            fix: fix.map(ToString::to_string),
        };
        let mut rule = assembled(&Arc::new(info), &template.title, check, fix, &values)?;
        if !values.is_empty() {
            rule.template = Some(Arc::new(template));
        }
        Ok(rule)
    }

    /// The same rule under other values of its parameters, one for each.
    ///
    /// # Errors
    /// The check cannot be made of one of the values, which a value of the right unit never is the reason of.
    pub fn with_values(&self, values: &[ParameterValue]) -> Result<Self, ContentError> {
        let Some(template) = &self.template else { return Ok(self.clone()) };
        let json = |text: &str| serde_json::from_str(text).unwrap_or_default();
        let (check, fix) = (json(&template.check), template.fix.as_deref().map(json));
        let rule = assembled(&self.info, &template.title, &check, fix.as_ref(), values)?;
        Ok(Self { template: Some(Arc::clone(template)), ..rule })
    }
}

fn assembled(
    info: &Arc<RuleInfo>,
    title: &str,
    check: &serde_json::Value,
    fix: Option<&serde_json::Value>,
    values: &[ParameterValue],
) -> Result<Rule, ContentError> {
    let mut filler = Filler { values, used: Vec::new() };
    let check = check::compile(&filler.fill(check, &KeyPath::of("check"))?)?;
    let used = std::mem::take(&mut filler.used);
    if let Some(unused) = values.iter().find(|value| !used.contains(&value.name())) {
        return Err(KeyPath::of("parameters").key(unused.name()).wants("the check does not use it"));
    }
    let filled = fix.map(|fix| filler.fill(fix, &KeyPath::of("fix"))).transpose()?;
    let mut spec = filled.as_ref().map(page::read_fix).transpose()?;
    // A value that the page writes out is right for its own defaults and for no others.
    let is_written_out = spec.as_ref().is_some_and(|spec| !spec.set.is_empty() || !spec.value.is_empty());
    let is_default = values.iter().all(|value| value.value == value.parameter.default);
    if is_written_out && filler.used.is_empty() && !is_default {
        spec = None;
    }
    let words = filler.words(title, &KeyPath::of("title"))?;
    let info = match words == info.title {
        true => Arc::clone(info),
        false => Arc::new(RuleInfo { title: words, ..(**info).clone() }),
    };
    let beyond = values.iter().any(ParameterValue::is_beyond);
    Ok(Rule { info, check, fix: spec, values: values.into(), beyond, template: None })
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
