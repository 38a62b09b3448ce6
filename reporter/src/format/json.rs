//! The contract other programs use: versioned JSON with published schemas (`reporter/schema/`).

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Counts, Coverage, Provenance, Strength};
use compline_iac::{Place, PlanInfo, Problem};
use serde::Serialize;

use crate::facts::Facts;
use crate::inventory::{ResourcePart, Spot};
use crate::report::{ControlPart, FrameworkPart, Report};
use crate::run::{ControlNote, FixNote, Judgement, Run, Stretch, Trouble, reason_word};
use crate::words::{self, status_key, view_key};

/// The identifiers of the schemas.
pub const CHECK_SCHEMA: &str = "https://compline.dev/schema/check/1";
pub const REPORT_SCHEMA: &str = "https://compline.dev/schema/report/1";
pub const INVENTORY_SCHEMA: &str = "https://compline.dev/schema/inventory/1";

/// The whole report.
///
/// # Errors
/// When a value cannot be written as JSON, which no report holds.
pub fn render(report: &Report) -> Result<String, String> {
    let cited = |file: &str| report.digest(file).map(str::to_owned);
    let document = ReportDocument {
        schema: REPORT_SCHEMA,
        version: 1,
        facts: facts(&report.facts),
        run: body(&report.run, true, &cited),
        frameworks: report.frameworks.iter().map(framework).collect(),
        inventory: report.inventory.iter().map(resource).collect(),
    };
    written(&document)
}

/// The verdicts of a check.
///
/// # Errors
/// When a value cannot be written as JSON, which no run holds.
pub fn check(run: &Run) -> Result<String, String> {
    written(&CheckDocument { schema: CHECK_SCHEMA, version: 1, run: body(run, false, &|_| None) })
}

/// What was read, by itself.
///
/// # Errors
/// When a value cannot be written as JSON, which no inventory holds.
pub fn inventory(
    resources: &[ResourcePart],
    gaps: &[(Arc<str>, Arc<str>)],
    problems: &[Problem],
) -> Result<String, String> {
    written(&InventoryDocument {
        schema: INVENTORY_SCHEMA,
        version: 1,
        resources: resources.iter().map(resource).collect(),
        gaps: gaps.iter().map(|(what, why)| GapBody { what, why }).collect(),
        problems: problems.iter().map(notice).collect(),
    })
}

fn notice(problem: &Problem) -> NoticeBody<'_> {
    NoticeBody { file: &problem.path, message: &problem.message, help: problem.help.as_deref() }
}

fn resource(resource: &ResourcePart) -> ResourceBody<'_> {
    ResourceBody {
        address: &resource.address,
        kind: &resource.kind,
        root: &resource.root,
        mode: if resource.is_data { "data" } else { "managed" },
        attributes: &resource.attributes,
        unknown: resource.unknown.iter().map(|(path, why)| MissingBody { path, why }).collect(),
        origin: resource.place.as_ref().map(spot),
        origins: resource.places.iter().map(|(path, place)| (path.as_str(), spot(place))).collect(),
        may_not_exist: resource.maybe.as_deref(),
    }
}

fn spot(spot: &Spot) -> SpotBody<'_> {
    SpotBody { file: &spot.file, line: spot.line, column: spot.column }
}

fn written(document: &impl Serialize) -> Result<String, String> {
    let mut text = serde_json::to_string_pretty(document)
        .map_err(|error| format!("the JSON cannot be written: {error}"))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct CheckDocument<'a> {
    schema: &'static str,
    version: u32,
    #[serde(flatten)]
    run: RunBody<'a>,
}

#[derive(Serialize)]
struct ReportDocument<'a> {
    schema: &'static str,
    version: u32,
    facts: FactsBody<'a>,
    #[serde(flatten)]
    run: RunBody<'a>,
    frameworks: Vec<FrameworkBody<'a>>,
    inventory: Vec<ResourceBody<'a>>,
}

#[derive(Serialize)]
struct InventoryDocument<'a> {
    schema: &'static str,
    version: u32,
    resources: Vec<ResourceBody<'a>>,
    gaps: Vec<GapBody<'a>>,
    problems: Vec<NoticeBody<'a>>,
}

