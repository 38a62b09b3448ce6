//! Verdicts → the status of each control.
//!
//! The algebra, worst first: anything failed or waived → `NotSatisfied`; else anything unknown → `NotAssessed`;
//! else something passed → `Satisfied` or `Partial` (see [`judge`]); else `NotAssessed`. Controls that no program
//! can show never have a verdict.

mod coverage;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::{Gravity, PlanInfo, Snapshot, WhyKind};
use compline_rules::{Outcome, RuleSet, Verdict};

use crate::catalogue::{Control, Framework, Shown};
use crate::library::Library;

pub use view::{Counts, View, counts, finding, view};

/// The status of a control. `Unknown` and `Waived` are views of it, made by [`view`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Every objective wanted fully that applies passed, all its verdicts pass.
    Satisfied,
    /// What was looked at passed, but it shows only a part.
    Partial,
    /// Something failed (or failed and was waived).
    NotSatisfied,
    /// Automatable, and nothing decided it.
    NotAssessed,
    /// Only people can show it.
    Manual,
    /// Shown by the provider.
    Inherited,
    /// Nothing of the kind is in scope, and somebody said so.
    NotApplicable,
}

/// One control with the verdicts that bear on it.
#[derive(Debug, Clone)]
pub struct ControlAssessment {
    pub control: Arc<Control>,
    /// Id of its group.
    pub group: Arc<str>,
    pub status: Status,
    /// Indices into [`Assessment::verdicts`], ascending.
    pub verdicts: Vec<usize>,
    pub tally: Tally,
    /// Objectives it wants, `fully` or `partly`, that no verdict bears on: no rule in force looks at them, or none
    /// found anything to look at.
    pub unseen: Vec<Arc<str>>,
    /// It would be satisfied, had all the code been read.
    pub held_back: bool,
}

/// Verdicts by outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub pass: usize,
    pub fail: usize,
    pub unknown: usize,
    pub waived: usize,
}

/// One framework's part of an assessment.
#[derive(Debug, Clone)]
pub struct FrameworkAssessment {
    pub framework: Arc<Framework>,
    /// In the publisher's order, withdrawn ones left out.
    pub controls: Vec<ControlAssessment>,
}

/// What was looked at, and what was not.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Files read as infrastructure as code.
    pub files: usize,
    /// Resources the code declares; what it only looks up (data sources) is not counted.
    pub resources: usize,
    /// Resources with at least one verdict.
    pub judged: usize,
    /// Kind → number of resources no rule has a word for.
    pub kinds_without_rules: BTreeMap<Arc<str>, usize>,
    /// Reason kind and text → number of verdicts left unknown by it.
    pub unknown_reasons: BTreeMap<(WhyKind, Arc<str>), usize>,
    /// Modules, nested stacks that are not here: what, why.
    pub gaps: Vec<(Arc<str>, Arc<str>)>,
    /// Files that could not be read whole, and why.
    pub unread: Vec<(Arc<str>, String)>,
    /// Plans that values were taken from, with the root each was laid over (its own path where no code is here).
    pub plans: Vec<(Arc<str>, PlanInfo)>,
}

/// The whole judgement of a run.
#[derive(Debug, Clone)]
pub struct Assessment {
    pub verdicts: Vec<Verdict>,
    pub frameworks: Vec<FrameworkAssessment>,
    pub coverage: Coverage,
}

/// Joins verdicts to the controls of the chosen frameworks (ids; unknown ids are the caller's mistake).
pub fn assess(
    snapshot: &Snapshot,
    verdicts: Vec<Verdict>,
    rules: &RuleSet,
    library: &Library,
    frameworks: &[Arc<Framework>],
) -> Assessment {
    let rule_coverage = RuleCoverage::of(snapshot, &verdicts, rules);
    let frameworks = frameworks
        .iter()
        .map(|one| assess_framework(one, &verdicts, rules, library, &rule_coverage))
        .collect();
    let coverage = coverage::coverage(snapshot, &verdicts, rules);
    Assessment { verdicts, frameworks, coverage }
}

