//! The contract other programs use: versioned JSON, with published schemas for a check, a report and an inventory
//! (`reporter/schema/`). Fields are added under the same version; a field that goes or changes makes a new one.

mod coverage;
mod inventory;
pub mod mapping;
mod report;
mod run;

use serde::Serialize;

use super::{Audience, Format, Renderer};
use crate::escape::{self, Output};
use crate::run::Run;

pub(crate) use report::render as report;
pub(crate) use run::{AdjustmentBody, FoldBody, PolicyBody, provenance, strength};

/// The identifiers of the schemas.
pub const CHECK_SCHEMA: &str = "https://compline.dev/schema/check/1";
pub const REPORT_SCHEMA: &str = "https://compline.dev/schema/report/1";
pub const INVENTORY_SCHEMA: &str = "https://compline.dev/schema/inventory/1";

pub static FORMAT: Format = Format {
    name: "json",
    file: "report.json",
    media_type: "application/json",
    help: "for programs: everything that is known, versioned, with published schemas",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[
        Renderer::Check(|result, _| check(result.run)),
        Renderer::Report(report::render),
        Renderer::Mapping(|result, _| mapping::render(result)),
        Renderer::Coverage(|result, _| coverage::render(result)),
        Renderer::Inventory(|result, _| inventory::render(result)),
    ],
};

#[derive(Serialize)]
struct CheckDocument<'a> {
    schema: &'static str,
    version: u32,
    #[serde(flatten)]
    run: run::RunBody<'a>,
}

fn check(run: &Run) -> Result<Output, String> {
    written(&CheckDocument { schema: CHECK_SCHEMA, version: 1, run: run::body(run, false, &|_| None) })
}

/// A document, indented, with a line break at its end.
fn written(document: &impl Serialize) -> Result<Output, String> {
    escape::json::document(document).map(Output::from)
}
