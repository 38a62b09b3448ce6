//! What a reader is told: observed values, expected ones, one sentence.

use std::collections::HashMap;
use std::sync::Arc;

use compline_iac::{Data, Piece, Value};

use crate::check::{Absent, Body, Clause, Element, Operator, Path, Scalar, Test};

/// Words that are the same for every resource a page looks at, kept while one inventory is judged: by the place of
/// the test, body or path they are of, which stays where it is that long.
#[derive(Default)]
pub struct Phrases {
    /// A body and its first test may lie at one place: the sort tells them apart.
    known: HashMap<(usize, u8), Arc<str>>,
    nothing: Arc<str>,
}

impl Phrases {
    fn of<T>(&mut self, sort: u8, part: &T, say: impl FnOnce(&T) -> String) -> Arc<str> {
        let place = std::ptr::from_ref(part) as usize;
        self.known.entry((place, sort)).or_insert_with(|| say(part).into()).clone()
    }

    pub fn expected(&mut self, test: &Test) -> Arc<str> {
        self.of(0, test, expected)
    }

    pub fn body(&mut self, of: &Body) -> Arc<str> {
        self.of(1, of, body)
    }

    pub fn path(&mut self, path: &Path) -> Arc<str> {
        self.of(2, path, ToString::to_string)
    }

    /// What is said where nobody listens.
    pub fn nothing(&self) -> Arc<str> {
        self.nothing.clone()
    }
}

/// Longest value printed whole, in characters.
const LONGEST: usize = 120;

/// A value as a reader sees it: one line, cut in the middle of nowhere never, secrets by their length.
pub fn observed(value: &Value) -> String {
    if value.sensitive {
        let length = value.as_text().map_or(0, |text| text.chars().count());
        return format!("(hidden, {length} characters)");
    }
    let text = match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(value) => value.to_string(),
        Data::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Data::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Data::Holed(pieces) => pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.to_string(),
                Piece::Hole(_) => "${…}".to_owned(),
            })
            .collect(),
        Data::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(observed).collect();
            if list.open.is_some() {
                items.push("…".to_owned());
            }
            format!("[{}]", items.join(", "))
        }
        Data::Map(map) => {
            let entries: Vec<String> =
                map.entries.iter().map(|(key, value)| format!("{key} = {}", observed(value))).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Data::Unknown(_) => match &value.refers {
            Some(reference) if reference.attribute.is_empty() => reference.address.to_string(),
            Some(reference) => format!("{}.{}", reference.address, reference.attribute),
            None => "unknown".to_owned(),
        },
        Data::Choice(alternatives) => alternatives.iter().map(observed).collect::<Vec<_>>().join(" or "),
    };
    shorten(&text)
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(LONGEST - 1).collect();
    out.push('…');
    out
}

/// What a test asks for.
pub fn expected(test: &Test) -> String {
    test.operators.iter().map(operator).collect::<Vec<_>>().join(" and ")
}

fn operator(operator: &Operator) -> String {
    match operator {
        Operator::Is(literal) => literal.to_string(),
        Operator::In(list) => either(list),
        Operator::NotIn(list) => format!("anything but {}", join(list)),
        Operator::Matches(pattern) => format!("a match of {pattern}"),
        Operator::AtLeast(literal) => format!("at least {literal}"),
        Operator::AtMost(literal) => format!("at most {literal}"),
        Operator::Contains(list) => format!("a list with {}", join(list)),
        Operator::Covers(literal) => format!("something with {} in it", covered(literal)),
        Operator::Present(true) => "a value".to_owned(),
        Operator::Present(false) => "no value".to_owned(),
        Operator::Any(element) => format!("at least one with {}", self::element(element)),
        Operator::All(element) => format!("each with {}", self::element(element)),
        Operator::None(element) => format!("none with {}", self::element(element)),
        Operator::Count { at_least: Some(least), at_most: None } => format!("at least {least}"),
        Operator::Count { at_least: None, at_most: Some(most) } => format!("at most {most}"),
        Operator::Count { at_least, at_most } => {
            format!("{} to {}", at_least.unwrap_or_default(), at_most.unwrap_or_default())
        }
    }
}

fn element(element: &Element) -> String {
    match element {
        Element::Test(test) => match test.operators.as_slice() {
            [Operator::Covers(literal)] => format!("{} in it", covered(literal)),
            _ => expected(test),
        },
        Element::Body(body) => self::body(body),
    }
}

/// What a body asks for, its paths named.
pub fn body(body: &Body) -> String {
    let clauses: Vec<String> = body
        .clauses
        .iter()
        .map(|clause| match clause {
            Clause::Test { path, test } => format!("{path}: {}", expected(test)),
            Clause::AnyOf(bodies) => bodies.iter().map(self::body).collect::<Vec<_>>().join(" or "),
            Clause::Not(inner) => format!("not ({})", self::body(inner)),
        })
        .collect();
    clauses.join(", ")
}

/// The constants of `covers`, as a reader says them.
fn covered(literal: &Scalar) -> String {
    match literal.to_string().as_str() {
        "internet" => "the whole internet".to_owned(),
        "everyone" => "everyone".to_owned(),
        other => other.to_owned(),
    }
}

fn join(list: &[Scalar]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn either(list: &[Scalar]) -> String {
    match list {
        [one] => one.to_string(),
        [most @ .., last] => format!("{} or {last}", join(most)),
        [] => "nothing".to_owned(),
    }
}

/// What stands for a value that is not there.
pub fn not_set(absent: Absent, default: Option<&Scalar>) -> String {
    match (absent, default) {
        (Absent::Default, Some(value)) => format!("not set, default {value}"),
        (Absent::Pass, _) => "not set, which is fine".to_owned(),
        _ => "not set".to_owned(),
    }
}
