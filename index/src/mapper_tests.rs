use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use compline_frameworks::feedback::{Mapping, Mappings};
use compline_frameworks::{Library, Provenance};
use compline_rules::RuleSet;

use super::builtin;
use super::classifier::{Classifier, Classifiers, Vocabulary, training_digest};
use super::corpus::{Corpus, Entry, Source, rule_text};
use super::document::documents;
use super::embed::{Embedder as _, ModelFiles, StaticEmbedder};
use super::mapper::{ControlMatch, Mapper, Tier};
use super::packed_index::PackedIndex;
use super::words::Terms;
use crate::external::Finding;
use crate::testing::titled;

fn open(rules: &RuleSet, mappings: Mappings) -> Mapper {
    Mapper::open(&Library::builtin(rules), rules, mappings).expect("opens")
}

/// With the built-in rules.
fn mapper() -> &'static Mapper {
    static OPENED: OnceLock<Mapper> = OnceLock::new();
    OPENED.get_or_init(|| open(&RuleSet::builtin(), Mappings::default()))
}

fn no_rules() -> RuleSet {
    RuleSet::of(Vec::new(), Default::default())
}

/// Without any rule, so that what it infers does not change when a page is added.
fn without_rules() -> &'static Mapper {
    static OPENED: OnceLock<Mapper> = OnceLock::new();
    OPENED.get_or_init(|| open(&no_rules(), Mappings::default()))
}

/// The ids of one framework: others have controls of the same name.
fn ids(mapped: &[ControlMatch]) -> Vec<&str> {
    mapped.iter().filter(|one| &*one.framework == "nist-800-53-r5").map(|one| &*one.id).collect()
}

fn mappings(subject: &str, control: &str, confirmed: bool) -> Mappings {
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
    builtin::model().verify().expect("the files are those the provenance names");
    let model = StaticEmbedder::load(builtin::model()).expect("loads");
    let near =
        |a: &str, b: &str| -> f32 { model.embed(a).iter().zip(model.embed(b)).map(|(a, b)| a * b).sum() };
    assert!((near("bucket", "bucket") - 1.0).abs() < 1e-3);
    assert!(near("kms_key_id", "encryption key") > near("kms_key_id", "password length"));
    assert!(near("S3 bucket", "object storage") > near("S3 bucket", "virtual machine"));
    assert!(model.embed("").iter().all(|x| x.is_finite()));
}

/// The texts of the corpus change at any time; the classifiers are brought up to date at a release.
#[test]
fn what_the_classifiers_were_not_trained_on_has_a_lower_score_and_no_worse() {
    let probability = |mapper: &Mapper| {
        let text = "Lightsail disk is not encrypted at rest";
        let scored = mapper.scored(text, &|_| true, Some(&mapper.classifiers().judgements));
        let one = scored.into_iter().find(|one| (&*one.framework, &*one.id) == ("nist-800-53-r5", "SC-28"));
        one.expect("its neighbours speak for it").probability
    };
    let untrained = Classifiers {
        vocabulary: Vocabulary::default(),
        objectives: Classifier::default(),
        judgements: Classifier::default(),
        trained_on: training_digest(&[]),
    };
    let mapper = open(&no_rules(), Mappings::default()).with_classifiers(untrained);
    let (trained, untrained) = (probability(without_rules()), probability(&mapper));
    assert!(0.0 < untrained && untrained < trained, "{untrained} against {trained}");
}

#[test]
fn the_word_that_decides_outweighs_the_word_that_names_a_service() {
    let found = without_rules().map_text("DocumentDB cluster has TLS disabled");
    let score = |id: &str| {
        let one = found.iter().find(|one| (&*one.framework, &*one.id) == ("nist-800-53-r5", id));
        one.map_or(0.0, |one| one.score)
    };
    let (transit, rest) = (score("SC-8"), score("SC-28"));
    assert!(transit > 0.5 && transit > rest + 0.2, "{transit} {rest}");
}

#[test]
fn what_is_judged_of_a_control_holds_for_the_same_control_elsewhere() {
    let found = without_rules().map_text("Lightsail disk is not encrypted at rest");
    let score = |framework: &str| {
        let one = found.iter().find(|one| (&*one.framework, &*one.id) == (framework, "SC-28"));
        one.map(|one| (one.tier, one.score > 0.9))
    };
    assert_eq!(score("fedramp-rev5"), Some((Tier::Mapped, true)));
    assert_eq!(score("fedramp-rev5"), score("nist-800-53-r5"));
}

/// The build reads the files of `frameworks` by itself.
#[test]
fn what_is_compiled_in_is_of_the_frameworks_that_are() {
    let library = Library::builtin(&no_rules());
    let frameworks = || library.frameworks().map(|framework| &**framework);
    let (corpus, _) = builtin::corpus().expect("decodes");
    let entries = corpus.entries.iter().filter(|entry| entry.source == Source::Control);
    let embedded: Vec<(&str, &str)> = entries.map(|entry| (&*entry.about, &*entry.of)).collect();
    let controls = frameworks().flat_map(|framework| {
        let controls = framework.controls().filter(|control| control.shown.is_automatable());
        controls.map(|control| (&*framework.id, &*control.id))
    });
    assert_eq!(embedded, controls.collect::<Vec<_>>());
    let packed: PackedIndex = postcard::from_bytes(builtin::PACKED_INDEX).expect("decodes");
    let documents = documents(frameworks(), library.objectives()).into_iter().map(|document| document.info);
    assert_eq!(packed.documents, documents.collect::<Vec<_>>());
}

