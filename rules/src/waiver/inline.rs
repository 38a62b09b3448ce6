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

impl Scanner {
    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, one)| *one == self).map_or("another scanner", |(name, _)| name)
    }
}

/// All waivers that stand in a document's comments. Suppressions of scanners that are not honoured waive nothing: one
/// of each scanner says so for the whole document.
pub fn parse(document: &DocumentInfo, honor: &[Scanner]) -> Vec<Waiver> {
    let mut waivers = Vec::new();
    let mut others: Vec<Waiver> = Vec::new();
    for comment in &document.comments {
        let text = comment.text.trim();
        if let Some(rest) = text.strip_prefix("compline:") {
            let place = Place::of(comment, &document.source);
            ours(rest.trim(), &place, &mut waivers);
        }
        for (_, scanner) in Scanner::ALL {
            let honored = honor.contains(&scanner);
            let out = if honored { &mut waivers } else { &mut others };
            theirs(scanner, text, comment, &document.source, out);
        }
        if let Some(id) = text.split_whitespace().find_map(|word| word.strip_prefix("ts:skip=")) {
            others.push(unknown_to_us("terrascan", id, &Place::of(comment, &document.source)));
        }
    }
    waivers.extend(summed(others));
    waivers
}

/// A suppression of a tool whose ids no rule carries.
pub(super) fn unknown_to_us(tool: &'static str, id: &str, place: &Place) -> Waiver {
    let fault = WaiverFault::OfOtherTool { tool };
    Waiver { rule: Arc::from(id.trim()), ..faulty(fault, place.scope.clone(), place.source.clone()) }
}

/// Suppressions that do not count: the first of each tool in a file speaks for all of them.
pub(super) fn summed(others: Vec<Waiver>) -> Vec<Waiver> {
    let mut first: Vec<Waiver> = Vec::new();
    for mut one in others {
        if let (None, WaiverSource::Comment { scanner: Some(scanner), .. }) = (&one.fault, &one.source) {
            one.fault = Some(WaiverFault::NotHonored { scanner: *scanner });
        }
        if !first.iter().any(|other| other.fault == one.fault && other.source.file() == one.source.file()) {
            first.push(one);
        }
    }
    first
}

/// Where a waiver is written, and what it reaches from there.
pub(super) struct Place {
    pub scope: Scope,
    pub file: Scope,
    pub source: WaiverSource,
}

impl Place {
    fn of(comment: &Comment, source: &Source) -> Self {
        Self {
            scope: scope_of(comment, source),
            file: Scope::File(source.id),
            source: source_of(comment, source, None),
        }
    }
}

/// `waive RULE[,RULE] reason="…" until=2027-06-30 by=…`, or `waive-file …`.
///
/// A text that means to be a waiver and is none, for whatever it lacks, waives nothing and says so.
pub(super) fn ours(text: &str, place: &Place, out: &mut Vec<Waiver>) {
    let (verb, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let scope = match verb {
        "waive" => place.scope.clone(),
        "waive-file" => place.file.clone(),
        _ if verb.to_ascii_lowercase().starts_with("waiv") => {
            let fault = WaiverFault::UnknownDirective { written: Arc::from(verb) };
            out.push(faulty(fault, place.scope.clone(), place.source.clone()));
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
        out.push(faulty(WaiverFault::NoRule, scope, place.source.clone()));
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
            source: place.source.clone(),
            scope: scope.clone(),
            conditions: Vec::new(),
            fault,
        });
    }
}

/// A waiver of which only the fault is known.
pub(super) fn faulty(fault: WaiverFault, scope: Scope, source: WaiverSource) -> Waiver {
    Waiver {
        rule: Arc::from(""),
        reason: None,
        until: None,
        by: None,
        source,
        scope,
        conditions: Vec::new(),
        fault: Some(fault),
    }
}

/// What stands behind the rules of a waiver: `name=word` or `name="several words"`, each name once.
#[derive(Debug, Default)]
pub(super) struct WaiverOptions<'t> {
    pub reason: Option<&'t str>,
    pub until: Option<&'t str>,
    pub by: Option<&'t str>,
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
    pub(super) fn check(&self) -> Result<(), WaiverFault> {
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
    let mut bound = Vec::new();
    let mut push = |id: &str, reason: Option<&str>, until: Option<&str>, scope: Scope| {
        let (id, conditions) = conditions(id);
        let fault = until.filter(|until| !super::is_date(until));
        let fault = fault.map(|until| WaiverFault::BadDate { written: Arc::from(until) });
        out.push(Waiver {
            rule: Arc::from(id.trim()),
            reason: reason.map(str::trim).filter(|reason| !reason.is_empty()).map(Arc::from),
            until: until.map(Arc::from),
            by: None,
            source: source_of(comment, source, Some(scanner)),
            scope,
            conditions,
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
                // It is meant for one workspace, and which one this is the code does not say.
                if let Some(name) = part.split_once(":ws:").and_then(|(_, rest)| rest.split(':').next()) {
                    let fault = WaiverFault::OneWorkspace { name: Arc::from(name) };
                    let scope = scope_of(comment, source);
                    let faulty = faulty(fault, scope, source_of(comment, source, Some(scanner)));
                    bound.push(Waiver { rule: Arc::from(id), ..faulty });
                    continue;
                }
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
    out.extend(bound);
}

/// Attributes and the values they must have.
type Conditions = Vec<(Arc<str>, Arc<str>)>;

/// The id and the conditions behind it: `aws-ec2-enable-volume-encryption[size=8]` (tfsec and Trivy).
fn conditions(id: &str) -> (&str, Conditions) {
    let Some((id, rest)) = id.split_once('[') else { return (id, Vec::new()) };
    let pairs = rest.trim_end_matches(']').split(',');
    let pair = |text: &str| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (Arc::from(name.trim()), Arc::from(value.trim().trim_matches('"')))
    };
    (id, pairs.map(pair).collect())
}

/// Beside code: that line. Alone: the resource it stands in, or the one it stands above.
fn scope_of(comment: &Comment, source: &Source) -> Scope {
    let line = source.place(comment.span.start).line;
    if !comment.alone {
        return Scope::Line { source: source.id, line };
    }
    // A text of JSON is part of what it stands in, and of nothing below.
    if source.slice(comment.span).starts_with('"') {
        return Scope::Resource { comment: comment.span, next_line: 0 };
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
