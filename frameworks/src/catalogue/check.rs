//! What must hold of a framework file and of the objectives. Shared with the build script.

use std::collections::HashMap;

use super::problem::{CatalogueProblem, ProblemPlace};
use super::statement::pieces;
use super::types::{Control, Framework, Objective, Shown, normal};

/// Errors in words alone: the lines around a place are somebody else's, and not for a log.
pub fn plain() -> serde_saphyr::Options {
    serde_saphyr::options! { with_snippet: false }
}

/// Reads a framework file; `is_objective` tells which objectives there are.
///
/// # Errors
/// Everything that is wrong with it, each naming the control (or line) it concerns.
pub fn read(text: &str, is_objective: &dyn Fn(&str) -> bool) -> Result<Framework, Vec<CatalogueProblem>> {
    let framework: Framework = serde_saphyr::from_str_with_options(text, plain())
        .map_err(|error| vec![CatalogueProblem::of_yaml(&error)])?;
    let found = problems(&framework, is_objective);
    if found.is_empty() { Ok(framework) } else { Err(found) }
}

/// Reads the objectives file.
///
/// # Errors
/// Everything that is wrong with it, each naming the objective (or line) it concerns.
pub fn read_objectives(text: &str) -> Result<Vec<Objective>, Vec<CatalogueProblem>> {
    let objectives: Vec<Objective> = serde_saphyr::from_str_with_options(text, plain())
        .map_err(|error| vec![CatalogueProblem::of_yaml(&error)])?;
    let mut seen = HashMap::new();
    let mut found = Vec::new();
    for objective in &objectives {
        let id = objective.id.as_str();
        let mut say = |message: &str| {
            let at = ProblemPlace::Objective { id: id.to_owned() };
            found.push(CatalogueProblem { at, message: message.to_owned() });
        };
        if !is_kebab(id) {
            say("an id is lower-case words joined by `-`");
        }
        if objective.title.trim().is_empty() || objective.evidence.trim().is_empty() {
            say("`title` and `evidence` are needed");
        }
        if seen.insert(id, ()).is_some() {
            found.push(repeated("objective", id));
        }
    }
    if found.is_empty() { Ok(objectives) } else { Err(found) }
}

/// Everything that is wrong with a framework; empty when it may be used.
pub fn problems(framework: &Framework, is_objective: &dyn Fn(&str) -> bool) -> Vec<CatalogueProblem> {
    let mut found = problems_of_any(framework, is_objective);
    if !is_date(&framework.published) {
        let message = format!("`{}` is no date; write it as 2026-01-31", framework.published);
        found.push(CatalogueProblem::of_key("published", message));
    }
    if framework.licence.trim().is_empty() {
        found.push(CatalogueProblem::of_key("licence", "a text is needed"));
    }
    for pair in framework.groups.iter().flat_map(|group| group.controls.windows(2)) {
        if let [before, after] = pair
            && !normal(&after.id).is_empty()
            && comes_before(&after.id, &before.id)
        {
            let message = format!("stands after `{}`; keep the publisher's order", before.id);
            found.push(of_control(after, Some(&before.id), message));
        }
    }
    found
}

/// The same for one whose order is its publisher's own, as that of an imported catalogue is.
pub fn problems_of_any(framework: &Framework, is_objective: &dyn Fn(&str) -> bool) -> Vec<CatalogueProblem> {
    let mut found = Vec::new();
    if framework.id.is_empty() || framework.id.contains(|c: char| !is_id_char(c)) {
        let message = format!("`{}` is not made of lower-case letters, digits, `-` and `.`", framework.id);
        found.push(CatalogueProblem::of_key("id", message));
    }
    for (key, value) in
        [("title", &framework.title), ("short", &framework.short), ("version", &framework.version)]
    {
        if value.trim().is_empty() {
            found.push(CatalogueProblem::of_key(key, "a text is needed"));
        }
    }
    // Normal spelling → the id as written: two controls one spelling apart could not be told apart by a user.
    let mut ids: HashMap<String, &str> = HashMap::new();
    let mut groups: HashMap<&str, ()> = HashMap::new();
    for group in &framework.groups {
        if group.id.trim().is_empty() {
            let at = ProblemPlace::Nameless { title: group.title.clone() };
            let message = format!("the group `{}` has no id", group.title);
            found.push(CatalogueProblem { at, message });
        }
        if groups.insert(&group.id, ()).is_some() {
            found.push(repeated("group", &group.id));
        }
        for control in &group.controls {
            if normal(&control.id).is_empty() {
                let at = ProblemPlace::Nameless { title: control.title.clone() };
                let message = format!("the control `{}` titled `{}` has no id", control.id, control.title);
                found.push(CatalogueProblem { at, message });
                continue;
            }
            match ids.insert(normal(&control.id), &control.id) {
                Some(other) if other == control.id => {
                    found.push(repeated("control", &control.id));
                }
                Some(other) => {
                    let message = format!("reads the same as `{other}`");
                    found.push(of_control(control, Some(other), message));
                }
                None => {}
            }
        }
    }
    if ids.is_empty() {
        found.push(CatalogueProblem::of_key("groups", "there is no control"));
    }
    for control in framework.groups.iter().flat_map(|group| &group.controls) {
        check_control(control, &ids, is_objective, &mut found);
    }
    found
}

