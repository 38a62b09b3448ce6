//! Runs what a page claims: `fail` fails at its mark, `pass` passes, and a fixed `fail` passes. Nothing is compiled:
//! the page and the tables come as texts.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use compline_iac::syntax::node::Node;
use compline_iac::syntax::yaml;
use compline_iac::{Dialect, MemorySources, Mode, Options, Snapshot, Source, SourceId, Span, Workspace};
use rayon::prelude::*;

use crate::check::Check;
use crate::error::{ContentError, ContentPlace, ContentProblem, KeyPath, Segment};
use crate::fix::{self, FixError};
use crate::judge;
use crate::page::{self, Example, Expect, Page};
use crate::rule::RuleInfo;
use crate::schema;
use crate::set::RuleSet;
use crate::table::Tables;
use crate::verdict::{Outcome, Verdict};

/// The word that marks what an author has still to fill in.
pub const HOLE: &str = "FILL_IN";

/// What came of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct PageReport {
    /// None where the page could not be read.
    pub info: Option<Arc<RuleInfo>>,
    /// How many examples were run.
    pub examples: usize,
    /// How many fixes were tried.
    pub fixes: usize,
    /// How many of the failures in the failing examples have a fix that holds, by the dialect of the example.
    pub fixed: BTreeMap<Dialect, Fixed>,
    /// In the order of the page.
    pub failures: Vec<PageFailure>,
}

/// Failures of examples, and those of them whose fix was tried and holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fixed {
    pub failing: usize,
    pub fixed: usize,
}

/// A claim of a page that does not hold, or is not there.
#[derive(Debug, Clone, PartialEq)]
pub struct PageFailure {
    /// The line of the page it concerns, from 1.
    pub line: usize,
    pub kind: FailureKind,
}

/// What does not hold.
#[derive(Debug, Clone, PartialEq)]
pub enum FailureKind {
    /// The page cannot be read.
    Content(ContentError),
    /// Something has still to be filled in.
    Hole,
    /// The page claims nothing of this outcome.
    NoExample(Expect),
    /// `native.use` names no code.
    UnknownNative(String),
    /// The example itself cannot be read.
    ExampleUnread(String),
    /// It names what the provider's schema does not have.
    Schema(schema::Unknown),
    /// The example comes out otherwise: the sentences of the verdicts it got.
    Outcome { expected: Expect, found: Vec<String> },
    /// The verdict points elsewhere: lines and columns of the example, from 1.
    Mark { marked: String, found: Vec<String> },
    /// The fix of the failure at this address does not hold.
    Fix { address: Arc<str>, error: FixError },
}

/// As [`test_page`] for many, shared out among the processor's cores; reports come in the order of the pages.
pub fn test_pages(texts: &[&str], tables: &Arc<Tables>) -> Vec<PageReport> {
    texts.par_iter().map(|text| test_page(text, tables)).collect()
}

/// Reads a page and runs its examples and fixes, with these tables beside it.
pub fn test_page(text: &str, tables: &Arc<Tables>) -> PageReport {
    let mut failures: Vec<PageFailure> = holes(text);
    let Page { rule, examples } = match page::parse(text) {
        Ok(page) => page,
        Err(error) => {
            failures.push(PageFailure { line: line_of(&error, text), kind: FailureKind::Content(error) });
            failures.sort_by_key(|failure| failure.line);
            return PageReport { info: None, examples: 0, fixes: 0, fixed: BTreeMap::new(), failures };
        }
    };
    let info = Arc::clone(&rule.info);
    if let Check::Native { name, .. } = &rule.check
        && !crate::native::NATIVES.contains(&name.as_str())
    {
        let line = line_of_key(&KeyPath::of("check").key("native").key("use"), text);
        failures.push(PageFailure { line, kind: FailureKind::UnknownNative(name.clone()) });
    }
    // What has still to be written is told as that.
    let unknown = schema::unknown_in_rule(&rule, tables).into_iter().filter(|one| !one.text.contains(HOLE));
    for found in unknown {
        let line = schema::line_of(text, &found);
        failures.push(PageFailure { line, kind: FailureKind::Schema(found.unknown) });
    }
    for expect in [Expect::Fail, Expect::Pass] {
        if !examples.iter().any(|example| example.expect == expect) {
            failures.push(PageFailure { line: 1, kind: FailureKind::NoExample(expect) });
        }
    }
    let rules = RuleSet::with_tables(vec![rule], Arc::clone(tables));
    let (mut fixes, mut fixed) = (0, BTreeMap::new());
    let mut unwritable = Vec::new();
    for example in &examples {
        let tried = run(&rules, example);
        fixes += tried.fixes;
        failures.extend(tried.failures);
        unwritable.extend(tried.unwritable);
        for (dialect, more) in tried.fixed {
            let all: &mut Fixed = fixed.entry(dialect).or_default();
            all.failing += more.failing;
            all.fixed += more.fixed;
        }
    }
    // A fix that one example cannot take, for the form it is written in, holds in others; one that none takes does not.
    if fixed.values().all(|one| one.fixed == 0) {
        failures.extend(unwritable);
    }
    failures.sort_by_key(|failure| failure.line);
    PageReport { info: Some(info), examples: examples.len(), fixes, fixed, failures }
}

