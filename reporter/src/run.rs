//! The verdicts of a run as plain data: places instead of spans, texts instead of reasons, in the order of
//! the evidence.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Assessment, ControlRef, Coverage, Provenance, Strength};
use compline_iac::edit::{Change, TextEdit};
use compline_iac::{Dialect, Gravity, Place, Problem, Snapshot, Source, SourceId, Span, WhyKind};
use compline_rules::{Outcome, RuleSet, Safety, Severity, Verdict};

use crate::excerpt::{self, Excerpt};

/// What a report needs of the texts it speaks about.
pub trait Texts {
    /// The text behind a span.
    fn source(&self, id: SourceId) -> Option<&Source>;
    /// A fix as edits of text; empty where it cannot be written.
    fn edits(&self, dialect: Dialect, change: &Change) -> Vec<TextEdit>;
    /// What could not be read.
    fn problems(&self) -> &[Problem];
}

impl Texts for Snapshot {
    fn source(&self, id: SourceId) -> Option<&Source> {
        self.document(id).map(|document| &*document.source)
    }

    fn edits(&self, dialect: Dialect, change: &Change) -> Vec<TextEdit> {
        compline_iac::edit::edits(self, dialect, change).unwrap_or_default()
    }

    fn problems(&self) -> &[Problem] {
        &self.problems
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
    pub problems: Vec<Trouble>,
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
    pub outcome: Answer,
    pub address: Arc<str>,
    pub kind: Arc<str>,
    pub root: Arc<str>,
    /// None when the text behind it is gone.
    pub place: Option<Stretch>,
    pub related: Vec<(Stretch, String)>,
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
    pub fingerprint: String,
    pub excerpt: Option<Excerpt>,
}

/// What a rule found, in the order of the evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    Fail,
    Waived,
    Unknown,
    Pass,
}

impl Answer {
    /// `fail`, `waived`, `unknown`, `pass`.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Fail => "fail",
            Answer::Waived => "waived",
            Answer::Unknown => "unknown",
            Answer::Pass => "pass",
        }
    }
}

impl From<&Outcome> for Answer {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Pass => Answer::Pass,
            Outcome::Fail => Answer::Fail,
            Outcome::Unknown(_) => Answer::Unknown,
            Outcome::Waived(_) => Answer::Waived,
        }
    }
}

/// A range of a file: lines and columns from 1, the end one past the last character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
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
}

/// A change that makes the rule pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixNote {
    pub title: String,
    pub safety: Safety,
    pub edits: Vec<(Stretch, String)>,
}

/// A control a verdict bears on.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlNote {
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub strength: Strength,
    pub provenance: Provenance,
}

