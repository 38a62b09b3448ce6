//! The texts that are compared by their meaning, for whoever embeds them beforehand.

use std::collections::HashMap;
use std::sync::Arc;

use compline_frameworks::Library;
use compline_rules::RuleSet;

use super::HitKind;
use super::builtin;
use super::corpus::rule_text;
use super::document::{Document, DocumentInfo, documents};
use super::embeddings::text_key;
use super::rule_documents::rule_documents;

/// What tells a document apart: its kind, its framework and its id.
pub(crate) type DocumentKey = (HitKind, Arc<str>, Arc<str>);

/// What `compline map` compares a query with: what votes, every control's own text and the rules in force.
///
/// # Errors
/// That the index cannot be read, which a test rules out.
pub fn mapper_texts(rules: &RuleSet) -> Result<Vec<String>, String> {
    let (corpus, _) = builtin::corpus()?;
    let mut texts: Vec<String> = corpus.entries.into_iter().map(|entry| entry.text).collect();
    texts.extend(rules.infos().map(|rule| rule_text(&rule.id, &rule.title)));
    Ok(texts)
}

/// What `compline search` compares a query with: controls, objectives and rules in force.
pub fn search_texts(library: &Library, rules: &RuleSet) -> Vec<String> {
    embedding_texts(library, rules).into_values().collect()
}

/// Every text that comes with the program and has a meaning to compare. Each once, in the order of their keys.
///
/// # Errors
/// As [`mapper_texts`].
pub fn all_texts() -> Result<Vec<String>, String> {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let all = mapper_texts(&rules)?.into_iter().chain(search_texts(&library, &rules));
    let mut out: Vec<(String, String)> = all.map(|text| (text_key(&text), text)).collect();
    out.sort();
    out.dedup_by(|a, b| a.0 == b.0);
    Ok(out.into_iter().map(|(_, text)| text).collect())
}

/// What documents are compared by their meaning with. A withdrawn control has none.
pub(crate) fn embedding_texts(library: &Library, rules: &RuleSet) -> HashMap<DocumentKey, String> {
    let mut all = documents(library.frameworks().map(|framework| &**framework), library.objectives());
    all.extend(rule_documents(rules, library.objectives()));
    all.retain(|document| !document.info.withdrawn);
    let text = |document: &Document| match document.info.kind {
        HitKind::Rule => rule_text(&document.info.id, &document.info.title),
        HitKind::Control | HitKind::Objective => format!("{} {}", document.info.title, document.body),
    };
    all.iter().map(|document| (document_key(&document.info), text(document))).collect()
}

pub(crate) fn document_key(info: &DocumentInfo) -> DocumentKey {
    (info.kind, Arc::clone(&info.framework), Arc::clone(&info.id))
}
