//! Verdicts → the status of each control.
//!
//! The algebra, worst first: anything failed or waived → `NotSatisfied`; else anything unknown → `NotAssessed`;
//! else something passed → `Satisfied` or `Partial` (see [`judge`]); else `NotAssessed`. Controls that no program
//! can show never have a verdict.

mod coverage;
mod edges;
mod settings;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::{Gravity, PlanInfo, Snapshot, Span, Why, WhyKind};
use compline_rules::{Outcome, ParameterValue, RuleSet, Verdict};

use crate::catalogue::{Control, Framework, Shown};
use crate::edge::ControlRef;
use crate::library::Library;

pub use edges::VerdictEdges;
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
    /// Two verdicts that state one fault count once.
    pub tally: Tally,
    /// Objectives it wants, `fully` or `partly`, that no verdict bears on: no rule in force looks at them, or none
    /// found anything to look at.
    pub unseen: Vec<Arc<str>>,
    /// It would be satisfied, had all the code been read.
    pub held_back: bool,
    /// The values of rules' parameters that its verdicts were judged by, each once.
    pub values: Vec<ParameterValue>,
    /// Those of `verdicts` that come out otherwise by the values of this control.
    pub apart: Vec<Apart>,
}

/// What a verdict says by a control's own values, where it says something else by those it is shown under.
#[derive(Debug, Clone)]
pub struct Apart {
    /// Index into [`Assessment::verdicts`].
    pub verdict: usize,
    pub values: Arc<[ParameterValue]>,
    pub outcome: Outcome,
}

impl ControlAssessment {
    /// What a verdict says by the values of this control.
    pub fn outcome<'a>(&'a self, index: usize, verdicts: &'a [Verdict]) -> Option<&'a Outcome> {
        let apart = self.apart.iter().find(|one| one.verdict == index);
        apart.map(|one| &one.outcome).or_else(|| Some(&verdicts.get(index)?.outcome))
    }

    fn add(&mut self, index: usize, verdict: &Verdict, values: Option<&Arc<[ParameterValue]>>) {
        self.verdicts.push(index);
        for value in values.unwrap_or(&verdict.values).iter() {
            let is_same = |other: &ParameterValue| other.name() == value.name() && other.value == value.value;
            if !self.values.iter().any(is_same) {
                self.values.push(value.clone());
            }
        }
        let Some(values) = values else { return self.tally.add(&verdict.outcome) };
        // Whoever judged was not asked for this value, so that nothing is known of it.
        let unasked =
            || Outcome::Unknown(Why::new(WhyKind::Outside, "it was not judged by what the control asks for"));
        let outcome = verdict.outcome_under(values).cloned().unwrap_or_else(unasked);
        self.tally.add(&outcome);
        if outcome.word() != verdict.outcome.word() {
            self.apart.push(Apart { verdict: index, values: Arc::clone(values), outcome });
        }
    }
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
    /// Resources without a verdict: with those that have one they are all that is declared. In the order of roots.
    pub unjudged: Vec<UnjudgedResource>,
    /// What is declared by kind, and how much of it rules look at.
    pub kinds: BTreeMap<Arc<str>, KindCoverage>,
    /// Provider (the first word of a rule's id) → rules that gave a verdict.
    pub rules: BTreeMap<Arc<str>, usize>,
    /// Kind → number of resources no rule has a word for.
    pub kinds_without_rules: BTreeMap<Arc<str>, usize>,
    /// Reason kind and text → number of verdicts left unknown by it.
    pub unknown_reasons: BTreeMap<(WhyKind, Arc<str>), usize>,
    /// Modules, nested stacks that are not here.
    pub gaps: Vec<CoverageGap>,
    /// Files that could not be read whole, and why.
    pub unread: Vec<(Arc<str>, String)>,
    /// Plans that values were taken from, with the root each was laid over (its own path where no code is here).
    pub plans: Vec<(Arc<str>, PlanInfo)>,
}

/// A resource that got no verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnjudgedResource {
    pub address: Arc<str>,
    pub kind: Arc<str>,
    pub root: Arc<str>,
    pub span: Span,
    pub why: Unjudged,
}

/// Why a resource got no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unjudged {
    NoRule,
    /// Rules read its kind beside the resources they judge: a bucket's versioning.
    Beside,
    /// There are rules of its kind, and none applies to it.
    NoneApplies,
    /// Its file was not asked for, or it stands in a state that was not named.
    NotAsked,
}

