//! `count` and `for_each`: how many of a thing there are, and under which keys.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::convert;
use super::expression::{Scope, choice, evaluate, undecided, why_of};
use super::instance::Repetition;
use super::module::Declared;
use crate::inventory::Existence;
use crate::value::{Data, Number, Origin, Value, Why, WhyKind};

/// The instances of a resource or module call.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    pub kind: KeyKind,
    pub items: Vec<Key>,
    /// There may be more than `items`, and why; what stands for them.
    pub rest: Option<(Arc<Why>, Key)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyKind {
    One,
    Count,
    Each,
}

/// One instance.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// ``, `[0]` or `["k"]`.
    pub suffix: Arc<str>,
    pub name: Arc<str>,
    pub repetition: Repetition,
    pub existence: Existence,
}

/// A resource's instances with their bodies.
#[derive(Debug)]
pub(super) struct Expanded<'a> {
    pub declared: &'a Declared<'a>,
    /// Address in the module's scope, with the module's own before it.
    pub address: Arc<str>,
    pub keys: Keys,
    pub bodies: Vec<Value>,
    pub rest: Option<Value>,
    pub objects: Vec<OnceCell<Value>>,
}

/// How `["k"]` writes its key.
pub(super) fn quoted_key(key: &str) -> Arc<str> {
    let mut out = String::with_capacity(key.len() + 4);
    out.push_str("[\"");
    for c in key.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c => out.push(c),
        }
    }
    out.push_str("\"]");
    out.into()
}

impl Keys {
    fn one() -> Self {
        Self { kind: KeyKind::One, items: vec![Key::plain()], rest: None }
    }

    /// The instance of this key: a number for a count, a text for a set or map.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.items.iter().position(|key| *key.name == *name)
    }

    fn open(kind: KeyKind, items: Vec<Key>, why: Arc<Why>) -> Self {
        let nothing = |what: &str| {
            Value::unknown(why.kind, format!("{what} is not known, as {}", why.text), Origin::default())
        };
        let repetition = match kind {
            KeyKind::Count => Repetition { each: None, count: Some(nothing("`count.index`")) },
            _ => Repetition { each: Some((nothing("`each.key`"), nothing("`each.value`"))), count: None },
        };
        let suffix = if items.is_empty() { "".into() } else { "[*]".into() };
        let rest = Key { suffix, name: "*".into(), repetition, existence: Existence::Possible(why.clone()) };
        Self { kind, items, rest: Some((why, rest)) }
    }
}

impl Key {
    fn plain() -> Self {
        Self {
            suffix: "".into(),
            name: "".into(),
            repetition: Repetition::default(),
            existence: Existence::Certain,
        }
    }
}

/// Finds the instances of what is declared. Where they are more than may still be made, one stands for all.
pub(super) fn keys(scope: &Scope<'_, '_>, declared: &Declared<'_>, address: &str) -> Keys {
    let meter = &scope.run.meter;
    let (place, keys) = if let Some(count) = declared.attribute("count") {
        (count.value.span, counted(&evaluate(scope, &count.value), meter.instances_left()))
    } else if let Some(each) = declared.attribute("for_each") {
        (each.value.span, keyed(&evaluate(scope, &each.value), meter.instances_left()))
    } else {
        (declared.block.header, Keys::one())
    };
    let is_cut = keys.rest.as_ref().is_some_and(|(why, _)| *why == too_many());
    if is_cut {
        scope.run.cut_instances(place, address);
    }
    meter.take_instances(keys.items.len() + usize::from(keys.rest.is_some()));
    keys
}

