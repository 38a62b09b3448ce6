//! Expressions → values.

use std::rc::Rc;
use std::sync::Arc;

use super::instance::{Instance, Repetition, Run};
use super::{convert, functions, operator, template, traversal, unify};
use crate::hashing::{QuickIndexMap, with_room};
use crate::source::Span;
use crate::syntax::hcl::{Call, Expression, For, Kind, Pair};
use crate::value::{Data, List, Map, Origin, Shape, Value, Why, WhyKind};

/// What names mean at one place.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'a> {
    pub run: &'s Run<'a>,
    pub instance: &'s Rc<Instance<'a>>,
    pub repetition: Option<&'s Repetition>,
    pub bindings: Option<&'s Binding<'s>>,
    /// Only the bindings mean something: templates, variable files.
    pub sealed: bool,
}

/// A name bound by `for` or `dynamic`.
pub(super) struct Binding<'s> {
    pub name: &'s str,
    pub value: Value,
    pub next: Option<&'s Binding<'s>>,
}

/// Nested evaluations over which a value is not found.
const DEEPEST: u32 = 400;
/// Parts over which a value is not kept: names may double it, and their names again.
const HEAVIEST: usize = 200_000;
/// Alternatives over which a choice is not kept.
pub(super) const MOST_CHOICES: usize = 8;
/// Elements over which a collection is not made.
pub(super) const MOST_ELEMENTS: usize = 100_000;

impl<'s, 'a> Scope<'s, 'a> {
    pub fn new(run: &'s Run<'a>, instance: &'s Rc<Instance<'a>>) -> Self {
        Self { run, instance, repetition: None, bindings: None, sealed: false }
    }

    pub fn with<'t>(&self, bindings: &'t Binding<'t>) -> Scope<'t, 'a>
    where
        's: 't,
    {
        Scope { bindings: Some(bindings), ..*self }
    }

    pub fn sealed(&self) -> Self {
        Self { sealed: true, bindings: None, repetition: None, ..*self }
    }

    pub fn bound(&self, name: &str) -> Option<&'s Value> {
        std::iter::successors(self.bindings, |binding| binding.next)
            .find(|binding| binding.name == name)
            .map(|binding| &binding.value)
    }
}

/// A name that nothing declares: in a file that is read alone it may be declared elsewhere.
pub(super) fn undeclared(text: impl Into<Arc<str>>, span: Span) -> Value {
    Value::unknown(WhyKind::Undeclared, text, Origin::at(span))
}

pub(super) fn error(text: impl Into<Arc<str>>, span: Span) -> Value {
    Value::unknown(WhyKind::Error, text, Origin::at(span))
}

pub(super) fn unknown(why: &Arc<Why>, span: Span) -> Value {
    Value::new(Data::Unknown(why.clone()), Origin::at(span))
}

/// One of these values; they become one where they agree, and unknown where they are too many.
pub(super) fn choice(values: Vec<Value>, why: &Arc<Why>, span: Span) -> Value {
    let mut flat: Vec<Value> = Vec::with_capacity(values.len());
    for value in values {
        let inner = match &value.data {
            Data::Choice(inner) => inner.to_vec(),
            _ => vec![value],
        };
        for value in inner {
            if !flat.iter().any(|other| other.refers == value.refers && operator::same(other, &value)) {
                flat.push(value);
            }
        }
    }
    if flat.len() == 1
        && let Some(only) = flat.pop()
    {
        return only;
    }
    if flat.len() > MOST_CHOICES {
        return unknown(why, span);
    }
    let sensitive = flat.iter().any(|value| value.sensitive);
    let mut choice = Value::new(Data::Choice(flat.into()), Origin::at(span));
    choice.sensitive = sensitive;
    choice
}

/// The reason for which a choice is one.
pub(super) fn undecided() -> Arc<Why> {
    Why::new(WhyKind::Limit, "it depends on conditions that are not known here")
}

