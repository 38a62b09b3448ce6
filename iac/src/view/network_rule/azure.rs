//! Azure: network security groups in Terraform and ARM, and the firewall rules of SQL servers.

use super::{Owners, Parts, Peers, description, groups, managed, ports_written, protocol};
use crate::inventory::{Inventory, Resource};
use crate::value::{List, Value};
use crate::view::Viewed;
use crate::view::field::{Element, attribute, blocks, filled, first, listed, retext};

/// What a rule of a network security group calls its parts; peers as source, then destination.
struct Names {
    direction: &'static str,
    access: &'static str,
    protocol: &'static str,
    ports: [&'static str; 2],
    addresses: [[&'static str; 2]; 2],
    groups: [&'static str; 2],
    priority: &'static str,
    description: &'static str,
}

const TERRAFORM: Names = Names {
    direction: "direction",
    access: "access",
    protocol: "protocol",
    ports: ["destination_port_range", "destination_port_ranges"],
    addresses: [
        ["source_address_prefix", "source_address_prefixes"],
        ["destination_address_prefix", "destination_address_prefixes"],
    ],
    groups: ["source_application_security_group_ids", "destination_application_security_group_ids"],
    priority: "priority",
    description: "description",
};
const ARM: Names = Names {
    direction: "direction",
    access: "access",
    protocol: "protocol",
    ports: ["destinationPortRange", "destinationPortRanges"],
    addresses: [
        ["sourceAddressPrefix", "sourceAddressPrefixes"],
        ["destinationAddressPrefix", "destinationAddressPrefixes"],
    ],
    groups: ["sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups"],
    priority: "priority",
    description: "description",
};

/// The owner a resource is by itself, with the rules written in it.
pub fn group(index: usize, resource: &Resource) -> Option<Viewed> {
    let body = &resource.body;
    match &*resource.kind {
        "azurerm_network_security_group" => {
            let mut viewed = Viewed::new(index, "nsg");
            let rules = blocks(body, "security_rule");
            viewed.open(rules.open);
            for block in rules.items {
                viewed.push(index, rule(block, block, resource, &TERRAFORM));
            }
            Some(viewed)
        }
        "Microsoft.Network/networkSecurityGroups" => {
            let mut viewed = Viewed::new(index, "nsg");
            let rules = blocks(first(attribute(body, "properties").unwrap_or(body)), "securityRules");
            viewed.open(rules.open);
            for block in rules.items {
                viewed.push(
                    index,
                    rule(attribute(block, "properties").unwrap_or(block), block, resource, &ARM),
                );
            }
            Some(viewed)
        }
        "azurerm_mssql_firewall_rule"
        | "azurerm_sql_firewall_rule"
        | "azurerm_postgresql_firewall_rule"
        | "azurerm_postgresql_flexible_server_firewall_rule"
        | "azurerm_mysql_firewall_rule"
        | "azurerm_mysql_flexible_server_firewall_rule"
        | "azurerm_mariadb_firewall_rule" => {
            Some(addresses_between(index, resource, body, ["start_ip_address", "end_ip_address"]))
        }
        "Microsoft.Sql/servers/firewallRules"
        | "Microsoft.DBforPostgreSQL/servers/firewallRules"
        | "Microsoft.DBforPostgreSQL/flexibleServers/firewallRules"
        | "Microsoft.DBforMySQL/servers/firewallRules"
        | "Microsoft.DBforMySQL/flexibleServers/firewallRules" => {
            let properties = attribute(body, "properties").unwrap_or(body);
            Some(addresses_between(index, resource, properties, ["startIpAddress", "endIpAddress"]))
        }
        _ => None,
    }
}

/// Rules written apart.
pub fn companions(inventory: &Inventory, found: &mut Owners) {
    let kinds = ["azurerm_network_security_group", "Microsoft.Network/networkSecurityGroups"];
    let targets = groups(inventory, &kinds, &["name"]);
    for (index, resource) in managed(inventory) {
        let body = &resource.body;
        match &*resource.kind {
            "azurerm_network_security_rule" => {
                let group = targets.find(attribute(body, "network_security_group_name"), &resource.scope);
                found.place(group, index, "nsg", |_| rule(body, body, resource, &TERRAFORM));
            }
            "Microsoft.Network/networkSecurityGroups/securityRules" => {
                // A child written apart is named `group/rule`.
                let parent = attribute(body, "name").and_then(|name| {
                    let (group, _) = name.as_text()?.rsplit_once('/')?;
                    Some(retext(name, group))
                });
                let group = targets.find(parent.as_ref(), &resource.scope);
                let properties = attribute(body, "properties").unwrap_or(body);
                found.place(group, index, "nsg", |_| rule(properties, body, resource, &ARM));
            }
            _ => {}
        }
    }
}

fn rule(block: &Value, outer: &Value, resource: &Resource, names: &Names) -> Value {
    let element = Element::of(outer, resource);
    let lower = |value: Value, pairs: &[(&str, &str)]| match value.as_text().map(str::to_lowercase) {
        Some(text) => {
            let name = pairs.iter().find(|(from, _)| *from == text).map_or(&*text, |(_, to)| to);
            retext(&value, name)
        }
        None => value,
    };
    let direction =
        lower(element.or(block, names.direction, "Inbound"), &[("inbound", "in"), ("outbound", "out")]);
    let side = usize::from(direction.as_text() == Some("out"));
    let mut peers = Peers::default();
    if let Some([one, many]) = names.addresses.get(side) {
        peers.address(filled(block, one));
        peers.addresses(attribute(block, many));
    }
    peers.named(names.groups.get(side).and_then(|key| attribute(block, key)), "asg-");
    let protocol = protocol(&element.or(block, names.protocol, "*"));
    let mut written = List::default();
    let mut ports_at = None;
    for value in names.ports.iter().filter_map(|key| filled(block, key)) {
        ports_at.get_or_insert_with(|| value.origin.clone());
        let mut more = listed(Some(value));
        written.items.append(&mut more.items);
        written.open = written.open.or(more.open);
    }
    Parts {
        owner: "nsg",
        action: lower(element.or(block, names.access, "Allow"), &[]),
        direction,
        ports: ports_written(&written),
        ports_at,
        protocol,
        peers,
        description: description(&element, block, names.description),
        priority: attribute(block, names.priority).cloned(),
        element,
    }
    .done()
}

/// A database server's firewall rule: a range of addresses that may connect.
fn addresses_between(index: usize, resource: &Resource, block: &Value, [start, end]: [&str; 2]) -> Viewed {
    let element = Element::of(block, resource);
    let (start, end) = (attribute(block, start), attribute(block, end));
    let mut peers = Peers::default();
    if let (Some(start), Some(end)) = (start, end) {
        let between = match (start.as_text(), end.as_text()) {
            // Both zero is Azure's sign for its own services.
            (Some("0.0.0.0"), Some("0.0.0.0")) => retext(start, "azure-services"),
            (Some("0.0.0.0"), Some("255.255.255.255")) => retext(end, "internet"),
            (Some(low), Some(high)) if low == high => start.clone(),
            (Some(low), Some(high)) => retext(start, format!("{low}-{high}")),
            (None, _) => start.clone(),
            (_, None) => end.clone(),
        };
        peers.address(Some(&between));
    }
    let mut viewed = Viewed::new(index, "sql");
    let protocol = element.implied("tcp");
    let rule = Parts {
        owner: "sql",
        direction: element.implied("in"),
        action: element.implied("allow"),
        ports: super::ports_between(None, None, &protocol, element.here()),
        ports_at: None,
        protocol,
        peers,
        description: element.implied(""),
        priority: None,
        element,
    };
    viewed.push(index, rule.done());
    viewed
}
