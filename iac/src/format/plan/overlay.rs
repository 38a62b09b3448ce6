//! A plan laid over the inventory of the code it was made from: what the code leaves open takes the plan's value,
//! and stays where the code says it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Plan;
use super::reference::Instances;
use super::values::{is_nothing, pruned, without_keys};
use crate::format::terraform::{from_json, same};
use crate::inventory::{Existence, Inventory, Resource};
use crate::value::{Data, List, Map, Origin, Reference, Value, Via, WhyKind};

/// The code's inventory with what the plan knows more.
pub fn lay_over(code: &Inventory, plan: &Plan) -> Inventory {
    // What stands between the code and a value that was taken from the plan.
    let label: Arc<str> = format!("the value of {}", plan.info.label()).into();
    let mut planned: HashMap<String, Vec<&Resource>> = HashMap::new();
    for resource in &plan.resources {
        planned.entry(without_keys(&resource.address)).or_default().push(resource);
    }
    let exact: HashMap<&str, &Resource> =
        plan.resources.iter().map(|resource| (&*resource.address, resource)).collect();
    let written: HashSet<&str> = code.resources.iter().map(|resource| &*resource.address).collect();
    let mut resources: Vec<Resource> = Vec::with_capacity(code.resources.len());
    let mut bases: HashSet<String> = HashSet::new();
    let mut stood_for: HashSet<String> = HashSet::new();
    for resource in &code.resources {
        let base = without_keys(&resource.address);
        bases.insert(base.clone());
        if let Some(found) = exact.get(&*resource.address) {
            resources.push(resolved(resource, found, &label));
            continue;
        }
        let possible = matches!(resource.existence, Existence::Possible(_));
        if possible && plan.declared.contains(&base) {
            // It stands for instances that only the plan can name; without any, it will not be there.
            let instances = planned.get(&base).map(Vec::as_slice).unwrap_or_default();
            if stood_for.insert(base) {
                let new = instances.iter().filter(|found| !written.contains(&*found.address));
                resources.extend(new.map(|found| resolved(resource, found, &label)));
            }
            continue;
        }
        resources.push((**resource).clone());
    }
    // Modules whose code is not here have their resources in the plan alone.
    let resolved = |gap: &str| plan.modules.contains(&without_keys(gap));
    let unread: Vec<String> =
        code.gaps.iter().map(|gap| without_keys(&gap.what)).filter(|gap| resolved(gap)).collect();
    for resource in &plan.resources {
        let base = without_keys(&resource.address);
        if !bases.contains(&base)
            && unread
                .iter()
                .any(|gap| base.strip_prefix(gap.as_str()).is_some_and(|rest| rest.starts_with('.')))
        {
            resources.push(Resource { body: pruned(&resource.body, false), ..resource.clone() });
        }
    }
    aim(&mut resources);
    let mut inventory = Inventory::new(code.root.clone(), resources);
    inventory.gaps = code
        .gaps
        .iter()
        .filter(|gap| gap.why.kind != WhyKind::Module || !resolved(&gap.what))
        .cloned()
        .collect();
    inventory.partially_parsed.clone_from(&code.partially_parsed);
    inventory.handed_out.clone_from(&code.handed_out);
    inventory.providers.clone_from(&code.providers);
    let mut info = plan.info.clone();
    // What the plan has and the code has not, where all of the code is here, and the other way round.
    let unknown = |base: &String| {
        !bases.contains(base)
            && !code.gaps.iter().any(|gap| {
                base.strip_prefix(&*without_keys(&gap.what)).is_some_and(|rest| rest.starts_with('.'))
            })
    };
    info.not_in_code = sorted(planned.keys().filter(|base| unknown(base)));
    info.not_in_plan = sorted(bases.iter().filter(|base| !plan.declared.contains(*base)));
    inventory.plan = Some(info);
    inventory
}

fn sorted<'s>(addresses: impl Iterator<Item = &'s String>) -> Vec<Arc<str>> {
    let mut all: Vec<Arc<str>> = addresses.map(|address| Arc::from(address.as_str())).collect();
    all.sort();
    all
}

