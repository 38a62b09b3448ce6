//! Frameworks, controls and objectives as read from their files.

pub mod check;
#[cfg(test)]
mod tests;
mod types;

pub use types::{Control, Framework, Group, Objective, Shown, Strength, Wanted, normal};

use crate::library;

/// Reads a framework file and checks it as the built-in ones are checked.
///
/// # Errors
/// Everything that is wrong with it, each naming the control (or line) it concerns.
pub fn read(text: &str) -> Result<Framework, Vec<String>> {
    let objectives = library::builtin_objectives();
    check::read(text, &|id| objectives.iter().any(|objective| objective.id == id))
}
