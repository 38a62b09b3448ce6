//! References and the steps behind them: `aws_s3_bucket.b.id`, `var.x["k"][*].y`.

use std::rc::Rc;
use std::sync::Arc;

use super::expand::{Expanded, Key, KeyKind, quoted_key};
use super::expression::{MOST_CHOICES, Scope, choice, error, undecided, undeclared, unknown, why_of};
use super::module::join;
use super::{convert, resource, variable};
use crate::inventory::Existence;
use crate::source::Span;
use crate::syntax::hcl::{Expression, Kind, Step};
use crate::value::{Data, Form, List, Map, Number, Origin, Reference, Shape, Value, Why, WhyKind};

/// Evaluates a base with the steps behind it.
pub(super) fn evaluate(scope: &Scope<'_, '_>, base: &Expression, steps: &[Step], span: Span) -> Value {
    let Kind::Name(name) = &base.kind else {
        return apply(scope, super::expression::evaluate(scope, base), steps, span);
    };
    if let Some(bound) = scope.bound(name) {
        return apply(scope, bound.clone(), steps, span);
    }
    if scope.sealed {
        return error(format!("`{name}` means nothing here"), span);
    }
    let (value, used, what) = match root(scope, name, steps, span) {
        Ok(found) => found,
        Err(value) => return value,
    };
    let mut value = apply(scope, value, steps.get(used..).unwrap_or(&[]), span);
    let what = match (&what, &value.refers) {
        (Some(what), _) => what.clone(),
        (None, Some(reference)) if !reference.attribute.is_empty() => {
            format!("attribute `{}` of `{}`", reference.attribute, reference.address)
        }
        _ => return value,
    };
    value.origin = value.origin.through(span, what);
    value
}

type Root = (Value, usize, Option<String>);

/// What the name and the first steps stand for, the number of those steps, and how a reader calls it.
fn root(scope: &Scope<'_, '_>, name: &str, steps: &[Step], span: Span) -> Result<Root, Value> {
    let text = |value: &str| Value::text(value, Origin::at(span));
    let attribute = |index: usize| match steps.get(index) {
        Some(Step::Attribute(name)) => Some(&**name),
        Some(Step::Index(Expression { kind: Kind::Text(name), .. })) => Some(&**name),
        _ => None,
    };
    let need = |index: usize| {
        attribute(index).ok_or_else(|| error(format!("a name is missing after `{name}`"), span))
    };
    match name {
        "var" => {
            let wanted = need(0)?;
            let value = variable::variable(scope.run, scope.instance, wanted, span);
            Ok((value, 1, Some(format!("variable `{wanted}`"))))
        }
        "local" => {
            let wanted = need(0)?;
            Ok((
                resource::local(scope.run, scope.instance, wanted, span),
                1,
                Some(format!("local `{wanted}`")),
            ))
        }
        "each" => match (scope.repetition.and_then(|repetition| repetition.each.as_ref()), need(0)?) {
            (Some((key, _)), "key") => Ok((key.clone(), 1, None)),
            (Some((_, value)), "value") => Ok((value.clone(), 1, None)),
            _ => Err(error("`each` means something only beside `for_each`", span)),
        },
        "count" => match (scope.repetition.and_then(|repetition| repetition.count.as_ref()), need(0)?) {
            (Some(index), "index") => Ok((Value { origin: Origin::at(span), ..index.clone() }, 1, None)),
            _ => Err(error("`count.index` means something only beside `count`", span)),
        },
        "path" => match need(0)? {
            "module" => Ok((text(&path_between(scope.run.root, &scope.instance.module.directory)), 1, None)),
            "root" => Ok((text("."), 1, None)),
            _ => {
                Err(Value::unknown(WhyKind::Outside, "the working directory is not known", Origin::at(span)))
            }
        },
        "terraform" => match need(0)? {
            "workspace" => {
                Ok((text(scope.run.options.terraform_workspace.as_deref().unwrap_or("default")), 1, None))
            }
            other => Err(error(format!("`terraform.{other}` means nothing"), span)),
        },
        "self" => Err(Value::unknown(WhyKind::Computed, "`self` is known after apply", Origin::at(span))),
        "ephemeral" => Err(Value::unknown(
            WhyKind::Computed,
            "ephemeral values exist only while it runs",
            Origin::at(span),
        )),
        "module" => module(scope, need(0)?, steps, span),
        "data" => resource_reference(scope, true, need(0)?, need(1)?, steps, 2, span),
        "resource" => resource_reference(scope, false, need(0)?, need(1)?, steps, 2, span),
        kind => match attribute(0) {
            Some(named) => resource_reference(scope, false, kind, named, steps, 1, span),
            None => Err(error(format!("`{kind}` means nothing here"), span)),
        },
    }
}

