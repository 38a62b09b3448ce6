//! Reading attributes and blocks of a body, and building the elements of a view.

use std::sync::Arc;

use crate::hashing::QuickIndexMap;
use crate::inventory::Resource;
use crate::source::Span;
use crate::value::{Data, List, Map, Number, Origin, Piece, Value, Why, WhyKind};

/// The maps below a key, however they are written: blocks, a list, a single map.
pub struct Blocks<'a> {
    pub items: Vec<&'a Value>,
    pub open: Option<Arc<Why>>,
}

/// Blocks, and those that are there in one branch of a choice only.
pub struct Branching<'a> {
    pub certain: Blocks<'a>,
    /// Each choice with the blocks of its branches.
    pub choices: Vec<(&'a Value, Vec<Blocks<'a>>)>,
}

/// The blocks of that name; open when some may be missing.
pub fn blocks<'a>(body: &'a Value, key: &str) -> Blocks<'a> {
    let mut found = Blocks { items: Vec::new(), open: None };
    match attribute(body, key) {
        Some(value) => gather(value, &mut found, &mut None),
        None => found.open = body.as_map().and_then(|map| map.open.clone()).or_else(|| why(body)),
    }
    found
}

/// As [`blocks`], with those of each branch of a choice.
pub fn branching<'a>(body: &'a Value, key: &str) -> Branching<'a> {
    let mut choices = Some(Vec::new());
    let mut certain = Blocks { items: Vec::new(), open: None };
    match attribute(body, key) {
        Some(value) => gather(value, &mut certain, &mut choices),
        None => certain.open = body.as_map().and_then(|map| map.open.clone()).or_else(|| why(body)),
    }
    Branching { certain, choices: choices.unwrap_or_default() }
}

fn gather<'a>(
    value: &'a Value,
    found: &mut Blocks<'a>,
    choices: &mut Option<Vec<(&'a Value, Vec<Blocks<'a>>)>>,
) {
    match &value.data {
        Data::Choice(branches) if choices.is_some() => {
            let of_branch = |branch: &'a Value| {
                let mut found = Blocks { items: Vec::new(), open: None };
                match branch.data {
                    Data::Null => {}
                    _ => gather(branch, &mut found, &mut None),
                }
                found
            };
            choices.iter_mut().for_each(|all| all.push((value, branches.iter().map(of_branch).collect())));
        }
        Data::Map(_) => found.items.push(value),
        Data::List(list) => {
            if found.open.is_none() {
                found.open.clone_from(&list.open);
            }
            for item in &list.items {
                gather(item, found, choices);
            }
        }
        _ => {
            if found.open.is_none() {
                found.open = why(value);
            }
        }
    }
}

/// An attribute that is set: neither missing nor null.
pub fn attribute<'a>(body: &'a Value, key: &str) -> Option<&'a Value> {
    body.get(key).filter(|value| !value.is_null())
}

/// An attribute that is set and not the empty text, which several providers take for "not set".
pub fn filled<'a>(body: &'a Value, key: &str) -> Option<&'a Value> {
    attribute(body, key).filter(|value| value.as_text() != Some(""))
}

/// Follows a dotted path through maps and blocks; of several blocks the first.
pub fn at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = body;
    for step in path.split('.') {
        here = attribute(first(here), step)?;
    }
    Some(here)
}

/// A block written once is a list of one: its only element, or the value itself.
pub fn first(value: &Value) -> &Value {
    match &value.data {
        Data::List(list) => list.items.first().unwrap_or(value),
        _ => value,
    }
}

/// As [`at`], and unknown where a step is: what cannot be seen may still be there.
pub fn entry_at(body: &Value, path: &str) -> Option<Value> {
    let mut here = body;
    for step in path.split('.') {
        match attribute(first(here), step) {
            Some(next) => here = next,
            None => return entry(Some(first(here)), step),
        }
    }
    Some(here.clone())
}

/// An entry of a map: there, unknown (its value then says why), or not there.
pub fn entry(map: Option<&Value>, key: &str) -> Option<Value> {
    let map = map?;
    match map.get(key) {
        Some(value) if value.is_null() => None,
        Some(value) => Some(value.clone()),
        None => open(map).map(|why| Value::new(Data::Unknown(why), map.origin.clone())),
    }
}

/// Why a missing entry may still be there.
pub fn open(value: &Value) -> Option<Arc<Why>> {
    match &value.data {
        Data::Map(map) => map.open.clone(),
        Data::Null => None,
        _ => why(value).or_else(|| Some(Why::new(WhyKind::Error, "it is not written as a map"))),
    }
}

