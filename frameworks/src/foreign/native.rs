//! The scanners' own formats.

use serde_json::Value;

use super::{Finding, items, line, maybe, severity, text};

/// One object, or a list of one for each kind of file.
pub(super) fn checkov(value: &Value) -> Vec<Finding> {
    let mut out = Vec::new();
    for part in each(value) {
        let Some(results) = part.get("results") else { continue };
        for (list, failed) in [("failed_checks", true), ("passed_checks", false)] {
            out.extend(items(results, list).map(|check| {
                Finding {
                    tool: "checkov".to_owned(),
                    id: text(check, &["check_id"]),
                    other_ids: maybe(check, &["bc_check_id"]).into_iter().collect(),
                    title: text(check, &["check_name"]),
                    resource: maybe(check, &["resource"]),
                    kind: None,
                    file: maybe(check, &["file_path"]).map(|path| path.trim_start_matches('/').to_owned()),
                    line: items(check, "file_line_range")
                        .next()
                        .and_then(Value::as_u64)
                        .and_then(|line| u32::try_from(line).ok())
                        .filter(|line| *line > 0),
                    severity: maybe(check, &["severity"]).and_then(|word| severity(&word)),
                    failed,
                }
            }));
        }
    }
    out
}

pub(super) fn trivy(value: &Value) -> Vec<Finding> {
    let mut out = Vec::new();
    for result in items(value, "Results") {
        let file = maybe(result, &["Target"]);
        // An exception is neither a failure nor a pass.
        let judged = items(result, "Misconfigurations")
            .filter(|one| matches!(one.get("Status").and_then(Value::as_str), None | Some("FAIL" | "PASS")));
        out.extend(judged.map(|one| Finding {
            tool: "trivy".to_owned(),
            id: text(one, &["ID"]),
            other_ids: maybe(one, &["AVDID"]).into_iter().collect(),
            title: maybe(one, &["Title"]).unwrap_or_else(|| text(one, &["Message"])),
            resource: maybe(one, &["CauseMetadata", "Resource"]),
            kind: None,
            file: file.clone(),
            line: line(one, &["CauseMetadata", "StartLine"]),
            severity: maybe(one, &["Severity"]).and_then(|word| severity(&word)),
            failed: one.get("Status").and_then(Value::as_str) != Some("PASS"),
        }));
        out.extend(items(result, "Secrets").map(|one| Finding {
            tool: "trivy".to_owned(),
            id: text(one, &["RuleID"]),
            other_ids: Vec::new(),
            title: format!("{} written in a file", text(one, &["Title"])),
            resource: None,
            kind: None,
            file: file.clone(),
            line: line(one, &["StartLine"]),
            severity: maybe(one, &["Severity"]).and_then(|word| severity(&word)),
            failed: true,
        }));
    }
    out
}

pub(super) fn kics(value: &Value) -> Vec<Finding> {
    let mut out = Vec::new();
    for query in items(value, "queries") {
        for file in items(query, "files") {
            let kind = maybe(file, &["resource_type"]).filter(|kind| kind != "n/a");
            out.push(Finding {
                tool: "kics".to_owned(),
                id: text(query, &["query_id"]),
                other_ids: Vec::new(),
                title: text(query, &["query_name"]),
                resource: maybe(file, &["resource_name"]).filter(|name| name != "n/a"),
                kind,
                file: maybe(file, &["file_name"]),
                line: line(file, &["line"]),
                severity: maybe(query, &["severity"]).and_then(|word| severity(&word)),
                failed: true,
            });
        }
    }
    out
}

pub(super) fn tfsec(value: &Value) -> Vec<Finding> {
    // 0 is failed, 1 passed, 2 ignored.
    let judged = items(value, "results")
        .filter(|one| matches!(one.get("status").and_then(Value::as_u64), None | Some(0 | 1)));
    let told = judged.map(|one| Finding {
        tool: "tfsec".to_owned(),
        id: text(one, &["rule_id"]),
        other_ids: maybe(one, &["long_id"]).into_iter().collect(),
        title: maybe(one, &["rule_description"]).unwrap_or_else(|| text(one, &["description"])),
        resource: maybe(one, &["resource"]),
        kind: None,
        file: maybe(one, &["location", "filename"]),
        line: line(one, &["location", "start_line"]),
        severity: maybe(one, &["severity"]).and_then(|word| severity(&word)),
        failed: one.get("status").and_then(Value::as_u64) != Some(1),
    });
    told.collect()
}

