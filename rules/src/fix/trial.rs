//! Fixes tried together: one trial answers for all of them where nothing is wrong, and only what is wrong is
//! divided.
//!
//! INVARIANT: what is accepted was part of one trial, together, in which every accepted rule passed and nothing else
//! began to fail.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::edit::{self, TextEdit};
use compline_iac::{Snapshot, SourceId, Sources, Workspace};

use super::{FixError, failures, verdicts};
use crate::set::RuleSet;
use crate::verdict::{Outcome, Verdict};

/// The rule and the address of a verdict that fails.
type Failing<'n> = (&'n Arc<str>, &'n Arc<str>);

/// What fixes are tried on.
pub struct Trial<'a> {
    pub workspace: &'a Workspace,
    pub sources: &'a dyn Sources,
    pub snapshot: &'a Snapshot,
    pub rules: &'a RuleSet,
    /// The verdicts of each root that a fix is for, before any waiver.
    pub before: &'a HashMap<&'a str, &'a [Arc<Verdict>]>,
}

/// A fix that is wanted, with the edits that make it; no two candidates may touch the same place.
pub struct Candidate<'a> {
    pub verdict: &'a Verdict,
    pub edits: Vec<TextEdit>,
}

/// What became of candidates, by their places.
#[derive(Default)]
pub struct Settled {
    pub accepted: Vec<usize>,
    pub refused: Vec<(usize, FixError)>,
}

/// Trials after which one run makes no more.
pub const MOST_TRIALS: usize = 200;

/// What went wrong in a trial.
struct Blame {
    /// The candidates that it concerns, and why.
    concerned: Vec<(usize, FixError)>,
    /// Whether each of them is at fault itself; else one of them is, or several are together.
    is_sure: bool,
}

