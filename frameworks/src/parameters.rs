//! Which value of a rule's parameter holds for whom. This is the one place where that is decided.
//!
//! What is said for all rules, by the command line, a policy or the configuration of a project, holds before what a
//! framework says, and that before the rule's default. A control that asks for more is judged by more all the same:
//! nobody but its publisher can lower what it asks for.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_rules::parameter::{self, Parameter, SetBy, same};
use compline_rules::{Outcome, ParameterValue, RuleSet, Scalar, Verdict};

use crate::edge::ControlRef;
use crate::join::Asked;
use crate::library::Library;

impl Library {
    /// The values by which a verdict bears on a control; none where they are those it was judged by.
    pub fn values_for(
        &self,
        judged_by: &[ParameterValue],
        edge: &ControlRef,
    ) -> Option<Arc<[ParameterValue]>> {
        if judged_by.is_empty() {
            return None;
        }
        let one = |held: &ParameterValue| self.value_for(held, &edge.framework, Some(&edge.id));
        let values: Arc<[ParameterValue]> = judged_by.iter().map(one).collect();
        (!same(&values, judged_by)).then_some(values)
    }

    /// What a verdict says for a control by the control's own values, where it says something else by its own.
    pub fn outcome_apart<'v>(
        &self,
        verdict: &'v Verdict,
        edge: &ControlRef,
    ) -> Option<(Arc<[ParameterValue]>, &'v Outcome)> {
        let values = self.values_for(&verdict.values, edge)?;
        let outcome = verdict.outcome_under(&values)?;
        (outcome.word() != verdict.outcome.word()).then_some((values, outcome))
    }

    /// What a framework, or one of its controls, is judged by, where the rule judges by `held`.
    fn value_for(&self, held: &ParameterValue, framework: &str, control: Option<&str>) -> ParameterValue {
        let parameter = &held.parameter.parameter;
        let asked = self.asked(parameter, framework, control);
        let asked = asked.map(|(value, set_by)| ParameterValue { value, set_by, ..held.clone() });
        match (asked, held.set_by.is_override()) {
            (Some(asked), true) => parameter.stricter(held.clone(), asked, |one| &one.value),
            (None, true) => held.clone(),
            (Some(asked), false) => asked,
            (None, false) => ParameterValue::default_of(&held.parameter),
        }
    }

    /// What a control asks for; where it says nothing, the most that its framework asks for anywhere.
    fn asked(
        &self,
        parameter: &Parameter,
        framework: &str,
        control: Option<&str>,
    ) -> Option<(Scalar, SetBy)> {
        let all = self.tables().flat_map(|table| table.asked(&parameter.name));
        let of_framework: Vec<Asked<'_>> = all.filter(|one| **one.framework == *framework).collect();
        let read = |one: &Asked<'_>| Some((parameter.read(one.value)?, set_by(one)));
        let own = of_framework.iter().find(|one| control.is_some_and(|id| **one.control == *id));
        own.and_then(read).or_else(|| {
            let values = of_framework.iter().filter_map(read);
            values.reduce(|one, other| parameter.stricter(one, other, |(value, _)| value))
        })
    }

    /// Lets rules judge by what the chosen frameworks ask for, by the most where there are several, and say too what they
    /// would say for each control of the frameworks that findings speak of, `shown`. A rule whose values somebody set for
    /// all rules keeps them.
    pub fn bind(&self, rules: &mut RuleSet, chosen: &[&str], shown: &[&str]) {
        let with_parameters = rules.rules().filter(|rule| !rule.values.is_empty());
        let asked_of =
            |value: &ParameterValue| self.tables().any(|table| table.knows_parameter(value.name()));
        let concerned = with_parameters.filter(|rule| rule.values.iter().any(asked_of));
        let concerned: Vec<(String, Arc<[ParameterValue]>)> =
            concerned.map(|rule| (rule.info.id.clone(), Arc::clone(&rule.values))).collect();
        for (rule, held) in concerned {
            let edges = self.controls_of(&rule);
            let bears_on: Vec<&str> = chosen
                .iter()
                .copied()
                .filter(|id| edges.iter().any(|edge| *edge.framework == **id))
                .collect();
            let in_force: Vec<ParameterValue> =
                held.iter().map(|held| self.in_force(held, &bears_on)).collect();
            // A value of the right unit always makes a check: what a framework says was read as one.
            if rules.set_values(&rule, &in_force).is_err() {
                continue;
            }
            let shown = edges.iter().filter(|edge| shown.contains(&&*edge.framework));
            rules.ask_otherwise(&rule, shown.filter_map(|edge| self.values_for(&in_force, edge)).collect());
        }
    }

    /// What controls of the user's frameworks ask for and no rule understands, a clause each.
    pub fn idle_parameters(&self, rules: &RuleSet) -> Vec<String> {
        let own = rules.rules().flat_map(|rule| rule.values.iter()).map(|value| &value.parameter.parameter);
        let known: BTreeMap<&str, &Parameter> = own.map(|one| (one.name.as_str(), one)).collect();
        let mut out = Vec::new();
        for (name, asked) in self.tables().skip(1).flat_map(|table| table.all_asked()) {
            let Asked { framework, control, value, .. } = asked;
            match known.get(name).copied().or_else(|| parameter::shared().get(name)) {
                None => out.push(format!("{control} of {framework} sets `{name}`, which no rule has")),
                Some(known) if known.read(value).is_none() => {
                    out.push(format!(
                        "{control} of {framework} sets `{name}` to `{value}`, which it cannot be"
                    ));
                }
                Some(_) => {}
            }
        }
        out
    }

    fn in_force(&self, held: &ParameterValue, chosen: &[&str]) -> ParameterValue {
        if held.set_by.is_override() {
            return held.clone();
        }
        let parameter = &held.parameter.parameter;
        let values = chosen.iter().map(|framework| self.value_for(held, framework, None));
        let strictest = values.reduce(|one, other| parameter.stricter(one, other, |one| &one.value));
        strictest.unwrap_or_else(|| held.clone())
    }
}

fn set_by(asked: &Asked<'_>) -> SetBy {
    let (framework, control) = (Arc::clone(asked.framework), Arc::clone(asked.control));
    match asked.imported {
        Some(parameter) => SetBy::Import { framework, control, parameter: Arc::from(parameter) },
        None => SetBy::Control { framework, control },
    }
}
