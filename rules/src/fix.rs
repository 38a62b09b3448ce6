//! Fixes that are tried before they are offered.

mod trial;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use compline_iac::edit::{self, Change, Choice, Literal, TextEdit};
use compline_iac::{Snapshot, Sources, Span, Workspace};

pub use self::trial::{Candidate, MOST_TRIALS, Settled, Trial};
use crate::evaluate::judge;
use crate::set::RuleSet;
use crate::verdict::{Fix, Outcome, Verdict};

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
    /// Somebody has to choose these first.
    Unchosen(Vec<Choice>),
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
            FixError::Unchosen(choices) => {
                let choices: Vec<String> =
                    choices.iter().map(|one| format!("`{}` ({})", one.name, one.title)).collect();
                write!(f, "it is yours to choose {}", choices.join(", "))
            }
            FixError::TooManyTrials => {
                write!(
                    f,
                    "{MOST_TRIALS} trials did not find out whether it can be made; fix one rule at a time"
                )
            }
        }
    }
}

/// What somebody chose of what fixes leave to be chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Name → value.
    pub values: BTreeMap<String, String>,
    /// What has no value becomes a variable.
    pub variables: bool,
}

/// The fix of a verdict with what was chosen; as it is where it leaves nothing to be chosen.
///
/// # Errors
/// [`FixError::Unchosen`], and [`FixError::Unwritable`] where a variable would stand where none can.
pub fn filled(verdict: &Verdict, chosen: &Chosen) -> Result<Fix, FixError> {
    let fix = verdict.fix.as_ref().ok_or(FixError::NoFix)?;
    let missing: Vec<&Choice> =
        fix.choices.iter().filter(|one| !chosen.values.contains_key(&*one.name)).collect();
    if !missing.is_empty() && !chosen.variables {
        return Err(FixError::Unchosen(missing.into_iter().cloned().collect()));
    }
    let fill = |literal: Literal| match literal {
        Literal::Choice(choice) => match chosen.values.get(&*choice.name) {
            Some(value) => Literal::Text(value.as_str().into()),
            None => Literal::Variable(choice.name),
        },
        other => other,
    };
    let mut changes: Vec<Change> = fix.changes.iter().map(|change| change.clone().map(&fill)).collect();
    if let Some(first) = missing.first() {
        let resource: Option<Span> = verdict.locus.as_ref().map(|locus| locus.resource);
        let near =
            resource.filter(|resource| fix.changes.iter().all(|change| resource.contains(&change.at())));
        let why = || {
            let name = &first.name;
            FixError::Unwritable(format!(
                "the value stands outside of the resource, where no variable can: say what `{name}` is"
            ))
        };
        let near = near.ok_or_else(why)?;
        changes.extend(missing.iter().map(|choice| Change::AddVariable {
            near,
            name: Arc::clone(&choice.name),
            title: Arc::clone(&choice.title),
        }));
    }
    Ok(Fix { changes, choices: Vec::new(), ..fix.clone() })
}

/// The text edits of a fix for this verdict, all in one source.
///
/// # Errors
/// It cannot be written in this text.
pub fn edits_of(snapshot: &Snapshot, verdict: &Verdict, fix: &Fix) -> Result<Vec<TextEdit>, FixError> {
    let dialect = verdict.dialect.ok_or(FixError::NoFix)?;
    let all = edit::edits(snapshot, dialect, &fix.changes).map_err(FixError::Unwritable)?;
    match all.first().map(|first| first.span.source) {
        Some(source) if all.iter().any(|edit| edit.span.source != source) => Err(FixError::TouchesTwoFiles),
        Some(_) => Ok(all),
        None => Err(FixError::ChangesNothing),
    }
}

/// The text edits of a verdict's fix, all in one source. What is to be chosen is written as its example: to be tried,
/// never to be kept.
///
/// # Errors
/// There is no fix, or it cannot be written in this text.
pub fn edits(snapshot: &Snapshot, verdict: &Verdict) -> Result<Vec<TextEdit>, FixError> {
    edits_of(snapshot, verdict, verdict.fix.as_ref().ok_or(FixError::NoFix)?)
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
