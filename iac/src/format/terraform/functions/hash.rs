//! Digests and names made of them: `md5`, `sha1`, `sha256`, `sha512`, `base64sha256`, `uuidv5`; and what chance decides.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::Digest;

use super::call::{Answer, Call, Function, NUMBER, TEXT, function};
use crate::value::WhyKind;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64sha256", &[TEXT], |call| Ok(call.make_text(sha256_base64(call.text(0))))),
    function("base64sha512", &[TEXT], |call| Ok(call.make_text(sha512_base64(call.text(0))))),
    function("bcrypt", &[TEXT], chance).with_rest(NUMBER),
    function("md5", &[TEXT], |call| Ok(call.make_text(md5(call.text(0))))),
    function("rsadecrypt", &[TEXT, TEXT], chance),
    function("sha1", &[TEXT], |call| Ok(call.make_text(sha1(call.text(0))))),
    function("sha256", &[TEXT], |call| Ok(call.make_text(sha256(call.text(0))))),
    function("sha512", &[TEXT], |call| Ok(call.make_text(sha512(call.text(0))))),
    function("uuid", &[], chance),
    function("uuidv5", &[TEXT, TEXT], uuidv5),
];

fn chance(call: &Call<'_, '_>) -> Answer {
    if call.function.name == "bcrypt" && call.given.len() > 2 {
        return Err(format!("`bcrypt` takes one or two arguments, {} given", call.given.len()));
    }
    let text = match call.function.name {
        "rsadecrypt" => "`rsadecrypt` is not evaluated: it would bring a secret to light".to_owned(),
        name => format!("`{name}` gives another result each time"),
    };
    Ok(call.unknown_because(WhyKind::Function, text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn md5(text: &str) -> String {
    hex(&md5::Md5::digest(text))
}

pub(super) fn sha1(text: &str) -> String {
    hex(&sha1::Sha1::digest(text))
}

pub(super) fn sha256(text: &str) -> String {
    hex(&sha2::Sha256::digest(text))
}

pub(super) fn sha512(text: &str) -> String {
    hex(&sha2::Sha512::digest(text))
}

pub(super) fn sha256_base64(text: &str) -> String {
    STANDARD.encode(sha2::Sha256::digest(text))
}

pub(super) fn sha512_base64(text: &str) -> String {
    STANDARD.encode(sha2::Sha512::digest(text))
}

fn uuidv5(call: &Call<'_, '_>) -> Answer {
    // The namespaces that RFC 4122 names differ in their fourth byte only.
    let namespace = |fourth: u32| format!("6ba7b81{fourth}-9dad-11d1-80b4-00c04fd430c8");
    let namespace = match call.text(0) {
        "dns" => namespace(0),
        "url" => namespace(1),
        "oid" => namespace(2),
        "x500" => namespace(4),
        other => other.to_owned(),
    };
    let bytes = uuid_bytes(&namespace).ok_or_else(|| {
        format!("`{namespace}` is no namespace of UUIDs: `dns`, `url`, `oid`, `x500` or a UUID")
    })?;
    let mut digest = sha1::Sha1::new();
    digest.update(bytes);
    digest.update(call.text(1));
    let mut uuid = digest.finalize().to_vec();
    uuid.truncate(16);
    if let Some(version) = uuid.get_mut(6) {
        *version = (*version & 0x0f) | 0x50;
    }
    if let Some(variant) = uuid.get_mut(8) {
        *variant = (*variant & 0x3f) | 0x80;
    }
    let digits = hex(&uuid);
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32];
    let parts: Vec<&str> = parts.into_iter().filter_map(|range| digits.get(range)).collect();
    Ok(call.make_text(parts.join("-")))
}

/// Plain, in braces, as a URN, or thirty-two digits in a row.
fn uuid_bytes(text: &str) -> Option<Vec<u8>> {
    let dashes = [8, 13, 18, 23];
    let braced = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let text = braced.or_else(|| text.strip_prefix("urn:uuid:")).unwrap_or(text);
    let in_a_row = text.len() == 32;
    if !in_a_row
        && (text.len() != 36
            || !text.is_ascii()
            || !dashes.iter().all(|at| text.as_bytes().get(*at) == Some(&b'-')))
    {
        return None;
    }
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    if digits.len() != 32 {
        return None;
    }
    (0..16).map(|at| u8::from_str_radix(digits.get(at * 2..at * 2 + 2)?, 16).ok()).collect()
}
