//! Crosswalks: how the controls of one framework relate to those of another, in the set relations of NIST IR 8477.
//!
//! A relation says less than it seems to. Only two of the five let what shows one control bear on the other (see
//! [`Relation::carries`]), and nothing is carried over more than one crosswalk.

pub mod check;
mod types;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

pub use check::read;
pub use types::{Crosswalk, CrosswalkEdge, Rationale, Relation};

use crate::catalogue::normal;
use crate::edge::{ControlRef, Provenance};

static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/crosswalks.bin"));

/// The crosswalks that come with the program, in the order of their ids.
pub fn builtin() -> &'static [Crosswalk] {
    static DECODED: OnceLock<Vec<Crosswalk>> = OnceLock::new();
    #[allow(clippy::expect_used)] // The build script encoded it, and a test decodes them.
    DECODED.get_or_init(|| postcard::from_bytes(PACKED).expect("the embedded crosswalks decode"))
}

/// A control of another framework, as one crosswalk relates it to a control.
#[derive(Debug, Clone, PartialEq)]
pub struct Related<'a> {
    pub crosswalk: &'a Crosswalk,
    pub framework: &'a str,
    pub id: &'a str,
    /// What the control asked about is to this one.
    pub relation: Relation,
    pub edge: &'a CrosswalkEdge,
}

/// What some crosswalks relate to a control, one step and no further.
pub fn related<'a>(crosswalks: &'a [Crosswalk], framework: &str, id: &str) -> Vec<Related<'a>> {
    let wanted = normal(id);
    let mut out = Vec::new();
    for crosswalk in crosswalks {
        for edge in &crosswalk.edges {
            if crosswalk.from == framework && normal(&edge.from) == wanted {
                let (framework, id, relation) = (&*crosswalk.to, &*edge.to, edge.relation);
                out.push(Related { crosswalk, framework, id, relation, edge });
            }
            if crosswalk.to == framework && normal(&edge.to) == wanted {
                let (framework, id, relation) = (&*crosswalk.from, &*edge.from, edge.relation.reversed());
                out.push(Related { crosswalk, framework, id, relation, edge });
            }
        }
    }
    out
}

/// The edges that follow from curated ones over some crosswalks, either way, to controls they do not reach
/// themselves; each control once, by the strongest. Nothing follows from what follows.
pub fn carried(crosswalks: &[Crosswalk], edges: &[ControlRef]) -> Vec<ControlRef> {
    let mut out: Vec<ControlRef> = Vec::new();
    for crosswalk in crosswalks {
        for new in crosswalk.carry(edges).into_iter().chain(crosswalk.reversed().carry(edges)) {
            let is_same = |other: &&mut ControlRef| other.is_same_control(&new);
            if edges.iter().any(|edge| edge.is_same_control(&new)) {
                continue;
            }
            match out.iter_mut().find(is_same) {
                Some(other) if other.strength < new.strength => *other = new,
                Some(_) => {}
                None => out.push(new),
            }
        }
    }
    out
}

impl Crosswalk {
    /// The same crosswalk, read the other way.
    #[must_use]
    pub fn reversed(&self) -> Self {
        let edges = self.edges.iter().cloned().map(|edge| CrosswalkEdge {
            from: edge.to,
            to: edge.from,
            relation: edge.relation.reversed(),
            ..edge
        });
        Self { from: self.to.clone(), to: self.from.clone(), edges: edges.collect(), ..self.clone() }
    }

