//! The end of a ledger's file: the last entry, read without what stands before it.

use std::io::{self, Read, Seek, SeekFrom};

use crate::entry::Entry;

/// How much is read first; each further read takes twice as much.
const BLOCK: u64 = 4096;

/// The last entry of a ledger, which must be whole and be what its own hash was made from; none in an empty one.
/// Reads at most about three times the length of that entry, however long the file is.
///
/// # Errors
/// Outside: the file cannot be read. Inside: why the last entry does not hold.
pub(crate) fn last_entry(file: &mut (impl Read + Seek)) -> io::Result<Result<Option<Entry>, String>> {
    let bytes = last_line(file)?;
    if bytes.is_empty() {
        return Ok(Ok(None));
    }
    let entry = Entry::from_line(&bytes).and_then(|(entry, line)| entry.holds(line).map(|()| entry));
    Ok(entry.map(Some))
}

/// The last line with its line break; without one where the line is not finished.
fn last_line(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let end = file.seek(SeekFrom::End(0))?;
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
                    let line = last_line(&mut Cursor::new(text.as_bytes())).unwrap();
                    assert_eq!(line, expected.as_bytes(), "{before} lines before, {length} long, {end:?}");
                }
            }
        }
        assert_eq!(last_line(&mut Cursor::new(b"")).unwrap(), b"");
        assert_eq!(last_line(&mut Cursor::new(b"one")).unwrap(), b"one");
        assert_eq!(last_line(&mut Cursor::new(b"one\n")).unwrap(), b"one\n");
    }
}
