//! One reading of a project with its verdicts, and what an edit leaves of them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use compline_iac::{Inventory, Snapshot, SourceId, Span};
use compline_rules::waiver::{self, Scope, Unused, Waiver};
use compline_rules::{Outcome, Verdict, folding, judge_incremental};
use rayon::prelude::*;

use crate::open::Project;
use crate::waivers::{self, WaiverFileError};

/// The verdicts on a project as it was read, on a day.
#[derive(Default)]
pub struct Judged {
    parts: Vec<Arc<Part>>,
    /// By the number of the source: the verdicts that point into it, or whose resource stands in it, as part and
    /// place.
    by_source: Vec<Vec<(u32, u32)>>,
    /// Waivers that waived nothing; none where only some files were asked for.
    pub unused: Vec<Unused>,
    /// Why the waiver file does not count.
    pub waiver_file_error: Option<WaiverFileError>,
}

/// One inventory's verdicts.
struct Part {
    inventory: Arc<Inventory>,
    /// Before any waiver, and of all files.
    plain: Arc<Vec<Arc<Verdict>>>,
    /// Those that were asked for, waived and folded where they are; `plain` itself where that is the same.
    verdicts: Arc<Vec<Arc<Verdict>>>,
    waived: Waived,
}

/// What waivers do in one inventory.
#[derive(Default)]
struct Waived {
    /// Those that can reach a verdict here, in their order.
    waivers: Vec<Arc<Waiver>>,
    /// Those that did.
    used: Vec<Arc<Waiver>>,
    /// Those that did nothing here for another reason than anywhere else: they ended.
    ended: Vec<Unused>,
    /// `YYYY-MM-DD`.
    today: String,
}

impl Project {
    /// Judges everything that was read and applies the waivers that hold on a day (`YYYY-MM-DD`). With an earlier
    /// judgement under the same configuration, only what changed since is judged: an inventory that is still the same
    /// `Arc` keeps its verdicts.
    pub fn judge(&self, today: &str, before: Option<&Judged>) -> Judged {
        let (waivers, waiver_file_error) =
            waivers::written(&self.snapshot, self.sources(), &self.config.honor);
        let rules = &self.config.rules;
        let waivers = Waivers {
            reach: Reach::of(&waivers),
            alone: waiver::apply(&mut [], &waivers, rules, &self.snapshot, today),
            all: &waivers,
            today,
        };
        let earlier = before.map(Earlier::of).unwrap_or_default();
        let judged = self.snapshot.inventories.par_iter();
        // A state says what is there, not what is wanted: it is judged when its file was named.
        let judged = judged.filter(|one| !one.actual || self.scope().iter().any(|path| **path == *one.root));
        let parts: Vec<Arc<Part>> =
            judged.map(|inventory| self.judge_part(inventory, &waivers, &earlier)).collect();
        // A waiver for another file is not idle because that file was not asked for.
        let unused = if self.focus().is_some() { Vec::new() } else { unused(&parts, waivers.alone) };
        let by_source = by_source(&parts);
        Judged { parts, by_source, unused, waiver_file_error }
    }

    fn judge_part(
        &self,
        inventory: &Arc<Inventory>,
        waivers: &Waivers<'_>,
        earlier: &Earlier<'_>,
    ) -> Arc<Part> {
        let same = earlier.same(inventory);
        let plain = match same {
            Some(part) => Arc::clone(&part.plain),
            None => {
                let before = earlier.at(&inventory.root);
                let before = before.map(|part| (&*part.inventory, part.plain.as_slice()));
                Arc::new(judge_incremental(inventory, &self.config.rules, &self.snapshot, before))
            }
        };
        let reaching = waivers.reaching(&plain);
        let keeps = |part: &&Arc<Part>| {
            self.focus().is_none()
                && part.waived.waivers.iter().eq(reaching.iter().map(|(waiver, _)| *waiver))
                && (reaching.is_empty() || part.waived.today == waivers.today)
        };
        match same.filter(keeps) {
            Some(part) => Arc::clone(part),
            None => Arc::new(self.waive(inventory, plain, &reaching, waivers.today)),
        }
    }

