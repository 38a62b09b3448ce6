//! Three-valued joins: which resources belong to which.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_iac::{Data, Dialect, Existence, Inventory, Resource, Value, Why, WhyKind};

use compline_iac::view::NoSourceTexts;

use super::path::{Container, Leaf, Leaves, PathContext, follow, why_of};
use super::truth::Truth;
use crate::check::Step;
use crate::table::{Join, Relation};

/// Companions found, by index into the inventory; open when there may be more.
#[derive(Debug, Default)]
pub struct Companions {
    pub indices: Vec<usize>,
    pub open: Option<Arc<Why>>,
}

/// The joins that were looked up already, for one inventory.
#[derive(Debug, Default)]
pub struct CompanionCache {
    /// (kind, path) → what the companions' keys say.
    keys: HashMap<(String, String), Keys>,
    /// (owner's kind, companions' kinds) → the companions that joined some owner.
    owned: HashMap<(String, String), HashSet<usize>>,
    /// Address → resources that refer to it anywhere.
    referrers: Option<HashMap<Arc<str>, Vec<usize>>>,
}

#[derive(Debug, Default)]
struct Keys {
    by_address: HashMap<Arc<str>, Vec<usize>>,
    /// With a known text that is no reference, or beside one.
    by_text: HashMap<Arc<str>, Vec<usize>>,
    unknown: Vec<(usize, Arc<Why>)>,
}

impl CompanionCache {
    /// The companions of an owner.
    pub fn companions(&mut self, inventory: &Inventory, relation: &Relation, owner: &Resource) -> Companions {
        let mut found = Companions::default();
        match &relation.on {
            Join::Keys(keys) => {
                for kind in &relation.kind {
                    self.join(inventory, kind, keys, owner, &mut found);
                }
            }
            Join::Any => {
                let referrers = self.referrers.get_or_insert_with(|| referrers(inventory));
                let all = referrers.get(&owner.address).into_iter().flatten().copied();
                found.indices.extend(all.filter(|index| has_kind(inventory, *index, &relation.kind)));
            }
            Join::Child => {
                for kind in &relation.kind {
                    for index in indices(inventory, kind) {
                        let Some(child) = inventory.resources.get(index) else { continue };
                        match is_child(child, owner) {
                            Some(true) => found.indices.push(index),
                            Some(false) => {}
                            None => {
                                let why = format!("the name of `{}` is not known", child.address);
                                found.open = Some(Why::new(WhyKind::Outside, why));
                            }
                        }
                    }
                }
            }
            Join::Account => {
                for kind in &relation.kind {
                    found.indices.extend(indices(inventory, kind));
                }
            }
            Join::Selects(path) => {
                for kind in &relation.kind {
                    found.indices.extend(indices(inventory, kind).filter(|index| {
                        inventory.resources.get(*index).is_some_and(|one| selects(one, path, owner))
                    }));
                }
            }
        }
        found.indices.retain(|index| match inventory.resources.get(*index).map(|one| &one.existence) {
            Some(Existence::Possible(why)) => {
                found.open = found.open.take().or_else(|| Some(Arc::clone(why)));
                owner.existence != Existence::Certain
            }
            _ => true,
        });
        found.indices.sort_unstable();
        found.indices.dedup();
        if found.open.is_none() && found.indices.is_empty() {
            found.open = unseen_companion(inventory, owner);
        }
        found
    }

    /// Whether a companion belongs to some owner of this kind.
    pub fn has_owner(
        &mut self,
        inventory: &Inventory,
        relation: &Relation,
        owner: &str,
        companion: &Resource,
    ) -> bool {
        let key = (owner.to_owned(), relation.kind.join("|"));
        if !self.owned.contains_key(&key) {
            let owners = inventory.of_kind(owner);
            let owned =
                owners.flat_map(|owner| self.companions(inventory, relation, owner).indices).collect();
            self.owned.insert(key.clone(), owned);
        }
        let at = inventory.index_of(&companion.address);
        at.is_some_and(|at| self.owned.get(&key).is_some_and(|owned| owned.contains(&at)))
    }

    fn join(
        &mut self,
        inventory: &Inventory,
        kind: &str,
        keys: &[(String, Vec<String>)],
        owner: &Resource,
        found: &mut Companions,
    ) {
        let Some(((there, here), others)) = keys.split_first() else { return };
        let index = self
            .keys
            .entry((kind.to_owned(), there.clone()))
            .or_insert_with(|| Keys::of(inventory, kind, there));
        let mut candidates: Vec<usize> = index.by_address.get(&owner.address).cloned().unwrap_or_default();
        let mut unknown_name = None;
        for attribute in here {
            let Some(value) = owner_value(owner, attribute) else { continue };
            match &value.data {
                Data::Text(text) => candidates.extend(index.by_text.get(text).into_iter().flatten()),
                _ => unknown_name = unknown_name.or_else(|| why_of(&value)),
            }
        }
        if let Some(why) = unknown_name
            && !index.by_text.is_empty()
        {
            found.open = found.open.take().or(Some(why));
        }
        if let Some((_, why)) = index.unknown.iter().find(|(at, _)| same_scope(inventory, *at, owner)) {
            found.open = found.open.take().or_else(|| Some(Arc::clone(why)));
        }
        for at in candidates {
            let Some(companion) = inventory.resources.get(at) else { continue };
            match others
                .iter()
                .map(|(there, here)| key_matches(companion, there, owner, here))
                .fold(Truth::True, Truth::and)
            {
                Truth::True => found.indices.push(at),
                Truth::Unknown => {
                    let why = Why::new(
                        WhyKind::Variable,
                        format!("it is not known to what `{}` belongs", companion.address),
                    );
                    found.open = found.open.take().or(Some(why));
                }
                Truth::False => {}
            }
        }
    }
}