fn counted(value: &Value, left: u64) -> Keys {
    let certain = |data: &Data| match convert::to_number(&Value::new(data.clone(), Origin::default())).data {
        Data::Number(Number::Int(int)) => usize::try_from(int).ok(),
        _ => None,
    };
    let (least, most) = match &value.data {
        Data::Choice(values) => {
            let counts: Option<Vec<usize>> = values.iter().map(|value| certain(&value.data)).collect();
            match counts {
                Some(counts) => {
                    (counts.iter().min().copied().unwrap_or(0), counts.iter().max().copied().unwrap_or(0))
                }
                None => return Keys::open(KeyKind::Count, Vec::new(), undecided()),
            }
        }
        data => match certain(data) {
            Some(count) => (count, count),
            None => {
                let why = match convert::to_number(value).data {
                    Data::Number(_) | Data::Null => {
                        Why::new(WhyKind::Error, "`count` must be a whole number")
                    }
                    data => why_of(&data, "`count` must be a whole number"),
                };
                return Keys::open(KeyKind::Count, Vec::new(), why);
            }
        },
    };
    if most > 1 && most as u64 > left {
        return Keys::open(KeyKind::Count, Vec::new(), too_many());
    }
    let items = (0..most)
        .map(|index| Key {
            suffix: format!("[{index}]").into(),
            name: index.to_string().into(),
            repetition: Repetition {
                each: None,
                count: Some(Value::number(index as i64, value.origin.clone())),
            },
            existence: if index < least { Existence::Certain } else { Existence::Possible(undecided()) },
        })
        .collect();
    Keys { kind: KeyKind::Count, items, rest: None }
}

fn too_many() -> Arc<Why> {
    Why::new(WhyKind::Limit, "there are more instances than one run looks at")
}

fn keyed(value: &Value, left: u64) -> Keys {
    if let Data::Choice(values) = &value.data {
        return keyed_by_choice(values, left);
    }
    let mut items = BTreeMap::new();
    let mut open;
    match &value.data {
        Data::Map(map) => {
            open = map.open.clone();
            for (key, item) in &map.entries {
                let key_value = Value::text(key.clone(), item.origin.clone());
                items.insert(key.clone(), (key_value, item.clone()));
            }
        }
        Data::List(list) => {
            open = list.open.clone();
            for item in &list.items {
                match convert::to_text(item).data {
                    Data::Text(key) => {
                        items.insert(key, (item.clone(), item.clone()));
                    }
                    data => open = Some(why_of(&data, "`for_each` needs texts")),
                }
            }
        }
        data => {
            return Keys::open(
                KeyKind::Each,
                Vec::new(),
                why_of(data, "`for_each` needs a map or a set of texts"),
            );
        }
    }
    if items.len() > 1 && items.len() as u64 > left {
        return Keys::open(KeyKind::Each, Vec::new(), too_many());
    }
    let items = items
        .into_iter()
        .map(|(name, each)| Key {
            suffix: quoted_key(&name),
            name,
            repetition: Repetition { each: Some(each), count: None },
            existence: Existence::Certain,
        })
        .collect();
    match open {
        Some(why) => Keys::open(KeyKind::Each, items, why),
        None => Keys { kind: KeyKind::Each, items, rest: None },
    }
}

/// One of several maps: what all have is certain.
fn keyed_by_choice(values: &[Value], left: u64) -> Keys {
    let all: Vec<Keys> = values.iter().map(|value| keyed(value, left)).collect();
    let mut merged: BTreeMap<Arc<str>, Vec<Key>> = BTreeMap::new();
    for key in all.iter().flat_map(|keys| &keys.items) {
        merged.entry(key.name.clone()).or_default().push(key.clone());
    }
    let span = crate::source::Span::new(crate::source::SourceId(u32::MAX), 0, 0);
    let items = merged
        .into_values()
        .filter_map(|keys| {
            let certain = keys.len() == values.len();
            let eaches: Vec<Value> = keys
                .iter()
                .filter_map(|key| key.repetition.each.as_ref().map(|each| each.1.clone()))
                .collect();
            let mut key = keys.into_iter().next()?;
            if !certain {
                key.existence = Existence::Possible(undecided());
            }
            if let Some(each) = &mut key.repetition.each {
                let origin = each.1.origin.clone();
                each.1 = choice(eaches, &undecided(), span);
                if each.1.origin.span.is_some_and(|at| at.source == span.source) {
                    each.1.origin = origin;
                }
            }
            Some(key)
        })
        .collect();
    match all.into_iter().find_map(|keys| keys.rest) {
        Some((why, _)) => Keys::open(KeyKind::Each, items, why),
        None => Keys { kind: KeyKind::Each, items, rest: None },
    }
}
