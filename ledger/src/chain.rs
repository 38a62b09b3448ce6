//! The file that holds the entries, one JSON line each.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::approval::Approval;
use crate::entry::{Entry, FIRST};
use crate::event::{Event, PlanApproval};
use crate::tail::last_entry;

/// A ledger on disk.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
}

/// The last entry's place and hash: who notes it can later tell whether the record was cut or rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub index: u64,
    pub hash: String,
}

/// What is wrong with a ledger, or kept it from being read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// An entry, counted from 0, is not what was written.
    Broken { entry: u64, why: String },
    /// Every entry holds, and yet the head somebody noted is not among them.
    Cut { expected: String },
    /// The file could not be read, locked or written.
    File(String),
    /// The entry cannot be recorded.
    Refused(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Broken { entry, why } => write!(f, "the ledger is broken at entry {entry}: {why}"),
            Fault::Cut { expected } => write!(
                f,
                "the ledger was cut or rewritten: no entry has the expected hash `{expected}`, though each follows \
                 from the one before"
            ),
            Fault::File(why) | Fault::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Fault {}

impl Ledger {
    /// The ledger of a workspace: `.compline/ledger.jsonl` below its root.
    pub fn below(root: &Path) -> Self {
        Self::at(root.join(".compline").join("ledger.jsonl"))
    }

    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an entry after the last one. Writers wait for each other. What is read does not grow with the file:
    /// the last entry must be what its hash was made from, and [`Ledger::verify`] holds all of them to theirs.
    ///
    /// # Errors
    /// The file cannot be had, its last entry does not hold, or the event cannot be written canonically.
    pub fn append(&self, time: &str, event: &Event) -> Result<Entry, Fault> {
        if let Some(parent) = self.path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| self.file("made", &error))?;
        }
        let options = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        let mut file = options.map_err(|error| self.file("opened", &error))?;
        // The lock goes with the handle, also when the process dies.
        file.lock().map_err(|error| self.file("locked", &error))?;
        let entry = self.append_to(&mut file, time, event)?;
        file.sync_all().map_err(|error| self.file("written", &error))?;
        Ok(entry)
    }

    fn append_to(
        &self,
        file: &mut (impl Read + Write + Seek),
        time: &str,
        event: &Event,
    ) -> Result<Entry, Fault> {
        let last = match last_entry(file).map_err(|error| self.file("read", &error))? {
            Ok(last) => last,
            // The place of what is broken is worth reading the file: nothing will be written.
            Err(why) => {
                file.rewind().map_err(|error| self.file("read", &error))?;
                let entries = check(&self.bytes(file)?)?;
                return Err(Fault::Broken { entry: entries.len().saturating_sub(1) as u64, why });
            }
        };
        let entry = Entry::after(last.as_ref(), time, event).map_err(Fault::Refused)?;
        let mut line = entry.line().map_err(Fault::Refused)?;
        line.push('\n');
        file.seek(SeekFrom::End(0)).map_err(|error| self.file("written", &error))?;
        file.write_all(line.as_bytes()).map_err(|error| self.file("written", &error))?;
        Ok(entry)
    }

    /// Records that somebody allows a plan, named by its digest.
    ///
    /// # Errors
    /// As [`Ledger::append`]; then there is no approval.
    pub fn approve(&self, plan: &str, by: &str, time: &str) -> Result<Approval, Fault> {
        let event = PlanApproval { plan: plan.to_owned(), by: by.to_owned() };
        let entry = self.append(time, &Event::PlanApproval(event))?;
        Ok(Approval::recorded(plan, by, entry.index, &entry.hash))
    }

    /// Every entry, after the whole chain was checked; none when there is no file.
    ///
    /// # Errors
    /// The first entry that is not what was written, and why.
    pub fn entries(&self) -> Result<Vec<Entry>, Fault> {
        match File::open(&self.path) {
            Ok(mut file) => {
                // A writer in another process may be half-way through a line.
                file.lock_shared().map_err(|error| self.file("locked", &error))?;
                check(&self.bytes(&mut file)?)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(self.file("opened", &error)),
        }
    }

    /// Checks every entry, and that the head somebody noted earlier is still among them.
    ///
    /// # Errors
    /// The first entry that is not what was written, or that the record was cut.
    pub fn verify(&self, expected: Option<&str>) -> Result<Vec<Entry>, Fault> {
        let entries = self.entries()?;
        match expected {
            Some(hash) if !entries.iter().any(|entry| entry.hash == hash) => {
                Err(Fault::Cut { expected: hash.to_owned() })
            }
            _ => Ok(entries),
        }
    }

    /// The last entry's place and hash, after the whole chain was checked.
    ///
    /// # Errors
    /// As [`Ledger::entries`].
    pub fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(self.entries()?.pop().map(|entry| Head { index: entry.index, hash: entry.hash }))
    }

    fn bytes(&self, file: &mut impl Read) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(|error| self.file("read", &error))?;
        Ok(bytes)
    }

    fn file(&self, done: &str, error: &std::io::Error) -> Fault {
        Fault::File(format!("the ledger `{}` cannot be {done}: {error}", self.path.display()))
    }
}

/// Reads the entries of a ledger's bytes and checks each against the one before.
fn check(bytes: &[u8]) -> Result<Vec<Entry>, Fault> {
    let mut entries: Vec<Entry> = Vec::new();
    for (index, line) in (0_u64..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
        let broken = |why: &str| Fault::Broken { entry: index, why: why.to_owned() };
        let (entry, line) = Entry::from_line(line).map_err(|why| broken(&why))?;
        if entry.index != index {
            return Err(broken(&format!("it calls itself entry {}", entry.index)));
        }
        if entry.previous != entries.last().map_or(FIRST, |last| last.hash.as_str()) {
            return Err(broken("it does not follow from the entry before"));
        }
        entry.holds(line).map_err(|why| broken(&why))?;
        entries.push(entry);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests;