/// As [`assess`], for verdicts that others gave on what was not read here.
pub(crate) fn assess_foreign(
    verdicts: Vec<Verdict>,
    rules: &RuleSet,
    library: &Library,
    frameworks: &[Arc<Framework>],
    coverage: Coverage,
) -> Assessment {
    let judged_rules = verdicts.iter().map(|verdict| &*verdict.rule).collect();
    let rule_coverage = RuleCoverage { rules: HashMap::new(), judged_rules, complete: false };
    let frameworks = frameworks
        .iter()
        .map(|one| assess_framework(one, &verdicts, rules, library, &rule_coverage))
        .collect();
    Assessment { verdicts, frameworks, coverage }
}

/// What the rules in force looked at, by objective.
struct RuleCoverage<'a> {
    /// Objective → the rules in force that show it.
    rules: HashMap<&'a str, Vec<&'a str>>,
    /// Rules with at least one verdict.
    judged_rules: HashSet<&'a str>,
    /// Everything the code names was read. Where a module or a file is missing, nothing is satisfied: what was
    /// not read may fail.
    complete: bool,
}

impl<'a> RuleCoverage<'a> {
    fn of(snapshot: &'a Snapshot, verdicts: &'a [Verdict], rules: &'a RuleSet) -> Self {
        let judged_rules: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.rule).collect();
        let complete = snapshot.inventories.iter().all(|inventory| inventory.is_whole())
            && snapshot.problems.iter().all(|problem| problem.gravity == Gravity::Note);
        let mut coverage = Self { rules: HashMap::new(), judged_rules, complete };
        for rule in rules.infos() {
            for objective in &rule.objectives {
                coverage.rules.entry(objective).or_default().push(&rule.id);
            }
        }
        coverage
    }

    /// Whether a rule that shows an objective gave a verdict, for a control that excludes some rules.
    fn has_judged(&self, objective: &str, excludes: &[String]) -> bool {
        let rules = self.rules.get(objective).into_iter().flatten();
        rules
            .into_iter()
            .any(|rule| self.judged_rules.contains(rule) && !excludes.iter().any(|excluded| excluded == rule))
    }
}

fn assess_framework(
    framework: &Arc<Framework>,
    verdicts: &[Verdict],
    rules: &RuleSet,
    library: &Library,
    rule_coverage: &RuleCoverage<'_>,
) -> FrameworkAssessment {
    let mut controls: Vec<ControlAssessment> = Vec::new();
    for group in &framework.groups {
        let id: Arc<str> = Arc::from(group.id.as_str());
        for control in group.controls.iter().filter(|control| control.withdrawn.is_none()) {
            controls.push(ControlAssessment {
                control: Arc::new(control.clone()),
                group: Arc::clone(&id),
                status: Status::NotAssessed,
                verdicts: Vec::new(),
                tally: Tally::default(),
                unseen: Vec::new(),
                held_back: false,
            });
        }
    }
    let reach = Reach::of(&controls);
    let mut reached: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, verdict) in verdicts.iter().enumerate() {
        let places = reached.entry(&verdict.rule).or_insert_with(|| reach.of_rule(&verdict.rule, rules));
        let amended = library.is_amended().then(|| reach.amended(places, library, verdict, &framework.id));
        for place in amended.as_ref().unwrap_or(places) {
            if let Some(one) = controls.get_mut(*place) {
                one.verdicts.push(index);
                one.tally.add(&verdict.outcome);
            }
        }
    }
    for one in &mut controls {
        let control = Arc::clone(&one.control);
        one.status = judge(&control, one.tally, rule_coverage);
        if one.status == Status::Satisfied && !rule_coverage.complete {
            (one.status, one.held_back) = (Status::Partial, true);
        }
        if control.shown.is_automatable() {
            let wanted = control.wants.fully.iter().chain(&control.wants.partly);
            one.unseen = wanted
                .filter(|objective| !rule_coverage.has_judged(objective, &control.excludes))
                .map(|objective| Arc::from(objective.as_str()))
                .collect();
        }
    }
    FrameworkAssessment { framework: Arc::clone(framework), controls }
}

