#![allow(clippy::expect_used)] // What only tests use has nothing better to do than stop.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_rules::RuleSet;

use super::embed::{Embedder, ModelId, sha256};
use super::full::{FullFiles, Runtime, full_model};
use super::known::{Known, key, texts};
use super::likeness::Likeness;
use super::mapper::{Mapper, Tier};
use super::vectors::Vectors;
use super::{ControlIndex as _, TextIndex};
use crate::testing::titled;

const ANEW: &str = "make the full model's vectors anew: `index/model/full/assemble.sh DIR`, then \
     `cargo run -p compline-index --example control_index -- --embed DIR`";

/// Says it is a model, and counts what it is asked.
struct Stand {
    identity: ModelId,
    asked: AtomicUsize,
}

impl Stand {
    fn new(identity: ModelId) -> Arc<Self> {
        Arc::new(Self { identity, asked: AtomicUsize::new(0) })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Embedder for Stand {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    fn embed(&self, _: &str) -> Vec<f32> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut vector = vec![0.0; self.identity.dimensions];
        vector[0] = 1.0;
        vector
    }
}

#[test]
fn the_full_models_vectors_belong_to_the_texts_as_they_are() {
    let shipped = Known::shipped().expect("reads");
    assert_eq!(*shipped.model(), full_model().expect("declared"));
    let texts = texts().expect("the texts");
    let keys: BTreeSet<String> = texts.iter().map(|text| key(text)).collect();
    let known: BTreeSet<String> = shipped.keys().map(str::to_owned).collect();
    let new = texts.iter().find(|text| !known.contains(&key(text)));
    assert!(new.is_none(), "`{}` has no vector: {ANEW}", new.map_or("", String::as_str));
    let old = known.difference(&keys).count();
    assert_eq!(old, 0, "{old} vectors are of texts that are no more: {ANEW}");
}

#[test]
fn the_full_models_files_are_those_the_provenance_names() {
    let provenance: serde_json::Value =
        serde_json::from_str(include_str!("../model/full/provenance.json")).expect("JSON");
    let files: [(&str, &[u8]); 2] = [
        ("vectors.bin", include_bytes!("../model/full/vectors.bin")),
        ("texts.txt", include_bytes!("../model/full/texts.txt")),
    ];
    for (name, bytes) in files {
        assert_eq!(provenance["output_sha256"][name], sha256(bytes), "{name}: {ANEW}");
    }
}

#[test]
fn what_was_shipped_is_used_and_what_is_new_is_embedded() {
    let shipped = Known::shipped().expect("reads");
    let model = Stand::new(full_model().expect("declared"));
    let open = |rules: &RuleSet| {
        let library = Library::builtin(rules);
        Mapper::open_with(&library, rules, Mappings::default(), Arc::clone(&model) as _, &shipped)
            .expect("opens")
    };
    let mut rules = RuleSet::builtin();
    open(&rules);
    assert_eq!(model.asked(), 0, "everything that ships was embedded at authoring time");
    let title = "zeppelin hangar is open to everyone";
    let own = titled("own-zeppelin-open", title, &["storage-not-public"], "own_zeppelin");
    rules.add(own);
    let mapper = open(&rules);
    assert_eq!(model.asked(), 1, "the user's rule");
    let found = mapper.map_text("the hangar of a zeppelin stands open");
    assert_eq!(model.asked(), 2, "the query");
    assert!(found.iter().flat_map(|one| &one.via).any(|near| &*near.of == "own-zeppelin-open"));
}

#[test]
fn search_ranks_by_meaning_beside_words() {
    let shipped = Known::shipped().expect("reads");
    let model = Stand::new(full_model().expect("declared"));
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let index = TextIndex::build(&library, &rules).expect("builds");
    let index =
        index.with_meaning(&library, &rules, Arc::clone(&model) as _, &shipped).expect("the same model");
    let withdrawn = index.search("AC-13", 1);
    assert!(withdrawn.first().is_some_and(|hit| hit.title.ends_with("(withdrawn)")), "{withdrawn:?}");
    let asked = model.asked();
    let hits = index.search("SC-28 encrypted buckets", 5);
    assert_eq!(&*hits[0].id, "SC-28", "an exact id stays first");
    assert_eq!(model.asked(), asked + 1);
    assert!(hits[1..].windows(2).all(|pair| pair[0].score >= pair[1].score));
}

#[test]
fn another_models_vectors_are_never_compared_with_these() {
    let shipped = Known::shipped().expect("reads");
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let other = Stand::new(ModelId { id: "other".to_owned(), sha256: "00".to_owned(), dimensions: 768 });
    let error =
        Mapper::open_with(&library, &rules, Mappings::default(), other, &shipped).expect_err("an error");
    assert!(
        error.starts_with("the index was made with model `all-MiniLM-L6-v2-int8` (384 dimensions, sha256 8199be6f699a), not with `other` (768 dimensions"),
        "{error}"
    );
}

#[test]
fn files_that_are_no_library_or_no_vectors_are_one_clear_error() {
    let files = FullFiles { model: b"torn", tokenizer: b"{}" };
    assert_eq!(files.are_shipped_with(), Ok(false));
    let error = Runtime::load(Path::new("/nowhere/libonnxruntime.so")).expect_err("no library");
    assert!(
        error.starts_with(
            "`/nowhere/libonnxruntime.so` is no shared library of ONNX Runtime that can be used: "
        ),
        "{error}"
    );
    let mut vectors = Vectors::new(full_model().expect("declared"));
    vectors.push(&[0.5; 384]);
    let bytes = vectors.to_bytes();
    let error = Known::of(&bytes, "aa\nbb\n").expect_err("a key too many");
    assert!(error.starts_with("there are 1 vectors of the model for 2 texts"), "{error}");
    let error = Known::of(&bytes[..bytes.len() - 1], "aa\n").expect_err("cut off");
    assert!(error.contains("not whole, or says another dimension"), "{error}");
}

#[test]
fn what_a_model_made_of_texts_is_kept_and_found_again() {
    let model = ModelId { id: "other".to_owned(), sha256: "00".to_owned(), dimensions: 4 };
    let mut known = Known::none(model.clone());
    known.add("a bucket", &[1.0, 0.0, 0.0, 0.0]);
    known.add("a disk", &[0.0, 1.0, 0.0, 0.0]);
    known.add("a bucket", &[0.0, 0.0, 1.0, 0.0]);
    let bytes = known.to_bytes();
    let mut again = Known::from_bytes(&bytes).expect("reads");
    assert_eq!((again.rows(), again.model()), (2, &model));
    assert_eq!(again.missing(["a disk", "a key", "a bucket", "a key"].into_iter()), ["a key"]);
    let stand = Stand::new(model);
    let vectors = again.vectors_of(["a disk", "a bucket"].into_iter(), &*stand).expect("the same model");
    assert!(
        vectors.cosine(0, &[0.0, 1.0, 0.0, 0.0]) > 0.99 && vectors.cosine(1, &[1.0, 0.0, 0.0, 0.0]) > 0.99
    );
    assert_eq!(stand.asked(), 0);
    again.absorb(&Known::shipped().expect("reads"));
    assert_eq!(again.rows(), 2, "nothing of another model");
    for cut in [0, 7, 11, 20, bytes.len() - 1] {
        assert!(Known::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_model_that_means_the_same_by_every_text_is_calibrated_and_no_other_is() {
    let shipped = Known::shipped().expect("reads");
    assert_eq!(shipped.likeness(), Ok(Likeness::FITTED));
    let texts = texts().expect("the texts");
    let turned = |by: f32| {
        let mut other = Known::none(ModelId { sha256: "11".to_owned(), ..full_model().expect("declared") });
        let stand = Stand::new(full_model().expect("declared"));
        let rows = shipped.vectors_of(texts.iter().map(String::as_str), &*stand).expect("the same model");
        for (row, text) in texts.iter().enumerate() {
            let mut vector = rows.vector(row).expect("a row");
            // Another direction for every text, a part of its length.
            vector[row % 384] += by;
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            other.add(text, &vector);
        }
        other
    };
    assert_eq!(turned(0.1).likeness(), Ok(Likeness::FITTED), "as other precisions of the weights do");
    assert!(!turned(0.5).likeness().expect("reads").calibrated);
    let other = ModelId { id: "other".to_owned(), sha256: "22".to_owned(), dimensions: 768 };
    assert!(!Known::none(other).likeness().expect("reads").calibrated);
}

#[test]
fn nothing_is_mapped_on_the_word_of_a_model_that_was_not_measured() {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let identity = ModelId { sha256: "33".to_owned(), ..full_model().expect("declared") };
    let mut known = Known::none(identity.clone());
    // Every text means the same: by words alone some would still be mapped.
    let same = Stand::new(identity).embed("");
    texts().expect("the texts").iter().for_each(|text| known.add(text, &same));
    let stand = Stand::new(known.model().clone());
    let mapper = Mapper::open_with(&library, &rules, Mappings::default(), stand, &known).expect("opens");
    assert!(!mapper.is_calibrated());
    for text in ["Lightsail disk is not encrypted at rest", "S3 bucket is public", "no audit log is kept"] {
        assert!(mapper.map_text(text).iter().all(|one| one.tier == Tier::Suggested));
    }
    let found = mapper.map_id("CKV_AWS_20").expect("known");
    assert!(found.iter().any(|one| one.tier == Tier::Mapped), "what is curated needs no model");
}

/// Gives what ships for texts that ship; where its identity is another one, half of each vector is the same for every
/// text, so that all cosines lie between 0.5 and 1.
struct Recalled {
    identity: ModelId,
    shipped: Known,
}

impl Recalled {
    fn new(identity: ModelId) -> Arc<Self> {
        Arc::new(Self { identity, shipped: Known::shipped().expect("reads") })
    }
}

impl Embedder for Recalled {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    fn embed(&self, text: &str) -> Vec<f32> {
        let stand = Stand::new(self.shipped.model().clone());
        let rows = self.shipped.vectors_of(std::iter::once(text), &*stand).expect("the same model");
        let vector = rows.vector(0).expect("a row");
        if self.identity == *self.shipped.model() {
            return vector;
        }
        let same = (1.0 / vector.len() as f32).sqrt();
        let all = vector.iter().copied().chain(std::iter::repeat_n(same, vector.len()));
        all.map(|x| x * 0.5_f32.sqrt()).collect()
    }
}

#[test]
fn a_model_that_finds_everything_alike_is_read_by_what_is_usual_for_it() {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let identity = ModelId { id: "crowded".to_owned(), sha256: "44".to_owned(), dimensions: 768 };
    let (crowded, plain) = (Recalled::new(identity.clone()), Recalled::new(full_model().expect("declared")));
    let texts = texts().expect("the texts");
    let mut known = Known::none(identity);
    texts.iter().for_each(|text| known.add(text, &crowded.embed(text)));
    let open = |embedder: Arc<dyn Embedder>, known: &Known| {
        Mapper::open_with(&library, &rules, Mappings::default(), embedder, known).expect("opens")
    };
    let (crowded, plain) = (open(crowded, &known), open(plain, &Known::shipped().expect("reads")));
    assert!(plain.is_calibrated() && !crowded.is_calibrated());
    let named = |mapper: &Mapper, text: &str| -> BTreeSet<String> {
        mapper.map_text(text).iter().map(|one| format!("{} {}", one.framework, one.id)).collect()
    };
    let (mut either, mut both) = (0, 0);
    for text in texts.iter().step_by(300) {
        let (one, other) = (named(&plain, text), named(&crowded, text));
        either += one.union(&other).count();
        both += one.intersection(&other).count();
    }
    assert!(either > 50 && both * 10 >= either * 9, "{both} of {either} controls are named by both");
}
