//! What must hold of a framework file and of the objectives. Shared with the build script.

use std::collections::HashMap;

use super::statement::pieces;
use super::types::{Control, Framework, Objective, Shown, normal};

/// Reads a framework file; `is_objective` tells which objectives there are.
///
/// # Errors
/// Everything that is wrong with it, each naming the control (or line) it concerns.
pub fn read(text: &str, is_objective: &dyn Fn(&str) -> bool) -> Result<Framework, Vec<String>> {
    let framework: Framework = serde_saphyr::from_str(text).map_err(|error| vec![reader_message(&error)])?;
    let problems = problems(&framework, is_objective);
    if problems.is_empty() { Ok(framework) } else { Err(problems) }
}

/// What the reader says, with its place and the lines around it.
pub fn reader_message(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    text.strip_prefix("error: ").unwrap_or(&text).trim_end().to_owned()
}

/// Reads the objectives file.
///
/// # Errors
/// Everything that is wrong with it, each naming the objective (or line) it concerns.
pub fn read_objectives(text: &str) -> Result<Vec<Objective>, Vec<String>> {
    let objectives: Vec<Objective> =
        serde_saphyr::from_str(text).map_err(|error| vec![reader_message(&error)])?;
    let mut seen = HashMap::new();
    let mut found = Vec::new();
    for objective in &objectives {
        let id = objective.id.as_str();
        if !is_kebab(id) {
            found.push(format!("objective `{id}`: an id is lower-case words joined by `-`"));
        }
        if seen.insert(id, ()).is_some() {
            found.push(format!("objective `{id}`: the id is given twice"));
        }
        if objective.title.trim().is_empty() || objective.evidence.trim().is_empty() {
            found.push(format!("objective `{id}`: `title` and `evidence` are needed"));
        }
    }
    if found.is_empty() { Ok(objectives) } else { Err(found) }
}

/// Everything that is wrong with a framework; empty when it may be used.
pub fn problems(framework: &Framework, is_objective: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = problems_of_any(framework, is_objective);
    if !is_date(&framework.published) {
        found.push(format!("published: `{}` is no date; write it as 2026-01-31", framework.published));
    }
    if framework.licence.trim().is_empty() {
        found.push("licence: a text is needed".to_owned());
    }
    for pair in framework.groups.iter().flat_map(|group| group.controls.windows(2)) {
        if let [before, after] = pair
            && !normal(&after.id).is_empty()
            && comes_before(&after.id, &before.id)
        {
            found.push(format!(
                "control `{}`: stands after `{}`; keep the publisher's order",
                after.id, before.id
            ));
        }
    }
    found
}

/// The same for one whose order is its publisher's own, as that of an imported catalogue is.
pub fn problems_of_any(framework: &Framework, is_objective: &dyn Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    if framework.id.is_empty() || framework.id.contains(|c: char| !is_id_char(c)) {
        found.push(format!("id: `{}` is not made of lower-case letters, digits, `-` and `.`", framework.id));
    }
    for (key, value) in
        [("title", &framework.title), ("short", &framework.short), ("version", &framework.version)]
    {
        if value.trim().is_empty() {
            found.push(format!("{key}: a text is needed"));
        }
    }
    // Normal spelling → the id as written: two controls one spelling apart could not be told apart by a user.
    let mut ids: HashMap<String, &str> = HashMap::new();
    let mut groups: HashMap<&str, ()> = HashMap::new();
    for group in &framework.groups {
        if group.id.trim().is_empty() {
            found.push(format!("groups: the group `{}` has no id", group.title));
        }
        if groups.insert(&group.id, ()).is_some() {
            found.push(format!("group `{}`: the id is given twice", group.id));
        }
        for control in &group.controls {
            if normal(&control.id).is_empty() {
                found.push(format!(
                    "groups: the control `{}` titled `{}` has no id",
                    control.id, control.title
                ));
                continue;
            }
            match ids.insert(normal(&control.id), &control.id) {
                Some(other) if other == control.id => {
                    found.push(format!("control `{}`: the id is given twice", control.id));
                }
                Some(other) => {
                    found.push(format!("control `{}`: reads the same as `{other}`", control.id));
                }
                None => {}
            }
        }
    }
    if ids.is_empty() {
        found.push("groups: there is no control".to_owned());
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
    found: &mut Vec<String>,
) {
    let mut say = |message: String| found.push(format!("control `{}`: {message}", control.id));
    if control.title.trim().is_empty() {
        say("a title is needed".to_owned());
    }
    for alias in &control.aliases {
        if ids.get(&normal(alias)).is_some_and(|owner| *owner != control.id) {
            say(format!("its alias `{alias}` is another control's id"));
        }
    }
    let wants = || control.wants.fully.iter().chain(&control.wants.partly);
    if let Some(targets) = &control.withdrawn {
        for target in targets {
            if !ids.contains_key(&normal(target)) {
                say(format!("is withdrawn into `{target}`, which does not exist"));
            }
        }
        let bare = wants().next().is_none() && control.pins.is_empty() && control.excludes.is_empty();
        if !bare || control.shown != Shown::default() {
            say("is withdrawn and takes only `id`, `title`, `aliases`, `parent` and `withdrawn`".to_owned());
        }
        return;
    }
    if control.summary.trim().is_empty() {
        say("a summary is needed".to_owned());
    }
    let mut seen = HashMap::new();
    for objective in wants() {
        if !is_objective(objective) {
            say(format!("wants `{objective}`, which is no objective"));
        }
        if seen.insert(objective, ()).is_some() {
            say(format!("wants `{objective}` twice"));
        }
    }
    let edges = seen.len() + control.pins.len() + control.excludes.len();
    if !control.shown.is_automatable() && edges > 0 {
        say(format!(
            "is `{}`: only `auto-iac`, `auto-runtime`, `auto-log` and `partial` want objectives",
            control.shown.word()
        ));
    }
    if control.shown.is_automatable() && seen.is_empty() {
        say(format!("is `{}` and wants no objective", control.shown.word()));
    }
    for pin in &control.pins {
        if control.excludes.contains(pin) {
            say(format!("pins and excludes `{pin}`"));
        }
    }
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
