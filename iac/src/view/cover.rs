//! Whether a value, read as a set, includes something: an address block a network, a range a port, a pattern an
//! action, a principal everyone.

use std::net::IpAddr;

use crate::value::{Data, Piece, Value};

const INTERNET: &[&str] = &["0.0.0.0/0", "::/0", "internet", "any", "*", "0/0", "::0/0", "0:0:0:0:0:0:0:0/0"];
const EVERYONE: &[&str] = &[
    "*",
    "allusers",
    "allauthenticatedusers",
    "everyone",
    "aws:*",
    "system:anonymous",
    "system:unauthenticated",
    "system:authenticated",
];
const ALL: &[&str] = &["all", "-1", "*", "any", "0-65535", "1-65535", "*:*"];
const PROTOCOLS: &[&str] = &["tcp", "udp", "icmp", "icmpv6", "ah", "esp", "gre", "sctp"];

/// Whether the value's set includes what is wanted; `None` when its known parts do not tell.
///
/// Constants: `internet`, `everyone`, `all`. A list covers what one of its elements covers.
pub fn covers(value: &Value, wanted: &str) -> Option<bool> {
    match &value.data {
        Data::Null | Data::Bool(_) | Data::Map(_) => Some(false),
        Data::Number(number) => Some(text_covers(&number.to_string(), wanted)),
        Data::Text(text) => Some(text_covers(text, wanted)),
        Data::Holed(pieces) => holed_covers(pieces, wanted),
        Data::Unknown(_) => None,
        Data::List(list) => {
            let mut covered = if list.open.is_some() { None } else { Some(false) };
            for item in &list.items {
                match covers(item, wanted) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => covered = None,
                }
            }
            covered
        }
        Data::Choice(branches) => {
            let mut branches = branches.iter().map(|branch| covers(branch, wanted));
            let first = branches.next()??;
            branches.all(|other| other == Some(first)).then_some(first)
        }
    }
}

/// The same for a text that is wholly known.
pub fn text_covers(value: &str, wanted: &str) -> bool {
    let value = value.trim();
    match wanted {
        "internet" => is_internet(value),
        "everyone" => EVERYONE.contains(&&*value.to_lowercase()),
        "all" => ALL.contains(&&*value.to_lowercase()),
        "*" => matches!(value, "*" | "*:*" | "**"),
        _ if PROTOCOLS.contains(&&*wanted.to_lowercase()) => {
            value.eq_ignore_ascii_case(wanted) || ["all", "-1", "*", "any"].contains(&&*value.to_lowercase())
        }
        _ => {
            if let Some((low, high)) = range(wanted) {
                return value
                    .split(',')
                    .any(|part| ports(part.trim()).is_some_and(|(from, to)| from <= low && high <= to));
            }
            if let Some(network) = network(wanted) {
                return is_internet(value) && !is_other_family(value, network.0)
                    || self::network(value).is_some_and(|block| contains(block, network));
            }
            glob(&value.to_lowercase(), &wanted.to_lowercase())
        }
    }
}

/// A hole may be any text, so the most it can cover is what `*` covers: what even that leaves out is left out.
fn holed_covers(pieces: &[Piece], wanted: &str) -> Option<bool> {
    let widest: String = pieces
        .iter()
        .map(|piece| match piece {
            Piece::Text(text) => text.to_lowercase(),
            Piece::Hole(_) => "*".to_owned(),
        })
        .collect();
    let may_be = |texts: &[&str]| texts.iter().any(|text| glob(&widest, text));
    let possible = match wanted {
        "internet" => may_be(INTERNET),
        "everyone" => may_be(EVERYONE),
        "all" => may_be(ALL),
        "*" => may_be(&["*", "*:*", "**"]),
        _ if PROTOCOLS.contains(&&*wanted.to_lowercase()) => {
            may_be(&[&*wanted.to_lowercase(), "all", "-1", "*", "any"])
        }
        _ if range(wanted).is_some() => !widest.starts_with(|first: char| first.is_ascii_alphabetic()),
        _ if network(wanted).is_some() => !widest.starts_with("sg-") && !widest.starts_with("pl-"),
        _ => glob(&widest, &wanted.to_lowercase()),
    };
    if possible { None } else { Some(false) }
}

fn is_internet(value: &str) -> bool {
    INTERNET.contains(&&*value.to_lowercase()) || network(value).is_some_and(|(_, bits)| bits == 0)
}

/// `0.0.0.0/0` holds no IPv6 address and `::/0` no IPv4 address; words hold both.
fn is_other_family(value: &str, address: IpAddr) -> bool {
    network(value).is_some_and(|(network, _)| network.is_ipv4() != address.is_ipv4())
}

/// An address or block: the address and the bits that count.
pub(super) fn network(text: &str) -> Option<(IpAddr, u32)> {
    let (address, bits) = match text.split_once('/') {
        Some((address, bits)) => (address.parse::<IpAddr>().ok()?, Some(bits.parse::<u32>().ok()?)),
        None => (text.parse::<IpAddr>().ok()?, None),
    };
    let width = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.unwrap_or(width);
    (bits <= width).then_some((address, bits))
}

