//! A small workspace of files, rules and a framework (`tests/fixture`), read and judged as `check` does it: it has
//! every outcome, fixes, a waiver, what was not read, and long and odd texts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::{Assessment, Framework, Library, Provenance, assess, catalogue};
use compline_iac::{MemorySources, Options, PlanInfo, Redaction, Snapshot, Workspace};
use compline_reporter::inventory::ResourcePart;
use compline_reporter::result::{MappedBy, MappedControl, MappedFinding, MappingCounts, MappingResult};
use compline_reporter::{
    Adjustment, AdjustmentKind, Breach, CommitFact, Facts, PolicyNote, Report, Run, SourceFact,
};
use compline_rules::table::Tables;
use compline_rules::waiver::{self, Unused};
use compline_rules::{Fix, RuleSet, Safety, Severity, Verdict, judge, page};
use sha2::{Digest as _, Sha256};

pub const TOOL: &str = "compline 0.1.0";
const WAIVERS: &str = "compline.waivers.yaml";

/// A judged workspace.
pub struct Fixture {
    pub snapshot: Snapshot,
    pub rules: RuleSet,
    pub library: Library,
    pub assessment: Assessment,
    pub unused: Vec<Unused>,
}

impl Fixture {
    /// The fixture, assessed for these frameworks; its own is `acme-baseline`.
    pub fn of(frameworks: &[&str]) -> Self {
        let code = files_below(&folder().join("code"));
        // A line of 8,000 characters, as generated code has them.
        let long = format!("locals {{\n  blob = \"{}NEEDLE{}\"\n}}\n", "A".repeat(4000), "B".repeat(4000));
        let policy = "resource \"aws_iam_policy\" \"generated\" {\n  policy = local.blob\n}\n";
        let generated = [("policy.tf".to_owned(), format!("{long}\n{policy}"))];
        let files: Vec<(String, String)> = code.into_iter().chain(generated).collect();
        let sources = MemorySources::of(files.iter().map(|(path, text)| (path.as_str(), text.as_str())));
        let mut paths: Vec<String> = files.iter().map(|(path, _)| path.clone()).collect();
        paths.retain(|path| path != WAIVERS);
        let mut workspace = Workspace::new(Options::default());
        workspace.read(&sources, &paths);
        let snapshot = workspace.snapshot(&sources);

        let pages = files_below(&folder().join("rules"));
        let pages = pages.iter().map(|(path, text)| match page::parse(text) {
            Ok(page) => page.rule,
            Err(error) => panic!("{path}: {error}"),
        });
        let rules = RuleSet::of(pages.collect(), Tables::default());
        let own = std::fs::read_to_string(folder().join("framework.yaml")).unwrap();
        let objectives = compline_frameworks::builtin::objectives();
        let library = Library::with_frameworks(&rules, vec![catalogue::read(&own, objectives).unwrap()]);

        let mut waivers: Vec<_> = snapshot.documents().flat_map(|one| waiver::inline(one, &[])).collect();
        let (_, text) = files.iter().find(|(path, _)| path == WAIVERS).unwrap();
        waivers.extend(waiver::file(WAIVERS, text).unwrap());
        let waivers: Vec<_> = waivers.into_iter().map(Arc::new).collect();
        let mut verdicts: Vec<_> =
            snapshot.inventories.iter().flat_map(|one| judge(one, &rules, &snapshot)).collect();
        let unused = waiver::apply(&mut verdicts, &waivers, &rules, &snapshot, "2026-11-20");
        let mut verdicts: Vec<Verdict> = verdicts.into_iter().map(Arc::unwrap_or_clone).collect();
        // Advice is a fix that nothing makes yet.
        let policy = verdicts.iter_mut().find(|verdict| &*verdict.rule == "aws-iam-policy-too-long");
        let title = "name the actions the deployment needs".to_owned();
        policy.unwrap().fix =
            Some(Fix { title, safety: Safety::Display, changes: Vec::new(), choices: Vec::new() });

        let chosen: Vec<Arc<Framework>> =
            frameworks.iter().map(|id| library.find(id).unwrap().clone()).collect();
        let mut assessment = assess::assess(&snapshot, verdicts, &rules, &library, &chosen);
        assessment.coverage.plans = vec![(Arc::from(""), plan())];
        Self { snapshot, rules, library, assessment, unused }
    }

    pub fn run(&self) -> Run {
        let chosen: Vec<&str> =
            self.assessment.frameworks.iter().map(|one| one.framework.id.as_str()).collect();
        Run::new(&self.assessment, &self.snapshot, &self.rules, &chosen, TOOL)
            .with_unused_waivers(&self.unused, &self.snapshot)
            .with_adjustments(adjustments(), &Redaction::default())
            .with_policy(policy(), &Redaction::default())
    }

