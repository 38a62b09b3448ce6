//! Input variables: what was given for them, what their type makes of it.

use std::rc::Rc;
use std::sync::Arc;

use super::convert::{Type, convert, to_bool};
use super::expression::{Scope, error, evaluate, undeclared};
use super::instance::{Instance, Name, Run};
use super::known;
use crate::problem::Gravity;
use crate::source::{Source, SourceId, Span};
use crate::syntax::hcl::{self, Item, Kind};
use crate::syntax::{Document, Tree};
use crate::value::{Data, List, Map, Origin, Value, WhyKind};

/// The variable files of one root, weakest first.
#[derive(Debug, Default, Clone)]
pub struct VariableFiles {
    pub files: Vec<Arc<Document>>,
}

/// The value of a variable, as seen inside of its module.
pub(super) fn variable<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, name: &str, span: Span) -> Value {
    let Some((name, declared)) = instance.module.variables.get_key_value(name) else {
        if let Some(known) = instance.module.known {
            return Value::new(Data::Unknown(known.why()), Origin::at(span));
        }
        return undeclared(format!("the variable `{name}` is not declared"), span);
    };
    instance.keep(
        run,
        Name::Variable(name),
        || find(run, instance, name, declared),
        || error(format!("the variable `{name}` depends on itself"), span),
    )
}

fn find<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    name: &str,
    declared: &super::module::Declared<'a>,
) -> Value {
    let scope = Scope::new(run, instance);
    let of = declared.attribute("type").map_or(Type::Any, |attribute| Type::read(&attribute.value));
    let flag = |name: &str| {
        declared.attribute(name).is_some_and(|attribute| matches!(attribute.value.kind, Kind::Bool(true)))
    };
    let nullable = declared
        .attribute("nullable")
        .is_none_or(|attribute| !matches!(attribute.value.kind, Kind::Bool(false)));
    let given = match &instance.call {
        Some(call) => call.declared.attribute(name).and_then(|argument| {
            let parent = run.instance(call.parent)?;
            let caller = Scope { repetition: Some(&call.repetition), ..Scope::new(run, &parent) };
            let mut value = evaluate(&caller, &argument.value);
            value.origin =
                value.origin.through(argument.span(), format!("argument of module `{}`", call.name));
            Some(value)
        }),
        None => given_to_root(run, &scope, name, &of),
    };
    let given = given.filter(|value| nullable || !value.is_null());
    let value = given.or_else(|| default(run, instance, name, declared));
    let Some(value) = value else {
        let origin = Origin::at(declared.block.header);
        return if instance.call.is_some() {
            Value::unknown(WhyKind::Error, format!("the required variable `{name}` is not given"), origin)
        } else {
            Value::unknown(WhyKind::Variable, format!("the variable `{name}` has no value here"), origin)
        };
    };
    let mut value = convert(&scope, &value, &of);
    value.sensitive |= flag("sensitive");
    value
}

/// What a variable is when nothing is given for it; of a module that is not here, by the version that is called.
fn default<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    name: &str,
    declared: &super::module::Declared<'a>,
) -> Option<Value> {
    let scope = Scope::new(run, instance);
    if let (Some(known), Some(call)) = (instance.module.known, &instance.call) {
        let text = |name: &str| call.declared.attribute(name).and_then(|one| one.value.as_text());
        let constraint = text("version").map(|text| &**text);
        let version = constraint.or_else(|| known::version_in(text("source")?));
        let block = &call.declared.block.body;
        let given = block.attributes().map(|attribute| &*attribute.name);
        let origin = Origin::at(declared.block.header);
        match known.default(name, version, given) {
            known::Default::Written => {}
            known::Default::Open => return Some(Value::new(Data::Unknown(known.why()), origin)),
            known::Default::Earlier(text) => {
                let source = Source::new(SourceId(u32::MAX), "", text);
                let value = hcl::parse_expression(&source).ok().map(|one| evaluate(&scope.sealed(), &one));
                return Some(value.unwrap_or_else(|| Value::new(Data::Unknown(known.why()), origin)));
            }
        }
    }
    declared.attribute("default").map(|default| {
        // A default that cannot be told is written as a name, which means nothing to a sealed scope.
        match instance.module.known {
            Some(known) if matches!(default.value.kind, Kind::Traversal(_)) => {
                Value::new(Data::Unknown(known.why()), Origin::at(declared.block.header))
            }
            _ => evaluate(&scope.sealed(), &default.value),
        }
    })
}

