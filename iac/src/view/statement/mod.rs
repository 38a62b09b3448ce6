//! `statement`: what policies allow and deny, whatever they are attached to and however they are written.
//!
//! Fields: `owner sid effect actions resources principals conditions inverted except narrowed`. The last says whether
//! conditions, its own or those of a denial beside it, leave only some callers or networks.

mod document;
mod narrow;
mod permission;
mod place;
mod role;

use std::collections::HashSet;
use std::sync::Arc;

use super::field::{attribute, blocks};
use super::{SourceTexts, Viewed};
use crate::inventory::{Inventory, Mode};
use crate::value::{Data, Value, Why, WhyKind};
use document::Documents;
use narrow::Narrow;

/// The kinds whose policies are read.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    place::kinds().chain(permission::KINDS.iter().map(|(kind, _)| *kind)).chain([document::KIND, role::KIND])
}

/// Whose policies resources of a kind hold.
pub fn owners_of(kind: &str) -> Vec<&'static str> {
    if kind == document::KIND {
        return vec!["document"];
    }
    if kind == role::KIND {
        return vec!["role_definition"];
    }
    if permission::KINDS.iter().any(|(listed, _)| *listed == kind) {
        return vec!["lambda"];
    }
    place::of(kind).map(|place| place.owner).collect()
}

pub fn owners(inventory: &Inventory, texts: &dyn SourceTexts) -> Vec<Viewed> {
    let documents = Documents::new(inventory, texts);
    let referred = if documents.is_empty() { HashSet::new() } else { referred(inventory) };
    let mut found = Vec::new();
    for (index, resource) in inventory.resources.iter().enumerate() {
        if resource.mode == Mode::Data {
            if &*resource.kind == document::KIND && !is_referred(&referred, &resource.address) {
                let mut viewed = Viewed::new(index, "document");
                documents.statements(index, &mut viewed);
                found.push(viewed);
            }
            continue;
        }
        if let Some(viewed) = permission::owner(index, resource).or_else(|| role::owner(index, resource)) {
            found.push(viewed);
            continue;
        }
        for place in place::of(&resource.kind) {
            let mut viewed = Viewed::new(index, place.owner);
            let mut any = false;
            for policy in policies(&resource.body, place.path, &mut viewed) {
                any = true;
                documents.policy(policy, index, &mut viewed);
            }
            if any || viewed.elements.open.is_some() {
                found.push(viewed);
            }
        }
    }
    found.iter_mut().for_each(tell_narrowed);
    found
}

/// Denials beside which statements are looked at; AWS takes no policy with more.
const MOST_DENIALS: usize = 200;

/// Sets `narrowed` in each statement.
fn tell_narrowed(viewed: &mut Viewed) {
    let is_denial =
        |element: &Value| element.get("effect").and_then(Value::as_text).is_some_and(|text| text == "Deny");
    let denials: Vec<Value> = viewed
        .elements
        .items
        .iter()
        .filter(|element| is_denial(element))
        .take(MOST_DENIALS + 1)
        .cloned()
        .collect();
    for element in &mut viewed.elements.items {
        let Some(conditions) = element.get("conditions").cloned() else { continue };
        let mut found = conditions.as_list().map_or(Narrow::No, narrow::narrowed);
        if found != Narrow::Yes && !is_denial(element) {
            for denial in denials.iter().take(MOST_DENIALS) {
                found = found.or(narrow::refused(element, denial));
            }
            if denials.len() > MOST_DENIALS {
                let why = "the policy denies in more statements than are compared";
                found = found.or(Narrow::Unknown(Why::new(WhyKind::Limit, why)));
            }
        }
        let data = match found {
            Narrow::Yes => Data::Bool(true),
            Narrow::No => Data::Bool(false),
            Narrow::Unknown(why) => Data::Unknown(why),
        };
        if let Data::Map(map) = &mut element.data {
            let value = Value::new(data, conditions.origin);
            Arc::make_mut(map).entries.insert("narrowed".into(), value);
        }
    }
}

/// The policies at a path of block names that ends in an attribute.
fn policies<'a>(body: &'a Value, path: &[&str], viewed: &mut Viewed) -> Vec<&'a Value> {
    match path {
        [] => Vec::new(),
        [last] => match attribute(body, last) {
            Some(value) => vec![value],
            None => {
                if body.get(last).is_none() {
                    viewed.open(body.as_map().and_then(|map| map.open.clone()));
                }
                Vec::new()
            }
        },
        [first, rest @ ..] => {
            let inner = blocks(body, first);
            viewed.open(inner.open);
            inner.items.into_iter().flat_map(|block| policies(block, rest, viewed)).collect()
        }
    }
}

/// The addresses that any value refers to.
fn referred(inventory: &Inventory) -> HashSet<&str> {
    fn walk<'a>(value: &'a Value, found: &mut HashSet<&'a str>) {
        if let Some(reference) = &value.refers {
            found.insert(&reference.address);
        }
        match &value.data {
            Data::List(list) => list.items.iter().for_each(|item| walk(item, found)),
            Data::Map(map) => map.entries.values().for_each(|entry| walk(entry, found)),
            Data::Choice(branches) => branches.iter().for_each(|branch| walk(branch, found)),
            _ => {}
        }
    }
    let mut found = HashSet::new();
    for resource in &inventory.resources {
        walk(&resource.body, &mut found);
    }
    found
}

fn is_referred(referred: &HashSet<&str>, address: &str) -> bool {
    referred.contains(address) || referred.contains(super::join::base(address))
}

#[cfg(test)]
mod tests;
