//! The part of SARIF 2.1.0 that is written, in the words of the standard.

use serde::{Serialize, Serializer};

use crate::escape::markdown::Page;
use crate::escape::sarif::SarifText;

use crate::format::json::{AdjustmentBody, FoldBody, PolicyBody};

#[derive(Serialize)]
pub struct Log<'a> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub version: &'static str,
    pub runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Run<'a> {
    pub tool: Tool<'a>,
    pub column_kind: &'static str,
    pub invocations: [Invocation<'a>; 1],
    pub results: Vec<Result<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taxonomies: Vec<Taxonomy<'a>>,
    #[serde(skip_serializing_if = "RunProperties::is_empty")]
    pub properties: RunProperties<'a>,
}

/// What the standard has no word for.
#[derive(Serialize)]
pub struct RunProperties<'a> {
    pub adjustments: Vec<AdjustmentBody<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyBody<'a>>,
}

impl RunProperties<'_> {
    fn is_empty(&self) -> bool {
        self.adjustments.is_empty() && self.policy.is_none()
    }
}

#[derive(Serialize)]
pub struct Tool<'a> {
    pub driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Driver<'a> {
    pub name: &'a str,
    pub rules: Vec<Rule<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub semantic_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub supported_taxonomies: Vec<ComponentReference<'a>>,
}

#[derive(Serialize)]
pub struct ComponentReference<'a> {
    pub name: &'a str,
    pub index: usize,
}

/// A reporting descriptor.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule<'a> {
    pub id: &'a str,
    pub name: String,
    pub short_description: Message,
    pub full_description: Message,
    pub help: Help,
    pub default_configuration: Configuration,
    pub properties: RuleProperties,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relationships: Vec<Relationship<'a>>,
}

#[derive(Serialize)]
pub struct Help {
    pub text: SarifText,
    #[serde(serialize_with = "page")]
    pub markdown: Page,
}

#[derive(Serialize)]
pub struct Configuration {
    pub level: &'static str,
}

#[derive(Serialize)]
pub struct RuleProperties {
    pub tags: Vec<String>,
    pub severity: String,
    #[serde(rename = "security-severity")]
    pub security_severity: &'static str,
    pub precision: &'static str,
}

#[derive(Serialize)]
pub struct Relationship<'a> {
    pub target: TaxonReference<'a>,
    pub kinds: [&'static str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxonReference<'a> {
    pub id: &'a str,
    pub tool_component: ComponentReference<'a>,
}

#[derive(Serialize)]
pub struct Message {
    pub text: SarifText,
}

/// What is written into a file, as it is.
#[derive(Serialize)]
pub struct Content {
    pub text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation<'a> {
    pub execution_successful: bool,
    pub tool_execution_notifications: Vec<Notification<'a>>,
}

#[derive(Serialize)]
pub struct Notification<'a> {
    pub level: &'static str,
    pub message: Message,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locations: Vec<Location<'a>>,
    pub descriptor: DescriptorReference,
}

#[derive(Serialize)]
pub struct DescriptorReference {
    pub id: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Result<'a> {
    pub rule_id: &'a str,
    pub kind: &'static str,
    pub level: &'static str,
    pub message: Message,
    pub locations: [Location<'a>; 1],
    pub partial_fingerprints: Fingerprints<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_index: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub related_locations: Vec<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fixes: Vec<Fix>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taxa: Vec<TaxonReference<'a>>,
    pub properties: ResultProperties<'a>,
    /// Where one result of a run has it, all must.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suppressions: Option<Vec<Suppression<'a>>>,
}

#[derive(Serialize)]
pub struct Fingerprints<'a> {
    #[serde(rename = "compline/1")]
    pub first: &'a str,
}

#[derive(Serialize)]
pub struct ResultProperties<'a> {
    pub address: &'a str,
    pub kind: &'a str,
    pub severity: String,
    pub outcome: &'static str,
    pub path: &'a str,
    pub observed: &'a str,
    pub expected: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assumption: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folded_under: Option<FoldBody<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<FoldBody<'a>>,
    /// The values of the rule's parameters, who set them, and for which controls the result is another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "camelCase")]
pub struct Location<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub logical_locations: Vec<LogicalLocation<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical_location: Option<PhysicalLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogicalLocation<'a> {
    pub fully_qualified_name: &'a str,
    pub kind: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PhysicalLocation {
    pub artifact_location: ArtifactLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactLocation {
    pub uri: String,
    pub uri_base_id: &'static str,
}

/// From 1; the end is one past the last character.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Region {
    pub start_line: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_column: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_line: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_column: Option<u32>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fix {
    pub description: Message,
    pub artifact_changes: Vec<ArtifactChange>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactChange {
    pub artifact_location: ArtifactLocation,
    pub replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Replacement {
    pub deleted_region: Region,
    pub inserted_content: Content,
}

#[derive(Serialize)]
pub struct Suppression<'a> {
    /// No `status`: its default is accepted, and published schemas disagree on the property's name.
    pub kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub justification: Option<SarifText>,
    pub properties: SuppressionProperties<'a>,
}

#[derive(Serialize)]
pub struct SuppressionProperties<'a> {
    pub place: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<&'a str>,
}

/// A tool component that holds taxa: a framework with the controls that are cited.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taxonomy<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub organization: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub information_uri: &'a str,
    pub short_description: Message,
    pub is_comprehensive: bool,
    pub taxa: Vec<Taxon<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Taxon<'a> {
    pub id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub short_description: Option<Message>,
}

fn page<S: Serializer>(page: &Page, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(&page.to_message())
}
