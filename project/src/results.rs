//! Another scanner's results: read, mapped, joined to the controls they bear on, with the texts they speak of.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use compline_frameworks::{Assessment, Framework};
use compline_iac::{Source, SourceId, Span};
use compline_index::ControlMatch;
use compline_index::external::{self, Finding, MappedResults};

use crate::clock::Moment;
use crate::content::ResolvedConfig;
use crate::disk::{Disk, is_folder, read_bytes};
use crate::error::{Detail, Error, ErrorKind};
use crate::facts::{Read, RunFacts, SourceDigest, gather};
use crate::model::Monitor;

/// Scanners' results, mapped to controls.
pub struct ScannerResults {
    /// Its library knows what the scanners' checks bear on.
    pub config: ResolvedConfig,
    pub mapped: MappedResults,
    /// Whether scores and tiers were measured for the model that was asked.
    pub is_calibrated: bool,
    files: Vec<ResultFile>,
}

struct ResultFile {
    /// `-` is the standard input.
    path: PathBuf,
    bytes: Vec<u8>,
}

impl ResultFile {
    fn shown(&self) -> String {
        self.path.to_string_lossy().replace('\\', "/")
    }
}

/// A file of results that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ResultsError {
    #[error("the standard input cannot be read: {0}")]
    Input(std::io::Error),
    #[error("`{}` is a directory", path.display())]
    Directory { path: PathBuf },
    #[error("`{}` cannot be read: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("`{}` cannot be read as results: {error}", path.display())]
    NoResults { path: PathBuf, error: String },
    #[error("there is no finding in `{}`", files.join("`, `"))]
    Nothing { files: Vec<String> },
}

impl Detail for ResultsError {
    fn kind(&self) -> ErrorKind {
        match self {
            ResultsError::Nothing { .. } => ErrorKind::Failure,
            _ => ErrorKind::Mistake,
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            ResultsError::Directory { .. } => {
                "name the files of results in it, each with its own `--from`; a scanner's JSON and its SARIF are the same results"
            }
            ResultsError::Nothing { .. } => "nothing was judged, so nothing is shown to be right",
            _ => return None,
        };
        Some(help.to_owned())
    }
}

impl ScannerResults {
    /// Reads files of results (`-` is the standard input) and maps every finding.
    ///
    /// # Errors
    /// A file cannot be read, or is in no format that is known.
    pub fn open(config: ResolvedConfig, files: &[PathBuf], monitor: &dyn Monitor) -> Result<Self, Error> {
        let files: Vec<ResultFile> = files.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
        let frameworks = config.frameworks();
        let mapper =
            config.model.mapper(&frameworks.library, &config.rules, frameworks.mappings.clone(), monitor)?;
        let mut results = external::Results::default();
        for file in &files {
            results.extend(external::read(&file.bytes).map_err(|error| ResultsError::NoResults {
                path: file.path.clone(),
                error: error.to_string(),
            })?);
        }
        let mapped = MappedResults::of(results, &mapper);
        let is_calibrated = mapper.is_calibrated();
        Ok(Self { config: config.with_external_checks(&mapped), mapped, is_calibrated, files })
    }

    /// The files, as the user named them.
    pub fn file_names(&self) -> Vec<String> {
        self.files.iter().map(ResultFile::shown).collect()
    }

    /// What to say where the files hold no finding.
    pub fn nothing(&self) -> ResultsError {
        ResultsError::Nothing { files: self.file_names() }
    }

    /// The status of every control of these frameworks as far as the findings show it.
    pub fn assess(&self, frameworks: &[Arc<Framework>], texts: Option<&ResultTexts>) -> Assessment {
        let library = &self.config.frameworks().library;
        self.mapped.assess(library, frameworks, &|finding| texts?.span(finding))
    }

    /// The texts the findings speak of, below one of these directories or the root.
    pub fn texts(&self, directories: &[PathBuf]) -> ResultTexts {
        let mut directories = directories.to_vec();
        directories.push(self.config.root().to_owned());
        ResultTexts::of(&self.mapped.findings, &directories)
    }

