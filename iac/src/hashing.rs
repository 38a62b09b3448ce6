//! Maps by the names in a user's code: a quick hasher, seeded anew in each map, so that no file makes its names collide.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

pub type Quick = foldhash::fast::RandomState;
pub type QuickMap<K, V> = HashMap<K, V, Quick>;
pub type QuickSet<K> = HashSet<K, Quick>;
pub type QuickIndexMap<K, V> = IndexMap<K, V, Quick>;

/// An empty map with room for so many entries.
pub(crate) fn with_room<K, V>(count: usize) -> QuickIndexMap<K, V> {
    QuickIndexMap::with_capacity_and_hasher(count, Quick::default())
}
