//! The rules: pages that say what is wrong, and the engine that judges inventories by them.
//!
//! INVARIANTS: this room is pure (no clock, no file, no network). A rule never sees a byte offset: it names
//! paths, and carries the spans that values bring along. `Unknown` never becomes `Pass` or `Fail`; a resource
//! no rule looked at has no verdict.

pub mod check;
mod digest;
pub mod error;
pub mod evaluate;
pub mod fix;
pub mod folding;
pub mod kinds;
pub mod native;
pub mod observed;
pub mod page;
pub mod page_test;
pub mod parameter;
pub mod rule;
pub mod schema;
pub mod set;
pub mod skeleton;
pub mod table;
pub mod verdict;
pub mod waiver;
pub mod yaml;

pub use check::{Check, Expected, Scalar};
pub use evaluate::{judge, judge_incremental};
pub use observed::{Observed, Secret};
pub use page::Page;
pub use parameter::{Parameter, ParameterValue, SetBy};
pub use rule::{FixSpec, FixValue, Rule, RuleInfo, Safety, Severity};
pub use set::RuleSet;
pub use verdict::{Fix, FoldedUnder, Locus, Outcome, Related, Verdict};
