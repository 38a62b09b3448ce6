//! Secrets in a text of any kind, found by form: tokens, keys, addresses with passwords, what stands under a name that
//! promises a secret, what is encoded, and what chance made.

mod exempt;
mod forms;
mod named;

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::name::{NAMING, NameClass, VALUING, classify};
use super::{MARK, Secret, SecretKind, random, shape};
pub(super) use exempt::is_exempt;
use exempt::{is_expression, is_reference};

/// What a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// A file: what is not quoted may be an expression.
    Source,
    /// A value, a message.
    Prose,
    /// A value that is a digest: it looks like chance, and is none.
    Digest,
}

/// How deep texts within texts are looked into.
const DEPTH: u32 = 3;

/// The secrets of a text, in no order; ranges may overlap.
pub(super) fn secrets(text: &str, reading: Reading) -> Vec<Secret> {
    found(text, reading, DEPTH)
}

fn found(text: &str, reading: Reading, depth: u32) -> Vec<Secret> {
    let mut scan = Scan {
        text,
        bytes: text.as_bytes(),
        reading,
        out: Vec::new(),
        digests: Vec::new(),
        naming: None,
        unended: false,
    };
    if text.len() >= 6 {
        scan.forms();
        scan.runs(depth);
    }
    scan.out
}

/// The words of a text that look like secrets, addresses of resources and paths left out.
pub(super) fn mixed_words(text: &str) -> Vec<Secret> {
    let ends = |c: char| {
        c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ',' | ';' | '(' | ')' | '<' | '>' | '[' | ']')
    };
    let mut out = Vec::new();
    let mut at = 0;
    for word in text.split(ends) {
        let range = at..at + word.len();
        at = text
            .get(range.end..)
            .and_then(|rest| rest.chars().next())
            .map_or(range.end, |c| range.end + c.len_utf8());
        let place = word.contains(['/', '\\']) || word.contains("::") || word.matches(['.', '_']).count() > 1;
        if random::is_mixed(word) && !(place && random::likeness(word) > 0.4) && !is_exempt(word) {
            out.push(Secret { range, kind: SecretKind::Named });
        }
    }
    out
}

struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    reading: Reading,
    out: Vec<Secret>,
    /// What stands under the name of a digest.
    digests: Vec<Range<usize>>,
    /// A name beside which a value stands, and where it ends: `{ name = "DB_PASSWORD", value = … }`.
    naming: Option<(NameClass, usize)>,
    /// No armour ends from here on.
    unended: bool,
}

/// The longest value that the end of is looked for, and how much of a line is looked back over, in bytes: a text that was
/// made to cost much must not.
const LONGEST: usize = 8 << 10;
const LINE: usize = 512;

/// Bytes between a name and the value beside it.
const BESIDE: usize = 300;

