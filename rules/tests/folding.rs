//! Two verdicts for one fault: over the examples of all pages no two failures of a resource are about the same value,
//! other than the pairs listed here; and what folds keeps what it is.
#![expect(clippy::disallowed_methods, reason = "tests read files of their own")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};
use compline_rules::folding::fold;
use compline_rules::waiver;
use compline_rules::{Outcome, RuleSet, Verdict, judge, page};
use rayon::prelude::*;

/// Pairs of rules that fail at one value for two faults, and why.
#[rustfmt::skip]
const TWO_FAULTS: &[(&str, &str, &str)] = &[
    ("aws-security-group-open-database-ports", "aws-security-group-open-rdp", PORTS),
    ("aws-security-group-open-legacy-services", "aws-security-group-open-ssh", PORTS),
    ("azure-network-open-database-ports", "azure-network-open-rdp", PORTS),
    ("gcp-firewall-open-cleartext", "gcp-firewall-open-ssh", PORTS),
    ("kubernetes-apiserver-always-admit", "kubernetes-apiserver-external-ips-allowed", PLUGINS),
    ("kubernetes-apiserver-always-admit", "kubernetes-apiserver-images-not-always-pulled", PLUGINS),
    ("kubernetes-apiserver-always-admit", "kubernetes-apiserver-no-event-rate-limit", PLUGINS),
    ("kubernetes-apiserver-external-ips-allowed", "kubernetes-apiserver-images-not-always-pulled", PLUGINS),
    ("kubernetes-apiserver-external-ips-allowed", "kubernetes-apiserver-no-event-rate-limit", PLUGINS),
    ("kubernetes-apiserver-external-ips-allowed", "kubernetes-apiserver-no-node-restriction", PLUGINS),
    ("kubernetes-apiserver-images-not-always-pulled", "kubernetes-apiserver-no-event-rate-limit", PLUGINS),
    ("kubernetes-apiserver-images-not-always-pulled", "kubernetes-apiserver-no-node-restriction", PLUGINS),
    ("kubernetes-apiserver-no-event-rate-limit", "kubernetes-apiserver-no-node-restriction", PLUGINS),
    ("kubernetes-apiserver-no-node-authorisation", "kubernetes-apiserver-no-rbac", "the list lacks two modes, each for callers of its own"),
    ("kubernetes-container-cpu-not-requested", "kubernetes-container-cpu-unlimited", "a request places the pod, a limit bounds it"),
    ("kubernetes-container-memory-not-requested", "kubernetes-container-memory-unlimited", "a request places the pod, a limit bounds it"),
];
const PORTS: &str = "a range opens two services that do not come together";
const PLUGINS: &str = "the list lacks two plugins, each against a danger of its own";