    pub fn report(&self) -> Report {
        let (assessment, facts) = (self.assessment.clone(), self.facts());
        Report::new(assessment, facts, &self.snapshot, &self.rules, &self.library)
            .with_unused_waivers(&self.unused, &self.snapshot)
            .with_adjustments(adjustments(), &Redaction::default())
            .with_policy(policy(), &Redaction::default())
    }

    fn facts(&self) -> Facts {
        let documents = self.snapshot.documents();
        let mut sources: Vec<SourceFact> = documents
            .map(|document| SourceFact {
                path: document.source.path.to_string(),
                sha256: digest(&document.source.text),
                bytes: document.source.text.len(),
            })
            .collect();
        sources.sort_by(|a, b| a.path.cmp(&b.path));
        Facts {
            system: "payments-platform".to_owned(),
            time: "2026-11-20T09:14:07Z".to_owned(),
            time_source: "SOURCE_DATE_EPOCH".to_owned(),
            tool: TOOL.to_owned(),
            rules_hash: digest("rules"),
            frameworks_hash: digest("frameworks"),
            config_hash: digest("configuration"),
            mappings_hash: digest("mappings"),
            imports_hash: String::new(),
            waivers_hash: digest("waivers"),
            command: "compline report . --framework acme-baseline".to_owned(),
            scope: vec![".".to_owned(), "modules".to_owned()],
            commit: Some(CommitFact {
                id: Some("4f9c2e1b7a0d3c5e8f6a9b1c2d3e4f5061728394".to_owned()),
                branch: Some("main".to_owned()),
                author: Some("Ann Example".to_owned()),
                clean: Some(true),
                why: None,
            }),
            operator: Some("ci@northwind".to_owned()),
            sources,
            left_out: vec![("vendor".to_owned(), "a link that leads out of the workspace".to_owned())],
            scanners: Vec::new(),
            ledger_head: Some((41, digest("ledger"))),
        }
    }
}

/// The policy that the fixture is held to.
pub fn policy() -> Option<PolicyNote> {
    let what =
        "waivers end within 90 days: that of `aws-s3-versioning-disabled` holds until 2099-01-01".to_owned();
    let breaches = vec![Breach { what, file: "main.tf".to_owned(), line: Some(3) }];
    Some(PolicyNote { file: "../policy.yaml".to_owned(), sha256: digest("policy"), breaches })
}

/// What the fixture's files say of their own judgement.
pub fn adjustments() -> Vec<Adjustment> {
    let one = |kind, what: &str, file: &str, line| Adjustment {
        kind,
        what: what.to_owned(),
        file: file.to_owned(),
        line,
        sha256: digest(file),
    };
    vec![
        one(AdjustmentKind::Exclusion, "`exclude` leaves out `**/test/**`", "compline.yaml", Some(2)),
        one(
            AdjustmentKind::Rejection,
            "`aws-rds-publicly-accessible` does not bear on A-1 of acme-baseline, says ann on 2026-11-02: <b>reviewed</b>",
            "compline.mappings.yaml",
            Some(2),
        ),
        one(AdjustmentKind::PassedOver, "it lies in `node_modules`", "node_modules/n/main.tf", None),
    ]
}

/// The report over the fixture's own framework.
pub fn report() -> Report {
    Fixture::of(&["acme-baseline"]).report()
}

/// The same run `times` over: what a large estate gives.
pub fn large(times: usize) -> Report {
    let mut fixture = Fixture::of(&["nist-800-53-r5"]);
    let once = std::mem::take(&mut fixture.assessment.verdicts);
    let all = (0..times).flat_map(|round| {
        once.iter().cloned().map(move |mut verdict| {
            verdict.address = Arc::from(format!("module.team_{round:04}.{}", verdict.address));
            verdict
        })
    });
    let chosen = vec![fixture.library.find("nist-800-53-r5").unwrap().clone()];
    let (rules, library) = (&fixture.rules, &fixture.library);
    fixture.assessment = assess::assess(&fixture.snapshot, all.collect(), rules, library, &chosen);
    Report { inventory: Vec::new(), ..fixture.report() }
}

