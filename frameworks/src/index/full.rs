//! The full model, of which the built-in one is a distillate. ONNX Runtime runs it; its shared library is the user's.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::Tensor;
use serde::Deserialize;
use tokenizers::{Tokenizer, TruncationParams};

use super::embed::{Embedder, ModelId, sha256, short};
use super::words::FieldWords;

/// Word pieces that are read of a text; what the model was trained with.
const LONGEST: usize = 256;
const OUTPUT: &str = "last_hidden_state";

/// The files of the model, by these names in its directory.
#[derive(Debug, Clone, Copy)]
pub struct FullFiles<'a> {
    /// `model.onnx`
    pub model: &'a [u8],
    /// `tokenizer.json`
    pub tokenizer: &'a [u8],
}

impl FullFiles<'_> {
    pub const NAMES: [&'static str; 2] = ["model.onnx", "tokenizer.json"];

    /// Compares the files with those the vectors that come with the program were made with.
    ///
    /// # Errors
    /// Which file is another one.
    pub fn verify(&self) -> Result<(), String> {
        let declared = Declared::read()?;
        for (name, bytes) in Self::NAMES.into_iter().zip([self.model, self.tokenizer]) {
            let (found, wanted) = (sha256(bytes), declared.input_sha256.get(name).map_or("", String::as_str));
            if found != wanted {
                return Err(format!(
                    "`{name}` has sha256 {}, and the vectors that come with this program were made with `{}`, whose \
                     `{name}` has {}: vectors of different models cannot be compared, so give that model",
                    short(&found),
                    declared.id,
                    short(wanted),
                ));
            }
        }
        Ok(())
    }
}

/// The part of `model/full/provenance.json` that tells the model apart.
#[derive(Deserialize)]
struct Declared {
    id: String,
    dimensions: usize,
    input_sha256: BTreeMap<String, String>,
}

impl Declared {
    fn read() -> Result<Self, String> {
        serde_json::from_str(include_str!("../../model/full/provenance.json"))
            .map_err(|error| format!("the full model's `provenance.json` cannot be read: {error}"))
    }
}

/// The model that belongs to the vectors that come with the program.
///
/// # Errors
/// That its description cannot be read, which a test rules out.
pub fn full_model() -> Result<ModelId, String> {
    let mut declared = Declared::read()?;
    let sha256 = declared.input_sha256.remove("model.onnx").unwrap_or_default();
    Ok(ModelId { id: declared.id, sha256, dimensions: declared.dimensions })
}

/// A text as the model is asked: names are taken apart, as the static model does with names it does not know.
pub fn spoken(text: &str) -> String {
    FieldWords::default().spoken(text)
}

/// The full model, loaded. One text at a time: the scales its 8-bit weights are multiplied with depend on everything
/// in a batch, so a text's vector would depend on its neighbours.
pub struct FullEmbedder {
    identity: ModelId,
    tokenizer: Tokenizer,
    session: Mutex<Session>,
}

impl std::fmt::Debug for FullEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FullEmbedder").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl FullEmbedder {
    /// Loads a model whose files were verified, with the shared library of ONNX Runtime at a path. The first library
    /// a process loads stays.
    ///
    /// # Errors
    /// That the library is not there, is none or is too old; that the model does not do what it should.
    pub fn load(files: FullFiles<'_>, library: &Path) -> Result<Self, String> {
        let identity = full_model()?;
        let runtime = runtime(library)?;
        let id = identity.id.clone();
        let failed = |error: &dyn std::fmt::Display| format!("model `{id}` cannot be loaded: {error}");
        let mut tokenizer = Tokenizer::from_bytes(files.tokenizer).map_err(|error| failed(&error))?;
        let longest = TruncationParams { max_length: LONGEST, ..TruncationParams::default() };
        tokenizer.with_padding(None).with_truncation(Some(longest)).map_err(|error| failed(&error))?;
        // One thread: the same sums in the same order on every machine, and short texts gain nothing by more.
        let session = Session::builder(runtime)
            .and_then(|builder| Ok(builder.with_intra_threads(1)?))
            .and_then(|mut builder| builder.commit_from_memory(files.model))
            .map_err(|error| failed(&error))?;
        let loaded = Self { identity, tokenizer, session: Mutex::new(session) };
        let size = loaded.run("encrypted bucket").map_err(|error| failed(&error))?.len();
        if size != loaded.identity.dimensions {
            return Err(format!(
                "model `{}` has {size} dimensions, but its `provenance.json` says {}",
                loaded.identity.id, loaded.identity.dimensions
            ));
        }
        Ok(loaded)
    }

    fn run(&self, text: &str) -> Result<Vec<f32>, String> {
        let spoken = spoken(text);
        if spoken.is_empty() {
            return Ok(vec![0.0; self.identity.dimensions]);
        }
        let encoding = self.tokenizer.encode(spoken, true).map_err(|error| error.to_string())?;
        let row = |values: &[u32]| {
            let values: Vec<i64> = values.iter().map(|value| i64::from(*value)).collect();
            Tensor::from_array(([1, values.len()], values)).map_err(|error| error.to_string())
        };
        let inputs = ort::inputs! {
            "input_ids" => row(encoding.get_ids())?,
            "attention_mask" => row(encoding.get_attention_mask())?,
            "token_type_ids" => row(encoding.get_type_ids())?,
        };
        // A panic elsewhere leaves a session as it was: each run is of its own.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(|error| error.to_string())?;
        let output = outputs.get(OUTPUT).ok_or_else(|| format!("it gives no `{OUTPUT}`"))?;
        let (shape, values) = output.try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
        let size = shape.last().and_then(|size| usize::try_from(*size).ok()).unwrap_or_default().max(1);
        let mut sum = vec![0.0_f32; size];
        for token in values.chunks_exact(size) {
            sum.iter_mut().zip(token).for_each(|(sum, x)| *sum += x);
        }
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
        sum.iter_mut().for_each(|x| *x /= length);
        Ok(sum)
    }
}

/// ONNX Runtime, once a process.
fn runtime(library: &Path) -> Result<&'static Environment, String> {
    static RUNTIME: Mutex<Option<&'static Environment>> = Mutex::new(None);
    let mut known = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtime) = *known {
        return Ok(runtime);
    }
    let failed = |error: &dyn std::fmt::Display| {
        format!("`{}` is no shared library of ONNX Runtime that can be used: {error}", library.display())
    };
    let runtime = ort::init_from(library).map_err(|error| failed(&error))?;
    let runtime = runtime.with_telemetry(false).build().map_err(|error| failed(&error))?;
    // It may be had once a process, so it stays for as long.
    Ok(known.insert(Box::leak(Box::new(runtime))))
}

impl Embedder for FullEmbedder {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    /// A text the runtime fails on, after it was tried when it was loaded, is like nothing: its vector is of zeros.
    fn embed(&self, text: &str) -> Vec<f32> {
        self.run(text).unwrap_or_else(|_| vec![0.0; self.identity.dimensions])
    }
}
