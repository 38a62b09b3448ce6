//! JUnit's XML: a suite for each file, a case for each verdict.

use std::collections::BTreeMap;

use super::findings::{acceptance, message, place, severity_or_outcome};
use super::{Audience, Format, Renderer};
use crate::escape::Escaped;
use crate::escape::xml::Document;
use crate::notice::{Notice, NoticeKind};
use crate::run::{Judgement, OutcomeKind, Run};

pub static FORMAT: Format = Format {
    name: "junit",
    file: "junit.xml",
    media_type: "application/xml",
    help: "JUnit's XML: a suite for each file, a case for each verdict",
    audience: Audience::Programs,
    names_problems: true,
    renderers: &[Renderer::Check(|result, _| Ok(render(result.run).into()))],
};

/// All verdicts: passes are cases too, unknowns are errors, waived ones and those that another failure states too are
/// skipped. What was not read has a suite of
/// its own: an error is what was lost, the rest is skipped.
fn render(run: &Run) -> Escaped {
    let mut suites: BTreeMap<&str, Vec<&Judgement>> = BTreeMap::new();
    for judgement in &run.judgements {
        suites.entry(place(judgement).0).or_default().push(judgement);
    }
    let notices = run.notices();
    let all: Vec<&Judgement> = run.judgements.iter().collect();
    let mut out = Document::default();
    Counts::of(&all).plus(Counts::of_notices(&notices)).open("testsuites", "compline", &mut out);
    for (file, list) in suites {
        Counts::of(&list).open("testsuite", file, &mut out);
        for judgement in list {
            case(judgement, file, run, &mut out);
        }
        out.close();
    }
    if !notices.is_empty() {
        Counts::of_notices(&notices).open("testsuite", "what was not read", &mut out);
        for notice in &notices {
            notice_case(notice, &mut out);
        }
        out.close();
    }
    out.into_escaped()
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
        let stated = || judgements.iter().filter(|one| one.folded_under.is_none());
        let of = |outcome| stated().filter(|one| one.outcome == outcome).count();
        Self {
            tests: judgements.len(),
            failures: of(OutcomeKind::Fail),
            errors: of(OutcomeKind::Unknown),
            skipped: of(OutcomeKind::Waived) + judgements.len() - stated().count(),
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

impl Counts {
    /// Begins a suite, or the list of them.
    fn open(self, element: &'static str, name: &str, out: &mut Document) {
        let [tests, failures, errors, skipped] =
            [self.tests, self.failures, self.errors, self.skipped].map(|count| count.to_string());
        let counts = [
            ("name", name),
            ("tests", &tests),
            ("failures", &failures),
            ("errors", &errors),
            ("skipped", &skipped),
        ];
        out.open(element, &counts);
    }
}

fn notice_case(notice: &Notice<'_>, out: &mut Document) {
    let name = match notice.subject {
        "" => notice.file.unwrap_or_default(),
        subject => subject,
    };
    let line = notice.line.map(|line| line.to_string());
    let mut attributes = vec![("classname", notice.kind.word()), ("name", name)];
    attributes.extend(notice.file.map(|file| ("file", file)));
    attributes.extend(line.as_deref().map(|line| ("line", line)));
    out.open("testcase", &attributes);
    let position = notice.position(&|path| path.to_owned()).map(|at| format!("{at}: ")).unwrap_or_default();
    let text = format!("{position}{}", notice.text());
    let title = notice.kind.title();
    match notice.kind {
        NoticeKind::NotRead => out.element("error", &[("type", "not-read"), ("message", title)], Some(&text)),
        NoticeKind::Policy => out.element("failure", &[("type", "policy"), ("message", title)], Some(&text)),
        _ => out.element("skipped", &[("message", &text)], None),
    }
    out.close();
}

fn case(judgement: &Judgement, file: &str, run: &Run, out: &mut Document) {
    let (_, line, column) = place(judgement);
    let at = line.to_string();
    let attributes: [(&str, &str); 4] =
        [("classname", &judgement.rule), ("name", &judgement.address), ("file", file), ("line", &at)];
    if judgement.outcome == OutcomeKind::Pass {
        return out.element("testcase", &attributes, None);
    }
    out.open("testcase", &attributes);
    let title = run.title(&judgement.rule);
    let text = format!("{file}:{line}:{column}: {}", message(judgement));
    if let Some(under) = &judgement.folded_under {
        let what = if judgement.outcome == OutcomeKind::Unknown { "unknown" } else { "failure" };
        let told = format!("{title}: the {what} of {} says so too", under.rule);
        out.element("skipped", &[("message", &told)], None);
        return out.close();
    }
    match judgement.outcome {
        OutcomeKind::Pass => {}
        OutcomeKind::Fail => {
            let severity = severity_or_outcome(judgement);
            out.element("failure", &[("type", &severity), ("message", title)], Some(&text));
        }
        OutcomeKind::Unknown => {
            let title = format!("cannot tell whether {title}");
            out.element("error", &[("type", "unknown"), ("message", &title)], Some(&text));
        }
        OutcomeKind::Waived => {
            let why = judgement.waiver.as_ref().map(acceptance).unwrap_or_default();
            out.element("skipped", &[("message", &why)], None);
        }
    }
    out.close();
}
