//! What people confirmed and rejected, laid over the edges that files declare. The library holds it and asks it; it
//! knows nothing of the library.

use std::collections::HashMap;
use std::sync::Arc;

use crate::catalogue::Strength;
use crate::edge::{ControlRef, Provenance};
use crate::feedback::{Mapping, Mappings};

/// Kept beside the edges that files declare.
#[derive(Debug, Default)]
pub(crate) struct MappingOverrides {
    /// All of them, with what follows for the same controls of other frameworks.
    pub(crate) mappings: Mappings,
    /// Rule → what was said of it, by its id, its title or another scanner's id for it.
    pub(crate) by_rule: HashMap<Arc<str>, Vec<Mapping>>,
}

impl MappingOverrides {
    /// What was said of a rule, by any of its names.
    pub(crate) fn of_rule(&self, rule: &str) -> impl Iterator<Item = &Mapping> {
        self.by_rule.get(rule).into_iter().flatten()
    }

    /// What was said of these kinds, addresses or texts, one after the other.
    pub(crate) fn of_subjects(&self, subjects: &[&str]) -> Vec<&Mapping> {
        if self.mappings.is_empty() {
            return Vec::new();
        }
        subjects.iter().flat_map(|subject| self.mappings.latest_for(subject)).collect()
    }
}

/// Corrects edges by what people said: the last word counts. What a person confirms can show a part of a control, as no
/// objective says that it is the whole.
pub(crate) fn apply<'m>(edges: &mut Vec<ControlRef>, mappings: impl Iterator<Item = &'m Mapping>) {
    for mapping in mappings {
        let is_meant =
            |edge: &ControlRef| *edge.framework == *mapping.framework && *edge.id == *mapping.control;
        let place = edges.iter().position(is_meant);
        match (mapping.confirmed, place) {
            (false, _) => edges.retain(|edge| !is_meant(edge)),
            (true, Some(place)) => {
                if let Some(edge) = edges.get_mut(place) {
                    edge.provenance = confirmed(mapping);
                }
            }
            (true, None) => edges.push(ControlRef {
                framework: Arc::from(mapping.framework.as_str()),
                id: Arc::from(mapping.control.as_str()),
                strength: Strength::Partly,
                objective: None,
                provenance: confirmed(mapping),
            }),
        }
    }
}

fn confirmed(mapping: &Mapping) -> Provenance {
    Provenance::Confirmed { by: Arc::from(mapping.by.as_str()), date: Arc::from(mapping.date.as_str()) }
}