impl Unjudged {
    /// A clause.
    pub fn text(self) -> &'static str {
        match self {
            Unjudged::NoRule => "no rule looks at the kind",
            Unjudged::Beside => "rules read the kind only beside what it belongs to",
            Unjudged::NoneApplies => "no rule of the kind applies",
            Unjudged::NotAsked => "not asked for",
        }
    }
}

/// How much of a kind is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KindCoverage {
    pub declared: usize,
    /// With at least one verdict.
    pub judged: usize,
    /// Rules that look at the kind.
    pub rules: usize,
    /// None where rules look at it through a view, whose names are not the kind's own.
    pub settings: Option<SettingsCoverage>,
}

/// Settings of a kind: those that are known are what rules and tables name and what the resources here set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SettingsCoverage {
    pub known: usize,
    pub looked_at: usize,
}

/// Something that belongs to what was looked at and was not read.
#[derive(Debug, Clone, PartialEq)]
pub struct CoverageGap {
    /// `module.network`, a nested stack.
    pub what: Arc<str>,
    pub why: Arc<str>,
    /// The file, where a whole one was not read.
    pub file: Option<Arc<str>>,
    /// Where the code asks for it.
    pub span: Option<Span>,
}

/// What, and why; of a place nothing is known.
impl From<(Arc<str>, Arc<str>)> for CoverageGap {
    fn from((what, why): (Arc<str>, Arc<str>)) -> Self {
        Self { what, why, file: None, span: None }
    }
}

/// The whole judgement of a run.
#[derive(Debug, Clone)]
pub struct Assessment {
    pub verdicts: Vec<Verdict>,
    /// The controls each verdict bears on, and on whose word. Every control of `frameworks` that lists a verdict has an
    /// edge here.
    pub edges: VerdictEdges,
    pub frameworks: Vec<FrameworkAssessment>,
    pub coverage: Coverage,
}

/// Joins verdicts to the controls of the chosen frameworks, which are some of the library's.
pub fn assess(
    snapshot: &Snapshot,
    verdicts: Vec<Verdict>,
    rules: &RuleSet,
    library: &Library,
    frameworks: &[Arc<Framework>],
) -> Assessment {
    let rule_coverage = RuleCoverage::of(snapshot, &verdicts, rules);
    let edges = VerdictEdges::of(&verdicts, library);
    let frameworks = frameworks
        .iter()
        .map(|framework| assess_framework(framework, &verdicts, &edges, &rule_coverage))
        .collect();
    let coverage = coverage::coverage(snapshot, &verdicts, rules);
    Assessment { verdicts, edges, frameworks, coverage }
}

/// As [`assess`], for verdicts that others gave on what was not read here. The library knows their checks, see
/// [`Library::with_external_checks`]. No control is satisfied: what others did not look at, their results do not say.
pub fn assess_external(
    verdicts: Vec<Verdict>,
    library: &Library,
    frameworks: &[Arc<Framework>],
    coverage: Coverage,
) -> Assessment {
    let judged_rules = verdicts.iter().map(|verdict| &*verdict.rule).collect();
    let rule_coverage = RuleCoverage { rules: HashMap::new(), judged_rules, is_complete: false };
    let edges = VerdictEdges::of(&verdicts, library);
    let frameworks = frameworks
        .iter()
        .map(|framework| assess_framework(framework, &verdicts, &edges, &rule_coverage))
        .collect();
    Assessment { verdicts, edges, frameworks, coverage }
}

/// What the rules in force looked at, by objective.
struct RuleCoverage<'a> {
    /// Objective → the rules in force that show it.
    rules: HashMap<&'a str, Vec<&'a str>>,
    /// Rules with at least one verdict.
    judged_rules: HashSet<&'a str>,
    /// Everything the code names was read. Where a module or a file is missing, nothing is satisfied: what was
    /// not read may fail.
    is_complete: bool,
}

impl<'a> RuleCoverage<'a> {
    fn of(snapshot: &'a Snapshot, verdicts: &'a [Verdict], rules: &'a RuleSet) -> Self {
        let judged_rules: HashSet<&str> = verdicts.iter().map(|verdict| &*verdict.rule).collect();
        let is_complete = snapshot.inventories.iter().all(|inventory| inventory.is_whole())
            && !snapshot.unread.iter().any(|file| file.is_gap())
            && snapshot.problems.iter().all(|problem| problem.gravity == Gravity::Note);
        let mut out = Self { rules: HashMap::new(), judged_rules, is_complete };
        for rule in rules.infos() {
            for objective in &rule.objectives {
                out.rules.entry(objective).or_default().push(&rule.id);
            }
        }
        out
    }

