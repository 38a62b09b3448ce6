//! Follows a path through a value: many values across lists, absences with the place they are missing from.

use std::sync::Arc;

use compline_iac::view::{SourceTexts, structured};
use compline_iac::{Data, Dialect, Span, Value, Why};

use crate::check::Step;

/// Where a path led.
#[derive(Debug, Default)]
pub struct Leaves {
    pub items: Vec<Leaf>,
    /// There may be more than these.
    pub open: Option<Arc<Why>>,
}

/// One end of a path.
#[derive(Debug)]
pub enum Leaf {
    Value(Value),
    Absent(Container),
}

/// The deepest block, object or mapping that is there.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// The words that open it.
    pub header: Option<Span>,
    /// All of it: where something can be inserted.
    pub span: Option<Span>,
    /// The steps that are missing below it.
    pub missing: Vec<Arc<str>>,
    /// How many steps were there.
    pub depth: usize,
}

/// How a path is read: the dialect's names and absences, and the texts that JSON in strings stands in.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    pub dialect: Dialect,
    pub texts: &'a dyn SourceTexts,
}

/// Follows `steps` from a body. `top` stands in where the body has no place of its own.
pub fn follow(body: &Value, steps: &[Step], way: Way<'_>, top: &Container) -> Leaves {
    let mut leaves = Leaves::default();
    Walk { dialect: way.dialect, texts: way.texts, out: &mut leaves }.walk(body, steps, top, false);
    leaves
}

struct Walk<'a> {
    dialect: Dialect,
    texts: &'a dyn SourceTexts,
    out: &'a mut Leaves,
}

impl Walk<'_> {
    fn walk(&mut self, value: &Value, steps: &[Step], container: &Container, element: bool) {
        let Some((step, rest)) = steps.split_first() else {
            if is_absent(value, self.dialect, element) {
                self.absent(container, steps);
            } else {
                self.out.items.push(Leaf::Value(value.clone()));
            }
            return;
        };
        match &value.data {
            Data::Map(map) => {
                let here = Container {
                    header: map.header.or(value.origin.span).or(container.header),
                    span: value.origin.span.or(container.span),
                    missing: Vec::new(),
                    depth: container.depth,
                };
                match self.entry(value, &step.name) {
                    Some(found) => {
                        let deeper = Container { depth: here.depth + 1, ..here };
                        self.keyed(found, step, rest, steps, &deeper);
                    }
                    None => match &map.open {
                        Some(why) => self.unknown(why, value),
                        None => self.absent(&here, steps),
                    },
                }
            }
            Data::List(list) => {
                if list.items.is_empty() && list.open.is_none() {
                    self.absent(container, steps);
                }
                for item in &list.items {
                    self.walk(item, steps, container, true);
                }
                self.out.open = self.out.open.take().or_else(|| list.open.clone());
            }
            Data::Unknown(why) => self.unknown(why, value),
            Data::Choice(alternatives) => {
                let ends = alternatives
                    .iter()
                    .map(|one| project(one, steps, Way { dialect: self.dialect, texts: self.texts }))
                    .collect();
                self.out.items.push(Leaf::Value(Value { data: Data::Choice(ends), ..value.clone() }));
            }
            Data::Text(_) | Data::Holed(_) => match structured(value, self.texts) {
                Some(inner) => self.walk(&inner, steps, container, element),
                None if value.as_text() == Some("") => self.absent(container, steps),
                None => {
                    let text = format!("`{}` is looked for in a text that is no JSON", step.name);
                    self.unknown(&Why::new(compline_iac::WhyKind::Error, text), value);
                }
            },
            Data::Null | Data::Bool(_) | Data::Number(_) => self.absent(container, steps),
        }
    }

    /// Applies a step's `[key]`, then goes on.
    fn keyed(&mut self, value: &Value, step: &Step, rest: &[Step], steps: &[Step], container: &Container) {
        let Some(key) = &step.key else { return self.walk(value, rest, container, false) };
        match &value.data {
            Data::Map(map) if map.entries.contains_key(key.as_str()) => {
                if let Some(found) = map.entries.get(key.as_str()) {
                    self.walk(found, rest, container, false);
                }
            }
            Data::Map(map) => match &map.open {
                Some(why) => self.unknown(why, value),
                None => self.absent(container, steps),
            },
            Data::List(list) => {
                let mut open = list.open.clone();
                for item in &list.items {
                    let name = ["name", "key", "Key", "Name"].iter().find_map(|name| item.get(name));
                    match name.map(|name| &name.data) {
                        Some(Data::Text(name)) if **name == **key => {
                            let held = ["value", "Value"].iter().find_map(|name| item.get(name));
                            match held {
                                Some(held) => self.walk(held, rest, container, false),
                                None => self.absent(container, steps),
                            }
                            return;
                        }
                        Some(Data::Text(_)) => {}
                        _ => {
                            let why =
                                || Why::new(compline_iac::WhyKind::Error, "an element has no known name");
                            open = open.or_else(|| Some(why_of(item).unwrap_or_else(why)));
                        }
                    }
                }
                match open {
                    Some(why) => self.unknown(&why, value),
                    None => self.absent(container, steps),
                }
            }
            Data::Unknown(why) => self.unknown(why, value),
            _ => self.absent(container, steps),
        }
    }

    fn entry<'v>(&self, value: &'v Value, name: &str) -> Option<&'v Value> {
        let map = value.as_map()?;
        map.entries.get(name).or_else(|| match self.dialect {
            Dialect::Arm => {
                map.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v)
            }
            _ => None,
        })
    }

    fn unknown(&mut self, why: &Arc<Why>, at: &Value) {
        let value = Value { data: Data::Unknown(Arc::clone(why)), refers: None, ..at.clone() };
        self.out.items.push(Leaf::Value(value));
    }

    fn absent(&mut self, container: &Container, steps: &[Step]) {
        let missing = steps.iter().map(|step| Arc::from(step.name.as_str())).collect();
        self.out.items.push(Leaf::Absent(Container { missing, ..container.clone() }));
    }
}

