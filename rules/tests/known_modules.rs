//! Calls of well-known public modules that are not downloaded, judged by their arguments.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Arc;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};
use compline_rules::{Outcome, RuleSet, Verdict, folding, judge};

struct Judged {
    text: String,
    snapshot: Snapshot,
    verdicts: Vec<Arc<Verdict>>,
}

fn judged(text: &str) -> Judged {
    let sources = MemorySources::of([("main.tf", text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &["main.tf".to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    let rules = RuleSet::builtin();
    let inventory = &snapshot.inventories[0];
    let mut verdicts = Arc::new(judge(inventory, &rules, &snapshot));
    folding::fold_open(&mut verdicts, inventory);
    Judged { text: text.to_owned(), verdicts: verdicts.to_vec(), snapshot }
}

impl Judged {
    /// The outcomes of a rule, worst first.
    fn of(&self, rule: &str) -> Vec<&'static str> {
        let mut words: Vec<_> = self.verdicts.iter().filter(|one| &*one.rule == rule).collect();
        words.sort_by_key(|one| one.outcome.word());
        words.into_iter().map(|one| one.outcome.word()).collect()
    }

    fn failure(&self, rule: &str) -> &Verdict {
        let mut found = self.verdicts.iter().filter(|one| &*one.rule == rule);
        let found = found.find(|one| matches!(one.outcome, Outcome::Fail));
        found.unwrap_or_else(|| panic!("{rule}: {:?}", self.of(rule)))
    }

    /// The text that a failure points at.
    fn at(&self, rule: &str) -> &str {
        &self.text[self.failure(rule).locus.as_ref().expect("it has a place").span.range()]
    }
}

/// A call with these arguments.
fn call(source: &str, arguments: &str) -> String {
    format!("module \"m\" {{\n  source = \"{source}\"\n{arguments}\n}}\n")
}

#[test]
fn a_literal_argument_fails_where_it_is_written() {
    let bucket = call(
        "terraform-aws-modules/s3-bucket/aws",
        "version = \"3.7.0\"\nbucket = \"example\"\nacl = \"public-read\"",
    );
    let found = judged(&bucket);
    assert_eq!(found.at("aws-s3-public-read-acl"), "\"public-read\"");
    let assumption =
        found.failure("aws-s3-public-read-acl").assumption.clone().expect("the call is all there is");
    assert!(assumption.contains("is not downloaded; judged by the arguments of the call"), "{assumption}");

    let database = call(
        "terraform-aws-modules/rds/aws",
        "version = \"5.0.0\"\nidentifier = \"orders\"\npublicly_accessible = true\nstorage_encrypted = false",
    );
    let found = judged(&database);
    assert_eq!(found.at("aws-rds-publicly-accessible"), "true");
    assert_eq!(found.at("aws-rds-storage-unencrypted"), "false");
    let right = judged(&database.replace("= true", "= null").replace("= false", "= true"));
    assert_eq!(right.of("aws-rds-publicly-accessible"), ["pass"]);
    assert_eq!(right.of("aws-rds-storage-unencrypted"), ["pass"]);
}

#[test]
fn an_argument_counts_from_wherever_it_comes() {
    let by_variable = "variable \"open\" { default = true }\nmodule \"m\" {\n  source = \"git::https://github.com/terraform-aws-modules/terraform-aws-rds.git?ref=v5.0.0\"\n  publicly_accessible = var.open\n}\n";
    assert_eq!(judged(by_variable).at("aws-rds-publicly-accessible"), "true");
    let each = "module \"m\" {\n  for_each = { a = \"private\", b = \"public-read\" }\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  acl = each.value\n}\n";
    let found = judged(each);
    let outcomes = found.of("aws-s3-public-read-acl");
    assert_eq!(outcomes.iter().filter(|word| **word == "fail").count(), 1, "{outcomes:?}");
    assert!(outcomes.contains(&"pass"), "{outcomes:?}");
    assert!(found.failure("aws-s3-public-read-acl").address.starts_with("module.m[\"b\"]."));
    let unknown = judged(
        "variable \"acl\" {}\nmodule \"m\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  acl = var.acl\n}\n",
    );
    let outcomes = unknown.of("aws-s3-public-read-acl");
    assert!(outcomes.contains(&"unknown") && !outcomes.contains(&"fail"), "{outcomes:?}");
}

#[test]
fn rules_of_groups_are_read_from_lists_names_and_submodules() {
    let open = "ingress_with_cidr_blocks = [{ from_port = 22, to_port = 22, protocol = \"tcp\", cidr_blocks = \"10.0.0.0/8,0.0.0.0/0\" }]";
    let group = "terraform-aws-modules/security-group/aws";
    assert_eq!(judged(&call(group, open)).of("aws-security-group-open-ssh"), ["fail"]);
    let inside = open.replace(",0.0.0.0/0", "");
    assert!(!judged(&call(group, &inside)).of("aws-security-group-open-ssh").contains(&"fail"));
    let named = "ingress_cidr_blocks = [\"0.0.0.0/0\"]\ningress_rules = [\"ssh-tcp\"]";
    assert_eq!(judged(&call(group, named)).of("aws-security-group-open-ssh"), ["fail"]);
    let part = format!("{group}//modules/ssh");
    assert_eq!(
        judged(&call(&part, "ingress_cidr_blocks = [\"0.0.0.0/0\"]")).of("aws-security-group-open-ssh"),
        ["fail"]
    );
    assert!(
        !judged(&call(&part, "ingress_cidr_blocks = [\"10.0.0.0/8\"]"))
            .of("aws-security-group-open-ssh")
            .contains(&"fail")
    );
}

#[test]
fn what_a_call_leaves_open_is_one_unknown_that_names_the_rules() {
    let found = judged(&call("terraform-aws-modules/sqs/aws", "name = \"orders\"\nof_tomorrow = true"));
    let unknown: Vec<&Arc<Verdict>> =
        found.verdicts.iter().filter(|one| matches!(one.outcome, Outcome::Unknown(_))).collect();
    assert!(unknown.len() > 1, "{:?}", found.verdicts.iter().map(|one| &one.rule).collect::<Vec<_>>());
    assert_eq!(unknown.iter().filter(|one| one.folded_under.is_none()).count(), 1);
    assert!(
        !found.verdicts.iter().any(|one| matches!(one.outcome, Outcome::Fail)),
        "nothing is told that is not known"
    );
    assert!(unknown.iter().all(|one| found.snapshot.source(one.locus.as_ref().unwrap().span).is_some()));
}

#[test]
fn a_companion_outside_belongs_to_what_the_call_makes() {
    let text = "module \"b\" {\n  source = \"terraform-aws-modules/s3-bucket/aws\"\n  bucket = \"a\"\n}\n\
        resource \"aws_s3_bucket_versioning\" \"v\" {\n  bucket = module.b.s3_bucket_id\n  versioning_configuration { status = \"Enabled\" }\n}\n";
    assert_eq!(judged(text).of("aws-s3-versioning-disabled"), ["pass"]);
    let inside =
        call("terraform-aws-modules/s3-bucket/aws", "bucket = \"a\"\nversioning = { enabled = true }");
    assert_eq!(judged(&inside).of("aws-s3-versioning-disabled"), ["pass"]);
    let off = inside.replace("true", "false");
    assert_eq!(judged(&off).of("aws-s3-versioning-disabled"), ["fail"]);
}
