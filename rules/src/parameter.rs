//! What a check asks for where that is a matter of policy: named values, each with a default of its rule, that a control,
//! an organisation or a project may set otherwise.
//!
//! Shared with the build script; knows nothing of `iac`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value as Yaml;

use super::check::Scalar;
use super::error::{ContentError, ContentProblem, KeyPath};

/// What a parameter means wherever it is used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Parameter {
    /// `password_minimum_length`.
    pub name: String,
    /// What it says, as a noun: "least length of a password".
    pub title: String,
    /// `days`, `characters`; `version` for one whose values are versions; empty where there is none.
    pub unit: String,
    pub stricter: Stricter,
}

/// Which of two values asks for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stricter {
    Higher,
    Lower,
}

/// A parameter as one rule has it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleParameter {
    pub parameter: Parameter,
    /// What the rule asks for where nobody says otherwise.
    pub default: Scalar,
    /// How a value stands in the check.
    pub form: Form,
}

/// How a value of a parameter stands in a check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Form {
    /// As it is.
    Plain,
    /// In the place of `{}`: `{}d`.
    Within(String),
    /// So many times: a value in days stands in seconds.
    Times(i64),
    /// By what stands for each value that the rule can tell from others.
    Spelled(IndexMap<String, Spelling>),
}

/// What stands for a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Spelling {
    One(Scalar),
    Many(Vec<Scalar>),
}

/// The value that a rule asks for, and who says so.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ParameterValue {
    pub parameter: Arc<RuleParameter>,
    pub value: Scalar,
    pub set_by: SetBy,
}

/// Who sets a value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum SetBy {
    /// The page of the rule.
    Rule,
    /// A framework, for one of its controls.
    Control {
        framework: Arc<str>,
        control: Arc<str>,
    },
    /// What was imported gives a value to a parameter of the publisher's.
    Import {
        framework: Arc<str>,
        control: Arc<str>,
        parameter: Arc<str>,
    },
    /// The configuration of the project, at its line.
    Configuration {
        file: Arc<str>,
        line: u32,
    },
    /// The policy of the organisation.
    Policy {
        file: Arc<str>,
    },
    CommandLine,
}

impl SetBy {
    /// Whether somebody said so for all rules, and not a rule or a framework for itself.
    pub fn is_override(&self) -> bool {
        matches!(self, SetBy::Configuration { .. } | SetBy::Policy { .. } | SetBy::CommandLine)
    }

    /// As machines are told it: `rule`, `control`, `import`, `configuration`, `policy`, `command-line`.
    pub fn word(&self) -> &'static str {
        match self {
            SetBy::Rule => "rule",
            SetBy::Control { .. } => "control",
            SetBy::Import { .. } => "import",
            SetBy::Configuration { .. } => "configuration",
            SetBy::Policy { .. } => "policy",
            SetBy::CommandLine => "command-line",
        }
    }
}

/// As a reader is told it: `8.3.6 of pci-dss-4.0.1`.
impl fmt::Display for SetBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetBy::Rule => f.write_str("the rule's default"),
            SetBy::Control { framework, control } => write!(f, "set by {control} of {framework}"),
            SetBy::Import { framework, control, parameter } => {
                write!(f, "set by {parameter} of {control} in the import {framework}")
            }
            SetBy::Configuration { file, line } => write!(f, "set in {file}:{line}"),
            SetBy::Policy { file } => write!(f, "set by the policy {file}"),
            SetBy::CommandLine => f.write_str("set on the command line"),
        }
    }
}

impl Parameter {
    /// Whether its values are versions, and numbers otherwise.
    fn has_versions(&self) -> bool {
        self.unit == "version"
    }

    /// A value of it from its text; none where it is no whole number, or no version.
    pub fn read(&self, text: &str) -> Option<Scalar> {
        let text = text.trim();
        match self.has_versions() {
            true => version(text).map(|_| Scalar::Text(text.to_owned())),
            false => text.parse::<u32>().ok().map(|number| Scalar::Int(i64::from(number))),
        }
    }

    /// A value with its unit: `14 characters`, `1 day`, `1.2`.
    pub fn shown(&self, value: &Scalar) -> String {
        match (self.has_versions() || self.unit.is_empty(), value) {
            (true, _) => value.to_string(),
            (false, Scalar::Int(1)) => format!("1 {}", self.unit.trim_end_matches('s')),
            (false, _) => format!("{value} {}", self.unit),
        }
    }

