//! `format` and `formatlist`.

use unicode_segmentation::UnicodeSegmentation;

use super::call::{ANY, Answer, Call, Function, TEXT, function};
use super::convert::{self, Type};
use super::decimal::Decimal;
use super::json;
use super::pieces::Pieces;
use crate::value::{Data, Value};

pub(super) const FUNCTIONS: &[Function] = &[
    function("format", &[TEXT], single).with_rest(ANY.or_null().or_unknown()),
    function("formatlist", &[TEXT], formatlist).with_rest(ANY.or_null().or_unknown()),
];

fn single(call: &Call<'_, '_>) -> Answer {
    let data = format(call.text(0), call.given.get(1..).unwrap_or_default())?;
    // `%s` alone changes nothing, so what an unknown value refers to stays.
    if matches!(data, Data::Holed(_)) && matches!(call.text(0), "%s" | "%v") {
        return Ok(call.pass(call.arg(1)));
    }
    Ok(call.make(data))
}

fn formatlist(call: &Call<'_, '_>) -> Answer {
    let args = call.given.get(1..).unwrap_or_default();
    let mut count = None;
    let mut unknown = None;
    for arg in args {
        match &arg.data {
            Data::List(list) if list.open.is_none() => match count {
                None => count = Some(list.items.len()),
                Some(count) if count != list.items.len() => {
                    return Err("the lists given to `formatlist` must have the same length".to_owned());
                }
                Some(_) => {}
            },
            Data::List(_) | Data::Unknown(_) | Data::Choice(_) => unknown = unknown.or(Some(arg)),
            _ => {}
        }
    }
    if let Some(arg) = unknown {
        return Ok(call.unknown(arg));
    }
    let mut items = Vec::new();
    for at in 0..count.unwrap_or(1) {
        let row: Vec<Value> = args
            .iter()
            .map(|arg| arg.as_list().and_then(|list| list.items.get(at)).unwrap_or(arg).clone())
            .collect();
        items.push(call.make(format(call.text(0), &row)?));
    }
    Ok(call.make_list(items, None))
}

/// One `%…` of a format.
#[derive(Debug, Default)]
struct Verb {
    zero: bool,
    sharp: bool,
    plus: bool,
    minus: bool,
    space: bool,
    width: Option<usize>,
    precision: Option<usize>,
    letter: char,
}

/// Widths and precisions beyond this are refused.
const WIDEST: usize = 100_000;

fn format(template: &str, args: &[Value]) -> Result<Data, String> {
    let mut out = Pieces::default();
    let mut rest = template;
    let (mut next, mut highest) = (0, 0);
    while let Some(at) = rest.find('%') {
        out.text(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.text("%");
            rest = after;
            continue;
        }
        let (verb, number, after) = verb(rest)?;
        let index = number.unwrap_or(next);
        rest = after;
        let arg = args.get(index).ok_or_else(|| {
            format!("the format needs at least {} arguments, {} given", index + 1, args.len())
        })?;
        highest = highest.max(index + 1);
        next = index + 1;
        write(&verb, arg, &mut out)?;
    }
    out.text(rest);
    if highest < args.len() {
        return Err(format!("the format uses {highest} arguments, {} given", args.len()));
    }
    Ok(out.finish())
}

fn verb(text: &str) -> Result<(Verb, Option<usize>, &str), String> {
    let mut verb = Verb::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next().filter(|flag| "0#-+ ".contains(*flag)) {
        match flag {
            '0' => verb.zero = true,
            '#' => verb.sharp = true,
            '-' => verb.minus = true,
            '+' => verb.plus = true,
            _ => verb.space = true,
        }
        rest = &rest[1..];
    }
    let (width, after) = digits(rest)?;
    verb.width = width;
    rest = after;
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = digits(after)?;
        verb.precision = Some(precision.unwrap_or(0));
        rest = after;
    }
    let mut number = None;
    if let Some(after) = rest.strip_prefix('[') {
        let (index, after) = digits(after)?;
        let index =
            index.filter(|index| *index > 0).ok_or("an argument's number in a format must be positive")?;
        number = Some(index - 1);
        rest = after.strip_prefix(']').ok_or("a format has an unclosed bracket")?;
    }
    let letter = rest.chars().next().filter(char::is_ascii_alphabetic);
    verb.letter = letter.ok_or_else(|| format!("`%{text}` is no complete verb of a format"))?;
    Ok((verb, number, &rest[1..]))
}

