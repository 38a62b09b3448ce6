//! Templates → texts, with holes where a part cannot be known.

use std::sync::Arc;

use super::convert;
use super::expression::{
    Binding, MOST_CHOICES, Scope, choice, elements_of, evaluate, undecided, unknown, why_of,
};
use super::functions::Template;
use crate::source::{Source, SourceId, Span};
use crate::syntax::hcl::{self, Expression, Part};
use crate::value::{self, Data, Origin, Piece, Reference, Value, Why, WhyKind};

/// Bytes over which a text is not made.
const LONGEST: usize = 16 << 20;

/// Pieces of other texts with holes over which a text is not made.
const MOST_PIECES: usize = 10_000;

/// The texts a template may become, all being equally possible.
struct Alternatives {
    alternatives: Vec<Vec<Piece>>,
    length: usize,
    pieces: usize,
    sensitive: bool,
    /// What the value refers to that stands at the end so far.
    last: Option<Arc<Reference>>,
}

pub(super) fn render(scope: &Scope<'_, '_>, parts: &[Part], span: Span) -> Value {
    let mut texts =
        Alternatives { alternatives: vec![Vec::new()], length: 0, pieces: 0, sensitive: false, last: None };
    if let Err(wrong) = add_parts(scope, parts, &mut texts, span) {
        if texts.length > LONGEST {
            scope.run.tell_limit(span, "the text grows over 16 MiB");
        }
        return wrong;
    }
    let (sensitive, length) = (texts.sensitive, texts.length as u64);
    let begins_id = match texts.alternatives.as_slice() {
        [pieces] => matches!(pieces.first(), Some(Piece::Text(text)) if value::begins_id(text)),
        _ => false,
    };
    let last = texts.last.take().filter(|_| begins_id);
    let values =
        texts.alternatives.into_iter().map(|pieces| Value::new(joined(pieces), Origin::at(span))).collect();
    let mut value = choice(values, &undecided(), span);
    value.sensitive = sensitive;
    value.refers = last;
    scope.run.meter.hold(length);
    scope.run.meter.step(length / 256);
    value
}

fn joined(pieces: Vec<Piece>) -> Data {
    if pieces.iter().all(|piece| matches!(piece, Piece::Text(_))) {
        let text: String =
            pieces.iter().map(|piece| if let Piece::Text(text) = piece { &**text } else { "" }).collect();
        return Data::Text(super::functions::call::normal(&text));
    }
    let mut merged: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(more) => text.push_str(&more),
            Piece::Hole(_) => {
                if !text.is_empty() {
                    merged.push(Piece::Text(std::mem::take(&mut text).into()));
                }
                // Two holes side by side are one.
                if !matches!(merged.last(), Some(Piece::Hole(_))) {
                    merged.push(piece);
                }
            }
        }
    }
    if !text.is_empty() {
        merged.push(Piece::Text(text.into()));
    }
    Data::Holed(merged.into())
}

impl Alternatives {
    fn push(&mut self, piece: &Piece) {
        for pieces in &mut self.alternatives {
            pieces.push(piece.clone());
        }
    }

    fn push_hole(&mut self, why: &Arc<Why>) {
        self.push(&Piece::Hole(Arc::clone(why)));
        self.last = None;
    }

    fn push_text(&mut self, text: &Arc<str>, span: Span) -> Result<(), Value> {
        self.length = self.length.saturating_add(text.len());
        if self.length > LONGEST {
            return Err(Value::unknown(WhyKind::Limit, "the text grows over 16 MiB", Origin::at(span)));
        }
        if !text.is_empty() {
            self.push(&Piece::Text(text.clone()));
            self.last = None;
        }
        Ok(())
    }

    /// What a value reads as inside of a text.
    fn push_value(&mut self, value: &Value, span: Span) -> Result<(), Value> {
        self.push_data(value, span)?;
        self.last.clone_from(&value.refers);
        Ok(())
    }

