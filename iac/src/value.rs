//! Values that know where they were written and may be unknown, with a reason.

use std::sync::Arc;

use crate::hashing::QuickIndexMap;
use crate::source::Span;

/// A value as the format's own language evaluates it.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    pub data: Data,
    pub origin: Origin,
    /// Set when the value was read off another resource (`aws_s3_bucket.b.id`), known or not: joins go by it.
    pub refers: Option<Arc<Reference>>,
    /// Declared sensitive: faces print its length only.
    pub sensitive: bool,
    /// The structure of a text that was made as JSON (`jsonencode`, `aws_iam_policy_document.json`), with the
    /// origins of its parts; there even when some part is unknown and the text therefore too.
    pub json: Option<Arc<Value>>,
    /// A list that is a set: each element once, no positions; iterating it, an element is its own key.
    pub set: bool,
    /// What Terraform takes a collection for; it decides whether equal contents are equal values.
    pub shape: Shape,
}

/// A collection as it was written, or as a type has made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    #[default]
    Unsure,
    /// A tuple or an object.
    Written,
    /// A list, a set or a map.
    Typed,
}

/// The shape of a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    Null,
    Bool(bool),
    Number(Number),
    Text(Arc<str>),
    /// A string of which only some parts are known: `"${var.name}/*"`.
    Holed(Arc<[Piece]>),
    List(Arc<List>),
    Map(Arc<Map>),
    Unknown(Arc<Why>),
    /// One of these, and it cannot be told which (`Fn::If`, `unknown ? a : b`).
    Choice(Arc<[Value]>),
}

/// A part of a [`Data::Holed`] string.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    Text(Arc<str>),
    Hole(Arc<Why>),
}

/// Elements in order; `open` says that there may be more, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    pub items: Vec<Value>,
    pub open: Option<Arc<Why>>,
}

/// Entries in order; `open` says that there may be more, and why.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Map {
    pub entries: QuickIndexMap<Arc<str>, Value>,
    pub open: Option<Arc<Why>>,
    /// The words that open it in the source: a block's type and labels, or the key it stands under.
    pub header: Option<Span>,
}

/// A number: whole where it can be, else a double.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Int(i64),
    Float(f64),
}

/// Where a value was written, and how it came here.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// The literal (or expression) that made it; `None` for what no text says, such as a pseudo parameter.
    pub span: Option<Span>,
    /// The uses it went through, the last use first: argument ← variable ← module call …
    pub via: Option<Arc<Via>>,
}

/// One step of a value on its way from its literal to the attribute it is used in.
#[derive(Debug, Clone, PartialEq)]
pub struct Via {
    /// The expression that used it.
    pub span: Span,
    /// What stands between, as a reader says it: "variable `cidr`", "module call `network`".
    pub what: Arc<str>,
    pub next: Option<Arc<Via>>,
    /// Steps from here to the literal, this one included.
    pub length: u32,
}

impl Via {
    /// Steps over which the older ones are forgotten: a way is dropped and compared step by step.
    const LONGEST: u32 = 200;

    pub fn new(span: Span, what: impl Into<Arc<str>>, next: Option<Arc<Self>>) -> Self {
        let next = next.filter(|next| next.length < Self::LONGEST);
        let length = next.as_ref().map_or(1, |next| next.length + 1);
        Self { span, what: what.into(), next, length }
    }
}

/// An attribute of another resource of the same inventory, or a public parameter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Reference {
    /// The full address of the resource, with module path and instance key where known.
    pub address: Arc<str>,
    /// The attribute, dotted; empty for the resource itself.
    pub attribute: Arc<str>,
}

impl Reference {
    const PARAMETER: &str = "ssm:";

    /// A parameter that AWS publishes in the parameter store, such as the newest image of a system; none for others,
    /// which may hold what the code itself made. `path` is the parameter's, with a version or without.
    /// Source: <https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters.html>.
    pub fn to_public_parameter(path: &str) -> Option<Arc<Self>> {
        let path = path.trim();
        path.starts_with("/aws/service/").then(|| {
            let address = format!("{}{path}", Self::PARAMETER).into();
            Arc::new(Self { address, attribute: "".into() })
        })
    }

    /// The path of the public parameter that it leads to.
    pub fn public_parameter(&self) -> Option<&str> {
        self.address.strip_prefix(Self::PARAMETER)
    }
}

/// Why a value is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Why {
    pub kind: WhyKind,
    /// A clause that can follow "because": lower case, no full stop, names the thing in backticks.
    pub text: Arc<str>,
    /// What the value can be, as a part of a text.
    pub form: Form,
}

/// What a text that is not known can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Form {
    #[default]
    Any,
    /// Without `:` and `/`: one part of an ARN or of a path.
    Segment,
    /// The twelve digits of an AWS account's number.
    Account,
}

