//! What a run says besides its verdicts: what could not be read, what was not there to be read, waivers that do
//! nothing. Every output that claims to be complete names each.

use std::collections::BTreeMap;
use std::sync::Arc;

use compline_frameworks::{Coverage, CoverageGap, Unjudged};
use compline_iac::{Gravity, Problem};
use compline_rules::waiver::Unused;

use crate::hidden;
use crate::run::{FileRange, SourceTexts, range};

/// Something that could not be read, or a note on what was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProblem {
    /// Whether something was lost by it.
    pub loss: bool,
    pub file: Arc<str>,
    pub place: Option<FileRange>,
    pub message: String,
    pub help: Option<String>,
}

/// Something that belongs to what was looked at and was not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadGap {
    /// `module.network`, a nested stack.
    pub what: Arc<str>,
    pub why: Arc<str>,
    /// The file, where a whole one was not read.
    pub file: Option<Arc<str>>,
    /// Where the code asks for it.
    pub place: Option<FileRange>,
}

/// A waiver that waived nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedWaiver {
    /// The rule's id as written.
    pub rule: Arc<str>,
    pub reason: Option<Arc<str>>,
    pub until: Option<Arc<str>>,
    pub by: Option<Arc<str>>,
    /// `main.tf:12`.
    pub written_at: Arc<str>,
    /// None where it does not stand in a file.
    pub file: Option<Arc<str>>,
    /// From 1.
    pub line: Option<u32>,
    /// The comment; none where it stands in the waiver file.
    pub place: Option<FileRange>,
    /// A clause: `no verdict of this rule fails there`.
    pub why: String,
}

/// A kind of notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoticeKind {
    /// A file, or a part of one, that could not be read.
    NotRead,
    /// What breaks the policy that the run is held to.
    Policy,
    /// A note on something that was read.
    Note,
    /// Something that is not here to be read.
    Gap,
    /// Resources that got no verdict.
    NotJudged,
    UnusedWaiver,
    /// A file that was left out on purpose.
    LeftOut,
}

impl NoticeKind {
    /// As outputs spell it.
    pub fn word(self) -> &'static str {
        match self {
            NoticeKind::NotRead => "not-read",
            NoticeKind::Policy => "policy",
            NoticeKind::Note => "note",
            NoticeKind::Gap => "gap",
            NoticeKind::NotJudged => "not-judged",
            NoticeKind::UnusedWaiver => "unused-waiver",
            NoticeKind::LeftOut => "left-out",
        }
    }

    /// As a heading names it.
    pub fn title(self) -> &'static str {
        match self {
            NoticeKind::NotRead => "could not be read",
            NoticeKind::Policy => "breaks the policy",
            NoticeKind::Note => "note",
            NoticeKind::Gap => "not here to be read",
            NoticeKind::NotJudged => "got no verdict",
            NoticeKind::UnusedWaiver => "waiver does nothing",
            NoticeKind::LeftOut => "left out",
        }
    }

    /// How much it weighs: `error`, `warning`, `note`, as SARIF and compilers spell it.
    pub fn level(self) -> &'static str {
        match self {
            NoticeKind::NotRead | NoticeKind::Policy => "error",
            NoticeKind::Gap => "warning",
            NoticeKind::Note | NoticeKind::NotJudged | NoticeKind::UnusedWaiver | NoticeKind::LeftOut => {
                "note"
            }
        }
    }
}

/// One thing that a run says besides its verdicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice<'a> {
    pub kind: NoticeKind,
    /// None where no file is known.
    pub file: Option<&'a str>,
    /// From 1, where it is known.
    pub line: Option<u32>,
    pub range: Option<&'a FileRange>,
    /// The gap or the waiver's rule; empty for what is about its file.
    pub subject: &'a str,
    /// A clause: what, and why.
    pub message: String,
    pub help: Option<&'a str>,
}

impl Notice<'_> {
    /// `main.tf:3:1` as far as it is known; `name` gives a path as the reader can open it.
    pub fn position(&self, name: &dyn Fn(&str) -> String) -> Option<String> {
        let file = name(self.file?);
        Some(match (self.range, self.line) {
            (Some(range), _) => format!("{file}:{}:{}", range.start.line, range.start.column),
            (None, Some(line)) => format!("{file}:{line}"),
            (None, None) => file,
        })
    }

    /// The message, and what to do about it.
    pub fn text(&self) -> String {
        match self.help {
            Some(help) => format!("{}; {help}", self.message),
            None => self.message.clone(),
        }
    }
}

