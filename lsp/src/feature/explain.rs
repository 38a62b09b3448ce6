//! A rule's page, as an editor shows it.

use compline_project::ResolvedConfig;

use super::controls;

/// The page of a rule as Markdown; `None` when there is no such rule.
pub fn explain(config: &ResolvedConfig, id: &str) -> Option<String> {
    let rule = config.rules.info(id)?;
    let mut out = format!("# {}\n\n`{}`, {}\n\n{}\n", rule.title, rule.id, rule.severity, rule.prose);
    let list = controls::list(config, id);
    if !list.is_empty() {
        out.push_str(&format!("\n## Controls\n\n{list}"));
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
