//! The lists others rely on: an id never vanishes silently.

use compline_rules::RuleSet;

#[test]
fn rule_ids() {
    let rules = RuleSet::builtin();
    let mut ids: Vec<&str> = rules.rules().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    insta::assert_snapshot!(ids.join("\n"));
}
