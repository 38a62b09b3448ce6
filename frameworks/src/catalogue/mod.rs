//! Frameworks, controls and objectives as read from their files.

pub mod check;
mod fields;
mod info;
mod problem;
mod statement;
#[cfg(test)]
mod tests;
mod types;

pub use info::FrameworkInfo;
pub use problem::{CatalogueProblem, ProblemPlace, reader_message};
pub use statement::Statement;
pub(crate) use statement::pieces;
pub use types::{
    Amount, Control, ControlParameter, Framework, Group, Objective, Shown, Strength, USUAL, Wanted, normal,
    sort_frameworks,
};

/// Reads a framework file and checks it as the built-in ones are checked. `objectives` are those its controls may want.
///
/// # Errors
/// Everything that is wrong with it, each naming the control (or line) it concerns.
pub fn read(text: &str, objectives: &[Objective]) -> Result<Framework, Vec<CatalogueProblem>> {
    let is_objective = |id: &str| objectives.iter().any(|objective| objective.id == id);
    check::read(text, &is_objective).map_err(|problems| {
        let unknown_fields =
            fields::unknown_fields(text, &|framework| check::problems(framework, &is_objective));
        if unknown_fields.is_empty() { problems } else { unknown_fields }
    })
}

/// The line of a framework's text, from 1, that a problem is about, where it names one.
pub fn line_of(text: &str, problem: &CatalogueProblem) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let found = match &problem.at {
        ProblemPlace::File | ProblemPlace::Read { .. } => None,
        ProblemPlace::Nameless { title } => {
            lines.iter().position(|line| !title.is_empty() && line.contains(title.as_str()))
        }
        ProblemPlace::Key(key) => lines.iter().position(|line| {
            line.starts_with(&format!("{key}:")) || line.trim_start().starts_with(&format!("\"{key}\":"))
        }),
        ProblemPlace::Group { id } | ProblemPlace::Objective { id } => ids(&lines, id).next(),
        ProblemPlace::Repeated { id, .. } => ids(&lines, id).take(2).last(),
        ProblemPlace::Control { id, word } => ids(&lines, id).next().map(|first| {
            let word = word.as_ref().and_then(|word| below(&lines, first, word));
            word.unwrap_or(first)
        }),
    };
    found.map(|at| at + 1)
}

/// The lines that give an id.
fn ids<'l>(lines: &'l [&str], id: &'l str) -> impl Iterator<Item = usize> + 'l {
    let gives = move |line: &str| {
        let bare = line.trim_start().trim_start_matches("- ").trim_start_matches("{ ").trim_start();
        let value = bare.strip_prefix("id:").or_else(|| bare.strip_prefix("\"id\":"))?;
        let rest = value.trim().trim_start_matches(['"', '\'']).strip_prefix(id)?;
        (rest.is_empty() || rest.starts_with(['"', '\'', ',', ' ', '}'])).then_some(())
    };
    lines.iter().enumerate().filter(move |(_, line)| gives(line).is_some()).map(|(at, _)| at)
}

/// The line with a word below an id, before the next id of its depth: parts have ids too.
fn below(lines: &[&str], first: usize, word: &str) -> Option<usize> {
    let column = |line: &str| line.find("id:").or_else(|| line.find("\"id\":"));
    let depth = lines.get(first).and_then(|line| column(line));
    let within = lines.iter().enumerate().skip(first + 1);
    let mut within = within.take_while(|(_, line)| column(line).is_none_or(|column| Some(column) != depth));
    within.find(|(_, line)| line.contains(word)).map(|(at, _)| at)
}