/// The single end of a path in one alternative of a choice; a list when there are many, null when there is none.
fn project(value: &Value, steps: &[Step], way: Way<'_>) -> Value {
    let mut leaves = follow(value, steps, way, &Container::default());
    if leaves.items.len() == 1 && leaves.open.is_none() {
        return match leaves.items.pop() {
            Some(Leaf::Value(end)) => end,
            _ => Value::new(Data::Null, value.origin.clone()),
        };
    }
    let items = leaves.items.into_iter().filter_map(|leaf| match leaf {
        Leaf::Value(value) => Some(value),
        Leaf::Absent(_) => None,
    });
    let list = compline_iac::List { items: items.collect(), open: leaves.open };
    Value::new(Data::List(Arc::new(list)), value.origin.clone())
}

/// Missing, as the dialect means it. An element of a list is always there.
pub fn is_absent(value: &Value, dialect: Dialect, element: bool) -> bool {
    match &value.data {
        Data::Null => true,
        Data::Text(text) => !element && text.is_empty(),
        Data::List(list) => {
            !element && dialect == Dialect::Terraform && list.items.is_empty() && list.open.is_none()
        }
        Data::Map(map) => {
            !element
                && dialect == Dialect::Terraform
                && map.entries.is_empty()
                && map.open.is_none()
                && map.header.is_none()
        }
        _ => false,
    }
}

/// Why a value, or a part of it, is unknown.
pub fn why_of(value: &Value) -> Option<Arc<Why>> {
    match &value.data {
        Data::Unknown(why) => Some(Arc::clone(why)),
        Data::Holed(pieces) => pieces.iter().find_map(|piece| match piece {
            compline_iac::Piece::Hole(why) => Some(Arc::clone(why)),
            compline_iac::Piece::Text(_) => None,
        }),
        Data::List(list) => list.open.clone().or_else(|| list.items.iter().find_map(why_of)),
        Data::Map(map) => map.open.clone().or_else(|| map.entries.values().find_map(why_of)),
        Data::Choice(alternatives) => alternatives.iter().find_map(why_of).or_else(|| {
            Some(Why::new(compline_iac::WhyKind::Variable, "the condition that chooses it is unknown"))
        }),
        _ => None,
    }
}