/// Evaluates an expression.
pub(super) fn evaluate(scope: &Scope<'_, '_>, expression: &Expression) -> Value {
    let run = scope.run;
    let depth = run.depth.get();
    run.meter.step(1);
    if let Some(why) = run.stopped(expression.span) {
        return unknown(&why, expression.span);
    }
    if depth >= DEEPEST {
        let why = "values depend on each other too deeply";
        run.tell_limit(expression.span, why);
        return Value::unknown(WhyKind::Limit, why, Origin::at(expression.span));
    }
    run.depth.set(depth + 1);
    let value = evaluate_kind(scope, expression);
    run.depth.set(depth);
    value
}

/// Levels of lists and maps over which a value is not kept: it is dropped and compared level by level.
const DEEPEST_VALUE: usize = 500;

/// The value, unless it has grown too large to be worked with; what it weighs counts as steps.
pub(super) fn bounded(run: &Run<'_>, value: Value) -> Value {
    let weight = weigh(&value, HEAVIEST);
    run.meter.step(weight as u64 / 4);
    if weight < HEAVIEST {
        return value;
    }
    let text = format!("the value grows over {HEAVIEST} parts or {DEEPEST_VALUE} levels");
    if let Some(span) = value.origin.span {
        run.tell_limit(span, &text);
    }
    Value { sensitive: value.sensitive, ..Value::unknown(WhyKind::Limit, text, value.origin) }
}

/// As [`bounded`], for a value that was made just now: what it weighs counts as memory too.
pub(super) fn made(run: &Run<'_>, value: Value) -> Value {
    run.meter.hold(super::meter::bytes_of(weigh(&value, HEAVIEST)));
    bounded(run, value)
}

/// As [`bounded`], for a value that stands in a resource: a large one is looked at wherever it stands, shared or not.
pub(super) fn used(run: &Run<'_>, value: Value) -> Value {
    let weight = weigh(&value, HEAVIEST);
    if weight > LARGE {
        run.meter.hold(super::meter::bytes_of(weight));
    }
    bounded(run, value)
}

/// Parts over which a value counts anew wherever it is used.
const LARGE: usize = 256;

/// The parts of a value, long texts counting for several, up to a number at which counting ends. What lies too deep
/// weighs as much as can be.
fn weigh(value: &Value, most: usize) -> usize {
    weigh_at(value, most, 0)
}

fn weigh_at(value: &Value, most: usize, depth: usize) -> usize {
    if depth > DEEPEST_VALUE {
        return most;
    }
    let all = |items: &mut dyn Iterator<Item = &Value>| {
        let mut sum = 1;
        for item in items {
            if sum >= most {
                break;
            }
            sum += weigh_at(item, most - sum, depth + 1);
        }
        sum
    };
    let shallow = match &value.data {
        Data::Text(text) => 1 + text.len() / 64,
        Data::Holed(pieces) => 1 + pieces.len(),
        Data::List(list) => all(&mut list.items.iter()),
        Data::Map(map) => all(&mut map.entries.values()),
        Data::Choice(items) => all(&mut items.iter()),
        Data::Null | Data::Bool(_) | Data::Number(_) | Data::Unknown(_) => 1,
    };
    match &value.json {
        Some(json) if shallow < most => shallow + weigh_at(json, most - shallow, depth + 1),
        _ => shallow,
    }
}

