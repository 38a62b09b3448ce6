//! The controls each verdict bears on, joined once for everything that reads an assessment.

use std::collections::HashMap;
use std::sync::Arc;

use compline_rules::Verdict;

use crate::edge::ControlRef;
use crate::library::Library;

/// The edges of some verdicts, with their provenance. Verdicts of one rule share theirs, unless people said something
/// of their kind or address.
#[derive(Debug, Clone, Default)]
pub struct VerdictEdges {
    lists: Vec<Arc<[ControlRef]>>,
    /// Of each verdict: the place of its list.
    list_of: Vec<usize>,
}

impl VerdictEdges {
    pub fn of(verdicts: &[Verdict], library: &Library) -> Self {
        let mut out = Self { lists: Vec::new(), list_of: Vec::with_capacity(verdicts.len()) };
        let mut by_rule: HashMap<&str, usize> = HashMap::new();
        for verdict in verdicts {
            let next = out.lists.len();
            let place = match library.overridden_controls(verdict) {
                Some(edges) => {
                    out.lists.push(edges);
                    next
                }
                None => *by_rule.entry(&verdict.rule).or_insert_with(|| {
                    out.lists.push(library.shared_controls_of(&verdict.rule));
                    next
                }),
            };
            out.list_of.push(place);
        }
        out
    }

    /// The controls of one verdict in all frameworks of the library, by its place in the assessment's verdicts: in the
    /// order of frameworks, then of their controls, what people confirmed last. Empty for a place that there is none at.
    pub fn of_verdict(&self, index: usize) -> &[ControlRef] {
        self.list_of
            .get(index)
            .and_then(|place| self.lists.get(*place))
            .map(|edges| &**edges)
            .unwrap_or_default()
    }

    /// For each verdict the places of controls, where `place` finds the place of one; each list is looked through once.
    pub(super) fn places<'a>(
        &'a self,
        place: &dyn Fn(&ControlRef) -> Option<usize>,
    ) -> impl Iterator<Item = Arc<[usize]>> + 'a {
        let of_list: Vec<Arc<[usize]>> =
            self.lists.iter().map(|edges| edges.iter().filter_map(place).collect()).collect();
        self.list_of.iter().map(move |list| of_list.get(*list).map(Arc::clone).unwrap_or_default())
    }
}
