//! The verdicts of a run and its coverage: what a check and a report have in common.

use std::collections::BTreeMap;

use compline_frameworks::{Coverage, KindCoverage, Provenance, Strength};
use compline_iac::{Place, PlanInfo};
use serde::Serialize;

use crate::adjustment::{Adjustment, PolicyNote};
use crate::notice::{ReadProblem, UnusedWaiver};
use crate::run::{ControlNote, FileRange, FixNote, FoldNote, Judgement, ParameterNote, Run, reason_word};
use crate::words;

#[derive(Serialize)]
pub(super) struct RunBody<'a> {
    tool: &'a str,
    complete: bool,
    verdicts: Vec<VerdictBody<'a>>,
    coverage: CoverageBody<'a>,
    problems: Vec<ProblemBody<'a>>,
    unused_waivers: Vec<UnusedWaiverBody<'a>>,
    adjustments: Vec<AdjustmentBody<'a>>,
    policy: Option<PolicyBody<'a>>,
}

/// The policy that a run was held to, and what breaks it.
#[derive(Serialize)]
pub(crate) struct PolicyBody<'a> {
    file: &'a str,
    sha256: &'a str,
    breaches: Vec<BreachBody<'a>>,
}

#[derive(Serialize)]
struct BreachBody<'a> {
    what: &'a str,
    file: &'a str,
    line: Option<u32>,
}

impl<'a> From<&'a PolicyNote> for PolicyBody<'a> {
    fn from(policy: &'a PolicyNote) -> Self {
        let breaches = policy.breaches.iter();
        let breaches = breaches.map(|one| BreachBody { what: &one.what, file: &one.file, line: one.line });
        Self { file: &policy.file, sha256: &policy.sha256, breaches: breaches.collect() }
    }
}

/// What a file of the scanned tree says that changes what is judged.
#[derive(Serialize)]
pub(crate) struct AdjustmentBody<'a> {
    kind: &'static str,
    what: &'a str,
    file: &'a str,
    line: Option<u32>,
    sha256: Option<&'a str>,
}

impl<'a> From<&'a Adjustment> for AdjustmentBody<'a> {
    fn from(one: &'a Adjustment) -> Self {
        let sha256 = Some(one.sha256.as_str()).filter(|hash| !hash.is_empty());
        Self { kind: one.kind.word(), what: &one.what, file: &one.file, line: one.line, sha256 }
    }
}

#[derive(Serialize)]
struct VerdictBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    rule: &'a str,
    outcome: &'static str,
    address: &'a str,
    kind: &'a str,
    severity: String,
    locus: Option<LocusBody<'a>>,
    observed: &'a str,
    expected: &'a str,
    message: &'a str,
    path: &'a str,
    controls: Vec<ControlBody<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterBody<'a>>,
    fix: Option<FixBody<'a>>,
    fingerprint: &'a str,
    /// The failure that states this one too.
    #[serde(skip_serializing_if = "Option::is_none")]
    folded_under: Option<FoldBody<'a>>,
    /// The failures that it states too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    folds: Vec<FoldBody<'a>>,
    root: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    assumption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<WhyBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiver: Option<WaiverBody<'a>>,
    related: Vec<RelatedBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// Another verdict on the same fault.
#[derive(Serialize)]
pub(crate) struct FoldBody<'a> {
    rule: &'a str,
    fingerprint: &'a str,
}

impl<'a> From<&'a FoldNote> for FoldBody<'a> {
    fn from(fold: &'a FoldNote) -> Self {
        Self { rule: &fold.rule, fingerprint: &fold.fingerprint }
    }
}

#[derive(Serialize)]
struct LocusBody<'a> {
    file: &'a str,
    start: PlaceBody,
    end: PlaceBody,
}

#[derive(Serialize)]
struct PlaceBody {
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct RelatedBody<'a> {
    #[serde(flatten)]
    locus: LocusBody<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct ControlBody<'a> {
    framework: &'a str,
    id: &'a str,
    strength: &'static str,
    provenance: &'static str,
    /// What the provenance rests on, where the framework itself does not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// What the verdict says by the control's own values, where it says something else by those it is shown under.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterBody<'a>>,
}

/// What a rule's parameter is, and who says so.
#[derive(Serialize)]
pub(super) struct ParameterBody<'a> {
    name: &'a str,
    title: &'a str,
    value: &'a str,
    unit: &'a str,
    set_by: &'static str,
    text: &'a str,
}

impl<'a> From<&'a ParameterNote> for ParameterBody<'a> {
    fn from(one: &'a ParameterNote) -> Self {
        let ParameterNote { name, title, value, unit, set_by, text } = one;
        Self { name, title, value, unit, set_by, text }
    }
}

#[derive(Serialize)]
struct FixBody<'a> {
    title: &'a str,
    safety: String,
    edits: Vec<EditBody<'a>>,
}

#[derive(Serialize)]
struct EditBody<'a> {
    #[serde(flatten)]
    locus: LocusBody<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct WhyBody<'a> {
    reason: &'static str,
    text: &'a str,
}