fn check_control(
    control: &Control,
    ids: &HashMap<String, &str>,
    is_objective: &dyn Fn(&str) -> bool,
    found: &mut Vec<CatalogueProblem>,
) {
    let mut say = |word: &str, message: String| {
        found.push(of_control(control, Some(word).filter(|word| !word.is_empty()), message));
    };
    if control.title.trim().is_empty() {
        say("", "a title is needed".to_owned());
    }
    for alias in &control.aliases {
        if ids.get(&normal(alias)).is_some_and(|owner| *owner != control.id) {
            say(alias, format!("its alias `{alias}` is another control's id"));
        }
    }
    let wants = || control.wants.fully.iter().chain(&control.wants.partly);
    if let Some(targets) = &control.withdrawn {
        for target in targets {
            if !ids.contains_key(&normal(target)) {
                say(target, format!("is withdrawn into `{target}`, which does not exist"));
            }
        }
        let bare = wants().next().is_none() && control.pins.is_empty() && control.excludes.is_empty();
        let bare = bare && control.parameters.is_empty();
        if !bare || control.shown != Shown::default() {
            let message = "is withdrawn and takes only `id`, `title`, `aliases`, `parent` and `withdrawn`";
            say("withdrawn", message.to_owned());
        }
        return;
    }
    if control.summary.trim().is_empty() {
        say("", "a summary is needed".to_owned());
    }
    let mut seen = HashMap::new();
    for objective in wants() {
        if !is_objective(objective) {
            say(objective, format!("wants `{objective}`, which is no objective"));
        }
        if seen.insert(objective, ()).is_some() {
            say(objective, format!("wants `{objective}` twice"));
        }
    }
    let edges = seen.len() + control.pins.len() + control.excludes.len();
    let shown = control.shown.word();
    if !control.shown.is_automatable() && edges > 0 {
        let only = "only `auto-iac`, `auto-runtime`, `auto-log` and `partial` want objectives";
        say(shown, format!("is `{shown}`: {only}"));
    }
    if let Some((name, _)) = control.parameters.iter().next().filter(|_| !control.shown.is_automatable()) {
        say(name, format!("sets `{name}`, and is `{shown}`: no rule bears on it"));
    }
    for (name, parameter) in &control.parameters {
        if parameter.value.is_none() && parameter.from.is_empty() {
            say(name, format!("sets `{name}` to nothing: `value` or `from` is needed"));
        }
    }
    if control.shown.is_automatable() && seen.is_empty() {
        say(shown, format!("is `{shown}` and wants no objective"));
    }
    for pin in &control.pins {
        if control.excludes.contains(pin) {
            say(pin, format!("pins and excludes `{pin}`"));
        }
    }
}

fn of_control(control: &Control, word: Option<&str>, message: String) -> CatalogueProblem {
    let at = ProblemPlace::Control { id: control.id.clone(), word: word.map(str::to_owned) };
    CatalogueProblem { at, message }
}

fn repeated(what: &'static str, id: &str) -> CatalogueProblem {
    let at = ProblemPlace::Repeated { what, id: id.to_owned() };
    CatalogueProblem { at, message: "the id is given twice".to_owned() }
}

/// A year, a month of one, or a day of one.
fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let mut number = |letters: usize, largest: u32| match parts.next() {
        None => true,
        Some(part) => {
            let digits = part.len() == letters && part.bytes().all(|b| b.is_ascii_digit());
            digits && part.parse::<u32>().is_ok_and(|number| (1..=largest).contains(&number))
        }
    };
    let right = number(4, 9999) && number(2, 12) && number(2, 31);
    right && parts.next().is_none()
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.'
}

fn is_kebab(id: &str) -> bool {
    !id.is_empty()
        && id.split('-').all(|word| {
            !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// Whether `a` belongs before `b` by the first number in which they differ, all before it being equal. Letters
/// prove nothing: publishers count in alphabets and in Roman numerals.
fn comes_before(a: &str, b: &str) -> bool {
    let (a, b) = (normal(a), normal(b));
    for (one, other) in pieces(&a).zip(pieces(&b)) {
        if one != other {
            return match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) => one < other,
                _ => false,
            };
        }
    }
    // One is the beginning of the other: the parent comes first.
    a.len() < b.len() && b.starts_with(&a)
}
