//! The tables beside the pages: relations, old names, provider defaults, shapes of references, choices of fixes.
//!
//! Shared with the build script; knows nothing of `iac`.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::check::Scalar;
use super::error::{ContentError, ContentPlace, ContentProblem, KeyPath};

/// The names of all tables: each is a file beside the pages.
pub const TABLES: [&str; 5] = ["relations", "names", "defaults", "shapes", "choices"];

/// All tables of all providers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tables {
    /// Owner kind → relation name → how companions are found.
    pub relations: IndexMap<String, IndexMap<String, Relation>>,
    /// Old kind → today's kind.
    pub kinds: IndexMap<String, String>,
    /// Kind → today's path → the path it was called before.
    pub paths: IndexMap<String, IndexMap<String, String>>,
    /// Kind → path → defaults by provider version, oldest first.
    pub defaults: IndexMap<String, IndexMap<String, Vec<ProviderDefault>>>,
    /// Kind, with `data.` before that of a data source → attribute → the pattern of its value: `*` for a part without
    /// `:` and `/`, `**` for one without `:`, `***` for any text, `#` for an account's number, `{name}` for an attribute
    /// of the resource, `{filter[name]}` for the one value of a filter, `|` between alternatives.
    pub shapes: IndexMap<String, IndexMap<String, String>>,
    /// Name → a value that a fix leaves to be chosen.
    pub choices: IndexMap<String, ChoiceText>,
}

/// What a fix leaves to be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceText {
    /// What it is, as a phrase: "ARN of the KMS key".
    pub title: String,
    /// A value of the right form, by which the fix is tried.
    pub example: String,
}

/// How the companions of a resource are found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relation {
    /// Kinds of the companion; `any` for every kind, `data.aws_x` for what is only looked up.
    pub kind: Vec<String>,
    pub on: Join,
}

/// What ties a companion to its owner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Join {
    /// Each path of the companion refers to (or equals) one of the owner's attributes. All must; `a | b` is the
    /// first of two names that is there.
    Keys(Vec<(String, Vec<String>)>),
    /// Each path of the owner refers to (or equals) one of the companion's attributes: the companion is what the owner
    /// names.
    Named(Vec<(String, Vec<String>)>),
    /// Relations one after the other, each of the kind that the one before leads to.
    Through(Vec<String>),
    /// Nested below the owner, or named after it.
    Child,
    /// Any reference to the owner.
    Any,
    /// A label selector of the companion selects the owner's labels, in the same namespace.
    Selects(String),
    /// The companion speaks for the whole account.
    Account,
}

/// A provider's default, up to a version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderDefault {
    /// First version in which it no longer holds.
    pub before: Option<String>,
    /// `None`: there is no default.
    pub is: Option<Scalar>,
}

fn scalar(yaml: &serde_json::Value) -> Option<Scalar> {
    match yaml {
        serde_json::Value::Bool(value) => Some(Scalar::Bool(*value)),
        serde_json::Value::Number(number) => {
            number.as_i64().map(Scalar::Int).or_else(|| number.as_f64().map(Scalar::Float))
        }
        serde_json::Value::String(text) => Some(Scalar::Text(text.clone())),
        _ => None,
    }
}

