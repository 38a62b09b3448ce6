//! Permissions that are one statement written as attributes: who may invoke a Lambda function or layer.

use crate::inventory::{Dialect, Resource};
use crate::value::{Data, List, Value};
use crate::view::Viewed;
use crate::view::field::{Element, attribute, filled, list_at, listed};

/// Conditions that an attribute stands for: its names, the operator and the key.
const CONDITIONS: &[([&str; 2], &str, &str)] = &[
    (["source_arn", "SourceArn"], "ArnLike", "aws:SourceArn"),
    (["source_account", "SourceAccount"], "StringEquals", "aws:SourceAccount"),
    (["principal_org_id", "PrincipalOrgID"], "StringEquals", "aws:PrincipalOrgID"),
    (["organization_id", "OrganizationId"], "StringEquals", "aws:PrincipalOrgID"),
    (["event_source_token", "EventSourceToken"], "StringEquals", "lambda:EventSourceToken"),
    (["function_url_auth_type", "FunctionUrlAuthType"], "StringEquals", "lambda:FunctionUrlAuthType"),
];

/// The kinds, and the attribute that names what is permitted on.
pub const KINDS: &[(&str, &str)] = &[
    ("aws_lambda_permission", "function_name"),
    ("AWS::Lambda::Permission", "FunctionName"),
    ("aws_lambda_layer_version_permission", "layer_name"),
    ("AWS::Lambda::LayerVersionPermission", "LayerVersionArn"),
];

pub fn owner(index: usize, resource: &Resource) -> Option<Viewed> {
    let (_, target) = KINDS.iter().find(|(kind, _)| *kind == &*resource.kind)?;
    let names = |terraform: &'static str, cloudformation: &'static str| match resource.dialect {
        Dialect::CloudFormation => cloudformation,
        _ => terraform,
    };
    let body = &resource.body;
    let element = Element::of(body, resource);
    let field =
        |key: &str| (listed(filled(body, key)), attribute(body, key).map(|value| value.origin.clone()));
    let conditions: Vec<Value> = CONDITIONS
        .iter()
        .filter_map(|(keys, operator, key)| {
            let value = keys.iter().find_map(|name| filled(body, name))?;
            Some(condition(value, resource, element.implied(operator), element.implied(key)))
        })
        .collect();
    let (actions, actions_at) = field(names("action", "Action"));
    let (targets, targets_at) = field(target);
    let (principals, principals_at) = field(names("principal", "Principal"));
    let statement = Element::of(body, resource)
        .set("owner", element.implied("lambda"))
        .set("sid", element.or(body, names("statement_id", "Id"), ""))
        .set("effect", element.implied("Allow"))
        .list("actions", actions, actions_at)
        .list("resources", targets, targets_at)
        .list("principals", principals, principals_at)
        .list("conditions", List { items: conditions, open: None }, None)
        .list("inverted", List::default(), None)
        .list("except", List::default(), None);
    let mut viewed = Viewed::new(index, "lambda");
    viewed.push(index, statement.done());
    Some(viewed)
}

/// An element of `conditions`.
pub fn condition(written: &Value, resource: &Resource, operator: Value, key: Value) -> Value {
    let block = Value { data: Data::Null, ..written.clone() };
    Element::of(&block, resource)
        .set("operator", operator)
        .set("key", key)
        .set("values", list_at(listed(Some(written)), written.origin.clone()))
        .done()
}
