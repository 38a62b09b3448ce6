//! A believable run, made by hand: what the faces have to be able to print, long and odd things included.

use std::sync::Arc;

use compline_frameworks::{Assessment, Library, VerdictEdges, assess};
use compline_iac::edit::{Change, Literal, TextEdit};
use compline_iac::{Dialect, Gravity, MemorySources, Options, PlanInfo, Problem, Snapshot, Source, SourceId};
use compline_iac::{Span, Why, WhyKind, Workspace};
use compline_reporter::inventory::ResourcePart;
use compline_reporter::{Facts, Report, Run, SourceFact, Texts};
use compline_rules::table::Tables;
use compline_rules::waiver::{Scope, Waiver};
use compline_rules::{Check, Fix, Locus, Outcome, Page, Related, RuleSet, Safety, Severity, Verdict};
use sha2::{Digest as _, Sha256};

pub struct Memory {
    sources: Vec<Source>,
    problems: Vec<Problem>,
}

impl Texts for Memory {
    fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    fn edits(&self, _: Dialect, change: &Change) -> Vec<TextEdit> {
        match change {
            Change::Replace { at, value: Literal::Text(text) } => {
                vec![TextEdit { span: *at, text: format!("\"{text}\"") }]
            }
            Change::Replace { at, value: Literal::Bool(value) } => {
                vec![TextEdit { span: *at, text: value.to_string() }]
            }
            _ => Vec::new(),
        }
    }

    fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

const FILES: [(&str, &str); 8] = [
    (
        "modules/network/main.tf",
        "resource \"aws_security_group\" \"bastion\" {\n  name = \"bastion\"\n\n  ingress {\n    from_port   = 22\n    \
         to_port     = 22\n    protocol    = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n}\n\nresource \
         \"aws_security_group\" \"app\" {\n  ingress {\n    from_port   = 443\n    to_port     = 443\n    \
         cidr_blocks = [\"10.0.0.0/8\"]\n  }\n}\n",
    ),
    (
        "iam/deploy.tf",
        "resource \"aws_iam_policy\" \"deploy\" {\n  policy = jsonencode({\n    Statement = [{\n      Sid      = \
         \"Deploy\"\n      Effect   = \"Allow\"\n      Action   = \"*\"\n      Resource = \"*\"\n    }]\n  \
         })\n}\n\nresource \"aws_iam_policy\" \"readonly\" {\n  policy = jsonencode({ Statement = [{ Action = \
         [\"s3:GetObject\", \"s3:ListBucket\"] }] })\n}\n\nresource \"aws_iam_account_password_policy\" \"main\" {\n  \
         minimum_password_length = 14\n}\n",
    ),
    (
        "compute/worker.tf",
        "# 작업자 인스턴스: 결제 배치를 처리한다\nresource \"aws_instance\" \"worker\" {\n  for_each = toset([\"a\", \
         \"b\"])\n\n  metadata_options {\n    http_endpoint = \"enabled\"\n    http_tokens   = \"optional\"\n  \
         }\n\n  user_data = \"결제 배치 — région « Séoul » ☃ 𝕏 힣\"\n}\n",
    ),
    (
        "edge/lb.tf",
        "resource \"aws_lb_listener\" \"public\" {\n  port              = 80\n  protocol          = \
         var.listener_protocol\n  load_balancer_arn = aws_lb.edge.arn\n}\n\nresource \"aws_lb_listener\" \"admin\" \
         {\n  port     = 8443\n  protocol = \"HTTPS\"\n}\n",
    ),
    (
        "obs/logs.tf",
        "resource \"aws_cloudwatch_log_group\" \"app\" {\n  name              = \"/app/payments\"\n  \
         retention_in_days = 30\n}\n\nresource \"aws_cloudwatch_log_group\" \"audit\" {\n  name              = \
         \"/audit\"\n  retention_in_days = 400\n}\n\nresource \"aws_cloudtrail\" \"main\" {\n  is_multi_region_trail \
         = true\n  enable_log_file_validation = true\n}\n",
    ),
    (
        "data/rds.tf",
        "resource \"aws_db_instance\" \"ledger\" {\n  storage_encrypted       = true\n  backup_retention_period = \
         35\n  publicly_accessible     = true\n  password                = \"correct-horse-battery-staple-0123456789\"\n  \
         tags = { owner = \"team\" }\n}\n\nresource \"aws_db_instance\" \"reporting\" {\n  storage_encrypted       = \
         true\n  backup_retention_period = 7\n  publicly_accessible     = false\n}\n",
    ),
    (
        "modules/platform/environments/ap-northeast-2/payments/checkout/storage/artifact_buckets.tf",
        "resource \"aws_s3_bucket\" \"artifact_store_for_the_checkout_service\" {\n  bucket = \"artifacts\"\n  acl    \
         = \"public-read\"\n}\n\nresource \"aws_s3_bucket\" \"logs\" {\n  acl = \"private\"\n}\n",
    ),
    ("policy.tf", ""),
];

const RULES: [(&str, &str, Severity, &[&str]); 11] = [
    (
        "aws-security-group-open-ingress",
        "security group lets the whole internet in",
        Severity::Critical,
        &["ingress-restricted", "admin-ports-restricted"],
    ),
    (
        "aws-iam-policy-wildcard-action",
        "policy allows every action",
        Severity::High,
        &["iam-no-wildcard-actions", "iam-no-admin-policies"],
    ),
    (
        "aws-ec2-imdsv1-allowed",
        "instance metadata answers without a token",
        Severity::Medium,
        &["instance-metadata-protected"],
    ),
    ("aws-lb-listener-plaintext", "the listener accepts plain text", Severity::High, &["load-balancer-tls"]),
    (
        "aws-log-group-short-retention",
        "log group keeps events for less than a year",
        Severity::Low,
        &["log-retention-set"],
    ),
    (
        "aws-cloudtrail-no-validation",
        "trail does not validate its log files",
        Severity::Medium,
        &["log-integrity-validated"],
    ),
    (
        "aws-cloudtrail-single-region",
        "trail records one region only",
        Severity::Medium,
        &["audit-trail-enabled", "audit-trail-all-regions"],
    ),
    (
        "aws-rds-unencrypted",
        "database storage is not encrypted",
        Severity::High,
        &["database-encrypted-at-rest"],
    ),
    (
        "aws-rds-no-backup",
        "database keeps no backups",
        Severity::Medium,
        &["backups-enabled", "backup-retention-sufficient"],
    ),
    (
        "aws-s3-public-read-acl",
        "bucket ACL lets everyone on the internet read",
        Severity::High,
        &["storage-not-public"],
    ),
    (
        "aws-iam-weak-password-policy",
        "account allows short passwords",
        Severity::Medium,
        &["password-length-enforced"],
    ),
];

fn page(id: &str, title: &str, severity: Severity, objectives: &[&str]) -> Page {
    Page {
        id: id.to_owned(),
        title: title.to_owned(),
        severity,
        objectives: objectives.iter().map(|id| (*id).to_owned()).collect(),
        aliases: [("checkov".to_owned(), vec!["CKV_AWS_20".to_owned()])].into_iter().collect(),
        sources: Vec::new(),
        check: Check::Kinds(Vec::new()),
        fix: None,
        example: None,
        prose: format!(
            "When {title}, others can reach what they should not.\n\nName what needs access, and no more."
        ),
        bytes: 0,
    }
}

pub fn rules() -> RuleSet {
    let pages = RULES.iter().map(|(id, title, severity, objectives)| page(id, title, *severity, objectives));
    RuleSet::of(pages.collect(), Tables::default())
}

fn texts() -> Memory {
    let long = format!(
        "locals {{\n  blob = \"{}NEEDLE{}\"\n}}\n\nresource \"aws_iam_policy\" \"generated\" {{\n  policy = \
         local.blob\n}}\n",
        "A".repeat(4000),
        "B".repeat(4000)
    );
    let sources = FILES.iter().enumerate().map(|(index, (path, text))| {
        let text = if *path == "policy.tf" { long.as_str() } else { text };
        Source::new(SourceId(index as u32), *path, text)
    });
    let note = Problem {
        gravity: Gravity::Note,
        path: Arc::from("legacy/old.tf"),
        span: None,
        message: "`legacy/old.tf` was left out by the configuration".to_owned(),
        help: None,
    };
    Memory { sources: sources.collect(), problems: vec![note] }
}

/// A verdict on the `nth` place where `needle` stands in a file.
struct Draft<'a> {
    texts: &'a Memory,
    out: Vec<Verdict>,
}

