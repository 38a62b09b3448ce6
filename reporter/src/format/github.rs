//! GitHub's workflow commands: findings become annotations on the lines of a change.

use compline_rules::Severity;

use super::findings::{group_by_file, message, place};
use super::{Audience, Format, Renderer};
use crate::escape::Escaped;
use crate::escape::workflow::Commands;
use crate::notice::Notice;
use crate::run::{OutcomeKind, Run};

pub static FORMAT: Format = Format {
    name: "github",
    file: "annotations.txt",
    media_type: "text/plain",
    help: "GitHub's workflow commands: annotations on the lines of a change",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, style| Ok(findings(result.run, style.also).into()))],
};

/// All findings; paths are the workspace's, since annotations are placed from the repository's root.
fn findings(run: &Run, also: &[OutcomeKind]) -> Escaped {
    let mut out = Commands::default();
    // GitHub shows ten annotations of a level and no more: what was not read is among them.
    for notice in run.notices() {
        annotation(&notice, &mut out);
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
        let properties = [
            ("file", file.to_owned()),
            ("line", line.to_string()),
            ("endLine", end.to_string()),
            ("col", column.to_string()),
            ("title", title),
        ];
        let message = format!("{}: {}", group.addresses.join(", "), message(judgement));
        out.command(level, &properties, &message);
    }
    out.into_escaped()
}

fn annotation(notice: &Notice<'_>, out: &mut Commands) {
    let level = match notice.kind.level() {
        "note" => "notice",
        level => level,
    };
    let mut properties = Vec::new();
    if let Some(file) = notice.file {
        properties.push(("file", file.to_owned()));
    }
    if let Some(line) = notice.line {
        let end = notice.range.map_or(line, |range| range.end.line);
        properties.push(("line", line.to_string()));
        properties.push(("endLine", end.to_string()));
    }
    if let Some(range) = notice.range {
        properties.push(("col", range.start.column.to_string()));
    }
    properties.push(("title", notice.kind.title().to_owned()));
    out.command(level, &properties, &notice.text());
}
