use std::sync::OnceLock;

use compline_frameworks::feedback::{Mapping, Mappings};
use compline_frameworks::{Library, Provenance};
use compline_rules::RuleSet;

use super::classifier::learnt_from;
use super::embed::{Embedder as _, ModelFiles, StaticEmbedder};
use super::mapper::{Mapped, Mapper, Tier, builtin_model};
use super::stock::{Checks, Entry, Source, Stock};
use super::words::Terms;
use crate::foreign::Finding;
use crate::testing::titled;

fn open(mappings: Mappings) -> Mapper {
    let rules = RuleSet::builtin();
    Mapper::open(&Library::builtin(&rules), &rules, mappings).expect("opens")
}

fn mapper() -> &'static Mapper {
    static OPENED: OnceLock<Mapper> = OnceLock::new();
    OPENED.get_or_init(|| open(Mappings::default()))
}

/// The ids of one framework: others have controls of the same name.
fn ids(mapped: &[Mapped]) -> Vec<&str> {
    mapped.iter().filter(|one| &*one.framework == "nist-800-53-r5").map(|one| &*one.id).collect()
}

fn said(subject: &str, control: &str, confirmed: bool) -> Mappings {
    let mapping = Mapping {
        subject: subject.to_owned(),
        framework: "nist-800-53-r5".to_owned(),
        control: control.to_owned(),
        confirmed,
        by: "ann".to_owned(),
        date: "2026-11-21".to_owned(),
        why: String::new(),
    };
    Mappings::read(&mapping.added_to("").expect("writes")).expect("reads")
}

#[test]
fn the_built_in_model_is_the_one_its_card_names() {
    builtin_model().verify().expect("the files are those the provenance names");
    let model = StaticEmbedder::load(builtin_model()).expect("loads");
    let near =
        |a: &str, b: &str| -> f32 { model.embed(a).iter().zip(model.embed(b)).map(|(a, b)| a * b).sum() };
    assert!((near("bucket", "bucket") - 1.0).abs() < 1e-3);
    assert!(near("kms_key_id", "encryption key") > near("kms_key_id", "password length"));
    assert!(near("S3 bucket", "object storage") > near("S3 bucket", "virtual machine"));
    assert!(model.embed("").iter().all(|x| x.is_finite()));
}

#[test]
fn the_classifiers_learnt_from_the_texts_as_they_are() {
    let mapper = mapper();
    assert_eq!(
        mapper.classifiers().texts,
        learnt_from(mapper.entries()),
        "teach them anew: `cargo run --release -p compline-index --example control_index -- --fit`"
    );
}

#[test]
fn the_word_that_decides_outweighs_the_word_that_names_a_service() {
    let found = mapper().map_text("DocumentDB cluster has TLS disabled");
    let names = |id: &str| found.iter().any(|one| (&*one.framework, &*one.id) == ("nist-800-53-r5", id));
    assert!(names("SC-8") && !names("SC-28"));
}

#[test]
fn what_is_judged_of_a_control_holds_for_the_same_control_elsewhere() {
    let found = mapper().map_text("Lightsail disk is not encrypted at rest");
    let score = |framework: &str| {
        let one = found.iter().find(|one| (&*one.framework, &*one.id) == (framework, "SC-28"));
        one.map(|one| (one.tier, one.score > 0.9))
    };
    assert_eq!(score("fedramp-rev5"), Some((Tier::Mapped, true)));
    assert_eq!(score("fedramp-rev5"), score("nist-800-53-r5"));
}

#[test]
fn every_built_in_rule_was_embedded_at_build_time() {
    let rules = RuleSet::builtin();
    let known = mapper().scored("anything public", &|entry: &Entry| entry.source == Source::Rule, None).len();
    assert!(known > 0);
    for rule in rules.infos() {
        let found = mapper().map_text(&rule.title);
        assert!(found.iter().all(|one| matches!(one.provenance, Provenance::Curated(_))), "{}", rule.id);
    }
}

#[test]
fn what_no_rule_covers_is_inferred_with_its_reasons() {
    let found = mapper().map_text("Lightsail disk is not encrypted at rest");
    let is = |one: &&Mapped| (&*one.framework, &*one.id) == ("nist-800-53-r5", "SC-28");
    let first = found.iter().find(is).expect("encryption at rest");
    assert_eq!(first.tier, Tier::Mapped);
    assert!(matches!(first.provenance, Provenance::Inferred { .. }));
    let near = first.via.first().expect("a neighbour");
    assert!(near.matched.iter().any(|word| **word == *"encrypted"), "{near:?}");
    assert!(found.windows(2).all(|pair| pair[0].tier >= pair[1].tier));
}