impl Draft<'_> {
    #[allow(clippy::too_many_arguments)]
    fn add(
        &mut self,
        rule: &str,
        address: &str,
        at: (&str, &str),
        outcome: Outcome,
        path: &str,
        observed: &str,
        expected: &str,
    ) -> &mut Verdict {
        let source = self.texts.sources.iter().find(|source| &*source.path == at.0).unwrap();
        let start = source.text.find(at.1).unwrap_or_else(|| panic!("{} in {}", at.1, at.0));
        let span = Span::new(source.id, start, start + at.1.len());
        let resource = source.text[..start].rfind("resource").unwrap_or(0);
        let end = source.text[start..].find("\n}").map_or(source.text.len(), |end| start + end + 2);
        let severity =
            RULES.iter().find(|(id, ..)| *id == rule).map(|(_, _, severity, _)| *severity).unwrap();
        let kind = address.trim_start_matches("module.").split('.').find(|part| part.starts_with("aws_"));
        let number = self.out.len() as u64 + 1;
        self.out.push(Verdict {
            rule: Arc::from(rule),
            severity,
            address: Arc::from(address),
            kind: Arc::from(kind.unwrap_or("aws_s3_bucket")),
            dialect: Dialect::Terraform,
            root: Arc::from("."),
            outcome,
            locus: Locus {
                span,
                resource: Span::new(source.id, resource, end),
                offenders: Vec::new(),
                related: Vec::new(),
            },
            path: path.into(),
            observed: observed.to_owned(),
            expected: expected.into(),
            message: format!("`{path}` is {observed}, expected {expected}"),
            assumption: None,
            fix: None,
            fingerprint: format!("{:032x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
        });
        self.out.last_mut().unwrap()
    }
}

fn fix(verdict: &mut Verdict, safety: Safety, title: &str, value: Literal) {
    let changes = vec![Change::Replace { at: verdict.locus.span, value }];
    verdict.fix = Some(Fix { title: title.to_owned(), safety, changes });
}

