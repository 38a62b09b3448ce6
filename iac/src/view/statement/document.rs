//! Policy documents: JSON in whatever form, and Terraform's `aws_iam_policy_document`.

use std::cell::Cell;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use super::permission::condition;
use crate::inventory::{Inventory, Mode, Resource};
use crate::value::{Data, List, Map, Origin, Piece, Value, Why, WhyKind};
use crate::view::field::{Element, attribute, blocks, branching, filled, list_at, listed, why, with};
use crate::view::join::base;
use crate::view::json::{HOLE, structured};
use crate::view::{SourceTexts, Viewed};

pub const KIND: &str = "aws_iam_policy_document";

/// Documents can build on one another; further than this nobody goes.
const DEPTH: usize = 8;

/// The policy documents of an inventory, and how to read a policy.
pub struct Documents<'a> {
    inventory: &'a Inventory,
    texts: &'a dyn SourceTexts,
    by_address: HashMap<&'a str, usize>,
    by_base: HashMap<&'a str, Option<usize>>,
    /// Parts of documents that may still be laid out: one that many policies name is laid out for each.
    left: Cell<usize>,
}

/// Parts of documents laid out for one inventory; policies that come later are not known to be whole.
const MOST_PARTS: usize = 1_000_000;

impl<'a> Documents<'a> {
    pub fn new(inventory: &'a Inventory, texts: &'a dyn SourceTexts) -> Self {
        let mut documents = Self {
            inventory,
            texts,
            by_address: HashMap::new(),
            by_base: HashMap::new(),
            left: Cell::new(MOST_PARTS),
        };
        for (index, resource) in inventory.resources.iter().enumerate() {
            if resource.mode == Mode::Data && &*resource.kind == KIND {
                documents.by_address.insert(&resource.address, index);
                let several = documents.by_base.contains_key(base(&resource.address));
                documents.by_base.insert(base(&resource.address), (!several).then_some(index));
            }
        }
        documents
    }

    pub fn is_empty(&self) -> bool {
        self.by_address.is_empty()
    }

    /// Adds the statements of a policy, as the value of some attribute, to its owner's.
    pub fn policy(&self, value: &Value, index: usize, viewed: &mut Viewed) {
        self.read(value, index, viewed, DEPTH);
    }

    /// Adds the statements of a document.
    pub fn statements(&self, index: usize, viewed: &mut Viewed) {
        self.document(index, viewed, DEPTH);
    }

    fn read(&self, value: &Value, index: usize, viewed: &mut Viewed, depth: usize) {
        if let Some(document) = self.named(value) {
            return self.document(document, viewed, depth);
        }
        let Some(resource) = self.inventory.resources.get(index) else { return };
        if let Data::Choice(branches) = &value.data {
            let of_branch = |branch: &Value| {
                let mut inner = Viewed::new(viewed.resource, viewed.owner);
                self.read(branch, index, &mut inner, depth);
                list_at(inner.elements, value.origin.clone())
            };
            let lists = branches.iter().map(of_branch).collect();
            return viewed.push(index, with(value, Data::Choice(lists)));
        }
        match structured(value, self.texts) {
            Some(policy) => {
                let (statements, owner) = (branching(&policy, "Statement"), viewed.owner);
                viewed.push_blocks(index, statements, |statement| from_json(owner, statement, resource));
            }
            None if value.is_null() || value.as_text().is_some_and(|text| text.trim().is_empty()) => {}
            None => viewed.open(Some(
                why(value).unwrap_or_else(|| Why::new(WhyKind::Error, "the policy is not a JSON document")),
            )),
        }
    }

    fn named(&self, value: &Value) -> Option<usize> {
        let address = &*value.refers.as_ref()?.address;
        self.by_address.get(address).copied().or_else(|| self.by_base.get(address).copied().flatten())
    }

    fn document(&self, index: usize, viewed: &mut Viewed, depth: usize) {
        let Some(resource) = self.inventory.resources.get(index) else { return };
        if depth == 0 {
            viewed
                .open(Some(Why::new(WhyKind::Limit, "its policy documents build on one another too deeply")));
            return;
        }
        for key in ["source_json", "source_policy_documents"] {
            self.others(&resource.body, key, index, viewed, depth);
        }
        let statements = blocks(&resource.body, "statement");
        viewed.open(statements.open);
        // A statement of its own replaces one of the same `sid` that it is built on.
        let mut declared = Viewed::new(viewed.resource, viewed.owner);
        for block in statements.items {
            let left = self.left.get();
            let cost = parts(block, left);
            self.left.set(left.saturating_sub(cost));
            if cost >= left {
                let why = "the policy documents of this root have more parts than are laid out";
                declared.open(Some(Why::new(WhyKind::Limit, why)));
                break;
            }
            declared.push(index, from_block(viewed.owner, block, resource));
        }
        override_by_sid(viewed, declared);
        for key in ["override_json", "override_policy_documents"] {
            let mut overriding = Viewed::new(viewed.resource, viewed.owner);
            self.others(&resource.body, key, index, &mut overriding, depth);
            override_by_sid(viewed, overriding);
        }
    }

