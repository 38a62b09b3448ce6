//! SARIF 2.1.0, as scanners of configuration write it.

use std::collections::HashMap;

use compline_rules::Severity;
use serde_json::Value;

use super::{Finding, items, line, maybe, severity, text};

pub(super) fn read(value: &Value) -> Vec<Finding> {
    items(value, "runs").flat_map(run).collect()
}

fn run(run: &Value) -> Vec<Finding> {
    let driver = run.get("tool").and_then(|tool| tool.get("driver")).unwrap_or(&Value::Null);
    let name = text(driver, &["name"]).to_lowercase();
    let known = ["checkov", "trivy", "kics", "tfsec", "prowler", "cfn-guard"];
    let tool = known.into_iter().find(|tool| name.contains(tool)).map_or(name, str::to_owned);
    let rules: Vec<&Value> = items(driver, "rules").collect();
    let by_id: HashMap<&str, &Value> =
        rules.iter().filter_map(|rule| Some((rule.get("id")?.as_str()?, *rule))).collect();
    // What was suppressed in the code, does not apply or is only told is neither a failure nor a pass.
    let judged = items(run, "results").filter(|result| {
        items(result, "suppressions").next().is_none()
            && matches!(result.get("kind").and_then(Value::as_str), None | Some("fail" | "pass"))
    });
    judged
        .map(|result| {
            let at = result.get("ruleIndex").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
            let id = maybe(result, &["ruleId"]).or_else(|| maybe(result, &["rule", "id"]));
            let rule = id
                .as_deref()
                .and_then(|id| by_id.get(id).copied())
                .or_else(|| at.and_then(|at| rules.get(at).copied()))
                .unwrap_or(&Value::Null);
            let id = id.or_else(|| maybe(rule, &["id"])).unwrap_or_default();
            let message = text(result, &["message", "text"]);
            let title = maybe(rule, &["shortDescription", "text"])
                .filter(|title| *title != id)
                .or_else(|| maybe(rule, &["fullDescription", "text"]))
                .or_else(|| maybe(rule, &["name"]).filter(|name| *name != id && name.contains(' ')))
                .unwrap_or_else(|| message.lines().next().unwrap_or_default().to_owned());
            let place = items(result, "locations").next().unwrap_or(&Value::Null);
            let other_ids =
                maybe(rule, &["name"]).into_iter().filter(|name| *name != id && !name.contains(' '));
            Finding {
                tool: tool.clone(),
                other_ids: other_ids.collect(),
                title,
                resource: items(place, "logicalLocations")
                    .next()
                    .and_then(|one| maybe(one, &["fullyQualifiedName"]).or_else(|| maybe(one, &["name"]))),
                kind: None,
                file: maybe(place, &["physicalLocation", "artifactLocation", "uri"]),
                line: line(place, &["physicalLocation", "region", "startLine"]),
                severity: sarif_severity(result, rule),
                failed: result.get("kind").and_then(Value::as_str) != Some("pass"),
                id,
            }
        })
        .collect()
}

/// The score scanners put beside a rule, else the level.
fn sarif_severity(result: &Value, rule: &Value) -> Option<Severity> {
    let score = maybe(rule, &["properties", "security-severity"]);
    if let Some(score) = score.and_then(|score| score.parse::<f32>().ok()) {
        return Some(match score {
            score if score >= 9.0 => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Medium,
            _ => Severity::Low,
        });
    }
    let level = maybe(result, &["level"]).or_else(|| maybe(rule, &["defaultConfiguration", "level"]));
    level.and_then(|level| severity(&level))
}