fn evaluate_kind(scope: &Scope<'_, '_>, expression: &Expression) -> Value {
    let span = expression.span;
    let literal = |data| Value::new(data, Origin::at(span));
    match &expression.kind {
        Kind::Null => literal(Data::Null),
        Kind::Bool(bool) => literal(Data::Bool(*bool)),
        Kind::Number(number) => literal(Data::Number(*number)),
        Kind::Text(text) => literal(Data::Text(normal(text))),
        // What is too much for us is no error of the user's.
        Kind::Missing(why) if why.contains("64 bits") => {
            Value::unknown(WhyKind::Limit, *why, Origin::at(span))
        }
        Kind::Missing(why) => error(*why, span),
        Kind::Wrapped(inner) => evaluate(scope, inner),
        Kind::Template(parts) => template::render(scope, parts, span),
        Kind::List(items) => {
            scope.run.meter.hold(super::meter::bytes_of(items.len()));
            let items = items.iter().map(|item| evaluate(scope, item)).collect();
            Value { shape: Shape::Written, ..Value::list(items, Origin::at(span)) }
        }
        Kind::Object(pairs) => object(scope, pairs, span),
        Kind::Name(_) => traversal::evaluate(scope, expression, &[], span),
        Kind::Traversal(traversal) => traversal::evaluate(scope, &traversal.base, &traversal.steps, span),
        Kind::Call(called) => call(scope, called, span),
        Kind::Conditional(parts) => {
            let [condition, then, otherwise] = &**parts;
            conditional(scope, condition, then, otherwise, span)
        }
        Kind::Unary(operator, operand) => operator::unary(*operator, &evaluate(scope, operand), span),
        Kind::Binary(row) => {
            let (first, rest) = &**row;
            let mut value = evaluate(scope, first);
            for (operator, operand) in rest {
                let operand = evaluate(scope, operand);
                value = operator::binary(*operator, &value, &operand, span);
            }
            value
        }
        Kind::For(parts) => for_expression(scope, parts, span),
    }
}

/// A text as Terraform keeps it.
fn normal(text: &Arc<str>) -> Arc<str> {
    if text.is_ascii() { text.clone() } else { functions::call::normal(text) }
}

fn object(scope: &Scope<'_, '_>, pairs: &[Pair], span: Span) -> Value {
    scope.run.meter.hold(super::meter::bytes_of(pairs.len()));
    let mut map = Map { entries: with_room(pairs.len()), ..Map::default() };
    for pair in pairs {
        let value = evaluate(scope, &pair.value);
        let key = match &pair.key.kind {
            Kind::Text(key) => normal(key),
            Kind::Missing(why) => {
                map.open = Some(Why::new(WhyKind::Error, *why));
                continue;
            }
            _ => {
                let key = convert::to_text(&evaluate(scope, &pair.key));
                match key.data {
                    Data::Text(key) => key,
                    data => {
                        map.open = Some(why_of(&data, "a key cannot be known"));
                        continue;
                    }
                }
            }
        };
        map.entries.insert(key, value);
    }
    Value { shape: Shape::Written, ..Value::new(Data::Map(Arc::new(map)), Origin::at(span)) }
}

/// The reason for which a value is not what was asked for.
pub(super) fn why_of(data: &Data, otherwise: &str) -> Arc<Why> {
    match data {
        Data::Unknown(why) => why.clone(),
        Data::Holed(pieces) => pieces
            .iter()
            .find_map(|piece| match piece {
                crate::value::Piece::Hole(why) => Some(why.clone()),
                crate::value::Piece::Text(_) => None,
            })
            .unwrap_or_else(undecided),
        Data::Choice(values) => values
            .iter()
            .find_map(|value| match &value.data {
                Data::Unknown(why) => Some(why.clone()),
                _ => None,
            })
            .unwrap_or_else(undecided),
        Data::List(list) => list.open.clone().unwrap_or_else(|| Why::new(WhyKind::Error, otherwise)),
        Data::Map(map) => map.open.clone().unwrap_or_else(|| Why::new(WhyKind::Error, otherwise)),
        _ => Why::new(WhyKind::Error, otherwise),
    }
}

fn conditional(
    scope: &Scope<'_, '_>,
    condition: &Expression,
    then: &Expression,
    otherwise: &Expression,
    span: Span,
) -> Value {
    let decided = evaluate(scope, condition);
    match convert::to_bool(&decided).data {
        Data::Bool(yes) => {
            let mut value = evaluate(scope, if yes { then } else { otherwise });
            value.sensitive |= decided.sensitive;
            // Both values get one type: `c ? 1 : "a"` is text.
            if unify::may_change(&value) {
                let other = evaluate(scope, if yes { otherwise } else { then });
                return unify::unified(&value, &other, span);
            }
            value
        }
        // A condition that is wrong leaves neither value.
        Data::Unknown(why) if why.kind == WhyKind::Error => unknown(&why, condition.span),
        Data::Unknown(why) => {
            let mut value =
                choice(unify::both(evaluate(scope, then), evaluate(scope, otherwise), span), &why, span);
            value.sensitive |= decided.sensitive;
            value
        }
        Data::Choice(_) => {
            choice(unify::both(evaluate(scope, then), evaluate(scope, otherwise), span), &undecided(), span)
        }
        _ => error("the condition is neither true nor false", condition.span),
    }
}

