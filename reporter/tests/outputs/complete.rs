//! What was not read, problems, gaps and waivers that do nothing are in every output that claims to be complete.

use compline_reporter::format::{Format, Style};
use compline_reporter::notice::NoticeKind;
use compline_reporter::result::{ResultKind, RunResult};

use crate::{Fixture, check, fixture};

#[test]
fn the_fixture_has_a_notice_of_every_kind() {
    let report = fixture::report();
    let notices = report.notices();
    for kind in [
        NoticeKind::NotRead,
        NoticeKind::Note,
        NoticeKind::Gap,
        NoticeKind::UnusedWaiver,
        NoticeKind::LeftOut,
    ] {
        assert!(notices.iter().any(|notice| notice.kind == kind), "no notice is {}", kind.word());
    }
    assert!(!report.run.complete);
}

/// What of a text is left when marks, entities and breaks are taken away: what a reader sees.
fn plain(text: &str) -> String {
    let text = text.replace("<wbr>", "").replace("<code>", "").replace("</code>", "");
    let text = text.replace("&quot;", "\"").replace("&#39;", "'").replace("&#x27;", "'").replace("&lt;", "<");
    let text = text.replace("&gt;", ">").replace("&amp;", "&").replace("\\\"", "\"");
    text.replace(['`', '\''], "").to_lowercase()
}

#[test]
fn every_check_names_every_file_place_and_reason() {
    let fixture = Fixture::of(&["acme-baseline"]);
    let run = fixture.run();
    for format in Format::showing(ResultKind::Check).filter(|format| format.names_problems) {
        let bytes = format.render(&check(&fixture, &run), &Style::plain()).unwrap();
        let text = plain(&String::from_utf8(bytes).unwrap());
        for problem in &run.problems {
            assert!(text.contains(&plain(&problem.message)), "{}: {}\n{text}", format.name, problem.message);
            assert!(text.contains(&*problem.file), "{}: {}", format.name, problem.file);
        }
        for gap in &run.gaps {
            assert!(text.contains(&plain(&gap.why)), "{}: {}", format.name, gap.why);
            assert!(text.contains(&plain(&gap.what)), "{}: {}", format.name, gap.what);
        }
        for unused in &run.unused_waivers {
            assert!(text.contains(&plain(&unused.why)), "{}: {}", format.name, unused.why);
            assert!(text.contains(&*unused.rule), "{}: {}", format.name, unused.rule);
        }
        for notice in run.notices() {
            let file = notice.file.unwrap_or_default();
            assert!(text.contains(file), "{}: {file}", format.name);
        }
    }
}

#[test]
fn every_report_names_every_file_and_reason() {
    let report = fixture::report();
    for format in Format::showing(ResultKind::Report) {
        let bytes = format.render(&RunResult::Report(&report), &Style::plain()).unwrap();
        // The words of the pages are compared where they are printed.
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let text = plain(&text);
        for notice in report.notices() {
            let file = notice.file.unwrap_or_default();
            assert!(text.contains(file), "{}: {file}", format.name);
            let reason = notice.message.rsplit_once(": ").map_or(notice.message.as_str(), |(_, why)| why);
            assert!(text.contains(&plain(reason)), "{}: {reason}", format.name);
        }
    }
}

#[test]
fn junit_is_well_formed_and_its_counts_are_those_of_its_cases() {
    let fixture = Fixture::of(&["acme-baseline"]);
    let run = fixture.run();
    let text = crate::text("junit", &check(&fixture, &run), &[]);
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    let count = |of: roxmltree::Node<'_, '_>, name: &str| -> usize {
        of.descendants().filter(|node| node.has_tag_name(name)).count()
    };
    let mut suites = root.children().filter(roxmltree::Node::is_element).collect::<Vec<_>>();
    assert!(suites.len() > 3);
    suites.push(root);
    for suite in suites {
        let cases =
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")];
        for (attribute, element) in cases {
            let said: usize = suite.attribute(attribute).unwrap().parse().unwrap();
            assert_eq!(said, count(suite, element), "{attribute} of {:?}", suite.attribute("name"));
        }
    }
    let losses = run.notices().iter().filter(|notice| notice.kind == NoticeKind::NotRead).count();
    let last = root.children().rfind(roxmltree::Node::is_element).unwrap();
    assert_eq!(last.attribute("errors").unwrap(), losses.to_string());
}
