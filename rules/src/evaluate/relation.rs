//! Three-valued joins: which resources belong to which.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use compline_iac::{Data, Dialect, Existence, Inventory, Mode, Piece, Resource, Value, Why, WhyKind};

use compline_iac::view::NoSourceTexts;

use super::holed::{Part, can_be, hole_of, parts_in};
use super::path::{Container, Leaf, Leaves, PathContext, follow, why_of};
use super::truth::Truth;
use crate::check::Step;
use crate::table::{Join, Relation, Tables};

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
    /// (owner's kind, relation) → the companions that joined some owner.
    owned: HashMap<(String, *const Relation), HashSet<usize>>,
    /// Address → resources that refer to it anywhere.
    referrers: Option<HashMap<Arc<str>, Vec<usize>>>,
}

#[derive(Debug, Default)]
struct Keys {
    by_address: HashMap<Arc<str>, Vec<usize>>,
    /// With a known text that is no reference, or beside one.
    by_text: HashMap<Arc<str>, Vec<usize>>,
    /// With a value of which it is not known what it names.
    unknown: Vec<(usize, Data, Arc<Why>)>,
}

impl CompanionCache {
    /// The companions of an owner.
    pub fn companions(
        &mut self,
        inventory: &Inventory,
        tables: &Tables,
        relation: &Relation,
        owner: &Resource,
    ) -> Companions {
        let mut found = Companions::default();
        match &relation.on {
            Join::Through(names) => return self.through(inventory, tables, (relation, names), owner),
            Join::Named(keys) => {
                for kind in &relation.kind {
                    named(inventory, kind, keys, owner, &mut found);
                }
            }
            Join::Keys(keys) => {
                for kind in &relation.kind {
                    self.join(inventory, kind, keys, owner, &mut found);
                }
            }
            Join::Any => {
                let referrers = self.referrers.get_or_insert_with(|| referrers(inventory));
                let all = referrers.get(&owner.address).into_iter().flatten().copied();
                found.indices.extend(all.filter(|index| has_kind(inventory, *index, &relation.kind)));
                // What an output hands out may be used by anything.
                if relation.kind.iter().any(|kind| kind == "any")
                    && inventory.handed_out.contains(&owner.address)
                {
                    let why = format!("an output hands out `{}`", owner.address);
                    found.open = Some(Why::new(WhyKind::Outside, why));
                }
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

    /// The resources at the end of several relations, one after the other.
    fn through(
        &mut self,
        inventory: &Inventory,
        tables: &Tables,
        (whole, names): (&Relation, &[String]),
        owner: &Resource,
    ) -> Companions {
        let mut found = Companions::default();
        let mut here: Vec<&Resource> = vec![owner];
        for (step, name) in names.iter().enumerate() {
            found.indices.clear();
            for resource in std::mem::take(&mut here) {
                let kind = tables.kinds.get(&*resource.kind).map_or(&*resource.kind, String::as_str);
                let Some(relation) = tables.relations.get(kind).and_then(|all| all.get(name)) else {
                    let why = format!("no relation `{name}` is known for `{kind}`");
                    found.open = found.open.take().or_else(|| Some(Why::new(WhyKind::Error, why)));
                    continue;
                };
                let next = self.companions(inventory, tables, relation, resource);
                found.indices.extend(next.indices);
                found.open = found.open.take().or(next.open);
            }
            found.indices.sort_unstable();
            found.indices.dedup();
            if step + 1 < names.len() {
                here.extend(
                    found.indices.iter().filter_map(|at| inventory.resources.get(*at)).map(|one| &**one),
                );
            }
        }
        found.indices.retain(|index| has_kind(inventory, *index, &whole.kind));
        found
    }

    /// Whether a companion belongs to some owner of this kind.
    pub fn has_owner(
        &mut self,
        inventory: &Inventory,
        tables: &Tables,
        relation: &Relation,
        owner: &str,
        companion: &Resource,
    ) -> bool {
        let key = (owner.to_owned(), std::ptr::from_ref(relation));
        if !self.owned.contains_key(&key) {
            let owners = inventory.of_kind(owner);
            let owned = owners
                .flat_map(|owner| self.companions(inventory, tables, relation, owner).indices)
                .collect();
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
        let addresses = addresses_of(inventory, owner, here);
        let by_address = addresses.iter().filter_map(|address| index.by_address.get(address));
        let mut candidates: Vec<usize> = by_address.flatten().copied().collect();
        for attribute in here {
            let Some(value) = owner_value(owner, attribute) else { continue };
            match &value.data {
                Data::Text(text) => candidates.extend(index.by_text.get(text).into_iter().flatten()),
                _ => {
                    let parts = parts_of(&value.data);
                    if index.by_text.keys().any(|text| can_be(&parts, text, false)) {
                        found.open = found.open.take().or_else(|| why_of(&value));
                    }
                }
            }
        }
        let unknown = index.unknown.iter().filter(|(at, _, _)| same_scope(inventory, *at, owner));
        for (at, value, why) in unknown {
            match is_unknown_owner(inventory, value, owner, here) {
                Truth::True => candidates.push(*at),
                Truth::Unknown => found.open = found.open.take().or_else(|| Some(Arc::clone(why))),
                Truth::False => {}
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
        for at in candidates {
            let Some(companion) = inventory.resources.get(at) else { continue };
            match others
                .iter()
                .map(|(there, here)| {
                    key_matches(companion, there, owner, here, &addresses_of(inventory, owner, here))
                })
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
                    self.unknown.push((at, value.data.clone(), why));
                } else {
                    alternatives.iter().for_each(|one| self.add(at, one));
                }
            }
            Data::Unknown(_) | Data::Holed(_) if value.refers.is_none() => {
                self.unknown.extend(why_of(value).map(|why| (at, value.data.clone(), why)))
            }
            _ => {}
        }
    }
}

/// Whether what a value names, and nobody knows, is the owner.
fn is_unknown_owner(inventory: &Inventory, value: &Data, owner: &Resource, here: &[String]) -> Truth {
    // The output of a module that is not here is something of its own, unless the module was told of the owner.
    if let Data::Unknown(why) = value
        && why.kind == WhyKind::Module
    {
        let mut gaps = inventory.gaps.iter().filter(|gap| gap.why == *why).peekable();
        let is_told =
            |gap: &compline_iac::Gap| gap.refers.iter().any(|reference| reference.address == owner.address);
        if gaps.peek().is_some() && !gaps.any(is_told) {
            return Truth::False;
        }
    }
    let parts = parts_of(value);
    let names =
        here.iter().filter_map(|attribute| owner_value(owner, attribute)).map(|name| match &name.data {
            Data::Text(text) => Truth::of(can_be(&parts, text, false)).and(Truth::Unknown),
            data if is_same_unknown(owner.dialect, data, value) => Truth::True,
            _ => Truth::Unknown,
        });
    let truths: Vec<Truth> = names.collect();
    // An attribute that is not written is the provider's to make, and a text made here may still be it.
    if truths.len() < here.len() && !truths.contains(&Truth::True) {
        return Truth::Unknown;
    }
    Truth::any(truths.into_iter())
}

/// Whether two values that are not known are one and the same: made of the same parameters in the same way. In
/// CloudFormation a reason names the parameter, which has no parts.
fn is_same_unknown(dialect: Dialect, one: &Data, other: &Data) -> bool {
    let of_parameter = |why: &Arc<Why>| matches!(why.kind, WhyKind::Variable | WhyKind::Outside);
    let is_named = match one {
        Data::Unknown(why) => of_parameter(why),
        Data::Holed(pieces) => pieces.iter().all(|piece| match piece {
            Piece::Hole(why) => of_parameter(why),
            Piece::Text(_) => true,
        }),
        _ => false,
    };
    dialect == Dialect::CloudFormation && is_named && one == other
}

/// The parts of a text that is known in part, or not at all.
fn parts_of(data: &Data) -> Vec<Part<'_>> {
    match data {
        Data::Holed(pieces) => parts_in(pieces),
        Data::Text(text) => vec![Part::Text(text)],
        Data::Unknown(why) => vec![hole_of(why.form)],
        _ => vec![Part::Any],
    }
}

/// The addresses that mean the owner: its own, and those of what looks it up.
fn addresses_of(inventory: &Inventory, owner: &Resource, here: &[String]) -> Vec<Arc<str>> {
    let is_name = |value: &Value| match (&value.refers, &value.data) {
        (Some(reference), _) => reference.address == owner.address,
        (None, Data::Text(text)) => here
            .iter()
            .any(|attribute| owner_value(owner, attribute).is_some_and(|own| own.as_text() == Some(text))),
        _ => false,
    };
    let looks_up = |one: &&Resource| {
        one.mode == Mode::Data
            && one.address != owner.address
            && one.body.as_map().is_some_and(|map| {
                map.entries.iter().any(|(name, value)| {
                    (value.refers.is_some() || here.iter().any(|attribute| **attribute == **name))
                        && is_name(value)
                })
            })
    };
    let mut addresses = vec![Arc::clone(&owner.address)];
    let sources = inventory.of_kind(&owner.kind).filter(looks_up);
    addresses.extend(sources.map(|one| Arc::clone(&one.address)));
    addresses
}

/// The companions that an owner's own paths name.
fn named(
    inventory: &Inventory,
    kind: &str,
    keys: &[(String, Vec<String>)],
    owner: &Resource,
    found: &mut Companions,
) {
    let not_here = |text: String| Some(Why::new(WhyKind::Outside, text));
    for (here, there) in keys {
        let leaves = read(owner, here);
        found.open = found.open.take().or(leaves.open);
        let values = leaves.items.into_iter().filter_map(|leaf| match leaf {
            Leaf::Value(value) => Some(value),
            Leaf::Absent(_) => None,
        });
        let mut values: Vec<Value> = values.collect();
        while let Some(value) = values.pop() {
            if let Some(reference) = &value.refers {
                match inventory.index_of(&reference.address) {
                    Some(at) if inventory.resources.get(at).is_some_and(|one| is_kind(one, kind)) => {
                        found.indices.push(at);
                    }
                    Some(_) => {}
                    None => {
                        let why = format!("`{}` is not declared", reference.address);
                        found.open = found.open.take().or_else(|| not_here(why));
                    }
                }
                continue;
            }
            match &value.data {
                Data::List(list) => {
                    values.extend(list.items.iter().cloned());
                    found.open = found.open.take().or_else(|| list.open.clone());
                }
                Data::Text(text) => {
                    let before = found.indices.len();
                    found.indices.extend(indices(inventory, kind).filter(|at| {
                        inventory.resources.get(*at).is_some_and(|one| {
                            there.iter().any(|attribute| {
                                owner_value(one, attribute).is_some_and(|name| name.as_text() == Some(text))
                            })
                        })
                    }));
                    if found.indices.len() == before {
                        let why = format!("`{text}`, which `{}` names, is not declared", owner.address);
                        found.open = found.open.take().or_else(|| not_here(why));
                    }
                }
                _ => found.open = found.open.take().or_else(|| why_of(&value)),
            }
        }
    }
}

fn key_matches(
    companion: &Resource,
    there: &str,
    owner: &Resource,
    here: &[String],
    addresses: &[Arc<str>],
) -> Truth {
    let leaves = read(companion, there);
    let mut truth = Truth::False;
    for leaf in leaves.items {
        let Leaf::Value(value) = leaf else { continue };
        let one = match (&value.refers, &value.data) {
            (Some(reference), _) if addresses.contains(&reference.address) => Truth::True,
            (_, Data::Text(text)) => {
                let equal = |attribute: &String| match owner_value(owner, attribute).map(|value| value.data) {
                    Some(Data::Text(owners)) => Truth::of(owners == *text),
                    Some(data @ (Data::Unknown(_) | Data::Holed(_))) => {
                        Truth::of(can_be(&parts_of(&data), text, false)).and(Truth::Unknown)
                    }
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
            (None, data) => {
                let same = |attribute: &String| {
                    owner_value(owner, attribute)
                        .is_some_and(|value| is_same_unknown(owner.dialect, data, &value.data))
                };
                Truth::of(here.iter().any(same)).not().and(Truth::Unknown).not()
            }
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
    let matching = move |(index, one): (usize, &'i Arc<Resource>)| is_kind(one, kind).then_some(index);
    inventory.resources.iter().enumerate().filter_map(matching)
}

fn has_kind(inventory: &Inventory, index: usize, kinds: &[String]) -> bool {
    inventory.resources.get(index).is_some_and(|one| kinds.iter().any(|kind| is_kind(one, kind)))
}

/// Whether a relation's kind means this resource: `any` means all, `data.aws_x` what is only looked up.
fn is_kind(one: &Resource, kind: &str) -> bool {
    match kind.strip_prefix("data.") {
        Some(kind) => one.mode == Mode::Data && *one.kind == *kind,
        None => kind == "any" || *one.kind == *kind,
    }
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
