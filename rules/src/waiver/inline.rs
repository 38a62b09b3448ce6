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
///
/// A comment that means to be a waiver and is none, for whatever it lacks, waives nothing and says so.
fn ours(text: &str, comment: &Comment, source: &Source, out: &mut Vec<Waiver>) {
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let scope = match verb {
        "waive" => scope_of(comment, source),
        "waive-file" => Scope::File(source.id),
        _ if verb.to_ascii_lowercase().starts_with("waiv") => {
            let fault = WaiverFault::UnknownDirective { written: Arc::from(verb) };
            out.push(faulty(fault, scope_of(comment, source), source_of(comment, source, None)));
            return;
        }
        _ => return,
    };
    let options_at = rest.find('=').map_or(rest.len(), |at| {
        let before = rest.get(..at).unwrap_or_default();
        before.rfind(char::is_whitespace).map_or(0, |space| space + 1)
    });
    let (ids, options) = rest.split_at(options_at);
    let ids: Vec<&str> = ids.split([',', ' ', '\t']).filter(|rule| !rule.is_empty()).collect();
    if ids.is_empty() {
        out.push(faulty(WaiverFault::NoRule, scope, source_of(comment, source, None)));
        return;
    }
    let options = WaiverOptions::parse(options);
    let checked = options.as_ref().map_err(Clone::clone).and_then(WaiverOptions::check);
    let shared = |value: Option<&str>| value.map(Arc::from);
    for rule in ids {
        let options = options.as_ref().ok();
        let fault = if rule == "*" { Some(WaiverFault::EveryRule) } else { checked.clone().err() };
        out.push(Waiver {
            rule: Arc::from(rule),
            reason: shared(options.and_then(|options| options.reason)),
            until: shared(options.and_then(|options| options.until)),
            by: shared(options.and_then(|options| options.by)),
            source: source_of(comment, source, None),
            scope: scope.clone(),
            fault,
        });
    }
}

/// A waiver of which only the fault is known.
fn faulty(fault: WaiverFault, scope: Scope, source: WaiverSource) -> Waiver {
    Waiver { rule: Arc::from(""), reason: None, until: None, by: None, source, scope, fault: Some(fault) }
}

/// What stands behind the rules of a waiver: `name=word` or `name="several words"`, each name once.
#[derive(Debug, Default)]
struct WaiverOptions<'t> {
    reason: Option<&'t str>,
    until: Option<&'t str>,
    by: Option<&'t str>,
}

impl<'t> WaiverOptions<'t> {
    fn parse(text: &'t str) -> Result<Self, WaiverFault> {
        let mut options = Self::default();
        let mut rest = text.trim();
        while !rest.is_empty() {
            let word = rest.split_whitespace().next().unwrap_or(rest);
            let Some((name, value)) = rest.split_once('=').filter(|_| word.contains('=')) else {
                return Err(WaiverFault::UnknownOption { written: Arc::from(word) });
            };
            let slot = match name {
                "reason" => &mut options.reason,
                "until" => &mut options.until,
                "by" => &mut options.by,
                _ => return Err(WaiverFault::UnknownOption { written: Arc::from(name) }),
            };
            if slot.is_some() {
                return Err(WaiverFault::Repeated { option: Arc::from(name) });
            }
            let (value, after) = match value.strip_prefix('"') {
                Some(quoted) => quoted
                    .split_once('"')
                    .ok_or_else(|| WaiverFault::UnclosedQuote { option: Arc::from(name) })?,
                None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
            };
            if !after.is_empty() && !after.starts_with(char::is_whitespace) {
                let word = after.split_whitespace().next().unwrap_or(after);
                return Err(WaiverFault::UnknownOption { written: Arc::from(word) });
            }
            *slot = Some(value);
            rest = after.trim_start();
        }
        Ok(options)
    }

    /// That it says why, until when and who.
    fn check(&self) -> Result<(), WaiverFault> {
        let blank = |value: Option<&str>| value.is_none_or(|value| value.trim().is_empty());
        if blank(self.reason) {
            return Err(WaiverFault::NoReason);
        }
        match self.until {
            None => return Err(WaiverFault::NoEnd),
            Some(until) if !super::is_date(until) => {
                return Err(WaiverFault::BadDate { written: Arc::from(until) });
            }
            Some(_) => {}
        }
        if blank(self.by) { Err(WaiverFault::NoAuthor) } else { Ok(()) }
    }
}

fn theirs(scanner: Scanner, text: &str, comment: &Comment, source: &Source, out: &mut Vec<Waiver>) {
    let mut push = |id: &str, reason: Option<&str>, until: Option<&str>, scope: Scope| {
        let fault = until.filter(|until| !super::is_date(until));
        let fault = fault.map(|until| WaiverFault::BadDate { written: Arc::from(until) });
        out.push(Waiver {
            rule: Arc::from(id.trim()),
            reason: reason.map(str::trim).filter(|reason| !reason.is_empty()).map(Arc::from),
            until: until.map(Arc::from),
            by: None,
            source: source_of(comment, source, Some(scanner)),
            scope,
            fault,
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
                // An end that is begun and not given is no end.
                let until = fields.find(|word| *word == "exp").map(|_| fields.next().unwrap_or_default());
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