/// The code's resource as this instance of the plan.
fn resolved(code: &Resource, plan: &Resource, label: &Arc<str>) -> Resource {
    Resource {
        address: plan.address.clone(),
        scope: plan.scope.clone(),
        existence: Existence::Certain,
        body: fill(&code.body, &plan.body, label),
        ..code.clone()
    }
}

/// Ours where it is known, else theirs at our place.
fn fill(ours: &Value, theirs: &Value, label: &Arc<str>) -> Value {
    let mut value = match (&ours.data, &theirs.data) {
        (_, Data::Unknown(_)) => ours.clone(),
        (Data::Choice(alternatives), _) => match alternatives.iter().find(|one| same(one, theirs)) {
            Some(one) => one.clone(),
            None => taken(ours, theirs, label),
        },
        (Data::Unknown(_) | Data::Holed(_) | Data::Null, _) => taken(ours, theirs, label),
        (Data::Map(map), Data::Map(other)) => fill_map(ours, map, other, label),
        (Data::List(list), Data::List(other)) => fill_list(ours, list, other, label),
        _ => ours.clone(),
    };
    value.sensitive |= ours.sensitive || theirs.sensitive;
    value
}

/// Their value at our place.
fn taken(ours: &Value, theirs: &Value, label: &Arc<str>) -> Value {
    let placed = placed(theirs, &ours.origin, label);
    let json = match (&ours.json, &theirs.data) {
        (Some(json), _) if json.is_wholly_known() => Some(json.clone()),
        (Some(json), Data::Text(text)) => serde_json::from_str(text).map_or_else(
            |_| Some(json.clone()),
            |parsed| Some(Arc::new(fill(json, &from_json(&parsed, &ours.origin), label))),
        ),
        _ => None,
    };
    Value { refers: ours.refers.clone(), set: ours.set, json, ..placed }
}

/// All of a value at one place.
fn placed(value: &Value, origin: &Origin, label: &Arc<str>) -> Value {
    let from = value.origin.span.or(origin.span);
    let data = match &value.data {
        Data::List(list) => Data::List(Arc::new(List {
            items: list.items.iter().map(|item| placed(item, origin, label)).collect(),
            open: list.open.clone(),
        })),
        Data::Map(map) => Data::Map(Arc::new(Map {
            entries: map
                .entries
                .iter()
                .map(|(key, item)| (key.clone(), placed(item, origin, label)))
                .collect(),
            open: map.open.clone(),
            header: origin.span,
        })),
        data => data.clone(),
    };
    let via = from.map(|span| Arc::new(Via::new(span, label.clone(), origin.via.clone())));
    Value { data, origin: Origin { span: origin.span, via: via.or(origin.via.clone()) }, ..value.clone() }
}

fn fill_map(ours: &Value, map: &Map, other: &Map, label: &Arc<str>) -> Value {
    let mut entries = map.entries.clone();
    for (key, item) in &mut entries {
        if let Some(theirs) = other.entries.get(key) {
            *item = fill(item, theirs, label);
        }
    }
    // A `dynamic` block that comes to nothing leaves nothing behind.
    entries.retain(|key, item| {
        let opened = map.entries.get(key).and_then(Value::as_list).is_some_and(|list| list.open.is_some());
        !(opened && is_nothing(item, false))
    });
    let header = map.header.map_or_else(|| ours.origin.clone(), Origin::at);
    for (key, theirs) in &other.entries {
        let unknown = matches!(theirs.data, Data::Unknown(_)) && map.open.is_none();
        if !map.entries.contains_key(key) && !unknown && !is_nothing(theirs, false) {
            entries.insert(key.clone(), placed(&pruned(theirs, false), &header, label));
        }
    }
    let map = Map { entries, open: None, header: map.header };
    Value { data: Data::Map(Arc::new(map)), ..ours.clone() }
}

