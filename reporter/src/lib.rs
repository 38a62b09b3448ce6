//! Assessments → files: one module per output format, and the evidence bundle.
//!
//! INVARIANT: the reporter never recomputes. What a control's status is, what a verdict says, comes from the
//! rooms below; this room gives it form. Equal input gives equal bytes: no clock, no chance, no hash order.

pub mod excerpt;
mod face;
pub mod facts;
pub mod format;
pub mod inventory;
pub mod report;
pub mod run;
mod words;

pub use facts::{Facts, SourceFact};
pub use report::{ControlPart, FrameworkPart, Report};
pub use run::{Judgement, Run, Texts};
