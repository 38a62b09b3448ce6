//! Other scanners' findings as verdicts: each check of theirs is a rule we know by name only, and its edges are those
//! the mapper is sure of.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use compline_frameworks::assess::{Assessment, Coverage, assess_external};
use compline_frameworks::{ControlRef, Framework, Library, Strength};
use compline_iac::redact::{self, DigestKey};
use compline_iac::{Span, Why, WhyKind};
use compline_rules::waiver::{Scope, Waiver, WaiverSource};
use compline_rules::{Expected, Locus, Observed, Outcome, RuleInfo, RuleSet, Severity, Verdict};
use sha2::Digest as _;

use super::{Finding, ResultStatus, Results, SECRET};
use crate::mapper::{ControlMatch, Mapper, Tier};

/// Findings with what they bear on.
pub struct MappedResults {
    /// In the order of the results.
    pub findings: Vec<(Finding, Vec<ControlMatch>)>,
    /// Their checks, as rules that judge elsewhere.
    pub rules: RuleSet,
    /// The checks that are known to bear on no control.
    pub without_controls: HashSet<Arc<str>>,
    /// What in the results shows nothing: why, and how often.
    pub left_out: BTreeMap<String, usize>,
    /// The controls each check bears on, as far as the mapper is sure of them; for
    /// [`Library::with_external_checks`].
    pub edges: HashMap<Arc<str>, Vec<ControlRef>>,
}

impl MappedResults {
    /// Maps every finding; the mapper is asked once for findings that ask the same.
    pub fn of(results: Results, mapper: &Mapper) -> Self {
        let Results { findings, left_out } = results;
        let mut by_query: HashMap<(String, Vec<String>), Vec<ControlMatch>> = HashMap::new();
        let mut infos: Vec<RuleInfo> = Vec::new();
        let mut edges: HashMap<Arc<str>, Vec<ControlRef>> = HashMap::new();
        let mut without_controls = HashSet::new();
        let mut out = Vec::with_capacity(findings.len());
        for finding in findings {
            let mapped = by_query
                .entry((finding.id.clone(), finding.queries()))
                .or_insert_with(|| mapper.map_finding(&finding))
                .clone();
            let check = finding.check();
            if mapped.is_empty() && mapper.bears_on_nothing(&finding.id) {
                without_controls.insert(Arc::clone(&check));
            }
            if !edges.contains_key(&*check) {
                infos.push(info(&check, &finding));
            }
            add_edges(edges.entry(check).or_default(), &mapped);
            out.push((finding, mapped));
        }
        for info in &mut infos {
            info.title = failure_title(info, &out);
        }
        Self { findings: out, rules: RuleSet::of_infos(infos), without_controls, left_out, edges }
    }

    /// The tools whose results these are, by name.
    #[must_use]
    pub fn scanners(&self) -> Vec<&str> {
        let tools: BTreeSet<&str> = self.findings.iter().map(|(finding, _)| finding.tool.as_str()).collect();
        tools.into_iter().collect()
    }

    /// The status of every control as far as these findings show it. What is only suggested is no evidence. A control
    /// is never satisfied: what the scanner did not look at, its results do not say. `place` finds a finding's text.
    pub fn assess(
        &self,
        library: &Library,
        frameworks: &[Arc<Framework>],
        place: &dyn Fn(&Finding) -> Option<Span>,
    ) -> Assessment {
        let mut seen = HashSet::new();
        let mut verdicts = Vec::with_capacity(self.findings.len());
        let (mut files, mut resources) = (HashSet::new(), HashSet::new());
        for (finding, _) in &self.findings {
            let verdict = finding.verdict(place(finding));
            files.extend(finding.file.as_deref());
            resources.insert((finding.file.as_deref(), Arc::clone(&verdict.address)));
            if seen.insert(verdict.fingerprint.clone()) {
                verdicts.push(verdict);
            }
        }
        let results: Arc<str> = Arc::from(format!("results of {}", self.scanners().join(", ")));
        let mut gaps =
            vec![(Arc::clone(&results), Arc::from("what the scanner did not look at is not in its results"))];
        gaps.extend(self.left_out.iter().map(|(why, count)| {
            (Arc::clone(&results), Arc::from(format!("{count} of them left out: {why}")))
        }));
        let coverage = Coverage {
            files: files.len(),
            resources: resources.len(),
            judged: resources.len(),
            gaps: gaps.into_iter().map(Into::into).collect(),
            ..Coverage::default()
        };
        assess_external(verdicts, library, frameworks, coverage)
    }
}

/// Adds the edges of what is mapped; what is only suggested is none.
fn add_edges(edges: &mut Vec<ControlRef>, mapped: &[ControlMatch]) {
    for one in mapped.iter().filter(|one| one.tier == Tier::Mapped) {
        if !edges.iter().any(|edge| edge.framework == one.framework && edge.id == one.id) {
            edges.push(ControlRef {
                framework: Arc::clone(&one.framework),
                id: Arc::clone(&one.id),
                // Their check may look at less than ours: it shows a part.
                strength: Strength::Partly,
                objective: None,
                provenance: one.provenance.clone(),
            });
        }
    }
}

impl Finding {
    /// The name its check has here: `checkov/CKV_AWS_20`.
    pub fn check(&self) -> Arc<str> {
        Arc::from(format!("{}/{}", self.tool, self.id))
    }

    /// `main.tf:12`, as far as the scanner says.
    pub fn place(&self) -> String {
        match (&self.file, self.line) {
            (Some(file), Some(line)) => format!("{file}:{line}"),
            (Some(file), None) => file.clone(),
            _ => String::new(),
        }
    }

