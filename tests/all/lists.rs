//! The lists others rely on: an id never vanishes silently.

use compline_rules::RuleSet;

#[test]
fn rule_ids() {
    let rules = RuleSet::builtin();
    let mut ids: Vec<&str> = rules.rules().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    insta::assert_snapshot!(ids.join("\n"));
}

/// The figures in README's tables are those of the content it comes with.
#[test]
fn readme_counts() {
    let rules = RuleSet::builtin();
    let both = rules.rules().filter(|rule| {
        let kinds = rule.judged_kinds();
        kinds.iter().any(|kind| kind.contains("::")) && kinds.iter().any(|kind| kind.contains('_'))
    });
    let library = compline_frameworks::Library::builtin(&rules);
    let readme = std::fs::read_to_string(compline_tests::root().join("README.md")).unwrap();
    for claim in [
        format!(
            "| rules | {}, of which {} judge Terraform and CloudFormation",
            rules.rules().count(),
            both.count()
        ),
        format!("| frameworks | {}: ", library.infos().count()),
        format!("| objectives | {}: ", library.objectives().len()),
    ] {
        assert!(readme.contains(&claim), "README.md should say `{claim}`");
    }
}
