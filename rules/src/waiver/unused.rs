//! Waivers that waived nothing.

use std::fmt;
use std::sync::Arc;

use super::{Waiver, WaiverFault};

/// A waiver that waived nothing, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Unused {
    pub waiver: Arc<Waiver>,
    pub reason: UnusedReason,
}

/// Why a waiver waived nothing. As text it is a clause: "it expired on 2026-01-31".
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnusedReason {
    Faulty(WaiverFault),
    Expired {
        on: Arc<str>,
    },
    NoSuchRule {
        id: Arc<str>,
    },
    /// No verdict of its rule fails where it stands.
    NothingFails,
}

impl fmt::Display for UnusedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnusedReason::Faulty(fault) => fault.fmt(f),
            UnusedReason::Expired { on } => write!(f, "it expired on {on}"),
            UnusedReason::NoSuchRule { id } => write!(f, "no rule is called `{id}`"),
            UnusedReason::NothingFails => f.write_str("no verdict of this rule fails there"),
        }
    }
}
