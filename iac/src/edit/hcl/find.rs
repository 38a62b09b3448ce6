//! What stands at a span.

use crate::source::Span;
use crate::syntax::hcl::{Attribute, Block, Body, Expression, Item, Kind, Part, Step};

/// A thing in the tree, as the edits need it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'t> {
    Block(&'t Block),
    /// The value of an attribute.
    Attribute(&'t Attribute),
    /// The value of an object's entry.
    Pair(&'t Expression, usize),
    /// An element of a list.
    Element(&'t Expression, usize),
    /// Any other expression.
    Expression(&'t Expression),
}

impl<'t> Found<'t> {
    /// The value, where it is one.
    pub fn expression(&self) -> Option<&'t Expression> {
        match self {
            Found::Block(_) => None,
            Found::Attribute(attribute) => Some(&attribute.value),
            Found::Pair(object, index) => match &object.kind {
                Kind::Object(pairs) => pairs.get(*index).map(|pair| &pair.value),
                _ => None,
            },
            Found::Element(list, index) => match &list.kind {
                Kind::List(items) => items.get(*index),
                _ => None,
            },
            Found::Expression(expression) => Some(expression),
        }
    }
}

/// Finds the block or expression with exactly this span.
///
/// # Errors
/// There is none: the text has changed since.
pub(super) fn find(body: &Body, span: Span) -> Result<Found<'_>, String> {
    in_body(body, span)
        .ok_or_else(|| "there is no value at this place any more; read the file again".to_owned())
}

fn in_body(body: &Body, span: Span) -> Option<Found<'_>> {
    body.items.iter().find_map(|item| match item {
        Item::Block(block) if block.span == span => Some(Found::Block(block)),
        Item::Block(block) if block.span.contains(&span) => in_body(&block.body, span),
        Item::Attribute(attribute) if attribute.value.span == span || attribute.span() == span => {
            Some(Found::Attribute(attribute))
        }
        Item::Attribute(attribute) if attribute.value.span.contains(&span) => {
            in_expression(&attribute.value, span)
        }
        _ => None,
    })
}

/// Among the parts of an expression whose own span is another.
fn in_expression(expression: &Expression, span: Span) -> Option<Found<'_>> {
    let one = |inner: &'_ Expression| inner.span.contains(&span);
    match &expression.kind {
        Kind::List(items) => {
            items.iter().enumerate().find(|(_, item)| one(item)).and_then(|(index, item)| {
                if item.span == span {
                    Some(Found::Element(expression, index))
                } else {
                    in_expression(item, span)
                }
            })
        }
        Kind::Object(pairs) => pairs.iter().enumerate().find_map(|(index, pair)| {
            if pair.value.span == span {
                Some(Found::Pair(expression, index))
            } else if one(&pair.value) {
                in_expression(&pair.value, span)
            } else {
                at_or_in(&pair.key, span)
            }
        }),
        Kind::Template(parts) => in_parts(parts, span),
        Kind::Traversal(traversal) => at_or_in(&traversal.base, span).or_else(|| {
            traversal.steps.iter().find_map(|step| match step {
                Step::Index(index) => at_or_in(index, span),
                _ => None,
            })
        }),
        Kind::Call(call) => call.arguments.iter().find_map(|argument| at_or_in(argument, span)),
        Kind::Conditional(parts) => parts.iter().find_map(|part| at_or_in(part, span)),
        Kind::Unary(_, inner) | Kind::Wrapped(inner) => at_or_in(inner, span),
        Kind::Binary(row) => std::iter::once(&row.0)
            .chain(row.1.iter().map(|(_, operand)| operand))
            .find_map(|operand| at_or_in(operand, span)),
        Kind::For(parts) => {
            [Some(&parts.collection), Some(&parts.value), parts.key.as_ref(), parts.condition.as_ref()]
                .into_iter()
                .flatten()
                .find_map(|part| at_or_in(part, span))
        }
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Name(_) | Kind::Missing(_) => {
            None
        }
    }
}

fn at_or_in(expression: &Expression, span: Span) -> Option<Found<'_>> {
    if expression.span == span {
        return Some(Found::Expression(expression));
    }
    if expression.span.contains(&span) { in_expression(expression, span) } else { None }
}

fn in_parts(parts: &[Part], span: Span) -> Option<Found<'_>> {
    parts.iter().find_map(|part| match part {
        Part::Text(_) => None,
        Part::Value(expression) => at_or_in(expression, span),
        Part::If { condition, then, otherwise } => {
            at_or_in(condition, span).or_else(|| in_parts(then, span)).or_else(|| in_parts(otherwise, span))
        }
        Part::For { collection, body, .. } => at_or_in(collection, span).or_else(|| in_parts(body, span)),
    })
}