/// What came of one example.
#[derive(Default)]
struct Tried {
    fixes: usize,
    fixed: BTreeMap<Dialect, Fixed>,
    failures: Vec<PageFailure>,
    /// Fixes that cannot be written in this example.
    unwritable: Vec<PageFailure>,
}

fn run(rules: &RuleSet, example: &Example) -> Tried {
    let failed =
        |kind| Tried { failures: vec![PageFailure { line: example.line, kind }], ..Tried::default() };
    let sources = MemorySources::of([(example.file, example.text.as_str())]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[example.file.to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    if let Some(problem) = snapshot.problems.first() {
        return failed(FailureKind::ExampleUnread(problem.message.clone()));
    }
    let unknown = unknown_settings(&snapshot, example);
    if !unknown.is_empty() {
        return Tried { failures: unknown, ..Tried::default() };
    }
    let inventories = snapshot.inventories.iter();
    let verdicts: Vec<Arc<Verdict>> =
        inventories.flat_map(|inventory| judge(inventory, rules, &snapshot)).collect();
    if !comes_out(example.expect, &verdicts) {
        let found = verdicts.iter().map(|one| sentence(one)).collect();
        return failed(FailureKind::Outcome { expected: example.expect, found });
    }
    if example.expect != Expect::Fail {
        return Tried::default();
    }
    let failing: Vec<&Arc<Verdict>> =
        verdicts.iter().filter(|one| matches!(one.outcome, Outcome::Fail)).collect();
    let mut tried = Tried::default();
    if let Some((marked, kind)) = mark(&example.text).and_then(|mark| misses(&mark, &snapshot, &failing)) {
        let line = example.line + marked.saturating_sub(1) as usize;
        tried.failures.push(PageFailure { line, kind });
    }
    for verdict in failing {
        let Some(dialect) = verdict.dialect else { continue };
        let of_dialect = tried.fixed.entry(dialect).or_default();
        of_dialect.failing += 1;
        if verdict.fix.is_none() {
            continue;
        }
        tried.fixes += 1;
        let before = fix::verdicts(&snapshot, rules, &verdict.root);
        match fix::verified(&workspace, &sources, &snapshot, rules, &before, verdict) {
            Ok(_) => of_dialect.fixed += 1,
            Err(error) => {
                let is_unwritable = matches!(error, FixError::Unwritable(_) | FixError::TouchesTwoFiles);
                let kind = FailureKind::Fix { address: Arc::clone(&verdict.address), error };
                let failure = PageFailure { line: example.line, kind };
                if is_unwritable { &mut tried.unwritable } else { &mut tried.failures }.push(failure);
            }
        }
    }
    tried
}

/// What the resources of an example set that their kinds do not have.
fn unknown_settings(snapshot: &Snapshot, example: &Example) -> Vec<PageFailure> {
    let resources = snapshot.inventories.iter().flat_map(|inventory| &inventory.resources);
    let managed = resources.filter(|resource| resource.mode == Mode::Managed);
    let failure = |(span, unknown): (Option<Span>, schema::Unknown)| {
        let place = span.and_then(|span| Some(snapshot.source(span)?.place(span.start)));
        let line = example.line + place.map_or(0, |place| place.line as usize - 1);
        PageFailure { line, kind: FailureKind::Schema(unknown) }
    };
    let unknown = managed.flat_map(|resource| schema::unknown_in_resource(resource));
    unknown.filter(|(_, unknown)| !unknown.to_string().contains(HOLE)).map(failure).collect()
}

/// Whether verdicts are what an example expects. A failing one may hold resources that pass; nothing is unknown.
fn comes_out(expect: Expect, verdicts: &[Arc<Verdict>]) -> bool {
    let any = |is: fn(&Outcome) -> bool| verdicts.iter().any(|verdict| is(&verdict.outcome));
    let passes = any(|outcome| matches!(outcome, Outcome::Pass));
    let fails = any(|outcome| matches!(outcome, Outcome::Fail));
    let unknown = any(|outcome| matches!(outcome, Outcome::Unknown(_)));
    match expect {
        Expect::Fail => fails && !unknown,
        Expect::Pass => passes && !fails && !unknown,
        Expect::Unknown => unknown && !fails,
        Expect::Nothing => verdicts.is_empty(),
    }
}

fn sentence(verdict: &Verdict) -> String {
    format!("{} at `{}`: {}", verdict.outcome.word(), verdict.address, verdict.message)
}

/// Carets below a line: the line above them and their columns, from 1, the end one past the last.
struct Mark {
    line: u32,
    start: u32,
    end: u32,
}

fn mark(text: &str) -> Option<Mark> {
    text.lines().enumerate().find_map(|(index, line)| {
        let carets = page::carets(line)?;
        let start = line.chars().position(|c| c == '^')? as u32 + 1;
        Some(Mark { line: index as u32, start, end: start + carets as u32 })
    })
}

/// What is wrong where no failure points at the mark, with the line of the example it stands on.
fn misses(mark: &Mark, snapshot: &Snapshot, failing: &[&Arc<Verdict>]) -> Option<(u32, FailureKind)> {
    let mut found = Vec::new();
    for verdict in failing {
        let Some((locus, source)) =
            verdict.locus.as_ref().and_then(|locus| Some((locus, snapshot.source(locus.span)?)))
        else {
            continue;
        };
        let (from, to) = (source.place(locus.span.start), source.place(locus.span.end));
        let begins = from.line == mark.line && from.column <= mark.start;
        let exact = from.line == mark.line
            && from.column == mark.start
            && to.line == mark.line
            && to.column == mark.end;
        // A header or block may be marked in part; a value is marked whole.
        let in_part = (to.line > mark.line)
            || (to.line == mark.line && mark.end <= to.column && verdict.observed.is_absent());
        if exact || begins && in_part {
            return None;
        }
        found.push(format!("{}:{} to {}:{}", from.line, from.column, to.line, to.column));
    }
    let marked = format!("{}:{} to {}:{}", mark.line, mark.start, mark.line, mark.end);
    Some((mark.line, FailureKind::Mark { marked, found }))
}

/// The lines in which an author has still something to fill in.
fn holes(text: &str) -> Vec<PageFailure> {
    let lines = text.lines().enumerate().filter(|(_, line)| line.contains(HOLE));
    lines.map(|(at, _)| PageFailure { line: at + 1, kind: FailureKind::Hole }).collect()
}

/// The line of a page that an error concerns, from 1.
pub fn line_of(error: &ContentError, text: &str) -> usize {
    match (&error.at, &error.problem) {
        // The front matter begins on the second line of the page.
        (_, ContentProblem::Syntax { line: Some(line), .. }) => line + 1,
        (ContentPlace::Line(line), _) => *line,
        (ContentPlace::Key(path), _) => line_of_key(path, text),
        (ContentPlace::Text, _) => 1,
    }
}

/// The line of a table that an error concerns, from 1.
pub fn line_in_table(error: &ContentError, text: &str) -> usize {
    match (&error.at, &error.problem) {
        (_, ContentProblem::Syntax { line: Some(line), .. }) => *line,
        (ContentPlace::Key(path), _) => line_of_table_key(path, text),
        (ContentPlace::Line(line), _) => *line,
        (ContentPlace::Text, _) => 1,
    }
}

/// The line of a key of a table, from 1; of the nearest key around it where it is not there. The first segment is the
/// name of the table.
pub fn line_of_table_key(path: &KeyPath, text: &str) -> usize {
    line_in_yaml(path.0.get(1..).unwrap_or_default(), text)
}

/// The line of a key of the front matter; of the nearest key around it where it is not there.
pub fn line_of_key(path: &KeyPath, text: &str) -> usize {
    let front = text.strip_prefix("---\n").and_then(|rest| rest.split("\n---\n").next());
    front.map_or(1, |front| line_in_yaml(&path.0, front) + 1)
}

/// The line of a key in a text of YAML, from 1.
fn line_in_yaml(path: &[Segment], text: &str) -> usize {
    let source = Source::new(SourceId(0), "page", text);
    let (documents, _, _) = yaml::parse(&source);
    let mut line = 1;
    let mut node: Option<&Node> = documents.first();
    for segment in path {
        let Some(here) = node else { break };
        node = match segment {
            Segment::Key(key) => here.entry(key).map(|entry| {
                line = source.place(entry.key.span.start).line as usize;
                &entry.value
            }),
            Segment::Item(index) => here.items().get(*index).inspect(|item| {
                line = source.place(item.span.start).line as usize;
            }),
        };
    }
    line
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FailureKind::Content(error) => error.fmt(f),
            FailureKind::Hole => write!(f, "`{HOLE}` marks what has still to be written"),
            FailureKind::NoExample(expect) => write!(f, "no example is expected to {expect}"),
            FailureKind::UnknownNative(name) => write!(f, "no code is called `{name}`"),
            FailureKind::ExampleUnread(why) => write!(f, "the example does not read: {why}"),
            FailureKind::Schema(unknown) => unknown.fmt(f),
            FailureKind::Outcome { expected, found } if found.is_empty() => {
                write!(f, "the example should {expected}, but no resource was judged")
            }
            FailureKind::Outcome { expected, found } => {
                write!(f, "the example should {expected}, but it gives {}", found.join("; "))
            }
            FailureKind::Mark { marked, found } => {
                write!(f, "{marked} is marked, but the failure points at {}", found.join(", "))
            }
            FailureKind::Fix { address, error } => {
                write!(f, "the fix at `{address}` does not hold: {error}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\nid: aws-a-b\ntitle: it is open\nseverity: low\nobjectives: [o]\ncheck:\n  aws_a:\n    open: { is: false, absent: fail }\nfix: { safety: safe }\n---\nWhy.\n\n\
        ```hcl fail\nresource \"aws_a\" \"x\" {\n  open = true\n  #      ^^^^\n}\n```\n\n```hcl pass\nresource \"aws_a\" \"x\" { open = false }\n```\n";

    fn failures(text: &str) -> Vec<(usize, String)> {
        let report = test_page(text, &Arc::default());
        report.failures.into_iter().map(|failure| (failure.line, failure.kind.to_string())).collect()
    }

    #[test]
    fn a_page_that_keeps_its_word_has_no_failure() {
        let report = test_page(PAGE, &Arc::default());
        assert_eq!((report.examples, report.fixes, report.failures), (2, 1, Vec::new()));
    }

    #[test]
    fn each_broken_claim_is_told_at_its_line() {
        for (what, now, line, message) in [
            (
                "open = true\n",
                "open = false\n",
                14,
                "the example should fail, but it gives pass at `aws_a.x`",
            ),
            (
                "{ open = false }",
                "{ open = true }",
                21,
                "the example should pass, but it gives fail at `aws_a.x`",
            ),
            (
                "#      ^^^^",
                "#      ^^",
                15,
                "2:10 to 2:12 is marked, but the failure points at 2:10 to 2:14",
            ),
            ("```hcl pass", "```hcl fail", 1, "no example is expected to pass"),
            (
                "safety: safe",
                "safety: safe, set: maybe",
                14,
                "the fix at `aws_a.x` does not hold: the rule would still not pass (fail)",
            ),
            ("is: false", "isnt: false", 8, "check.aws_a.open.isnt: `isnt` is no operator"),
            ("severity: low", "severity: tiny", 4, "front matter: "),
            ("title: it is open", "title: FILL_IN", 3, "`FILL_IN` marks what has still to be written"),
            ("open = true\n", "open = \n", 14, "the example does not read: "),
        ] {
            let page = PAGE.replacen(what, now, 1);
            assert_ne!(page, PAGE, "{what}");
            let found = failures(&page);
            assert!(found.iter().any(|one| one.0 == line && one.1.starts_with(message)), "{now}: {found:?}");
        }
        let known = PAGE.replace("aws_a", "aws_ebs_volume").replace("open", "encrypted");
        assert_eq!(failures(&known).len(), 1, "only the mark moved: {:?}", failures(&known));
        for (what, now, line, message) in [
            (
                "  aws_ebs_volume:",
                "  aws_ebs_volum:",
                7,
                "no provider has a `aws_ebs_volum`; did you mean `aws_ebs_volume`?",
            ),
            (
                "encrypted: {",
                "encryptd: {",
                8,
                "`aws_ebs_volume` has no `encryptd`; did you mean `encrypted`?",
            ),
            (
                "encrypted: {",
                "encrypted: { present: true }\n    tags.a.b: { present: true }\n    zone: {",
                10,
                "`aws_ebs_volume` has no `zone`",
            ),
            (
                "{ encrypted = false }",
                "{ encripted = false }",
                21,
                "`aws_ebs_volume` has no `encripted`; did you mean `encrypted`?",
            ),
            (
                "{ safety: safe }",
                "{ safety: safe, set: { encript: true } }",
                9,
                "`aws_ebs_volume` has no `encript`",
            ),
        ] {
            let page = known.replacen(what, now, 1);
            assert_ne!(page, known, "{what}");
            let found = failures(&page);
            assert!(found.iter().any(|one| one.0 == line && one.1.starts_with(message)), "{now}: {found:?}");
        }
        let native = PAGE.replacen(
            "  aws_a:\n    open: { is: false, absent: fail }",
            "  native: { use: nobody, kinds: [aws_a] }",
            1,
        );
        assert!(failures(&native).contains(&(7, "no code is called `nobody`".to_owned())));
    }
}
