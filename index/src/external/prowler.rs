//! Prowler's formats: OCSF, its table, the finding format of AWS (ASFF), and the JSON of its third version.

use serde_json::Value;

use super::{
    Finding, ResultStatus, Results, SECRET, input, items, line, optional_text, severity, text, trivy,
};

pub(super) fn is_ocsf(object: &Value) -> bool {
    object.get("finding_info").is_some()
}

pub(super) fn is_asff(object: &Value) -> bool {
    object.get("GeneratorId").is_some() && object.get("Resources").is_some()
}

pub(super) fn is_table(object: &Value) -> bool {
    object.get("CHECK_ID").is_some() && object.get("STATUS").is_some()
}

pub(super) fn is_legacy(object: &Value) -> bool {
    object.get("CheckID").is_some() && object.get("Status").is_some()
}

/// OCSF detection or compliance findings.
pub(super) fn ocsf(one: &Value, out: &mut Results) {
    // What is muted fails as before, and says so elsewhere.
    let muted = text(one, &["status"]).eq_ignore_ascii_case("suppressed")
        || one.get("status_id").and_then(Value::as_u64) == Some(3);
    let status =
        optional_text(one, &["status_code"]).or_else(|| optional_text(one, &["compliance", "status"]));
    let Some(status) = result_status(status.as_deref(), muted, out) else { return };
    let resource = items(one, "resources").next().unwrap_or(&Value::Null);
    let product = text(one, &["metadata", "product", "name"]).to_lowercase();
    let carried = resource.get("data").and_then(|data| data.get("metadata"));
    let of_code = text(resource, &["type"]) == "iac";
    // Of code it has Trivy's results, and carries them along.
    if let Some(cause) = carried.filter(|carried| of_code && carried.get("CauseMetadata").is_some()) {
        let mut inner = Results::default();
        let forced = (status != ResultStatus::Passed).then_some(status);
        trivy::misconfiguration(cause, optional_text(resource, &["uid"]).as_deref(), forced, &mut inner);
        inner.findings.iter_mut().for_each(|finding| finding.tool = "prowler".to_owned());
        out.extend(inner);
        return;
    }
    let uid = optional_text(resource, &["uid"]).or_else(|| optional_text(resource, &["name"]));
    out.findings.push(Finding {
        tool: if product.is_empty() { "prowler".to_owned() } else { product },
        id: optional_text(one, &["metadata", "event_code"])
            .unwrap_or_else(|| text(one, &["finding_info", "uid"])),
        other_ids: secret(of_code && text(resource, &["group", "name"]) == "secret"),
        title: text(one, &["finding_info", "title"]),
        description: optional_text(one, &["finding_info", "desc"]).map(|text| unmarked(&text)),
        message: optional_text(one, &["status_detail"]).or_else(|| optional_text(one, &["message"])),
        resource: uid.clone().filter(|_| !of_code),
        kind: optional_text(resource, &["type"]).and_then(kind).filter(|_| !of_code),
        file: uid.filter(|_| of_code),
        line: carried.filter(|_| of_code).and_then(|carried| line(carried, &["StartLine"])),
        severity: optional_text(one, &["severity"]).and_then(|word| severity(&word)),
        status,
    });
}

/// A row of its table.
pub(super) fn table(row: &Value, out: &mut Results) {
    let cell = |key: &str| optional_text(row, &[key]);
    let muted = cell("MUTED").is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let Some(status) = result_status(cell("STATUS").as_deref(), muted, out) else { return };
    let of_code = cell("PROVIDER").as_deref() == Some("iac");
    if of_code && status == ResultStatus::Passed {
        out.leave_out(trivy::VACUOUS, 1);
        return;
    }
    let uid = cell("RESOURCE_UID").or_else(|| cell("RESOURCE_NAME"));
    out.findings.push(Finding {
        tool: "prowler".to_owned(),
        id: text(row, &["CHECK_ID"]),
        other_ids: secret(of_code && cell("SERVICE_NAME").as_deref() == Some("secret")),
        title: cell("CHECK_TITLE").unwrap_or_default(),
        description: cell("DESCRIPTION").map(|text| unmarked(&text)),
        message: cell("STATUS_EXTENDED"),
        resource: uid.clone().filter(|_| !of_code),
        kind: cell("RESOURCE_TYPE").and_then(kind).filter(|_| !of_code),
        file: uid.filter(|_| of_code).map(|path| input::path(&path)),
        severity: cell("SEVERITY").and_then(|word| severity(&word)),
        status,
        ..Finding::default()
    });
}

