//! Credentials in free text, such as an instance's start-up script, and literals under the names of credentials.
//!
//! A value that is not in the code is no secret in the code: a parameter without a value, what the provider computes or
//! looks up, a reference to a store. What the code may hold and nobody could read is unknown: a file that was not given,
//! a function that is not evaluated, a module.

use std::sync::{Arc, OnceLock};

use compline_iac::redact::is_no_secret;
use compline_iac::view::SourceTexts;
use compline_iac::{Data, Dialect, Map, Piece, Resource, Span, Value, Why, WhyKind};
use regex::Regex;

use crate::check::Step;
use crate::evaluate::answer::{Answer, Cause};
use crate::evaluate::path::{Container, Leaf, Leaves, PathContext, PathName, follow};
use crate::evaluate::truth::Truth;
use crate::observed::{Observed, Secret};

/// What a credential looks like. Sources: the vendors' documented key formats (AWS access key ids: prefix
/// `AKIA`/`ASIA` and 16 characters; PEM headers: RFC 7468; GitHub token prefixes; Azure storage and service bus
/// connection strings).
fn patterns() -> &'static [(&'static str, Regex)] {
    static PATTERNS: OnceLock<Vec<(&'static str, Regex)>> = OnceLock::new();
    PATTERNS.get_or_init(|| {
        let texts = [
            ("an AWS access key id", r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
            (
                "an AWS secret access key",
                r"(?i)aws_?secret_?(?:access_?)?key['\x22]?[ \t]*[=:][ \t]*['\x22]?([A-Za-z0-9/+=]{40})",
            ),
            ("a private key", r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
            ("a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{36}\b"),
            ("a password in an address", r"://[^:/\s'\x22@]+:([^@/\s'\x22$]{4,})@"),
            ("an account key", r"(?i)(?:account|sharedaccess)key=([A-Za-z0-9/+]{40,}={0,2})"),
            ("a password", r"(?i)define\(\s*['\x22][a-z_]*password['\x22]\s*,\s*['\x22]([^'\x22$]{6,})['\x22]"),
            (
                "a password",
                r#"(?im)(?:password|passwd|secret_?key|api_?key|auth_?token)['"]?[ \t]*[=:][ \t]*(?:"([^"$\s]{6,})"|'([^'$\s]{6,})'|([^\s'"$<{(/\[|>&*!][^\s'"(){}\[\]]{5,})(?:[\s;,]|$))"#,
            ),
        ];
        texts.into_iter().filter_map(|(name, text)| Some((name, Regex::new(text).ok()?))).collect()
    })
}

/// The names whose value is a password or a key: the last words of one, in any style.
fn names() -> &'static Option<Regex> {
    static NAMES: OnceLock<Option<Regex>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let words = "password|passwd|passphrase|pwd|(?:db|user|admin|root|smtp|mysql|pg|redis)[-_]?pass\
            |secret[-_]?key|secret[-_]?access[-_]?key|api[-_]?key|auth[-_]?token|access[-_]?token|client[-_]?secret\
            |session[-_]?token|private[-_]?key|account[-_]?key";
        Regex::new(&format!("(?i)(?:{words})$")).ok()
    })
}

/// What stands beside `value` in lists of settings, and what a value is called there.
const NAMING: [&str; 4] = ["name", "Name", "key", "Key"];
const VALUING: [&str; 2] = ["value", "Value"];

/// Where a secret is only named.
const REFERRING: [&str; 10] = [
    "valueFrom",
    "value_from",
    "value_source",
    "secretKeyRef",
    "secret_key_ref",
    "configMapKeyRef",
    "config_map_key_ref",
    "secretRef",
    "secret_ref",
    "ValueFrom",
];

pub(super) fn judge(resource: &Resource, at: &[String], texts: &dyn SourceTexts) -> Option<Answer> {
    let context = PathContext { dialect: resource.dialect, texts };
    let mut seen = false;
    let mut unknown: Option<(&String, Option<Span>, Arc<Why>)> = None;
    for name in at {
        let steps: Vec<Step> =
            name.split('.').map(|step| Step { name: step.to_owned(), key: None }).collect();
        let Leaves { items, open } = follow(&resource.body, &steps, context, &Container::default());
        let search = Search { context, name: steps.last().map(|step| &*step.name) };
        for leaf in items {
            let Leaf::Value(value) = leaf else { continue };
            seen = true;
            match search.value(&value) {
                Found::Secret(what, span) => {
                    let observed = Observed::Hidden(Secret::Credential { what });
                    return Some(Answer::new(Truth::False, cause(name, observed, span)));
                }
                Found::Nothing => {}
                Found::Unknown(why) => unknown = unknown.or(Some((name, value.origin.span, why))),
            }
        }
        if let Some(why) = open.filter(|why| may_be_in_code(why, resource.dialect)) {
            seen = true;
            unknown = unknown.or(Some((name, None, why)));
        }
    }
    if let Some((name, span, why)) = unknown {
        let span = span.or(Some(resource.header));
        let cause = Cause { why: Some(why), ..cause(name, Observed::Unknown, span) };
        return Some(Answer::new(Truth::Unknown, cause));
    }
    let first = at.first().map_or("", String::as_str);
    seen.then(|| Answer::new(Truth::True, cause(first, Observed::NoCredential, None)))
}