    /// Whether a value asks for at least as much as another.
    pub fn is_as_strict(&self, value: &Scalar, other: &Scalar) -> bool {
        match self.stricter {
            Stricter::Higher => order(value, other) != Ordering::Less,
            Stricter::Lower => order(value, other) != Ordering::Greater,
        }
    }

    /// The one of two values that asks for more; the first where both ask for the same.
    pub fn stricter<T>(&self, one: T, other: T, value: impl Fn(&T) -> &Scalar) -> T {
        if self.is_as_strict(value(&one), value(&other)) { one } else { other }
    }
}

impl ParameterValue {
    /// What the rule asks for by itself.
    pub fn default_of(parameter: &Arc<RuleParameter>) -> Self {
        Self { parameter: Arc::clone(parameter), value: parameter.default.clone(), set_by: SetBy::Rule }
    }

    pub fn name(&self) -> &str {
        &self.parameter.parameter.name
    }

    /// `14 characters`.
    pub fn shown(&self) -> String {
        self.parameter.parameter.shown(&self.value)
    }
}

/// `password_minimum_length is 14 characters, the rule's default`.
impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}, {}", self.name(), self.shown(), self.set_by)
    }
}

/// Whether two assignments ask for the same, whoever says so.
pub fn same(one: &[ParameterValue], other: &[ParameterValue]) -> bool {
    one.len() == other.len()
        && one.iter().zip(other).all(|(one, other)| one.name() == other.name() && one.value == other.value)
}

/// Numbers by size, versions part by part.
fn order(one: &Scalar, other: &Scalar) -> Ordering {
    match (one, other) {
        (Scalar::Int(one), Scalar::Int(other)) => one.cmp(other),
        (one, other) => version(&one.to_string()).cmp(&version(&other.to_string())),
    }
}

fn version(text: &str) -> Option<Vec<u32>> {
    let mut parts = text.split('.').map(|part| part.parse().ok()).collect::<Option<Vec<u32>>>()?;
    while parts.last() == Some(&0) && parts.len() > 1 {
        parts.pop();
    }
    Some(parts)
}

static TABLE: &str = include_str!("../parameters.yaml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    title: String,
    #[serde(default)]
    unit: String,
    stricter: Stricter,
}

impl Row {
    fn named(self, name: &str) -> Parameter {
        Parameter { name: name.to_owned(), title: self.title, unit: self.unit, stricter: self.stricter }
    }
}

/// The parameters that rules share, by name: `rules/parameters.yaml`.
pub fn shared() -> &'static IndexMap<String, Parameter> {
    static READ: OnceLock<IndexMap<String, Parameter>> = OnceLock::new();
    READ.get_or_init(|| {
        // It comes with the program, and a test reads it.
        let rows: IndexMap<String, Row> = super::yaml::read(TABLE).unwrap_or_default();
        rows.into_iter().map(|(name, row)| (name.clone(), row.named(&name))).collect()
    })
}

/// Reads the value of a page's `parameters` key.
///
/// # Errors
/// What is wrong and at which key.
pub(crate) fn read(yaml: &IndexMap<String, Yaml>) -> Result<Vec<Arc<RuleParameter>>, ContentError> {
    let at = KeyPath::of("parameters");
    yaml.iter().map(|(name, value)| read_one(name, value, &at.key(name)).map(Arc::new)).collect()
}

