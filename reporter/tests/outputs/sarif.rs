use serde_json::Value;

use crate::{Fixture, check, fixture, report, text};

fn document() -> Value {
    serde_json::from_str(&report("sarif", &fixture::report())).unwrap()
}

#[test]
fn results_say_their_outcome_in_the_words_of_the_standard() {
    let document = document();
    let results = document["runs"][0]["results"].as_array().unwrap();
    let of = |rule: &str| results.iter().find(|one| one["ruleId"] == rule).unwrap();
    assert_eq!(of("aws-security-group-open-ingress")["level"], "error");
    assert_eq!(of("aws-lb-listener-plaintext")["kind"], "open");
    assert_eq!(of("aws-log-group-short-retention")["suppressions"][0]["kind"], "external");
    assert!(results.iter().all(|one| one["kind"] == "fail" || one["level"] == "none"));
    assert!(results.iter().all(|one| one["suppressions"].is_array()));
    let fix = &of("aws-ec2-imdsv1-allowed")["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(fix["insertedContent"]["text"], "\"required\"");
}

#[test]
fn rules_and_taxa_are_found_where_results_point() {
    let document = document();
    let run = &document["runs"][0];
    let mut taxa_found = 0;
    for result in run["results"].as_array().unwrap() {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        for taxon in result["taxa"].as_array().into_iter().flatten() {
            let index = taxon["toolComponent"]["index"].as_u64().unwrap() as usize;
            let taxa = run["taxonomies"][index]["taxa"].as_array().unwrap();
            assert!(taxa.iter().any(|one| one["id"] == taxon["id"]));
            taxa_found += 1;
        }
    }
    assert!(taxa_found > 5, "{taxa_found} taxa");
}

#[test]
fn a_check_needs_no_report() {
    let fixture = Fixture::of(&["nist-800-53-r5"]);
    let run = fixture.run();
    let sarif = text("sarif", &check(&fixture, &run), &[]);
    assert_eq!(sarif, text("sarif", &check(&fixture, &run), &[]));
    let document: Value = serde_json::from_str(&sarif).unwrap();
    let results = document["runs"][0]["results"].as_array().unwrap();
    assert!(!results.is_empty() && results.iter().all(|one| one["kind"] != "pass"), "{sarif}");
    assert!(sarif.contains("\"Boundary Protection\""));
}
