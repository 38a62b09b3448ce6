//! `compline.yaml`: what a project always wants said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::Amount;
use compline_rules::Severity;
use compline_rules::waiver::Scanner;
use serde::Deserialize;
use serde_saphyr::Spanned;

use crate::disk::{Disk, ReadError, is_there, read_text};
use crate::error::{Detail, ErrorKind, FilePlace};
use crate::imports;
use crate::parameters::WrittenValue;
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
    pub frameworks: Vec<(String, FilePlace)>,
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    pub honor: Vec<Scanner>,
    pub severity: Option<Severity>,
    /// Values of rules' parameters, as they are written.
    pub parameters: Vec<WrittenValue>,
    /// A directory of the user's own pages, relative to the file's.
    pub rules: Option<PathBuf>,
    /// A directory with a full model, relative to the file's, or a model's name on the hub.
    pub embedder: Option<PathBuf>,
    /// Directories in which imported frameworks are looked for; new ones go into the first.
    pub imports: Vec<PathBuf>,
    /// Whether built-in rules and frameworks may be replaced: the command line says so, never a file.
    pub may_override: bool,
    /// The workspace: what lies in it is read by its door. None where there is no root.
    pub disk: Option<Arc<Disk>>,
}

/// A configuration that says something it cannot, or a word of the command line that is none.
#[derive(Debug, thiserror::Error)]
#[error("{}{fault}", place.as_ref().map_or(String::new(), FilePlace::lead))]
pub struct ConfigError {
    /// None for a word of the command line, and for a file that cannot be read at all.
    pub place: Option<FilePlace>,
    pub fault: ConfigFault,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFault {
    #[error("the configuration `{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    /// It lies in the workspace, and does not lead to a file in it.
    #[error("the configuration {0}")]
    Refused(ReadError),
    /// A configuration that came with the code names something that did not.
    #[error(
        "`{key}: {path}` leads out of the workspace, and a configuration in it may not; nothing was read there"
    )]
    Outside { key: &'static str, path: String },
    #[error("there is no key `{key}`")]
    UnknownKey { key: String },
    /// In the parser's words.
    #[error("{0}")]
    Malformed(String),
    #[error("`{word}` is no severity")]
    Severity { word: String },
    #[error("the suppressions of `{name}` cannot be honoured")]
    Scanner { name: String },
    #[error("no rule has a parameter `{name}`")]
    Parameter { name: String, help: Option<String> },
    #[error("`{name}` cannot be `{value}`")]
    ParameterValue { name: String, value: String, unit: String },
    #[error("`--parameter {given}` gives no value")]
    NoParameterValue { given: String },
}

impl Detail for ConfigError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Mistake
    }

    fn help(&self) -> Option<String> {
        match &self.fault {
            ConfigFault::UnknownKey { key } => {
                Some(did_you_mean(key, KEYS).unwrap_or_else(|| format!("the keys are {}", KEYS.join(", "))))
            }
            ConfigFault::Severity { .. } => Some("one of low, medium, high, critical".to_owned()),
            ConfigFault::Scanner { name } => {
                let scanners = Scanner::ALL.map(|(scanner, _)| scanner);
                let near = nearest(name, scanners).map(|near| format!("did you mean `{near}`?"));
                Some(near.unwrap_or_else(|| format!("one of {}", scanners.join(", "))))
            }
            ConfigFault::Parameter { help, .. } => Some(
                help.clone()
                    .unwrap_or_else(|| "`compline explain RULE` names a rule's parameters".to_owned()),
            ),
            ConfigFault::ParameterValue { unit, .. } => Some(match unit.as_str() {
                "version" => "a version is needed, in quotes: `'1.2'`".to_owned(),
                "" => "a whole number is needed".to_owned(),
                unit => format!("a whole number of {unit} is needed"),
            }),
            ConfigFault::NoParameterValue { given } => Some(format!("write `--parameter {given}=VALUE`")),
            ConfigFault::Outside { key: "rules", .. } => {
                Some("name the directory on the command line: `--rules DIR`".to_owned())
            }
            ConfigFault::Outside { .. } => {
                Some("name the file on the command line: `--framework FILE`".to_owned())
            }
            ConfigFault::Unreadable { .. } | ConfigFault::Refused(_) | ConfigFault::Malformed(_) => None,
        }
    }
}

impl From<ConfigFault> for ConfigError {
    fn from(fault: ConfigFault) -> Self {
        Self { place: None, fault }
    }
}

