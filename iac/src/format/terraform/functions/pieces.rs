//! Strings put together from parts of which some may be unknown.

use std::sync::Arc;

use super::call::normal;
use super::convert::{self, Type};
use crate::value::{Data, Piece, Value, Why};

/// Gathers text and holes; neighbouring texts become one.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    pub fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub fn hole(&mut self, why: Arc<Why>) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(normal(&std::mem::take(&mut self.text))));
        }
        self.done.push(Piece::Hole(why));
    }

    /// Adds a value that is to be read as a string.
    pub fn value(&mut self, value: &Value) -> Result<(), String> {
        let value = convert::convert(value, &Type::Text)?;
        match &value.data {
            Data::Text(text) => self.text(text),
            Data::Holed(pieces) => self.pieces(pieces),
            Data::Null => return Err("a null cannot become part of a string".to_owned()),
            _ => self.hole(convert::first_why(&value)),
        }
        Ok(())
    }

    pub fn pieces(&mut self, pieces: &[Piece]) {
        for piece in pieces {
            match piece {
                Piece::Text(text) => self.text(text),
                Piece::Hole(why) => self.hole(why.clone()),
            }
        }
    }

    pub fn finish(mut self) -> Data {
        if self.done.is_empty() {
            return Data::Text(normal(&self.text));
        }
        if !self.text.is_empty() {
            self.done.push(Piece::Text(normal(&self.text)));
        }
        Data::Holed(self.done.into())
    }
}

/// The text before the first hole.
pub(super) fn known_start(pieces: &[Piece]) -> &str {
    match pieces.first() {
        Some(Piece::Text(text)) => text,
        _ => "",
    }
}

/// The text after the last hole.
pub(super) fn known_end(pieces: &[Piece]) -> &str {
    match pieces.last() {
        Some(Piece::Text(text)) => text,
        _ => "",
    }
}

/// Each known part changed by itself, the holes kept.
pub(super) fn map_texts(pieces: &[Piece], change: impl Fn(&str) -> String) -> Data {
    let mut changed = Pieces::default();
    for piece in pieces {
        match piece {
            Piece::Text(text) => changed.text(&change(text)),
            Piece::Hole(why) => changed.hole(why.clone()),
        }
    }
    changed.finish()
}
