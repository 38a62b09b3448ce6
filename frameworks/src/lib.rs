//! The control catalogues, the objectives that join them to rules, and the assessment of controls.
//!
//! INVARIANTS: pure. A control no rule can show stays `Manual`; `partly` never becomes `Satisfied` by itself;
//! an unknown never raises a status; a control nothing looked at is `NotAssessed`, never green.

pub mod assess;
pub mod builtin;
pub mod catalogue;
mod control_mapping;
pub mod crosswalk;
mod digest;
mod edge;
mod edge_table;
pub mod feedback;
mod join;
pub mod library;
pub mod official;
pub mod oscal;
mod overrides;
mod parameters;
#[cfg(test)]
mod testing;

pub use assess::{
    Apart, Assessment, ControlAssessment, Counts, Coverage, CoverageGap, FrameworkAssessment, KindCoverage,
    SettingsCoverage, Status, Tally, Unjudged, UnjudgedResource, VerdictEdges, View, assess, counts, finding,
    view,
};
pub use catalogue::{
    Amount, Control, ControlParameter, Framework, FrameworkInfo, Group, Objective, Shown, Statement,
    Strength, USUAL, Wanted,
};
pub use control_mapping::{ControlMapping, Through};
pub use crosswalk::{Crosswalk, CrosswalkEdge, Rationale, Relation};
pub use digest::content_digest;
pub use edge::{ControlRef, Provenance};
pub use library::Library;
