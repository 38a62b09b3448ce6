//! Strings and heredocs: text, interpolations and directives.

use std::sync::Arc;

use super::cursor::{Broken, Cursor, Read};
use super::expression::{expression, for_introduction};
use super::tree::{Expression, Kind, Part};
use crate::source::Source;

/// A template before its directives are nested.
enum Token {
    Text(String),
    Value(Expression),
    If(Expression),
    Else,
    EndIf,
    For(Option<Arc<str>>, Arc<str>, Expression),
    EndFor,
}

/// What a template's text ends at, and how it is read.
enum Ends<'a> {
    Quote,
    Heredoc(&'a str),
    Text,
}

/// Reads a quoted string.
pub(super) fn quoted(cursor: &mut Cursor<'_>) -> Read<Expression> {
    let start = cursor.at;
    // Nearly every string is plain: take it whole.
    let bytes = cursor.text.as_bytes();
    let mut at = start + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => {
                let text = cursor.shared(&cursor.text[start + 1..at]);
                cursor.at = at + 1;
                return Ok(Expression { kind: Kind::Text(text), span: cursor.span(start, at + 1) });
            }
            b'\\' | b'$' | b'%' | b'\n' => break,
            _ => at += 1,
        }
    }
    cursor.at += 1;
    let tokens = cursor.deeper(|cursor| tokens(cursor, &Ends::Quote))?;
    let kind = nest(tokens, start)?;
    Ok(Expression { kind, span: cursor.span(start, cursor.at) })
}

/// Reads `<<EOT` or `<<-EOT` up to its end marker.
pub(super) fn heredoc(cursor: &mut Cursor<'_>) -> Read<Expression> {
    let start = cursor.at;
    cursor.at += 2;
    let flush = cursor.take("-");
    let Some((_, name)) = cursor.name() else {
        return cursor.broken("a name was expected after `<<`");
    };
    let marker = &cursor.text[name.range()];
    let opening_end = cursor.at;
    if !(cursor.take("\r\n") || cursor.take("\n")) {
        return cursor.broken("a heredoc begins on a new line after its marker");
    }
    let never = Broken { at: start, message: "this heredoc never ends" };
    if cursor.endless.len() > 20 || cursor.endless.contains(&marker) {
        cursor.at = opening_end;
        return Err(never);
    }
    let comments = cursor.comments.len();
    let problems = cursor.problems.len();
    let mut tokens = match cursor.deeper(|cursor| tokens(cursor, &Ends::Heredoc(marker))) {
        Ok(tokens) => tokens,
        Err(broken) if broken.at >= cursor.text.len() => {
            // Its end is missing: only its first line is given up.
            cursor.comments.truncate(comments);
            cursor.problems.truncate(problems);
            cursor.at = opening_end;
            cursor.endless.push(marker);
            return Err(never);
        }
        Err(broken) => return Err(broken),
    };
    if flush {
        flush_lines(&mut tokens);
    }
    let kind = nest(tokens, start)?;
    Ok(Expression { kind, span: cursor.span(start, cursor.at) })
}

/// A whole source as a template.
pub(super) fn bare(source: &Source) -> Result<Expression, String> {
    let mut cursor = Cursor::new(source, false);
    cursor.at = 0;
    let tokens = tokens(&mut cursor, &Ends::Text).and_then(|tokens| nest(tokens, 0));
    match (tokens, cursor.problems.pop()) {
        (Ok(kind), None) => Ok(Expression { kind, span: cursor.span(0, cursor.text.len()) }),
        (Ok(_), Some(problem)) => Err(problem.message),
        (Err(broken), _) => Err(broken.message.to_owned()),
    }
}

