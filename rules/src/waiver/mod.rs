//! Accepted failures: inline comments, waiver files, other scanners' suppressions. Waivers belong to the
//! engine: no rule knows of them.

mod data;
mod file;
mod inline;
mod names;
mod unused;

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use compline_iac::{Data, Snapshot, SourceId, Span, Value};

pub use self::data::parse as data;
pub use self::file::{WaiverFileError, WaiverFileProblem, parse as file};
pub use self::inline::{Scanner, parse as inline};
pub use self::unused::{Unused, UnusedReason};
use crate::set::RuleSet;
use crate::verdict::{Locus, Outcome, Related, Verdict};

/// Somebody's decision to accept a failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiver {
    /// The rule's id as written, another scanner's id that an alias names, or `*`.
    pub rule: Arc<str>,
    pub reason: Option<Arc<str>>,
    /// Last day on which it holds, `YYYY-MM-DD`.
    pub until: Option<Arc<str>>,
    pub by: Option<Arc<str>>,
    pub source: WaiverSource,
    pub scope: Scope,
    /// Attributes that the resource must have, each with the value as text: of tfsec's and Trivy's `ID[size=8]`.
    pub conditions: Vec<(Arc<str>, Arc<str>)>,
    /// What is wrong with it: it waives nothing then.
    pub fault: Option<WaiverFault>,
}

/// Where a waiver stands. As text it is a place for readers: `main.tf:12`, `compline.waivers.yaml:4`.
#[derive(Debug, Clone, PartialEq)]
pub enum WaiverSource {
    /// A comment beside the code, or a note in its data: ours, or another scanner's.
    Comment { scanner: Option<Scanner>, span: Span, path: Arc<str>, line: u32 },
    /// An entry of the waiver file; its line from 1.
    File { path: Arc<str>, line: u64 },
    /// The results of another scanner tell of it.
    Results { tool: Arc<str> },
}

/// What is wrong with a waiver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WaiverFault {
    /// `compline: waivee …`.
    UnknownDirective {
        written: Arc<str>,
    },
    /// It names no rule.
    NoRule,
    /// It names `*`: a waiver is of rules that somebody weighed.
    EveryRule,
    NoReason,
    /// It has no `until`.
    NoEnd,
    /// `until` is no day.
    BadDate {
        written: Arc<str>,
    },
    /// It has no `by`.
    NoAuthor,
    /// A word that is no option, or an option that does not exist.
    UnknownOption {
        written: Arc<str>,
    },
    /// An option is given twice.
    Repeated {
        option: Arc<str>,
    },
    /// A value's quotation mark is never closed.
    UnclosedQuote {
        option: Arc<str>,
    },
    /// A waiver in data that is neither a text nor a map of `rule`, `reason`, `until` and `by`.
    NoText,
    /// A suppression of a scanner that the user did not name under `--honor`.
    NotHonored {
        scanner: Scanner,
    },
    /// A suppression of a tool whose ids no rule carries.
    OfOtherTool {
        tool: &'static str,
    },
    /// It holds in one workspace of Terraform only.
    OneWorkspace {
        name: Arc<str>,
    },
}

impl Waiver {
    /// Whether it is another tool's suppression that does not count here.
    pub fn is_foreign(&self) -> bool {
        matches!(self.fault, Some(WaiverFault::NotHonored { .. } | WaiverFault::OfOtherTool { .. }))
    }
}

impl WaiverSource {
    /// The comment's span.
    pub fn span(&self) -> Option<Span> {
        match self {
            WaiverSource::Comment { span, .. } => Some(*span),
            WaiverSource::File { .. } | WaiverSource::Results { .. } => None,
        }
    }

    /// The file it stands in; none where another scanner's results tell of it.
    pub fn file(&self) -> Option<&Arc<str>> {
        match self {
            WaiverSource::Comment { path, .. } | WaiverSource::File { path, .. } => Some(path),
            WaiverSource::Results { .. } => None,
        }
    }

    /// Its line, from 1.
    pub fn line(&self) -> Option<u32> {
        match self {
            WaiverSource::Comment { line, .. } => Some(*line),
            WaiverSource::File { line, .. } => u32::try_from(*line).ok(),
            WaiverSource::Results { .. } => None,
        }
    }
}

impl fmt::Display for WaiverSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaiverSource::Comment { path, line, .. } => write!(f, "{path}:{line}"),
            WaiverSource::File { path, line } => write!(f, "{path}:{line}"),
            WaiverSource::Results { tool } => write!(f, "results of {tool}"),
        }
    }
}

