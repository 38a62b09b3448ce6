//! Other scanners' results, as findings: Checkov, Trivy, KICS, tfsec and cfn-guard (their JSON), Prowler (OCSF), and
//! whoever writes SARIF. Their own opinion on controls is not read; a rule with their id gives the controls, or
//! the index infers them.

mod assessment;
mod native;
mod sarif;
#[cfg(test)]
mod tests;

pub use assessment::Foreign;
use compline_rules::Severity;
use serde_json::Value;

use crate::index::mapper::{Mapped, Mapper};

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
    /// The resource's address, as the scanner writes it.
    pub resource: Option<String>,
    /// The resource's kind, where it is told.
    pub kind: Option<String>,
    pub file: Option<String>,
    /// From 1.
    pub line: Option<u32>,
    /// As the scanner sees it, where it says so.
    pub severity: Option<Severity>,
    /// False: the check passed.
    pub failed: bool,
}

/// Reads a scanner's results, whichever of the known formats they are in.
///
/// # Errors
/// That the text is in none of them, and which they are.
pub fn read(text: &str) -> Result<Vec<Finding>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        // OCSF is also written one object a line.
        Err(error) => {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            match lines.map(serde_json::from_str::<Value>).collect::<Result<Vec<Value>, _>>() {
                Ok(objects) if objects.len() > 1 => Value::Array(objects),
                _ => return Err(format!("the results are not JSON: {error}")),
            }
        }
    };
    let first = value.as_array().and_then(|list| list.first()).unwrap_or(&value);
    let has = |key: &str| first.get(key).is_some();
    if value.get("runs").is_some() {
        return Ok(sarif::read(&value));
    }
    if value.as_array().is_some_and(Vec::is_empty) {
        return Ok(Vec::new());
    }
    if has("check_type") || first.get("results").is_some_and(|results| results.get("failed_checks").is_some())
    {
        return Ok(native::checkov(&value));
    }
    // Without a file to look at, Checkov writes its summary alone.
    if has("passed") && has("failed") && has("checkov_version") {
        return Ok(Vec::new());
    }
    if has("finding_info") {
        return Ok(native::prowler(&value));
    }
    if has("CheckID") && has("Status") {
        return Ok(native::prowler_legacy(&value));
    }
    if has("not_compliant") {
        return Ok(native::guard(&value));
    }
    if value.get("queries").is_some() {
        return Ok(native::kics(&value));
    }
    if value.get("SchemaVersion").is_some() || value.get("Results").is_some() {
        return Ok(native::trivy(&value));
    }
    if value.get("results").is_some_and(|results| results.is_array() || results.is_null()) {
        return Ok(native::tfsec(&value));
    }
    Err("the results are in no format that is known: give SARIF, or the JSON of Checkov, Trivy, KICS, tfsec or \
         cfn-guard, or Prowler's OCSF or JSON"
        .to_owned())
}

impl Mapper {
    /// The controls another scanner's finding bears on: those of the rule that has its id, else what its title and
    /// its resource are like.
    pub fn map_finding(&self, finding: &Finding) -> Vec<Mapped> {
        for id in std::iter::once(&finding.id).chain(&finding.other_ids) {
            if let Some(known) = self.map_id(id).filter(|known| !known.is_empty() || self.is_nothing(id)) {
                return known;
            }
        }
        let query = finding.query();
        let found = self.map_known(&finding.id, &query);
        // A finding is about something that matters, which a text need not be: where nothing is suggested, the bar
        // is lowered once.
        if found.is_empty() { self.map_above(&finding.id, &query, 0.5) } else { found }
    }
}

impl Finding {
    /// What the index is asked when no rule has its id.
    pub fn query(&self) -> String {
        let kind = self.kind_of();
        let cloud = ["AWS", "AZURE", "GCP", "K8S"].into_iter().find(|cloud| self.id.contains(cloud));
        let cloud = match cloud {
            Some("GCP") => "Google",
            Some("K8S") => "Kubernetes",
            Some(cloud) => cloud,
            None => "",
        };
        let words = [self.title.as_str(), kind.unwrap_or_default(), cloud];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}

impl Finding {
    /// Its resource's kind: told, or read from a Terraform or CloudFormation address.
    pub(crate) fn kind_of(&self) -> Option<&str> {
        self.kind.as_deref().or_else(|| {
            let address = self.resource.as_deref()?;
            let address = address.split('[').next().unwrap_or(address);
            address.rsplit('.').nth(1).filter(|kind| kind.contains('_') || kind.contains("::"))
        })
    }
}

/// A word for how bad it is, in any of the scanners' vocabularies.
fn severity(word: &str) -> Option<Severity> {
    match word.to_lowercase().as_str() {
        "critical" | "fatal" => Some(Severity::Critical),
        "high" | "error" => Some(Severity::High),
        "medium" | "moderate" | "warning" => Some(Severity::Medium),
        "low" | "note" | "info" | "informational" | "trace" => Some(Severity::Low),
        _ => None,
    }
}

fn text(value: &Value, path: &[&str]) -> String {
    maybe(value, path).unwrap_or_default()
}

fn maybe(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, step| value.get(step))?;
    found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn line(value: &Value, path: &[&str]) -> Option<u32> {
    let found = path.iter().try_fold(value, |value, step| value.get(step))?;
    found.as_u64().and_then(|line| u32::try_from(line).ok()).filter(|line| *line > 0)
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}
