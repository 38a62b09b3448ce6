//! What is found, what is refused, what an append reads, and what earlier versions wrote.
#![expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]

use std::io::Cursor;

use serde_json::json;

use super::*;

const TIME: &str = "2026-11-21T10:00:00Z";

/// Entries that the version before events were types wrote: each kind, with everything set and with nothing that
/// can be left out.
const RECORDED: &str = include_str!("recorded.jsonl");

/// An event with what is hard to write: a number, text beyond ASCII, a list, nothing.
fn odd(n: u64) -> Event {
    Event::Other { kind: "report".to_owned(), body: json!({ "n": n, "who": "Zoë", "list": ["a", null] }) }
}

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

/// A ledger in a folder that nobody attacks.
#[derive(Debug)]
struct Plain(PathBuf);

impl Files for Plain {
    fn read(&self) -> std::io::Result<Option<File>> {
        match File::open(&self.0) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            opened => opened.map(Some),
        }
    }

    fn write(&self) -> std::io::Result<File> {
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false).open(&self.0)
    }
}

fn below(folder: &Path) -> Ledger {
    let path = folder.join("ledger.jsonl");
    Ledger::of(path.clone(), Arc::new(Plain(path)))
}

fn filled(folder: &Folder, entries: u64) -> Ledger {
    let ledger = below(&folder.0);
    for n in 0..entries {
        ledger.append(TIME, &odd(n)).unwrap();
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
    let ledger = below(&folder.0);
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
    ledger.append(TIME, &odd(3)).unwrap();
    assert_eq!(ledger.verify(Some(&head.hash)).unwrap().len(), 4);
    let text = std::fs::read_to_string(ledger.path()).unwrap();
    let two: String = text.split_inclusive('\n').take(2).collect();
    std::fs::write(ledger.path(), two).unwrap();
    assert_eq!(ledger.verify(None).unwrap().len(), 2);
    assert_eq!(ledger.verify(Some(&head.hash)), Err(Fault::Cut { expected: head.hash }));
}

#[test]
fn after_a_broken_entry_nothing_is_written() {
    let folder = Folder::new("broken");
    let ledger = filled(&folder, 2);
    let whole = std::fs::read_to_string(ledger.path()).unwrap();
    let at = whole.rfind("Zoë").unwrap();
    let changed = format!("{}{}", &whole[..at], whole[at..].replace("Zoë", "Zoe"));
    // A last line that is not finished does not hide what is broken before it.
    let both = format!("{changed}{{");
    for (text, entry) in [(changed, 1), (both, 1), (format!("{whole}\n"), 2), (format!("{whole}x\n"), 2)] {
        std::fs::write(ledger.path(), &text).unwrap();
        let fault = ledger.append(TIME, &odd(2)).unwrap_err();
        let Fault::Broken { entry: named, .. } = &fault else { panic!("{fault}") };
        assert_eq!(*named, entry, "{fault}");
        assert_eq!(Err(fault), ledger.verify(None), "both say the same");
        assert_eq!(std::fs::read_to_string(ledger.path()).unwrap(), text);
    }
}

#[test]
fn a_line_that_was_cut_off_is_told_and_put_right_by_the_next_append() {
    let folder = Folder::new("cut-off");
    let ledger = filled(&folder, 2);
    let whole = std::fs::read(ledger.path()).unwrap();
    let last = whole.iter().take(whole.len() - 1).rposition(|byte| *byte == b'\n').unwrap() + 1;
    for end in last + 1..whole.len() {
        std::fs::write(ledger.path(), &whole[..end]).unwrap();
        let left = (end - last) as u64;
        assert_eq!(ledger.verify(None), Err(Fault::Unfinished { entries: 1, bytes: left }));
        assert_eq!(ledger.read().unwrap().unfinished, left);
        let Appended { entry, repair } = ledger.append(TIME, &odd(2)).unwrap();
        // Only its break was missing.
        let kept = end == whole.len() - 1;
        let repair = repair.unwrap();
        let Event::Repair(told) = repair.event() else { panic!("{repair:?}") };
        assert_eq!((told.bytes, told.kept, told.sha256.len()), (left, kept, 64));
        let entries = ledger.verify(None).unwrap();
        assert_eq!(entries.len(), if kept { 4 } else { 3 });
        assert_eq!(entries.last(), Some(&entry));
        assert_eq!(ledger.append(TIME, &odd(3)).unwrap().repair, None);
    }
    std::fs::write(ledger.path(), "{\"bo").unwrap();
    assert_eq!(ledger.append(TIME, &odd(0)).unwrap().entry.index, 1);
}

/// A file on a disk that takes no more than so many bytes.
struct Full {
    file: Cursor<Vec<u8>>,
    most: usize,
}

impl Read for Full {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(buffer)
    }
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let room = self.most.saturating_sub(self.file.position() as usize);
        if room == 0 {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.file.write(&bytes[..bytes.len().min(room)])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Full {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

impl Medium for Full {
    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.file.cut(length)
    }

    fn settle(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_leaves_the_record_as_it_was() {
    let ledger = below(Path::new("full"));
    let mut file = Full { file: Cursor::new(Vec::new()), most: usize::MAX };
    ledger.append_to(&mut file, TIME, &odd(0)).unwrap();
    let before = file.file.get_ref().clone();
    for room in [0, 1, 40, 100] {
        file.most = before.len() + room;
        assert!(matches!(ledger.append_to(&mut file, TIME, &odd(1)), Err(Fault::File(_))));
        assert_eq!(*file.file.get_ref(), before);
    }
}

#[test]
fn an_entry_broken_earlier_is_still_found_after_an_append() {
    let folder = Folder::new("earlier");
    let ledger = filled(&folder, 3);
    let text = std::fs::read_to_string(ledger.path()).unwrap().replacen("Zoë", "Zoe", 1);
    std::fs::write(ledger.path(), text).unwrap();
    assert_eq!(ledger.append(TIME, &odd(3)).unwrap().entry.index, 3);
    assert!(matches!(ledger.verify(None), Err(Fault::Broken { entry: 0, .. })));
    assert!(matches!(ledger.head(), Err(Fault::Broken { entry: 0, .. })), "no report names such a head");
}

/// A file that counts the bytes read from it.
struct Counted {
    file: Cursor<Vec<u8>>,
    read: usize,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.read += count;
        Ok(count)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Medium for Cursor<Vec<u8>> {
    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.get_mut().truncate(length as usize);
        Ok(())
    }

    fn settle(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Medium for Counted {
    fn cut(&mut self, length: u64) -> std::io::Result<()> {
        self.file.cut(length)
    }

    fn settle(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Seek for Counted {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        self.file.seek(to)
    }
}

#[test]
fn an_append_reads_as_much_of_a_long_file_as_of_a_short_one() {
    let ledger = below(Path::new("counted"));
    for (length, count) in [(10, 1_000), (10_000, 200)] {
        let event = |n: u64| Event::Other { kind: "report".to_owned(), body: json!([n, "x".repeat(length)]) };
        let mut file = Counted { file: Cursor::new(Vec::new()), read: 0 };
        let mut most = [0, 0];
        for n in 0..count {
            let before = file.read;
            ledger.append_to(&mut file, TIME, &event(n)).unwrap();
            let half = &mut most[usize::from(n >= count / 2)];
            *half = (*half).max(file.read - before);
        }
        let entry = file.file.get_ref().len() / count as usize;
        assert!(most[0] <= 4_096 + 3 * entry, "{} bytes for an entry of {entry}", most[0]);
        assert_eq!(most[0], most[1], "most bytes read in the first and in the second half");
        assert_eq!(check(file.file.get_ref()).unwrap().len() as u64, count);
    }
}

#[test]
fn what_earlier_versions_wrote_is_read_and_written_again_to_the_byte() {
    let entries = check(RECORDED.as_bytes()).unwrap();
    let mut file = Cursor::new(Vec::new());
    let mut kinds = std::collections::BTreeMap::new();
    for entry in &entries {
        let event = entry.event();
        assert!(!matches!(event, Event::Other { .. }), "entry {} is not understood: {event:?}", entry.index);
        *kinds.entry(event.kind().to_owned()).or_insert(0) += 1;
        below(Path::new("again")).append_to(&mut file, &entry.time, &event).unwrap();
    }
    let expected = [("approval", 1), ("fix", 1), ("mapping", 2), ("report", 2), ("waiver", 2)];
    assert!(kinds.iter().map(|(kind, count)| (kind.as_str(), *count)).eq(expected), "{kinds:?}");
    assert_eq!(String::from_utf8(file.into_inner()).unwrap(), RECORDED);
}

#[test]
fn writers_at_once_keep_one_chain() {
    let folder = Folder::new("at-once");
    let ledger = below(&folder.0);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let ledger = &ledger;
            scope.spawn(move || {
                for n in 0..10 {
                    ledger.append(TIME, &odd(writer * 10 + n)).unwrap();
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
    let approval = ledger.approve("abc", "a person", TIME).unwrap();
    let entries = ledger.entries().unwrap();
    assert_eq!(approval.entry(), (1, entries[1].hash.as_str()));
    assert_eq!((approval.plan(), approval.by()), ("abc", "a person"));
}