impl fmt::Display for WaiverFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WaiverFault::UnknownDirective { written } => {
                write!(f, "`{written}` is no directive; write `waive` or `waive-file`")
            }
            WaiverFault::NoRule => f.write_str("it names no rule; write `waive RULE reason=\"…\"`"),
            WaiverFault::EveryRule => f.write_str("`*` is no rule; name the rules that are waived"),
            WaiverFault::NoReason => f.write_str("it gives no reason; write `reason=\"…\"`"),
            WaiverFault::NoEnd => f.write_str("it has no end; write `until=2027-06-30`"),
            WaiverFault::BadDate { written } => {
                write!(f, "`{written}` is no date; write `until=2027-06-30`")
            }
            WaiverFault::NoAuthor => f.write_str("no author given; write `by=NAME`"),
            WaiverFault::UnknownOption { written } => {
                write!(
                    f,
                    "`{written}` is no option; there are `reason`, `until` and `by`, each as `NAME=VALUE`"
                )
            }
            WaiverFault::Repeated { option } => write!(f, "`{option}` is given twice"),
            WaiverFault::UnclosedQuote { option } => {
                write!(f, "the quotation mark of `{option}` is not closed")
            }
            WaiverFault::NoText => f.write_str(
                "it is no waiver; write `rule`, `reason`, `until` and `by`, or all of it as one text",
            ),
            WaiverFault::NotHonored { scanner } => {
                let name = scanner.name();
                write!(
                    f,
                    "suppressions of {name} count with `--honor {name}` only, here and elsewhere in this file"
                )
            }
            WaiverFault::OfOtherTool { tool } => {
                write!(
                    f,
                    "suppressions of {tool} do not count, here and elsewhere in this file; waive the rule itself"
                )
            }
            WaiverFault::OneWorkspace { name } => {
                write!(
                    f,
                    "it holds in the workspace `{name}` only, and which one is meant the code does not say"
                )
            }
        }
    }
}

/// What a waiver reaches.
#[derive(Debug, Clone, PartialEq)]
pub enum Scope {
    /// The resource this comment stands in, or directly above; at a module call, all that the call makes.
    Resource { comment: Span, next_line: u32 },
    /// Verdicts whose locus begins on this line (from 1); on a resource's first line, the whole resource, and on a module
    /// call's first line, all that the call makes.
    Line { source: SourceId, line: u32 },
    /// All verdicts in this source.
    File(SourceId),
    /// Addresses and files, each with `*`.
    Pattern { address: Option<Arc<str>>, file: Option<Arc<str>> },
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
    let (used, expired) = (HashSet::new(), HashSet::new());
    let mut application = Application { waivers, rules, snapshot, today, used, expired };
    for shared in verdicts.iter_mut() {
        if !shared.is_open() {
            continue;
        }
        let Some(locus) = &shared.locus else { continue };
        let Effect { mut expired, accepted, left } = application.effect(shared, locus);
        if left.len() < locus.offenders.len()
            && accepted.is_none()
            && let Some(locus) = &mut Arc::make_mut(shared).locus
        {
            locus.offenders = left;
        }
        if !expired.is_empty()
            && let Some(locus) = &mut Arc::make_mut(shared).locus
        {
            locus.related.append(&mut expired);
        }
        if let Some(waiver) = accepted {
            let verdict = Arc::make_mut(shared);
            let others = verdict.otherwise.iter_mut().map(|one| &mut one.outcome);
            let open =
                std::iter::once(&mut verdict.outcome).chain(others).filter(|outcome| outcome.is_open());
            open.for_each(|outcome| *outcome = Outcome::Waived(Arc::clone(&waiver)));
            verdict.fix = None;
        }
    }
    application.unused()
}

/// Waivers while they are applied.
struct Application<'a> {
    waivers: &'a [Arc<Waiver>],
    rules: &'a RuleSet,
    snapshot: &'a Snapshot,
    today: &'a str,
    /// Places of the waivers that accepted something, and of those that would have, had they not ended.
    used: HashSet<usize>,
    expired: HashSet<usize>,
}

/// What waivers do to one verdict.
struct Effect {
    /// The places of those that ended.
    expired: Vec<Related>,
    /// The one that accepts all of it.
    accepted: Option<Arc<Waiver>>,
    /// The elements that none accepts.
    left: Vec<Span>,
}

