//! The controls a rule bears on, as an editor shows them.

use std::collections::BTreeMap;

use compline_frameworks::{ControlRef, Strength};
use compline_project::ResolvedConfig;
use compline_reporter::escape::markdown::{Inline, Page, text};
use compline_rules::Verdict;

/// Lines of an official statement that are shown beside a rule.
const QUOTED: usize = 8;

/// Controls of one framework that fit in a line of a message.
const SHOWN: usize = 5;

/// The controls a rule bears on in one line: `NIST SC-8, SC-8(1) · PCI 4.2.1`. Empty when there are none.
pub fn line(config: &ResolvedConfig, rule: &str) -> String {
    line_of(config, usual_controls(config, rule))
}

/// The controls a verdict bears on in one line, without those for which it comes out otherwise by their own values.
pub fn line_of_verdict(config: &ResolvedConfig, verdict: &Verdict) -> String {
    let library = &config.frameworks().library;
    let same = |edge: &&ControlRef| library.outcome_apart(verdict, edge).is_none();
    line_of(config, usual_controls(config, &verdict.rule).filter(same))
}

/// The values that a verdict was judged by, and for which controls it comes out otherwise by theirs.
pub fn parameters(config: &ResolvedConfig, verdict: &Verdict) -> Vec<String> {
    let mut out: Vec<String> = verdict.values.iter().map(ToString::to_string).collect();
    if verdict.otherwise.is_empty() {
        return out;
    }
    let library = &config.frameworks().library;
    let mut apart: Vec<(String, Vec<String>)> = Vec::new();
    for edge in usual_controls(config, &verdict.rule) {
        let Some((values, outcome)) = library.outcome_apart(verdict, edge) else { continue };
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        let says = format!("{}: {}", outcome.word(), values.join("; "));
        let name = format!("{} of {}", edge.id, edge.framework);
        match apart.iter_mut().find(|(other, _)| *other == says) {
            Some((_, names)) => names.push(name),
            None => apart.push((says, vec![name])),
        }
    }
    out.extend(apart.into_iter().map(|(says, names)| format!("for {} it is a {says}", names.join(", "))));
    out
}

fn line_of<'c>(config: &'c ResolvedConfig, controls: impl Iterator<Item = &'c ControlRef>) -> String {
    let mut by_framework: BTreeMap<usize, (&str, Vec<&str>)> = BTreeMap::new();
    for control in controls {
        let mut infos = config.frameworks().library.infos().enumerate();
        let Some((index, info)) = infos.find(|(_, info)| info.id == *control.framework) else {
            continue;
        };
        by_framework.entry(index).or_insert_with(|| (info.short.as_str(), Vec::new())).1.push(&control.id);
    }
    let parts = by_framework.into_values().map(|(short, ids)| {
        let more = ids.len().saturating_sub(SHOWN);
        let shown = ids.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
        if more > 0 { format!("{short} {shown} and {more} more") } else { format!("{short} {shown}") }
    });
    parts.collect::<Vec<_>>().join(" · ")
}

/// The controls a rule bears on as a list, with our summaries, and what publishers say where it was imported.
pub fn list(config: &ResolvedConfig, rule: &str) -> Page {
    let mut out = Page::default();
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for edge in usual_controls(config, rule) {
        let Some(framework) = config.frameworks().library.find(&edge.framework) else { continue };
        let count = listed.entry(&framework.short).or_default();
        *count += 1;
        if *count > SHOWN {
            continue;
        }
        let Some(control) = framework.find(&edge.id) else { continue };
        let name = text(&framework.short).and(" ").and(text(&control.id)).bold();
        let part = if edge.strength == Strength::Partly { " (a part of it)" } else { "" };
        let mut item = name.and(" ").and(text(&control.title)).and(part);
        if !control.summary.is_empty() {
            item = item.and(": ").and(text(&control.summary));
        }
        out.item(&item);
        quoted(config, &edge.framework, &edge.id, &mut out);
    }
    for (short, count) in listed.iter().filter(|(_, count)| **count > SHOWN) {
        out.item(&Inline::ours(format!("{} more of ", count - SHOWN)).and(text(short)));
    }
    if !out.is_empty() {
        // Nothing of a file that is wrong is quoted; who looks here should know why.
        for fault in config.official().1 {
            out.paragraph(&text(&fault.to_string()));
        }
    }
    out
}

/// The rule's controls in the frameworks that findings speak of.
fn usual_controls<'c>(config: &'c ResolvedConfig, rule: &str) -> impl Iterator<Item = &'c ControlRef> {
    let selected = config.frameworks();
    let ids = selected.ids();
    selected.library.controls_of(rule).iter().filter(move |edge| ids.contains(&&*edge.framework))
}

/// The publisher's statement of a control, shortened, as a quotation; nothing where none was imported.
fn quoted(config: &ResolvedConfig, framework: &str, id: &str, out: &mut Page) {
    let statement = config.official().0.statement(framework, id);
    for line in statement.lines().take(QUOTED) {
        out.quoted(&text(line.trim_start()));
    }
    if statement.lines().count() > QUOTED {
        out.quoted(&"…".into());
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]
mod tests {
    use compline_project::RootSelection;

    use super::*;

    #[test]
    #[allow(clippy::unwrap_used)] // A test.
    fn official_text_is_quoted_where_it_was_imported() {
        let text = r#"{
            "official": 1, "id": "nist-800-53-r5", "title": "T", "short": "NIST", "version": "5", "publisher": "P",
            "published": "2026-01-01", "licence": "L", "source": "S", "role": "text",
            "origin": { "model": "catalog", "uuid": "u", "files": [],
                "metadata": { "title": "T", "last-modified": "2026-01-01T00:00:00Z", "version": "5", "oscal-version": "1.1.2" } },
            "groups": [{ "id": "SC", "title": "G", "controls": [{ "id": "SC-28", "oscal": "sc-28", "title": "C",
                "parts": [{ "name": "statement", "prose": "Keep it sealed." }] }] }] }"#;
        let folder = tempfile::tempdir().unwrap();
        let list_there = || {
            let selection = RootSelection::of_folder(folder.path(), None);
            let config = ResolvedConfig::open_tolerant(selection, &Default::default());
            list(&config, "aws-ebs-volume-unencrypted").to_message()
        };
        assert!(!list_there().contains("  > "));
        let imports = folder.path().join(".compline/frameworks");
        std::fs::create_dir_all(&imports).unwrap();
        std::fs::write(imports.join("nist-800-53-r5.json"), text).unwrap();
        assert!(list_there().contains("  > Keep it sealed."), "{}", list_there());
        std::fs::write(imports.join("broken.json"), "{").unwrap();
        assert!(list_there().contains("broken.json"), "what is wrong is said: {}", list_there());
    }
}