/// Reports the values of an instance's variables that break a rule their variable states.
pub(super) fn validate<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>) {
    let scope = Scope::new(run, instance);
    for (name, declared) in &instance.module.variables {
        let rules = declared.items().into_iter().filter_map(|item| match item {
            Item::Block(block) if &*block.kind == "validation" => Some(block),
            _ => None,
        });
        for rule in rules {
            let Some(condition) = rule.body.attribute("condition") else { continue };
            if !matches!(to_bool(&evaluate(&scope, &condition.value)).data, Data::Bool(false)) {
                continue;
            }
            let value = variable(run, instance, name, declared.block.header);
            let reason = rule.body.attribute("error_message").map(|message| evaluate(&scope, &message.value));
            let reason = reason
                .filter(|reason| !reason.sensitive)
                .and_then(|reason| reason.as_text().map(str::to_owned));
            let of = if instance.address.is_empty() {
                String::new()
            } else {
                format!(" of `{}`", instance.address)
            };
            let message = match reason {
                Some(reason) => format!("the value of variable `{name}`{of} is refused: {}", reason.trim()),
                None => format!("the value of variable `{name}`{of} is refused by its validation"),
            };
            let readable = |span: &Span| span.source != SourceId(u32::MAX);
            let span = value.origin.span.filter(readable).unwrap_or(condition.value.span);
            run.problem(
                Gravity::Note,
                span,
                message,
                "Terraform stops at this value: give one that the variable allows",
            );
        }
    }
}

/// From the strongest: `--var`, `--var-file`, the files Terraform loads by itself, the environment.
fn given_to_root(run: &Run<'_>, scope: &Scope<'_, '_>, name: &str, of: &Type<'_>) -> Option<Value> {
    let last = |pairs: &[(String, String)]| {
        pairs.iter().rev().find(|(given, _)| given == name).map(|(_, text)| from_text(scope, name, text, of))
    };
    if let Some(value) = last(&run.options.variables) {
        return Some(value);
    }
    for document in run.variable_files.files.iter().rev() {
        if let Tree::Hcl(body) = &document.tree
            && let Some(attribute) = body.attribute(name)
        {
            return Some(evaluate(&scope.sealed(), &attribute.value));
        }
    }
    last(&run.options.environment)
}

/// A text from the command line: itself for a primitive type or none, else an expression.
fn from_text(scope: &Scope<'_, '_>, name: &str, text: &str, of: &Type<'_>) -> Value {
    let declared = scope.instance.module.variables.get(name);
    let typed = declared.is_some_and(|declared| declared.attribute("type").is_some());
    if of.is_primitive() || !typed {
        return Value::text(text, Origin::default());
    }
    let source = Source::new(SourceId(u32::MAX), "", text);
    match hcl::parse_expression(&source) {
        Ok(expression) => placeless(&evaluate(&scope.sealed(), &expression)),
        Err(message) => Value::unknown(
            WhyKind::Error,
            format!("the value given for `{name}` cannot be read: {message}"),
            Origin::default(),
        ),
    }
}

/// The value without places: its text is none of the sources.
fn placeless(value: &Value) -> Value {
    let data = match &value.data {
        Data::List(list) => Data::List(Arc::new(List {
            items: list.items.iter().map(placeless).collect(),
            open: list.open.clone(),
        })),
        Data::Map(map) => Data::Map(Arc::new(Map {
            entries: map.entries.iter().map(|(key, item)| (key.clone(), placeless(item))).collect(),
            open: map.open.clone(),
            header: None,
        })),
        data => data.clone(),
    };
    Value { data, origin: Origin::default(), ..value.clone() }
}
