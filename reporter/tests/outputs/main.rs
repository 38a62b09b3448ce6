//! The outputs: each as its golden file has it, what they say, that they say it the same way twice.
#![expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod complete;
mod fixture;
mod golden;
mod html;
mod json;
mod pdf;
mod sarif;
mod schema;

use compline_reporter::format::{Format, Style};
use compline_reporter::result::{CheckResult, RunResult};
use compline_reporter::run::OutcomeKind;
use compline_reporter::{Report, Run};

use fixture::Fixture;

/// Every outcome.
const ALL: &[OutcomeKind] = &[OutcomeKind::Waived, OutcomeKind::Pass];

fn bytes(format: &str, result: &RunResult<'_>, also: &[OutcomeKind]) -> Vec<u8> {
    let style = Style { also, ..Style::plain() };
    Format::named(format).unwrap().render(result, &style).unwrap()
}

fn text(format: &str, result: &RunResult<'_>, also: &[OutcomeKind]) -> String {
    String::from_utf8(bytes(format, result, also)).unwrap()
}

/// A report in an output.
fn report(format: &str, report: &Report) -> String {
    text(format, &RunResult::Report(report), &[])
}

/// The check of a fixture as an output has it.
fn check<'a>(fixture: &'a Fixture, run: &'a Run) -> RunResult<'a> {
    let frameworks = &fixture.assessment.frameworks;
    RunResult::Check(CheckResult { run, frameworks, library: &fixture.library })
}
