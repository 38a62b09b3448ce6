//! Regular expressions in Go's dialect: `regex`, `regexall`, `replace`.

use std::cell::RefCell;
use std::collections::HashMap;

use regex::{Captures, Regex, RegexBuilder};

use super::call::{Answer, Call, Function, TEXT, function};
use super::convert;
use crate::value::{Data, Map, Value, WhyKind};

pub(super) const FUNCTIONS: &[Function] = &[
    function("regex", &[TEXT, TEXT], first),
    function("regexall", &[TEXT, TEXT], all),
    function("replace", &[TEXT, TEXT, TEXT], replace),
];

fn first(call: &Call<'_, '_>) -> Answer {
    let regex = compile(call.text(0))?;
    let shape = Shape::of(&regex)?;
    match regex.captures(call.text(1)) {
        Some(captures) => Ok(shape.value(call, &captures)),
        None => Err(format!("the pattern does not match any part of `{}`", convert::shown(call.arg(1)))),
    }
}

fn all(call: &Call<'_, '_>) -> Answer {
    let regex = compile(call.text(0))?;
    let shape = Shape::of(&regex)?;
    if let Err(limit) = matches_of(call, &regex, call.text(1)) {
        return Ok(limit);
    }
    let found = regex.captures_iter(call.text(1)).map(|captures| shape.value(call, &captures)).collect();
    Ok(call.make_list(found, None))
}

fn replace(call: &Call<'_, '_>) -> Answer {
    let (text, wanted, by) = (call.text(0), call.text(1), call.text(2));
    let pattern = wanted.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    let Some(pattern) = pattern else {
        let length = text.matches(wanted).count().saturating_mul(by.len());
        return Ok(call.too_long(length).unwrap_or_else(|| call.make_text(text.replace(wanted, by))));
    };
    let pattern = compile(pattern)?;
    let count = match matches_of(call, &pattern, text) {
        Ok(count) => count,
        Err(limit) => return Ok(limit),
    };
    let groups = by.bytes().filter(|byte| *byte == b'$').count();
    let length = count.saturating_mul(by.len()).saturating_add(groups * text.len());
    Ok(call.too_long(length).unwrap_or_else(|| call.make_text(pattern.replace_all(text, by))))
}

/// Bytes that the matches of one pattern may make the search look at: each may have to look at all that is left.
const MOST_SEARCHED: usize = 32 << 20;

/// How often a pattern matches; a value that says so where finding out would take too long. What it takes is counted.
fn matches_of(call: &Call<'_, '_>, pattern: &Regex, text: &str) -> Result<usize, Value> {
    let weight = 1 + pattern.as_str().len() / 64;
    let (mut count, mut searched) = (0, text.len());
    for found in pattern.find_iter(text) {
        count += 1;
        searched = searched.saturating_add((text.len() - found.start()).saturating_mul(weight));
        if searched > MOST_SEARCHED.max(text.len()) {
            call.work(searched);
            return Err(call.unknown_because(
                WhyKind::Limit,
                "the pattern matches so often in so long a text that it is not tried to the end",
            ));
        }
    }
    call.work(searched);
    Ok(count)
}

/// What a match becomes: the text, a list of groups, or a map of named groups.
enum Shape {
    Text,
    Groups(usize),
    Named(Vec<String>),
}

impl Shape {
    fn of(regex: &Regex) -> Result<Self, String> {
        let groups = regex.captures_len() - 1;
        let names: Vec<String> = regex.capture_names().flatten().map(str::to_owned).collect();
        match (groups, names.len()) {
            (0, _) => Ok(Self::Text),
            (_, 0) => Ok(Self::Groups(groups)),
            (groups, named) if groups == named => Ok(Self::Named(names)),
            _ => Err("a pattern must not have both named and unnamed groups".to_owned()),
        }
    }

    fn value(&self, call: &Call<'_, '_>, captures: &Captures<'_>) -> Value {
        let text = |found: Option<regex::Match<'_>>| match found {
            Some(found) => call.make_text(found.as_str()),
            None => call.make(Data::Null),
        };
        match self {
            Self::Text => text(captures.get(0)),
            Self::Groups(count) => {
                call.make_list((1..=*count).map(|at| text(captures.get(at))).collect(), None)
            }
            Self::Named(names) => {
                let entries = names.iter().map(|name| (name.as_str().into(), text(captures.name(name))));
                call.make_map(Map { entries: entries.collect(), ..Map::default() })
            }
        }
    }
}

/// Compiles a pattern of Go's dialect, whose classes `\d`, `\w`, `\s` and `\b` know ASCII only.
fn compile(pattern: &str) -> Result<Regex, String> {
    thread_local! {
        static COMPILED: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
    }
    if let Some(regex) = COMPILED.with_borrow(|compiled| compiled.get(pattern).cloned()) {
        return Ok(regex);
    }
    let regex = build(pattern)?;
    COMPILED.with_borrow_mut(|compiled| {
        if compiled.len() >= KEPT {
            compiled.clear();
        }
        compiled.insert(pattern.to_owned(), regex.clone());
    });
    Ok(regex)
}

/// Compiled patterns that a thread keeps: a pattern in a loop is compiled once.
const KEPT: usize = 64;

