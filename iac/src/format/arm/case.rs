//! Letter case: Azure takes the names of properties and types in any, and shows them in one.

use std::collections::HashSet;
use std::sync::Arc;

use crate::syntax::node::{Entry, Node};

/// Names that readers and views ask for, as Azure shows them.
const NAMES: &[&str] = &[
    // Of a template and its resources.
    "apiVersion",
    "condition",
    "copy",
    "dependsOn",
    "identity",
    "kind",
    "location",
    "name",
    "plan",
    "properties",
    "resources",
    "scope",
    "sku",
    "tags",
    "type",
    "zones",
    // Of network rules.
    "access",
    "destinationAddressPrefix",
    "destinationAddressPrefixes",
    "destinationApplicationSecurityGroups",
    "destinationPortRange",
    "destinationPortRanges",
    "direction",
    "endIpAddress",
    "priority",
    "protocol",
    "securityRules",
    "sourceAddressPrefix",
    "sourceAddressPrefixes",
    "sourceApplicationSecurityGroups",
    "startIpAddress",
    // Types whose resources are views' owners.
    "Microsoft.DBforMySQL/flexibleServers/firewallRules",
    "Microsoft.DBforMySQL/servers/firewallRules",
    "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules",
    "Microsoft.DBforPostgreSQL/servers/firewallRules",
    "Microsoft.Network/networkSecurityGroups",
    "Microsoft.Network/networkSecurityGroups/securityRules",
    "Microsoft.Sql/servers/firewallRules",
];

/// A name as Azure shows it; one that nobody here asks for stays as it is written.
pub(super) fn shown(name: Arc<str>) -> Arc<str> {
    match NAMES.iter().find(|known| known.eq_ignore_ascii_case(&name)) {
        Some(known) if **known != *name => Arc::from(*known),
        _ => name,
    }
}

/// The entry under a key, whatever its case; the one in this case where there are several.
pub(super) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Entry> {
    let same = |entry: &&Entry| entry.key.text().is_some_and(|text| text.eq_ignore_ascii_case(key));
    node.entry(key).or_else(|| node.entries().iter().find(same))
}

/// The value under a key, whatever its case.
pub(super) fn get<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    entry(node, key).map(|entry| &entry.value)
}

/// Entries that differ from another of their mapping by case alone, of those that are asked for: which of them counts
/// is not known.
pub(super) fn repeated(node: &Node) -> Vec<&Entry> {
    let mut seen = HashSet::new();
    let mut is_again = |entry: &&Entry| {
        let name = entry.key.name().to_ascii_lowercase();
        NAMES.iter().any(|known| known.eq_ignore_ascii_case(&name)) && !seen.insert(name)
    };
    node.entries().iter().filter(&mut is_again).collect()
}
