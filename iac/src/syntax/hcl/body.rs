//! Bodies: attributes and blocks, each read on its own so that a broken one hides no other.

use super::Parsed;
use super::cursor::{Broken, Cursor, Read};
use super::expression::expression;
use super::template::quoted;
use super::tree::{Attribute, Block, Body, Expression, Item, Kind, Label};
use crate::source::Source;

const UNREADABLE: &str = "the value could not be read";

/// Reads a file; the flag says that a block was still open at its end.
pub(super) fn file(source: &Source, mend: bool) -> (Parsed, bool) {
    let mut cursor = Cursor::new(source, mend);
    let (body, _) = body(&mut cursor, None);
    let unclosed = cursor.unclosed;
    (Parsed { body, comments: cursor.comments, problems: cursor.problems }, unclosed)
}

/// Reads the items up to the closing brace (which it takes) or the end of the text. `opened` is the place of
/// the block's opening brace; the flag says that the closing one was there.
fn body(cursor: &mut Cursor<'_>, opened: Option<usize>) -> (Body, bool) {
    let start = cursor.at;
    let mut items = Vec::new();
    let mut closed = false;
    let mut broken_item = false;
    let end = loop {
        cursor.skip_lines();
        let Some(byte) = cursor.peek() else {
            if let Some(at) = opened {
                cursor.unclosed = true;
                cursor.report(Broken { at, message: "this block is never closed" }, "close it with `}`");
            }
            break cursor.at;
        };
        if byte == b'}' {
            cursor.at += 1;
            if opened.is_some() {
                closed = true;
                break cursor.at - 1;
            }
            let at = cursor.at - 1;
            broken_item = true;
            cursor.report(Broken { at, message: "this `}` closes nothing" }, "take it away");
            continue;
        }
        if let Some(at) = opened.filter(|_| cursor.mend && begins_top_level(cursor)) {
            cursor.report(
                Broken { at, message: "this block is not closed before the next one begins" },
                "close it with `}`",
            );
            break cursor.at;
        }
        let begin = cursor.at;
        match item(cursor, opened.is_some()) {
            Ok(item) => items.push(item),
            Err(broken) => {
                cursor.report(broken, "an attribute reads `name = value`, a block `name \"label\" { … }`");
                cursor.go_to(broken, begin);
                get_past_item(cursor, begin);
                // A name alone, as it is being typed, sets nothing yet.
                broken_item |= cursor.text[begin..cursor.at.min(cursor.text.len())].contains(['=', '{']);
            }
        }
        broken_item |= std::mem::take(&mut cursor.stepped_over);
    };
    drop_repeated(cursor, &mut items);
    items.shrink_to_fit();
    let broken = broken_item || opened.is_some() && !closed;
    (Body { items, span: cursor.span(start, end), broken }, closed)
}

/// To the end of the line on which the trouble is; never stays where the item began.
fn get_past_item(cursor: &mut Cursor<'_>, begin: usize) {
    loop {
        cursor.get_past(true);
        match cursor.peek() {
            None | Some(b'\n' | b'}') => break,
            // A `,` or a bracket that closes nothing.
            Some(_) => cursor.at += 1,
        }
    }
    if cursor.at == begin {
        cursor.at += 1;
        while !cursor.text.is_char_boundary(cursor.at) {
            cursor.at += 1;
        }
    }
}

