use serde_json::{Value as Json, json};

use crate::view::testing::{element, resource, viewed};

fn rules(resources: Vec<crate::Resource>) -> Vec<crate::view::Viewed> {
    viewed("network_rule", resources)
}

#[test]
fn an_inline_rule_merges_its_peers_and_keeps_their_places() {
    let group = resource(
        "aws_security_group",
        "aws_security_group.web",
        json!({
            "ingress": [{
                "from_port": 22, "to_port": 22, "protocol": "tcp",
                "cidr_blocks": ["10.0.0.0/8", "?office"], "ipv6_cidr_blocks": ["::/0"],
                "security_groups": ["&aws_security_group.lb.id"], "self": true, "description": "ssh"
            }],
            "egress": [{ "from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": "?all" }]
        }),
    );
    let v6 = group.body.get("ingress").unwrap().as_list().unwrap().items[0].get("ipv6_cidr_blocks").unwrap();
    let v6 = v6.as_list().unwrap().items[0].origin.clone();
    let found = rules(vec![group]);
    assert_eq!(found.len(), 1);
    let owner = &found[0];
    assert_eq!(element(owner, 0, "owner"), "security_group");
    assert_eq!(element(owner, 0, "direction"), "in");
    assert_eq!(element(owner, 0, "action"), "allow");
    assert_eq!(element(owner, 0, "ports"), json!(["22-22"]));
    assert_eq!(element(owner, 0, "peers"), json!(["10.0.0.0/8", "?", "::/0", "sg-${}", "self"]));
    assert_eq!(element(owner, 0, "description"), "ssh");
    assert_eq!(element(owner, 1, "direction"), "out");
    assert_eq!(element(owner, 1, "protocol"), "all");
    assert_eq!(element(owner, 1, "ports"), json!(["0-65535"]));
    assert_eq!(element(owner, 1, "peers"), json!(["..."]));
    let peers = owner.elements.items[0].get("peers").unwrap().as_list().unwrap();
    assert_eq!(peers.items[2].origin, v6);
    assert!(peers.items[3].refers.is_some());
}

#[test]
fn unknown_ports_stay_unknown_and_dynamic_rules_leave_the_list_open() {
    let found = rules(vec![resource(
        "aws_security_group",
        "aws_security_group.a",
        json!({ "ingress": [
            { "from_port": 22, "to_port": "?to", "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"] },
            { "from_port": 8, "to_port": 0, "protocol": "icmp", "cidr_blocks": ["0.0.0.0/0"] },
            "..."
        ] }),
    )]);
    assert_eq!(element(&found[0], 0, "ports"), json!(["?"]));
    assert_eq!(element(&found[0], 1, "ports"), json!([]));
    assert!(found[0].elements.open.is_some());
}

#[test]
fn rules_apart_join_their_group_or_stand_alone() {
    let found = rules(vec![
        resource(
            "aws_security_group_rule",
            "aws_security_group_rule.ssh",
            json!({ "type": "ingress", "security_group_id": "&aws_security_group.web.id", "protocol": "6",
                    "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"] }),
        ),
        resource("aws_security_group", "aws_security_group.web[0]", json!({ "name": "web" })),
        resource(
            "aws_vpc_security_group_egress_rule",
            "aws_vpc_security_group_egress_rule.out",
            json!({ "security_group_id": "&aws_security_group.web[0].id", "ip_protocol": "-1", "cidr_ipv4": "0.0.0.0/0" }),
        ),
        resource(
            "aws_vpc_security_group_ingress_rule",
            "aws_vpc_security_group_ingress_rule.alone",
            json!({ "security_group_id": "?group", "ip_protocol": "tcp", "from_port": 443, "to_port": 443, "cidr_ipv6": "::/0" }),
        ),
    ]);
    assert_eq!(found.len(), 2);
    assert_eq!((found[0].resource, &*found[0].from), (1, &[0, 2][..]));
    assert_eq!(element(&found[0], 0, "protocol"), "tcp");
    assert_eq!(element(&found[0], 1, "direction"), "out");
    assert_eq!(element(&found[0], 1, "ports"), json!(["0-65535"]));
    assert_eq!((found[1].resource, found[1].owner), (3, "security_group"));
    assert_eq!(element(&found[1], 0, "peers"), json!(["::/0"]));
}

#[test]
fn cloudformation_speaks_the_same() {
    let found = rules(vec![
        resource(
            "AWS::EC2::SecurityGroup",
            "Web",
            json!({ "SecurityGroupIngress": [
                { "IpProtocol": "tcp", "FromPort": "22", "ToPort": "22", "CidrIp": "0.0.0.0/0" }
            ] }),
        ),
        resource(
            "AWS::EC2::SecurityGroupIngress",
            "More",
            json!({ "GroupId": "&Web.GroupId", "IpProtocol": -1, "SourceSecurityGroupId": "&Web.GroupId" }),
        ),
    ]);
    assert_eq!(found.len(), 1);
    assert_eq!(element(&found[0], 0, "ports"), json!(["22-22"]));
    // What EC2 leaves in a group without egress rules.
    assert_eq!(element(&found[0], 1, "direction"), "out");
    assert_eq!(element(&found[0], 1, "peers"), json!(["0.0.0.0/0"]));
    assert_eq!(element(&found[0], 2, "peers"), json!(["sg-${}"]));
    assert_eq!(element(&found[0], 2, "ports"), json!(["0-65535"]));
}

fn list_rule(number: i64, action: &str, from: i64, to: i64, block: &str) -> Json {
    json!({ "rule_no": number, "action": action, "protocol": "tcp", "from_port": from, "to_port": to, "cidr_block": block })
}

