//! What the end-to-end tests and the benchmarks share: the repository's root and the program under test.
#![allow(clippy::expect_used)] // A test that cannot find its own repository has nothing better to do than stop.
#![allow(clippy::disallowed_methods)] // Cargo and the program under test are processes of their own.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository's root.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' folder has a parent")
}

/// The built program: `COMPLINE_BIN`, or built now in the profile the tests run in.
pub fn compline() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        if let Some(given) = std::env::var_os("COMPLINE_BIN") {
            return PathBuf::from(given);
        }
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command
            .args(["build", "--quiet", "--package", "compline", "--message-format", "json"])
            .current_dir(root());
        if !cfg!(debug_assertions) {
            command.arg("--release");
        }
        let output = command.output().expect("cargo runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let found = text.lines().rev().find_map(|line| {
            let (_, rest) = line.split_once("\"executable\":\"")?;
            Some(PathBuf::from(rest.split('"').next()?))
        });
        found.unwrap_or_else(|| {
            panic!("the program did not build: {}", String::from_utf8_lossy(&output.stderr))
        })
    })
}
