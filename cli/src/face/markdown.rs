//! A table for a pull request's comment or a job's summary.

use compline_reporter::Run;
use compline_reporter::run::Answer;

use super::concise::{message, word};
use super::{place, some, summary, tell_by_file};

/// The findings under a line of figures.
pub fn findings(run: &Run, also: &[Answer]) -> String {
    let figures = |answer: Answer| format!("{} {}", summary::count(run, answer), answer.word());
    let mut out = format!(
        "**Compline**: {}, {}: {}, {}, {}, {}\n",
        some(run.coverage.files, "file", "files"),
        some(run.coverage.resources, "resource", "resources"),
        figures(Answer::Fail),
        figures(Answer::Unknown),
        figures(Answer::Waived),
        figures(Answer::Pass)
    );
    let told = tell_by_file(&run.judgements, also);
    if !told.is_empty() {
        out.push_str("\n| | Rule | Resource | Where | Finding |\n|---|---|---|---|---|\n");
    }
    for one in told {
        let (file, line, _) = place(one.first);
        let resource = match one.addresses.as_slice() {
            [address] => code(address),
            [address, rest @ ..] => format!("{} and {} more", code(address), rest.len()),
            [] => String::new(),
        };
        out.push_str(&format!(
            "| {} | {} | {resource} | {} | {} |\n",
            word(one.first),
            code(&one.first.rule),
            code(&format!("{file}:{line}")),
            cell(&message(one.first))
        ));
    }
    out
}

/// Text that no table and no page takes for markup.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").replace(['\n', '\r'], " ")
}

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}
