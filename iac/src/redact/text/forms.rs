//! Secrets that the signs around them tell: keys in armour, passwords in addresses and behind flags.

use super::*;

impl Scan<'_> {
    /// `-----BEGIN … PRIVATE KEY-----` to its end; what begins otherwise is public. Gives the place behind it.
    pub(super) fn armour(&mut self, at: usize) -> usize {
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
    pub(super) fn user_flag(&mut self, at: usize) {
        let end = self.word_end(at);
        let Some(word) = self.text.get(at..end) else { return };
        if let Some(colon) = word.find(':')
            && !is_exempt(word.get(colon + 1..).unwrap_or_default())
        {
            self.add(at + colon + 1..end, SecretKind::Named);
        }
    }

    /// `mysql -pPassword`, `sshpass -p password`.
    pub(super) fn password_flag(&mut self, at: usize) {
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
    pub(super) fn address(&mut self, at: usize) {
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
    pub(super) fn hook(&mut self, at: usize, length: usize) {
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
    pub(super) fn data_source(&mut self, at: usize) {
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
    pub(super) fn element(&mut self, at: usize) {
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
}
