//! The file that holds the entries, one JSON line each.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::approval::Approval;
use crate::entry::{Entry, FIRST};

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

    /// Writes an entry after the last one. Writers wait for each other; a ledger that does not verify is not
    /// written to.
    ///
    /// # Errors
    /// The file cannot be had, the chain is broken already, or the body cannot be written canonically.
    pub fn append(&self, kind: &str, time: &str, body: Value) -> Result<Entry, Fault> {
        if let Some(parent) = self.path.parent() {
            std::fs::create_dir_all(parent).map_err(|error| self.file("made", &error))?;
        }
        let options = OpenOptions::new().read(true).append(true).create(true).open(&self.path);
        let mut file = options.map_err(|error| self.file("opened", &error))?;
        // The lock goes with the handle, also when the process dies.
        file.lock().map_err(|error| self.file("locked", &error))?;
        let entries = check(&self.text(&mut file)?)?;
        let last = entries.last();
        let (index, previous) = last.map_or((0, FIRST), |entry| (entry.index + 1, entry.hash.as_str()));
        let entry = Entry::new(index, time, kind, previous, body).map_err(Fault::Refused)?;
        let mut line = entry.line().map_err(Fault::Refused)?;
        line.push('\n');
        file.write_all(line.as_bytes()).map_err(|error| self.file("written", &error))?;
        file.sync_all().map_err(|error| self.file("written", &error))?;
        Ok(entry)
    }

    /// Records that somebody allows a plan, named by its digest.
    ///
    /// # Errors
    /// As [`Ledger::append`]; then there is no approval.
    pub fn approve(&self, plan: &str, by: &str, time: &str) -> Result<Approval, Fault> {
        let entry = self.append("approval", time, json!({ "plan": plan, "by": by }))?;
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
                check(&self.text(&mut file)?)
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

    fn text(&self, file: &mut File) -> Result<Vec<u8>, Fault> {
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
        let line = line.strip_suffix(b"\n").ok_or_else(|| broken("its line is not finished"))?;
        let line = std::str::from_utf8(line).map_err(|_| broken("it is not UTF-8"))?;
        let entry = Entry::read(line).map_err(|why| broken(&why))?;
        if entry.index != index {
            return Err(broken(&format!("it calls itself entry {}", entry.index)));
        }
        if entry.previous != entries.last().map_or(FIRST, |last| last.hash.as_str()) {
            return Err(broken("it does not follow from the entry before"));
        }
        if entry.digest().map_err(|why| broken(&why))? != entry.hash {
            return Err(broken("its content is not what its hash was made from"));
        }
        // Blanks, key order and escapes are no content, but they are bytes.
        if entry.line().map_err(|why| broken(&why))? != line {
            return Err(broken("it is not written the way entries are written"));
        }
        entries.push(entry);
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for each test, gone with it.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("compline-ledger-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    fn filled(folder: &Folder, entries: u64) -> Ledger {
        let ledger = Ledger::below(&folder.0);
        for n in 0..entries {
            ledger
                .append(
                    "report",
                    "2026-11-21T10:00:00Z",
                    json!({ "n": n, "who": "Zoë", "list": ["a", null] }),
                )
                .unwrap();
        }
        ledger
    }

    #[test]
    fn entries_are_chained() {
        let folder = Folder::new("chained");
        let ledger = filled(&folder, 3);
        let entries = ledger.verify(None).unwrap();
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0].previous, FIRST);
        assert_eq!(entries[2].previous, entries[1].hash);
        assert_eq!(ledger.head().unwrap(), Some(Head { index: 2, hash: entries[2].hash.clone() }));
    }

    #[test]
    fn no_file_is_an_empty_record() {
        let folder = Folder::new("none");
        let ledger = Ledger::below(&folder.0);
        assert_eq!(ledger.verify(None).unwrap(), []);
        assert!(matches!(ledger.verify(Some(FIRST)), Err(Fault::Cut { .. })));
        assert!(!ledger.path().exists());
    }

    #[test]
    fn every_changed_byte_is_found() {
        let folder = Folder::new("bytes");
        let ledger = filled(&folder, 3);
        let bytes = std::fs::read(ledger.path()).unwrap();
        for at in 0..bytes.len() {
            for change in [1_u8, 0x20, 0x80] {
                let mut other = bytes.clone();
                other[at] ^= change;
                let fault = check(&other).expect_err("a changed byte");
                let lines_before = bytes[..at].iter().filter(|byte| **byte == b'\n').count() as u64;
                let Fault::Broken { entry, .. } = fault else { panic!("{fault}") };
                assert!(entry == lines_before, "byte {at}: named entry {entry}");
            }
        }
    }

    #[test]
    fn every_missing_or_added_byte_is_found() {
        let folder = Folder::new("lengths");
        let ledger = filled(&folder, 2);
        let bytes = std::fs::read(ledger.path()).unwrap();
        for at in 0..bytes.len() {
            let mut less = bytes.clone();
            less.remove(at);
            assert!(check(&less).is_err(), "byte {at} taken away");
            let mut more = bytes.clone();
            more.insert(at, b' ');
            assert!(check(&more).is_err(), "a blank before byte {at}");
        }
        let mut more = bytes;
        more.push(b'\n');
        assert!(check(&more).is_err());
    }

    #[test]
    fn a_cut_record_is_found_by_an_old_head() {
        let folder = Folder::new("cut");
        let ledger = filled(&folder, 3);
        let head = ledger.head().unwrap().unwrap();
        ledger.append("fix", "2026-11-21T11:00:00Z", json!({})).unwrap();
        assert_eq!(ledger.verify(Some(&head.hash)).unwrap().len(), 4);
        let text = std::fs::read_to_string(ledger.path()).unwrap();
        let two: String = text.split_inclusive('\n').take(2).collect();
        std::fs::write(ledger.path(), two).unwrap();
        assert_eq!(ledger.verify(None).unwrap().len(), 2);
        assert_eq!(ledger.verify(Some(&head.hash)), Err(Fault::Cut { expected: head.hash }));
    }

    #[test]
    fn a_broken_record_is_not_written_to() {
        let folder = Folder::new("broken");
        let ledger = filled(&folder, 2);
        let text = std::fs::read_to_string(ledger.path()).unwrap().replace("Zoë", "Zoe");
        std::fs::write(ledger.path(), &text).unwrap();
        let fault = ledger.append("report", "2026-11-21T10:00:00Z", json!({})).unwrap_err();
        assert!(matches!(fault, Fault::Broken { entry: 0, .. }), "{fault}");
        assert_eq!(std::fs::read_to_string(ledger.path()).unwrap(), text);
    }

    #[test]
    fn writers_at_once_keep_one_chain() {
        let folder = Folder::new("at-once");
        let ledger = Ledger::below(&folder.0);
        std::thread::scope(|scope| {
            for writer in 0..8 {
                let ledger = &ledger;
                scope.spawn(move || {
                    for n in 0..10 {
                        ledger
                            .append("report", "2026-11-21T10:00:00Z", json!({ "writer": writer, "n": n }))
                            .unwrap();
                    }
                });
            }
        });
        assert_eq!(ledger.verify(None).unwrap().len(), 80);
    }

    #[test]
    fn an_approval_names_its_entry() {
        let folder = Folder::new("approval");
        let ledger = filled(&folder, 1);
        let approval = ledger.approve("abc", "a person", "2026-11-21T10:00:00Z").unwrap();
        let entries = ledger.entries().unwrap();
        assert_eq!(approval.entry(), (1, entries[1].hash.as_str()));
        assert_eq!((approval.plan(), approval.by()), ("abc", "a person"));
    }
}
