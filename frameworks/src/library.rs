//! All frameworks and objectives in force, and the edges between rules and controls.

use std::collections::HashMap;
use std::sync::Arc;

use compline_rules::RuleSet;

use crate::catalogue::{Framework, Objective, Strength};

/// The frameworks, the objectives, and for each rule the controls it bears on.
#[derive(Debug)]
pub struct Library {
    pub frameworks: Vec<Arc<Framework>>,
    pub objectives: Vec<Objective>,
    edges: HashMap<Arc<str>, Vec<ControlRef>>,
}

/// One edge from a rule to a control.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlRef {
    pub framework: Arc<str>,
    /// The control's id as published.
    pub id: Arc<str>,
    pub strength: Strength,
    /// The objective it goes through; none for a pin.
    pub objective: Option<Arc<str>>,
    pub provenance: Provenance,
}

/// Who says so.
#[derive(Debug, Clone, PartialEq)]
pub enum Provenance {
    /// Written by us after a source.
    Curated(Arc<str>),
    /// Carried over a crosswalk, with the IR 8477 relation.
    Crosswalk { source: Arc<str>, relation: Arc<str> },
    /// A person confirmed it.
    Confirmed { by: Arc<str>, date: Arc<str> },
    /// The index inferred it.
    Inferred { score: f32, why: Arc<str> },
}

impl Library {
    /// The built-in frameworks joined to these rules.
    pub fn builtin(_rules: &RuleSet) -> Self {
        Self { frameworks: Vec::new(), objectives: Vec::new(), edges: HashMap::new() }
    }

    /// A framework by its id.
    pub fn find(&self, id: &str) -> Option<&Arc<Framework>> {
        self.frameworks.iter().find(|framework| framework.id == id)
    }

    /// The controls a rule bears on, in the order of frameworks, then of their controls.
    pub fn controls_of(&self, rule: &str) -> &[ControlRef] {
        self.edges.get(rule).map(Vec::as_slice).unwrap_or_default()
    }
}
