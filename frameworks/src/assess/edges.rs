//! The controls each verdict bears on, joined once for everything that reads an assessment.

use std::collections::HashMap;
use std::sync::Arc;

use compline_rules::{ParameterValue, Verdict};

use crate::edge::ControlRef;
use crate::library::Library;

/// The edges of some verdicts, with their provenance. Verdicts of one rule share theirs, unless people said something
/// of their kind or address.
#[derive(Debug, Clone, Default)]
pub struct VerdictEdges {
    lists: Vec<Arc<[ControlRef]>>,
    /// Of each list: for each of its edges the values that it is judged by, where they are not the verdict's own. Empty
    /// where the rule has no parameters.
    values: Vec<Vec<Option<Arc<[ParameterValue]>>>>,
    /// Of each verdict: the place of its list.
    list_of: Vec<usize>,
}

impl VerdictEdges {
    pub fn of(verdicts: &[Verdict], library: &Library) -> Self {
        let list_of = Vec::with_capacity(verdicts.len());
        let mut out = Self { lists: Vec::new(), values: Vec::new(), list_of };
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
            if place == out.values.len() {
                let edges = out.lists.last().map(|edges| &**edges).unwrap_or_default();
                let edges = edges.iter().filter(|_| !verdict.values.is_empty());
                out.values.push(edges.map(|edge| library.values_for(&verdict.values, edge)).collect());
            }
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

    /// The values by which a verdict bears on the control at a place of [`Self::of_verdict`]; none where they are those
    /// it was judged by.
    pub fn values(&self, index: usize, edge: usize) -> Option<&Arc<[ParameterValue]>> {
        self.list_of.get(index).and_then(|place| self.values.get(*place)?.get(edge)?.as_ref())
    }

    /// For each verdict the places of controls, where `place` finds the place of one, and of their edges; each list is
    /// looked through once.
    pub(super) fn places<'a>(
        &'a self,
        place: &dyn Fn(&ControlRef) -> Option<usize>,
    ) -> impl Iterator<Item = Arc<[(usize, usize)]>> + 'a {
        let both = |(edge, control): (usize, &ControlRef)| Some((place(control)?, edge));
        let of_list: Vec<Arc<[(usize, usize)]>> =
            self.lists.iter().map(|edges| edges.iter().enumerate().filter_map(both).collect()).collect();
        self.list_of.iter().map(move |list| of_list.get(*list).map(Arc::clone).unwrap_or_default())
    }
}
