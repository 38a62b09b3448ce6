//! A rule's page, as an editor shows it.

use crate::content::Content;

/// The page of a rule as Markdown; `None` when there is no such rule.
pub fn explain(content: &Content, id: &str) -> Option<String> {
    let rule = content.rules.info(id)?;
    let mut out = format!("# {}\n\n`{}`, {}\n\n{}\n", rule.title, rule.id, rule.severity, rule.prose);
    let controls = content.controls_list(id);
    if !controls.is_empty() {
        out.push_str(&format!("\n## Controls\n\n{controls}"));
    }
    let aliases = rule.aliases.iter().filter(|(_, ids)| !ids.is_empty());
    let aliases: Vec<String> =
        aliases.map(|(scanner, ids)| format!("{scanner} {}", ids.join(", "))).collect();
    if !aliases.is_empty() {
        out.push_str(&format!("\nElsewhere: {}\n", aliases.join("; ")));
    }
    if !rule.sources.is_empty() {
        let sources = rule.sources.iter().map(|source| format!("- <{source}>\n")).collect::<String>();
        out.push_str(&format!("\n## Sources\n\n{sources}"));
    }
    Some(out)
}
