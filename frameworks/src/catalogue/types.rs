//! What the files hold. Shared with the build script, which reads and checks the built-in ones, and with that of
//! `index`, which embeds their texts.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A small statement a configuration can show; the hub between rules and controls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    pub id: String,
    pub title: String,
    pub evidence: String,
    #[serde(default)]
    pub families: Vec<String>,
}

/// A framework of controls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Framework {
    /// `nist-800-53-r5`.
    pub id: String,
    pub title: String,
    /// The prefix in a terminal line: "NIST".
    pub short: String,
    pub version: String,
    pub publisher: String,
    pub published: String,
    pub licence: String,
    pub source: String,
    pub groups: Vec<Group>,
}

/// A family, requirement or section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    pub id: String,
    pub title: String,
    pub controls: Vec<Control>,
}

/// One control, enhancement, requirement, standard or specification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Control {
    /// As the publisher prints it: `SC-8(1)`, `8.3.6`, `164.312(a)(2)(iv)`.
    pub id: String,
    pub title: String,
    /// In our own words; empty for withdrawn controls.
    #[serde(default)]
    pub summary: String,
    #[serde(default)]
    pub shown: Shown,
    #[serde(default)]
    pub baselines: Vec<String>,
    /// HIPAA: `standard`, `required`, `addressable`.
    #[serde(default)]
    pub status: Option<String>,
    /// May name a section that is no control itself.
    #[serde(default)]
    pub parent: Option<String>,
    /// Withdrawn into these; a withdrawn control is never assessed or counted.
    #[serde(default)]
    pub withdrawn: Option<Vec<String>>,
    #[serde(default)]
    pub aliases: Vec<String>,
    #[serde(default)]
    pub wants: Wanted,
    #[serde(default)]
    pub pins: Vec<String>,
    #[serde(default)]
    pub excludes: Vec<String>,
    /// What it asks of the rules that bear on it, by the name of a parameter.
    #[serde(default)]
    pub parameters: BTreeMap<String, ControlParameter>,
}

/// What a control asks of a parameter of rules.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlParameter {
    /// None where the publisher leaves it to others.
    #[serde(default)]
    pub value: Option<Amount>,
    /// Where a baseline asks for another value.
    #[serde(default)]
    pub baselines: BTreeMap<String, Amount>,
    /// The publisher's own parameters that mean the same, by their OSCAL ids: what an import sets one of them to holds.
    #[serde(default)]
    pub from: Vec<String>,
    /// The one of them that an import gave the value to.
    #[serde(default)]
    pub imported: Option<String>,
}

/// A value as it is written: `12`, `1.2`. People write a number or a text, and the built-in table holds texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Amount(pub String);

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.parse::<u64>() {
            Ok(number) if serializer.is_human_readable() => serializer.serialize_u64(number),
            _ => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, or a version in quotes")
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Amount, E> {
                Ok(Amount(number.to_string()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Amount, E> {
                Ok(Amount(number.to_string()))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                Ok(Amount(text.to_owned()))
            }
        }
        match deserializer.is_human_readable() {
            true => deserializer.deserialize_any(Written),
            false => String::deserialize(deserializer).map(Amount),
        }
    }
}

/// The objectives a control wants.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// All of those that apply to what is in scope together show the control.
    #[serde(default)]
    pub fully: Vec<String>,
    /// Each shows a part.
    #[serde(default)]
    pub partly: Vec<String>,
}

/// How far an edge carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strength {
    Partly,
    Fully,
}

/// How a control can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shown {
    AutoIac,
    AutoRuntime,
    AutoLog,
    Partial,
    #[default]
    ManualEvidence,
    Inherited,
    Organisational,
}

impl Shown {
    /// Whether a program can show it at all: the headline figures divide by these.
    pub fn is_automatable(self) -> bool {
        matches!(self, Shown::AutoIac | Shown::AutoRuntime | Shown::AutoLog | Shown::Partial)
    }

    /// As the files spell it: `auto-iac`.
    pub fn word(self) -> &'static str {
        match self {
            Shown::AutoIac => "auto-iac",
            Shown::AutoRuntime => "auto-runtime",
            Shown::AutoLog => "auto-log",
            Shown::Partial => "partial",
            Shown::ManualEvidence => "manual-evidence",
            Shown::Inherited => "inherited",
            Shown::Organisational => "organisational",
        }
    }
}

impl Framework {
    /// All controls that are not withdrawn, in the publisher's order.
    pub fn controls(&self) -> impl Iterator<Item = &Control> {
        self.groups.iter().flat_map(|group| &group.controls).filter(|control| control.withdrawn.is_none())
    }

    /// The baselines its controls are members of, with the number of controls in each, the smallest first.
    pub fn baselines(&self) -> Vec<(&str, usize)> {
        let mut counts: Vec<(&str, usize)> = Vec::new();
        for name in self.controls().flat_map(|control| &control.baselines) {
            match counts.iter_mut().find(|(other, _)| other == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name, 1)),
            }
        }
        counts.sort_by_key(|(name, count)| (*count, *name));
        counts
    }

    /// The framework with the controls of one baseline alone; none when no control is a member of it.
    pub fn at_baseline(&self, baseline: &str) -> Option<Self> {
        let inside = |control: &&Control| control.baselines.iter().any(|one| one == baseline);
        let at = |control: &Control| {
            let mut control = control.clone();
            for parameter in control.parameters.values_mut() {
                if let Some(value) = parameter.baselines.remove(baseline) {
                    parameter.value = Some(value);
                }
            }
            control
        };
        let groups = self.groups.iter().map(|group| Group {
            controls: group.controls.iter().filter(inside).map(at).collect(),
            ..group.clone()
        });
        let groups: Vec<Group> = groups.filter(|group| !group.controls.is_empty()).collect();
        let title = format!("{}, {baseline} baseline", self.title);
        (!groups.is_empty()).then(|| Self { title, groups, ..self.clone() })
    }

    /// A control by its id or an alias, in any of the usual spellings: `SC-8(1)`, `sc-8.1`, `8.3.6`.
    pub fn find(&self, id: &str) -> Option<&Control> {
        let wanted = normal(id);
        let all = || self.groups.iter().flat_map(|group| &group.controls);
        all()
            .find(|control| normal(&control.id) == wanted)
            .or_else(|| all().find(|control| control.aliases.iter().any(|alias| normal(alias) == wanted)))
    }
}

/// The frameworks a finding speaks of where nobody has chosen any; all others are shown when they are named.
pub const USUAL: [&str; 3] = ["nist-800-53-r5", "pci-dss-4.0.1", "hipaa-security-rule"];

/// Puts frameworks in their order: the usual ones first, the others by id.
pub fn sort_frameworks(frameworks: &mut [Framework]) {
    let rank = |framework: &Framework| USUAL.iter().position(|id| *id == framework.id).unwrap_or(USUAL.len());
    frameworks.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.id.cmp(&b.id)));
}

/// `SC-8(1)`, `sc-8.1` and `SC-08(01)` are one spelling.
pub fn normal(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    let mut chars = id.chars().peekable();
    let mut leading = true;
    while let Some(c) = chars.next() {
        match c {
            '(' | ')' | '.' | ' ' | '-' | '§' => {
                if !out.ends_with('.') && !out.is_empty() {
                    out.push('.');
                }
                leading = true;
            }
            '0' if leading && chars.peek().is_some_and(char::is_ascii_digit) => {}
            c => {
                leading = false;
                out.push(c.to_ascii_lowercase());
            }
        }
    }
    out.truncate(out.trim_end_matches('.').len());
    out
}
