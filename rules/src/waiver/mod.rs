//! Accepted failures: inline comments, waiver files, other scanners' suppressions. Waivers belong to the
//! engine: no rule knows of them.

mod file;
mod inline;

use std::collections::HashSet;
use std::sync::Arc;

use compline_iac::{Snapshot, SourceId, Span};

pub use self::file::parse as file;
pub use self::inline::{Scanner, parse as inline};
use crate::set::RuleSet;
use crate::verdict::{Outcome, Related, Verdict};

/// Somebody's decision to accept a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The rule's id as written, another scanner's id that an alias names, or `*`.
    pub rule: Arc<str>,
    pub reason: Option<Arc<str>>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<Arc<str>>,
    pub by: Option<Arc<str>>,
    /// Where it stands: a comment's span, or none for the waiver file.
    pub span: Option<Span>,
    /// Where it stands, in words: `main.tf:12`, `compline.waivers.yaml:4`.
    pub place: Arc<str>,
    pub scope: Scope,
    /// What is wrong with it: it waives nothing then.
    pub fault: Option<String>,
}

/// What a waiver reaches.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// The resource this comment stands in, or directly above.
    Resource { comment: Span, next_line: u32 },
    /// Verdicts whose locus begins on this line (from 1); on a resource's first line, the whole resource.
    Line { source: SourceId, line: u32 },
    /// All verdicts in this source.
    File(SourceId),
    /// Addresses and files, each with `*`.
    Pattern { address: Option<Arc<str>>, file: Option<Arc<str>> },
}

/// A waiver that waived nothing, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Unused {
    pub waiver: Arc<Waiver>,
    /// A clause: "no verdict of this rule fails there", "it expired on 2026-01-31".
    pub why: String,
}

/// Marks the verdicts that waivers reach as waived. `today` is `YYYY-MM-DD`: an expired waiver no longer holds,
/// and the verdict it reached says so. Returns the waivers that did nothing.
pub fn apply(
    verdicts: &mut [Arc<Verdict>],
    waivers: &[Arc<Waiver>],
    rules: &RuleSet,
    snapshot: &Snapshot,
    today: &str,
) -> Vec<Unused> {
    let mut used: HashSet<usize> = HashSet::new();
    let mut expired: HashSet<usize> = HashSet::new();
    for shared in verdicts.iter_mut() {
        if !matches!(shared.outcome, Outcome::Fail | Outcome::Unknown(_)) {
            continue;
        }
        let (mut late, accepted) =
            said_of(shared, waivers, (rules, snapshot, today), &mut used, &mut expired);
        if !late.is_empty() {
            Arc::make_mut(shared).locus.related.append(&mut late);
        }
        if let Some(waiver) = accepted {
            let verdict = Arc::make_mut(shared);
            verdict.outcome = Outcome::Waived(waiver);
            verdict.fix = None;
        }
    }
    let unused = waivers.iter().enumerate().filter(|(index, _)| !used.contains(index));
    unused
        .map(|(index, waiver)| {
            let known = &*waiver.rule == "*"
                || rules.info(&waiver.rule).is_some()
                || rules.by_alias(&waiver.rule).next().is_some();
            let why = match (&waiver.until, expired.contains(&index)) {
                _ if waiver.fault.is_some() => waiver.fault.clone().unwrap_or_default(),
                (Some(until), true) => format!("it expired on {until}"),
                _ if !known => format!("no rule is called `{}`", waiver.rule),
                _ => "no verdict of this rule fails there".to_owned(),
            };
            Unused { waiver: Arc::clone(waiver), why }
        })
        .collect()
}

/// What waivers say of one verdict: the places of those that ended, and the one that accepts all of it.
fn said_of(
    verdict: &Verdict,
    waivers: &[Arc<Waiver>],
    (rules, snapshot, today): (&RuleSet, &Snapshot, &str),
    used: &mut HashSet<usize>,
    expired: &mut HashSet<usize>,
) -> (Vec<Related>, Option<Arc<Waiver>>) {
    let mut late: Vec<Related> = Vec::new();
    let mut left: Vec<Span> = verdict.locus.offenders.clone();
    let mut accepted = Vec::new();
    for (index, waiver) in waivers.iter().enumerate() {
        if waiver.fault.is_some() || !names(waiver, verdict, rules) || !reaches(waiver, verdict, snapshot) {
            continue;
        }
        match &waiver.until {
            Some(until) if **until < *today => {
                expired.insert(index);
                let text = format!("the waiver at {} expired on {until}", waiver.place);
                let span = waiver.span.unwrap_or(verdict.locus.resource);
                late.push(Related { span, text });
            }
            _ => {
                let within = |offender: &Span| waiver.span.is_some_and(|span| offender.contains(&span));
                match left.iter().any(within) || verdict.locus.offenders.iter().any(within) {
                    true => left.retain(|offender| !within(offender)),
                    false => left.clear(),
                }
                used.insert(index);
                accepted.push(Arc::clone(waiver));
            }
        }
    }
    let accepted = accepted.into_iter().next().filter(|_| left.is_empty());
    (late, accepted)
}

fn names(waiver: &Waiver, verdict: &Verdict, rules: &RuleSet) -> bool {
    *waiver.rule == *verdict.rule || &*waiver.rule == "*" || {
        let info = rules.info(&verdict.rule);
        info.is_some_and(|info| info.other_ids().any(|id| inline::same_id(id, &waiver.rule)))
    }
}

fn reaches(waiver: &Waiver, verdict: &Verdict, snapshot: &Snapshot) -> bool {
    let resource = verdict.locus.resource;
    let line = |span: Span| snapshot.source(span).map(|source| source.place(span.start).line);
    match &waiver.scope {
        Scope::Resource { comment, next_line } => {
            resource.contains(comment)
                || verdict.locus.offenders.iter().any(|offender| offender.contains(comment))
                || resource.source == comment.source && line(resource) == Some(*next_line)
        }
        Scope::Line { source, line: wanted } => {
            let locus = verdict.locus.span;
            locus.source == *source && line(locus) == Some(*wanted)
                || resource.source == *source && line(resource) == Some(*wanted)
        }
        Scope::File(source) => resource.source == *source,
        Scope::Pattern { address, file } => {
            let path = snapshot.source(resource).map(|source| Arc::clone(&source.path));
            address.as_ref().is_none_or(|pattern| glob(pattern, &verdict.address))
                && file.as_ref().is_none_or(|pattern| path.is_some_and(|path| glob(pattern, &path)))
        }
    }
}

/// Whether a text is a day, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let sizes: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let number = |at: usize| parts.get(at).and_then(|part| part.parse::<u32>().ok()).unwrap_or(0);
    sizes == [4, 2, 2]
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
        && (1..=12).contains(&number(1))
        && (1..=31).contains(&number(2))
}

/// `*` stands for any run of characters; everything else for itself.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or("");
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::glob;

    #[test]
    fn a_star_stands_for_any_run() {
        assert!(glob("module.*.aws_s3_bucket.logs", "module.a[\"x\"].aws_s3_bucket.logs"));
        assert!(glob("*", ""));
        assert!(!glob("aws_s3_bucket.a", "aws_s3_bucket.ab"));
        assert!(!glob("a*b", "ac"));
        assert!(glob("legacy/*.tf", "legacy/deep/x.tf"));
    }
}
