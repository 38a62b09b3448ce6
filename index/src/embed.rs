//! The model that turns a text into a vector. Shared with the build script.

use model2vec_rs::model::StaticModel;
use serde::{Deserialize, Serialize};

use super::words::FieldWords;

/// Which model made a vector. Vectors of different models are never compared.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ModelId {
    /// What it is called; one model may go by several names.
    pub id: String,
    /// SHA-256 of the model's weights, or of all that decides what it makes of a text, lower-case hexadecimal.
    pub sha256: String,
    pub dimensions: usize,
}

impl PartialEq for ModelId {
    fn eq(&self, other: &Self) -> bool {
        self.sha256 == other.sha256 && self.dimensions == other.dimensions
    }
}

impl Eq for ModelId {}

impl ModelId {
    /// # Errors
    /// That vectors of this model cannot be compared with those of `other`, and what to do.
    pub fn same_as(&self, other: &Self) -> Result<(), String> {
        if self == other {
            return Ok(());
        }
        Err(format!(
            "the index was made with model `{}` ({} dimensions, sha256 {}), not with `{}` ({} dimensions, sha256 {}): \
             build the index again with this model",
            self.id,
            self.dimensions,
            short(&self.sha256),
            other.id,
            other.dimensions,
            short(&other.sha256),
        ))
    }
}

/// Turns texts into vectors of length 1 (or 0, for a text without words).
pub trait Embedder: Send + Sync {
    fn identity(&self) -> &ModelId;
    fn embed(&self, text: &str) -> Vec<f32>;
}

/// The static model: a vector for each word piece and field word, weighed and summed.
pub struct StaticEmbedder {
    identity: ModelId,
    words: FieldWords,
    model: StaticModel,
}

impl std::fmt::Debug for StaticEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaticEmbedder").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// The files of a static model.
#[derive(Debug, Clone, Copy)]
pub struct ModelFiles<'a> {
    pub weights: &'a [u8],
    pub tokenizer: &'a [u8],
    pub field_words: &'a str,
    /// `provenance.json`: what the files should be.
    pub provenance: &'a str,
}

/// The part of `provenance.json` that says what the files are.
#[derive(Deserialize)]
struct DeclaredModel {
    id: String,
    dimensions: usize,
    output_sha256: std::collections::BTreeMap<String, String>,
}

impl ModelFiles<'_> {
    /// What the files say they are.
    ///
    /// # Errors
    /// What is wrong with `provenance.json`.
    pub fn declared(&self) -> Result<ModelId, String> {
        let declared: DeclaredModel = serde_json::from_str(self.provenance)
            .map_err(|error| format!("the model's `provenance.json` cannot be read: {error}"))?;
        let sha256 = declared.output_sha256.get("model.safetensors").cloned().unwrap_or_default();
        Ok(ModelId { id: declared.id, sha256, dimensions: declared.dimensions })
    }

    /// Compares the files with what they say they are.
    ///
    /// # Errors
    /// Which file is another one.
    pub fn verify(&self) -> Result<(), String> {
        let declared: DeclaredModel = serde_json::from_str(self.provenance)
            .map_err(|error| format!("the model's `provenance.json` cannot be read: {error}"))?;
        for (name, bytes) in [("model.safetensors", self.weights), ("tokenizer.json", self.tokenizer)] {
            let found = sha256(bytes);
            let expected = declared.output_sha256.get(name).cloned().unwrap_or_default();
            if found != expected {
                return Err(format!(
                    "`{name}` of model `{}` has sha256 {}, but its `provenance.json` says {}: take both from one place",
                    declared.id,
                    short(&found),
                    short(&expected),
                ));
            }
        }
        Ok(())
    }
}

impl StaticEmbedder {
    /// Loads a model whose files were verified (the built-in one's by the build).
    ///
    /// # Errors
    /// What is wrong with the files.
    pub fn load(files: ModelFiles<'_>) -> Result<Self, String> {
        let identity = files.declared()?;
        let model =
            StaticModel::from_bytes(files.tokenizer, files.weights, br#"{"normalize":true}"#, Some(true))
                .map_err(|error| format!("model `{}` cannot be loaded: {error}", identity.id))?;
        if model.dim() != identity.dimensions {
            return Err(format!(
                "model `{}` has {} dimensions, but its `provenance.json` says {}",
                identity.id,
                model.dim(),
                identity.dimensions
            ));
        }
        Ok(Self { identity, words: FieldWords::read(files.field_words), model })
    }
}

impl Embedder for StaticEmbedder {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    fn embed(&self, text: &str) -> Vec<f32> {
        self.model.encode_single(&self.words.model_input(text))
    }
}

/// SHA-256, lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
