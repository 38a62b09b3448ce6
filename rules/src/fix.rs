//! Fixes that are tried before they are offered.

mod trial;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use compline_iac::edit::{self, TextEdit};
use compline_iac::{Snapshot, Sources, Workspace};

pub use self::trial::{Candidate, MOST_TRIALS, Settled, Trial};
use crate::evaluate::judge;
use crate::set::RuleSet;
use crate::verdict::{Outcome, Verdict};

/// Why a fix is not offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FixError {
    /// The verdict has none.
    NoFix,
    /// It cannot be written in this text: the reason.
    Unwritable(String),
    ChangesNothing,
    TouchesTwoFiles,
    /// The text it is for is not there any more.
    NotOpen,
    /// The file would no longer read.
    Unreadable,
    /// The rule would still not pass.
    StillNotPassing {
        outcome: &'static str,
    },
    NoLongerJudged,
    /// Another rule would begin to fail.
    Breaks {
        rule: Arc<str>,
        address: Arc<str>,
    },
    /// So many trials were made to find out which fixes can be made together that no more are.
    TooManyTrials,
}

impl fmt::Display for FixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FixError::NoFix => f.write_str("this verdict has no fix"),
            FixError::Unwritable(why) => f.write_str(why),
            FixError::ChangesNothing => f.write_str("the fix changes nothing"),
            FixError::TouchesTwoFiles => f.write_str("the fix touches two files"),
            FixError::NotOpen => f.write_str("the file is not open"),
            FixError::Unreadable => f.write_str("the file would no longer read"),
            FixError::StillNotPassing { outcome } => write!(f, "the rule would still not pass ({outcome})"),
            FixError::NoLongerJudged => f.write_str("the resource would no longer be judged"),
            FixError::Breaks { rule, address } => write!(f, "`{rule}` would fail at `{address}`"),
            FixError::TooManyTrials => {
                write!(
                    f,
                    "{MOST_TRIALS} trials did not find out whether it can be made; fix one rule at a time"
                )
            }
        }
    }
}

/// The text edits of a verdict's fix, all in one source.
///
/// # Errors
/// There is no fix, or it cannot be written in this text.
pub fn edits(snapshot: &Snapshot, verdict: &Verdict) -> Result<Vec<TextEdit>, FixError> {
    let (Some(fix), Some(dialect)) = (&verdict.fix, verdict.dialect) else { return Err(FixError::NoFix) };
    let mut all = Vec::new();
    for change in &fix.changes {
        all.extend(edit::edits(snapshot, dialect, change).map_err(FixError::Unwritable)?);
    }
    match all.first().map(|first| first.span.source) {
        Some(source) if all.iter().any(|edit| edit.span.source != source) => Err(FixError::TouchesTwoFiles),
        Some(_) => Ok(all),
        None => Err(FixError::ChangesNothing),
    }
}

/// As [`edits`], but tried first: applied to a copy of the workspace, it must make the rule pass, break no other
/// rule anywhere in the inventory, and leave a file that reads without new problems. `before` is what
/// [`verdicts`] gives for the root of the verdict, which one run asks for once.
///
/// # Errors
/// Why the fix is not offered.
pub fn verified(
    workspace: &Workspace,
    sources: &dyn Sources,
    snapshot: &Snapshot,
    rules: &RuleSet,
    before: &[Arc<Verdict>],
    verdict: &Verdict,
) -> Result<Vec<TextEdit>, FixError> {
    let candidate = Candidate { verdict, edits: edits(snapshot, verdict)? };
    let before = HashMap::from([(&*verdict.root, before)]);
    let trial = Trial { workspace, sources, snapshot, rules, before: &before };
    let mut settled = trial.settle(std::slice::from_ref(&candidate), &mut 0);
    match settled.refused.pop() {
        Some((_, why)) => Err(why),
        None => Ok(candidate.edits),
    }
}

/// The verdicts on one root, before any waiver.
pub fn verdicts(snapshot: &Snapshot, rules: &RuleSet, root: &str) -> Vec<Arc<Verdict>> {
    let of_root = snapshot.inventories.iter().filter(|inventory| *inventory.root == *root);
    of_root.flat_map(|inventory| judge(inventory, rules, snapshot)).collect()
}

/// Rule and address of each failure.
fn failures(verdicts: &[Arc<Verdict>]) -> HashSet<(&Arc<str>, &Arc<str>)> {
    let failed = verdicts.iter().filter(|one| matches!(one.outcome, Outcome::Fail));
    failed.map(|one| (&one.rule, &one.address)).collect()
}
