use std::sync::OnceLock;

use compline_frameworks::Library;
use compline_rules::RuleSet;

use super::text_index::IndexCache;
use super::*;
use crate::testing::titled;

fn index() -> &'static TextIndex {
    static BUILT: OnceLock<TextIndex> = OnceLock::new();
    BUILT.get_or_init(|| {
        let title = "bucket is not encrypted at rest";
        let rule = titled("aws-s3-no-encryption", title, &["storage-encrypted-at-rest"], "aws_s3_bucket");
        let rules = RuleSet::of(vec![rule], compline_rules::table::Tables::default());
        TextIndex::build(&Library::builtin(&rules), &rules).expect("builds")
    })
}

fn ids(query: &str) -> Vec<String> {
    index().search(query, 10).into_iter().map(|hit| hit.id.to_string()).collect()
}

fn first(query: &str) -> (String, String) {
    let hit = index().search(query, 1).into_iter().next().expect("a hit");
    (hit.framework.to_string(), hit.id.to_string())
}

#[test]
fn words_find_the_objective_the_rule_and_the_controls() {
    let hits = index().search("bucket encryption at rest", 12);
    let found: Vec<&str> = hits.iter().map(|hit| &*hit.id).collect();
    assert!(found.contains(&"storage-encrypted-at-rest"), "{found:?}");
    assert!(found.contains(&"aws-s3-no-encryption"), "{found:?}");
    assert!(found.contains(&"164.312(a)(2)(iv)"), "{found:?}");
    assert!(found.contains(&"SC-28"), "{found:?}");
    let rule = hits.iter().find(|hit| hit.kind == HitKind::Rule).expect("a rule");
    assert_eq!(rule.matched, ["bucket", "encryption", "rest"]);
    assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn ids_come_first_in_any_spelling() {
    assert_eq!(first("pci 8.3.6"), ("pci-dss-4.0.1".to_owned(), "8.3.6".to_owned()));
    assert_eq!(first("164.312(a)(1)").1, "164.312(a)(1)");
    assert_eq!(first("what does 164.312.a.1 want?").1, "164.312(a)(1)");
    assert_eq!(first("storage-encrypted-at-rest").1, "storage-encrypted-at-rest");
    assert_eq!(first("164.308(a)(1)").1, "164.308(a)(1)(i)", "an alias");
    for spelling in ["SC-8(1)", "sc-8.1", "NIST SC-08(01)", "sc 8 1"] {
        assert_eq!(first(spelling), ("nist-800-53-r5".to_owned(), "SC-8(1)".to_owned()));
    }
    let family = ids("SC-8");
    assert_eq!(family.first().map(String::as_str), Some("SC-8"));
    assert!(family.contains(&"SC-8(1)".to_owned()), "{family:?}");
}

#[test]
fn an_id_among_words_still_comes_first() {
    let found = ids("8.3.6 password length");
    assert_eq!(found.first().map(String::as_str), Some("8.3.6"));
    assert!(found.contains(&"password-length-enforced".to_owned()), "{found:?}");
}

#[test]
fn nothing_is_found_for_nothing() {
    assert!(index().search("", 10).is_empty());
    assert!(index().search("of the and", 10).is_empty());
    assert!(index().search("zzyzx", 10).is_empty());
    assert!(index().search("password", 0).is_empty());
}

#[test]
fn kinds_can_be_chosen() {
    let hits = index().search_among("encrypted at rest", &[HitKind::Objective], 5);
    assert_eq!(hits.len(), 5);
    assert!(hits.iter().all(|hit| hit.kind == HitKind::Objective));
}

#[test]
fn words_are_found_in_other_forms() {
    let hits = index().search_among("encrypting buckets", &[HitKind::Objective], 5);
    assert!(hits.iter().any(|hit| &*hit.id == "storage-encrypted-at-rest"), "{hits:?}");
}

#[test]
fn withdrawn_controls_are_found_by_id_alone() {
    let hit = index().search("AC-2(10)", 1).into_iter().next().expect("a hit");
    assert_eq!((&*hit.id, hit.title.ends_with("(withdrawn)")), ("AC-2(10)", true));
    let by_words = index().search("shared and group account credential change", 50);
    assert!(!by_words.is_empty() && by_words.iter().all(|hit| !hit.title.ends_with("(withdrawn)")));
}

#[test]
fn of_two_alike_the_one_a_configuration_can_show_is_first() {
    let hits = index().search("least privilege", 40);
    let first = hits.iter().find(|hit| &*hit.framework == "nist-800-53-r5").expect("a control");
    assert_eq!(&*first.id, "AC-6");
}

#[test]
fn a_long_query_is_no_mistake() {
    let long = (0..500).map(|number| format!("word{number} ")).collect::<String>();
    assert!(index().search(&format!("{long} password"), 3).is_empty(), "the words looked at are the first");
    assert!(!index().search(&format!("password {long}"), 3).is_empty());
}

/// Keeps in memory what it is given, and counts.
#[derive(Default)]
struct Memory(std::sync::Mutex<(std::collections::BTreeMap<String, Vec<u8>>, usize)>);

impl IndexCache for Memory {
    fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.0.lock().expect("whole").0.get(key).cloned()
    }

    fn put(&self, key: &str, bytes: &[u8]) {
        let mut inner = self.0.lock().expect("whole");
        inner.0.insert(key.to_owned(), bytes.to_vec());
        inner.1 += 1;
    }
}

#[test]
fn what_an_own_framework_came_to_is_kept_for_exactly_its_words() {
    let rules = RuleSet::of(Vec::new(), Default::default());
    let store = Memory::default();
    let asked = |title: &str| {
        let mut own = crate::testing::framework("T-1");
        own.groups[0].controls[0].title = title.to_owned();
        let library = Library::with_frameworks(&rules, vec![own]);
        let index = TextIndex::build_with_cache(&library, &rules, &store).expect("builds");
        let plain = TextIndex::build(&library, &rules).expect("builds");
        let query = format!("{title} encryption");
        assert_eq!(index.search(&query, 20), plain.search(&query, 20));
        index.search(title, 1)[0].id.to_string()
    };
    let written = || store.0.lock().expect("whole").1;
    assert_eq!((asked("zeppelin hangar"), written()), ("T-1".to_owned(), 1));
    assert_eq!((asked("zeppelin hangar"), written()), ("T-1".to_owned(), 1), "found again");
    assert_eq!((asked("quayside ledger"), written()), ("T-1".to_owned(), 2), "other words");
    for bytes in store.0.lock().expect("whole").0.values_mut() {
        bytes.truncate(100);
    }
    assert_eq!((asked("zeppelin hangar"), written()), ("T-1".to_owned(), 3), "what is damaged is made again");
}
