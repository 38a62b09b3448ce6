//! Trivy's JSON, and tfsec's, which became part of it.

use serde_json::Value;

use super::{Finding, ResultStatus, Results, SECRET, input, items, line, optional_text, severity, text};

pub(super) fn is(object: &Value) -> bool {
    object.get("SchemaVersion").is_some_and(Value::is_number)
        || items(object, "Results").any(|result| result.get("Target").is_some())
}

pub(super) fn read(object: &Value, out: &mut Results) {
    for result in items(object, "Results") {
        let file = optional_text(result, &["Target"]);
        for one in items(result, "Misconfigurations") {
            misconfiguration(one, file.as_deref(), None, out);
        }
        for one in items(result, "ExperimentalModifiedFindings") {
            let Some(finding) = one.get("Finding").filter(|_| text(one, &["Type"]) == "misconfiguration")
            else {
                continue;
            };
            misconfiguration(
                finding,
                file.as_deref(),
                Some(ResultStatus::Accepted(optional_text(one, &["Statement"]))),
                out,
            );
        }
        out.findings.extend(items(result, "Secrets").map(|one| secret(one, file.as_deref())));
        out.leave_out(
            "a weakness or the licence of a package is no configuration",
            items(result, "Vulnerabilities").count() + items(result, "Licenses").count(),
        );
    }
}

/// One entry of `Misconfigurations`, which Prowler also carries along.
pub(super) fn misconfiguration(
    one: &Value,
    file: Option<&str>,
    forced: Option<ResultStatus>,
    out: &mut Results,
) {
    let status = match (forced, optional_text(one, &["Status"]).as_deref()) {
        (Some(status), _) => status,
        (None, Some("PASS")) => {
            // It passes a check of a cloud that the files do not even mention.
            out.leave_out(VACUOUS, 1);
            return;
        }
        (None, Some("EXCEPTION")) => ResultStatus::Accepted(None),
        (None, _) => ResultStatus::Failed,
    };
    // One of its names can stand for two checks; the number stands for one.
    let name = text(one, &["ID"]);
    let id = optional_text(one, &["AVDID"]).unwrap_or_else(|| name.clone());
    let other_ids = numbered(&name).into_iter().chain((name != id).then_some(name)).collect();
    out.findings.push(Finding {
        tool: "trivy".to_owned(),
        title: optional_text(one, &["Title"]).map_or_else(|| text(one, &["Message"]), |title| plain(&title)),
        description: optional_text(one, &["Description"]).map(|text| plain(&text)),
        message: optional_text(one, &["Message"]).map(|text| plain(&text)),
        resource: resource(one),
        file: file.map(input::path),
        line: line(one, &["CauseMetadata", "StartLine"]),
        severity: optional_text(one, &["Severity"]).and_then(|word| severity(&word)),
        other_ids,
        id,
        status,
        ..Finding::default()
    });
}

pub(super) const VACUOUS: &str =
    "Trivy passes a check also where nothing is that it concerns, and names no resource";

/// Its own address; of a template it gives the lines, and the name only where the cause lies deeper. Of what
/// Kubernetes runs only the message names it.
fn resource(one: &Value) -> Option<String> {
    let direct = optional_text(one, &["CauseMetadata", "Resource"]).filter(|address| !is_lines(address));
    let deeper = || {
        let outer = items(one.get("CauseMetadata")?, "Occurrences").last()?;
        optional_text(outer, &["Resource"]).filter(|address| !is_lines(address))
    };
    direct.or_else(deeper).or_else(|| named(&text(one, &["Message"])))
}

