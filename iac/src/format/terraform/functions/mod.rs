//! Terraform's built-in functions.

use crate::source::{Sources, Span};
use crate::value::{Data, Origin, Value, WhyKind};

/// What functions that read files need.
pub struct Context<'a> {
    pub sources: &'a dyn Sources,
    pub module_dir: &'a str,
    pub root_dir: &'a str,
}

/// Calls a function by its name.
///
/// # Errors
/// What Terraform would say is wrong with the call.
pub fn call(name: &str, arguments: &[Value], at: Span, context: &Context<'_>) -> Result<Value, String> {
    let _ = (context.sources, context.module_dir, context.root_dir);
    match (name, arguments) {
        ("tostring" | "tolist" | "toset" | "tomap", [only]) => Ok(only.clone()),
        ("length", [Value { data: Data::List(list), .. }]) if list.open.is_none() => {
            Ok(Value::new(Data::Number(crate::Number::Int(list.items.len() as i64)), Origin::at(at)))
        }
        _ => Ok(Value::unknown(
            WhyKind::Function,
            format!("the function `{name}` is not evaluated"),
            Origin::at(at),
        )),
    }
}
