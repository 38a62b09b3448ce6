//! Crosswalks: how the controls of one framework relate to those of another, in the set relations of NIST IR 8477.
//!
//! A relation says less than it seems to. Only two of the five let what shows one control bear on the other (see
//! [`Relation::carries`]), and nothing is carried over more than one crosswalk.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::catalogue::{Framework, Strength, normal};
use crate::library::{ControlRef, Provenance};

/// The relations between the controls of two frameworks, after one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// `hipaa-security-rule--nist-800-53-r5`.
    pub id: String,
    pub title: String,
    /// The framework the relations start from.
    pub from: String,
    /// The framework they lead to.
    pub to: String,
    /// The publication they are taken from, or who wrote them.
    pub source: String,
    #[serde(default)]
    pub published: Option<String>,
    pub edges: Vec<CrosswalkEdge>,
}

/// One relation between two controls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrosswalkEdge {
    pub from: String,
    pub to: String,
    pub relation: Relation,
    #[serde(default)]
    pub rationale: Rationale,
    /// From 1 to 10, where the source tells.
    #[serde(default)]
    pub strength: Option<u8>,
    #[serde(default)]
    pub note: Option<String>,
    /// Who looked at it.
    #[serde(default)]
    pub reviewer: Option<String>,
}

/// What one control asks for, against what the other does, as sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Both ask for the same.
    Equal,
    /// `from` asks for a part of what `to` asks for.
    Subset,
    /// `from` asks for all that `to` asks for, and more.
    Superset,
    /// They have a part in common.
    Intersects,
    /// Somebody looked, and they have nothing in common.
    None,
}

/// On what grounds two controls were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rationale {
    /// Word by word.
    Syntactic,
    /// By meaning.
    #[default]
    Semantic,
    /// By what carrying them out achieves.
    Functional,
}

impl Relation {
    /// As the files spell it: `superset`.
    pub fn word(self) -> &'static str {
        match self {
            Relation::Equal => "equal",
            Relation::Subset => "subset",
            Relation::Superset => "superset",
            Relation::Intersects => "intersects",
            Relation::None => "none",
        }
    }

    /// The same relation, seen from the other control.
    #[must_use]
    pub fn turned(self) -> Self {
        match self {
            Relation::Subset => Relation::Superset,
            Relation::Superset => Relation::Subset,
            same => same,
        }
    }

    /// How far an edge to `from` bears on `to`, if it does.
    ///
    /// What shows a part of a superset, or of an intersecting control, may lie outside of what the two have in
    /// common; such relations are shown to readers and carry nothing.
    pub fn carries(self, strength: Strength) -> Option<Strength> {
        match self {
            Relation::Equal => Some(strength),
            Relation::Subset => Some(Strength::Partly),
            Relation::Superset | Relation::Intersects | Relation::None => None,
        }
    }
}

impl Crosswalk {
    /// The same crosswalk, read the other way.
    #[must_use]
    pub fn turned(&self) -> Self {
        let edges = self.edges.iter().cloned().map(|edge| CrosswalkEdge {
            from: edge.to,
            to: edge.from,
            relation: edge.relation.turned(),
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
            match carried.iter_mut().find(|known| known.id == new.id) {
                Some(known) if known.strength < new.strength => *known = new,
                Some(_) => {}
                None => carried.push(new),
            }
        }
        carried
    }
}

/// Reads a crosswalk file and checks it against the two frameworks it joins.
///
/// # Errors
/// Everything that is wrong with it, each naming the edge (or line) it concerns.
pub fn read(text: &str, find: &dyn Fn(&str) -> Option<Arc<Framework>>) -> Result<Crosswalk, Vec<String>> {
    let mut crosswalk: Crosswalk =
        serde_saphyr::from_str(text).map_err(|error| vec![crate::catalogue::check::told(&error)])?;
    let mut found = Vec::new();
    let mut framework = |key: &str, id: &str| {
        let framework = find(id);
        if framework.is_none() {
            found.push(format!("{key}: `{id}` is no framework"));
        }
        framework
    };
    let (from, to) = (framework("from", &crosswalk.from), framework("to", &crosswalk.to));
    if crosswalk.from == crosswalk.to {
        found.push(format!("from, to: both are `{}`", crosswalk.from));
    }
    let (Some(from), Some(to)) = (from, to) else { return Err(found) };
    let mut seen = HashSet::new();
    for edge in &mut crosswalk.edges {
        let name = format!("edge `{}` to `{}`", edge.from, edge.to);
        for (framework, id) in [(&from, &mut edge.from), (&to, &mut edge.to)] {
            match framework.find(id) {
                Some(control) if control.withdrawn.is_some() => {
                    found.push(format!("{name}: `{id}` is withdrawn from {}", framework.id));
                }
                // Edges are joined by id, so every spelling becomes the published one.
                Some(control) => *id = control.id.clone(),
                None => found.push(format!("{name}: `{id}` is no control of {}", framework.id)),
            }
        }
        if edge.strength.is_some_and(|strength| !(1..=10).contains(&strength)) {
            found.push(format!("{name}: `strength` is a number from 1 to 10"));
        }
        if !seen.insert((normal(&edge.from), normal(&edge.to))) {
            found.push(format!("{name}: is given twice"));
        }
    }
    if found.is_empty() { Ok(crosswalk) } else { Err(found) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::framework;

    fn named(id: &str) -> Option<Arc<Framework>> {
        let mut made =
            framework(&[("A-1", &["one"], &[]), ("A-1(1)", &["one"], &[]), ("A-2", &["two"], &[])]);
        made.id = id.to_owned();
        made.groups[0].controls[2].withdrawn = Some(vec!["A-1".to_owned()]);
        ["left", "right"].contains(&id).then(|| Arc::new(made))
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
        let said = |edges: &str| read(&text(edges), &named).expect_err("it is wrong").join("; ");
        assert_eq!(
            said("{ from: A-9, to: A-1, relation: equal }"),
            "edge `A-9` to `A-1`: `A-9` is no control of left"
        );
        assert_eq!(
            said("{ from: A-1, to: A-2, relation: equal }"),
            "edge `A-1` to `A-2`: `A-2` is withdrawn from right"
        );
        assert_eq!(
            said("{ from: A-1, to: A-1, relation: equal, strength: 11 }"),
            "edge `A-1` to `A-1`: `strength` is a number from 1 to 10"
        );
        let twice = "{ from: A-1, to: A-1, relation: equal }, { from: a-1, to: a-1, relation: subset }";
        assert_eq!(said(twice), "edge `a-1` to `a-1`: is given twice");
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
        let told: Vec<_> = carried.iter().map(|edge| (&*edge.framework, &*edge.id, edge.strength)).collect();
        assert_eq!(told, [("right", "A-1", Strength::Fully), ("right", "A-1(1)", Strength::Partly)]);
        assert!(crosswalk.turned().carry(&carried).is_empty(), "what was carried carries nothing on");
    }

    proptest! {
        #[test]
        fn carrying_never_strengthens(relation in prop::sample::select(vec![
            Relation::Equal, Relation::Subset, Relation::Superset, Relation::Intersects, Relation::None,
        ])) {
            prop_assert_eq!(relation.turned().turned(), relation);
            for strength in [Strength::Partly, Strength::Fully] {
                prop_assert!(relation.carries(strength).is_none_or(|carried| carried <= strength));
            }
        }
    }
}