fn read(file: &str, text: &str) -> Snapshot {
    let sources = MemorySources::of([(file, text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[file.to_owned()]);
    workspace.snapshot(&sources)
}

/// The verdicts on a text, with its inline waivers on a day, folded.
fn judged(file: &str, text: &str, rules: &RuleSet) -> Vec<Arc<Verdict>> {
    let snapshot = read(file, text);
    let inventories = snapshot.inventories.iter();
    let mut verdicts: Vec<Arc<Verdict>> =
        inventories.flat_map(|inventory| judge(inventory, rules, &snapshot)).collect();
    let waivers = snapshot.documents().flat_map(|document| waiver::inline(document, &[]));
    let waivers: Vec<_> = waivers.map(Arc::new).collect();
    waiver::apply(&mut verdicts, &waivers, rules, &snapshot, "2026-01-01");
    let mut folded = Arc::new(verdicts);
    fold(&mut folded, rules);
    folded.to_vec()
}

/// Whether a rule of one provider judges a kind that is not another's.
fn is_own(rule: &str, kind: &str) -> bool {
    let of = |words: [&str; 2]| words.iter().any(|word| kind.starts_with(word));
    let providers = [
        ("aws-", of(["aws_", "AWS::"])),
        ("gcp-", of(["google_", "google_"])),
        ("azure-", of(["azurerm_", "Microsoft."])),
    ];
    let is_known = providers.iter().any(|(_, is)| *is);
    !is_known || providers.iter().any(|(provider, is)| *is && rule.starts_with(provider))
}

/// The pairs of failures that are told apart and decided at one value, or at the absence of one.
fn doubles(verdicts: &[Arc<Verdict>]) -> Vec<(String, String, String)> {
    for one in verdicts {
        assert!(is_own(&one.rule, &one.kind), "{} judges `{}`", one.rule, one.address);
    }
    let stated = |one: &&Arc<Verdict>| matches!(one.outcome, Outcome::Fail) && one.folded_under.is_none();
    let failing: Vec<&Arc<Verdict>> = verdicts.iter().filter(stated).collect();
    let mut out = Vec::new();
    for (at, one) in failing.iter().enumerate() {
        for other in &failing[at + 1..] {
            let (Some(here), Some(there)) = (&one.locus, &other.locus) else { continue };
            let same = one.address == other.address && one.root == other.root && here.span == there.span;
            let absent = one.observed.is_absent() || other.observed.is_absent();
            if same && one.path == other.path && !one.path.is_empty()
                || same && !absent && !one.path.is_empty()
            {
                let (a, b) = (one.rule.to_string(), other.rule.to_string());
                out.push((a.clone().min(b.clone()), a.max(b), one.path.to_string()));
            }
        }
    }
    out
}

#[test]
fn no_two_verdicts_state_one_fault() {
    let rules = RuleSet::builtin();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pages: Vec<String> = ["aws", "azure", "gcp", "kubernetes"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .map(|path| std::fs::read_to_string(path).unwrap())
        .collect();
    let of_page = |text: &String| {
        let examples = page::parse(text).unwrap().examples.into_iter();
        examples.flat_map(|one| doubles(&judged(one.file, &one.text, &rules))).collect::<Vec<_>>()
    };
    // Judging shares its work out too: what waits for it stands on one stack.
    let pool = rayon::ThreadPoolBuilder::new().stack_size(256 << 20).build().unwrap();
    let found: Vec<(String, String, String)> =
        pool.install(|| pages.par_iter().flat_map_iter(of_page).collect());
    let mut counts: BTreeMap<(String, String), (usize, String)> = BTreeMap::new();
    for (a, b, path) in found {
        counts.entry((a, b)).or_insert((0, path)).0 += 1;
    }
    let known: BTreeSet<(String, String)> =
        TWO_FAULTS.iter().map(|(a, b, _)| ((*a).to_owned(), (*b).to_owned())).collect();
    let new: Vec<String> = counts
        .iter()
        .filter(|(pair, _)| !known.contains(*pair))
        .map(|((a, b), (count, path))| format!("{a} | {b}: {count} times, `{path}`"))
        .collect();
    let gone: Vec<_> = known.iter().filter(|pair| !counts.contains_key(*pair)).collect();
    assert!(new.is_empty(), "one folds under the other, or the pair needs a reason:\n{}", new.join("\n"));
    assert!(gone.is_empty(), "no longer needed: {gone:?}");
    assert!(TWO_FAULTS.iter().all(|(a, b, why)| a < b && !why.is_empty()));
}

fn told<'a>(verdicts: &'a [Arc<Verdict>], rule: &str) -> &'a Verdict {
    verdicts.iter().find(|one| *one.rule == *rule).unwrap_or_else(|| panic!("no verdict of {rule}"))
}

fn under<'a>(verdicts: &'a [Arc<Verdict>], rule: &str) -> Option<&'a str> {
    told(verdicts, rule).folded_under.as_ref().map(|under| &*under.rule)
}

const GROUP: &str = r#"
resource "aws_security_group" "web" {
  name = "web"
  ingress {
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }
}
"#;

#[test]
fn the_broader_speaks_and_the_narrower_keeps_what_it_is() {
    let rules = RuleSet::builtin();
    let every_port = GROUP.replace("to_port     = 0", "to_port     = 65535").replace("\"-1\"", "\"tcp\"");
    for text in [GROUP, &every_port] {
        let verdicts = judged("main.tf", text, &rules);
        let broad = told(&verdicts, "aws-security-group-open-all-ports");
        assert!(matches!(broad.outcome, Outcome::Fail) && broad.folded_under.is_none(), "{text}");
        for rule in ["open-ssh", "open-rdp", "open-database-ports", "open-legacy-services"] {
            let rule = format!("aws-security-group-{rule}");
            let narrow = told(&verdicts, &rule);
            assert!(matches!(narrow.outcome, Outcome::Fail), "{rule}");
            let above = narrow.folded_under.as_ref().expect("it folds");
            assert_eq!((&above.rule, &above.fingerprint), (&broad.rule, &broad.fingerprint));
            assert_ne!(narrow.fingerprint, broad.fingerprint);
        }
    }
}

#[test]
fn what_the_broader_does_not_name_is_told_by_itself() {
    let rules = RuleSet::builtin();
    // A second rule opens SSH alone: that the first opens everything does not say so.
    let own = GROUP.replace(
        "  name = \"web\"\n",
        "  name = \"web\"\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = \"tcp\"\n    cidr_blocks = [\"0.0.0.0/0\"]\n  }\n",
    );
    let verdicts = judged("main.tf", &own, &rules);
    assert_eq!(under(&verdicts, "aws-security-group-open-ssh"), None);
    assert_eq!(under(&verdicts, "aws-security-group-open-rdp"), Some("aws-security-group-open-all-ports"));
    // Closed to the world, nothing fails and nothing folds.
    let closed = judged("main.tf", &GROUP.replace("0.0.0.0/0", "10.0.0.0/8"), &rules);
    assert!(closed.iter().all(|one| one.folded_under.is_none()));
    assert!(matches!(told(&closed, "aws-security-group-open-ssh").outcome, Outcome::Pass));
}

