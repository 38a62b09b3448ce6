//! JSON inside of a string, placed to the byte in the literal it was written in.

use std::sync::Arc;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;

use super::SourceTexts;
use crate::hashing::QuickIndexMap;
use crate::source::{SourceId, Span};
use crate::value::{Data, List, Map, Number, Origin, Piece, Value, Why};

/// Stands for a hole in a key of a map.
pub const HOLE: &str = "${…}";

const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// The structure a value has or spells: a map or list, or JSON in a text with or without holes.
pub fn structured(value: &Value, texts: &dyn SourceTexts) -> Option<Value> {
    // A text that was made of a structure and remembers it needs no reading.
    if let Some(json) = &value.json {
        return Some((**json).clone());
    }
    match &value.data {
        Data::Map(_) | Data::List(_) => Some(value.clone()),
        Data::Text(text) => read(value, &[Piece::Text(text.clone())], texts),
        Data::Holed(pieces) => read(value, pieces, texts),
        _ => None,
    }
}

/// The JSON that a value spells, each part at its place in the text that the value's origin covers; `None` where
/// it spells none, or where text and value do not run side by side.
pub fn placed(value: &Value, text: &str) -> Option<Value> {
    let pieces = match &value.data {
        Data::Text(text) => &[Piece::Text(text.clone())][..],
        Data::Holed(pieces) => pieces,
        _ => return None,
    };
    align(&Built::of(pieces), text)?;
    read(value, pieces, &Whole(text))
}

/// One text, whatever the source.
struct Whole<'t>(&'t str);

impl SourceTexts for Whole<'_> {
    fn text(&self, _source: SourceId) -> Option<&str> {
        Some(self.0)
    }
}

fn read(value: &Value, pieces: &[Piece], texts: &dyn SourceTexts) -> Option<Value> {
    let built = Built::of(pieces);
    let options = jsonc_parser::ParseOptions::default();
    let parsed =
        jsonc_parser::parse_to_ast(&built.text, &jsonc_parser::CollectOptions::default(), &options).ok()?;
    let node = parsed.value?;
    if !matches!(node, ast::Value::Object(_) | ast::Value::Array(_)) {
        return None;
    }
    let places = value.origin.span.and_then(|span| {
        let raw = texts.text(span.source).and_then(|text| text.get(span.range()));
        let offsets = match raw {
            Some(raw) => align(&built, raw)?,
            None => by_length(&built, span)?,
        };
        Some(Places { span, offsets })
    });
    Some(
        Reader { built: &built, places, whole: &value.origin, sensitive: value.sensitive }.value(&node, None),
    )
}

/// The text with a sentinel for each hole; a hole outside of a string is quoted, so that the text stays JSON.
struct Built {
    text: String,
    holes: Vec<Arc<Why>>,
    /// Where the sentinels stand, in order.
    ranges: Vec<std::ops::Range<usize>>,
}

impl Built {
    fn of(pieces: &[Piece]) -> Self {
        let mut built = Self { text: String::new(), holes: Vec::new(), ranges: Vec::new() };
        let (mut quoted, mut escaped) = (false, false);
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    for c in text.chars() {
                        match c {
                            _ if escaped => escaped = false,
                            '\\' if quoted => escaped = true,
                            '"' => quoted = !quoted,
                            _ => {}
                        }
                    }
                    built.text.push_str(text);
                }
                Piece::Hole(why) => {
                    let start = built.text.len();
                    let quote = if quoted { "" } else { "\"" };
                    built.text.push_str(&format!("{quote}{OPEN}{}{CLOSE}{quote}", built.holes.len()));
                    built.ranges.push(start..built.text.len());
                    built.holes.push(why.clone());
                }
            }
        }
        built
    }
}

/// For each byte of the built text (and its end) the byte of the literal it stands at.
struct Places {
    span: Span,
    offsets: Vec<u32>,
}

