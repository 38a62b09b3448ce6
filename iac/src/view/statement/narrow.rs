//! Whether the conditions of a statement leave only some callers or networks, so that the principal `*` is not everyone.
//!
//! Sources: AWS global condition context keys (which there are, when each is in a request, for which a wildcard has no
//! use: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html>), condition operators
//! (what each says of a missing key: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>),
//! and what S3 takes for a public policy
//! (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>).

mod deny;
mod value;

use std::sync::Arc;

use crate::value::{Data, List, Piece, Value, Why};
use crate::view::cover::glob;
use crate::view::field::{open, why};

pub use deny::refused;

/// Whether conditions narrow, as far as it is known.
#[derive(Debug, Clone, PartialEq)]
pub enum Narrow {
    Yes,
    No,
    Unknown(Arc<Why>),
}

impl Narrow {
    fn of(narrows: bool) -> Self {
        if narrows { Self::Yes } else { Self::No }
    }

    /// One of the two is enough.
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::No, Self::No) => Self::No,
        }
    }

    /// Both are needed.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown(why), _) | (_, Self::Unknown(why)) => Self::Unknown(why),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }
}

/// What a key is compared with where the comparison tells callers or networks apart.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    /// An account, an organisation, a network: no wildcard, for it could stand for all of them.
    Fixed,
    /// An ARN that names an account or, where ARNs of the service have none, the resource.
    Arn,
    /// Addresses, and not nearly all of them.
    Network,
    /// A path in an organisation that is named.
    OrganizationPath,
    /// The unique id of a user or role, with any session of it.
    UserId,
    /// An address with a domain, or an ARN.
    Endpoint,
    /// `true`.
    True,
    /// What the resource belongs to, which is the same in every request: narrows where it must equal the caller's.
    Resource,
}

/// A key, its form, and whether every request has it.
struct Key {
    name: &'static str,
    form: Form,
    always: bool,
}

const fn key(name: &'static str, form: Form) -> Key {
    Key { name, form, always: false }
}

/// The keys that tell callers or networks apart; names in lower case, as case does not count. All others can be met by
/// everyone: the time, the transport, headers, a tag, a name, or a session's name that the caller chooses.
const KEYS: &[Key] = &[
    // Global keys: properties of the principal and of its session.
    Key { name: "aws:principalaccount", form: Form::Fixed, always: true },
    key("aws:principalarn", Form::Arn),
    key("aws:principalisawsservice", Form::True),
    key("aws:principalorgid", Form::Fixed),
    key("aws:principalorgpaths", Form::OrganizationPath),
    key("aws:principalservicename", Form::Fixed),
    key("aws:principalservicenameslist", Form::Fixed),
    key("aws:userid", Form::UserId),
    key("aws:chatbotsourcearn", Form::Arn),
    key("aws:ec2instancesourcevpc", Form::Fixed),
    key("aws:federatedprovider", Form::Arn),
    key("aws:signinsessionarn", Form::Arn),
    // Global keys: properties of the network.
    key("aws:sourceip", Form::Network),
    key("aws:sourcevpc", Form::Fixed),
    key("aws:sourcevpcarn", Form::Arn),
    key("aws:sourcevpce", Form::Fixed),
    key("aws:vpceaccount", Form::Fixed),
    key("aws:vpceorgid", Form::Fixed),
    key("aws:vpceorgpaths", Form::OrganizationPath),
    // Global keys: for whom a service calls. `aws:SourceOwner` is the older name of `aws:SourceAccount`.
    key("aws:sourceaccount", Form::Fixed),
    key("aws:sourcearn", Form::Arn),
    key("aws:sourceorgid", Form::Fixed),
    key("aws:sourceorgpaths", Form::OrganizationPath),
    key("aws:sourceowner", Form::Fixed),
    // Global keys: properties of the resource.
    key("aws:resourceaccount", Form::Resource),
    key("aws:resourceorgid", Form::Resource),
    key("aws:resourceorgpaths", Form::Resource),
    // Keys of one service that others see.
    key("codebuild:buildarn", Form::Arn),
    key("codebuild:projectarn", Form::Arn),
    key("ec2:sourceinstancearn", Form::Arn),
    key("lambda:sourcefunctionarn", Form::Arn),
    key("ssm:sourceinstancearn", Form::Arn),
    // Keys of services.
    key("elasticfilesystem:accessedviamounttarget", Form::True),
    key("elasticfilesystem:accesspointarn", Form::Arn),
    Key { name: "kms:calleraccount", form: Form::Fixed, always: true },
    key("lambda:eventsourcetoken", Form::Fixed),
    key("s3:accessgrantsinstancearn", Form::Arn),
    key("s3:dataaccesspointaccount", Form::Fixed),
    key("s3:dataaccesspointarn", Form::Arn),
    key("s3:x-amz-server-side-encryption-aws-kms-key-id", Form::Arn),
    key("s3-outposts:dataaccesspointaccount", Form::Fixed),
    key("s3-outposts:dataaccesspointarn", Form::Arn),
    key("sns:endpoint", Form::Endpoint),
    key("sts:externalid", Form::Fixed),
    key("vpc-lattice-svcs:sourcevpc", Form::Fixed),
    key("vpc-lattice-svcs:sourcevpcowneraccount", Form::Fixed),
];

