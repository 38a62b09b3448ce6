//! What the full-text index holds of each control and objective. Shared with the build script.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Control, Framework, Objective};

/// What a control that a program can show weighs against another.
const AUTOMATABLE: f32 = 1.4;

/// The kinds of documents in the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum HitKind {
    Control,
    Objective,
    Rule,
}

/// What is known of a document beside its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DocumentInfo {
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

/// A document as it is written into the index.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub info: DocumentInfo,
    /// Its own words.
    pub body: String,
    /// Words of what it is joined to: a control's objectives, a rule's kinds. Controls are written for
    /// organisations, so this is where "bucket" is.
    pub related: String,
}

/// The controls of these frameworks, then the objectives.
pub fn documents<'a>(
    frameworks: impl Iterator<Item = &'a Framework>,
    objectives: &[Objective],
) -> Vec<Document> {
    let mut documents = Vec::new();
    for framework in frameworks {
        let id: Arc<str> = Arc::from(framework.id.as_str());
        for group in &framework.groups {
            let of_control = |control| control_document(control, &group.title, &id, objectives);
            documents.extend(group.controls.iter().map(of_control));
        }
    }
    documents.extend(objectives.iter().map(objective_document));
    documents
}

fn control_document(
    control: &Control,
    group: &str,
    framework: &Arc<str>,
    objectives: &[Objective],
) -> Document {
    let mut related = group.to_owned();
    for id in control.wants.fully.iter().chain(&control.wants.partly) {
        if let Some(objective) = objectives.iter().find(|objective| objective.id == *id) {
            related.push(' ');
            related.push_str(&objective.title);
            related.push(' ');
            related.push_str(&objective.evidence);
        }
    }
    let withdrawn = control.withdrawn.is_some();
    let title = if withdrawn { format!("{} (withdrawn)", control.title) } else { control.title.clone() };
    let info = DocumentInfo {
        kind: HitKind::Control,
        framework: Arc::clone(framework),
        id: Arc::from(control.id.as_str()),
        title: Arc::from(title),
        parent: control.parent.clone(),
        withdrawn,
        weight: if control.shown.is_automatable() { AUTOMATABLE } else { 1.0 },
        aliases: control.aliases.clone(),
    };
    Document { info, body: control.summary.clone(), related }
}

fn objective_document(objective: &Objective) -> Document {
    let related = format!("{} {}", objective.id, objective.families.join(" "));
    let info = DocumentInfo::new(HitKind::Objective, &objective.id, &objective.title);
    Document { info, body: objective.evidence.clone(), related }
}

impl DocumentInfo {
    /// Of a document that is no control: no framework, no parent.
    pub fn new(kind: HitKind, id: &str, title: &str) -> Self {
        Self {
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
}
