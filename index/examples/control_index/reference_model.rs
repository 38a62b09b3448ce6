//! The full model: what it makes of everything that comes with the program.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Library;
use compline_frameworks::feedback::Mappings;
use compline_index::Mapper;
use compline_index::embed::Embedder as _;
use compline_index::embedding_texts::all_texts;
use compline_index::embeddings::{Embeddings, text_key};
use compline_index::onnx::{OnnxEmbedder, OnnxFiles, Runtime};
use compline_index::settings::Settings;
use compline_index::vectors::Vectors;
use compline_rules::RuleSet;
use sha2::Digest as _;

/// The index with the full model of a directory.
pub fn mapper(folder: &str, library: &Library, rules: &RuleSet) -> Mapper {
    let embeddings = Embeddings::builtin().expect("the vectors that come with the program");
    Mapper::open_with(library, rules, Mappings::default(), Arc::new(load(folder)), &embeddings)
        .expect("opens")
}

/// Embeds every text that has no vector yet (with `anew` all of them), and writes vectors.bin, texts.txt and their
/// checksums in provenance.json.
pub fn embed(folder: &str, anew: bool) {
    let model = load(folder);
    let texts = all_texts().expect("the texts that come with the program");
    let keys: String = texts.iter().map(|text| text_key(text) + "\n").collect();
    let kept = Embeddings::builtin().ok().filter(|kept| !anew && kept.model() == model.identity());
    let vectors = match kept {
        Some(kept) => {
            kept.vectors_of(texts.iter().map(String::as_str), &model).expect("it is the same model")
        }
        None => {
            let mut vectors = Vectors::new(model.identity().clone());
            for text in &texts {
                vectors.push(&model.embed(text));
            }
            vectors
        }
    };
    let home = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/full");
    let read = std::fs::read_to_string(home.join("provenance.json")).expect("provenance.json");
    let mut provenance: serde_json::Value = serde_json::from_str(&read).expect("provenance.json is JSON");
    provenance["texts"] = texts.len().into();
    for (name, bytes) in [("vectors.bin", vectors.to_bytes()), ("texts.txt", keys.into_bytes())] {
        let hash: String = sha2::Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        provenance["output_sha256"][name] = hash.into();
        std::fs::write(home.join(name), bytes).expect("model/full can be written");
    }
    let text = serde_json::to_string_pretty(&provenance).expect("it is JSON") + "\n";
    std::fs::write(home.join("provenance.json"), text).expect("model/full can be written");
    println!("{} texts", texts.len());
}

fn load(folder: &str) -> OnnxEmbedder {
    let folder = Path::new(folder);
    let read = |name: &str| std::fs::read(folder.join(name)).expect("the directory holds the model's files");
    let [model, tokenizer] = OnnxFiles::NAMES.map(read);
    let files = OnnxFiles { model: &model, tokenizer: &tokenizer };
    assert_eq!(files.are_reference_model(), Ok(true), "the model is the one the provenance names");
    let runtime = Runtime::load(&library(folder)).expect("ONNX Runtime loads");
    OnnxEmbedder::load(files, "full", Settings::REFERENCE, runtime).expect("the model loads")
}

fn library(folder: &Path) -> PathBuf {
    let files = std::fs::read_dir(folder).expect("a directory").flatten().map(|entry| entry.path());
    let is =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().contains("onnxruntime"));
    let found = files.filter(is).min().expect("the directory holds ONNX Runtime's shared library");
    found.canonicalize().expect("a path")
}
