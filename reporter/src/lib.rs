//! Assessments → files: one module per output format, and the evidence bundle.
//!
//! INVARIANT: the reporter never recomputes. What a control's status is, what a verdict says, comes from the
//! rooms below; this room gives it form.

pub mod facts;

pub use facts::{Facts, SourceFact};