fn build(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated)
        .size_limit(4 << 20)
        .build()
        .map_err(|_| format!("`{pattern}` is no regular expression that Terraform reads"))
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut rest = pattern;
    let mut repeated = false;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        let was_repeated = std::mem::take(&mut repeated);
        rest = match character {
            '\\' => escape(after, false, &mut out)?,
            '[' => class(after, &mut out)?,
            '*' | '+' | '?' => {
                if was_repeated {
                    return Err(format!("`{pattern}` repeats a repetition"));
                }
                out.push(character);
                repeated = true;
                match after.strip_prefix('?') {
                    Some(lazy) => {
                        out.push('?');
                        lazy
                    }
                    None => after,
                }
            }
            '{' => match repetition(after) {
                Some((bounds, after)) => {
                    if was_repeated {
                        return Err(format!("`{pattern}` repeats a repetition"));
                    }
                    out.push_str(&format!("{{{bounds}}}"));
                    repeated = true;
                    match after.strip_prefix('?') {
                        Some(lazy) => {
                            out.push('?');
                            lazy
                        }
                        None => after,
                    }
                }
                None => {
                    out.push_str("\\{");
                    after
                }
            },
            '}' => {
                out.push_str("\\}");
                after
            }
            _ => {
                out.push(character);
                after
            }
        };
    }
    Ok(out)
}

/// The bounds of `{2}`, `{2,}` or `{2,3}`, and what follows; anything else after `{` is a literal brace.
fn repetition(rest: &str) -> Option<(&str, &str)> {
    let (bounds, after) = rest.split_once('}')?;
    let (least, most) = bounds.split_once(',').unwrap_or((bounds, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let small = |text: &str| text.is_empty() || text.parse::<u32>().is_ok_and(|count| count <= 1_000);
    // Bounds beyond a thousand are refused by Go; kept, they would be literals here, so make them an error.
    if least.is_empty() || !digits(least) || !digits(most) {
        return None;
    }
    if !small(least) || !small(most) { Some(("2,1", after)) } else { Some((bounds, after)) }
}

/// What stands after a backslash.
fn escape<'p>(rest: &'p str, in_class: bool, out: &mut String) -> Result<&'p str, String> {
    let Some(character) = rest.chars().next() else {
        return Err("a pattern must not end in a backslash".to_owned());
    };
    let after = &rest[character.len_utf8()..];
    let class = match character {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        's' => "\\t\\n\\x0C\\r ",
        _ => "",
    };
    let negated = match character {
        'D' => "[^0-9]",
        'W' => "[^0-9A-Za-z_]",
        'S' => "[^\\t\\n\\x0C\\r ]",
        _ => "",
    };
    if !class.is_empty() {
        out.push_str(&if in_class { class.to_owned() } else { format!("[{class}]") });
    } else if !negated.is_empty() {
        out.push_str(negated);
    } else if matches!(character, 'b' | 'B') && !in_class {
        out.push_str(&format!("(?-u:\\{character})"));
    } else if character == 'Q' && !in_class {
        let (literal, after) = after.split_once("\\E").unwrap_or((after, ""));
        out.push_str(&regex::escape(literal));
        return Ok(after);
    } else if character == 'C' || character.is_ascii_digit() && character != '0' {
        return Err(format!("`\\{character}` is not a pattern that Terraform reads"));
    } else if character == '0' {
        let octal: String = after.chars().take(2).take_while(|digit| ('0'..='7').contains(digit)).collect();
        let code = u32::from_str_radix(&format!("0{octal}"), 8).unwrap_or(0);
        out.push_str(&format!("\\x{{{code:X}}}"));
        return Ok(&after[octal.len()..]);
    } else if matches!(character, 'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' | 'x' | 'p' | 'P')
        || character.is_ascii_punctuation()
    {
        out.push('\\');
        out.push(character);
        if matches!(character, 'p' | 'P' | 'x') && after.starts_with('{') {
            let end = after.find('}').ok_or("a pattern has an unclosed brace")?;
            out.push_str(&after[..=end]);
            return Ok(&after[end + 1..]);
        }
    } else {
        return Err(format!("`\\{character}` is not a pattern that Terraform reads"));
    }
    Ok(after)
}

/// A class in brackets: Rust's dialect gives `[`, `&&`, `--` and `~~` a meaning inside, Go's does not.
fn class<'p>(rest: &'p str, out: &mut String) -> Result<&'p str, String> {
    out.push('[');
    let mut rest = rest;
    if let Some(after) = rest.strip_prefix('^') {
        out.push('^');
        rest = after;
    }
    let mut first = true;
    while let Some(character) = rest.chars().next() {
        let after = &rest[character.len_utf8()..];
        rest = match character {
            ']' if !first => {
                out.push(']');
                return Ok(after);
            }
            ']' => {
                out.push_str("\\]");
                after
            }
            '[' => match after.strip_prefix(':').and_then(|inner| inner.split_once(":]")) {
                Some((name, after)) => {
                    out.push_str(&format!("[:{name}:]"));
                    after
                }
                None => {
                    out.push_str("\\[");
                    after
                }
            },
            '\\' => escape(after, true, out)?,
            '&' | '~' => {
                out.push('\\');
                out.push(character);
                after
            }
            '-' if first || after.starts_with(']') => {
                out.push_str("\\-");
                after
            }
            _ => {
                out.push(character);
                after
            }
        };
        first = false;
    }
    Err("a pattern has an unclosed bracket".to_owned())
}
