//! Fixes that are tried before they are offered.

use std::collections::HashSet;
use std::sync::Arc;

use compline_iac::edit::{self, TextEdit};
use compline_iac::{Snapshot, Sources, Workspace};

use crate::evaluate::judge;
use crate::set::RuleSet;
use crate::verdict::{Outcome, Verdict};

/// The text edits of a verdict's fix, all in one source.
///
/// # Errors
/// There is no fix, or it cannot be written in this text.
pub fn edits(snapshot: &Snapshot, verdict: &Verdict) -> Result<Vec<TextEdit>, String> {
    let fix = verdict.fix.as_ref().ok_or("this verdict has no fix")?;
    let mut all = Vec::new();
    for change in &fix.changes {
        all.extend(edit::edits(snapshot, verdict.dialect, change)?);
    }
    match all.first().map(|first| first.span.source) {
        Some(source) if all.iter().any(|edit| edit.span.source != source) => {
            Err("the fix touches two files".to_owned())
        }
        Some(_) => Ok(all),
        None => Err("the fix changes nothing".to_owned()),
    }
}

/// As [`edits`], but tried first: applied to a copy of the workspace, it must make the rule pass, break no other
/// rule anywhere in the inventory, and leave a file that reads without new problems.
///
/// # Errors
/// Why the fix is not offered.
pub fn verified(
    workspace: &Workspace,
    sources: &dyn Sources,
    snapshot: &Snapshot,
    rules: &RuleSet,
    verdict: &Verdict,
) -> Result<Vec<TextEdit>, String> {
    let edits = edits(snapshot, verdict)?;
    let id = edits.first().map(|edit| edit.span.source).ok_or("the fix changes nothing")?;
    let document = snapshot.document(id).ok_or("the file is not open")?;
    let text = edit::apply(&document.source.text, &edits)?;
    let mut trial = workspace.clone();
    trial.set(&document.source.path, Arc::from(text));
    let after = trial.snapshot(sources);
    if after.problems.len() > snapshot.problems.len() {
        return Err("the file would no longer read".to_owned());
    }
    let verdicts_of = |snapshot: &Snapshot| -> Vec<Arc<Verdict>> {
        let same_root = snapshot.inventories.iter().filter(|inventory| inventory.root == verdict.root);
        same_root.flat_map(|inventory| judge(inventory, rules, snapshot)).collect()
    };
    let failing = |verdicts: &[Arc<Verdict>]| -> HashSet<(Arc<str>, Arc<str>)> {
        let failed = verdicts.iter().filter(|one| matches!(one.outcome, Outcome::Fail));
        failed.map(|one| (Arc::clone(&one.rule), Arc::clone(&one.address))).collect()
    };
    let (before, now) = (verdicts_of(snapshot), verdicts_of(&after));
    let judged = now.iter().find(|one| one.rule == verdict.rule && one.address == verdict.address);
    match judged.map(|one| &one.outcome) {
        Some(Outcome::Pass) => {}
        Some(other) => return Err(format!("the rule would still not pass ({})", other.word())),
        None => return Err("the resource would no longer be judged".to_owned()),
    }
    // A resource that a fix adds may well be judged by rules of its own; what stood before must not get worse.
    let known: HashSet<&Arc<str>> = before.iter().map(|one| &one.address).collect();
    let broken =
        failing(&now).into_iter().find(|one| known.contains(&one.1) && !failing(&before).contains(one));
    match broken {
        Some((rule, address)) => Err(format!("`{rule}` would fail at `{address}`")),
        None => Ok(edits),
    }
}
