//! The append-only record: runs, waivers, approvals and applied fixes, each entry chained to the one before it
//! by its hash.
//!
//! What is recorded is an [`Event`]; one that this version does not know verifies and is listed all the same.
//!
//! INVARIANTS: an entry, once written, is never rewritten; a last line that was cut off while it was written is put right
//! by the next append, which records that, and nothing else that is broken is ever mended; a byte changed anywhere is found by [`Ledger::verify`];
//! appending holds the last entry to its hash and reads nothing before it;
//! an [`Approval`] can be had from here only, so nothing that asks for one acts without a record. The room knows
//! no place and opens no file: its callers do ([`Files`]). It knows no clock: times come from its callers. A chain shows that nothing was changed since its head was noted; it does
//! not keep an owner of the file from writing a new one, which is why heads are printed in reports.

mod approval;
mod canonical;
mod chain;
mod entry;
pub mod event;
mod tail;

pub use approval::Approval;
pub use canonical::canonical;
pub use chain::{Appended, Fault, Files, Head, Ledger, Reading};
pub use entry::{Entry, FIRST};
pub use event::Event;
