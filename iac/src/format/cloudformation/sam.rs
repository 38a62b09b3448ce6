//! The Serverless Application Model, as far as resources go: `Globals` stand behind each resource's own
//! properties.

use std::sync::Arc;

use super::template::Template;
use crate::source::Span;
use crate::value::{Data, List, Map, Value};

impl Template<'_> {
    /// The properties of a serverless resource with the template's `Globals` behind them.
    pub fn with_globals(&self, kind: &str, body: Value) -> Value {
        let Some(section) = kind.strip_prefix("AWS::Serverless::") else { return body };
        let Some(entry) = self.root.get("Globals").and_then(|globals| globals.entry(section)) else {
            return body;
        };
        let place = body.as_map().and_then(|map| map.header).or(body.origin.span);
        match (self.value(&entry.value, Some(entry.key.span)), place) {
            (Some(globals), Some(place)) => under(&globals, body, place),
            _ => body,
        }
    }
}

/// Maps are merged, lists appended, everything else is the resource's own if it has it.
fn under(global: &Value, local: Value, place: Span) -> Value {
    match (&global.data, &local.data) {
        (Data::Map(from), Data::Map(into)) => {
            let mut entries = into.entries.clone();
            for (key, value) in &from.entries {
                let value = match entries.get(key) {
                    Some(local) => under(value, local.clone(), place),
                    None => Value { origin: value.origin.through(place, "Globals"), ..value.clone() },
                };
                entries.insert(Arc::clone(key), value);
            }
            let open = into.open.clone().or_else(|| from.open.clone());
            Value { data: Data::Map(Arc::new(Map { entries, open, header: into.header })), ..local }
        }
        (Data::List(from), Data::List(into)) => {
            let items = from.items.iter().chain(&into.items).cloned().collect();
            let open = into.open.clone().or_else(|| from.open.clone());
            Value { data: Data::List(Arc::new(List { items, open })), ..local }
        }
        _ => local,
    }
}
