//! Other scanners' results, as findings: Checkov, Trivy, KICS, tfsec and cfn-guard (their JSON), Prowler (OCSF, its
//! table, the finding format of AWS), and whoever writes SARIF. Their own opinion on controls is not read; a rule with
//! their id gives the controls, or the index infers them.

mod cfn_guard;
mod checkov;
mod input;
mod kics;
mod mapped_results;
mod mapping;
mod prowler;
mod sarif;
#[cfg(test)]
mod tests;
mod trivy;

use std::collections::BTreeMap;

use compline_rules::Severity;
pub use mapped_results::MappedResults;
use serde_json::Value;

/// One result of another scanner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Finding {
    /// `checkov`, `trivy`, `kics`, `tfsec`, `prowler`, `cfn-guard`, or the name a SARIF file gives its tool.
    pub tool: String,
    /// The scanner's id of the check, as it writes it.
    pub id: String,
    /// Other ids the scanner gives the same check.
    pub other_ids: Vec<String>,
    pub title: String,
    /// What the scanner says of the check beside its title.
    pub description: Option<String>,
    /// What the scanner says of this place, where it says more than the title.
    pub message: Option<String>,
    /// The resource's address, as the scanner writes it.
    pub resource: Option<String>,
    /// The resource's kind, where the scanner names it.
    pub kind: Option<String>,
    /// With forward slashes, and without the way up to where the scanner stood.
    pub file: Option<String>,
    /// From 1.
    pub line: Option<u32>,
    /// As the scanner sees it, where it says so.
    pub severity: Option<Severity>,
    pub status: ResultStatus,
}

/// What a scanner of secrets finds has this id beside its own (`checks/secrets.yaml`).
const SECRET: &str = "SECRET_IN_CODE_1";

/// What a scanner says came of a check.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ResultStatus {
    #[default]
    Failed,
    Passed,
    /// It fails or was not run, and somebody accepted that: muted, skipped, suppressed. The reason, if given.
    Accepted(Option<String>),
    /// A person has to look.
    Open,
}

/// What a file of results holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// In the order of the file.
    pub findings: Vec<Finding>,
    /// What shows nothing of a configuration: why, and how often.
    pub left_out: BTreeMap<String, usize>,
}

impl Results {
    /// Adds what another file holds.
    pub fn extend(&mut self, other: Results) {
        self.findings.extend(other.findings);
        other.left_out.into_iter().for_each(|(why, count)| self.leave_out(&why, count));
    }

    fn leave_out(&mut self, why: &str, count: usize) {
        if count > 0 {
            *self.left_out.entry(why.to_owned()).or_default() += count;
        }
    }
}

impl Finding {
    /// Whether the check failed and nobody accepts it.
    pub fn failed(&self) -> bool {
        self.status == ResultStatus::Failed
    }
}

/// Reads a scanner's results, whichever of the known formats they are in.
///
/// # Errors
/// That the file is in none of them, and which they are, or what is broken in it.
pub fn read(bytes: &[u8]) -> Result<Results, String> {
    let mut out = Results::default();
    for object in &input::objects(bytes)? {
        let reader: fn(&Value, &mut Results) = match object {
            _ if sarif::is(object) => sarif::read,
            _ if checkov::is(object) => checkov::read,
            _ if checkov::is_summary(object) => |_, _| (),
            _ if prowler::is_ocsf(object) => prowler::ocsf,
            _ if prowler::is_table(object) => prowler::table,
            _ if prowler::is_asff(object) => prowler::asff,
            _ if prowler::is_legacy(object) => prowler::legacy,
            _ if object.get("Findings").is_some_and(Value::is_array) => {
                |object, out| items(object, "Findings").for_each(|one| prowler::asff(one, out))
            }
            _ if cfn_guard::is(object) => cfn_guard::read,
            _ if kics::is(object) => kics::read,
            _ if trivy::is(object) => trivy::read,
            _ if trivy::is_tfsec(object) => trivy::tfsec,
            _ => return Err(unknown_format(object)),
        };
        reader(object, &mut out);
    }
    Ok(out)
}

fn unknown_format(object: &Value) -> String {
    let keys: Vec<String> =
        object.as_object().into_iter().flatten().take(4).map(|(key, _)| format!("`{key}`")).collect();
    let content =
        if keys.is_empty() { "no objects".to_owned() } else { format!("objects with {}", keys.join(", ")) };
    format!(
        "it is JSON, but of no scanner that is known: it holds {content}; give SARIF, the JSON of Checkov, Trivy, KICS, \
         tfsec or cfn-guard, or Prowler's OCSF, ASFF or CSV"
    )
}

/// A word for how bad it is, in any of the scanners' vocabularies.
fn severity(word: &str) -> Option<Severity> {
    match word.to_lowercase().as_str() {
        "critical" | "fatal" => Some(Severity::Critical),
        "high" | "error" => Some(Severity::High),
        "medium" | "moderate" | "warning" => Some(Severity::Medium),
        "low" | "note" | "none" | "info" | "informational" | "trace" => Some(Severity::Low),
        _ => None,
    }
}

fn text(value: &Value, path: &[&str]) -> String {
    optional_text(value, path).unwrap_or_default()
}

fn optional_text(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, step| value.get(step))?;
    found.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn line(value: &Value, path: &[&str]) -> Option<u32> {
    let found = path.iter().try_fold(value, |value, step| value.get(step))?;
    found.as_u64().and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0)
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
