//! A line for each entry of the ledger.

use crate::escape::Lines;
use crate::result::LedgerResult;
use crate::terminal::paint::Paint;

/// Digits of a hash that are shown.
const DIGITS: usize = 12;

pub(super) fn render(result: &LedgerResult<'_>, paint: Paint) -> Lines {
    if result.entries.is_empty() {
        return Lines::of(format!("{}: no entries", result.path));
    }
    let mut out = Lines::new();
    for entry in result.entries {
        let hash = entry.hash.get(..DIGITS).unwrap_or(&entry.hash);
        out.line(format!(
            "{:>4}  {}  {:<8}  {}  {}",
            entry.index,
            entry.time,
            entry.kind,
            paint.dim(hash),
            entry.about
        ));
    }
    out
}
