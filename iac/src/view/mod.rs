//! Typed lists derived from resources, so that a rule can speak of network rules, policy statements or
//! containers whatever resource they were written in. Fields keep their origins.

use std::sync::Arc;

use crate::inventory::Inventory;
use crate::source::SourceId;
use crate::value::{List, Value, Why};
use crate::workspace::Snapshot;

mod container;
pub mod cover;
mod field;
mod flags;
mod grant;
mod image;
mod join;
mod json;
mod network_rule;
mod pod;
mod statement;
#[cfg(test)]
mod testing;
mod workload;

pub use cover::covers;
pub use json::structured;

/// What a view found for one owner.
#[derive(Debug)]
pub struct Viewed {
    /// Index of the owning resource in the inventory.
    pub resource: usize,
    /// The owner's sort, the `owner` field of each element: `security_group`, `identity`, `s3`, a workload's kind.
    pub owner: &'static str,
    /// One map per element. Open when there may be more.
    pub elements: List,
    /// For each element the index of the resource it was written in: the owner, or a companion of it.
    pub from: Vec<usize>,
}

impl Viewed {
    fn new(resource: usize, owner: &'static str) -> Self {
        Self { resource, owner, elements: List::default(), from: Vec::new() }
    }

    fn push(&mut self, from: usize, element: Value) {
        self.elements.items.push(element);
        self.from.push(from);
    }

    /// There may be more, and why; the first reason stays.
    fn open(&mut self, why: Option<Arc<Why>>) {
        if self.elements.open.is_none() {
            self.elements.open = why;
        }
    }
}

/// The texts of an inventory's sources, for values whose inside a view has to read itself: a JSON policy in a
/// string is placed to the byte when its text is there, and by its whole literal when it is not.
pub trait Texts {
    fn text(&self, source: SourceId) -> Option<&str>;
}

impl Texts for Snapshot {
    fn text(&self, source: SourceId) -> Option<&str> {
        self.document(source).map(|document| &*document.source.text)
    }
}

/// No texts at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTexts;

impl Texts for NoTexts {
    fn text(&self, _source: SourceId) -> Option<&str> {
        None
    }
}

/// The names of the views.
pub const VIEWS: &[&str] = &["pod", "container", "flags", "network_rule", "statement", "grant"];

/// All owners of a view in an inventory, in inventory order; `None` for a name that is no view.
pub fn view(name: &str, inventory: &Inventory) -> Option<Vec<Viewed>> {
    view_in(name, inventory, &NoTexts)
}

/// As [`view`], with the sources' texts at hand.
pub fn view_in(name: &str, inventory: &Inventory, texts: &dyn Texts) -> Option<Vec<Viewed>> {
    let mut found = match name {
        "pod" => pod::owners(inventory),
        "container" => container::owners(inventory),
        "flags" => flags::owners(inventory),
        "network_rule" => network_rule::owners(inventory),
        "statement" => statement::owners(inventory, texts),
        "grant" => grant::owners(inventory, texts),
        _ => return None,
    };
    found.sort_by_key(|viewed| viewed.resource);
    Some(found)
}
