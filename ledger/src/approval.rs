//! Leave to act, which only a recorded decision gives.

/// Somebody allowed a plan, and the ledger has it. It is taken by value where it is used, so that it serves once.
#[derive(Debug, PartialEq, Eq)]
pub struct Approval {
    plan: String,
    by: String,
    entry: u64,
    hash: String,
}

impl Approval {
    /// Called by the ledger after the entry is on disk, and by nothing else.
    pub(crate) fn recorded(plan: &str, by: &str, entry: u64, hash: &str) -> Self {
        Self { plan: plan.to_owned(), by: by.to_owned(), entry, hash: hash.to_owned() }
    }

    /// The digest of the plan it is for.
    pub fn plan(&self) -> &str {
        &self.plan
    }

    /// Who gave it.
    pub fn by(&self) -> &str {
        &self.by
    }

    /// The entry that records it: its index and hash.
    pub fn entry(&self) -> (u64, &str) {
        (self.entry, &self.hash)
    }
}