/// Without the literal's text only its length tells: equal, or two longer for the quotes.
fn by_length(built: &Built, span: Span) -> Option<Vec<u32>> {
    let quotes = span.range().len().checked_sub(built.text.len())?;
    let first = match quotes {
        0 => 0,
        2 => 1,
        _ => return None,
    };
    built.holes.is_empty().then(|| (0..=built.text.len()).map(|at| at as u32 + first).collect())
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    /// `"…"` with backslash escapes.
    Double,
    /// `'…'`, the quote doubled.
    Single,
    /// A heredoc or block scalar: lines may be indented.
    Lines,
}

/// Walks literal and value side by side; `None` when they part.
fn align(built: &Built, raw: &str) -> Option<Vec<u32>> {
    let (style, mut at) = match raw.chars().next()? {
        '"' => (Style::Double, 1),
        '\'' => (Style::Single, 1),
        '<' | '|' | '>' => (Style::Lines, raw.find('\n')? + 1),
        _ => (Style::Lines, 0),
    };
    let text = &*built.text;
    let mut offsets = vec![0; text.len() + 1];
    let mut here = 0;
    let mut holes = built.ranges.iter().peekable();
    let mut line_start = true;
    while here < text.len() {
        if let Some(hole) = holes.next_if(|hole| hole.start == here) {
            let end = interpolation(raw, at)?;
            offsets.get_mut(hole.clone())?.fill(at as u32);
            (here, at, line_start) = (hole.end, end, false);
            continue;
        }
        if style == Style::Lines && line_start {
            at += indent(raw.get(at..)?).saturating_sub(indent(text.get(here..)?));
        }
        let wanted = text.get(here..)?.chars().next()?;
        // Policy variables (`${aws:username}`) stand in literals that are no templates.
        let verbatim = text.get(here..)?.starts_with("${") && raw.get(at..)?.starts_with("${");
        let length = if verbatim { Some(1) } else { step(raw.get(at..)?, wanted, style) };
        match length {
            Some(length) => {
                offsets.get_mut(here..here + wanted.len_utf8())?.fill(at as u32);
                here += wanted.len_utf8();
                at += length;
                line_start = wanted == '\n';
            }
            // A known interpolation: what follows it in the literal must follow in the value.
            None => {
                let end = interpolation(raw, at)?;
                let rest = raw.get(end..)?;
                let stop = rest.find(['\n', '\r', '\\', '$']).unwrap_or(rest.len());
                let tail: String = rest.get(..stop)?.chars().take(24).collect();
                if tail.is_empty() && stop != rest.len() {
                    return None;
                }
                let found = text.get(here..)?.find(&tail)?;
                offsets.get_mut(here..here + found)?.fill(at as u32);
                (here, at, line_start) = (here + found, end, false);
            }
        }
    }
    *offsets.last_mut()? = at as u32;
    Some(offsets)
}

fn indent(text: &str) -> usize {
    text.len() - text.trim_start_matches([' ', '\t']).len()
}

/// How many bytes of the literal spell this character.
fn step(raw: &str, wanted: char, style: Style) -> Option<usize> {
    if raw.starts_with("$${") && wanted == '$' || raw.starts_with("%%{") && wanted == '%' {
        return Some(2);
    }
    let first = raw.chars().next()?;
    match style {
        Style::Double if first == '\\' => {
            let (decoded, length) = match raw.get(1..)?.chars().next()? {
                'n' => ('\n', 2),
                't' => ('\t', 2),
                'r' => ('\r', 2),
                'u' => (char::from_u32(u32::from_str_radix(raw.get(2..6)?, 16).ok()?)?, 6),
                other => (other, 1 + other.len_utf8()),
            };
            (decoded == wanted).then_some(length)
        }
        Style::Single if raw.starts_with("''") => (wanted == '\'').then_some(2),
        // A folded block scalar makes a line's end a blank.
        Style::Lines if first == '\n' && wanted == ' ' => Some(1 + indent(raw.get(1..)?)),
        _ if first == '\r' && wanted == '\n' => raw.starts_with("\r\n").then_some(2),
        _ if raw.starts_with("${") => None,
        _ => (first == wanted).then_some(first.len_utf8()),
    }
}

