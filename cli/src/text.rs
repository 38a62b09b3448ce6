//! Files that should be UTF-8 and may not be.

use std::path::Path;

/// What some programs put before UTF-8.
pub const MARK: &[u8] = b"\xef\xbb\xbf";

/// Another encoding, where the first bytes name it.
pub fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    [(&b"\xff\xfe"[..], "UTF-16"), (b"\xfe\xff", "UTF-16")]
        .into_iter()
        .find_map(|(mark, name)| bytes.starts_with(mark).then_some(name))
}

/// The text of a file, without a mark before it.
///
/// # Errors
/// It cannot be read or is no UTF-8, and why.
pub fn read(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| format!("`{shown}` cannot be read: {error}"))?;
    if let Some(encoding) = other_encoding(&bytes) {
        return Err(format!("`{shown}` is {encoding}, and UTF-8 is read"));
    }
    let text = bytes.strip_prefix(MARK).unwrap_or(&bytes);
    match std::str::from_utf8(text) {
        Ok(text) => Ok(text.to_owned()),
        Err(error) => {
            let line = text.iter().take(error.valid_up_to()).filter(|byte| **byte == b'\n').count() + 1;
            Err(format!("`{shown}` is no UTF-8 text: its line {line} has a byte that is none"))
        }
    }
}