impl Application<'_> {
    fn effect(&mut self, verdict: &Verdict, locus: &Locus) -> Effect {
        let mut expired: Vec<Related> = Vec::new();
        let mut left: Vec<Span> = locus.offenders.clone();
        let mut accepting = Vec::new();
        for (index, waiver) in self.waivers.iter().enumerate() {
            if waiver.fault.is_some()
                || !names(waiver, verdict, self.rules)
                || !reaches(waiver, verdict, locus, self.snapshot)
                || !meets(waiver, verdict, self.snapshot)
            {
                continue;
            }
            let comment = waiver.source.span();
            match &waiver.until {
                Some(until) if **until < *self.today => {
                    self.expired.insert(index);
                    let text = format!("the waiver at {} expired on {until}", waiver.source);
                    expired.push(Related { span: comment.unwrap_or(locus.resource), text });
                }
                _ => {
                    let within = |offender: &Span| comment.is_some_and(|span| offender.contains(&span));
                    match locus.offenders.iter().any(within) {
                        true => left.retain(|offender| !within(offender)),
                        false => left.clear(),
                    }
                    self.used.insert(index);
                    accepting.push(Arc::clone(waiver));
                }
            }
        }
        let accepted = accepting.into_iter().next().filter(|_| left.is_empty());
        Effect { expired, accepted, left }
    }

    fn unused(&self) -> Vec<Unused> {
        let unused = self.waivers.iter().enumerate().filter(|(index, _)| !self.used.contains(index));
        unused
            .map(|(index, waiver)| {
                let is_rule = &*waiver.rule == "*"
                    || self.rules.info(&waiver.rule).is_some()
                    || self.rules.by_alias(&waiver.rule).next().is_some()
                    || names::numbers(&waiver.rule).any(|id| self.rules.by_alias(id).next().is_some());
                let reason = match (&waiver.fault, &waiver.until) {
                    (Some(fault), _) => UnusedReason::Faulty(fault.clone()),
                    (None, Some(until)) if self.expired.contains(&index) => {
                        UnusedReason::Expired { on: Arc::clone(until) }
                    }
                    _ if !is_rule => UnusedReason::NoSuchRule { id: Arc::clone(&waiver.rule) },
                    _ => UnusedReason::NothingFails,
                };
                Unused { waiver: Arc::clone(waiver), reason }
            })
            .collect()
    }
}

fn names(waiver: &Waiver, verdict: &Verdict, rules: &RuleSet) -> bool {
    *waiver.rule == *verdict.rule || &*waiver.rule == "*" || {
        let info = rules.info(&verdict.rule);
        let is_named = |id: &str| {
            inline::same_id(id, &waiver.rule)
                || names::numbers(&waiver.rule).any(|number| inline::same_id(id, number))
        };
        info.is_some_and(|info| info.other_ids().any(is_named))
    }
}

fn reaches(waiver: &Waiver, verdict: &Verdict, locus: &Locus, snapshot: &Snapshot) -> bool {
    let resource = locus.resource;
    let line = |span: Span| snapshot.source(span).map(|source| source.place(span.start).line);
    match &waiver.scope {
        Scope::Resource { comment, next_line } => {
            // KICS' `ignore-block` is about the block it stands at, not about what that calls.
            let calls = locus.calls.iter().filter(|_| &*waiver.rule != "*");
            let mut blocks = calls.chain([&resource]);
            locus.offenders.iter().any(|offender| offender.contains(comment))
                || blocks.any(|block| {
                    block.contains(comment)
                        || block.source == comment.source && line(*block) == Some(*next_line)
                })
        }
        Scope::Line { source, line: wanted } => {
            let calls = locus.calls.iter().filter(|_| &*waiver.rule != "*");
            let mut places = calls.chain([&locus.span, &resource]);
            places.any(|place| place.source == *source && line(*place) == Some(*wanted))
        }
        Scope::File(source) => resource.source == *source,
        Scope::Pattern { address, file } => {
            let path = snapshot.source(resource).map(|source| Arc::clone(&source.path));
            address.as_ref().is_none_or(|pattern| glob(pattern, &verdict.address))
                && file.as_ref().is_none_or(|pattern| path.is_some_and(|path| glob(pattern, &path)))
        }
    }
}

/// Whether the resource has the attributes that a waiver names: `size=8`, `ingress.from_port=22`.
fn meets(waiver: &Waiver, verdict: &Verdict, snapshot: &Snapshot) -> bool {
    if waiver.conditions.is_empty() {
        return true;
    }
    let root = snapshot.inventories.iter().find(|one| one.root == verdict.root);
    let resource = root.and_then(|inventory| inventory.find(&verdict.address));
    resource.is_some_and(|resource| {
        let mut all = waiver.conditions.iter();
        all.all(|(path, wanted)| has(&resource.body, &path.split('.').collect::<Vec<_>>(), wanted))
    })
}

/// Whether a value is written so at the end of a path, in one of several blocks.
fn has(value: &Value, path: &[&str], wanted: &str) -> bool {
    match (&value.data, path) {
        (Data::List(list), _) => list.items.iter().any(|item| has(item, path, wanted)),
        (_, [first, rest @ ..]) => value.get(first).is_some_and(|inner| has(inner, rest, wanted)),
        (Data::Text(text), []) => **text == *wanted,
        (Data::Number(number), []) => number.to_string() == wanted,
        (Data::Bool(bool), []) => bool.to_string() == wanted,
        _ => false,
    }
}

/// Whether a text is a day that exists, `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str, size: usize| -> Option<u32> {
        let digits = part.len() == size && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| digits)
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2)) else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last = match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=last).contains(&day)
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
