//! The user's own configuration, which lies outside of every project: what only the user may say, for example which
//! code is loaded.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::config::{ConfigError, ConfigFault};
use crate::disk::{Bounded, read_at_most};
use crate::error::FilePlace;

/// A configuration is a page.
const LONGEST: u64 = 1 << 20;

/// What the file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserConfig {
    /// A directory with a full model, or a model's name on the hub.
    #[serde(default)]
    pub embedder: Option<PathBuf>,
    /// ONNX Runtime's shared library.
    #[serde(default)]
    pub onnxruntime: Option<PathBuf>,
}

/// Where it lies: `compline/config.yaml` below the platform's folder of configurations.
pub fn path() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = std::env::home_dir();
    let platform = || match () {
        () if cfg!(windows) => named("APPDATA"),
        () if cfg!(target_os = "macos") => home.as_ref().map(|home| home.join("Library/Application Support")),
        () => home.as_ref().map(|home| home.join(".config")),
    };
    // The standard says that a relative path counts as none: it would lead into the project.
    let folder = named("XDG_CONFIG_HOME").filter(|folder| folder.is_absolute()).or_else(platform)?;
    Some(folder.join("compline").join("config.yaml")).filter(|path| path.is_absolute())
}

/// What it says; nothing where there is none. Paths in it are taken from the folder it lies in.
///
/// # Errors
/// It cannot be read, or says something it cannot.
pub fn read() -> Result<UserConfig, ConfigError> {
    match path() {
        Some(path) => read_from(&path),
        None => Ok(UserConfig::default()),
    }
}

fn read_from(path: &Path) -> Result<UserConfig, ConfigError> {
    let unreadable = |error| ConfigFault::Unreadable { path: path.to_owned(), error };
    let bytes = match read_at_most(path, LONGEST) {
        Ok(Bounded::Whole(bytes)) => bytes,
        Ok(_) => return Err(unreadable(std::io::ErrorKind::InvalidData.into()).into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(UserConfig::default()),
        Err(error) => return Err(unreadable(error).into()),
    };
    let text = String::from_utf8_lossy(&bytes);
    if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return Ok(UserConfig::default());
    }
    let options = serde_saphyr::options! { with_snippet: false };
    serde_saphyr::from_str_with_options(&text, options).map_err(|error| {
        let line = error.location().map(|at| at.line());
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or(&message);
        let message = message.lines().next().unwrap_or_default().to_owned();
        let place = line.map_or(FilePlace { file: path.to_owned(), line: None, column: None }, |line| {
            FilePlace::line(path, line)
        });
        ConfigError { place: Some(place), fault: ConfigFault::Malformed(message) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn what_the_user_says_is_read() {
        let folder = Folder::new("user-config");
        let path = folder.path("config.yaml");
        assert_eq!(read_from(&path).unwrap(), UserConfig::default());
        folder.write("config.yaml", "embedder: /models/full\nonnxruntime: /opt/libonnxruntime.so\n");
        let config = read_from(&path).unwrap();
        assert_eq!(config.embedder, Some(PathBuf::from("/models/full")));
        assert_eq!(config.onnxruntime, Some(PathBuf::from("/opt/libonnxruntime.so")));
        folder.write("config.yaml", "embedding: x\n");
        assert!(read_from(&path).unwrap_err().to_string().starts_with("config.yaml:1"));
    }
}
