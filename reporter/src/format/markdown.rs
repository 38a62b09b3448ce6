//! A table for a pull request's comment or a job's summary.

use super::findings::{group_by_file, message, place, severity_or_outcome};
use super::{Audience, Format, Renderer};
use crate::escape::Escaped;
use crate::escape::markdown::{Inline, Page, code, text};
use crate::run::{OutcomeKind, Run};
use crate::terminal::pluralize;

pub static FORMAT: Format = Format {
    name: "markdown",
    file: "report.md",
    media_type: "text/markdown",
    help: "a table for a pull request's comment or a job's summary",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, style| Ok(findings(result.run, style.also).into()))],
};

/// The findings under a line of figures, and what was not read below them.
fn findings(run: &Run, also: &[OutcomeKind]) -> Escaped {
    let figures = |outcome: OutcomeKind| format!("{} {}", run.count(outcome), outcome.word());
    let mut out = Page::default();
    out.paragraph(&Inline::ours(format!(
        "**Compline**: {}, {}: {}, {}, {}, {}",
        pluralize(run.coverage.files, "file", "files"),
        pluralize(run.coverage.resources, "resource", "resources"),
        figures(OutcomeKind::Fail),
        figures(OutcomeKind::Unknown),
        figures(OutcomeKind::Waived),
        figures(OutcomeKind::Pass)
    )));
    let groups = group_by_file(&run.judgements, also);
    if !groups.is_empty() {
        out.table(["", "Rule", "Resource", "Where", "Finding"].map(Inline::from), [false; 5]);
    }
    for group in groups {
        let (file, line, _) = place(group.first);
        let resource = match group.addresses.as_slice() {
            [address] => code(address),
            [address, rest @ ..] => code(address).and(Inline::ours(format!(" and {} more", rest.len()))),
            [] => Inline::default(),
        };
        out.row([
            Inline::ours(severity_or_outcome(group.first)),
            code(&group.first.rule),
            resource,
            code(&format!("{file}:{line}")),
            text(&message(group.first)),
        ]);
    }
    notices(run, &mut out);
    out.into_escaped()
}

/// What was not read and what does nothing, a line each; nothing where there is nothing of it.
fn notices(run: &Run, out: &mut Page) {
    let notices = run.notices();
    if !notices.is_empty() {
        out.paragraph(&"What was not read, and notes:".into());
    }
    for notice in notices {
        let mut item = Inline::from(notice.kind.level());
        if let Some(position) = notice.position(&|path| path.to_owned()) {
            item = item.and(", ").and(code(&position));
        }
        out.item(&item.and(": ").and(text(&notice.text())));
    }
}
