//! What a crosswalk file holds. Shared with the build script.

use serde::{Deserialize, Serialize};

use crate::catalogue::Strength;

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
    pub fn reversed(self) -> Self {
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
