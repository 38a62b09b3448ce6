//! What the index holds of each control, objective and rule.

use std::sync::Arc;

use compline_rules::{Rule, RuleSet};

use super::{Hit, HitKind};
use crate::catalogue::{Control, Objective};
use crate::library::Library;

/// What a control that a program can show weighs against another.
const AUTOMATABLE: f32 = 1.4;

/// One document.
pub(super) struct Entry {
    pub(super) kind: HitKind,
    pub(super) framework: Arc<str>,
    pub(super) id: Arc<str>,
    pub(super) title: Arc<str>,
    pub(super) parent: Option<String>,
    pub(super) withdrawn: bool,
    /// Multiplies its score: of two controls that match alike, the one a configuration can show is meant.
    pub(super) weight: f32,
}

/// A document while it is being written.
pub(super) struct Draft {
    pub(super) entry: Entry,
    /// Its own words.
    pub(super) body: String,
    /// Words of what it is joined to: a control's objectives, a rule's kinds. Controls are written for
    /// organisations, so this is where "bucket" is.
    pub(super) near: String,
}

/// Everything there is to find: controls, then objectives, then rules.
pub(super) fn drafts(library: &Library, rules: &RuleSet) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for framework in library.frameworks() {
        let id: Arc<str> = Arc::from(framework.id.as_str());
        for group in &framework.groups {
            drafts.extend(
                group.controls.iter().map(|control| draft_control(control, &group.title, &id, library)),
            );
        }
    }
    drafts.extend(library.objectives().iter().map(draft_objective));
    drafts.extend(rules.rules().map(|rule| draft_rule(rule, library)));
    drafts
}

impl Entry {
    pub(super) fn hit(&self, score: f32, matched: Vec<String>) -> Hit {
        Hit {
            kind: self.kind,
            framework: Arc::clone(&self.framework),
            id: Arc::clone(&self.id),
            title: Arc::clone(&self.title),
            score,
            matched,
        }
    }
}

fn draft_control(control: &Control, group: &str, framework: &Arc<str>, library: &Library) -> Draft {
    let mut near = group.to_owned();
    for id in control.wants.fully.iter().chain(&control.wants.partly) {
        if let Some(objective) = library.objective(id) {
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

fn draft_rule(rule: &Rule, library: &Library) -> Draft {
    let mut near = rule.id.clone();
    for kind in rule.kinds() {
        near.push(' ');
        near.push_str(&spaced(kind));
    }
    for objective in rule.objectives.iter().filter_map(|id| library.objective(id)) {
        near.push(' ');
        near.push_str(&objective.title);
    }
    Draft { entry: plain(HitKind::Rule, &rule.id, &rule.title), body: rule.prose.clone(), near }
}

fn plain(kind: HitKind, id: &str, title: &str) -> Entry {
    Entry {
        kind,
        framework: Arc::from(""),
        id: Arc::from(id),
        title: Arc::from(title),
        parent: None,
        withdrawn: false,
        weight: 1.0,
    }
}

/// `storageAccounts` becomes `storage Accounts`, so that its words are found.
fn spaced(kind: &str) -> String {
    let mut out = String::with_capacity(kind.len() + 4);
    let mut before_lower = false;
    for c in kind.chars() {
        if c.is_uppercase() && before_lower {
            out.push(' ');
        }
        before_lower = c.is_lowercase();
        out.push(c);
    }
    out
}
