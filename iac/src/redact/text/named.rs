//! Values that stand under a name, or behind a word, that promises a secret.

use super::*;

impl Scan<'_> {
    /// `name = value`, `name: value`, `"name": "value"`, `name => value`.
    pub(super) fn assignment(&mut self, at: usize) {
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
    pub(super) fn begins_line(&self, at: usize) -> bool {
        let before = self.bytes.get(..at).unwrap_or_default().iter().rev();
        before
            .take_while(|byte| **byte != b'\n')
            .all(|byte| matches!(byte, b' ' | b'\t' | b'-' | b'"' | b'\'' | b'\r'))
    }

    /// The value that begins behind a separator; `key` is where its key begins.
    pub(super) fn written(&self, at: usize, key: usize) -> Option<Written> {
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
    pub(super) fn block(&self, start: usize, key: usize) -> Range<usize> {
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
    pub(super) fn word(&mut self, at: usize) {
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

    pub(super) fn word_end(&self, at: usize) -> usize {
        let ends = |byte: &u8| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b'`' | b',' | b';' | b')' | b'<' | b'>' | b'\\')
        };
        let rest = self.ahead(at);
        at + rest.iter().position(ends).unwrap_or(rest.len())
    }
}
