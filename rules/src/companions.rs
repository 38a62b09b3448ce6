//! Kinds that rules read beside the resources they judge.

use std::collections::HashSet;

use crate::check::{Body, Check, Clause, Element, Operator, Root, Test};
use crate::set::RuleSet;

impl RuleSet {
    /// The kinds that rules read beside the resource they judge: a bucket's versioning, a group's rules.
    pub fn read_beside(&self) -> HashSet<&str> {
        companions(self)
    }
}

fn companions(rules: &RuleSet) -> HashSet<&str> {
    let mut kinds = HashSet::new();
    for rule in rules.rules() {
        let Check::Kinds(entries) = &rule.check else { continue };
        for entry in entries {
            let mut names = HashSet::new();
            in_body(&entry.body, &mut names);
            for owner in &entry.kinds {
                let Some(relations) = rules.tables().relations.get(owner) else { continue };
                let used = relations.iter().filter(|(name, _)| names.contains(name.as_str()));
                kinds.extend(used.flat_map(|(_, relation)| relation.kind.iter().map(String::as_str)));
            }
        }
    }
    kinds
}

fn in_body<'a>(body: &'a Body, names: &mut HashSet<&'a str>) {
    for condition in &body.when {
        in_body(condition, names);
    }
    for clause in &body.clauses {
        match clause {
            Clause::Test { path, test } => {
                if let Root::Relation(name) = &path.root {
                    names.insert(&**name);
                }
                in_test(test, names);
            }
            Clause::AnyOf(bodies) => bodies.iter().for_each(|body| in_body(body, names)),
            Clause::Not(body) => in_body(body, names),
        }
    }
}

fn in_test<'a>(test: &'a Test, names: &mut HashSet<&'a str>) {
    for operator in &test.operators {
        match operator {
            Operator::Any(element) | Operator::All(element) | Operator::None(element) => match element {
                Element::Body(body) => in_body(body, names),
                Element::Test(test) => in_test(test, names),
            },
            _ => {}
        }
    }
}