/// The places of the controls, by what leads to them.
struct Reach {
    wants: HashMap<String, Vec<usize>>,
    pins: HashMap<String, Vec<usize>>,
    excludes: HashMap<String, Vec<usize>>,
    /// Controls a program can show, by id.
    ids: HashMap<String, usize>,
}

impl Reach {
    fn of(controls: &[ControlAssessment]) -> Self {
        let mut reach = Self {
            wants: HashMap::new(),
            pins: HashMap::new(),
            excludes: HashMap::new(),
            ids: HashMap::new(),
        };
        for (place, one) in controls.iter().enumerate() {
            let control = &one.control;
            if !control.shown.is_automatable() {
                continue;
            }
            reach.ids.insert(control.id.clone(), place);
            for objective in control.wants.fully.iter().chain(&control.wants.partly) {
                reach.wants.entry(objective.clone()).or_default().push(place);
            }
            for rule in &control.pins {
                reach.pins.entry(rule.clone()).or_default().push(place);
            }
            for rule in &control.excludes {
                reach.excludes.entry(rule.clone()).or_default().push(place);
            }
        }
        reach
    }

    fn of_rule(&self, rule: &str, rules: &RuleSet) -> Vec<usize> {
        let objectives = rules.info(rule).map(|rule| rule.objectives.as_slice()).unwrap_or_default();
        let mut places: BTreeSet<usize> =
            objectives.iter().filter_map(|id| self.wants.get(id)).flatten().copied().collect();
        places.extend(self.pins.get(rule).into_iter().flatten());
        for excluded in self.excludes.get(rule).into_iter().flatten() {
            places.remove(excluded);
        }
        places.into_iter().collect()
    }

    /// The places of a verdict after what people said of it, and what is known of others' checks.
    fn amended(&self, places: &[usize], library: &Library, verdict: &Verdict, framework: &str) -> Vec<usize> {
        let mut places: BTreeSet<usize> = places.iter().copied().collect();
        for (control, bears) in library.amends_of(verdict, framework) {
            if let Some(place) = self.ids.get(control) {
                if bears {
                    places.insert(*place)
                } else {
                    places.remove(place)
                };
            }
        }
        places.into_iter().collect()
    }
}

/// The status of a control by the outcomes of its verdicts and by what was looked at.
///
/// `Satisfied` takes more than passes: every objective wanted `fully` was judged. One that nothing spoke to leaves
/// `Partial`, whether no rule can look at it or nothing of its kind seems to be in scope: whether it applies is for
/// a person to say.
fn judge(control: &Control, tally: Tally, rule_coverage: &RuleCoverage<'_>) -> Status {
    match control.shown {
        Shown::ManualEvidence | Shown::Organisational => return Status::Manual,
        Shown::Inherited => return Status::Inherited,
        Shown::AutoIac | Shown::AutoRuntime | Shown::AutoLog | Shown::Partial => {}
    }
    if tally.fail + tally.waived > 0 {
        return Status::NotSatisfied;
    }
    if tally.unknown > 0 || tally.pass == 0 {
        return Status::NotAssessed;
    }
    let whole = control.shown != Shown::Partial
        && !control.wants.fully.is_empty()
        && control.wants.fully.iter().all(|objective| rule_coverage.has_judged(objective, &control.excludes));
    if whole { Status::Satisfied } else { Status::Partial }
}

impl Tally {
    fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Pass => self.pass += 1,
            Outcome::Fail => self.fail += 1,
            Outcome::Unknown(_) => self.unknown += 1,
            Outcome::Waived(_) => self.waived += 1,
        }
    }

    /// How many verdicts there are.
    pub fn all(self) -> usize {
        self.pass + self.fail + self.unknown + self.waived
    }
}
