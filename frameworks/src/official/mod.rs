//! What publishers say in their own words, where somebody imported it: the texts of controls, baselines that select
//! and tailor them, claims about them. One file of our own form holds one import.

mod amount;
pub mod claim;
mod item;
pub mod leaf;
mod text;
mod texts;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::catalogue::{
    Amount, CatalogueProblem, Control, ControlParameter, Framework, Group, ProblemPlace, Shown, Wanted,
    normal,
};

use amount::amount;
pub use claim::{Claim, Definition};
use leaf::{Link, Param, Part, Prop};
pub use text::{Line, Passage};
pub use texts::OfficialTexts;

/// The version of the form that is written and read.
pub const VERSION: u32 = 1;
/// Where its JSON schema is published.
pub const SCHEMA: &str = "https://compline.dev/schema/official/1";

/// One import.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Official {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// [`VERSION`].
    pub official: u32,
    /// Of the framework it belongs to or makes.
    pub id: String,
    pub title: String,
    pub short: String,
    pub version: String,
    pub publisher: String,
    pub published: String,
    pub licence: String,
    pub source: String,
    pub role: Role,
    /// The framework whose summaries, objectives and pins its controls take over where it has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    pub origin: Origin,
    /// What of the files that were read is not in here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<OfficialGroup>,
    /// Component definitions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub definitions: Vec<Definition>,
}

/// What an import is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The official text of a framework that is known already.
    Text,
    /// A framework of its own.
    Framework,
    /// A selection of another framework's controls, a framework of its own.
    Baseline,
    /// Nothing but claims about another framework's controls.
    Claims,
}

/// Where an import came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Origin {
    /// `catalog`, `profile` or `component-definition`.
    pub model: String,
    pub uuid: String,
    pub metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_matter: Option<BackMatter>,
    pub files: Vec<OriginFile>,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OriginFile {
    /// Without its folders.
    pub name: String,
    pub sha256: String,
}

/// Who published what, when, in which release of OSCAL.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Metadata {
    pub title: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    pub last_modified: String,
    pub version: String,
    pub oscal_version: String,
    /// People, roles, places, revisions: kept as they came.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// Documents that texts refer to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BackMatter {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Map<String, Value>>,
}

/// A family or section with the publisher's text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficialGroup {
    /// Unlike that of any other group here.
    pub id: String,
    /// As the publisher wrote it; none where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oscal: Option<String>,
    /// Its controls stood outside of any group.
    #[serde(default, skip_serializing_if = "is_false")]
    pub loose: bool,
    /// The group it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
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
    #[serde(default)]
    pub controls: Vec<OfficialControl>,
}

/// A control with the publisher's text. `summary`, `shown`, `wants`, `pins`, `excludes` and `parameters` are for you to add; they
/// are kept when the file is imported again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficialControl {
    /// As the publisher prints it.
    pub id: String,
    /// As the file wrote it: `ac-2.1`.
    pub oscal: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    pub title: String,
    /// The control it stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Withdrawn into these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withdrawn: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<Shown>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wants: Option<Wanted>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excludes: Vec<String>,
    /// What it asks of the rules that bear on it, over what its base says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, ControlParameter>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<Param>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub props: Vec<Prop>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Part>,
}

impl OfficialControl {
    /// Its title; its id where it has none.
    fn named(&self) -> &str {
        if self.title.trim().is_empty() { &self.id } else { &self.title }
    }
}

#[allow(clippy::trivially_copy_pass_by_ref)] // What serde calls it with.
fn is_false(value: &bool) -> bool {
    !value
}

/// Reads a file of our own form, JSON or YAML.
///
/// # Errors
/// What is wrong with it, with its line where the reader knows one.
pub fn read(text: &str) -> Result<Official, CatalogueProblem> {
    let json = text.trim_start().starts_with('{');
    let read: Official = if json {
        serde_json::from_str(text).map_err(|error| json_problem(&error))?
    } else {
        serde_saphyr::from_str_with_options(text, crate::oscal::yaml_options(text.len()))
            .map_err(|error| CatalogueProblem::of_yaml(&error))?
    };
    if read.official != VERSION {
        let message = format!("is of version {} of the form, and {VERSION} is what is read", read.official);
        return Err(CatalogueProblem { at: ProblemPlace::File, message });
    }
    Ok(read)
}

fn json_problem(error: &serde_json::Error) -> CatalogueProblem {
    let place = (error.line() > 0).then(|| (error.line() as u64, error.column() as u64));
    CatalogueProblem::read(error.to_string(), place, |first, line, column| {
        first.strip_suffix(&format!(" at line {line} column {column}"))
    })
}

/// Writes one as JSON, in a form people can edit.
///
/// # Errors
/// What could not be written, which is nothing that can be read.
pub fn write(official: &Official) -> Result<String, String> {
    serde_json::to_string_pretty(official).map(|text| text + "\n").map_err(|error| error.to_string())
}

/// Writes one as YAML.
///
/// # Errors
/// As [`write`].
pub fn write_yaml(official: &Official) -> Result<String, String> {
    serde_saphyr::to_string(official).map_err(|error| error.to_string())
}

impl Official {
    /// All controls with their groups, withdrawn ones too, in the publisher's order.
    pub fn controls(&self) -> impl Iterator<Item = (&OfficialGroup, &OfficialControl)> {
        self.groups.iter().flat_map(|group| group.controls.iter().map(move |control| (group, control)))
    }

    /// A control by its published id or its OSCAL id.
    pub fn find(&self, id: &str) -> Option<&OfficialControl> {
        let wanted = normal(id);
        let all = || self.controls().map(|(_, control)| control);
        all()
            .find(|control| normal(&control.id) == wanted)
            .or_else(|| all().find(|control| normal(&control.oscal) == wanted))
    }

