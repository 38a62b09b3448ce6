//! The verdicts of a run as plain data: places instead of spans, texts instead of reasons, in the order of
//! the evidence.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Assessment, ControlRef, Coverage, Provenance, Strength, VerdictEdges};
use compline_iac::edit::{Change, TextEdit};
use compline_iac::{Dialect, Place, Problem, Redaction, Snapshot, Source, SourceId, Span, WhyKind};
use compline_rules::waiver::{Unused, WaiverSource};
use compline_rules::{Outcome, ParameterValue, RuleSet, Safety, Severity, Verdict};

use crate::adjustment::{Adjustment, Breach, PolicyNote};
use crate::excerpt::{self, Excerpt};
use crate::hidden;
use crate::notice::{NotJudged, Notice, ReadGap, ReadProblem, UnusedWaiver};

/// What a report needs of the texts it speaks about.
pub trait SourceTexts {
    /// The text behind a span.
    fn source(&self, id: SourceId) -> Option<&Source>;
    /// A fix as edits of text; empty where it cannot be written.
    fn edits(&self, dialect: Dialect, changes: &[Change]) -> Vec<TextEdit>;
    /// What could not be read.
    fn problems(&self) -> &[Problem];
    /// What of them must not be shown.
    fn redaction(&self) -> &Redaction;
}

impl SourceTexts for Snapshot {
    fn source(&self, id: SourceId) -> Option<&Source> {
        self.document(id).map(|document| &*document.source)
    }

    fn edits(&self, dialect: Dialect, changes: &[Change]) -> Vec<TextEdit> {
        compline_iac::edit::edits(self, dialect, changes).unwrap_or_default()
    }

    fn problems(&self) -> &[Problem] {
        &self.problems
    }

    fn redaction(&self) -> &Redaction {
        self.redaction()
    }
}

/// The verdicts of a run, ready to print.
#[derive(Debug, Clone)]
pub struct Run {
    /// `compline 0.1.0`.
    pub tool: String,
    /// In the order of the evidence: fail, waived, unknown, pass; then rule, address. The one at `n` is
    /// evidence `n + 1`.
    pub judgements: Vec<Judgement>,
    pub coverage: Coverage,
    pub problems: Vec<ReadProblem>,
    /// The gaps of the coverage, with their places.
    pub gaps: Vec<ReadGap>,
    pub unused_waivers: Vec<UnusedWaiver>,
    /// What files of the scanned tree say that changes what is judged; by kind, then by place.
    pub adjustments: Vec<Adjustment>,
    /// The policy that the run was held to, if any.
    pub policy: Option<PolicyNote>,
    /// Whether everything that should have been read and judged was.
    pub complete: bool,
    /// The rules that judged, by id.
    pub rules: BTreeMap<Arc<str>, RuleNote>,
}

/// A verdict as plain data.
#[derive(Debug, Clone)]
pub struct Judgement {
    pub rule: Arc<str>,
    pub severity: Severity,
    pub outcome: OutcomeKind,
    pub address: Arc<str>,
    pub kind: Arc<str>,
    pub root: Arc<str>,
    /// None when the text behind it is gone.
    pub place: Option<FileRange>,
    pub related: Vec<(FileRange, String)>,
    pub path: String,
    pub observed: String,
    pub expected: String,
    pub message: String,
    pub assumption: Option<String>,
    /// Why it is unknown.
    pub why: Option<(WhyKind, Arc<str>)>,
    pub waiver: Option<WaiverNote>,
    pub fix: Option<FixNote>,
    pub controls: Vec<ControlNote>,
    /// The values of the rule's parameters that it was judged by.
    pub parameters: Vec<ParameterNote>,
    pub fingerprint: String,
    /// The failure that states this one too: it is told with that one, and counts with it.
    pub folded_under: Option<FoldNote>,
    /// The failures that it states too.
    pub folds: Vec<FoldNote>,
    pub excerpt: Option<Excerpt>,
}

/// Another failure of the same resource at the same place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldNote {
    pub rule: Arc<str>,
    pub fingerprint: String,
}

/// What a rule found, in the order of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    Fail,
    Waived,
    Unknown,
    Pass,
}