fn verdicts(texts: &Memory) -> Vec<Verdict> {
    let mut draft = Draft { texts, out: Vec::new() };
    let long = "modules/platform/environments/ap-northeast-2/payments/checkout/storage/artifact_buckets.tf";
    let deep = "module.platform[\"ap-northeast-2\"].module.payments.module.checkout_service_with_a_long_name[\"결제-\
                서비스\"].aws_s3_bucket.artifact_store_for_the_checkout_service[\"very-long-key-0001\"]";
    let open = draft.add(
        "aws-security-group-open-ingress",
        "module.network.aws_security_group.bastion",
        ("modules/network/main.tf", "[\"0.0.0.0/0\"]"),
        Outcome::Fail,
        "ingress[0].cidr_blocks",
        "0.0.0.0/0",
        "no public range on port 22",
    );
    open.locus.related.push(Related { span: open.locus.resource, text: "the group stands here".to_owned() });
    fix(open, Safety::Unsafe, "name the ranges that need access", Literal::Text(Arc::from("10.0.0.0/8")));
    draft.add(
        "aws-security-group-open-ingress",
        "module.network.aws_security_group.app",
        ("modules/network/main.tf", "[\"10.0.0.0/8\"]"),
        Outcome::Pass,
        "ingress[0].cidr_blocks",
        "10.0.0.0/8",
        "no public range",
    );
    let wild = draft.add(
        "aws-iam-policy-wildcard-action",
        "aws_iam_policy.deploy",
        ("iam/deploy.tf", "\"*\""),
        Outcome::Fail,
        "policy.Statement[0].Action",
        "*",
        "named actions",
    );
    fix(wild, Safety::Display, "name the actions the deployment needs", Literal::Bool(true));
    draft.add(
        "aws-iam-policy-wildcard-action",
        "aws_iam_policy.readonly",
        ("iam/deploy.tf", "[\"s3:GetObject\", \"s3:ListBucket\"]"),
        Outcome::Pass,
        "policy.Statement[0].Action",
        "s3:GetObject, s3:ListBucket",
        "named actions",
    );
    let generated = draft.add(
        "aws-iam-policy-wildcard-action",
        "aws_iam_policy.generated",
        ("policy.tf", "NEEDLE"),
        Outcome::Fail,
        "policy",
        &format!("a text of 8,006 characters: {}", "A".repeat(240)),
        "named actions",
    );
    generated.assumption = Some("assuming provider aws at its newest".to_owned());
    let tokens = draft.add(
        "aws-ec2-imdsv1-allowed",
        "aws_instance.worker[\"b\"]",
        ("compute/worker.tf", "\"optional\""),
        Outcome::Fail,
        "metadata_options.http_tokens",
        "optional",
        "required",
    );
    fix(
        tokens,
        Safety::Safe,
        "set `metadata_options.http_tokens` to `required`",
        Literal::Text(Arc::from("required")),
    );
    draft.add(
        "aws-ec2-imdsv1-allowed",
        "aws_instance.worker[\"a\"]",
        ("compute/worker.tf", "\"enabled\""),
        Outcome::Pass,
        "metadata_options.http_tokens",
        "required",
        "required",
    );
    let why =
        Why::new(WhyKind::Variable, "variable `listener_protocol` has no default and no value was given");
    draft.add(
        "aws-lb-listener-plaintext",
        "aws_lb_listener.public",
        ("edge/lb.tf", "var.listener_protocol"),
        Outcome::Unknown(why),
        "protocol",
        "var.listener_protocol",
        "HTTPS or TLS",
    );
    draft.add(
        "aws-lb-listener-plaintext",
        "aws_lb_listener.admin",
        ("edge/lb.tf", "\"HTTPS\""),
        Outcome::Pass,
        "protocol",
        "HTTPS",
        "HTTPS or TLS",
    );
    let waiver = Waiver {
        rule: Arc::from("aws-log-group-short-retention"),
        reason: Some(Arc::from(
            "logs are copied to the archive bucket for 400 days, 감사 로그 보관 정책 7조",
        )),
        until: Some(Arc::from("2027-01-31")),
        by: Some(Arc::from("j.lindqvist")),
        span: None,
        place: Arc::from("compline.waivers.yaml:14"),
        fault: None,
        scope: Scope::Pattern { address: None, file: None },
    };
    draft.add(
        "aws-log-group-short-retention",
        "aws_cloudwatch_log_group.app",
        ("obs/logs.tf", "30"),
        Outcome::Waived(Arc::new(waiver)),
        "retention_in_days",
        "30",
        "365 or more",
    );
    for name in ["audit", "vpc_flow", "dns", "edge_access", "payments"] {
        draft.add(
            "aws-log-group-short-retention",
            &format!("aws_cloudwatch_log_group.{name}"),
            ("obs/logs.tf", "400"),
            Outcome::Pass,
            "retention_in_days",
            "400",
            "365 or more",
        );
    }
    draft.add(
        "aws-cloudtrail-no-validation",
        "aws_cloudtrail.main",
        ("obs/logs.tf", "= true\n  enable"),
        Outcome::Pass,
        "enable_log_file_validation",
        "true",
        "true",
    );
    draft.add(
        "aws-cloudtrail-single-region",
        "aws_cloudtrail.main",
        ("obs/logs.tf", "is_multi_region_trail"),
        Outcome::Pass,
        "is_multi_region_trail",
        "true",
        "true",
    );
    for name in ["ledger", "reporting", "replica[0]", "replica[1]"] {
        draft.add(
            "aws-rds-unencrypted",
            &format!("aws_db_instance.{name}"),
            ("data/rds.tf", "true"),
            Outcome::Pass,
            "storage_encrypted",
            "true",
            "true",
        );
        draft.add(
            "aws-rds-no-backup",
            &format!("aws_db_instance.{name}"),
            ("data/rds.tf", "35"),
            Outcome::Pass,
            "backup_retention_period",
            "35",
            "1 or more",
        );
    }
    let secret = draft.add(
        "aws-iam-weak-password-policy",
        "aws_db_instance.ledger",
        ("data/rds.tf", "\"correct-horse-battery-staple-0123456789\""),
        Outcome::Fail,
        "password",
        "(hidden, 39 characters)",
        "a reference to a secret store",
    );
    secret.severity = Severity::Low;
    draft.add(
        "aws-iam-weak-password-policy",
        "aws_iam_account_password_policy.main",
        ("iam/deploy.tf", "14"),
        Outcome::Pass,
        "minimum_password_length",
        "14",
        "12 or more",
    );
    let bucket = draft.add(
        "aws-s3-public-read-acl",
        deep,
        (long, "\"public-read\""),
        Outcome::Fail,
        "acl",
        "public-read",
        "anything but public-read, public-read-write",
    );
    fix(bucket, Safety::Unsafe, "set `acl` to `private`", Literal::Text(Arc::from("private")));
    draft.add(
        "aws-s3-public-read-acl",
        "aws_s3_bucket.logs",
        (long, "\"private\""),
        Outcome::Pass,
        "acl",
        "private",
        "anything but public-read, public-read-write",
    );
    draft.add(
        "aws-s3-public-read-acl",
        "aws_s3_bucket.<script>alert(1)</script>",
        (long, "\"private\""),
        Outcome::Pass,
        "acl",
        "private \u{7} <b>& \"quoted\" 漢字 🎉",
        "anything but public-read",
    );
    draft.out
}

