//! Strings: `lower`, `split`, `substr`, `trim`, and their kin.

use std::collections::HashSet;

use unicode_segmentation::UnicodeSegmentation;

use super::call::{Answer, Call, Function, NUMBER, TEXT, TEXTS, function};
use super::convert;
use super::pieces::{Pieces, known_end, known_start, map_texts};
use crate::value::{Data, List, Piece, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("chomp", &[TEXT], |call| Ok(call.make_text(call.text(0).trim_end_matches(['\r', '\n'])))),
    function("endswith", &[TEXT.or_unknown(), TEXT], endswith),
    function("indent", &[NUMBER, TEXT.or_unknown()], indent),
    function("join", &[TEXT.or_unknown()], join).with_rest(TEXTS.or_unknown()),
    function("lower", &[TEXT.or_unknown()], |call| each(call, lower)),
    function("split", &[TEXT, TEXT.or_unknown()], split),
    function("startswith", &[TEXT.or_unknown(), TEXT], startswith),
    function("strcontains", &[TEXT.or_unknown(), TEXT], strcontains),
    function("strrev", &[TEXT], |call| {
        Ok(call.make_text(call.text(0).graphemes(true).rev().collect::<String>()))
    }),
    function("substr", &[TEXT.or_unknown(), NUMBER, NUMBER], substr),
    function("title", &[TEXT], |call| Ok(call.make_text(title(call.text(0))))),
    function("trim", &[TEXT, TEXT], trim),
    function("trimprefix", &[TEXT.or_unknown(), TEXT], trimprefix),
    function("trimspace", &[TEXT.or_unknown()], trimspace),
    function("trimsuffix", &[TEXT.or_unknown(), TEXT], trimsuffix),
    function("upper", &[TEXT.or_unknown()], |call| each(call, upper)),
];

/// The parts of a string: one text, or texts with holes; `None` when nothing of it is known.
fn parts(value: &Value) -> Option<&[Piece]> {
    match &value.data {
        Data::Holed(pieces) => Some(pieces),
        _ => None,
    }
}

fn each(call: &Call<'_, '_>, change: fn(&str) -> String) -> Answer {
    match (call.arg(0).as_text(), parts(call.arg(0))) {
        (Some(text), _) => Ok(call.make_text(change(text))),
        (None, Some(pieces)) => Ok(call.make(map_texts(pieces, change))),
        (None, None) => Ok(call.unknown(call.arg(0))),
    }
}

/// One character for one, as Go has it: `ß` has no upper case of its own.
pub(super) fn upper(text: &str) -> String {
    text.chars().map(|character| only(character.to_uppercase(), character)).collect()
}

fn lower(text: &str) -> String {
    text.chars()
        .map(|character| if character == 'İ' { 'i' } else { only(character.to_lowercase(), character) })
        .collect()
}

fn only(mut mapped: impl Iterator<Item = char>, character: char) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

fn title(text: &str) -> String {
    let mut before = ' ';
    let mut titled = String::with_capacity(text.len());
    for character in text.chars() {
        let separated = match before {
            _ if before.is_ascii() => !(before.is_ascii_alphanumeric() || before == '_'),
            _ => !before.is_alphanumeric() && before.is_whitespace(),
        };
        titled.push(if separated { title_case(character) } else { character });
        before = character;
    }
    titled
}

/// As upper case, but for the letters that have a title case of their own or none.
fn title_case(character: char) -> char {
    match character {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10ff}' => character,
        _ => only(character.to_uppercase(), character),
    }
}

fn startswith(call: &Call<'_, '_>) -> Answer {
    let wanted = call.text(1);
    affixed(
        call,
        |text| text.starts_with(wanted),
        |pieces| {
            let start = known_start(pieces);
            if start.starts_with(wanted) {
                Some(true)
            } else if wanted.starts_with(start) {
                None
            } else {
                Some(false)
            }
        },
    )
}