impl OutcomeKind {
    /// `fail`, `waived`, `unknown`, `pass`.
    pub fn word(self) -> &'static str {
        match self {
            OutcomeKind::Fail => "fail",
            OutcomeKind::Waived => "waived",
            OutcomeKind::Unknown => "unknown",
            OutcomeKind::Pass => "pass",
        }
    }
}

impl From<&Outcome> for OutcomeKind {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Pass => OutcomeKind::Pass,
            Outcome::Fail => OutcomeKind::Fail,
            Outcome::Unknown(_) => OutcomeKind::Unknown,
            Outcome::Waived(_) => OutcomeKind::Waived,
        }
    }
}

/// A range of a file: lines and columns from 1, the end one past the last character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRange {
    pub file: Arc<str>,
    pub start: Place,
    pub end: Place,
}

/// Who accepted a failure, why and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverNote {
    pub reason: Option<Arc<str>>,
    pub until: Option<Arc<str>>,
    pub by: Option<Arc<str>>,
    /// `main.tf:12`.
    pub place: Arc<str>,
    /// It stands in the waiver file, not beside the code.
    pub external: bool,
}

/// A change that makes the rule pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixNote {
    pub title: String,
    pub safety: Safety,
    pub edits: Vec<(FileRange, String)>,
    /// The names of what somebody has to choose first; then there are no edits.
    pub choices: Vec<Arc<str>>,
}

/// A control a verdict bears on.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlNote {
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub strength: Strength,
    pub provenance: Provenance,
    /// What the verdict says by the control's own values, where it says something else by those it is shown under.
    pub apart: Option<ApartNote>,
}

/// What a verdict says for one control.
#[derive(Debug, Clone, PartialEq)]
pub struct ApartNote {
    pub outcome: OutcomeKind,
    pub parameters: Vec<ParameterNote>,
}

/// What a rule's parameter is, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParameterNote {
    pub name: String,
    /// "least length of a password".
    pub title: String,
    /// As it is written: `14`.
    pub value: String,
    /// Empty where it has none.
    pub unit: String,
    /// `rule`, `control`, `import`, `configuration`, `policy`, `command-line`.
    pub set_by: &'static str,
    /// `password_minimum_length is 14 characters, the rule's default`.
    pub text: String,
}

impl From<&ParameterValue> for ParameterNote {
    fn from(value: &ParameterValue) -> Self {
        let parameter = &value.parameter.parameter;
        Self {
            name: parameter.name.clone(),
            title: parameter.title.clone(),
            value: value.value.to_string(),
            unit: parameter.unit.clone(),
            set_by: value.set_by.word(),
            text: value.to_string(),
        }
    }
}

impl ControlNote {
    /// The control at a place of a verdict's edges.
    pub(crate) fn of(
        verdicts: &[Verdict],
        edges: &VerdictEdges,
        index: usize,
        place: usize,
        edge: &ControlRef,
    ) -> Self {
        let apart = edges.values(index, place).zip(verdicts.get(index)).and_then(|(values, verdict)| {
            let outcome = verdict.outcome_under(values)?;
            let parameters = values.iter().map(ParameterNote::from).collect();
            let apart = ApartNote { outcome: OutcomeKind::from(outcome), parameters };
            (apart.outcome != OutcomeKind::from(&verdict.outcome)).then_some(apart)
        });
        Self { apart, ..Self::from(edge) }
    }
}

impl From<&ControlRef> for ControlNote {
    fn from(edge: &ControlRef) -> Self {
        Self {
            framework: edge.framework.clone(),
            id: edge.id.clone(),
            strength: edge.strength,
            provenance: edge.provenance.clone(),
            apart: None,
        }
    }
}

/// What a face says about a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleNote {
    pub title: String,
    pub severity: Severity,
    pub prose: String,
    pub objectives: Vec<String>,
    pub aliases: Vec<(String, Vec<String>)>,
}

/// Passes lose their excerpts, never their rows, above this many verdicts.
const EXCERPTS: usize = 5_000;