/// The finding format of AWS. Prowler writes there what is muted as a warning, and not what a person has to see.
pub(super) fn asff(one: &Value, out: &mut Results) {
    let status = optional_text(one, &["Compliance", "Status"]);
    let warned = status.as_deref() == Some("WARNING") && text(one, &["GeneratorId"]).starts_with("prowler-");
    let muted = warned || text(one, &["Workflow", "Status"]) == "SUPPRESSED";
    let status = if warned { Some("FAILED") } else { status.as_deref() };
    if text(one, &["RecordState"]) == "ARCHIVED" {
        out.leave_out("it was archived", 1);
        return;
    }
    let Some(status) = result_status(status, muted, out) else { return };
    let resource = items(one, "Resources").next().unwrap_or(&Value::Null);
    let tool = optional_text(one, &["ProductFields", "ProviderName"])
        .or_else(|| optional_text(one, &["ProductName"]));
    let tool = tool.unwrap_or_else(|| "security hub".to_owned()).to_lowercase();
    let id = text(one, &["GeneratorId"]);
    out.findings.push(Finding {
        id: id.strip_prefix(&format!("{tool}-")).unwrap_or(&id).to_owned(),
        other_ids: optional_text(one, &["Compliance", "SecurityControlId"]).into_iter().collect(),
        title: text(one, &["Title"]),
        message: optional_text(one, &["Description"]),
        resource: optional_text(resource, &["Id"]),
        kind: optional_text(resource, &["Type"]).and_then(kind),
        severity: optional_text(one, &["Severity", "Label"]).and_then(|word| severity(&word)),
        tool,
        status,
        ..Finding::default()
    });
}

/// Its own JSON, as its third version wrote it.
pub(super) fn legacy(one: &Value, out: &mut Results) {
    let Some(status) = result_status(optional_text(one, &["Status"]).as_deref(), false, out) else { return };
    out.findings.push(Finding {
        tool: "prowler".to_owned(),
        id: text(one, &["CheckID"]),
        title: optional_text(one, &["CheckTitle"]).unwrap_or_else(|| text(one, &["StatusExtended"])),
        description: optional_text(one, &["Description"]).map(|text| unmarked(&text)),
        message: optional_text(one, &["StatusExtended"]),
        resource: optional_text(one, &["ResourceArn"]).or_else(|| optional_text(one, &["ResourceId"])),
        kind: optional_text(one, &["ResourceType"]).and_then(kind),
        severity: optional_text(one, &["Severity"]).and_then(|word| severity(&word)),
        status,
        ..Finding::default()
    });
}

/// What a status means; none for what is only information.
fn result_status(status: Option<&str>, muted: bool, out: &mut Results) -> Option<ResultStatus> {
    let word = status.unwrap_or("FAIL").to_uppercase();
    match word.as_str() {
        "PASS" | "PASSED" => Some(ResultStatus::Passed),
        "FAIL" | "FAILED" if muted => Some(ResultStatus::Accepted(None)),
        "MUTED" => Some(ResultStatus::Accepted(None)),
        "FAIL" | "FAILED" => Some(ResultStatus::Failed),
        "MANUAL" | "WARNING" => Some(ResultStatus::Open),
        _ => {
            out.leave_out("it is informational", 1);
            None
        }
    }
}

fn kind(word: String) -> Option<String> {
    Some(word).filter(|word| !["Other", "NotDefined", "iac"].contains(&word.as_str()))
}

fn secret(is: bool) -> Vec<String> {
    is.then(|| SECRET.to_owned()).into_iter().collect()
}

/// Its texts are Markdown.
fn unmarked(text: &str) -> String {
    text.replace("**", "").replace('`', "")
}
