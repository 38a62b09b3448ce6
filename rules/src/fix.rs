//! Fixes that are tried before they are offered.

use std::collections::{HashMap, HashSet};
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
/// rule anywhere in the inventory, and leave a file that reads without new problems. `before` are all verdicts of the
/// verdict's root before any waiver; those of other roots among them do not count.
///
/// # Errors
/// Why the fix is not offered.
pub fn verified(
    workspace: &Workspace,
    sources: &dyn Sources,
    snapshot: &Snapshot,
    rules: &RuleSet,
    verdict: &Verdict,
    before: &[Arc<Verdict>],
) -> Result<Vec<TextEdit>, String> {
    let edits = edits(snapshot, verdict)?;
    let id = edits.first().map(|edit| edit.span.source).ok_or("the fix changes nothing")?;
    let document = snapshot.document(id).ok_or("the file is not open")?;
    let text = edit::apply(&document.source.text, &edits)?;
    let mut trial = workspace.clone();
    trial.set(&document.source.path, Arc::from(text));
    let after = trial.snapshot(sources);
    // The caller may know of problems that no workspace sees, so they are counted where they are.
    let problems = problems_by_path(snapshot);
    let is_new = |(path, count): (&str, usize)| problems.get(path).is_none_or(|earlier| *earlier < count);
    if problems_by_path(&after).into_iter().any(is_new) {
        return Err("the file would no longer read".to_owned());
    }
    let failing = |verdicts: &[Arc<Verdict>]| -> HashSet<(Arc<str>, Arc<str>)> {
        let failed = verdicts.iter().filter(|one| matches!(one.outcome, Outcome::Fail));
        failed.map(|one| (Arc::clone(&one.rule), Arc::clone(&one.address))).collect()
    };
    let same_root = after.inventories.iter().filter(|inventory| inventory.root == verdict.root);
    let now: Vec<Arc<Verdict>> = same_root.flat_map(|inventory| judge(inventory, rules, &after)).collect();
    let judged = now.iter().find(|one| one.rule == verdict.rule && one.address == verdict.address);
    match judged.map(|one| &one.outcome) {
        Some(Outcome::Pass) => {}
        Some(other) => return Err(format!("the rule would still not pass ({})", other.word())),
        None => return Err("the resource would no longer be judged".to_owned()),
    }
    // A resource that a fix adds may well be judged by rules of its own; what stood before must not get worse.
    let before: Vec<Arc<Verdict>> = before.iter().filter(|one| one.root == verdict.root).cloned().collect();
    let judged: HashSet<&Arc<str>> = before.iter().map(|one| &one.address).collect();
    let failed = failing(&before);
    let broken = failing(&now).into_iter().find(|one| judged.contains(&one.1) && !failed.contains(one));
    match broken {
        Some((rule, address)) => Err(format!("`{rule}` would fail at `{address}`")),
        None => Ok(edits),
    }
}

fn problems_by_path(snapshot: &Snapshot) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for problem in snapshot.problems.iter() {
        *counts.entry(&*problem.path).or_default() += 1;
    }
    counts
}