#[test]
fn an_earlier_deny_shadows() {
    let found = rules(vec![
        resource(
            "aws_network_acl",
            "aws_network_acl.main",
            json!({ "ingress": [
                list_rule(100, "deny", 0, 1024, "0.0.0.0/0"),
                list_rule(110, "allow", 22, 22, "10.0.0.0/8"),
                list_rule(120, "allow", 22, 2000, "10.0.0.0/8"),
                list_rule(90, "allow", 22, 22, "0.0.0.0/0"),
            ] }),
        ),
        resource(
            "aws_network_acl_rule",
            "aws_network_acl_rule.apart",
            json!({ "network_acl_id": "&aws_network_acl.main.id", "rule_number": 130, "egress": true, "protocol": "-1",
                    "rule_action": "allow", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 0 }),
        ),
    ]);
    let shadowed: Vec<Json> = (0..5).map(|index| element(&found[0], index, "shadowed")).collect();
    assert_eq!(shadowed, [false, true, false, false, false]);
    assert_eq!(element(&found[0], 4, "direction"), "out");
}

#[test]
fn an_unknown_range_is_no_range_of_all() {
    let found = rules(vec![
        resource(
            "AWS::EC2::NetworkAclEntry",
            "Entry",
            json!({ "NetworkAclId": "?list", "Protocol": 6, "RuleAction": "Allow", "RuleNumber": 1,
                    "CidrBlock": "0.0.0.0/0", "PortRange": "?range" }),
        ),
        resource(
            "google_compute_firewall",
            "google_compute_firewall.a",
            json!({ "allow": [{ "protocol": "tcp", "ports": "?ports" }] }),
        ),
        resource(
            "google_compute_firewall",
            "google_compute_firewall.b",
            json!({ "allow": [{ "protocol": "tcp" }], "disabled": "?disabled" }),
        ),
    ]);
    assert_eq!(element(&found[0], 0, "ports"), json!(["?"]));
    assert_eq!(element(&found[0], 0, "action"), "allow");
    assert_eq!(element(&found[1], 0, "ports"), json!(["?"]));
    assert!(found[2].elements.items.is_empty() && found[2].elements.open.is_some());
}

#[test]
fn azure_inline_apart_and_arm() {
    let rule = json!({ "name": "ssh", "priority": 100, "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
        "source_address_prefix": "*", "destination_port_ranges": ["22", "80-90"], "destination_address_prefix": "*" });
    let mut apart = rule.clone();
    apart["network_security_group_name"] = json!("&azurerm_network_security_group.a.name");
    let found = rules(vec![
        resource(
            "azurerm_network_security_group",
            "azurerm_network_security_group.a",
            json!({ "security_rule": [rule] }),
        ),
        resource("azurerm_network_security_rule", "azurerm_network_security_rule.b", apart),
        resource(
            "Microsoft.Network/networkSecurityGroups",
            "group",
            json!({ "name": "group", "properties": { "securityRules": [{ "name": "x", "properties": {
                "direction": "Outbound", "access": "Deny", "protocol": "*", "destinationPortRange": "*",
                "destinationAddressPrefix": "Internet", "priority": 200 } }] } }),
        ),
        resource(
            "Microsoft.Network/networkSecurityGroups/securityRules",
            "group/ssh",
            json!({ "name": "group/ssh", "properties": { "direction": "Inbound", "access": "Allow", "protocol": "Tcp",
                "destinationPortRange": "22", "sourceAddressPrefix": "0.0.0.0/0", "priority": 210 } }),
        ),
    ]);
    assert_eq!(found.len(), 2);
    for index in [0, 1] {
        assert_eq!(element(&found[0], index, "peers"), json!(["internet"]));
        assert_eq!(element(&found[0], index, "ports"), json!(["22-22", "80-90"]));
        assert_eq!(element(&found[0], index, "protocol"), "tcp");
    }
    assert_eq!(element(&found[1], 0, "direction"), "out");
    assert_eq!(element(&found[1], 0, "action"), "deny");
    assert_eq!(element(&found[1], 0, "ports"), json!(["0-65535"]));
    assert_eq!(element(&found[1], 1, "action"), "allow");
}

#[test]
fn google_firewalls_speak_of_everybody_unless_they_name_someone() {
    let found = rules(vec![
        resource(
            "google_compute_firewall",
            "google_compute_firewall.a",
            json!({ "allow": [{ "protocol": "tcp", "ports": ["22", "8000-9000"] }, { "protocol": "icmp" }] }),
        ),
        resource(
            "google_compute_firewall",
            "google_compute_firewall.b",
            json!({ "allow": [{ "protocol": "all" }], "source_tags": ["?tag"] }),
        ),
        resource(
            "google_sql_database_instance",
            "google_sql_database_instance.c",
            json!({ "settings": [{ "ip_configuration": [{ "authorized_networks": [{ "value": "0.0.0.0/0" }] }] }] }),
        ),
    ]);
    assert_eq!(element(&found[0], 0, "ports"), json!(["22-22", "8000-9000"]));
    assert_eq!(element(&found[0], 0, "peers"), json!(["0.0.0.0/0"]));
    assert_eq!(element(&found[0], 1, "ports"), json!([]));
    assert_eq!(element(&found[1], 0, "peers"), json!(["tag-${}"]));
    assert_eq!(element(&found[1], 0, "ports"), json!(["0-65535"]));
    assert_eq!((found[2].owner, element(&found[2], 0, "peers")), ("sql", json!(["0.0.0.0/0"])));
}