fn read_one(name: &str, yaml: &Yaml, at: &KeyPath) -> Result<RuleParameter, ContentError> {
    if !is_name(name) {
        return Err(at.wants("a name is lower-case letters, digits and `_`, and begins with a letter"));
    }
    let (mut default, mut form, mut own) = (None, Form::Plain, serde_json::Map::new());
    match yaml {
        Yaml::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "default" => default = Some(value),
                    "as" => form = read_form(value, &at.key("as"))?,
                    _ => {
                        own.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        bare => default = Some(bare),
    }
    let parameter = match shared().get(name) {
        Some(_) if !own.is_empty() => {
            return Err(at.wants("it is a shared parameter: only `default` and `as` are said here"));
        }
        Some(parameter) => parameter.clone(),
        None => {
            let row: Row = serde_json::from_value(Yaml::Object(own)).map_err(|_| {
                at.wants("say its `title`, its `unit` and which is `stricter`: `higher` or `lower`")
            })?;
            row.named(name)
        }
    };
    let wanted = "a whole number is needed, or for a version a text, in quotes";
    let at = at.key("default");
    let text = match default.ok_or_else(|| at.wants(wanted))? {
        Yaml::String(text) => text.clone(),
        Yaml::Number(number) if number.is_u64() => number.to_string(),
        _ => return Err(at.wants(wanted)),
    };
    let default = parameter.read(&text).ok_or_else(|| at.wants(wanted))?;
    let read = RuleParameter { parameter, default, form };
    match read.stands_for(&read.default) {
        (_, false) => Ok(read),
        (_, true) => Err(at.wants("`as` has nothing for this value")),
    }
}

fn read_form(yaml: &Yaml, at: &KeyPath) -> Result<Form, ContentError> {
    match yaml {
        Yaml::String(text) if text.contains("{}") => Ok(Form::Within(text.clone())),
        Yaml::Object(map) if map.len() == 1 && map.contains_key("times") => {
            let factor =
                map.get("times").and_then(Yaml::as_u64).and_then(|factor| i64::try_from(factor).ok());
            factor.map(Form::Times).ok_or_else(|| at.key("times").wants("a whole number is needed"))
        }
        Yaml::Object(map) if !map.is_empty() => {
            let mut spelled = IndexMap::new();
            for (value, spelling) in map {
                let at = at.key(value);
                let spelling = match spelling {
                    Yaml::Array(_) => Spelling::Many(super::check::scalars(spelling, &at)?),
                    one => Spelling::One(super::check::scalar(one, &at)?),
                };
                spelled.insert(value.clone(), spelling);
            }
            Ok(Form::Spelled(spelled))
        }
        _ => Err(at.wants("a text with `{}`, or a map from values to what stands for them, is needed")),
    }
}

impl RuleParameter {
    /// What stands in the check for a value, and whether that asks for less than the value: the rule cannot tell it from
    /// a weaker one.
    pub(crate) fn stands_for(&self, value: &Scalar) -> (Yaml, bool) {
        match &self.form {
            Form::Plain => (yaml(value), false),
            Form::Times(factor) => match value {
                Scalar::Int(number) => (Yaml::from(number.saturating_mul(*factor)), false),
                other => (yaml(other), false),
            },
            Form::Within(text) => (Yaml::String(text.replace("{}", &value.to_string())), false),
            Form::Spelled(spelled) => {
                let known = spelled.iter().filter_map(|(text, one)| Some((self.parameter.read(text)?, one)));
                let mut known: Vec<(Scalar, &Spelling)> = known.collect();
                // The weakest first: the first that asks for as much is the one.
                known.sort_by(|(one, _), (other, _)| match self.parameter.stricter {
                    Stricter::Higher => order(one, other),
                    Stricter::Lower => order(other, one),
                });
                let found = known.iter().find(|(known, _)| self.parameter.is_as_strict(known, value));
                let spelling = found.or(known.last()).map(|(_, spelling)| *spelling);
                let stands = match spelling {
                    Some(Spelling::One(one)) => yaml(one),
                    Some(Spelling::Many(many)) => Yaml::Array(many.iter().map(yaml).collect()),
                    None => Yaml::Null,
                };
                (stands, found.is_none())
            }
        }
    }
}

fn yaml(scalar: &Scalar) -> Yaml {
    match scalar {
        Scalar::Bool(value) => Yaml::from(*value),
        Scalar::Int(value) => Yaml::from(*value),
        Scalar::Float(value) => Yaml::from(*value),
        Scalar::Text(value) => Yaml::from(value.as_str()),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The parameter that a text of a check names: `$name`.
fn reference(text: &str) -> Option<&str> {
    text.strip_prefix('$').filter(|name| is_name(name))
}

/// A part of a page with its parameters filled in.
pub(crate) struct Filler<'v> {
    pub values: &'v [ParameterValue],
    /// Names that were filled in.
    pub used: Vec<&'v str>,
}

impl<'v> Filler<'v> {
    fn find(&mut self, name: &str, at: &KeyPath) -> Result<&'v ParameterValue, ContentError> {
        let found = self.values.iter().find(|value| value.name() == name);
        let found =
            found.ok_or_else(|| at.error(ContentProblem::UnknownParameter { name: name.to_owned() }))?;
        self.used.push(found.name());
        Ok(found)
    }

    /// YAML with each `$name` replaced.
    ///
    /// # Errors
    /// A name that the page does not declare, or a place in which none may stand.
    pub fn fill(&mut self, yaml: &Yaml, at: &KeyPath) -> Result<Yaml, ContentError> {
        Ok(match yaml {
            Yaml::String(text) => match reference(text) {
                Some(name) => self.find(name, at)?.stands(),
                None => yaml.clone(),
            },
            Yaml::Array(list) => {
                let items = list.iter().enumerate();
                Yaml::Array(
                    items.map(|(index, one)| self.fill(one, &at.item(index))).collect::<Result<_, _>>()?,
                )
            }
            Yaml::Object(map) => {
                let mut out = serde_json::Map::new();
                for (key, value) in map {
                    let here = at.key(key);
                    let before = self.used.len();
                    let filled = self.fill(value, &here)?;
                    if key == "when" && self.used.len() > before {
                        return Err(here.wants("a parameter cannot decide whether a rule applies"));
                    }
                    self.check_direction(key, value, &here)?;
                    out.insert(key.clone(), filled);
                }
                // What is right of a value that is not set is said of the page's own default.
                if map.get("absent").and_then(Yaml::as_str) == Some("pass") && self.asks_more(map) {
                    out.insert("absent".to_owned(), Yaml::from("unknown"));
                }
                Yaml::Object(out)
            }
            other => other.clone(),
        })
    }

    /// Whether an operator here names a parameter whose value asks for more than the page's default.
    fn asks_more(&self, test: &serde_json::Map<String, Yaml>) -> bool {
        test.values().filter_map(|value| reference(value.as_str()?)).any(|name| {
            let found = self.values.iter().find(|value| value.name() == name);
            found.is_some_and(|found| {
                let RuleParameter { parameter, default, .. } = &*found.parameter;
                !parameter.is_as_strict(default, &found.value)
            })
        })
    }

    fn check_direction(&self, key: &str, value: &Yaml, at: &KeyPath) -> Result<(), ContentError> {
        let wanted = match key {
            "at_least" => Stricter::Higher,
            "at_most" => Stricter::Lower,
            _ => return Ok(()),
        };
        let named = value.as_str().and_then(reference);
        let found = named.and_then(|name| self.values.iter().find(|value| value.name() == name));
        match found {
            Some(found) if found.parameter.parameter.stricter != wanted => {
                Err(at.wants("the operator asks for less where the parameter's value is stricter"))
            }
            _ => Ok(()),
        }
    }

    /// A text with each `$name` of a parameter replaced by the value and its unit. Any other is text.
    pub fn words(&mut self, text: &str, at: &KeyPath) -> Result<String, ContentError> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            let end = after.find(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '_');
            let (name, tail) = after.split_at(end.unwrap_or(after.len()));
            out.push_str(before);
            match self.values.iter().any(|value| value.name() == name) {
                true => out.push_str(&self.find(name, at)?.shown()),
                false => {
                    out.push('$');
                    out.push_str(name);
                }
            }
            rest = tail;
        }
        out.push_str(rest);
        Ok(out)
    }
}