const KEYS: [&str; 8] =
    ["frameworks", "include", "exclude", "honor", "severity", "parameters", "rules", "embedder"];

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
    parameters: BTreeMap<String, Spanned<Amount>>,
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
    pub fn find(from: &Path, root: &Path) -> Result<Self, ConfigError> {
        match Self::nearest(from, root) {
            Some(path) => {
                let (config, mut faults) = Self::default().below(root).with_file(&path)?;
                if faults.is_empty() { Ok(config) } else { Err(faults.remove(0)) }
            }
            None => Ok(Self::default().below(root)),
        }
    }

    /// As [`Config::find`], for those who cannot stop at what is wrong: a value that is none is left away, and a
    /// file that cannot be read is as none.
    pub fn find_tolerant(from: &Path, root: &Path) -> (Self, Vec<ConfigError>) {
        let Some(path) = Self::nearest(from, root) else { return (Self::default().below(root), Vec::new()) };
        match Self::default().below(root).with_file(&path) {
            Ok(read) => read,
            // What it says of imports is where it lies.
            Err(fault) => (Self { path: Some(path), ..Self::default() }.below(root), vec![fault]),
        }
    }

    fn nearest(from: &Path, root: &Path) -> Option<PathBuf> {
        let within = from.ancestors().take_while(|directory| directory.starts_with(root));
        // One that is there and cannot be read is no reason to take another.
        within.map(|directory| directory.join(FILE)).find(|path| is_there(path))
    }

    /// The same, with what was imported at and below a root.
    #[must_use]
    pub fn below(self, root: &Path) -> Self {
        let disk = Disk::open(root).ok().map(Arc::new);
        Self { imports: imports::folders(self.path.as_deref(), root), disk, ..self }
    }

    /// What a file in the workspace says, in the place of this one.
    fn with_file(self, path: &Path) -> Result<(Self, Vec<ConfigError>), ConfigError> {
        let inside = self.disk.as_ref().and_then(|disk| Some((disk, disk.inside(path)?)));
        let (config, faults) = match inside {
            Some((disk, inside)) => {
                let text = disk.text(&inside).map_err(ConfigFault::Refused)?;
                Self::parse(path, &text)?
            }
            None => Self::read(path)?,
        };
        let root = self.disk.as_ref().map(|disk| disk.root().to_owned());
        let config = Self { path: Some(path.to_owned()), ..config };
        let config = match root {
            Some(root) => Self { imports: imports::folders(Some(path), &root), disk: self.disk, ..config },
            None => config,
        };
        Ok((config, faults))
    }

    /// Where a path in the workspace lies below its root; none for one elsewhere, which is the user's own.
    pub(crate) fn door(&self, path: &Path) -> Option<(&Disk, String)> {
        let disk = self.disk.as_deref()?;
        Some((disk, disk.inside(path)?))
    }

    /// Whether it came with the code, and not from a place of the user's own.
    pub(crate) fn is_of_tree(&self) -> bool {
        self.path.as_deref().is_some_and(|path| self.door(path).is_some())
    }

    /// Reads a configuration by its path.
    ///
    /// # Errors
    /// As [`Config::find`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let (config, mut faults) = Self::read(path)?;
        if faults.is_empty() { Ok(config) } else { Err(faults.remove(0)) }
    }

    fn read(path: &Path) -> Result<(Self, Vec<ConfigError>), ConfigError> {
        let text =
            read_text(path).map_err(|error| ConfigFault::Unreadable { path: path.to_owned(), error })?;
        let (config, faults) = Self::parse(path, &text)?;
        Ok((Self { path: Some(path.to_owned()), ..config }, faults))
    }

    /// Reads the text of a configuration; `file` is where it lies. Gives the values that are none, too.
    ///
    /// # Errors
    /// The text is no configuration.
    pub fn parse(file: &Path, text: &str) -> Result<(Self, Vec<ConfigError>), ConfigError> {
        let empty = text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if empty {
            return Ok((Self { text: text.to_owned(), ..Self::default() }, Vec::new()));
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let read: File =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| malformed(file, &error))?;
        let place = |line: u64| Some(FilePlace::line(file, line));
        let mut faults = Vec::new();
        let mut honor = Vec::new();
        for one in &read.honor {
            match scanner(&one.value) {
                Ok(scanner) => honor.push(scanner),
                Err(error) => faults.push(ConfigError { place: place(one.referenced.line()), ..error }),
            }
        }
        let mut lowest = None;
        if let Some(word) = &read.severity {
            match severity(&word.value) {
                Ok(severity) => lowest = Some(severity),
                Err(error) => faults.push(ConfigError { place: place(word.referenced.line()), ..error }),
            }
        }
        let frameworks = read.frameworks.into_iter();
        let config = Self {
            path: None,
            text: text.to_owned(),
            frameworks: frameworks
                .map(|one| (one.value, FilePlace::line(file, one.referenced.line())))
                .collect(),
            include: read.include,
            exclude: read.exclude,
            honor,
            severity: lowest,
            parameters: written_values(read.parameters, file),
            rules: read.rules.map(PathBuf::from),
            embedder: read.embedder.map(PathBuf::from),
            imports: Vec::new(),
            may_override: false,
            disk: None,
        };
        Ok((config, faults))
    }

    /// The directory it lies in; empty where there is no file.
    pub fn directory(&self) -> &Path {
        self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
    }
}