#[derive(Serialize)]
struct WaiverBody<'a> {
    reason: Option<&'a str>,
    until: Option<&'a str>,
    by: Option<&'a str>,
    place: &'a str,
}

#[derive(Serialize)]
struct CoverageBody<'a> {
    files: usize,
    resources: usize,
    judged: usize,
    unjudged: Vec<UnjudgedBody<'a>>,
    kinds: BTreeMap<&'a str, KindBody>,
    rules: BTreeMap<&'a str, usize>,
    kinds_without_rules: BTreeMap<&'a str, usize>,
    unknown: Vec<UnknownBody<'a>>,
    gaps: Vec<PlacedGapBody<'a>>,
    unread: Vec<UnreadBody<'a>>,
    plans: Vec<PlanBody<'a>>,
}

/// A resource that got no verdict.
#[derive(Serialize)]
pub(super) struct UnjudgedBody<'a> {
    address: &'a str,
    kind: &'a str,
    root: &'a str,
    why: &'static str,
}

/// How much of a kind is looked at.
#[derive(Serialize)]
pub(super) struct KindBody {
    declared: usize,
    judged: usize,
    rules: usize,
    settings: Option<SettingsBody>,
}

#[derive(Serialize)]
struct SettingsBody {
    known: usize,
    looked_at: usize,
}

pub(super) fn unjudged(coverage: &Coverage) -> Vec<UnjudgedBody<'_>> {
    coverage
        .unjudged
        .iter()
        .map(|one| UnjudgedBody {
            address: &one.address,
            kind: &one.kind,
            root: &one.root,
            why: one.why.text(),
        })
        .collect()
}

pub(super) fn kinds(coverage: &Coverage) -> BTreeMap<&str, KindBody> {
    let body = |of: &KindCoverage| KindBody {
        declared: of.declared,
        judged: of.judged,
        rules: of.rules,
        settings: of
            .settings
            .map(|settings| SettingsBody { known: settings.known, looked_at: settings.looked_at }),
    };
    coverage.kinds.iter().map(|(kind, of)| (&**kind, body(of))).collect()
}

/// A plan that values were taken from, and how it does not fit the code beside it.
#[derive(Serialize)]
struct PlanBody<'a> {
    file: &'a str,
    root: &'a str,
    made: Option<&'a str>,
    terraform: Option<&'a str>,
    sha256: &'a str,
    not_in_code: Vec<&'a str>,
    not_in_plan: Vec<&'a str>,
}

#[derive(Serialize)]
struct UnknownBody<'a> {
    reason: &'static str,
    text: &'a str,
    verdicts: usize,
}

#[derive(Serialize)]
pub(super) struct GapBody<'a> {
    pub what: &'a str,
    pub why: &'a str,
}

/// A gap where the code asks for it.
#[derive(Serialize)]
struct PlacedGapBody<'a> {
    what: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    locus: Option<LocusBody<'a>>,
}

#[derive(Serialize)]
pub(super) struct UnreadBody<'a> {
    pub file: &'a str,
    pub why: &'a str,
}

/// A waiver that waived nothing, and why.
#[derive(Serialize)]
struct UnusedWaiverBody<'a> {
    rule: &'a str,
    #[serde(flatten)]
    waiver: WaiverBody<'a>,
    locus: Option<LocusBody<'a>>,
    why: &'a str,
}

#[derive(Serialize)]
pub(super) struct ProblemBody<'a> {
    gravity: &'static str,
    file: &'a str,
    locus: Option<LocusBody<'a>>,
    message: &'a str,
    help: Option<&'a str>,
}

/// The body of a run; `numbered` gives each verdict its evidence number, `digest` the SHA-256 of its file.
pub(super) fn body<'a>(run: &'a Run, numbered: bool, digest: &dyn Fn(&str) -> Option<String>) -> RunBody<'a> {
    let verdict = |(index, judgement): (usize, &'a Judgement)| {
        let sha256 = judgement.place.as_ref().and_then(|place| digest(&place.file));
        verdict(judgement, numbered.then(|| words::evidence(index + 1)), sha256)
    };
    RunBody {
        tool: &run.tool,
        complete: run.complete,
        verdicts: run.judgements.iter().enumerate().map(verdict).collect(),
        coverage: coverage(run),
        problems: run.problems.iter().map(problem).collect(),
        unused_waivers: run.unused_waivers.iter().map(unused_waiver).collect(),
        adjustments: run.adjustments.iter().map(AdjustmentBody::from).collect(),
        policy: run.policy.as_ref().map(PolicyBody::from),
    }
}