/// From one directory to another, as `path.module` has it.
fn path_between(root: &str, module: &str) -> String {
    let parts =
        |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (from, to) = (parts(root), parts(module));
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(common).map(|_| "..".to_owned());
    let path: Vec<String> = up.chain(to.into_iter().skip(common)).collect();
    debug_assert!(join(root, &path.join("/")).as_deref() == Some(module) || path.is_empty());
    if path.is_empty() { ".".to_owned() } else { path.join("/") }
}

fn resource_reference(
    scope: &Scope<'_, '_>,
    data: bool,
    kind: &str,
    name: &str,
    steps: &[Step],
    used: usize,
    span: Span,
) -> Result<Root, Value> {
    let Some(expanded) = resource::expanded(scope.run, scope.instance, data, kind, name) else {
        let address = if data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
        if scope.instance.module.resources.contains_key(&(data, kind, name)) {
            return Err(error(format!("`{address}` depends on itself"), span));
        }
        let why = format!("`{address}` is not declared");
        let (suffix, used) = match steps.get(used) {
            Some(Step::Index(index)) => (suffix(&super::expression::evaluate(scope, index)), used + 1),
            _ => ("".into(), used),
        };
        let mut value = undeclared(why, span);
        // Another address is another resource, whatever it is.
        let address = format!("{}{suffix}", scope.instance.at(&address)).into();
        value.refers = Some(Arc::new(Reference { address, attribute: "".into() }));
        return Ok((value, used, None));
    };
    let keys = &expanded.keys;
    if keys.kind == KeyKind::One {
        return Ok((object(&expanded, 0), used, None));
    }
    match steps.get(used) {
        Some(Step::Index(index)) => {
            let index = super::expression::evaluate(scope, index);
            match key_text(&index) {
                Ok(key) => match (keys.find(&key), &keys.rest) {
                    (Some(found), _) => {
                        if let Some(Key { existence: Existence::Possible(why), .. }) = keys.items.get(found) {
                            *scope.run.unsure.borrow_mut() = Some(why.clone());
                        }
                        Ok((object(&expanded, found), used + 1, None))
                    }
                    (None, Some((why, _))) => {
                        *scope.run.unsure.borrow_mut() = Some(why.clone());
                        Ok((object(&expanded, keys.items.len()), used + 1, None))
                    }
                    (None, None) => {
                        Err(error(format!("`{}` has no instance `{key}`", expanded.address), span))
                    }
                },
                Err(why) => {
                    let mut value = unknown(&why, span);
                    value.refers =
                        Some(Arc::new(Reference { address: expanded.address.clone(), attribute: "".into() }));
                    Ok((value, used + 1, None))
                }
            }
        }
        Some(Step::Attribute(_)) if keys.kind == KeyKind::Count || keys.rest.is_some() => {
            let why = match &keys.rest {
                Some((why, _)) => why.clone(),
                None => Why::new(
                    WhyKind::Error,
                    format!("`{}` has several instances, and none is named", expanded.address),
                ),
            };
            Err(unknown(&why, span))
        }
        _ => Ok((collection(keys, span, |index| object(&expanded, index)), used, None)),
    }
}

/// All instances: a list for a count, a map for keys; those that may not be there leave it open.
fn collection(keys: &super::expand::Keys, span: Span, instance: impl Fn(usize) -> Value) -> Value {
    let mut open = keys.rest.as_ref().map(|(why, _)| why.clone());
    let mut items = Vec::with_capacity(keys.items.len());
    for (index, key) in keys.items.iter().enumerate() {
        match &key.existence {
            Existence::Certain => items.push((key.name.clone(), instance(index))),
            Existence::Possible(why) => open = Some(why.clone()),
        }
    }
    let data = if keys.kind == KeyKind::Count {
        Data::List(Arc::new(List { items: items.into_iter().map(|(_, item)| item).collect(), open }))
    } else {
        Data::Map(Arc::new(Map { entries: items.into_iter().collect(), open, header: None }))
    };
    Value::new(data, Origin::at(span))
}

/// An instance as others see it: what its code says, the rest computed.
fn object(expanded: &Rc<Expanded<'_>>, index: usize) -> Value {
    let make = || {
        let body = expanded.bodies.get(index).or(expanded.rest.as_ref());
        let suffix = match expanded.keys.items.get(index) {
            Some(key) => &*key.suffix,
            None => expanded.keys.rest.as_ref().map_or("", |(_, key)| &key.suffix),
        };
        let address: Arc<str> = format!("{}{suffix}", expanded.address).into();
        let why = if expanded.is_data() {
            Why::new(WhyKind::Data, format!("`{address}` is read when Terraform runs"))
        } else {
            Why::new(WhyKind::Computed, format!("`{address}` computes it"))
        };
        let entries = body.and_then(Value::as_map).map(|map| map.entries.clone()).unwrap_or_default();
        let map = Map { entries, open: Some(why), header: None };
        let mut value =
            Value::new(Data::Map(Arc::new(map)), body.map(|body| body.origin.clone()).unwrap_or_default());
        value.refers = Some(Arc::new(Reference { address, attribute: "".into() }));
        value
    };
    match expanded.objects.get(index) {
        Some(cell) => cell.get_or_init(make).clone(),
        None => make(),
    }
}

