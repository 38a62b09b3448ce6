//! A text under change: what is still the original's, and what was written between.

use std::ops::Range;

use super::TextEdit;
use crate::source::{SourceId, Span};

/// A text as the sequence of what stayed of the original and what is new.
pub(super) struct Pieces<'t> {
    original: &'t str,
    pieces: Vec<Piece>,
}

enum Piece {
    /// Bytes of the original.
    Kept(Range<usize>),
    New(String),
}

impl<'t> Pieces<'t> {
    pub fn of(original: &'t str) -> Self {
        Self { original, pieces: vec![Piece::Kept(0..original.len())] }
    }

    pub fn is_unchanged(&self) -> bool {
        matches!(self.pieces.as_slice(), [Piece::Kept(_)])
    }

    pub fn text(&self) -> String {
        self.pieces.iter().map(|piece| self.written(piece)).collect()
    }

    fn written<'p>(&'p self, piece: &'p Piece) -> &'p str {
        match piece {
            Piece::Kept(range) => self.original.get(range.clone()).unwrap_or(""),
            Piece::New(text) => text,
        }
    }

    /// Where a span of the original stands now; none where its first or its last byte is gone.
    pub fn moved(&self, span: Span) -> Option<Span> {
        let range = span.range();
        if range.is_empty() {
            let at =
                self.place(range.start).or_else(|| Some(self.place(range.start.checked_sub(1)?)? + 1))?;
            return Some(Span::new(span.source, at, at));
        }
        let start = self.place(range.start)?;
        let end = self.place(range.end - 1)? + 1;
        Some(Span::new(span.source, start, end))
    }

    fn place(&self, byte: usize) -> Option<usize> {
        let mut at = 0;
        for piece in &self.pieces {
            if let Piece::Kept(range) = piece
                && range.contains(&byte)
            {
                return Some(at + byte - range.start);
            }
            at += self.written(piece).len();
        }
        None
    }

    /// Makes edits of the text as it is now.
    ///
    /// # Errors
    /// They overlap, or one leaves the text.
    pub fn apply(&mut self, edits: &[TextEdit]) -> Result<(), String> {
        let mut sorted: Vec<&TextEdit> = edits.iter().collect();
        sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
        if sorted.windows(2).any(|pair| matches!(pair, [one, two] if two.span.start < one.span.end)) {
            return Err("two edits overlap".to_owned());
        }
        for edit in sorted.into_iter().rev() {
            let range = edit.span.range();
            let tail = self.split(range.end).ok_or("an edit leaves the text")?;
            let uncut = self.pieces.len();
            let head = self.split(range.start).ok_or("an edit leaves the text")?;
            // The second cut may have made one more piece before the tail.
            let tail = tail + (self.pieces.len() - uncut);
            self.pieces.splice(head..tail.max(head), [Piece::New(edit.text.clone())]);
        }
        Ok(())
    }

    /// Cuts the piece that an offset lies in; the index of the piece that begins there.
    fn split(&mut self, offset: usize) -> Option<usize> {
        let mut at = 0;
        for index in 0..self.pieces.len() {
            let Some(piece) = self.pieces.get(index) else { break };
            if at == offset {
                return Some(index);
            }
            let length = self.written(piece).len();
            if offset < at + length {
                let cut = offset - at;
                let (before, after) = match piece {
                    Piece::Kept(range) => {
                        let middle = range.start + cut;
                        (Piece::Kept(range.start..middle), Piece::Kept(middle..range.end))
                    }
                    Piece::New(text) => {
                        let (before, after) = text.split_at_checked(cut)?;
                        (Piece::New(before.to_owned()), Piece::New(after.to_owned()))
                    }
                };
                self.pieces.splice(index..=index, [before, after]);
                return Some(index + 1);
            }
            at += length;
        }
        (at == offset).then_some(self.pieces.len())
    }

    /// The edits of the original that give the text as it is now.
    pub fn edits(&self, source: SourceId) -> Vec<TextEdit> {
        let mut out = Vec::new();
        let mut at = 0;
        let mut text = String::new();
        let mut is_new = false;
        let mut close = |text: &mut String, is_new: &mut bool, from: usize, to: usize| {
            if *is_new || from < to {
                out.push(TextEdit { span: Span::new(source, from, to), text: std::mem::take(text) });
                *is_new = false;
            }
        };
        for piece in &self.pieces {
            match piece {
                Piece::New(new) => {
                    text.push_str(new);
                    is_new = true;
                }
                Piece::Kept(range) if range.is_empty() => {}
                Piece::Kept(range) => {
                    close(&mut text, &mut is_new, at, range.start);
                    at = range.end;
                }
            }
        }
        close(&mut text, &mut is_new, at, self.original.len());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edit::apply;

    fn edit(start: usize, end: usize, text: &str) -> TextEdit {
        TextEdit { span: Span::new(SourceId(0), start, end), text: text.to_owned() }
    }

    #[test]
    fn changes_on_changes_are_edits_of_the_original() {
        let original = "a { b } c";
        let mut pieces = Pieces::of(original);
        pieces.apply(&[edit(6, 6, "x = 1 ")]).unwrap();
        assert_eq!(pieces.text(), "a { b x = 1 } c");
        let block = Span::new(SourceId(0), 0, 7);
        assert_eq!(pieces.moved(block).map(|span| span.range()), Some(0..13));
        // Into what is new, over what is old, and both at once.
        pieces.apply(&[edit(10, 11, "2"), edit(0, 1, "A")]).unwrap();
        assert_eq!(pieces.text(), "A { b x = 2 } c");
        pieces.apply(&[edit(13, 15, "")]).unwrap();
        assert_eq!(pieces.moved(block), None, "its first byte is gone");
        assert_eq!(apply(original, &pieces.edits(SourceId(0))).unwrap(), pieces.text());
        assert!(pieces.apply(&[edit(0, 2, ""), edit(1, 3, "")]).is_err());
        assert!(pieces.apply(&[edit(99, 99, "")]).is_err());
    }
}
