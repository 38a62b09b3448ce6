//! A rule's page, as an editor shows it.

use compline_project::ResolvedConfig;
use compline_reporter::escape::markdown::{Inline, Page, address, code, text};

use super::controls;

/// The page of a rule; `None` when there is no such rule.
pub fn explain(config: &ResolvedConfig, id: &str) -> Option<Page> {
    let rule = config.rules.info(id)?;
    let mut out = Page::default();
    out.heading(1, &text(&rule.title));
    out.paragraph(&code(&rule.id).and(Inline::ours(format!(", {}", rule.severity))));
    out.prose(&rule.prose);
    let values = config.rules.find(id).map(|rule| &*rule.values).unwrap_or_default();
    if !values.is_empty() {
        out.heading(2, &"Parameters".into());
        for value in values {
            let title = &value.parameter.parameter.title;
            out.item(&text(&value.to_string()).and(": ").and(text(title)));
        }
    }
    let list = controls::list(config, id);
    if !list.is_empty() {
        out.heading(2, &"Controls".into());
        out.append(&list);
    }
    let aliases = rule.aliases.iter().filter(|(_, ids)| !ids.is_empty());
    let aliases: Vec<String> =
        aliases.map(|(scanner, ids)| format!("{scanner} {}", ids.join(", "))).collect();
    if !aliases.is_empty() {
        out.paragraph(&Inline::from("Elsewhere: ").and(text(&aliases.join("; "))));
    }
    if !rule.sources.is_empty() {
        out.heading(2, &"Sources".into());
        rule.sources.iter().for_each(|source| out.item(&address(source)));
    }
    Some(out)
}
