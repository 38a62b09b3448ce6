//! `compline init`: a configuration to start from.

use std::path::PathBuf;

use clap::Args;
use compline_project::config;
use compline_project::disk::Folder;

use crate::exit::{Exit, Stop};
use crate::output::say;

/// Write a commented compline.yaml
#[derive(Debug, Args)]
pub struct Arguments {
    /// The file to write
    #[arg(value_name = "DIR", default_value = ".")]
    directory: PathBuf,
}

/// Every line is a comment: the file changes nothing until somebody decides something.
const TEXT: &str = "\
# What Compline always does here. Everything is optional; the command line says it stronger.

# Assess these frameworks (`compline frameworks` lists them), or a file of your own.
# frameworks:
#   - nist-800-53-r5
#   - pci-dss-4.0.1
#   - hipaa-security-rule

# Patterns as in .gitignore, from the root of the repository. What is left out is not judged.
# exclude:
#   - '**/test/**'

# Judge nothing but these.
# include:
#   - 'infrastructure/**'

# Exit with 1 from this severity on: low, medium, high or critical.
# severity: low

# Honour suppressions that were written for other scanners: checkov, trivy, tfsec, kics.
# honor: [checkov]

# Rule pages of your own, beside the built-in ones; they replace none unless `--allow-overrides` is given.
# rules: policies

# A model of your Hugging Face hub's cache (see the README), to compare texts with in `search`, `map` and `index`.
# embedder: sentence-transformers/all-MiniLM-L6-v2
";

pub fn run(arguments: &Arguments) -> Result<Exit, Stop> {
    let path = arguments.directory.join(config::FILE);
    Folder::of_user(&arguments.directory)?.create(config::FILE, TEXT.as_bytes())?;
    say(format!("wrote {}", path.display()))?;
    Ok(Exit::Clean)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use compline_project::Config;

    use super::TEXT;

    #[test]
    fn what_it_offers_is_what_the_reader_takes() {
        let all: String = TEXT
            .lines()
            .filter_map(|line| line.strip_prefix("# "))
            .filter(|line| {
                line.starts_with(' ') || line.split_once(':').is_some_and(|(key, _)| !key.contains(' '))
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let (config, faults) = Config::parse(Path::new("compline.yaml"), &all).unwrap();
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!((config.frameworks.len(), config.exclude.len(), config.include.len()), (3, 1, 1), "{all}");
        assert!(config.severity.is_some() && config.rules.is_some() && config.honor.len() == 1);
    }
}