/// Why a value is not (wholly) known.
pub fn why(value: &Value) -> Option<Arc<Why>> {
    match &value.data {
        Data::Unknown(why) => Some(why.clone()),
        Data::Holed(pieces) => pieces.iter().find_map(|piece| match piece {
            Piece::Hole(why) => Some(why.clone()),
            Piece::Text(_) => None,
        }),
        Data::Choice(branches) => {
            Some(branches.iter().find_map(why).unwrap_or_else(|| {
                Why::new(WhyKind::Variable, "it depends on a condition that is not known")
            }))
        }
        _ => None,
    }
}

/// A whole number, also when written as text.
pub fn int(value: &Value) -> Option<i64> {
    match &value.data {
        Data::Number(Number::Int(int)) => Some(*int),
        Data::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// A truth value, also when written as text.
pub fn boolean(value: &Value) -> Option<bool> {
    match &value.data {
        Data::Bool(bool) => Some(*bool),
        Data::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Data::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Text or number as text; `None` when it is neither or not known.
pub fn plain(value: &Value) -> Option<String> {
    match &value.data {
        Data::Text(text) => Some(text.to_string()),
        Data::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The same place and history with other data.
pub fn with(value: &Value, data: Data) -> Value {
    Value { data, ..value.clone() }
}

/// The same place and history with this text.
pub fn retext(value: &Value, text: impl Into<Arc<str>>) -> Value {
    with(value, Data::Text(text.into()))
}

/// A list's elements, nested lists laid flat, nulls left out; a scalar is a list of one. What is unknown stays
/// as an element, since its place and its reference are worth keeping.
pub fn listed(value: Option<&Value>) -> List {
    fn lay(value: &Value, list: &mut List) {
        match &value.data {
            Data::Null => {}
            Data::List(inner) => {
                if list.open.is_none() {
                    list.open.clone_from(&inner.open);
                }
                for item in &inner.items {
                    lay(item, list);
                }
            }
            _ => list.items.push(value.clone()),
        }
    }
    let mut list = List::default();
    if let Some(value) = value {
        lay(value, &mut list);
    }
    list
}

/// A list value at a place.
pub fn list_at(list: List, origin: Origin) -> Value {
    Value::new(Data::List(Arc::new(list)), origin)
}

/// The words that open a block, else all of it, else the resource's header.
pub fn header(block: &Value, resource: &Resource) -> Span {
    block.as_map().and_then(|map| map.header).or(block.origin.span).unwrap_or(resource.header)
}

/// An element in the making. What is not written stands at the header of what it was read from.
pub struct Element {
    map: Map,
    origin: Origin,
    here: Origin,
    /// Why what was read may hold more than was seen.
    open: Option<Arc<Why>>,
}

impl Element {
    pub fn of(block: &Value, resource: &Resource) -> Self {
        let span = header(block, resource);
        let origin =
            if block.origin.span.is_some() { block.origin.clone() } else { Origin::at(resource.span) };
        Self {
            here: Origin { span: Some(span), via: origin.via.clone() },
            map: Map { entries: QuickIndexMap::default(), open: None, header: Some(span) },
            origin,
            open: open(block),
        }
    }

    /// Why what it was read from may hold more than was seen.
    pub fn open(&self) -> Option<Arc<Why>> {
        self.open.clone()
    }

    /// The place of what is not written.
    pub fn here(&self) -> Origin {
        self.here.clone()
    }

    /// A text that is implied, not written.
    pub fn implied(&self, text: &str) -> Value {
        Value::text(text, self.here())
    }

    /// An attribute as written, or the text its absence means.
    pub fn or(&self, block: &Value, key: &str, default: &str) -> Value {
        match filled(block, key) {
            Some(value) => value.clone(),
            None => match block.as_map().and_then(|map| map.open.clone()) {
                Some(why) if block.get(key).is_none() => Value::new(Data::Unknown(why), self.here()),
                _ => self.implied(default),
            },
        }
    }

    #[must_use]
    pub fn set(mut self, name: &str, value: Value) -> Self {
        self.map.entries.insert(name.into(), value);
        self
    }

    #[must_use]
    pub fn list(self, name: &str, list: List, origin: Option<Origin>) -> Self {
        let origin = origin.unwrap_or_else(|| self.here());
        self.set(name, list_at(list, origin))
    }

    pub fn done(self) -> Value {
        Value::new(Data::Map(Arc::new(self.map)), self.origin)
    }
}