/// Elements are matched by what is known of them: a plan writes sets in an order of its own.
fn fill_list(ours: &Value, list: &List, other: &List, label: &Arc<str>) -> Value {
    if ours.is_wholly_known() && !list.items.iter().any(|item| item.as_map().is_some()) {
        return ours.clone();
    }
    let mut left: Vec<Option<&Value>> = other.items.iter().map(Some).collect();
    let mut items: Vec<Option<Value>> = vec![None; list.items.len()];
    let aligned =
        list.items.len() == other.items.len() && list.items.iter().zip(&other.items).all(|(a, b)| fits(a, b));
    for (index, (item, found)) in list.items.iter().zip(&mut items).enumerate() {
        let place = if aligned {
            Some(index)
        } else {
            left.iter().position(|one| one.is_some_and(|one| fits(item, one)))
        };
        if let Some(theirs) = place.and_then(|place| left.get_mut(place)).and_then(Option::take) {
            *found = Some(fill(item, theirs, label));
        }
    }
    let mut items: Vec<Value> = items
        .into_iter()
        .zip(&list.items)
        .map(|(found, item)| found.unwrap_or_else(|| item.clone()))
        .collect();
    if list.open.is_some() {
        items.extend(
            left.into_iter().flatten().map(|theirs| placed(&pruned(theirs, false), &ours.origin, label)),
        );
    }
    Value { data: Data::List(Arc::new(List { items, open: None })), ..ours.clone() }
}

/// Whether theirs may be what ours becomes: nothing known contradicts it.
fn fits(ours: &Value, theirs: &Value) -> bool {
    match (&ours.data, &theirs.data) {
        (Data::Unknown(_) | Data::Holed(_), _) | (_, Data::Unknown(_)) => true,
        (Data::Choice(alternatives), _) => alternatives.iter().any(|one| fits(one, theirs)),
        (Data::Map(map), Data::Map(other)) => {
            map.entries.iter().all(|(key, item)| other.entries.get(key).is_none_or(|other| fits(item, other)))
        }
        (Data::List(list), Data::List(other)) => list.open.is_some() || list.items.len() == other.items.len(),
        // A policy may have one text where the code has a list of one.
        (Data::List(list), Data::Text(_)) => match list.items.as_slice() {
            [one] => fits(one, theirs),
            items => list.open.is_some() && items.is_empty(),
        },
        (Data::Null, _) => true,
        // Text and number are one here: the provider's type decided, and the code may have the other.
        (Data::Text(text), Data::Number(number)) | (Data::Number(number), Data::Text(text)) => {
            **text == number.to_string()
        }
        (Data::Text(text), Data::Bool(bool)) | (Data::Bool(bool), Data::Text(text)) => {
            **text == bool.to_string()
        }
        _ => same(ours, theirs),
    }
}

/// Points references at the instances that the plan has named.
fn aim(resources: &mut [Resource]) {
    let all: HashSet<Arc<str>> = resources.iter().map(|resource| resource.address.clone()).collect();
    let instances = Instances::of(all.iter());
    for resource in resources {
        let from = resource.address.clone();
        let find = |address: &str| (!all.contains(address)).then(|| instances.closest(address, &from, &all));
        if let Some(body) = aimed(&resource.body, &find) {
            resource.body = body;
        }
    }
}

/// The value with its references changed; `None` when none is.
fn aimed(value: &Value, find: &dyn Fn(&str) -> Option<Arc<str>>) -> Option<Value> {
    let refers = value.refers.as_ref().and_then(|old| {
        let address = find(&old.address).filter(|address| *address != old.address)?;
        Some(Arc::new(Reference { address, attribute: old.attribute.clone() }))
    });
    let data = match &value.data {
        Data::List(list) => each(list.items.iter(), find)
            .map(|items| Data::List(Arc::new(List { items, open: list.open.clone() }))),
        Data::Map(map) => each(map.entries.values(), find).map(|items| {
            let entries = map.entries.keys().cloned().zip(items).collect();
            Data::Map(Arc::new(Map { entries, open: map.open.clone(), header: map.header }))
        }),
        Data::Choice(items) => each(items.iter(), find).map(|items| Data::Choice(items.into())),
        _ => None,
    };
    if refers.is_none() && data.is_none() {
        return None;
    }
    let mut value = value.clone();
    value.refers = refers.or(value.refers);
    if let Some(data) = data {
        value.data = data;
    }
    Some(value)
}

fn each<'v>(
    items: impl Iterator<Item = &'v Value> + Clone,
    find: &dyn Fn(&str) -> Option<Arc<str>>,
) -> Option<Vec<Value>> {
    let mut changed = false;
    let all = items
        .map(|item| aimed(item, find).inspect(|_| changed = true).unwrap_or_else(|| item.clone()))
        .collect();
    changed.then_some(all)
}