fn for_expression(scope: &Scope<'_, '_>, parts: &For, span: Span) -> Value {
    let collection = evaluate(scope, &parts.collection);
    if let Data::Choice(alternatives) = &collection.data {
        let each = alternatives.iter().map(|one| for_over(scope, parts, one, span)).collect();
        return choice(each, &undecided(), span);
    }
    for_over(scope, parts, &collection, span)
}

fn for_over(scope: &Scope<'_, '_>, parts: &For, collection: &Value, span: Span) -> Value {
    let (elements, mut open) = match elements_of(collection, span) {
        Ok(elements) => elements,
        Err(value) => return value,
    };
    let mut items = Vec::new();
    let mut entries: QuickIndexMap<Arc<str>, Value> = QuickIndexMap::default();
    let mut groups: QuickIndexMap<Arc<str>, Vec<Value>> = QuickIndexMap::default();
    for (key, value) in elements {
        scope.run.meter.step(1);
        if let Some(why) = scope.run.stopped(span) {
            open = Some(why);
            break;
        }
        let wrong = is_wrong(&value).then(|| why_of(&value.data, ""));
        let value_binding = Binding { name: &parts.value_name, value, next: scope.bindings };
        let key_binding =
            parts.key_name.as_ref().map(|name| Binding { name, value: key, next: Some(&value_binding) });
        let inner = scope.with(key_binding.as_ref().unwrap_or(&value_binding));
        let mut may_be = None;
        if let Some(condition) = &parts.condition {
            match convert::to_bool(&evaluate(&inner, condition)).data {
                Data::Bool(true) => {}
                Data::Bool(false) => {
                    // An element that is wrong makes the collection wrong, taken or not.
                    open = wrong.or(open);
                    continue;
                }
                data => may_be = Some(why_of(&data, "the condition of this `for` is neither true nor false")),
            }
        }
        if let Some(why) = may_be {
            // Whether it is in cannot be told, so nothing is said about it.
            open = Some(why);
            continue;
        }
        let value = evaluate(&inner, &parts.value);
        let Some(key) = &parts.key else {
            items.push(value);
            continue;
        };
        match convert::to_text(&evaluate(&inner, key)).data {
            Data::Text(key) if parts.group => groups.entry(key).or_default().push(value),
            Data::Text(key) => {
                if entries.insert(key.clone(), value).is_some() {
                    return error(format!("this `for` makes the key `{key}` twice"), span);
                }
            }
            data => open = Some(why_of(&data, "a key of this `for` is no text")),
        }
    }
    let origin = Origin::at(span);
    let data = if parts.key.is_none() {
        Data::List(Arc::new(List { items, open }))
    } else {
        for (key, values) in groups {
            let list = List { items: values, open: open.clone() };
            entries.insert(key, Value::new(Data::List(Arc::new(list)), origin.clone()));
        }
        // Objects are ordered by key, as Terraform iterates them.
        entries.sort_unstable_keys();
        Data::Map(Arc::new(Map { entries, open, header: None }))
    };
    let mut value = Value::new(data, origin);
    value.shape = Shape::Written;
    value.sensitive = collection.sensitive;
    made(scope.run, value)
}

type Elements = (Vec<(Value, Value)>, Option<Arc<Why>>);

