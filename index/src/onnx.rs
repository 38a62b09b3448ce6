//! A full model that a user names: the reference model, of which the built-in one is a distillate, or another. ONNX
//! Runtime runs it; its shared library is the user's.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::{Session, SessionInputValue};
use ort::value::Tensor;
use serde::Deserialize;
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use super::embed::{Embedder, ModelId, sha256};
use super::settings::{Pooling, Settings};
use super::words::FieldWords;

/// What models call the vectors of a text's word pieces, and the one of the whole text.
const TOKENS: [&str; 2] = ["last_hidden_state", "token_embeddings"];
const WHOLE: &str = "sentence_embedding";
/// Dimensions that vectors are compared in; see `vectors.rs`.
const MAX_DIMENSIONS: usize = 4096;

/// The files of a model, by these names in its directory where nothing else is said.
#[derive(Debug, Clone, Copy)]
pub struct OnnxFiles<'a> {
    /// `model.onnx`
    pub model: &'a [u8],
    /// `tokenizer.json`
    pub tokenizer: &'a [u8],
}

impl OnnxFiles<'_> {
    pub const NAMES: [&'static str; 2] = ["model.onnx", "tokenizer.json"];

    /// Whether the files are those of the reference model, which the vectors that come with the program were made with.
    ///
    /// # Errors
    /// That what they should be cannot be read, which a test rules out.
    pub fn are_reference_model(&self) -> Result<bool, String> {
        let declared = DeclaredModel::read()?;
        let mut files = Self::NAMES.into_iter().zip([self.model, self.tokenizer]);
        Ok(files.all(|(name, bytes)| {
            declared.input_sha256.get(name).is_some_and(|expected| sha256(bytes) == *expected)
        }))
    }

    /// What tells a model of these files apart: everything that decides what it makes of a text.
    fn identity(&self, name: &str, settings: Settings) -> Result<ModelId, String> {
        if self.are_reference_model()? {
            return reference_model();
        }
        let parts = [sha256(self.model), sha256(self.tokenizer), settings.fingerprint()];
        Ok(ModelId { id: name.to_owned(), sha256: sha256(parts.join("\n").as_bytes()), dimensions: 0 })
    }
}

/// The part of `model/full/provenance.json` that tells the model apart.
#[derive(Deserialize)]
struct DeclaredModel {
    id: String,
    dimensions: usize,
    input_sha256: BTreeMap<String, String>,
}

impl DeclaredModel {
    fn read() -> Result<Self, String> {
        serde_json::from_str(include_str!("../model/full/provenance.json"))
            .map_err(|error| format!("the full model's `provenance.json` cannot be read: {error}"))
    }
}

/// The model that the vectors that come with the program were made with.
///
/// # Errors
/// That its description cannot be read, which a test rules out.
pub fn reference_model() -> Result<ModelId, String> {
    let mut declared = DeclaredModel::read()?;
    let sha256 = declared.input_sha256.remove("model.onnx").unwrap_or_default();
    Ok(ModelId { id: declared.id, sha256, dimensions: declared.dimensions })
}

/// A text as the model is given it: names are taken apart, as the static model does with names it does not know.
pub fn model_input(text: &str) -> String {
    FieldWords::default().model_input(text)
}