    /// Whether a rule that shows an objective gave a verdict, for a control that excludes some rules.
    fn covers(&self, objective: &str, excludes: &[String]) -> bool {
        let rules = self.rules.get(objective).into_iter().flatten();
        rules
            .into_iter()
            .any(|rule| self.judged_rules.contains(rule) && !excludes.iter().any(|excluded| excluded == rule))
    }
}

fn assess_framework(
    framework: &Arc<Framework>,
    verdicts: &[Verdict],
    edges: &VerdictEdges,
    rule_coverage: &RuleCoverage<'_>,
) -> FrameworkAssessment {
    let mut controls = unassessed(framework);
    // Controls that no program can show never have a verdict, whatever leads to them.
    let places: HashMap<String, usize> = controls
        .iter()
        .enumerate()
        .filter(|(_, one)| one.control.shown.is_automatable())
        .map(|(place, one)| (one.control.id.clone(), place))
        .collect();
    let place = |edge: &ControlRef| {
        let of_framework = Some(edge).filter(|edge| *edge.framework == *framework.id);
        of_framework.and_then(|edge| places.get(&*edge.id)).copied()
    };
    let mut folded: Vec<(usize, usize, &str)> = Vec::new();
    for (index, (verdict, places)) in verdicts.iter().zip(edges.places(&place)).enumerate() {
        for (place, edge) in places.iter() {
            if let Some(one) = controls.get_mut(*place) {
                one.add(index, verdict, edges.values(index, *edge));
                if let Some(under) = &verdict.folded_under {
                    folded.push((*place, index, &under.fingerprint));
                }
            }
        }
    }
    count_once(&mut controls, verdicts, &folded);
    for one in &mut controls {
        let control = Arc::clone(&one.control);
        one.status = judge(&control, one.tally, rule_coverage);
        if one.status == Status::Satisfied && !rule_coverage.is_complete {
            (one.status, one.held_back) = (Status::Partial, true);
        }
        if control.shown.is_automatable() {
            let wanted = control.wants.fully.iter().chain(&control.wants.partly);
            one.unseen = wanted
                .filter(|objective| !rule_coverage.covers(objective, &control.excludes))
                .map(|objective| Arc::from(objective.as_str()))
                .collect();
        }
    }
    FrameworkAssessment { framework: Arc::clone(framework), controls }
}

/// Takes the failures out of a control's count that another one states too, which fails for the control as well: by the
/// place of the control, that of the verdict and the fingerprint of the other.
fn count_once(controls: &mut [ControlAssessment], verdicts: &[Verdict], folded: &[(usize, usize, &str)]) {
    for (place, index, under) in folded {
        let Some(one) = controls.get_mut(*place) else { continue };
        let fails = |index: usize| matches!(one.outcome(index, verdicts), Some(Outcome::Fail));
        let speaks = |other: usize| verdicts.get(other).is_some_and(|verdict| verdict.fingerprint == *under);
        let counted = one.verdicts.iter().any(|other| speaks(*other) && fails(*other));
        if counted && fails(*index) {
            one.tally.fail -= 1;
        }
    }
}

/// The controls of a framework before any verdict, withdrawn ones left out.
fn unassessed(framework: &Framework) -> Vec<ControlAssessment> {
    let mut controls = Vec::new();
    for group in &framework.groups {
        let group_id: Arc<str> = Arc::from(group.id.as_str());
        for control in group.controls.iter().filter(|control| control.withdrawn.is_none()) {
            controls.push(ControlAssessment {
                control: Arc::new(control.clone()),
                group: Arc::clone(&group_id),
                status: Status::NotAssessed,
                verdicts: Vec::new(),
                tally: Tally::default(),
                unseen: Vec::new(),
                held_back: false,
                values: Vec::new(),
                apart: Vec::new(),
            });
        }
    }
    controls
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
    let is_shown_wholly = control.shown != Shown::Partial
        && !control.wants.fully.is_empty()
        && control.wants.fully.iter().all(|objective| rule_coverage.covers(objective, &control.excludes));
    if is_shown_wholly { Status::Satisfied } else { Status::Partial }
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
