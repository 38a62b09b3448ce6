//! Every page's examples, run: `fail` fails at its mark, `pass` passes, a fixed `fail` passes and changes no
//! byte outside its edit.

use std::sync::Arc;

use compline_iac::{MemorySources, Options, Snapshot, Workspace};

use crate::page::{Example, Expect, Page, parse};
use crate::rule::RuleInfo;
use crate::set::RuleSet;
use crate::verdict::{Outcome, Verdict};
use crate::{fix, judge};

include!(concat!(env!("OUT_DIR"), "/pages.rs"));

fn read(example: &Example, text: &str) -> (Workspace, MemorySources, Snapshot) {
    let sources = MemorySources::of([(example.file, text)]);
    let mut workspace = Workspace::new(Options::default());
    workspace.read(&sources, &[example.file.to_owned()]);
    let snapshot = workspace.snapshot(&sources);
    (workspace, sources, snapshot)
}

fn verdicts(snapshot: &Snapshot, rules: &RuleSet) -> Vec<Arc<Verdict>> {
    snapshot.inventories.iter().flat_map(|inventory| judge(inventory, rules, snapshot)).collect()
}

/// The line (from 1) and columns (from 1, end exclusive) that a mark points at.
fn mark(text: &str) -> Option<(u32, u32, u32)> {
    text.lines().enumerate().find_map(|(index, line)| {
        let inner = line.trim_start().trim_start_matches(['#', '/']).trim();
        if inner.is_empty() || !inner.chars().all(|c| c == '^') {
            return None;
        }
        let start = line.chars().position(|c| c == '^')? as u32 + 1;
        Some((index as u32, start, start + inner.len() as u32))
    })
}

fn check_mark(snapshot: &Snapshot, failing: &[&Arc<Verdict>], text: &str) -> Result<(), String> {
    let Some((line, start, end)) = mark(text) else { return Ok(()) };
    let mut seen = Vec::new();
    for verdict in failing {
        let span = verdict.locus.as_ref().ok_or("there is no locus")?.span;
        let source = snapshot.source(span).ok_or("the locus has no source")?;
        let (from, to) = (source.place(span.start), source.place(span.end));
        let inside = from.line == line && from.column <= start && (to.line > line || end <= to.column);
        let exact = from.line == line && from.column == start && to.line == line && to.column == end;
        // A header or block may be marked in part; a value is marked whole.
        let is_value = !verdict.observed.is_absent();
        if exact || inside && (!is_value || to.line > line) {
            return Ok(());
        }
        seen.push(format!("{}:{}-{}:{}", from.line, from.column, to.line, to.column));
    }
    Err(format!("marked {line}:{start}-{end}, the locus is {}", seen.join(", ")))
}

fn run(info: &RuleInfo, rules: &RuleSet, example: &Example) -> Result<(), String> {
    let (workspace, sources, snapshot) = read(example, &example.text);
    if let Some(problem) = snapshot.problems.first() {
        return Err(format!("the example does not read: {}", problem.message));
    }
    let verdicts = verdicts(&snapshot, rules);
    let of = |word: &str| verdicts.iter().filter(|one| one.outcome.word() == word).collect::<Vec<_>>();
    let (pass, fail, unknown) = (of("pass"), of("fail"), of("unknown"));
    let found = || {
        let words: Vec<String> = verdicts
            .iter()
            .map(|one| format!("{} {}: {}", one.outcome.word(), one.address, one.message))
            .collect();
        if words.is_empty() { "no verdict".to_owned() } else { words.join("; ") }
    };
    let fits = match example.expect {
        Expect::Fail => !fail.is_empty() && unknown.is_empty(),
        Expect::Pass => !pass.is_empty() && fail.is_empty() && unknown.is_empty(),
        Expect::Unknown => !unknown.is_empty() && fail.is_empty(),
        Expect::Nothing => verdicts.is_empty(),
    };
    if !fits {
        return Err(format!("expected {:?}, found {}", example.expect, found()));
    }
    if example.expect == Expect::Fail {
        check_mark(&snapshot, &fail, &example.text)?;
        for verdict in fail.iter().filter(|one| one.fix.is_some()) {
            let before = fix::verdicts(&snapshot, rules, &verdict.root);
            let fixed = fix::verified(&workspace, &sources, &snapshot, rules, &before, verdict);
            fixed.map_err(|error| {
                format!("the fix of {} does not hold: {error} ({:?})", verdict.address, verdict.fix)
            })?;
        }
    }
    for one in &verdicts {
        if one.rule.as_ref() != info.id {
            return Err(format!("a verdict of `{}`", one.rule));
        }
        if matches!(one.outcome, Outcome::Fail) && one.message.is_empty() {
            return Err("a failure without a sentence".to_owned());
        }
    }
    Ok(())
}

#[test]
fn every_example_of_every_page_comes_out_as_claimed() {
    let all = RuleSet::builtin();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (path, text) in PAGE_TEXTS {
        let Page { rule, examples } = parse(text).unwrap();
        let rules = all.only(|one| one.id == rule.info.id);
        for expect in [Expect::Fail, Expect::Pass] {
            if !examples.iter().any(|example| example.expect == expect) {
                wrong.push(format!("{path}: no example is expected to be {expect:?}"));
            }
        }
        for example in &examples {
            count += 1;
            if let Err(message) = run(&rule.info, &rules, example) {
                wrong.push(format!("{path}:{}: {message}", example.line));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} examples are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_language_has_fifteen_operators() {
    assert_eq!(crate::check::OPERATORS.len(), 15);
}

#[test]
fn every_native_rule_is_registered() {
    for rule in RuleSet::builtin().rules() {
        if let crate::check::Check::Native { name, .. } = &rule.check {
            assert!(crate::native::NATIVES.contains(&name.as_str()), "{}: no native `{name}`", rule.info.id);
        }
    }
}
