//! A line for each resource that was read.

use super::problems::lines;
use crate::format::Style;
use crate::result::InventoryResult;
use crate::terminal::pluralize;

pub(super) fn render(result: &InventoryResult<'_>, style: &Style<'_>) -> String {
    let mut out = String::new();
    for resource in result.resources {
        let place = resource.place.as_ref();
        let file = place.map(|place| (style.path)(&place.file)).unwrap_or_default();
        let line = place.map_or(0, |place| place.line);
        let unknown = match resource.unknown.len() {
            0 => String::new(),
            number => format!("  {number} unknown"),
        };
        let mode = if resource.is_data { "  (looked up)" } else { "" };
        out.push_str(&format!("{}  {file}:{line}{mode}{unknown}\n", resource.address));
    }
    for (head, losses) in [("could not be read", true), ("notes", false)] {
        let lines = lines(result.problems, losses, style);
        if !lines.is_empty() {
            out.push_str(&format!("\n{}\n", style.paint.bold(head)));
            out.extend(lines.iter().map(|line| format!("  {line}\n")));
        }
    }
    let count = pluralize(result.resources.len(), "resource", "resources");
    out.push_str(&format!("\n{count}; `--format json` has their values\n"));
    out
}
