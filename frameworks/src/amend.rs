//! What people confirmed and rejected, laid over the edges of a library; and edges of checks that are not ours.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use compline_rules::{RuleInfo, RuleSet, Verdict};

use crate::catalogue::Strength;
use crate::crosswalk;
use crate::feedback::{Mapping, Mappings};
use crate::library::{ControlRef, Library, Provenance};

/// Kept beside the edges that files declare.
#[derive(Debug, Default)]
pub(crate) struct Amends {
    mappings: Mappings,
    /// Rule → what was said of it, by its id, its title or another scanner's id for it.
    of_rules: HashMap<Arc<str>, Vec<Mapping>>,
    /// Checks of other scanners, by the name their verdicts carry.
    foreign: HashMap<Arc<str>, Vec<ControlRef>>,
}

impl Library {
    /// The same library with what people said: a rejected edge is gone, a confirmed one is there, with who and when.
    #[must_use]
    pub fn amended(mut self, mappings: &Mappings, rules: &RuleSet) -> Self {
        if mappings.is_empty() {
            return self;
        }
        let mappings = mappings.clone().resolved(&self);
        for rule in rules.infos() {
            let said: Vec<Mapping> = mappings.about_any(&names(rule)).into_iter().cloned().collect();
            if said.is_empty() {
                continue;
            }
            let id: Arc<str> = Arc::from(rule.id.as_str());
            apply(self.edges.entry(Arc::clone(&id)).or_default(), said.iter());
            self.amends.of_rules.insert(id, said);
        }
        self.amends.mappings = mappings;
        self
    }

    /// The controls a rule bears on, with those its curated edges lead to over a crosswalk. What people said of the
    /// rule, by any of its names, counts last: what was rejected does not come back.
    pub fn bearing(&self, rule: &str) -> Vec<ControlRef> {
        let mut edges = self.controls_of(rule).to_vec();
        edges.extend(crosswalk::carried(crosswalk::builtin(), &edges));
        apply(&mut edges, self.amends.of_rules.get(rule).into_iter().flatten());
        edges
    }

    /// The controls that want an objective, with those they lead to over a crosswalk.
    pub fn wanting(&self, objective: &str) -> Vec<ControlRef> {
        let wanted = self.wanted();
        let Some((objective, list)) = wanted.get_key_value(objective) else { return Vec::new() };
        let mut edges = self.curated(objective, list);
        edges.extend(crosswalk::carried(crosswalk::builtin(), &edges));
        edges
    }

    /// The edges from an objective to controls that want it.
    pub fn curated(&self, objective: &Arc<str>, list: &[(Arc<str>, Arc<str>, Strength)]) -> Vec<ControlRef> {
        let edge = |(framework, id, strength): &(Arc<str>, Arc<str>, Strength)| ControlRef {
            framework: Arc::clone(framework),
            id: Arc::clone(id),
            strength: *strength,
            objective: Some(Arc::clone(objective)),
            provenance: Provenance::Curated(Arc::from(
                self.info(framework).map_or("", |info| info.source.as_str()),
            )),
        };
        list.iter().map(edge).collect()
    }

    /// The same library knowing what a check of another scanner bears on.
    #[must_use]
    pub fn knowing(mut self, checks: HashMap<Arc<str>, Vec<ControlRef>>) -> Self {
        for (check, edges) in checks {
            self.edges.insert(Arc::clone(&check), edges.clone());
            self.amends.foreign.insert(check, edges);
        }
        self
    }