/// Keys and values of a collection, and why there may be more.
pub(super) fn elements_of(collection: &Value, span: Span) -> Result<Elements, Value> {
    match &collection.data {
        Data::List(list) if list.items.len() <= MOST_ELEMENTS => {
            let numbered = list.items.iter().enumerate();
            let elements = numbered
                .map(|(index, item)| {
                    let key = if collection.set {
                        item.clone()
                    } else {
                        Value::number(index as i64, item.origin.clone())
                    };
                    (key, item.clone())
                })
                .collect();
            Ok((elements, list.open.clone()))
        }
        Data::Map(map) if map.entries.len() <= MOST_ELEMENTS => {
            let mut elements: Vec<(Value, Value)> = map
                .entries
                .iter()
                .map(|(key, item)| (Value::text(key.clone(), item.origin.clone()), item.clone()))
                .collect();
            elements.sort_by(|a, b| a.0.as_text().cmp(&b.0.as_text()));
            Ok((elements, map.open.clone()))
        }
        Data::List(_) | Data::Map(_) => Err(Value::unknown(
            WhyKind::Limit,
            format!("the collection has more than {MOST_ELEMENTS} elements"),
            Origin::at(span),
        )),
        Data::Unknown(why) => {
            let mut value = unknown(why, span);
            value.sensitive = collection.sensitive;
            Err(value)
        }
        Data::Choice(_) => Err(unknown(&undecided(), span)),
        _ => Err(error("a list, set, map or object was expected here", span)),
    }
}

fn call(scope: &Scope<'_, '_>, call: &Call, span: Span) -> Value {
    match &*call.name {
        "try" => return try_each(scope, &call.arguments, span),
        "can" => return can(scope, &call.arguments, span),
        _ => {}
    }
    let mut arguments: Vec<Value> = call.arguments.iter().map(|argument| evaluate(scope, argument)).collect();
    if call.expand
        && let Some(last) = arguments.pop()
    {
        match &last.data {
            Data::List(list) if list.open.is_none() => arguments.extend(list.items.iter().cloned()),
            data => return unknown(&why_of(data, "only a list can be expanded by `...`"), span),
        }
    }
    called(scope, &call.name, &arguments, span)
}

fn called(scope: &Scope<'_, '_>, name: &str, arguments: &[Value], span: Span) -> Value {
    let hook = |text: &functions::Template<'_>| template::apply(scope, text);
    let work = |bytes: usize| scope.run.meter.step(bytes as u64 / 256);
    let context = functions::Context {
        sources: scope.run.sources,
        module_dir: &scope.instance.module.directory,
        root_dir: scope.run.root,
        template: Some(&hook),
        work: Some(&work),
    };
    // An argument that is wrong makes the whole call wrong.
    if let Some(wrong) = arguments.iter().find(|value| is_wrong(value)) {
        return wrong.clone();
    }
    let weight: usize = arguments.iter().map(|value| weigh(value, HEAVIEST)).sum();
    scope.run.meter.step(weight as u64 / 4);
    if let Some(why) = scope.run.stopped(span) {
        return unknown(&why, span);
    }
    match functions::call(name, arguments, span, &context) {
        Ok(mut value) => {
            if let Data::Unknown(why) = &value.data
                && why.kind == WhyKind::Limit
                && !arguments.iter().any(holds_limit)
            {
                scope.run.tell_limit(span, &why.text);
            }
            match name {
                "toset" | "setunion" | "setintersection" | "setsubtract" => {
                    (value.set, value.shape) = (true, Shape::Typed)
                }
                "tolist" | "sort" | "distinct" => (value.set, value.shape) = (false, Shape::Typed),
                _ => {}
            }
            match name {
                "concat" | "flatten" | "reverse" | "keys" | "values" => value.set = false,
                _ => {}
            }
            match name {
                "tomap" | "split" | "compact" | "range" | "formatlist" => value.shape = Shape::Typed,
                "flatten" => value.shape = Shape::Written,
                // Of one sort in, of one sort out.
                _ if arguments.iter().all(|one| one.shape == Shape::Written)
                    && matches!(name, "concat" | "merge" | "reverse" | "slice") =>
                {
                    value.shape = Shape::Written;
                }
                "jsonencode" => value.json = arguments.first().cloned().map(Arc::new),
                _ => {}
            }
            made(scope.run, value)
        }
        Err(message) => error(message, span),
    }
}

