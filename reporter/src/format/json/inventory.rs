//! What was read, by itself.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::{GapBody, ProblemBody, problem};
use super::{INVENTORY_SCHEMA, written};
use crate::escape::Output;
use crate::inventory::{FilePosition, ResourcePart};
use crate::result::InventoryResult;

pub(super) fn render(result: &InventoryResult<'_>) -> Result<Output, String> {
    written(&InventoryDocument {
        schema: INVENTORY_SCHEMA,
        version: 1,
        resources: result.resources.iter().map(resource).collect(),
        gaps: result.gaps.iter().map(|(what, why)| GapBody { what, why }).collect(),
        problems: result.problems.iter().map(problem).collect(),
    })
}

#[derive(Serialize)]
struct InventoryDocument<'a> {
    schema: &'static str,
    version: u32,
    resources: Vec<ResourceBody<'a>>,
    gaps: Vec<GapBody<'a>>,
    problems: Vec<ProblemBody<'a>>,
}

#[derive(Serialize)]
pub(super) struct ResourceBody<'a> {
    address: &'a str,
    kind: &'a str,
    root: &'a str,
    mode: &'static str,
    attributes: &'a serde_json::Value,
    unknown: Vec<MissingBody<'a>>,
    origin: Option<PositionBody<'a>>,
    origins: BTreeMap<&'a str, PositionBody<'a>>,
    may_not_exist: Option<&'a str>,
    /// Rules that look at its kind.
    rules: usize,
}

#[derive(Serialize)]
struct MissingBody<'a> {
    path: &'a str,
    why: &'a str,
}

#[derive(Serialize)]
struct PositionBody<'a> {
    file: &'a str,
    line: u32,
    column: u32,
}

pub(super) fn resource(resource: &ResourcePart) -> ResourceBody<'_> {
    ResourceBody {
        address: &resource.address,
        kind: &resource.kind,
        root: &resource.root,
        mode: if resource.is_data { "data" } else { "managed" },
        attributes: &resource.attributes,
        unknown: resource.unknown.iter().map(|(path, why)| MissingBody { path, why }).collect(),
        origin: resource.place.as_ref().map(position),
        origins: resource.places.iter().map(|(path, place)| (path.as_str(), position(place))).collect(),
        may_not_exist: resource.maybe.as_deref(),
        rules: resource.rules,
    }
}

fn position(position: &FilePosition) -> PositionBody<'_> {
    PositionBody { file: &position.file, line: position.line, column: position.column }
}
