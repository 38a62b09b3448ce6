//! What still holds of an earlier judgement after an edit.
//!
//! INVARIANT: judging with what was kept gives what judging anew gives; a property test holds it to that.

use std::collections::{HashMap, HashSet};

use compline_iac::{Inventory, Resource};

use crate::check::Check;
use crate::set::{Rule, RuleSet};
use crate::verdict::Verdict;

/// What an earlier judgement of the same root still says.
pub(super) struct Kept<'a> {
    /// Whether the resource at this place is as it was.
    same: Vec<bool>,
    /// Kinds of which a resource changed, came or went; none when there was no earlier judgement.
    changed: Option<HashSet<&'a str>>,
    said: HashMap<&'a str, Vec<&'a Verdict>>,
}

impl<'a> Kept<'a> {
    pub fn of(
        inventory: &'a Inventory,
        before: Option<(&'a Inventory, &'a [Verdict])>,
        said: HashMap<&'a str, Vec<&'a Verdict>>,
    ) -> Self {
        let Some((earlier, _)) = before else {
            return Self { same: vec![false; inventory.resources.len()], changed: None, said };
        };
        let mut changed = HashSet::new();
        let whole = earlier.providers == inventory.providers && earlier.gaps == inventory.gaps;
        let is_same = |one: &Resource, was: &Resource| {
            (one.span, one.header, &one.kind, &one.existence)
                == (was.span, was.header, &was.kind, &was.existence)
                && one.body == was.body
                && one.outer == was.outer
        };
        let mut same = Vec::with_capacity(inventory.resources.len());
        for resource in &inventory.resources {
            let was = earlier.find(&resource.address);
            let holds = whole && was.is_some_and(|was| is_same(resource, was));
            if !holds {
                changed.insert(&*resource.kind);
                changed.extend(was.map(|was| &*was.kind));
            }
            same.push(holds);
        }
        let gone = earlier.resources.iter().filter(|was| inventory.find(&was.address).is_none());
        changed.extend(gone.map(|was| &*was.kind));
        Self { same, changed: whole.then_some(changed), said }
    }

    pub fn is_same(&self, index: usize) -> bool {
        self.same.get(index).copied().unwrap_or(false)
    }

    /// Whether no kind that a rule joins has changed.
    pub fn holds_for(&self, rule: &Rule, rules: &RuleSet) -> bool {
        let (Some(changed), Check::Kinds(entries)) = (&self.changed, &rule.check) else { return false };
        let tables = rules.tables();
        // What a view's entry said may be what was kept: such a rule is asked anew.
        entries.iter().all(|entry| {
            !entry.view
                && entry.kinds.iter().all(|kind| {
                    !changed.contains(kind.as_str())
                        && tables.relations.get(kind).into_iter().flat_map(|all| all.values()).all(
                            |relation| {
                                relation
                                    .kind
                                    .iter()
                                    .all(|kind| kind != "any" && !changed.contains(kind.as_str()))
                            },
                        )
                })
        })
    }

    /// Whether no kind that a view reads has changed.
    pub fn view_holds(&self, view: &str) -> bool {
        let changed = self.changed.as_ref();
        changed.is_some_and(|changed| !changed.iter().any(|kind| compline_iac::view::reads(view, kind)))
    }

    pub fn said(&self, resource: &Resource, rule: &Rule) -> Option<&'a Verdict> {
        self.said.get(&*resource.address)?.iter().find(|verdict| *verdict.rule == *rule.id).copied()
    }

    pub fn all_said(&self, rule: &Rule, inventory: &Inventory) -> Vec<(usize, Verdict)> {
        let all =
            self.said.iter().flat_map(|(address, verdicts)| verdicts.iter().map(move |one| (address, one)));
        let of = all.filter(|(_, verdict)| *verdict.rule == *rule.id);
        of.filter_map(|(address, verdict)| Some((inventory.index_of(address)?, (*verdict).clone()))).collect()
    }
}
