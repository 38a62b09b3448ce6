//! Bytes ↔ the lines and columns the editor counts in: the only place where that is done.

use compline_iac::{Source, Span};

/// What a column counts, agreed at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

/// A line and a column, both from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

/// From a position up to, not including, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

impl Encoding {
    fn width(self, c: char) -> usize {
        match self {
            Encoding::Utf8 => c.len_utf8(),
            Encoding::Utf16 => c.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The position of a byte; one past the end is the end, one inside a character is its start.
pub fn position(source: &Source, offset: u32, encoding: Encoding) -> Position {
    let line = source.place(offset).line.saturating_sub(1);
    let start = source.line_start(line as usize).unwrap_or(0) as usize;
    let mut character = 0;
    for (at, c) in source.text.get(start..).unwrap_or_default().char_indices() {
        if start + at + c.len_utf8() > (offset as usize).min(source.text.len()) {
            break;
        }
        character += encoding.width(c);
    }
    Position { line, character: character as u32 }
}

/// The byte of a position. A column past the end of its line is the line's end, a line past the last the text's
/// end; a column inside a character is its start.
pub fn offset(source: &Source, position: Position, encoding: Encoding) -> u32 {
    let Some(line) = source.line(position.line as usize) else { return source.text.len() as u32 };
    let start = source.line_start(position.line as usize).unwrap_or(0);
    let mut left = position.character as usize;
    for (at, c) in line.char_indices() {
        let width = encoding.width(c);
        if left < width {
            return start + at as u32;
        }
        left -= width;
    }
    start + line.len() as u32
}

/// The range of a span in its source.
pub fn range(source: &Source, span: Span, encoding: Encoding) -> Range {
    Range { start: position(source, span.start, encoding), end: position(source, span.end, encoding) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use compline_iac::SourceId;

    #[test]
    fn every_offset_comes_back_in_every_encoding() {
        let source = Source::new(SourceId(0), "a", "é = \"😀x\"\r\n\nb = 한\n");
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            for (at, c) in source.text.char_indices().filter(|(_, c)| *c != '\n') {
                let there = position(&source, at as u32, encoding);
                // A carriage return is no part of its line.
                assert!(c == '\r' || offset(&source, there, encoding) == at as u32, "{encoding:?} {at}");
            }
        }
    }

    #[test]
    fn an_emoji_is_four_two_or_one() {
        let source = Source::new(SourceId(0), "a", "😀x");
        let column = |encoding| position(&source, 4, encoding).character;
        assert_eq!((column(Encoding::Utf8), column(Encoding::Utf16), column(Encoding::Utf32)), (4, 2, 1));
    }

    #[test]
    fn what_lies_outside_is_brought_in() {
        let source = Source::new(SourceId(0), "a", "ab\n😀\n");
        let at = |line, character| offset(&source, Position { line, character }, Encoding::Utf16);
        assert_eq!([at(0, 9), at(1, 1), at(9, 0)], [2, 3, 8]);
        assert_eq!(position(&source, 99, Encoding::Utf16), Position { line: 2, character: 0 });
        assert_eq!(position(&source, 5, Encoding::Utf16), Position { line: 1, character: 0 });
    }
}
