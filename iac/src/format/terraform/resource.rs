//! Resources, local values, outputs and module calls of a module instance.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use super::expand::{Expanded, Key, keys};
use super::expression::{Binding, Scope, elements_of, error, evaluate, undeclared, used};
use super::instance::{Call, Children, Instance, Name, Run};
use super::module::Declared;
use super::{DEEPEST_CALLS, known, policy, provider, variable};
use crate::hashing::{QuickIndexMap, with_room};
use crate::inventory::{Dialect, Existence, Gap, KnownCall, Mode, Resource};
use crate::problem::Gravity;
use crate::source::Span;
use crate::syntax::hcl::{Attribute, Block, Body, Item, Kind};
use crate::value::{Data, List, Map, Origin, Reference, Value, Why, WhyKind};

/// Notes on each gap which resources its module was told of; done last, when every name can be evaluated.
pub(super) fn tell_gaps(run: &Run<'_>) {
    for (instance, declared, address) in run.refused.take() {
        let mut refers = Vec::new();
        for attribute in declared.block.body.attributes() {
            if !["source", "version", "providers", "depends_on"].contains(&&*attribute.name) {
                references(&evaluate(&Scope::new(run, &instance), &attribute.value), &mut refers);
            }
        }
        run.tell_gap(&address, &refers);
    }
}

fn references(value: &Value, out: &mut Vec<Arc<Reference>>) {
    out.extend(value.refers.iter().cloned());
    match &value.data {
        Data::List(list) => list.items.iter().for_each(|item| references(item, out)),
        Data::Map(map) => map.entries.values().for_each(|item| references(item, out)),
        Data::Choice(alternatives) => alternatives.iter().for_each(|item| references(item, out)),
        _ => {}
    }
}

/// A local value.
pub(super) fn local<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, name: &str, span: Span) -> Value {
    let Some((name, attribute)) = instance.module.locals.get_key_value(name) else {
        return undeclared(format!("the local value `{name}` is not declared"), span);
    };
    instance.keep(
        run,
        Name::Local(name),
        || evaluate(&Scope::new(run, instance), &attribute.value),
        || error(format!("the local value `{name}` depends on itself"), span),
    )
}

/// An output, as the caller sees it.
pub(super) fn output<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, name: &str, span: Span) -> Value {
    let Some((name, declared)) = instance.module.outputs.get_key_value(name) else {
        if let Some(known) = instance.module.known {
            return Value::new(Data::Unknown(known.why()), Origin::at(span));
        }
        return undeclared(format!("the module has no output `{name}`"), span);
    };
    instance.keep(
        run,
        Name::Output(name),
        || {
            let Some(attribute) = declared.attribute("value") else {
                return error(format!("the output `{name}` has no value"), declared.block.header);
            };
            let mut value = evaluate(&Scope::new(run, instance), &attribute.value);
            value.sensitive |= declared
                .attribute("sensitive")
                .is_some_and(|flag| matches!(flag.value.kind, Kind::Bool(true)));
            at_call(run, instance, value)
        },
        || error(format!("the output `{name}` depends on itself"), span),
    )
}

/// All outputs as an object.
pub(super) fn outputs<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, span: Span) -> Value {
    let entries =
        instance.module.outputs.keys().map(|name| (Arc::from(*name), output(run, instance, name, span)));
    Value::map(entries.collect(), Origin::at(span))
}

/// The instances of a module call; `None` when it is not declared or is being found.
pub(super) fn children<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, name: &str) -> Option<Rc<Children>> {
    let (name, declared) = instance.module.calls.get_key_value(name)?;
    if let Some(kept) = instance.children.borrow().get(name) {
        return kept.clone();
    }
    instance.children.borrow_mut().insert(name, None);
    let found = Rc::new(find_children(run, instance, name, declared));
    instance.children.borrow_mut().insert(name, Some(found.clone()));
    Some(found)
}