    /// What a report of them rests on.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn facts(&self, texts: &ResultTexts, moment: &Moment) -> Result<RunFacts, Error> {
        let read_texts = texts.sources.iter().map(|source| (&*source.path, source.text.as_bytes()));
        let names: Vec<String> = self.files.iter().map(ResultFile::shown).collect();
        let read_results = names.iter().map(String::as_str).zip(self.files.iter().map(|file| &*file.bytes));
        let texts = texts.sources.iter();
        let texts = texts.map(|source| SourceDigest::of(&*source.path, source.text.as_bytes()));
        let results = self.files.iter().map(|file| SourceDigest::of(file.shown(), &file.bytes));
        let read = Read {
            scope: self.file_names(),
            sources: texts.chain(results).collect(),
            files: read_texts.chain(read_results).collect(),
            left_out: Vec::new(),
            waivers: Vec::new(),
            scanners: self.mapped.scanners().into_iter().map(str::to_owned).collect(),
        };
        gather(&self.config, moment, read)
    }
}

fn read(path: &Path) -> Result<ResultFile, ResultsError> {
    let path = path.to_owned();
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map_err(ResultsError::Input)?;
        return Ok(ResultFile { path, bytes });
    }
    if is_folder(&path) {
        return Err(ResultsError::Directory { path });
    }
    match read_bytes(&path) {
        Ok(bytes) => Ok(ResultFile { path, bytes }),
        Err(error) => Err(ResultsError::Unreadable { path, error }),
    }
}

/// The texts that findings speak of, as far as they are here.
pub struct ResultTexts {
    sources: Vec<Source>,
    /// The scanner's path → the source.
    by_path: BTreeMap<String, SourceId>,
}

impl ResultTexts {
    /// Reads each file below one of these directories; one that is in none of them is only named.
    fn of(findings: &[(Finding, Vec<ControlMatch>)], directories: &[PathBuf]) -> Self {
        let mut found = Self { sources: Vec::new(), by_path: BTreeMap::new() };
        let directories: Vec<Disk> =
            directories.iter().filter_map(|directory| Disk::open(directory).ok()).collect();
        let mut read: BTreeMap<PathBuf, SourceId> = BTreeMap::new();
        for finding in findings.iter().map(|(finding, _)| finding) {
            let Some(path) = finding.file.as_ref().filter(|path| !found.by_path.contains_key(*path)) else {
                continue;
            };
            let Some((real, shown, text)) = directories.iter().find_map(|one| text_of(finding, path, one))
            else {
                continue;
            };
            let id = *read.entry(real).or_insert_with(|| {
                let id = SourceId(found.sources.len() as u32);
                found.sources.push(Source::new(id, shown.as_str(), text));
                id
            });
            found.by_path.insert(path.clone(), id);
        }
        found
    }

    /// The line a finding points at, without its indentation.
    fn span(&self, finding: &Finding) -> Option<Span> {
        let source = self.source(*self.by_path.get(finding.file.as_ref()?)?)?;
        let line = finding.line.unwrap_or(1).saturating_sub(1) as usize;
        let (text, start) = (source.line(line)?, source.line_start(line)? as usize);
        let indent = text.len() - text.trim_start().len();
        Some(Span::new(source.id, start + indent, start + text.trim_end().len().max(indent)))
    }

    pub fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }
}

/// The file a finding names, its path below the directory and its text. Scanners run elsewhere: where there is no such
/// path, what it begins with is left away, as long as the text has the line and names the resource.
fn text_of(finding: &Finding, path: &str, directory: &Disk) -> Option<(PathBuf, String, Arc<str>)> {
    let parts: Vec<&str> = Path::new(path)
        .components()
        .filter_map(|part| match part {
            Component::Normal(name) => name.to_str(),
            _ => None,
        })
        .collect();
    let name = finding.resource.as_deref().map(|address| address.split('[').next().unwrap_or(address));
    let name = name.and_then(|address| address.rsplit(['.', '/', ':']).next()).unwrap_or_default();
    (0..parts.len()).find_map(|skipped| {
        let shown = parts.get(skipped..)?.join("/");
        // A result that leads out of what was named is not followed.
        let real = directory.locate(&shown).ok()?;
        let text = directory.text(&shown).ok()?;
        let fits = text.lines().count() >= finding.line.unwrap_or(1) as usize && text.contains(name);
        (skipped == 0 || fits).then_some((real, shown, text))
    })
}
