//! The controls that a rule, an alias, an objective or a kind bears on, each once, with every way that leads there.

use std::sync::Arc;

use crate::edge::{ControlRef, Provenance};
use crate::library::Library;

/// A control with what leads to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ControlMapping {
    /// The strongest of the edges to it, with the objective that most rules show.
    pub control: ControlRef,
    /// The ways that lead to it, the one that most rules take first; none where a person confirmed it and no rule
    /// leads there.
    pub through: Vec<Through>,
}

/// One way to a control.
#[derive(Debug, Clone, PartialEq)]
pub struct Through {
    /// None for a pin, and for what a person confirmed.
    pub objective: Option<Arc<str>>,
    /// The ids of the rules that show it; none where the objective itself was asked for.
    pub rules: Vec<String>,
}

impl Library {
    /// The controls that some rules and an objective bear on, in the order of the frameworks, those that are only
    /// reached over a crosswalk last. `subjects` are the names that people may have said something of: a kind, an
    /// address, the word that was asked.
    pub fn mapping_of(
        &self,
        rules: &[&str],
        objective: Option<&str>,
        subjects: &[&str],
    ) -> Vec<ControlMapping> {
        let mut mappings: Vec<ControlMapping> = Vec::new();
        for rule in rules {
            for edge in self.controls_with_crosswalks(rule) {
                add(&mut mappings, edge, Some(rule));
            }
        }
        for edge in objective.map(|id| self.controls_wanting(id)).unwrap_or_default() {
            add(&mut mappings, edge, None);
        }
        // The objective that most rules show speaks first.
        for mapping in &mut mappings {
            mapping.through.sort_by_key(|through| std::cmp::Reverse(through.rules.len()));
            if let Some(through) = mapping.through.first() {
                mapping.control.objective.clone_from(&through.objective);
            }
        }
        let mut controls: Vec<ControlRef> = mappings.iter().map(|mapping| mapping.control.clone()).collect();
        self.apply_mappings(subjects, &mut controls);
        let mut mappings: Vec<ControlMapping> = controls
            .into_iter()
            .map(|control| {
                let before = mappings.iter_mut().find(|mapping| mapping.control.is_same_control(&control));
                let through = before.map(|mapping| std::mem::take(&mut mapping.through)).unwrap_or_default();
                ControlMapping { control, through }
            })
            .collect();
        let place = |id: &str| self.infos().position(|info| info.id == id);
        mappings.sort_by_key(|mapping| (place(&mapping.control.framework), is_carried(&mapping.control)));
        mappings
    }
}

fn is_carried(edge: &ControlRef) -> bool {
    matches!(edge.provenance, Provenance::Crosswalk { .. })
}

/// Adds an edge; what is only carried over a crosswalk says nothing where a rule reaches the control by itself.
fn add(mappings: &mut Vec<ControlMapping>, control: ControlRef, rule: Option<&str>) {
    let through = Through {
        objective: control.objective.clone(),
        rules: rule.map(str::to_owned).into_iter().collect(),
    };
    let Some(mapping) = mappings.iter_mut().find(|mapping| mapping.control.is_same_control(&control)) else {
        mappings.push(ControlMapping { control, through: vec![through] });
        return;
    };
    match (is_carried(&mapping.control), is_carried(&control)) {
        (false, true) => return,
        (true, false) => {
            *mapping = ControlMapping { control, through: vec![through] };
            return;
        }
        _ => {}
    }
    mapping.control.strength = mapping.control.strength.max(control.strength);
    if matches!(control.provenance, Provenance::Confirmed { .. }) {
        mapping.control.provenance = control.provenance;
    }
    match mapping.through.iter_mut().find(|other| other.objective == through.objective) {
        Some(other) => other.rules.extend(through.rules),
        None => mapping.through.push(through),
    }
}

#[cfg(test)]
mod tests {
    use compline_rules::RuleSet;
    use compline_rules::table::Tables;

    use super::*;
    use crate::catalogue::Strength;
    use crate::feedback::Mappings;
    use crate::testing::{framework, page};

    #[test]
    fn a_control_stands_once_with_every_way_to_it() {
        let pages = vec![
            page("aws-a-x", &["one"], "aws_a"),
            page("aws-a-y", &["two"], "aws_a"),
            page("aws-a-z", &["two"], "aws_a"),
        ];
        let rules = RuleSet::of(pages, Tables::default());
        let mut own =
            framework(&[("1.1", &["one"], &["two"]), ("1.2", &[], &["one"]), ("1.3", &["two"], &[])]);
        own.groups[0].controls[1].pins = vec!["aws-a-y".to_owned()];
        let library = Library::with_frameworks(&rules, vec![own]);
        let asked = ["aws-a-x", "aws-a-y", "aws-a-z"];
        let mappings = library.mapping_of(&asked, None, &["aws_a"]);
        let through = |mapping: &ControlMapping| -> Vec<(Option<String>, String)> {
            let ways = mapping.through.iter();
            ways.map(|one| (one.objective.as_deref().map(str::to_owned), one.rules.join(" "))).collect()
        };
        let way = |objective: &str, rules: &str| (Some(objective.to_owned()), rules.to_owned());
        let one = &mappings[0];
        assert_eq!((&*one.control.id, one.control.strength), ("1.1", Strength::Fully));
        assert_eq!(one.control.objective.as_deref(), Some("two"), "what most rules show");
        assert_eq!(through(one), [way("two", "aws-a-y aws-a-z"), way("one", "aws-a-x")]);
        assert_eq!(through(&mappings[1]), [way("one", "aws-a-x"), (None, "aws-a-y".to_owned())]);
        assert_eq!(mappings.len(), 3);
        assert_eq!(through(&library.mapping_of(&[], Some("two"), &[])[1]), [way("two", "")]);
    }

    #[test]
    fn what_people_said_of_the_subject_counts_last() {
        let rules = RuleSet::of(vec![page("aws-a-x", &["one"], "aws_a")], Tables::default());
        let own = framework(&[("1.1", &["one"], &[]), ("1.2", &["two"], &[])]);
        let entry = |control: &str, confirmed: bool| {
            format!(
                "- {{ subject: aws_a, framework: test-1, control: '{control}', confirmed: {confirmed}, by: a, date: '2026-11-21' }}\n"
            )
        };
        let text = ["mappings:\n", &entry("1.1", false), &entry("1.2", true)].concat();
        let mappings = Mappings::read(&text).expect("reads");
        let library = Library::with_frameworks(&rules, vec![own]).with_mappings(&mappings, &rules);
        let found = library.mapping_of(&["aws-a-x"], None, &["aws_a"]);
        let found: Vec<_> = found.iter().map(|one| (&*one.control.id, one.through.len())).collect();
        assert_eq!(found, [("1.2", 0)]);
        let without = library.mapping_of(&["aws-a-x"], None, &["aws_b"]);
        assert_eq!(without.iter().map(|one| &*one.control.id).collect::<Vec<_>>(), ["1.1"]);
    }
}
