//! What still holds of an earlier judgement after an edit.
//!
//! INVARIANT: judging with what still holds gives what judging anew gives; a property test holds it to that.

use std::collections::HashSet;
use std::sync::Arc;

use compline_iac::{Data, Inventory, Resource, Value};

use super::lookup::is_looked_up;
use crate::check::{Check, Entry};
use crate::rule::Rule;
use crate::set::RuleSet;
use crate::verdict::Verdict;

/// What an earlier judgement of the same root still says.
pub(super) struct Incremental<'a> {
    /// Whether the resource at this place is as it was.
    unchanged: Vec<bool>,
    /// Kinds of which a resource changed, came or went; none when there was no earlier judgement.
    changed_kinds: Option<HashSet<&'a str>>,
    /// The earlier verdicts on the resource at this place, in the order of rules.
    earlier: Vec<&'a [Arc<Verdict>]>,
}

impl<'a> Incremental<'a> {
    pub fn of(
        inventory: &'a Inventory,
        rules: &RuleSet,
        before: Option<(&'a Inventory, &'a [Arc<Verdict>])>,
    ) -> Self {
        let Some((former, verdicts)) = before else {
            let unchanged = vec![false; inventory.resources.len()];
            return Self { unchanged, changed_kinds: None, earlier: Vec::new() };
        };
        let by_former_place = by_place(former, verdicts);
        let same_root = former.providers == inventory.providers
            && former.gaps == inventory.gaps
            && former.partially_parsed == inventory.partially_parsed;
        let mut changed_kinds = HashSet::new();
        let mut unchanged = Vec::with_capacity(inventory.resources.len());
        let mut earlier = Vec::with_capacity(inventory.resources.len());
        let mut remains = vec![false; former.resources.len()];
        // What a reference to one of these comes to has changed, though the reference has not.
        let mut looked_up: HashSet<&str> = HashSet::new();
        for (index, resource) in inventory.resources.iter().enumerate() {
            // Most stand where they stood.
            let here = former.resources.get(index).filter(|was| was.address == resource.address);
            let place = here.map_or_else(|| former.index_of(&resource.address), |_| Some(index));
            let was = place.and_then(|place| former.resources.get(place));
            let same = same_root && was.is_some_and(|was| is_same(resource, was));
            if !same {
                changed_kinds.insert(&*resource.kind);
                changed_kinds.extend(was.map(|was| &*was.kind));
                if is_looked_up(resource, rules.tables()) {
                    looked_up.insert(&resource.address);
                }
            }
            unchanged.push(same);
            earlier.push(place.and_then(|place| by_former_place.get(place)).copied().unwrap_or_default());
            if let Some(remains) = place.and_then(|place| remains.get_mut(place)) {
                *remains = true;
            }
        }
        let gone = former.resources.iter().zip(&remains).filter(|(_, remains)| !**remains);
        for (was, _) in gone {
            changed_kinds.insert(&*was.kind);
            if is_looked_up(was, rules.tables()) {
                looked_up.insert(&was.address);
            }
        }
        if !looked_up.is_empty() {
            for (resource, unchanged) in inventory.resources.iter().zip(&mut unchanged) {
                if *unchanged && refers_to(&resource.body, &looked_up) {
                    *unchanged = false;
                    changed_kinds.insert(&*resource.kind);
                }
            }
        }
        Self { unchanged, changed_kinds: same_root.then_some(changed_kinds), earlier }
    }

    pub fn is_unchanged(&self, index: usize) -> bool {
        self.unchanged.get(index).copied().unwrap_or(false)
    }

    /// Whether no kind that a rule joins has changed.
    pub fn holds_for(&self, rule: &Rule, rules: &RuleSet) -> bool {
        let (Some(changed), Check::Kinds(entries)) = (&self.changed_kinds, &rule.check) else { return false };
        let is_still = |kind: &str| !changed.contains(kind.strip_prefix("data.").unwrap_or(kind));
        // A relation may lead on through those of the kinds it joins.
        let joins_still = |entry: &Entry| {
            let mut open: Vec<&str> = entry.kinds.iter().map(String::as_str).collect();
            let mut seen: HashSet<&str> = open.iter().copied().collect();
            while let Some(kind) = open.pop() {
                let relations = rules.tables().relations.get(kind).into_iter().flat_map(|all| all.values());
                for joined in relations.flat_map(|relation| &relation.kind) {
                    if joined == "any" || !is_still(joined) {
                        return false;
                    }
                    if seen.insert(joined) {
                        open.push(joined);
                    }
                }
            }
            true
        };
        // What a view's entry said may be the earlier verdict: such a rule is asked anew.
        entries
            .iter()
            .all(|entry| !entry.view && entry.kinds.iter().all(|kind| is_still(kind)) && joins_still(entry))
    }

    /// Whether no kind that a view reads has changed.
    pub fn view_holds(&self, view: &str) -> bool {
        let changed = self.changed_kinds.as_ref();
        changed.is_some_and(|changed| !changed.iter().any(|kind| compline_iac::view::may_read(view, kind)))
    }

    /// The earlier verdict of a rule on the resource at this place.
    pub fn verdict(&self, index: usize, rule: &Rule) -> Option<&'a Arc<Verdict>> {
        self.earlier.get(index)?.iter().find(|verdict| *verdict.rule == *rule.info.id)
    }

    /// All earlier verdicts of these rules, with the places of the resources now.
    pub fn verdicts(&self, rules: &HashSet<&str>) -> Vec<(usize, Arc<Verdict>)> {
        if rules.is_empty() {
            return Vec::new();
        }
        let places = self.earlier.iter().enumerate();
        let all = places.flat_map(|(index, verdicts)| verdicts.iter().map(move |one| (index, one)));
        let of_rules = all.filter(|(_, one)| rules.contains(&*one.rule));
        of_rules.map(|(index, one)| (index, Arc::clone(one))).collect()
    }
}

/// The verdicts on each resource, by its place.
fn by_place<'a>(inventory: &Inventory, verdicts: &'a [Arc<Verdict>]) -> Vec<&'a [Arc<Verdict>]> {
    let mut out: Vec<&[Arc<Verdict>]> = vec![&[]; inventory.resources.len()];
    for of_one in verdicts.chunk_by(|one, next| one.address == next.address) {
        let place = of_one.first().and_then(|verdict| inventory.index_of(&verdict.address));
        if let Some(verdicts) = place.and_then(|place| out.get_mut(place)) {
            *verdicts = of_one;
        }
    }
    out
}

/// Whether a value, or a part of it, refers to one of these addresses.
fn refers_to(value: &Value, addresses: &HashSet<&str>) -> bool {
    let is_one = |address: &str| {
        addresses.contains(address)
            || addresses.iter().any(|one| one.strip_prefix(address).is_some_and(|key| key.starts_with('[')))
    };
    if value.refers.as_ref().is_some_and(|reference| is_one(&reference.address)) {
        return true;
    }
    match &value.data {
        Data::List(list) => list.items.iter().any(|item| refers_to(item, addresses)),
        Data::Map(map) => map.entries.values().any(|entry| refers_to(entry, addresses)),
        Data::Choice(branches) => branches.iter().any(|branch| refers_to(branch, addresses)),
        _ => false,
    }
}

fn is_same(one: &Arc<Resource>, was: &Arc<Resource>) -> bool {
    Arc::ptr_eq(one, was)
        // A blank more in a call's block moves the end of the block, and nothing else.
        || (one.span, one.header, &one.calls, &one.kind, &one.existence)
            == (was.span, was.header, &was.calls, &was.kind, &was.existence)
            && one.body == was.body
            && one.outer == was.outer
}
