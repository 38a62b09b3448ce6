//! A number in the text of a control is either what a parameter of rules is set to, or stands here with the reason why no
//! rule measures it.

use std::collections::{BTreeMap, BTreeSet};

use compline_frameworks::Library;
use compline_rules::{RuleSet, parameter};

/// Framework and control → why none of its numbers is a parameter. Controls that only people or the provider can show need
/// no row: no rule bears on them.
const NOT_MEASURED: &[(&str, &str, &str)] = &[
    ("cis-controls-8.1", "7.5", "how often something is scanned is not in its configuration"),
    ("cis-controls-8.1", "7.6", "how often something is scanned is not in its configuration"),
    ("cis-controls-8.1", "7.7", "how soon a weakness is remedied is not in a configuration"),
    (
        "cis-controls-8.1",
        "8.4",
        "the rules ask for the provider's time source, and not for how many there are",
    ),
    ("cis-controls-8.1", "8.11", "how often logs are looked at is not in a configuration"),
    ("cis-controls-8.1", "16.4", "how often components are reviewed is not in a configuration"),
    ("pci-dss-4.0.1", "6.3.3", "how soon a fix goes in is not in a configuration"),
    ("pci-dss-4.0.1", "8.2.6", "when an account was last used is not in a configuration"),
    ("pci-dss-4.0.1", "8.2.8", "the rules ask that sessions end, and none reads after how many idle minutes"),
    (
        "pci-dss-4.0.1",
        "8.3.4",
        "the rules ask that failed sign-ins are slowed, and none reads after how many",
    ),
    ("pci-dss-4.0.1", "11.3.1", "how often something is scanned is not in its configuration"),
    ("pci-dss-4.0.1", "11.5.2", "how often files are compared is not in a configuration that rules read"),
    ("pci-dss-4.0.1", "A3.2.5", "how often data is searched is not in a configuration that rules read"),
];

/// Words of number and time, beside figures.
const WORDS: &[&str] = &[
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "fourteen",
    "fifteen",
    "thirty",
    "sixty",
    "ninety",
    "hundred",
    "half",
    "quarter",
    "quarterly",
    "daily",
    "weekly",
    "monthly",
    "yearly",
    "annual",
    "annually",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "year",
    "years",
    "hour",
    "hours",
    "minute",
    "minutes",
    "second",
    "seconds",
    "characters",
    "bits",
];

/// What is no amount: nothing can be measured of `a second place` or a `change of characters`.
const NO_AMOUNT: &[&str] = &["second place", "second storage", "second processing", "change of characters"];

fn has_amount(text: &str) -> bool {
    let mut text = text.to_lowercase();
    for phrase in NO_AMOUNT {
        text = text.replace(phrase, "");
    }
    let words = text.split(|c: char| !c.is_alphanumeric());
    words
        .into_iter()
        .any(|word| word.bytes().any(|b| b.is_ascii_digit()) && word.len() < 5 || WORDS.contains(&word))
}

#[test]
fn every_number_of_a_control_is_measured_or_said_not_to_be() {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let mut reasons: BTreeMap<(&str, &str), &str> =
        NOT_MEASURED.iter().map(|(framework, control, why)| ((*framework, *control), *why)).collect();
    let mut missing = Vec::new();
    let mut found = 0;
    for framework in library.frameworks() {
        for control in framework.controls().filter(|control| control.shown.is_automatable()) {
            if !has_amount(&format!("{} {}", control.title, control.summary)) {
                continue;
            }
            found += 1;
            let reason = reasons.remove(&(&*framework.id, &*control.id));
            match (control.parameters.is_empty(), reason) {
                (false, None) | (true, Some(_)) => {}
                (false, Some(_)) => missing.push(format!("{} {}: both", framework.id, control.id)),
                (true, None) => missing.push(format!("{} {}: {}", framework.id, control.id, control.summary)),
            }
        }
    }
    assert!(missing.is_empty(), "no parameter and no reason:\n{}", missing.join("\n"));
    assert!(reasons.is_empty(), "a reason for a control without a number: {reasons:?}");
    assert!(found > NOT_MEASURED.len());
}

#[test]
fn a_parameter_of_a_control_is_one_of_rules_that_bear_on_it() {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let mut set = 0;
    for framework in library.frameworks() {
        for control in framework.controls() {
            for (name, asked) in &control.parameters {
                set += 1;
                let at = format!("{} {}: {name}", framework.id, control.id);
                let known = parameter::shared().get(name).unwrap_or_else(|| panic!("{at} is no parameter"));
                for value in asked.value.iter().chain(asked.baselines.values()) {
                    assert!(known.read(&value.0).is_some(), "{at} is {value:?}");
                }
                let with_it = rules.rules().filter(|rule| rule.values.iter().any(|one| one.name() == name));
                let bears_on = |rule: &str| {
                    let mut edges = library.controls_of(rule).iter();
                    edges.any(|edge| *edge.framework == *framework.id && *edge.id == *control.id)
                };
                let bearing = with_it.filter(|rule| bears_on(&rule.info.id)).count();
                assert!(bearing > 0, "{at}: no rule with it bears on the control");
            }
        }
    }
    assert!(set >= 8, "{set}");
}

#[test]
fn every_shared_parameter_is_used_and_every_name_means_one_thing() {
    let rules = RuleSet::builtin();
    let values = rules.rules().flat_map(|rule| rule.values.iter());
    let used: BTreeSet<&str> = values.map(|value| value.name()).collect();
    let shared: BTreeSet<&str> = parameter::shared().keys().map(String::as_str).collect();
    assert_eq!(used, shared);
}