fn tokens(cursor: &mut Cursor<'_>, ends: &Ends<'_>) -> Read<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut text = String::new();
    let mut trim = false;
    let mut line_start = matches!(ends, Ends::Heredoc(_));
    // A text ends: the closing `~` of what stood before it eats its leading blanks.
    let flush = |tokens: &mut Vec<Token>, text: &mut String, trim: &mut bool| {
        if !text.is_empty() {
            let whole = std::mem::take(text);
            let kept = if *trim { whole.trim_start().to_owned() } else { whole };
            tokens.push(Token::Text(kept));
            *trim = false;
        }
    };
    loop {
        if line_start && let Ends::Heredoc(marker) = ends {
            line_start = false;
            let line = cursor.rest().split('\n').next().unwrap_or("");
            if line.trim() == *marker {
                let blanks = line.len() - line.trim_start().len();
                cursor.at += blanks + marker.len();
                flush(&mut tokens, &mut text, &mut trim);
                return Ok(tokens);
            }
        }
        let Some(byte) = cursor.peek() else {
            if matches!(ends, Ends::Text) {
                flush(&mut tokens, &mut text, &mut trim);
                return Ok(tokens);
            }
            return cursor.broken("a string is never closed");
        };
        match byte {
            b'"' if matches!(ends, Ends::Quote) => {
                cursor.at += 1;
                flush(&mut tokens, &mut text, &mut trim);
                return Ok(tokens);
            }
            b'\n' if matches!(ends, Ends::Quote) => return cursor.broken("a string must end on its line"),
            b'\n' => {
                cursor.at += 1;
                text.push('\n');
                // Each line is a text of its own: `~` eats no further than its line's end.
                flush(&mut tokens, &mut text, &mut trim);
                line_start = true;
            }
            b'\\' if matches!(ends, Ends::Quote) => escape(cursor, &mut text)?,
            b'$' | b'%' if cursor.starts_with("$${") || cursor.starts_with("%%{") => {
                text.push(byte as char);
                text.push('{');
                cursor.at += 3;
            }
            b'$' | b'%' if cursor.byte(1) == Some(b'{') => {
                cursor.at += 2;
                let trim_before = cursor.take("~");
                flush(&mut tokens, &mut text, &mut trim);
                if trim_before && let Some(Token::Text(before)) = tokens.last_mut() {
                    before.truncate(before.trim_end().len());
                }
                let token = cursor.with_newlines(true, |cursor| {
                    let token =
                        if byte == b'$' { Token::Value(expression(cursor)?) } else { directive(cursor)? };
                    cursor.skip();
                    Ok(token)
                })?;
                tokens.push(token);
                trim = cursor.take("~");
                if !cursor.take("}") {
                    return cursor.broken("`}` was expected here");
                }
            }
            _ => {
                let rest = cursor.rest();
                let length = rest
                    .bytes()
                    .skip(1)
                    .position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'%' | b'\n'))
                    .map_or(rest.len(), |position| position + 1);
                let piece = rest.get(..length).unwrap_or(rest);
                text.push_str(piece);
                cursor.at += piece.len();
            }
        }
    }
}

fn directive(cursor: &mut Cursor<'_>) -> Read<Token> {
    cursor.skip();
    let Some((word, span)) = cursor.name() else {
        return cursor.broken("`if`, `else`, `endif`, `for` or `endfor` was expected here");
    };
    Ok(match &*word {
        "if" => Token::If(expression(cursor)?),
        "else" => Token::Else,
        "endif" => Token::EndIf,
        "for" => {
            let (key, value, collection) = for_introduction(cursor)?;
            Token::For(key, value, collection)
        }
        "endfor" => Token::EndFor,
        _ => {
            return Err(Broken {
                at: span.start as usize,
                message: "`if`, `else`, `endif`, `for` or `endfor` was expected here",
            });
        }
    })
}

fn escape(cursor: &mut Cursor<'_>, text: &mut String) -> Read<()> {
    let broken = cursor.broken("this escape is none that HCL knows");
    let digits = match cursor.byte(1) {
        Some(b'n') => return simple(cursor, text, '\n'),
        Some(b'r') => return simple(cursor, text, '\r'),
        Some(b't') => return simple(cursor, text, '\t'),
        Some(b'"') => return simple(cursor, text, '"'),
        Some(b'\\') => return simple(cursor, text, '\\'),
        Some(b'u') => 4,
        Some(b'U') => 8,
        _ => return broken,
    };
    let code = cursor
        .text
        .get(cursor.at + 2..cursor.at + 2 + digits)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok());
    let Some(character) = code.and_then(char::from_u32) else {
        return broken;
    };
    text.push(character);
    cursor.at += 2 + digits;
    Ok(())
}