fn find_children<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    name: &'a str,
    declared: &'a Declared<'a>,
) -> Children {
    let address = instance.at(&format!("module.{name}"));
    let keys = keys(&Scope::new(run, instance), declared, &address);
    let key = if instance.key.is_empty() { name.to_owned() } else { format!("{}.{name}", instance.key) };
    let refused = |kind, text: String, span| {
        let why = Why::new(kind, text);
        run.gap(Gap { what: address.clone(), why: why.clone(), span: Some(span), refers: Vec::new() });
        run.refused.borrow_mut().push((instance.clone(), declared, address.clone()));
        Children { keys: keys.clone(), instances: Err(why) }
    };
    if keys.items.is_empty() && keys.rest.is_none() {
        return Children { keys, instances: Ok(Vec::new()) };
    }
    let Some(source) = declared.attribute("source") else {
        return refused(WhyKind::Error, format!("`module.{name}` names no source"), declared.block.header);
    };
    let Some(text) = source.value.as_text() else {
        return refused(
            WhyKind::Error,
            "the source of a module must be a plain string".to_owned(),
            source.value.span,
        );
    };
    let place = source.value.span;
    let directory = match run.library.locator.locate(&instance.module.directory, text, &key) {
        Ok(directory) => directory,
        Err(why) => return refused(WhyKind::Module, why, place),
    };
    let mut ancestor = Some(instance.clone());
    let mut depth = 0;
    while let Some(above) = ancestor {
        if *above.module.directory == *directory {
            run.problem(
                Gravity::Loss,
                place,
                format!("the module `{text}` calls itself"),
                "break the circle of module calls",
            );
            return refused(WhyKind::Error, format!("the module `{text}` calls itself"), place);
        }
        depth += 1;
        ancestor = above.call.as_ref().and_then(|call| run.instance(call.parent));
    }
    if depth > DEEPEST_CALLS {
        run.problem(
            Gravity::Loss,
            place,
            format!("module calls are nested more than {DEEPEST_CALLS} levels deep"),
            "",
        );
        return refused(
            WhyKind::Limit,
            format!("module calls are nested more than {DEEPEST_CALLS} deep"),
            place,
        );
    }
    if run.meter.is_full() {
        let why = run.leave_out(place, &address);
        return refused(WhyKind::Limit, why.text.to_string(), place);
    }
    let Some(module) = run.library.modules.get(&*directory) else {
        return refused(WhyKind::Module, format!("the module directory `{directory}` is not there"), place);
    };
    let parent = instance.index;
    let mut calls = instance.calls.clone();
    // What a module that is not here calls itself has no place.
    if instance.module.known.is_none() {
        calls.push(declared.block.span);
    }
    if let Some(known) = module.known.filter(|_| instance.module.known.is_none()) {
        let why = known.gap();
        run.gap(Gap { what: address.clone(), why, span: Some(place), refers: Vec::new() });
        run.refused.borrow_mut().push((instance.clone(), declared, address.clone()));
    }
    let make = |one: &Key| {
        let existence = match (&instance.existence, &one.existence) {
            (Existence::Certain, existence) => existence.clone(),
            (above, _) => above.clone(),
        };
        run.add(Instance {
            module,
            address: format!("{address}{}", one.suffix).into(),
            index: 0,
            key: key.clone(),
            call: Some(Call { parent, name, declared, repetition: one.repetition.clone() }),
            calls: calls.clone(),
            existence,
            memo: RefCell::default(),
            expansions: RefCell::default(),
            children: RefCell::default(),
            defaults: RefCell::default(),
        })
        .0
    };
    let instances = keys.items.iter().chain(keys.rest.as_ref().map(|(_, key)| key)).map(make).collect();
    Children { keys, instances: Ok(instances) }
}

