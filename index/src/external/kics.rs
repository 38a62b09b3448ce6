//! KICS' JSON: queries with the places they failed at. It tells of no passes.

use serde_json::Value;

use super::{Finding, ResultStatus, Results, SECRET, input, items, line, optional_text, severity, text};

pub(super) fn is(object: &Value) -> bool {
    let ours = |query: &Value| query.get("query_id").is_some() || query.get("query_name").is_some();
    match object.get("queries") {
        Some(Value::Array(list)) => list.iter().all(ours),
        // Where it found nothing.
        Some(Value::Null) => object.get("kics_version").is_some(),
        _ => false,
    }
}

pub(super) fn read(object: &Value, out: &mut Results) {
    let scanned: Vec<String> = items(object, "paths")
        .filter_map(Value::as_str)
        .map(|path| input::path(path).trim_matches('/').to_owned())
        .filter(|path| !path.is_empty())
        .collect();
    for query in items(object, "queries") {
        let severity = optional_text(query, &["severity"]);
        for file in items(query, "files") {
            // What it lists as inventory is no finding.
            if severity.as_deref() == Some("TRACE") || text(file, &["issue_type"]) == "BillOfMaterials" {
                out.leave_out("KICS lists what there is, it is no finding", 1);
                continue;
            }
            out.findings.push(finding(query, file, severity.as_deref(), &scanned));
        }
    }
    let broken =
        object.get("files_failed_to_scan").and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    out.leave_out("KICS could not read the file", broken.unwrap_or_default());
}

fn finding(query: &Value, file: &Value, word: Option<&str>, scanned: &[String]) -> Finding {
    let field = |key: &str| optional_text(file, &[key]).filter(|word| word != "n/a");
    let kind = field("resource_type").filter(|kind| kind != "false");
    let title = text(query, &["query_name"]);
    Finding {
        tool: "kics".to_owned(),
        id: text(query, &["query_id"]),
        other_ids: is_secret(&title).then(|| SECRET.to_owned()).into_iter().collect(),
        title,
        description: optional_text(query, &["description"]),
        resource: address(&text(file, &["search_key"]), kind.as_deref(), field("resource_name").as_deref()),
        file: optional_text(file, &["file_name"]).map(|path| relative(&path, scanned)),
        line: line(file, &["line"]),
        severity: word.and_then(severity),
        status: ResultStatus::Failed,
        kind,
        ..Finding::default()
    }
}

/// It stands in a container, above of which the code is mounted.
fn relative(raw: &str, scanned: &[String]) -> String {
    let path = input::path(raw);
    let inside = scanned
        .iter()
        .filter(|_| raw.starts_with("../"))
        .find_map(|root| path.strip_prefix(root.as_str())?.strip_prefix('/'));
    inside.map_or_else(|| path.clone(), str::to_owned)
}

/// Where it searched names the resource best: `aws_s3_bucket[logs].acl`, `Resources.Logs.Properties`; of what
/// Kubernetes runs it tells kind and name.
fn address(key: &str, kind: Option<&str>, name: Option<&str>) -> Option<String> {
    if let Some((found, rest)) = key.split_once('[')
        && found.contains('_')
        && !found.contains('.')
        && let Some((label, _)) = rest.split_once(']')
    {
        return Some(format!("{found}.{}", label.trim_matches(['{', '}'])));
    }
    if let Some(rest) = key.strip_prefix("Resources.") {
        return rest
            .split('.')
            .next()
            .filter(|one| !one.is_empty())
            .map(|one| one.trim_matches(['{', '}']).to_owned());
    }
    match (kind, name) {
        (Some(kind), Some(name)) => Some(format!("{kind}/{name}")),
        (None, Some(name)) => Some(name.to_owned()),
        _ => None,
    }
}

/// Its one query for secrets has a name for each sort of them.
pub(super) fn is_secret(title: &str) -> bool {
    title.starts_with("Passwords And Secrets")
}
