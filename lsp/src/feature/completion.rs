//! Rule ids where a waiver wants one.

use compline_rules::RuleSet;

use crate::document::Document;
use crate::position::{Encoding, Position, Range, offset, position};

/// One proposal.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    pub id: String,
    pub title: String,
    pub prose: String,
    /// What it replaces.
    pub range: Range,
}

/// The words after which a rule's id is expected.
const WAIVE: &str = "compline: waive ";

/// The rules whose id could stand at a position. Reads the buffer, not a judged reading: a waiver that is being
/// typed is no waiver yet.
pub fn completion(rules: &RuleSet, document: &Document, at: Position, encoding: Encoding) -> Vec<Proposal> {
    let source = &document.source;
    let end = offset(source, at, encoding);
    let Some(line) = source.line_start(at.line as usize) else { return Vec::new() };
    let before = source.text.get(line as usize..end as usize).unwrap_or_default();
    let Some((comment, typed)) = before.rsplit_once(WAIVE) else { return Vec::new() };
    if !comment.contains(['#', '/']) || typed.contains(char::is_whitespace) {
        return Vec::new();
    }
    let range = Range { start: position(source, end - typed.len() as u32, encoding), end: at };
    let rules = rules.infos().filter(|rule| rule.id.contains(typed));
    let proposals = rules.map(|rule| Proposal {
        id: rule.id.clone(),
        title: rule.title.clone(),
        prose: rule.prose.clone(),
        range,
    });
    proposals.collect()
}
