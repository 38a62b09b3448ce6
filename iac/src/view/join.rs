//! Finding the resource that another one names: by reference, or by equal text within one scope.

use std::collections::HashMap;

use crate::inventory::{Inventory, Mode};
use crate::value::Value;

/// The resources of some kinds, by address and by the texts of some attributes.
pub struct Targets<'a> {
    by_address: HashMap<&'a str, usize>,
    /// Addresses without their last instance key; `None` when several resources share it.
    by_base: HashMap<&'a str, Option<usize>>,
    by_text: HashMap<(&'a str, &'a str), Option<usize>>,
}

impl<'a> Targets<'a> {
    pub fn new(inventory: &'a Inventory, kinds: &[&str], attributes: &[&str]) -> Self {
        let mut targets =
            Self { by_address: HashMap::new(), by_base: HashMap::new(), by_text: HashMap::new() };
        for (index, resource) in inventory.resources.iter().enumerate() {
            if resource.mode == Mode::Data || !kinds.contains(&&*resource.kind) {
                continue;
            }
            targets.by_address.insert(&resource.address, index);
            once(&mut targets.by_base, base(&resource.address), index);
            for attribute in attributes {
                if let Some(text) = resource.body.get(attribute).and_then(Value::as_text) {
                    once(&mut targets.by_text, (&*resource.scope, text), index);
                }
            }
        }
        targets
    }

    /// The one resource this value names.
    pub fn find(&self, value: Option<&Value>, scope: &str) -> Option<usize> {
        let value = value?;
        if let Some(reference) = &value.refers {
            let address = &*reference.address;
            return self
                .by_address
                .get(address)
                .copied()
                .or_else(|| self.by_base.get(address).copied().flatten());
        }
        self.by_text.get(&(scope, value.as_text()?)).copied().flatten()
    }
}

fn once<K: std::hash::Hash + Eq>(map: &mut HashMap<K, Option<usize>>, key: K, index: usize) {
    map.entry(key).and_modify(|found| *found = None).or_insert(Some(index));
}

/// `aws_security_group.x[0]` → `aws_security_group.x`.
pub fn base(address: &str) -> &str {
    match address.strip_suffix(']').and_then(|rest| rest.rfind('[')) {
        Some(at) => address.get(..at).unwrap_or(address),
        None => address,
    }
}
