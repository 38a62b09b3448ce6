//! The values pages write: as values, as text in the user's file, as words.

use std::sync::Arc;

use compline_iac::edit::Literal;
use compline_iac::{Data, Value};

use crate::check::{Operator, Scalar};

/// As a value of the code.
pub fn scalar_value(scalar: &Scalar) -> Value {
    let data = match scalar {
        Scalar::Bool(value) => Data::Bool(*value),
        Scalar::Int(value) => Data::Number(compline_iac::Number::Int(*value)),
        Scalar::Float(value) => Data::Number(compline_iac::Number::Float(*value)),
        Scalar::Text(value) => Data::Text(Arc::from(value.as_str())),
    };
    Value::new(data, Default::default())
}

/// As it is written into the user's file.
pub fn written(scalar: &Scalar) -> Literal {
    match scalar {
        Scalar::Bool(value) => Literal::Bool(*value),
        Scalar::Int(value) => Literal::Int(*value),
        Scalar::Float(value) => Literal::Text(Arc::from(value.to_string())),
        Scalar::Text(value) => Literal::Text(Arc::from(value.as_str())),
    }
}

/// The one value that an operator would be content with.
pub fn wanted_literal(operator: &Operator) -> Option<Literal> {
    match operator {
        Operator::Is(literal) | Operator::AtLeast(literal) | Operator::AtMost(literal) => {
            Some(written(literal))
        }
        Operator::In(list) => match list.as_slice() {
            [one] => Some(written(one)),
            _ => None,
        },
        Operator::Contains(list) => Some(Literal::List(list.iter().map(written).collect())),
        _ => None,
    }
}

/// As a reader is told it.
pub fn literal_words(literal: &Literal) -> String {
    match literal {
        Literal::Bool(value) => value.to_string(),
        Literal::Int(value) => value.to_string(),
        Literal::Text(value) => value.to_string(),
        Literal::List(items) => {
            format!("[{}]", items.iter().map(literal_words).collect::<Vec<_>>().join(", "))
        }
        Literal::Map(entries) => {
            let each = |(key, value): &(Arc<str>, Literal)| format!("{key} = {}", literal_words(value));
            format!("{{ {} }}", entries.iter().map(each).collect::<Vec<_>>().join(", "))
        }
        Literal::Refer { address, attribute } => format!("{address}.{attribute}"),
        Literal::Variable(name) => name.to_string(),
        Literal::Choice(choice) => format!("<{}>", choice.title),
        Literal::Behind(prefix, value) => format!("{prefix}{}", literal_words(value)),
    }
}