#[test]
fn nothing_is_said_of_what_is_like_nothing() {
    for text in ["", "zzyzx", "the weather in Lisbon is mild", "quarterly revenue by region"] {
        let sure = mapper().map_text(text).into_iter().filter(|one| one.tier == Tier::Mapped).count();
        assert_eq!(sure, 0, "{text}");
    }
    assert!(mapper().map_text("").is_empty());
}

#[test]
fn a_known_id_or_title_is_quoted_and_never_predicted() {
    let rules = RuleSet::builtin();
    let rule = rules.infos().find(|rule| !rule.aliases.is_empty()).expect("a rule with aliases");
    let alias = rule.aliases.values().flatten().next().expect("an alias");
    let by_alias = mapper().map_id(alias).expect("known");
    assert_eq!(by_alias, mapper().map_text(&rule.title));
    assert!(!by_alias.is_empty() && mapper().map_id("CKV_NO_0").is_none());
    let finding = Finding { id: alias.clone(), title: "whatever".to_owned(), ..Finding::default() };
    assert_eq!(mapper().map_finding(&finding), by_alias);
    let unknown = Finding {
        id: "X_1".to_owned(),
        title: "SQS queue is not encrypted".to_owned(),
        ..Finding::default()
    };
    assert!(ids(&mapper().map_finding(&unknown)).contains(&"SC-28"));
}

#[test]
fn a_rejected_edge_never_comes_back_and_a_confirmed_one_stays() {
    let text = "Lightsail disk is not encrypted at rest";
    assert!(ids(&mapper().map_text(text)).contains(&"SC-28"));
    let without = open(said(text, "SC-28", false));
    assert!(!ids(&without.map_text(&text.to_uppercase())).contains(&"SC-28"));
    let with = open(said(text, "CM-8", true));
    let found = with.map_text(text);
    let first = found.first().expect("a control");
    assert_eq!(&*first.id, "CM-8");
    assert!(matches!(&first.provenance, Provenance::Confirmed { by, .. } if &**by == "ann"));
    // It speaks for its own control and against no other.
    let score = |mapper: &Mapper, id: &str| {
        mapper.map_text(text).iter().find(|one| &*one.id == id).map(|one| one.score)
    };
    assert!(score(&with, "SC-28") >= score(mapper(), "SC-28"), "{found:?}");
}

#[test]
fn a_users_own_rule_is_a_neighbour_too() {
    let title = "zeppelin hangar is open to everyone";
    let own = titled("own-zeppelin-open", title, &["storage-not-public"], "own_zeppelin");
    let mut rules = RuleSet::builtin();
    rules.add(own);
    let mapper = Mapper::open(&Library::builtin(&rules), &rules, Mappings::default()).expect("opens");
    let found = mapper.map_text("the hangar of a zeppelin stands open");
    assert!(found.iter().flat_map(|one| &one.via).any(|near| &*near.of == "own-zeppelin-open"), "{found:?}");
}

#[test]
fn models_are_never_mixed() {
    let model = StaticEmbedder::load(builtin_model()).expect("loads");
    let mut other = model.identity().clone();
    other.sha256 = "0".repeat(64);
    let mut stock = Stock::new(other);
    let entry =
        Entry { source: Source::Rule, of: "a".to_owned(), about: String::new(), text: "bucket".to_owned() };
    let error = stock.add(entry, &model, &Terms::default()).expect_err("another model");
    assert!(error.starts_with(
        "the index was made with model `compline-static-128` (128 dimensions, sha256 000000000000)"
    ));
    let torn = ModelFiles { weights: b"torn", ..builtin_model() };
    assert!(
        torn.verify()
            .expect_err("another file")
            .starts_with("`model.safetensors` of model `compline-static-128` has")
    );
    let error = StaticEmbedder::load(torn).expect_err("no model");
    assert!(error.starts_with("model `compline-static-128` cannot be loaded: "), "{error}");
    let fewer = builtin_model().provenance.replace("\"dimensions\": 128", "\"dimensions\": 64");
    let error =
        StaticEmbedder::load(ModelFiles { provenance: &fewer, ..builtin_model() }).expect_err("dimensions");
    assert_eq!(error, "model `compline-static-128` has 128 dimensions, but its `provenance.json` says 64");
}

