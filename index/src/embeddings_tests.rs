#![allow(clippy::expect_used)] // What only tests use has nothing better to do than stop.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_rules::RuleSet;

use super::builtin;
use super::calibration::Calibration;
use super::corpus::{Source, rule_text};
use super::embed::{Embedder, ModelId, sha256};
use super::embedding_texts::all_texts;
use super::embeddings::Embeddings;
use super::mapper::{Mapper, Tier};
use super::onnx::{OnnxFiles, Runtime, reference_model};
use super::vectors::Vectors;
use super::{ControlIndex as _, TextIndex};
use crate::testing::titled;

const ANEW: &str = "make the full model's vectors anew: `index/model/full/assemble.sh DIR`, then \
     `cargo run -p compline-index --example control_index -- --embed DIR`";

/// Says it is a model, and counts what it is asked.
struct Stand {
    identity: ModelId,
    calls: AtomicUsize,
}

impl Stand {
    fn new(identity: ModelId) -> Arc<Self> {
        Arc::new(Self { identity, calls: AtomicUsize::new(0) })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl Embedder for Stand {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    fn embed(&self, _: &str) -> Vec<f32> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut vector = vec![0.0; self.identity.dimensions];
        vector[0] = 1.0;
        vector
    }
}

/// The built-in embeddings with one more for each text that has none yet: texts change at any time, the embeddings are
/// brought up to date at a release.
fn complete() -> Embeddings {
    let mut embeddings = Embeddings::builtin().expect("reads");
    let texts = all_texts().expect("the texts");
    let model = Stand::new(embeddings.model().clone());
    let missing: Vec<&str> = embeddings.missing(texts.iter().map(String::as_str));
    missing.into_iter().for_each(|text| embeddings.insert(text, &model.embed(text)));
    embeddings
}

/// The exemplars, which no page of rules changes.
fn exemplars() -> Vec<String> {
    let (corpus, _) = builtin::corpus().expect("decodes");
    let entries = corpus.entries.into_iter();
    entries.filter(|entry| entry.source == Source::Exemplar).map(|entry| entry.text).collect()
}

#[test]
fn the_built_in_embeddings_are_the_reference_models() {
    let embeddings = Embeddings::builtin().expect("reads");
    assert_eq!(*embeddings.model(), reference_model().expect("declared"));
    let texts = all_texts().expect("the texts");
    let all = || texts.iter().map(String::as_str);
    let (missing, unused) = (embeddings.missing(all()).len(), embeddings.unused(all()));
    assert_eq!(embeddings.rows() + missing, texts.len() + unused);
    assert!(missing * 2 < texts.len(), "{missing} of {} texts have none: {ANEW}", texts.len());
}

#[test]
fn a_text_without_a_vector_is_embedded_by_whoever_has_the_model() {
    let (rules, embeddings) = (RuleSet::builtin(), complete());
    let library = Library::builtin(&rules);
    let rule = rules.infos().next().expect("a rule");
    let without = rule_text(&rule.id, &rule.title);
    let mut partial = Embeddings::empty(embeddings.model().clone());
    let never_asked = Stand::new(embeddings.model().clone());
    let texts = all_texts().expect("the texts");
    let rows =
        embeddings.vectors_of(texts.iter().map(String::as_str), &*never_asked).expect("the same model");
    for (row, text) in texts.iter().enumerate().filter(|(_, text)| **text != without) {
        partial.insert(text, &rows.vector(row).expect("a row"));
    }
    // A vector of a text that is no more is in nobody's way.
    partial.insert("a text that is no more", &[0.5; 384]);
    let all = || texts.iter().map(String::as_str);
    assert_eq!(partial.missing(all()), [without.as_str()]);
    assert_eq!(partial.unused(all()), 1);
    let model = Stand::new(embeddings.model().clone());
    let mapper = Mapper::open_with(&library, &rules, Mappings::default(), Arc::clone(&model) as _, &partial)
        .expect("opens");
    assert_eq!((model.calls(), never_asked.calls()), (1, 0));
    assert!(mapper.is_calibrated());
    let searched = |embeddings: &Embeddings| {
        let (before, index) = (model.calls(), TextIndex::build(&library, &rules).expect("builds"));
        index.with_embeddings(&library, &rules, Arc::clone(&model) as _, embeddings).expect("the same model");
        model.calls() - before
    };
    assert_eq!(searched(&partial), searched(&embeddings) + 1, "search compares with the same text");
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
fn a_users_rule_and_a_query_are_all_that_is_embedded() {
    let embeddings = complete();
    let model = Stand::new(embeddings.model().clone());
    let open = |rules: &RuleSet| {
        let library = Library::builtin(rules);
        Mapper::open_with(&library, rules, Mappings::default(), Arc::clone(&model) as _, &embeddings)
            .expect("opens")
    };
    let mut rules = RuleSet::builtin();
    open(&rules);
    assert_eq!(model.calls(), 0);
    let title = "zeppelin hangar is open to everyone";
    let own = titled("own-zeppelin-open", title, &["storage-not-public"], "own_zeppelin");
    rules.add(own);
    let mapper = open(&rules);
    assert_eq!(model.calls(), 1, "the user's rule");
    let found = mapper.map_text("the hangar of a zeppelin stands open");
    assert_eq!(model.calls(), 2, "the query");
    assert!(found.iter().flat_map(|one| &one.neighbours).any(|near| &*near.of == "own-zeppelin-open"));
}

#[test]
fn search_ranks_by_meaning_beside_words() {
    let embeddings = complete();
    let model = Stand::new(reference_model().expect("declared"));
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let index = TextIndex::build(&library, &rules).expect("builds");
    let index = index
        .with_embeddings(&library, &rules, Arc::clone(&model) as _, &embeddings)
        .expect("the same model");
    let withdrawn = index.search("AC-13", 1);
    assert!(withdrawn.first().is_some_and(|hit| hit.title.ends_with("(withdrawn)")), "{withdrawn:?}");
    let before = model.calls();
    let hits = index.search("SC-28 encrypted buckets", 5);
    assert_eq!(&*hits[0].id, "SC-28", "an exact id stays first");
    assert_eq!((model.calls(), hits.len()), (before + 1, 5));
    assert!(hits[1..].windows(2).all(|pair| pair[0].score >= pair[1].score));
}

/// Means by a word that no text has what it means by one of the texts.
struct Pointing {
    model: Arc<Recalled>,
    word: &'static str,
    text: String,
}

impl Embedder for Pointing {
    fn identity(&self) -> &ModelId {
        self.model.identity()
    }

    fn embed(&self, text: &str) -> Vec<f32> {
        self.model.embed(if text == self.word { &self.text } else { text })
    }
}

#[test]
fn search_finds_by_meaning_alone_what_has_no_word_of_the_query() {
    let (rules, embeddings) = (RuleSet::of(Vec::new(), Default::default()), complete());
    let library = Library::builtin(&rules);
    let objective = library.objective("storage-not-public").expect("an objective");
    let text = format!("{} {}", objective.title, objective.evidence);
    let model = Recalled::new(embeddings.model().clone());
    let model = Arc::new(Pointing { model, word: "zzyzx", text });
    let index = TextIndex::build(&library, &rules).expect("builds");
    assert!(index.search("zzyzx", 3).is_empty());
    let index = index.with_embeddings(&library, &rules, model, &embeddings).expect("the same model");
    let hits = index.search("zzyzx", 3);
    assert_eq!((&*hits[0].id, hits[0].matched.len()), ("storage-not-public", 0));
}

#[test]
fn another_models_vectors_are_never_compared_with_these() {
    let embeddings = Embeddings::builtin().expect("reads");
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let other = Stand::new(ModelId { id: "other".to_owned(), sha256: "00".to_owned(), dimensions: 768 });
    let error =
        Mapper::open_with(&library, &rules, Mappings::default(), other, &embeddings).expect_err("an error");
    assert!(
        error.starts_with("the index was made with model `all-MiniLM-L6-v2-int8` (384 dimensions, sha256 8199be6f699a), not with `other` (768 dimensions"),
        "{error}"
    );
}

#[test]
fn files_that_are_no_library_or_no_vectors_are_one_clear_error() {
    let files = OnnxFiles { model: b"torn", tokenizer: b"{}" };
    assert_eq!(files.are_reference_model(), Ok(false));
    let error = Runtime::load(Path::new("/nowhere/libonnxruntime.so")).expect_err("no library");
    assert!(
        error.starts_with(
            "`/nowhere/libonnxruntime.so` is no shared library of ONNX Runtime that can be used: "
        ),
        "{error}"
    );
    let mut vectors = Vectors::new(reference_model().expect("declared"));
    vectors.push(&[0.5; 384]);
    let bytes = vectors.to_bytes();
    let error = Embeddings::of(&bytes, "aa\nbb\n").expect_err("a key too many");
    assert!(error.starts_with("there are 1 vectors of the model for 2 texts"), "{error}");
    let error = Embeddings::of(&bytes[..bytes.len() - 1], "aa\n").expect_err("cut off");
    assert!(error.contains("not whole, or says another dimension"), "{error}");
}

#[test]
fn what_a_model_made_of_texts_is_kept_and_found_again() {
    let model = ModelId { id: "other".to_owned(), sha256: "00".to_owned(), dimensions: 4 };
    let mut embeddings = Embeddings::empty(model.clone());
    embeddings.insert("a bucket", &[1.0, 0.0, 0.0, 0.0]);
    embeddings.insert("a disk", &[0.0, 1.0, 0.0, 0.0]);
    embeddings.insert("a bucket", &[0.0, 0.0, 1.0, 0.0]);
    let bytes = embeddings.to_bytes();
    let mut again = Embeddings::from_bytes(&bytes).expect("reads");
    assert_eq!((again.rows(), again.model()), (2, &model));
    assert_eq!(again.missing(["a disk", "a key", "a bucket", "a key"].into_iter()), ["a key"]);
    let stand = Stand::new(model);
    let vectors = again.vectors_of(["a disk", "a bucket"].into_iter(), &*stand).expect("the same model");
    assert!(
        vectors.cosine(0, &[0.0, 1.0, 0.0, 0.0]) > 0.99 && vectors.cosine(1, &[1.0, 0.0, 0.0, 0.0]) > 0.99
    );
    assert_eq!(stand.calls(), 0);
    again.merge(&Embeddings::builtin().expect("reads"));
    assert_eq!(again.rows(), 2, "nothing of another model");
    for cut in [0, 7, 11, 20, bytes.len() - 1] {
        assert!(Embeddings::from_bytes(&bytes[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn a_model_that_means_the_same_by_every_text_is_calibrated_and_no_other_is() {
    let embeddings = complete();
    assert_eq!(embeddings.calibration(), Ok(Calibration::FITTED));
    let texts = all_texts().expect("the texts");
    let turned = |by: f32| {
        let mut other =
            Embeddings::empty(ModelId { sha256: "11".to_owned(), ..reference_model().expect("declared") });
        let stand = Stand::new(reference_model().expect("declared"));
        let rows = embeddings.vectors_of(texts.iter().map(String::as_str), &*stand).expect("the same model");
        for (row, text) in texts.iter().enumerate() {
            let mut vector = rows.vector(row).expect("a row");
            // Another direction for every text, a part of its length.
            vector[row % 384] += by;
            let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
            vector.iter_mut().for_each(|x| *x /= length);
            other.insert(text, &vector);
        }
        other
    };
    assert_eq!(turned(0.1).calibration(), Ok(Calibration::FITTED), "as other precisions of the weights do");
    assert!(!turned(0.5).calibration().expect("reads").is_fitted);
    let other = ModelId { id: "other".to_owned(), sha256: "22".to_owned(), dimensions: 768 };
    assert!(!Embeddings::empty(other).calibration().expect("reads").is_fitted);
}

#[test]
fn nothing_is_mapped_on_the_word_of_a_model_that_was_not_measured() {
    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let identity = ModelId { sha256: "33".to_owned(), ..reference_model().expect("declared") };
    let mut embeddings = Embeddings::empty(identity.clone());
    // Every text means the same: by words alone some would still be mapped.
    let same = Stand::new(identity).embed("");
    all_texts().expect("the texts").iter().for_each(|text| embeddings.insert(text, &same));
    let stand = Stand::new(embeddings.model().clone());
    let mapper = Mapper::open_with(&library, &rules, Mappings::default(), stand, &embeddings).expect("opens");
    assert!(!mapper.is_calibrated());
    for text in ["Lightsail disk is not encrypted at rest", "S3 bucket is public", "no audit log is kept"] {
        let found = mapper.map_text(text);
        assert!(!found.is_empty() && found.iter().all(|one| one.tier == Tier::Suggested), "{text}");
    }
    let found = mapper.map_id("CKV_AWS_20").expect("known");
    assert!(found.iter().any(|one| one.tier == Tier::Mapped), "what is curated needs no model");
}

/// Gives the built-in vector of a text; where its identity is another one, half of each vector is the same for every
/// text, so that all cosines lie between 0.5 and 1.
struct Recalled {
    identity: ModelId,
    builtin: Embeddings,
}

impl Recalled {
    fn new(identity: ModelId) -> Arc<Self> {
        Arc::new(Self { identity, builtin: complete() })
    }
}

impl Embedder for Recalled {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    fn embed(&self, text: &str) -> Vec<f32> {
        let stand = Stand::new(self.builtin.model().clone());
        let rows = self.builtin.vectors_of(std::iter::once(text), &*stand).expect("the same model");
        let vector = rows.vector(0).expect("a row");
        if self.identity == *self.builtin.model() {
            return vector;
        }
        let same = (1.0 / vector.len() as f32).sqrt();
        let all = vector.iter().copied().chain(std::iter::repeat_n(same, vector.len()));
        all.map(|x| x * 0.5_f32.sqrt()).collect()
    }
}

#[test]
fn a_model_that_finds_everything_alike_is_read_by_what_is_usual_for_it() {
    let rules = RuleSet::of(Vec::new(), Default::default());
    let library = Library::builtin(&rules);
    let identity = ModelId { id: "crowded".to_owned(), sha256: "44".to_owned(), dimensions: 768 };
    let (crowded, plain) =
        (Recalled::new(identity.clone()), Recalled::new(reference_model().expect("declared")));
    let texts = all_texts().expect("the texts");
    let mut embeddings = Embeddings::empty(identity);
    texts.iter().for_each(|text| embeddings.insert(text, &crowded.embed(text)));
    let open = |embedder: Arc<dyn Embedder>, embeddings: &Embeddings| {
        Mapper::open_with(&library, &rules, Mappings::default(), embedder, embeddings).expect("opens")
    };
    let (crowded, plain) = (open(crowded, &embeddings), open(plain, &complete()));
    assert!(plain.is_calibrated() && !crowded.is_calibrated());
    let named = |mapper: &Mapper, text: &str| -> BTreeSet<String> {
        mapper.map_text(text).iter().map(|one| format!("{} {}", one.framework, one.id)).collect()
    };
    let (mut either, mut both) = (0, 0);
    for text in exemplars().iter().step_by(90) {
        let (one, other) = (named(&plain, text), named(&crowded, text));
        either += one.union(&other).count();
        both += one.intersection(&other).count();
    }
    assert!(either > 50 && both * 10 >= either * 9, "{both} of {either} controls are named by both");
}
