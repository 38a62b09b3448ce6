//! What was imported, as OSCAL again.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::wire::{Catalog, Control, Group};
use crate::official::{Official, OfficialControl};

/// The space the ids of our own documents are made in.
pub(super) const SPACE: Uuid = Uuid::from_u128(0x8f9b_24b6_3c43_4a1d_9d0e_2f5c_7a61_e0c4);

/// The catalogue of an import as JSON; a profile's is the one it makes. None where there are only claims.
///
/// # Errors
/// What could not be written, which is nothing that was read.
pub fn catalog(official: &Official) -> Option<Result<String, String>> {
    if official.groups.is_empty() {
        return None;
    }
    let mut metadata = official.origin.metadata.clone();
    let mut uuid = official.origin.uuid.clone();
    if official.origin.model == "profile" {
        uuid = Uuid::new_v5(&SPACE, format!("resolved {uuid}").as_bytes()).to_string();
        let add = |list: Option<&mut Value>, new: Value| match list {
            Some(Value::Array(list)) if !list.contains(&new) => list.push(new),
            _ => {}
        };
        let tool = json!({ "name": "resolution-tool", "value": "compline" });
        add(Some(metadata.rest.entry("props").or_insert_with(|| json!([]))), tool);
        let source = json!({ "href": format!("urn:uuid:{}", official.origin.uuid), "rel": "source-profile" });
        add(Some(metadata.rest.entry("links").or_insert_with(|| json!([]))), source);
    }
    let mut catalog = Catalog {
        uuid,
        metadata,
        params: official.params.clone(),
        controls: Vec::new(),
        groups: groups(official, None),
        back_matter: official.origin.back_matter.clone(),
    };
    for group in official.groups.iter().filter(|group| group.loose) {
        catalog.controls.extend(nested(&group.controls));
    }
    Some(pretty(&json!({ "catalog": catalog })))
}

/// The component definitions of an import as one, as JSON; none where there are none.
///
/// # Errors
/// As [`catalog`].
pub fn components(official: &Official) -> Option<Result<String, String>> {
    let (first, rest) = official.definitions.split_first()?;
    let mut joined = first.clone();
    joined.components.extend(rest.iter().flat_map(|one| one.components.iter().cloned()));
    Some(pretty(&json!({ "component-definition": joined })))
}

pub(super) fn pretty(value: &Value) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|text| text + "\n").map_err(|error| error.to_string())
}

fn groups(official: &Official, parent: Option<&str>) -> Vec<Group> {
    let children = official.groups.iter().filter(|group| !group.loose && group.parent.as_deref() == parent);
    children
        .map(|group| Group {
            id: group.oscal.clone(),
            class: group.class.clone(),
            title: group.title.clone(),
            params: group.params.clone(),
            props: group.props.clone(),
            links: group.links.clone(),
            parts: group.parts.clone(),
            groups: groups(official, Some(&group.id)),
            controls: nested(&group.controls),
        })
        .collect()
}

/// Controls below their parents again. A parent comes before its children in the list.
fn nested(controls: &[OfficialControl]) -> Vec<Control> {
    let ids: HashMap<&str, usize> =
        controls.iter().enumerate().map(|(at, control)| (control.id.as_str(), at)).collect();
    let mut children: HashMap<usize, Vec<usize>> = HashMap::new();
    let mut tops = Vec::new();
    for (at, control) in controls.iter().enumerate() {
        match control.parent.as_deref().and_then(|parent| ids.get(parent)).filter(|parent| **parent < at) {
            Some(parent) => children.entry(*parent).or_default().push(at),
            None => tops.push(at),
        }
    }
    tops.into_iter().filter_map(|at| control_with_children(at, controls, &children)).collect()
}

fn control_with_children(
    at: usize,
    controls: &[OfficialControl],
    children: &HashMap<usize, Vec<usize>>,
) -> Option<Control> {
    let control = controls.get(at)?;
    let below = children.get(&at).into_iter().flatten();
    Some(Control {
        id: control.oscal.clone(),
        class: control.class.clone(),
        title: control.title.clone(),
        params: control.params.clone(),
        props: control.props.clone(),
        links: control.links.clone(),
        parts: control.parts.clone(),
        controls: below.filter_map(|at| control_with_children(*at, controls, children)).collect(),
    })
}
