//! What was looked at, and what was not.

use super::problems::lines;
use crate::escape::Lines;
use crate::format::Style;
use crate::result::CoverageResult;
use crate::terminal::pluralize;

pub(super) fn render(result: &CoverageResult<'_>, style: &Style<'_>) -> Lines {
    let paint = style.paint;
    let coverage = result.coverage;
    let mut out = Lines::of(format!(
        "{} read, {} declared, {} of them judged",
        pluralize(coverage.files, "file", "files"),
        pluralize(coverage.resources, "resource", "resources"),
        coverage.judged
    ));
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
