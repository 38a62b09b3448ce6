//! One line for each finding: `path:line:col: high[rule] message`.

use compline_reporter::Run;
use compline_reporter::run::{Answer, Judgement};

use super::{place, tell_by_file};

/// All findings, one a line, each instance on its own.
pub fn findings(run: &Run, path: &dyn Fn(&str) -> String, also: &[Answer]) -> String {
    let mut out = String::new();
    for told in tell_by_file(&run.judgements, also) {
        let (file, line, column) = place(told.first);
        for address in &told.addresses {
            out.push_str(&format!(
                "{}:{line}:{column}: {}[{}] {address}: {}\n",
                path(file),
                word(told.first),
                told.first.rule,
                message(told.first)
            ));
        }
    }
    out
}

/// The severity of a failure, else the outcome.
pub fn word(judgement: &Judgement) -> String {
    match judgement.outcome {
        Answer::Fail => judgement.severity.to_string(),
        other => other.word().to_owned(),
    }
}

/// One sentence on what was found.
pub fn message(judgement: &Judgement) -> String {
    match &judgement.why {
        Some((_, why)) => format!("cannot tell: {why}"),
        None => judgement.message.clone(),
    }
}