#[test]
fn one_word_is_never_mapped() {
    for word in ["public", "encryption", "is public", "passwords"] {
        let mapped = mapper().map_text(word);
        assert!(mapped.iter().all(|one| one.tier == Tier::Suggested), "{word}");
    }
    assert!(!mapper().map_text("public").is_empty());
    assert_eq!(mapper().map_text("the bucket is public").first().map(|one| one.tier), Some(Tier::Mapped));
}

#[test]
fn a_rule_does_not_speak_for_what_was_rejected_for_it() {
    let rules = RuleSet::builtin();
    let said = said("aws-rds-publicly-accessible", "AC-4", false);
    let library = Library::builtin(&rules).with_mappings(&said, &rules);
    let amended = Mapper::open(&library, &rules, said).expect("opens");
    let speaks = |mapper: &Mapper| {
        let mapped = mapper.map_text("the RDS database instance can be reached publicly");
        mapped.iter().any(|one| {
            (&*one.framework, &*one.id) == ("nist-800-53-r5", "AC-4")
                && one.via.iter().any(|near| &*near.of == "aws-rds-publicly-accessible")
        })
    };
    assert!(speaks(mapper()) && !speaks(&amended));
    for id in ["CKV_AWS_17", "AVD-AWS-0180"] {
        assert!(ids(&mapper().map_id(id).expect("it is known")).contains(&"AC-4"));
        assert!(!ids(&amended.map_id(id).expect("it is known")).contains(&"AC-4"), "{id}");
    }
}

#[test]
fn a_check_of_another_scanner_asks_for_what_its_title_says() {
    let asked = |id: &str| mapper().checks().asked(id);
    // In transit, whatever its title begins with.
    let transit = asked("CKV_AWS_31").expect("known");
    assert!(transit.contains(&"cache-tls") && !transit.contains(&"analytics-encrypted-at-rest"));
    assert_eq!(asked("AZU-0021"), asked("CKV_AZURE_32"));
    assert_eq!(asked("CKV_AZURE_32"), Some(vec!["account-lockout-enforced"]));
    assert_eq!(asked("s3_bucket_default_encryption"), Some(vec!["storage-encrypted-at-rest"]));
    assert_eq!(asked("aws-s3-enable-bucket-encryption"), asked("AWS-0088"));
    assert_eq!(asked("1b6799eb-4a7a-4b04-9001-8cceb9999326"), Some(vec!["api-logged"]));
    // Names are exact: what looks like one is no other.
    assert!(asked("S3_BUCKET_DEFAULT_ENCRYPTION").is_none() && asked("s3_bucket_default").is_none());
    assert!(mapper().map_id("AWS-0036").is_some_and(|found| !found.is_empty()));
    assert_eq!(mapper().map_id("AVD-AWS-0036"), mapper().map_id("AWS-0036"));
    assert!(mapper().is_nothing("CKV_AWS_217") && mapper().is_nothing("AVD-AWS-0190"));
    assert_eq!(mapper().map_id("AVD-AWS-0190"), Some(Vec::new()));
}

#[test]
fn what_a_rule_stands_for_asks_for_nothing_else_elsewhere() {
    let rules = RuleSet::builtin();
    let mut ids = 0;
    for id in mapper().checks().ids() {
        ids += 1;
        let rule = rules.infos().find(|rule| rule.aliases.values().flatten().any(|alias| alias == id));
        let Some(rule) = rule else { continue };
        let mut asked = mapper().checks().asked(id).expect("known");
        let mut shown: Vec<&str> = rule.objectives.iter().map(String::as_str).collect();
        asked.sort_unstable();
        shown.sort_unstable();
        assert_eq!(asked, shown, "`{id}` is an alias of `{}`: take it out of `index/checks`", rule.id);
    }
    assert!(ids > 4_000, "{ids}");
}

#[test]
fn an_id_stands_once_and_asks_for_something_or_for_nothing() {
    let mut checks = Checks::default();
    checks.add("X_1", &["storage-tls", "api-tls"]).expect("new");
    checks.add("X_2", &["nothing"]).expect("new");
    assert_eq!(checks.asked("X_1"), Some(vec!["storage-tls", "api-tls"]));
    assert_eq!(checks.asked("X_2"), Some(Vec::new()));
    assert_eq!(checks.asked("X_3"), None);
    for (id, asked) in
        [("X_1", ["api-tls", "cdn-tls"]), ("X_4", ["api-tls", "api-tls"]), ("X_5", ["api-tls", "nothing"])]
    {
        assert!(checks.add(id, &asked).is_err(), "{id}");
    }
}
