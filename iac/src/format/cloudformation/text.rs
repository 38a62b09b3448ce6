//! Texts put together from parts that may be unknown.

use std::cell::Cell;
use std::sync::Arc;

use crate::problem::{Gravity, Problem};
use crate::source::{Source, Span};
use crate::value::{Data, Piece, Reference, Value, Why, WhyKind, begins_id};

/// The canonical text of a known scalar.
pub(in crate::format) fn scalar(data: &Data) -> Option<String> {
    match data {
        Data::Text(text) => Some(text.to_string()),
        Data::Bool(bool) => Some(bool.to_string()),
        Data::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Why a value is not known.
pub(in crate::format) fn why(value: &Value) -> Arc<Why> {
    match &value.data {
        Data::Unknown(why) => Arc::clone(why),
        Data::Holed(pieces) => {
            let hole = pieces.iter().find_map(|piece| match piece {
                Piece::Hole(why) => Some(Arc::clone(why)),
                Piece::Text(_) => None,
            });
            hole.unwrap_or_else(|| Why::new(WhyKind::Function, "a part of the text is unknown"))
        }
        Data::Choice(_) => Why::new(WhyKind::Variable, "it may be one of several values"),
        Data::List(list) if list.open.is_some() => list.open.clone().unwrap_or_else(shape),
        Data::List(list) => list.items.iter().find(|item| !item.is_wholly_known()).map_or_else(shape, why),
        Data::Map(map) if map.open.is_some() => map.open.clone().unwrap_or_else(shape),
        Data::Map(map) => map.entries.values().find(|item| !item.is_wholly_known()).map_or_else(shape, why),
        _ => shape(),
    }
}

fn shape() -> Arc<Why> {
    Why::new(WhyKind::Error, "it is not of the shape that is needed here")
}

/// Bytes a text may come to when it is put together.
const MAX_LENGTH: usize = 1 << 20;

/// Bytes that the values which one template puts together may take, and what is left of them. They are a multiple of
/// the template's own length, so that many small files come to no more than one large one.
pub(in crate::format) struct Room {
    left: Cell<usize>,
    is_spent: Cell<bool>,
}

impl Room {
    /// Bytes made for each byte of a template, and those that a short one has.
    const FACTOR: usize = 64;
    const LEAST: usize = 4 << 20;
    const MOST: usize = 512 << 20;

    pub fn of(source: &Source) -> Self {
        let room = source.text.len().saturating_mul(Self::FACTOR).clamp(Self::LEAST, Self::MOST);
        Self { left: Cell::new(room), is_spent: Cell::new(false) }
    }

    /// Takes room for so many bytes, if it is there.
    pub fn take(&self, bytes: usize) -> bool {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                true
            }
            None => {
                self.is_spent.set(true);
                false
            }
        }
    }

    /// What is said where there was too little.
    pub fn problem(&self, source: &Source, at: Option<Span>) -> Option<Problem> {
        self.is_spent.get().then(|| Problem {
            gravity: Gravity::Loss,
            path: Arc::clone(&source.path),
            span: at,
            message: "the values that this template puts together grow beyond reason: those that came too late are \
                      unknown"
                .to_owned(),
            help: Some("divide the template".to_owned()),
        })
    }
}

/// Parts of a text, neighbouring texts joined.
pub(in crate::format) struct Pieces<'r> {
    room: Option<&'r Room>,
    done: Vec<Piece>,
    text: String,
    length: usize,
    pub sensitive: bool,
    /// What the value refers to that stands at the end so far.
    last: Option<Arc<Reference>>,
    begins_id: bool,
}

impl<'r> Pieces<'r> {
    pub fn within(room: &'r Room) -> Self {
        Self { room: Some(room), ..Self::new() }
    }

    fn new() -> Self {
        Self {
            room: None,
            done: Vec::new(),
            text: String::new(),
            length: 0,
            sensitive: false,
            last: None,
            begins_id: false,
        }
    }

    pub fn push_text(&mut self, text: &str) {
        if self.length > MAX_LENGTH {
            return;
        }
        self.length += text.len();
        if self.room.is_some_and(|room| !room.take(text.len())) {
            self.length = MAX_LENGTH + 1;
        }
        if self.length > MAX_LENGTH {
            return self.push_hole(Why::new(WhyKind::Limit, "the text grows too long"));
        }
        if !text.is_empty() {
            self.begins_id |= self.done.is_empty() && self.text.is_empty() && begins_id(text);
            self.last = None;
        }
        self.text.push_str(text);
    }

    pub fn push_value(&mut self, value: &Value) {
        self.push_data(value);
        self.last.clone_from(&value.refers);
    }

    fn push_data(&mut self, value: &Value) {
        self.sensitive |= value.sensitive;
        match &value.data {
            Data::Holed(pieces) => pieces.iter().for_each(|piece| match piece {
                Piece::Text(text) => self.push_text(text),
                Piece::Hole(why) => self.push_hole(Arc::clone(why)),
            }),
            data => match scalar(data) {
                Some(text) => self.push_text(&text),
                None => self.push_hole(why(value)),
            },
        }
    }

    pub fn push_hole(&mut self, why: Arc<Why>) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(Arc::from(std::mem::take(&mut self.text))));
        }
        self.last = None;
        // Two holes side by side are one.
        if !matches!(self.done.last(), Some(Piece::Hole(_))) {
            self.done.push(Piece::Hole(why));
        }
    }

    /// The resource that the text is the whole identifier of, as far as it was put together.
    pub fn refers(&self) -> Option<Arc<Reference>> {
        self.last.clone().filter(|_| self.begins_id)
    }

    /// A text when all is known, nothing but its reason when it is one hole, else a text with holes.
    pub fn finish(mut self) -> Data {
        if self.done.is_empty() {
            return Data::Text(Arc::from(self.text));
        }
        if !self.text.is_empty() {
            self.done.push(Piece::Text(Arc::from(self.text)));
        }
        match self.done.as_slice() {
            [Piece::Hole(why)] => Data::Unknown(Arc::clone(why)),
            _ => Data::Holed(self.done.into()),
        }
    }
}

/// A literal text: dynamic references (`{{resolve:secretsmanager:…}}`) are holes in it.
pub(in crate::format) fn literal(text: &Arc<str>) -> Data {
    if !text.contains("{{resolve:") {
        return Data::Text(Arc::clone(text));
    }
    let mut pieces = Pieces::new();
    let mut rest = &**text;
    while let Some((before, after)) = rest.split_once("{{resolve:") {
        pieces.push_text(before);
        let (reference, behind) = after.split_once("}}").unwrap_or((after, ""));
        let service = reference.split(':').next().unwrap_or("");
        pieces
            .push_hole(Why::new(WhyKind::Outside, format!("it is resolved from `{service}` at deployment")));
        rest = behind;
    }
    pieces.push_text(rest);
    pieces.finish()
}

/// The public parameter that a literal text is resolved from, where it is nothing else:
/// `{{resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64}}`.
pub(in crate::format) fn public_parameter(text: &str) -> Option<Arc<Reference>> {
    let reference = text.trim().strip_prefix("{{resolve:ssm:")?.strip_suffix("}}")?;
    if reference.contains("}}") { None } else { Reference::to_public_parameter(reference) }
}
