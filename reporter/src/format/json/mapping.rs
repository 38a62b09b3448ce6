//! Another scanner's findings with their controls, and what they come to.

use compline_frameworks::{Assessment, FrameworkAssessment, View, counts, view};
use serde::Serialize;

use super::run::provenance;
use super::written;
use crate::escape::Output;
use crate::result::{MappedControl, MappedFinding, MappingCounts, MappingResult};

#[derive(Serialize)]
struct MappingDocument<'a> {
    version: u32,
    counts: CountsBody,
    left_out: Vec<LeftOutBody<'a>>,
    findings: Vec<FindingBody<'a>>,
    assessment: AssessmentBody<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibrated: Option<bool>,
}

#[derive(Serialize)]
struct CountsBody {
    by_id: usize,
    mapped: usize,
    suggested: usize,
    nothing: usize,
    none: usize,
    failed: usize,
    passed: usize,
    accepted: usize,
    open: usize,
}

#[derive(Serialize)]
struct LeftOutBody<'a> {
    why: &'a str,
    count: usize,
}

#[derive(Serialize)]
struct FindingBody<'a> {
    tool: &'a str,
    id: &'a str,
    title: &'a str,
    resource: Option<&'a str>,
    kind: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    severity: Option<String>,
    controls: Vec<MappedControlBody<'a>>,
}

/// A control that something bears on, as every answer of `map` writes it.
#[derive(Serialize)]
pub struct MappedControlBody<'a> {
    framework: &'a str,
    id: &'a str,
    title: &'a str,
    tier: &'static str,
    score: f64,
    provenance: &'static str,
    via: Vec<ViaBody<'a>>,
}

#[derive(Serialize)]
struct ViaBody<'a> {
    of: &'a str,
    text: &'a str,
    near: f64,
    matched: Vec<&'a str>,
}

#[derive(Serialize)]
struct AssessmentBody<'a> {
    frameworks: Vec<FrameworkBody<'a>>,
}

#[derive(Serialize)]
struct FrameworkBody<'a> {
    id: &'a str,
    automatable: usize,
    not_satisfied: usize,
    partial: usize,
    not_assessed: usize,
    manual: usize,
    inherited: usize,
    controls: Vec<ControlBody<'a>>,
}

#[derive(Serialize)]
struct ControlBody<'a> {
    id: &'a str,
    title: &'a str,
    status: String,
    fail: usize,
    pass: usize,
    evidence: Vec<EvidenceBody<'a>>,
}

#[derive(Serialize)]
struct EvidenceBody<'a> {
    check: &'a str,
    outcome: &'a str,
    resource: &'a str,
    observed: String,
}

pub(super) fn render(result: &MappingResult) -> Result<Output, String> {
    let assessed = result.assessment.frameworks.iter();
    written(&MappingDocument {
        version: 1,
        counts: figures(result.counts),
        left_out: result.left_out.iter().map(|(why, count)| LeftOutBody { why, count: *count }).collect(),
        findings: result.findings.iter().map(finding).collect(),
        assessment: AssessmentBody {
            frameworks: assessed.map(|one| framework(one, &result.assessment)).collect(),
        },
        calibrated: (!result.calibrated).then_some(false),
    })
}

fn figures(counts: MappingCounts) -> CountsBody {
    let MappingCounts { results: _, failed, passed, accepted, open, by_id, mapped, suggested, nothing, none } =
        counts;
    CountsBody { by_id, mapped, suggested, nothing, none, failed, passed, accepted, open }
}

fn finding(finding: &MappedFinding) -> FindingBody<'_> {
    FindingBody {
        tool: &finding.tool,
        id: &finding.id,
        title: &finding.title,
        resource: finding.resource.as_deref(),
        kind: finding.kind.as_deref(),
        file: finding.file.as_deref(),
        line: finding.line,
        severity: finding.severity.map(|severity| severity.to_string()),
        controls: finding.controls.iter().map(control).collect(),
    }
}

/// A control as every answer of `map` writes it.
pub fn control(control: &MappedControl) -> MappedControlBody<'_> {
    let via = control.via.iter().map(|near| ViaBody {
        of: &near.of,
        text: &near.text,
        near: f64::from(near.near),
        matched: near.matched.iter().map(|word| &**word).collect(),
    });
    MappedControlBody {
        framework: &control.framework,
        id: &control.id,
        title: &control.title,
        tier: control.tier(),
        score: f64::from(control.score),
        provenance: provenance(&control.provenance).0,
        via: via.collect(),
    }
}

/// The controls that findings speak to, with their evidence.
fn framework<'a>(framework: &'a FrameworkAssessment, assessment: &'a Assessment) -> FrameworkBody<'a> {
    let counts = counts(framework);
    let controls = framework.controls.iter().filter(|one| !one.verdicts.is_empty()).map(|one| ControlBody {
        id: &one.control.id,
        title: &one.control.title,
        status: status(view(one)),
        fail: one.tally.fail,
        pass: one.tally.pass,
        evidence: one
            .verdicts
            .iter()
            .filter_map(|at| assessment.verdicts.get(*at))
            .map(|verdict| EvidenceBody {
                check: &verdict.rule,
                outcome: verdict.outcome.word(),
                resource: &verdict.address,
                observed: verdict.observed.to_string(),
            })
            .collect(),
    });
    FrameworkBody {
        id: &framework.framework.id,
        automatable: counts.automatable,
        not_satisfied: counts.not_satisfied,
        partial: counts.partial,
        not_assessed: counts.not_assessed,
        manual: counts.manual,
        inherited: counts.inherited,
        controls: controls.collect(),
    }
}

fn status(view: View) -> String {
    view.word().to_lowercase().replace(' ', "_")
}
