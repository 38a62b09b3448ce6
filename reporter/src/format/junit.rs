//! JUnit's XML: a suite for each file, a case for each verdict.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::findings::{acceptance, message, place, severity_or_outcome};
use super::{Audience, Format, Renderer};
use crate::notice::{Notice, NoticeKind};
use crate::run::{Judgement, OutcomeKind, Run};

pub static FORMAT: Format = Format {
    name: "junit",
    file: "junit.xml",
    media_type: "application/xml",
    help: "JUnit's XML: a suite for each file, a case for each verdict",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, _| Ok(render(result.run).into_bytes()))],
};

/// All verdicts: passes are cases too, unknowns are errors, waived ones are skipped. What was not read has a suite of
/// its own: an error is what was lost, the rest is skipped.
fn render(run: &Run) -> String {
    let mut suites: BTreeMap<&str, Vec<&Judgement>> = BTreeMap::new();
    for judgement in &run.judgements {
        suites.entry(place(judgement).0).or_default().push(judgement);
    }
    let notices = run.notices();
    let all: Vec<&Judgement> = run.judgements.iter().collect();
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let total = Counts::of(&all).plus(Counts::of_notices(&notices));
    out.push_str(&format!("<testsuites name=\"compline\" {total}>\n"));
    for (file, list) in suites {
        out.push_str(&format!("  <testsuite name=\"{}\" {}>\n", escape(file), Counts::of(&list)));
        for judgement in list {
            case(judgement, file, run, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    if !notices.is_empty() {
        let counts = Counts::of_notices(&notices);
        out.push_str(&format!("  <testsuite name=\"what was not read\" {counts}>\n"));
        for notice in &notices {
            out.push_str(&notice_case(notice));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

/// The cases of a suite, and how they came out.
#[derive(Clone, Copy)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    fn of(judgements: &[&Judgement]) -> Self {
        let of = |outcome| judgements.iter().filter(|one| one.outcome == outcome).count();
        Self {
            tests: judgements.len(),
            failures: of(OutcomeKind::Fail),
            errors: of(OutcomeKind::Unknown),
            skipped: of(OutcomeKind::Waived),
        }
    }

    fn of_notices(notices: &[Notice<'_>]) -> Self {
        let errors = notices.iter().filter(|notice| notice.kind == NoticeKind::NotRead).count();
        let failures = notices.iter().filter(|notice| notice.kind == NoticeKind::Policy).count();
        Self { tests: notices.len(), failures, errors, skipped: notices.len() - errors - failures }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
        }
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { tests, failures, errors, skipped } = self;
        write!(f, "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\"")
    }
}

fn notice_case(notice: &Notice<'_>) -> String {
    let name = match notice.subject {
        "" => notice.file.unwrap_or_default(),
        subject => subject,
    };
    let mut out = format!("    <testcase classname=\"{}\" name=\"{}\"", notice.kind.word(), escape(name));
    if let Some(file) = notice.file {
        out.push_str(&format!(" file=\"{}\"", escape(file)));
    }
    if let Some(line) = notice.line {
        out.push_str(&format!(" line=\"{line}\""));
    }
    let position = notice.position(&|path| path.to_owned()).map(|at| format!("{at}: ")).unwrap_or_default();
    let text = escape(&format!("{position}{}", notice.text()));
    let inside = match notice.kind {
        NoticeKind::NotRead => {
            format!("<error type=\"not-read\" message=\"{}\">{text}</error>", notice.kind.title())
        }
        NoticeKind::Policy => {
            format!("<failure type=\"policy\" message=\"{}\">{text}</failure>", notice.kind.title())
        }
        _ => format!("<skipped message=\"{text}\"/>"),
    };
    out.push_str(&format!(">\n      {inside}\n    </testcase>\n"));
    out
}

fn case(judgement: &Judgement, file: &str, run: &Run, out: &mut String) {
    let (_, line, column) = place(judgement);
    out.push_str(&format!(
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{line}\"",
        escape(&judgement.rule),
        escape(&judgement.address),
        escape(file)
    ));
    let title = escape(run.title(&judgement.rule));
    let text = escape(&format!("{file}:{line}:{column}: {}", message(judgement)));
    let inside = match judgement.outcome {
        OutcomeKind::Pass => {
            out.push_str("/>\n");
            return;
        }
        OutcomeKind::Fail => format!(
            "<failure type=\"{}\" message=\"{title}\">{text}</failure>",
            severity_or_outcome(judgement)
        ),
        OutcomeKind::Unknown => {
            format!("<error type=\"unknown\" message=\"cannot tell whether {title}\">{text}</error>")
        }
        OutcomeKind::Waived => {
            let why = judgement.waiver.as_ref().map(acceptance).unwrap_or_default();
            format!("<skipped message=\"{}\"/>", escape(&why))
        }
    };
    out.push_str(&format!(">\n      {inside}\n    </testcase>\n"));
}

/// Text for XML; what XML cannot hold at all is left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            c if c < ' ' && c != '\t' => {}
            '\u{fffe}' | '\u{ffff}' => {}
            c => out.push(c),
        }
    }
    out
}
