//! What was looked at, and what was not.

use compline_frameworks::Unjudged;
use serde::Serialize;

use crate::notice::{NotJudged, ReadProblem};
use crate::report::Report;
use crate::words::{count, pluralize};

/// The coverage section.
#[derive(Serialize)]
pub(crate) struct CoverageModel {
    pub sentence: String,
    pub rows: Vec<CoverageRow>,
    /// What stands in place of the rows when there are none.
    pub whole: &'static str,
}

/// One reason why something was not judged.
#[derive(Serialize)]
pub(crate) struct CoverageRow {
    pub what: &'static str,
    pub count: String,
    /// Code and words in turn: `(code, words)`.
    pub why: Vec<(String, String)>,
}

impl CoverageModel {
    pub fn of(report: &Report) -> Self {
        let coverage = &report.run.coverage;
        let sentence = format!(
            "{} of {} judged, in {}. Every control of each framework follows, looked at or not: one mark is one \
             control.",
            count(coverage.judged),
            pluralize(coverage.resources, "resource", "resources"),
            pluralize(coverage.files, "file", "files"),
        );
        let mut rows = Vec::new();
        let mut row = |what, number: usize, why: Vec<(String, String)>| {
            if number > 0 {
                rows.push(CoverageRow { what, count: count(number), why });
            }
        };
        let kinds = coverage.kinds_without_rules.iter();
        let without: usize = coverage.kinds_without_rules.values().sum();
        row(
            "resources of kinds no rule covers",
            without,
            kinds.map(|(kind, n)| (kind.to_string(), count(*n))).collect(),
        );
        let others = NotJudged::all(coverage);
        let others: Vec<&NotJudged<'_>> = others.iter().filter(|one| one.why != Unjudged::NoRule).collect();
        row(
            "other resources without a verdict",
            others.iter().map(|one| one.addresses.len()).sum(),
            others
                .iter()
                .map(|one| {
                    (one.kind.to_owned(), format!("{} ({})", count(one.addresses.len()), one.why.text()))
                })
                .collect(),
        );
        let thin = coverage.kinds.iter().filter(|(_, of)| of.judged > 0 && of.rules == 1);
        let thin: Vec<(String, String)> =
            thin.map(|(kind, of)| (kind.to_string(), count(of.judged))).collect();
        row("kinds that only one rule looks at", thin.len(), thin);
        let reasons = coverage.unknown_reasons.iter();
        row(
            "verdicts on values unknown at this commit",
            coverage.unknown_reasons.values().sum(),
            reasons.map(|((_, text), n)| (String::new(), format!("{text} ({})", count(*n)))).collect(),
        );
        let gaps = report.run.gaps.iter();
        row(
            if report.facts.scanners.is_empty() {
                "modules and stacks that are not here"
            } else {
                "limits of the results"
            },
            coverage.gaps.len(),
            gaps.map(|gap| {
                let place = gap.place.as_ref();
                let place = place.map_or(String::new(), |at| format!(" ({}:{})", at.file, at.start.line));
                (gap.what.to_string(), format!("{}{place}", gap.why))
            })
            .collect(),
        );
        let placed = |problem: &ReadProblem| {
            let line = problem.place.as_ref().map_or(String::new(), |at| format!(":{}", at.start.line));
            (format!("{}{line}", problem.file), problem.message.clone())
        };
        let (losses, notes): (Vec<_>, Vec<_>) = report.run.problems.iter().partition(|problem| problem.loss);
        row("files that could not be read whole", losses.len(), losses.into_iter().map(placed).collect());
        row("notes on files that were read", notes.len(), notes.into_iter().map(placed).collect());
        let unused = report.run.unused_waivers.iter();
        row(
            "waivers that do nothing",
            report.run.unused_waivers.len(),
            unused
                .map(|one| (one.written_at.to_string(), format!("of `{}`: {}", one.rule, one.why)))
                .collect(),
        );
        let left = report.facts.left_out.iter();
        row("files left out", report.facts.left_out.len(), left.cloned().collect());
        let whole = match coverage.resources {
            0 => "No resource was read, so nothing was judged.",
            _ => "Nothing that was read was left unjudged.",
        };
        Self { sentence, rows, whole }
    }
}
