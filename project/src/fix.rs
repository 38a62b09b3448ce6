//! Fixes applied to a project in memory, each tried first.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::edit::{self, TextEdit};
use compline_rules::fix::{FixError, verified};
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
    /// Applies the fixes of the verdicts that are wanted, in memory, until no more can be. `trying` is told of each.
    ///
    /// # Errors
    /// The waiver file says something it cannot.
    pub fn fix(
        &mut self,
        wanted: &dyn Fn(&Verdict) -> bool,
        today: &str,
        trying: &dyn Fn(&Fix),
    ) -> Result<Fixed, Error> {
        let before = self.texts();
        let mut judged = self.judge(today, None).checked()?;
        let mut applied: Vec<AppliedFix> = Vec::new();
        let mut done: HashSet<Key> = HashSet::new();
        let mut refused = Vec::new();
        for _ in 0..ROUNDS {
            let round = self.try_fixes(wanted, &judged, trying, &mut done);
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

    /// Tries the fixes that are wanted, each by itself; those that touch a place already changed wait.
    fn try_fixes(
        &self,
        wanted: &dyn Fn(&Verdict) -> bool,
        judged: &Judged,
        trying: &dyn Fn(&Fix),
        done: &mut HashSet<Key>,
    ) -> Round {
        let mut round = Round::default();
        let mut before: HashMap<Arc<str>, Vec<Arc<Verdict>>> = HashMap::new();
        for verdict in judged.verdicts().filter(|verdict| wanted(verdict)) {
            let key = (Arc::clone(&verdict.root), Arc::clone(&verdict.rule), Arc::clone(&verdict.address));
            let Some(fix) = verdict.fix.as_ref().filter(|_| !done.contains(&key)) else { continue };
            trying(fix);
            let before =
                before.entry(Arc::clone(&verdict.root)).or_insert_with(|| judged.unwaived(&verdict.root));
            match self.verified_fix(verdict, before) {
                Ok(new) => {
                    let path = new.first().and_then(|first| self.snapshot.document(first.span.source));
                    let Some(path) = path.map(|document| document.source.path.to_string()) else { continue };
                    let file = round.edits.entry(path).or_default();
                    // What touches a place already changed waits for the next round, where it is tried again.
                    if !new.iter().any(|one| file.iter().any(|other| overlap(one, other))) {
                        file.extend(new);
                        done.insert(key);
                        round.applied.push(AppliedFix {
                            rule: Arc::clone(&verdict.rule),
                            address: Arc::clone(&verdict.address),
                            root: Arc::clone(&verdict.root),
                            title: fix.title.clone(),
                            safety: fix.safety,
                        });
                    }
                }
                Err(why) => {
                    let (rule, address) = (Arc::clone(&verdict.rule), Arc::clone(&verdict.address));
                    round.refused.push(RefusedFix { rule, address, why });
                }
            }
        }
        round.edits.retain(|_, edits| !edits.is_empty());
        round.refused.sort_by(|a, b| (&a.rule, &a.address).cmp(&(&b.rule, &b.address)));
        round.refused.dedup();
        round
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

/// Whether two edits touch: two insertions at one place do, since their order would decide.
fn overlap(a: &TextEdit, b: &TextEdit) -> bool {
    a.span.start <= b.span.end && b.span.start <= a.span.end
}
