//! Judges inventories: every rule that looks at a resource gives one verdict.

use compline_iac::Inventory;

use crate::set::RuleSet;
use crate::verdict::Verdict;

/// Judges one inventory. Verdicts come in the order of resources, then rule ids.
pub fn judge(_inventory: &Inventory, _rules: &RuleSet) -> Vec<Verdict> {
    Vec::new()
}
