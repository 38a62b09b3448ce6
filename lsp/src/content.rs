//! The rules and controls in force.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use compline_frameworks::official::{Official, OfficialTexts};
use compline_frameworks::{ControlRef, Library, Strength};
use compline_rules::waiver::Scanner;
use compline_rules::{RuleSet, Severity};

use crate::Standing;

/// What judges in a folder, and what the judgements bear on.
pub struct Content {
    pub rules: RuleSet,
    pub library: Library,
    pub honor: Vec<Scanner>,
    frameworks: Vec<String>,
    made_from: Vec<String>,
    /// Official texts, and where they come from when they are first wanted.
    official_texts: OnceLock<OfficialTexts>,
    imports: Box<dyn Fn() -> Vec<Official> + Send + Sync>,
}

/// What the user set in the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether "cannot tell" is shown in the text.
    pub unknowns: bool,
    /// Failures below it are not shown in the text.
    pub threshold: Severity,
}

impl Default for Settings {
    fn default() -> Self {
        Self { unknowns: true, threshold: Severity::Low }
    }
}

impl Content {
    pub fn builtin() -> Arc<Self> {
        Self::of(Standing::default(), Vec::new)
    }

    /// With official content, which is read when something of it is first shown.
    pub fn of(standing: Standing, imports: impl Fn() -> Vec<Official> + Send + Sync + 'static) -> Arc<Self> {
        let Standing { rules, library, frameworks, honor, made_from } = standing;
        let (official_texts, imports) = (OnceLock::new(), Box::new(imports));
        Arc::new(Self { rules, library, honor, frameworks, made_from, official_texts, imports })
    }

    /// Whether it was made from this file, and has to be made anew when that changes.
    pub fn is_made_from(&self, path: &str) -> bool {
        self.made_from
            .iter()
            .any(|from| path == from || from.ends_with('/') && path.starts_with(from.as_str()))
    }

    /// The publisher's statement of a control, shortened, as a quotation; empty where none was imported.
    fn quoted(&self, framework: &str, id: &str) -> String {
        let texts = self.official_texts.get_or_init(|| OfficialTexts::of((self.imports)()));
        let text = texts.statement(framework, id);
        let mut lines: Vec<&str> = text.lines().take(QUOTED).collect();
        if text.lines().count() > QUOTED {
            lines.push("…");
        }
        lines.iter().map(|line| format!("  > {}  \n", line.trim_start())).collect()
    }

    /// The rule's controls in the frameworks that findings speak of.
    fn usual_controls(&self, rule: &str) -> impl Iterator<Item = &ControlRef> {
        self.library
            .controls_of(rule)
            .iter()
            .filter(|edge| self.frameworks.iter().any(|id| *id == *edge.framework))
    }

    /// The controls a rule bears on in one line: `NIST SC-8, SC-8(1) · PCI 4.2.1`. Empty when there are none.
    pub fn controls_line(&self, rule: &str) -> String {
        let mut by_framework: BTreeMap<usize, (&str, Vec<&str>)> = BTreeMap::new();
        for control in self.usual_controls(rule) {
            let Some((index, info)) =
                self.library.infos().enumerate().find(|(_, info)| info.id == *control.framework)
            else {
                continue;
            };
            by_framework
                .entry(index)
                .or_insert_with(|| (info.short.as_str(), Vec::new()))
                .1
                .push(&control.id);
        }
        let parts = by_framework.into_values().map(|(short, ids)| {
            let more = ids.len().saturating_sub(SHOWN);
            let shown = ids.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
            if more > 0 { format!("{short} {shown} and {more} more") } else { format!("{short} {shown}") }
        });
        parts.collect::<Vec<_>>().join(" · ")
    }

    /// The controls a rule bears on as a Markdown list, with our summaries.
    pub fn controls_list(&self, rule: &str) -> String {
        let mut out = String::new();
        let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
        for edge in self.usual_controls(rule) {
            let Some(framework) = self.library.find(&edge.framework) else { continue };
            let count = listed.entry(&framework.short).or_default();
            *count += 1;
            if *count > SHOWN {
                continue;
            }
            let Some(control) = framework.find(&edge.id) else { continue };
            let part = if edge.strength == Strength::Partly { " (a part of it)" } else { "" };
            out.push_str(&format!("- **{} {}** {}{part}", framework.short, control.id, control.title));
            if !control.summary.is_empty() {
                out.push_str(&format!(": {}", control.summary));
            }
            out.push('\n');
            out.push_str(&self.quoted(&edge.framework, &edge.id));
        }
        for (short, count) in listed.iter().filter(|(_, count)| **count > SHOWN) {
            out.push_str(&format!("- {} more of {short}\n", count - SHOWN));
        }
        out
    }
}

/// Lines of an official statement that are shown beside a rule.
const QUOTED: usize = 8;

/// Controls of one framework that fit in a line of a message.
const SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::unwrap_used)] // A test.
    fn official_text_is_quoted_where_it_was_imported() {
        let text = r#"{ "official": 1, "id": "nist-800-53-r5", "title": "T", "short": "NIST", "version": "5", "publisher": "P",
            "published": "2026-01-01", "licence": "L", "source": "S", "role": "text",
            "origin": { "model": "catalog", "uuid": "u", "files": [],
                "metadata": { "title": "T", "last-modified": "2026-01-01T00:00:00Z", "version": "5", "oscal-version": "1.1.2" } },
            "groups": [{ "id": "SC", "title": "G", "controls": [{ "id": "SC-28", "oscal": "sc-28", "title": "C",
                "parts": [{ "name": "statement", "prose": "Keep it sealed." }] }] }] }"#;
        let official = compline_frameworks::official::read(text).unwrap();
        let content = Content::of(Standing::default(), move || vec![official.clone()]);
        let list = content.controls_list("aws-ebs-volume-unencrypted");
        assert!(list.contains("  > Keep it sealed."), "{list}");
        assert!(!Content::builtin().controls_list("aws-ebs-volume-unencrypted").contains("  > "));
    }
}
