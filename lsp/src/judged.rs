//! One reading of a root with its verdicts.

use std::sync::Arc;

use compline_iac::{Inventory, Snapshot, SourceId, Sources};
use compline_rules::waiver::{self, Scanner, Unused, UnusedReason, Waiver, WaiverFileError};
use compline_rules::{Outcome, RuleSet, Verdict, judge_incremental};

use crate::content::Content;

/// A snapshot, judged.
#[derive(Default)]
pub struct Judged {
    pub snapshot: Snapshot,
    parts: Vec<Arc<Part>>,
    /// By the number of the source: the verdicts that point into it, or whose resource stands in it, as part and
    /// place.
    by_source: Vec<Vec<(u32, u32)>>,
    /// Inline waivers that waived nothing.
    pub unused: Vec<Unused>,
    waivers: Vec<Waiver>,
    /// Why the waiver file could not be read.
    pub waiver_file_error: Option<WaiverFileError>,
    today: String,
}

/// One inventory's verdicts.
struct Part {
    inventory: Arc<Inventory>,
    /// Before any waiver.
    plain: Arc<Vec<Arc<Verdict>>>,
    /// Where waivers changed something; else `plain`.
    verdicts: Arc<Vec<Arc<Verdict>>>,
    /// The waivers that did nothing here; `None` when there was none at all.
    idle: Option<Vec<Unused>>,
}

/// The waiver file, below the root.
pub const WAIVER_FILE: &str = "compline.waivers.yaml";

impl Judged {
    /// Judges what changed: an inventory that is still the same `Arc` keeps its verdicts.
    pub fn of(
        snapshot: Snapshot,
        before: Option<&Judged>,
        content: &Content,
        sources: &dyn Sources,
        today: &str,
    ) -> Self {
        let rules = &content.rules;
        let (waivers, waiver_file_error) = waivers(&snapshot, sources, &content.honor);
        // What was judged under the same waivers is taken over whole.
        let same = before.is_some_and(|before| before.waivers == waivers && before.today == today);
        let parts: Vec<Arc<Part>> = snapshot
            .inventories
            .iter()
            // A state says what is there, not what is wanted.
            .filter(|inventory| !inventory.actual)
            .map(|inventory| {
                let known = before.and_then(|before| before.part_of(inventory));
                match known {
                    Some(part) if same || waivers.is_empty() && part.idle.is_none() => Arc::clone(part),
                    _ => {
                        let plain = known.map_or_else(
                            || {
                                let earlier = before.and_then(|before| before.part_at(&inventory.root));
                                let earlier = earlier.map(|part| (&*part.inventory, part.plain.as_slice()));
                                Arc::new(judge_incremental(inventory, rules, &snapshot, earlier))
                            },
                            |part| Arc::clone(&part.plain),
                        );
                        Arc::new(Part::of(inventory, plain, &waivers, rules, &snapshot, today))
                    }
                }
            })
            .collect();
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
        let unused = unused(&parts, &waivers);
        Self { snapshot, parts, by_source, unused, waivers, waiver_file_error, today: today.to_owned() }
    }

    /// The part of a root, whatever it was then. The rules are the same: other rules begin anew.
    fn part_at(&self, root: &str) -> Option<&Arc<Part>> {
        self.parts.iter().find(|part| *part.inventory.root == *root)
    }

    fn part_of(&self, inventory: &Arc<Inventory>) -> Option<&Arc<Part>> {
        self.parts.iter().find(|part| Arc::ptr_eq(&part.inventory, inventory))
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
        let all = self.parts.iter().flat_map(|part| part.verdicts.iter());
        all.into_iter()
            .find(|verdict| verdict.fingerprint == fingerprint && !matches!(verdict.outcome, Outcome::Pass))
            .map(|verdict| &**verdict)
    }

    /// The verdicts on a root before any waiver.
    pub fn unwaived(&self, root: &str) -> &[Arc<Verdict>] {
        self.part_at(root).map(|part| part.plain.as_slice()).unwrap_or_default()
    }

    pub fn inventories(&self) -> impl Iterator<Item = &Inventory> {
        self.parts.iter().map(|part| &*part.inventory)
    }
}

impl Part {
    fn of(
        inventory: &Arc<Inventory>,
        plain: Arc<Vec<Arc<Verdict>>>,
        waivers: &[Waiver],
        rules: &RuleSet,
        snapshot: &Snapshot,
        today: &str,
    ) -> Self {
        let inventory = Arc::clone(inventory);
        if waivers.is_empty() {
            return Self { inventory, verdicts: Arc::clone(&plain), plain, idle: None };
        }
        let shared: Vec<Arc<Waiver>> = waivers.iter().cloned().map(Arc::new).collect();
        let mut verdicts = (*plain).clone();
        let idle = waiver::apply(&mut verdicts, &shared, rules, snapshot, today);
        Self { inventory, plain, verdicts: Arc::new(verdicts), idle: Some(idle) }
    }
}

/// The inline waivers that no inventory used.
fn unused(parts: &[Arc<Part>], waivers: &[Waiver]) -> Vec<Unused> {
    let inline = waivers.iter().filter(|waiver| waiver.source.span().is_some());
    inline
        .filter_map(|waiver| {
            let idle_in =
                |part: &Arc<Part>| part.idle.as_ref()?.iter().find(|one| *one.waiver == *waiver).cloned();
            let all: Option<Vec<Unused>> = parts.iter().map(idle_in).collect();
            // An expiry is said first: it is the reason a reader can act on.
            let all = all?;
            all.iter().find(|one| matches!(one.reason, UnusedReason::Expired { .. })).or(all.first()).cloned()
        })
        .collect()
}

/// The waivers in force: of all comments, and of the waiver file.
fn waivers(
    snapshot: &Snapshot,
    sources: &dyn Sources,
    honor: &[Scanner],
) -> (Vec<Waiver>, Option<WaiverFileError>) {
    let inline = snapshot.documents().filter(|document| !document.comments.is_empty());
    let mut waivers: Vec<Waiver> = inline.flat_map(|document| waiver::inline(document, honor)).collect();
    // One that cannot be read at all has no text in which a place could be shown.
    let text = if sources.is_file(WAIVER_FILE) { sources.read(WAIVER_FILE).ok() } else { None };
    let Some(text) = text else { return (waivers, None) };
    match waiver::file(WAIVER_FILE, &text) {
        Ok(file) => {
            waivers.extend(file);
            (waivers, None)
        }
        Err(error) => (waivers, Some(error)),
    }
}