/// OCSF detection or compliance findings.
pub(super) fn prowler(value: &Value) -> Vec<Finding> {
    // `MANUAL`, `MUTED` and `INFO` are neither failures nor passes.
    let judged = each(value).filter(|one| {
        let word = maybe(one, &["status_code"]).map(|word| word.to_uppercase());
        one.get("finding_info").is_some() && matches!(word.as_deref(), None | Some("FAIL" | "PASS"))
    });
    let told = judged.map(|one| {
        let resource = items(one, "resources").next().unwrap_or(&Value::Null);
        let product = text(one, &["metadata", "product", "name"]).to_lowercase();
        Finding {
            tool: if product.is_empty() { "prowler".to_owned() } else { product },
            id: maybe(one, &["metadata", "event_code"])
                .unwrap_or_else(|| text(one, &["finding_info", "uid"])),
            other_ids: Vec::new(),
            title: text(one, &["finding_info", "title"]),
            resource: maybe(resource, &["uid"]).or_else(|| maybe(resource, &["name"])),
            kind: maybe(resource, &["type"]),
            file: None,
            line: None,
            severity: maybe(one, &["severity"]).and_then(|word| severity(&word)),
            failed: maybe(one, &["status_code"]).is_none_or(|status| status != "PASS"),
        }
    });
    told.collect()
}

/// Prowler's own JSON, as its third version wrote it.
pub(super) fn prowler_legacy(value: &Value) -> Vec<Finding> {
    let judged = each(value).filter(|one| {
        let word = maybe(one, &["Status"]).map(|word| word.to_uppercase());
        one.get("CheckID").is_some() && matches!(word.as_deref(), Some("FAIL" | "PASS"))
    });
    let told = judged.map(|one| Finding {
        tool: "prowler".to_owned(),
        id: text(one, &["CheckID"]),
        other_ids: Vec::new(),
        title: maybe(one, &["CheckTitle"]).unwrap_or_else(|| text(one, &["StatusExtended"])),
        resource: maybe(one, &["ResourceArn"]).or_else(|| maybe(one, &["ResourceId"])),
        kind: maybe(one, &["ResourceType"]).filter(|kind| kind != "Other"),
        file: None,
        line: None,
        severity: maybe(one, &["Severity"]).and_then(|word| severity(&word)),
        failed: maybe(one, &["Status"]).is_some_and(|word| word.eq_ignore_ascii_case("FAIL")),
    });
    told.collect()
}

/// One object for each template, with the rules it does not comply with.
pub(super) fn guard(value: &Value) -> Vec<Finding> {
    let mut out = Vec::new();
    for template in each(value) {
        let file = maybe(template, &["name"]);
        for rule in items(template, "not_compliant").filter_map(|one| one.get("Rule")) {
            let id = text(rule, &["name"]);
            let message = first(rule, &|key, value| match key {
                "custom_message" => {
                    value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
                }
                _ => None,
            });
            let path = first(rule, &|key, value| match key {
                "path" => value.as_str().filter(|path| path.starts_with("/Resources/")).map(str::to_owned),
                _ => None,
            });
            let line = first(rule, &|key, value| match key {
                "line" => value.as_u64().and_then(|line| u32::try_from(line).ok()),
                _ => None,
            });
            // A rule of this tool is named in capitals: its name is what it says.
            let spoken = id.replace('_', " ").to_lowercase();
            let title = message
                .as_deref()
                .and_then(|text| text.lines().next())
                .map(|text| format!("{spoken}: {text}"));
            out.push(Finding {
                tool: "cfn-guard".to_owned(),
                other_ids: Vec::new(),
                title: title.unwrap_or(spoken),
                resource: path.and_then(|path| path.split('/').nth(2).map(str::to_owned)),
                kind: None,
                file: file.clone(),
                line,
                severity: None,
                failed: true,
                id,
            });
        }
        out.extend(items(template, "compliant").filter_map(Value::as_str).map(|id| Finding {
            tool: "cfn-guard".to_owned(),
            id: id.to_owned(),
            title: id.replace('_', " ").to_lowercase(),
            file: file.clone(),
            ..Finding::default()
        }));
    }
    out
}

/// The objects of a list, or the one there is.
fn each(value: &Value) -> impl Iterator<Item = &Value> {
    let list = value.as_array();
    list.into_iter().flatten().chain(list.is_none().then_some(value))
}

/// The first thing in a tree, in its order, that `take` takes.
fn first<T>(value: &Value, take: &dyn Fn(&str, &Value) -> Option<T>) -> Option<T> {
    match value {
        Value::Object(map) => map
            .iter()
            .find_map(|(key, value)| take(key, value))
            .or_else(|| map.values().find_map(|value| first(value, take))),
        Value::Array(list) => list.iter().find_map(|value| first(value, take)),
        _ => None,
    }
}