impl Keys {
    fn of(inventory: &Inventory, kind: &str, path: &str) -> Self {
        let mut keys = Keys::default();
        for at in indices(inventory, kind) {
            let Some(resource) = inventory.resources.get(at) else { continue };
            for leaf in read(resource, path).items {
                let Leaf::Value(value) = leaf else { continue };
                keys.add(at, &value);
            }
        }
        keys
    }

    fn add(&mut self, at: usize, value: &Value) {
        if let Some(reference) = &value.refers {
            self.by_address.entry(Arc::clone(&reference.address)).or_default().push(at);
        }
        match &value.data {
            Data::Text(text) => self.by_text.entry(Arc::clone(text)).or_default().push(at),
            Data::List(list) => list.items.iter().for_each(|item| self.add(at, item)),
            Data::Choice(alternatives) => {
                let why = Why::new(WhyKind::Variable, "the condition that chooses it is unknown");
                if alternatives.iter().all(|one| one.refers.is_none() && !matches!(one.data, Data::Text(_))) {
                    self.unknown.push((at, why));
                } else {
                    alternatives.iter().for_each(|one| self.add(at, one));
                }
            }
            Data::Unknown(why) if value.refers.is_none() => self.unknown.push((at, Arc::clone(why))),
            Data::Holed(_) if value.refers.is_none() => {
                self.unknown.extend(why_of(value).map(|why| (at, why)))
            }
            _ => {}
        }
    }
}

fn key_matches(companion: &Resource, there: &str, owner: &Resource, here: &[String]) -> Truth {
    let leaves = read(companion, there);
    let mut truth = Truth::False;
    for leaf in leaves.items {
        let Leaf::Value(value) = leaf else { continue };
        let one = match (&value.refers, &value.data) {
            (Some(reference), _) if reference.address == owner.address => Truth::True,
            (_, Data::Text(text)) => {
                let equal = |attribute: &String| match owner_value(owner, attribute).map(|value| value.data) {
                    Some(Data::Text(owners)) => Truth::of(owners == *text),
                    Some(Data::Unknown(_) | Data::Holed(_)) => Truth::Unknown,
                    _ => Truth::False,
                };
                Truth::any(here.iter().map(equal))
            }
            // Both sides refer to the same third resource: a stage and its settings to one API.
            (Some(reference), _) => {
                let same = |attribute: &String| {
                    owner_value(owner, attribute)
                        .and_then(|value| value.refers)
                        .is_some_and(|third| third.address == reference.address)
                };
                Truth::of(here.iter().any(same))
            }
            _ => Truth::Unknown,
        };
        truth = truth.not().and(one.not()).not();
    }
    truth
}

fn owner_value(owner: &Resource, attribute: &str) -> Option<Value> {
    let leaves = read(owner, attribute);
    leaves.items.into_iter().find_map(|leaf| match leaf {
        Leaf::Value(value) => Some(value),
        Leaf::Absent(_) => None,
    })
}

/// The ends of a path; of `a | b` the first that is there: an attribute and its older name.
fn read(resource: &Resource, path: &str) -> Leaves {
    let mut leaves = Leaves::default();
    for one in path.split('|') {
        leaves = read_one(resource, one.trim());
        if leaves.items.iter().any(|leaf| matches!(leaf, Leaf::Value(_))) {
            break;
        }
    }
    leaves
}

fn read_one(resource: &Resource, path: &str) -> Leaves {
    let steps: Vec<Step> = path.split('.').map(|name| Step { name: name.to_owned(), key: None }).collect();
    let context = PathContext { dialect: resource.dialect, texts: &NoSourceTexts };
    follow(&resource.body, &steps, context, &Container::default())
}

fn indices<'i>(inventory: &'i Inventory, kind: &'i str) -> impl Iterator<Item = usize> + 'i {
    let matching = move |(index, one): (usize, &'i Arc<Resource>)| {
        (kind == "any" || &*one.kind == kind).then_some(index)
    };
    inventory.resources.iter().enumerate().filter_map(matching)
}

fn has_kind(inventory: &Inventory, index: usize, kinds: &[String]) -> bool {
    kinds
        .iter()
        .any(|kind| kind == "any" || inventory.resources.get(index).is_some_and(|one| *one.kind == **kind))
}

fn same_scope(inventory: &Inventory, index: usize, owner: &Resource) -> bool {
    inventory.resources.get(index).is_some_and(|one| one.scope == owner.scope)
}

