//! Credentials in free text, such as an instance's start-up script.

use std::sync::OnceLock;

use compline_iac::{Data, Piece, Resource, Span, Value};
use regex::Regex;

use crate::evaluate::answer::{Answer, Cause};
use crate::evaluate::path::{PathName, why_of};
use crate::evaluate::truth::Truth;
use crate::observed::{Observed, Secret};

/// What a credential looks like. Sources: the vendors' documented key formats (AWS access key ids: prefix
/// `AKIA`/`ASIA` and 16 characters; PEM headers: RFC 7468; GitHub token prefixes).
fn patterns() -> &'static [(&'static str, Regex)] {
    static PATTERNS: OnceLock<Vec<(&'static str, Regex)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let texts = [
            ("an AWS access key id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
            (
                "an AWS secret access key",
                r"(?i)aws_?secret_?(?:access_?)?key[ \t]*[=:][ \t]*['\x22]?([A-Za-z0-9/+=]{40})",
            ),
            ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
            ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
            ("a password in an address", r"://[^:/\s'\x22@]+:([^@/\s'\x22$]{4,})@"),
            ("a password", r"(?i)define\(\s*['\x22][a-z_]*password['\x22]\s*,\s*['\x22]([^'\x22$]{6,})['\x22]"),
            (
                "a password",
                r#"(?im)(?:password|passwd|secret_?key|api_?key|auth_?token)[ \t]*[=:][ \t]*(?:"([^"$\s]{6,})"|'([^'$\s]{6,})'|([^\s'"$<{(/\[|>&*!][^\s'"(){}\[\]]{5,})(?:[\s;,]|$))"#,
            ),
        ];
        texts.into_iter().filter_map(|(name, text)| Some((name, Regex::new(text).ok()?))).collect()
    })
}

pub(super) fn judge(resource: &Resource, at: &[String]) -> Option<Answer> {
    let mut seen = false;
    let mut unknown = None;
    for name in at {
        let mut value = resource.body.clone();
        for step in name.split('.') {
            value = match value.as_list() {
                Some(list) => list.items.first()?.get(step).cloned(),
                None => value.get(step).cloned(),
            }
            .unwrap_or_else(|| Value::new(Data::Null, Default::default()));
        }
        if value.is_null() {
            continue;
        }
        seen = true;
        match search(&value) {
            Found::Secret(what, span) => {
                let observed = Observed::Hidden(Secret::Credential { what });
                return Some(Answer::new(Truth::False, cause(name, observed, span)));
            }
            Found::Nothing => {}
            Found::Unknown => unknown = unknown.or(Some((name, value))),
        }
    }
    if let Some((name, value)) = unknown {
        let why = why_of(&value);
        let cause = Cause { why, ..cause(name, Observed::Unknown, value.origin.span) };
        return Some(Answer::new(Truth::Unknown, cause));
    }
    let first = at.first().map_or("", String::as_str);
    seen.then(|| Answer::new(Truth::True, cause(first, Observed::NoCredential, None)))
}

/// The values of a map, each read beside its key: `DB_PASSWORD` tells what a plain word is.
fn worst_entry(map: &compline_iac::Map, secret: &dyn Fn(Option<&'static str>) -> Found) -> Found {
    let keyed = map.entries.iter().filter_map(|(key, value)| {
        let what = credential(&format!("{key}={}", value.as_text()?))?;
        Some((what, value.origin.span))
    });
    match keyed.into_iter().next() {
        Some((what, span)) => match secret(Some(what)) {
            Found::Secret(what, whole) => Found::Secret(what, span.or(whole)),
            other => other,
        },
        None => worst(map.entries.values()),
    }
}

/// What a text holds that looks like a credential.
fn credential(text: &str) -> Option<&'static str> {
    patterns().iter().find_map(|(what, regex)| regex.is_match(text).then_some(*what))
}

/// The ranges of a text that are credentials, without the key they stand under: faces print their length only.
pub fn credentials(text: &str) -> Vec<std::ops::Range<usize>> {
    let all = patterns().iter().flat_map(|(_, regex)| regex.captures_iter(text));
    all.filter_map(|found| found.iter().skip(1).flatten().next().or(found.get(0)).map(|part| part.range()))
        .collect()
}

enum Found {
    /// What it looks like, and the text it stands in.
    Secret(&'static str, Option<Span>),
    Nothing,
    Unknown,
}

/// A secret outweighs an unknown, an unknown nothing.
fn worst<'v>(values: impl Iterator<Item = &'v Value>) -> Found {
    let mut out = Found::Nothing;
    for value in values {
        match search(value) {
            secret @ Found::Secret(..) => return secret,
            Found::Unknown => out = Found::Unknown,
            Found::Nothing => {}
        }
    }
    out
}

fn search(value: &Value) -> Found {
    // Where in the literal the credential stands depends on escapes, which the span does not tell: the whole.
    let secret =
        |hit: Option<&'static str>| hit.map_or(Found::Nothing, |what| Found::Secret(what, value.origin.span));
    let hit = |text: &str| {
        let decoded = decode(text);
        let text = decoded.as_deref().unwrap_or(text);
        credential(text)
    };
    match &value.data {
        Data::Text(text) => secret(hit(text)),
        Data::Holed(pieces) => {
            let text: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_string(),
                    Piece::Hole(_) => "${}".to_owned(),
                })
                .collect();
            // A hole may bring a credential in, but then it is not written here.
            secret(hit(&text))
        }
        Data::List(list) => worst(list.items.iter()),
        Data::Map(map) => worst_entry(map, &secret),
        Data::Choice(alternatives) => worst(alternatives.iter()),
        // Another resource's attribute is not written here.
        Data::Unknown(_) if value.refers.is_none() => Found::Unknown,
        _ => Found::Nothing,
    }
}

/// The text behind base64, when it is one.
fn decode(text: &str) -> Option<String> {
    let text = text.trim();
    if text.len() < 16 || !text.len().is_multiple_of(4) {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => continue,
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
    String::from_utf8(out).ok()
}

fn cause(path: &str, observed: Observed, span: Option<Span>) -> Cause {
    Cause {
        path: PathName { text: path.into(), ..PathName::default() },
        observed,
        expected: "no credential".into(),
        span,
        depth: 1,
        ..Cause::default()
    }
}
