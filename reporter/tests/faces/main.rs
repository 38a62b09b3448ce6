//! The faces of a report: what they say, that they say it the same way twice, and files to look at.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod fixture;
mod html;
mod json;
mod pdf;
mod sarif;
mod schema;

use std::path::PathBuf;

/// Writes a sample to look at below the target directory.
fn keep(name: &str, bytes: impl AsRef<[u8]>) {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("faces");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), bytes).unwrap();
}
