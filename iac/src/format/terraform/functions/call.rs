//! One call: what a function declares of its parameters, and what its body may ask of its arguments.

use std::sync::Arc;

use super::Context;
use super::convert::{self, Type};
use super::decimal::Decimal;
use crate::source::Span;
use crate::value::{Data, List, Map, Origin, Value, Via, Why, WhyKind};

/// Bytes over which a text is not made.
const LONGEST: usize = 16 << 20;

/// What a body answers: a value, or Terraform's own kind of error.
pub(super) type Answer = Result<Value, String>;

/// The type a parameter converts its argument to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Text,
    Number,
    /// A list whose elements get one type.
    List,
    /// The same, sorted and without duplicates.
    Set,
    Texts,
    Bools,
    /// A map of lists of strings.
    TextLists,
}

/// A parameter: unless it says otherwise, its argument must not be null and must be known in every part.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub kind: Kind,
    pub null: bool,
    /// The body deals with what is unknown in it.
    pub unknown: bool,
}

impl Parameter {
    const fn new(kind: Kind) -> Self {
        Self { kind, null: false, unknown: false }
    }

    pub const fn or_null(self) -> Self {
        Self { null: true, ..self }
    }

    pub const fn or_unknown(self) -> Self {
        Self { unknown: true, ..self }
    }
}

pub(super) const ANY: Parameter = Parameter::new(Kind::Any);
pub(super) const TEXT: Parameter = Parameter::new(Kind::Text);
pub(super) const NUMBER: Parameter = Parameter::new(Kind::Number);
pub(super) const LIST: Parameter = Parameter::new(Kind::List);
pub(super) const SET: Parameter = Parameter::new(Kind::Set);
pub(super) const TEXTS: Parameter = Parameter::new(Kind::Texts);
pub(super) const BOOLS: Parameter = Parameter::new(Kind::Bools);
pub(super) const TEXT_LISTS: Parameter = Parameter::new(Kind::TextLists);

/// A built-in function.
pub(super) struct Function {
    pub name: &'static str,
    pub parameters: &'static [Parameter],
    /// Arguments after `parameters`, any number of them.
    pub rest: Option<Parameter>,
    /// The result is sensitive only where an argument itself is, not where something inside it is.
    pub keeps_marks: bool,
    /// The result is never sensitive because of an argument.
    pub clears_marks: bool,
    /// A choice is passed to the body as it is.
    pub keeps_choices: bool,
    pub run: fn(&Call<'_, '_>) -> Answer,
}

/// A function with a fixed number of parameters.
pub(super) const fn function(
    name: &'static str,
    parameters: &'static [Parameter],
    run: fn(&Call<'_, '_>) -> Answer,
) -> Function {
    Function {
        name,
        parameters,
        rest: None,
        keeps_marks: false,
        clears_marks: false,
        keeps_choices: false,
        run,
    }
}

impl Function {
    pub const fn with_rest(self, rest: Parameter) -> Self {
        Self { rest: Some(rest), ..self }
    }

    pub const fn keeping_marks(self) -> Self {
        Self { keeps_marks: true, ..self }
    }

    pub const fn clearing_marks(self) -> Self {
        Self { clears_marks: true, ..self }
    }

    pub const fn keeping_choices(self) -> Self {
        Self { keeps_choices: true, ..self }
    }

    pub fn check_count(&self, given: usize) -> Result<(), String> {
        let wanted = self.parameters.len();
        if given < wanted {
            let more = if self.rest.is_some() { "at least " } else { "" };
            return Err(format!("`{}` takes {more}{wanted} arguments, {given} given", self.name));
        }
        if given > wanted && self.rest.is_none() {
            return Err(format!("`{}` takes {wanted} arguments, {given} given", self.name));
        }
        Ok(())
    }

    /// Whether the result must be sensitive because of its arguments.
    pub fn leaks(&self, args: &[Value]) -> bool {
        !self.clears_marks
            && args.iter().any(|arg| arg.sensitive || (!self.keeps_marks && holds_sensitive(arg)))
    }

