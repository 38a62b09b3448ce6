//! `network_rule`: who may reach what, from security groups, network access lists and firewalls of all clouds,
//! written inline or apart.
//!
//! Fields: `owner direction action protocol ports peers description priority shadowed`.

mod aws;
mod azure;
mod google;
mod shadow;

use std::sync::Arc;

use super::Viewed;
use super::field::{Element, filled, int, plain, retext, why, with};
use super::join::Targets;
use crate::inventory::{Inventory, Mode, Resource};
use crate::value::{Data, List, Origin, Piece, Value};

/// The kinds that have rules, or are one, and the owner of these rules.
pub const KINDS: &[(&str, &str)] = &[
    ("AWS::EC2::NetworkAcl", "nacl"),
    ("AWS::EC2::NetworkAclEntry", "nacl"),
    ("AWS::EC2::SecurityGroup", "security_group"),
    ("AWS::EC2::SecurityGroupEgress", "security_group"),
    ("AWS::EC2::SecurityGroupIngress", "security_group"),
    ("Microsoft.DBforMySQL/flexibleServers/firewallRules", "sql"),
    ("Microsoft.DBforMySQL/servers/firewallRules", "sql"),
    ("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules", "sql"),
    ("Microsoft.DBforPostgreSQL/servers/firewallRules", "sql"),
    ("Microsoft.Network/networkSecurityGroups", "nsg"),
    ("Microsoft.Network/networkSecurityGroups/securityRules", "nsg"),
    ("Microsoft.Sql/servers/firewallRules", "sql"),
    ("aws_default_network_acl", "nacl"),
    ("aws_default_security_group", "default_security_group"),
    ("aws_network_acl", "nacl"),
    ("aws_network_acl_rule", "nacl"),
    ("aws_security_group", "security_group"),
    ("aws_security_group_rule", "security_group"),
    ("aws_vpc_security_group_egress_rule", "security_group"),
    ("aws_vpc_security_group_ingress_rule", "security_group"),
    ("azurerm_mariadb_firewall_rule", "sql"),
    ("azurerm_mssql_firewall_rule", "sql"),
    ("azurerm_mysql_firewall_rule", "sql"),
    ("azurerm_mysql_flexible_server_firewall_rule", "sql"),
    ("azurerm_network_security_group", "nsg"),
    ("azurerm_network_security_rule", "nsg"),
    ("azurerm_postgresql_firewall_rule", "sql"),
    ("azurerm_postgresql_flexible_server_firewall_rule", "sql"),
    ("azurerm_sql_firewall_rule", "sql"),
    ("google_compute_firewall", "firewall"),
    ("google_sql_database_instance", "sql"),
];

pub fn owners(inventory: &Inventory) -> Vec<Viewed> {
    let mut found = Owners::default();
    for (index, resource) in managed(inventory) {
        let group = aws::group(index, resource, inventory)
            .or_else(|| azure::group(index, resource))
            .or_else(|| google::firewall(index, resource));
        if let Some(viewed) = group {
            found.add(viewed);
        }
    }
    aws::companions(inventory, &mut found);
    azure::companions(inventory, &mut found);
    for viewed in &mut found.all {
        shadow::mark(viewed);
    }
    found.all
}

fn managed(inventory: &Inventory) -> impl Iterator<Item = (usize, &Resource)> {
    let all = inventory.resources.iter().map(|resource| &**resource).enumerate();
    all.filter(|(_, resource)| resource.mode == Mode::Managed)
}

/// Owners by the index of their resource.
#[derive(Default)]
struct Owners {
    all: Vec<Viewed>,
    by_resource: std::collections::HashMap<usize, usize>,
}

impl Owners {
    fn add(&mut self, viewed: Viewed) {
        self.by_resource.insert(viewed.resource, self.all.len());
        self.all.push(viewed);
    }

