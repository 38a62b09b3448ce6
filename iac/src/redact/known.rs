//! Texts that are known to be secrets, found wherever they stand: as they are, as Base64, in a URL, in JSON.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::{Secret, SecretKind, random};
use crate::hashing::{QuickMap, QuickSet};

/// The texts, by how they begin.
#[derive(Debug, Default)]
pub(super) struct Known {
    texts: QuickSet<Arc<str>>,
    by_head: QuickMap<[u8; 4], Vec<(Arc<str>, SecretKind)>>,
    /// Whether one begins with two bytes, a bit each; most texts have no such pair. Empty where there is none.
    pairs: Vec<u64>,
}

/// Those that begin alike; each is compared wherever a text begins so.
const ALIKE: usize = 256;

/// More than a code has; a file made to hold more must not cost without end.
const MOST: usize = 20_000;

impl Known {
    pub(super) fn learn<'t>(&mut self, texts: impl Iterator<Item = &'t (Arc<str>, SecretKind)>) {
        for (text, kind) in texts {
            if self.texts.len() >= MOST || !is_findable(text) || !self.texts.insert(Arc::clone(text)) {
                continue;
            }
            self.add(Arc::clone(text), *kind);
            for form in forms(text) {
                self.add(form.into(), *kind);
            }
        }
    }

    fn add(&mut self, text: Arc<str>, kind: SecretKind) {
        let Some(head) = text.as_bytes().first_chunk::<4>().copied() else { return };
        if self.pairs.is_empty() {
            self.pairs = vec![0; 1 << 10];
        }
        let pair = usize::from(head[0]) << 8 | usize::from(head[1]);
        if let Some(word) = self.pairs.get_mut(pair >> 6) {
            *word |= 1 << (pair & 63);
        }
        let same = self.by_head.entry(head).or_default();
        if same.len() < ALIKE && !same.iter().any(|(one, _)| *one == text) {
            same.push((text, kind));
        }
    }

    /// Adds the places at which they stand.
    pub(super) fn find(&self, text: &str, secrets: &mut Vec<Secret>) {
        if self.texts.is_empty() {
            return;
        }
        let bytes = text.as_bytes();
        let (mut pair, mut skip) = (0_usize, 0);
        for (end, byte) in bytes.iter().enumerate() {
            pair = (pair << 8 | usize::from(*byte)) & 0xffff;
            let begins = self.pairs.get(pair >> 6).is_some_and(|word| word >> (pair & 63) & 1 == 1);
            if !begins || end == 0 || end - 1 < skip {
                continue;
            }
            let at = end - 1;
            let Some(rest) = bytes.get(at..) else { continue };
            let found = rest.first_chunk::<4>().and_then(|head| self.by_head.get(head));
            let longest = found
                .into_iter()
                .flatten()
                .filter(|(one, _)| rest.starts_with(one.as_bytes()) && stands_alone(bytes, at, one))
                .max_by_key(|(one, _)| one.len());
            if let Some((one, kind)) = longest {
                secrets.push(Secret { range: at..at + one.len(), kind: *kind });
                skip = at + one.len();
            }
        }
    }
}

/// A short one is not looked for within a longer word.
fn stands_alone(bytes: &[u8], at: usize, one: &str) -> bool {
    if one.len() >= 12 {
        return true;
    }
    let beside = |place: Option<usize>| {
        place.and_then(|place| bytes.get(place)).is_some_and(u8::is_ascii_alphanumeric)
    };
    let bare = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let joins_before = bare(one.as_bytes().first()) && beside(at.checked_sub(1));
    let joins_after = bare(one.as_bytes().last()) && beside(Some(at + one.len()));
    !joins_before && !joins_after
}

/// Whether a secret's text is so much its own that it means the secret wherever it stands: `production` and
/// `us-east-1` are also words of others, where they are secrets only their place tells.
fn is_findable(text: &str) -> bool {
    let trimmed = text.trim();
    if trimmed.len() < 6 || trimmed.len() > 16_384 || trimmed.starts_with("arn:") || trimmed.starts_with('/')
    {
        return false;
    }
    if trimmed.bytes().all(|byte| byte.is_ascii_digit() || b".:/-".contains(&byte)) {
        return trimmed.len() >= 16;
    }
    if trimmed.contains(char::is_whitespace) {
        return trimmed.len() >= 12;
    }
    let digit = trimmed.bytes().any(|byte| byte.is_ascii_digit());
    let one_word = trimmed.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let odd = trimmed.bytes().any(|byte| b"!#$%^&*?@~+=|".contains(&byte));
    odd || !trimmed.is_ascii() || digit && one_word || random::likeness(trimmed) < 0.5
}

/// A text as other texts carry it.
fn forms(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    // In Base64 a text looks different by where it begins within three bytes; what its neighbours change is left off.
    for shift in 0..3_usize {
        let mut bytes = vec![0; shift];
        bytes.extend_from_slice(text.as_bytes());
        let encoded = STANDARD_NO_PAD.encode(&bytes);
        let first = (shift * 8).div_ceil(6);
        let last = bytes.len() * 8 / 6;
        if let Some(part) = encoded.get(first..last).filter(|part| part.len() >= 8) {
            out.push(part.to_owned());
            let safe = part.replace('+', "-").replace('/', "_");
            if safe != part {
                out.push(safe);
            }
        }
    }
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !text.bytes().all(unreserved) {
        let in_url = |upper: bool| -> String {
            let each = text.bytes().map(|byte| match (unreserved(byte), upper) {
                (true, _) => char::from(byte).to_string(),
                (false, true) => format!("%{byte:02X}"),
                (false, false) => format!("%{byte:02x}"),
            });
            each.collect()
        };
        out.extend([in_url(true), in_url(false)]);
        let json = serde_json::Value::from(text).to_string();
        out.extend(
            json.get(1..json.len().saturating_sub(1)).filter(|inner| *inner != text).map(str::to_owned),
        );
        // What is shown in one line.
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line != text && line.len() >= 12 {
            out.push(line);
        }
    }
    // Secrets of several lines are shown a line at a time.
    if text.contains('\n') {
        out.extend(
            text.lines()
                .map(str::trim)
                .filter(|line| line.len() >= 12 && is_findable(line))
                .map(str::to_owned),
        );
    }
    out
}
