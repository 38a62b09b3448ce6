//! OSCAL as it is written: the models that hold controls, releases 1.0 to 1.2. Serde knows these shapes and nobody
//! else does; fields that are not here are told of when a file is read.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::official::claim::Definition;
use crate::official::leaf::{Constraint, Guideline, Link, Param, Part, Prop, Select};
use crate::official::{BackMatter, Metadata};

/// What a file holds at its top; exactly one of them is there.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Root {
    pub catalog: Option<Catalog>,
    pub profile: Option<Profile>,
    pub component_definition: Option<Definition>,
    /// Read so that it is not told of as unknown.
    #[serde(rename = "$schema")]
    _schema: Option<String>,
}

/// Enough of a file to know what it is.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Peek {
    pub catalog: Option<PeekModel>,
    pub profile: Option<PeekModel>,
    pub component_definition: Option<PeekModel>,
    pub mapping_collection: Option<PeekModel>,
    pub system_security_plan: Option<PeekModel>,
    pub assessment_plan: Option<PeekModel>,
    pub assessment_results: Option<PeekModel>,
    pub plan_of_action_and_milestones: Option<PeekModel>,
}

#[derive(Debug, Default, Deserialize)]
pub struct PeekModel {
    pub metadata: Option<PeekMetadata>,
    #[serde(default)]
    pub controls: Vec<PeekNested>,
    #[serde(default)]
    pub groups: Vec<PeekNested>,
}

impl PeekModel {
    /// How many controls it has.
    pub fn count(&self) -> usize {
        self.controls.len() + self.controls.iter().chain(&self.groups).map(PeekNested::count).sum::<usize>()
    }
}

/// Controls, to be counted before anything of them is kept.
#[derive(Debug, Default, Deserialize)]
pub struct PeekNested {
    #[serde(default)]
    pub controls: Vec<PeekNested>,
    #[serde(default)]
    pub groups: Vec<PeekNested>,
}

impl PeekNested {
    fn count(&self) -> usize {
        self.controls.len() + self.controls.iter().chain(&self.groups).map(PeekNested::count).sum::<usize>()
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PeekMetadata {
    pub oscal_version: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Catalog {
    pub uuid: String,
    pub metadata: Metadata,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_matter: Option<BackMatter>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Control {
    pub id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    pub title: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub controls: Vec<Control>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    pub uuid: String,
    pub metadata: Metadata,
    pub imports: Vec<Import>,
    #[serde(default)]
    pub merge: Option<Merge>,
    #[serde(default)]
    pub modify: Option<Modify>,
    #[serde(default)]
    pub back_matter: Option<BackMatter>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Import {
    pub href: String,
    #[serde(default)]
    pub include_all: Option<Map<String, Value>>,
    #[serde(default)]
    pub include_controls: Vec<Selection>,
    #[serde(default)]
    pub exclude_controls: Vec<Selection>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Selection {
    #[serde(default)]
    pub with_child_controls: Option<String>,
    #[serde(default)]
    pub with_ids: Vec<String>,
    #[serde(default)]
    pub matching: Vec<Matching>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Matching {
    pub pattern: String,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Merge {
    #[serde(default)]
    pub combine: Option<Combine>,
    #[serde(default)]
    pub flat: Option<Map<String, Value>>,
    #[serde(default)]
    pub as_is: Option<bool>,
    #[serde(default)]
    pub custom: Option<Custom>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Combine {
    #[serde(default)]
    pub method: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Custom {
    #[serde(default)]
    pub groups: Vec<CustomGroup>,
    #[serde(default)]
    pub insert_controls: Vec<Insert>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CustomGroup {
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub class: Option<String>,
    pub title: String,
    #[serde(default)]
    pub params: Vec<Param>,
    #[serde(default)]
    pub props: Vec<Prop>,
    #[serde(default)]
    pub links: Vec<Link>,
    #[serde(default)]
    pub parts: Vec<Part>,
    #[serde(default)]
    pub groups: Vec<CustomGroup>,
    #[serde(default)]
    pub insert_controls: Vec<Insert>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Insert {
    #[serde(default)]
    pub order: Option<String>,
    #[serde(default)]
    pub include_all: Option<Map<String, Value>>,
    #[serde(default)]
    pub include_controls: Vec<Selection>,
    #[serde(default)]
    pub exclude_controls: Vec<Selection>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Modify {
    #[serde(default)]
    pub set_parameters: Vec<SetParameter>,
    #[serde(default)]
    pub alters: Vec<Alter>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct SetParameter {
    pub param_id: String,
    #[serde(default)]
    pub class: Option<String>,
    #[serde(default)]
    pub depends_on: Option<String>,
    #[serde(default)]
    pub props: Vec<Prop>,
    #[serde(default)]
    pub links: Vec<Link>,
    #[serde(default)]
    pub label: Option<String>,
    #[serde(default)]
    pub usage: Option<String>,
    #[serde(default)]
    pub constraints: Vec<Constraint>,
    #[serde(default)]
    pub guidelines: Vec<Guideline>,
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default)]
    pub select: Option<Select>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Alter {
    pub control_id: String,
    #[serde(default)]
    pub removes: Vec<Remove>,
    #[serde(default)]
    pub adds: Vec<Add>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Remove {
    #[serde(default)]
    pub by_name: Option<String>,
    #[serde(default)]
    pub by_class: Option<String>,
    #[serde(default)]
    pub by_id: Option<String>,
    #[serde(default)]
    pub by_item_name: Option<String>,
    #[serde(default)]
    pub by_ns: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Add {
    #[serde(default)]
    pub position: Option<String>,
    #[serde(default)]
    pub by_id: Option<String>,
    #[serde(default)]
    pub title: Option<String>,
    #[serde(default)]
    pub params: Vec<Param>,
    #[serde(default)]
    pub props: Vec<Prop>,
    #[serde(default)]
    pub links: Vec<Link>,
    #[serde(default)]
    pub parts: Vec<Part>,
}
