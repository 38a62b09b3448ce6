//! A whole report.

use std::collections::BTreeMap;

use compline_frameworks::Counts;
use serde::Serialize;

use super::inventory::{ResourceBody, resource};
use super::run::{ParameterBody, RunBody, UnreadBody, body};
use super::{REPORT_SCHEMA, written};
use crate::escape::Output;
use crate::facts::{CommitFact, Facts};
use crate::report::{ControlPart, FrameworkPart, Report};
use crate::words::{self, status_key, view_key};

pub(crate) fn render(report: &Report) -> Result<Output, String> {
    let cited = |file: &str| report.digest(file).map(str::to_owned);
    written(&ReportDocument {
        schema: REPORT_SCHEMA,
        version: 1,
        facts: facts(&report.facts),
        run: body(&report.run, true, &cited),
        frameworks: report.frameworks.iter().map(framework).collect(),
        inventory: report.inventory.iter().map(resource).collect(),
        hidden: report.hidden.iter().map(|(kind, values)| (kind.word(), *values)).collect(),
    })
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
    hidden: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct FactsBody<'a> {
    system: &'a str,
    time: &'a str,
    time_source: &'a str,
    rules_hash: &'a str,
    frameworks_hash: &'a str,
    config_hash: Option<&'a str>,
    mappings_hash: Option<&'a str>,
    imports_hash: Option<&'a str>,
    waivers_hash: Option<&'a str>,
    command: &'a str,
    scope: &'a [String],
    commit: Option<CommitBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit_not_determined: Option<&'a str>,
    operator: Option<&'a str>,
    sources: Vec<SourceBody<'a>>,
    left_out: Vec<UnreadBody<'a>>,
    ledger_head: Option<LedgerBody<'a>>,
    signed: bool,
}

#[derive(Serialize)]
struct CommitBody<'a> {
    id: &'a str,
    branch: Option<&'a str>,
    author: Option<&'a str>,
    /// False also where it is not determined: what nobody could compare is not called clean.
    clean: bool,
    not_determined: Option<&'a str>,
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
    /// The values of rules' parameters that its verdicts were judged by.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parameters: Vec<ParameterBody<'a>>,
}

#[derive(Serialize)]
struct TallyBody {
    pass: usize,
    fail: usize,
    unknown: usize,
    waived: usize,
}

fn facts(facts: &Facts) -> FactsBody<'_> {
    let sources = facts.sources.iter();
    FactsBody {
        system: &facts.system,
        time: &facts.time,
        time_source: &facts.time_source,
        rules_hash: &facts.rules_hash,
        frameworks_hash: &facts.frameworks_hash,
        config_hash: known(&facts.config_hash),
        mappings_hash: known(&facts.mappings_hash),
        imports_hash: known(&facts.imports_hash),
        waivers_hash: known(&facts.waivers_hash),
        command: &facts.command,
        scope: &facts.scope,
        commit: facts.commit.as_ref().and_then(commit),
        commit_not_determined: facts
            .commit
            .as_ref()
            .filter(|commit| commit.id.is_none())
            .map(|commit| commit.why.as_deref().unwrap_or_default()),
        operator: facts.operator.as_deref(),
        sources: sources
            .map(|source| SourceBody { file: &source.path, sha256: &source.sha256, bytes: source.bytes })
            .collect(),
        left_out: facts.left_out.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
        ledger_head: facts.ledger_head.as_ref().map(|(index, hash)| LedgerBody { index: *index, hash }),
        signed: false,
    }
}

fn known(hash: &str) -> Option<&str> {
    Some(hash).filter(|hash| !hash.is_empty())
}

fn commit(commit: &CommitFact) -> Option<CommitBody<'_>> {
    Some(CommitBody {
        id: commit.id.as_deref()?,
        branch: commit.branch.as_deref(),
        author: commit.author.as_deref(),
        clean: commit.clean == Some(true),
        not_determined: commit.why.as_deref(),
    })
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
        parameters: control.parameters.iter().map(ParameterBody::from).collect(),
    }
}