fn module(scope: &Scope<'_, '_>, name: &str, steps: &[Step], span: Span) -> Result<Root, Value> {
    let Some(children) = resource::children(scope.run, scope.instance, name) else {
        let declared = scope.instance.module.calls.contains_key(name);
        return Err(match declared {
            true => error(format!("`module.{name}` depends on itself"), span),
            false => undeclared(format!("`module.{name}` is not declared"), span),
        });
    };
    let instances = match &children.instances {
        Ok(instances) => instances,
        Err(why) => return Err(unknown(why, span)),
    };
    let of = |index: usize, steps: &[Step], used: usize| -> Root {
        let Some(child) = instances.get(index).and_then(|index| scope.run.instance(*index)) else {
            return (unknown(&undecided(), span), used, None);
        };
        match steps.get(used) {
            Some(Step::Attribute(output)) => {
                let value = resource::output(scope.run, &child, output, span);
                (value, used + 1, Some(format!("output `{output}` of module `{name}`")))
            }
            _ => (resource::outputs(scope.run, &child, span), used, None),
        }
    };
    let keys = &children.keys;
    if keys.kind == KeyKind::One {
        return Ok(of(0, steps, 1));
    }
    if let Some(Step::Index(index)) = steps.get(1) {
        let index = super::expression::evaluate(scope, index);
        return match key_text(&index) {
            Ok(key) => match (keys.find(&key), &keys.rest) {
                (Some(found), _) => {
                    if let Some(Key { existence: Existence::Possible(why), .. }) = keys.items.get(found) {
                        *scope.run.unsure.borrow_mut() = Some(why.clone());
                    }
                    Ok(of(found, steps, 2))
                }
                (None, Some((why, _))) => {
                    *scope.run.unsure.borrow_mut() = Some(why.clone());
                    Ok(of(keys.items.len(), steps, 2))
                }
                (None, None) => Err(error(format!("`module.{name}` has no instance `{key}`"), span)),
            },
            Err(why) => Err(unknown(&why, span)),
        };
    }
    Ok((collection(keys, span, |index| of(index, &[], 0).0), 1, None))
}

/// An index as an address has it: `[0]`, `["eu"]`.
fn suffix(index: &Value) -> Arc<str> {
    match (&index.data, key_text(index)) {
        (Data::Number(_), Ok(key)) => format!("[{key}]").into(),
        (_, Ok(key)) => quoted_key(&key),
        (_, Err(_)) => "[*]".into(),
    }
}

/// The text of a key.
fn key_text(index: &Value) -> Result<Arc<str>, Arc<Why>> {
    match convert::to_text(index).data {
        Data::Text(text) => Ok(text),
        data => Err(why_of(&data, "the key is no text")),
    }
}

/// Takes steps from a value.
pub(super) fn apply(scope: &Scope<'_, '_>, value: Value, steps: &[Step], span: Span) -> Value {
    let mut value = value;
    let mut rest = steps;
    while let Some((step, after)) = rest.split_first() {
        let sensitive = value.sensitive;
        value = match step {
            Step::Attribute(name) => attribute(&value, name, span),
            Step::Index(index) => {
                let index = super::expression::evaluate(scope, index);
                indexed(&value, &index, span)
            }
            Step::AttributeSplat => {
                let length = after.iter().take_while(|step| matches!(step, Step::Attribute(_))).count();
                let (each, behind) = after.split_at(length);
                rest = behind;
                value = splat(scope, &value, each, span);
                value.sensitive |= sensitive;
                continue;
            }
            Step::Splat => {
                let mut value = splat(scope, &value, after, span);
                value.sensitive |= sensitive;
                return value;
            }
        };
        value.sensitive |= sensitive;
        rest = after;
    }
    value
}

fn splat(scope: &Scope<'_, '_>, value: &Value, steps: &[Step], span: Span) -> Value {
    match &value.data {
        Data::List(list) => {
            let items = list.items.iter().map(|item| apply(scope, item.clone(), steps, span)).collect();
            let list = List { items, open: list.open.clone() };
            Value::new(Data::List(Arc::new(list)), Origin { span: Some(span), via: value.origin.via.clone() })
        }
        Data::Null => Value::list(Vec::new(), Origin::at(span)),
        Data::Unknown(why) => unknown(why, span),
        Data::Choice(values) => {
            choice(values.iter().map(|one| splat(scope, one, steps, span)).collect(), &undecided(), span)
        }
        _ => Value::list(vec![apply(scope, value.clone(), steps, span)], Origin::at(span)),
    }
}

