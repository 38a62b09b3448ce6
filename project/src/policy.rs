//! An organisation's policy: what every run holds a project to, in a file that lies outside of the project. Nothing in
//! the project can weaken it; what breaks it is a failure of the run, with its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use compline_frameworks::{Amount, builtin};
use compline_rules::waiver::{Waiver, WaiverSource};
use compline_rules::{Outcome, RuleSet, Severity};
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::adjustments::{Adjustment, AdjustmentKind};
use crate::assess::Assessed;
use crate::clock::{day_after, is_day};
use crate::config::{self, ConfigError};
use crate::disk::{Bounded, read_at_most, real_path};
use crate::error::{Detail, ErrorKind, FilePlace};
use crate::facts::sha256;
use crate::parameters::WrittenValue;
use crate::waivers;

/// A policy is a page.
const LONGEST: u64 = 1 << 20;

/// What the file says, after it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// As the user named it.
    pub path: PathBuf,
    /// SHA-256 of its bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Frameworks that a run must assess, whole: ids, or `ID:BASELINE`.
    pub frameworks: Vec<String>,
    /// Failures of this severity and above fail a run, whatever else says less.
    pub severity: Option<Severity>,
    /// The least that rules' parameters ask for, as it is written.
    pub parameters: Vec<WrittenValue>,
    waivers: Waivers,
    overrides: Word,
    exclusions: Word,
    rejections: Word,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Waivers {
    all: Word,
    longest_days: Option<u32>,
    forbidden_rules: Vec<String>,
    forbidden_severities: Vec<Severity>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    #[default]
    Allowed,
    Forbidden,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    frameworks: Vec<String>,
    #[serde(default)]
    severity: Option<Spanned<String>>,
    #[serde(default)]
    parameters: BTreeMap<String, Spanned<Amount>>,
    #[serde(default)]
    waivers: WaiversFile,
    #[serde(default)]
    overrides: Word,
    #[serde(default)]
    exclusions: Word,
    #[serde(default)]
    rejections: Word,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct WaiversFile {
    all: Word,
    longest_days: Option<u32>,
    forbidden_rules: Vec<Spanned<String>>,
    forbidden_severities: Vec<Spanned<String>>,
}

/// A policy that cannot be used: nothing is judged without it.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    #[error("the policy `{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("the policy `{}` lies in the workspace `{}`, which it should hold", path.display(), root.display())]
    Inside { path: PathBuf, root: PathBuf },
    #[error("the policy `{}` is no text of at most 1 MiB", path.display())]
    NoText { path: PathBuf },
    #[error("{}{problem}", place.lead())]
    Malformed { place: FilePlace, problem: String },
    #[error(transparent)]
    Word(ConfigError),
    #[error("{}no built-in rule is called `{rule}`", place.lead())]
    NoRule { place: FilePlace, rule: String },
}

impl Detail for PolicyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }

    fn help(&self) -> Option<String> {
        match self {
            PolicyError::Inside { .. } => {
                Some("keep it where the project's authors cannot change it, and name it there".to_owned())
            }
            PolicyError::Word(error) => error.help(),
            PolicyError::Malformed { .. } => Some("docs/policy.md has every key".to_owned()),
            _ => None,
        }
    }
}

/// What breaks a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// A clause.
    pub what: String,
    /// Below the root; the policy's own path where it is about the run.
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
}

impl Policy {
    /// Reads a policy, which lies outside of a root.
    ///
    /// # Errors
    /// It cannot be read, lies inside, or says something it cannot.
    pub fn read(path: &Path, root: &Path) -> Result<Self, PolicyError> {
        let unreadable = |error| PolicyError::Unreadable { path: path.to_owned(), error };
        let real = real_path(path).map_err(unreadable)?;
        if real.starts_with(root) {
            return Err(PolicyError::Inside { path: path.to_owned(), root: root.to_owned() });
        }
        let no_text = || PolicyError::NoText { path: path.to_owned() };
        let Bounded::Whole(bytes) = read_at_most(&real, LONGEST).map_err(unreadable)? else {
            return Err(no_text());
        };
        let text = String::from_utf8(bytes).map_err(|_| no_text())?;
        Self::parse(path, &text)
    }

