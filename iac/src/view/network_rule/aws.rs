//! AWS: security groups and network access lists, in Terraform and CloudFormation.

use super::{Owners, Parts, Peers, description, groups, managed, ports_between, protocol};
use crate::inventory::{Inventory, Resource};
use crate::value::{Data, Value};
use crate::view::Viewed;
use crate::view::field::{Element, attribute, blocks, boolean, branching, entry_at, filled, retext};
use crate::view::join::Targets;

/// The owner a resource is by itself, with the rules written in it.
pub fn group(index: usize, resource: &Resource, inventory: &Inventory) -> Option<Viewed> {
    match &*resource.kind {
        "aws_security_group" => Some(terraform_group(index, resource, "security_group")),
        "aws_default_security_group" => Some(terraform_group(index, resource, "default_security_group")),
        "AWS::EC2::SecurityGroup" => Some(cloudformation_group(index, resource, inventory)),
        "aws_network_acl" | "aws_default_network_acl" => Some(terraform_list(index, resource)),
        "AWS::EC2::NetworkAcl" => Some(Viewed::new(index, "nacl")),
        _ => None,
    }
}

/// Rules written apart.
pub fn companions(inventory: &Inventory, found: &mut Owners) {
    let security = groups(
        inventory,
        &["aws_security_group", "aws_default_security_group", "AWS::EC2::SecurityGroup"],
        &["id", "GroupName"],
    );
    let lists =
        groups(inventory, &["aws_network_acl", "aws_default_network_acl", "AWS::EC2::NetworkAcl"], &["id"]);
    for (index, resource) in managed(inventory) {
        let body = &resource.body;
        let named = |targets: &Targets<'_>, key: &str| targets.find(attribute(body, key), &resource.scope);
        match &*resource.kind {
            "aws_security_group_rule" => {
                let group = named(&security, "security_group_id");
                found.place(group, index, "security_group", |owner| group_rule(owner, resource));
            }
            "aws_vpc_security_group_ingress_rule" => {
                let group = named(&security, "security_group_id");
                found.place(group, index, "security_group", |owner| vpc_rule(owner, "in", resource));
            }
            "aws_vpc_security_group_egress_rule" => {
                let group = named(&security, "security_group_id");
                found.place(group, index, "security_group", |owner| vpc_rule(owner, "out", resource));
            }
            "AWS::EC2::SecurityGroupIngress" | "AWS::EC2::SecurityGroupEgress" => {
                let direction = if resource.kind.ends_with("Ingress") { "in" } else { "out" };
                let group = named(&security, "GroupId").or_else(|| named(&security, "GroupName"));
                found.place(group, index, "security_group", |owner| {
                    cloudformation_rule(owner, direction, body, resource)
                });
            }
            "aws_network_acl_rule" => {
                let list = named(&lists, "network_acl_id");
                found.place(list, index, "nacl", |_| list_rule(None, body, resource, &APART));
            }
            "AWS::EC2::NetworkAclEntry" => {
                let list = named(&lists, "NetworkAclId");
                found.place(list, index, "nacl", |_| list_rule(None, body, resource, &ENTRY));
            }
            _ => {}
        }
    }
}

fn terraform_group(index: usize, resource: &Resource, owner: &'static str) -> Viewed {
    let mut viewed = Viewed::new(index, owner);
    for (key, direction) in [("ingress", "in"), ("egress", "out")] {
        let rules = branching(&resource.body, key);
        viewed.push_blocks(index, rules, |block| inline_rule(owner, direction, block, resource));
    }
    viewed
}

fn inline_rule(owner: &'static str, direction: &str, block: &Value, resource: &Resource) -> Value {
    let element = Element::of(block, resource);
    let mut peers = Peers::default();
    peers.addresses(attribute(block, "cidr_blocks"));
    peers.addresses(attribute(block, "ipv6_cidr_blocks"));
    peers.named(attribute(block, "prefix_list_ids"), "pl-");
    peers.named(attribute(block, "security_groups"), "sg-");
    peers.add_self(attribute(block, "self"));
    let direction = element.implied(direction);
    allowing(element, owner, direction, block, "protocol", peers)
}

fn group_rule(owner: &'static str, resource: &Resource) -> Value {
    let block = &resource.body;
    let element = Element::of(block, resource);
    let mut peers = Peers::default();
    peers.addresses(attribute(block, "cidr_blocks"));
    peers.addresses(attribute(block, "ipv6_cidr_blocks"));
    peers.named(attribute(block, "prefix_list_ids"), "pl-");
    peers.named(attribute(block, "source_security_group_id"), "sg-");
    peers.add_self(attribute(block, "self"));
    let written = element.or(block, "type", "ingress");
    let direction = match written.as_text() {
        Some("ingress") => retext(&written, "in"),
        Some("egress") => retext(&written, "out"),
        _ => written,
    };
    allowing(element, owner, direction, block, "protocol", peers)
}

fn vpc_rule(owner: &'static str, direction: &str, resource: &Resource) -> Value {
    let block = &resource.body;
    let element = Element::of(block, resource);
    let mut peers = Peers::default();
    peers.address(attribute(block, "cidr_ipv4"));
    peers.address(attribute(block, "cidr_ipv6"));
    peers.named(attribute(block, "prefix_list_id"), "pl-");
    peers.named(attribute(block, "referenced_security_group_id"), "sg-");
    let direction = element.implied(direction);
    allowing(element, owner, direction, block, "ip_protocol", peers)
}