    /// The controls a verdict bears on: those of its rule, and what people said of its kind and its address.
    pub fn controls_of_verdict(&self, verdict: &Verdict) -> Cow<'_, [ControlRef]> {
        let edges = self.controls_of(&verdict.rule);
        let said = self.said_of(&verdict.kind, &verdict.address);
        if said.is_empty() {
            return Cow::Borrowed(edges);
        }
        let mut edges = edges.to_vec();
        apply(&mut edges, said.into_iter());
        Cow::Owned(edges)
    }

    /// The edges of something that is asked for by its kind or its address, corrected.
    pub fn correct(&self, subjects: &[&str], edges: &mut Vec<ControlRef>) {
        for subject in subjects {
            apply(edges, self.amends.mappings.about(subject).into_iter());
        }
    }

    /// What amends the controls of a verdict in one framework: control and whether it bears.
    pub(crate) fn amends_of<'a>(&'a self, verdict: &Verdict, framework: &str) -> Vec<(&'a str, bool)> {
        let foreign = self.amends.foreign.get(&verdict.rule).into_iter().flatten();
        let foreign = foreign.filter(|edge| *edge.framework == *framework).map(|edge| (&*edge.id, true));
        let of_rule = self.amends.of_rules.get(&verdict.rule).into_iter().flatten();
        let said = of_rule.chain(self.said_of(&verdict.kind, &verdict.address));
        let said = said.filter(|mapping| mapping.framework == framework);
        foreign.chain(said.map(|mapping| (mapping.control.as_str(), mapping.confirmed))).collect()
    }

    /// Whether any verdict may bear on other controls than its rule's objectives lead to.
    pub(crate) fn is_amended(&self) -> bool {
        !self.amends.mappings.is_empty() || !self.amends.foreign.is_empty()
    }

    fn said_of(&self, kind: &str, address: &str) -> Vec<&Mapping> {
        if self.amends.mappings.is_empty() {
            return Vec::new();
        }
        let mut said = self.amends.mappings.about(kind);
        said.extend(self.amends.mappings.about(address));
        said
    }
}

/// What a rule is called by, in what people say of it.
fn names(rule: &RuleInfo) -> Vec<&str> {
    let own = [rule.id.as_str(), rule.title.as_str()].into_iter();
    own.chain(rule.aliases.values().flatten().map(String::as_str)).collect()
}

/// The last word counts. What a person confirms can show a part of a control: no objective says that it is the whole.
fn apply<'a>(edges: &mut Vec<ControlRef>, said: impl Iterator<Item = &'a Mapping>) {
    for mapping in said {
        let is = |edge: &ControlRef| *edge.framework == *mapping.framework && *edge.id == *mapping.control;
        let known = edges.iter().position(is);
        match (mapping.confirmed, known) {
            (false, _) => edges.retain(|edge| !is(edge)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subject: &str, control: &str) -> Mappings {
        let text = format!(
            "mappings:\n- {{ subject: {subject}, framework: nist-800-53-r5, control: {control}, confirmed: false, by: ann, date: \"2026-11-21\" }}\n"
        );
        Mappings::read(&text).expect("reads")
    }

    #[test]
    fn a_rejected_edge_does_not_come_back_over_a_crosswalk() {
        let rules = RuleSet::builtin();
        let rule = "aws-rds-publicly-accessible";
        let bears = |library: &Library, framework: &str| {
            library.bearing(rule).iter().any(|edge| &*edge.framework == framework && &*edge.id == "AC-4")
        };
        assert!(bears(&Library::builtin(&rules), "nist-800-53-r5"));
        for name in [rule, "CKV_AWS_17"] {
            let library = Library::builtin(&rules).amended(&said(name, "AC-4"), &rules);
            assert!(!bears(&library, "nist-800-53-r5") && !bears(&library, "fedramp-rev5"), "{name}");
        }
    }

    #[test]
    fn an_objective_leads_to_the_controls_that_want_it() {
        let library = Library::builtin(&RuleSet::builtin());
        let edges = library.wanting("storage-not-public");
        let control = |edge: &&ControlRef| &*edge.framework == "nist-800-53-r5" && &*edge.id == "AC-3";
        let known = edges.iter().find(control).expect("it is there");
        assert_eq!(known.objective.as_deref(), Some("storage-not-public"));
        assert!(edges.iter().any(|edge| matches!(edge.provenance, Provenance::Crosswalk { .. })));
        assert!(library.wanting("nothing-of-that-name").is_empty());
    }
}
