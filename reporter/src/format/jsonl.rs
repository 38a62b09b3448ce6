//! The ledger as it is stored: a JSON object a line, as its hashes cover it.

use super::{Audience, Format, Renderer};
use crate::escape::json::again;

pub static FORMAT: Format = Format {
    name: "jsonl",
    file: "ledger.jsonl",
    media_type: "application/jsonl",
    help: "for programs: one JSON object a line, as the ledger stores them",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Ledger(|result, _| Ok(again(result.stored).into()))],
};
