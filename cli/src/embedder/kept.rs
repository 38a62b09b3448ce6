//! What a model made of texts, kept for the next run in the user's cache: a file a model. What ships was made
//! beforehand and is not in it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use compline_index::embed::{Embedder, ModelId};
use compline_index::embeddings::Embeddings;
use compline_index::onnx::reference_model;

use crate::cache;
use crate::exit::Stop;
use crate::output::{Count, tell, write_file};

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
pub fn known(embedder: &dyn Embedder, texts: &[String]) -> Result<Embeddings, Stop> {
    let model = embedder.identity();
    let mut known = match *model == reference_model().map_err(Stop::failure)? {
        true => Embeddings::builtin().map_err(Stop::failure)?,
        false => Embeddings::empty(model.clone()),
    };
    let all = || texts.iter().map(String::as_str);
    if known.missing(all()).is_empty() {
        return Ok(known);
    }
    let file = cache::folder().map(|folder| folder.join("embedded").join(name(model)));
    let mut kept =
        file.as_ref().and_then(|file| read(file, model)).unwrap_or_else(|| Embeddings::empty(model.clone()));
    known.merge(&kept);
    let missing = known.missing(all());
    if missing.is_empty() {
        return Ok(known);
    }
    if missing.len() > MANY {
        let many = missing.len();
        let kept = match &file {
            Some(file) => format!("kept in `{}`", file.display()),
            None => "not kept, for want of a home directory".to_owned(),
        };
        tell(&format!(
            "note: the model `{}` is asked for {many} texts it has not seen yet, once; {kept}",
            model.id
        ));
    }
    let mut file = file;
    let (count, mut saved) = (Count::start("embedding", missing.len()), Instant::now());
    for (done, text) in missing.iter().enumerate() {
        kept.insert(text, &embedder.embed(text));
        count.at(done + 1);
        if saved.elapsed() > EVERY {
            save(&mut file, &kept);
            saved = Instant::now();
        }
    }
    drop(count);
    save(&mut file, &kept);
    known.merge(&kept);
    Ok(known)
}

fn name(model: &ModelId) -> String {
    format!("{}-{}.bin", model.sha256.get(..32).unwrap_or(&model.sha256), model.dimensions)
}

/// What a file holds, if it is of this model; one that cannot be read is told of and begun again.
fn read(file: &PathBuf, model: &ModelId) -> Option<Embeddings> {
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            tell(&format!(
                "note: `{}` cannot be read: {error}; its texts are embedded again",
                file.display()
            ));
            return None;
        }
    };
    match Embeddings::from_bytes(&bytes) {
        Ok(known) => Some(known).filter(|known| known.model() == model && known.rows() <= MOST),
        Err(_) => {
            tell(&format!("note: `{}` is damaged; its texts are embedded again", file.display()));
            None
        }
    }
}

/// Keeps what was made. Where it cannot be kept the answer is as good: that is told of once, and no more is tried.
fn save(file: &mut Option<PathBuf>, kept: &Embeddings) {
    let Some(path) = file else { return };
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = made
        .map_err(|error| Stop::failure(format!("`{}` cannot be written: {error}", path.display())))
        .and_then(|()| write_file(path, &kept.to_bytes()));
    if let Err(stop) = written {
        tell(&format!("note: {}: the next run embeds the same texts again", stop.message));
        *file = None;
    }
}
