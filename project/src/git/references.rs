//! Which commit is checked out.

use gix_hash::ObjectId;

use super::folder::Folder;
use crate::disk::open_parts;

/// A reference is a line.
const LONGEST: u64 = 4096;
/// `packed-refs` of the largest repositories holds some tens of megabytes.
const LONGEST_PACKED: u64 = 64 << 20;
/// References that name references.
const DEEPEST: usize = 5;

/// What `HEAD` says.
pub(super) struct Head {
    pub id: ObjectId,
    pub branch: Option<String>,
}

/// # Errors
/// Why no commit can be named.
pub(super) fn head(folder: &Folder) -> Result<Head, String> {
    let read = |parts: &[&str], from: &std::path::Path| {
        let bytes = open_parts(from, parts).ok()?.whole(LONGEST).ok()?;
        String::from_utf8(bytes).ok()
    };
    let mut text = read(&["HEAD"], &folder.own).ok_or("`HEAD` cannot be read")?;
    let mut branch = None;
    for _ in 0..DEEPEST {
        let line = text.trim_end();
        let Some(name) = line.strip_prefix("ref:").map(str::trim_start) else {
            let id = ObjectId::from_hex(line.as_bytes()).map_err(|_| "`HEAD` names no commit")?;
            return Ok(Head { id, branch });
        };
        if !is_name(name) {
            return Err("`HEAD` names no reference".to_owned());
        }
        branch = name.strip_prefix("refs/heads/").map(str::to_owned);
        let parts: Vec<&str> = name.split('/').collect();
        text = match read(&parts, &folder.common) {
            Some(text) => text,
            None => {
                packed(folder, name).ok_or("the branch has no commit, or its reference cannot be read")?
            }
        };
    }
    Err("`HEAD` leads in a circle".to_owned())
}

/// A name that is a way down from the folder, and can be shown.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.contains(|c: char| c.is_control() || "\\:".contains(c))
    };
    name.starts_with("refs/") && name.split('/').all(plain)
}

fn packed(folder: &Folder, name: &str) -> Option<String> {
    let bytes = open_parts(&folder.common, &["packed-refs"]).ok()?.whole(LONGEST_PACKED).ok()?;
    let line = |line: &[u8]| {
        let (id, named) = std::str::from_utf8(line).ok()?.split_once(' ')?;
        (named.trim_end() == name).then(|| id.to_owned())
    };
    bytes.split(|byte| *byte == b'\n').find_map(line)
}