impl ParameterValue {
    fn stands(&self) -> Yaml {
        self.parameter.stands_for(&self.value).0
    }

    /// Whether the rule cannot tell this value from a weaker one.
    pub(crate) fn is_beyond(&self) -> bool {
        self.parameter.stands_for(&self.value).1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shared_table_is_read() {
        let rows: IndexMap<String, Row> = crate::yaml::read(TABLE).expect("is YAML");
        assert!(rows.len() > 10);
        for (name, row) in rows {
            assert!(is_name(&name) && !row.title.is_empty(), "{name}");
        }
    }

    #[test]
    fn values_are_read_shown_and_ordered_by_their_unit() {
        let length = &shared()["password_minimum_length"];
        let (twelve, fourteen) = (length.read("12").unwrap(), length.read("14").unwrap());
        assert_eq!(length.shown(&twelve), "12 characters");
        assert!(length.is_as_strict(&fourteen, &twelve) && !length.is_as_strict(&twelve, &fourteen));
        assert_eq!(length.read("twelve"), None);
        assert_eq!(length.read("-1"), None);
        let age = &shared()["password_maximum_age_days"];
        let (day, year) = (age.read("1").unwrap(), age.read("365").unwrap());
        assert_eq!(age.shown(&day), "1 day");
        assert!(age.is_as_strict(&day, &year) && !age.is_as_strict(&year, &day));
        let tls = &shared()["tls_minimum_version"];
        let (old, new) = (tls.read("1.2").unwrap(), tls.read("1.10").unwrap());
        assert!(tls.is_as_strict(&new, &old) && !tls.is_as_strict(&old, &new));
        assert_eq!(tls.read("new"), None);
    }
}
