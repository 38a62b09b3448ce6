//! An assessment with the facts of its run, ready to render.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use compline_frameworks::{
    Assessment, ControlAssessment, Counts, FrameworkAssessment, Library, Provenance, Shown, Status, Strength,
    Tally, VerdictEdges, View,
};
use compline_iac::{Redaction, SecretKind, Snapshot};
use compline_rules::waiver::Unused;
use compline_rules::{RuleSet, Verdict};

use crate::adjustment::{Adjustment, PolicyNote};
use crate::facts::Facts;
use crate::hidden;
use crate::inventory::{self, ResourcePart};
use crate::notice::{Notice, NoticeKind};
use crate::run::{ControlNote, Judgement, OutcomeKind, ParameterNote, Run, SourceTexts};

/// Everything the outputs print, as plain data.
#[derive(Debug, Clone)]
pub struct Report {
    pub facts: Facts,
    pub run: Run,
    pub frameworks: Vec<FrameworkPart>,
    /// What was read.
    pub inventory: Vec<ResourcePart>,
    /// How many values are hidden, by why.
    pub hidden: BTreeMap<SecretKind, usize>,
}

/// One framework.
#[derive(Debug, Clone)]
pub struct FrameworkPart {
    pub id: String,
    pub title: String,
    pub short: String,
    pub version: String,
    pub publisher: String,
    pub published: String,
    pub source: String,
    pub counts: Counts,
    /// Families in the publisher's order: id, title.
    pub families: Vec<(String, String)>,
    /// In the publisher's order.
    pub controls: Vec<ControlPart>,
}

/// One control.
#[derive(Debug, Clone)]
pub struct ControlPart {
    pub id: String,
    pub title: String,
    pub summary: String,
    /// The publisher's statement, a line an item, where it was imported.
    pub official: String,
    /// What components claim to do for it: who, where that is said, what.
    pub claims: Vec<(String, String, String)>,
    /// Id of its family.
    pub family: Arc<str>,
    pub shown: Shown,
    pub status: Status,
    pub view: View,
    pub tally: Tally,
    /// Numbers of the evidence, ascending.
    pub evidence: Vec<usize>,
    /// One sentence; empty where the status says all.
    pub finding: String,
    /// Objectives it wants that no rule in force looked at.
    pub unseen: Vec<Arc<str>>,
    /// The values of rules' parameters that its verdicts were judged by.
    pub parameters: Vec<ParameterNote>,
    /// Rules that bear on it, and on whose word.
    pub edges: Vec<(Arc<str>, Strength, Provenance)>,
}

impl Report {
    /// Gives an assessment its form: numbers the evidence, turns spans into places, cuts the excerpts.
    pub fn new(
        assessment: Assessment,
        facts: Facts,
        snapshot: &Snapshot,
        rules: &RuleSet,
        library: &Library,
    ) -> Self {
        let inventory = inventory::inventory(snapshot, rules);
        let report = Self::of(assessment, facts, snapshot, rules, library);
        Self { inventory, hidden: snapshot.redaction().counts(), ..report }
    }

    /// The same over any texts, without an inventory.
    pub fn of(
        assessment: Assessment,
        facts: Facts,
        texts: &dyn SourceTexts,
        rules: &RuleSet,
        library: &Library,
    ) -> Self {
        let Assessment { verdicts, edges, frameworks, coverage } = assessment;
        let facts = facts.hidden(texts.redaction());
        let notes = control_notes(&frameworks, &edges, &verdicts);
        let controls = |index: usize| notes.get(&index).cloned().unwrap_or_default();
        let (run, numbers) = Run::ordered(&verdicts, coverage, texts, rules, &facts.tool, &controls);
        let frameworks = frameworks
            .iter()
            .map(|one| framework(one, &verdicts, &run, &numbers, library, texts.redaction()))
            .collect();
        Self { facts, run, frameworks, inventory: Vec::new(), hidden: texts.redaction().counts() }
    }

    /// The same with the waivers that did nothing.
    #[must_use]
    pub fn with_unused_waivers(mut self, unused: &[Unused], texts: &dyn SourceTexts) -> Self {
        self.run = self.run.with_unused_waivers(unused, texts);
        self
    }

    /// The same with what files of the scanned tree say that changes what is judged.
    #[must_use]
    pub fn with_adjustments(mut self, adjustments: Vec<Adjustment>, redaction: &Redaction) -> Self {
        self.run = self.run.with_adjustments(adjustments, redaction);
        self
    }

    /// The same, held to a policy.
    #[must_use]
    pub fn with_policy(mut self, policy: Option<PolicyNote>, redaction: &Redaction) -> Self {
        self.run = self.run.with_policy(policy, redaction);
        self
    }

