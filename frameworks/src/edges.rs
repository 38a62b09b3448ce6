//! Which controls each objective leads to, without the controls' texts. Shared with the build script, which
//! makes the table of the built-in frameworks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Framework, Shown, Strength};

/// What can be said of a framework without reading its controls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameworkInfo {
    pub id: String,
    pub title: String,
    /// The prefix in a terminal line: "NIST".
    pub short: String,
    pub version: String,
    pub publisher: String,
    pub published: String,
    pub licence: String,
    pub source: String,
    /// Controls in force; withdrawn ones are not counted.
    pub controls: usize,
    /// Those a program can show: the headline figures divide by these.
    pub automatable: usize,
    /// Those only people can show.
    pub manual: usize,
    pub inherited: usize,
    pub withdrawn: usize,
}

/// The edges of some frameworks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeTable {
    /// Every control a rule can bear on: its framework's place in the list and its id, in order.
    pub controls: Vec<(usize, String)>,
    /// Objective → places in `controls`.
    pub wants: BTreeMap<String, Vec<(usize, Strength)>>,
    /// Rule → places in `controls`.
    pub pins: BTreeMap<String, Vec<usize>>,
    /// Rule → places in `controls`.
    pub excludes: BTreeMap<String, Vec<usize>>,
}

impl EdgeTable {
    pub fn of<'a>(frameworks: impl IntoIterator<Item = &'a Framework>) -> Self {
        let mut table = Self::default();
        for (place, framework) in frameworks.into_iter().enumerate() {
            for control in framework.controls().filter(|control| control.shown.is_automatable()) {
                let at = table.controls.len();
                table.controls.push((place, control.id.clone()));
                for (list, strength) in
                    [(&control.wants.fully, Strength::Fully), (&control.wants.partly, Strength::Partly)]
                {
                    for objective in list {
                        table.wants.entry(objective.clone()).or_default().push((at, strength));
                    }
                }
                for rule in &control.pins {
                    table.pins.entry(rule.clone()).or_default().push(at);
                }
                for rule in &control.excludes {
                    table.excludes.entry(rule.clone()).or_default().push(at);
                }
            }
        }
        table
    }
}

impl FrameworkInfo {
    pub fn of(framework: &Framework) -> Self {
        let count =
            |wanted: fn(Shown) -> bool| framework.controls().filter(|control| wanted(control.shown)).count();
        let all: usize = framework.groups.iter().map(|group| group.controls.len()).sum();
        let controls = framework.controls().count();
        Self {
            id: framework.id.clone(),
            title: framework.title.clone(),
            short: framework.short.clone(),
            version: framework.version.clone(),
            publisher: framework.publisher.clone(),
            published: framework.published.clone(),
            licence: framework.licence.clone(),
            source: framework.source.clone(),
            controls,
            automatable: count(Shown::is_automatable),
            manual: count(|shown| matches!(shown, Shown::ManualEvidence | Shown::Organisational)),
            inherited: count(|shown| shown == Shown::Inherited),
            withdrawn: all - controls,
        }
    }
}
