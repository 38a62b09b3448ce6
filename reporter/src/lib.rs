//! Assessments → files: one module per output format, and the evidence bundle.
//!
//! INVARIANT: the reporter never recomputes. What a control's status is, what a verdict says, comes from the
//! rooms below; this room gives it form. Equal input gives equal bytes: no clock, no chance, no hash order.

pub mod adjustment;
pub mod escape;
pub mod excerpt;
pub mod facts;
pub mod format;
pub mod inventory;
pub mod notice;
pub mod report;
pub mod result;
pub mod run;
pub mod terminal;
mod view;
mod words;

pub use adjustment::{Adjustment, AdjustmentKind, Breach, PolicyNote};
pub use facts::{CommitFact, Facts, SourceFact};
pub use report::{ControlPart, FrameworkPart, Report};
pub use run::{Judgement, Run, SourceTexts};

/// The fixture of the tests beside this crate: what stands on printed pages shows only in here.
#[cfg(test)]
#[path = "../tests/outputs/fixture.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]
mod fixture;

#[cfg(test)]
extern crate self as compline_reporter;
