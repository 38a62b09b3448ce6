//! The end of a ledger's file: the last entry, read without what stands before it.

use std::io::{self, Read, Seek, SeekFrom};

use crate::entry::Entry;

/// How much is read first; each further read takes twice as much.
const BLOCK: u64 = 4096;

/// The end of a ledger.
pub(crate) struct Tail {
    /// The last entry that is whole and is what its own hash was made from; none in an empty ledger.
    pub(crate) last: Option<Entry>,
    /// The byte after it.
    pub(crate) end: u64,
    /// What stands after it: a line that is not finished, or nothing.
    pub(crate) rest: Vec<u8>,
}

/// The end of a ledger, whose last whole entry must hold. Reads at most about three times the length of the last entry
/// and of what stands after it, however long the file is.
///
/// # Errors
/// Outside: the file cannot be read. Inside: why the last entry does not hold.
pub(crate) fn last_entry(file: &mut (impl Read + Seek)) -> io::Result<Result<Tail, String>> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut line = last_line(file, length)?;
    let (mut end, mut rest) = (length, Vec::new());
    if !line.is_empty() && !line.ends_with(b"\n") {
        end = length.saturating_sub(line.len() as u64);
        rest = line;
        line = last_line(file, end)?;
    }
    if line.is_empty() {
        return Ok(Ok(Tail { last: None, end, rest }));
    }
    let entry = Entry::from_line(&line).and_then(|(entry, line)| entry.holds(line).map(|()| entry));
    Ok(entry.map(|entry| Tail { last: Some(entry), end, rest }))
}

/// The last line before an end with its line break; without one where the line is not finished.
fn last_line(file: &mut (impl Read + Seek), end: u64) -> io::Result<Vec<u8>> {
    let mut start = end;
    let mut block = BLOCK;
    let mut line: Vec<u8> = Vec::new();
    while start > 0 {
        let length = block.min(start);
        start -= length;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.by_ref().take(length).read_to_end(&mut bytes)?;
        // The very last byte ends the line that is looked for; the break before it ends the line before.
        let inner = if line.is_empty() { bytes.len().saturating_sub(1) } else { bytes.len() };
        let found = bytes.iter().take(inner).rposition(|byte| *byte == b'\n');
        let mut whole = bytes.split_off(found.map_or(0, |at| at + 1));
        whole.append(&mut line);
        line = whole;
        if found.is_some() {
            break;
        }
        block = block.saturating_mul(2);
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn found(bytes: &[u8]) -> io::Result<Vec<u8>> {
        last_line(&mut Cursor::new(bytes), bytes.len() as u64)
    }

    #[test]
    fn the_last_line_is_found_wherever_blocks_end() {
        let block = BLOCK as usize;
        let lengths = [0, 1, 2, block - 2, block - 1, block, block + 1, 3 * block - 1, 3 * block, 9 * block];
        for before in lengths {
            for length in lengths {
                for end in ["", "\n"] {
                    let last = format!("{}{end}", "b".repeat(length));
                    let text = format!("{}\n{last}", "a\n".repeat(before));
                    // Without a last line, the break before it is a line of its own.
                    let expected = if last.is_empty() { "\n" } else { &last };
                    let line = found(text.as_bytes()).unwrap();
                    assert_eq!(line, expected.as_bytes(), "{before} lines before, {length} long, {end:?}");
                }
            }
        }
        assert_eq!(found(b"").unwrap(), b"");
        assert_eq!(found(b"one").unwrap(), b"one");
        assert_eq!(found(b"one\n").unwrap(), b"one\n");
    }
}