/// The build reads the front matter of a page line by line. A page it cannot read so is embedded when the program runs,
/// which is slower and changes no answer.
#[test]
fn pages_are_embedded_at_build_time() {
    let (corpus, _) = builtin::corpus().expect("decodes");
    let embedded: BTreeSet<(&str, &str)> = corpus
        .entries
        .iter()
        .filter(|entry| entry.source == Source::Rule)
        .map(|entry| (entry.of.as_str(), entry.text.as_str()))
        .collect();
    let rules = RuleSet::builtin();
    let count = rules.infos().count();
    let found = rules
        .infos()
        .filter(|rule| embedded.contains(&(rule.id.as_str(), rule_text(&rule.id, &rule.title).as_str())));
    assert!(found.count() * 10 >= count * 9, "most of {count} rules");
}

#[test]
fn the_title_of_a_rule_is_never_inferred() {
    let mut controls = 0;
    for rule in RuleSet::builtin().infos() {
        let found = mapper().map_text(&rule.title);
        assert!(found.iter().all(|one| matches!(one.provenance, Provenance::Curated(_))), "{}", rule.id);
        controls += found.len();
    }
    assert!(controls > 0);
}

#[test]
fn what_no_rule_covers_is_inferred_with_its_reasons() {
    let found = without_rules().map_text("Lightsail disk is not encrypted at rest");
    let is = |one: &&ControlMatch| (&*one.framework, &*one.id) == ("nist-800-53-r5", "SC-28");
    let first = found.iter().find(is).expect("encryption at rest");
    assert_eq!(first.tier, Tier::Mapped);
    assert!(matches!(first.provenance, Provenance::Inferred { .. }));
    let near = first.neighbours.first().expect("a neighbour");
    assert!(near.matched.iter().any(|word| **word == *"encrypted"), "{near:?}");
    assert!(found.windows(2).all(|pair| pair[0].tier >= pair[1].tier));
}

#[test]
fn nothing_is_said_of_what_is_like_nothing() {
    for text in ["", "zzyzx", "the weather in Lisbon is mild", "quarterly revenue by region"] {
        let sure = without_rules().map_text(text).into_iter().filter(|one| one.tier == Tier::Mapped).count();
        assert_eq!(sure, 0, "{text}");
    }
    assert!(without_rules().map_text("").is_empty());
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
    assert!(ids(&without_rules().map_text(text)).contains(&"SC-28"));
    let rejected = open(&no_rules(), mappings(text, "SC-28", false));
    assert!(!ids(&rejected.map_text(&text.to_uppercase())).contains(&"SC-28"));
    let confirmed = open(&no_rules(), mappings(text, "CM-8", true));
    let found = confirmed.map_text(text);
    let first = found.first().expect("a control");
    assert_eq!(&*first.id, "CM-8");
    assert!(matches!(&first.provenance, Provenance::Confirmed { by, .. } if &**by == "ann"));
    // It speaks for its own control and against no other: the words of one more text are counted, and that is all.
    let score = |mapper: &Mapper, id: &str| {
        mapper.map_text(text).iter().find(|one| &*one.id == id).map_or(0.0, |one| one.score)
    };
    let (with, without) = (score(&confirmed, "SC-28"), score(without_rules(), "SC-28"));
    assert!(without > 0.9 && (with - without).abs() < 0.01, "{with} against {without}");
}

#[test]
fn a_users_own_rule_is_a_neighbour_too() {
    let title = "zeppelin hangar is open to everyone";
    let own = titled("own-zeppelin-open", title, &["storage-not-public"], "own_zeppelin");
    let mut rules = RuleSet::builtin();
    rules.add(own);
    let mapper = open(&rules, Mappings::default());
    let found = mapper.map_text("the hangar of a zeppelin stands open");
    assert!(
        found.iter().flat_map(|one| &one.neighbours).any(|near| &*near.of == "own-zeppelin-open"),
        "{found:?}"
    );
}