/// `template.yaml:31-63`.
fn is_lines(address: &str) -> bool {
    let lines = address.rsplit_once(':').and_then(|(_, lines)| lines.split_once('-'));
    lines.is_some_and(|(first, last)| {
        [first, last].iter().all(|one| !one.is_empty() && one.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// `Deployment 'web'` in a sentence.
pub(super) fn named(message: &str) -> Option<String> {
    const KINDS: [&str; 15] = [
        "Deployment",
        "StatefulSet",
        "DaemonSet",
        "ReplicaSet",
        "ReplicationController",
        "CronJob",
        "Job",
        "Pod",
        "Service",
        "Role",
        "ClusterRole",
        "RoleBinding",
        "ClusterRoleBinding",
        "ConfigMap",
        "Ingress",
    ];
    let words: Vec<&str> = message.split_whitespace().collect();
    let pair = words.windows(2).find_map(|pair| match pair {
        [kind, name] if KINDS.contains(kind) => Some((*kind, name.strip_prefix('\'')?.strip_suffix('\'')?)),
        _ => None,
    })?;
    Some(format!("{}/{}", pair.0, pair.1))
}

fn secret(one: &Value, file: Option<&str>) -> Finding {
    Finding {
        tool: "trivy".to_owned(),
        id: text(one, &["RuleID"]),
        other_ids: vec![SECRET.to_owned()],
        title: format!("{} written in a file", text(one, &["Title"])),
        file: file.map(input::path),
        line: line(one, &["StartLine"]),
        severity: optional_text(one, &["Severity"]).and_then(|word| severity(&word)),
        status: ResultStatus::Failed,
        ..Finding::default()
    }
}

/// The number of a check that is named otherwise: `KSV001` is `KSV-0001`, and of the long names those that have one
/// number only.
pub(super) fn numbered(id: &str) -> Option<String> {
    let digits = id.trim_start_matches(|sign: char| sign.is_ascii_uppercase());
    let letters = id.strip_suffix(digits).unwrap_or_default();
    if ["KSV", "KCV", "DS"].contains(&letters) && !digits.is_empty() {
        return digits.parse::<u32>().ok().map(|number| format!("{letters}-{number:04}"));
    }
    LONG.iter().find(|(long, _)| *long == id).map(|(_, number)| (*number).to_owned())
}

/// Long names and the numbers that results have beside them; what named different checks over time is not here.
const LONG: &[(&str, &str)] = &[
    ("aws-api-gateway-use-secure-tls-policy", "AWS-0005"),
    ("aws-ebs-enable-volume-encryption", "AWS-0026"),
    ("aws-ebs-encryption-customer-key", "AWS-0027"),
    ("aws-ec2-enable-at-rest-encryption", "AWS-0131"),
    ("aws-iam-enforce-mfa", "AWS-0123"),
    ("aws-kms-auto-rotate-keys", "AWS-0065"),
    ("aws-ssm-secret-use-customer-key", "AWS-0098"),
    ("aws-vpc-add-description-to-security-group", "AWS-0099"),
    ("aws-vpc-add-description-to-security-group-rule", "AWS-0124"),
    ("aws-vpc-no-default-vpc", "AWS-0101"),
    ("aws-vpc-no-excessive-port-access", "AWS-0102"),
    ("aws-vpc-no-public-egress-sgr", "AWS-0104"),
    ("aws-vpc-no-public-ingress-acl", "AWS-0105"),
    ("azure-keyvault-specify-network-acl", "AZU-0013"),
    ("azure-storage-default-action-deny", "AZU-0012"),
    ("s3-bucket-logging", "AWS-0089"),
];

/// Its texts are escaped for a page.
pub(super) fn plain(text: &str) -> String {
    let text = text.replace("&#34;", "\"").replace("&#39;", "'").replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&").trim().to_owned()
}

pub(super) fn is_tfsec(object: &Value) -> bool {
    let ours = |one: &Value| one.get("rule_id").is_some() && one.get("location").is_some();
    match object.get("results") {
        Some(Value::Null) => true,
        Some(Value::Array(list)) => list.iter().all(ours),
        _ => false,
    }
}

pub(super) fn tfsec(object: &Value, out: &mut Results) {
    for one in items(object, "results") {
        let status = match one.get("status").and_then(Value::as_u64) {
            Some(1) => ResultStatus::Passed,
            Some(2) => ResultStatus::Accepted(None),
            _ => ResultStatus::Failed,
        };
        out.findings.push(Finding {
            tool: "tfsec".to_owned(),
            id: text(one, &["rule_id"]),
            other_ids: optional_text(one, &["long_id"]).into_iter().collect(),
            title: optional_text(one, &["rule_description"]).unwrap_or_else(|| text(one, &["description"])),
            // What it says of the one place, which its rule's title can leave open.
            description: optional_text(one, &["description"]),
            message: optional_text(one, &["description"]),
            resource: optional_text(one, &["resource"]),
            file: optional_text(one, &["location", "filename"]).map(|path| input::path(&path)),
            line: line(one, &["location", "start_line"]),
            severity: optional_text(one, &["severity"]).and_then(|word| severity(&word)),
            status,
            ..Finding::default()
        });
    }
}