    fn waive(
        &self,
        inventory: &Arc<Inventory>,
        plain: Arc<Vec<Arc<Verdict>>>,
        reaching: &[(&Arc<Waiver>, &Unused)],
        today: &str,
    ) -> Part {
        let inventory = Arc::clone(inventory);
        let mut verdicts = Arc::clone(&plain);
        if let Some(focus) = self.focus() {
            Arc::make_mut(&mut verdicts).retain(|verdict| is_in(&self.snapshot, focus, verdict));
        }
        if reaching.is_empty() {
            folding::fold(&mut verdicts, &self.config.rules);
            folding::fold_open(&mut verdicts, &inventory);
            return Part { inventory, plain, verdicts, waived: Waived::default() };
        }
        let waivers: Vec<Arc<Waiver>> = reaching.iter().map(|(waiver, _)| Arc::clone(waiver)).collect();
        let (rules, snapshot) = (&self.config.rules, &self.snapshot);
        let waivable: &mut Vec<Arc<Verdict>> = Arc::make_mut(&mut verdicts);
        let idle = waiver::apply(waivable, &waivers, rules, snapshot, today);
        folding::fold(&mut verdicts, rules);
        folding::fold_open(&mut verdicts, &inventory);
        let mut waived = Waived { waivers, today: today.to_owned(), used: Vec::new(), ended: Vec::new() };
        let mut idle = idle.into_iter().peekable();
        for (waiver, alone) in reaching {
            // What did nothing comes in the order of the waivers.
            match idle.next_if(|one| Arc::ptr_eq(&one.waiver, waiver)) {
                None => waived.used.push(Arc::clone(waiver)),
                Some(one) if one != **alone => waived.ended.push(one),
                Some(_) => {}
            }
        }
        Part { inventory, plain, verdicts, waived }
    }
}

/// The waivers that no inventory used. `alone` says of every waiver why it is idle where nothing is judged.
fn unused(parts: &[Arc<Part>], alone: Vec<Unused>) -> Vec<Unused> {
    let used: Vec<&Arc<Waiver>> = parts.iter().flat_map(|part| &part.waived.used).collect();
    let ended: Vec<&Unused> = parts.iter().flat_map(|part| &part.waived.ended).collect();
    let idle = alone.into_iter().filter(|one| !used.contains(&&one.waiver));
    // An end is said first: it is the reason a reader can act on.
    idle.map(|one| match ended.iter().find(|other| other.waiver == one.waiver) {
        Some(other) => (*other).clone(),
        None => one,
    })
    .collect()
}

/// The parts of an earlier judgement, to be found again.
#[derive(Default)]
struct Earlier<'a> {
    /// By where the inventory lies in memory: the same `Arc` is the same inventory.
    by_pointer: HashMap<usize, &'a Arc<Part>>,
    by_root: HashMap<&'a str, &'a Arc<Part>>,
}

impl<'a> Earlier<'a> {
    fn of(before: &'a Judged) -> Self {
        let mut earlier = Self::default();
        for part in &before.parts {
            earlier.by_pointer.insert(Arc::as_ptr(&part.inventory) as usize, part);
            earlier.by_root.entry(&part.inventory.root).or_insert(part);
        }
        earlier
    }

    fn same(&self, inventory: &Arc<Inventory>) -> Option<&'a Arc<Part>> {
        self.by_pointer.get(&(Arc::as_ptr(inventory) as usize)).copied()
    }

    /// The part of a root, whatever it was then.
    fn at(&self, root: &str) -> Option<&'a Arc<Part>> {
        self.by_root.get(root).copied()
    }
}

/// Whether a verdict points into one of these files, or its resource stands in one.
fn is_in(snapshot: &Snapshot, files: &BTreeSet<String>, verdict: &Verdict) -> bool {
    let inside = |span: Span| snapshot.source(span).is_some_and(|source| files.contains(&*source.path));
    verdict.locus.as_ref().is_some_and(|locus| inside(locus.span) || inside(locus.resource))
}

/// The waivers in force on a day.
struct Waivers<'a> {
    all: &'a [Arc<Waiver>],
    /// Of each of them, why it does nothing where nothing is judged.
    alone: Vec<Unused>,
    reach: Reach,
    today: &'a str,
}

/// Indices of waivers by where they reach.
#[derive(Default)]
struct Reach {
    by_source: HashMap<SourceId, Vec<usize>>,
    anywhere: Vec<usize>,
}

impl Reach {
    fn of(waivers: &[Arc<Waiver>]) -> Self {
        let mut reach = Self::default();
        for (index, waiver) in waivers.iter().enumerate() {
            let source = match &waiver.scope {
                Scope::Resource { comment, .. } => comment.source,
                Scope::Line { source, .. } | Scope::File(source) => *source,
                Scope::Pattern { .. } => {
                    reach.anywhere.push(index);
                    continue;
                }
            };
            reach.by_source.entry(source).or_default().push(index);
        }
        reach
    }
}

