//! What the evaluation of one root spends, and where it has to stop.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use super::instance::Run;
use crate::limits::{Grouped, Limit, Limits, RunTotal, Spent};
use crate::problem::Gravity;
use crate::source::Span;
use crate::value::{Value, Why, WhyKind};

/// Steps and bytes after which the count is compared with the limits.
const STRIDE: Spent = Spent { instances: 0, steps: 4096, bytes: 1 << 20 };

/// Places told of for one limit; who has seen so many knows.
const MOST_TOLD: usize = 20;

/// The count of one root.
pub(super) struct Meter<'a> {
    limits: Limits,
    /// What the whole run spends beside it.
    run_total: Option<&'a RunTotal>,
    spent: Cell<Spent>,
    /// What was added to the total of the run.
    paid: Cell<Spent>,
    /// The limit that ends evaluation.
    stopped: Cell<Option<Limit>>,
    /// Whether resources or modules were judged as one because they were too many.
    has_cut: Cell<bool>,
    told: RefCell<Vec<Span>>,
    told_stop: Cell<bool>,
    told_full: Cell<bool>,
}

impl<'a> Meter<'a> {
    pub fn new(limits: Limits, run_total: Option<&'a RunTotal>) -> Self {
        Self {
            limits,
            run_total,
            spent: Cell::default(),
            paid: Cell::default(),
            stopped: Cell::default(),
            has_cut: Cell::default(),
            told: RefCell::default(),
            told_stop: Cell::default(),
            told_full: Cell::default(),
        }
    }

    pub fn step(&self, steps: u64) {
        let mut spent = self.spent.get();
        spent.steps = spent.steps.saturating_add(steps);
        self.spent.set(spent);
        if spent.steps - self.paid.get().steps >= STRIDE.steps {
            self.pay();
        }
    }

    /// Values were made that take so many bytes.
    pub fn hold(&self, bytes: u64) {
        let mut spent = self.spent.get();
        spent.bytes = spent.bytes.saturating_add(bytes);
        self.spent.set(spent);
        if spent.bytes - self.paid.get().bytes >= STRIDE.bytes {
            self.pay();
        }
    }

    pub fn take_instances(&self, count: usize) {
        let mut spent = self.spent.get();
        spent.instances = spent.instances.saturating_add(count as u64);
        self.spent.set(spent);
        self.pay();
    }

    /// Compares what was spent with what may be.
    fn pay(&self) {
        let (spent, paid) = (self.spent.get(), self.paid.get());
        self.paid.set(spent);
        let limit = match () {
            () if spent.steps > self.limits.steps => Some(Limit::Steps),
            () if spent.bytes > self.limits.bytes => Some(Limit::Bytes),
            () => None,
        };
        if self.stopped.get().is_none() {
            self.stopped.set(limit);
        }
        if let Some(run_total) = self.run_total {
            let more = Spent {
                instances: spent.instances - paid.instances,
                steps: spent.steps - paid.steps,
                bytes: spent.bytes - paid.bytes,
            };
            // What comes of this root is thrown away then: no more is made of it than must be.
            if run_total.spend(more) && self.stopped.get().is_none() {
                self.stopped.set(Some(Limit::Steps));
            }
        }
    }

    /// What was spent in the end, and whether anything was cut.
    pub fn close(&self) -> (Spent, bool) {
        self.pay();
        (self.spent.get(), self.stopped.get().is_some() || self.has_cut.get())
    }

    pub fn is_stopped(&self) -> bool {
        self.stopped.get().is_some()
    }

    /// Instances that may still be made.
    pub fn instances_left(&self) -> u64 {
        if self.is_stopped() { 0 } else { self.limits.instances.saturating_sub(self.spent.get().instances) }
    }

    /// Whether there are so many instances that none is looked at any more, not even one for many.
    pub fn is_full(&self) -> bool {
        self.spent.get().instances > self.limits.instances.saturating_add(self.limits.instances / 8 + 1000)
    }

    /// Why values are unknown after evaluation had to stop.
    pub fn why(&self) -> Option<Arc<Why>> {
        let limit = self.stopped.get()?;
        thread_local! {
            static STEPS: Arc<Why> = Why::new(WhyKind::Limit, "evaluation took too many steps");
            static BYTES: Arc<Why> = Why::new(WhyKind::Limit, "the values take too much memory");
        }
        Some(if limit == Limit::Bytes { BYTES.with(Arc::clone) } else { STEPS.with(Arc::clone) })
    }

    fn may_tell(&self, span: Span) -> bool {
        let mut told = self.told.borrow_mut();
        let may = told.len() < MOST_TOLD && !told.contains(&span);
        if may {
            told.push(span);
        }
        may
    }
}

impl Run<'_> {
    /// Why nothing more is evaluated, if so; told at the first place that it concerns.
    pub fn stopped(&self, span: Span) -> Option<Arc<Why>> {
        let why = self.meter.why()?;
        if self.meter.told_stop.replace(true) {
            return Some(why);
        }
        let limit = self.meter.stopped.get()?;
        let number = Grouped(self.meter.limits.of(limit));
        let text = match limit {
            Limit::Bytes => {
                format!("stopped at {number} bytes of values: what is evaluated after this is unknown")
            }
            _ => format!("stopped at {number} steps of evaluation: what is evaluated after this is unknown"),
        };
        self.problem(Gravity::Loss, span, text, &self.limit_help(limit));
        Some(why)
    }

    /// Tells that one value is more than is worked with.
    pub fn tell_limit(&self, span: Span, why: &str) {
        if self.meter.may_tell(span) {
            let help =
                "make the value smaller, or give it by a variable; what hangs on it is judged as unknown";
            self.problem(Gravity::Loss, span, why, help);
        }
    }

    fn limit_help(&self, limit: Limit) -> String {
        let all = self.options.limits.of(limit);
        let of_all = match self.meter.limits.of(limit) == all {
            true => String::new(),
            false => {
                format!("a run may take {}, and this is the share of `{}`; ", Grouped(all), shown(self.root))
            }
        };
        format!("{of_all}{}", limit.help())
    }

    /// Tells that there are more instances than may be made.
    pub fn cut_instances(&self, span: Span, address: &str) {
        self.meter.has_cut.set(true);
        // Where evaluation stopped, that was said.
        if self.meter.is_stopped() || !self.meter.may_tell(span) {
            return;
        }
        let number = Grouped(self.meter.limits.instances);
        let text = format!("stopped at {number} instances: those of `{address}` are judged as one");
        self.problem(Gravity::Loss, span, text, &self.limit_help(Limit::Instances));
    }

    /// Tells that the rest of a module is left out, because there are more instances than may be made.
    pub fn leave_out(&self, span: Span, address: &str) -> Arc<Why> {
        self.meter.has_cut.set(true);
        let number = Grouped(self.meter.limits.instances);
        if !self.meter.told_full.replace(true) {
            let text =
                format!("stopped at {number} instances: `{address}` and what comes after it is left out");
            self.problem(Gravity::Loss, span, text, &self.limit_help(Limit::Instances));
        }
        Why::new(WhyKind::Limit, format!("the run stopped at {number} instances"))
    }
}

fn shown(root: &str) -> &str {
    if root.is_empty() { "." } else { root }
}

/// The bytes that so many values take, with what holds them.
pub(super) fn bytes_of(values: usize) -> u64 {
    (values * (size_of::<Value>() + 32)) as u64
}
