//! What a check asks for, as a reader is told it. Made when a page is compiled, and kept beside each test.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Body, Clause, Element, Operator, Scalar};

/// What was expected: `true`, `at least 14`, `anything but public-read`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// What is asked for, or what must not be.
    text: Arc<str>,
    negated: bool,
}

impl Expected {
    /// What operators ask for together.
    pub(super) fn of_operators(operators: &[Operator]) -> Self {
        match operators {
            [Operator::NotIn(list)] => Self { text: join(list).into(), negated: true },
            _ => Self { text: operator_words(operators).into(), negated: false },
        }
    }

    /// What a body asks for; of several tests the paths are named.
    pub(super) fn of_body(body: &Body) -> Self {
        if let [Clause::Test { test, .. }] = body.clauses.as_slice() {
            return test.expected.clone();
        }
        Self { text: body_words(body).into(), negated: false }
    }

    /// The opposite.
    #[must_use]
    pub fn not(&self) -> Self {
        Self { text: Arc::clone(&self.text), negated: !self.negated }
    }
}

impl From<&str> for Expected {
    fn from(text: &str) -> Self {
        Self { text: text.into(), negated: false }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.negated {
            true => write!(f, "anything but {}", self.text),
            false => f.write_str(&self.text),
        }
    }
}

fn operator_words(operators: &[Operator]) -> String {
    operators.iter().map(operator).collect::<Vec<_>>().join(" and ")
}

fn operator(operator: &Operator) -> String {
    match operator {
        Operator::Is(literal) => literal.to_string(),
        Operator::In(list) => either(list),
        Operator::NotIn(list) => format!("anything but {}", join(list)),
        Operator::Matches(pattern) => matched(pattern),
        Operator::AtLeast(literal) => format!("at least {literal}"),
        Operator::AtMost(literal) => format!("at most {literal}"),
        Operator::Contains(list) => format!("a list with {}", join(list)),
        Operator::Covers(literal) => format!("something with {} in it", covered(literal)),
        Operator::Present(true) => "a value".to_owned(),
        Operator::Present(false) => "no value".to_owned(),
        Operator::Any(element) => format!("at least one with {}", element_words(element)),
        Operator::All(element) => format!("each with {}", element_words(element)),
        Operator::None(element) => format!("none with {}", element_words(element)),
        Operator::Count { at_least: Some(least), at_most: None } => format!("at least {least}"),
        Operator::Count { at_least: None, at_most: Some(most) } => format!("at most {most}"),
        Operator::Count { at_least, at_most } => {
            format!("{} to {}", at_least.unwrap_or_default(), at_most.unwrap_or_default())
        }
    }
}

fn element_words(element: &Element) -> String {
    match element {
        Element::Test(test) => match test.operators.as_slice() {
            [Operator::Covers(literal)] => format!("{} in it", covered(literal)),
            operators => operator_words(operators),
        },
        Element::Body(body) => body_words(body),
    }
}

fn body_words(body: &Body) -> String {
    let clauses: Vec<String> = body
        .clauses
        .iter()
        .map(|clause| match clause {
            Clause::Test { path, test } => format!("{path}: {}", operator_words(&test.operators)),
            Clause::AnyOf(bodies) => bodies.iter().map(body_words).collect::<Vec<_>>().join(" or "),
            Clause::Not(inner) => format!("not ({})", body_words(inner)),
        })
        .collect();
    clauses.join(", ")
}

/// What a pattern asks for: the texts themselves where it lists texts, else the pattern.
fn matched(pattern: &str) -> String {
    let (whole, folds) = match pattern.strip_prefix("(?i)") {
        Some(rest) => (rest, true),
        None => (pattern, false),
    };
    let (inner, begins) = whole.strip_prefix('^').map_or((whole, false), |rest| (rest, true));
    let escaped = inner.ends_with("\\$");
    let (inner, ends) = match inner.strip_suffix('$').filter(|_| !escaped) {
        Some(rest) => (rest, true),
        None => (inner, false),
    };
    let group = inner.strip_suffix(')').and_then(|rest| {
        rest.strip_prefix("(?i:")
            .map(|rest| (rest, true))
            .or_else(|| rest.strip_prefix("(?:").or_else(|| rest.strip_prefix('(')).map(|rest| (rest, false)))
    });
    let (list, folds) = group.map_or((inner, folds), |(rest, all_cases)| (rest, folds || all_cases));
    // Without a group the anchors are those of the first and the last only.
    let is_list = group.is_some() || !list.contains('|') || !(begins || ends);
    let texts: Option<Vec<String>> = list.split('|').map(literal_text).collect();
    let Some(texts) = texts.filter(|texts| is_list && texts.iter().all(|text| !text.is_empty())) else {
        return format!("a match of {pattern}");
    };
    let texts: Vec<Scalar> = texts.into_iter().map(Scalar::Text).collect();
    let case = if folds { ", in any case" } else { "" };
    let words = either(&texts);
    match (begins, ends) {
        (true, true) => format!("{words}{case}"),
        (true, false) => format!("a text that begins with {words}{case}"),
        (false, true) => format!("a text that ends with {words}{case}"),
        (false, false) => format!("a text with {words} in it{case}"),
    }
}

/// The text that a pattern without any choice stands for.
fn literal_text(pattern: &str) -> Option<String> {
    let mut text = String::new();
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        match sign {
            // Before a letter or a digit it is a class, not the sign itself.
            '\\' => text.push(signs.next().filter(|next| next.is_ascii_punctuation())?),
            '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '{' | '}' | '^' | '$' | '|' => return None,
            sign => text.push(sign),
        }
    }
    Some(text)
}

/// The constants of `covers`, as a reader says them.
fn covered(literal: &Scalar) -> String {
    match literal.to_string().as_str() {
        "internet" => "0.0.0.0/0 or ::/0".to_owned(),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_that_lists_texts_is_told_by_them() {
        let told = |pattern: &str| matched(pattern);
        assert_eq!(told("^TLSv1"), "a text that begins with TLSv1");
        assert_eq!(told("^(?i:true|yes|1)$"), "true, yes or 1, in any case");
        assert_eq!(
            told(r":iam::aws:policy/AdministratorAccess$"),
            "a text that ends with :iam::aws:policy/AdministratorAccess"
        );
        assert_eq!(told(r"\.amazonaws\.com"), "a text with .amazonaws.com in it");
        assert_eq!(told("^a|b$"), "a match of ^a|b$");
        assert_eq!(told(r"^TLS1[2-9]"), r"a match of ^TLS1[2-9]");
        assert_eq!(told(r"^\d+$"), r"a match of ^\d+$");
        assert_eq!(told("^(a|)$"), "a match of ^(a|)$");
    }
}
