//! Texts put together from parts that may be unknown.

use std::sync::Arc;

use crate::value::{Data, Piece, Value, Why, WhyKind};

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

/// Parts of a text, neighbouring texts joined.
#[derive(Default)]
pub(in crate::format) struct Pieces {
    done: Vec<Piece>,
    text: String,
    length: usize,
    pub sensitive: bool,
}

impl Pieces {
    pub fn push_text(&mut self, text: &str) {
        if self.length > MAX_LENGTH {
            return;
        }
        self.length += text.len();
        if self.length > MAX_LENGTH {
            return self.push_hole(Why::new(WhyKind::Limit, "the text grows too long"));
        }
        self.text.push_str(text);
    }

    pub fn push_value(&mut self, value: &Value) {
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
        // Two holes side by side are one.
        if !matches!(self.done.last(), Some(Piece::Hole(_))) {
            self.done.push(Piece::Hole(why));
        }
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
    let mut pieces = Pieces::default();
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
