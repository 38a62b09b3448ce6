//! What a run rests on: the files read, digests of what judged, the commit, the ledger's head, the time.

use std::path::Path;
use std::sync::Arc;

use compline_frameworks::feedback;
use compline_rules::waiver::Waiver;
use sha2::Digest as _;

use crate::adjustments;
use crate::clock::Moment;
use crate::content::ResolvedConfig;
use crate::disk::{Sort, sort};
use crate::error::Error;
use crate::git::{self, Checkout, ReadFile};
use crate::imports;
use crate::record;
use crate::walk::relative;

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
    /// SHA-256 of the mappings file, of all files of imports with their names, and of all waivers in force with their
    /// places; empty where there is none.
    pub mappings_hash: String,
    pub imports_hash: String,
    pub waivers_hash: String,
    /// Paths given, below the root; `.` for the root itself.
    pub scope: Vec<String>,
    /// The commit in force, and whether every file that was read is as it says.
    pub checkout: Checkout,
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
pub(crate) struct Read<'a> {
    pub scope: Vec<String>,
    pub sources: Vec<SourceDigest>,
    /// The same files, as they are compared with the commit.
    pub files: Vec<ReadFile<'a>>,
    pub left_out: Vec<(String, String)>,
    pub scanners: Vec<String>,
    pub waivers: Vec<Arc<Waiver>>,
}

/// The facts of a run that read this.
///
/// # Errors
/// The ledger cannot be read.
pub(crate) fn gather(config: &ResolvedConfig, moment: &Moment, read: Read<'_>) -> Result<RunFacts, Error> {
    let Read { scope, mut sources, mut files, left_out, scanners, waivers } = read;
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
    if !scanners.is_empty() {
        // Results may lie anywhere.
        files.retain(|(path, _)| Path::new(path).is_relative() && sort(&root.join(path)) != Sort::Nothing);
    }
    let asked = if scanners.is_empty() { scope.as_slice() } else { &[] };
    Ok(RunFacts {
        subject: subject(root, if scanners.is_empty() { &scope } else { &[] }),
        moment: moment.clone(),
        rules_hash: config.rules.digest(),
        frameworks_hash: sha256(frameworks.as_bytes()),
        config_hash: if text.is_empty() { String::new() } else { sha256(text.as_bytes()) },
        mappings_hash: adjustments::digest(root, feedback::FILE),
        imports_hash: imports_hash(config),
        waivers_hash: waivers_hash(&waivers),
        checkout: git::checkout(root, asked, &files),
        scope: scope.into_iter().map(|path| if path.is_empty() { ".".to_owned() } else { path }).collect(),
        left_out,
        scanners,
        ledger_head: head.map(|head| (head.index, head.hash)),
        sources,
    })
}

/// Every file in the folders of imports, by name and digest.
fn imports_hash(config: &ResolvedConfig) -> String {
    let paths = imports::paths(&config.config).into_iter();
    let lines: String = paths
        .map(|path| {
            let shown = relative(config.root(), &path).unwrap_or_else(|| path.display().to_string());
            format!("{}  {shown}\n", adjustments::digest(config.root(), &shown))
        })
        .collect();
    if lines.is_empty() { String::new() } else { sha256(lines.as_bytes()) }
}

/// Every waiver in force with its place and all that it says.
fn waivers_hash(waivers: &[Arc<Waiver>]) -> String {
    let mut lines: Vec<String> = waivers
        .iter()
        .map(|waiver| {
            let Waiver { rule, reason, until, by, source, fault, .. } = &**waiver;
            format!("{source} {rule:?} {until:?} {by:?} {reason:?} {fault:?}\n")
        })
        .collect();
    lines.sort_unstable();
    if lines.is_empty() { String::new() } else { sha256(lines.concat().as_bytes()) }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frameworks::LibraryScope;
    use crate::open::{OpenOptions, Project};
    use crate::testing::Folder;

    const RULE: &str = "---\nid: aws-a-b\ntitle: it is open\nseverity: low\nobjectives: [storage-not-public]\n\
        check:\n  aws_a: { open: { is: false, absent: pass } }\n---\nWhy.\n";
    const FRAMEWORK: &str = "id: ours-1\ntitle: Ours\nshort: Ours\nversion: \"1\"\npublisher: us\npublished: \"2026-01-01\"\n\
        licence: public-domain\nsource: https://example.com\ngroups:\n  - id: \"1\"\n    title: One\n    controls:\n\
        \x20     - id: \"1.1\"\n        title: Stores are closed\n        summary: Close them.\n        shown: auto-iac\n\
        \x20       wants: { fully: [storage-not-public] }\n";

    fn facts(folder: &Folder) -> RunFacts {
        let options = OpenOptions {
            paths: vec![folder.path("")],
            root: Some(folder.path("")),
            library: LibraryScope::ChosenWithTexts,
            ..OpenOptions::default()
        };
        let assessed = Project::open(&options).unwrap().assess("2026-11-30").unwrap();
        let moment = Moment { time: "2026-11-30T00:00:00Z".to_owned(), fixed: true };
        assessed.facts(&moment).unwrap()
    }

    #[test]
    fn everything_that_judges_changes_a_digest() {
        let folder = Folder::new("facts-digests");
        folder.write("main.tf", "resource \"aws_a\" \"x\" {\n  open = true\n}\n");
        folder.write("compline.yaml", "rules: rules\nframeworks: [ours-1]\n");
        folder.write("rules/a.md", RULE);
        folder.write(".compline/frameworks/ours-1.yaml", FRAMEWORK);
        let mapping = "mappings:\n- { subject: aws-a-b, framework: ours-1, control: \"1.1\", confirmed: false, \
                       by: ann, date: \"2026-11-21\", why: reviewed }\n";
        folder.write("compline.mappings.yaml", mapping);
        folder.write(
            "compline.waivers.yaml",
            "waivers:\n- { rule: aws-a-b, address: aws_a.y, reason: known, until: \"2027-01-01\", by: ann }\n",
        );
        let before = facts(&folder);
        assert_eq!(facts(&folder), before);
        let digests = |facts: &RunFacts| {
            let RunFacts { rules_hash, frameworks_hash, config_hash, .. } = facts.clone();
            let RunFacts { mappings_hash, imports_hash, waivers_hash, .. } = facts.clone();
            [rules_hash, frameworks_hash, config_hash, mappings_hash, imports_hash, waivers_hash]
        };
        assert!(digests(&before).iter().all(|digest| digest.len() == 64), "{before:?}");
        for (file, what, now, changed) in [
            ("rules/a.md", "absent: pass", "absent: fail", vec![0]),
            (".compline/frameworks/ours-1.yaml", "Close them", "Close all", vec![1, 4]),
            ("compline.yaml", "rules: rules", "severity: high\nrules: rules", vec![2]),
            ("compline.mappings.yaml", "reviewed", "looked at", vec![3]),
            ("compline.waivers.yaml", "2027-01-01", "2027-02-01", vec![5]),
            (
                "main.tf",
                "  open = true",
                "  # compline: waive aws-a-b reason=\"x\" until=2027-01-01 by=ann\n  open = true",
                vec![5],
            ),
        ] {
            let text = crate::disk::read_text(&folder.path(file)).unwrap();
            assert!(text.contains(what), "{file}");
            folder.write(file, text.replacen(what, now, 1));
            let (before, after) = (digests(&before), digests(&facts(&folder)));
            let differ: Vec<usize> = (0..before.len()).filter(|at| before[*at] != after[*at]).collect();
            assert_eq!(differ, changed, "{file}");
            folder.write(file, text);
        }
    }
}
