//! The full model itself, where `COMPLINE_FULL_MODEL` names the directory `model/full/assemble.sh` made.
#![expect(clippy::disallowed_methods, reason = "tests make and read files of their own")]
#![cfg(feature = "fastembed")]
#![allow(clippy::expect_used)] // A test has nothing better to do than stop.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::embed::Embedder as _;
use compline_index::embedding_texts::all_texts;
use compline_index::embeddings::Embeddings;
use compline_index::onnx::{OnnxEmbedder, OnnxFiles, Runtime};
use compline_index::settings::Settings;
use compline_index::{ALL_KINDS, ControlIndex as _};
use compline_index::{HitKind, Mapper, TextIndex, Tier};
use compline_rules::RuleSet;

fn library(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder).expect("a directory").flatten().map(|entry| entry.path());
    let is = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("libonnxruntime."))
    };
    files.filter(is).min().expect("ONNX Runtime's library").canonicalize().expect("a path")
}

#[test]
#[ignore = "needs the reference model: `COMPLINE_FULL_MODEL` names the directory that `assemble.sh` made"]
fn the_reference_model_agrees_with_its_built_in_embeddings_and_maps_by_them() {
    let folder = std::env::var_os("COMPLINE_FULL_MODEL").map(PathBuf::from);
    let folder = folder.expect("`COMPLINE_FULL_MODEL` names the directory of the reference model");
    let read = |name: &str| std::fs::read(folder.join(name)).expect("the model's file");
    let [model, tokenizer] = OnnxFiles::NAMES.map(read);
    let files = OnnxFiles { model: &model, tokenizer: &tokenizer };
    assert_eq!(files.are_reference_model(), Ok(true), "the model the vectors were made with");
    let runtime = Runtime::load(&library(&folder)).expect("ONNX Runtime loads");
    let model = OnnxEmbedder::load(files, "full", Settings::REFERENCE, runtime).expect("loads");
    let model = Arc::new(model);

    let embeddings = Embeddings::builtin().expect("reads");
    let all = all_texts().expect("the texts");
    for text in all.iter().step_by(200) {
        let vectors = embeddings.vectors_of(std::iter::once(text.as_str()), &*model).expect("the same model");
        let again = vectors.cosine(0, &model.embed(text));
        // 8-bit sums differ a little between processors.
        assert!(again > 0.97, "`{text}`: {again}");
    }
    assert!(model.embed("").iter().all(|x| *x == 0.0));
    let long = "every bucket is encrypted ".repeat(400);
    assert!((model.embed(&long).iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-3);

    let rules = RuleSet::builtin();
    let library = Library::builtin(&rules);
    let mapper =
        Mapper::open_with(&library, &rules, Mappings::default(), model.clone(), &embeddings).expect("opens");
    let found = mapper.map_text("Lightsail disk is not encrypted at rest");
    assert!(found.iter().any(|one| &*one.id == "SC-28" && one.tier == Tier::Mapped), "{found:?}");
    assert!(mapper.map_text("the weather in Lisbon is mild").iter().all(|one| one.tier != Tier::Mapped));

    let index = TextIndex::build(&library, &rules).expect("builds");
    let query = "eavesdroppers can overhear what clients say to servers";
    let is_about_transit = |id: &str| id.contains("transit") || id.contains("tls") || id.contains("https");
    let words = index.search_among(query, &[HitKind::Objective], 3);
    let index = index.with_embeddings(&library, &rules, model, &embeddings).expect("the same model");
    let both = index.search_among(query, &[HitKind::Objective], 3);
    assert!(both.iter().any(|hit| is_about_transit(&hit.id)), "{both:?}, by words: {words:?}");
    assert_eq!(index.search("SC-8", 1).first().map(|hit| hit.id.to_string()).as_deref(), Some("SC-8"));
    assert!(index.search_among("", &ALL_KINDS, 3).is_empty());
}
