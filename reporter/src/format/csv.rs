//! Comma-separated values (RFC 4180), a row per verdict; what was not read and what does nothing follows in rows of
//! the same columns, told by their `outcome`.

use super::{Audience, Format, Renderer};
use crate::escape::Escaped;
use crate::escape::csv::Rows;
use crate::notice::{Notice, NoticeKind};
use crate::run::{Judgement, Run};
use crate::words;

pub static FORMAT: Format = Format {
    name: "csv",
    file: "report.csv",
    media_type: "text/csv",
    help: "for spreadsheets: a row for each verdict (RFC 4180)",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[
        Renderer::Check(|result, _| {
            let run = result.run;
            Ok(rows(run, &run.notices(), &|_| String::new()).into())
        }),
        Renderer::Report(|report| {
            let digest = |file: &str| report.digest(file).unwrap_or_default().to_owned();
            Ok(rows(&report.run, &report.notices(), &digest).into())
        }),
    ],
};

const HEAD: [&str; 21] = [
    "evidence",
    "outcome",
    "severity",
    "rule",
    "title",
    "address",
    "kind",
    "root",
    "file",
    "line",
    "column",
    "path",
    "observed",
    "expected",
    "controls",
    "waived_until",
    "waived_by",
    "reason",
    "fingerprint",
    "folded_under",
    "sha256",
];

const COLUMNS: usize = HEAD.len();

/// A row for each verdict, then one for each notice; `digest` gives the SHA-256 of a file, empty where none was taken.
fn rows(run: &Run, notices: &[Notice<'_>], digest: &dyn Fn(&str) -> String) -> Escaped {
    let mut out = Rows::default();
    out.row(HEAD);
    let verdicts = run.judgements.iter().enumerate();
    let verdicts = verdicts.map(|(index, judgement)| cells(run, index + 1, judgement, digest));
    for cells in verdicts.chain(notices.iter().map(|notice| notice_cells(notice, digest))) {
        out.row(cells.iter().map(String::as_str));
    }
    out.into_escaped()
}

/// The row of a notice has the columns of a verdict's. Its outcome is none of a verdict's: `not-read`, `gap`, `note`,
/// `unused-waiver`, `left-out`; it is no evidence and has no number.
fn notice_cells(notice: &Notice<'_>, digest: &dyn Fn(&str) -> String) -> [String; COLUMNS] {
    let file = notice.file.unwrap_or_default();
    let subject = |kind: NoticeKind| if notice.kind == kind { notice.subject } else { "" };
    [
        String::new(),
        notice.kind.word().to_owned(),
        String::new(),
        subject(NoticeKind::UnusedWaiver).to_owned(),
        notice.kind.title().to_owned(),
        subject(NoticeKind::Gap).to_owned(),
        subject(NoticeKind::NotJudged).to_owned(),
        String::new(),
        file.to_owned(),
        notice.line.map_or(String::new(), |line| line.to_string()),
        notice.range.map_or(String::new(), |range| range.start.column.to_string()),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        String::new(),
        notice.text(),
        String::new(),
        String::new(),
        if file.is_empty() { String::new() } else { digest(file) },
    ]
}

fn cells(
    run: &Run,
    number: usize,
    judgement: &Judgement,
    digest: &dyn Fn(&str) -> String,
) -> [String; COLUMNS] {
    let place = judgement.place.as_ref();
    let file = place.map_or(String::new(), |place| place.file.to_string());
    let controls: Vec<String> =
        judgement.controls.iter().map(|control| format!("{}/{}", control.framework, control.id)).collect();
    let waiver = judgement.waiver.as_ref();
    let text = |text: Option<&std::sync::Arc<str>>| text.map_or(String::new(), ToString::to_string);
    let why = judgement.why.as_ref().map(|(_, why)| why);
    [
        words::evidence(number),
        judgement.outcome.word().to_owned(),
        judgement.severity.to_string(),
        judgement.rule.to_string(),
        run.title(&judgement.rule).to_owned(),
        judgement.address.to_string(),
        judgement.kind.to_string(),
        judgement.root.to_string(),
        file.clone(),
        place.map_or(String::new(), |place| place.start.line.to_string()),
        place.map_or(String::new(), |place| place.start.column.to_string()),
        judgement.path.clone(),
        judgement.observed.clone(),
        judgement.expected.clone(),
        controls.join(" "),
        text(waiver.and_then(|waiver| waiver.until.as_ref())),
        text(waiver.and_then(|waiver| waiver.by.as_ref())),
        text(waiver.and_then(|waiver| waiver.reason.as_ref()).or(why)),
        judgement.fingerprint.clone(),
        judgement.folded_under.as_ref().map_or(String::new(), |under| under.rule.to_string()),
        digest(&file),
    ]
}