fn simple(cursor: &mut Cursor<'_>, text: &mut String, character: char) -> Read<()> {
    text.push(character);
    cursor.at += 2;
    Ok(())
}

/// `<<-`: takes as many blanks from each line as the least indented one has.
fn flush_lines(tokens: &mut [Token]) {
    let mut least = usize::MAX;
    let mut line_start = true;
    let mut adjust = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        if std::mem::take(&mut line_start) {
            match token {
                Token::Text(text) => {
                    let trimmed = text.trim_start();
                    // A blank line says nothing about the indentation.
                    if !(trimmed.is_empty() && text.ends_with('\n')) {
                        least = least.min(text[..text.len() - trimmed.len()].chars().count());
                        adjust.push(index);
                    }
                }
                _ => least = 0,
            }
        }
        if let Token::Text(text) = token {
            line_start = text.ends_with('\n');
        }
    }
    for index in adjust {
        if let Some(Token::Text(text)) = tokens.get_mut(index) {
            *text = text.chars().skip(least).collect();
        }
    }
}

/// Joins texts and nests directives.
fn nest(tokens: Vec<Token>, start: usize) -> Read<Kind> {
    enum Open {
        If(Expression, Option<Vec<Part>>),
        For(Option<Arc<str>>, Arc<str>, Expression),
    }
    let broken = |message| Err(Broken { at: start, message });
    let mut open: Vec<(Open, Vec<Part>)> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut text = String::new();
    for token in tokens {
        if let Token::Text(more) = token {
            text.push_str(&more);
            continue;
        }
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut text).into()));
        }
        match token {
            Token::Text(_) => {}
            Token::Value(expression) => parts.push(Part::Value(expression)),
            Token::If(condition) => open.push((Open::If(condition, None), std::mem::take(&mut parts))),
            Token::For(key, value, collection) => {
                open.push((Open::For(key, value, collection), std::mem::take(&mut parts)));
            }
            Token::Else => match open.last_mut() {
                Some((Open::If(_, then @ None), _)) => *then = Some(std::mem::take(&mut parts)),
                _ => return broken("an `else` in this template belongs to no `if`"),
            },
            Token::EndIf => match open.pop() {
                Some((Open::If(condition, then), before)) => {
                    let last = std::mem::replace(&mut parts, before);
                    let (then, otherwise) = match then {
                        Some(then) => (then, last),
                        None => (last, Vec::new()),
                    };
                    parts.push(Part::If { condition, then, otherwise });
                }
                _ => return broken("an `endif` in this template belongs to no `if`"),
            },
            Token::EndFor => match open.pop() {
                Some((Open::For(key_name, value_name, collection), before)) => {
                    let body = std::mem::replace(&mut parts, before);
                    parts.push(Part::For { key_name, value_name, collection, body });
                }
                _ => return broken("an `endfor` in this template belongs to no `for`"),
            },
        }
        if open.len() > super::DEEPEST as usize {
            return broken("nested more than 200 levels deep");
        }
    }
    if !open.is_empty() {
        return broken("an `if` or `for` in this template is never ended");
    }
    if !text.is_empty() {
        parts.push(Part::Text(text.into()));
    }
    Ok(match parts.len() {
        0 => Kind::Text("".into()),
        1 => match parts.pop() {
            Some(Part::Text(text)) => Kind::Text(text),
            Some(Part::Value(expression)) => Kind::Wrapped(Box::new(expression)),
            Some(part) => Kind::Template(vec![part]),
            None => Kind::Text("".into()),
        },
        _ => Kind::Template(parts),
    })
}
