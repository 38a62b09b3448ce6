//! The HashiCorp configuration language: text → tree, whatever state the text is in.
//!
//! The reader is our own: a broken attribute, block or list element is reported and stepped over where it
//! stands, so that it hides nothing beside it, and a string means exactly what Terraform takes it to mean.

mod body;
mod cursor;
mod expression;
mod json;
mod template;
pub mod tree;

pub use json::from_json;
pub use tree::*;

#[cfg(test)]
mod tests;

use crate::problem::Problem;
use crate::source::Source;
use crate::syntax::Comment;

/// What was read of one text.
#[derive(Debug)]
pub struct Parsed {
    pub body: Body,
    pub comments: Vec<Comment>,
    pub problems: Vec<Problem>,
}

/// Levels of nesting over which nothing is read.
const DEEPEST: u32 = 200;

/// Reads a whole text.
pub fn parse(source: &Source) -> Parsed {
    let (parsed, unclosed) = body::file(source, false);
    if !unclosed {
        return parsed;
    }
    // Some brace is missing. Blocks that begin a line as only top-level blocks do end the unclosed one.
    body::file(source, true).0
}

/// Reads a text as one expression (`--var`, `TF_VAR_*`, strings of `.tf.json`).
///
/// # Errors
/// What is wrong with it.
pub fn parse_expression(source: &Source) -> Result<Expression, String> {
    let mut cursor = cursor::Cursor::new(source, false);
    cursor.newlines = true;
    let expression = expression::expression(&mut cursor).map_err(|broken| broken.message.to_owned())?;
    cursor.skip();
    match (cursor.peek(), cursor.problems.pop()) {
        (None, None) => Ok(expression),
        (_, Some(problem)) => Err(problem.message),
        (Some(_), None) => Err("more text stands after the expression".to_owned()),
    }
}

/// Reads a text as a template without quotes, as `templatefile` does.
///
/// # Errors
/// What is wrong with it.
pub fn parse_template(source: &Source) -> Result<Expression, String> {
    template::bare(source)
}