/// A report in which nothing was found and nothing was looked at.
pub fn empty() -> Report {
    let rules = RuleSet::of(Vec::new(), Tables::default());
    let library = Library::builtin(&rules);
    let chosen = vec![library.find("hipaa-security-rule").unwrap().clone()];
    let nothing = Snapshot::default();
    let assessment = assess::assess(&nothing, Vec::new(), &rules, &library, &chosen);
    let facts =
        Facts { system: "empty".to_owned(), time: "2026-11-20T09:14:07Z".to_owned(), ..Facts::default() };
    Report::of(assessment, facts, &nothing, &rules, &library)
}

/// Another scanner's results: one mapped by id, one by likeness, one by a suggestion, one without.
pub fn mapping(fixture: &Fixture) -> MappingResult {
    let finding = |id: &str, title: &str, line: u32, controls: Vec<MappedControl>| MappedFinding {
        tool: "checkov".to_owned(),
        id: id.to_owned(),
        title: title.to_owned(),
        place: format!("main.tf:{line}"),
        resource: Some("aws_s3_bucket.logs".to_owned()),
        kind: None,
        file: Some("main.tf".to_owned()),
        line: Some(line),
        severity: Some(Severity::High),
        bears_on_nothing: controls.is_empty(),
        controls,
    };
    let control = |id: &str, suggested: bool, score: f32, provenance: Provenance| MappedControl {
        framework: Arc::from("acme-baseline"),
        id: Arc::from(id),
        title: "Public data".to_owned(),
        suggested,
        score,
        provenance,
        via: vec![MappedBy {
            of: Arc::from("aws-s3-public-read-acl"),
            text: Arc::from("bucket ACL lets everyone on the internet read"),
            near: 0.75,
            matched: Arc::from([Arc::from("bucket")]),
        }],
    };
    let inferred = |score: f32| Provenance::Inferred { score, why: Arc::from("it is like a rule") };
    let curated = Provenance::Curated(Arc::from("https://example.com/acme-baseline"));
    let public = vec![control("DATA-2", false, 1.0, curated)];
    MappingResult {
        findings: vec![
            finding("CKV_AWS_20", "Ensure the bucket is not public", 3, public.clone()),
            finding("CKV_AWS_20", "Ensure the bucket is not public", 9, public),
            finding("CKV_X_1", "Bucket read by all", 14, vec![control("DATA-2", false, 0.5, inferred(0.5))]),
            finding("CKV_X_2", "Bucket is odd", 20, vec![control("DATA-1", true, 0.25, inferred(0.25))]),
            finding("CKV_X_3", "Ensure tags are sorted", 30, Vec::new()),
        ],
        counts: MappingCounts {
            results: 9,
            failed: 5,
            passed: 2,
            accepted: 1,
            open: 1,
            by_id: 2,
            mapped: 1,
            suggested: 1,
            nothing: 1,
            none: 0,
        },
        left_out: vec![("Checkov could not read the file".to_owned(), 2)],
        frameworks: vec![("acme-baseline".to_owned(), "Acme".to_owned())],
        assessment: fixture.assessment.clone(),
        calibrated: false,
    }
}

/// What is read of a small root with this many queues.
pub fn inventory(queues: usize) -> Vec<ResourcePart> {
    let text = format!(
        r#"
variable "name" {{ type = string }}
variable "password" {{
  default   = "correct-horse-battery-staple-0123456789"
  sensitive = true
}}
resource "aws_sqs_queue" "q" {{
  count = {queues}
  name  = "q${{count.index}}<script>alert(1)</script>"
}}
resource "aws_db_instance" "ledger" {{
  identifier = var.name
  password   = var.password
  tags       = {{ "odd key" = "line\nbreak", Name = "${{var.name}}-db" }}
}}
resource "aws_eip" "maybe" {{ count = var.name == "x" ? 1 : 0 }}
data "aws_region" "here" {{}}
"#
    );
    let sources = MemorySources::of([("main.tf", text.as_str())]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    compline_reporter::inventory::inventory(&workspace.snapshot(&sources), &RuleSet::builtin())
}

/// A plan of an older state of the code.
fn plan() -> PlanInfo {
    PlanInfo {
        path: Arc::from("plan.json"),
        terraform_version: Some(Arc::from("1.11.4")),
        timestamp: Some(Arc::from("2026-11-17T09:14:07Z")),
        sha256: Arc::from("0123456789abcdef".repeat(4)),
        not_in_code: vec![Arc::from("aws_sqs_queue.gone")],
        not_in_plan: Vec::new(),
    }
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixture")
}

/// Every file below a folder with its path from there, sorted.
fn files_below(folder: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let below = path.strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/");
            out.push((below, std::fs::read_to_string(&path).unwrap()));
        }
    }
    out.sort();
    out
}
