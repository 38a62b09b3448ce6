//! Expressions.

use std::sync::Arc;

use super::cursor::{Broken, Cursor, Read};
use super::template::{heredoc, quoted};
use super::tree::{Binary, Call, Expression, For, Kind, Pair, Step, Traversal, Unary};
use crate::value::Number;

/// Operators in one row over which an expression is not read.
const LONGEST_CHAIN: usize = 10_000;

/// Reads an expression; the cursor stands on its first byte or on blanks before it.
pub(super) fn expression(cursor: &mut Cursor<'_>) -> Read<Expression> {
    cursor.deeper(conditional)
}

fn conditional(cursor: &mut Cursor<'_>) -> Read<Expression> {
    cursor.skip();
    let condition = binary(cursor, 0)?;
    cursor.skip();
    if !cursor.take("?") {
        return Ok(condition);
    }
    let then = expression(cursor)?;
    cursor.skip();
    if !cursor.take(":") {
        return cursor.broken("`:` and the other value of this condition were expected here");
    }
    let otherwise = expression(cursor)?;
    let span = cursor.span(condition.span.start as usize, otherwise.span.end as usize);
    Ok(Expression { kind: Kind::Conditional(Box::new([condition, then, otherwise])), span })
}

fn binary(cursor: &mut Cursor<'_>, loosest: u8) -> Read<Expression> {
    let mut left = unary(cursor)?;
    let mut left_level = None;
    loop {
        cursor.skip();
        let Some((operator, level, length)) = operator(cursor).filter(|(_, level, _)| *level >= loosest)
        else {
            return Ok(left);
        };
        cursor.at += length;
        cursor.skip();
        let right = binary(cursor, level + 1)?;
        let span = cursor.span(left.span.start as usize, right.span.end as usize);
        match &mut left.kind {
            Kind::Binary(row) if left_level == Some(level) => {
                if row.1.len() >= LONGEST_CHAIN {
                    return cursor.broken("more than 10000 operators in one expression");
                }
                row.1.push((operator, right));
                left.span = span;
            }
            _ => left = Expression { kind: Kind::Binary(Box::new((left, vec![(operator, right)]))), span },
        }
        left_level = Some(level);
    }
}

/// The operator that stands here, its precedence and its length. Comment starts and `=>` are none.
fn operator(cursor: &Cursor<'_>) -> Option<(Binary, u8, usize)> {
    Some(match (cursor.peek()?, cursor.byte(1)) {
        (b'|', Some(b'|')) => (Binary::Or, 0, 2),
        (b'&', Some(b'&')) => (Binary::And, 1, 2),
        (b'=', Some(b'=')) => (Binary::Equal, 2, 2),
        (b'!', Some(b'=')) => (Binary::NotEqual, 2, 2),
        (b'<', Some(b'=')) => (Binary::LessEqual, 3, 2),
        (b'>', Some(b'=')) => (Binary::GreaterEqual, 3, 2),
        (b'<', _) => (Binary::Less, 3, 1),
        (b'>', _) => (Binary::Greater, 3, 1),
        (b'+', _) => (Binary::Add, 4, 1),
        (b'-', _) => (Binary::Subtract, 4, 1),
        (b'*', _) => (Binary::Multiply, 5, 1),
        (b'/', next) if !matches!(next, Some(b'/' | b'*')) => (Binary::Divide, 5, 1),
        (b'%', _) => (Binary::Remainder, 5, 1),
        _ => return None,
    })
}

fn unary(cursor: &mut Cursor<'_>) -> Read<Expression> {
    let start = cursor.at;
    let operator = match cursor.peek() {
        Some(b'-') => Unary::Minus,
        Some(b'!') => Unary::Not,
        _ => return postfix(cursor),
    };
    cursor.at += 1;
    cursor.skip();
    let operand = cursor.deeper(unary)?;
    let span = cursor.span(start, operand.span.end as usize);
    let kind = match (operator, &operand.kind) {
        (Unary::Minus, Kind::Number(Number::Int(int))) => Kind::Number(Number::Int(int.saturating_neg())),
        (Unary::Minus, Kind::Number(Number::Float(float))) => Kind::Number(Number::Float(-float)),
        _ => Kind::Unary(operator, Box::new(operand)),
    };
    Ok(Expression { kind, span })
}