/// Kinds of reasons, for the coverage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum WhyKind {
    /// A variable or parameter without a value.
    Variable,
    /// An attribute the provider computes.
    Computed,
    /// A data source.
    Data,
    /// A module or nested stack that is not here.
    Module,
    /// A function or construct we do not evaluate, or that depends on time or chance.
    Function,
    /// The expression is wrong.
    Error,
    /// A name that nothing declares in the code that was read.
    Undeclared,
    /// A limit of ours was reached.
    Limit,
    /// Something outside of the code: an import, a pseudo parameter, a file not given.
    Outside,
}

impl Why {
    pub fn new(kind: WhyKind, text: impl Into<Arc<str>>) -> Arc<Self> {
        Arc::new(Self { kind, text: text.into(), form: Form::Any })
    }

    /// The same reason for a value of this form.
    #[must_use]
    pub fn of_form(self: &Arc<Self>, form: Form) -> Arc<Self> {
        if self.form == form { Arc::clone(self) } else { Arc::new(Self { form, ..(**self).clone() }) }
    }
}

impl Origin {
    pub fn at(span: Span) -> Self {
        Self { span: Some(span), via: None }
    }

    /// The same literal, used once more.
    #[must_use]
    pub fn through(&self, span: Span, what: impl Into<Arc<str>>) -> Self {
        Self { span: self.span, via: Some(Arc::new(Via::new(span, what, self.via.clone()))) }
    }

    /// The steps from the use back to the literal.
    pub fn steps(&self) -> impl Iterator<Item = &Via> {
        std::iter::successors(self.via.as_deref(), |via| via.next.as_deref())
    }
}

impl Value {
    pub fn new(data: Data, origin: Origin) -> Self {
        Self { data, origin, refers: None, sensitive: false, json: None, set: false, shape: Shape::Unsure }
    }

    pub fn unknown(kind: WhyKind, text: impl Into<Arc<str>>, origin: Origin) -> Self {
        Self::new(Data::Unknown(Why::new(kind, text)), origin)
    }

    pub fn text(text: impl Into<Arc<str>>, origin: Origin) -> Self {
        Self::new(Data::Text(text.into()), origin)
    }

    pub fn list(items: Vec<Value>, origin: Origin) -> Self {
        Self::new(Data::List(Arc::new(List { items, open: None })), origin)
    }

    pub fn map(entries: QuickIndexMap<Arc<str>, Value>, origin: Origin) -> Self {
        Self::new(Data::Map(Arc::new(Map { entries, open: None, header: None })), origin)
    }

    pub fn bool(bool: bool, origin: Origin) -> Self {
        Self::new(Data::Bool(bool), origin)
    }

    pub fn number(number: impl Into<Number>, origin: Origin) -> Self {
        Self::new(Data::Number(number.into()), origin)
    }

    pub fn as_map(&self) -> Option<&Map> {
        match &self.data {
            Data::Map(map) => Some(map),
            _ => None,
        }
    }

    pub fn as_list(&self) -> Option<&List> {
        match &self.data {
            Data::List(list) => Some(list),
            _ => None,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        match &self.data {
            Data::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entry of a map; `None` when this is no map or has no such key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.as_map()?.entries.get(key)
    }

    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// Whether any part of it is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match &self.data {
            Data::Unknown(_) | Data::Holed(_) | Data::Choice(_) => false,
            Data::List(list) => list.open.is_none() && list.items.iter().all(Value::is_wholly_known),
            Data::Map(map) => map.open.is_none() && map.entries.values().all(Value::is_wholly_known),
            _ => true,
        }
    }
}

/// Whether a text begins as the whole identifier of a resource does. One that ends with another resource's name or id
/// is that resource's: `arn:aws:s3:::${aws_s3_bucket.logs.id}`.
pub(crate) fn begins_id(text: &str) -> bool {
    ["arn:", "/subscriptions/", "projects/", "//", "https://www.googleapis.com/"]
        .iter()
        .any(|start| text.starts_with(start))
}

impl Number {
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Int(int) => int as f64,
            Number::Float(float) => float,
        }
    }
}

impl From<i64> for Number {
    fn from(int: i64) -> Self {
        Number::Int(int)
    }
}

impl From<f64> for Number {
    /// Whole doubles that fit become integers, so that `1.0` and `1` are one number.
    fn from(float: f64) -> Self {
        if float.fract() == 0.0 && float.abs() < 9.0e15 {
            Number::Int(float as i64)
        } else {
            Number::Float(float)
        }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Number::Int(int) => write!(f, "{int}"),
            Number::Float(float) => write!(f, "{float}"),
        }
    }
}