/// Values of parameters with the lines that they stand on.
pub(crate) fn written_values(read: BTreeMap<String, Spanned<Amount>>, file: &Path) -> Vec<WrittenValue> {
    let one = |(name, amount): (String, Spanned<Amount>)| {
        let place = Some(FilePlace::line(file, amount.referenced.line()));
        WrittenValue { name, value: amount.value.0, place }
    };
    read.into_iter().map(one).collect()
}

/// The parser's own words name places; the help names what was meant.
fn malformed(file: &Path, error: &serde_saphyr::Error) -> ConfigError {
    let text = error.to_string();
    let number = |number: u64| u32::try_from(number).ok();
    let (line, column) = error.location().map_or((None, None), |at| (number(at.line()), number(at.column())));
    let place = FilePlace { file: file.to_owned(), line, column };
    let message = text.split(" at line ").next().unwrap_or(&text);
    let message = message.split(['\n', ',']).next().unwrap_or(message);
    let unknown = message.split_once("unknown field").and_then(|(_, rest)| {
        let rest = rest.trim_matches([' ', ':']);
        Some(rest.trim_matches(['`', '\'', '"', ' ']).to_owned()).filter(|key| !key.is_empty())
    });
    let fault = match unknown {
        Some(key) => {
            let key = key.split(['`', '\'', '"']).next().unwrap_or(&key).to_owned();
            ConfigFault::UnknownKey { key }
        }
        None => ConfigFault::Malformed(message.to_owned()),
    };
    ConfigError { place: Some(place), fault }
}

/// A severity by its word.
///
/// # Errors
/// The word is none.
pub fn severity(word: &str) -> Result<Severity, ConfigError> {
    match word.to_lowercase().as_str() {
        "low" => Ok(Severity::Low),
        "medium" => Ok(Severity::Medium),
        "high" => Ok(Severity::High),
        "critical" => Ok(Severity::Critical),
        _ => Err(ConfigFault::Severity { word: word.to_owned() }.into()),
    }
}

/// A scanner by its name.
///
/// # Errors
/// We do not read its suppressions.
pub fn scanner(name: &str) -> Result<Scanner, ConfigError> {
    Scanner::named(name).ok_or_else(|| ConfigFault::Scanner { name: name.to_owned() }.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Folder;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let (config, mut faults) = Config::parse(Path::new("compline.yaml"), text)?;
        if faults.is_empty() { Ok(config) } else { Err(faults.remove(0)) }
    }

    #[test]
    fn everything_it_may_say_is_read() {
        let text = "# ours\nframeworks: [pci-dss-4.0.1]\nexclude: ['**/test/**']\nhonor: [checkov]\nseverity: high\nrules: policies\nembedder: models/full\n";
        let config = read(text).unwrap();
        let place = FilePlace::line(Path::new("compline.yaml"), 2);
        assert_eq!(config.frameworks, [("pci-dss-4.0.1".to_owned(), place)]);
        assert_eq!((config.severity, config.honor.len()), (Some(Severity::High), 1));
        assert_eq!(config.rules, Some(PathBuf::from("policies")));
        assert_eq!(config.embedder, Some(PathBuf::from("models/full")));
        assert!(read("# nothing yet\n").unwrap().frameworks.is_empty());
    }

    #[test]
    fn an_unknown_key_is_named_with_its_place() {
        let error = read("frameworks: []\nexlude: [a]\n").unwrap_err();
        assert_eq!(error.to_string(), "compline.yaml:2:1: there is no key `exlude`");
        assert_eq!(error.help().as_deref(), Some("did you mean `exclude`?"));
    }

    #[test]
    fn a_wrong_value_is_named_with_its_place() {
        let error = read("\nseverity: grave\n").unwrap_err();
        assert_eq!(error.to_string(), "compline.yaml:2: `grave` is no severity");
        let error = read("honor:\n  - checkof\n").unwrap_err();
        assert!(error.to_string().starts_with("compline.yaml:2: "), "{error}");
        assert_eq!(error.help().as_deref(), Some("did you mean `checkov`?"));
        let error = read("frameworks: 7\n").unwrap_err();
        assert!(error.to_string().starts_with("compline.yaml:1:"), "{error}");
        assert!(read("frameworks: [\n").is_err());
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

    #[test]
    fn what_is_wrong_is_left_away_where_nobody_can_stop() {
        let folder = Folder::new("config-tolerant");
        folder.write("compline.yaml", "severity: grave\nhonor: [checkov, checkof]\nexclude: [a]\n");
        let root = folder.path("");
        let (config, faults) = Config::find_tolerant(&root, &root);
        assert_eq!((config.honor.len(), config.exclude.len(), config.severity), (1, 1, None));
        assert_eq!(faults.len(), 2, "{faults:?}");
        assert!(Config::find(&root, &root).is_err());
        folder.write("compline.yaml", "severity: [\n");
        let (config, faults) = Config::find_tolerant(&root, &root);
        assert!(config.exclude.is_empty() && faults.len() == 1, "{faults:?}");
    }
}
