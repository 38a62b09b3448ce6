//! What was looked at, and what was not.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::{GapBody, ProblemBody, UnreadBody, problem};
use super::written;
use crate::escape::Output;
use crate::result::CoverageResult;

#[derive(Serialize)]
struct CoverageDocument<'a> {
    version: u32,
    files: usize,
    resources: usize,
    judged: usize,
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
    let kinds = coverage.kinds_without_rules.iter();
    let unknown = coverage.unknown_reasons.iter();
    written(&CoverageDocument {
        version: 1,
        files: coverage.files,
        resources: coverage.resources,
        judged: coverage.judged,
        kinds_without_rules: kinds.map(|(kind, count)| (&**kind, *count)).collect(),
        unknown: unknown.map(|((_, why), verdicts)| UnknownBody { why, verdicts: *verdicts }).collect(),
        gaps: coverage.gaps.iter().map(|gap| GapBody { what: &gap.what, why: &gap.why }).collect(),
        unread: coverage.unread.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
        problems: result.problems.iter().map(problem).collect(),
        left_out: result.left_out.iter().map(|(file, why)| UnreadBody { file, why }).collect(),
    })
}