fn verdict(judgement: &Judgement, evidence: Option<String>, sha256: Option<String>) -> VerdictBody<'_> {
    VerdictBody {
        evidence,
        rule: &judgement.rule,
        outcome: judgement.outcome.word(),
        address: &judgement.address,
        kind: &judgement.kind,
        severity: judgement.severity.to_string(),
        locus: judgement.place.as_ref().map(locus),
        observed: &judgement.observed,
        expected: &judgement.expected,
        message: &judgement.message,
        path: &judgement.path,
        controls: judgement.controls.iter().map(control_note).collect(),
        parameters: judgement.parameters.iter().map(ParameterBody::from).collect(),
        fix: judgement.fix.as_ref().map(fix),
        fingerprint: &judgement.fingerprint,
        folded_under: judgement.folded_under.as_ref().map(FoldBody::from),
        folds: judgement.folds.iter().map(FoldBody::from).collect(),
        root: &judgement.root,
        assumption: judgement.assumption.as_deref(),
        why: judgement.why.as_ref().map(|(kind, text)| WhyBody { reason: reason_word(*kind), text }),
        waiver: judgement.waiver.as_ref().map(|waiver| WaiverBody {
            reason: waiver.reason.as_deref(),
            until: waiver.until.as_deref(),
            by: waiver.by.as_deref(),
            place: &waiver.place,
        }),
        related: judgement
            .related
            .iter()
            .map(|(place, text)| RelatedBody { locus: locus(place), text })
            .collect(),
        sha256,
    }
}

fn locus(range: &FileRange) -> LocusBody<'_> {
    let place = |place: Place| PlaceBody { line: place.line, column: place.column };
    LocusBody { file: &range.file, start: place(range.start), end: place(range.end) }
}

fn fix(fix: &FixNote) -> FixBody<'_> {
    let edits = fix.edits.iter().map(|(place, text)| EditBody { locus: locus(place), text }).collect();
    FixBody { title: &fix.title, safety: fix.safety.to_string(), edits }
}

fn control_note(control: &ControlNote) -> ControlBody<'_> {
    let (provenance, basis) = provenance(&control.provenance);
    let apart = control.apart.iter().flat_map(|apart| &apart.parameters);
    ControlBody {
        framework: &control.framework,
        id: &control.id,
        strength: strength(control.strength),
        provenance,
        basis,
        outcome: control.apart.as_ref().map(|apart| apart.outcome.word()),
        parameters: apart.map(ParameterBody::from).collect(),
    }
}

pub(crate) fn strength(strength: Strength) -> &'static str {
    match strength {
        Strength::Fully => "fully",
        Strength::Partly => "partly",
    }
}

/// The word for a provenance, and what it rests on.
pub(crate) fn provenance(provenance: &Provenance) -> (&'static str, Option<String>) {
    match provenance {
        Provenance::Curated(_) => ("curated", None),
        Provenance::Crosswalk { source, relation } => ("crosswalk", Some(format!("{relation} in {source}"))),
        Provenance::Confirmed { by, date } => ("confirmed", Some(format!("{by}, {date}"))),
        Provenance::Inferred { score, why } => ("inferred", Some(format!("{score:.2}: {why}"))),
    }
}

fn coverage(run: &Run) -> CoverageBody<'_> {
    let coverage = &run.coverage;
    let unknown = coverage.unknown_reasons.iter();
    CoverageBody {
        files: coverage.files,
        resources: coverage.resources,
        judged: coverage.judged,
        unjudged: unjudged(coverage),
        kinds: kinds(coverage),
        rules: coverage.rules.iter().map(|(provider, rules)| (&**provider, *rules)).collect(),
        kinds_without_rules: coverage
            .kinds_without_rules
            .iter()
            .map(|(kind, count)| (&**kind, *count))
            .collect(),
        unknown: unknown
            .map(|((kind, text), verdicts)| UnknownBody {
                reason: reason_word(*kind),
                text,
                verdicts: *verdicts,
            })
            .collect(),
        gaps: run
            .gaps
            .iter()
            .map(|gap| PlacedGapBody { what: &gap.what, why: &gap.why, locus: gap.place.as_ref().map(locus) })
            .collect(),
        unread: coverage.unread.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
        plans: coverage.plans.iter().map(|(root, info)| plan(root, info)).collect(),
    }
}

fn plan<'a>(root: &'a str, info: &'a PlanInfo) -> PlanBody<'a> {
    PlanBody {
        file: &info.path,
        root,
        made: info.timestamp.as_deref(),
        terraform: info.terraform_version.as_deref(),
        sha256: &info.sha256,
        not_in_code: info.not_in_code.iter().map(|address| &**address).collect(),
        not_in_plan: info.not_in_plan.iter().map(|address| &**address).collect(),
    }
}

fn unused_waiver(unused: &UnusedWaiver) -> UnusedWaiverBody<'_> {
    UnusedWaiverBody {
        rule: &unused.rule,
        waiver: WaiverBody {
            reason: unused.reason.as_deref(),
            until: unused.until.as_deref(),
            by: unused.by.as_deref(),
            place: &unused.written_at,
        },
        locus: unused.place.as_ref().map(locus),
        why: &unused.why,
    }
}

pub(super) fn problem(problem: &ReadProblem) -> ProblemBody<'_> {
    ProblemBody {
        gravity: if problem.loss { "loss" } else { "note" },
        file: &problem.file,
        locus: problem.place.as_ref().map(locus),
        message: &problem.message,
        help: problem.help.as_deref(),
    }
}
