//! What was looked at, and what was not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::{GapBody, KindBody, ProblemBody, UnjudgedBody, UnreadBody, kinds, problem, unjudged};
use super::written;
use crate::escape::Output;
use crate::result::CoverageResult;

#[derive(Serialize)]
struct CoverageDocument<'a> {
    version: u32,
    files: usize,
    resources: usize,
    judged: usize,
    unjudged: Vec<UnjudgedBody<'a>>,
    kinds: BTreeMap<&'a str, KindBody>,
    rules: BTreeMap<&'a str, usize>,
    kinds_without_rules: BTreeMap<&'a str, usize>,
    unknown: Vec<UnknownBody<'a>>,
    gaps: Vec<GapBody<'a>>,
    unread: Vec<UnreadBody<'a>>,
    problems: Vec<ProblemBody<'a>>,
    left_out: Vec<UnreadBody<'a>>,
}

#[derive(Serialize)]
struct UnknownBody<'a> {
    why: &'a str,
    verdicts: usize,
}

pub(super) fn render(result: &CoverageResult<'_>) -> Result<Output, String> {
    let coverage = result.coverage;
    let without = coverage.kinds_without_rules.iter();
    let unknown = coverage.unknown_reasons.iter();
    written(&CoverageDocument {
        version: 1,
        files: coverage.files,
        resources: coverage.resources,
        judged: coverage.judged,
        unjudged: unjudged(coverage),
        kinds: kinds(coverage),
        rules: coverage.rules.iter().map(|(provider, rules)| (&**provider, *rules)).collect(),
        kinds_without_rules: without.map(|(kind, count)| (&**kind, *count)).collect(),
        unknown: unknown.map(|((_, why), verdicts)| UnknownBody { why, verdicts: *verdicts }).collect(),
        gaps: coverage.gaps.iter().map(|gap| GapBody { what: &gap.what, why: &gap.why }).collect(),
        unread: coverage.unread.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
        problems: result.problems.iter().map(problem).collect(),
        left_out: result.left_out.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
    })
}
