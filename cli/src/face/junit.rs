//! JUnit's XML: a suite for each file, a case for each verdict.

use std::collections::BTreeMap;

use compline_reporter::Run;
use compline_reporter::run::{Answer, Judgement};

use super::concise::{message, word};
use super::place;

/// All verdicts: passes are cases too, unknowns are errors, waived ones are skipped.
pub fn render(run: &Run) -> String {
    let mut suites: BTreeMap<&str, Vec<&Judgement>> = BTreeMap::new();
    for judgement in &run.judgements {
        suites.entry(place(judgement).0).or_default().push(judgement);
    }
    let counted = |list: &[&Judgement]| {
        let of = |answer| list.iter().filter(|one| one.outcome == answer).count();
        let (fail, unknown, waived) = (of(Answer::Fail), of(Answer::Unknown), of(Answer::Waived));
        format!("tests=\"{}\" failures=\"{fail}\" errors=\"{unknown}\" skipped=\"{waived}\"", list.len())
    };
    let all: Vec<&Judgement> = run.judgements.iter().collect();
    let mut out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    out.push_str(&format!("<testsuites name=\"compline\" {}>\n", counted(&all)));
    for (file, list) in suites {
        out.push_str(&format!("  <testsuite name=\"{}\" {}>\n", escape(file), counted(&list)));
        for judgement in list {
            case(judgement, file, run, &mut out);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
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
        Answer::Pass => {
            out.push_str("/>\n");
            return;
        }
        Answer::Fail => format!("<failure type=\"{}\" message=\"{title}\">{text}</failure>", word(judgement)),
        Answer::Unknown => {
            format!("<error type=\"unknown\" message=\"cannot tell whether {title}\">{text}</error>")
        }
        Answer::Waived => {
            let why = judgement.waiver.as_ref().map(super::human::accepted).unwrap_or_default();
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