/// A resource's instances; `None` when it is not declared or is being found.
pub(super) fn expanded<'a>(
    run: &Run<'a>,
    instance: &Rc<Instance<'a>>,
    data: bool,
    kind: &str,
    name: &str,
) -> Option<Rc<Expanded<'a>>> {
    // The key borrows from the module, not from the expression that asks.
    let (&id, declared) = instance.module.resources.get_key_value(&Wanted(data, kind, name))?;
    if let Some(kept) = instance.expansions.borrow().get(&id) {
        return kept.clone();
    }
    instance.expansions.borrow_mut().insert(id, None);
    let scope = Scope::new(run, instance);
    let local = if data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
    let address = instance.at(&local);
    let keys = keys(&scope, declared, &address);
    let body = |key: &Key| {
        let scope = Scope { repetition: Some(&key.repetition), ..scope };
        let mut body = resource_body(&scope, declared);
        if data {
            body = policy::rendered(kind, body);
        }
        body
    };
    let bodies: Vec<Value> = keys.items.iter().map(body).collect();
    let rest = keys.rest.as_ref().map(|(_, key)| body(key));
    let objects = (0..=bodies.len()).map(|_| OnceCell::new()).collect();
    let found = Rc::new(Expanded { declared, address, keys, bodies, rest, objects });
    instance.expansions.borrow_mut().insert(id, Some(found.clone()));
    Some(found)
}

/// Adds all resources of an instance, and of the modules it calls, to the run's state.
pub(super) fn collect<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>) {
    for (gravity, span, message) in &instance.module.invalid_blocks {
        run.problem(*gravity, *span, message.clone(), "");
    }
    for file in &instance.module.partially_parsed {
        let why = Why::new(WhyKind::Error, format!("a part of `{file}` could not be read"));
        run.state.borrow_mut().partially_parsed.push((instance.address.clone(), why));
    }
    let call = call_of(run, instance);
    if let (Some(known), Some(call)) = (instance.module.known, call) {
        run.state.borrow_mut().known_calls.push(KnownCall {
            scope: instance.address.clone(),
            module: known.name.into(),
            header: call.header,
            why: known.why(),
        });
    }
    variable::validate(run, instance);
    for ((data, kind, name), declared) in &instance.module.resources {
        let named = (*data, *kind, *name);
        let kept = run
            .earlier
            .and_then(|earlier| earlier.kept(&instance.module.directory, &instance.address, named));
        if let Some(kept) = kept {
            run.meter.take_instances(kept.len());
            run.state.borrow_mut().resources.extend_from_slice(kept);
            continue;
        }
        if run.meter.is_full() {
            let what = if *data { format!("data.{kind}.{name}") } else { format!("{kind}.{name}") };
            let why = run.leave_out(declared.block.header, &instance.at(&what));
            run.state.borrow_mut().partially_parsed.push((instance.address.clone(), why));
            return;
        }
        let Some(expanded) = expanded(run, instance, *data, kind, name) else {
            continue;
        };
        let bodies = expanded.bodies.iter().chain(&expanded.rest);
        let all = expanded.keys.items.iter().chain(expanded.keys.rest.as_ref().map(|(_, key)| key));
        for (key, body) in all.zip(bodies) {
            let existence = match (&instance.existence, &key.existence) {
                (Existence::Certain, existence) => existence.clone(),
                (above, _) => above.clone(),
            };
            let block = expanded.declared.block;
            // What a module that is not here makes stands where that is called.
            let place = call.unwrap_or(block);
            let resource = Resource {
                address: format!("{}{}", expanded.address, key.suffix).into(),
                kind: block.label(0).cloned().unwrap_or_default(),
                name: block.label(1).cloned().unwrap_or_default(),
                dialect: Dialect::Terraform,
                mode: if *data { Mode::Data } else { Mode::Managed },
                body: if *data {
                    body.clone()
                } else {
                    let declared = expanded.declared;
                    let body = provider::with_defaults(run, instance, declared, &key.repetition, kind, body);
                    at_call(run, instance, body)
                },
                outer: None,
                header: place.header,
                span: place.span,
                existence,
                scope: instance.address.clone(),
                calls: instance.calls.clone(),
            };
            run.state.borrow_mut().resources.push(Arc::new(resource));
        }
    }
    for name in instance.module.calls.keys() {
        let Some(children) = children(run, instance, name) else {
            continue;
        };
        for index in children.instances.iter().flatten() {
            if let Some(child) = run.instance(*index) {
                collect(run, &child);
            }
        }
    }
}

