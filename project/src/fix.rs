//! Fixes applied to a project in memory, each tried first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::SourceId;
use compline_iac::edit::{self, TextEdit};
use compline_rules::fix::{Candidate, Chosen, FixError, Trial, edits, edits_of, filled, verified};
use compline_rules::{Fix, Safety, Verdict};

use crate::error::Error;
use crate::judge::Judged;
use crate::open::{Change, Project};

/// Fixes can uncover each other; a circle of them must not keep us.
const ROUNDS: usize = 20;

/// What fixes made of a project.
pub struct Fixed {
    /// In the order in which they were applied.
    pub applied: Vec<AppliedFix>,
    /// Those that cannot be applied in the end, by rule and address.
    pub refused: Vec<RefusedFix>,
    /// The files that are not what they were, by path: text before and after.
    pub changed: BTreeMap<String, (Arc<str>, Arc<str>)>,
    /// What is judged now.
    pub judged: Judged,
}

/// One fix that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedFix {
    pub rule: Arc<str>,
    pub address: Arc<str>,
    pub root: Arc<str>,
    pub title: String,
    pub safety: Safety,
}

/// One fix that is not applied, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedFix {
    pub rule: Arc<str>,
    pub address: Arc<str>,
    pub why: FixError,
}

impl Project {
    /// Applies the fixes of the verdicts that are wanted, in memory, until no more can be. `trying` is told of each;
    /// `chosen` is what fixes leave to be chosen, and one that is left without is refused. A round makes those together that do not touch: what it keeps was tried as a whole.
    ///
    /// # Errors
    /// The waiver file says something it cannot.
    pub fn fix(
        &mut self,
        wanted: &dyn Fn(&Verdict) -> bool,
        chosen: &Chosen,
        today: &str,
        trying: &dyn Fn(&Fix),
    ) -> Result<Fixed, Error> {
        let before = self.texts();
        let mut judged = self.judge(today, None).checked()?;
        let mut applied: Vec<AppliedFix> = Vec::new();
        let mut done: HashSet<Key> = HashSet::new();
        let mut refused = Vec::new();
        let mut trials = 0;
        for _ in 0..ROUNDS {
            let round = self.try_fixes(wanted, chosen, &judged, trying, &mut done, &mut trials);
            applied.extend(round.applied);
            refused = round.refused;
            if round.edits.is_empty() {
                break;
            }
            let mut changes = Vec::with_capacity(round.edits.len());
            for (path, edits) in round.edits {
                let Some(document) = self.snapshot.find(&path) else { continue };
                let text = edit::apply(&document.source.text, &edits).map_err(Error::Edit)?;
                changes.push((path, Change::Text(Arc::from(text))));
            }
            self.change(changes);
            judged = self.judge(today, Some(&judged)).checked()?;
        }
        let changed = self.texts().into_iter().filter_map(|(path, after)| {
            let old = before.get(&path)?;
            (*old != after).then(|| (path, (Arc::clone(old), after)))
        });
        Ok(Fixed { applied, refused, changed: changed.collect(), judged })
    }

    fn texts(&self) -> BTreeMap<String, Arc<str>> {
        let documents = self.snapshot.documents();
        documents
            .map(|document| (document.source.path.to_string(), Arc::clone(&document.source.text)))
            .collect()
    }

