//! What a model made of texts, kept for the next run in the user's cache: a file a model. What ships was made
//! beforehand and is not in it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use compline_index::embed::{Embedder, ModelId};
use compline_index::embeddings::Embeddings;
use compline_index::onnx::reference_model;

use super::{ModelError, Monitor};
use crate::cache;
use crate::disk::{create_folder, read_bytes, write_file};
use crate::warning::Warning;

/// What a run that is cut off loses at most.
const EVERY: Duration = Duration::from_secs(3);
/// So many texts are told of before they are embedded.
const MANY: usize = 200;
/// A file with more texts holds mostly what is no more: it is begun again.
const MOST: usize = 100_000;

/// Vectors of these texts by this model: what came with the program, what was kept, and what is made now.
///
/// # Errors
/// That what came with the program cannot be read, which a test rules out.
pub fn vectors(
    embedder: &dyn Embedder,
    texts: &[String],
    monitor: &dyn Monitor,
) -> Result<Embeddings, ModelError> {
    let model = embedder.identity();
    let mut vectors = match *model == reference_model().map_err(ModelError::index)? {
        true => Embeddings::builtin().map_err(ModelError::index)?,
        false => Embeddings::empty(model.clone()),
    };
    let all = || texts.iter().map(String::as_str);
    if vectors.missing(all()).is_empty() {
        return Ok(vectors);
    }
    let mut file = cache::folder().map(|folder| folder.join("embedded").join(name(model)));
    let cached = file.as_ref().and_then(|file| read(file, model, monitor));
    let mut cached = cached.unwrap_or_else(|| Embeddings::empty(model.clone()));
    vectors.merge(&cached);
    let missing = vectors.missing(all());
    if missing.is_empty() {
        return Ok(vectors);
    }
    let count = missing.len();
    if count > MANY {
        monitor.warn(Warning::ManyTexts { model: model.id.clone(), texts: count, file: file.clone() });
    }
    monitor.embedded(0, count);
    let mut saved = Instant::now();
    for (done, text) in missing.iter().enumerate() {
        cached.insert(text, &embedder.embed(text));
        monitor.embedded(done + 1, count);
        if saved.elapsed() > EVERY {
            save(&mut file, &cached, monitor);
            saved = Instant::now();
        }
    }
    save(&mut file, &cached, monitor);
    vectors.merge(&cached);
    Ok(vectors)
}

fn name(model: &ModelId) -> String {
    format!("{}-{}.bin", model.sha256.get(..32).unwrap_or(&model.sha256), model.dimensions)
}

/// What a file holds, if it is of this model; one that cannot be read is told of and begun again.
fn read(file: &Path, model: &ModelId, monitor: &dyn Monitor) -> Option<Embeddings> {
    let bytes = match read_bytes(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            monitor.warn(Warning::VectorsUnreadable { file: file.to_owned(), error });
            return None;
        }
    };
    match Embeddings::from_bytes(&bytes) {
        Ok(vectors) => Some(vectors).filter(|one| one.model() == model && one.rows() <= MOST),
        Err(_) => {
            monitor.warn(Warning::VectorsDamaged { file: file.to_owned() });
            None
        }
    }
}

/// Keeps what was made. Where it cannot be kept the answer is as good: that is told of once, and no more is tried.
fn save(file: &mut Option<PathBuf>, cached: &Embeddings, monitor: &dyn Monitor) {
    let Some(path) = file else { return };
    let folder = path.parent().map_or(Ok(()), create_folder);
    if let Err(error) = folder.and_then(|()| write_file(path, &cached.to_bytes())) {
        monitor.warn(Warning::VectorsNotKept(error));
        *file = None;
    }
}