impl Scan<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(b' ')
    }

    fn before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(b' ', |at| self.byte(at))
    }

    fn add(&mut self, range: Range<usize>, kind: SecretKind) {
        let shown = self
            .text
            .get(range.clone())
            .is_some_and(|part| !part.is_empty() && !part.starts_with("(hidden:"));
        if shown {
            self.out.push(Secret { range, kind });
        }
    }

    /// Everything that shows by the signs around it, in one way through the text.
    fn forms(&mut self) {
        let mut at = 0;
        while at < self.bytes.len() {
            let byte = self.byte(at);
            match byte {
                b'(' if self.starts(at, MARK) => {
                    at += self.bytes.iter().skip(at).position(|byte| *byte == b')').unwrap_or(1);
                }
                b'-' if self.starts(at, "-----BEGIN ") => {
                    at = self.armour(at);
                    continue;
                }
                b'-' if self.byte(at + 1) == b'u' && self.byte(at + 2) == b' ' => self.user_flag(at + 3),
                b'-' if self.byte(at + 1) == b'p' && self.before(at) == b' ' => self.password_flag(at + 2),
                b':' if self.starts(at, "://") => self.address(at + 3),
                b':' | b'=' => {
                    let count = self.out.len();
                    self.assignment(at);
                    // What is hidden whole needs no second look.
                    if let Some(hidden) = self.out.get(count) {
                        at = hidden.range.end.max(at + 1);
                        continue;
                    }
                }
                b'>' => self.element(at),
                b'@' if self.starts(at, "@tcp(") || self.starts(at, "@unix(") => self.data_source(at),
                _ if (byte.is_ascii_alphabetic() || byte == b'$' || byte == b'1')
                    && !self.before(at).is_ascii_alphanumeric() =>
                {
                    if let Some(end) = shape::token_end(self.bytes, at) {
                        let start = if self.starts(at, "atlasv1.") { self.run_start(at) } else { at };
                        self.add(start..end, SecretKind::Token);
                        at = end;
                        continue;
                    }
                    self.word(at);
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn starts(&self, at: usize, with: &str) -> bool {
        self.bytes.get(at..).is_some_and(|rest| rest.starts_with(with.as_bytes()))
    }

    fn run_start(&self, at: usize) -> usize {
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'.' || *byte == b'-';
        let before = self.bytes.get(..at).unwrap_or_default().iter().rev().take(LINE);
        at - before.take_while(|byte| inner(byte)).count()
    }

    /// What follows a place, as far as it is looked at.
    fn ahead(&self, at: usize) -> &[u8] {
        let mut end = (at + LONGEST).min(self.bytes.len());
        while !self.text.is_char_boundary(end) {
            end += 1;
        }
        self.bytes.get(at..end).unwrap_or_default()
    }

    /// Runs of signs without a blank: what is encoded, and what chance made.
    fn runs(&mut self, depth: u32) {
        let mut start = 0;
        for (at, byte) in self.bytes.iter().enumerate() {
            if ENDS_RUN[usize::from(*byte)] {
                if at >= start + 10 {
                    self.run(start, at, depth);
                }
                start = at + 1;
            }
        }
        if self.bytes.len() >= start + 10 {
            self.run(start, self.bytes.len(), depth);
        }
    }

    fn run(&mut self, start: usize, end: usize, depth: u32) {
        let Some(run) = self.text.get(start..end) else { return };
        // Words and numbers, which most runs are.
        if !random::may_be_secret(run) {
            return;
        }
        // They stand in order, as the runs do.
        let first = self.digests.partition_point(|one| one.end < end);
        if self.digests.get(first).is_some_and(|one| one.start <= start) || random::is_public(run) {
            return;
        }
        let chance = self.reading != Reading::Digest;
        if chance && end - start < 64 && random::is_secret(run) && encoded_text(run).is_none() {
            return self.add(start..end, SecretKind::Random);
        }
        let mut from = start;
        for piece in run.split(['=', ':', '@', '?', '&', '|', '%', '#', '!', '*']) {
            let range = from..from + piece.len();
            from = range.end + 1;
            if piece.len() < 16 || random::is_public(piece) {
                continue;
            }
            if let Some(text) = encoded_text(piece) {
                if depth > 0 && !found(&text, Reading::Prose, depth - 1).is_empty() {
                    self.add(range, SecretKind::Encoded);
                }
                continue;
            }
            if !chance {
                continue;
            }
            if random::is_secret(piece) {
                self.add(range, SecretKind::Random);
            } else if piece.contains(['/', '.']) {
                let mut at = range.start;
                for part in piece.split(['/', '.']) {
                    if part.len() >= 16 && random::is_secret(part) {
                        self.add(at..at + part.len(), SecretKind::Random);
                    }
                    at += part.len() + 1;
                }
            }
        }
    }
}

/// The signs at which a run ends.
const ENDS_RUN: [bool; 256] = {
    let mut ends = [false; 256];
    let signs = b" \t\n\r\"'`()[]{}<>,;\\";
    let mut at = 0;
    while at < signs.len() {
        ends[signs[at] as usize] = true;
        at += 1;
    }
    ends
};

/// A value, and whether it stands in quotes or is a block of its own.
struct Written {
    range: Range<usize>,
    quoted: bool,
}

fn is_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.') || byte >= 0x80
}

/// The text behind Base64, where it is one that people can read.
fn encoded_text(run: &str) -> Option<String> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    const URL: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);
    let whole = run.trim_end_matches('=');
    if whole.len() < 16
        || whole.len() % 4 == 1
        || !whole.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
    {
        return None;
    }
    let bytes = if whole.contains(['-', '_']) { URL.decode(whole) } else { STANDARD.decode(whole) }.ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let readable = text.chars().filter(|c| !c.is_control() || c.is_whitespace()).count();
    let plain = text.chars().filter(char::is_ascii).count();
    (readable == text.chars().count() && plain * 10 >= readable * 8).then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::redact::{DigestKey, merged, replaced};

    fn shown(text: &str, reading: Reading) -> String {
        replaced(&DigestKey::default(), text, &merged(secrets(text, reading))).into_owned()
    }

    #[test]
    fn secrets_are_found_by_form() {
        for (text, secret) in [
            ("password = \"hunter2\"", "hunter2"),
            ("password = \"hunter2", "hunter2"),
            ("  MasterUserPassword: hunter2 # x", "hunter2"),
            ("{\"db_password\":\"hunter2\",\"a\":1}", "hunter2"),
            ("\"{\\\"db_password\\\":\\\"hunter2\\\"}\"", "hunter2"),
            ("env { name = \"DB_PASSWORD\" value = \"hunter2\" }", "hunter2"),
            ("- name: API_TOKEN\n  value: hunter2\n", "hunter2"),
            ("{ \"name\": \"API_TOKEN\", \"value\": \"hunter2\" }", "hunter2"),
            ("git::https://bob:hunter2@example.com/x.git", "hunter2"),
            ("postgres://app:p@ss/w0rd@db:5432/x", "p@ss/w0rd"),
            ("Server=db;User=sa;Password=hunter2;Encrypt=true", "hunter2"),
            ("root:hunter2@tcp(db:3306)/x", "hunter2"),
            ("export PGPASSWORD=hunter2; psql", "hunter2"),
            ("mysql -u root -phunter2 db", "hunter2"),
            ("tool --password hunter2 --x", "hunter2"),
            ("# the password is hunter2", "hunter2"),
            ("curl -H 'Authorization: Bearer abcDEF1234567890'", "abcDEF1234567890"),
            ("curl -u admin:hunter2 https://x", "hunter2"),
            ("ALTER USER x IDENTIFIED BY 'hunter2'", "hunter2"),
            ("<password>hunter2</password>", "hunter2"),
            (
                "note = \"ghp_0123456789abcdefghijABCDEFGHIJ012345\"",
                "ghp_0123456789abcdefghijABCDEFGHIJ012345",
            ),
            ("x AKIAIOSFODNN7EXAMPLE y", "AKIAIOSFODNN7EXAMPLE"),
            ("tag wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ9hLkWpTx", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQ9hLkWpTx"),
            ("data cGFzc3dvcmQ9aHVudGVyMgo= end", "cGFzc3dvcmQ9aHVudGVyMgo="),
            ("https://hooks.slack.com/services/T00/B00/XXXX0000", "T00/B00/XXXX0000"),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\n", "MIIE"),
            ("secret_key = <<EOT\nhunter2\nEOT\n", "hunter2"),
            ("password: |\n  hunter2\nnext: 1\n", "hunter2"),
        ] {
            let hidden = shown(text, Reading::Source);
            assert!(!hidden.contains(secret) && hidden.contains("(hidden: "), "{text} -> {hidden}");
            let again = shown(&hidden, Reading::Prose);
            assert_eq!(again, hidden, "what is hidden stays as it is");
        }
    }

    #[test]
    fn what_everyone_may_read_is_shown() {
        for text in [
            "password = var.db_password",
            "password = random_password.db.result",
            "secret_arn = \"arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf\"",
            "password: !Ref DbPassword",
            "password = \"${var.password}\"",
            "token_ttl = 3600",
            "kms_key_id = \"1234abcd-12ab-34cd-56ef-1234567890ab\"",
            "image = \"nginx@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"",
            "ami = \"ami-0abcdef1234567890\"",
            "cidr = \"10.0.0.0/16\"",
            "account = \"123456789012\"",
            "source = \"git::https://example.com/network.git?ref=v1.2.3\"",
            "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "`master_password` is not set; expected a reference",
            "source_code_hash = \"q3Jx0Zf8v2b1kq0Zz7t1uWq3Jx0Zf8v2b1kq0Zz7t1s=\"",
            "https://example.com:8443/path@v2",
            "git@github.com:org/repo.git",
            "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ\n-----END CERTIFICATE-----",
            "public_key = \"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA9x8yK2mN5pQ\"",
            "valueFrom: { secretKeyRef: { name: db, key: password } }",
            "password = \"{{resolve:secretsmanager:db:SecretString:password}}\"",
            "name = \"password\"",
            "key = \"terraform.tfstate\"",
            "policy = \"ELBSecurityPolicy-TLS13-1-2-Res-2021-06\"",
            "set the password in a secret store",
            "IyEvYmluL2Jhc2gKZWNobyBoZWxsbyB3b3JsZAo=",
        ] {
            assert_eq!(shown(text, Reading::Source), text);
        }
    }
}