fn texts(yaml: &serde_json::Value) -> Vec<String> {
    match yaml {
        serde_json::Value::Array(list) => list.iter().filter_map(|v| v.as_str().map(str::to_owned)).collect(),
        serde_json::Value::String(text) => text.split('|').map(|one| one.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
}

type Yaml = IndexMap<String, serde_json::Value>;

impl Tables {
    /// Adds one table file, by its name, one of [`TABLES`].
    ///
    /// # Errors
    /// What is wrong and at which key.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), ContentError> {
        let at = KeyPath::of(name);
        let yaml: Yaml = super::yaml::read(text).map_err(|problem| at.error(problem))?;
        for (kind, value) in &yaml {
            let at = at.key(kind);
            match name {
                "relations" => self.add_relations(kind, value, &at)?,
                "names" => self.add_names(kind, value, &at)?,
                "defaults" => self.add_defaults(kind, value, &at)?,
                "shapes" => self.add_shapes(kind, value, &at)?,
                "choices" => {
                    let text = |key: &str| {
                        let text = value.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
                        text.ok_or_else(|| at.wants("a choice has a `title` and an `example`"))
                    };
                    let choice = ChoiceText { title: text("title")?, example: text("example")? };
                    self.choices.insert(kind.clone(), choice);
                }
                other => {
                    let problem = ContentProblem::UnknownTable { name: other.to_owned(), tables: &TABLES };
                    return Err(ContentError { at: ContentPlace::Text, problem });
                }
            }
        }
        Ok(())
    }

    fn add_relations(
        &mut self,
        kinds: &str,
        value: &serde_json::Value,
        at: &KeyPath,
    ) -> Result<(), ContentError> {
        let map = value.as_object().ok_or_else(|| at.wants("a map of relation names is needed"))?;
        for (name, relation) in map {
            let at = at.key(name);
            let kind = relation.get("kind").map(texts).unwrap_or_default();
            if kind.is_empty() {
                return Err(at.wants("`kind` names the companion's kind"));
            }
            let on = if let Some(path) = relation.get("selects").and_then(serde_json::Value::as_str) {
                Join::Selects(path.to_owned())
            } else if relation.get("scope").and_then(serde_json::Value::as_str) == Some("account") {
                Join::Account
            } else if let Some(serde_json::Value::Object(keys)) = relation.get("to") {
                Join::Named(keys.iter().map(|(here, there)| (here.clone(), texts(there))).collect())
            } else if let Some(names) = relation.get("through") {
                Join::Through(texts(names))
            } else {
                match relation.get("on") {
                    Some(serde_json::Value::String(word)) if word == "child" => Join::Child,
                    Some(serde_json::Value::String(word)) if word == "any" => Join::Any,
                    Some(serde_json::Value::Object(keys)) => {
                        Join::Keys(keys.iter().map(|(there, here)| (there.clone(), texts(here))).collect())
                    }
                    _ => {
                        let wanted = "`on` is a map of paths, `child` or `any`; else `to`, `through`, `selects` or `scope` \
                                      says how they are joined";
                        return Err(at.wants(wanted));
                    }
                }
            };
            for owner in kinds.split('|') {
                let relation = Relation { kind: kind.clone(), on: on.clone() };
                self.relations.entry(owner.trim().to_owned()).or_default().insert(name.clone(), relation);
            }
        }
        Ok(())
    }

    fn add_names(&mut self, kind: &str, value: &serde_json::Value, at: &KeyPath) -> Result<(), ContentError> {
        match value {
            serde_json::Value::String(today) => {
                self.kinds.insert(kind.to_owned(), today.clone());
            }
            serde_json::Value::Object(map) => {
                for (path, was) in map {
                    let was = was.get("was").and_then(serde_json::Value::as_str);
                    let was = was.ok_or_else(|| at.key(path).wants("`was` gives the old path"))?;
                    self.paths.entry(kind.to_owned()).or_default().insert(path.clone(), was.to_owned());
                }
            }
            _ => return Err(at.wants("today's kind, or a map of paths, is needed")),
        }
        Ok(())
    }

    fn add_defaults(
        &mut self,
        kinds: &str,
        value: &serde_json::Value,
        at: &KeyPath,
    ) -> Result<(), ContentError> {
        let map = value.as_object().ok_or_else(|| at.wants("a map of paths is needed"))?;
        for (path, defaults) in map {
            let list = match defaults {
                serde_json::Value::Array(list) => list
                    .iter()
                    .map(|one| {
                        let before = one.get("before").and_then(serde_json::Value::as_str).map(str::to_owned);
                        ProviderDefault { before, is: one.get("is").and_then(scalar) }
                    })
                    .collect(),
                one => {
                    let is = scalar(one).or_else(|| one.get("is").and_then(scalar));
                    vec![ProviderDefault { before: None, is }]
                }
            };
            for kind in kinds.split('|') {
                self.defaults.entry(kind.trim().to_owned()).or_default().insert(path.clone(), list.clone());
            }
        }
        Ok(())
    }

    fn add_shapes(
        &mut self,
        kind: &str,
        value: &serde_json::Value,
        at: &KeyPath,
    ) -> Result<(), ContentError> {
        let map = value.as_object().ok_or_else(|| at.wants("a map of attributes is needed"))?;
        let shapes = self.shapes.entry(kind.to_owned()).or_default();
        for (attribute, shape) in map {
            let shape = shape.as_str().ok_or_else(|| at.key(attribute).wants("a pattern is needed"))?;
            shapes.insert(attribute.clone(), shape.to_owned());
        }
        Ok(())
    }
}
