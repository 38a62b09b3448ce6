//! A line for each entry of the ledger.

use crate::result::LedgerResult;
use crate::terminal::paint::Paint;

/// Digits of a hash that are shown.
const DIGITS: usize = 12;

pub(super) fn render(result: &LedgerResult<'_>, paint: Paint) -> String {
    if result.entries.is_empty() {
        return format!("{}: no entries\n", result.path);
    }
    let mut out = String::new();
    for entry in result.entries {
        let hash = entry.hash.get(..DIGITS).unwrap_or(&entry.hash);
        out.push_str(&format!(
            "{:>4}  {}  {:<8}  {}  {}\n",
            entry.index,
            entry.time,
            entry.kind,
            paint.dim(hash),
            entry.about
        ));
    }
    out
}
