//! Secrets in a text of any kind, found by form: tokens, keys, addresses with passwords, what stands under a name that
//! promises a secret, what is encoded, and what chance made.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::name::{NAMING, NameClass, VALUING, classify};
use super::{MARK, Secret, SecretKind, random, shape};

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

    /// `-----BEGIN … PRIVATE KEY-----` to its end; what begins otherwise is public. Gives the place behind it.
    fn armour(&mut self, at: usize) -> usize {
        let rest = self.text.get(at..).unwrap_or_default();
        let title_end = rest.get(11..).and_then(|rest| rest.find("-----")).map_or(rest.len(), |end| end + 16);
        let private = rest.get(..title_end).is_some_and(|title| title.contains("PRIVATE KEY"));
        let ending = if self.unended { None } else { rest.find("-----END ") };
        self.unended = ending.is_none();
        let end = ending.and_then(|start| {
            let tail = rest.get(start + 9..)?;
            Some(start + 9 + tail.find("-----")? + 5)
        });
        if private {
            let end = at + end.unwrap_or(rest.len());
            self.add(at..end, SecretKind::PrivateKey);
            return end;
        }
        match end {
            Some(end) => {
                self.digests.push(at..at + end);
                at + end
            }
            None => at + 5,
        }
    }

    /// `curl -u user:password`.
    fn user_flag(&mut self, at: usize) {
        let end = self.word_end(at);
        let Some(word) = self.text.get(at..end) else { return };
        if let Some(colon) = word.find(':')
            && !is_exempt(word.get(colon + 1..).unwrap_or_default())
        {
            self.add(at + colon + 1..end, SecretKind::Named);
        }
    }

    /// `mysql -pPassword`, `sshpass -p password`.
    fn password_flag(&mut self, at: usize) {
        let mut start = at.saturating_sub(LINE);
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        let line = self.text.get(start..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
        if !["mysql", "mariadb", "sshpass", "docker login", "mongo", "ldap"]
            .iter()
            .any(|tool| line.contains(tool))
        {
            return;
        }
        let at = if self.byte(at) == b' ' { at + 1 } else { at };
        let end = self.word_end(at);
        if self.text.get(at..end).is_some_and(|word| word.len() >= 4 && !is_exempt(word)) {
            self.add(at..end, SecretKind::Named);
        }
    }

    /// `user:password@host` behind a scheme.
    fn address(&mut self, at: usize) {
        let stops = |byte: &u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b'|')
        };
        let rest = self.ahead(at);
        let all = rest.get(..rest.iter().position(stops).unwrap_or(rest.len())).unwrap_or_default();
        let authority_end =
            all.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(all.len());
        let authority = all.get(..authority_end).unwrap_or_default();
        let at_sign = |part: &[u8]| part.iter().rposition(|byte| *byte == b'@');
        let host_port = || {
            let port = authority.iter().rposition(|byte| *byte == b':')?;
            let digits = authority.get(port + 1..)?;
            (!digits.is_empty() && digits.iter().all(u8::is_ascii_digit)).then_some(())
        };
        let end = match at_sign(authority) {
            Some(end) => Some(end),
            // A password with a slash in it.
            None if authority.contains(&b':') && host_port().is_none() => at_sign(all),
            None => None,
        };
        let Some(end) = end else { return self.hook(at, all.len()) };
        let user_info = all.get(..end).unwrap_or_default();
        let start = match user_info.iter().position(|byte| *byte == b':') {
            Some(colon) => colon + 1,
            // A token in the place of the user.
            None => {
                let user = std::str::from_utf8(user_info).unwrap_or_default();
                if user.len() < 8 || !random::is_mixed(user) {
                    return;
                }
                0
            }
        };
        let password = self.text.get(at + start..at + end).unwrap_or_default();
        if !password.is_empty() && !is_reference(password) {
            self.add(at + start..at + end, SecretKind::Address);
        }
    }

    /// Addresses that are secrets as a whole: whoever knows one may post there.
    fn hook(&mut self, at: usize, length: usize) {
        const HOOKS: &[&str] = &[
            "hooks.slack.com/services/",
            "hooks.slack.com/workflows/",
            "discord.com/api/webhooks/",
            "discordapp.com/api/webhooks/",
            "hooks.zapier.com/hooks/catch/",
            "outlook.office.com/webhook/",
            "maker.ifttt.com/trigger/",
            "events.pagerduty.com/integration/",
            "chat.googleapis.com/v1/spaces/",
            "api.telegram.org/bot",
            "hook.eu1.make.com/",
            "hooks.glip.com/webhook/",
        ];
        let Some(all) = self.text.get(at..at + length) else { return };
        let known = HOOKS.iter().find(|hook| all.starts_with(**hook)).map(|hook| hook.len());
        let teams = || all.find(".webhook.office.com/").map(|found| found + 20);
        let azure = || all.find(".logic.azure.com").and_then(|_| all.find("sig=")).map(|found| found + 4);
        if let Some(start) = known.or_else(teams).or_else(azure) {
            self.add(at + start..at + length, SecretKind::Token);
        }
    }

    /// `user:password@tcp(host)/db`.
    fn data_source(&mut self, at: usize) {
        let start = at
            - self.bytes.get(..at).map_or(0, |before| {
                before
                    .iter()
                    .rev()
                    .take(LINE)
                    .take_while(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'='))
                    .count()
            });
        let Some(user_info) = self.text.get(start..at) else { return };
        if let Some(colon) = user_info.find(':')
            && !is_reference(user_info.get(colon + 1..).unwrap_or_default())
        {
            self.add(start + colon + 1..at, SecretKind::Address);
        }
    }

    /// `<password>…</password>`.
    fn element(&mut self, at: usize) {
        let start = at
            - self
                .bytes
                .get(..at)
                .map_or(0, |before| before.iter().rev().take(LINE).take_while(|byte| is_key(**byte)).count());
        if self.before(start) != b'<'
            || classify(self.text.get(start..at).unwrap_or_default()) != NameClass::Secret
        {
            return;
        }
        if let Some(end) = self.ahead(at + 1).windows(2).position(|pair| pair == b"</") {
            self.add(at + 1..at + 1 + end, SecretKind::Named);
        }
    }

    /// `name = value`, `name: value`, `"name": "value"`, `name => value`.
    fn assignment(&mut self, at: usize) {
        let (mut key_end, mut value_at) = (at, at + 1);
        match (self.byte(at), self.byte(at + 1)) {
            (b'=', b'=' | b'>') | (b':', b'=') => value_at += 1,
            (b':', b':') => return,
            _ => {}
        }
        if matches!(self.before(at), b':' | b'!' | b'<' | b'>' | b'=') {
            return;
        }
        while matches!(self.before(key_end), b' ' | b'\t' | b'"' | b'\'' | b'\\' | b'`' | b']' | b')')
            && key_end + 12 > at
            && key_end > 0
        {
            key_end -= 1;
        }
        let length = self
            .bytes
            .get(..key_end)
            .map_or(0, |before| before.iter().rev().take(80).take_while(|byte| is_key(**byte)).count());
        let Some(key) = self.text.get(key_end - length..key_end) else { return };
        let key = key.trim_start_matches(['-', '.']);
        if key.is_empty() {
            return;
        }
        let mut class = classify(key);
        let names = NAMING.contains(&key);
        if VALUING.contains(&key)
            && let Some((beside, end)) = self.naming.take()
            && at < end + BESIDE
        {
            class = class.max(beside);
        }
        if !names && !matches!(class, NameClass::Secret | NameClass::Weak | NameClass::Digest) {
            return;
        }
        let Some(Written { range, quoted }) = self.written(value_at, key_end - length) else { return };
        let Some(value) = self.text.get(range.clone()) else { return };
        if names {
            let of_value = classify(value.trim());
            if matches!(of_value, NameClass::Secret | NameClass::Weak) {
                self.naming = Some((of_value, range.end));
            }
            return;
        }
        let hidden = match class {
            NameClass::Digest => {
                self.digests.push(range);
                return;
            }
            NameClass::Weak => random::is_mixed(value) && !value.contains("://"),
            _ if quoted => true,
            // What follows a colon in prose is mostly prose.
            _ if self.byte(at) == b':' && !self.begins_line(key_end - length) => random::is_password(value),
            _ => true,
        };
        let expression = !quoted && self.reading == Reading::Source && is_expression(value);
        if hidden && !expression && !is_exempt(value) {
            self.add(range, SecretKind::Named);
        }
    }

    /// Whether nothing but what indents stands before a key on its line.
    fn begins_line(&self, at: usize) -> bool {
        let before = self.bytes.get(..at).unwrap_or_default().iter().rev();
        before
            .take_while(|byte| **byte != b'\n')
            .all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'"' | b'\'' | b'\r'))
    }

    /// The value that begins behind a separator; `key` is where its key begins.
    fn written(&self, at: usize, key: usize) -> Option<Written> {
        let blanks = self.ahead(at).iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let at = at + blanks;
        let rest = self.ahead(at);
        let line = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        match *rest.first()? {
            b'\n' | b'\r' | b'{' | b'(' => None,
            b'\\' if matches!(rest.get(1), Some(b'"' | b'\'')) => {
                let inner = self.text.get(at + 2..at + line)?;
                let end = inner.find("\\\"").or_else(|| inner.find(['"', '\''])).unwrap_or(inner.len());
                Some(Written { range: at + 2..at + 2 + end, quoted: true })
            }
            quote @ (b'"' | b'\'' | b'`') => {
                let mut end = 1;
                while end < rest.len() {
                    match rest.get(end) {
                        Some(b'\\') if quote == b'"' => end += 1,
                        Some(byte) if *byte == quote => break,
                        // A quote that is not closed ends with its line.
                        Some(b'\n') if quote != b'`' => break,
                        _ => {}
                    }
                    end += 1;
                }
                Some(Written { range: at + 1..(at + end).min(self.bytes.len()), quoted: true })
            }
            b'<' if rest.get(1) == Some(&b'<') => {
                let word = self.text.get(at + 2..at + line)?.trim_start_matches(['-', '~']).trim();
                let body = at + line + 1;
                let end = self.text.get(body..)?.lines().scan(body, |from, line| {
                    let start = *from;
                    *from += line.len() + 1;
                    Some((start, line))
                });
                let end = end
                    .filter(|(_, line)| !word.is_empty() && line.trim() == word)
                    .map(|(start, _)| start)
                    .next();
                Some(Written { range: body..end.unwrap_or(self.bytes.len()), quoted: true })
            }
            b'|' | b'>' if line <= 3 => Some(Written { range: self.block(at + line + 1, key), quoted: true }),
            b'[' => {
                let end = rest.iter().take(line).rposition(|byte| *byte == b']')?;
                let inner = self.text.get(at + 1..at + end)?;
                let inner_start = at + 1 + inner.len() - inner.trim_start().len();
                // A list in one line: all of it.
                inner
                    .trim()
                    .starts_with(['"', '\''])
                    .then(|| Written { range: inner_start..at + 1 + inner.trim_end().len(), quoted: true })
            }
            _ => {
                let ends = |byte: &u8| {
                    byte.is_ascii_whitespace()
                        || matches!(byte, b',' | b';' | b'"' | b'\'' | b'`' | b'<' | b'\\')
                };
                let mut end = rest.iter().position(ends).unwrap_or(rest.len());
                // In an address a parameter ends where the next begins.
                let word = rest.get(..end)?;
                if let Some(and) = word.iter().position(|byte| *byte == b'&')
                    && word.get(and..).is_some_and(|tail| tail.contains(&b'='))
                {
                    end = and;
                }
                let opens = |open: u8| word.contains(&open);
                while end > 0
                    && matches!(rest.get(end - 1), Some(b')' | b'}' | b']' | b'.'))
                    && !(opens(b'(') || opens(b'{') || opens(b'['))
                {
                    end -= 1;
                }
                Some(Written { range: at..at + end, quoted: false })
            }
        }
    }

    /// The lines of a YAML block below a key.
    fn block(&self, start: usize, key: usize) -> Range<usize> {
        let line_start = self
            .bytes
            .get(..key)
            .unwrap_or_default()
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |at| at + 1);
        let indent =
            self.bytes.get(line_start..).unwrap_or_default().iter().take_while(|byte| **byte == b' ').count();
        let mut end = start.min(self.bytes.len());
        for line in self.text.get(start..).unwrap_or_default().split_inclusive('\n') {
            if !line.trim().is_empty() && line.len() - line.trim_start().len() <= indent {
                break;
            }
            end += line.len();
        }
        start.min(end)..end
    }

    /// `--password hunter2`, `password is hunter2`, `Bearer …`, `identified by '…'`.
    fn word(&mut self, at: usize) {
        const WORDS: &[&str] = &[
            "password",
            "passwd",
            "passphrase",
            "pwd",
            "token",
            "secret",
            "bearer",
            "basic",
            "requirepass",
            "masterauth",
            "pass",
            "apikey",
            "key",
            "identified",
            "credential",
            "credentials",
            "passwort",
            "pw",
            "secrets",
        ];
        let length = self
            .bytes
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        if !(2..=12).contains(&length) || !matches!(self.byte(at + length), b' ' | b'\t') {
            return;
        }
        let Some(word) = self
            .text
            .get(at..at + length)
            .filter(|word| WORDS.iter().any(|one| one.eq_ignore_ascii_case(word)))
        else {
            return;
        };
        let flag = self.before(at) == b'-';
        let mut place = at + length;
        for _ in 0..3 {
            while matches!(self.byte(place), b' ' | b'\t') && place < self.bytes.len() {
                place += 1;
            }
            let end = self.word_end(place);
            let next = self.text.get(place..end).unwrap_or_default();
            const BETWEEN: &[&str] =
                &["is", "was", "by", "to", "of", "as", "with", "found", "value", "named", "in"];
            if !BETWEEN.iter().any(|one| one.eq_ignore_ascii_case(next)) {
                break;
            }
            place = end;
        }
        let quote = self.byte(place);
        let quoted = matches!(quote, b'"' | b'\'' | b'`');
        let (start, end) = match quoted {
            true => {
                let rest = self.bytes.get(place + 1..).unwrap_or_default();
                let Some(end) = rest.iter().position(|byte| *byte == quote || *byte == b'\n') else { return };
                (place + 1, place + 1 + end)
            }
            false => (place, self.word_end(place)),
        };
        let Some(value) = self.text.get(start..end).filter(|value| value.len() >= 4 && !is_exempt(value))
        else {
            return;
        };
        let scheme = word.eq_ignore_ascii_case("bearer") || word.eq_ignore_ascii_case("basic");
        let sure = (flag && !value.starts_with('-'))
            || (scheme
                && value.len() >= 8
                && value.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase()));
        let by = self
            .text
            .get(at + length..place)
            .is_some_and(|between| between.trim().eq_ignore_ascii_case("by"));
        let path = value.contains('/') && !flag;
        if sure && !is_expression(value)
            || (by && quoted)
            || (random::is_password(value)
                && !path
                && !is_expression(value)
                && !value.contains("://")
                && !value.contains('_'))
        {
            self.add(start..end, SecretKind::Named);
        }
    }

    fn word_end(&self, at: usize) -> usize {
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'<' | b'>' | b'\\')
        };
        let rest = self.ahead(at);
        at + rest.iter().position(ends).unwrap_or(rest.len())
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

/// Whether a value under a name that promises a secret is none: nothing, a word, a reference, the name of a place.
pub(super) fn is_exempt(value: &str) -> bool {
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
fn is_reference(value: &str) -> bool {
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
fn is_expression(value: &str) -> bool {
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
