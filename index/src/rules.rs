//! What the index holds of each rule.

use std::sync::Arc;

use compline_frameworks::catalogue::Objective;
use compline_rules::{Rule, RuleInfo, RuleSet};

use super::HitKind;
use super::draft::{Draft, plain};

/// The rules in force, as documents.
pub(super) fn drafts(rules: &RuleSet, objectives: &[Objective]) -> Vec<Draft> {
    rules.infos().map(|info| draft_rule(info, rules.find(&info.id), objectives)).collect()
}

fn draft_rule(rule: &RuleInfo, judging: Option<&Arc<Rule>>, objectives: &[Objective]) -> Draft {
    let mut near = rule.id.clone();
    for kind in judging.map(|rule| rule.kinds()).unwrap_or_default() {
        near.push(' ');
        near.push_str(&spaced(kind));
    }
    for objective in objectives.iter().filter(|objective| rule.objectives.contains(&objective.id)) {
        near.push(' ');
        near.push_str(&objective.title);
    }
    let mut entry = plain(HitKind::Rule, &rule.id, &rule.title);
    for alias in rule.aliases.values().flatten() {
        entry.aliases.push(alias.clone());
        // Trivy's ids come with and without this prefix.
        entry.aliases.push(match alias.strip_prefix("AVD-") {
            Some(rest) => rest.to_owned(),
            None => format!("AVD-{alias}"),
        });
    }
    Draft { entry, body: rule.prose.clone(), near }
}

/// `storageAccounts` becomes `storage Accounts`, so that its words are found.
fn spaced(kind: &str) -> String {
    let mut out = String::with_capacity(kind.len() + 4);
    let mut before_lower = false;
    for c in kind.chars() {
        if c.is_uppercase() && before_lower {
            out.push(' ');
        }
        before_lower = c.is_lowercase();
        out.push(c);
    }
    out
}
