//! The tree of an HCL text: compact, with a span on everything that was written.

use std::sync::Arc;

use crate::source::Span;
use crate::value::Number;

/// What stands between two braces, or in a whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct Body {
    pub items: Vec<Item>,
    /// Between the braces, without them; the whole text for a file.
    pub span: Span,
    /// Something that may have been an attribute or a block could not be read, or the end is missing.
    pub broken: bool,
}

/// One thing in a body.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Attribute(Attribute),
    Block(Block),
}

/// `name = value`.
#[derive(Debug, Clone, PartialEq)]
pub struct Attribute {
    pub name: Arc<str>,
    pub name_span: Span,
    pub value: Expression,
}

/// `kind "label" { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    pub kind: Arc<str>,
    pub labels: Vec<Label>,
    /// The kind and the labels.
    pub header: Span,
    /// All of it, the closing brace included.
    pub span: Span,
    pub body: Body,
}

/// A block's label without its quotes.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub text: Arc<str>,
    /// With its quotes.
    pub span: Span,
}

/// An expression and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Expression {
    pub kind: Kind,
    pub span: Span,
}

/// The kinds of expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    /// A string with interpolations or directives.
    Template(Vec<Part>),
    List(Vec<Expression>),
    Object(Vec<Pair>),
    /// A bare name: the root of a traversal, or a keyword such as `string`.
    Name(Arc<str>),
    Traversal(Box<Traversal>),
    Call(Box<Call>),
    Conditional(Box<[Expression; 3]>),
    Unary(Unary, Box<Expression>),
    /// Operators of one precedence, applied from the left.
    Binary(Box<(Expression, Vec<(Binary, Expression)>)>),
    For(Box<For>),
    /// In parentheses, or alone in a template: `"${x}"`.
    Wrapped(Box<Expression>),
    /// Could not be read; the problem was reported, the clause says what.
    Missing(&'static str),
}

/// One entry of an object expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    pub key: Expression,
    pub value: Expression,
}

/// `base.step[step]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Traversal {
    pub base: Expression,
    pub steps: Vec<Step>,
}

/// A step of a traversal.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    Attribute(Arc<str>),
    Index(Expression),
    /// `.*`: the attributes that follow are taken of each element.
    AttributeSplat,
    /// `[*]`: all steps that follow are taken of each element.
    Splat,
}

/// `name(arguments)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    pub name: Arc<str>,
    pub arguments: Vec<Expression>,
    /// The last argument is followed by `...`.
    pub expand: bool,
}

/// `[for k, v in collection : value if condition]` or `{for … : key => value...}`.
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    pub key_name: Option<Arc<str>>,
    pub value_name: Arc<str>,
    pub collection: Expression,
    /// Set for an object.
    pub key: Option<Expression>,
    pub value: Expression,
    pub group: bool,
    pub condition: Option<Expression>,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Minus,
    Not,
}

/// Infix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    Text(Arc<str>),
    Value(Expression),
    If { condition: Expression, then: Vec<Part>, otherwise: Vec<Part> },
    For { key_name: Option<Arc<str>>, value_name: Arc<str>, collection: Expression, body: Vec<Part> },
}

impl Body {
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.items.iter().filter_map(|item| match item {
            Item::Attribute(attribute) => Some(attribute),
            Item::Block(_) => None,
        })
    }

    pub fn blocks(&self) -> impl Iterator<Item = &Block> {
        self.items.iter().filter_map(|item| match item {
            Item::Block(block) => Some(block),
            Item::Attribute(_) => None,
        })
    }

    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes().find(|attribute| &*attribute.name == name)
    }
}

impl Block {
    pub fn label(&self, index: usize) -> Option<&Arc<str>> {
        self.labels.get(index).map(|label| &label.text)
    }
}

impl Attribute {
    /// Name and value.
    pub fn span(&self) -> Span {
        Span { end: self.value.span.end, ..self.name_span }
    }
}

impl Expression {
    /// The text of a plain string, else `None`.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Visits an expression and all within it.
pub(super) fn each_expression(expression: &mut Expression, visit: &mut dyn FnMut(&mut Expression)) {
    visit(expression);
    match &mut expression.kind {
        Kind::Null | Kind::Bool(_) | Kind::Number(_) | Kind::Text(_) | Kind::Name(_) | Kind::Missing(_) => {}
        Kind::Template(parts) => each_in_parts(parts, visit),
        Kind::List(items) => items.iter_mut().for_each(|item| each_expression(item, visit)),
        Kind::Object(pairs) => pairs.iter_mut().for_each(|pair| {
            each_expression(&mut pair.key, visit);
            each_expression(&mut pair.value, visit);
        }),
        Kind::Traversal(traversal) => {
            each_expression(&mut traversal.base, visit);
            for step in &mut traversal.steps {
                if let Step::Index(index) = step {
                    each_expression(index, visit);
                }
            }
        }
        Kind::Call(call) => call.arguments.iter_mut().for_each(|argument| each_expression(argument, visit)),
        Kind::Conditional(parts) => parts.iter_mut().for_each(|part| each_expression(part, visit)),
        Kind::Unary(_, inner) | Kind::Wrapped(inner) => each_expression(inner, visit),
        Kind::Binary(row) => {
            each_expression(&mut row.0, visit);
            row.1.iter_mut().for_each(|(_, operand)| each_expression(operand, visit));
        }
        Kind::For(parts) => {
            each_expression(&mut parts.collection, visit);
            each_expression(&mut parts.value, visit);
            parts.key.iter_mut().chain(&mut parts.condition).for_each(|inner| each_expression(inner, visit));
        }
    }
}

fn each_in_parts(parts: &mut [Part], visit: &mut dyn FnMut(&mut Expression)) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Value(expression) => each_expression(expression, visit),
            Part::If { condition, then, otherwise } => {
                each_expression(condition, visit);
                each_in_parts(then, visit);
                each_in_parts(otherwise, visit);
            }
            Part::For { collection, body, .. } => {
                each_expression(collection, visit);
                each_in_parts(body, visit);
            }
        }
    }
}