    /// The statements of the documents that an attribute names.
    fn others(&self, body: &Value, key: &str, index: usize, viewed: &mut Viewed, depth: usize) {
        let others = listed(filled(body, key));
        viewed.open(others.open);
        for other in &others.items {
            self.read(other, index, viewed, depth - 1);
        }
    }
}

/// The parts of a value, up to a number at which counting ends.
fn parts(value: &Value, most: usize) -> usize {
    let mut count = 1;
    let mut add = |inner: &Value| {
        if count < most {
            count += parts(inner, most - count);
        }
    };
    match &value.data {
        Data::List(list) => list.items.iter().for_each(&mut add),
        Data::Map(map) => map.entries.values().for_each(&mut add),
        _ => {}
    }
    count
}

/// Statements of the same `sid` take the place of earlier ones, others are added.
fn override_by_sid(viewed: &mut Viewed, overriding: Viewed) {
    let sid = |element: &Value| element.get("sid").and_then(Value::as_text).map(str::to_owned);
    viewed.open(overriding.elements.open);
    let mut places: HashMap<String, usize> = HashMap::new();
    for (at, element) in viewed.elements.items.iter().enumerate() {
        if let Some(sid) = sid(element) {
            places.entry(sid).or_insert(at);
        }
    }
    for (element, from) in overriding.elements.items.into_iter().zip(overriding.from) {
        let named = sid(&element).filter(|sid| !sid.is_empty());
        let next = viewed.elements.items.len();
        let earlier = named.and_then(|sid| match places.entry(sid) {
            Entry::Occupied(place) => Some(*place.get()),
            Entry::Vacant(place) => {
                place.insert(next);
                None
            }
        });
        match earlier.and_then(|at| Some((viewed.elements.items.get_mut(at)?, viewed.from.get_mut(at)?))) {
            Some((place, origin)) => (*place, *origin) = (element, from),
            None => viewed.push(from, element),
        }
    }
}

/// A list field, or its complement by the attribute that names what it leaves out.
struct Field {
    list: List,
    at: Option<Origin>,
    inverted: bool,
    except: Vec<Value>,
}

/// `read` turns the attribute's value into texts.
fn field(block: &Value, key: &str, not_key: &str, read: impl Fn(&Value) -> List) -> Field {
    if let Some(value) = attribute(block, key) {
        return Field {
            list: read(value),
            at: Some(value.origin.clone()),
            inverted: false,
            except: Vec::new(),
        };
    }
    if let Some(value) = attribute(block, not_key) {
        let all = Value::text("*", value.origin.clone());
        return Field {
            list: List { items: vec![all], open: None },
            at: Some(value.origin.clone()),
            inverted: true,
            except: read(value).items,
        };
    }
    // What a hole of a key may have said: any of the two.
    let open = block.as_map().and_then(|map| map.open.clone());
    Field { list: List { items: Vec::new(), open }, at: None, inverted: false, except: Vec::new() }
}

fn assemble(
    owner: &'static str,
    element: Element,
    [sid, effect]: [Value; 2],
    fields: [(&str, Field); 3],
    conditions: List,
) -> Value {
    let owner = element.implied(owner);
    let mut inverted = Vec::new();
    let mut except = Vec::new();
    let mut element = element.set("owner", owner).set("sid", sid).set("effect", effect);
    for (name, field) in fields {
        if field.inverted {
            inverted.push(Value::text(name, field.at.clone().unwrap_or_default()));
        }
        except.extend(field.except);
        element = element.list(name, field.list, field.at);
    }
    element
        .list("conditions", conditions, None)
        .list("inverted", List { items: inverted, open: None }, None)
        .list("except", List { items: except, open: None }, None)
        .done()
}

fn from_json(owner: &'static str, statement: &Value, resource: &Resource) -> Value {
    let element = Element::of(statement, resource);
    let effect = attribute(statement, "Effect").cloned().unwrap_or_else(|| {
        let open = statement.as_map().and_then(|map| map.open.clone());
        let why = open.unwrap_or_else(|| Why::new(WhyKind::Error, "the statement has no `Effect`"));
        Value::new(Data::Unknown(why), element.here())
    });
    let fields = [
        ("actions", field(statement, "Action", "NotAction", |value| listed(Some(value)))),
        ("resources", field(statement, "Resource", "NotResource", |value| listed(Some(value)))),
        ("principals", field(statement, "Principal", "NotPrincipal", principals)),
    ];
    let sid = element.or(statement, "Sid", "");
    let conditions = conditions(statement, resource);
    assemble(owner, element, [sid, effect], fields, conditions)
}

