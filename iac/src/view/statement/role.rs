//! Role definitions of Azure: each `permissions` block is a statement about the scopes the role can be given at.

use crate::inventory::Resource;
use crate::value::{List, Value};
use crate::view::Viewed;
use crate::view::field::{Element, attribute, blocks, filled, listed};

pub const KIND: &str = "azurerm_role_definition";

pub fn owner(index: usize, resource: &Resource) -> Option<Viewed> {
    if &*resource.kind != KIND {
        return None;
    }
    let mut viewed = Viewed::new(index, "role_definition");
    let permissions = blocks(&resource.body, "permissions");
    viewed.open(permissions.open);
    for block in permissions.items {
        viewed.push(index, statement(block, resource));
    }
    Some(viewed)
}

fn statement(block: &Value, resource: &Resource) -> Value {
    let element = Element::of(block, resource);
    let all = |keys: [&str; 2]| {
        let mut list = List::default();
        for key in keys {
            let one = listed(filled(block, key));
            list.items.extend(one.items);
            list.open = list.open.or(one.open);
        }
        let at = keys.iter().find_map(|key| attribute(block, key)).map(|value| value.origin.clone());
        (list, at)
    };
    // Without a list of its own a role can be given where it is defined.
    let scopes = filled(&resource.body, "assignable_scopes").or_else(|| filled(&resource.body, "scope"));
    let (actions, actions_at) = all(["actions", "data_actions"]);
    let (except, except_at) = all(["not_actions", "not_data_actions"]);
    let none = List::default;
    Element::of(block, resource)
        .set("owner", element.implied("role_definition"))
        .set("sid", element.implied(""))
        .set("effect", element.implied("Allow"))
        .list("actions", actions, actions_at)
        .list("resources", listed(scopes), scopes.map(|value| value.origin.clone()))
        .list("principals", none(), None)
        .list("conditions", none(), None)
        .list("inverted", none(), None)
        .list("except", except, except_at)
        .done()
}
