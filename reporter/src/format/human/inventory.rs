//! A line for each resource that was read.

use super::problems::lines;
use crate::escape::Lines;
use crate::format::Style;
use crate::result::InventoryResult;
use crate::terminal::pluralize;

pub(super) fn render(result: &InventoryResult<'_>, style: &Style<'_>) -> Lines {
    let mut out = Lines::new();
    for resource in result.resources {
        let place = resource.place.as_ref();
        let file = place.map(|place| (style.path)(&place.file)).unwrap_or_default();
        let line = place.map_or(0, |place| place.line);
        let unknown = match resource.unknown.len() {
            0 => String::new(),
            number => format!("  {number} unknown"),
        };
        let mode = match (resource.is_data, resource.rules) {
            (true, _) => "  (looked up)",
            (false, 0) => "  (no rule)",
            (false, _) => "",
        };
        out.line(format!("{}  {file}:{line}{mode}{unknown}", resource.address));
    }
    for (head, losses) in [("could not be read", true), ("notes", false)] {
        let lines = lines(result.problems, losses, style);
        if !lines.is_empty() {
            out.blank();
            out.line(style.paint.bold(head));
            lines.iter().for_each(|line| out.line(format!("  {line}")));
        }
    }
    let count = pluralize(result.resources.len(), "resource", "resources");
    out.blank();
    out.line(format!("{count}; `--format json` has their values"));
    out
}
