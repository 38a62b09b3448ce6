//! Waivers written as comments: ours, and other scanners' where the caller honours them.

use std::sync::Arc;

use compline_iac::Source;
use compline_iac::syntax::Comment;
use compline_iac::workspace::DocumentInfo;

use super::{Scope, Waiver, WaiverFault, WaiverSource};

/// Scanners whose inline suppressions can be honoured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scanner {
    Checkov,
    Trivy,
    Tfsec,
    Kics,
}

impl Scanner {
    pub const ALL: [(&str, Scanner); 4] = [
        ("checkov", Scanner::Checkov),
        ("trivy", Scanner::Trivy),
        ("tfsec", Scanner::Tfsec),
        ("kics", Scanner::Kics),
    ];

    /// A scanner by its name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, scanner)| scanner)
    }
}

/// All waivers that stand in a document's comments.
pub fn parse(document: &DocumentInfo, honor: &[Scanner]) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    for comment in &document.comments {
        let text = comment.text.trim();
        if let Some(rest) = text.strip_prefix("compline:") {
            ours(rest.trim(), comment, &document.source, &mut waivers);
        }
        for scanner in honor {
            theirs(*scanner, text, comment, &document.source, &mut waivers);
        }
    }
    waivers
}

/// `waive RULE[,RULE] reason="…" until=2027-06-30 by=…`, or `waive-file …`.
fn ours(text: &str, comment: &Comment, source: &Source, out: &mut Vec<Waiver>) {
    let Some((verb, rest)) = text.split_once(char::is_whitespace) else { return };
    let scope = match verb {
        "waive" => scope_of(comment, source),
        "waive-file" => Scope::File(source.id),
        _ => return,
    };
    let (ids, options) = match rest.find('=') {
        Some(at) => rest.split_at(rest[..at].rfind(char::is_whitespace).unwrap_or(0)),
        None => (rest, ""),
    };
    let option = |name: &str| option(options, name).map(Arc::from);
    for rule in ids.split([',', ' ']).filter(|rule| !rule.is_empty()) {
        out.push(Waiver {
            rule: Arc::from(rule),
            reason: option("reason"),
            until: option("until"),
            by: option("by"),
            source: source_of(comment, source, None),
            scope: scope.clone(),
            fault: fault(options),
        });
    }
}

/// What is wrong with the options of a waiver of ours: it says why, and its end is a date.
fn fault(options: &str) -> Option<WaiverFault> {
    if option(options, "reason").is_none_or(|reason| reason.trim().is_empty()) {
        return Some(WaiverFault::NoReason);
    }
    let until = option(options, "until").filter(|until| !super::is_date(until))?;
    Some(WaiverFault::BadDate { written: Arc::from(until) })
}

/// `name=word` or `name="several words"`.
fn option<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let at = text.find(&format!("{name}="))?;
    let value = &text[at + name.len() + 1..];
    match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => value.split_whitespace().next(),
    }
}

fn theirs(scanner: Scanner, text: &str, comment: &Comment, source: &Source, out: &mut Vec<Waiver>) {
    let mut push = |id: &str, reason: Option<&str>, until: Option<&str>, scope: Scope| {
        out.push(Waiver {
            rule: Arc::from(id.trim()),
            reason: reason.map(str::trim).filter(|reason| !reason.is_empty()).map(Arc::from),
            until: until.map(Arc::from),
            by: None,
            source: source_of(comment, source, Some(scanner)),
            scope,
            fault: None,
        });
    };
    match scanner {
        // Checkov's documentation: the comment stands inside the resource and skips it.
        Scanner::Checkov => {
            for part in text.split_whitespace().filter_map(|word| word.strip_prefix("checkov:skip=")) {
                let id = part.split(':').next().unwrap_or(part);
                let reason = text.split_once(&format!("{id}:")).map(|(_, reason)| reason);
                push(id, reason, None, scope_of(comment, source));
            }
        }
        Scanner::Trivy | Scanner::Tfsec => {
            let marker = if scanner == Scanner::Trivy { "trivy:ignore:" } else { "tfsec:ignore:" };
            for part in text.split_whitespace().filter_map(|word| word.strip_prefix(marker)) {
                let mut fields = part.split(':');
                let id = fields.next().unwrap_or(part);
                let until = fields.next().filter(|word| *word == "exp").and_then(|_| fields.next());
                push(id, None, until, scope_of(comment, source));
            }
        }
        Scanner::Kics => match text.strip_prefix("kics-scan ").map(str::trim) {
            Some("ignore-line") => push("*", None, None, line_below(comment, source)),
            Some("ignore-block") => push("*", None, None, scope_of(comment, source)),
            Some("ignore") => push("*", None, None, Scope::File(source.id)),
            Some(rest) => {
                for id in rest.strip_prefix("disable=").into_iter().flat_map(|list| list.split(',')) {
                    push(id, None, None, Scope::File(source.id));
                }
            }
            None => {}
        },
    }
}

/// Beside code: that line. Alone: the resource it stands in, or the one it stands above.
fn scope_of(comment: &Comment, source: &Source) -> Scope {
    let line = source.place(comment.span.start).line;
    if !comment.alone {
        return Scope::Line { source: source.id, line };
    }
    Scope::Resource { comment: comment.span, next_line: next_code_line(line, source) }
}

fn line_below(comment: &Comment, source: &Source) -> Scope {
    let line = source.place(comment.span.start).line;
    let line = if comment.alone { next_code_line(line, source) } else { line };
    Scope::Line { source: source.id, line }
}

fn next_code_line(line: u32, source: &Source) -> u32 {
    let mut next = line as usize;
    while source.line(next).is_some_and(|text| {
        let text = text.trim_start();
        text.starts_with('#') || text.starts_with("//")
    }) {
        next += 1;
    }
    next as u32 + 1
}

fn source_of(comment: &Comment, source: &Source, scanner: Option<Scanner>) -> WaiverSource {
    let line = source.place(comment.span.start).line;
    WaiverSource::Comment { scanner, span: comment.span, path: Arc::clone(&source.path), line }
}

/// Whether two spellings are one id: `AVD-AWS-0092` is `AWS-0092`, case does not matter.
pub(super) fn same_id(alias: &str, written: &str) -> bool {
    let plain = |id: &str| {
        let id = id.to_ascii_lowercase();
        id.strip_prefix("avd-").map(str::to_owned).unwrap_or(id)
    };
    plain(alias) == plain(written)
}
