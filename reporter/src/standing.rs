//! How a control stands, as a reader sees it: its status split by what kept it from being decided.

use compline_frameworks::{ControlAssessment, Shown, Status, Tally};

use crate::words::{count, plural};

/// The status of a control with its two views: `Unknown` is `NotAssessed` with an unknown verdict, `Waived` is
/// `NotSatisfied` with every failure waived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    NotSatisfied,
    Waived,
    Unknown,
    Partial,
    Satisfied,
    NotAssessed,
    NotApplicable,
    Manual,
    Inherited,
}

impl View {
    pub const ALL: [View; 9] = [
        View::NotSatisfied,
        View::Waived,
        View::Unknown,
        View::Partial,
        View::Satisfied,
        View::NotAssessed,
        View::NotApplicable,
        View::Manual,
        View::Inherited,
    ];

    /// The view of an assessed control.
    pub fn of(control: &ControlAssessment) -> Self {
        let Tally { fail, unknown, waived, .. } = control.tally;
        match control.status {
            Status::Satisfied => View::Satisfied,
            Status::Partial => View::Partial,
            Status::NotSatisfied if fail == 0 && waived > 0 => View::Waived,
            Status::NotSatisfied => View::NotSatisfied,
            Status::NotAssessed if unknown > 0 => View::Unknown,
            Status::NotAssessed => View::NotAssessed,
            Status::Manual => View::Manual,
            Status::Inherited => View::Inherited,
            Status::NotApplicable => View::NotApplicable,
        }
    }

    /// The word beside the mark.
    pub fn word(self) -> &'static str {
        match self {
            View::NotSatisfied => "Not satisfied",
            View::Waived => "Waived",
            View::Unknown => "Unknown",
            View::Partial => "Partial",
            View::Satisfied => "Satisfied",
            View::NotAssessed => "Not assessed",
            View::NotApplicable => "Not applicable",
            View::Manual => "Manual",
            View::Inherited => "Inherited",
        }
    }

    /// As the JSON and the marks spell it: `not-satisfied`.
    pub fn key(self) -> &'static str {
        match self {
            View::NotSatisfied => "not-satisfied",
            View::Waived => "waived",
            View::Unknown => "unknown",
            View::Partial => "partial",
            View::Satisfied => "satisfied",
            View::NotAssessed => "not-assessed",
            View::NotApplicable => "not-applicable",
            View::Manual => "manual",
            View::Inherited => "inherited",
        }
    }
}

/// As the JSON spells a status: `not-satisfied`.
pub fn status_key(status: Status) -> &'static str {
    match status {
        Status::Satisfied => "satisfied",
        Status::Partial => "partial",
        Status::NotSatisfied => "not-satisfied",
        Status::NotAssessed => "not-assessed",
        Status::Manual => "manual",
        Status::Inherited => "inherited",
        Status::NotApplicable => "not-applicable",
    }
}

/// Controls of one framework by view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub satisfied: usize,
    pub partial: usize,
    pub not_satisfied: usize,
    pub waived: usize,
    pub unknown: usize,
    pub not_assessed: usize,
    pub not_applicable: usize,
    pub manual: usize,
    pub inherited: usize,
    /// Controls a program can show: what the headline divides by.
    pub automatable: usize,
    /// Controls with a verdict.
    pub looked_at: usize,
    pub all: usize,
}

impl Counts {
    /// Counts controls given as how they can be shown, how they stand, and whether they have a verdict.
    pub fn of(controls: impl IntoIterator<Item = (Shown, View, bool)>) -> Self {
        let mut counts = Self::default();
        for (shown, view, seen) in controls {
            let field = match view {
                View::Satisfied => &mut counts.satisfied,
                View::Partial => &mut counts.partial,
                View::NotSatisfied => &mut counts.not_satisfied,
                View::Waived => &mut counts.waived,
                View::Unknown => &mut counts.unknown,
                View::NotAssessed => &mut counts.not_assessed,
                View::NotApplicable => &mut counts.not_applicable,
                View::Manual => &mut counts.manual,
                View::Inherited => &mut counts.inherited,
            };
            *field += 1;
            counts.automatable += usize::from(shown.is_automatable());
            counts.looked_at += usize::from(seen);
            counts.all += 1;
        }
        counts
    }
}

/// What a finding is made from, verdict by verdict.
pub struct Weighed<'a> {
    pub outcome: &'static str,
    pub title: &'a str,
    pub why: Option<&'a str>,
    pub until: Option<&'a str>,
}

/// One sentence with a number on how a control stands; empty where the status says all.
pub fn finding(view: View, weighed: &[Weighed<'_>], unseen: &[String]) -> String {
    let of = |outcome: &str| weighed.iter().filter(|one| one.outcome == outcome).collect::<Vec<_>>();
    match view {
        View::NotSatisfied => failing(&of("fail")),
        View::Waived => {
            let waived = of("waived");
            let until = waived.iter().filter_map(|one| one.until).min();
            let stands = if waived.len() == 1 { "The failure stands" } else { "The failures stand" };
            match until {
                Some(until) => format!("{stands}, accepted until {until}."),
                None => format!("{stands}, accepted without an end."),
            }
        }
        View::Unknown => {
            let unknown = of("unknown");
            let subject = plural(unknown.len(), "resource", "resources");
            match unknown.first().and_then(|one| one.why).filter(|why| unknown.iter().all(|one| one.why == Some(why))) {
                Some(why) => format!("{subject} could not be judged: {why}."),
                None => format!("{subject} could not be judged."),
            }
        }
        View::Partial => match unseen {
            [] => "What was looked at passes; configuration shows a part of this control.".to_owned(),
            [one] => format!("What was looked at passes; not shown: {}.", lower(one)),
            [one, rest @ ..] => {
                format!("What was looked at passes; not shown: {}, and {} more.", lower(one), count(rest.len()))
            }
        },
        View::NotAssessed => match unseen {
            [] => "Nothing in scope is of a kind its rules judge.".to_owned(),
            [one] => format!("No rule in force looked at it: {}.", lower(one)),
            more => format!("No rule in force looked at the {} things it wants shown.", count(more.len())),
        },
        View::Satisfied | View::Manual | View::Inherited | View::NotApplicable => String::new(),
    }
}

fn failing(failures: &[&Weighed<'_>]) -> String {
    let Some(first) = failures.first() else { return String::new() };
    let subject = plural(failures.len(), "resource fails", "resources fail");
    if failures.iter().all(|one| one.title == first.title) {
        return format!("{subject}: {}.", first.title);
    }
    let mut titles: Vec<&str> = failures.iter().map(|one| one.title).collect();
    titles.sort_unstable();
    titles.dedup();
    format!("{subject} {} rules: {}, and more.", count(titles.len()), first.title)
}

fn lower(text: &str) -> String {
    let mut chars = text.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) if chars.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(chars).collect()
        }
        Some(first) => std::iter::once(first).chain(chars).collect(),
        None => String::new(),
    }
}