impl Run {
    /// The verdicts of a run with the controls they bear on: those of `chosen` frameworks, or of all when it is
    /// empty.
    pub fn new(
        assessment: &Assessment,
        texts: &dyn SourceTexts,
        rules: &RuleSet,
        chosen: &[&str],
        tool: &str,
    ) -> Self {
        let Assessment { verdicts, edges, coverage, .. } = assessment;
        let controls = |index: usize| {
            let all = edges.of_verdict(index).iter().enumerate();
            let kept = all.filter(|(_, edge)| chosen.is_empty() || chosen.contains(&&*edge.framework));
            kept.map(|(place, edge)| ControlNote::of(verdicts, edges, index, place, edge)).collect()
        };
        Self::ordered(verdicts, coverage.clone(), texts, rules, tool, &controls).0
    }

    /// The same with the controls of each verdict given by its index; also says which evidence number each
    /// verdict got.
    pub(crate) fn ordered(
        verdicts: &[Verdict],
        coverage: Coverage,
        texts: &dyn SourceTexts,
        rules: &RuleSet,
        tool: &str,
        controls: &dyn Fn(usize) -> Vec<ControlNote>,
    ) -> (Self, Vec<usize>) {
        let mut order: Vec<(usize, &Verdict)> = verdicts.iter().enumerate().collect();
        order.sort_by(|(_, a), (_, b)| key(a).cmp(&key(b)));
        let mut numbers = vec![0; verdicts.len()];
        for (position, (index, _)) in order.iter().enumerate() {
            if let Some(number) = numbers.get_mut(*index) {
                *number = position + 1;
            }
        }
        let excerpts = verdicts.len() <= EXCERPTS;
        let mut judgements: Vec<Judgement> = order
            .iter()
            .map(|(index, verdict)| judgement(verdict, controls(*index), texts, excerpts))
            .collect();
        tell_folds(&mut judgements);
        let problems = texts.problems().iter();
        let problems: Vec<ReadProblem> = problems.map(|problem| ReadProblem::new(problem, texts)).collect();
        let coverage = hidden::coverage(coverage, texts.redaction());
        let gaps = coverage.gaps.iter().map(|gap| ReadGap::new(gap, texts)).collect();
        let complete = coverage.unread.is_empty() && problems.iter().all(|problem| !problem.loss);
        let tool = tool.to_owned();
        let rules = rule_notes(verdicts, rules);
        let (unused_waivers, adjustments) = (Vec::new(), Vec::new());
        let run = Self {
            tool,
            judgements,
            coverage,
            problems,
            gaps,
            unused_waivers,
            adjustments,
            policy: None,
            complete,
            rules,
        };
        (run, numbers)
    }

    /// The same with the waivers that did nothing.
    #[must_use]
    pub fn with_unused_waivers(mut self, unused: &[Unused], texts: &dyn SourceTexts) -> Self {
        self.unused_waivers = unused.iter().map(|one| UnusedWaiver::new(one, texts)).collect();
        self
    }

    /// The same as one that is not complete, since nothing was read in a place.
    #[must_use]
    pub fn with_nothing_read(mut self, place: &str, message: String, help: Option<String>) -> Self {
        self.complete = false;
        // Where files could not be read, they say so themselves.
        if self.problems.iter().all(|problem| !problem.loss) {
            self.problems.push(ReadProblem {
                loss: true,
                file: Arc::from(place),
                place: None,
                message,
                help,
            });
        }
        self
    }

    /// The same with what files of the scanned tree say that changes what is judged.
    #[must_use]
    pub fn with_adjustments(mut self, mut adjustments: Vec<Adjustment>, redaction: &Redaction) -> Self {
        adjustments.iter_mut().for_each(|one| redaction.hide(&mut one.what));
        adjustments
            .sort_by(|a, b| (a.kind, &a.file, a.line, &a.what).cmp(&(b.kind, &b.file, b.line, &b.what)));
        self.adjustments = adjustments;
        self
    }

    /// The same, held to a policy.
    #[must_use]
    pub fn with_policy(self, mut policy: Option<PolicyNote>, redaction: &Redaction) -> Self {
        let breaches = policy.iter_mut().flat_map(|policy| &mut policy.breaches);
        breaches.for_each(|one| redaction.hide(&mut one.what));
        Self { policy, ..self }
    }