/// `"*"`, or lists by the principals' sort; the sort itself is left out.
fn principals(value: &Value) -> List {
    match &value.data {
        Data::Map(map) => {
            let mut all = List { items: Vec::new(), open: map.open.clone() };
            for names in map.entries.values() {
                let more = listed(Some(names));
                all.items.extend(more.items);
                all.open = all.open.or(more.open);
            }
            all
        }
        _ => listed(Some(value)),
    }
}

fn conditions(statement: &Value, resource: &Resource) -> List {
    let mut list = List::default();
    let Some(written) = attribute(statement, "Condition") else {
        list.open = statement.as_map().and_then(|map| map.open.clone());
        return list;
    };
    let Some(operators) = written.as_map() else {
        list.open = why(written);
        return list;
    };
    list.open.clone_from(&operators.open);
    for (operator, keys) in &operators.entries {
        let Some(map) = keys.as_map() else {
            list.open = list.open.or_else(|| why(keys));
            continue;
        };
        if list.open.is_none() {
            list.open.clone_from(&map.open);
        }
        for (key, values) in &map.entries {
            let place = header(map, keys);
            let operator = Value::text(operator.clone(), place.clone());
            list.items.push(condition(values, resource, operator, key_value(key, header_of(values, &place))));
        }
    }
    list
}

fn header(map: &Map, value: &Value) -> Origin {
    Origin { span: map.header.or(value.origin.span), via: value.origin.via.clone() }
}

fn header_of(value: &Value, otherwise: &Origin) -> Origin {
    if value.origin.span.is_some() { value.origin.clone() } else { otherwise.clone() }
}

/// A condition key, with the holes it was read with.
fn key_value(key: &Arc<str>, origin: Origin) -> Value {
    if !key.contains(HOLE) {
        return Value::text(key.clone(), origin);
    }
    let mut pieces = Vec::new();
    for (index, part) in key.split(HOLE).enumerate() {
        if index > 0 {
            pieces
                .push(Piece::Hole(Why::new(WhyKind::Variable, "a part of the condition's key is not known")));
        }
        if !part.is_empty() {
            pieces.push(Piece::Text(part.into()));
        }
    }
    Value::new(Data::Holed(pieces.into()), origin)
}

fn from_block(owner: &'static str, block: &Value, resource: &Resource) -> Value {
    let element = Element::of(block, resource);
    let principals = |key: &str| {
        let written = blocks(block, key);
        let mut list = List { items: Vec::new(), open: written.open };
        for principal in &written.items {
            let more = listed(attribute(principal, "identifiers"));
            list.items.extend(more.items);
            list.open = list.open.take().or(more.open);
        }
        (list, written.items.first().map(|first| first.origin.clone()))
    };
    let (named, at) = principals("principals");
    let (excepted, not_at) = principals("not_principals");
    let principals = match (&at, not_at) {
        (None, Some(origin)) => Field {
            list: List { items: vec![Value::text("*", origin.clone())], open: None },
            at: Some(origin),
            inverted: true,
            except: excepted.items,
        },
        _ => Field { list: named, at, inverted: false, except: Vec::new() },
    };
    let fields = [
        ("actions", set_field(block, "actions", "not_actions")),
        ("resources", set_field(block, "resources", "not_resources")),
        ("principals", principals),
    ];
    let written = blocks(block, "condition");
    let mut conditions = List { items: Vec::new(), open: written.open };
    for inner in written.items {
        let part = Element::of(inner, resource);
        let values = attribute(inner, "values");
        conditions.items.push(
            Element::of(inner, resource)
                .set("operator", part.or(inner, "test", ""))
                .set("key", part.or(inner, "variable", ""))
                .list("values", listed(values), values.map(|values| values.origin.clone()))
                .done(),
        );
    }
    let texts = [element.or(block, "sid", ""), element.or(block, "effect", "Allow")];
    assemble(owner, element, texts, fields, conditions)
}

/// As [`field`], where an empty list is one that is not set.
fn set_field(block: &Value, key: &str, not_key: &str) -> Field {
    let empty = |key: &str| {
        attribute(block, key)
            .and_then(Value::as_list)
            .is_some_and(|list| list.items.is_empty() && list.open.is_none())
    };
    let key = if empty(key) { "" } else { key };
    let not_key = if empty(not_key) { "" } else { not_key };
    field(block, key, not_key, |value| listed(Some(value)))
}