/// The end of the `${…}` that begins here.
fn interpolation(raw: &str, at: usize) -> Option<usize> {
    let rest = raw.get(at..)?.strip_prefix("${")?;
    let (mut depth, mut quoted, mut escaped) = (1, false, false);
    for (offset, c) in rest.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '{' if !quoted => depth += 1,
            '}' if !quoted => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 2 + offset + 1);
                }
            }
            _ => {}
        }
    }
    None
}

struct Reader<'a> {
    built: &'a Built,
    places: Option<Places>,
    whole: &'a Origin,
    sensitive: bool,
}

impl Reader<'_> {
    fn span(&self, range: jsonc_parser::common::Range) -> Option<Span> {
        let places = self.places.as_ref()?;
        let (start, end) = (*places.offsets.get(range.start)?, *places.offsets.get(range.end)?);
        let base = places.span.start as usize;
        Some(Span::new(places.span.source, base + start as usize, base + end as usize))
    }

    fn origin(&self, range: jsonc_parser::common::Range) -> Origin {
        Origin { span: self.span(range).or(self.whole.span), via: self.whole.via.clone() }
    }

    fn value(&self, node: &ast::Value<'_>, key: Option<Span>) -> Value {
        let data = match node {
            ast::Value::NullKeyword(_) => Data::Null,
            ast::Value::BooleanLit(literal) => Data::Bool(literal.value),
            ast::Value::NumberLit(literal) => match literal.value.parse::<f64>() {
                Ok(float) => Data::Number(Number::from(float)),
                Err(_) => Data::Text(literal.value.into()),
            },
            ast::Value::StringLit(literal) => self.text(&literal.value),
            ast::Value::Array(array) => {
                let items = array.elements.iter().map(|element| self.value(element, None)).collect();
                Data::List(Arc::new(List { items, open: None }))
            }
            ast::Value::Object(object) => Data::Map(Arc::new(self.map(object, key))),
        };
        let mut value = Value::new(data, self.origin(node.range()));
        value.sensitive = self.sensitive;
        value
    }

    fn map(&self, object: &ast::Object<'_>, key: Option<Span>) -> Map {
        let mut map = Map { entries: QuickIndexMap::default(), open: None, header: key };
        for property in &object.properties {
            let place = self.span(property.name.range());
            match self.text(property.name.as_str()) {
                Data::Text(name) => {
                    map.entries.insert(name, self.value(&property.value, place));
                }
                Data::Holed(pieces) => {
                    let name: String = pieces
                        .iter()
                        .map(|piece| match piece {
                            Piece::Text(text) => text,
                            Piece::Hole(_) => HOLE,
                        })
                        .collect();
                    map.entries.insert(name.into(), self.value(&property.value, place));
                }
                Data::Unknown(why) => map.open = Some(why),
                _ => {}
            }
        }
        map
    }

    /// A text with the sentinels turned back into holes; nothing but a hole is unknown.
    fn text(&self, text: &str) -> Data {
        let mut pieces = Vec::new();
        for part in text.split_inclusive(CLOSE) {
            let hole = part.strip_suffix(CLOSE).and_then(|part| {
                let (before, number) = part.split_once(OPEN)?;
                Some((before, self.built.holes.get(number.parse::<usize>().ok()?)?.clone()))
            });
            match hole {
                Some((before, why)) => {
                    if !before.is_empty() {
                        pieces.push(Piece::Text(before.into()));
                    }
                    pieces.push(Piece::Hole(why));
                }
                None => pieces.push(Piece::Text(part.into())),
            }
        }
        match pieces.as_slice() {
            [] => Data::Text("".into()),
            [Piece::Text(text)] => Data::Text(text.clone()),
            [Piece::Hole(why)] => Data::Unknown(why.clone()),
            _ => Data::Holed(pieces.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;
    use crate::value::WhyKind;
    use crate::view::NoSourceTexts;

    struct One(&'static str);

    impl SourceTexts for One {
        fn text(&self, _source: SourceId) -> Option<&str> {
            Some(self.0)
        }
    }

    fn written(source: &'static str, literal: &str, data: Data) -> Value {
        let start = source.find(literal).unwrap();
        Value::new(data, Origin::at(Span::new(SourceId(0), start, start + literal.len())))
    }

    fn slice<'a>(source: &'a str, value: &Value) -> &'a str {
        &source[value.origin.span.unwrap().range()]
    }

    #[test]
    fn an_indented_heredoc_is_placed() {
        let source = "policy = <<-EOF\n    {\n      \"Action\": [\n        \"s3:*\"\n      ]\n    }\n  EOF\n";
        let literal = source.strip_prefix("policy = ").unwrap().trim_end();
        let value = written(source, literal, Data::Text("{\n  \"Action\": [\n    \"s3:*\"\n  ]\n}\n".into()));
        let read = structured(&value, &One(source)).unwrap();
        let actions = read.get("Action").unwrap().as_list().unwrap();
        assert_eq!(slice(source, &actions.items[0]), "\"s3:*\"");
    }

    #[test]
    fn an_escaped_string_is_placed() {
        let source = r#"policy = "{\"Action\": \"s3:*\"}""#;
        let value = written(source, &source[9..], Data::Text(r#"{"Action": "s3:*"}"#.into()));
        let read = structured(&value, &One(source)).unwrap();
        assert_eq!(slice(source, read.get("Action").unwrap()), r#"\"s3:*\""#);
        let blind = structured(&value, &NoSourceTexts).unwrap();
        assert_eq!(slice(source, blind.get("Action").unwrap()), &source[9..]);
    }

    #[test]
    fn holes_and_known_interpolations_are_placed() {
        let source = "p = <<EOF\n{ \"a\": \"${var.known}/x\", \"b\": \"${f(\"}\")}/*\", \"c\": ${var.list}, \"d\": \"*\" }\nEOF";
        let why = Why::new(WhyKind::Variable, "`var.x` has no value");
        let pieces: Vec<Piece> = vec![
            Piece::Text("{ \"a\": \"value/x\", \"b\": \"".into()),
            Piece::Hole(why.clone()),
            Piece::Text("/*\", \"c\": ".into()),
            Piece::Hole(why.clone()),
            Piece::Text(", \"d\": \"*\" }\n".into()),
        ];
        let value = written(source, &source[4..], Data::Holed(pieces.into()));
        let read = structured(&value, &One(source)).unwrap();
        assert_eq!(slice(source, read.get("a").unwrap()), "\"${var.known}/x\"");
        assert_eq!(slice(source, read.get("b").unwrap()), "\"${f(\"}\")}/*\"");
        assert_eq!(slice(source, read.get("d").unwrap()), "\"*\"");
        assert_eq!(read.get("c").unwrap().data, Data::Unknown(why.clone()));
        assert_eq!(
            read.get("b").unwrap().data,
            Data::Holed([Piece::Hole(why), Piece::Text("/*".into())].into())
        );
    }

    #[test]
    fn block_scalars_line_ends_and_policy_variables() {
        let source =
            "P: |\r\n  { \"Resource\":\r\n      \"${aws:username}${x}ü/*\",\r\n    \"d\": \"*\" }\r\n";
        let text = "{ \"Resource\":\n    \"${aws:username}${x}ü/*\",\n  \"d\": \"*\" }\n";
        let value = written(source, &source[3..], Data::Text(text.into()));
        let read = structured(&value, &One(source)).unwrap();
        assert_eq!(slice(source, read.get("Resource").unwrap()), "\"${aws:username}${x}ü/*\"");
        assert_eq!(slice(source, read.get("d").unwrap()), "\"*\"");
        // Without the text the whole literal is all that can be said, unless its length tells more.
        let blind = structured(&value, &NoSourceTexts).unwrap();
        assert_eq!(slice(source, blind.get("d").unwrap()), &source[3..]);
    }

    #[test]
    fn what_is_no_json_has_no_structure() {
        let value = written("p = \"hello\"", "\"hello\"", Data::Text("hello".into()));
        assert!(structured(&value, &NoSourceTexts).is_none());
    }
}