fn postfix(cursor: &mut Cursor<'_>) -> Read<Expression> {
    let base = term(cursor)?;
    let mut end = cursor.at;
    let mut steps = Vec::new();
    loop {
        // Blanks before a step belong to nobody when no step follows.
        let before = cursor.at;
        cursor.skip();
        match cursor.peek() {
            Some(b'.') if !cursor.starts_with("...") => {
                cursor.at += 1;
                cursor.skip();
                match cursor.peek() {
                    Some(b'*') => {
                        cursor.at += 1;
                        steps.push(Step::AttributeSplat);
                    }
                    Some(b'0'..=b'9') => {
                        let begin = cursor.at;
                        while matches!(cursor.peek(), Some(b'0'..=b'9')) {
                            cursor.at += 1;
                        }
                        let digits = &cursor.text[begin..cursor.at];
                        let Ok(index) = digits.parse() else {
                            return cursor.broken("this index is too large");
                        };
                        let span = cursor.span(begin, cursor.at);
                        steps.push(Step::Index(Expression { kind: Kind::Number(Number::Int(index)), span }));
                    }
                    _ => match cursor.name() {
                        Some((name, _)) => steps.push(Step::Attribute(name)),
                        None => return cursor.broken("an attribute name was expected after this `.`"),
                    },
                }
            }
            Some(b'[') => {
                cursor.at += 1;
                let step = cursor.with_newlines(true, |cursor| {
                    cursor.skip();
                    let step = if cursor.peek() == Some(b'*') {
                        cursor.at += 1;
                        Step::Splat
                    } else {
                        Step::Index(expression(cursor)?)
                    };
                    cursor.skip();
                    if !cursor.take("]") {
                        return cursor.broken("`]` was expected here");
                    }
                    Ok(step)
                })?;
                steps.push(step);
            }
            _ => {
                cursor.at = before;
                break;
            }
        }
        end = cursor.at;
    }
    if steps.is_empty() {
        return Ok(base);
    }
    steps.shrink_to_fit();
    let span = cursor.span(base.span.start as usize, end);
    Ok(Expression { kind: Kind::Traversal(Box::new(Traversal { base, steps })), span })
}

fn term(cursor: &mut Cursor<'_>) -> Read<Expression> {
    let start = cursor.at;
    let kind = match cursor.peek() {
        Some(b'"') => return quoted(cursor),
        Some(b'<') if cursor.starts_with("<<") => return heredoc(cursor),
        Some(b'[') => list(cursor)?,
        Some(b'{') => object(cursor)?,
        Some(b'(') => {
            cursor.at += 1;
            let inner = cursor.with_newlines(true, |cursor| {
                let inner = expression(cursor)?;
                cursor.skip();
                if !cursor.take(")") {
                    return cursor.broken("`)` was expected here");
                }
                Ok(inner)
            })?;
            Kind::Wrapped(Box::new(inner))
        }
        Some(b'0'..=b'9') => number(cursor)?,
        _ => {
            let Some((name, name_span)) = cursor.name() else {
                return cursor.broken("a value was expected here");
            };
            return named(cursor, name, name_span.end as usize, start);
        }
    };
    Ok(Expression { kind, span: cursor.span(start, cursor.at) })
}

/// A name begins a call, or is a keyword, or is the root of a traversal.
fn named(cursor: &mut Cursor<'_>, name: Arc<str>, end: usize, start: usize) -> Read<Expression> {
    let mut name = name;
    while cursor.starts_with("::") {
        cursor.at += 2;
        match cursor.name() {
            Some((part, _)) => name = format!("{name}::{part}").into(),
            None => return cursor.broken("a function name was expected after `::`"),
        }
    }
    let end = end.max(cursor.at);
    cursor.skip();
    if cursor.peek() == Some(b'(') {
        cursor.at += 1;
        let call = cursor.with_newlines(true, |cursor| call(cursor, name))?;
        return Ok(Expression { kind: Kind::Call(Box::new(call)), span: cursor.span(start, cursor.at) });
    }
    cursor.at = end;
    let kind = match &*name {
        "true" => Kind::Bool(true),
        "false" => Kind::Bool(false),
        "null" => Kind::Null,
        _ => Kind::Name(name),
    };
    Ok(Expression { kind, span: cursor.span(start, end) })
}

fn call(cursor: &mut Cursor<'_>, name: Arc<str>) -> Read<Call> {
    let mut arguments = Vec::new();
    let mut expand = false;
    loop {
        cursor.skip();
        if cursor.take(")") {
            break;
        }
        arguments.push(expression(cursor)?);
        cursor.skip();
        if cursor.take("...") {
            expand = true;
            cursor.skip();
            cursor.take(",");
            cursor.skip();
            if !cursor.take(")") {
                return cursor.broken("`)` was expected after `...`");
            }
            break;
        }
        if cursor.take(",") {
            continue;
        }
        if cursor.take(")") {
            break;
        }
        return cursor.broken("`,` or `)` was expected here");
    }
    arguments.shrink_to_fit();
    Ok(Call { name, arguments, expand })
}