/// The call in the code that led to an instance of a module that is not here.
fn call_of<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>) -> Option<&'a Block> {
    instance.module.known?;
    let call = instance.call.as_ref()?;
    let parent = run.instance(call.parent)?;
    call_of(run, &parent).or(Some(call.declared.block))
}

/// A value of a module that is not here stands where the module is called.
fn at_call<'a>(run: &Run<'a>, instance: &Rc<Instance<'a>>, value: Value) -> Value {
    match call_of(run, instance) {
        Some(call) => known::relocated(&value, call.header),
        None => value,
    }
}

/// What a resource's body says: attributes by name, nested blocks as lists of maps under their type.
fn resource_body(scope: &Scope<'_, '_>, declared: &Declared<'_>) -> Value {
    let block = declared.block;
    let items = declared.items();
    let broken = block.body.broken || declared.overrides.iter().any(|block| block.body.broken);
    let map = map_of(scope, items.into_iter(), Some(block.header), true, broken);
    Value::new(Data::Map(Arc::new(map)), Origin::at(block.span))
}

/// What Terraform takes for itself.
fn is_meta(name: &str) -> bool {
    matches!(name, "count" | "for_each" | "provider" | "depends_on")
}

/// The blocks of one type, why there may be more, and where the first stands.
type Blocks = (Vec<Value>, Option<Arc<Why>>, Span);

fn map_of<'i>(
    scope: &Scope<'_, '_>,
    items: impl Iterator<Item = &'i Item>,
    header: Option<Span>,
    top: bool,
    broken: bool,
) -> Map {
    let open = broken.then(|| Why::new(WhyKind::Error, "a part of the block could not be read"));
    let mut map = Map { entries: with_room(items.size_hint().0), open, header };
    let mut blocks: QuickIndexMap<Arc<str>, Blocks> = QuickIndexMap::default();
    for item in items {
        if let Some(why) = scope.run.stopped(header.unwrap_or_else(|| span_of(item))) {
            map.open = Some(why);
            break;
        }
        match item {
            Item::Attribute(attribute) if top && is_meta(&attribute.name) => {}
            Item::Attribute(attribute) => {
                map.entries.insert(attribute.name.clone(), attribute_value(scope, attribute));
            }
            Item::Block(block) if top && matches!(&*block.kind, "provisioner" | "connection") => {}
            Item::Block(block) if top && &*block.kind == "lifecycle" => {
                let value = lifecycle(scope, block);
                blocks
                    .entry(block.kind.clone())
                    .or_insert_with(|| (Vec::new(), None, block.span))
                    .0
                    .push(value);
            }
            Item::Block(block) if &*block.kind == "dynamic" => {
                let Some(name) = block.label(0) else { continue };
                let (values, open) = dynamic(scope, block, name);
                let entry = blocks.entry(name.clone()).or_insert_with(|| (Vec::new(), None, block.span));
                entry.0.extend(values);
                entry.1 = open.or(entry.1.take());
            }
            Item::Block(block) => {
                let value = block_value(scope, &block.body, block);
                blocks
                    .entry(block.kind.clone())
                    .or_insert_with(|| (Vec::new(), None, block.span))
                    .0
                    .push(value);
            }
        }
    }
    for (name, (items, open, span)) in blocks {
        let open = open.or_else(|| map.open.clone());
        // A `dynamic` block without elements leaves nothing behind.
        if !items.is_empty() || open.is_some() {
            map.entries
                .insert(name, Value::new(Data::List(Arc::new(List { items, open })), Origin::at(span)));
        }
    }
    scope.run.meter.hold(super::meter::bytes_of(map.entries.len() + 1));
    map
}

fn span_of(item: &Item) -> Span {
    match item {
        Item::Attribute(attribute) => attribute.span(),
        Item::Block(block) => block.header,
    }
}

