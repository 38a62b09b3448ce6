//! What an editor can ask, one file each: `(view, where)` → plain data.

pub mod actions;
pub mod completion;
pub mod controls;
pub mod diagnostics;
pub mod explain;
pub mod hover;
pub mod symbols;

use compline_rules::{Outcome, Verdict};

/// Counts of verdicts as a reader says them: `2 failed, 1 unknown`; empty for none. Two that state one fault are one.
pub(crate) fn counts<'a>(verdicts: impl Iterator<Item = &'a Verdict>) -> String {
    let (mut failed, mut unknown, mut waived, mut passed) = (0, 0, 0, 0);
    for verdict in verdicts.filter(|verdict| verdict.folded_under.is_none()) {
        match verdict.outcome {
            Outcome::Fail => failed += 1,
            Outcome::Unknown(_) => unknown += 1,
            Outcome::Waived(_) => waived += 1,
            Outcome::Pass => passed += 1,
        }
    }
    let parts = [(failed, "failed"), (unknown, "unknown"), (waived, "waived"), (passed, "passed")];
    let words = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}"));
    words.collect::<Vec<_>>().join(", ")
}
