//! What the full-text index holds of each rule.

use std::sync::Arc;

use compline_frameworks::Objective;
use compline_rules::{Rule, RuleInfo, RuleSet};

use super::HitKind;
use super::document::{Document, DocumentInfo};

/// The rules in force, as documents.
pub(super) fn rule_documents(rules: &RuleSet, objectives: &[Objective]) -> Vec<Document> {
    rules.infos().map(|info| rule_document(info, rules.find(&info.id), objectives)).collect()
}

fn rule_document(rule: &RuleInfo, judging: Option<&Arc<Rule>>, objectives: &[Objective]) -> Document {
    let mut related = rule.id.clone();
    for kind in judging.map(|rule| rule.kinds()).unwrap_or_default() {
        related.push(' ');
        related.push_str(&spaced(kind));
    }
    for objective in objectives.iter().filter(|objective| rule.objectives.contains(&objective.id)) {
        related.push(' ');
        related.push_str(&objective.title);
    }
    let mut info = DocumentInfo::new(HitKind::Rule, &rule.id, &rule.title);
    for alias in rule.aliases.values().flatten() {
        info.aliases.push(alias.clone());
        // Trivy's ids come with and without this prefix.
        info.aliases.push(match alias.strip_prefix("AVD-") {
            Some(rest) => rest.to_owned(),
            None => format!("AVD-{alias}"),
        });
    }
    Document { info, body: rule.prose.clone(), related }
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
