//! What verdicts carry as evidence: secrets are hidden however deep they lie and however long their text is, and
//! waivers hold by every id of a rule.

#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};
use compline_rules::waiver::{self, UnusedReason, WaiverFault};
use compline_rules::{Observed, Outcome, RuleSet, Verdict, judge, page};

fn read(text: &str) -> Snapshot {
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    workspace.snapshot(&sources)
}

/// A rule with this requirement of `aws_x`.
fn rules(requirement: &str) -> RuleSet {
    let page = format!(
        "---\nid: aws-x-wrong\ntitle: it is wrong\nseverity: low\nobjectives: [o]\nwas: [aws-x-former-name]\n\
         aliases: {{ checkov: [CKV_X_1] }}\ncheck:\n  aws_x: {requirement}\n---\nWhy.\n"
    );
    RuleSet::of(vec![page::parse(&page).unwrap().rule], Default::default())
}

fn verdict(requirement: &str, text: &str) -> Arc<Verdict> {
    let snapshot = read(text);
    let verdicts = judge(&snapshot.inventories[0], &rules(requirement), &snapshot);
    Arc::clone(verdicts.iter().find(|one| &*one.address == "aws_x.a").unwrap())
}

#[test]
fn what_is_declared_sensitive_is_hidden_wherever_a_rule_looks() {
    let long = "x".repeat(200);
    let text = |value: &str| {
        format!(
            "variable \"secret\" {{\n  sensitive = true\n  default = {{ name = \"hunter2\", list = [\"hunter2\", \"other\"], tags = [{{ key = \"k\", value = \"hunter2\" }}] }}\n}}\n\
             variable \"plain\" {{\n  sensitive = true\n  default = \"hunter2\"\n}}\n\
             resource \"aws_x\" \"a\" {{\n  v = {value}\n}}\n"
        )
    };
    for (requirement, value) in [
        ("{ v: { is: other, absent: fail } }", "var.plain".to_owned()),
        ("{ v.name: { is: other, absent: fail } }", "var.secret".to_owned()),
        ("{ v.list: { contains: [none], absent: fail } }", "var.secret".to_owned()),
        ("{ v.list: { none: { not_in: [other] } } }", "var.secret".to_owned()),
        ("{ v.list: { all: { in: [other] } } }", "var.secret".to_owned()),
        ("{ v.list: { count: { at_most: 1 } } }", "var.secret".to_owned()),
        ("{ \"v.tags[k]\": { is: other, absent: fail } }", "var.secret".to_owned()),
        (
            "{ v: { all: { key: { is: name, absent: fail }, value: { is: other, absent: fail } } } }",
            "{ name = var.plain }".to_owned(),
        ),
        // The secret stands behind what is cut off.
        ("{ v: { contains: [none], absent: fail } }", format!("[\"{long}\", var.plain]")),
    ] {
        let verdict = verdict(requirement, &text(&value));
        assert!(matches!(verdict.outcome, Outcome::Fail), "{requirement}: {verdict:?}");
        assert!(verdict.observed.is_hidden(), "{requirement}: {:?}", verdict.observed);
        let told = format!("{} {}", verdict.observed, verdict.message);
        assert!(!told.contains("hunter2"), "{requirement}: {told}");
    }
}

#[test]
fn words_of_the_user_hide_nothing_and_mean_nothing() {
    let open = verdict(
        "{ v: { is: other, absent: fail } }",
        "resource \"aws_x\" \"a\" {\n  v = \"(hidden, not set\"\n}\n",
    );
    assert_eq!(open.observed, Observed::Value { text: "(hidden, not set".to_owned(), hides: false });
    let absent =
        verdict("{ v: { is: other, absent: fail } }", "resource \"aws_x\" \"a\" {\n  v = \"not set\"\n}\n");
    assert!(
        !absent.observed.is_absent() && absent.message.contains("`v` is `not set`"),
        "{}",
        absent.message
    );
}

/// What a verdict comes to under waivers with this text above the resource.
fn outcome(options: &str) -> Outcome {
    let snapshot = read(&format!("# compline: waive {options}\nresource \"aws_x\" \"a\" {{ v = 1 }}\n"));
    let rules = rules("{ v: { is: 2, absent: fail } }");
    let mut verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    let waivers: Vec<_> =
        snapshot.documents().flat_map(|document| waiver::inline(document, &[])).map(Arc::new).collect();
    waiver::apply(&mut verdicts, &waivers, &rules, &snapshot, "2026-06-01");
    verdicts[0].outcome.clone()
}

