//! One line for each finding, `path:line:col: high[rule] address: message`; before them one for each thing that was not
//! read or does nothing, `path:line:col: error[not-read] message`.

use super::findings::{group_by_file, message, place, severity_or_outcome};
use super::{Audience, Format, Renderer, Style};
use crate::escape::Lines;
use crate::run::Run;

pub static FORMAT: Format = Format {
    name: "concise",
    file: "findings.txt",
    media_type: "text/plain",
    help: "a line for each finding, for people and for editors",
    audience: Audience::People,
    names_problems: true,
    renderers: &[Renderer::Check(|result, style| Ok(findings(result.run, style).into()))],
};

/// Notices, then all findings, one a line, each instance on its own.
fn findings(run: &Run, style: &Style<'_>) -> Lines {
    let mut out = Lines::new();
    for notice in run.notices() {
        let position = notice.position(style.path).map(|at| format!("{at}: ")).unwrap_or_default();
        let (level, kind) = (notice.kind.level(), notice.kind.word());
        out.line(format!("{position}{level}[{kind}] {}", notice.text()));
    }
    for group in group_by_file(&run.judgements, style.also) {
        let (file, line, column) = place(group.first);
        for address in &group.addresses {
            out.line(format!(
                "{}:{line}:{column}: {}[{}] {address}: {}",
                (style.path)(file),
                severity_or_outcome(group.first),
                group.first.rule,
                message(group.first)
            ));
        }
    }
    out
}
