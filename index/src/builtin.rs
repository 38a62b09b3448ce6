//! What is compiled in: the model, the texts that were embedded with it, and what was learned from them.

use serde::de::DeserializeOwned;

use crate::classifier::Classifiers;
use crate::corpus::Corpus;
use crate::embed::ModelFiles;
use crate::fusion::Fusion;

static CORPUS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/corpus.bin"));
/// Similarities by the reference model lie otherwise, so votes by them are worth something else.
#[cfg(feature = "fastembed")]
static REFERENCE_FUSION: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/reference-fusion.bin"));
/// What `--fit` of the example `control_index` makes.
static CLASSIFIERS: &[u8] = include_bytes!("../model/classifiers.bin");
/// The full-text index of the controls and objectives, as [`crate::packed_index::PackedIndex`].
pub(crate) static PACKED_INDEX: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/text.bin"));

/// The files of the model.
pub fn model() -> ModelFiles<'static> {
    ModelFiles {
        weights: include_bytes!("../model/model.safetensors"),
        tokenizer: include_bytes!("../model/tokenizer.json"),
        field_words: include_str!("../model/field-words.txt"),
        provenance: include_str!("../model/provenance.json"),
    }
}

/// The texts, embedded with the model, and what votes by them are worth.
pub(crate) fn corpus() -> Result<(Corpus, Fusion), String> {
    read(CORPUS)
}

/// What votes by the reference model are worth.
#[cfg(feature = "fastembed")]
pub(crate) fn reference_fusion() -> Result<Fusion, String> {
    read(REFERENCE_FUSION)
}

pub(crate) fn classifiers() -> Result<Classifiers, String> {
    read(CLASSIFIERS)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    postcard::from_bytes(bytes)
        .map_err(|error| format!("the built-in index cannot be read: {error}; build the program again"))
}
