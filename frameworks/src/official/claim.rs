//! Component definitions: who claims to carry out which control, and how. They are kept as they came and spelled as
//! OSCAL spells them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Metadata;
use crate::catalogue::normal;

/// Components and what their makers say of controls.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Definition {
    pub uuid: String,
    pub metadata: Metadata,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub components: Vec<Component>,
    /// Capabilities, other definitions, back matter: kept as they came.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Something that is said to carry out controls: a product, a service, a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Component {
    pub uuid: String,
    #[serde(rename = "type")]
    pub sort: String,
    pub title: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub control_implementations: Vec<Implementation>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What one component says of the controls of one catalogue or profile.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Implementation {
    pub uuid: String,
    pub source: String,
    pub description: String,
    pub implemented_requirements: Vec<Requirement>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is said of one control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requirement {
    pub uuid: String,
    pub control_id: String,
    pub description: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statements: Vec<Statement>,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// What is said of one statement of a control.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Statement {
    pub statement_id: String,
    pub uuid: String,
    pub description: String,
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One component's word on one control.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim<'a> {
    /// The component's title, or the capability's name.
    pub by: &'a str,
    /// The title of the definition it stands in.
    pub within: &'a str,
    pub text: &'a str,
    /// Statement id and what is said of it.
    pub statements: Vec<(&'a str, &'a str)>,
}

impl Definition {
    /// The value a component gives to a parameter of a control, by the normal spelling of the control's id.
    pub(super) fn value(&self, by: &str, control: &str, param: &str) -> Option<String> {
        let components = self.components.iter().filter(|component| component.title == by);
        let all = || components.clone().flat_map(|component| &component.control_implementations);
        let of_controls = all()
            .flat_map(|one| &one.implemented_requirements)
            .filter(|requirement| normal(&requirement.control_id) == control)
            .map(|requirement| &requirement.rest);
        // What is said for one control goes before what is said for all of them.
        of_controls.chain(all().map(|one| &one.rest)).find_map(|rest| set(rest, param))
    }

    /// Every claim of a component or a capability, with the id of the control as the definition writes it.
    pub fn claims(&self) -> impl Iterator<Item = (&str, Claim<'_>)> {
        self.of_components().chain(self.of_capabilities())
    }

    fn of_components(&self) -> impl Iterator<Item = (&str, Claim<'_>)> {
        self.components.iter().flat_map(move |component| {
            let requirements =
                component.control_implementations.iter().flat_map(|one| &one.implemented_requirements);
            requirements.map(move |requirement| {
                let statements = requirement.statements.iter();
                let claim = Claim {
                    by: &component.title,
                    within: &self.metadata.title,
                    text: &requirement.description,
                    statements: statements.map(|one| (&*one.statement_id, &*one.description)).collect(),
                };
                (&*requirement.control_id, claim)
            })
        })
    }

    /// Capabilities are kept as they came; what they say of controls is said as components say it.
    fn of_capabilities(&self) -> impl Iterator<Item = (&str, Claim<'_>)> {
        list(self.rest.get("capabilities")).flat_map(move |capability| {
            let requirements = list(capability.get("control-implementations"))
                .flat_map(|one| list(one.get("implemented-requirements")));
            requirements.map(move |requirement| {
                let statements = list(requirement.get("statements"));
                let claim = Claim {
                    by: text(capability, "name"),
                    within: &self.metadata.title,
                    text: text(requirement, "description"),
                    statements: statements
                        .map(|one| (text(one, "statement-id"), text(one, "description")))
                        .collect(),
                };
                (text(requirement, "control-id"), claim)
            })
        })
    }
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The values a `set-parameters` gives to one of them.
fn set(rest: &Map<String, Value>, param: &str) -> Option<String> {
    let mut given = rest.get("set-parameters")?.as_array()?.iter();
    let one = given.find(|one| one.get("param-id").and_then(Value::as_str) == Some(param))?;
    let values: Vec<&str> = one.get("values")?.as_array()?.iter().filter_map(Value::as_str).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_capabilities_claim_is_heard_beside_components() {
        let definition: Definition = serde_json::from_value(serde_json::json!({
            "uuid": "u", "metadata": { "title": "Harbour", "last-modified": "2026-01-02T03:04:05Z", "version": "1", "oscal-version": "1.1.2" },
            "components": [{ "uuid": "c", "type": "software", "title": "Crane", "description": "d",
                "control-implementations": [{ "uuid": "i", "source": "s", "description": "d",
                    "implemented-requirements": [{ "uuid": "r", "control-id": "ac-2", "description": "It lifts." }] }] }],
            "capabilities": [{ "uuid": "k", "name": "Lifting", "description": "d",
                "control-implementations": [{ "uuid": "i", "source": "s", "description": "d",
                    "implemented-requirements": [{ "uuid": "r", "control-id": "ac-3", "description": "Together.",
                        "statements": [{ "statement-id": "ac-3_smt.a", "uuid": "t", "description": "Both." }] }] }] },
                { "uuid": "l", "name": "Idle", "description": "d" }],
        })).expect("a definition");
        let claims: Vec<(&str, Claim<'_>)> = definition.claims().collect();
        assert_eq!(claims.len(), 2);
        assert_eq!((claims[0].0, claims[0].1.by), ("ac-2", "Crane"));
        assert_eq!((claims[1].0, claims[1].1.by, claims[1].1.within), ("ac-3", "Lifting", "Harbour"));
        assert_eq!(claims[1].1.statements, [("ac-3_smt.a", "Both.")]);
    }
}
