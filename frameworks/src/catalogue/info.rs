//! What can be said of a framework without its controls. Shared with the build script.

use serde::{Deserialize, Serialize};

use super::types::{Framework, Shown};

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

impl FrameworkInfo {
    pub fn of(framework: &Framework) -> Self {
        let count = |matches: fn(Shown) -> bool| {
            framework.controls().filter(|control| matches(control.shown)).count()
        };
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
