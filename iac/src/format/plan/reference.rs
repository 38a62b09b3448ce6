//! Which resource a value that is known after apply will come from: the plan's `configuration` lists the names that
//! stand in each expression.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::values::{key_of, without_keys};
use crate::inventory::Resource;
use crate::syntax::node::Node;
use crate::value::{Data, List, Map, Reference, Value};

/// Names behind names over which none is followed.
const DEEPEST: u32 = 32;

/// An address below a module's.
pub(super) fn below(module: &str, address: &str) -> String {
    if module.is_empty() { address.to_owned() } else { format!("{module}.{address}") }
}

/// The modules of a configuration by their path, with the call that leads to each.
struct Modules<'n> {
    /// Path → (the module, its caller's path, the call).
    all: HashMap<String, (&'n Node, Option<Caller<'n>>)>,
}

/// The caller's path, and the call.
type Caller<'n> = (String, &'n Node);

/// Notes on unknown values the attribute of another resource they are read off.
pub(super) fn tell(root: &Node, resources: &mut [Resource]) {
    let mut modules = Modules { all: HashMap::new() };
    modules.add(root, String::new(), None);
    let mut expressions: HashMap<String, (&str, &Node)> = HashMap::new();
    for (path, (module, _)) in &modules.all {
        for resource in module.get("resources").map(Node::items).unwrap_or_default() {
            if let (Some(address), Some(node)) = (resource.get_text("address"), resource.get("expressions")) {
                expressions.insert(below(path, address), (path, node));
            }
        }
    }
    let addresses: HashSet<Arc<str>> = resources.iter().map(|resource| resource.address.clone()).collect();
    let instances = Instances::of(resources.iter().map(|resource| &resource.address));
    for resource in resources {
        if let Some((path, node)) = expressions.get(&without_keys(&resource.address)) {
            let find = |reference: &str| {
                let found = modules.resolve(path, reference, 0)?;
                let address = instances.closest(&found.0, &resource.address, &addresses);
                Some(Arc::new(Reference { address, attribute: found.1.into() }))
            };
            resource.body = with_references(&resource.body, node, &find);
        }
    }
}

fn with_references(value: &Value, expression: &Node, find: &dyn Fn(&str) -> Option<Arc<Reference>>) -> Value {
    let data = match &value.data {
        Data::Unknown(_) => {
            let names = expression.get("references").map(Node::items).unwrap_or_default();
            let refers = names.iter().filter_map(Node::text).find_map(|name| find(name));
            return Value { refers, ..value.clone() };
        }
        Data::Map(map) if expression.is_mapping() => {
            let entry = |(key, item): (&Arc<str>, &Value)| {
                let item = expression
                    .get(key)
                    .map_or_else(|| item.clone(), |inner| with_references(item, inner, find));
                (key.clone(), item)
            };
            let entries = map.entries.iter().map(entry).collect();
            Data::Map(Arc::new(Map { entries, open: map.open.clone(), header: map.header }))
        }
        Data::List(list) => {
            let inner = |index: usize| match expression.items().get(index) {
                Some(inner) if expression.items().len() == list.items.len() => Some(inner),
                _ if expression.is_mapping() => Some(expression),
                _ => None,
            };
            let items = list.items.iter().enumerate();
            let items = items.map(|(index, item)| {
                inner(index).map_or_else(|| item.clone(), |inner| with_references(item, inner, find))
            });
            Data::List(Arc::new(List { items: items.collect(), open: list.open.clone() }))
        }
        _ => return value.clone(),
    };
    Value { data, ..value.clone() }
}

impl<'n> Modules<'n> {
    fn add(&mut self, module: &'n Node, path: String, call: Option<Caller<'n>>) {
        for entry in module.get("module_calls").map(Node::entries).unwrap_or_default() {
            if let Some(inner) = entry.value.get("module") {
                let inner_path = below(&path, &format!("module.{}", entry.key.name()));
                self.add(inner, inner_path, Some((path.clone(), &entry.value)));
            }
        }
        self.all.insert(path, (module, call));
    }

    /// The address (with the keys that were written) and the attribute that a name in a module comes down to.
    fn resolve(&self, path: &str, reference: &str, depth: u32) -> Option<(String, String)> {
        if depth > DEEPEST {
            return None;
        }
        let (module, call) = self.all.get(path)?;
        let parts = split(reference);
        let plain = |part: &str| without_keys(part);
        match parts.as_slice() {
            ["var", name, ..] => {
                let (caller, call) = call.as_ref()?;
                let expression = call.get("expressions")?.get(&plain(name))?;
                self.first(caller, expression, depth)
            }
            ["module", name, output, ..] => {
                let inner = below(path, &format!("module.{}", plain(name)));
                let (module, _) = self.all.get(&inner)?;
                let expression = module.get("outputs")?.get(&plain(output))?.get("expression")?;
                self.first(&inner, expression, depth)
            }
            ["each" | "count" | "path" | "terraform" | "local" | "self", ..] => None,
            ["data", kind, name, rest @ ..] => {
                Some((below(path, &format!("data.{kind}.{name}")), rest.join(".")))
            }
            [kind, name, rest @ ..] => {
                let _ = module;
                Some((below(path, &format!("{kind}.{name}")), rest.join(".")))
            }
            _ => None,
        }
    }

    fn first(&self, path: &str, expression: &Node, depth: u32) -> Option<(String, String)> {
        let names = expression.get("references")?.items();
        names.iter().filter_map(Node::text).find_map(|name| self.resolve(path, name, depth + 1))
    }
}

/// The parts between dots, keys left at their part.
fn split(reference: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quoted) = (0, 0_u32, false);
    for (index, c) in reference.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if depth == 0 => {
                parts.push(reference.get(start..index).unwrap_or(""));
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(reference.get(start..).unwrap_or(""));
    parts
}

/// Instances by address without keys.
pub(super) struct Instances(HashMap<String, Vec<Arc<str>>>);

impl Instances {
    pub fn of<'a>(addresses: impl Iterator<Item = &'a Arc<str>>) -> Self {
        let mut all: HashMap<String, Vec<Arc<str>>> = HashMap::new();
        for address in addresses {
            all.entry(without_keys(address)).or_default().push(address.clone());
        }
        Self(all)
    }

    /// The instance an address stands for, as one resource sees it: the address itself, the only one, or the one
    /// with the same key in the same module.
    pub fn closest(&self, address: &str, seen_from: &str, all: &HashSet<Arc<str>>) -> Arc<str> {
        if let Some(exact) = all.get(address) {
            return exact.clone();
        }
        let candidates = self.0.get(&without_keys(address)).map(Vec::as_slice).unwrap_or_default();
        if let [only] = candidates {
            return only.clone();
        }
        let written = key_of(address);
        let key = if written.is_empty() || written == "[*]" { key_of(seen_from) } else { written };
        let common = |other: &str| other.bytes().zip(seen_from.bytes()).take_while(|(a, b)| a == b).count();
        let same_key = candidates.iter().filter(|other| key_of(other) == key);
        same_key.max_by_key(|other| common(other)).cloned().unwrap_or_else(|| address.into())
    }
}