/// Whether a waiver with this text above the resource holds, and else why it does not.
fn waived(options: &str) -> Result<(), UnusedReason> {
    let snapshot = read(&format!("# compline: waive {options}\nresource \"aws_x\" \"a\" {{ v = 1 }}\n"));
    let rules = rules("{ v: { is: 2, absent: fail } }");
    let mut verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    let waivers: Vec<_> =
        snapshot.documents().flat_map(|document| waiver::inline(document, &[])).map(Arc::new).collect();
    let unused = waiver::apply(&mut verdicts, &waivers, &rules, &snapshot, "2026-06-01");
    let holds = matches!(verdicts[0].outcome, Outcome::Waived(_));
    assert_eq!(holds, unused.is_empty(), "{options}");
    unused.into_iter().next().map_or(Ok(()), |unused| Err(unused.reason))
}

#[test]
fn a_waiver_holds_by_every_id_of_its_rule_or_says_why_not() {
    for id in ["aws-x-wrong", "aws-x-former-name", "CKV_X_1", "aws-y-wrong,aws-x-wrong"] {
        let options = format!("{id} reason=\"ours, until=2020-01-01\" until=2026-06-01 by=ops");
        let holds = matches!(outcome(&options), Outcome::Waived(_));
        assert!(holds, "{options}");
    }
    let unused = |options: &str| waived(options).unwrap_err();
    assert_eq!(unused("aws-x-wrong"), UnusedReason::Faulty(WaiverFault::NoReason));
    assert_eq!(
        unused("aws-x-wrong reason=\"r\" until=2026-05-31 by=ops"),
        UnusedReason::Expired { on: "2026-05-31".into() }
    );
    assert_eq!(
        unused("aws-y-wrong reason=\"r\" until=2026-06-01 by=ops"),
        UnusedReason::NoSuchRule { id: "aws-y-wrong".into() }
    );
    let text = "# compline: waive aws-x-wrong reason=\"r\" until=2026-06-01 by=ops\nresource \"aws_y\" \"b\" {}\nresource \"aws_x\" \"a\" { v = 1 }\n";
    let snapshot = read(text);
    let rules = rules("{ v: { is: 2, absent: fail } }");
    let mut verdicts = judge(&snapshot.inventories[0], &rules, &snapshot);
    let waivers: Vec<_> =
        snapshot.documents().flat_map(|document| waiver::inline(document, &[])).map(Arc::new).collect();
    let unused = waiver::apply(&mut verdicts, &waivers, &rules, &snapshot, "2026-06-01");
    assert_eq!(unused[0].reason, UnusedReason::NothingFails);
    assert_eq!(unused[0].waiver.source.to_string(), "main.tf:1");
}

/// A waiver that is not whole waives nothing and says what it lacks.
#[test]
fn a_waiver_that_is_not_whole_waives_nothing() {
    let faults = [
        ("aws-x-wrong reason=\"r\" by=ops", WaiverFault::NoEnd),
        ("aws-x-wrong reason=\"r\" until= by=ops", WaiverFault::BadDate { written: "".into() }),
        ("aws-x-wrong reason=\"r\" until=soon by=ops", WaiverFault::BadDate { written: "soon".into() }),
        (
            "aws-x-wrong reason=\"r\" until=2027-02-31 by=ops",
            WaiverFault::BadDate { written: "2027-02-31".into() },
        ),
        ("aws-x-wrong reason=\"r\" until=2027-06-30", WaiverFault::NoAuthor),
        ("aws-x-wrong reason=\"r\" until=2027-06-30 by=\"  \"", WaiverFault::NoAuthor),
        ("aws-x-wrong reason=\"  \" until=2027-06-30 by=ops", WaiverFault::NoReason),
        (
            "aws-x-wrong reason=\"r until=2027-06-30 by=ops",
            WaiverFault::UnclosedQuote { option: "reason".into() },
        ),
        (
            "aws-x-wrong reason=\"r\" ends=2027-06-30 by=ops",
            WaiverFault::UnknownOption { written: "ends".into() },
        ),
        (
            "aws-x-wrong reason=\"r\" UNTIL=2027-06-30 by=ops",
            WaiverFault::UnknownOption { written: "UNTIL".into() },
        ),
        (
            "aws-x-wrong reason=\"r\" until = 2027-06-30 by=ops",
            WaiverFault::UnknownOption { written: "until".into() },
        ),
        (
            "aws-x-wrong reason=\"r\"until=2027-06-30 by=ops",
            WaiverFault::UnknownOption { written: "until=2027-06-30".into() },
        ),
        (
            "aws-x-wrong reason=\"r\" until=2027-06-30 by=ops until=2030-01-01",
            WaiverFault::Repeated { option: "until".into() },
        ),
        ("* reason=\"r\" until=2027-06-30 by=ops", WaiverFault::EveryRule),
        ("reason=\"r\" until=2027-06-30 by=ops", WaiverFault::NoRule),
    ];
    for (options, fault) in faults {
        assert_eq!(waived(options), Err(UnusedReason::Faulty(fault)), "{options}");
    }
}