/// Whether evaluating it is an error in Terraform.
fn is_wrong(value: &Value) -> bool {
    matches!(&value.data, Data::Unknown(why) if why.kind == WhyKind::Error)
}

/// Whether it is unknown in part by a limit already, or by a choice that nobody can make.
fn holds_limit(value: &Value) -> bool {
    let is_limit = |why: &Arc<Why>| why.kind == WhyKind::Limit;
    match &value.data {
        Data::Unknown(why) => is_limit(why),
        Data::Choice(_) => true,
        Data::Holed(pieces) => pieces.iter().any(|piece| match piece {
            crate::value::Piece::Hole(why) => is_limit(why),
            crate::value::Piece::Text(_) => false,
        }),
        Data::List(list) => list.open.as_ref().is_some_and(is_limit) || list.items.iter().any(holds_limit),
        Data::Map(map) => map.open.as_ref().is_some_and(is_limit) || map.entries.values().any(holds_limit),
        _ => false,
    }
}

fn is_error(why: &Option<Arc<Why>>) -> bool {
    why.as_ref().is_some_and(|why| why.kind == WhyKind::Error)
}

fn holds_error(value: &Value, depth: u32) -> bool {
    match &value.data {
        Data::Unknown(why) => why.kind == WhyKind::Error,
        Data::List(list) if depth < 8 => {
            is_error(&list.open) || list.items.iter().any(|item| holds_error(item, depth + 1))
        }
        Data::Map(map) if depth < 8 => {
            is_error(&map.open) || map.entries.values().any(|item| holds_error(item, depth + 1))
        }
        Data::Choice(values) => values.iter().any(|value| holds_error(value, depth + 1)),
        Data::Holed(pieces) => pieces.iter().any(|piece| match piece {
            crate::value::Piece::Hole(why) => why.kind == WhyKind::Error,
            crate::value::Piece::Text(_) => false,
        }),
        _ => false,
    }
}

/// `try`: the first argument that is no error. Where it cannot be told whether one is, it is a choice.
fn try_each(scope: &Scope<'_, '_>, arguments: &[Expression], span: Span) -> Value {
    let mut may_be = Vec::new();
    let mut last_why = undecided();
    for argument in arguments {
        let before = scope.run.unsure.borrow_mut().take();
        let value = evaluate(scope, argument);
        let unsure = std::mem::replace(&mut *scope.run.unsure.borrow_mut(), before);
        if holds_error(&value, 0) {
            if let Data::Choice(values) = &value.data {
                may_be.extend(values.iter().filter(|value| !holds_error(value, 0)).cloned());
            }
            continue;
        }
        // An unknown that is no attribute of a resource may turn out to be an error.
        let doubt = unsure.or_else(|| match &value.data {
            Data::Unknown(why) if value.refers.is_none() => Some(why.clone()),
            _ => None,
        });
        may_be.push(value);
        match doubt {
            Some(why) => last_why = why,
            None => return choice(may_be, &last_why, span),
        }
    }
    if may_be.is_empty() {
        return error("every argument of `try` fails", span);
    }
    choice(may_be, &last_why, span)
}

fn can(scope: &Scope<'_, '_>, arguments: &[Expression], span: Span) -> Value {
    let [argument] = arguments else {
        return error("`can` takes one argument", span);
    };
    let before = scope.run.unsure.borrow_mut().take();
    let value = evaluate(scope, argument);
    let unsure = std::mem::replace(&mut *scope.run.unsure.borrow_mut(), before);
    match (&value.data, unsure) {
        (_, Some(why)) => unknown(&why, span),
        (Data::Choice(_), _) if holds_error(&value, 0) => unknown(&undecided(), span),
        (Data::Unknown(why), None) if why.kind != WhyKind::Error && value.refers.is_none() => {
            unknown(why, span)
        }
        _ => Value::bool(!holds_error(&value, 0), Origin::at(span)),
    }
}