impl ReadProblem {
    /// What is wrong with a snapshot's files, in its order.
    pub fn all(texts: &dyn SourceTexts) -> Vec<Self> {
        texts.problems().iter().map(|problem| Self::new(problem, texts)).collect()
    }

    pub(crate) fn new(problem: &Problem, texts: &dyn SourceTexts) -> Self {
        Self {
            loss: problem.gravity == Gravity::Loss,
            file: problem.path.clone(),
            place: problem.span.and_then(|span| range(span, texts)),
            message: texts
                .redaction()
                .problem(problem, problem.span.and_then(|span| texts.source(span.source))),
            help: problem.help.as_ref().map(|help| texts.redaction().text(help).into_owned()),
        }
    }

    pub fn notice(&self) -> Notice<'_> {
        Notice {
            kind: if self.loss { NoticeKind::NotRead } else { NoticeKind::Note },
            file: Some(&self.file),
            line: self.place.as_ref().map(|place| place.start.line),
            range: self.place.as_ref(),
            subject: "",
            message: self.message.clone(),
            help: self.help.as_deref(),
        }
    }
}

impl ReadGap {
    pub(crate) fn new(gap: &CoverageGap, texts: &dyn SourceTexts) -> Self {
        let place = gap.span.and_then(|span| range(span, texts));
        Self { what: gap.what.clone(), why: gap.why.clone(), file: gap.file.clone(), place }
    }

    pub(crate) fn notice(&self) -> Notice<'_> {
        Notice {
            kind: NoticeKind::Gap,
            file: self.place.as_ref().map(|place| &place.file).or(self.file.as_ref()).map(|file| &**file),
            line: self.place.as_ref().map(|place| place.start.line),
            range: self.place.as_ref(),
            subject: &self.what,
            message: format!("{} was not read: {}", self.what, self.why),
            help: None,
        }
    }
}

/// Resources of one kind that got no verdict for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotJudged<'a> {
    pub kind: &'a str,
    pub why: Unjudged,
    /// In the order of roots.
    pub addresses: Vec<&'a str>,
}

impl<'a> NotJudged<'a> {
    /// All of a coverage, by kind and reason.
    pub fn all(coverage: &'a Coverage) -> Vec<Self> {
        let mut groups: BTreeMap<(&str, Unjudged), Vec<&str>> = BTreeMap::new();
        for one in &coverage.unjudged {
            groups.entry((&one.kind, one.why)).or_default().push(&one.address);
        }
        groups.into_iter().map(|((kind, why), addresses)| Self { kind, why, addresses }).collect()
    }

    /// What they are, and why: `` 2 of `aws_x` got no verdict: no rule looks at the kind: `a`, `b` ``.
    pub fn text(&self) -> String {
        let named: Vec<String> =
            self.addresses.iter().take(NAMED).map(|address| format!("`{address}`")).collect();
        let more = match self.addresses.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let (count, kind, why) = (self.addresses.len(), self.kind, self.why.text());
        format!("{count} of `{kind}` got no verdict, {why}: {}{more}", named.join(", "))
    }

    pub(crate) fn notice(&self) -> Notice<'a> {
        Notice {
            kind: NoticeKind::NotJudged,
            file: None,
            line: None,
            range: None,
            subject: self.kind,
            message: self.text(),
            help: None,
        }
    }
}

/// Addresses named before "and 6 more".
const NAMED: usize = 3;

impl UnusedWaiver {
    pub(crate) fn new(unused: &Unused, texts: &dyn SourceTexts) -> Self {
        let waiver = &unused.waiver;
        let hide = texts.redaction();
        let shared = |text: &Option<Arc<str>>| text.as_ref().map(|text| hide.shared(text));
        Self {
            rule: hide.shared(&waiver.rule),
            reason: shared(&waiver.reason),
            until: shared(&waiver.until),
            by: shared(&waiver.by),
            written_at: Arc::from(waiver.source.to_string()),
            file: waiver.source.file().cloned(),
            line: waiver.source.line(),
            place: waiver.source.span().and_then(|span| range(span, texts)),
            why: hidden::owned(hide, unused.reason.to_string()),
        }
    }

    pub(crate) fn notice(&self) -> Notice<'_> {
        Notice {
            kind: NoticeKind::UnusedWaiver,
            file: self.file.as_deref(),
            line: self.line,
            range: self.place.as_ref(),
            subject: &self.rule,
            message: match &*self.rule {
                "" => format!("the waiver does nothing: {}", self.why),
                rule => format!("the waiver of `{rule}` does nothing: {}", self.why),
            },
            help: None,
        }
    }
}