fn facts() -> Facts {
    let digest = |n: usize| -> String {
        let hash = Sha256::digest(n.to_le_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let mut sources: Vec<SourceFact> = FILES
        .iter()
        .enumerate()
        .map(|(n, (path, text))| SourceFact {
            path: (*path).to_owned(),
            sha256: digest(n),
            bytes: text.len() + 8000,
        })
        .collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    Facts {
        system: "payments-platform".to_owned(),
        time: "2026-11-20T09:14:07Z".to_owned(),
        time_source: "SOURCE_DATE_EPOCH".to_owned(),
        tool: "compline 0.1.0".to_owned(),
        rules_hash: digest(40),
        frameworks_hash: digest(41),
        config_hash: digest(42),
        command: "compline report . --framework nist-800-53-r5 --framework pci-dss-4.0.1 --framework hipaa-security-rule -o out".to_owned(),
        scope: vec![".".to_owned(), "modules".to_owned()],
        commit: Some(("4f9c2e1b7a0d3c5e8f6a9b1c2d3e4f5061728394".to_owned(), true)),
        operator: Some("ci@northwind".to_owned()),
        sources,
        left_out: vec![("legacy/**".to_owned(), "by configuration, line 6".to_owned()), ("vendor/".to_owned(), "ignored by git".to_owned())],
        scanners: Vec::new(),
        ledger_head: Some((41, digest(43))),
    }
}

/// The report of a believable run over three frameworks.
pub fn report() -> Report {
    let (texts, rules) = (texts(), rules());
    let library = Library::builtin(&rules);
    let chosen: Vec<_> = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"]
        .iter()
        .map(|id| library.find(id).unwrap().clone())
        .collect();
    let mut assessment = assess::assess(&Snapshot::default(), verdicts(&texts), &rules, &library, &chosen);
    assessment.coverage.files = 8;
    assessment.coverage.resources = 63;
    assessment.coverage.judged = 21;
    assessment.coverage.kinds_without_rules =
        [(Arc::from("aws_glue_job"), 4), (Arc::from("datadog_monitor"), 3)].into_iter().collect();
    assessment.coverage.gaps =
        vec![(Arc::from("module.cdn"), Arc::from("its source `git::https://…` is not here"))];
    assessment.coverage.plans = vec![(Arc::from(""), plan())];
    let report = Report::of(assessment, facts(), &texts, &rules, &library);
    Report { inventory: inventory(3), ..report }
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
    compline_reporter::inventory::inventory(&workspace.snapshot(&sources))
}

/// The same run `times` over: what a large estate gives.
pub fn large(times: usize) -> Report {
    let (texts, rules) = (texts(), rules());
    let library = Library::builtin(&rules);
    let chosen = vec![library.find("nist-800-53-r5").unwrap().clone()];
    let mut all = Vec::new();
    for round in 0..times {
        for mut verdict in verdicts(&texts) {
            verdict.address = Arc::from(format!("module.team_{round:04}.{}", verdict.address));
            all.push(verdict);
        }
    }
    let assessment = assess::assess(&Snapshot::default(), all, &rules, &library, &chosen);
    Report::of(assessment, facts(), &texts, &rules, &library)
}

/// A report in which nothing was found and nothing was looked at.
pub fn empty() -> Report {
    let (texts, rules) = (Memory { sources: Vec::new(), problems: Vec::new() }, rules());
    let library = Library::builtin(&rules);
    let chosen = vec![library.find("hipaa-security-rule").unwrap().clone()];
    let assessment = assess::assess(&Snapshot::default(), Vec::new(), &rules, &library, &chosen);
    let facts =
        Facts { system: "empty".to_owned(), time: "2026-11-20T09:14:07Z".to_owned(), ..Facts::default() };
    Report::of(assessment, facts, &texts, &rules, &library)
}

/// The verdicts of the same run as a check sees them.
pub fn run() -> (Run, Library) {
    let (texts, rules) = (texts(), rules());
    let library = Library::builtin(&rules);
    let verdicts = verdicts(&texts);
    let edges = VerdictEdges::of(&verdicts, &library);
    let assessment = Assessment { verdicts, edges, frameworks: Vec::new(), coverage: Default::default() };
    let run = Run::new(&assessment, &texts, &rules, &[], "compline 0.1.0");
    (run, library)
}