    /// What the run says besides its verdicts: problems in the order they were met, gaps, waivers that do nothing.
    pub fn notices(&self) -> Vec<Notice<'_>> {
        let problems = self.problems.iter().map(ReadProblem::notice);
        let gaps = self.gaps.iter().map(ReadGap::notice);
        let breaches = self.policy.iter().flat_map(|policy| &policy.breaches).map(Breach::notice);
        let unused = self.unused_waivers.iter().map(UnusedWaiver::notice);
        let unjudged = NotJudged::all(&self.coverage).into_iter().map(|one| one.notice());
        breaches.chain(problems).chain(gaps).chain(unjudged).chain(unused).collect()
    }

    /// The judgements that stand for themselves: two that state one fault are one.
    pub fn stated(&self) -> impl Iterator<Item = &Judgement> {
        self.judgements.iter().filter(|judgement| judgement.folded_under.is_none())
    }

    /// How many faults (or passes, or unknowns) there are of an outcome.
    pub fn count(&self, outcome: OutcomeKind) -> usize {
        self.stated().filter(|judgement| judgement.outcome == outcome).count()
    }

    /// How many judgements are folded under another.
    pub fn folded(&self) -> usize {
        self.judgements.len() - self.stated().count()
    }

    /// The controls that a judgement bears on, with those of the failures that it states too.
    pub fn controls_with_folds(&self, judgement: &Judgement) -> Vec<ControlNote> {
        let mut controls = judgement.controls.clone();
        let folds = |one: &&Judgement| judgement.folds.iter().any(|fold| fold.fingerprint == one.fingerprint);
        // Most judgements fold nothing: only then are all looked at.
        let folded = self.judgements.iter().filter(|_| !judgement.folds.is_empty()).filter(folds);
        for control in folded.flat_map(|one| &one.controls) {
            if !controls.iter().any(|one| one.framework == control.framework && one.id == control.id) {
                controls.push(control.clone());
            }
        }
        controls
    }

    /// The rule's title, else its id.
    pub fn title<'a>(&'a self, rule: &'a str) -> &'a str {
        self.rules.get(rule).map_or(rule, |note| note.title.as_str())
    }
}

/// Tells each judgement which ones are folded under it, in the order of the evidence.
fn tell_folds(judgements: &mut [Judgement]) {
    let mut folds: BTreeMap<String, Vec<FoldNote>> = BTreeMap::new();
    for judgement in judgements.iter() {
        if let Some(under) = &judgement.folded_under {
            let (rule, fingerprint) = (judgement.rule.clone(), judgement.fingerprint.clone());
            folds.entry(under.fingerprint.clone()).or_default().push(FoldNote { rule, fingerprint });
        }
    }
    for judgement in judgements.iter_mut() {
        judgement.folds = folds.remove(&judgement.fingerprint).unwrap_or_default();
    }
}

fn key(verdict: &Verdict) -> impl Ord {
    (
        OutcomeKind::from(&verdict.outcome),
        verdict.rule.clone(),
        verdict.address.clone(),
        verdict.root.clone(),
        verdict.path.to_string(),
        verdict.locus.as_ref().map(|locus| locus.span),
        verdict.fingerprint.clone(),
    )
}

