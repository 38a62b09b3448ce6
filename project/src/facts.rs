//! What a run rests on: the files read, digests of what judged, the commit, the ledger's head, the time.

use std::path::Path;

use sha2::Digest as _;

use crate::clock::Moment;
use crate::content::ResolvedConfig;
use crate::error::Error;
use crate::git;
use crate::record;

/// The facts of a run, beside who ran it and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFacts {
    /// What the run is about, where nobody names it: the one path given, else the root.
    pub subject: String,
    pub moment: Moment,
    /// SHA-256 of the rules, of the chosen frameworks and of the configuration, lower-case hexadecimal; empty where
    /// there is no configuration.
    pub rules_hash: String,
    pub frameworks_hash: String,
    pub config_hash: String,
    /// Paths given, below the root; `.` for the root itself.
    pub scope: Vec<String>,
    /// The commit in force, and whether every file that was read is as it says; none outside a repository.
    pub commit: Option<(String, bool)>,
    /// Every file read, sorted by path.
    pub sources: Vec<SourceDigest>,
    /// Files left out on purpose, and why.
    pub left_out: Vec<(String, String)>,
    /// The scanners whose results were read; empty where code was.
    pub scanners: Vec<String>,
    /// Index and hash of the ledger's head before this run; none where there is no ledger, and where
    /// `SOURCE_DATE_EPOCH` says the time.
    pub ledger_head: Option<(u64, String)>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDigest {
    pub path: String,
    pub sha256: String,
    pub bytes: usize,
}

impl SourceDigest {
    pub fn of(path: impl Into<String>, bytes: &[u8]) -> Self {
        Self { path: path.into(), sha256: sha256(bytes), bytes: bytes.len() }
    }
}

/// What was read, as the facts tell it.
pub(crate) struct Read {
    pub scope: Vec<String>,
    pub sources: Vec<SourceDigest>,
    pub left_out: Vec<(String, String)>,
    pub scanners: Vec<String>,
}

/// The facts of a run that read this.
///
/// # Errors
/// The ledger cannot be read.
pub(crate) fn gather(config: &ResolvedConfig, moment: &Moment, read: Read) -> Result<RunFacts, Error> {
    let Read { scope, mut sources, left_out, scanners } = read;
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let root = config.root();
    // A report that can be made again byte by byte cannot tell of what was recorded in between.
    let head = match moment.fixed {
        true => None,
        false => record::below(root).head().map_err(|fault| Error::Ledger(fault.to_string()))?,
    };
    let chosen = &config.frameworks().chosen;
    let frameworks: String = chosen.iter().map(|framework| format!("{framework:?}")).collect();
    let text = &config.config.text;
    let was_read = |path: &str| sources.binary_search_by(|source| source.path.as_str().cmp(path)).is_ok();
    Ok(RunFacts {
        subject: subject(root, if scanners.is_empty() { &scope } else { &[] }),
        moment: moment.clone(),
        rules_hash: config.rules.digest(),
        frameworks_hash: sha256(frameworks.as_bytes()),
        config_hash: if text.is_empty() { String::new() } else { sha256(text.as_bytes()) },
        commit: git::commit(root, &was_read),
        scope: scope.into_iter().map(|path| if path.is_empty() { ".".to_owned() } else { path }).collect(),
        left_out,
        scanners,
        ledger_head: head.map(|head| (head.index, head.hash)),
        sources,
    })
}

fn subject(root: &Path, scope: &[String]) -> String {
    let named = match scope {
        [one] if !one.is_empty() => Path::new(one).file_stem(),
        _ => root.file_name(),
    };
    named.map_or_else(|| "unnamed".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// SHA-256, lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