impl Trial<'_> {
    /// Finds which candidates can be made together. `trials` are those that the run has made so far.
    pub fn settle(&self, candidates: &[Candidate<'_>], trials: &mut usize) -> Settled {
        let mut settled = Settled::default();
        let mut all: Vec<usize> = (0..candidates.len()).collect();
        // Fixes of one rule fare alike: halves in the order of rules divide the good from the bad soonest.
        all.sort_by_key(|index| candidates.get(*index).map(|one| &one.verdict.rule));
        self.settle_some(candidates, all, &mut settled, trials);
        settled.accepted.sort_unstable();
        settled.refused.sort_by_key(|(index, _)| *index);
        settled
    }

    fn settle_some(
        &self,
        candidates: &[Candidate<'_>],
        mut new: Vec<usize>,
        settled: &mut Settled,
        trials: &mut usize,
    ) {
        while !new.is_empty() {
            if *trials >= MOST_TRIALS {
                settled.refused.extend(new.into_iter().map(|index| (index, FixError::TooManyTrials)));
                return;
            }
            *trials += 1;
            let Err(blame) = self.check(candidates, &settled.accepted, &new) else {
                settled.accepted.append(&mut new);
                return;
            };
            let concerned: HashSet<usize> = blame.concerned.iter().map(|(index, _)| *index).collect();
            let (bad, rest): (Vec<usize>, Vec<usize>) =
                new.into_iter().partition(|index| concerned.contains(index));
            match (blame.is_sure, rest.is_empty()) {
                // What stands in the way of others waits: it is tried again with what they leave.
                (true, false) => {
                    settled.refused.extend(blame.concerned);
                    new = rest;
                }
                // Two fixes of one resource may stand in each other's way, those of two hardly.
                (true, true) => {
                    let mut seen = HashSet::new();
                    let is_first = |index: &usize| {
                        let verdict =
                            candidates.get(*index).map(|one| (&one.verdict.root, &one.verdict.address));
                        seen.insert(verdict)
                    };
                    let (firsts, others): (Vec<usize>, Vec<usize>) = bad.into_iter().partition(is_first);
                    if others.is_empty() {
                        settled.refused.extend(blame.concerned);
                        return;
                    }
                    self.settle_some(candidates, firsts, settled, trials);
                    new = others;
                }
                (false, false) => {
                    self.settle_some(candidates, rest, settled, trials);
                    new = bad;
                }
                (false, true) if bad.len() == 1 => {
                    settled.refused.extend(blame.concerned);
                    return;
                }
                (false, true) => {
                    let mut left = bad;
                    new = left.split_off(left.len() / 2);
                    self.settle_some(candidates, left, settled, trials);
                }
            }
        }
    }

    /// Makes the accepted and the new fixes on a copy and looks at what comes of it.
    fn check(&self, candidates: &[Candidate<'_>], accepted: &[usize], new: &[usize]) -> Result<(), Blame> {
        let all = |why: &FixError| Blame {
            concerned: new.iter().map(|index| (*index, why.clone())).collect(),
            is_sure: false,
        };
        let chosen = || accepted.iter().chain(new).filter_map(|index| candidates.get(*index));
        let after = self.applied(chosen().flat_map(|one| &one.edits)).map_err(|why| all(&why))?;
        // The caller may know of problems that no workspace sees, so they are counted where they are.
        let problems = problems_by_path(self.snapshot);
        let is_new = |(path, count): &(&str, usize)| problems.get(path).is_none_or(|earlier| earlier < count);
        let worse: HashSet<&str> =
            problems_by_path(&after).into_iter().filter(is_new).map(|(path, _)| path).collect();
        if !worse.is_empty() {
            let edits_one = |index: &&usize| {
                let edit = candidates.get(**index).and_then(|one| one.edits.first());
                let document = edit.and_then(|edit| self.snapshot.document(edit.span.source));
                document.is_some_and(|document| worse.contains(&*document.source.path))
            };
            let mut blame = all(&FixError::Unreadable);
            let concerned: Vec<usize> = new.iter().filter(edits_one).copied().collect();
            if !concerned.is_empty() {
                blame.concerned.retain(|(index, _)| concerned.contains(index));
            }
            return Err(blame);
        }
        let roots: HashSet<&str> = chosen().map(|one| &*one.verdict.root).collect();
        let now: HashMap<&str, Vec<Arc<Verdict>>> =
            roots.into_iter().map(|root| (root, verdicts(&after, self.rules, root))).collect();
        self.judged(candidates, accepted, new, &now)
    }

    /// Whether every rule passes that was fixed, and none fails that did not before.
    fn judged(
        &self,
        candidates: &[Candidate<'_>],
        accepted: &[usize],
        new: &[usize],
        now: &HashMap<&str, Vec<Arc<Verdict>>>,
    ) -> Result<(), Blame> {
        let mut outcomes: HashMap<(&str, &str, &str), &Outcome> = HashMap::new();
        for (root, verdicts) in now {
            outcomes.extend(verdicts.iter().map(|one| ((*root, &*one.rule, &*one.address), &one.outcome)));
        }
        let fault = |index: &usize| {
            let verdict = candidates.get(*index)?.verdict;
            match outcomes.get(&(&*verdict.root, &*verdict.rule, &*verdict.address)) {
                Some(Outcome::Pass) => None,
                Some(other) => Some((*index, FixError::StillNotPassing { outcome: other.word() })),
                None => Some((*index, FixError::NoLongerJudged)),
            }
        };
        let at_fault: Vec<(usize, FixError)> = new.iter().filter_map(fault).collect();
        if !at_fault.is_empty() {
            return Err(Blame { concerned: at_fault, is_sure: true });
        }
        // One of the new ones undoes what was accepted before.
        if let Some((_, why)) = accepted.iter().find_map(fault) {
            return Err(Blame {
                concerned: new.iter().map(|index| (*index, why.clone())).collect(),
                is_sure: false,
            });
        }
        let begun = self.begun(now);
        let Some((first_rule, first_address)) = begun.values().flatten().min().copied() else {
            return Ok(());
        };
        let breaks = |rule: &Arc<str>, address: &Arc<str>| FixError::Breaks {
            rule: Arc::clone(rule),
            address: Arc::clone(address),
        };
        let mut at: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for index in new {
            if let Some(one) = candidates.get(*index) {
                at.entry((&one.verdict.root, &one.verdict.address)).or_default().push(*index);
            }
        }
        let mut concerned = Vec::new();
        for (root, failures) in &begun {
            for (rule, address) in failures {
                match at.get(&(*root, &**address)).map(Vec::as_slice) {
                    Some([only]) => concerned.push((*only, breaks(rule, address))),
                    _ => {
                        let why = breaks(first_rule, first_address);
                        let concerned = new.iter().map(|index| (*index, why.clone())).collect();
                        return Err(Blame { concerned, is_sure: false });
                    }
                }
            }
        }
        concerned.sort_by_key(|(index, _)| *index);
        concerned.dedup_by_key(|(index, _)| *index);
        Err(Blame { concerned, is_sure: true })
    }

    /// By root, rule and address of what fails now and did not before. A resource that a fix adds may well be judged
    /// by rules of its own, and a narrower rule may speak once the broader fault is gone; what a rule said before must
    /// not get worse.
    fn begun<'n>(&self, now: &'n HashMap<&'n str, Vec<Arc<Verdict>>>) -> BTreeMap<&'n str, Vec<Failing<'n>>> {
        let mut begun = BTreeMap::new();
        for (root, verdicts) in now {
            let before = self.before.get(root).copied().unwrap_or_default();
            let judged: HashSet<Failing<'_>> = before.iter().map(|one| (&one.rule, &one.address)).collect();
            let failed = failures(before);
            let mut of_root: Vec<_> = failures(verdicts)
                .into_iter()
                .filter(|one| judged.contains(one) && !failed.contains(one))
                .collect();
            of_root.sort();
            if !of_root.is_empty() {
                begun.insert(*root, of_root);
            }
        }
        begun
    }

    /// A copy of the workspace with the edits applied, read again.
    fn applied<'e>(&self, edits: impl Iterator<Item = &'e TextEdit>) -> Result<Snapshot, FixError> {
        let mut by_source: BTreeMap<u32, Vec<TextEdit>> = BTreeMap::new();
        for edit in edits {
            by_source.entry(edit.span.source.0).or_default().push(edit.clone());
        }
        let mut workspace = self.workspace.clone();
        for (source, edits) in by_source {
            let document = self.snapshot.document(SourceId(source)).ok_or(FixError::NotOpen)?;
            let text = edit::apply(&document.source.text, &edits).map_err(FixError::Unwritable)?;
            workspace.set(&document.source.path, Arc::from(text));
        }
        Ok(workspace.snapshot(self.sources))
    }
}

fn problems_by_path(snapshot: &Snapshot) -> HashMap<&str, usize> {
    let mut counts = HashMap::new();
    for problem in snapshot.problems.iter() {
        *counts.entry(&*problem.path).or_default() += 1;
    }
    counts
}