    /// Gives a rule written apart to the group it names, else lets it stand for itself.
    fn place(
        &mut self,
        group: Option<usize>,
        from: usize,
        owner: &'static str,
        rule: impl Fn(&'static str) -> Value,
    ) {
        let index = group.and_then(|group| self.by_resource.get(&group)).copied();
        if let Some(viewed) = index.and_then(|at| self.all.get_mut(at)) {
            let element = rule(viewed.owner);
            viewed.push(from, element);
            return;
        }
        let mut viewed = Viewed::new(from, owner);
        viewed.push(from, rule(owner));
        self.add(viewed);
    }
}

/// The parts of one rule, read by a cloud's own names.
struct Parts {
    element: Element,
    owner: &'static str,
    direction: Value,
    action: Value,
    protocol: Value,
    ports: List,
    ports_at: Option<Origin>,
    peers: Peers,
    description: Value,
    priority: Option<Value>,
}

impl Parts {
    fn done(mut self) -> Value {
        self.peers.open(self.element.open());
        let owner = self.element.implied(self.owner);
        let unshadowed = Value::new(Data::Bool(false), self.element.here());
        let priority = self.priority.unwrap_or_else(|| Value::new(Data::Null, self.element.here()));
        self.element
            .set("owner", owner)
            .set("direction", self.direction)
            .set("action", self.action)
            .set("protocol", self.protocol)
            .list("ports", self.ports, self.ports_at)
            .list("peers", self.peers.list, self.peers.at)
            .set("description", self.description)
            .set("priority", priority)
            .set("shadowed", unshadowed)
            .done()
    }
}

/// Protocols by one name each: numbers and spellings fold, everything is `all`.
fn protocol(value: &Value) -> Value {
    let Some(text) = plain(value) else { return value.clone() };
    let name = match text.trim().to_lowercase().as_str() {
        "-1" | "all" | "*" | "any" => "all".to_owned(),
        "6" => "tcp".to_owned(),
        "17" => "udp".to_owned(),
        "1" => "icmp".to_owned(),
        "58" => "icmpv6".to_owned(),
        other => other.to_owned(),
    };
    retext(value, name)
}

fn is_icmp(protocol: &Value) -> bool {
    matches!(protocol.as_text(), Some("icmp" | "icmpv6"))
}

const ALL_PORTS: &str = "0-65535";

/// The range between two attributes. Protocols without ports have none; `all`, and no range at all, are every port.
fn ports_between(from: Option<&Value>, to: Option<&Value>, protocol: &Value, here: Origin) -> List {
    let item = match (from, to) {
        _ if protocol.as_text() == Some("all") => retext(protocol, ALL_PORTS),
        _ if is_icmp(protocol) => return List::default(),
        (None, None) => Value::text(ALL_PORTS, here),
        (Some(one), None) | (None, Some(one)) => match int(one) {
            Some(-1) => retext(one, ALL_PORTS),
            Some(port) => retext(one, format!("{port}-{port}")),
            None => one.clone(),
        },
        (Some(from), Some(to)) => match (int(from), int(to)) {
            (Some(-1), _) | (_, Some(-1)) => retext(from, ALL_PORTS),
            (Some(low), Some(high)) => retext(from, format!("{low}-{high}")),
            (Some(_), None) => to.clone(),
            _ => from.clone(),
        },
    };
    // A protocol that is not known may be all of them, and then every port is meant.
    List { items: vec![item], open: why(protocol) }
}

/// Ports written as texts: `22`, `20-25`, `*`.
fn ports_written(written: &List) -> List {
    let mut list = List { items: Vec::new(), open: written.open.clone() };
    for item in &written.items {
        let Some(text) = plain(item) else {
            list.items.push(item.clone());
            continue;
        };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let range = match part {
                "*" | "-1" => ALL_PORTS.to_owned(),
                _ if part.contains('-') => part.to_owned(),
                _ => format!("{part}-{part}"),
            };
            list.items.push(retext(item, range));
        }
    }
    list
}

/// Peers from all the attributes that name some; each keeps its place.
#[derive(Default)]
struct Peers {
    list: List,
    at: Option<Origin>,
}

impl Peers {
    /// Addresses and blocks in a list; what of it is unknown leaves the list open.
    fn addresses(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        self.seen(value);
        match &value.data {
            Data::List(list) => {
                self.open(list.open.clone());
                for item in &list.items {
                    match &item.data {
                        Data::List(_) => self.addresses(Some(item)),
                        Data::Null => {}
                        _ => self.list.items.push(peer(item)),
                    }
                }
            }
            Data::Unknown(_) | Data::Choice(_) if value.refers.is_none() => self.open(why(value)),
            _ => self.list.items.push(peer(value)),
        }
    }

    /// One address or block.
    fn address(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        self.seen(value);
        self.list.items.push(peer(value));
    }

    /// Names of groups, lists or the like: unknown ones still are no addresses, which `sg-…` says.
    fn named(&mut self, value: Option<&Value>, prefix: &str) {
        let Some(value) = value else { return };
        self.seen(value);
        match &value.data {
            Data::List(list) => {
                if let Some(why) = &list.open {
                    self.list.items.push(with(value, hole(prefix, why.clone())));
                }
                for item in &list.items {
                    self.named(Some(item), prefix);
                }
            }
            Data::Null => {}
            _ => self.list.items.push(match why(value) {
                Some(why) => with(value, hole(prefix, why)),
                None => value.clone(),
            }),
        }
    }

    /// The group itself.
    fn add_self(&mut self, value: Option<&Value>) {
        let Some(value) = value else { return };
        match &value.data {
            _ if super::field::boolean(value) == Some(true) => self.list.items.push(retext(value, "self")),
            Data::Unknown(why) => self.list.items.push(with(value, hole("self", why.clone()))),
            _ => {}
        }
    }

    fn seen(&mut self, value: &Value) {
        if self.at.is_none() {
            self.at = Some(value.origin.clone());
        }
    }

    fn open(&mut self, why: Option<Arc<crate::value::Why>>) {
        if self.list.open.is_none() {
            self.list.open = why;
        }
    }
}

fn hole(prefix: &str, why: Arc<crate::value::Why>) -> Data {
    Data::Holed([Piece::Text(prefix.into()), Piece::Hole(why)].into())
}

/// Words for the whole internet become one.
fn peer(value: &Value) -> Value {
    match value.as_text() {
        Some(text) if ["*", "any", "internet", "/0", "<nw>/0", "0"].contains(&&*text.to_lowercase()) => {
            retext(value, "internet")
        }
        _ => value.clone(),
    }
}

/// The group a stand-alone rule names, among the kinds given.
fn groups<'a>(inventory: &'a Inventory, kinds: &[&str], attributes: &[&str]) -> Targets<'a> {
    Targets::new(inventory, kinds, attributes)
}

fn description(element: &Element, block: &Value, key: &str) -> Value {
    filled(block, key).cloned().unwrap_or_else(|| element.implied(""))
}

#[cfg(test)]
mod tests;
