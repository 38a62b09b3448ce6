//! Which controls each objective leads to, without the controls' texts. Shared with the build script, which
//! makes the table of the built-in frameworks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::catalogue::{Framework, Strength};

/// The edges of some frameworks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeTable {
    /// Every control a rule can bear on: its framework's place in the list and its id, in order.
    pub controls: Vec<(usize, String)>,
    /// Objective → places in `controls`.
    pub wants: BTreeMap<String, Vec<(usize, Strength)>>,
    /// Rule → places in `controls`.
    pub pins: BTreeMap<String, Vec<usize>>,
    /// Rule → places in `controls`.
    pub excludes: BTreeMap<String, Vec<usize>>,
    /// Parameter of rules → places in `controls`, with what each asks for, and the parameter of an import that says so.
    pub parameters: BTreeMap<String, Vec<(usize, String, Option<String>)>>,
}

impl EdgeTable {
    pub fn of<'a>(frameworks: impl IntoIterator<Item = &'a Framework>) -> Self {
        let mut table = Self::default();
        for (framework_place, framework) in frameworks.into_iter().enumerate() {
            for control in framework.controls().filter(|control| control.shown.is_automatable()) {
                let place = table.controls.len();
                table.controls.push((framework_place, control.id.clone()));
                for (objectives, strength) in
                    [(&control.wants.fully, Strength::Fully), (&control.wants.partly, Strength::Partly)]
                {
                    for objective in objectives {
                        table.wants.entry(objective.clone()).or_default().push((place, strength));
                    }
                }
                for rule in &control.pins {
                    table.pins.entry(rule.clone()).or_default().push(place);
                }
                for (name, parameter) in &control.parameters {
                    if let Some(value) = &parameter.value {
                        let set = (place, value.0.clone(), parameter.imported.clone());
                        table.parameters.entry(name.clone()).or_default().push(set);
                    }
                }
                for rule in &control.excludes {
                    table.excludes.entry(rule.clone()).or_default().push(place);
                }
            }
        }
        table
    }
}