/// The blocks of one type in a body, written or made by `dynamic`; `None` when it has none.
pub(super) fn blocks_of(
    scope: &Scope<'_, '_>,
    body: &Body,
    name: &str,
) -> Option<(Vec<Value>, Option<Arc<Why>>)> {
    let wanted = |block: &Block| {
        &*block.kind == name
            || (&*block.kind == "dynamic" && block.label(0).is_some_and(|label| **label == *name))
    };
    let items = body.items.iter().filter(|item| matches!(item, Item::Block(block) if wanted(block)));
    let map = map_of(scope, items, None, false, body.broken);
    match map.entries.get(name).map(|value| &value.data) {
        Some(Data::List(list)) => Some((list.items.clone(), list.open.clone())),
        _ => None,
    }
}

fn attribute_value(scope: &Scope<'_, '_>, attribute: &Attribute) -> Value {
    let mut value = evaluate(scope, &attribute.value);
    if let Data::Unknown(why) = &value.data
        && why.kind == WhyKind::Error
        && matches!(attribute.value.kind, Kind::Missing(_))
    {
        let text = format!("the value of `{}` could not be read", attribute.name);
        value = Value::unknown(WhyKind::Error, text, Origin::at(attribute.span()));
    }
    used(scope.run, value)
}

fn block_value(scope: &Scope<'_, '_>, body: &Body, block: &Block) -> Value {
    let map = map_of(scope, body.items.iter(), Some(block.header), false, body.broken);
    Value::new(Data::Map(Arc::new(map)), Origin::at(block.span))
}

/// `lifecycle` speaks of attributes by name, which are no values.
fn lifecycle(scope: &Scope<'_, '_>, block: &Block) -> Value {
    let items = block.body.items.iter().filter(|item| match item {
        Item::Attribute(attribute) => !matches!(&*attribute.name, "ignore_changes" | "replace_triggered_by"),
        Item::Block(_) => false,
    });
    let map = map_of(scope, items, Some(block.header), false, block.body.broken);
    Value::new(Data::Map(Arc::new(map)), Origin::at(block.span))
}

/// The blocks a `dynamic` block makes, and why there may be more.
fn dynamic(scope: &Scope<'_, '_>, block: &Block, name: &str) -> (Vec<Value>, Option<Arc<Why>>) {
    let Some(each) = block.body.attribute("for_each") else {
        return (
            Vec::new(),
            Some(Why::new(WhyKind::Error, format!("the dynamic block `{name}` has no `for_each`"))),
        );
    };
    let Some(content) = block.body.blocks().find(|inner| &*inner.kind == "content") else {
        return (
            Vec::new(),
            Some(Why::new(WhyKind::Error, format!("the dynamic block `{name}` has no `content`"))),
        );
    };
    let iterator = match block.body.attribute("iterator").map(|attribute| &attribute.value.kind) {
        Some(Kind::Name(iterator)) => iterator,
        _ => name,
    };
    let collection = evaluate(scope, &each.value);
    let (elements, mut open) = match elements_of(&collection, each.value.span) {
        Ok(elements) => elements,
        Err(value) => {
            let why = super::expression::why_of(&value.data, "the elements are not known");
            return (Vec::new(), Some(why));
        }
    };
    let mut blocks = Vec::new();
    for (key, value) in elements {
        scope.run.meter.step(1);
        if let Some(why) = scope.run.stopped(each.value.span) {
            open = Some(why);
            break;
        }
        let mut entries = with_room(2);
        entries.insert(Arc::from("key"), key);
        entries.insert(Arc::from("value"), value);
        let value = Value::map(entries, Origin::at(each.value.span));
        let binding = Binding { name: iterator, value, next: scope.bindings };
        let items = content.body.items.iter();
        let map = map_of(&scope.with(&binding), items, Some(block.header), false, content.body.broken);
        blocks.push(Value::new(Data::Map(Arc::new(map)), Origin::at(content.span)));
    }
    (blocks, open)
}

/// A resource's key, borrowed from whoever asks.
#[derive(Hash)]
struct Wanted<'w>(bool, &'w str, &'w str);

impl indexmap::Equivalent<(bool, &str, &str)> for Wanted<'_> {
    fn equivalent(&self, key: &(bool, &str, &str)) -> bool {
        (self.0, self.1, self.2) == *key
    }
}