fn endswith(call: &Call<'_, '_>) -> Answer {
    let wanted = call.text(1);
    affixed(
        call,
        |text| text.ends_with(wanted),
        |pieces| {
            let end = known_end(pieces);
            if end.ends_with(wanted) {
                Some(true)
            } else if wanted.ends_with(end) {
                None
            } else {
                Some(false)
            }
        },
    )
}

fn strcontains(call: &Call<'_, '_>) -> Answer {
    let wanted = call.text(1);
    affixed(
        call,
        |text| text.contains(wanted),
        |pieces| {
            pieces
                .iter()
                .any(|piece| matches!(piece, Piece::Text(text) if text.contains(wanted)))
                .then_some(true)
        },
    )
}

fn affixed(
    call: &Call<'_, '_>,
    whole: impl Fn(&str) -> bool,
    holed: impl Fn(&[Piece]) -> Option<bool>,
) -> Answer {
    let answer = match (call.arg(0).as_text(), parts(call.arg(0))) {
        (Some(text), _) => Some(whole(text)),
        (None, pieces) => pieces.and_then(holed),
    };
    Ok(answer.map_or_else(|| call.unknown(call.arg(0)), |bool| call.make_bool(bool)))
}

fn indent(call: &Call<'_, '_>) -> Answer {
    let spaces = call.integer(0)?;
    let spaces = usize::try_from(spaces).ok().filter(|spaces| *spaces <= 100_000);
    let spaces = spaces.ok_or_else(|| {
        format!("the number of spaces must lie between 0 and 100000, not `{}`", convert::shown(call.arg(0)))
    })?;
    let pad = format!("\n{}", " ".repeat(spaces));
    let breaks = |text: &str| text.bytes().filter(|byte| *byte == b'\n').count();
    if let Some(limit) = call.too_long(breaks(call.text(1)).saturating_mul(pad.len())) {
        return Ok(limit);
    }
    match (call.arg(1).as_text(), parts(call.arg(1))) {
        (Some(text), _) => Ok(call.make_text(text.replace('\n', &pad))),
        // A hole may hold line breaks, which would be indented too: it stays a hole all the same.
        (None, Some(pieces)) => Ok(call.make(map_texts(pieces, |text| text.replace('\n', &pad)))),
        (None, None) => Ok(call.unknown(call.arg(1))),
    }
}

fn join(call: &Call<'_, '_>) -> Answer {
    if call.given.len() < 2 {
        return Err("`join` needs a separator and at least one list".to_owned());
    }
    let mut items: Vec<&Value> = Vec::new();
    let mut open = None;
    for (at, arg) in call.given.iter().enumerate().skip(1) {
        match call.list(at) {
            Some(list) => {
                items.extend(&list.items);
                open = open.or_else(|| list.open.clone());
            }
            None => open = open.or_else(|| Some(convert::first_why(arg))),
        }
    }
    if items.iter().any(|item| item.is_null()) {
        return Err("`join` needs strings, not null".to_owned());
    }
    if let Some(why) = open {
        // The positions are lost, so nothing can be said of the order of the parts.
        return Ok(call.make(Data::Unknown(why)));
    }
    let whole: usize = items.iter().filter_map(|item| item.as_text()).map(str::len).sum();
    if let Some(limit) = call.too_long(whole.saturating_add(call.text(0).len().saturating_mul(items.len()))) {
        return Ok(limit);
    }
    if let [only] = items.as_slice() {
        return Ok(call.pass(only));
    }
    let mut pieces = Pieces::default();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            pieces.value(call.arg(0))?;
        }
        pieces.value(item)?;
    }
    Ok(call.make(pieces.finish()))
}

fn split(call: &Call<'_, '_>) -> Answer {
    let separator = call.text(0);
    if let Some(text) = call.arg(1).as_text() {
        if separator.is_empty() {
            return Ok(call.make_texts(text.chars().map(String::from)));
        }
        return Ok(call.make_texts(text.split(separator).map(str::to_owned)));
    }
    let pieces = parts(call.arg(1));
    let Some(start) = pieces.map(known_start).filter(|_| !separator.is_empty()) else {
        return Ok(call.unknown(call.arg(1)));
    };
    let mut sure: Vec<String> = start.split(separator).map(str::to_owned).collect();
    // The last of them goes on in the hole, and a separator may begin in the text and end in the hole.
    sure.pop();
    let items = sure.into_iter().map(|text| call.make_text(text)).collect();
    let value = call.make_list(Vec::new(), None);
    let open = Some(convert::first_why(call.arg(1)));
    Ok(Value { data: Data::List(List { items, open }.into()), ..value })
}

