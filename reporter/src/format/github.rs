//! GitHub's workflow commands: findings become annotations on the lines of a change.

use compline_rules::Severity;

use super::findings::{group_by_file, message, place};
use super::{Audience, Format, Renderer};
use crate::notice::Notice;
use crate::run::{OutcomeKind, Run};

pub static FORMAT: Format = Format {
    name: "github",
    file: "annotations.txt",
    media_type: "text/plain",
    help: "GitHub's workflow commands: annotations on the lines of a change",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, style| Ok(findings(result.run, style.also).into_bytes()))],
};

/// All findings; paths are the workspace's, since annotations are placed from the repository's root.
fn findings(run: &Run, also: &[OutcomeKind]) -> String {
    let mut out = String::new();
    // GitHub shows ten annotations of a level and no more: what was not read is among them.
    for notice in run.notices() {
        out.push_str(&annotation(&notice));
    }
    for group in group_by_file(&run.judgements, also) {
        let judgement = group.first;
        let (file, line, column) = place(judgement);
        let level = match judgement.outcome {
            OutcomeKind::Fail if judgement.severity >= Severity::High => "error",
            OutcomeKind::Fail | OutcomeKind::Unknown => "warning",
            OutcomeKind::Waived | OutcomeKind::Pass => "notice",
        };
        let title = match judgement.outcome {
            OutcomeKind::Unknown => format!("cannot tell whether {}", run.title(&judgement.rule)),
            _ => format!("{}: {}", judgement.rule, run.title(&judgement.rule)),
        };
        let end = judgement.place.as_ref().map_or(line, |at| at.end.line);
        out.push_str(&format!(
            "::{level} file={},line={line},endLine={end},col={column},title={}::{}\n",
            property(file),
            property(&title),
            data(&format!("{}: {}", group.addresses.join(", "), message(judgement)))
        ));
    }
    out
}

fn annotation(notice: &Notice<'_>) -> String {
    let level = match notice.kind.level() {
        "note" => "notice",
        level => level,
    };
    let mut place = String::new();
    if let Some(file) = notice.file {
        place.push_str(&format!("file={},", property(file)));
    }
    if let Some(line) = notice.line {
        let end = notice.range.map_or(line, |range| range.end.line);
        place.push_str(&format!("line={line},endLine={end},"));
    }
    if let Some(range) = notice.range {
        place.push_str(&format!("col={},", range.start.column));
    }
    format!("::{level} {place}title={}::{}\n", property(notice.kind.title()), data(&notice.text()))
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
