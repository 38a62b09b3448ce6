//! SARIF 2.1.0, as scanners of configuration write it.

use std::collections::HashMap;

use compline_rules::Severity;
use serde_json::Value;

use super::{
    Finding, ResultStatus, Results, SECRET, cfn_guard, input, items, kics, line, optional_text, severity,
    text, trivy,
};

pub(super) fn is(object: &Value) -> bool {
    object.get("runs").is_some_and(|runs| runs.is_array() || runs.is_null())
}

pub(super) fn read(object: &Value, out: &mut Results) {
    items(object, "runs").for_each(|one| run(one, out));
}

fn run(run: &Value, out: &mut Results) {
    let driver = run.get("tool").and_then(|tool| tool.get("driver")).unwrap_or(&Value::Null);
    let tool = tool(driver);
    let rules: Vec<&Value> = items(driver, "rules").collect();
    let by_id: HashMap<&str, &Value> =
        rules.iter().filter_map(|rule| Some((rule.get("id")?.as_str()?, *rule))).collect();
    for result in items(run, "results") {
        let at = result.get("ruleIndex").and_then(Value::as_u64).and_then(|at| usize::try_from(at).ok());
        let id = optional_text(result, &["ruleId"]).or_else(|| optional_text(result, &["rule", "id"]));
        let rule = id
            .as_deref()
            .and_then(|id| by_id.get(id).copied())
            .or_else(|| at.and_then(|at| rules.get(at).copied()))
            .unwrap_or(&Value::Null);
        let id = id.or_else(|| optional_text(rule, &["id"])).unwrap_or_default();
        if tool == "trivy" && is_of_package(&text(rule, &["name"])) {
            out.leave_out("a weakness or the licence of a package is no configuration", 1);
            continue;
        }
        // It gives what it passed the look of a failure.
        if tool == "trivy" && text(result, &["message", "text"]).contains("\nMessage: No issues found\n") {
            out.leave_out(trivy::VACUOUS, 1);
            continue;
        }
        let Some(status) = result_status(result) else {
            out.leave_out("it is informational", 1);
            continue;
        };
        out.findings.push(finding(&tool, id, result, rule, status));
    }
}

/// tfsec signs with the name of its library.
fn tool(driver: &Value) -> String {
    let name = text(driver, &["name"]).to_lowercase();
    let tools = ["checkov", "trivy", "kics", "tfsec", "prowler", "cfn-guard"];
    match tools.into_iter().find(|tool| name.contains(tool)) {
        Some(tool) => tool.to_owned(),
        None if name == "defsec" => "tfsec".to_owned(),
        None => name,
    }
}

/// What Trivy calls the sorts of rules that are about a package.
fn is_of_package(name: &str) -> bool {
    ["OsPackageVulnerability", "LanguageSpecificPackageVulnerability", "License"].contains(&name)
}

/// What was suppressed is accepted, whatever came of the check; what does not apply or is only information is neither a
/// failure nor a pass.
fn result_status(result: &Value) -> Option<ResultStatus> {
    if let Some(first) = items(result, "suppressions").find(|one| text(one, &["status"]) != "rejected") {
        return Some(ResultStatus::Accepted(
            optional_text(first, &["justification"]).map(|why| why.trim().to_owned()),
        ));
    }
    match result.get("kind").and_then(Value::as_str) {
        None | Some("fail") => Some(ResultStatus::Failed),
        Some("pass") => Some(ResultStatus::Passed),
        Some("open" | "review") => Some(ResultStatus::Open),
        Some(_) => None,
    }
}

fn finding(tool: &str, id: String, result: &Value, rule: &Value, status: ResultStatus) -> Finding {
    let message = text(result, &["message", "text"]);
    let place = items(result, "locations").next().unwrap_or(&Value::Null);
    let logical = items(place, "logicalLocations").next().and_then(|one| {
        optional_text(one, &["fullyQualifiedName"]).or_else(|| optional_text(one, &["name"]))
    });
    let description = optional_text(rule, &["fullDescription", "text"]).map(|text| trivy::plain(&text));
    let title = optional_text(rule, &["shortDescription", "text"])
        .filter(|title| *title != id)
        .or_else(|| description.clone())
        .or_else(|| optional_text(rule, &["name"]).filter(|name| *name != id && name.contains(' ')))
        .unwrap_or_else(|| message.lines().next().unwrap_or_default().to_owned());
    // `Misconfiguration` and its like name a sort of rule, and a sentence is the title again.
    let named = optional_text(rule, &["name"])
        .filter(|name| *name != id && name.contains(['-', '_']) && !name.contains(' '));
    let mut finding = Finding {
        tool: tool.to_owned(),
        other_ids: named.into_iter().collect(),
        title: trivy::plain(&title),
        description,
        resource: logical,
        file: optional_text(place, &["physicalLocation", "artifactLocation", "uri"])
            .map(|uri| input::path(&unescaped(&uri))),
        line: line(place, &["physicalLocation", "region", "startLine"]),
        severity: rated(tool, result, rule),
        status,
        id,
        ..Finding::default()
    };
    finding.description = finding.description.filter(|text| *text != finding.title);
    match tool {
        "trivy" | "tfsec" => {
            finding.other_ids.extend(trivy::numbered(&finding.id));
            let line = message.lines().find_map(|line| line.strip_prefix("Message: "));
            finding.message = match tool {
                "trivy" => line.map(trivy::plain).filter(|line| !line.is_empty()),
                _ => Some(message.clone()).filter(|text| !text.is_empty()),
            };
            finding.resource = finding.resource.or_else(|| trivy::named(&message));
            if message.contains("\nType: secret") || text(rule, &["name"]) == "Secret" {
                finding.title = format!("{} written in a file", finding.title);
                finding.other_ids.push(SECRET.to_owned());
            }
        }
        // Its message holds what the template says, and at its end what the rule says.
        "cfn-guard" => {
            finding.title = cfn_guard::title(&finding.id, cfn_guard::rule_message(&message));
            finding.line = cfn_guard::line(&message).or(finding.line);
            finding.resource =
                message.find("/Resources/").and_then(|at| cfn_guard::resource(message.get(at..)?));
        }
        "kics" if kics::is_secret(&finding.title) => finding.other_ids.push(SECRET.to_owned()),
        _ => {}
    }
    finding
}

/// The score scanners put beside a rule, else the level, of those that choose it.
fn rated(tool: &str, result: &Value, rule: &Value) -> Option<Severity> {
    let properties = rule.get("properties");
    let score = properties.and_then(|properties| properties.get("security-severity"));
    let score = score.and_then(|score| score.as_f64().or_else(|| score.as_str()?.parse().ok()));
    if let Some(score) = score {
        return Some(match score {
            score if score >= 9.0 => Severity::Critical,
            score if score >= 7.0 => Severity::High,
            score if score >= 4.0 => Severity::Medium,
            _ => Severity::Low,
        });
    }
    let level = optional_text(result, &["level"])
        .or_else(|| optional_text(rule, &["defaultConfiguration", "level"]))?;
    match tool {
        // `error` is what it says where it knows of no severity.
        "checkov" | "cfn-guard" if level == "error" => None,
        _ => severity(&level),
    }
}

/// `%20` and its like, in the path of an address.
fn unescaped(uri: &str) -> String {
    let mut bytes = Vec::with_capacity(uri.len());
    let mut rest = uri.as_bytes();
    while let [first, tail @ ..] = rest {
        let pair = tail.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| uri.to_owned())
}
