//! The resources of a file, with how they were judged.

use compline_iac::Span;

use super::counts;
use crate::view::View;

/// One resource.
#[derive(Debug, Clone, PartialEq)]
pub struct Symbol {
    pub name: String,
    /// Counts of its verdicts.
    pub detail: String,
    pub span: Span,
    pub header: Span,
}

/// The resources that stand in the file, in the order of the text.
pub fn symbols(view: &View) -> Vec<Symbol> {
    let Some(document) = view.document() else { return Vec::new() };
    let resources = view.judged.inventories().flat_map(|inventory| &inventory.resources);
    let mut out: Vec<Symbol> = Vec::new();
    for resource in resources.filter(|resource| resource.span.source == document.source.id) {
        let verdicts =
            view.verdicts().filter(|one| one.address == resource.address && one.stands_at(resource.span));
        let detail = counts(verdicts);
        // A module that is called twice, or a `count`, has each resource several times; its text stands once.
        if out.iter().all(|one| one.span != resource.span) {
            let name = view.hide(&format!("{}.{}", resource.kind, resource.name));
            out.push(Symbol { name, detail, span: resource.span, header: resource.header });
        }
    }
    out.sort_by_key(|symbol| symbol.span.start);
    out
}
