//! The control catalogues, the objectives that join them to rules, and the assessment of controls.
//!
//! INVARIANTS: pure. A control no rule can show stays `Manual`; `partly` never becomes `Satisfied` by itself;
//! an unknown never raises a status; a control nothing looked at is `NotAssessed`, never green.

mod amend;
pub mod assess;
pub mod catalogue;
pub mod crosswalk;
mod edges;
pub mod feedback;
pub mod library;
pub mod official;
pub mod oscal;
#[cfg(test)]
mod testing;

pub use assess::{
    Assessment, ControlAssessment, Counts, Coverage, CoverageGap, FrameworkAssessment, Status, Tally, View,
    assess, counts, finding, view,
};
pub use catalogue::{Control, Framework, Group, Objective, Shown, Statement, Strength, USUAL, Wanted};
pub use crosswalk::{Crosswalk, CrosswalkEdge, Rationale, Relation};
pub use edges::FrameworkInfo;
pub use library::{ControlRef, Library, Provenance};