    /// The arguments as the parameters want them; the inner error says why the result is unknown.
    pub fn prepare(&self, args: &[Value]) -> Result<Result<Vec<Value>, Arc<Why>>, String> {
        let mut prepared = Vec::with_capacity(args.len());
        let mut unknown = None;
        for (at, arg) in args.iter().enumerate() {
            let Some(parameter) = self.parameters.get(at).copied().or(self.rest) else { continue };
            if arg.is_null() && !parameter.null {
                return Err(format!("argument {} of `{}` must not be null", at + 1, self.name));
            }
            let arg = converted(arg, parameter.kind)
                .map_err(|why| format!("argument {} of `{}`: {why}", at + 1, self.name))?;
            if !parameter.unknown && unknown.is_none() && !arg.is_wholly_known() {
                unknown = Some(convert::first_why(&arg));
            }
            prepared.push(arg);
        }
        Ok(unknown.map_or(Ok(prepared), Err))
    }
}

fn converted(arg: &Value, kind: Kind) -> Answer {
    let texts = || Type::List(Box::new(Type::Text));
    match kind {
        Kind::Any => Ok(arg.clone()),
        Kind::Text => convert::convert(arg, &Type::Text),
        Kind::Number => convert::convert(arg, &Type::Number),
        Kind::List => convert::to_list(arg),
        Kind::Set => convert::to_set(arg),
        Kind::Texts => convert::convert(arg, &texts()),
        Kind::Bools => convert::convert(arg, &Type::List(Box::new(Type::Bool))),
        Kind::TextLists => convert::convert(arg, &Type::Map(Box::new(texts()))),
    }
}

pub(super) fn holds_sensitive(value: &Value) -> bool {
    value.sensitive
        || match &value.data {
            Data::List(list) => list.items.iter().any(holds_sensitive),
            Data::Map(map) => map.entries.values().any(holds_sensitive),
            Data::Choice(choice) => choice.iter().any(holds_sensitive),
            _ => false,
        }
}

/// A call under way.
pub(super) struct Call<'c, 'x> {
    pub function: &'static Function,
    /// The arguments, converted.
    pub given: Vec<Value>,
    pub at: Span,
    pub context: &'c Context<'x>,
}

impl Call<'_, '_> {
    /// An argument; null where there is none, which [`Function::check_count`] rules out for declared ones.
    pub fn arg(&self, at: usize) -> &Value {
        static NULL: std::sync::LazyLock<Value> =
            std::sync::LazyLock::new(|| Value::new(Data::Null, Origin::default()));
        self.given.get(at).unwrap_or(&NULL)
    }

    pub fn text(&self, at: usize) -> &str {
        self.arg(at).as_text().unwrap_or("")
    }

    pub fn number(&self, at: usize) -> Result<Decimal, String> {
        match &self.arg(at).data {
            Data::Number(number) => {
                Decimal::from_number(*number).ok_or_else(|| format!("argument {} must be finite", at + 1))
            }
            _ => Err(format!("argument {} must be a number", at + 1)),
        }
    }

    /// A whole number.
    pub fn integer(&self, at: usize) -> Result<i64, String> {
        let number = self.number(at)?;
        number.to_i64().ok_or_else(|| format!("argument {} must be a whole number, not `{number}`", at + 1))
    }

    pub fn list(&self, at: usize) -> Option<&List> {
        self.arg(at).as_list()
    }

    pub fn map(&self, at: usize) -> Option<&Map> {
        self.arg(at).as_map()
    }

    /// The elements of a list argument that the parameter has made sure of.
    pub fn items(&self, at: usize) -> &[Value] {
        self.list(at).map_or(&[], |list| &list.items)
    }

    /// A value this call computed.
    pub fn make(&self, data: Data) -> Value {
        Value::new(data, self.origin())
    }

