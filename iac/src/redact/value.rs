//! Where a value stands, which decides whether it may be shown.

use std::sync::Arc;

use super::name::{self, NameClass};
use super::text::{self, Reading};
use super::{SecretKind, random};
use crate::inventory::Inventory;
use crate::value::{Data, Map, Piece, Value};

/// What is known of a value by its place: whether it, or something around it, is declared sensitive, and what the name
/// it stands under promises. The elements of lists and maps inherit both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context {
    declared: bool,
    class: NameClass,
}

impl Context {
    /// Under a name: the last step of a path is enough.
    pub fn named(name: &str) -> Self {
        Self::default().under(name, None)
    }

    /// The same, for a value that may be declared sensitive.
    #[must_use]
    pub fn of(self, value: &Value) -> Self {
        self.or_declared(value.sensitive)
    }

    /// Where names and declarations count for nothing.
    pub(super) fn plain(self) -> Self {
        Self::default()
    }

    #[must_use]
    pub(super) fn or_declared(self, declared: bool) -> Self {
        Self { declared: self.declared || declared, ..self }
    }

    /// The place of a map's entry.
    #[must_use]
    pub fn entry(self, map: &Map, key: &str) -> Self {
        let beside = || name::NAMING.iter().find_map(|naming| map.entries.get(*naming)?.as_text());
        let beside = if name::VALUING.contains(&key) { beside() } else { None };
        let secret = matches!(key, "data" | "stringData")
            && map.entries.get("kind").and_then(Value::as_text) == Some("Secret");
        self.under(key, beside).or_declared(secret)
    }

    /// Under a key; `beside` is the name that stands beside a `value`.
    #[must_use]
    pub(super) fn under(self, key: &str, beside: Option<&str>) -> Self {
        if name::REFERRING.contains(&key) || key.starts_with("Fn::") {
            return Self { class: NameClass::Plain, ..self };
        }
        let mut class = name::classify(key);
        if let Some(beside) = beside {
            class = class.max(name::classify(beside));
        }
        if class == NameClass::Plain
            && matches!(self.class, NameClass::Secret | NameClass::Weak)
            && !name::is_public(key)
        {
            class = self.class;
        }
        Self { class, ..self }
    }

    /// Whether nothing of what stands here may be shown, whatever it is.
    pub fn is_declared(self) -> bool {
        self.declared
    }

    /// Whether a text that stands here is a secret as a whole.
    pub fn whole(self, text: &str) -> Option<SecretKind> {
        if text.is_empty() {
            return None;
        }
        // A manifest in an annotation: what was applied last.
        let manifest = || {
            text.starts_with('{')
                && (text.contains("\"kind\":\"Secret\"") || text.contains("\"kind\": \"Secret\""))
        };
        if self.declared || manifest() {
            return Some(SecretKind::Declared);
        }
        let named = match self.class {
            NameClass::Secret => !text::is_exempt(text),
            NameClass::Weak => random::is_mixed(text) && !text::is_exempt(text) && !text.contains("://"),
            _ => false,
        };
        named.then_some(SecretKind::Named)
    }

    /// Whether a number that stands here is a secret: a PIN is one, a count is none.
    pub fn whole_number(self, shown: &str) -> Option<SecretKind> {
        let long = shown.bytes().filter(u8::is_ascii_digit).count() >= 4;
        match self.declared {
            true => Some(SecretKind::Declared),
            false => (self.class == NameClass::Secret && long).then_some(SecretKind::Named),
        }
    }

    pub(super) fn reading(self) -> Reading {
        if self.class == NameClass::Digest { Reading::Digest } else { Reading::Prose }
    }
}

/// The texts of an inventory that are secrets by their type or name.
pub(crate) fn of_inventory(inventory: &Inventory) -> Vec<(Arc<str>, SecretKind)> {
    let mut out = Vec::new();
    for resource in &inventory.resources {
        collect_resource(&resource.kind, &resource.body, &mut out);
        if let Some(outer) = &resource.outer {
            collect(outer, Context::default(), &mut out);
        }
    }
    out
}

/// A resource may be a secret: then its value is one, whatever it is called.
fn collect_resource(kind: &str, body: &Value, out: &mut Vec<(Arc<str>, SecretKind)>) {
    let Data::Map(map) = &body.data else { return collect(body, Context::default(), out) };
    let context = Context::default().of(body);
    for (key, item) in &map.entries {
        let entry = match key.eq_ignore_ascii_case("properties") && name::is_vault_secret(kind) {
            true => context.under("secret", None),
            false => context.entry(map, key).or_declared(name::is_held(kind, key)),
        };
        collect(item, entry, out);
    }
}

fn collect(value: &Value, context: Context, out: &mut Vec<(Arc<str>, SecretKind)>) {
    let context = context.of(value);
    match &value.data {
        Data::Text(text) => out.extend(context.whole(text).map(|kind| (Arc::clone(text), kind))),
        Data::Holed(pieces) => {
            for piece in pieces.iter() {
                if let Piece::Text(text) = piece {
                    out.extend(context.whole(text).map(|kind| (Arc::clone(text), kind)));
                }
            }
        }
        Data::List(list) => list.items.iter().for_each(|item| collect(item, context, out)),
        Data::Map(map) => {
            for (key, item) in &map.entries {
                collect(item, context.entry(map, key), out);
            }
        }
        Data::Choice(choices) => choices.iter().for_each(|one| collect(one, context, out)),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Unknown(_) => {}
    }
}
