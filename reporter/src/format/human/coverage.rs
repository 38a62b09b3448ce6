//! What was looked at, and what was not.

use std::sync::Arc;

use compline_frameworks::KindCoverage;

use super::problems::lines;
use crate::escape::Lines;
use crate::format::Style;
use crate::notice::NotJudged;
use crate::result::CoverageResult;
use crate::terminal::pluralize;

pub(super) fn render(result: &CoverageResult<'_>, style: &Style<'_>) -> Lines {
    let paint = style.paint;
    let coverage = result.coverage;
    let mut out = Lines::of(format!(
        "{} read, {} declared: {} with a verdict, {} without",
        pluralize(coverage.files, "file", "files"),
        pluralize(coverage.resources, "resource", "resources"),
        coverage.judged,
        coverage.unjudged.len()
    ));
    if !coverage.rules.is_empty() {
        let rules = coverage.rules.iter().map(|(provider, rules)| format!("{provider} {rules}"));
        out.line(format!("rules that gave a verdict: {}", rules.collect::<Vec<_>>().join(", ")));
    }
    let mut section = |head: &str, lines: Vec<String>| {
        if !lines.is_empty() {
            out.blank();
            out.line(paint.bold(head));
            for line in lines {
                out.line(format!("  {line}"));
            }
        }
    };
    let mut kinds: Vec<_> = coverage.kinds_without_rules.iter().collect();
    kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    section(
        "no rule for their kind",
        kinds.iter().map(|(kind, count)| format!("{count:>5}  {kind}")).collect(),
    );
    section("without a verdict", NotJudged::all(coverage).iter().map(NotJudged::text).collect());
    section("how much of a kind rules look at", coverage.kinds.iter().map(kind).collect());
    let mut reasons: Vec<_> = coverage.unknown_reasons.iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    section(
        "verdicts left unknown because",
        reasons.iter().map(|((_, text), count)| format!("{count:>5}  {text}")).collect(),
    );
    section(
        "not here to be read",
        coverage.gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect(),
    );
    section("could not be read", lines(result.problems, true, style));
    section("notes", lines(result.problems, false, style));
    section("left out", result.left_out.iter().map(|(path, why)| format!("{path}: {why}")).collect());
    out
}

/// `` 2 of 2  aws_x: 5 rules, which look at 7 of 12 settings ``.
fn kind((kind, of): (&Arc<str>, &KindCoverage)) -> String {
    let rules = match of.rules {
        0 => "no rule".to_owned(),
        rules => pluralize(rules, "rule", "rules"),
    };
    let settings = of.settings.filter(|_| of.rules > 0).map_or(String::new(), |settings| {
        let known = pluralize(settings.known, "setting that is known", "settings that are known");
        format!(", looking at {} of {known}", settings.looked_at)
    });
    format!("{:>5} of {}  {kind}: {rules}{settings}", of.judged, of.declared)
}