/// The reference one step further.
fn further(value: &Value, name: &str) -> Option<Arc<Reference>> {
    let reference = value.refers.as_ref()?;
    let attribute = if reference.attribute.is_empty() {
        name.into()
    } else {
        format!("{}.{name}", reference.attribute).into()
    };
    Some(Arc::new(Reference { address: reference.address.clone(), attribute }))
}

pub(super) fn attribute(value: &Value, name: &str, span: Span) -> Value {
    let mut found = match &value.data {
        Data::Map(map) => match (map.entries.get(name), &map.open) {
            // What is not set, or set to null, may be filled in by the provider.
            (Some(found), open) if !(found.is_null() && (open.is_some() || value.refers.is_some())) => {
                found.clone()
            }
            (_, Some(why)) => {
                let form = value.refers.as_ref().map_or(Form::Any, |owner| form(&owner.address, name));
                unknown(&described(why, name).of_form(form), span)
            }
            (_, None) => match &value.refers {
                Some(reference) => unknown(
                    &Why::new(WhyKind::Computed, format!("`{name}` of `{}` is computed", reference.address)),
                    span,
                ),
                None => error(format!("there is no attribute `{name}`"), span),
            },
        },
        Data::Unknown(why) => {
            let why = if value.refers.is_some() { described(why, name) } else { why.clone() };
            unknown(&why, span)
        }
        Data::Choice(values) => return over(values, span, |one| attribute(one, name, span)),
        Data::Null => error(format!("null has no attribute `{name}`"), span),
        _ => error(format!("there is no attribute `{name}`"), span),
    };
    if let Some(reference) = further(value, name) {
        found.refers = Some(reference);
        // The provider's schema gives it a type, whatever was written.
        found.shape = Shape::Unsure;
    }
    found
}

/// What an attribute of a data source can be, where its provider says so: the number of an AWS account, the name of a
/// region or of a partition.
fn form(address: &str, attribute: &str) -> Form {
    let source = address.rsplit_once("data.").map_or("", |(_, source)| source);
    match (source.split('.').next().unwrap_or_default(), attribute) {
        ("aws_caller_identity", "account_id") => Form::Account,
        ("aws_region", "name" | "region" | "id") | ("aws_partition", "partition" | "id") => Form::Segment,
        _ => Form::Any,
    }
}

/// The reason for a whole resource, said of one attribute.
fn described(why: &Arc<Why>, name: &str) -> Arc<Why> {
    match why.text.strip_suffix(" computes it") {
        Some(address) if why.kind == WhyKind::Computed => {
            Why::new(WhyKind::Computed, format!("`{name}` of {address} is computed"))
        }
        _ => why.clone(),
    }
}

fn over(values: &[Value], span: Span, each: impl Fn(&Value) -> Value) -> Value {
    if values.len() > MOST_CHOICES {
        return unknown(&undecided(), span);
    }
    choice(values.iter().map(each).collect(), &undecided(), span)
}

pub(super) fn indexed(value: &Value, index: &Value, span: Span) -> Value {
    if let Data::Choice(values) = &value.data {
        return over(values, span, |one| indexed(one, index, span));
    }
    if let Data::Choice(values) = &index.data {
        return over(values, span, |one| indexed(value, one, span));
    }
    match (&value.data, &index.data) {
        (Data::Unknown(why), _) => {
            let mut found = unknown(why, span);
            found.refers =
                key_text(index).ok().and_then(|key| further(value, &key)).or_else(|| value.refers.clone());
            found
        }
        (Data::Map(_), _) => match key_text(index) {
            Ok(key) => attribute(value, &key, span),
            Err(why) => unknown(&why, span),
        },
        (Data::List(list), _) => {
            let position = match convert::to_number(index).data {
                Data::Number(Number::Int(position)) => usize::try_from(position).ok(),
                Data::Number(_) => None,
                data => return unknown(&why_of(&data, "a list is indexed by numbers"), span),
            };
            let found = position.and_then(|position| list.items.get(position));
            match (found, &list.open) {
                // Where an open list has more elements, is not known: none has a certain place.
                (_, Some(why)) => unknown(why, span),
                (Some(found), None) => {
                    let mut found = found.clone();
                    if found.refers.is_none() {
                        found.refers = key_text(index).ok().and_then(|key| further(value, &key));
                    }
                    found
                }
                (None, None) => error("the list has no such element", span),
            }
        }
        (Data::Null, _) => error("null has no elements", span),
        _ => error("this has no elements", span),
    }
}

impl Expanded<'_> {
    pub fn is_data(&self) -> bool {
        &*self.declared.block.kind == "data"
    }
}