    /// What the run says besides its verdicts, files left out on purpose included.
    pub fn notices(&self) -> Vec<Notice<'_>> {
        let left_out = self.facts.left_out.iter().map(|(file, why)| Notice {
            kind: NoticeKind::LeftOut,
            file: Some(file),
            line: None,
            range: None,
            subject: "",
            message: format!("left out: {why}"),
            help: None,
        });
        self.run.notices().into_iter().chain(left_out).collect()
    }

    /// A judgement by its evidence number.
    pub fn evidence(&self, number: usize) -> Option<&Judgement> {
        self.run.judgements.get(number.checked_sub(1)?)
    }

    /// Evidence with its numbers, of one outcome.
    pub fn of_outcome(&self, outcome: OutcomeKind) -> impl Iterator<Item = (usize, &Judgement)> {
        let numbered =
            self.run.judgements.iter().enumerate().map(|(index, judgement)| (index + 1, judgement));
        numbered.filter(move |(_, judgement)| judgement.outcome == outcome)
    }

    /// Controls with a verdict, over all frameworks.
    pub fn looked_at(&self) -> usize {
        self.frameworks.iter().map(|framework| framework.counts.looked_at).sum()
    }

    /// The digest of a file that was read.
    pub fn digest(&self, path: &str) -> Option<&str> {
        let at = self.facts.sources.binary_search_by(|source| source.path.as_str().cmp(path)).ok();
        let found = at.and_then(|at| self.facts.sources.get(at));
        let found = found.or_else(|| self.facts.sources.iter().find(|source| source.path == path));
        found.map(|source| source.sha256.as_str())
    }
}

/// Verdict → the controls that the assessment says it bears on, in the order of its frameworks and their controls.
fn control_notes(
    frameworks: &[FrameworkAssessment],
    edges: &VerdictEdges,
    verdicts: &[Verdict],
) -> HashMap<usize, Vec<ControlNote>> {
    let mut out: HashMap<usize, Vec<ControlNote>> = HashMap::new();
    for assessed in frameworks {
        for control in &assessed.controls {
            for index in &control.verdicts {
                let edge = edges.of_verdict(*index).iter().enumerate().find(|(_, edge)| {
                    *edge.framework == *assessed.framework.id && *edge.id == *control.control.id
                });
                let note = edge.map(|(place, edge)| ControlNote::of(verdicts, edges, *index, place, edge));
                out.entry(*index).or_default().extend(note);
            }
        }
    }
    out
}

fn framework(
    assessed: &FrameworkAssessment,
    verdicts: &[Verdict],
    run: &Run,
    numbers: &[usize],
    library: &Library,
    redaction: &Redaction,
) -> FrameworkPart {
    let framework = &assessed.framework;
    let control = |one| control(one, &framework.id, verdicts, run, numbers, library, redaction);
    let controls: Vec<ControlPart> = assessed.controls.iter().map(control).collect();
    FrameworkPart {
        id: framework.id.clone(),
        title: framework.title.clone(),
        short: framework.short.clone(),
        version: framework.version.clone(),
        publisher: framework.publisher.clone(),
        published: framework.published.clone(),
        source: framework.source.clone(),
        counts: compline_frameworks::counts(assessed),
        families: framework.groups.iter().map(|group| (group.id.clone(), group.title.clone())).collect(),
        controls,
    }
}

fn control(
    assessed: &ControlAssessment,
    framework: &str,
    verdicts: &[Verdict],
    run: &Run,
    numbers: &[usize],
    library: &Library,
    redaction: &Redaction,
) -> ControlPart {
    let mut evidence: Vec<usize> =
        assessed.verdicts.iter().filter_map(|index| numbers.get(*index).copied()).collect();
    evidence.sort_unstable();
    let cited: Vec<&Judgement> =
        evidence.iter().filter_map(|number| run.judgements.get(number.checked_sub(1)?)).collect();
    let mut edges: Vec<(Arc<str>, Strength, Provenance)> = Vec::new();
    for judgement in &cited {
        let known = edges.iter().any(|(rule, ..)| *rule == judgement.rule);
        let mut notes = judgement.controls.iter();
        let note = notes.find(|note| *note.framework == *framework && *note.id == *assessed.control.id);
        if let Some(note) = note.filter(|_| !known) {
            edges.push((judgement.rule.clone(), note.strength, note.provenance.clone()));
        }
    }
    ControlPart {
        id: assessed.control.id.clone(),
        title: assessed.control.title.clone(),
        summary: assessed.control.summary.clone(),
        official: library.official_texts().statement(framework, &assessed.control.id),
        claims: library
            .official_texts()
            .claims(framework, &assessed.control.id)
            .into_iter()
            .map(|claim| {
                let said =
                    library.official_texts().filled(framework, &assessed.control.id, &claim, claim.text);
                (claim.by.to_owned(), claim.within.to_owned(), said)
            })
            .collect(),
        family: assessed.group.clone(),
        shown: assessed.control.shown,
        status: assessed.status,
        view: compline_frameworks::view(assessed),
        tally: assessed.tally,
        evidence,
        finding: hidden::owned(redaction, compline_frameworks::finding(assessed, verdicts)),
        unseen: assessed.unseen.clone(),
        parameters: assessed.values.iter().map(ParameterNote::from).collect(),
        edges,
    }
}
