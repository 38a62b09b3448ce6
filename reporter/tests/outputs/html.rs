use std::collections::HashSet;

use compline_reporter::Report;

use crate::{fixture, report};

#[test]
fn is_one_file_that_loads_nothing_and_runs_only_its_own_script() {
    let page = report("html", &fixture::report());
    assert!(page.contains("default-src 'none'"));
    assert!(
        !page.contains(" style=\"")
            && !page.contains(" src=")
            && !page.contains("@import")
            && !page.contains("url(http")
    );
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    assert!(script.len() <= 2048, "the script has {} bytes", script.len());
}

#[test]
fn equal_reports_are_equal_bytes() {
    assert_eq!(report("html", &fixture::report()), report("html", &fixture::report()));
}

#[test]
fn texts_from_files_are_escaped_and_secrets_stay_hidden() {
    let page = report("html", &fixture::report());
    assert!(!page.contains("<script>alert"));
    assert!(!page.contains("correct-horse"));
    assert!(page.contains("(hidden: 32-63 characters, hmac "));
}

#[test]
fn every_link_inside_the_page_has_its_target_and_ids_are_unique() {
    let page = report("html", &fixture::report());
    let mut ids: Vec<&str> =
        page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "an id is there twice");
    let links: Vec<&str> =
        page.split(" href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert!(links.len() > 50 && count > 50, "{} links, {count} ids", links.len());
    for link in links {
        assert!(link.is_empty() || ids.binary_search(&link).is_ok(), "`#{link}` leads nowhere");
    }
}

#[test]
fn a_large_report_grows_with_its_verdicts_and_loses_no_row() {
    let large = fixture::large(280);
    let verdicts = large.run.judgements.len();
    assert!(verdicts > 5_000);
    let page = report("html", &large);
    let ids: HashSet<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    for number in 1..=verdicts {
        assert!(ids.contains(format!("E-{number:03}").as_str()), "E-{number:03} is not printed");
    }
    assert!(page.len() < verdicts * 1_600, "{} bytes for {verdicts} verdicts", page.len());
}

#[test]
fn no_word_promises_more_than_evidence() {
    for page in [report("html", &fixture::report()), report("html", &fixture::empty())] {
        let words = page.to_lowercase();
        for promise in ["compliant", "certified", "100 %", "100%\u{20}"] {
            assert!(!words.contains(promise), "the page says `{promise}`");
        }
    }
}

#[test]
fn the_inventory_shows_values_places_and_why_something_is_unknown() {
    let small = Report { inventory: fixture::inventory(3), ..fixture::report() };
    let page = report("html", &small);
    let section =
        page.split("<section id=\"inventory\">").nth(1).unwrap().split("</section>").next().unwrap();
    for expected in [
        "6 resources were read",
        "<code>identifier</code></td><td><span class=\"k-unknown\">",
        "the variable <code>name</code> has no value here",
        "(hidden: 32-63 characters, hmac ",
        "tags[&quot;odd key&quot;]",
        "main.<wbr>tf:11",
        "looked up",
        "may not exist: ",
    ] {
        assert!(section.contains(expected), "`{expected}` is not there:\n{section}");
    }
    assert!(!section.contains("correct-horse"));
}

#[test]
fn a_large_inventory_stays_small() {
    let mut large = fixture::empty();
    large.inventory = fixture::inventory(3_000);
    let page = report("html", &large);
    let rows = page.matches("<details class=\"res\">").count() + page.matches("<div class=\"res\">").count();
    assert_eq!(rows, 3_003);
    assert_eq!(page.matches("<details class=\"res\">").count(), 1_000);
    assert!(page.contains("Of the last 2,003 the values stand in the JSON only."));
}

#[test]
fn a_plan_is_named_with_its_age_and_hash() {
    let page = report("html", &fixture::report());
    let custody = page.split("<section id=\"custody\">").nth(1).unwrap().replace("<wbr>", "");
    let hash = "0123456789abcdef".repeat(4);
    assert!(
        custody.contains(&format!(
            "plan.json, made 17 Nov 2026, 09:14:07 UTC (3 days before this run), Terraform 1.11.4, SHA-256 {hash}; \
             the plan does not fit the code beside it: it plans aws_sqs_queue.gone, which the code does not declare"
        )),
        "{custody}"
    );
}