impl Waivers<'_> {
    /// Those that can reach one of these verdicts, in their order, each with why it is idle elsewhere.
    fn reaching(&self, verdicts: &[Arc<Verdict>]) -> Vec<(&Arc<Waiver>, &Unused)> {
        let open = |verdict: &&Arc<Verdict>| verdict.is_open();
        let mut open = verdicts.iter().filter(open).peekable();
        if self.all.is_empty() || open.peek().is_none() {
            return Vec::new();
        }
        let mut indices = self.reach.anywhere.clone();
        if !self.reach.by_source.is_empty() {
            let sources: HashSet<SourceId> = open.flat_map(|verdict| sources_of(verdict)).collect();
            indices.extend(sources.iter().filter_map(|source| self.reach.by_source.get(source)).flatten());
            indices.sort_unstable();
        }
        let both = |index: usize| Some((self.all.get(index)?, self.alone.get(index)?));
        indices.into_iter().filter_map(both).collect()
    }
}

/// The sources a verdict speaks of: where it points, where its resource stands, where its elements stand, and where the
/// modules it lies in are called.
fn sources_of(verdict: &Verdict) -> impl Iterator<Item = SourceId> {
    verdict.locus.iter().flat_map(|locus| {
        let offenders = locus.offenders.iter().map(|offender| offender.source);
        let calls = locus.calls.iter().map(|call| call.source);
        [locus.span.source, locus.resource.source].into_iter().chain(offenders).chain(calls)
    })
}

fn by_source(parts: &[Arc<Part>]) -> Vec<Vec<(u32, u32)>> {
    let mut by_source: Vec<Vec<(u32, u32)>> = Vec::new();
    let mut note = |source: SourceId, at: (u32, u32)| {
        let index = source.0 as usize;
        if by_source.len() <= index {
            by_source.resize(index + 1, Vec::new());
        }
        if let Some(list) = by_source.get_mut(index) {
            list.push(at);
        }
    };
    for (index, part) in parts.iter().enumerate() {
        for (at, verdict) in part.verdicts.iter().enumerate() {
            let Some(locus) = &verdict.locus else { continue };
            let (points, stands) = (locus.span.source, locus.resource.source);
            let here = (index as u32, at as u32);
            note(points, here);
            if stands != points {
                note(stands, here);
            }
        }
    }
    by_source
}

impl Judged {
    /// Stops at a waiver file that does not count.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn checked(mut self) -> Result<Self, WaiverFileError> {
        match self.waiver_file_error.take() {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    /// All verdicts, in the order of inventories, then of resources, then of rules.
    pub fn verdicts(&self) -> impl Iterator<Item = &Verdict> {
        self.parts.iter().flat_map(|part| part.verdicts.iter()).map(|verdict| &**verdict)
    }

    /// The same, taken out.
    pub fn into_verdicts(self) -> Vec<Verdict> {
        let mut all = Vec::with_capacity(self.parts.iter().map(|part| part.verdicts.len()).sum());
        for part in self.parts {
            // Nobody else has a part of a judgement that is given away, so that its verdicts can be moved.
            let verdicts = match Arc::try_unwrap(part) {
                Ok(Part { verdicts, .. }) => verdicts,
                Err(part) => Arc::clone(&part.verdicts),
            };
            let verdicts = Arc::try_unwrap(verdicts).unwrap_or_else(|shared| (*shared).clone());
            all.extend(verdicts.into_iter().map(Arc::unwrap_or_clone));
        }
        all
    }

    /// The verdicts of a root before any waiver, of all files.
    pub fn unwaived(&self, root: &str) -> Vec<Arc<Verdict>> {
        let of_root = self.parts.iter().filter(|part| *part.inventory.root == *root);
        of_root.flat_map(|part| part.plain.iter().cloned()).collect()
    }

    /// The verdicts that point into a source, or whose resource stands in it.
    pub fn in_source(&self, source: SourceId) -> impl Iterator<Item = &Verdict> {
        let list = self.by_source.get(source.0 as usize).map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .filter_map(|(part, at)| self.parts.get(*part as usize)?.verdicts.get(*at as usize))
            .map(|verdict| &**verdict)
    }

    /// A verdict by its fingerprint. As it was judged: waived ones have no fix left.
    pub fn find(&self, fingerprint: &str) -> Option<&Verdict> {
        self.verdicts()
            .find(|verdict| verdict.fingerprint == fingerprint && !matches!(verdict.outcome, Outcome::Pass))
    }

    pub fn inventories(&self) -> impl Iterator<Item = &Inventory> {
        self.parts.iter().map(|part| &*part.inventory)
    }
}