    fn parse(path: &Path, text: &str) -> Result<Self, PolicyError> {
        let options = serde_saphyr::options! { with_snippet: false };
        let file: File = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let message = error.to_string();
            let problem = message.split(" at line ").next().unwrap_or(&message);
            let problem = problem.lines().next().unwrap_or_default().to_owned();
            let line = error.location().map(|at| at.line());
            let whole = FilePlace { file: path.to_owned(), line: None, column: None };
            PolicyError::Malformed { place: line.map_or(whole, |line| FilePlace::line(path, line)), problem }
        })?;
        let severity = |word: &Spanned<String>| {
            config::severity(&word.value).map_err(|error| {
                let place = Some(FilePlace::line(path, word.referenced.line()));
                PolicyError::Word(ConfigError { place, fault: error.fault })
            })
        };
        let rules = RuleSet::builtin();
        let rule = |word: &Spanned<String>| match rules.find(&word.value) {
            Some(_) => Ok(word.value.clone()),
            None => {
                let place = FilePlace::line(path, word.referenced.line());
                Err(PolicyError::NoRule { place, rule: word.value.clone() })
            }
        };
        Ok(Self {
            path: path.to_owned(),
            sha256: sha256(text.as_bytes()),
            severity: file.severity.as_ref().map(severity).transpose()?,
            frameworks: file.frameworks,
            parameters: config::written_values(file.parameters, path),
            waivers: Waivers {
                all: file.waivers.all,
                longest_days: file.waivers.longest_days,
                forbidden_rules: file.waivers.forbidden_rules.iter().map(rule).collect::<Result<_, _>>()?,
                forbidden_severities: file
                    .waivers
                    .forbidden_severities
                    .iter()
                    .map(severity)
                    .collect::<Result<_, _>>()?,
            },
            overrides: file.overrides,
            exclusions: file.exclusions,
            rejections: file.rejections,
        })
    }

    /// The severity from which on failures fail a run: never a higher one than the policy's.
    pub fn threshold(&self, asked: Option<Severity>) -> Option<Severity> {
        match (asked, self.severity) {
            (Some(asked), Some(own)) => Some(asked.min(own)),
            (asked, own) => asked.or(own),
        }
    }

    /// All that breaks it in a run on a day (`YYYY-MM-DD`), by place.
    pub fn breaches(&self, assessed: &Assessed, adjustments: &[Adjustment], today: &str) -> Vec<Breach> {
        let mut out: Vec<Breach> =
            self.frameworks.iter().filter_map(|id| self.framework(id, assessed)).collect();
        for one in adjustments {
            let (word, noun) = match one.kind {
                AdjustmentKind::Override => (self.overrides, "overrides"),
                AdjustmentKind::Exclusion | AdjustmentKind::PassedOver => (self.exclusions, "exclusions"),
                AdjustmentKind::Rejection => (self.rejections, "rejections"),
                AdjustmentKind::Waiver => (self.waivers.all, "waivers"),
                _ => continue,
            };
            if word == Word::Forbidden {
                let what = format!("{noun} are forbidden: {}", one.what);
                out.push(Breach { what, file: one.file.clone(), line: one.line });
            }
        }
        let project = &assessed.project;
        out.extend(project.config.breaches.iter().cloned());
        let (all, _) = waivers::in_force(&project.snapshot, project.sources(), &project.config.honor);
        if let Some(days) = self.waivers.longest_days {
            let last = day_after(today, days);
            for waiver in &all {
                let fits = waiver
                    .until
                    .as_deref()
                    .is_some_and(|until| is_day(until) && last.as_deref().is_some_and(|last| until <= last));
                if !fits {
                    let until = waiver.until.as_deref().unwrap_or("no day");
                    let what = format!(
                        "waivers end within {days} days: that of `{}` holds until {until}",
                        waiver.rule
                    );
                    out.extend(at_waiver(waiver, what));
                }
            }
        }
        for verdict in &assessed.assessment.verdicts {
            let others = verdict.otherwise.iter().map(|one| &one.outcome);
            let waived = std::iter::once(&verdict.outcome).chain(others).find_map(|outcome| match outcome {
                Outcome::Waived(waiver) => Some(waiver),
                _ => None,
            });
            let Some(waiver) = waived else { continue };
            let what = if self.waivers.forbidden_rules.iter().any(|rule| **rule == *verdict.rule) {
                format!("`{}` may not be waived", verdict.rule)
            } else if self.waivers.forbidden_severities.contains(&verdict.severity) {
                format!("failures of severity {} may not be waived: `{}`", verdict.severity, verdict.rule)
            } else {
                continue;
            };
            out.extend(at_waiver(waiver, what));
        }
        out.sort_by(|a, b| (&a.file, a.line, &a.what).cmp(&(&b.file, b.line, &b.what)));
        out.dedup();
        out
    }

    fn framework(&self, wanted: &str, assessed: &Assessed) -> Option<Breach> {
        let (id, baseline) =
            wanted.split_once(':').map_or((wanted, None), |(id, baseline)| (id, Some(baseline)));
        let whole = builtin::framework(id);
        let needed = match (&whole, baseline) {
            (Some(whole), Some(baseline)) => whole.at_baseline(baseline),
            (Some(whole), None) => Some(whole.clone()),
            (None, _) => None,
        };
        let chosen = assessed.frameworks().chosen.iter().find(|framework| framework.id == id);
        let what = match (chosen, needed) {
            (None, _) => format!("the framework `{wanted}` is required, and is not assessed"),
            (Some(chosen), Some(needed)) => {
                let lacks = needed.controls().find(|control| chosen.find(&control.id).is_none())?;
                format!("the framework `{wanted}` is required, and its control {} is not assessed", lacks.id)
            }
            (Some(_), None) if whole.is_some() => {
                format!("the framework `{wanted}` is required, and has no such baseline")
            }
            (Some(_), None) => return None,
        };
        Some(Breach { what, file: self.path.display().to_string(), line: None })
    }
}