/// A condition operator, taken apart.
struct Operator {
    /// Lower case, without what stands around it.
    name: String,
    for_all: bool,
    for_any: bool,
    if_exists: bool,
}

impl Operator {
    fn of(text: &str) -> Self {
        let lower = text.trim().to_ascii_lowercase();
        let for_all = lower.starts_with("forallvalues:");
        let for_any = lower.starts_with("foranyvalue:");
        let name = lower.rsplit(':').next().unwrap_or_default();
        let if_exists = name.ends_with("ifexists");
        Self { name: name.trim_end_matches("ifexists").to_owned(), for_all, for_any, if_exists }
    }

    fn compares(&self, form: Form) -> bool {
        let name = &*self.name;
        let text = matches!(
            name,
            "stringequals" | "stringequalsignorecase" | "stringlike" | "arnequals" | "arnlike"
        );
        match form {
            Form::Network => text || name == "ipaddress",
            Form::True => text || name == "bool",
            _ => text,
        }
    }

    fn refuses(&self) -> bool {
        matches!(
            &*self.name,
            "stringnotequals"
                | "stringnotequalsignorecase"
                | "stringnotlike"
                | "arnnotequals"
                | "arnnotlike"
                | "notipaddress"
        )
    }
}

/// Whether the conditions that must all hold let only some callers or networks through.
pub fn narrowed(conditions: &List) -> Narrow {
    let each = conditions.items.iter().map(|condition| narrows(condition, conditions));
    let found = each.fold(Narrow::No, Narrow::or);
    match &conditions.open {
        Some(why) => found.or(Narrow::Unknown(Arc::clone(why))),
        None => found,
    }
}

fn narrows(condition: &Value, all: &List) -> Narrow {
    let (key, operator) = match compared(condition) {
        Ok(compared) => compared,
        Err(narrow) => return narrow,
    };
    if !operator.compares(key.form) {
        return Narrow::No;
    }
    // Both hold where the request lacks the key.
    let may_be_missing = operator.if_exists || operator.for_all;
    if may_be_missing && !key.always && !is_demanded(key.name, all) {
        return Narrow::No;
    }
    values(condition, key)
}

/// Whether every value of a condition is one that tells callers apart.
fn values(condition: &Value, key: &Key) -> Narrow {
    let Some(list) = condition.get("values").and_then(Value::as_list) else { return Narrow::No };
    let each = list.items.iter().map(|item| value::narrows(key, item));
    let all = each.fold(Narrow::Yes, Narrow::and);
    match &list.open {
        Some(why) => all.and(Narrow::Unknown(Arc::clone(why))),
        None => all,
    }
}

/// The one narrowing key of a condition, and how it is compared; else what the condition comes to.
fn compared(condition: &Value) -> Result<(&'static Key, Operator), Narrow> {
    let keys = keys_of(condition)?;
    let [key] = keys[..] else { return Err(Narrow::No) };
    Ok((key, operator_of(condition).map_err(Narrow::Unknown)?))
}

/// Whether a value is `false`, as a boolean or as a text.
fn says_false(value: &Value) -> bool {
    match &value.data {
        Data::Bool(value) => !value,
        Data::Text(text) => text.eq_ignore_ascii_case("false"),
        _ => false,
    }
}

/// `Null` with `false`: the key must be in the request.
fn is_demanded(name: &str, conditions: &List) -> bool {
    conditions.items.iter().any(|condition| {
        let is_null = operator_of(condition).is_ok_and(|operator| operator.name == "null");
        let of_it = text_of(condition, "key").is_some_and(|text| text.trim().eq_ignore_ascii_case(name));
        let Some(list) = condition.get("values").and_then(Value::as_list) else { return false };
        is_null && of_it && list.open.is_none() && list.items.iter().all(says_false)
    })
}

fn text_of<'v>(condition: &'v Value, field: &str) -> Option<&'v str> {
    condition.get(field).and_then(Value::as_text)
}

fn operator_of(condition: &Value) -> Result<Operator, Arc<Why>> {
    match condition.get("operator") {
        Some(value) => match value.as_text() {
            Some(text) => Ok(Operator::of(text)),
            None => why(value).map_or_else(|| Ok(Operator::of("")), Err),
        },
        None => Ok(Operator::of("")),
    }
}

/// The narrowing key of a condition, or none; unknown where what is known of the key's name fits one of them.
fn keys_of(condition: &Value) -> Result<Vec<&'static Key>, Narrow> {
    let Some(written) = condition.get("key") else { return Ok(Vec::new()) };
    let fits = |pattern: &str| KEYS.iter().filter(|key| glob(pattern, key.name)).collect::<Vec<_>>();
    match &written.data {
        Data::Text(text) => {
            let name = text.trim().to_ascii_lowercase();
            Ok(KEYS.iter().filter(|key| key.name == name).collect())
        }
        Data::Holed(pieces) => {
            let widest: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_ascii_lowercase(),
                    Piece::Hole(_) => "*".to_owned(),
                })
                .collect();
            match (fits(&widest).is_empty(), why(written)) {
                (false, Some(why)) => Err(Narrow::Unknown(why)),
                _ => Ok(Vec::new()),
            }
        }
        _ => open(written).map_or(Ok(Vec::new()), |why| Err(Narrow::Unknown(why))),
    }
}

#[cfg(test)]
mod tests;