/// Another scanner's end that is no day is no end.
#[test]
fn an_end_of_another_scanner_is_a_day() {
    let read_ends = |comment: &str| {
        let snapshot = read(&format!("# {comment}\nresource \"aws_x\" \"a\" {{ v = 1 }}\n"));
        let scanners = [waiver::Scanner::Trivy, waiver::Scanner::Tfsec];
        let waivers: Vec<_> =
            snapshot.documents().flat_map(|document| waiver::inline(document, &scanners)).collect();
        assert_eq!(waivers.len(), 1, "{comment}");
        (waivers[0].until.as_deref().map(str::to_owned), waivers[0].fault.is_some())
    };
    assert_eq!(read_ends("trivy:ignore:AWS-0180"), (None, false));
    assert_eq!(read_ends("trivy:ignore:AWS-0180:exp:2027-01-01"), (Some("2027-01-01".to_owned()), false));
    assert_eq!(read_ends("trivy:ignore:AWS-0180:exp:soon"), (Some("soon".to_owned()), true));
    assert_eq!(read_ends("tfsec:ignore:aws-x:exp"), (Some(String::new()), true));
    assert_eq!(read_ends("tfsec:ignore:aws-x:exp:2027-13-01"), (Some("2027-13-01".to_owned()), true));
}

/// A view has names of its own; a message has the user's.
#[test]
fn what_a_user_wrote_is_named_as_it_was_written() {
    let text = r#"
variable "open" {
  default = ["0.0.0.0/0"]
}
resource "aws_security_group" "inline" {
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
  }
}
resource "aws_security_group" "apart" {}
resource "aws_security_group_rule" "apart" {
  security_group_id = aws_security_group.apart.id
  type              = "ingress"
  from_port         = 22
  to_port           = 22
  protocol          = "tcp"
  cidr_blocks       = var.open
}
resource "kubernetes_pod_v1" "a" {
  spec {
    container {
      name = "c"
      security_context {
        privileged = true
      }
    }
  }
}
"#;
    let snapshot = read(text);
    let verdicts = judge(&snapshot.inventories[0], &RuleSet::builtin(), &snapshot);
    for (rule, address, path) in [
        ("aws-security-group-open-ssh", "aws_security_group.inline", "ingress.cidr_blocks"),
        ("aws-security-group-open-ssh", "aws_security_group.apart", "cidr_blocks"),
        ("kubernetes-container-privileged", "kubernetes_pod_v1.a", "security_context.privileged"),
        ("kubernetes-container-memory-unlimited", "kubernetes_pod_v1.a", "container.resources.limits.memory"),
    ] {
        let found = verdicts.iter().find(|one| &*one.rule == rule && &*one.address == address).unwrap();
        assert_eq!(&*found.path, path, "{rule}");
        assert!(found.message.contains(&format!("`{path}`")), "{}", found.message);
    }
    // So is what passes: every value that was looked at, by its name.
    let closed = text.replace("0.0.0.0/0", "10.1.0.0/16").replace("= true", "= false");
    let snapshot = read(&closed);
    let verdicts = judge(&snapshot.inventories[0], &RuleSet::builtin(), &snapshot);
    for (rule, address, message) in [
        (
            "aws-security-group-open-ssh",
            "aws_security_group.inline",
            "`ingress.cidr_blocks` is `[10.0.0.0/8, 10.1.0.0/16]`; expected none with 0.0.0.0/0 or ::/0 in it",
        ),
        (
            "aws-security-group-open-ssh",
            "aws_security_group.apart",
            "`cidr_blocks` is `[10.1.0.0/16]`; expected none with 0.0.0.0/0 or ::/0 in it",
        ),
        (
            "aws-security-group-open-rdp",
            "aws_security_group.inline",
            "one network rule, not concerned; expected none with 0.0.0.0/0 or ::/0 in it",
        ),
        (
            "kubernetes-container-privileged",
            "kubernetes_pod_v1.a",
            "`security_context.privileged` is `false`; expected false",
        ),
    ] {
        let found = verdicts.iter().find(|one| &*one.rule == rule && &*one.address == address).unwrap();
        assert!(matches!(found.outcome, Outcome::Pass), "{rule}: {}", found.message);
        assert_eq!(found.message, message);
        assert!(found.locus.as_ref().unwrap().related.iter().all(|one| one.text != "fails as well"));
    }
}

/// A setting that is not there has the name that its format would give it.
#[test]
fn what_is_missing_is_named_as_its_format_has_it() {
    let text = "Resources:\n  Door:\n    Type: AWS::EC2::SecurityGroupIngress\n    Properties:\n      GroupId: sg-1\n      IpProtocol: tcp\n      FromPort: 22\n      ToPort: 22\n      CidrIp: 10.0.0.0/8\n";
    let sources = MemorySources::of([("t.yaml", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["t.yaml".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let verdicts = judge(&snapshot.inventories[0], &RuleSet::builtin(), &snapshot);
    let found = verdicts.iter().find(|one| &*one.rule == "aws-security-group-rule-undescribed").unwrap();
    assert_eq!((&*found.path, found.outcome.word()), ("Description", "fail"), "{}", found.message);
}
