//! The facts of a run: what was looked at, by what, when, on whose order.

use compline_iac::Redaction;

/// Everything a reader needs to know where a report came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The system the report is about: `--system`, else the root directory's name.
    pub system: String,
    /// RFC 3339, UTC, seconds: the caller's clock, or `SOURCE_DATE_EPOCH`.
    pub time: String,
    /// `clock` or `SOURCE_DATE_EPOCH`.
    pub time_source: String,
    /// `compline 0.1.0`.
    pub tool: String,
    /// SHA-256 of the embedded rules and of the embedded frameworks, lower-case hexadecimal.
    pub rules_hash: String,
    pub frameworks_hash: String,
    /// SHA-256 of the effective configuration; empty when there is none.
    pub config_hash: String,
    /// SHA-256 of what people said of mappings, of all that was imported and of all waivers in force; empty where there
    /// is none.
    pub mappings_hash: String,
    pub imports_hash: String,
    pub waivers_hash: String,
    /// The command line, without the values of variables.
    pub command: String,
    /// The scanners whose results were read; empty where code was.
    pub scanners: Vec<String>,
    /// Paths given, workspace-relative.
    pub scope: Vec<String>,
    /// The commit that is checked out; none outside a repository.
    pub commit: Option<CommitFact>,
    /// Who ran it (`--operator`), if said.
    pub operator: Option<String>,
    /// Every file read, with its SHA-256, sorted by path.
    pub sources: Vec<SourceFact>,
    /// Files left out on purpose, and why.
    pub left_out: Vec<(String, String)>,
    /// Index and hash of the ledger's head before this run, when there is a ledger.
    pub ledger_head: Option<(u64, String)>,
}

impl Facts {
    /// The same with the secrets of its texts hidden: a command line is written by people.
    #[must_use]
    pub(crate) fn hidden(mut self, redaction: &Redaction) -> Self {
        redaction.hide(&mut self.command);
        self.scope.iter_mut().for_each(|path| redaction.hide(path));
        self.left_out.iter_mut().for_each(|(_, why)| redaction.hide(why));
        if let Some(commit) = &mut self.commit {
            for text in [&mut commit.branch, &mut commit.author, &mut commit.why].into_iter().flatten() {
                redaction.hide(text);
            }
        }
        self
    }
}

/// The commit that is checked out, as far as it could be determined.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CommitFact {
    /// None: not determined.
    pub id: Option<String>,
    /// None where no branch is checked out.
    pub branch: Option<String>,
    pub author: Option<String>,
    /// Whether every file that was read is as the commit has it; none: not determined.
    pub clean: Option<bool>,
    /// Why something is not determined.
    pub why: Option<String>,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFact {
    pub path: String,
    pub sha256: String,
    pub bytes: usize,
}
