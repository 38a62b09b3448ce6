//! YAML as the pages mean it: version 1.2, where `on` and `yes` are words. Shared with the build script.

use super::error::ContentProblem;

/// Reads YAML 1.2.
///
/// # Errors
/// What is wrong, with line and column.
pub fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, ContentProblem> {
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| ContentProblem::Syntax {
        line: error.location().and_then(|location| usize::try_from(location.line()).ok()),
        message: error.to_string(),
    })
}
