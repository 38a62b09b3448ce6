//! Values of rules' parameters that hold for all rules: those of the command line, of a policy, of the configuration.
//!
//! A policy is the least: the command line and the configuration may ask for more than it. Where it says nothing, the
//! command line holds before the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use compline_rules::parameter::{self, Parameter, SetBy};
use compline_rules::{ParameterValue, RuleSet, Scalar};

use crate::adjustments::{Adjustment, AdjustmentKind};
use crate::config::{Config, ConfigError, ConfigFault};
use crate::error::FilePlace;
use crate::facts::sha256;
use crate::policy::{Breach, Policy};
use crate::suggest::did_you_mean;
use crate::walk::relative;

/// A value as it is written, and where; none for the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenValue {
    pub name: String,
    pub value: String,
    pub place: Option<FilePlace>,
}

/// What came of them.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    pub faults: Vec<ConfigError>,
    /// What the configuration of the tree says.
    pub adjustments: Vec<Adjustment>,
    /// Where it asks for less than the policy, which holds then.
    pub breaches: Vec<Breach>,
}

/// Lets rules judge by the values that somebody set for all of them.
pub(crate) fn apply(
    rules: &mut RuleSet,
    given: &[String],
    config: &Config,
    policy: Option<&Policy>,
    root: &Path,
) -> Applied {
    let mut applied = Applied::default();
    let written: Vec<WrittenValue> = match given.iter().map(|one| of_argument(one)).collect() {
        Ok(written) => written,
        Err(fault) => {
            applied.faults.push(fault);
            Vec::new()
        }
    };
    let nothing = Vec::new();
    let of_policy = policy.map_or(&nothing, |policy| &policy.parameters);
    if written.is_empty() && of_policy.is_empty() && config.parameters.is_empty() {
        return applied;
    }
    let known = known(rules);
    let mut read = |all: &[WrittenValue]| -> BTreeMap<String, (Scalar, Option<u32>)> {
        let mut out = BTreeMap::new();
        for one in all {
            match value(one, &known) {
                Ok(value) => {
                    let line = one.place.as_ref().and_then(|place| place.line);
                    out.insert(one.name.clone(), (value, line));
                }
                Err(fault) => applied.faults.push(fault),
            }
        }
        out
    };
    let (asked, held_to, configured) = (read(&written), read(of_policy), read(&config.parameters));
    let file = config.path.as_deref().and_then(|path| relative(root, path));
    let shown = file.clone().or_else(|| config.path.as_ref().map(|path| path.display().to_string()));
    let file_name: Arc<str> = Arc::from(shown.unwrap_or_default());
    let names: BTreeSet<&String> = asked.keys().chain(held_to.keys()).chain(configured.keys()).collect();
    for name in names {
        let Some(parameter) = known.get(name) else { continue };
        let of_config = configured.get(name).map(|(value, line)| {
            let line = line.unwrap_or_default();
            (value.clone(), SetBy::Configuration { file: Arc::clone(&file_name), line })
        });
        let of_user = asked.get(name).map(|(value, _)| (value.clone(), SetBy::CommandLine));
        let least = held_to.get(name).zip(policy).map(|((value, _), policy)| {
            (value.clone(), SetBy::Policy { file: Arc::from(policy.path.display().to_string()) })
        });
        if let (Some(file), Some((value, line))) = (&file, configured.get(name)) {
            let weaker = least.as_ref().filter(|(least, _)| !parameter.is_as_strict(value, least));
            if let Some((least, _)) = weaker {
                let what = format!(
                    "`{name}` is set to {}, and the policy asks for {}, which holds",
                    parameter.shown(value),
                    parameter.shown(least)
                );
                applied.breaches.push(Breach { what, file: file.clone(), line: *line });
            }
            let what = format!(
                "`{name}` is {} for every rule{}",
                parameter.shown(value),
                against_defaults(rules, parameter, value)
            );
            applied.adjustments.push(Adjustment {
                kind: AdjustmentKind::Setting,
                what,
                file: file.clone(),
                line: *line,
                sha256: sha256(config.text.as_bytes()),
            });
        }
        let wish = of_user.or(of_config);
        let held = match (wish, least) {
            (Some(wish), Some(least)) => parameter.stricter(wish, least, |(value, _)| value),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => continue,
        };
        set(rules, name, &held, &mut applied.faults);
    }
    applied
}

fn set(rules: &mut RuleSet, name: &str, held: &(Scalar, SetBy), faults: &mut Vec<ConfigError>) {
    let with_it = rules.rules().filter(|rule| rule.values.iter().any(|value| value.name() == name));
    let with_it: Vec<(String, Arc<[ParameterValue]>)> =
        with_it.map(|rule| (rule.info.id.clone(), Arc::clone(&rule.values))).collect();
    for (rule, values) in with_it {
        let (value, set_by) = held;
        let values: Vec<ParameterValue> = values
            .iter()
            .map(|old| match old.name() == name {
                true => ParameterValue { value: value.clone(), set_by: set_by.clone(), ..old.clone() },
                false => old.clone(),
            })
            .collect();
        if let Err(error) = rules.set_values(&rule, &values) {
            faults.push(ConfigFault::Malformed(format!("`{rule}` cannot ask for {name}: {error}")).into());
        }
    }
}

/// How a value stands to what rules ask for by themselves.
fn against_defaults(rules: &RuleSet, parameter: &Parameter, value: &Scalar) -> String {
    let held = rules.rules().flat_map(|rule| rule.values.iter());
    let mut defaults = held.filter(|held| held.name() == parameter.name).map(|held| &held.parameter.default);
    match defaults.find(|default| !parameter.is_as_strict(value, default)) {
        Some(default) => {
            format!(", which is less than {} that a rule asks for by itself", parameter.shown(default))
        }
        None => String::new(),
    }
}

/// The shared parameters and those of pages alone, by name.
fn known(rules: &RuleSet) -> BTreeMap<String, Parameter> {
    let shared = parameter::shared().values();
    let own = rules.rules().flat_map(|rule| rule.values.iter()).map(|value| &value.parameter.parameter);
    own.chain(shared).map(|one| (one.name.clone(), one.clone())).collect()
}

fn of_argument(given: &str) -> Result<WrittenValue, ConfigError> {
    let (name, value) = given
        .split_once('=')
        .ok_or_else(|| ConfigError::from(ConfigFault::NoParameterValue { given: given.to_owned() }))?;
    Ok(WrittenValue { name: name.trim().to_owned(), value: value.trim().to_owned(), place: None })
}

fn value(one: &WrittenValue, known: &BTreeMap<String, Parameter>) -> Result<Scalar, ConfigError> {
    let at = |fault| ConfigError { place: one.place.clone(), fault };
    let Some(parameter) = known.get(&one.name) else {
        let help = did_you_mean(&one.name, known.keys().map(String::as_str));
        return Err(at(ConfigFault::Parameter { name: one.name.clone(), help }));
    };
    parameter.read(&one.value).ok_or_else(|| {
        at(ConfigFault::ParameterValue {
            name: one.name.clone(),
            value: one.value.clone(),
            unit: parameter.unit.clone(),
        })
    })
}
