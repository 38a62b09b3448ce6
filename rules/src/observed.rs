//! What was found where a rule looked. The words are for readers; whoever decides by it asks the type.
//!
//! INVARIANT: whether something is hidden is decided here, from the value and before its text is cut.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use compline_iac::redact::{self, DigestKey};
use compline_iac::{Context, Data, Piece, Value};

use crate::check::Scalar;

/// What was found. As text it is what a reader is shown, in one line; secrets stand in it by their length only.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Observed {
    /// Nothing that could be shown.
    #[default]
    Nothing,
    /// A value, known in whole or in part.
    Value {
        /// Cut to [`LONGEST`] characters.
        text: String,
        /// A part of it is hidden.
        hides: bool,
    },
    /// A value that must not be shown.
    Hidden(Secret),
    /// Another resource's attribute, whose value the code does not say: `aws_kms_key.main.arn`.
    Reference(String),
    /// A value that is not known.
    Unknown,
    /// No value.
    NotSet {
        /// What the provider takes instead.
        default: Option<Scalar>,
        /// The rule is content with that.
        allowed: bool,
        /// It is written, and empty: `[]`, `""`, `{}`.
        empty: bool,
    },
    /// No resource of this kind belongs to the one that is judged.
    NoCompanion { kind: Arc<str> },
    /// So many elements.
    Count {
        elements: usize,
        /// There may be more.
        open: bool,
        /// One of them is hidden.
        hides: bool,
    },
    /// The elements of a view that the rule speaks of.
    Elements { view: &'static str, concerned: usize, all: usize },
    /// No text that looks like a credential.
    NoCredential,
    /// What another scanner says.
    Reported {
        text: String,
        /// It is about a secret: the text it points at must not be shown.
        secret: bool,
    },
}

/// Why a value must not be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Secret {
    /// Its type or its name says so; `shown` stands in its place.
    Whole { shown: String },
    /// It looks like a credential: `a private key`.
    Credential { what: &'static str },
}

/// Longest value printed whole, in characters.
const LONGEST: usize = 120;

impl Observed {
    /// A value as a reader sees it: one line, secrets by the class of their length and a digest under `key`, cut where
    /// it is long. `context` is where it stands.
    pub fn of(value: &Value, context: Context, key: &DigestKey) -> Self {
        let context = context.of(value);
        if let Some(shown) = whole(value, context, key) {
            return Observed::Hidden(Secret::Whole { shown });
        }
        match (&value.data, &value.refers) {
            (Data::Unknown(_), Some(_)) => Observed::Reference(text_of(value, Context::default(), key).0),
            (Data::Unknown(_), None) => Observed::Unknown,
            _ => {
                let (text, hides) = text_of(value, context, key);
                Observed::Value { text, hides }
            }
        }
    }

    /// What was found in several places, as one: each value once, in order.
    pub(crate) fn together(found: &[Self]) -> Self {
        match found {
            [one] => one.clone(),
            many => {
                let mut texts: Vec<String> = Vec::new();
                for text in many.iter().map(ToString::to_string).filter(|text| !text.is_empty()) {
                    if !texts.contains(&text) {
                        texts.push(text);
                    }
                }
                Observed::Value { text: shorten(&texts.join(", ")), hides: many.iter().any(Self::is_hidden) }
            }
        }
    }

    /// There is no value, and the rule says nothing of that which a default or the rule itself would settle.
    pub fn not_set() -> Self {
        Observed::NotSet { default: None, allowed: false, empty: false }
    }

    /// Whether the user wrote something here, be it an empty list.
    pub fn is_written(&self) -> bool {
        !matches!(
            self,
            Observed::Nothing | Observed::NotSet { empty: false, .. } | Observed::NoCompanion { .. }
        )
    }

    /// Whether there is no value at all.
    pub fn is_absent(&self) -> bool {
        matches!(self, Observed::NotSet { .. } | Observed::NoCompanion { .. })
    }

    /// Whether the text behind it, or a part of that, must not be shown.
    pub fn is_hidden(&self) -> bool {
        match self {
            Observed::Hidden(_) => true,
            Observed::Value { hides, .. } | Observed::Count { hides, .. } => *hides,
            Observed::Reported { secret, .. } => *secret,
            _ => false,
        }
    }
}

impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Observed::Nothing => Ok(()),
            Observed::Value { text, .. } | Observed::Reference(text) => f.write_str(text),
            Observed::Hidden(secret) => secret.fmt(f),
            Observed::Unknown => f.write_str("unknown"),
            Observed::NotSet { default, allowed, empty } => {
                f.write_str(if *empty { "empty" } else { "not set" })?;
                match default {
                    Some(default) => write!(f, ", default {default}"),
                    None if *allowed => f.write_str(" (allowed)"),
                    None => Ok(()),
                }
            }
            Observed::NoCompanion { .. } => f.write_str("not set"),
            Observed::Count { elements: 0, open: false, .. } => f.write_str("empty"),
            Observed::Count { elements, open: false, .. } => write!(f, "{elements}"),
            Observed::Count { elements, open: true, .. } => write!(f, "{elements} or more"),
            Observed::Elements { view, concerned, all } => {
                let what = view.replace('_', " ");
                match (concerned, all) {
                    (_, 0) => write!(f, "no {what}s"),
                    (0, 1) => write!(f, "one {what}, not concerned"),
                    (0, all) => write!(f, "none of {all} {what}s concerned"),
                    (concerned, all) => write!(f, "{concerned} of {all} {what}s concerned"),
                }
            }
            Observed::NoCredential => f.write_str("no credential found"),
            Observed::Reported { text, secret: false } => f.write_str(text),
            Observed::Reported { text, secret: true } => write!(f, "{text} (hidden)"),
        }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Secret::Whole { shown } => f.write_str(shown),
            Secret::Credential { what } => write!(f, "text with {what} (hidden)"),
        }
    }
}

/// What stands in the place of a value that is a secret as a whole.
fn whole(value: &Value, context: Context, key: &DigestKey) -> Option<String> {
    let written = match &value.data {
        Data::Text(text) => {
            context.whole(text)?;
            return Some(redact::marker(key, text));
        }
        Data::Bool(bool) => bool.to_string(),
        Data::Number(number) => number.to_string(),
        // What it holds is told apart further down, where each part has its own digest.
        _ => return None,
    };
    context.whole_number(&written).map(|_| redact::marker(key, &written))
}

/// Whether a value or a part of it must not be shown.
pub(crate) fn hides(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::List(list) => list.items.iter().any(hides),
            Data::Map(map) => map.entries.values().any(hides),
            Data::Choice(alternatives) => alternatives.iter().any(hides),
            _ => false,
        }
}

/// A value in one line, and whether a part of it is hidden.
fn text_of(value: &Value, context: Context, key: &DigestKey) -> (String, bool) {
    let context = context.of(value);
    if let Some(shown) = whole(value, context, key) {
        return (shown, true);
    }
    let mut hides = false;
    let mut part = |value: &Value, context: Context| {
        let (text, hidden) = text_of(value, context, key);
        hides |= hidden;
        text
    };
    let text = match &value.data {
        Data::Null => "null".to_owned(),
        Data::Bool(value) => value.to_string(),
        Data::Number(value) => value.to_string(),
        Data::Text(text) if text.is_empty() => "\"\"".to_owned(),
        Data::Text(text) => {
            let shown = redact::value_text(key, text, context);
            hides = matches!(shown, Cow::Owned(_));
            shown.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        Data::Holed(pieces) => {
            let text: String = pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => &**text,
                    Piece::Hole(_) => "${…}",
                })
                .collect();
            let secret = context.is_declared()
                || pieces.iter().any(|piece| match piece {
                    Piece::Text(text) => context.whole(text.trim()).is_some(),
                    Piece::Hole(_) => false,
                });
            let shown = match secret {
                true => Cow::Owned(redact::marker(key, &text)),
                false => redact::value_text(key, &text, context),
            };
            hides = matches!(shown, Cow::Owned(_));
            shown.into_owned()
        }
        Data::List(list) => {
            let mut items: Vec<String> = list.items.iter().map(|item| part(item, context)).collect();
            if list.open.is_some() {
                items.push("…".to_owned());
            }
            format!("[{}]", items.join(", "))
        }
        Data::Map(map) => {
            let entries: Vec<String> = map
                .entries
                .iter()
                .map(|(name, value)| format!("{name} = {}", part(value, context.entry(map, name))))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Data::Unknown(_) => match &value.refers {
            Some(reference) if reference.attribute.is_empty() => reference.address.to_string(),
            Some(reference) => format!("{}.{}", reference.address, reference.attribute),
            None => "unknown".to_owned(),
        },
        Data::Choice(alternatives) => {
            alternatives.iter().map(|one| part(one, context)).collect::<Vec<_>>().join(" or ")
        }
    };
    // A secret is hidden before the text is cut: a half of one is one still.
    let text = match text.len() > LONGEST {
        true => redact::plain_text(key, &text).into_owned(),
        false => text,
    };
    (shorten(&text), hides)
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    let mut out: String = text.chars().take(LONGEST - 1).collect();
    out.push('…');
    out
}