fn judgement(
    verdict: &Verdict,
    controls: Vec<ControlNote>,
    texts: &dyn SourceTexts,
    excerpts: bool,
) -> Judgement {
    let hide = texts.redaction();
    let outcome = OutcomeKind::from(&verdict.outcome);
    let wanted = excerpts || outcome != OutcomeKind::Pass;
    let (why, waiver) = match &verdict.outcome {
        Outcome::Unknown(why) => (Some((why.kind, hide.shared(&why.text))), None),
        Outcome::Waived(waiver) => {
            let waiver = WaiverNote {
                reason: waiver.reason.as_ref().map(|reason| hide.shared(reason)),
                until: waiver.until.clone(),
                by: waiver.by.as_ref().map(|by| hide.shared(by)),
                place: Arc::from(waiver.source.to_string()),
                external: matches!(waiver.source, WaiverSource::File { .. }),
            };
            (None, Some(waiver))
        }
        Outcome::Pass | Outcome::Fail => (None, None),
    };
    let locus = verdict.locus.as_ref();
    let related = locus.map(|locus| locus.related.as_slice()).unwrap_or_default().iter();
    let excerpt = locus.filter(|_| wanted).and_then(|locus| {
        let source = texts.source(locus.span.source)?;
        Some(excerpt::cut(source, locus.span, locus.resource, verdict.observed.is_hidden(), hide))
    });
    Judgement {
        rule: verdict.rule.clone(),
        severity: verdict.severity,
        outcome,
        address: hide.shared(&verdict.address),
        kind: hide.shared(&verdict.kind),
        root: verdict.root.clone(),
        place: locus.and_then(|locus| range(locus.span, texts)),
        related: related
            .filter_map(|one| Some((range(one.span, texts)?, hide.text(&one.text).into_owned())))
            .collect(),
        path: hide.shared(&verdict.path).to_string(),
        observed: hidden::sentence(hide, verdict.observed.to_string(), &verdict.address),
        expected: verdict.expected.to_string(),
        message: hide.sentence(&verdict.message, &verdict.address).into_owned(),
        assumption: verdict.assumption.as_ref().map(|text| hide.text(text).into_owned()),
        why,
        waiver,
        fix: verdict.fix.as_ref().map(|fix| FixNote {
            title: hide.text(&fix.title).into_owned(),
            safety: fix.safety,
            // What is still to be chosen is no edit that a program could make.
            edits: verdict
                .dialect
                .filter(|_| fix.choices.is_empty())
                .map(|dialect| fix_edits(dialect, &fix.changes, texts))
                .unwrap_or_default(),
            choices: fix.choices.iter().map(|choice| Arc::clone(&choice.name)).collect(),
        }),
        controls,
        parameters: verdict.values.iter().map(ParameterNote::from).collect(),
        fingerprint: verdict.fingerprint.clone(),
        folded_under: verdict
            .folded_under
            .as_ref()
            .map(|under| FoldNote { rule: under.rule.clone(), fingerprint: under.fingerprint.clone() }),
        folds: Vec::new(),
        excerpt,
    }
}

/// All edits of a fix, or none: half a fix is none.
fn fix_edits(dialect: Dialect, changes: &[Change], texts: &dyn SourceTexts) -> Vec<(FileRange, String)> {
    let mut out = Vec::new();
    for edit in texts.edits(dialect, changes) {
        let Some(place) = range(edit.span, texts) else { return Vec::new() };
        // An edit that is not what it would write is none, and what it would write may not be shown.
        if matches!(texts.redaction().text(&edit.text), Cow::Owned(_)) {
            return Vec::new();
        }
        out.push((place, edit.text));
    }
    out
}

pub(crate) fn range(span: Span, texts: &dyn SourceTexts) -> Option<FileRange> {
    let source = texts.source(span.source)?;
    Some(FileRange {
        file: source.path.clone(),
        start: source.place(span.start),
        end: source.place(span.end),
    })
}

fn rule_notes(verdicts: &[Verdict], rules: &RuleSet) -> BTreeMap<Arc<str>, RuleNote> {
    let mut notes = BTreeMap::new();
    for verdict in verdicts {
        if notes.contains_key(&verdict.rule) {
            continue;
        }
        let Some(info) = rules.info(&verdict.rule) else { continue };
        let aliases = info.aliases.iter().map(|(scanner, ids)| (scanner.clone(), ids.clone())).collect();
        let note = RuleNote {
            title: info.title.clone(),
            severity: info.severity,
            prose: info.prose.clone(),
            objectives: info.objectives.clone(),
            aliases,
        };
        notes.insert(verdict.rule.clone(), note);
    }
    notes
}

/// As the JSON spells a reason: `variable`.
pub(crate) fn reason_word(kind: WhyKind) -> &'static str {
    match kind {
        WhyKind::Variable => "variable",
        WhyKind::Computed => "computed",
        WhyKind::Data => "data",
        WhyKind::Module => "module",
        WhyKind::Function => "function",
        WhyKind::Error | WhyKind::Undeclared => "error",
        WhyKind::Limit => "limit",
        WhyKind::Outside => "outside",
    }
}