fn number(cursor: &mut Cursor<'_>) -> Read<Kind> {
    let start = cursor.at;
    let digits = |cursor: &mut Cursor<'_>| {
        while matches!(cursor.peek(), Some(b'0'..=b'9')) {
            cursor.at += 1;
        }
    };
    digits(cursor);
    let mut whole = true;
    if cursor.peek() == Some(b'.') && matches!(cursor.byte(1), Some(b'0'..=b'9')) {
        cursor.at += 1;
        digits(cursor);
        whole = false;
    }
    if matches!(cursor.peek(), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(cursor.byte(1), Some(b'+' | b'-')));
        if matches!(cursor.byte(1 + sign), Some(b'0'..=b'9')) {
            cursor.at += 1 + sign;
            digits(cursor);
            whole = false;
        }
    }
    let text = &cursor.text[start..cursor.at];
    if whole {
        return Ok(match text.parse() {
            Ok(int) => Kind::Number(Number::Int(int)),
            Err(_) => Kind::Missing("the number is larger than 64 bits hold"),
        });
    }
    match text.parse::<f64>() {
        Ok(float) if float.is_finite() => Ok(Kind::Number(Number::from(float))),
        _ => Ok(Kind::Missing("the number is larger than a double holds")),
    }
}

/// Whether a `for` with a blank after it stands here.
fn at_for(cursor: &Cursor<'_>) -> bool {
    cursor.starts_with("for") && matches!(cursor.byte(3), Some(b' ' | b'\t' | b'\r' | b'\n' | b'#' | b'/'))
}

fn list(cursor: &mut Cursor<'_>) -> Read<Kind> {
    let opened = cursor.at;
    cursor.at += 1;
    cursor.with_newlines(true, |cursor| {
        cursor.skip();
        if at_for(cursor) {
            return for_expression(cursor, false);
        }
        let mut items = Vec::new();
        loop {
            cursor.skip();
            if cursor.take("]") {
                break;
            }
            let begin = cursor.at;
            match expression(cursor) {
                Ok(item) => items.push(item),
                Err(broken) => {
                    cursor.report(broken, "");
                    cursor.at = cursor.at.max(broken.at);
                    cursor.get_past(false);
                    let span = cursor.span(begin, cursor.at.max(begin));
                    items.push(Expression { kind: Kind::Missing("an element could not be read"), span });
                }
            }
            cursor.skip();
            if cursor.take(",") {
                continue;
            }
            if cursor.take("]") {
                break;
            }
            let ends = cursor.peek().is_none_or(|byte| byte == b'}');
            if ends || line_of(cursor, begin) || line_of(cursor, cursor.at) {
                let at = if ends || !line_of(cursor, begin) { cursor.at } else { begin };
                cursor.at = cursor.text[..at].trim_end().len().max(opened + 1);
                return Err(Broken { at: opened, message: "this list is never closed" });
            }
            let at = cursor.at;
            cursor.report(
                Broken { at, message: "`,` or `]` was expected here" },
                "put commas between the elements",
            );
            if matches!(cursor.peek(), Some(b')')) {
                return Err(Broken { at: opened, message: "this list is never closed" });
            }
            if cursor.at == begin {
                cursor.get_past(false);
                if cursor.at == begin {
                    return cursor.broken("this list cannot be read");
                }
            }
        }
        items.shrink_to_fit();
        Ok(Kind::List(items))
    })
}

/// Whether a line begins at this place (after blanks) that reads like an attribute or block.
fn line_of(cursor: &Cursor<'_>, at: usize) -> bool {
    match cursor.text[..at].trim_end_matches([' ', '\t']).len() {
        0 => false,
        length => cursor.text[..length].ends_with('\n') && cursor.line_begins_item(length - 1),
    }
}

