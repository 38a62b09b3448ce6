//! What the pages print, as plain texts and numbers: the one model that the HTML and the PDF templates fill in.

mod coverage;
mod evidence;
mod frameworks;
mod inventory;

use compline_iac::PlanInfo;
use serde::Serialize;
use serde_json::Value;

use crate::adjustment;
use crate::escape;
use crate::facts::CommitFact;
use crate::report::Report;
use crate::run::OutcomeKind;
use crate::words::{self, count, pluralize, spelled};

pub(crate) use coverage::CoverageModel;
pub(crate) use evidence::{Attention, Block, Exception, PassGroup, passed};
pub(crate) use frameworks::FrameworkModel;
pub(crate) use inventory::InventoryModel;

/// Everything a page prints.
#[derive(Serialize)]
pub(crate) struct ViewModel {
    pub system: String,
    pub statement: String,
    /// `20 Nov 2026, 09:14 UTC`.
    pub time: String,
    /// `[year, month, day, hour, minute, second]`, when the time is one.
    pub date: Option<[u32; 6]>,
    pub commit: Option<String>,
    /// The cover's facts: label, value.
    pub facts: Vec<(String, Vec<String>)>,
    /// The same, shorter, under the title of the HTML.
    pub strip: Vec<(String, String)>,
    pub frameworks: Vec<FrameworkModel>,
    pub attention: Attention,
    pub coverage: CoverageModel,
    /// Evidence that is no pass; number `n` is `blocks[n - 1]`.
    pub blocks: Vec<Block>,
    /// Numbers of blocks that no control of these frameworks cites.
    pub loose: Vec<usize>,
    pub passes: Vec<PassGroup>,
    pub pass_count: usize,
    pub exceptions: Vec<Exception>,
    pub inventory: InventoryModel,
    pub custody: Vec<(String, String)>,
    /// What files of the scanned tree say: kind, what, place, SHA-256.
    pub adjustments: Vec<(&'static str, String, String, String)>,
    /// What breaks the policy: place, what.
    pub breaches: Vec<(String, String)>,
    pub sources: Vec<SourceModel>,
    pub left_out: Vec<(String, String)>,
    /// Views and outcomes: key, word, meaning.
    pub meanings: Vec<(&'static str, &'static str, &'static str)>,
    pub method: Vec<&'static str>,
    /// Filter chips: key, word, controls.
    pub chips: Vec<(&'static str, &'static str, usize)>,
    pub listed: usize,
}

/// A file that was read.
#[derive(Serialize)]
pub(crate) struct SourceModel {
    pub path: String,
    pub sha256: String,
    pub bytes: String,
}

impl ViewModel {
    /// The model as data, in which every text is visible.
    ///
    /// # Errors
    /// It cannot be data; a clause.
    pub fn data(report: &Report) -> Result<Value, String> {
        let mut data = serde_json::to_value(Self::of(report))
            .map_err(|error| format!("the pages have no data: {error}"))?;
        escape::html::page(&mut data);
        Ok(data)
    }

    fn of(report: &Report) -> Self {
        let facts = &report.facts;
        let mut homes = vec![false; report.run.judgements.len()];
        let frameworks: Vec<FrameworkModel> =
            report.frameworks.iter().map(|one| FrameworkModel::of(report, one, &mut homes)).collect();
        let blocks = evidence::blocks(report);
        let loose =
            (1..=blocks.len()).filter(|number| !homes.get(number - 1).copied().unwrap_or(false)).collect();
        let sources = facts.sources.iter().map(|source| SourceModel {
            path: source.path.clone(),
            sha256: source.sha256.clone(),
            bytes: count(source.bytes),
        });
        let breaches = report.run.policy.iter().flat_map(|policy| &policy.breaches);
        let adjustments = report.run.adjustments.iter();
        let adjustments =
            adjustments.map(|one| (one.kind.word(), one.what.clone(), one.position(), one.sha256.clone()));
        Self {
            system: facts.system.clone(),
            statement: statement(report),
            time: words::time(&facts.time),
            date: words::parts(&facts.time),
            commit: facts
                .commit
                .as_ref()
                .and_then(|commit| commit.id.as_deref())
                .map(|id| words::short(id, 7)),
            facts: cover(report),
            strip: strip(report),
            attention: Attention::of(report),
            coverage: CoverageModel::of(report),
            passes: evidence::passes(report),
            pass_count: report.of_outcome(OutcomeKind::Pass).count(),
            exceptions: evidence::exceptions(report),
            inventory: InventoryModel::of(report),
            custody: custody(report),
            adjustments: adjustments.collect(),
            breaches: breaches.map(|one| (one.position(), one.what.clone())).collect(),
            sources: sources.collect(),
            left_out: facts.left_out.clone(),
            meanings: MEANINGS.to_vec(),
            method: if facts.scanners.is_empty() { METHOD.to_vec() } else { METHOD_OF_RESULTS.to_vec() },
            chips: frameworks::chips(report),
            listed: frameworks.iter().map(|framework| framework.controls.len()).sum(),
            frameworks,
            blocks,
            loose,
        }
    }
}

/// What this is, in three sentences.
fn statement(report: &Report) -> String {
    let controls = report.looked_at();
    let frameworks = report.frameworks.len();
    let commit = report.facts.commit.as_ref().and_then(|commit| commit.id.as_deref());
    let commit = commit.map_or(String::new(), |id| format!(" at commit {}", words::short(id, 7)));
    let looked_at = match report.facts.scanners.as_slice() {
        [] => format!("infrastructure as code{commit}"),
        scanners => format!("the results of {}", scanners.join(", ")),
    };
    format!(
        "This report supports assessment of {} in {} {} from {looked_at}. It is evidence for an \
         assessor. It is not an attestation, and it does not state that a framework is met.",
        pluralize(controls, "control", "controls"),
        spelled(frameworks),
        if frameworks == 1 { "framework" } else { "frameworks" },
    )
}

fn cover(report: &Report) -> Vec<(String, Vec<String>)> {
    let facts = &report.facts;
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    let mut line = |label: &str, lines: Vec<String>| {
        if lines.iter().any(|line| !line.is_empty()) {
            out.push((label.to_owned(), lines));
        }
    };
    line(
        "Frameworks",
        report.frameworks.iter().map(|one| format!("{}, {}", one.title, one.version)).collect(),
    );
    line("Run", vec![words::time(&facts.time)]);
    line("Scope", vec![facts.scope.join(", ")]);
    line("Files", vec![files(report)]);
    line("Source", vec![source(report)]);
    line("By the repository", vec![adjusted(report)]);
    line("Policy", vec![policy(report)]);
    line("Hidden", vec![hidden(report)]);
    let method = match facts.scanners.as_slice() {
        [] => "examine, by static reading of configuration",
        _ => "examine, of the results of other scanners",
    };
    line("Method", vec![method.to_owned()]);
    line("Prepared by", vec![prepared(report)]);
    line("Integrity", vec!["digests recorded; not signed".to_owned()]);
    if !report.run.complete {
        line("Incomplete", vec![incomplete(report)]);
    }
    out
}

fn strip(report: &Report) -> Vec<(String, String)> {
    let facts = &report.facts;
    let mut out = vec![
        ("Run".to_owned(), words::time(&facts.time)),
        ("Scope".to_owned(), facts.scope.join(", ")),
        ("Source".to_owned(), source(report)),
        ("Files".to_owned(), files(report)),
        ("By the repository".to_owned(), adjusted(report)),
        ("Policy".to_owned(), policy(report)),
        ("Hidden".to_owned(), hidden(report)),
        ("Integrity".to_owned(), "digests recorded, not signed".to_owned()),
    ];
    if !report.run.complete {
        out.push(("Incomplete".to_owned(), incomplete(report)));
    }
    out.retain(|(_, value)| !value.is_empty());
    out
}

fn incomplete(report: &Report) -> String {
    let unread: std::collections::BTreeSet<&str> =
        report.run.coverage.unread.iter().map(|(path, _)| &**path).collect();
    format!("{} could not be read whole; see Coverage", pluralize(unread.len(), "file", "files"))
}

fn files(report: &Report) -> String {
    let left = report.facts.left_out.len();
    let read =
        pluralize(report.run.coverage.files.max(report.facts.sources.len()), "file read", "files read");
    if left == 0 { read } else { format!("{read}, {} left out", count(left)) }
}

fn source(report: &Report) -> String {
    let Some(commit) = &report.facts.commit else { return "no repository".to_owned() };
    let Some(id) = &commit.id else { return "git, commit not determined".to_owned() };
    let state = match commit.clean {
        Some(true) => "clean working tree",
        Some(false) => "with uncommitted changes",
        None => "uncommitted changes not determined",
    };
    format!("git {}, {state}", words::short(id, 7))
}

/// How much the scanned tree decides of its own judgement.
fn adjusted(report: &Report) -> String {
    match adjustment::counts(&report.run.adjustments) {
        counts if counts.is_empty() => "nothing decided".to_owned(),
        counts => format!("{counts}; each is listed under Custody"),
    }
}

/// The policy that the run was held to, and whether it was kept.
fn policy(report: &Report) -> String {
    let Some(policy) = &report.run.policy else { return String::new() };
    let kept = match policy.breaches.len() {
        0 => "kept".to_owned(),
        many => format!("broken at {}, listed under Custody", pluralize(many, "place", "places")),
    };
    format!("{}, SHA-256 {}: {kept}", policy.file, words::short(&policy.sha256, 12))
}

/// How many values are not shown, by why.
fn hidden(report: &Report) -> String {
    let all: usize = report.hidden.values().sum();
    if all == 0 {
        return String::new();
    }
    let kinds: Vec<String> =
        report.hidden.iter().map(|(kind, number)| format!("{} {}", count(*number), kind.title())).collect();
    format!("{}: {}", pluralize(all, "value", "values"), kinds.join(", "))
}

fn prepared(report: &Report) -> String {
    match &report.facts.operator {
        Some(operator) => format!("{}, operator {operator}", report.facts.tool),
        None => format!("{}, operator not named", report.facts.tool),
    }
}

/// The commit, its branch and author, and what of it is not determined.
fn commit(commit: &CommitFact) -> String {
    let mut text = commit.id.clone().unwrap_or_else(|| "not determined".to_owned());
    if let Some(branch) = &commit.branch {
        text.push_str(&format!(", branch {branch}"));
    }
    if let Some(author) = &commit.author {
        text.push_str(&format!(", author {author}"));
    }
    if let Some(why) = &commit.why {
        text.push_str(&format!(" ({why})"));
    }
    text
}

fn custody(report: &Report) -> Vec<(String, String)> {
    let facts = &report.facts;
    let mut out = vec![
        ("Tool".to_owned(), facts.tool.clone()),
        ("Command".to_owned(), facts.command.clone()),
        ("Time".to_owned(), format!("{}, from {}", facts.time, clock(&facts.time_source))),
        ("Rules, SHA-256".to_owned(), facts.rules_hash.clone()),
        ("Frameworks, SHA-256".to_owned(), facts.frameworks_hash.clone()),
        ("Configuration, SHA-256".to_owned(), facts.config_hash.clone()),
        (
            "Policy, SHA-256".to_owned(),
            report.run.policy.as_ref().map_or(String::new(), |one| one.sha256.clone()),
        ),
        ("Mappings, SHA-256".to_owned(), facts.mappings_hash.clone()),
        ("Imports, SHA-256".to_owned(), facts.imports_hash.clone()),
        ("Waivers, SHA-256".to_owned(), facts.waivers_hash.clone()),
        ("Commit".to_owned(), facts.commit.as_ref().map_or(String::new(), commit)),
    ];
    out.retain(|(_, value)| !value.is_empty());
    for (_, plan) in &report.run.coverage.plans {
        out.push(("Plan".to_owned(), planned(plan, &facts.time)));
    }
    let ledger = match &facts.ledger_head {
        Some((index, hash)) => format!("entry {}, {hash}", count(*index as usize)),
        None => "no ledger was kept".to_owned(),
    };
    out.push(("Ledger before this run".to_owned(), ledger));
    out.push(("Signature".to_owned(), "none: digests are recorded, not signed".to_owned()));
    out
}

/// Where values came from that the code leaves open: which plan, how old, and whether it still fits.
fn planned(plan: &PlanInfo, now: &str) -> String {
    let mut text = plan.path.to_string();
    match &plan.timestamp {
        Some(time) => text.push_str(&format!(", made {}", words::time(time))),
        None => text.push_str(", made at a time it does not say"),
    }
    if let Some(age) = plan.timestamp.as_deref().and_then(|time| words::age(time, now)) {
        text.push_str(&format!(" ({age} before this run)"));
    }
    if let Some(version) = &plan.terraform_version {
        text.push_str(&format!(", Terraform {version}"));
    }
    text.push_str(&format!(", SHA-256 {}", plan.sha256));
    if let Some(mismatch) = plan.mismatch() {
        text.push_str(&format!("; {}", mismatch.replace('`', "")));
    }
    text
}

fn clock(source: &str) -> &str {
    match source {
        "clock" => "this machine's clock",
        other => other,
    }
}

const MEANINGS: [(&str, &str, &str); 8] = [
    (
        "satisfied",
        "Satisfied",
        "every objective the control wants and a rule looked at is shown by passing verdicts",
    ),
    ("partial", "Partial", "what was looked at passes, but it shows only a part of the control"),
    ("not-satisfied", "Not satisfied", "at least one verdict fails and is not waived"),
    ("waived", "Waived", "every failure is waived; the failures stay in the report"),
    ("unknown", "Unknown", "nothing fails, but a value could not be known, so it cannot be told"),
    ("not-assessed", "Not assessed", "a rule could show it, and nothing in scope did"),
    ("manual", "Manual", "only people and documents can show it; this report says nothing about it"),
    ("inherited", "Inherited", "the provider shows it; ask for the provider's report"),
];

const METHOD_OF_RESULTS: [&str; 3] = [
    "The results of other scanners were read, as they told them: no system was contacted and nothing was run. What \
     they did not look at is not in their results.",
    "Each check of theirs is known by its id, or by what its words are like, to bear on controls. What is only \
     suggested is no evidence, a pass of theirs shows a part of a control at most, and what they were told to accept \
     stands as a waived failure.",
    "Each judgement is printed once, as numbered evidence, and controls cite the numbers. Passes are evidence as \
     failures are, and none is left out.",
];

const METHOD: [&str; 3] = [
    "The configuration was examined by static reading, in the sense of NIST SP 800-53A: no system was contacted and \
     nothing was run.",
    "Each rule judges each resource it speaks about and gives a verdict: pass, fail, unknown or waived. Verdicts show \
     objectives, and objectives bear on controls. A control that no rule can show is never counted as satisfied, and \
     an unknown never counts as a pass.",
    "Each judgement is printed once, as numbered evidence, and controls cite the numbers. Passes are evidence as \
     failures are, and none is left out.",
];
