//! What people read in a terminal; colour and the way paths are written are parameters.

mod check;
mod coverage;
mod inventory;
mod ledger;
mod mapping;
mod problems;
mod summary;

use super::{Audience, Format, Renderer};

pub static FORMAT: Format = Format {
    name: "human",
    file: "report.txt",
    media_type: "text/plain",
    help: "for a terminal: findings with their lines, figures and what to do next",
    audience: Audience::People,
    names_problems: false,
    renderers: &[
        Renderer::Check(|result, style| Ok(check::render(result, style).into())),
        Renderer::Mapping(|result, style| Ok(mapping::render(result, style.paint).into())),
        Renderer::Coverage(|result, style| Ok(coverage::render(result, style).into())),
        Renderer::Inventory(|result, style| Ok(inventory::render(result, style).into())),
        Renderer::Ledger(|result, style| Ok(ledger::render(result, style.paint).into())),
    ],
};
