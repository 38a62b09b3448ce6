//! GitHub's workflow commands: findings become annotations on the lines of a change.

use compline_reporter::Run;
use compline_reporter::run::Answer;
use compline_rules::Severity;

use super::concise::message;
use super::{place, tell_by_file};

/// All findings; paths are the workspace's, since annotations are placed from the repository's root.
pub fn findings(run: &Run, also: &[Answer]) -> String {
    let mut out = String::new();
    for told in tell_by_file(&run.judgements, also) {
        let judgement = told.first;
        let (file, line, column) = place(judgement);
        let level = match judgement.outcome {
            Answer::Fail if judgement.severity >= Severity::High => "error",
            Answer::Fail | Answer::Unknown => "warning",
            Answer::Waived | Answer::Pass => "notice",
        };
        let title = match judgement.outcome {
            Answer::Unknown => format!("cannot tell whether {}", run.title(&judgement.rule)),
            _ => format!("{}: {}", judgement.rule, run.title(&judgement.rule)),
        };
        let end = judgement.place.as_ref().map_or(line, |at| at.end.line);
        out.push_str(&format!(
            "::{level} file={},line={line},endLine={end},col={column},title={}::{}\n",
            property(file),
            property(&title),
            data(&format!("{}: {}", told.addresses.join(", "), message(judgement)))
        ));
    }
    out
}

/// What stands after the last colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What stands between them.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn what_the_commands_read_is_escaped() {
        assert_eq!(data("50%\n::x"), "50%25%0A::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