    /// The same with the secrets of its texts hidden: a scanner that found one quotes it.
    #[must_use]
    pub fn hidden(mut self, key: &DigestKey) -> Self {
        let secret = self.is_secret();
        let hide = |text: &mut String| {
            *text = match secret {
                true => redact::strict_text(key, text),
                false => redact::plain_text(key, text).into_owned(),
            }
        };
        let texts = [&mut self.description, &mut self.message].into_iter().flatten();
        texts.chain([&mut self.title]).for_each(hide);
        if let ResultStatus::Accepted(Some(why)) = &mut self.status {
            *why = redact::plain_text(key, why).into_owned();
        }
        for name in
            [&mut self.resource, &mut self.kind, &mut self.file].into_iter().flatten().chain([&mut self.id])
        {
            *name = redact::plain_text(key, name).into_owned();
        }
        self
    }

    fn is_secret(&self) -> bool {
        if self.other_ids.iter().any(|id| id == SECRET) {
            return true;
        }
        let name = format!("{} {}", self.id, self.title).to_lowercase();
        ["secret", "password", "credential", "token", "entropy", "access key", "private key"]
            .iter()
            .any(|word| name.contains(word))
    }

    fn outcome(&self) -> Outcome {
        match &self.status {
            ResultStatus::Failed => Outcome::Fail,
            ResultStatus::Passed => Outcome::Pass,
            ResultStatus::Open => {
                Outcome::Unknown(Why::new(WhyKind::Outside, self.status.clause(&self.tool)))
            }
            ResultStatus::Accepted(why) => Outcome::Waived(Arc::new(Waiver {
                rule: self.check(),
                reason: why.as_deref().map(Arc::from),
                until: None,
                by: None,
                source: WaiverSource::Results { tool: Arc::from(self.tool.as_str()) },
                scope: Scope::Pattern { address: None, file: None },
                conditions: Vec::new(),
                fault: None,
            })),
        }
    }

    fn verdict(&self, span: Option<Span>) -> Verdict {
        let place = self.place();
        let address =
            self.resource.clone().filter(|one| !one.is_empty()).unwrap_or_else(|| match place.as_str() {
                "" => "not told".to_owned(),
                place => place.to_owned(),
            });
        let at = if place.is_empty() { String::new() } else { format!(" at {place}") };
        let word = self.status.word();
        let key = format!("{}\n{}\n{place}\n{address}\n{word}", self.tool, self.id);
        let hash: String =
            sha2::Sha256::digest(key.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Verdict {
            rule: self.check(),
            severity: self.severity.unwrap_or(Severity::Medium),
            address: Arc::from(address),
            kind: Arc::from(self.kind_of().unwrap_or_default()),
            dialect: None,
            root: Arc::from(
                self.file.as_deref().and_then(|file| file.rsplit_once('/')).map_or("", |(folder, _)| folder),
            ),
            outcome: self.outcome(),
            locus: span.map(|span| Locus {
                span,
                resource: span,
                calls: Vec::new(),
                offenders: Vec::new(),
                related: Vec::new(),
            }),
            path: Arc::default(),
            // What a scanner of secrets points at must not be shown again.
            observed: Observed::Reported {
                text: format!(
                    "{}{}",
                    self.status.clause(&self.tool),
                    self.message
                        .as_ref()
                        .map_or(at, |message| format!(": {}", message.trim_end_matches('.'))),
                ),
                secret: self.is_secret(),
            },
            expected: Expected::default(),
            message: self.message.clone().unwrap_or_else(|| self.title.clone()),
            assumption: None,
            fix: None,
            folded_under: None,
            values: Arc::default(),
            otherwise: Vec::new(),
            fingerprint: hash,
        }
    }
}

impl ResultStatus {
    /// `failed`, `passed`, `accepted`, `open`.
    pub fn word(&self) -> &'static str {
        match self {
            ResultStatus::Failed => "failed",
            ResultStatus::Passed => "passed",
            ResultStatus::Accepted(_) => "accepted",
            ResultStatus::Open => "open",
        }
    }

    fn clause(&self, tool: &str) -> String {
        match self {
            ResultStatus::Failed => format!("{tool} failed it"),
            ResultStatus::Passed => format!("{tool} passed it"),
            ResultStatus::Accepted(_) => format!("{tool} was told to accept it"),
            ResultStatus::Open => format!("{tool} leaves it to a person"),
        }
    }
}

/// What is wrong where a check fails. Most scanners' titles say what ought to be, so where all its failures have the same
/// message, that is the title.
fn failure_title(info: &RuleInfo, findings: &[(Finding, Vec<ControlMatch>)]) -> String {
    let failed: Vec<&Finding> = findings
        .iter()
        .map(|(finding, _)| finding)
        .filter(|one| one.failed() && *one.check() == *info.id)
        .collect();
    let message = failed.first().and_then(|first| first.message.as_ref());
    let same = message.filter(|message| failed.iter().all(|one| one.message.as_ref() == Some(*message)));
    match same {
        Some(message) => message.trim_end_matches('.').to_owned(),
        // Its names are of failures.
        None if failed.is_empty() || info.id.starts_with("kics/") => info.title.clone(),
        None if failed.iter().all(|one| one.other_ids.iter().any(|id| id == SECRET)) => info.title.clone(),
        None => format!("fails: {}", info.title.trim_end_matches('.')),
    }
}

fn info(check: &str, finding: &Finding) -> RuleInfo {
    RuleInfo {
        id: check.to_owned(),
        title: finding.title.clone(),
        severity: finding.severity.unwrap_or(Severity::Medium),
        objectives: Vec::new(),
        aliases: Default::default(),
        was: Vec::new(),
        covers: Vec::new(),
        sources: Vec::new(),
        prose: format!("A check of {}, read from its results.", finding.tool),
        example: None,
    }
}