#[test]
fn models_are_never_mixed() {
    let model = StaticEmbedder::load(builtin::model()).expect("loads");
    let mut other = model.identity().clone();
    other.sha256 = "0".repeat(64);
    let mut stock = Corpus::new(other);
    let entry =
        Entry { source: Source::Rule, of: "a".to_owned(), about: String::new(), text: "bucket".to_owned() };
    let error = stock.add(entry, &model, &Terms::default()).expect_err("another model");
    assert!(error.starts_with(
        "the index was made with model `compline-static-128` (128 dimensions, sha256 000000000000)"
    ));
    let torn = ModelFiles { weights: b"torn", ..builtin::model() };
    assert!(
        torn.verify()
            .expect_err("another file")
            .starts_with("`model.safetensors` of model `compline-static-128` has")
    );
    let error = StaticEmbedder::load(torn).expect_err("no model");
    assert!(error.starts_with("model `compline-static-128` cannot be loaded: "), "{error}");
    let fewer = builtin::model().provenance.replace("\"dimensions\": 128", "\"dimensions\": 64");
    let error =
        StaticEmbedder::load(ModelFiles { provenance: &fewer, ..builtin::model() }).expect_err("dimensions");
    assert_eq!(error, "model `compline-static-128` has 128 dimensions, but its `provenance.json` says 64");
}

#[test]
fn one_word_is_never_mapped() {
    for word in ["public", "encryption", "is public", "passwords"] {
        let mapped = without_rules().map_text(word);
        assert!(!mapped.is_empty() && mapped.iter().all(|one| one.tier == Tier::Suggested), "{word}");
    }
    assert_eq!(
        without_rules().map_text("the bucket is public").first().map(|one| one.tier),
        Some(Tier::Mapped)
    );
}

#[test]
fn a_rule_does_not_speak_for_what_was_rejected_for_it() {
    let rules = RuleSet::builtin();
    let rejected = mappings("aws-rds-publicly-accessible", "AC-4", false);
    let library = Library::builtin(&rules).with_mappings(&rejected, &rules);
    let corrected = Mapper::open(&library, &rules, rejected).expect("opens");
    let speaks = |mapper: &Mapper| {
        let mapped = mapper.map_text("the RDS database instance can be reached publicly");
        mapped.iter().any(|one| {
            (&*one.framework, &*one.id) == ("nist-800-53-r5", "AC-4")
                && one.neighbours.iter().any(|near| &*near.of == "aws-rds-publicly-accessible")
        })
    };
    assert!(speaks(mapper()) && !speaks(&corrected));
    for id in ["CKV_AWS_17", "AVD-AWS-0180"] {
        assert!(ids(&mapper().map_id(id).expect("it is known")).contains(&"AC-4"));
        assert!(!ids(&corrected.map_id(id).expect("it is known")).contains(&"AC-4"), "{id}");
    }
}

#[test]
fn a_check_of_another_scanner_asks_for_what_its_title_says() {
    let objectives = |id: &str| without_rules().checks().objectives_of(id);
    // In transit, whatever its title begins with.
    let transit = objectives("CKV_AWS_31").expect("known");
    assert!(transit.contains(&"cache-tls") && !transit.contains(&"analytics-encrypted-at-rest"));
    assert_eq!(objectives("AZU-0021"), objectives("CKV_AZURE_32"));
    assert_eq!(objectives("CKV_AZURE_32"), Some(vec!["account-lockout-enforced"]));
    assert_eq!(objectives("s3_bucket_default_encryption"), Some(vec!["storage-encrypted-at-rest"]));
    assert_eq!(objectives("aws-s3-enable-bucket-encryption"), objectives("AWS-0088"));
    assert_eq!(objectives("1b6799eb-4a7a-4b04-9001-8cceb9999326"), Some(vec!["api-logged"]));
    // Names are exact: what looks like one is no other.
    assert!(
        objectives("S3_BUCKET_DEFAULT_ENCRYPTION").is_none() && objectives("s3_bucket_default").is_none()
    );
    assert!(without_rules().map_id("AWS-0036").is_some_and(|found| !found.is_empty()));
    assert_eq!(without_rules().map_id("AVD-AWS-0036"), without_rules().map_id("AWS-0036"));
    assert!(
        without_rules().bears_on_nothing("CKV_AWS_217") && without_rules().bears_on_nothing("AVD-AWS-0320")
    );
    assert_eq!(without_rules().map_id("AVD-AWS-0320"), Some(Vec::new()));
}

/// So that a page with another scanner's id needs no change in `checks`.
#[test]
fn what_a_rule_says_of_a_check_counts_before_the_table() {
    let id = "CKV_AZURE_32";
    assert_eq!(without_rules().checks().objectives_of(id), Some(vec!["account-lockout-enforced"]));
    let of = |mapper: &Mapper| -> Vec<String> {
        let found = mapper.map_id(id).expect("it is known");
        let mut of: Vec<String> = found.iter().map(|one| one.neighbours[0].of.to_string()).collect();
        of.dedup();
        of
    };
    assert_eq!(of(without_rules()), ["account-lockout-enforced"]);
    let mut own = titled("own-zeppelin-open", "a hangar is open", &["storage-not-public"], "own_zeppelin");
    Arc::make_mut(&mut own.info).aliases.insert("checkov".to_owned(), vec![id.to_owned()]);
    let rules = RuleSet::of(vec![own], Default::default());
    assert_eq!(of(&open(&rules, Mappings::default())), ["own-zeppelin-open"]);
}

#[test]
fn the_tables_of_checks_are_whole() {
    let count = without_rules().checks().ids().count();
    assert!(count > 4_000, "{count}");
}
