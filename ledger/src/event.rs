//! What an entry records: one struct per kind, which is also that kind's wire form.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Something that was done, as an entry's `kind` and `body`.
///
/// Kinds that are planned get a variant when something writes them: `plan`, `apply`, `observation`. A reader that
/// meets a kind it does not know, or a body it cannot read, keeps both as [`Event::Other`]; such an entry verifies
/// and is listed like any other.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A report was written.
    Report(Report),
    /// A failure was accepted.
    Waiver(Waiver),
    /// Files are about to be changed so that rules pass. Without a [`Event::Fix`] or [`Event::NotDone`] after it the
    /// change was cut off: each file is as it was before or as it should be after.
    FixIntent(Fix),
    /// Files were changed so that rules pass.
    Fix(Fix),
    /// What an earlier entry says was about to be done was not.
    NotDone(NotDone),
    /// A mapping was confirmed or rejected.
    Mapping(Mapping),
    /// A plan may be carried out.
    PlanApproval(PlanApproval),
    /// The last line of the ledger was not finished, and was put right.
    Repair(Repair),
    /// A kind or a body that this version does not know.
    Other { kind: String, body: Value },
}

/// A report was written: what it rests on, what it counted, and the files it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The program that wrote it: `compline 0.1.0`.
    pub tool: String,
    /// The system the report is about.
    pub system: String,
    /// Paths that were asked for, relative to the root; the root itself is `.`.
    pub scope: Vec<String>,
    /// Who ran it, where somebody said so.
    pub operator: Option<String>,
    /// None outside of a repository.
    pub commit: Option<Commit>,
    /// SHA-256 of the rules that judged, lower-case hexadecimal.
    pub rules: String,
    pub sources: Sources,
    pub verdicts: Verdicts,
    pub frameworks: Vec<Framework>,
    /// Whether everything that should have been read and judged was.
    pub complete: bool,
    /// The report's own files.
    pub files: Vec<File>,
}

/// The commit that was checked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit {
    pub id: String,
    /// Whether every file that was read is as the commit has it; none where that could not be determined.
    pub clean: Option<bool>,
}

/// The files that were read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// How many they were.
    pub files: u64,
    /// SHA-256 of one line `<sha256>  <path>` per file, by path.
    pub sha256: String,
}

/// Verdicts by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    pub fail: u64,
    pub unknown: u64,
    pub waived: u64,
    pub pass: u64,
}

/// The controls of one framework by status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Framework {
    pub id: String,
    pub version: String,
    /// Controls that a program can show at least a part of; the others below add up to it.
    pub automatable: u64,
    pub satisfied: u64,
    pub partial: u64,
    pub not_satisfied: u64,
    pub waived: u64,
    pub unknown: u64,
    pub not_assessed: u64,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name, without a directory.
    pub name: String,
    pub sha256: String,
}

/// A failure was accepted by `compline waive`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiver {
    /// The rule's id, or another scanner's id for it.
    pub rule: String,
    /// The resource's address, with `*` for any run of characters.
    pub address: Option<String>,
    /// The file, from the root, with `*` as above.
    pub file: Option<String>,
    pub reason: String,
    /// The last day on which it holds, YYYY-MM-DD.
    pub until: Option<String>,
    pub by: Option<String>,
}

/// Files were changed by `compline fix`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    pub files: Vec<ChangedFile>,
    pub fixes: Vec<AppliedFix>,
}

/// What was about to be done, as an earlier entry says, and was not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotDone {
    /// The hash of the entry that says what was about to be done.
    pub intent: String,
    pub why: String,
}

/// What was done with a last line that was not finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// How long it was.
    pub bytes: u64,
    /// SHA-256 of it, lower-case hexadecimal.
    pub sha256: String,
    /// Whether it was an entry that only lacked its line break, and was kept; else it was taken away.
    pub kept: bool,
}

/// A file before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedFile {
    /// From the root.
    pub path: String,
    /// SHA-256 of the text before, lower-case hexadecimal.
    pub before: String,
    /// SHA-256 of the text after.
    pub after: String,
}

/// One fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedFix {
    pub rule: String,
    /// The resource's address in its root.
    pub address: String,
    pub root: String,
    /// What was done, in a few words.
    pub title: String,
    /// `safe` or `unsafe`.
    pub safety: String,
}