    /// The edges of a rule that follow from its curated edges to `from`; each control once, by the strongest, in
    /// the order of this crosswalk. Edges that were themselves carried, inferred or confirmed carry nothing on.
    pub fn carry(&self, edges: &[ControlRef]) -> Vec<ControlRef> {
        let curated: HashMap<&str, &ControlRef> = edges
            .iter()
            .filter(|edge| *edge.framework == *self.from && matches!(edge.provenance, Provenance::Curated(_)))
            .map(|edge| (&*edge.id, edge))
            .collect();
        let framework: Arc<str> = Arc::from(self.to.as_str());
        let source: Arc<str> = Arc::from(self.source.as_str());
        let mut carried: Vec<ControlRef> = Vec::new();
        for edge in &self.edges {
            let Some(start) = curated.get(edge.from.as_str()) else { continue };
            let Some(strength) = edge.relation.carries(start.strength) else { continue };
            let new = ControlRef {
                framework: Arc::clone(&framework),
                id: Arc::from(edge.to.as_str()),
                strength,
                objective: start.objective.clone(),
                provenance: Provenance::Crosswalk {
                    source: Arc::clone(&source),
                    relation: Arc::from(edge.relation.word()),
                },
            };
            match carried.iter_mut().find(|other| other.id == new.id) {
                Some(other) if other.strength < new.strength => *other = new,
                Some(_) => {}
                None => carried.push(new),
            }
        }
        carried
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::catalogue::{Framework, Strength};
    use crate::testing::framework;

    fn named(id: &str) -> Option<Arc<Framework>> {
        let mut out = framework(&[("A-1", &["one"], &[]), ("A-1(1)", &["one"], &[]), ("A-2", &["two"], &[])]);
        out.id = id.to_owned();
        out.groups[0].controls[2].withdrawn = Some(vec!["A-1".to_owned()]);
        ["left", "right"].contains(&id).then(|| Arc::new(out))
    }

    fn text(edges: &str) -> String {
        format!("{{ id: left--right, title: T, from: left, to: right, source: Us, edges: [{edges}] }}")
    }

    fn edge(framework: &str, id: &str, strength: Strength, provenance: Provenance) -> ControlRef {
        ControlRef {
            framework: Arc::from(framework),
            id: Arc::from(id),
            strength,
            objective: None,
            provenance,
        }
    }

    fn curated() -> Provenance {
        Provenance::Curated(Arc::from("us"))
    }

    #[test]
    fn a_file_is_read_with_ids_as_published() {
        let read =
            read(&text("{ from: a-01, to: A-1.1, relation: subset, strength: 7 }"), &named).expect("reads");
        let edge = &read.edges[0];
        assert_eq!(
            (edge.from.as_str(), edge.to.as_str(), edge.relation),
            ("A-1", "A-1(1)", Relation::Subset)
        );
        assert_eq!(edge.rationale, Rationale::Semantic);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_edge() {
        let message = |edges: &str| read(&text(edges), &named).expect_err("it is wrong").join("; ");
        assert_eq!(
            message("{ from: A-9, to: A-1, relation: equal }"),
            "edge `A-9` to `A-1`: `A-9` is no control of left"
        );
        assert_eq!(
            message("{ from: A-1, to: A-2, relation: equal }"),
            "edge `A-1` to `A-2`: `A-2` is withdrawn from right"
        );
        assert_eq!(
            message("{ from: A-1, to: A-1, relation: equal, strength: 11 }"),
            "edge `A-1` to `A-1`: `strength` is a number from 1 to 10"
        );
        let twice = "{ from: A-1, to: A-1, relation: equal }, { from: a-1, to: a-1, relation: subset }";
        assert_eq!(message(twice), "edge `a-1` to `a-1`: is given twice");
        let unknown = text("").replace("to: right", "to: nowhere");
        assert_eq!(read(&unknown, &named).expect_err("it is wrong"), ["to: `nowhere` is no framework"]);
    }

    #[test]
    fn only_equals_and_parts_carry_and_only_one_step() {
        let file = text(
            "{ from: A-1, to: A-1, relation: equal }, { from: A-1, to: A-1(1), relation: superset }, \
             { from: A-1(1), to: A-1(1), relation: subset }",
        );
        let crosswalk = read(&file, &named).expect("reads");
        let carried = crosswalk.carry(&[
            edge("left", "A-1", Strength::Fully, curated()),
            edge("left", "A-1(1)", Strength::Fully, curated()),
            edge("right", "A-1", Strength::Fully, curated()),
        ]);
        let found: Vec<_> = carried.iter().map(|edge| (&*edge.framework, &*edge.id, edge.strength)).collect();
        assert_eq!(found, [("right", "A-1", Strength::Fully), ("right", "A-1(1)", Strength::Partly)]);
        assert!(crosswalk.reversed().carry(&carried).is_empty(), "what was carried carries nothing on");
    }

    proptest! {
        #[test]
        fn carrying_never_strengthens(relation in prop::sample::select(vec![
            Relation::Equal, Relation::Subset, Relation::Superset, Relation::Intersects, Relation::None,
        ])) {
            prop_assert_eq!(relation.reversed().reversed(), relation);
            for strength in [Strength::Partly, Strength::Fully] {
                prop_assert!(relation.carries(strength).is_none_or(|carried| carried <= strength));
            }
        }
    }
}
