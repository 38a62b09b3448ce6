//! A table for a pull request's comment or a job's summary.

use super::findings::{group_by_file, message, place, severity_or_outcome};
use super::{Audience, Format, Renderer};
use crate::run::{OutcomeKind, Run};
use crate::terminal::pluralize;

pub static FORMAT: Format = Format {
    name: "markdown",
    file: "report.md",
    media_type: "text/markdown",
    help: "a table for a pull request's comment or a job's summary",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, style| Ok(findings(result.run, style.also).into_bytes()))],
};

/// The findings under a line of figures, and what was not read below them.
fn findings(run: &Run, also: &[OutcomeKind]) -> String {
    let figures = |outcome: OutcomeKind| format!("{} {}", run.count(outcome), outcome.word());
    let mut out = format!(
        "**Compline**: {}, {}: {}, {}, {}, {}\n",
        pluralize(run.coverage.files, "file", "files"),
        pluralize(run.coverage.resources, "resource", "resources"),
        figures(OutcomeKind::Fail),
        figures(OutcomeKind::Unknown),
        figures(OutcomeKind::Waived),
        figures(OutcomeKind::Pass)
    );
    let groups = group_by_file(&run.judgements, also);
    if !groups.is_empty() {
        out.push_str("\n| | Rule | Resource | Where | Finding |\n|---|---|---|---|---|\n");
    }
    for group in groups {
        let (file, line, _) = place(group.first);
        let resource = match group.addresses.as_slice() {
            [address] => code(address),
            [address, rest @ ..] => format!("{} and {} more", code(address), rest.len()),
            [] => String::new(),
        };
        out.push_str(&format!(
            "| {} | {} | {resource} | {} | {} |\n",
            severity_or_outcome(group.first),
            code(&group.first.rule),
            code(&format!("{file}:{line}")),
            cell(&message(group.first))
        ));
    }
    out.push_str(&notices(run));
    out
}

/// What was not read and what does nothing, a line each; nothing where there is nothing of it.
fn notices(run: &Run) -> String {
    let mut out = String::new();
    for notice in run.notices() {
        let position = notice.position(&|path| path.to_owned());
        let position = position.map(|at| format!(", {}", code(&at))).unwrap_or_default();
        out.push_str(&format!("- {}{position}: {}\n", notice.kind.level(), cell(&notice.text())));
    }
    if out.is_empty() { out } else { format!("\nWhat was not read, and notes:\n\n{out}") }
}

/// Text that no table and no page takes for markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}