#[test]
fn a_waiver_of_the_broader_leaves_the_narrower_to_speak() {
    let rules = RuleSet::builtin();
    let waive = |rule: &str| {
        GROUP.replace(
            "  name = ",
            &format!("  # compline: waive {rule} reason=\"x\" until=2027-01-01 by=me\n  name = "),
        )
    };
    let verdicts = judged("main.tf", &waive("aws-security-group-open-all-ports"), &rules);
    assert!(matches!(told(&verdicts, "aws-security-group-open-all-ports").outcome, Outcome::Waived(_)));
    assert_eq!(under(&verdicts, "aws-security-group-open-ssh"), None);
    assert!(matches!(told(&verdicts, "aws-security-group-open-ssh").outcome, Outcome::Fail));
    // A waiver of the narrower is of the narrower.
    let verdicts = judged("main.tf", &waive("aws-security-group-open-ssh"), &rules);
    assert!(matches!(told(&verdicts, "aws-security-group-open-ssh").outcome, Outcome::Waived(_)));
    assert_eq!(under(&verdicts, "aws-security-group-open-ssh"), None);
    assert!(matches!(told(&verdicts, "aws-security-group-open-all-ports").outcome, Outcome::Fail));
    assert_eq!(under(&verdicts, "aws-security-group-open-rdp"), Some("aws-security-group-open-all-ports"));
}

#[test]
fn each_kind_of_double_folds() {
    let rules = RuleSet::builtin();
    let folds = |file: &str, text: &str, narrow: &str, broad: &str| {
        assert_eq!(under(&judged(file, text, &rules), narrow), Some(broad), "{text}");
    };
    let cluster = "resource \"aws_eks_cluster\" \"main\" {\n  name = \"x\"\n  role_arn = \"arn:aws:iam::111122223333:role/x\"\n  vpc_config {\n    subnet_ids = [\"subnet-1\"]\n  }\n}\n";
    folds("main.tf", cluster, "aws-eks-public-endpoint", "aws-eks-endpoint-open-to-internet");
    let bounded =
        cluster.replace("  vpc_config {\n", "  vpc_config {\n    public_access_cidrs = [\"192.0.2.0/24\"]\n");
    let verdicts = judged("main.tf", &bounded, &rules);
    assert_eq!(under(&verdicts, "aws-eks-public-endpoint"), None);
    assert!(matches!(told(&verdicts, "aws-eks-public-endpoint").outcome, Outcome::Fail));

    let pod = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - name: web\n      image: registry.example.com/web:1.4.2\n      securityContext:\n        privileged: true\n";
    for narrow in ["escalation-allowed", "capabilities-kept", "seccomp-unset"] {
        folds("pod.yaml", pod, &format!("kubernetes-container-{narrow}"), "kubernetes-container-privileged");
    }
    // The other container has the narrower fault without the broader.
    let two = format!("{pod}    - name: side\n      image: registry.example.com/side:1.4.2\n");
    assert_eq!(under(&judged("pod.yaml", &two, &rules), "kubernetes-container-escalation-allowed"), None);

    let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: x\nrules:\n  - apiGroups: ['']\n    resources: [pods/exec, secrets]\n    verbs: ['*']\n";
    for narrow in ["pod-exec", "reads-secrets"] {
        folds("role.yaml", role, &format!("kubernetes-rbac-{narrow}"), "kubernetes-rbac-wildcard");
    }

    let policy = |actions: &str| {
        format!(
            "resource \"aws_iam_policy\" \"p\" {{\n  policy = jsonencode({{\n    Version = \"2012-10-17\"\n    Statement = [{{ Effect = \"Allow\", Action = {actions}, Resource = \"*\" }}]\n  }})\n}}\n"
        )
    };
    folds(
        "main.tf",
        &policy("\"*\""),
        "aws-iam-policy-allows-all-iam-actions",
        "aws-iam-policy-allows-everything",
    );
    folds(
        "main.tf",
        &policy("\"*\""),
        "aws-iam-policy-passes-every-role",
        "aws-iam-policy-allows-everything",
    );
    folds(
        "main.tf",
        &policy("[\"iam:*\"]"),
        "aws-iam-policy-passes-every-role",
        "aws-iam-policy-allows-all-iam-actions",
    );
}
