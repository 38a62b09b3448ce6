//! How the faces show a status: the eight words, the figures of a framework, the one sentence of a control.

use compline_rules::{Outcome, SetBy, Verdict};

use super::{ControlAssessment, FrameworkAssessment, Status};
use crate::catalogue::Shown;

/// A status as it is shown. The order is that of the bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    Satisfied,
    Partial,
    NotSatisfied,
    /// `NotSatisfied`, and every failure is waived.
    Waived,
    /// `NotAssessed`, because a verdict is unknown.
    Unknown,
    NotAssessed,
    Manual,
    Inherited,
}

impl View {
    /// All views, in the order of the bars; the last two are not in the bar.
    pub const ALL: [View; 8] = [
        View::Satisfied,
        View::Partial,
        View::NotSatisfied,
        View::Waived,
        View::Unknown,
        View::NotAssessed,
        View::Manual,
        View::Inherited,
    ];

    /// "Satisfied", "Not satisfied", as a reader sees it.
    pub fn word(self) -> &'static str {
        match self {
            View::Satisfied => "Satisfied",
            View::Partial => "Partial",
            View::NotSatisfied => "Not satisfied",
            View::Waived => "Waived",
            View::Unknown => "Unknown",
            View::NotAssessed => "Not assessed",
            View::Manual => "Manual",
            View::Inherited => "Inherited",
        }
    }
}

/// How a control is shown.
pub fn view(control: &ControlAssessment) -> View {
    match control.status {
        Status::Satisfied => View::Satisfied,
        Status::Partial => View::Partial,
        Status::NotSatisfied if control.tally.fail == 0 && control.tally.waived > 0 => View::Waived,
        Status::NotSatisfied => View::NotSatisfied,
        Status::NotAssessed if control.tally.unknown > 0 => View::Unknown,
        Status::NotAssessed | Status::NotApplicable => View::NotAssessed,
        Status::Manual => View::Manual,
        Status::Inherited => View::Inherited,
    }
}

/// The figures of one framework.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub satisfied: usize,
    pub partial: usize,
    /// Without those whose every failure is waived.
    pub not_satisfied: usize,
    pub waived: usize,
    pub unknown: usize,
    pub not_assessed: usize,
    /// What the headline divides by; the sum of the six above.
    pub automatable: usize,
    pub manual: usize,
    pub inherited: usize,
    /// Controls with at least one verdict.
    pub looked_at: usize,
    /// All controls in force.
    pub all: usize,
}

/// Counts the controls of a framework by their views.
pub fn counts(framework: &FrameworkAssessment) -> Counts {
    let mut counts = Counts { all: framework.controls.len(), ..Counts::default() };
    for control in &framework.controls {
        counts.looked_at += usize::from(!control.verdicts.is_empty());
        let (place, automatable) = match view(control) {
            View::Satisfied => (&mut counts.satisfied, true),
            View::Partial => (&mut counts.partial, true),
            View::NotSatisfied => (&mut counts.not_satisfied, true),
            View::Waived => (&mut counts.waived, true),
            View::Unknown => (&mut counts.unknown, true),
            View::NotAssessed => (&mut counts.not_assessed, true),
            View::Manual => (&mut counts.manual, false),
            View::Inherited => (&mut counts.inherited, false),
        };
        *place += 1;
        counts.automatable += usize::from(automatable);
    }
    counts
}

/// One sentence on a control, with its figures; `verdicts` are the assessment's. Another one follows where verdicts come
/// out otherwise by the control's values than they are shown.
pub fn finding(control: &ControlAssessment, verdicts: &[Verdict]) -> String {
    let mut text = figures(control, verdicts);
    if let Some(first) = control.apart.first() {
        let values: Vec<String> = first.values.iter().map(ToString::to_string).collect();
        text.push_str(&match control.apart.len() {
            1 => format!(
                " One verdict is a {} here, and not as it is shown elsewhere: {}.",
                first.outcome.word(),
                values.join("; ")
            ),
            some => format!(
                " {} verdicts come out otherwise here than they are shown elsewhere: {}.",
                upper(some),
                values.join("; ")
            ),
        });
        return text;
    }
    let set = control.values.iter().filter(|value| value.set_by != SetBy::Rule);
    let set: Vec<String> = set.map(ToString::to_string).collect();
    if !set.is_empty() {
        text.push_str(&format!(" Judged by what is set: {}.", set.join("; ")));
    }
    text
}

