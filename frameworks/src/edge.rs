//! An edge from a rule, an objective or another scanner's check to a control, and who says that it is there.

use std::sync::Arc;

use crate::catalogue::Strength;

/// One edge to a control.
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

impl ControlRef {
    /// Whether both lead to the same control.
    pub fn is_same_control(&self, other: &Self) -> bool {
        self.framework == other.framework && self.id == other.id
    }
}
