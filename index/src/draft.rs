//! What the index holds of each control and objective. Shared with the build script.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Control, Framework, Objective};

/// What a control that a program can show weighs against another.
const AUTOMATABLE: f32 = 1.4;

/// The sorts of documents in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HitKind {
    Control,
    Objective,
    Rule,
}

/// One document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub kind: HitKind,
    pub framework: Arc<str>,
    pub id: Arc<str>,
    pub title: Arc<str>,
    pub parent: Option<String>,
    pub withdrawn: bool,
    /// Other spellings of its id.
    pub aliases: Vec<String>,
    /// Multiplies its score: of two controls that match alike, the one a configuration can show is meant.
    pub weight: f32,
}

/// A document while it is being written.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    pub entry: Entry,
    /// Its own words.
    pub body: String,
    /// Words of what it is joined to: a control's objectives, a rule's kinds. Controls are written for
    /// organisations, so this is where "bucket" is.
    pub near: String,
}

/// The controls of these frameworks, then the objectives.
pub fn drafts<'a>(frameworks: impl Iterator<Item = &'a Framework>, objectives: &[Objective]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for framework in frameworks {
        let id: Arc<str> = Arc::from(framework.id.as_str());
        for group in &framework.groups {
            drafts.extend(
                group.controls.iter().map(|control| draft_control(control, &group.title, &id, objectives)),
            );
        }
    }
    drafts.extend(objectives.iter().map(draft_objective));
    drafts
}

fn draft_control(control: &Control, group: &str, framework: &Arc<str>, objectives: &[Objective]) -> Draft {
    let mut near = group.to_owned();
    for id in control.wants.fully.iter().chain(&control.wants.partly) {
        if let Some(objective) = objectives.iter().find(|objective| objective.id == *id) {
            near.push(' ');
            near.push_str(&objective.title);
            near.push(' ');
            near.push_str(&objective.evidence);
        }
    }
    let withdrawn = control.withdrawn.is_some();
    let title = if withdrawn { format!("{} (withdrawn)", control.title) } else { control.title.clone() };
    let entry = Entry {
        kind: HitKind::Control,
        framework: Arc::clone(framework),
        id: Arc::from(control.id.as_str()),
        title: Arc::from(title),
        parent: control.parent.clone(),
        withdrawn,
        weight: if control.shown.is_automatable() { AUTOMATABLE } else { 1.0 },
        aliases: control.aliases.clone(),
    };
    Draft { entry, body: control.summary.clone(), near }
}

fn draft_objective(objective: &Objective) -> Draft {
    let near = format!("{} {}", objective.id, objective.families.join(" "));
    Draft {
        entry: plain(HitKind::Objective, &objective.id, &objective.title),
        body: objective.evidence.clone(),
        near,
    }
}

pub fn plain(kind: HitKind, id: &str, title: &str) -> Entry {
    Entry {
        kind,
        framework: Arc::from(""),
        id: Arc::from(id),
        title: Arc::from(title),
        parent: None,
        withdrawn: false,
        weight: 1.0,
        aliases: Vec::new(),
    }
}
