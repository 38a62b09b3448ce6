//! The file that holds the entries, one JSON line each.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::approval::Approval;
use crate::entry::{Entry, FIRST};
use crate::event::{Event, PlanApproval, Repair};
use crate::tail::{Tail, last_entry};

/// The largest ledger that is read whole.
const LARGEST: u64 = 1 << 30;

/// What opens a ledger's file: this room knows no place, and trusts none.
pub trait Files: std::fmt::Debug + Send + Sync {
    /// The file, to be read; none where it is not there.
    ///
    /// # Errors
    /// It cannot be opened, or is not what a ledger may lie in.
    fn read(&self) -> io::Result<Option<File>>;

    /// The file, to be read and written, made where it is not there.
    ///
    /// # Errors
    /// As [`Files::read`], and that the place may not be written (`ReadOnlyFilesystem`, `PermissionDenied`).
    fn write(&self) -> io::Result<File>;
}

/// A ledger on disk.
#[derive(Debug, Clone)]
pub struct Ledger {
    /// For messages.
    path: PathBuf,
    files: Arc<dyn Files>,
}

/// What an append wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Appended {
    pub entry: Entry,
    /// The entry before it, where the last line was not finished and had to be put right.
    pub repair: Option<Entry>,
}

/// A ledger's entries, and what stands after the last whole one.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub entries: Vec<Entry>,
    /// Bytes of a last line that is not finished: a write was cut off there. 0 where there is none.
    pub unfinished: u64,
    /// The lines of the entries, as they stand in the file.
    pub text: String,
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
    /// Every whole entry holds; after them stands a line that is not finished.
    Unfinished { entries: u64, bytes: u64 },
    /// Every entry holds, and yet the head somebody noted is not among them.
    Cut { expected: String },
    /// The file could not be read, locked or written.
    File(String),
    /// The place may not be written: a read-only file system, or a lack of permission.
    ReadOnly(String),
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
            Fault::Unfinished { entries, bytes } => write!(
                f,
                "the last line of the ledger, {bytes} bytes after {entries} entries that hold, is not finished: a \
                 write was cut off; the next one puts it right and records that"
            ),
            Fault::File(why) | Fault::ReadOnly(why) | Fault::Refused(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Fault {}

impl Ledger {
    /// The ledger in a file; `path` is what messages call it.
    pub fn of(path: impl Into<PathBuf>, files: Arc<dyn Files>) -> Self {
        Self { path: path.into(), files }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes an entry after the last one. Writers wait for each other. What is read does not grow with the file:
    /// the last entry must be what its hash was made from, and [`Ledger::verify`] holds all of them to theirs.
    /// A last line that is not finished was never promised to anybody: it is taken away, or finished where only its
    /// break is missing, and an entry of its own says so.
    ///
    /// # Errors
    /// The file cannot be had, its last entry does not hold, or the event cannot be written canonically; then the file
    /// is as it was.
    pub fn append(&self, time: &str, event: &Event) -> Result<Appended, Fault> {
        let mut file = self.files.write().map_err(|error| self.file("opened", &error))?;
        // The lock goes with the handle, also when the process dies.
        file.lock().map_err(|error| self.file("locked", &error))?;
        self.append_to(&mut file, time, event)
    }

    fn append_to(&self, file: &mut impl Medium, time: &str, event: &Event) -> Result<Appended, Fault> {
        let Tail { last, end, rest } = match last_entry(file).map_err(|error| self.file("read", &error))? {
            Ok(tail) => tail,
            // The place of what is broken is worth reading the file: nothing will be written.
            Err(why) => {
                file.rewind().map_err(|error| self.file("read", &error))?;
                let entries = check(whole(&self.bytes(file)?).0)?;
                return Err(Fault::Broken { entry: entries.len().saturating_sub(1) as u64, why });
            }
        };
        let (mut last, mut text, mut start, mut repair) = (last, String::new(), end, None);
        if !rest.is_empty() {
            let finished = finished(last.as_ref(), &rest);
            let event = Repair {
                bytes: rest.len() as u64,
                sha256: crate::entry::sha256(&rest),
                kept: finished.is_some(),
            };
            if let Some(entry) = finished {
                start += rest.len() as u64;
                text.push('\n');
                last = Some(entry);
            }
            let entry = Entry::after(last.as_ref(), time, &Event::Repair(event)).map_err(Fault::Refused)?;
            text.push_str(&entry.line().map_err(Fault::Refused)?);
            text.push('\n');
            last = Some(entry.clone());
            repair = Some(entry);
        }
        let entry = Entry::after(last.as_ref(), time, event).map_err(Fault::Refused)?;
        text.push_str(&entry.line().map_err(Fault::Refused)?);
        text.push('\n');
        let written = write_at(file, start, text.as_bytes());
        if let Err(error) = written {
            // What was cut off is no entry. Making a file shorter needs no room.
            let _ = file.cut(start).and_then(|()| file.settle());
            return Err(self.file("written", &error));
        }
        Ok(Appended { entry, repair })
    }

    /// Records that somebody allows a plan, named by its digest.
    ///
    /// # Errors
    /// As [`Ledger::append`]; then there is no approval.
    pub fn approve(&self, plan: &str, by: &str, time: &str) -> Result<Approval, Fault> {
        let event = PlanApproval { plan: plan.to_owned(), by: by.to_owned() };
        let entry = self.append(time, &Event::PlanApproval(event))?.entry;
        Ok(Approval::recorded(plan, by, entry.index, &entry.hash))
    }

    /// Every whole entry, after the whole chain was checked; none when there is no file.
    ///
    /// # Errors
    /// The first entry that is not what was written, and why.
    pub fn read(&self) -> Result<Reading, Fault> {
        let Some(mut file) = self.files.read().map_err(|error| self.file("opened", &error))? else {
            return Ok(Reading { entries: Vec::new(), unfinished: 0, text: String::new() });
        };
        // A writer in another process may be half-way through a line.
        file.lock_shared().map_err(|error| self.file("locked", &error))?;
        let bytes = self.bytes(&mut file)?;
        let (whole, rest) = whole(&bytes);
        let (entries, unfinished) = (check(whole)?, rest.len() as u64);
        Ok(Reading { entries, unfinished, text: String::from_utf8_lossy(whole).into_owned() })
    }

    /// The whole entries: [`Ledger::read`] without what it says of an unfinished line.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn entries(&self) -> Result<Vec<Entry>, Fault> {
        self.read().map(|read| read.entries)
    }

    /// Checks every entry, and that the head somebody noted earlier is still among them.
    ///
    /// # Errors
    /// The first entry that is not what was written, that the record was cut, or that its last line is not finished.
    pub fn verify(&self, expected: Option<&str>) -> Result<Vec<Entry>, Fault> {
        let Reading { entries, unfinished, .. } = self.read()?;
        match expected {
            Some(hash) if !entries.iter().any(|entry| entry.hash == hash) => {
                Err(Fault::Cut { expected: hash.to_owned() })
            }
            _ if unfinished > 0 => {
                Err(Fault::Unfinished { entries: entries.len() as u64, bytes: unfinished })
            }
            _ => Ok(entries),
        }
    }

    /// The last entry's place and hash, after the whole chain was checked.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub fn head(&self) -> Result<Option<Head>, Fault> {
        Ok(self.entries()?.pop().map(|entry| Head { index: entry.index, hash: entry.hash }))
    }

    fn bytes(&self, file: &mut impl Read) -> Result<Vec<u8>, Fault> {
        let mut bytes = Vec::new();
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| self.file("read", &error))?;
        if bytes.len() as u64 > LARGEST {
            let why = io::Error::other(format!("it is larger than {} MiB", LARGEST >> 20));
            return Err(self.file("read", &why));
        }
        Ok(bytes)
    }

    fn file(&self, done: &str, error: &io::Error) -> Fault {
        let why = format!("the ledger `{}` cannot be {done}: {error}", self.path.display());
        match error.kind() {
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Fault::ReadOnly(why),
            _ => Fault::File(why),
        }
    }
}

/// A file, or what stands for one in a test.
trait Medium: Read + Write + Seek {
    /// Makes it so long, and no longer.
    fn cut(&mut self, length: u64) -> io::Result<()>;

    /// Makes what was written last.
    fn settle(&mut self) -> io::Result<()>;
}

impl Medium for File {
    fn cut(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    fn settle(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

fn write_at(file: &mut impl Medium, start: u64, bytes: &[u8]) -> io::Result<()> {
    file.cut(start)?;
    file.seek(SeekFrom::Start(start))?;
    file.write_all(bytes)?;
    file.settle()
}

/// The entry that an unfinished line is, where only its break is missing.
fn finished(last: Option<&Entry>, rest: &[u8]) -> Option<Entry> {
    let line = [rest, b"\n"].concat();
    let (entry, line) = Entry::from_line(&line).ok()?;
    entry.holds(line).ok()?;
    let follows = entry.previous == last.map_or(FIRST, |last| last.hash.as_str())
        && entry.index == last.map_or(0, |last| last.index + 1);
    follows.then_some(entry)
}

/// The whole lines, and what stands after the last of them.
fn whole(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    bytes.split_at(end)
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
