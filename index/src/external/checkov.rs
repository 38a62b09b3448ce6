//! Checkov's JSON: one object, or one for each kind of file.

use serde_json::Value;

use super::{Finding, ResultStatus, Results, SECRET, input, items, optional_text, severity, text};

pub(super) fn is(object: &Value) -> bool {
    object.get("check_type").is_some()
        || object.get("results").is_some_and(|results| results.get("failed_checks").is_some())
}

/// Without a file to look at, it writes its summary alone.
pub(super) fn is_summary(object: &Value) -> bool {
    ["passed", "failed", "checkov_version"].iter().all(|key| object.get(key).is_some())
}

pub(super) fn read(object: &Value, out: &mut Results) {
    let Some(results) = object.get("results") else { return };
    let check_type = text(object, &["check_type"]);
    // A package with a published weakness is no configuration.
    let of_packages = ["sca_package", "sca_image"].contains(&check_type.as_str());
    for (list, status) in [
        ("failed_checks", ResultStatus::Failed),
        ("passed_checks", ResultStatus::Passed),
        ("skipped_checks", ResultStatus::Accepted(None)),
    ] {
        if of_packages {
            out.leave_out("a weakness of a package is no configuration", items(results, list).count());
            continue;
        }
        for check in items(results, list) {
            let status = match &status {
                ResultStatus::Accepted(_) => {
                    ResultStatus::Accepted(optional_text(check, &["check_result", "suppress_comment"]))
                }
                other => other.clone(),
            };
            out.findings.push(finding(check, &check_type, status));
        }
    }
    out.leave_out("Checkov could not read the file", items(results, "parsing_errors").count());
}

fn finding(check: &Value, check_type: &str, status: ResultStatus) -> Finding {
    // What it found a secret in is named by a digest, which says nothing.
    let resource = optional_text(check, &["resource"]).filter(|_| check_type != "secrets");
    let kind =
        resource.as_deref().filter(|_| check_type == "kubernetes").and_then(|one| one.split('.').next());
    let secret = (check_type == "secrets").then(|| SECRET.to_owned());
    Finding {
        tool: "checkov".to_owned(),
        id: text(check, &["check_id"]),
        other_ids: optional_text(check, &["bc_check_id"]).into_iter().chain(secret).collect(),
        title: text(check, &["check_name"]),
        message: None,
        description: optional_text(check, &["description"])
            .or_else(|| optional_text(check, &["short_description"])),
        kind: kind.map(str::to_owned),
        file: optional_text(check, &["file_path"]).map(|path| input::path(path.trim_start_matches('/'))),
        line: items(check, "file_line_range")
            .next()
            .and_then(Value::as_u64)
            .and_then(|line| u32::try_from(line).ok())
            .filter(|line| *line > 0),
        severity: optional_text(check, &["severity"]).and_then(|word| severity(&word)),
        resource,
        status,
    }
}