fn figures(control: &ControlAssessment, verdicts: &[Verdict]) -> String {
    let tally = control.tally;
    let all = tally.all();
    match view(control) {
        View::Satisfied if control.unseen.is_empty() => format!("{}.", passes(tally.pass)),
        View::Satisfied => format!(
            "{}; nothing in scope speaks to {} of the {} objectives it wants.",
            passes(tally.pass),
            number(control.unseen.len()),
            number(wanted(control))
        ),
        View::Partial => format!("{}, {}.", passes(tally.pass), missing(control)),
        View::NotSatisfied => {
            let mut parts = vec![match (tally.fail, all) {
                (1, 1) => "The one verdict fails".to_owned(),
                (fail, all) if fail == all => format!("All {} verdicts fail", number(all)),
                (fail, all) => format!(
                    "{} of {} verdicts {}",
                    upper(fail),
                    number(all),
                    if fail == 1 { "fails" } else { "fail" }
                ),
            }];
            if tally.waived > 0 {
                parts.push(format!("{} more {} waived", number(tally.waived), is_are(tally.waived)));
            }
            if tally.unknown > 0 {
                parts.push(format!("{} could not be decided", number(tally.unknown)));
            }
            format!("{}.", parts.join(", "))
        }
        View::Waived => {
            let stands = match tally.waived {
                1 => "One failure stands".to_owned(),
                some => format!("{} failures stand", upper(some)),
            };
            format!("{stands}, {}.", accepted(control, verdicts))
        }
        View::Unknown if all == 1 => "The one verdict could not be decided.".to_owned(),
        View::Unknown => {
            format!("{} of {} verdicts could not be decided.", upper(tally.unknown), number(all))
        }
        View::NotAssessed => match control.unseen.len() {
            0 => "No verdict bears on it.".to_owned(),
            1 => "Nothing was judged for the one objective it wants.".to_owned(),
            some => format!("Nothing was judged for the {} objectives it wants.", number(some)),
        },
        View::Manual if control.control.shown == Shown::Organisational => {
            "Shown by policies and people; no configuration can show it.".to_owned()
        }
        View::Manual => "Shown by evidence that people gather; no configuration can show it.".to_owned(),
        View::Inherited => "Shown by the provider's own evidence; no configuration can show it.".to_owned(),
    }
}

/// What keeps a partial control from being satisfied.
fn missing(control: &ControlAssessment) -> String {
    if control.held_back {
        return "and parts of the code were not read".to_owned();
    }
    match control.unseen.len() {
        0 => "which shows a part of the control; the rest needs other evidence".to_owned(),
        unseen => {
            format!(
                "and nothing in scope speaks to {} of the {} objectives it wants",
                number(unseen),
                number(wanted(control))
            )
        }
    }
}

fn wanted(control: &ControlAssessment) -> usize {
    control.control.wants.fully.len() + control.control.wants.partly.len()
}

/// Until when the failures of a waived control are accepted.
fn accepted(control: &ControlAssessment, verdicts: &[Verdict]) -> String {
    let ends: Vec<Option<&str>> = control
        .verdicts
        .iter()
        .filter_map(|index| match control.outcome(*index, verdicts)? {
            Outcome::Waived(waiver) => Some(waiver.until.as_deref()),
            _ => None,
        })
        .collect();
    match ends.iter().flatten().min() {
        None => "accepted without an end".to_owned(),
        Some(first) if ends.iter().all(|end| end.as_ref() == Some(first)) => {
            format!("accepted until {first}")
        }
        Some(first) => format!("the first accepted until {first}"),
    }
}

fn passes(count: usize) -> String {
    match count {
        1 => "One verdict passes".to_owned(),
        some => format!("{} verdicts pass", upper(some)),
    }
}

fn is_are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// A number inside a sentence: words up to nine.
fn number(count: usize) -> String {
    const WORDS: [&str; 10] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    WORDS.get(count).map_or_else(|| count.to_string(), |word| (*word).to_owned())
}

/// A number at the beginning of a sentence.
fn upper(count: usize) -> String {
    let word = number(count);
    let mut chars = word.chars();
    chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str()).unwrap_or_default()
}
