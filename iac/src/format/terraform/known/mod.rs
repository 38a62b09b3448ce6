//! Public modules that many call: what their arguments set, so that a call is judged although the module is not here.
//!
//! A table says for each module which resources it makes and which argument each setting comes from, with the
//! arguments' own defaults and the versions in which they changed. `table.rs` writes that as a small module, and the
//! evaluator reads it as any other. What a table does not say is [`OPEN`]: unknown, because the module is not here.
//!
//! INVARIANT: no value that leaves such a module has a place in its text: [`relocated`] puts it at the call.

mod source;
mod table;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::source::{SourceId, Span};
use crate::syntax::hcl::Body;
use crate::value::{Data, List, Map, Origin, Value, Via, Why, WhyKind};
use crate::version::{Side, side};

use super::touched::Outline;
pub(super) use source::directory_of;

/// The variable that stands for what a table does not say.
pub(super) const OPEN: &str = "__open";

/// How the directories of such modules begin: no path of a workspace does.
const PREFIX: &str = "known:";

/// A module as its table describes it.
#[derive(Debug)]
pub struct KnownModule {
    /// As its source names it: `terraform-aws-modules/vpc/aws`.
    pub name: &'static str,
    pub body: Body,
    pub outline: Arc<Outline>,
    /// The arguments that settings come from.
    arguments: HashMap<Arc<str>, Argument>,
    /// The arguments of which the table says nothing.
    others: HashSet<Arc<str>>,
}

/// An argument that settings come from.
#[derive(Debug)]
struct Argument {
    /// The defaults it had before a version, oldest first: [`OPEN`] where none can be told.
    before: Vec<(Arc<str>, Arc<str>)>,
}

/// The default of an argument.
pub(super) enum Default {
    /// The one in the module's text.
    Written,
    /// An expression.
    Earlier(Arc<str>),
    Open,
}

/// Whether a directory is that of a known module.
pub fn is_known(directory: &str) -> bool {
    directory.starts_with(PREFIX)
}

/// The known module of a directory.
pub fn module(directory: &str) -> Option<&'static KnownModule> {
    static MADE: OnceLock<Mutex<HashMap<&'static str, &'static KnownModule>>> = OnceLock::new();
    let (name, text) = table::entry(directory.strip_prefix(PREFIX)?)?;
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    // Each is made once and kept: there are no more than the tables have entries.
    Some(made.entry(name).or_insert_with(|| Box::leak(Box::new(table::made(name, text)))))
}

impl KnownModule {
    /// The default of an argument for a call with this version constraint. `given` are the names the call sets: where
    /// one of them is none of the module's, the call is of a version that the table does not describe, and no default
    /// is taken for granted.
    pub(super) fn default<'c>(
        &self,
        argument: &str,
        version: Option<&str>,
        given: impl IntoIterator<Item = &'c str>,
    ) -> Default {
        let Some(known) = self.arguments.get(argument) else { return Default::Open };
        if given.into_iter().any(|name| !self.has(name)) {
            return Default::Open;
        }
        let earlier = version.and_then(|version| {
            known.before.iter().find(|(boundary, _)| side(version, boundary) == Some(Side::Before))
        });
        match earlier {
            None => Default::Written,
            Some((_, value)) if &**value == OPEN => Default::Open,
            Some((_, value)) => Default::Earlier(value.clone()),
        }
    }

    fn has(&self, argument: &str) -> bool {
        const META: [&str; 6] = ["source", "version", "providers", "count", "for_each", "depends_on"];
        self.arguments.contains_key(argument) || self.others.contains(argument) || META.contains(&argument)
    }

    /// Why something that its arguments do not say is not known.
    pub(super) fn why(&self) -> Arc<Why> {
        let text = format!("the module `{}` is not downloaded, and its call does not say", self.name);
        Why::new(WhyKind::Module, text)
    }

    /// Why the module is a gap although its call is judged.
    pub(super) fn gap(&self) -> Arc<Why> {
        let text =
            format!("the module `{}` is not downloaded; judged by the arguments of the call", self.name);
        Why::new(WhyKind::Module, text)
    }
}

/// The version that a source names: `…?ref=v5.1.0`.
pub(super) fn version_in(source: &str) -> Option<&str> {
    let (_, query) = source.split_once('?')?;
    let named = query.split('&').find_map(|pair| pair.strip_prefix("ref="))?;
    let version = named.strip_prefix('v').unwrap_or(named);
    version.starts_with(|first: char| first.is_ascii_digit()).then_some(version)
}

/// A value as it is seen outside of the module: what has its place in the module's text stands at the call.
pub(super) fn relocated(value: &Value, call: Span) -> Value {
    let data = match &value.data {
        Data::List(list) => Data::List(Arc::new(List {
            items: list.items.iter().map(|item| relocated(item, call)).collect(),
            open: list.open.clone(),
        })),
        Data::Map(map) => Data::Map(Arc::new(Map {
            entries: map.entries.iter().map(|(key, item)| (key.clone(), relocated(item, call))).collect(),
            open: map.open.clone(),
            header: map.header.map(|at| outside(at, call)),
        })),
        Data::Choice(alternatives) => {
            Data::Choice(alternatives.iter().map(|one| relocated(one, call)).collect())
        }
        data => data.clone(),
    };
    let json = value.json.as_ref().map(|json| Arc::new(relocated(json, call)));
    Value { data, json, origin: at_call(&value.origin, call), ..value.clone() }
}

fn outside(span: Span, call: Span) -> Span {
    if span.source == SourceId(u32::MAX) { call } else { span }
}

fn at_call(origin: &Origin, call: Span) -> Origin {
    let steps: Vec<&Via> = origin.steps().filter(|via| via.span.source != SourceId(u32::MAX)).collect();
    // What the module makes of an argument stands at the argument.
    let argument = steps.last().map_or(call, |via| via.span);
    let via =
        steps.iter().rev().fold(None, |next, via| Some(Arc::new(Via::new(via.span, via.what.clone(), next))));
    Origin { span: origin.span.map(|span| outside(span, argument)), via }
}

#[cfg(test)]
mod tests;
