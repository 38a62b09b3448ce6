//! YAML as Terraform reads it: one document, scalars resolved as YAML 1.2 with the words of 1.1.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput, Tag};

use super::call::{Answer, Call};
use super::convert::{self, Type};
use super::datetime::{Moment, month_length};
use super::decimal::Decimal;
use super::json::DEEPEST;
use crate::value::{Data, Map, Value, WhyKind};

/// Nodes that aliases may multiply a document into.
const MOST_NODES: usize = 200_000;

const TOO_LARGE: &str = "YAML that is nested deeper than 128 or larger than 200000 nodes is not read";

pub(super) fn decode(call: &Call<'_, '_>, text: &str) -> Answer {
    let mut reader = Reader {
        call,
        parser: Parser::new_from_str(text),
        anchors: HashMap::new(),
        nodes: 0,
        limit: None,
        text,
        end: 0,
    };
    let value = reader.document();
    match reader.limit {
        Some(limit) => Ok(call.unknown_because(WhyKind::Limit, limit)),
        None => value?.ok_or_else(|| "the YAML text holds no document".to_owned()),
    }
}

struct Reader<'r, 'c, 'x> {
    call: &'r Call<'c, 'x>,
    parser: Parser<'r, StrInput<'r>>,
    anchors: HashMap<usize, (Value, usize)>,
    nodes: usize,
    limit: Option<&'static str>,
    text: &'r str,
    /// Where the last event ended, in characters.
    end: usize,
}

impl<'r> Reader<'r, '_, '_> {
    /// The only document.
    fn document(&mut self) -> Result<Option<Value>, String> {
        let mut value = None;
        loop {
            match self.next()? {
                Event::StreamEnd => return Ok(value),
                Event::DocumentStart(_) if value.is_some() => {
                    return Err("only one YAML document is read".to_owned());
                }
                Event::DocumentStart(_) => {
                    let event = self.next()?;
                    value = Some(self.node(event, 0)?);
                    if self.limit.is_some() {
                        return Ok(value);
                    }
                }
                _ => {}
            }
        }
    }

