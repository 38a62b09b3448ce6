//! Frameworks, controls and objectives as read from their files.

pub mod check;
mod fields;
mod info;
mod statement;
#[cfg(test)]
mod tests;
mod types;

pub use info::FrameworkInfo;
pub use statement::Statement;
pub(crate) use statement::pieces;
pub use types::{
    Control, Framework, Group, Objective, Shown, Strength, USUAL, Wanted, normal, sort_frameworks,
};

/// Reads a framework file and checks it as the built-in ones are checked. `objectives` are those its controls may want.
///
/// # Errors
/// Everything that is wrong with it, each naming the control (or line) it concerns.
pub fn read(text: &str, objectives: &[Objective]) -> Result<Framework, Vec<String>> {
    let is_objective = |id: &str| objectives.iter().any(|objective| objective.id == id);
    check::read(text, &is_objective).map_err(|problems| {
        let unknown_fields =
            fields::unknown_fields(text, &|framework| check::problems(framework, &is_objective));
        if unknown_fields.is_empty() { problems } else { unknown_fields }
    })
}

/// The line of a framework's text, from 1, that a problem is about, where its words name one.
pub fn line_of(text: &str, problem: &str) -> Option<usize> {
    let mut words = problem.split('`').skip(1).step_by(2);
    // What has no id is found by its title.
    if problem.starts_with("groups:") && problem.ends_with("has no id") {
        let title = problem.rsplit('`').nth(1).filter(|title| !title.is_empty())?;
        return text.lines().position(|line| line.contains(title)).map(|at| at + 1);
    }
    let (head, rest) = problem.split_once(' ')?;
    let lines: Vec<&str> = text.lines().collect();
    let is_id = |line: &str, id: &str| {
        let bare = line.trim_start().trim_start_matches("- ").trim_start_matches("{ ").trim_start();
        let value = bare.strip_prefix("id:").or_else(|| bare.strip_prefix("\"id\":"));
        value.is_some_and(|value| {
            let value = value.trim().trim_start_matches(['"', '\'']);
            value
                .strip_prefix(id)
                .is_some_and(|after| after.is_empty() || after.starts_with(['"', '\'', ',', ' ', '}']))
        })
    };
    match head {
        "control" | "group" | "objective" => {
            let id = words.next()?;
            let mut at = lines.iter().enumerate().filter(|(_, line)| is_id(line, id)).map(|(at, _)| at);
            let first = at.next()?;
            if rest.contains("given twice") {
                return Some(at.next().unwrap_or(first) + 1);
            }
            // The word it complains of stands below the id, before the next id of its depth: parts have ids too.
            let column = |line: &str| line.find("id:").or_else(|| line.find("\"id\":"));
            let depth = lines.get(first).and_then(|line| column(line));
            let mut below = lines
                .iter()
                .enumerate()
                .skip(first + 1)
                .take_while(|(_, line)| column(line).is_none_or(|column| Some(column) != depth));
            let word = words.next().filter(|_| head == "control");
            let found = word.and_then(|word| below.find(|(_, line)| line.contains(word)));
            Some(found.map_or(first, |(at, _)| at) + 1)
        }
        _ => {
            let key = head.strip_suffix(':')?;
            let named = |line: &&str| {
                line.starts_with(&format!("{key}:")) || line.trim_start().starts_with(&format!("\"{key}\":"))
            };
            lines.iter().position(named).map(|at| at + 1)
        }
    }
}
