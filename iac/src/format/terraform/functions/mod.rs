//! Terraform's built-in functions.
//!
//! Every function is pure over values that may be unknown. Where Terraform gives up on the whole result, these
//! keep what is known: elements of lists, entries of maps, parts of strings. Two conventions hold for results:
//! a set is a [`Data::List`], sorted and without duplicates; a list that is `open` has lost its positions
//! (what is in it is known, but not where).

pub(super) mod call;
mod collection;
mod conversion;
mod convert;
mod csv;
mod datetime;
pub(super) mod decimal;
mod encoding;
mod filesystem;
mod format;
mod glob;
mod hash;
mod json;
mod map;
mod network;
mod number;
mod pieces;
mod regex;
mod set;
mod string;
mod yaml;
mod yaml_write;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use crate::source::{Sources, Span};
use crate::value::{Data, Origin, Value, WhyKind};

use call::{Call, Function};

#[cfg(test)]
mod tests;

/// What a call can see besides its arguments.
pub struct Context<'a> {
    pub sources: &'a dyn Sources,
    /// The directory of the module whose expression this is, relative to the workspace root.
    pub module_dir: &'a str,
    /// The directory of the root module, relative to the workspace root. Terraform resolves the paths of files
    /// against it, so `path.module` has to be relative to it as well: `../modules/x`, not `modules/x`.
    pub root_dir: &'a str,
    /// Evaluates a template for `templatefile` and `templatestring`; without it both are unknown.
    pub template: Option<&'a TemplateHook<'a>>,
    /// Is told of the bytes that a function looks at beyond what its arguments and its result weigh.
    pub work: Option<&'a dyn Fn(usize)>,
}

/// Evaluates a [`Template`]; the error is Terraform's own kind.
pub type TemplateHook<'a> = dyn Fn(&Template<'_>) -> Result<Value, String> + 'a;

/// A template text and the map of variables it may use.
pub struct Template<'a> {
    pub text: Arc<str>,
    /// The file it was read from, relative to the workspace root; `None` for `templatestring`.
    pub path: Option<Arc<str>>,
    pub variables: &'a Value,
    /// The call.
    pub at: Span,
}

/// The functions whose arguments the evaluator must not evaluate before the call: `try` and `can` turn errors
/// of their arguments into values.
pub const LAZY: [&str; 2] = ["try", "can"];

/// Alternatives a call is evaluated for one by one; beyond it a [`Data::Choice`] argument counts as unknown.
const ALTERNATIVES: usize = 8;

/// Whether Terraform 1.11 has a function of this name, with or without `core::` in front; any function of a
/// provider (`provider::name::function`) is taken to exist.
pub fn exists(name: &str) -> bool {
    find(name).is_some() || is_of_provider(name)
}

/// Calls a function with evaluated arguments.
///
/// # Errors
/// What Terraform refuses too: no such function, wrong number or types of arguments, a value out of range.
pub fn call(name: &str, args: &[Value], at: Span, context: &Context<'_>) -> Result<Value, String> {
    if is_of_provider(name) {
        let text = format!("`{name}` is a function of a provider");
        return Ok(Value::unknown(WhyKind::Function, text, Origin::at(at)));
    }
    let Some(function) = find(name) else { return Err(format!("there is no function `{name}`")) };
    function.check_count(args.len())?;
    if function.keeps_choices {
        return single(function, args, at, context);
    }
    distribute(function, args, at, context)
}

fn is_of_provider(name: &str) -> bool {
    name.strip_prefix("provider::").is_some_and(|rest| rest.contains("::"))
}

fn find(name: &str) -> Option<&'static Function> {
    static ALL: LazyLock<HashMap<&'static str, &'static Function>> = LazyLock::new(|| {
        let groups: [&'static [Function]; 14] = [
            collection::FUNCTIONS,
            conversion::FUNCTIONS,
            csv::FUNCTIONS,
            datetime::FUNCTIONS,
            encoding::FUNCTIONS,
            filesystem::FUNCTIONS,
            format::FUNCTIONS,
            hash::FUNCTIONS,
            map::FUNCTIONS,
            network::FUNCTIONS,
            number::FUNCTIONS,
            regex::FUNCTIONS,
            set::FUNCTIONS,
            string::FUNCTIONS,
        ];
        groups.into_iter().flatten().map(|function| (function.name, function)).collect()
    });
    ALL.get(name.strip_prefix("core::").unwrap_or(name)).copied()
}

/// Calls once for every combination of the alternatives that the arguments may be.
fn distribute(
    function: &'static Function,
    args: &[Value],
    at: Span,
    context: &Context<'_>,
) -> Result<Value, String> {
    let mut rows: Vec<Vec<Value>> = vec![Vec::with_capacity(args.len())];
    for arg in args {
        let alternatives: Vec<Value> = match &arg.data {
            Data::Choice(choice) if rows.len() * choice.len() <= ALTERNATIVES => {
                choice.iter().map(|one| marked(one, arg)).collect()
            }
            Data::Choice(_) => vec![Value { data: Data::Unknown(convert::first_why(arg)), ..arg.clone() }],
            _ => vec![arg.clone()],
        };
        rows = rows
            .into_iter()
            .flat_map(|row| {
                alternatives.iter().map(move |one| {
                    let mut row = row.clone();
                    row.push(one.clone());
                    row
                })
            })
            .collect();
    }
    if let [row] = rows.as_slice() {
        return single(function, row, at, context);
    }
    let answers: Vec<Result<Value, String>> =
        rows.iter().map(|row| single(function, row, at, context)).collect();
    if let (true, Some(Err(why))) = (answers.iter().all(Result::is_err), answers.first()) {
        return Err(why.clone());
    }
    let mut alternatives: Vec<Value> = Vec::new();
    for answer in answers {
        let value = answer.unwrap_or_else(|why| Value::unknown(WhyKind::Error, why, Origin::at(at)));
        if !alternatives.iter().any(|one| one.data == value.data) {
            alternatives.push(value);
        }
    }
    if let [_] = alternatives.as_slice() {
        return alternatives.pop().ok_or_else(String::new);
    }
    let sensitive = alternatives.iter().any(|one| one.sensitive);
    let value = Value::new(Data::Choice(alternatives.into()), Origin::at(at));
    Ok(Value { sensitive, ..value })
}

fn marked(alternative: &Value, choice: &Value) -> Value {
    Value { sensitive: alternative.sensitive || choice.sensitive, ..alternative.clone() }
}

/// Calls with arguments of which none is a choice at its top.
fn single(
    function: &'static Function,
    args: &[Value],
    at: Span,
    context: &Context<'_>,
) -> Result<Value, String> {
    let sensitive = function.leaks(args);
    let mut value = match function.prepare(args)? {
        Ok(args) => {
            let call = Call { function, given: args, at, context };
            (function.run)(&call)?
        }
        Err(why) => Call { function, given: args.to_vec(), at, context }.make(Data::Unknown(why)),
    };
    value.sensitive |= sensitive;
    Ok(value)
}