/// What a person decided about the edge from a subject to a control.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    /// A rule, a kind of resource, an address, or another scanner's check.
    pub subject: String,
    /// The framework's id.
    pub framework: String,
    /// The control's id in it.
    pub control: String,
    #[serde(rename = "said")]
    pub decision: Decision,
    pub reason: String,
    pub by: String,
}

/// Whether a mapping holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    Confirmed,
    Rejected,
}

impl std::fmt::Display for Decision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Confirmed => "confirmed",
            Self::Rejected => "rejected",
        })
    }
}

/// Somebody allowed a plan. [`crate::Ledger::approve`] writes it and returns the leave to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanApproval {
    /// The digest of the plan.
    pub plan: String,
    pub by: String,
}

const REPORT: &str = "report";
const WAIVER: &str = "waiver";
const FIX_INTENT: &str = "fix-intent";
const FIX: &str = "fix";
const NOT_DONE: &str = "not-done";
const MAPPING: &str = "mapping";
const PLAN_APPROVAL: &str = "approval";
const REPAIR: &str = "repair";

impl Event {
    /// The word an entry has for this kind: `report`, `waiver`, `fix-intent`, `fix`, `not-done`, `mapping`,
    /// `approval`, `repair`.
    pub fn kind(&self) -> &str {
        match self {
            Self::Report(_) => REPORT,
            Self::Waiver(_) => WAIVER,
            Self::FixIntent(_) => FIX_INTENT,
            Self::Fix(_) => FIX,
            Self::NotDone(_) => NOT_DONE,
            Self::Mapping(_) => MAPPING,
            Self::PlanApproval(_) => PLAN_APPROVAL,
            Self::Repair(_) => REPAIR,
            Self::Other { kind, .. } => kind,
        }
    }

    /// The event that an entry's kind and body say. Fields that this version does not know are passed over: they
    /// are kept in the entry, and its hash covers them.
    pub fn read(kind: &str, body: &Value) -> Self {
        let known = match kind {
            REPORT => Report::deserialize(body).map(Self::Report),
            WAIVER => Waiver::deserialize(body).map(Self::Waiver),
            FIX_INTENT => Fix::deserialize(body).map(Self::FixIntent),
            FIX => Fix::deserialize(body).map(Self::Fix),
            NOT_DONE => NotDone::deserialize(body).map(Self::NotDone),
            MAPPING => Mapping::deserialize(body).map(Self::Mapping),
            PLAN_APPROVAL => PlanApproval::deserialize(body).map(Self::PlanApproval),
            REPAIR => Repair::deserialize(body).map(Self::Repair),
            _ => return Self::Other { kind: kind.to_owned(), body: body.clone() },
        };
        known.unwrap_or_else(|_| Self::Other { kind: kind.to_owned(), body: body.clone() })
    }

    /// The entry's body.
    ///
    /// # Errors
    /// A value that JSON cannot hold; no event of this version has one.
    pub(crate) fn body(&self) -> Result<Value, String> {
        match self {
            Self::Report(event) => serde_json::to_value(event),
            Self::Waiver(event) => serde_json::to_value(event),
            Self::FixIntent(event) | Self::Fix(event) => serde_json::to_value(event),
            Self::NotDone(event) => serde_json::to_value(event),
            Self::Mapping(event) => serde_json::to_value(event),
            Self::PlanApproval(event) => serde_json::to_value(event),
            Self::Repair(event) => serde_json::to_value(event),
            Self::Other { body, .. } => return Ok(body.clone()),
        }
        .map_err(|error| format!("the {} cannot be recorded: {error}", self.kind()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_kind_or_a_body_nobody_knows_is_kept_as_it_is() {
        for (kind, body) in [
            ("observation", json!({ "actor": "role/deploy", "actions": ["s3:GetObject"] })),
            ("waiver", json!({ "rule": 1 })),
            (
                "mapping",
                json!({
                    "subject": "a", "framework": "b", "control": "c", "said": "doubted", "reason": "d", "by": "e",
                }),
            ),
        ] {
            let event = Event::read(kind, &body);
            assert_eq!(event, Event::Other { kind: kind.to_owned(), body: body.clone() });
            assert_eq!((event.kind(), event.body().unwrap()), (kind, body));
        }
    }

    #[test]
    fn a_field_of_a_later_version_does_not_hide_the_others() {
        let event = Event::read("approval", &json!({ "plan": "abc", "by": "ann", "role": "owner" }));
        assert_eq!(event, Event::PlanApproval(PlanApproval { plan: "abc".to_owned(), by: "ann".to_owned() }));
    }
}
