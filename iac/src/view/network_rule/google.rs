//! Google Cloud: firewalls of networks and the authorized networks of SQL instances.

use super::{Parts, Peers, description, ports_between, ports_written, protocol};
use crate::inventory::Resource;
use crate::value::Value;
use crate::view::Viewed;
use crate::view::field::{Element, at, attribute, blocks, boolean, entry, first, listed, retext, why};

/// The owner a resource is by itself, with the rules written in it.
pub fn firewall(index: usize, resource: &Resource) -> Option<Viewed> {
    match &*resource.kind {
        "google_compute_firewall" => Some(compute(index, resource)),
        "google_sql_database_instance" => sql(index, resource),
        _ => None,
    }
}

fn compute(index: usize, resource: &Resource) -> Viewed {
    let body = &resource.body;
    let mut viewed = Viewed::new(index, "firewall");
    if let Some(disabled) = entry(Some(body), "disabled") {
        match boolean(&disabled) {
            Some(false) => {}
            Some(true) => return viewed,
            None => {
                viewed.open(why(&disabled));
                return viewed;
            }
        }
    }
    for action in ["allow", "deny"] {
        let rules = blocks(body, action);
        viewed.open(rules.open);
        for block in rules.items {
            viewed.push(index, rule(action, block, resource));
        }
    }
    viewed
}

fn rule(action: &str, block: &Value, resource: &Resource) -> Value {
    let body = &resource.body;
    let element = Element::of(block, resource);
    let written = element.or(body, "direction", "INGRESS");
    let direction = match written.as_text() {
        Some(text) if text.eq_ignore_ascii_case("ingress") => retext(&written, "in"),
        Some(text) if text.eq_ignore_ascii_case("egress") => retext(&written, "out"),
        _ => written,
    };
    let mut peers = Peers::default();
    if direction.as_text() == Some("out") {
        peers.addresses(attribute(body, "destination_ranges"));
    } else {
        peers.addresses(attribute(body, "source_ranges"));
        peers.named(attribute(body, "source_tags"), "tag-");
        peers.named(attribute(body, "source_service_accounts"), "account-");
    }
    if peers.list.items.is_empty() && peers.list.open.is_none() && element.open().is_none() {
        // A firewall that names nobody speaks of everybody.
        peers.address(Some(&element.implied("0.0.0.0/0")));
    }
    let protocol = protocol(&element.or(block, "protocol", "all"));
    let given = entry(Some(block), "ports");
    let listed = listed(given.as_ref());
    let ports = if listed.items.is_empty() && listed.open.is_none() {
        ports_between(None, None, &protocol, element.here())
    } else {
        ports_written(&listed)
    };
    Parts {
        owner: "firewall",
        direction,
        action: element.implied(action),
        ports,
        ports_at: given.map(|given| given.origin.clone()),
        protocol,
        peers,
        description: description(&element, body, "description"),
        priority: attribute(body, "priority").cloned(),
        element,
    }
    .done()
}

fn sql(index: usize, resource: &Resource) -> Option<Viewed> {
    let configuration = first(at(&resource.body, "settings.ip_configuration")?);
    let mut viewed = Viewed::new(index, "sql");
    let networks = blocks(configuration, "authorized_networks");
    viewed.open(networks.open);
    for block in networks.items {
        let element = Element::of(block, resource);
        let mut peers = Peers::default();
        peers.address(attribute(block, "value"));
        let protocol = element.implied("tcp");
        let rule = Parts {
            owner: "sql",
            direction: element.implied("in"),
            action: element.implied("allow"),
            ports: ports_between(None, None, &protocol, element.here()),
            ports_at: None,
            protocol,
            peers,
            description: description(&element, block, "name"),
            priority: None,
            element,
        };
        viewed.push(index, rule.done());
    }
    Some(viewed)
}