#[derive(Serialize)]
struct NoticeBody<'a> {
    file: &'a str,
    message: &'a str,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct ResourceBody<'a> {
    address: &'a str,
    kind: &'a str,
    root: &'a str,
    mode: &'static str,
    attributes: &'a serde_json::Value,
    unknown: Vec<MissingBody<'a>>,
    origin: Option<SpotBody<'a>>,
    origins: BTreeMap<&'a str, SpotBody<'a>>,
    may_not_exist: Option<&'a str>,
}

#[derive(Serialize)]
struct MissingBody<'a> {
    path: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct SpotBody<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

#[derive(Serialize)]
struct RunBody<'a> {
    tool: &'a str,
    complete: bool,
    verdicts: Vec<VerdictBody<'a>>,
    coverage: CoverageBody<'a>,
    problems: Vec<ProblemBody<'a>>,
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
    fix: Option<FixBody<'a>>,
    fingerprint: &'a str,
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
    kinds_without_rules: BTreeMap<&'a str, usize>,
    unknown: Vec<UnknownBody<'a>>,
    gaps: Vec<GapBody<'a>>,
    unread: Vec<UnreadBody<'a>>,
    plans: Vec<PlanBody<'a>>,
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
struct GapBody<'a> {
    what: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct UnreadBody<'a> {
    file: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct ProblemBody<'a> {
    gravity: &'static str,
    file: &'a str,
    locus: Option<LocusBody<'a>>,
    message: &'a str,
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct FactsBody<'a> {
    system: &'a str,
    time: &'a str,
    time_source: &'a str,
    rules_hash: &'a str,
    frameworks_hash: &'a str,
    config_hash: Option<&'a str>,
    command: &'a str,
    scope: &'a [String],
    commit: Option<CommitBody<'a>>,
    operator: Option<&'a str>,
    sources: Vec<SourceBody<'a>>,
    left_out: Vec<UnreadBody<'a>>,
    ledger_head: Option<LedgerBody<'a>>,
    signed: bool,
}

#[derive(Serialize)]
struct CommitBody<'a> {
    id: &'a str,
    clean: bool,
}

#[derive(Serialize)]
struct SourceBody<'a> {
    file: &'a str,
    sha256: &'a str,
    bytes: usize,
}

#[derive(Serialize)]
struct LedgerBody<'a> {
    index: u64,
    hash: &'a str,
}

#[derive(Serialize)]
struct FrameworkBody<'a> {
    id: &'a str,
    title: &'a str,
    version: &'a str,
    publisher: &'a str,
    source: &'a str,
    counts: CountsBody,
    controls: Vec<ControlPartBody<'a>>,
}

#[derive(Serialize)]
struct CountsBody {
    all: usize,
    automatable: usize,
    looked_at: usize,
    satisfied: usize,
    partial: usize,
    not_satisfied: usize,
    waived: usize,
    unknown: usize,
    not_assessed: usize,
    manual: usize,
    inherited: usize,
}

#[derive(Serialize)]
struct ControlPartBody<'a> {
    id: &'a str,
    title: &'a str,
    family: &'a str,
    shown: &'static str,
    status: &'static str,
    view: &'static str,
    finding: &'a str,
    verdicts: TallyBody,
    evidence: Vec<String>,
    unseen: Vec<&'a str>,
}

#[derive(Serialize)]
struct TallyBody {
    pass: usize,
    fail: usize,
    unknown: usize,
    waived: usize,
}