    fn next(&mut self) -> Result<Event<'r>, String> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                self.end = span.end.index();
                Ok(event)
            }
            Some(Err(error)) => {
                if error.info().contains("recursion limit") {
                    self.limit = Some(TOO_LARGE);
                }
                let marker = error.marker();
                Err(format!(
                    "the YAML text cannot be read at line {}, column {}",
                    marker.line(),
                    marker.col() + 1
                ))
            }
            None => Ok(Event::StreamEnd),
        }
    }

    fn node(&mut self, event: Event<'r>, depth: usize) -> Answer {
        if depth > DEEPEST || self.nodes > MOST_NODES {
            self.limit = Some(TOO_LARGE);
        }
        if self.limit.is_some() {
            return Ok(self.call.make(Data::Null));
        }
        let before = self.nodes;
        self.nodes += 1;
        let (value, anchor) = match event {
            Event::Alias(anchor) => {
                let (value, nodes) =
                    self.anchors.get(&anchor).cloned().ok_or("a YAML alias names no anchor before it")?;
                self.nodes += nodes;
                return Ok(value);
            }
            Event::Scalar(text, style, anchor, tag) => (self.scalar(&text, style, tag.as_deref())?, anchor),
            Event::SequenceStart(anchor, tag) => {
                check_tag(tag.as_deref(), "seq")?;
                (self.sequence(depth)?, anchor)
            }
            Event::MappingStart(anchor, tag) => {
                check_tag(tag.as_deref(), "map")?;
                (self.mapping(depth)?, anchor)
            }
            _ => return Err("the YAML text ends too early".to_owned()),
        };
        if anchor > 0 {
            self.anchors.insert(anchor, (value.clone(), self.nodes - before));
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Answer {
        let mut items = Vec::new();
        while self.limit.is_none() {
            match self.next()? {
                Event::SequenceEnd => break,
                event => items.push(self.node(event, depth + 1)?),
            }
        }
        Ok(self.call.make_list(items, None))
    }

    fn mapping(&mut self, depth: usize) -> Answer {
        let mut map = Map::default();
        while self.limit.is_none() {
            let event = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            let merges = match &event {
                Event::Scalar(text, style, _, tag) => is_merge(text, *style, tag.as_deref()),
                _ => false,
            };
            if merges {
                let event = self.next()?;
                let merged = self.node(event, depth + 1)?;
                merge(&mut map, &merged)?;
                continue;
            }
            let key = self.node(event, depth + 1)?;
            let event = self.next()?;
            let value = self.node(event, depth + 1)?;
            let key =
                convert::convert(&key, &Type::Text).map_err(|_| "a YAML key must be a string".to_owned())?;
            let key = key.as_text().ok_or("a YAML key must not be null")?;
            map.entries.insert(key.into(), value);
        }
        Ok(self.call.make_map(map))
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Answer {
        let tag = match tag {
            None => "",
            Some(tag) if tag.is_yaml_core_schema() => tag.suffix.as_str(),
            Some(tag) if tag.handle == "!" && tag.suffix.is_empty() => "str",
            Some(tag) => return Err(format!("the YAML tag `{}{}` is not supported", tag.handle, tag.suffix)),
        };
        let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        // Where the text ends without a line break, so does a block scalar that ends there.
        let unbroken = block && !self.text.ends_with('\n') && self.end >= self.text.chars().count();
        let text = if unbroken { text.strip_suffix('\n').unwrap_or(text) } else { text };
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let refused = || format!("`{text}` is no YAML `{tag}`");
        match tag {
            "" if quoted => Ok(self.call.make_text(text)),
            // What a block says is looked up too, and then turned back into a string.
            "" if block => convert::convert(&self.resolved(text)?, &Type::Text),
            "" => self.resolved(text),
            "str" => Ok(self.call.make_text(text)),
            "int" | "float" | "bool" | "null" | "timestamp" if quoted && is_hint(text) => {
                Ok(self.call.make_text(text))
            }
            "binary" => Ok(self.call.make_text(text)),
            "null" => Ok(self.call.make(Data::Null)),
            "bool" => word(text).map(|bool| self.call.make_bool(bool)).ok_or_else(refused),
            "int" | "float" => {
                let plain = text.replace('_', "");
                let number = Decimal::parse(&plain).or_else(|| radix(&plain));
                number.map(|number| self.call.make_number(&number)).ok_or_else(refused)
            }
            "timestamp" => moment(text).map(|moment| self.call.make_text(moment.text())).ok_or_else(refused),
            _ => Err(format!("the YAML tag `!!{tag}` is not supported")),
        }
    }

    /// What a plain scalar means.
    fn resolved(&self, text: &str) -> Answer {
        if let Some(bool) = word(text) {
            return Ok(self.call.make_bool(bool));
        }
        match text {
            "" | "~" | "null" | "Null" | "NULL" => return Ok(self.call.make(Data::Null)),
            ".nan" | ".NaN" | ".NAN" => return Err("`.nan` is no number of Terraform".to_owned()),
            ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
                return Ok(self.call.unknown_because(WhyKind::Limit, "infinity is not computed with"));
            }
            _ => {}
        }
        if let Some(moment) = moment(text) {
            return Ok(self.call.make_text(moment.text()));
        }
        let signs =
            text.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'));
        let number = if signs { Decimal::parse(text).or_else(|| radix(text)) } else { None };
        Ok(match number {
            Some(number) => self.call.make_number(&number),
            None => self.call.make_text(text),
        })
    }
}

/// Whether the first character alone lets Terraform look for a number or a word.
fn is_hint(text: &str) -> bool {
    text.chars().next().is_none_or(|first| first.is_ascii_digit() || "+-.~yYnNtTfFoO".contains(first))
}

fn check_tag(tag: Option<&Tag>, wanted: &str) -> Result<(), String> {
    match tag {
        Some(tag)
            if !(tag.is_yaml_core_schema() && tag.suffix == wanted
                || tag.handle == "!" && tag.suffix.is_empty()) =>
        {
            Err(format!("the YAML tag `{}{}` is not supported", tag.handle, tag.suffix))
        }
        _ => Ok(()),
    }
}

fn is_merge(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> bool {
    let plain = tag.is_none() && text == "<<" && style == ScalarStyle::Plain;
    plain || tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "merge")
}

fn merge(map: &mut Map, merged: &Value) -> Result<(), String> {
    match &merged.data {
        Data::Map(other) => {
            for (key, value) in &other.entries {
                map.entries.insert(key.clone(), value.clone());
            }
            Ok(())
        }
        _ => Err("only mappings can be merged into a YAML mapping".to_owned()),
    }
}

fn word(text: &str) -> Option<bool> {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

/// `0x1f` and `0o17`.
fn radix(text: &str) -> Option<Decimal> {
    let (digits, radix) = match (text.strip_prefix("0x"), text.strip_prefix("0o")) {
        (Some(digits), _) => (digits, 16),
        (_, Some(digits)) => (digits, 8),
        _ => return None,
    };
    let digits = Some(digits)
        .filter(|digits| !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix)))?;
    let number = u64::from_str_radix(digits, radix).ok()?;
    Some(Decimal::from_integer(number.into()))
}

/// A date, or a date and a time, in the forms that YAML allows.
fn moment(text: &str) -> Option<Moment> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((text.get(at..at + 1)?, text.get(at + 1..)?))),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return None };
    if year.len() != 4 || [month, day].iter().any(|part| part.is_empty() || part.len() > 2) {
        return None;
    }
    let number = |digits: &str| {
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())?
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    if !(1..=12).contains(&month) || day < 1 || day > month_length(year, month) {
        return None;
    }
    let Some((mark, time)) = time else { return Some(Moment::of(year, month, day, 0)) };
    let (clock, zone) = match time.find(['Z', '+', '-']) {
        Some(at) if mark != " " => time.split_at(at),
        None if mark == " " => (time, "Z"),
        _ => return None,
    };
    let (clock, fraction) =
        clock.split_once('.').map_or((clock, String::new()), |(clock, rest)| (clock, format!(".{rest}")));
    let units: Vec<&str> = clock.split(':').collect();
    if units.len() != 3 || units.iter().any(|unit| unit.is_empty() || unit.len() > 2) {
        return None;
    }
    let clock = units.iter().map(|unit| format!("{unit:0>2}")).collect::<Vec<_>>().join(":");
    Moment::parse(&format!("{year:04}-{month:02}-{day:02}T{clock}{fraction}{zone}"))
}
