//! One entry of the record.

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::canonical::canonical;
use crate::event::Event;

/// What the first entry names as its predecessor.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry: its hash covers everything else in it, the hash before it included.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// From 0, without gaps.
    pub index: u64,
    /// RFC 3339, UTC, as its writer said it.
    pub time: String,
    /// The event's word: [`Event::kind`].
    pub kind: String,
    /// The hash of the entry before, or [`FIRST`].
    pub previous: String,
    pub body: Value,
    /// SHA-256 of the canonical JSON of the rest, lower-case hexadecimal.
    pub hash: String,
}

impl Entry {
    /// The entry that follows `last`, or the first one.
    ///
    /// # Errors
    /// An event that cannot be written canonically.
    pub(crate) fn after(last: Option<&Self>, time: &str, event: &Event) -> Result<Self, String> {
        let mut entry = Self {
            index: last.map_or(0, |last| last.index + 1),
            time: time.to_owned(),
            kind: event.kind().to_owned(),
            previous: last.map_or(FIRST, |last| last.hash.as_str()).to_owned(),
            body: event.body()?,
            hash: String::new(),
        };
        entry.hash = entry.digest()?;
        Ok(entry)
    }

    /// What the entry records; the entry keeps what this version does not understand.
    pub fn event(&self) -> Event {
        Event::read(&self.kind, &self.body)
    }

    /// What its hash must be.
    fn digest(&self) -> Result<String, String> {
        Ok(sha256(canonical(&self.rest())?.as_bytes()))
    }

    fn rest(&self) -> Value {
        json!({
            "index": self.index,
            "time": self.time,
            "kind": self.kind,
            "previous": self.previous,
            "body": self.body,
        })
    }

    /// Its line in the file, without the line break.
    pub(crate) fn line(&self) -> Result<String, String> {
        let mut all = self.rest();
        if let Value::Object(map) = &mut all {
            map.insert("hash".to_owned(), Value::String(self.hash.clone()));
        }
        canonical(&all)
    }

    /// Reads a line of the file, its line break included; the hash is not looked at. Returns the line without its
    /// break beside the entry.
    ///
    /// # Errors
    /// Why it is no entry.
    pub(crate) fn from_line(line: &[u8]) -> Result<(Self, &str), String> {
        let line = line.strip_suffix(b"\n").ok_or("its line is not finished")?;
        let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8")?;
        Ok((Self::read(line)?, line))
    }

    /// Holds the entry to its own hash and to the line it was read from; what it follows is not looked at.
    ///
    /// # Errors
    /// Why it is not what was written.
    pub(crate) fn holds(&self, line: &str) -> Result<(), String> {
        if self.digest()? != self.hash {
            return Err("its content is not what its hash was made from".to_owned());
        }
        // Blanks, key order and escapes are no content, but they are bytes.
        if self.line()? != line {
            return Err("it is not written the way entries are written".to_owned());
        }
        Ok(())
    }

    fn read(line: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(line).map_err(|error| format!("it is not JSON: {error}"))?;
        let Value::Object(mut map) = value else { return Err("it is not an object".to_owned()) };
        let mut text = |key: &str| match map.remove(key) {
            Some(Value::String(text)) => Ok(text),
            _ => Err(format!("`{key}` is missing or no text")),
        };
        let (time, kind, previous, hash) = (text("time")?, text("kind")?, text("previous")?, text("hash")?);
        let index =
            map.remove("index").as_ref().and_then(Value::as_u64).ok_or("`index` is missing or no number")?;
        let body = map.remove("body").ok_or("`body` is missing")?;
        match map.keys().next() {
            Some(key) => Err(format!("`{key}` does not belong in an entry")),
            None => Ok(Self { index, time, kind, previous, body, hash }),
        }
    }
}

/// SHA-256, lower-case hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
