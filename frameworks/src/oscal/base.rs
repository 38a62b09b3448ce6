//! Which of the frameworks at hand a catalogue is, or selects from.

use std::collections::HashMap;
use std::sync::Arc;

use super::merge::all;
use super::wire::{Catalog, Control};
use crate::catalogue::{Framework, normal};

/// What a catalogue is to a framework.
#[derive(Debug, Clone)]
pub enum Relationship {
    /// It is that framework.
    Same(Arc<Framework>),
    /// It has a part of its controls.
    Part(Arc<Framework>),
    None,
}

/// Controls of a catalogue a framework may not have: the two may be a release apart.
const MAX_UNKNOWN_SHARE: f64 = 0.02;
/// Titles that must agree: numbers alone say little.
const MIN_SAME_TITLES: f64 = 0.8;
/// Controls of a framework a catalogue must have to be it.
const MIN_COVERAGE: f64 = 0.9;

/// The framework a catalogue is, else the first one it selects from.
pub fn relationship(catalog: &Catalog, frameworks: &[Arc<Framework>]) -> Relationship {
    let fits: Vec<(Arc<Framework>, f64)> = frameworks
        .iter()
        .filter_map(|framework| Some((Arc::clone(framework), coverage(catalog, framework)?)))
        .collect();
    let same = fits.iter().filter(|(_, share)| *share >= MIN_COVERAGE).max_by(|a, b| a.1.total_cmp(&b.1));
    match (same, fits.first()) {
        (Some((framework, _)), _) => Relationship::Same(Arc::clone(framework)),
        (None, Some((framework, _))) => Relationship::Part(Arc::clone(framework)),
        (None, None) => Relationship::None,
    }
}

/// The share of a framework's controls that the catalogue has; none where they are not of one kind.
fn coverage(catalog: &Catalog, framework: &Framework) -> Option<f64> {
    let titles_by_id: HashMap<String, &str> =
        framework.controls().map(|control| (normal(&control.id), control.title.as_str())).collect();
    let (mut active, mut met, mut titles) = (0_usize, 0_usize, 0_usize);
    for control in all(catalog).into_iter().filter(|control| withdrawn(control).is_none()) {
        active += 1;
        let found =
            titles_by_id.get(&normal(&control.id)).or_else(|| titles_by_id.get(&normal(&label(control))));
        if let Some(title) = found {
            met += 1;
            titles += usize::from(same_title(title, &control.title));
        }
    }
    let share = |part: usize, all: usize| part as f64 / all.max(1) as f64;
    let alike = active > 0
        && share(active - met, active) <= MAX_UNKNOWN_SHARE
        && share(titles, met) >= MIN_SAME_TITLES;
    alike.then(|| share(met, titles_by_id.len()))
}

/// Titles are the same if their letters are: publishers change dashes and capitals between releases.
fn same_title(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    // An enhancement may carry its control's title before its own.
    let last = |text: &str| letters(text.rsplit('|').next().unwrap_or(text));
    letters(a) == letters(b) || last(a) == last(b)
}

/// The id as the publisher prints it; its OSCAL id where no label says.
pub fn label(control: &Control) -> String {
    let has_letters = |text: &str| text.contains(|c: char| c.is_alphanumeric());
    let labels = || control.props.iter().filter(|prop| prop.name == "label" && has_letters(&prop.value));
    let found = labels().find(|prop| prop.class.is_none()).or_else(|| labels().next());
    found.map_or_else(|| control.id.clone(), |prop| prop.value.trim().to_owned())
}

/// The OSCAL ids a control was withdrawn into, if it was withdrawn.
pub fn withdrawn(control: &Control) -> Option<Vec<String>> {
    let status = control.props.iter().any(|prop| {
        prop.name.eq_ignore_ascii_case("status") && prop.value.to_lowercase().starts_with("withdraw")
    });
    let into = |rel: &str| ["incorporated-into", "moved-to"].contains(&rel);
    status.then(|| {
        let links = control.links.iter().filter(|link| link.rel.as_deref().is_some_and(into));
        links.filter_map(|link| Some(link.href.strip_prefix('#')?.to_owned())).collect()
    })
}