    /// The framework it makes; none where it only adds to another. What `base` knows of a control is taken over
    /// unless the file says otherwise; a control nobody said anything of is for people to show.
    pub fn framework(&self, base: Option<&Framework>) -> Option<Framework> {
        if matches!(self.role, Role::Text | Role::Claims) {
            return None;
        }
        let ids: HashSet<String> = self.controls().map(|(_, control)| normal(&control.id)).collect();
        let groups = self.groups.iter().filter(|group| !group.controls.is_empty()).map(|group| Group {
            id: group.id.clone(),
            title: group.title.clone(),
            controls: group.controls.iter().map(|control| self.control(control, base, &ids)).collect(),
        });
        Some(Framework {
            id: self.id.clone(),
            title: self.title.clone(),
            short: self.short.clone(),
            version: self.version.clone(),
            publisher: self.publisher.clone(),
            published: self.published.clone(),
            licence: self.licence.clone(),
            source: self.source.clone(),
            groups: groups.collect(),
        })
    }

    /// `ids` are those of all its controls, in their normal spelling.
    fn control(&self, control: &OfficialControl, base: Option<&Framework>, ids: &HashSet<String>) -> Control {
        let in_base = base
            .and_then(|base| base.find(&control.id).or_else(|| base.find(&control.oscal)))
            .filter(|found| found.withdrawn.is_none());
        let mut out = in_base.cloned().unwrap_or_else(|| Control {
            id: control.id.clone(),
            title: control.named().to_owned(),
            summary: self.opening(control),
            shown: Shown::ManualEvidence,
            baselines: Vec::new(),
            status: None,
            parent: None,
            withdrawn: None,
            aliases: Vec::new(),
            wants: Wanted::default(),
            pins: Vec::new(),
            excludes: Vec::new(),
            parameters: BTreeMap::new(),
        });
        out.id.clone_from(&control.id);
        out.parent.clone_from(&control.parent);
        // What it was withdrawn into may lie outside of a selection.
        out.withdrawn = control
            .withdrawn
            .as_ref()
            .map(|into| into.iter().filter(|id| ids.contains(&normal(id))).cloned().collect());
        // A name that is another control's id names that one.
        out.aliases.retain(|alias| !ids.contains(&normal(alias)));
        if !ids.contains(&normal(&control.oscal)) && !out.aliases.contains(&control.oscal) {
            out.aliases.push(control.oscal.clone());
        }
        if let Some(summary) = &control.summary {
            out.summary.clone_from(summary);
        }
        if let Some(shown) = control.shown {
            out.shown = shown;
        }
        if let Some(wants) = &control.wants {
            out.wants.clone_from(wants);
            // Somebody who wants an objective means that a program can show it.
            if control.shown.is_none() && !out.shown.is_automatable() {
                out.shown = if wants.fully.is_empty() { Shown::Partial } else { Shown::AutoIac };
            }
        }
        out.pins.extend(control.pins.iter().cloned());
        out.excludes.extend(control.excludes.iter().cloned());
        out.parameters.extend(control.parameters.clone());
        for (name, parameter) in &mut out.parameters {
            self.give(control, name, parameter);
        }
        out
    }

    /// Takes over what the import sets a publisher's parameter to, where that can be understood.
    fn give(&self, control: &OfficialControl, name: &str, parameter: &mut ControlParameter) {
        let Some(known) = compline_rules::parameter::shared().get(name) else { return };
        let groups = self.groups.iter().flat_map(|group| &group.params);
        let all = || control.params.iter().chain(groups.clone()).chain(&self.params);
        let read = |param: &Param| {
            let described = param.constraints.iter().filter_map(|one| one.description.as_ref());
            let mut texts = param.values.iter().chain(described.filter(|_| param.values.is_empty()));
            let amount = amount(texts.next()?, &known.unit).filter(|_| texts.next().is_none())?;
            Some((Amount(amount.to_string()), param.id.clone()))
        };
        let named = |id: &String| all().find(|param| param.id == *id).and_then(read);
        if let Some((value, id)) = parameter.from.iter().find_map(named) {
            (parameter.value, parameter.imported) = (Some(value), Some(id));
        }
    }

    /// Takes over what somebody added to an earlier import of the same.
    pub fn keep_additions(&mut self, earlier: &Official) {
        let names = earlier.controls().map(|(_, control)| (normal(&control.oscal), control));
        // Its published id is the better name of a control: what comes later stays.
        let names = names.chain(earlier.controls().map(|(_, control)| (normal(&control.id), control)));
        let before: HashMap<String, &OfficialControl> = names.collect();
        for control in self.groups.iter_mut().flat_map(|group| &mut group.controls) {
            let Some(additions) = before.get(&normal(&control.oscal)) else { continue };
            control.summary.clone_from(&additions.summary);
            control.shown = additions.shown;
            control.wants.clone_from(&additions.wants);
            control.pins.clone_from(&additions.pins);
            control.excludes.clone_from(&additions.excludes);
            control.parameters.clone_from(&additions.parameters);
        }
        for definition in &earlier.definitions {
            if !self.definitions.iter().any(|other| other.uuid == definition.uuid) {
                self.definitions.push(definition.clone());
            }
        }
    }

    /// Everything that is wrong with what was added: objectives that are none, additions a framework file may not
    /// make either.
    pub fn problems(
        &self,
        base: Option<&Framework>,
        is_objective: &dyn Fn(&str) -> bool,
    ) -> Vec<CatalogueProblem> {
        let Some(framework) = self.framework(base) else { return Vec::new() };
        crate::catalogue::check::problems_of_any(&framework, is_objective)
    }
}
