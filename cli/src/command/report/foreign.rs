//! A report of another scanner's results.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use compline_iac::edit::{Change, TextEdit};
use compline_iac::{Dialect, Problem, Source, SourceId, Span};
use compline_index::MappedControl;
use compline_index::external::Finding;
use compline_ledger::Ledger;
use compline_reporter::{Facts, Report, SourceFact, Texts};
use compline_rules::{Outcome, RuleSet, Severity};

use super::{Arguments, needs_framework, record, sha256, told, write};
use crate::clock::Moment;
use crate::command::check::TOOL;
use crate::command::map::findings;
use crate::exit::{Exit, Stop};
use crate::git;
use crate::output::{Progress, print};
use crate::place::Place;
use crate::reading::standing_rules;
use crate::shelf::Shelf;

pub(super) fn run(arguments: &Arguments, moment: &Moment, threshold: Option<Severity>) -> Result<Exit, Stop> {
    let progress = Progress::start("reading");
    let (rules, config) = standing_rules(&arguments.what.rules)?;
    let root = Place::find(&arguments.what.paths, arguments.what.root.as_deref())?.root;
    let shelf = Shelf::open(&arguments.frameworks, &config, &rules)?.amended(&root, &rules)?;
    needs_framework(&shelf)?;
    let files = findings::open(&arguments.from)?;
    let foreign = findings::read(&files, &shelf, &rules)?;
    let scope: Vec<String> =
        files.iter().map(|(file, _)| file.to_string_lossy().replace('\\', "/")).collect();
    if foreign.findings.is_empty() {
        return Err(Stop::failure(format!("there is no finding in `{}`", scope.join("`, `")))
            .help("nothing was judged, so nothing is shown to be right"));
    }
    let library = shelf.library.with_external_checks(&foreign.edges);
    let mut directories = arguments.what.paths.clone();
    directories.push(root.clone());
    let texts = Found::of(&foreign.findings, &directories);
    let assessment = foreign.assess(&library, &shelf.chosen, &|finding| texts.span(finding));
    let failing = assessment.verdicts.iter().any(|verdict| {
        matches!(verdict.outcome, Outcome::Fail)
            && threshold.is_some_and(|threshold| verdict.severity >= threshold)
    });
    let mut sources = texts.facts();
    sources.extend(scope.iter().zip(&files).map(|(path, (_, bytes))| SourceFact {
        path: path.clone(),
        sha256: super::hash(bytes),
        bytes: bytes.len(),
    }));
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    let head = match moment.fixed {
        true => None,
        false => Ledger::below(&root).head().map_err(|fault| Stop::failure(fault.to_string()))?,
    };
    let frameworks: String = shelf.chosen.iter().map(|framework| format!("{framework:?}")).collect();
    let named =
        root.file_name().map_or_else(|| "unnamed".to_owned(), |name| name.to_string_lossy().into_owned());
    let facts = Facts {
        system: arguments.system.clone().unwrap_or(named),
        time: moment.time.clone(),
        time_source: if moment.fixed { "SOURCE_DATE_EPOCH" } else { "clock" }.to_owned(),
        tool: TOOL.to_owned(),
        rules_hash: RuleSet::content_hash(),
        frameworks_hash: sha256(&frameworks),
        config_hash: if config.text.is_empty() { String::new() } else { sha256(&config.text) },
        command: super::command(std::env::args().skip(1)),
        scope,
        commit: git::commit(&root, &|path| sources.iter().any(|source| source.path == path)),
        operator: arguments.operator.clone(),
        left_out: Vec::new(),
        scanners: foreign.scanners().into_iter().map(str::to_owned).collect(),
        ledger_head: head.map(|head| (head.index, head.hash)),
        sources,
    };
    let report = Report::of(assessment, facts, &texts, &foreign.rules, &library);
    let files = write(arguments, &report, &progress)?;
    drop(progress);
    let entry = record(&root, &report, &files, moment)?;
    print(&told(arguments, &report, &files, &entry))?;
    Ok(if failing { Exit::Found } else { Exit::Clean })
}

/// The texts the findings speak of, as far as they are here.
struct Found {
    sources: Vec<Source>,
    /// The scanner's path → the source.
    by_path: BTreeMap<String, SourceId>,
}

impl Found {
    /// Reads each file below one of these directories; one that is in none of them is only named.
    fn of(findings: &[(Finding, Vec<MappedControl>)], directories: &[PathBuf]) -> Self {
        let mut found = Self { sources: Vec::new(), by_path: BTreeMap::new() };
        let directories: Vec<PathBuf> =
            directories.iter().filter_map(|directory| std::fs::canonicalize(directory).ok()).collect();
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

    fn facts(&self) -> Vec<SourceFact> {
        let fact = |source: &Source| SourceFact {
            path: source.path.to_string(),
            sha256: sha256(&source.text),
            bytes: source.text.len(),
        };
        self.sources.iter().map(fact).collect()
    }
}

impl Texts for Found {
    fn source(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(id.0 as usize)
    }

    fn edits(&self, _: Dialect, _: &Change) -> Vec<TextEdit> {
        Vec::new()
    }

    fn problems(&self) -> &[Problem] {
        &[]
    }
}

/// The file a finding names, its path below the directory and its text. Scanners run elsewhere: where there is no such
/// path, what it begins with is left away, as long as the text has the line and names the resource.
fn text_of(finding: &Finding, path: &str, directory: &Path) -> Option<(PathBuf, String, String)> {
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
        let real =
            std::fs::canonicalize(directory.join(&shown)).ok().filter(|real| real.starts_with(directory))?;
        let text = std::fs::read_to_string(&real).ok()?;
        let fits = text.lines().count() >= finding.line.unwrap_or(1) as usize && text.contains(name);
        (skipped == 0 || fits).then_some((real, shown, text))
    })
}