    /// Tries the fixes that are wanted, together; those that touch a place already changed wait.
    fn try_fixes(
        &self,
        wanted: &dyn Fn(&Verdict) -> bool,
        chosen: &Chosen,
        judged: &Judged,
        trying: &dyn Fn(&Fix),
        done: &mut HashSet<Key>,
        trials: &mut usize,
    ) -> Round {
        let mut round = Round::default();
        let mut candidates: Vec<Candidate<'_>> = Vec::new();
        let mut written: Vec<(Fix, Vec<TextEdit>)> = Vec::new();
        let mut taken: HashMap<SourceId, Taken> = HashMap::new();
        // A variable is declared once: what needs it too waits for the next round, which finds it declared.
        let mut declared: HashSet<(SourceId, Arc<str>)> = HashSet::new();
        for verdict in judged.verdicts().filter(|verdict| wanted(verdict)) {
            let Some(fix) = verdict.fix.as_ref().filter(|_| !done.contains(&key(verdict))) else { continue };
            trying(fix);
            let (tried, to_write, fix) = match self.edits(verdict, chosen) {
                Ok(edits) => edits,
                Err(why) => {
                    round.refused.push(RefusedFix::of(verdict, why));
                    continue;
                }
            };
            let Some(source) = to_write.first().map(|first| first.span.source) else { continue };
            let variables: Vec<(SourceId, Arc<str>)> = fix
                .changes
                .iter()
                .filter_map(|change| match change {
                    edit::Change::AddVariable { name, .. } => Some((source, Arc::clone(name))),
                    _ => None,
                })
                .collect();
            if variables.iter().any(|one| declared.contains(one)) {
                continue;
            }
            // What touches a place already changed waits for the next round, where it is tried again.
            let places: Vec<TextEdit> = tried.iter().chain(&to_write).cloned().collect();
            if taken.entry(source).or_default().take(&places) {
                declared.extend(variables);
                candidates.push(Candidate { verdict, edits: tried });
                written.push((fix, to_write));
            }
        }
        let roots: HashSet<&str> = candidates.iter().map(|one| &*one.verdict.root).collect();
        let before: HashMap<&str, Vec<Arc<Verdict>>> =
            roots.into_iter().map(|root| (root, judged.unwaived(root))).collect();
        let before = before.iter().map(|(root, verdicts)| (*root, verdicts.as_slice())).collect();
        let trial = Trial {
            workspace: &self.workspace,
            sources: self.sources(),
            snapshot: &self.snapshot,
            rules: &self.config.rules,
            before: &before,
        };
        let settled = trial.settle(&candidates, trials);
        for (index, why) in settled.refused {
            round.refused.extend(candidates.get(index).map(|one| RefusedFix::of(one.verdict, why)));
        }
        for index in settled.accepted {
            let (Some(one), Some((fix, edits))) = (candidates.get(index), written.get(index)) else {
                continue;
            };
            let Some(first) = edits.first() else { continue };
            let Some(document) = self.snapshot.document(first.span.source) else { continue };
            round.edits.entry(document.source.path.to_string()).or_default().extend(edits.iter().cloned());
            done.insert(key(one.verdict));
            round.applied.push(AppliedFix {
                rule: Arc::clone(&one.verdict.rule),
                address: Arc::clone(&one.verdict.address),
                root: Arc::clone(&one.verdict.root),
                title: fix.title.clone(),
                safety: fix.safety,
            });
        }
        round.refused.sort_by(|a, b| (&a.rule, &a.address).cmp(&(&b.rule, &b.address)));
        round.refused.dedup();
        round
    }

    /// The edits by which a fix is tried, those by which it is made, and the fix as it is made: a variable has no value
    /// yet, so that its fix is tried by an example.
    fn edits(
        &self,
        verdict: &Verdict,
        chosen: &Chosen,
    ) -> Result<(Vec<TextEdit>, Vec<TextEdit>, Fix), FixError> {
        let fix = filled(verdict, chosen)?;
        let made = edits_of(&self.snapshot, verdict, &fix)?;
        let has_variables =
            fix.changes.iter().any(|change| matches!(change, edit::Change::AddVariable { .. }));
        let tried = if has_variables { edits(&self.snapshot, verdict)? } else { made.clone() };
        Ok((tried, made, fix))
    }

    /// The edits of one verdict's fix, tried on a copy. `before` are the verdicts of its root before any waiver.
    ///
    /// # Errors
    /// Why the fix is not offered.
    pub fn verified_fix(
        &self,
        verdict: &Verdict,
        before: &[Arc<Verdict>],
    ) -> Result<Vec<TextEdit>, FixError> {
        verified(&self.workspace, self.sources(), &self.snapshot, &self.config.rules, before, verdict)
    }
}

/// Root, rule, address.
type Key = (Arc<str>, Arc<str>, Arc<str>);

/// One round of fixes.
#[derive(Default)]
struct Round {
    applied: Vec<AppliedFix>,
    refused: Vec<RefusedFix>,
    /// By path.
    edits: BTreeMap<String, Vec<TextEdit>>,
}

impl RefusedFix {
    fn of(verdict: &Verdict, why: FixError) -> Self {
        Self { rule: Arc::clone(&verdict.rule), address: Arc::clone(&verdict.address), why }
    }
}

/// The places of one file that edits change: ends by starts, none touching another.
#[derive(Default)]
struct Taken(BTreeMap<u32, u32>);

impl Taken {
    /// Takes the places of these edits, unless one of them touches a place that is taken: two insertions at one place
    /// do, since their order would decide.
    fn take(&mut self, edits: &[TextEdit]) -> bool {
        let touches = |edit: &TextEdit| {
            let before = self.0.range(..=edit.span.end).next_back();
            before.is_some_and(|(_, end)| *end >= edit.span.start)
        };
        if edits.iter().any(touches) {
            return false;
        }
        for edit in edits {
            let end = self.0.entry(edit.span.start).or_default();
            *end = edit.span.end.max(*end);
        }
        true
    }
}

fn key(verdict: &Verdict) -> Key {
    (Arc::clone(&verdict.root), Arc::clone(&verdict.rule), Arc::clone(&verdict.address))
}