fn substr(call: &Call<'_, '_>) -> Answer {
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    // From the end, a length of nothing means everything that is left.
    let length = if offset < 0 && length == 0 { -1 } else { length };
    let cut = |text: &str| -> String {
        let characters: Vec<&str> = text.graphemes(true).collect();
        let count = characters.len() as i64;
        let start = if offset < 0 { (offset + count).max(0) } else { offset.min(count) };
        let end = if length < 0 { count } else { start.saturating_add(length).min(count) };
        characters.get(start as usize..end.max(start) as usize).map_or_else(String::new, <[&str]>::concat)
    };
    match (call.arg(0).as_text(), parts(call.arg(0))) {
        (Some(text), _) => Ok(call.make_text(cut(text))),
        (None, Some(pieces)) if offset >= 0 && length >= 0 => {
            let start = known_start(pieces);
            // The last character may combine with what fills the hole.
            let sure = (start.graphemes(true).count() as i64).saturating_sub(i64::from(!start.is_ascii()));
            let wanted = offset.saturating_add(length);
            Ok(if wanted <= sure { call.make_text(cut(start)) } else { call.unknown(call.arg(0)) })
        }
        _ => Ok(call.unknown(call.arg(0))),
    }
}

fn trim(call: &Call<'_, '_>) -> Answer {
    let set: HashSet<char> = call.text(1).chars().collect();
    Ok(call.make_text(call.text(0).trim_matches(|character| set.contains(&character))))
}

fn trimprefix(call: &Call<'_, '_>) -> Answer {
    let prefix = call.text(1);
    trimmed(
        call,
        |text| text.strip_prefix(prefix).unwrap_or(text).to_owned(),
        |pieces| {
            let start = known_start(pieces);
            start.starts_with(prefix) || !prefix.starts_with(start)
        },
        true,
    )
}

fn trimsuffix(call: &Call<'_, '_>) -> Answer {
    let suffix = call.text(1);
    trimmed(
        call,
        |text| text.strip_suffix(suffix).unwrap_or(text).to_owned(),
        |pieces| {
            let end = known_end(pieces);
            end.ends_with(suffix) || !suffix.ends_with(end)
        },
        false,
    )
}

/// Changes the first or the last part of a string, where enough of it is known.
fn trimmed(
    call: &Call<'_, '_>,
    change: impl Fn(&str) -> String,
    enough: impl Fn(&[Piece]) -> bool,
    first: bool,
) -> Answer {
    match (call.arg(0).as_text(), parts(call.arg(0))) {
        (Some(text), _) => Ok(call.make_text(change(text))),
        (None, Some(pieces)) if enough(pieces) => {
            let mut changed = Pieces::default();
            for (at, piece) in pieces.iter().enumerate() {
                match piece {
                    Piece::Text(text) if at == if first { 0 } else { pieces.len() - 1 } => {
                        changed.text(&change(text))
                    }
                    other => changed.pieces(std::slice::from_ref(other)),
                }
            }
            Ok(call.make(changed.finish()))
        }
        _ => Ok(call.unknown(call.arg(0))),
    }
}

fn trimspace(call: &Call<'_, '_>) -> Answer {
    let Some(pieces) = parts(call.arg(0)) else {
        return Ok(call
            .arg(0)
            .as_text()
            .map_or_else(|| call.unknown(call.arg(0)), |text| call.make_text(text.trim())));
    };
    let edges = |text: &str| !text.is_empty() && text == text.trim();
    if edges(known_start(pieces)) && edges(known_end(pieces)) {
        return Ok(call.make(map_texts(pieces, str::to_owned)));
    }
    Ok(call.unknown(call.arg(0)))
}