fn item(cursor: &mut Cursor<'_>, nested: bool) -> Read<Item> {
    let start = cursor.at;
    let Some((name, name_span)) = cursor.name() else {
        return cursor.broken("an attribute or block was expected here");
    };
    cursor.skip();
    match cursor.peek() {
        Some(b'=') if cursor.byte(1) != Some(b'=') => {
            cursor.at += 1;
            cursor.skip();
            let begin = cursor.at;
            let value = match expression(cursor) {
                Ok(value) => value,
                Err(broken) => {
                    cursor.report(broken, "");
                    cursor.go_to(broken, begin);
                    get_past_value(cursor);
                    let end = cursor.text[begin..cursor.at.max(begin)].trim_end().len() + begin;
                    Expression { kind: Kind::Missing(UNREADABLE), span: cursor.span(begin, end) }
                }
            };
            end_of_item(cursor, nested);
            Ok(Item::Attribute(Attribute { name, name_span, value }))
        }
        _ => {
            let mut labels = Vec::new();
            let mut header_end = name_span.end as usize;
            loop {
                match cursor.peek() {
                    Some(b'{') => break,
                    Some(b'"') => {
                        let label = quoted(cursor)?;
                        let Kind::Text(text) = label.kind else {
                            return Err(Broken {
                                at: label.span.start as usize,
                                message: "a label must be a plain string",
                            });
                        };
                        header_end = label.span.end as usize;
                        labels.push(Label { text, span: label.span });
                    }
                    _ => match cursor.name() {
                        Some((text, span)) => {
                            header_end = span.end as usize;
                            labels.push(Label { text, span });
                        }
                        None if labels.is_empty() => {
                            return cursor.broken("`=` or `{` was expected after this name");
                        }
                        None => return cursor.broken("`{` was expected after the labels"),
                    },
                }
                cursor.skip();
            }
            let opened = cursor.at;
            cursor.at += 1;
            let (body, closed) = cursor.deeper(|cursor| Ok(body(cursor, Some(opened))))?;
            // What ends an unclosed block is no part of it.
            let end =
                if closed { cursor.at } else { cursor.text[..cursor.at].trim_end().len().max(opened + 1) };
            let header = cursor.span(start, header_end);
            let span = cursor.span(start, end);
            if closed {
                end_of_item(cursor, nested);
            }
            Ok(Item::Block(Block { kind: name, labels, header, span, body }))
        }
    }
}

/// After a broken value: to the end of its line, or to the brace that ends the block around it.
fn get_past_value(cursor: &mut Cursor<'_>) {
    loop {
        cursor.get_past(true);
        match cursor.peek() {
            None | Some(b'\n' | b'}') => return,
            Some(_) => cursor.at += 1,
        }
    }
}

/// An item ends with its line; in a block of one line with the brace.
fn end_of_item(cursor: &mut Cursor<'_>, nested: bool) {
    cursor.skip();
    if cursor.peek().is_none() || cursor.at_newline() || cursor.at_line_comment() {
        return;
    }
    if nested && cursor.peek() == Some(b'}') {
        return;
    }
    let at = cursor.at;
    cursor.report(
        Broken { at, message: "a new line was expected here" },
        "put each attribute and block on a line of its own",
    );
    // `a = 1 b = 2`: the second is read like any other; anything else is stepped over.
    let here = cursor.at;
    if cursor.name().is_some() {
        cursor.at = here;
    } else {
        cursor.stepped_over = true;
        get_past_value(cursor);
    }
}

/// An attribute may be set once: the first counts, as nothing tells which one was meant.
fn drop_repeated(cursor: &mut Cursor<'_>, items: &mut Vec<Item>) {
    if items.len() < 2 {
        return;
    }
    let mut seen = std::collections::HashSet::with_capacity(items.len());
    let mut repeated = Vec::new();
    items.retain(|item| match item {
        Item::Attribute(attribute) if !seen.insert(attribute.name.clone()) => {
            repeated.push(attribute.name_span.start as usize);
            false
        }
        _ => true,
    });
    for at in repeated {
        cursor.report(Broken { at, message: "this attribute is set twice" }, "keep one of the two");
    }
}

/// Whether a line begins here, without indentation, as only a top-level block does.
fn begins_top_level(cursor: &Cursor<'_>) -> bool {
    if cursor.at != 0 && !cursor.text[..cursor.at].ends_with('\n') {
        return false;
    }
    let line = cursor.rest().lines().next().unwrap_or("");
    let mut words = line.split([' ', '\t', '"', '{']).filter(|word| !word.is_empty());
    let is_top_level = matches!(
        words.next(),
        Some(
            "resource"
                | "data"
                | "module"
                | "variable"
                | "output"
                | "locals"
                | "provider"
                | "terraform"
                | "moved"
                | "import"
                | "check"
                | "removed"
                | "ephemeral"
        )
    );
    is_top_level && line.contains('{')
}
