//! What all judgements of one inventory share.

use std::cell::RefCell;

use compline_iac::view::SourceTexts;
use compline_iac::{Dialect, DigestKey, Inventory, Resource};

use super::evaluator::Evaluator;
use super::relation::{CompanionCache, Companions};
use crate::kinds::dialect;
use crate::set::RuleSet;
use crate::table::Relation;

/// An inventory, the rules it is judged by, and what was looked up in it so far.
pub(super) struct EvalContext<'a> {
    pub inventory: &'a Inventory,
    pub rules: &'a RuleSet,
    pub texts: &'a dyn SourceTexts,
    pub digest_key: DigestKey,
    companions: RefCell<CompanionCache>,
}

impl<'a> EvalContext<'a> {
    pub fn new(inventory: &'a Inventory, rules: &'a RuleSet, texts: &'a dyn SourceTexts) -> Self {
        Self { inventory, rules, texts, digest_key: texts.digest_key(), companions: RefCell::default() }
    }

    /// One resource, ready to be judged. `kind` is today's name of its kind.
    pub fn evaluator(&'a self, resource: &'a Resource, kind: &'a str) -> Evaluator<'a> {
        Evaluator::new(self, resource, kind)
    }

    /// Today's name of a kind.
    pub fn current_kind<'k>(&'k self, kind: &'k str) -> &'k str {
        self.rules.tables().kinds.get(kind).map_or(kind, String::as_str)
    }

    /// The relation a kind of owners has under this name.
    pub fn relation(&self, owner: &str, name: &str) -> Option<&'a Relation> {
        let tables = &self.rules.tables().relations;
        // Who runs pods of a kind of his own has the companions that Kubernetes' own kinds have.
        let as_workload = || tables.get("Deployment").filter(|_| dialect(owner) == Dialect::Kubernetes);
        tables.get(owner).or_else(as_workload).and_then(|relations| relations.get(name))
    }

    pub fn companions(&self, relation: &Relation, owner: &Resource) -> Companions {
        self.companions.borrow_mut().companions(self.inventory, self.rules.tables(), relation, owner)
    }

    /// Whether a companion belongs to some owner of this kind.
    pub fn has_owner(&self, relation: &Relation, owner: &str, companion: &Resource) -> bool {
        self.companions.borrow_mut().has_owner(
            self.inventory,
            self.rules.tables(),
            relation,
            owner,
            companion,
        )
    }
}