fn digits(text: &str) -> Result<(Option<usize>, &str), String> {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    match digits.parse() {
        Ok(number) if number <= WIDEST => Ok((Some(number), rest)),
        _ => Err(format!("`{digits}` is too large for a format")),
    }
}

fn write(verb: &Verb, arg: &Value, out: &mut Pieces) -> Result<(), String> {
    let letter = verb.letter;
    if !"vtbdoxXeEfgGsq".contains(letter) {
        return Err(format!("`%{letter}` is no verb of a format"));
    }
    if letter != 'v' && arg.is_null() {
        return Err(format!("`%{letter}` cannot format a null"));
    }
    let wanted = match letter {
        'v' => return write_any(verb, arg, out),
        't' => Type::Bool,
        's' | 'q' => Type::Text,
        _ => Type::Number,
    };
    let value = convert::convert(arg, &wanted)?;
    match &value.data {
        Data::Bool(bool) => out.text(if *bool { "true" } else { "false" }),
        Data::Text(text) => write_text(verb, text, out),
        Data::Number(number) => {
            let number = Decimal::from_number(*number).ok_or("a number must be finite")?;
            out.text(&write_number(verb, &number)?);
        }
        Data::Holed(pieces) if letter == 's' && verb.width.is_none() && verb.precision.is_none() => {
            out.pieces(pieces)
        }
        _ => out.hole(convert::first_why(&value)),
    }
    Ok(())
}

fn write_any(verb: &Verb, arg: &Value, out: &mut Pieces) -> Result<(), String> {
    match &arg.data {
        Data::Text(text) if !verb.sharp => out.text(&padded(verb, text)),
        Data::Holed(pieces) if !verb.sharp && verb.width.is_none() => out.pieces(pieces),
        Data::Number(number) if !verb.sharp => {
            let number = Decimal::from_number(*number).ok_or("a number must be finite")?;
            out.text(&padded(verb, &general(&number, None, false)));
        }
        _ => match json::encode(arg) {
            Data::Text(text) => out.text(&padded(verb, &text)),
            Data::Holed(pieces)
                if verb.width.is_none() && matches!(arg.data, Data::List(_) | Data::Map(_)) =>
            {
                out.pieces(&pieces)
            }
            _ => out.hole(convert::first_why(arg)),
        },
    }
    Ok(())
}

fn write_text(verb: &Verb, text: &str, out: &mut Pieces) {
    let cut: String = match verb.precision {
        Some(precision) if precision > 0 => text.graphemes(true).take(precision).collect(),
        _ => text.to_owned(),
    };
    if verb.letter == 'q' {
        let mut quoted = String::new();
        json::quote(&cut, &mut quoted);
        out.text(&padded(verb, &quoted));
    } else {
        out.text(&padded(verb, &cut));
    }
}

fn padded(verb: &Verb, text: &str) -> String {
    let missing = verb.width.unwrap_or(0).saturating_sub(text.graphemes(true).count());
    let pad = if verb.zero { "0" } else { " " }.repeat(missing);
    if verb.minus { format!("{text}{pad}") } else { format!("{pad}{text}") }
}