/// A module that is not here may hold the companion, if the owner was handed to it.
fn unseen_companion(inventory: &Inventory, owner: &Resource) -> Option<Arc<Why>> {
    let gets_owner =
        |gap: &&compline_iac::Gap| gap.refers.iter().any(|reference| reference.address == owner.address);
    let gap = inventory.gaps.iter().find(gets_owner).map(|gap| Arc::clone(&gap.why));
    let unread = || inventory.partially_parsed.iter().find(|(scope, _)| *scope == owner.scope);
    gap.or_else(|| unread().map(|(_, why)| Arc::clone(why)))
}

fn referrers(inventory: &Inventory) -> HashMap<Arc<str>, Vec<usize>> {
    fn walk(value: &Value, at: usize, out: &mut HashMap<Arc<str>, Vec<usize>>) {
        if let Some(reference) = &value.refers {
            out.entry(Arc::clone(&reference.address)).or_default().push(at);
        }
        match &value.data {
            Data::List(list) => list.items.iter().for_each(|item| walk(item, at, out)),
            Data::Map(map) => map.entries.values().for_each(|item| walk(item, at, out)),
            Data::Choice(alternatives) => alternatives.iter().for_each(|item| walk(item, at, out)),
            _ => {}
        }
    }
    let mut out = HashMap::new();
    for (at, resource) in inventory.resources.iter().enumerate() {
        walk(&resource.body, at, &mut out);
    }
    out
}

/// Whether a label selector selects the owner's labels in its namespace. An empty selector selects all.
fn selects(selector: &Resource, path: &str, owner: &Resource) -> bool {
    let get = |resource: &Resource, path: &str| owner_value(resource, path);
    let namespace = |resource: &Resource| {
        get(resource, "metadata.namespace")
            .and_then(|value| value.as_text().map(str::to_owned))
            .unwrap_or_else(|| "default".to_owned())
    };
    if selector.dialect != Dialect::Kubernetes || namespace(selector) != namespace(owner) {
        return false;
    }
    let labels = get(owner, "spec.template.metadata.labels")
        .or_else(|| get(owner, "spec.jobTemplate.spec.template.metadata.labels"))
        .or_else(|| get(owner, "template.metadata.labels"))
        .or_else(|| get(owner, "metadata.labels"));
    let Some(wanted) = get(selector, &format!("{path}.matchLabels")) else { return true };
    let Some(wanted) = wanted.as_map() else { return false };
    wanted.entries.iter().all(|(key, value)| {
        labels.as_ref().and_then(|labels| labels.get(key)).is_some_and(|label| label.data == value.data)
    })
}

/// Whether a version constraint (or a locked version) lies wholly before a boundary; `None` when it spans it.
pub fn is_before(constraint: &str, boundary: &str) -> Option<bool> {
    let boundary = numbers(boundary);
    let (mut low, mut high): (Vec<u64>, Option<Vec<u64>>) = (Vec::new(), None);
    for part in constraint.split(',') {
        let part = part.trim();
        let digits = part.find(|c: char| c.is_ascii_digit()).unwrap_or(part.len());
        let (operator, version) = (part[..digits].trim(), numbers(&part[digits..]));
        match operator {
            ">=" | ">" => low = low.max(version),
            "<" | "<=" => high = Some(version),
            "~>" => {
                let mut next = version.clone();
                if next.len() > 1 {
                    next.pop();
                }
                if let Some(last) = next.last_mut() {
                    *last += 1;
                }
                low = low.max(version);
                high = Some(next);
            }
            _ => {
                low = version.clone();
                let mut next = version;
                next.push(1);
                high = Some(next);
            }
        }
    }
    if low >= boundary {
        return Some(false);
    }
    match high {
        Some(high) if high <= boundary => Some(true),
        _ => None,
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map_while(|part| part.trim().parse().ok()).collect()
}

/// Whether a resource of Azure's is a child of another: its type goes on where the owner's ends, and so does its name
/// (`orders/default` of `orders`). None where a name is an expression whose value nobody knows.
fn is_child(child: &Resource, owner: &Resource) -> Option<bool> {
    let below = |whole: &str, part: &str| {
        let rest = whole.get(..part.len()).filter(|head| head.eq_ignore_ascii_case(part));
        rest.is_some() && whole.get(part.len()..).is_some_and(|rest| rest.starts_with('/'))
    };
    if !below(&child.kind, &owner.kind) {
        return Some(false);
    }
    match below(&child.name, &owner.name) {
        true => Some(true),
        false if child.name.contains('{') || owner.name.contains('{') => None,
        false => Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::is_before;

    #[test]
    fn a_range_is_before_after_or_across_a_boundary() {
        assert_eq!(is_before("~> 2.9", "3.0"), Some(true));
        assert_eq!(is_before(">= 3.1", "3.0"), Some(false));
        assert_eq!(is_before(">= 2.0", "3.0"), None);
        assert_eq!(is_before("3.117.1", "3.0"), Some(false));
        assert_eq!(is_before("= 2.99.0", "3.0"), Some(true));
        assert_eq!(is_before(">= 2.0, < 3.0", "3.0"), Some(true));
    }
}
