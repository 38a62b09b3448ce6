//! `compline.yaml`: what a project always wants said.

use std::path::{Path, PathBuf};

use compline_rules::Severity;
use compline_rules::waiver::Scanner;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::exit::Stop;
use crate::imports;
use crate::suggest::{did_you_mean, nearest};

/// The file's name, and that of the waivers beside it.
pub const FILE: &str = "compline.yaml";
pub const WAIVERS: &str = "compline.waivers.yaml";

/// What the file says, after it was checked.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Where it lies; none when there is no file.
    pub path: Option<PathBuf>,
    /// Its text, for the run's facts.
    pub text: String,
    /// Framework ids (or files) with the place that names each.
    pub frameworks: Vec<(String, String)>,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub honor: Vec<Scanner>,
    pub severity: Option<Severity>,
    /// A directory of the user's own pages, relative to the file's.
    pub rules: Option<PathBuf>,
    /// A directory with a full model, relative to the file's, or a model's name on the hub.
    pub embedder: Option<PathBuf>,
    /// Directories in which imported frameworks are looked for; new ones go into the first.
    pub imports: Vec<PathBuf>,
}

const KEYS: [&str; 7] = ["frameworks", "include", "exclude", "honor", "severity", "rules", "embedder"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    frameworks: Vec<Spanned<String>>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
    #[serde(default)]
    honor: Vec<Spanned<String>>,
    #[serde(default)]
    severity: Option<Spanned<String>>,
    #[serde(default)]
    rules: Option<String>,
    #[serde(default)]
    embedder: Option<String>,
}

impl Config {
    /// The configuration in force at a directory: the nearest `compline.yaml` from there up to the root.
    ///
    /// # Errors
    /// The file cannot be read or says something it cannot; the place is named.
    pub fn find(from: &Path, root: &Path) -> Result<Self, Stop> {
        let within = from.ancestors().take_while(|directory| directory.starts_with(root));
        let found = match within.map(|directory| directory.join(FILE)).find(|path| path.is_file()) {
            Some(path) => Self::load(&path)?,
            None => Self::default(),
        };
        Ok(found.below(root))
    }

    /// The same, with what was imported at and below a root.
    #[must_use]
    pub fn below(self, root: &Path) -> Self {
        Self { imports: imports::folders(self.path.as_deref(), root), ..self }
    }

    /// # Errors
    /// As [`Config::find`].
    pub fn load(path: &Path) -> Result<Self, Stop> {
        let shown = path.display();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::mistake(format!("the configuration `{shown}` cannot be read: {error}")))?;
        let name = path.file_name().map_or(FILE.into(), |name| name.to_string_lossy());
        Ok(Self { path: Some(path.to_owned()), ..Self::read(&name, &text)? })
    }

    /// Reads the text of a configuration; `name` is how the user knows it.
    fn read(name: &str, text: &str) -> Result<Self, Stop> {
        let empty = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if empty {
            return Ok(Self { text: text.to_owned(), ..Self::default() });
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let file: File =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| malformed(name, &error))?;
        let place = |line: u64| format!("{name}:{line}");
        let mut honor = Vec::new();
        for one in &file.honor {
            let at = place(one.referenced.line());
            honor.push(scanner(&one.value).map_err(|stop| stop.at(&at))?);
        }
        let severity = match &file.severity {
            Some(word) => {
                Some(severity(&word.value).map_err(|stop| stop.at(&place(word.referenced.line())))?)
            }
            None => None,
        };
        let frameworks =
            file.frameworks.into_iter().map(|one| (one.value, place(one.referenced.line()))).collect();
        Ok(Self {
            path: None,
            text: text.to_owned(),
            frameworks,
            include: file.include,
            exclude: file.exclude,
            honor,
            severity,
            rules: file.rules.map(PathBuf::from),
            embedder: file.embedder.map(PathBuf::from),
            imports: Vec::new(),
        })
    }
}

