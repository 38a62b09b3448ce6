//! What still holds of an earlier judgement after an edit.
//!
//! INVARIANT: judging with what was kept gives what judging anew gives; a property test holds it to that.

use std::collections::HashSet;
use std::sync::Arc;

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
    /// What was said of the resource at this place, in the order of rules.
    said: Vec<&'a [Arc<Verdict>]>,
}

impl<'a> Kept<'a> {
    pub fn of(inventory: &'a Inventory, before: Option<(&'a Inventory, &'a [Arc<Verdict>])>) -> Self {
        let Some((earlier, verdicts)) = before else {
            return Self { same: vec![false; inventory.resources.len()], changed: None, said: Vec::new() };
        };
        let mut said_then: Vec<&[Arc<Verdict>]> = vec![&[]; earlier.resources.len()];
        for of_one in verdicts.chunk_by(|one, next| one.address == next.address) {
            let place = of_one.first().and_then(|verdict| earlier.index_of(&verdict.address));
            if let Some(said) = place.and_then(|place| said_then.get_mut(place)) {
                *said = of_one;
            }
        }
        let mut changed = HashSet::new();
        let whole = earlier.providers == inventory.providers
            && earlier.gaps == inventory.gaps
            && earlier.partially_parsed == inventory.partially_parsed;
        let is_same = |one: &Arc<Resource>, was: &Arc<Resource>| {
            Arc::ptr_eq(one, was)
                || (one.span, one.header, &one.kind, &one.existence)
                    == (was.span, was.header, &was.kind, &was.existence)
                    && one.body == was.body
                    && one.outer == was.outer
        };
        let mut same = Vec::with_capacity(inventory.resources.len());
        let mut said = Vec::with_capacity(inventory.resources.len());
        let mut stays = vec![false; earlier.resources.len()];
        for (index, resource) in inventory.resources.iter().enumerate() {
            // Most stand where they stood.
            let here = earlier.resources.get(index).filter(|was| was.address == resource.address);
            let place = here.map_or_else(|| earlier.index_of(&resource.address), |_| Some(index));
            let was = place.and_then(|place| earlier.resources.get(place));
            let holds = whole && was.is_some_and(|was| is_same(resource, was));
            if !holds {
                changed.insert(&*resource.kind);
                changed.extend(was.map(|was| &*was.kind));
            }
            same.push(holds);
            said.push(place.and_then(|place| said_then.get(place)).copied().unwrap_or_default());
            if let Some(stays) = place.and_then(|place| stays.get_mut(place)) {
                *stays = true;
            }
        }
        let gone = earlier.resources.iter().zip(&stays).filter(|(_, stays)| !**stays);
        changed.extend(gone.map(|(was, _)| &*was.kind));
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

    pub fn said(&self, index: usize, rule: &Rule) -> Option<&'a Arc<Verdict>> {
        self.said.get(index)?.iter().find(|verdict| *verdict.rule == *rule.id)
    }

    /// All that these rules said, with the places of the resources now.
    pub fn all_said(&self, rules: &HashSet<&str>) -> Vec<(usize, Arc<Verdict>)> {
        if rules.is_empty() {
            return Vec::new();
        }
        let all = self.said.iter().enumerate().flat_map(|(at, said)| said.iter().map(move |one| (at, one)));
        all.filter(|(_, one)| rules.contains(&*one.rule)).map(|(at, one)| (at, Arc::clone(one))).collect()
    }
}