fn write_number(verb: &Verb, number: &Decimal) -> Result<String, String> {
    if verb.precision == Some(0) && number.is_zero() && "dboxX".contains(verb.letter) {
        // Go leaves out even the sign and the padding.
        return Ok(String::new());
    }
    let magnitude = number.abs();
    let (prefix, digits) = match verb.letter {
        'd' | 'b' | 'o' | 'x' | 'X' => {
            let integer = magnitude
                .to_integer()
                .ok_or_else(|| format!("`%{}` needs a whole number, not `{number}`", verb.letter))?;
            let (radix, prefix) = match verb.letter {
                'b' => (2, "0b"),
                'o' => (8, "0"),
                'x' => (16, "0x"),
                'X' => (16, "0X"),
                _ => (10, ""),
            };
            let digits = integer.to_str_radix(radix);
            let digits = if verb.letter == 'X' { digits.to_uppercase() } else { digits };
            let digits = match verb.precision {
                Some(precision) => format!("{}{digits}", "0".repeat(precision.saturating_sub(digits.len()))),
                None => digits,
            };
            (if verb.sharp { prefix } else { "" }, digits)
        }
        'f' => ("", fixed(&magnitude, verb.precision.unwrap_or(6))),
        'e' | 'E' => ("", scientific(&magnitude, Some(verb.precision.unwrap_or(6)), verb.letter == 'E')),
        _ => ("", general(&magnitude, verb.precision, verb.letter == 'G')),
    };
    let sign = match (number.is_negative(), verb.plus, verb.space) {
        (true, ..) => "-",
        (false, true, _) => "+",
        (false, false, true) => " ",
        _ => "",
    };
    let missing = verb.width.unwrap_or(0).saturating_sub(sign.len() + prefix.len() + digits.len());
    let integral = "dboxX".contains(verb.letter);
    // Padding with zeros goes before flushing left for fractions, after it for whole numbers.
    Ok(if verb.minus && (integral || !verb.zero) {
        format!("{sign}{prefix}{digits}{}", " ".repeat(missing))
    } else if verb.zero && !(integral && verb.precision.is_some()) {
        format!("{sign}{prefix}{}{digits}", "0".repeat(missing))
    } else {
        format!("{}{sign}{prefix}{digits}", " ".repeat(missing))
    })
}

fn fixed(number: &Decimal, places: usize) -> String {
    let text = number.rounded(places as i64).to_string();
    let have = text.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let point = if have == 0 && places > 0 { "." } else { "" };
    format!("{text}{point}{}", "0".repeat(places.saturating_sub(have)))
}

/// `d.ddde±dd`; without a precision, as many digits as there are.
fn scientific(number: &Decimal, places: Option<usize>, capital: bool) -> String {
    let (_, _, position) = number.digits();
    let number = match places {
        Some(places) if !number.is_zero() => number.rounded(places as i64 + 1 - position),
        _ => number.clone(),
    };
    let (_, digits, position) = number.digits();
    let (first, more) = digits.split_at(1);
    let places = places.unwrap_or(more.len());
    let more = format!("{more}{}", "0".repeat(places.saturating_sub(more.len())));
    let point = if more.is_empty() { "" } else { "." };
    let exponent = position - 1;
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{first}{point}{more}{}{sign}{:02}", if capital { 'E' } else { 'e' }, exponent.abs())
}

/// Fixed where the exponent is small, else scientific.
fn general(number: &Decimal, precision: Option<usize>, capital: bool) -> String {
    let precision = precision.map(|precision| precision.max(1));
    let (_, _, position) = number.digits();
    let rounded = match precision {
        Some(precision) if !number.is_zero() => number.rounded(precision as i64 - position),
        _ => number.clone(),
    };
    let (_, digits, position) = rounded.digits();
    let exponent = position - 1;
    let limit = match precision {
        Some(precision) if precision > digits.len() && digits.len() as i64 >= position => digits.len() as i64,
        Some(precision) => precision as i64,
        None => 6,
    };
    if !(-4..limit).contains(&exponent) {
        let sign = if rounded.is_negative() { "-" } else { "" };
        return format!("{sign}{}", scientific(&rounded.abs(), None, capital));
    }
    rounded.to_string()
}