/// The parser's own words name places; the help names what was meant.
fn malformed(name: &str, error: &serde_saphyr::Error) -> Stop {
    let text = error.to_string();
    let line = error.location().map_or(String::new(), |at| format!(":{}:{}", at.line(), at.column()));
    let message = text.split(" at line ").next().unwrap_or(&text);
    let message = message.split(['\n', ',']).next().unwrap_or(message);
    let unknown = message.split_once("unknown field").and_then(|(_, rest)| {
        let rest = rest.trim_matches([' ', ':']);
        Some(rest.trim_matches(['`', '\'', '"', ' ']).to_owned()).filter(|key| !key.is_empty())
    });
    match unknown {
        Some(key) => {
            let key = key.split(['`', '\'', '"']).next().unwrap_or(&key).to_owned();
            let help =
                did_you_mean(&key, KEYS).unwrap_or_else(|| format!("the keys are {}", KEYS.join(", ")));
            Stop::mistake(format!("{name}{line}: there is no key `{key}`")).help(help)
        }
        None => Stop::mistake(format!("{name}{line}: {message}")),
    }
}

/// A severity by its word.
///
/// # Errors
/// The word is none.
pub fn severity(word: &str) -> Result<Severity, Stop> {
    match word.to_lowercase().as_str() {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => {
            Err(Stop::mistake(format!("`{word}` is no severity")).help("one of low, medium, high, critical"))
        }
    }
}

/// A scanner by its name.
///
/// # Errors
/// We do not read its suppressions.
pub fn scanner(name: &str) -> Result<Scanner, Stop> {
    Scanner::named(name).ok_or_else(|| {
        let known: Vec<&str> = Scanner::ALL.iter().map(|(known, _)| *known).collect();
        let help = nearest(name, known.iter().copied())
            .map_or_else(|| format!("one of {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        Stop::mistake(format!("the suppressions of `{name}` cannot be honoured")).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    #[test]
    fn everything_it_may_say_is_read() {
        let text = "# ours\nframeworks: [pci-dss-4.0.1]\nexclude: ['**/test/**']\nhonor: [checkov]\nseverity: high\nrules: policies\nembedder: models/full\n";
        let config = Config::read("compline.yaml", text).unwrap();
        assert_eq!(config.frameworks, [("pci-dss-4.0.1".to_owned(), "compline.yaml:2".to_owned())]);
        assert_eq!((config.severity, config.honor.len()), (Some(Severity::High), 1));
        assert_eq!(config.rules, Some(PathBuf::from("policies")));
        assert_eq!(config.embedder, Some(PathBuf::from("models/full")));
        assert!(Config::read("compline.yaml", "# nothing yet\n").unwrap().frameworks.is_empty());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let stop = Config::read("compline.yaml", "frameworks: []\nexlude: [a]\n").unwrap_err();
        assert_eq!(stop.message, "compline.yaml:2:1: there is no key `exlude`");
        assert_eq!(stop.help.as_deref(), Some("did you mean `exclude`?"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let stop = Config::read("compline.yaml", "\nseverity: grave\n").unwrap_err();
        assert_eq!(stop.message, "compline.yaml:2: `grave` is no severity");
        let stop = Config::read("compline.yaml", "honor:\n  - checkof\n").unwrap_err();
        assert!(stop.message.starts_with("compline.yaml:2: "), "{}", stop.message);
        assert_eq!(stop.help.as_deref(), Some("did you mean `checkov`?"));
        let stop = Config::read("compline.yaml", "frameworks: 7\n").unwrap_err();
        assert!(stop.message.starts_with("compline.yaml:1:"), "{}", stop.message);
        assert!(Config::read("compline.yaml", "frameworks: [\n").is_err());
    }

    #[test]
    fn the_nearest_one_up_to_the_root_is_used() {
        let folder = Folder::new("config-near");
        folder.write("compline.yaml", "severity: low\n");
        folder.write("work/a/compline.yaml", "severity: high\n");
        folder.write("work/a/b/x.tf", "");
        let (root, a) = (folder.path("work"), folder.path("work/a/b"));
        assert_eq!(Config::find(&a, &root).unwrap().severity, Some(Severity::High));
        assert_eq!(Config::find(&root, &root).unwrap().severity, None);
    }
}
