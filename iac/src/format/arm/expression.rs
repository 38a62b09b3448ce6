//! Values with their expressions evaluated.

use std::sync::Arc;

use super::parse::{Expression, inner, parse};
use super::{Template, function};
use crate::format::cloudformation::text;
use crate::source::Span;
use crate::syntax::node::{Layout, Node, NodeData};
use crate::value::{Data, List, Number, Origin, Value, WhyKind};

impl Template<'_> {
    /// Evaluates a node. `header` is the span of the key it stands under.
    pub(super) fn value(&self, node: &Node, header: Option<Span>) -> Value {
        match &node.data {
            NodeData::Scalar(text) if node.layout != Layout::Plain && !node.broken => match inner(text) {
                Some(expression) => self.evaluate(expression, node),
                None if text.starts_with("[[") => Value::text(text.get(1..).unwrap_or(""), node.origin()),
                None => node.to_value(header),
            },
            NodeData::Scalar(_) => node.to_value(header),
            NodeData::Sequence(items) => {
                let items = items.iter().map(|item| self.value(item, item.first_key())).collect();
                Value::new(Data::List(Arc::new(List { items, open: node.why_open() })), node.origin())
            }
            NodeData::Mapping(_) => self.object(node, header),
        }
    }

    fn evaluate(&self, expression: &str, node: &Node) -> Value {
        match parse(expression) {
            Some(expression) => self.expression(&expression, node.span),
            None => Value::unknown(WhyKind::Error, "the expression cannot be read", node.origin()),
        }
    }

    /// Evaluates an expression; `span` is the text it stands in.
    pub(super) fn expression(&self, expression: &Expression, span: Span) -> Value {
        let origin = Origin::at(span);
        match expression {
            Expression::Text(text) => Value::text(text.as_str(), origin),
            Expression::Int(int) => Value::new(Data::Number(Number::Int(*int)), origin),
            Expression::Call { name, arguments } => function::call(self, name, arguments, span),
            Expression::Member { of, name } => member(self.expression(of, span), name, span),
            Expression::Index { of, at } => {
                let (of, at) = (self.expression(of, span), self.expression(at, span));
                match &at.data {
                    Data::Text(name) => member(of, name, span),
                    Data::Number(Number::Int(index)) => match &of.data {
                        Data::List(list) if list.open.is_none() => {
                            let item = usize::try_from(*index).ok().and_then(|index| list.items.get(index));
                            item.cloned().unwrap_or_else(|| {
                                Value::unknown(WhyKind::Error, "there is no such element", origin)
                            })
                        }
                        _ => Value::new(Data::Unknown(text::why(&of)), origin),
                    },
                    _ => Value::new(Data::Unknown(text::why(&at)), origin),
                }
            }
        }
    }
}

fn member(of: Value, name: &str, span: Span) -> Value {
    match &of.data {
        Data::Map(map) => {
            let found = map.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            match (found, &map.open) {
                (Some((_, value)), _) => value.clone(),
                (None, Some(why)) => Value::new(Data::Unknown(Arc::clone(why)), Origin::at(span)),
                (None, None) => {
                    Value::unknown(WhyKind::Error, format!("there is no `{name}`"), Origin::at(span))
                }
            }
        }
        // What is unknown stays so for the same reason, in its parts too.
        Data::Unknown(_) => Value { refers: None, ..of },
        _ => Value::new(Data::Unknown(text::why(&of)), Origin::at(span)),
    }
}