/// ONNX Runtime, loaded; once a process.
#[derive(Clone, Copy)]
pub struct Runtime(&'static Environment);

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

impl Runtime {
    /// Loads the shared library at a path, unless one was loaded before.
    ///
    /// # Errors
    /// That it is none that can be used.
    pub fn load(library: &Path) -> Result<Self, String> {
        static RUNTIME: Mutex<Option<&'static Environment>> = Mutex::new(None);
        let mut loaded = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = *loaded {
            return Ok(Self(runtime));
        }
        let failed = |error: &dyn std::fmt::Display| {
            format!("`{}` is no shared library of ONNX Runtime that can be used: {error}", library.display())
        };
        let runtime = ort::init_from(library).map_err(|error| failed(&error))?;
        let runtime = runtime.with_telemetry(false).build().map_err(|error| failed(&error))?;
        // It may be had once a process, so it stays for as long.
        Ok(Self(loaded.insert(Box::leak(Box::new(runtime)))))
    }
}

/// A full model, loaded. One text at a time: the scales that 8-bit weights are multiplied with depend on everything
/// in a batch, so a text's vector would depend on its neighbours.
pub struct OnnxEmbedder {
    identity: ModelId,
    pooling: Pooling,
    tokenizer: Tokenizer,
    /// What the model asks for, by its names.
    inputs: Vec<(String, Input)>,
    /// The output that is read.
    output: String,
    session: Mutex<Session>,
}

/// What a model may ask for of a text.
#[derive(Debug, Clone, Copy)]
enum Input {
    Pieces,
    Mask,
    Types,
    Positions,
}

impl Input {
    fn named(name: &str) -> Option<Self> {
        match name {
            "input_ids" => Some(Self::Pieces),
            "attention_mask" => Some(Self::Mask),
            "token_type_ids" => Some(Self::Types),
            "position_ids" => Some(Self::Positions),
            _ => None,
        }
    }

    fn of(self, encoding: &Encoding) -> Vec<i64> {
        let values = match self {
            Self::Pieces => encoding.get_ids(),
            Self::Mask => encoding.get_attention_mask(),
            Self::Types => encoding.get_type_ids(),
            Self::Positions => return (0..encoding.get_ids().len() as i64).collect(),
        };
        values.iter().map(|value| i64::from(*value)).collect()
    }
}

impl std::fmt::Debug for OnnxEmbedder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OnnxEmbedder").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl OnnxEmbedder {
    /// Loads a model and tries it with one text. `name` is what the user calls it; the reference model keeps its own
    /// name and settings.
    ///
    /// # Errors
    /// That the files are no model whose vectors can be compared.
    pub fn load(
        files: OnnxFiles<'_>,
        name: &str,
        settings: Settings,
        runtime: Runtime,
    ) -> Result<Self, String> {
        let identity = files.identity(name, settings)?;
        let is_reference = identity == reference_model()?;
        let settings = if is_reference { Settings::REFERENCE } else { settings };
        let id = identity.id.clone();
        let failed = |error: &dyn std::fmt::Display| format!("model `{id}` cannot be loaded: {error}");
        let mut tokenizer = Tokenizer::from_bytes(files.tokenizer)
            .map_err(|error| failed(&format!("`tokenizer.json` is no tokenizer: {error}")))?;
        let truncation = TruncationParams { max_length: settings.max_tokens, ..TruncationParams::default() };
        tokenizer.with_padding(None).with_truncation(Some(truncation)).map_err(|error| failed(&error))?;
        // One thread: the same sums in the same order on every machine, and short texts gain nothing by more.
        let session = Session::builder(runtime.0)
            .and_then(|builder| Ok(builder.with_intra_threads(1)?))
            .and_then(|mut builder| builder.commit_from_memory(files.model))
            .map_err(|error| failed(&error))?;
        let inputs = inputs(&session).map_err(|error| failed(&error))?;
        let output = output(&session).map_err(|error| failed(&error))?;
        let pooling = settings.pooling;
        let mut loaded = Self { identity, pooling, tokenizer, inputs, output, session: Mutex::new(session) };
        let size = loaded.run("encrypted bucket").map_err(|error| failed(&error))?.len();
        if is_reference && size != loaded.identity.dimensions {
            return Err(format!(
                "model `{id}` has {size} dimensions, but its `provenance.json` says {}",
                loaded.identity.dimensions
            ));
        }
        if size > MAX_DIMENSIONS {
            return Err(failed(&format!(
                "it has {size} dimensions, and {MAX_DIMENSIONS} are the most that are compared"
            )));
        }
        loaded.identity.dimensions = size;
        Ok(loaded)
    }

    fn run(&self, text: &str) -> Result<Vec<f32>, String> {
        let input = model_input(text);
        if input.is_empty() {
            return Ok(vec![0.0; self.identity.dimensions]);
        }
        let encoding = self.tokenizer.encode(input, true).map_err(|error| error.to_string())?;
        let mut inputs: Vec<(Cow<'_, str>, SessionInputValue<'_>)> = Vec::new();
        for (name, input) in &self.inputs {
            let values = input.of(&encoding);
            let row = Tensor::from_array(([1, values.len()], values)).map_err(|error| error.to_string())?;
            inputs.push((Cow::Borrowed(name), row.into()));
        }
        // A panic elsewhere leaves a session as it was: each run is of its own.
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session.run(inputs).map_err(|error| error.to_string())?;
        let output = outputs.get(&self.output).ok_or_else(|| format!("it gives no `{}`", self.output))?;
        let (shape, values) = output.try_extract_tensor::<f32>().map_err(|error| error.to_string())?;
        let size = shape.last().and_then(|size| usize::try_from(*size).ok()).unwrap_or_default().max(1);
        let mut sum = vec![0.0_f32; size];
        let pooled_tokens = match self.pooling {
            Pooling::Mean => usize::MAX,
            Pooling::First => 1,
        };
        for token in values.chunks_exact(size).take(pooled_tokens) {
            sum.iter_mut().zip(token).for_each(|(sum, x)| *sum += x);
        }
        let length = sum.iter().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
        if !length.is_finite() {
            return Err("what it gives is no number".to_owned());
        }
        sum.iter_mut().for_each(|x| *x /= length);
        Ok(sum)
    }
}

fn inputs(session: &Session) -> Result<Vec<(String, Input)>, String> {
    let inputs = session.inputs().iter().map(|one| {
        let input = Input::named(one.name()).map(|input| (one.name().to_owned(), input));
        input.ok_or_else(|| format!("it asks for `{}`, which a text does not have", one.name()))
    });
    inputs.collect()
}

fn output(session: &Session) -> Result<String, String> {
    let names: Vec<&str> = session.outputs().iter().map(|one| one.name()).collect();
    let found = TOKENS.into_iter().chain([WHOLE]).find(|output| names.contains(output));
    found.map(str::to_owned).ok_or_else(|| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "it gives {}, and neither `{}` nor `{WHOLE}`: it is no model that embeds texts",
            names.join(", "),
            TOKENS.join("`, `")
        )
    })
}

impl Embedder for OnnxEmbedder {
    fn identity(&self) -> &ModelId {
        &self.identity
    }

    /// A text the runtime fails on, after it was tried when it was loaded, is like nothing: its vector is of zeros.
    fn embed(&self, text: &str) -> Vec<f32> {
        self.run(text).unwrap_or_else(|_| vec![0.0; self.identity.dimensions])
    }
}
