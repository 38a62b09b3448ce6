//! Values that are no secrets, whatever name they stand under.

use super::super::{MARK, random};

/// Whether a value under a name that promises a secret is none: nothing, a word, a reference, the name of a place.
pub(in crate::redact) fn is_exempt(value: &str) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "null",
        "none",
        "nil",
        "yes",
        "no",
        "on",
        "off",
        "required",
        "optional",
        "enabled",
        "disabled",
        "unknown",
        "string",
        "any",
        "number",
        "bool",
        "undefined",
        "not",
        "redacted",
        "hidden",
        "sensitive",
        "unset",
    ];
    let value = value.trim();
    if value.len() < 2 || value.starts_with(MARK) || value.starts_with("(hidden") {
        return true;
    }
    if value.len() <= 10 && WORDS.iter().any(|word| word.eq_ignore_ascii_case(value)) {
        return true;
    }
    // A mask, or a form to fill in.
    let first = value.chars().next();
    if value.chars().all(|c| Some(c) == first && !c.is_ascii_digit())
        || (value.starts_with('<') && value.ends_with('>'))
    {
        return true;
    }
    const STARTS: &[&str] = &[
        "arn:",
        "vault:",
        "ssm:",
        "secretsmanager:",
        "op://",
        "ref+",
        "file://",
        "projects/",
        "!Ref",
        "!Sub",
        "!GetAtt",
        "!ImportValue",
        "@Microsoft.KeyVault(",
        "@Microsoft.AppConfiguration(",
        "secretref:",
        "/run/",
        "/var/",
        "/etc/",
        "/mnt/",
        "/secrets/",
        "/opt/",
        "/tmp/",
        "gcp:secretmanager",
        "awssm:",
    ];
    if STARTS.iter().any(|start| value.starts_with(start))
        || value.contains("resolve:secretsmanager:")
        || value.contains("resolve:ssm")
    {
        return true;
    }
    // An address tells by its form whether it has a password.
    if value.contains("://") && !value.contains(char::is_whitespace) {
        return true;
    }
    let arm = value.starts_with('[') && value.ends_with(']') && value.contains('(');
    let path = (value.starts_with('/')
        || value.starts_with("./")
        || value.starts_with("../")
        || value.starts_with("~/"))
        && random::likeness(value) > 0.45;
    let number = value.bytes().all(|byte| byte.is_ascii_digit()) && value.len() < 4;
    arm || path || number || is_reference(value)
}

/// `${var.x}`, `$DB_PASSWORD`, `{{ .Values.x }}`, `$(cat x)`.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    let whole = |open: &str, close: &str| {
        value
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close))
            .is_some_and(|inner| !inner.contains(close))
    };
    let variable = |rest: &str| {
        !rest.is_empty()
            && rest.bytes().all(|byte| {
                byte.is_ascii_uppercase()
                    || byte.is_ascii_digit() && !rest.starts_with(|c: char| c.is_ascii_digit())
                    || byte == b'_'
            })
    };
    whole("${", "}")
        || whole("{{", "}}")
        || whole("$(", ")")
        || whole("%{", "}")
        || value.strip_prefix('$').is_some_and(variable)
        || value.strip_prefix("%").and_then(|rest| rest.strip_suffix('%')).is_some_and(variable)
}

/// Whether what is not quoted is an expression: `var.password`, `random_password.db.result`, `sensitive(…)`.
pub(super) fn is_expression(value: &str) -> bool {
    let end =
        value.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-')).unwrap_or(value.len());
    let (Some(word), Some(next)) = (value.get(..end), value.get(end..)) else { return false };
    if word.is_empty() || !word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') {
        return false;
    }
    let roots = ["var", "local", "module", "data", "each", "self", "path", "count", "terraform", "ephemeral"];
    match next.chars().next() {
        Some('.' | '[') => roots.contains(&word) || word.contains('_'),
        Some('(') => true,
        _ => false,
    }
}