/// What a text holds that looks like a credential.
fn credential(text: &str) -> Option<&'static str> {
    patterns().iter().find_map(|(what, regex)| {
        let found = regex.captures_iter(text).any(|found| {
            let part = found.iter().skip(1).flatten().next();
            part.is_none_or(|part| !is_no_secret(part.as_str()))
        });
        found.then_some(*what)
    })
}

/// What a literal is under a name, such as `DB_PASSWORD`.
fn named_credential(name: &str, text: &str) -> Option<&'static str> {
    let is_promised = names().as_ref().is_some_and(|names| names.is_match(name.trim()));
    let is_literal = text.chars().count() >= 4 && !text.contains("${") && !is_no_secret(text);
    (is_promised && is_literal).then(|| credential(&format!("{name}={text}")).unwrap_or("a password or key"))
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
    Unknown(Arc<Why>),
}

impl Found {
    /// A secret outweighs an unknown, an unknown nothing.
    fn or(self, other: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Secret(..) => self,
            Self::Nothing => other(),
            Self::Unknown(why) => match other() {
                secret @ Self::Secret(..) => secret,
                _ => Self::Unknown(why),
            },
        }
    }
}

/// Whether what is not known may still be a literal of the code. What a parameter, the provider or a store gives is none.
fn may_be_in_code(why: &Why, dialect: Dialect) -> bool {
    match why.kind {
        WhyKind::Variable | WhyKind::Computed | WhyKind::Data | WhyKind::Undeclared => false,
        // In Terraform that is a file that was not given, elsewhere a pseudo parameter, an import or a store.
        WhyKind::Outside => dialect == Dialect::Terraform,
        _ => true,
    }
}

/// A search below a name.
#[derive(Clone, Copy)]
struct Search<'a> {
    context: PathContext<'a>,
    name: Option<&'a str>,
}

impl Search<'_> {
    fn unknown(&self, why: &Arc<Why>) -> Found {
        match may_be_in_code(why, self.context.dialect) {
            true => Found::Unknown(Arc::clone(why)),
            false => Found::Nothing,
        }
    }

    fn value(&self, value: &Value) -> Found {
        // Where in the literal the credential stands depends on escapes, which the span does not tell: the whole.
        let secret = |hit: Option<&'static str>| {
            hit.map_or(Found::Nothing, |what| Found::Secret(what, value.origin.span))
        };
        match &value.data {
            Data::Text(text) => match secret(self.text(text)) {
                Found::Nothing if text.trim_start().starts_with(['{', '[']) => self.inside(value),
                found => found,
            },
            Data::Number(number) => {
                secret(self.name.and_then(|name| named_credential(name, &number.to_string())))
            }
            Data::Holed(pieces) => {
                let text: String = pieces
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => text.to_string(),
                        Piece::Hole(_) => "${}".to_owned(),
                    })
                    .collect();
                // A hole may bring a credential in, but then it is not written here.
                secret(self.text(&text)).or(|| self.inside(value))
            }
            Data::List(list) => {
                let found =
                    list.items.iter().fold(Found::Nothing, |found, item| found.or(|| self.value(item)));
                found.or(|| list.open.as_ref().map_or(Found::Nothing, |why| self.unknown(why)))
            }
            Data::Map(map) => self.map(map),
            Data::Choice(branches) => {
                branches.iter().fold(Found::Nothing, |found, branch| found.or(|| self.value(branch)))
            }
            // Another resource's attribute is not written here.
            Data::Unknown(why) if value.refers.is_none() => self.unknown(why),
            _ => Found::Nothing,
        }
    }

    /// Each entry under its own name; `{ name, value }` is an entry too.
    fn map(&self, map: &Map) -> Found {
        // What a build reads from a store has its name there for a value.
        let kind = ["type", "Type"].iter().find_map(|key| map.entries.get(*key)?.as_text());
        if kind.is_some_and(|kind| matches!(kind, "SECRETS_MANAGER" | "PARAMETER_STORE")) {
            return Found::Nothing;
        }
        let named = NAMING.iter().find_map(|naming| map.entries.get(*naming)?.as_text());
        let each = map.entries.iter().filter(|(key, _)| !REFERRING.contains(&&***key));
        let found = each.fold(Found::Nothing, |found, (key, value)| {
            let is_value = VALUING.contains(&&**key);
            let name = if is_value { named.unwrap_or(key) } else { key };
            found.or(|| Search { name: Some(name), ..*self }.value(value))
        });
        found.or(|| map.open.as_ref().map_or(Found::Nothing, |why| self.unknown(why)))
    }

    fn text(&self, text: &str) -> Option<&'static str> {
        let decoded = decode(text);
        let named = self.name.and_then(|name| named_credential(name, text));
        named.or_else(|| credential(decoded.as_deref().unwrap_or(text)))
    }

    /// The structure that a text spells in JSON.
    fn inside(&self, value: &Value) -> Found {
        match compline_iac::view::structured(value, self.context.texts) {
            Some(inner) if matches!(inner.data, Data::Map(_) | Data::List(_)) => self.value(&inner),
            _ => Found::Nothing,
        }
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

#[cfg(test)]
mod tests;