fn body<'a>(run: &'a Run, numbered: bool, digest: &dyn Fn(&str) -> Option<String>) -> RunBody<'a> {
    let verdict = |(index, judgement): (usize, &'a Judgement)| {
        let sha256 = judgement.place.as_ref().and_then(|place| digest(&place.file));
        verdict(judgement, numbered.then(|| words::evidence(index + 1)), sha256)
    };
    RunBody {
        tool: &run.tool,
        complete: run.complete,
        verdicts: run.judgements.iter().enumerate().map(verdict).collect(),
        coverage: coverage(&run.coverage),
        problems: run.problems.iter().map(problem).collect(),
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
        fix: judgement.fix.as_ref().map(fix),
        fingerprint: &judgement.fingerprint,
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

fn locus(stretch: &Stretch) -> LocusBody<'_> {
    let place = |place: Place| PlaceBody { line: place.line, column: place.column };
    LocusBody { file: &stretch.file, start: place(stretch.start), end: place(stretch.end) }
}

fn fix(fix: &FixNote) -> FixBody<'_> {
    let edits = fix.edits.iter().map(|(place, text)| EditBody { locus: locus(place), text }).collect();
    FixBody { title: &fix.title, safety: fix.safety.to_string(), edits }
}

fn control_note(control: &ControlNote) -> ControlBody<'_> {
    let (provenance, basis) = provenance(&control.provenance);
    ControlBody {
        framework: &control.framework,
        id: &control.id,
        strength: strength(control.strength),
        provenance,
        basis,
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

fn coverage(coverage: &Coverage) -> CoverageBody<'_> {
    let unknown = coverage.unknown_reasons.iter();
    CoverageBody {
        files: coverage.files,
        resources: coverage.resources,
        judged: coverage.judged,
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
        gaps: coverage.gaps.iter().map(|(what, why)| GapBody { what, why }).collect(),
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

fn problem(problem: &Trouble) -> ProblemBody<'_> {
    ProblemBody {
        gravity: if problem.loss { "loss" } else { "note" },
        file: &problem.file,
        locus: problem.place.as_ref().map(locus),
        message: &problem.message,
        help: problem.help.as_deref(),
    }
}

fn facts(facts: &Facts) -> FactsBody<'_> {
    let sources = facts.sources.iter();
    FactsBody {
        system: &facts.system,
        time: &facts.time,
        time_source: &facts.time_source,
        rules_hash: &facts.rules_hash,
        frameworks_hash: &facts.frameworks_hash,
        config_hash: Some(facts.config_hash.as_str()).filter(|hash| !hash.is_empty()),
        command: &facts.command,
        scope: &facts.scope,
        commit: facts.commit.as_ref().map(|(id, clean)| CommitBody { id, clean: *clean }),
        operator: facts.operator.as_deref(),
        sources: sources
            .map(|source| SourceBody { file: &source.path, sha256: &source.sha256, bytes: source.bytes })
            .collect(),
        left_out: facts.left_out.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
        ledger_head: facts.ledger_head.as_ref().map(|(index, hash)| LedgerBody { index: *index, hash }),
        signed: false,
    }
}

fn framework(framework: &FrameworkPart) -> FrameworkBody<'_> {
    FrameworkBody {
        id: &framework.id,
        title: &framework.title,
        version: &framework.version,
        publisher: &framework.publisher,
        source: &framework.source,
        counts: counts(&framework.counts),
        controls: framework.controls.iter().map(control).collect(),
    }
}

fn counts(counts: &Counts) -> CountsBody {
    let Counts { satisfied, partial, not_satisfied, waived, unknown, not_assessed, .. } = *counts;
    let Counts { manual, inherited, automatable, looked_at, all, .. } = *counts;
    CountsBody {
        all,
        automatable,
        looked_at,
        satisfied,
        partial,
        not_satisfied,
        waived,
        unknown,
        not_assessed,
        manual,
        inherited,
    }
}

fn control(control: &ControlPart) -> ControlPartBody<'_> {
    let tally = control.tally;
    ControlPartBody {
        id: &control.id,
        title: &control.title,
        family: &control.family,
        shown: control.shown.word(),
        status: status_key(control.status),
        view: view_key(control.view),
        finding: &control.finding,
        verdicts: TallyBody {
            pass: tally.pass,
            fail: tally.fail,
            unknown: tally.unknown,
            waived: tally.waived,
        },
        evidence: control.evidence.iter().map(|number| words::evidence(*number)).collect(),
        unseen: control.unseen.iter().map(|id| &**id).collect(),
    }
}
