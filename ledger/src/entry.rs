//! One entry of the record.

use serde_json::{Value, json};
use sha2::Digest as _;

use crate::canonical::canonical;

/// What the first entry names as its predecessor.
pub const FIRST: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One entry: its hash covers everything else in it, the hash before it included.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// From 0, without gaps.
    pub index: u64,
    /// RFC 3339, UTC, as its writer said it.
    pub time: String,
    /// `report`, `fix`, `approval`, …
    pub kind: String,
    /// The hash of the entry before, or [`FIRST`].
    pub previous: String,
    pub body: Value,
    /// SHA-256 of the canonical JSON of the rest, lower-case hexadecimal.
    pub hash: String,
}

impl Entry {
    /// An entry that follows `previous`.
    ///
    /// # Errors
    /// A body that cannot be written canonically.
    pub(crate) fn new(
        index: u64,
        time: &str,
        kind: &str,
        previous: &str,
        body: Value,
    ) -> Result<Self, String> {
        let (time, kind, previous) = (time.to_owned(), kind.to_owned(), previous.to_owned());
        let mut entry = Self { index, time, kind, previous, body, hash: String::new() };
        entry.hash = entry.digest()?;
        Ok(entry)
    }

    /// What its hash must be.
    pub(crate) fn digest(&self) -> Result<String, String> {
        let text = canonical(&self.rest())?;
        Ok(sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect())
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

    /// Reads a line; the hash is not looked at.
    pub(crate) fn read(line: &str) -> Result<Self, String> {
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
