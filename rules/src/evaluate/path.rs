//! Follows a path through a value: many values across lists, absences with the place they are missing from.

use std::sync::Arc;

use compline_iac::view::{SourceTexts, structured};
use compline_iac::{Data, Dialect, Span, Value, Why};

use crate::check::{Path, Root, Step};

/// A path as a reader is shown it, with what decisions need to know of it.
#[derive(Debug, Clone, Default)]
pub struct PathName {
    /// Dotted: `versioning.enabled`.
    pub text: Arc<str>,
    /// The relation it begins with.
    pub relation: Option<Arc<str>>,
    /// It is that relation and nothing below it.
    pub is_relation: bool,
    /// One of its steps has a `[key]`.
    pub keyed: bool,
}

impl PathName {
    /// The name of a path that starts at a resource, or at an element that has no name of its own.
    pub fn of(path: &Path) -> Self {
        let relation = match &path.root {
            Root::Relation(name) => Some(Arc::clone(name)),
            Root::Body | Root::Outer => None,
        };
        Self {
            text: Arc::clone(&path.text),
            is_relation: relation.is_some() && path.steps.is_empty(),
            relation,
            keyed: is_keyed(path),
        }
    }

    /// The last name in it: what its end is called.
    pub fn last(&self) -> &str {
        let last = self.text.rsplit('.').next().unwrap_or_default();
        match last.split_once('[') {
            Some((_, key)) if !key.starts_with(']') => key.trim_end_matches(']').trim_matches('"'),
            Some((name, _)) => name,
            None => last,
        }
    }

    /// The name of a path that starts at an element of this one.
    #[must_use]
    pub fn join(&self, path: &Path) -> Self {
        if self.text.is_empty() {
            return Self::of(path);
        }
        Self {
            text: format!("{}.{path}", self.text).into(),
            relation: self.relation.clone(),
            is_relation: false,
            keyed: self.keyed || is_keyed(path),
        }
    }
}

fn is_keyed(path: &Path) -> bool {
    path.steps.iter().any(|step| step.key.is_some())
}

/// Where a path led.
#[derive(Debug, Default)]
pub struct Leaves {
    pub items: Vec<Leaf>,
    /// There may be more than these.
    pub open: Option<Arc<Why>>,
}

impl Leaves {
    /// Whether it led to no value at all.
    pub fn is_absent(&self) -> bool {
        self.items.iter().all(|leaf| matches!(leaf, Leaf::Absent(_)))
    }
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
    /// The value at the path's end, where one is written and is empty.
    pub empty: Option<Span>,
}

/// How a path is read: the dialect's names and absences, and the texts that JSON in strings stands in.
#[derive(Clone, Copy)]
pub struct PathContext<'a> {
    pub dialect: Dialect,
    pub texts: &'a dyn SourceTexts,
}

/// Follows `steps` from a body. `top` stands in where the body has no place of its own.
pub fn follow(body: &Value, steps: &[Step], context: PathContext<'_>, top: &Container) -> Leaves {
    let mut leaves = Leaves::default();
    Walk { context, sensitive: false, out: &mut leaves }.walk(body, steps, top, false);
    leaves
}

struct Walk<'a> {
    context: PathContext<'a>,
    /// A value on the way must not be shown, and so must nothing in it.
    sensitive: bool,
    out: &'a mut Leaves,
}

impl Walk<'_> {
    fn walk(&mut self, value: &Value, steps: &[Step], container: &Container, element: bool) {
        let outer = self.sensitive;
        self.sensitive |= value.sensitive;
        self.walk_into(value, steps, container, element);
        self.sensitive = outer;
    }

    fn walk_into(&mut self, value: &Value, steps: &[Step], container: &Container, element: bool) {
        let Some((step, rest)) = steps.split_first() else {
            if is_absent(value, self.context.dialect, element) {
                // What a view implies stands at the header of what it was made of: nobody wrote it.
                let is_written = !value.is_null() && value.origin.span != container.header;
                let empty = value.origin.span.filter(|_| is_written);
                self.absent(&Container { empty, ..container.clone() }, steps);
            } else {
                self.value(value.clone());
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
                    empty: None,
                };
                match self.entry(value, &step.name) {
                    Some(found) => {
                        let deeper = Container { depth: here.depth + 1, ..here };
                        let outer = self.sensitive;
                        self.sensitive |= found.sensitive;
                        self.keyed(found, step, rest, steps, &deeper);
                        self.sensitive = outer;
                    }
                    None => match &map.open {
                        Some(why) => self.unknown(why, value),
                        None => self.absent(&here, steps),
                    },
                }
            }
            Data::List(list) => {
                if list.items.is_empty() && list.open.is_none() {
                    let header = value.origin.span.or(container.header);
                    self.absent(&Container { header, ..container.clone() }, steps);
                }
                for item in &list.items {
                    self.walk(item, steps, container, true);
                }
                self.out.open = self.out.open.take().or_else(|| list.open.clone());
            }
            Data::Unknown(why) => self.unknown(why, value),
            Data::Choice(alternatives) => {
                let ends = alternatives.iter().map(|one| project(one, steps, self.context)).collect();
                self.value(Value { data: Data::Choice(ends), ..value.clone() });
            }
            Data::Text(_) | Data::Holed(_) => match structured(value, self.context.texts) {
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
                            let named = ["value", "Value"].iter().find_map(|name| item.get(name));
                            match named {
                                Some(named) => self.walk(named, rest, container, false),
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
        map.entries.get(name).or_else(|| match self.context.dialect {
            Dialect::Arm => {
                map.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v)
            }
            _ => None,
        })
    }

    fn unknown(&mut self, why: &Arc<Why>, at: &Value) {
        self.value(Value { data: Data::Unknown(Arc::clone(why)), refers: None, ..at.clone() });
    }

    fn value(&mut self, value: Value) {
        let sensitive = value.sensitive || self.sensitive;
        self.out.items.push(Leaf::Value(Value { sensitive, ..value }));
    }

    fn absent(&mut self, container: &Container, steps: &[Step]) {
        let missing = steps.iter().map(|step| Arc::from(step.name.as_str())).collect();
        self.out.items.push(Leaf::Absent(Container { missing, ..container.clone() }));
    }
}

/// The single end of a path in one alternative of a choice; a list when there are many, null when there is none.
fn project(value: &Value, steps: &[Step], context: PathContext<'_>) -> Value {
    let mut leaves = follow(value, steps, context, &Container::default());
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
