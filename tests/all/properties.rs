//! What must hold of all inputs: union over files, order and blanks, dialects, unknowns.

use std::collections::BTreeSet;

use compline_iac::{MemorySources, Options, Workspace};
use compline_rules::{RuleSet, judge, judge_incremental};
use proptest::prelude::*;

/// (rule, address, outcome).
type Judged = BTreeSet<(String, String, &'static str)>;

fn judged(files: &[(&str, String)]) -> Judged {
    let sources = MemorySources::of(files.iter().map(|(path, text)| (*path, text.as_str())));
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &files.iter().map(|(path, _)| (*path).to_owned()).collect::<Vec<_>>());
    let snapshot = workspace.snapshot(&sources);
    assert!(snapshot.problems.is_empty(), "{:?}", snapshot.problems);
    let rules = rules();
    let verdicts = snapshot.inventories.iter().flat_map(|inventory| judge(inventory, rules, &snapshot));
    verdicts.map(|one| (one.rule.to_string(), one.address.to_string(), one.outcome.word())).collect()
}

fn rules() -> &'static RuleSet {
    static RULES: std::sync::OnceLock<RuleSet> = std::sync::OnceLock::new();
    RULES.get_or_init(RuleSet::builtin)
}

/// A path and the literals it may have.
type Path = (&'static str, &'static [&'static str]);
/// A kind and its attributes.
type Kind = (&'static str, &'static [Path]);

/// One attribute: its path (at most one block deep), and its values as HCL and JSON write them alike.
const ATTRIBUTES: &[Kind] = &[
    (
        "aws_db_instance",
        &[
            ("publicly_accessible", &["true", "false"]),
            ("storage_encrypted", &["true", "false"]),
            ("backup_retention_period", &["0", "7", "35"]),
            ("deletion_protection", &["true", "false"]),
        ],
    ),
    ("aws_s3_bucket", &[("acl", &["\"private\"", "\"public-read\""]), ("bucket", &["\"logs\"", "\"data\""])]),
    ("aws_ebs_volume", &[("encrypted", &["true", "false", "\"true\""]), ("size", &["8"])]),
    (
        "aws_ecr_repository",
        &[
            ("image_tag_mutability", &["\"IMMUTABLE\"", "\"MUTABLE\""]),
            ("image_scanning_configuration.scan_on_push", &["true", "false"]),
        ],
    ),
    ("aws_kms_key", &[("enable_key_rotation", &["true", "false"])]),
    (
        "aws_security_group",
        &[
            ("ingress.from_port", &["22", "443", "0"]),
            ("ingress.to_port", &["22", "443", "65535"]),
            ("ingress.protocol", &["\"tcp\"", "\"-1\""]),
            (
                "ingress.cidr_blocks",
                &["[\"0.0.0.0/0\"]", "[\"10.0.0.0/8\"]", "[\"10.0.0.0/8\", \"0.0.0.0/0\"]"],
            ),
        ],
    ),
];

/// A generated resource.
#[derive(Debug, Clone)]
struct Made {
    kind: &'static str,
    name: String,
    /// Path and literal.
    attributes: Vec<(&'static str, &'static str)>,
}

fn made(prefix: &'static str) -> impl Strategy<Value = Vec<Made>> {
    let one = (0..ATTRIBUTES.len(), proptest::collection::vec(0..12_usize, 5));
    proptest::collection::vec(one, 1..6).prop_map(move |list| {
        list.into_iter()
            .enumerate()
            .map(|(index, (kind, picks))| {
                let (kind, paths) = ATTRIBUTES[kind];
                let chosen = paths.iter().zip(picks).filter(|(_, pick)| pick % 4 != 3);
                let attributes =
                    chosen.map(|((path, values), pick)| (*path, values[pick % values.len()])).collect();
                Made { kind, name: format!("{prefix}{index}"), attributes }
            })
            .collect()
    })
}

fn hcl(made: &Made, blank: &str) -> String {
    let mut out = format!("resource \"{}\" \"{}\" {{\n", made.kind, made.name);
    let mut block: Option<(&str, Vec<String>)> = None;
    for (path, literal) in &made.attributes {
        match path.split_once('.') {
            None => out.push_str(&format!("  {path} ={blank} {literal}\n{blank}")),
            Some((name, inner)) => {
                block.get_or_insert((name, Vec::new())).1.push(format!("    {inner} = {literal}\n"));
            }
        }
    }
    if let Some((name, lines)) = block {
        out.push_str(&format!("  {name} {{\n{}  }}\n", lines.concat()));
    }
    out.push_str("}\n");
    out
}

fn json(list: &[Made]) -> String {
    let mut resources = serde_json::Map::new();
    for made in list {
        let mut body = serde_json::Map::new();
        for (path, literal) in &made.attributes {
            let value: serde_json::Value = serde_json::from_str(literal).unwrap();
            match path.split_once('.') {
                None => body.insert((*path).to_owned(), value),
                Some((name, inner)) => {
                    let blocks = body.entry(name).or_insert_with(|| serde_json::json!([{}]));
                    blocks[0].as_object_mut().unwrap().insert(inner.to_owned(), value)
                }
            };
        }
        let kind = resources.entry(made.kind).or_insert_with(|| serde_json::json!({}));
        kind.as_object_mut().unwrap().insert(made.name.clone(), body.into());
    }
    serde_json::json!({ "resource": resources }).to_string()
}

fn text(list: &[Made], blank: &str) -> String {
    list.iter().map(|made| hcl(made, blank)).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn verdicts_of_two_files_are_the_union(a in made("a"), b in made("b")) {
        let both = judged(&[("a.tf", text(&a, "")), ("b.tf", text(&b, ""))]);
        let mut union = judged(&[("a.tf", text(&a, ""))]);
        union.extend(judged(&[("b.tf", text(&b, ""))]));
        prop_assert_eq!(both, union);
    }

    #[test]
    fn judging_again_after_an_edit_is_judging_anew(list in made("r"), other in made("r")) {
        let read = |text: String| {
            let sources = MemorySources::of([("a.tf", text.as_str()), ("b.tf", "locals {}\n")]);
            let mut workspace = Workspace::new(Options::default());
            workspace.read(&sources, &["a.tf".to_owned(), "b.tf".to_owned()]);
            workspace.snapshot(&sources)
        };
        // The first resource is another one now; those after it may have moved.
        let mut edited = list.clone();
        edited[0] = other[0].clone();
        let (before, after) = (read(text(&list, "")), read(text(&edited, "")));
        let old = judge(&before.inventories[0], rules(), &before);
        let again = judge_incremental(&after.inventories[0], rules(), &after, Some((&before.inventories[0], old.as_slice())));
        let anew = judge(&after.inventories[0], rules(), &after);
        prop_assert_eq!(format!("{again:?}"), format!("{anew:?}"));
    }

    #[test]
    fn order_blanks_and_comments_do_not_matter(mut list in made("r")) {
        let before = judged(&[("main.tf", text(&list, ""))]);
        list.reverse();
        for made in &mut list {
            made.attributes.reverse();
        }
        let after = judged(&[("main.tf", format!("# first\n\n{}\n", text(&list, "  ")))]);
        prop_assert_eq!(before, after);
    }

    #[test]
    fn hcl_and_json_get_the_same_verdicts(list in made("r")) {
        let native = judged(&[("main.tf", text(&list, ""))]);
        prop_assert_eq!(native, judged(&[("main.tf.json", json(&list))]));
    }

    #[test]
    fn a_value_nobody_gave_never_becomes_pass_or_fail_by_itself(list in made("r"), at in 0..5_usize) {
        // One attribute becomes a variable without a value. Whatever was decided by it is unknown now; what was
        // decided by something else stays. Nothing turns from fail to pass, or from pass to fail.
        let made = &list[0];
        prop_assume!(!made.attributes.is_empty());
        let (path, literal) = made.attributes[at % made.attributes.len()];
        let leaf = path.rsplit('.').next().unwrap();
        let before = judged(&[("main.tf", hcl(made, ""))]);
        let open = hcl(made, "").replacen(&format!("{leaf} = {literal}"), &format!("{leaf} = var.open"), 1);
        let open = format!("variable \"open\" {{}}\n{open}");
        for (rule, address, outcome) in judged(&[("main.tf", open)]) {
            let was = before.iter().find(|(r, a, _)| *r == rule && *a == address).map(|(_, _, outcome)| *outcome);
            prop_assert!(outcome == "unknown" || was == Some(outcome), "{} {}: {:?} became {}", rule, address, was, outcome);
        }
    }
}