impl From<&ControlRef> for ControlNote {
    fn from(edge: &ControlRef) -> Self {
        Self {
            framework: edge.framework.clone(),
            id: edge.id.clone(),
            strength: edge.strength,
            provenance: edge.provenance.clone(),
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

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub loss: bool,
    pub file: Arc<str>,
    pub place: Option<Stretch>,
    pub message: String,
    pub help: Option<String>,
}

/// Passes lose their excerpts, never their rows, above this many verdicts.
const EXCERPTS: usize = 5_000;

impl Run {
    /// The verdicts of a run with the controls they bear on: those of `chosen` frameworks, or of all when it is
    /// empty.
    pub fn new(
        assessment: &Assessment,
        texts: &dyn Texts,
        rules: &RuleSet,
        chosen: &[&str],
        tool: &str,
    ) -> Self {
        let Assessment { verdicts, edges, coverage, .. } = assessment;
        let controls = |index: usize| {
            let edges = edges.of_verdict(index).iter();
            let kept = edges.filter(|edge| chosen.is_empty() || chosen.contains(&&*edge.framework));
            kept.map(ControlNote::from).collect()
        };
        Self::ordered(verdicts, coverage.clone(), texts, rules, tool, &controls).0
    }

    /// The same with the controls of each verdict given by its index; also says which evidence number each
    /// verdict got.
    pub(crate) fn ordered(
        verdicts: &[Verdict],
        coverage: Coverage,
        texts: &dyn Texts,
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
        let judgements = order
            .iter()
            .map(|(index, verdict)| judgement(verdict, controls(*index), texts, excerpts))
            .collect();
        let problems: Vec<Trouble> = texts.problems().iter().map(|problem| trouble(problem, texts)).collect();
        let complete = coverage.unread.is_empty() && problems.iter().all(|problem| !problem.loss);
        let tool = tool.to_owned();
        let rules = rule_notes(verdicts, rules);
        (Self { tool, judgements, coverage, problems, complete, rules }, numbers)
    }

    /// The rule's title, else its id.
    pub fn title<'a>(&'a self, rule: &'a str) -> &'a str {
        self.rules.get(rule).map_or(rule, |note| note.title.as_str())
    }
}

fn key(verdict: &Verdict) -> impl Ord {
    (
        Answer::from(&verdict.outcome),
        verdict.rule.clone(),
        verdict.address.clone(),
        verdict.root.clone(),
        verdict.path.to_string(),
        verdict.locus.span,
        verdict.fingerprint.clone(),
    )
}

fn judgement(verdict: &Verdict, controls: Vec<ControlNote>, texts: &dyn Texts, excerpts: bool) -> Judgement {
    let outcome = Answer::from(&verdict.outcome);
    let hidden = verdict.observed.contains("(hidden");
    let source = texts.source(verdict.locus.span.source);
    let wanted = excerpts || outcome != Answer::Pass;
    let (why, waiver) = match &verdict.outcome {
        Outcome::Unknown(why) => (Some((why.kind, why.text.clone())), None),
        Outcome::Waived(waiver) => {
            let waiver = WaiverNote {
                reason: waiver.reason.clone(),
                until: waiver.until.clone(),
                by: waiver.by.clone(),
                place: waiver.place.clone(),
            };
            (None, Some(waiver))
        }
        Outcome::Pass | Outcome::Fail => (None, None),
    };
    let related = verdict.locus.related.iter();
    let excerpt = source.filter(|_| wanted);
    Judgement {
        rule: verdict.rule.clone(),
        severity: verdict.severity,
        outcome,
        address: verdict.address.clone(),
        kind: verdict.kind.clone(),
        root: verdict.root.clone(),
        place: stretch(verdict.locus.span, texts),
        related: related.filter_map(|one| Some((stretch(one.span, texts)?, one.text.clone()))).collect(),
        path: verdict.path.to_string(),
        observed: verdict.observed.clone(),
        expected: verdict.expected.to_string(),
        message: verdict.message.clone(),
        assumption: verdict.assumption.clone(),
        why,
        waiver,
        fix: verdict.fix.as_ref().map(|fix| FixNote {
            title: fix.title.clone(),
            safety: fix.safety,
            edits: fix_edits(verdict.dialect, &fix.changes, texts),
        }),
        controls,
        fingerprint: verdict.fingerprint.clone(),
        excerpt: excerpt
            .map(|source| excerpt::cut(source, verdict.locus.span, verdict.locus.resource, hidden)),
    }
}

/// All edits of a fix, or none: half a fix is none.
fn fix_edits(dialect: Dialect, changes: &[Change], texts: &dyn Texts) -> Vec<(Stretch, String)> {
    let mut out = Vec::new();
    for change in changes {
        let edits = texts.edits(dialect, change);
        if edits.is_empty() {
            return Vec::new();
        }
        for edit in edits {
            let Some(place) = stretch(edit.span, texts) else { return Vec::new() };
            out.push((place, edit.text));
        }
    }
    out
}

fn stretch(span: Span, texts: &dyn Texts) -> Option<Stretch> {
    let source = texts.source(span.source)?;
    Some(Stretch { file: source.path.clone(), start: source.place(span.start), end: source.place(span.end) })
}

fn trouble(problem: &Problem, texts: &dyn Texts) -> Trouble {
    Trouble {
        loss: problem.gravity == Gravity::Loss,
        file: problem.path.clone(),
        place: problem.span.and_then(|span| stretch(span, texts)),
        message: problem.message.clone(),
        help: problem.help.clone(),
    }
}

fn rule_notes(verdicts: &[Verdict], rules: &RuleSet) -> BTreeMap<Arc<str>, RuleNote> {
    let mut notes = BTreeMap::new();
    for verdict in verdicts {
        if notes.contains_key(&verdict.rule) {
            continue;
        }
        let Some(page) = rules.find(&verdict.rule) else { continue };
        let aliases = page.aliases.iter().map(|(scanner, ids)| (scanner.clone(), ids.clone())).collect();
        let note = RuleNote {
            title: page.title.clone(),
            severity: page.severity,
            prose: page.prose.clone(),
            objectives: page.objectives.clone(),
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
        WhyKind::Error => "error",
        WhyKind::Limit => "limit",
        WhyKind::Outside => "outside",
    }
}