    pub fn make_text(&self, text: impl AsRef<str>) -> Value {
        self.make(Data::Text(normal(text.as_ref())))
    }

    pub fn make_bool(&self, bool: bool) -> Value {
        self.make(Data::Bool(bool))
    }

    pub fn make_number(&self, number: &Decimal) -> Value {
        self.make(convert::number_data(number))
    }

    pub fn make_count(&self, count: usize) -> Value {
        self.make_number(&Decimal::from_integer(count.into()))
    }

    /// A list; elements that were not written in this call keep where they come from, through it.
    pub fn make_list(&self, mut items: Vec<Value>, open: Option<Arc<Why>>) -> Value {
        self.hand_on(items.iter_mut());
        self.make(Data::List(Arc::new(List { items, open })))
    }

    pub fn make_texts(&self, texts: impl IntoIterator<Item = String>) -> Value {
        self.make_list(texts.into_iter().map(|text| self.make_text(text)).collect(), None)
    }

    /// A map; values that were not written in this call keep where they come from, through it.
    pub fn make_map(&self, mut map: Map) -> Value {
        self.hand_on(map.entries.values_mut());
        self.make(Data::Map(Arc::new(map)))
    }

    /// Counts bytes that were looked at beyond what arguments and result weigh.
    pub fn work(&self, bytes: usize) {
        if let Some(work) = self.context.work {
            work(bytes);
        }
    }

    /// What a call answers that would make a longer text than is worked with.
    pub fn too_long(&self, bytes: usize) -> Option<Value> {
        (bytes > LONGEST).then(|| self.unknown_because(WhyKind::Limit, "the text grows over 16 MiB"))
    }

    /// A value this call cannot know because of that one.
    pub fn unknown(&self, because: &Value) -> Value {
        self.make(Data::Unknown(convert::first_why(because)))
    }

    pub fn unknown_because(&self, kind: WhyKind, text: impl Into<Arc<str>>) -> Value {
        self.make(Data::Unknown(Why::new(kind, text)))
    }

    fn hand_on<'v>(&self, values: impl Iterator<Item = &'v mut Value>) {
        let mut what: Option<Arc<str>> = None;
        for value in values.filter(|value| value.origin.span.is_some_and(|span| !self.at.contains(&span))) {
            let what = what.get_or_insert_with(|| format!("function `{}`", self.function.name).into());
            value.origin = value.origin.through(self.at, what.clone());
        }
    }

    /// A value that this call hands on as it is.
    pub fn pass(&self, value: &Value) -> Value {
        let origin = value.origin.through(self.at, format!("function `{}`", self.function.name));
        Value { origin, ..value.clone() }
    }

    /// One of these.
    pub fn choose(&self, mut alternatives: Vec<Value>) -> Value {
        alternatives.dedup_by(|one, other| one.data == other.data);
        match alternatives.pop() {
            Some(only) if alternatives.is_empty() => only,
            Some(last) => {
                alternatives.push(last);
                self.make(Data::Choice(alternatives.into()))
            }
            None => self.make(Data::Null),
        }
    }

    /// The call itself, and the literal behind it where one argument alone was not written in the call.
    fn origin(&self) -> Origin {
        let from_elsewhere = |arg: &&Value| arg.origin.span.is_some_and(|span| !self.at.contains(&span));
        let mut deciding = self.given.iter().filter(from_elsewhere);
        let via = match (deciding.next(), deciding.next()) {
            (Some(arg), None) => arg.origin.span.map(|span| {
                let what = format!("argument of `{}`", self.function.name);
                Arc::new(Via::new(span, what, arg.origin.via.clone()))
            }),
            _ => None,
        };
        Origin { span: Some(self.at), via }
    }
}

/// Terraform keeps every string in Unicode normal form C.
pub(in crate::format::terraform) fn normal(text: &str) -> Arc<str> {
    use unicode_normalization::UnicodeNormalization;
    if text.is_ascii() { Arc::from(text) } else { text.nfc().collect::<String>().into() }
}
