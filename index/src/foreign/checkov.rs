//! Checkov's JSON: one object, or one for each kind of file.

use serde_json::Value;

use super::{Finding, Results, SECRET, Said, input, items, maybe, severity, text};

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
    let sort = text(object, &["check_type"]);
    // A package with a published weakness is no configuration.
    let of_packages = ["sca_package", "sca_image"].contains(&sort.as_str());
    for (list, said) in [
        ("failed_checks", Said::Failed),
        ("passed_checks", Said::Passed),
        ("skipped_checks", Said::Accepted(None)),
    ] {
        if of_packages {
            out.leave("a weakness of a package is no configuration", items(results, list).count());
            continue;
        }
        for check in items(results, list) {
            let said = match &said {
                Said::Accepted(_) => Said::Accepted(maybe(check, &["check_result", "suppress_comment"])),
                told => told.clone(),
            };
            out.findings.push(finding(check, &sort, said));
        }
    }
    out.leave("Checkov could not read the file", items(results, "parsing_errors").count());
}

fn finding(check: &Value, sort: &str, said: Said) -> Finding {
    // What it found a secret in is named by a digest, which says nothing.
    let resource = maybe(check, &["resource"]).filter(|_| sort != "secrets");
    let kind = resource.as_deref().filter(|_| sort == "kubernetes").and_then(|one| one.split('.').next());
    let secret = (sort == "secrets").then(|| SECRET.to_owned());
    Finding {
        tool: "checkov".to_owned(),
        id: text(check, &["check_id"]),
        other_ids: maybe(check, &["bc_check_id"]).into_iter().chain(secret).collect(),
        title: text(check, &["check_name"]),
        message: None,
        description: maybe(check, &["description"]).or_else(|| maybe(check, &["short_description"])),
        kind: kind.map(str::to_owned),
        file: maybe(check, &["file_path"]).map(|path| input::path(path.trim_start_matches('/'))),
        line: items(check, "file_line_range")
            .next()
            .and_then(Value::as_u64)
            .and_then(|line| u32::try_from(line).ok())
            .filter(|line| *line > 0),
        severity: maybe(check, &["severity"]).and_then(|word| severity(&word)),
        resource,
        said,
    }
}
