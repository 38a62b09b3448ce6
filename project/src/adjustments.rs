//! What files of the scanned tree say that changes what is judged, or what a judgement counts for. Whoever wrote the
//! code may have written them too: each is told, with its file and the digest of that.

use std::path::{Path, PathBuf};

use compline_frameworks::feedback::{self, Mappings};
use compline_rules::waiver::{Scanner, Waiver, WaiverSource};

use crate::config::{self, Config};
use crate::disk::{open_parts, real_path};
use crate::facts::sha256;
use crate::imports;
use crate::passed_over::PassedOver;
use crate::rule_pages::PageFound;
use crate::walk::relative;

/// The largest file that is digested.
const LARGEST: u64 = 64 << 20;

/// What a file of the tree does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdjustmentKind {
    /// A rule page or a framework takes the place of a built-in one.
    Override,
    /// A rule page of the tree's own.
    Rule,
    /// A framework of the tree's own, or official content that somebody imported.
    Import,
    /// A mapping that a person confirmed.
    Confirmation,
    /// A mapping that a person rejected.
    Rejection,
    /// A pattern of `include` or `exclude`.
    Exclusion,
    /// Code that was passed over for where it lies.
    PassedOver,
    Waiver,
    /// A setting of the configuration: the severity that fails, scanners whose suppressions count.
    Setting,
}

/// One thing that a file of the tree says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adjustment {
    pub kind: AdjustmentKind,
    /// A clause: `aws-a-b does not bear on 164.312(b) of hipaa-security-rule, says ann: reviewed`.
    pub what: String,
    /// The file that says it, or the code that was passed over; below the root.
    pub file: String,
    /// From 1.
    pub line: Option<u32>,
    /// SHA-256 of the file, lower-case hexadecimal; empty where it cannot be read.
    pub sha256: String,
}

/// The digest of a file of the tree; empty where it cannot be read.
pub(crate) fn digest(root: &Path, path: &str) -> String {
    let parts: Vec<&str> = path.split('/').collect();
    let bytes = open_parts(root, &parts).and_then(|mut file| file.whole(LARGEST));
    bytes.map_or(String::new(), |bytes| sha256(&bytes))
}

fn line(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|line| *line > 0)
}

/// What a configuration of the tree sets.
pub(crate) fn of_config(config: &Config, root: &Path) -> Vec<Adjustment> {
    let Some(file) = config.path.as_deref().and_then(|path| relative(root, path)) else { return Vec::new() };
    let sha256 = sha256(config.text.as_bytes());
    let at = |word: &str| {
        let found = config.text.lines().position(|line| line.trim_start().starts_with(&format!("{word}:")));
        found.and_then(|found| line(found as u64 + 1))
    };
    let mut out = Vec::new();
    let mut add = |kind, key: &str, what: String| {
        out.push(Adjustment { kind, what, file: file.clone(), line: at(key), sha256: sha256.clone() });
    };
    for pattern in &config.exclude {
        add(AdjustmentKind::Exclusion, "exclude", format!("`exclude` leaves out `{pattern}`"));
    }
    for pattern in &config.include {
        add(AdjustmentKind::Exclusion, "include", format!("`include` looks at nothing but `{pattern}`"));
    }
    if let Some(severity) = config.severity {
        let what = format!("nothing below severity {severity} makes a check fail");
        add(AdjustmentKind::Setting, "severity", what);
    }
    for scanner in &config.honor {
        let named =
            Scanner::ALL.iter().find(|(_, one)| one == scanner).map_or("a scanner", |(name, _)| *name);
        let what = format!("suppressions of {named} count");
        add(AdjustmentKind::Setting, "honor", what);
    }
    out
}

/// What people said of mappings in the tree's file.
pub(crate) fn of_mappings(mappings: &Mappings, root: &Path) -> Vec<Adjustment> {
    if mappings.is_empty() {
        return Vec::new();
    }
    let sha256 = digest(root, feedback::FILE);
    let one = |(number, mapping): (u64, &feedback::Mapping)| {
        let (kind, verb) = match mapping.confirmed {
            true => (AdjustmentKind::Confirmation, "bears on"),
            false => (AdjustmentKind::Rejection, "does not bear on"),
        };
        let feedback::Mapping { subject, control, framework, by, date, why, .. } = mapping;
        let why = if why.trim().is_empty() { "no reason given" } else { why.trim() };
        Adjustment {
            kind,
            what: format!("`{subject}` {verb} {control} of {framework}, says {by} on {date}: {why}"),
            file: feedback::FILE.to_owned(),
            line: line(number),
            sha256: sha256.clone(),
        }
    };
    mappings.written().map(one).collect()
}