fn object(cursor: &mut Cursor<'_>) -> Read<Kind> {
    let opened = cursor.at;
    cursor.at += 1;
    cursor.skip_lines();
    if at_for(cursor) {
        return cursor.with_newlines(true, |cursor| for_expression(cursor, true));
    }
    cursor.with_newlines(false, |cursor| {
        let mut pairs: Vec<Pair> = Vec::new();
        loop {
            cursor.skip_lines();
            match cursor.peek() {
                None => return Err(Broken { at: opened, message: "this object is never closed" }),
                Some(b'}') => {
                    cursor.at += 1;
                    break;
                }
                Some(_) => {}
            }
            let begin = cursor.at;
            match pair(cursor) {
                Ok(pair) => pairs.push(pair),
                Err(broken) => {
                    cursor.report(broken, "an entry reads `key = value`");
                    cursor.go_to(broken, begin);
                    cursor.get_past(true);
                    let span = cursor.span(begin, cursor.at.max(begin));
                    // The key, where it can still be told, keeps the entry from counting as absent.
                    let key = key_of(cursor, begin);
                    let missing =
                        |span| Expression { kind: Kind::Missing("an entry could not be read"), span };
                    pairs.push(Pair { key: key.unwrap_or_else(|| missing(span)), value: missing(span) });
                    if matches!(cursor.peek(), Some(b']' | b')')) {
                        return Err(Broken { at: opened, message: "this object is never closed" });
                    }
                }
            }
            cursor.skip();
            if cursor.take(",")
                || cursor.at_newline()
                || cursor.at_line_comment()
                || cursor.peek() == Some(b'}')
            {
                continue;
            }
            if cursor.peek().is_some() {
                let at = cursor.at;
                cursor.report(
                    Broken { at, message: "a new line, `,` or `}` was expected here" },
                    "put each entry on a line of its own, or commas between them",
                );
                if cursor.at == begin
                    || !matches!(cursor.peek(), Some(b'"' | b'a'..=b'z' | b'A'..=b'Z' | b'_'))
                {
                    cursor.get_past(true);
                    if matches!(cursor.peek(), Some(b']' | b')')) {
                        return Err(Broken { at: opened, message: "this object is never closed" });
                    }
                }
            }
        }
        pairs.shrink_to_fit();
        Ok(Kind::Object(pairs))
    })
}

fn pair(cursor: &mut Cursor<'_>) -> Read<Pair> {
    let key = expression(cursor)?;
    cursor.skip();
    if cursor.starts_with("==") || cursor.starts_with("=>") || !(cursor.take("=") || cursor.take(":")) {
        return cursor.broken("`=` was expected after this key");
    }
    cursor.skip();
    if cursor.at_newline() || cursor.at_line_comment() {
        return cursor.broken("a value was expected here");
    }
    let value = expression(cursor)?;
    // A bare name is a key, not a variable.
    let key = match key.kind {
        Kind::Name(name) => Expression { kind: Kind::Text(name), span: key.span },
        Kind::Null => Expression { kind: Kind::Text("null".into()), span: key.span },
        Kind::Bool(bool) => Expression { kind: Kind::Text(bool.to_string().into()), span: key.span },
        _ => key,
    };
    Ok(Pair { key, value })
}

fn key_of(cursor: &mut Cursor<'_>, begin: usize) -> Option<Expression> {
    let after = std::mem::replace(&mut cursor.at, begin);
    let key = if cursor.peek() == Some(b'"') {
        let reported = cursor.problems.len();
        let key = quoted(cursor).ok().filter(|key| matches!(key.kind, Kind::Text(_)));
        cursor.problems.truncate(reported);
        key
    } else {
        cursor.name().map(|(name, span)| Expression { kind: Kind::Text(name), span })
    };
    cursor.at = after;
    key
}

/// From `for` to the closing bracket, which it takes.
fn for_expression(cursor: &mut Cursor<'_>, object: bool) -> Read<Kind> {
    cursor.at += 3;
    let (key_name, value_name, collection) = for_introduction(cursor)?;
    cursor.skip();
    if !cursor.take(":") {
        return cursor.broken("`:` was expected here");
    }
    let first = expression(cursor)?;
    cursor.skip();
    let (key, value) = if object {
        if !cursor.take("=>") {
            return cursor.broken("`=>` was expected here");
        }
        (Some(first), expression(cursor)?)
    } else {
        (None, first)
    };
    cursor.skip();
    let group = object && cursor.take("...");
    cursor.skip();
    let condition = if cursor.starts_with("if") {
        cursor.at += 2;
        Some(expression(cursor)?)
    } else {
        None
    };
    cursor.skip();
    if !cursor.take(if object { "}" } else { "]" }) {
        return cursor.broken("the end of this `for` was expected here");
    }
    Ok(Kind::For(Box::new(For { key_name, value_name, collection, key, value, group, condition })))
}

/// `k, v in collection`, after the `for`.
pub(super) fn for_introduction(cursor: &mut Cursor<'_>) -> Read<(Option<Arc<str>>, Arc<str>, Expression)> {
    cursor.skip();
    let Some((first, _)) = cursor.name() else {
        return cursor.broken("a name was expected after `for`");
    };
    cursor.skip();
    let second = if cursor.take(",") {
        cursor.skip();
        match cursor.name() {
            Some((name, _)) => Some(name),
            None => return cursor.broken("a second name was expected after this `,`"),
        }
    } else {
        None
    };
    cursor.skip();
    if !cursor.take("in") {
        return cursor.broken("`in` was expected here");
    }
    let collection = expression(cursor)?;
    Ok(match second {
        Some(second) => (Some(first), second, collection),
        None => (None, first, collection),
    })
}