/// A rule of a security group in Terraform's words.
fn allowing(
    element: Element,
    owner: &'static str,
    direction: Value,
    block: &Value,
    protocol_key: &str,
    peers: Peers,
) -> Value {
    let protocol = protocol(&element.or(block, protocol_key, "-1"));
    let (from, to) = (entry_at(block, "from_port"), entry_at(block, "to_port"));
    let ports = ports_between(from.as_ref(), to.as_ref(), &protocol, element.here());
    Parts {
        owner,
        direction,
        action: element.implied("allow"),
        ports,
        ports_at: from.map(|from| from.origin.clone()),
        protocol,
        peers,
        description: description(&element, block, "description"),
        priority: None,
        element,
    }
    .done()
}

fn cloudformation_group(index: usize, resource: &Resource, inventory: &Inventory) -> Viewed {
    let mut viewed = Viewed::new(index, "security_group");
    for (key, direction) in [("SecurityGroupIngress", "in"), ("SecurityGroupEgress", "out")] {
        let rules = branching(&resource.body, key);
        viewed.push_blocks(index, rules, |block| {
            cloudformation_rule("security_group", direction, block, resource)
        });
    }
    // Without egress rules CloudFormation leaves the rule that EC2 makes: everything, to everywhere.
    let written = attribute(&resource.body, "SecurityGroupEgress").is_some()
        || inventory.of_kind("AWS::EC2::SecurityGroupEgress").any(|rule| {
            attribute(&rule.body, "GroupId")
                .and_then(|id| id.refers.as_ref())
                .is_some_and(|reference| reference.address == resource.address)
        });
    if !written && viewed.elements.open.is_none() {
        viewed.push(index, default_egress(resource));
    }
    viewed
}

fn default_egress(resource: &Resource) -> Value {
    let empty = Value::new(Data::Map(std::sync::Arc::default()), crate::value::Origin::at(resource.header));
    let element = Element::of(&empty, resource);
    let mut peers = Peers::default();
    peers.address(Some(&element.implied("0.0.0.0/0")));
    let protocol = element.implied("all");
    Parts {
        owner: "security_group",
        direction: element.implied("out"),
        action: element.implied("allow"),
        ports: ports_between(None, None, &protocol, element.here()),
        ports_at: None,
        protocol,
        peers,
        description: element.implied(""),
        priority: None,
        element,
    }
    .done()
}

fn cloudformation_rule(owner: &'static str, direction: &str, block: &Value, resource: &Resource) -> Value {
    let element = Element::of(block, resource);
    let mut peers = Peers::default();
    peers.address(attribute(block, "CidrIp"));
    peers.address(attribute(block, "CidrIpv6"));
    for key in ["SourcePrefixListId", "DestinationPrefixListId"] {
        peers.named(attribute(block, key), "pl-");
    }
    for key in ["SourceSecurityGroupId", "SourceSecurityGroupName", "DestinationSecurityGroupId"] {
        peers.named(attribute(block, key), "sg-");
    }
    let protocol = protocol(&element.or(block, "IpProtocol", "-1"));
    let (from, to) = (entry_at(block, "FromPort"), entry_at(block, "ToPort"));
    Parts {
        owner,
        direction: element.implied(direction),
        action: element.implied("allow"),
        ports: ports_between(from.as_ref(), to.as_ref(), &protocol, element.here()),
        ports_at: from.map(|from| from.origin.clone()),
        protocol,
        peers,
        description: description(&element, block, "Description"),
        priority: None,
        element,
    }
    .done()
}

/// What a network access list's rule calls its parts.
struct Names {
    egress: &'static str,
    protocol: &'static str,
    action: &'static str,
    number: &'static str,
    from: &'static str,
    to: &'static str,
    blocks: [&'static str; 2],
}

const INLINE: Names = Names {
    egress: "",
    protocol: "protocol",
    action: "action",
    number: "rule_no",
    from: "from_port",
    to: "to_port",
    blocks: ["cidr_block", "ipv6_cidr_block"],
};
const APART: Names = Names { egress: "egress", action: "rule_action", number: "rule_number", ..INLINE };
const ENTRY: Names = Names {
    egress: "Egress",
    protocol: "Protocol",
    action: "RuleAction",
    number: "RuleNumber",
    from: "PortRange.From",
    to: "PortRange.To",
    blocks: ["CidrBlock", "Ipv6CidrBlock"],
};

fn terraform_list(index: usize, resource: &Resource) -> Viewed {
    let mut viewed = Viewed::new(index, "nacl");
    for (key, direction) in [("ingress", "in"), ("egress", "out")] {
        let rules = blocks(&resource.body, key);
        viewed.open(rules.open);
        for block in rules.items {
            viewed.push(index, list_rule(Some(direction), block, resource, &INLINE));
        }
    }
    viewed
}

fn list_rule(direction: Option<&str>, block: &Value, resource: &Resource, names: &Names) -> Value {
    let element = Element::of(block, resource);
    let mut peers = Peers::default();
    for key in names.blocks {
        peers.address(filled(block, key));
    }
    let direction = match direction {
        Some(direction) => element.implied(direction),
        None => match attribute(block, names.egress) {
            Some(value) => match boolean(value) {
                Some(true) => retext(value, "out"),
                Some(false) => retext(value, "in"),
                None => value.clone(),
            },
            None => element.implied("in"),
        },
    };
    let written = element.or(block, names.action, "deny");
    let action = match written.as_text() {
        Some(text) => retext(&written, text.to_lowercase()),
        None => written,
    };
    let protocol = protocol(&element.or(block, names.protocol, "-1"));
    let (from, to) = (entry_at(block, names.from), entry_at(block, names.to));
    Parts {
        owner: "nacl",
        direction,
        action,
        ports: ports_between(from.as_ref(), to.as_ref(), &protocol, element.here()),
        ports_at: from.map(|from| from.origin.clone()),
        protocol,
        peers,
        description: element.implied(""),
        priority: attribute(block, names.number).cloned(),
        element,
    }
    .done()
}