    fn push_data(&mut self, value: &Value, span: Span) -> Result<(), Value> {
        self.sensitive |= value.sensitive;
        match &convert::to_text(value).data {
            Data::Text(text) => self.push_text(text, span)?,
            Data::Holed(pieces) => {
                self.pieces += pieces.len();
                if self.pieces > MOST_PIECES {
                    return Err(Value::unknown(
                        WhyKind::Limit,
                        "the text has too many holes",
                        Origin::at(span),
                    ));
                }
                pieces.iter().for_each(|piece| self.push(piece));
            }
            Data::Unknown(why) if why.kind == WhyKind::Limit => return Err(unknown(why, span)),
            // What is wrong hides its own place and nothing else.
            Data::Unknown(why) => self.push(&Piece::Hole(why.clone())),
            Data::Choice(values) if self.alternatives.len() * values.len() <= MOST_CHOICES => {
                let before = std::mem::take(&mut self.alternatives);
                let mut after = Vec::new();
                for one in values.iter() {
                    self.alternatives = before.clone();
                    self.push_value(one, span)?;
                    after.append(&mut self.alternatives);
                }
                self.alternatives = after;
            }
            Data::Choice(_) => self.push(&Piece::Hole(undecided())),
            Data::Null => self.push(&Piece::Hole(Why::new(WhyKind::Error, "null cannot stand in a string"))),
            data => self.push(&Piece::Hole(why_of(data, "only text can stand in a string"))),
        }
        Ok(())
    }
}

fn add_parts(
    scope: &Scope<'_, '_>,
    parts: &[Part],
    texts: &mut Alternatives,
    span: Span,
) -> Result<(), Value> {
    for part in parts {
        match part {
            Part::Text(text) => texts.push_text(text, span)?,
            Part::Value(expression) => texts.push_value(&evaluate(scope, expression), expression.span)?,
            Part::If { condition, then, otherwise } => {
                let decided = evaluate(scope, condition);
                texts.sensitive |= decided.sensitive;
                match convert::to_bool(&decided).data {
                    Data::Bool(true) => add_parts(scope, then, texts, span)?,
                    Data::Bool(false) => add_parts(scope, otherwise, texts, span)?,
                    Data::Unknown(why) if why.kind == WhyKind::Error => texts.push_hole(&why),
                    data => {
                        let either = vec![render(scope, then, span), render(scope, otherwise, span)];
                        let why = why_of(&data, "the condition is neither true nor false");
                        texts.push_value(&choice(either, &why, span), span)?;
                    }
                }
            }
            Part::For { key_name, value_name, collection, body } => {
                let collection = evaluate(scope, collection);
                texts.sensitive |= collection.sensitive;
                let (elements, open) = match elements_of(&collection, span) {
                    Ok(elements) => elements,
                    Err(value) => {
                        texts.push_value(&value, span)?;
                        continue;
                    }
                };
                for (key, value) in elements {
                    scope.run.meter.step(1);
                    if let Some(why) = scope.run.stopped(span) {
                        return Err(unknown(&why, span));
                    }
                    let value = Binding { name: value_name, value, next: scope.bindings };
                    let key = key_name.as_ref().map(|name| Binding { name, value: key, next: Some(&value) });
                    add_parts(&scope.with(key.as_ref().unwrap_or(&value)), body, texts, span)?;
                }
                if let Some(why) = open {
                    texts.push_hole(&why);
                }
            }
        }
    }
    Ok(())
}

/// Evaluates the text of `templatefile` or `templatestring` with its variables and nothing else.
pub(super) fn apply(scope: &Scope<'_, '_>, template: &Template<'_>) -> Result<Value, String> {
    let (variables, span) = (template.variables, template.at);
    let Data::Map(map) = &variables.data else {
        return Ok(unknown(&why_of(&variables.data, "the variables of a template are an object"), span));
    };
    if let Some(why) = &map.open {
        return Ok(unknown(why, span));
    }
    let path: Arc<str> = template.path.clone().unwrap_or_else(|| "template".into());
    let source = Source::new(SourceId(u32::MAX), path.clone(), template.text.clone());
    let expression = hcl::parse_template(&source)
        .map_err(|message| format!("the template `{path}` cannot be read: {message}"))?;
    let bound: Vec<(&Arc<str>, &Value)> = map.entries.iter().collect();
    let mut value = bind(&scope.sealed(), &bound, &expression);
    // What stands in the template has no place among the sources: the call is what made it.
    value.origin = Origin::at(span);
    value.sensitive |= variables.sensitive;
    if let Data::Choice(values) = &value.data {
        let placed = values.iter().map(|one| Value { origin: Origin::at(span), ..one.clone() }).collect();
        value.data = Data::Choice(placed);
    }
    Ok(convert::to_text(&value))
}

fn bind(scope: &Scope<'_, '_>, bound: &[(&Arc<str>, &Value)], expression: &Expression) -> Value {
    match bound.split_first() {
        Some(((name, value), rest)) => {
            let binding = Binding { name, value: (*value).clone(), next: scope.bindings };
            bind(&scope.with(&binding), rest, expression)
        }
        None => evaluate(scope, expression),
    }
}
