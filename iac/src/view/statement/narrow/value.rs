//! Whether a value that a key must equal leaves only some callers or networks.

use std::net::IpAddr;
use std::sync::Arc;

use super::{Form, Key, Narrow};
use crate::value::{Data, Piece, Value, Why, WhyKind};
use crate::view::cover::network;

/// Stands for a part that is one thing only, though not known here: an account's number, another resource's ARN.
const CERTAIN: char = '\u{E010}';
/// Stands for a part that may be anything, a wildcard too.
const OPEN: char = '\u{E011}';

pub(super) fn narrows(key: &Key, value: &Value) -> Narrow {
    match &value.data {
        Data::Text(text) => of_text(key, text, None),
        Data::Number(number) => of_text(key, &number.to_string(), None),
        Data::Bool(value) => Narrow::of(key.form == Form::True && *value),
        Data::Holed(pieces) => {
            let mut reason = None;
            let text: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_string(),
                    Piece::Hole(why) if is_certain(why) => CERTAIN.to_string(),
                    Piece::Hole(why) => {
                        reason.get_or_insert_with(|| Arc::clone(why));
                        OPEN.to_string()
                    }
                })
                .collect();
            of_text(key, &text, reason)
        }
        // An attribute of another resource names that resource.
        Data::Unknown(why) if value.refers.is_some() || is_certain(why) => {
            Narrow::of(!matches!(key.form, Form::True | Form::Resource))
        }
        Data::Unknown(why) => Narrow::Unknown(Arc::clone(why)),
        Data::Choice(branches) => {
            let mut each = branches.iter().map(|branch| narrows(key, branch));
            let Some(first) = each.next() else { return Narrow::No };
            match each.all(|other| other == first) {
                true => first,
                false => Narrow::Unknown(Why::new(
                    WhyKind::Variable,
                    "the values of a condition depend on a condition that is not known",
                )),
            }
        }
        Data::Null | Data::List(_) | Data::Map(_) => Narrow::No,
    }
}

/// What the provider computes, looks up or knows is one thing, and so is what is declared elsewhere; what a user gives
/// may be a wildcard.
fn is_certain(why: &Why) -> bool {
    matches!(why.kind, WhyKind::Computed | WhyKind::Data | WhyKind::Outside | WhyKind::Undeclared)
}

/// `reason`: why a part of the text is open.
fn of_text(key: &Key, text: &str, reason: Option<Arc<Why>>) -> Narrow {
    let text = text.trim();
    if let Some(name) = variable(text) {
        return Narrow::of(compares_owners(key, &name));
    }
    let part = |text: &str| fixed(text, reason.as_ref());
    match key.form {
        Form::Fixed => part(text),
        Form::Arn => arn(text, reason.as_ref()),
        Form::Endpoint => match text.split_once('@') {
            Some((_, domain)) => part(domain),
            None => arn(text, reason.as_ref()),
        },
        Form::OrganizationPath => part(text.split('/').next().unwrap_or(text)),
        Form::UserId => part(text.split(':').next().unwrap_or(text)),
        Form::Network => addresses(text, reason.as_ref()),
        Form::True => match reason {
            Some(why) => Narrow::Unknown(why),
            None => Narrow::of(text.eq_ignore_ascii_case("true")),
        },
        Form::Resource => Narrow::No,
    }
}

/// A part without a wildcard in it.
fn fixed(text: &str, reason: Option<&Arc<Why>>) -> Narrow {
    match (text.is_empty() || has_wildcard(text), text.contains(OPEN), reason) {
        (true, ..) => Narrow::No,
        (false, true, Some(why)) => Narrow::Unknown(Arc::clone(why)),
        _ => Narrow::Yes,
    }
}

fn has_wildcard(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// An ARN that names an account. ARNs of buckets and some others have none: there the resource must be named.
fn arn(text: &str, reason: Option<&Arc<Why>>) -> Narrow {
    // `"${aws_s3_bucket.logs.arn}/*"`
    if text.starts_with(CERTAIN) {
        return Narrow::Yes;
    }
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let (service, account, resource) = match parts[..] {
        ["arn", _, service, _, account, resource] => (service, account, resource),
        // What is not known may be the rest of it.
        _ => {
            return match reason {
                Some(why) if text.contains(OPEN) && !has_wildcard(text) => Narrow::Unknown(Arc::clone(why)),
                _ => Narrow::of(text.starts_with("arn:") && text.ends_with(CERTAIN) && !has_wildcard(text)),
            };
        }
    };
    // A bucket's name is one in the world, so older ARNs with `*` for region and account name it as well.
    let is_bucket = service == "s3" && !resource.contains(':') && !resource.starts_with("accesspoint");
    if is_bucket && (account.is_empty() || has_wildcard(account)) {
        return fixed(resource.split('/').next().unwrap_or(resource), reason);
    }
    if account.is_empty() {
        // `hostedzone/Z123`, `/restapis/a1b2c3/stages/*`: the type and the name.
        let named: Vec<&str> = resource.trim_start_matches('/').splitn(3, '/').take(2).collect();
        return fixed(&named.join("/"), reason);
    }
    fixed(account, reason)
}

/// Addresses that are some of the internet. As S3 has it: nothing broader than /8, or /32 in IPv6, but for private
/// networks.
fn addresses(text: &str, reason: Option<&Arc<Why>>) -> Narrow {
    if let (true, Some(why)) = (text.contains(OPEN), reason) {
        return Narrow::Unknown(Arc::clone(why));
    }
    if text.contains(CERTAIN) {
        return Narrow::of(!has_wildcard(text));
    }
    match network(text) {
        Some((IpAddr::V4(address), bits)) => Narrow::of(bits >= 8 || address.is_private()),
        Some((IpAddr::V6(address), bits)) => Narrow::of(bits >= 32 || address.is_unique_local()),
        None => Narrow::of(!text.is_empty() && !has_wildcard(text)),
    }
}

/// The policy variable that a text has in it: `${aws:PrincipalAccount}`, in Terraform's policy documents with `&`.
fn variable(text: &str) -> Option<String> {
    let start = text.find("${").or_else(|| text.find("&{"))?;
    let rest = text.get(start + 2..)?;
    let name = rest.get(..rest.find('}')?)?;
    Some(name.split(',').next().unwrap_or(name).trim().to_ascii_lowercase())
}

/// Whether a key compared with a variable says that caller and resource have the same owner. Compared with what it
/// is itself, or with a tag, it lets everyone through.
fn compares_owners(key: &Key, variable: &str) -> bool {
    let is_owner = |name: &str| ["account", "orgid", "orgpaths"].iter().any(|end| name.ends_with(end));
    let of_resource = |name: &str| name.starts_with("aws:resource") && is_owner(name);
    let of_caller =
        |name: &str| !name.starts_with("aws:resource") && is_owner(name) || name == "aws:principalarn";
    match key.form {
        Form::Resource => of_caller(variable),
        _ => of_resource(variable),
    }
}