/// Rule pages of the tree.
pub(crate) fn of_pages(pages: &[PageFound], root: &Path) -> Vec<Adjustment> {
    let one = |page: &PageFound| {
        let file = relative(root, &real_path(&page.path).unwrap_or_else(|_| page.path.clone()))?;
        let is_table = page.path.extension().is_none_or(|ending| ending != "md");
        let (kind, what) = match &page.builtin {
            Some(kind) if is_table => {
                (AdjustmentKind::Override, format!("a table changes what built-in rules say of `{kind}`"))
            }
            Some(builtin) => {
                (AdjustmentKind::Override, format!("a page takes the place of the built-in rule `{builtin}`"))
            }
            None if is_table => {
                (AdjustmentKind::Rule, format!("own rules rest on the table `{}`", page.rule))
            }
            None => (AdjustmentKind::Rule, format!("`{}` judges too", page.rule)),
        };
        Some(Adjustment { kind, what, file, line: page.line, sha256: page.sha256.clone() })
    };
    pages.iter().filter_map(one).collect()
}

/// Files of the tree that hold frameworks or official content, whether or not a run asks for them; `replacing` are those
/// that take the place of built-in frameworks, with the frameworks' ids.
pub(crate) fn of_imports(config: &Config, replacing: &[(PathBuf, String)], root: &Path) -> Vec<Adjustment> {
    let mut paths = imports::paths(config);
    paths.extend(replacing.iter().map(|(path, _)| path.clone()));
    let mut out: Vec<Adjustment> = Vec::new();
    for path in paths {
        let Some(file) = relative(root, &real_path(&path).unwrap_or_else(|_| path.clone())) else { continue };
        if out.iter().any(|earlier| earlier.file == file) {
            continue;
        }
        let replaced = replacing.iter().find(|(from, _)| *from == path).map(|(_, id)| id);
        let (kind, what) = match replaced {
            Some(id) => {
                (AdjustmentKind::Override, format!("a file takes the place of the built-in framework `{id}`"))
            }
            None => (AdjustmentKind::Import, "a framework or official content that was imported".to_owned()),
        };
        let sha256 = digest(root, &file);
        out.push(Adjustment { kind, what, file, line: None, sha256 });
    }
    out
}

/// Code that was passed over.
pub(crate) fn of_passed_over(passed_over: &PassedOver, root: &Path) -> Vec<Adjustment> {
    let kind = AdjustmentKind::PassedOver;
    let one = |(file, why): (&String, &&'static str)| Adjustment {
        kind,
        what: format!("code that was not judged: {why}"),
        file: file.clone(),
        line: None,
        sha256: digest(root, file),
    };
    let mut out: Vec<Adjustment> = passed_over.files.iter().map(one).collect();
    if passed_over.stopped {
        let what = "there is more that is passed over than was looked through".to_owned();
        out.push(Adjustment { kind, what, file: ".".to_owned(), line: None, sha256: String::new() });
    }
    out
}

/// Waivers that stand in the tree. `text` is the digest of a file that was read.
pub(crate) fn of_waivers<'w>(
    waivers: impl IntoIterator<Item = &'w Waiver>,
    root: &Path,
    of_text: &dyn Fn(&str) -> Option<String>,
) -> Vec<Adjustment> {
    let mut file_digest = None;
    let mut out = Vec::new();
    for waiver in waivers {
        let (path, number) = match &waiver.source {
            WaiverSource::Comment { path, line, .. } => (path, u64::from(*line)),
            WaiverSource::File { path, line } => (path, *line),
            WaiverSource::Results { .. } => continue,
        };
        let sha256 = match &**path {
            config::WAIVERS => file_digest.get_or_insert_with(|| digest(root, config::WAIVERS)).clone(),
            path => of_text(path).unwrap_or_else(|| digest(root, path)),
        };
        let mut what = format!("`{}` is waived", waiver.rule);
        if let Some(until) = &waiver.until {
            what.push_str(&format!(" until {until}"));
        }
        if let Some(by) = &waiver.by {
            what.push_str(&format!(" by {by}"));
        }
        let reason = waiver.reason.as_deref().map(str::trim).filter(|reason| !reason.is_empty());
        what.push_str(&format!(": {}", reason.unwrap_or("no reason given")));
        let kind = AdjustmentKind::Waiver;
        out.push(Adjustment { kind, what, file: path.to_string(), line: line(number), sha256 });
    }
    out
}
