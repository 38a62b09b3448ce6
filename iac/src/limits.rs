//! How much one run may take. Counts, never clocks: the same input is always cut at the same place.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// What one run, over all its roots together, may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instances of resources and modules, after `count`, `for_each` and calls of modules.
    pub instances: u64,
    /// Steps of evaluation: expressions and elements, and what functions work through.
    pub steps: u64,
    /// Bytes that evaluated values take, roughly.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { instances: 50_000, steps: 10_000_000, bytes: 512 << 20 }
    }
}

/// One of the [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    Instances,
    Steps,
    Bytes,
}

impl Limit {
    pub const ALL: [Self; 3] = [Self::Instances, Self::Steps, Self::Bytes];

    /// How the user calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instances => "instances",
            Self::Steps => "steps",
            Self::Bytes => "bytes",
        }
    }

    /// What can be done where it was reached.
    pub(crate) fn help(self) -> String {
        format!("judge fewer directories at once, or allow more with `--budget {}=NUMBER`", self.name())
    }
}

impl Limits {
    pub fn of(&self, limit: Limit) -> u64 {
        match limit {
            Limit::Instances => self.instances,
            Limit::Steps => self.steps,
            Limit::Bytes => self.bytes,
        }
    }

    pub fn set(&mut self, limit: Limit, number: u64) {
        match limit {
            Limit::Instances => self.instances = number,
            Limit::Steps => self.steps = number,
            Limit::Bytes => self.bytes = number,
        }
    }

    /// What is left when this is spent.
    pub(crate) fn without(&self, spent: Spent) -> Self {
        Self {
            instances: self.instances.saturating_sub(spent.instances),
            steps: self.steps.saturating_sub(spent.steps),
            bytes: self.bytes.saturating_sub(spent.bytes),
        }
    }

    /// An even part of it.
    pub(crate) fn shared_by(&self, count: usize) -> Self {
        let count = (count as u64).max(1);
        Self { instances: self.instances / count, steps: self.steps / count, bytes: self.bytes / count }
    }
}

/// What was spent of [`Limits`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spent {
    pub instances: u64,
    pub steps: u64,
    pub bytes: u64,
}

impl Spent {
    pub fn plus(self, other: Self) -> Self {
        Self {
            instances: self.instances.saturating_add(other.instances),
            steps: self.steps.saturating_add(other.steps),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// The limit it goes over, if any.
    pub fn over(self, limits: &Limits) -> Option<Limit> {
        match () {
            () if self.instances > limits.instances => Some(Limit::Instances),
            () if self.steps > limits.steps => Some(Limit::Steps),
            () if self.bytes > limits.bytes => Some(Limit::Bytes),
            () => None,
        }
    }
}

/// What roots that are read side by side spend together. Whether it goes over hangs on their sum alone; when it does
/// is a matter of chance, so that all of them are then read anew.
#[derive(Debug)]
pub(crate) struct RunTotal {
    limits: Limits,
    instances: AtomicU64,
    steps: AtomicU64,
    bytes: AtomicU64,
}

impl RunTotal {
    pub fn new(limits: Limits, spent: Spent) -> Self {
        Self {
            limits,
            instances: AtomicU64::new(spent.instances),
            steps: AtomicU64::new(spent.steps),
            bytes: AtomicU64::new(spent.bytes),
        }
    }

    /// Spends more, and says whether it went over.
    pub fn spend(&self, more: Spent) -> bool {
        self.instances.fetch_add(more.instances, Ordering::Relaxed);
        self.steps.fetch_add(more.steps, Ordering::Relaxed);
        self.bytes.fetch_add(more.bytes, Ordering::Relaxed);
        self.is_over()
    }

    pub fn is_over(&self) -> bool {
        let spent = Spent {
            instances: self.instances.load(Ordering::Relaxed),
            steps: self.steps.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        };
        spent.over(&self.limits).is_some()
    }
}

/// A number as people read it: `100,000`.
pub(crate) struct Grouped(pub u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}
