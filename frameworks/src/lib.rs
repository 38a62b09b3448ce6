//! The control catalogues, the objectives that join them to rules, and the control index.
//!
//! INVARIANTS: pure. A control no rule can show stays `Manual`; `partly` never becomes `Satisfied` by itself;
//! an unknown never raises a status; a control nothing looked at is `NotAssessed`, never green.

pub mod assess;
pub mod catalogue;
pub mod index;
pub mod library;

pub use assess::{Assessment, ControlAssessment, Coverage, Status, Tally};
pub use catalogue::{Control, Framework, Group, Objective, Shown, Strength, Wanted};
pub use index::{ControlIndex, Hit, HitKind};
pub use library::{ControlRef, Library, Provenance};