fn contains(outer: (IpAddr, u32), inner: (IpAddr, u32)) -> bool {
    let ((outer, outer_bits), (inner, inner_bits)) = (outer, inner);
    let (left, right, width) = match (outer, inner) {
        (IpAddr::V4(left), IpAddr::V4(right)) => {
            (u128::from(left.to_bits()), u128::from(right.to_bits()), 32)
        }
        (IpAddr::V6(left), IpAddr::V6(right)) => (left.to_bits(), right.to_bits(), 128),
        _ => return false,
    };
    outer_bits <= inner_bits && (outer_bits == 0 || (left ^ right) >> (width - outer_bits) == 0)
}

/// The ports of a value: `22`, `20-25`, `*`, `all`.
fn ports(text: &str) -> Option<(u32, u32)> {
    match text {
        "*" | "-1" => Some((0, 65535)),
        _ if text.eq_ignore_ascii_case("all") || text.eq_ignore_ascii_case("any") => Some((0, 65535)),
        _ => range(text),
    }
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some((from.trim().parse().ok()?, to.trim().parse().ok()?))
}

/// Whether a pattern with `*` and `?` matches the whole text; its case counts.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(c) if *c == '?' || Some(c) == text.get(t) => {
                p += 1;
                t += 1;
            }
            _ => match star {
                // Let the last star take one character more.
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    p = at + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::testing::value;
    use serde_json::json;

    fn covers_json(given: serde_json::Value, wanted: &str) -> Option<bool> {
        covers(&value(&given), wanted)
    }

    #[test]
    fn constants_and_blocks() {
        for open in ["0.0.0.0/0", "::/0", "internet", "Internet", "*", "any", "0::/0"] {
            assert_eq!(covers_json(json!(open), "internet"), Some(true), "{open}");
        }
        for closed in ["10.0.0.0/8", "self", "sg-1", "0.0.0.0/1", "VirtualNetwork"] {
            assert_eq!(covers_json(json!(closed), "internet"), Some(false), "{closed}");
        }
        assert_eq!(covers_json(json!("10.0.0.0/8"), "10.1.2.3"), Some(true));
        assert_eq!(covers_json(json!("10.0.0.0/8"), "10.0.0.0/7"), Some(false));
        assert_eq!(covers_json(json!("2001:db8::/32"), "2001:db8:1::/48"), Some(true));
        assert_eq!(covers_json(json!("::/0"), "10.0.0.1"), Some(false));
    }

    #[test]
    fn ports_and_protocols() {
        assert_eq!(covers_json(json!("20-25"), "22"), Some(true));
        assert_eq!(covers_json(json!(22), "22"), Some(true));
        assert_eq!(covers_json(json!(["80-80", "443-443"]), "22"), Some(false));
        assert_eq!(covers_json(json!("80,20-25"), "22"), Some(true));
        assert_eq!(covers_json(json!("0-65535"), "all"), Some(true));
        assert_eq!(covers_json(json!("20-25"), "20-26"), Some(false));
        assert_eq!(covers_json(json!("all"), "tcp"), Some(true));
        assert_eq!(covers_json(json!("udp"), "tcp"), Some(false));
    }

    #[test]
    fn actions_and_principals() {
        assert_eq!(covers_json(json!("s3:*"), "s3:GetObject"), Some(true));
        assert_eq!(covers_json(json!("S3:get*"), "s3:GetObject"), Some(true));
        assert_eq!(covers_json(json!("s3:*"), "*"), Some(false));
        assert_eq!(covers_json(json!("*"), "iam:PassRole"), Some(true));
        assert_eq!(covers_json(json!("*"), "everyone"), Some(true));
        assert_eq!(covers_json(json!("allUsers"), "everyone"), Some(true));
        assert_eq!(covers_json(json!("arn:aws:iam::1:root"), "everyone"), Some(false));
    }

    #[test]
    fn holes_are_decided_by_what_is_known() {
        assert_eq!(covers_json(json!("${x}/*"), "*"), Some(false));
        assert_eq!(covers_json(json!("${x}"), "*"), None);
        assert_eq!(covers_json(json!("10.${x}.0.0/16"), "internet"), Some(false));
        assert_eq!(covers_json(json!("${x}/32"), "internet"), Some(false));
        assert_eq!(covers_json(json!("0.0.0.0/${x}"), "internet"), None);
        assert_eq!(covers_json(json!("arn:aws:iam::${x}:root"), "everyone"), Some(false));
        assert_eq!(covers_json(json!("arn:aws:iam::${x}:role/a"), "everyone"), Some(false));
        assert_eq!(covers_json(json!("s3:${x}"), "sqs:SendMessage"), Some(false));
        assert_eq!(covers_json(json!("?x"), "internet"), None);
        assert_eq!(covers_json(json!(["10.0.0.0/8", "..."]), "internet"), None);
        assert_eq!(covers_json(json!(["0.0.0.0/0", "..."]), "internet"), Some(true));
    }
}