fn at_waiver(waiver: &Waiver, what: String) -> Option<Breach> {
    let (file, line) = match &waiver.source {
        WaiverSource::Comment { path, line, .. } => (path, Some(*line)),
        WaiverSource::File { path, line } => (path, u32::try_from(*line).ok()),
        WaiverSource::Results { .. } => return None,
    };
    Some(Breach { what, file: file.to_string(), line })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn every_key_is_read_and_a_wrong_one_is_named() {
        let text = "frameworks: [hipaa-security-rule]\nseverity: medium\nwaivers:\n  all: allowed\n  longest_days: 90\n  \
                    forbidden_rules: [aws-rds-publicly-accessible]\n  forbidden_severities: [critical]\n\
                    overrides: forbidden\nexclusions: forbidden\nrejections: forbidden\n";
        let policy = Policy::parse(Path::new("policy.yaml"), text).unwrap();
        assert_eq!(policy.threshold(None), Some(Severity::Medium));
        assert_eq!(policy.threshold(Some(Severity::High)), Some(Severity::Medium));
        assert_eq!(policy.threshold(Some(Severity::Low)), Some(Severity::Low));
        for (text, said) in [
            ("frameworks: []\nexlusions: forbidden\n", "policy.yaml:2"),
            ("severity: grave\n", "policy.yaml:1: `grave` is no severity"),
            (
                "waivers:\n  forbidden_rules: [aws-none]\n",
                "policy.yaml:2: no built-in rule is called `aws-none`",
            ),
            ("overrides: maybe\n", "policy.yaml:1"),
        ] {
            let error = Policy::parse(Path::new("policy.yaml"), text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
    }

    #[test]
    fn a_policy_lies_outside_of_what_it_holds() {
        let folder = Folder::new("policy-place");
        folder.write("work/policy.yaml", "severity: low\n");
        folder.write("policy.yaml", "severity: low\n");
        let root = real_path(&folder.path("work")).unwrap();
        assert!(Policy::read(&folder.path("policy.yaml"), &root).is_ok());
        let error = Policy::read(&folder.path("work/policy.yaml"), &root).unwrap_err();
        assert!(matches!(error, PolicyError::Inside { .. }), "{error}");
    }
}
