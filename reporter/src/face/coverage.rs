//! What was looked at, and what was not.

use serde::Serialize;

use crate::report::Report;
use crate::words::{count, some};

/// The coverage section.
#[derive(Serialize)]
pub(crate) struct CoverageFace {
    pub sentence: String,
    pub rows: Vec<Gap>,
    /// What stands in place of the rows when there are none.
    pub whole: &'static str,
}

/// One reason why something was not judged.
#[derive(Serialize)]
pub(crate) struct Gap {
    pub what: &'static str,
    pub count: String,
    /// Code and words in turn: `(code, words)`.
    pub why: Vec<(String, String)>,
}

impl CoverageFace {
    pub fn of(report: &Report) -> Self {
        let coverage = &report.run.coverage;
        let sentence = format!(
            "{} of {} judged, in {}. Every control of each framework follows, looked at or not: one mark is one \
             control.",
            count(coverage.judged),
            some(coverage.resources, "resource", "resources"),
            some(coverage.files, "file", "files"),
        );
        let mut rows = Vec::new();
        let mut row = |what, number: usize, why: Vec<(String, String)>| {
            if number > 0 {
                rows.push(Gap { what, count: count(number), why });
            }
        };
        let kinds = coverage.kinds_without_rules.iter();
        let without: usize = coverage.kinds_without_rules.values().sum();
        row(
            "resources of kinds no rule covers",
            without,
            kinds.map(|(kind, n)| (kind.to_string(), count(*n))).collect(),
        );
        let reasons = coverage.unknown_reasons.iter();
        row(
            "verdicts on values unknown at this commit",
            coverage.unknown_reasons.values().sum(),
            reasons.map(|((_, text), n)| (String::new(), format!("{text} ({})", count(*n)))).collect(),
        );
        let gaps = coverage.gaps.iter();
        row(
            if report.facts.scanners.is_empty() {
                "modules and stacks that are not here"
            } else {
                "limits of the results"
            },
            coverage.gaps.len(),
            gaps.map(|(what, why)| (what.to_string(), why.to_string())).collect(),
        );
        let unread = coverage.unread.iter();
        row(
            "files that could not be read whole",
            coverage.unread.len(),
            unread.map(|(file, why)| (file.to_string(), why.clone())).collect(),
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
